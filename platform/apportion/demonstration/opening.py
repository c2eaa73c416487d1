"""Opens the invented organizations through the product's own functions: people, roles, engagements, steps.

Every step looks first whether it was taken, so that a load that was stopped goes on where it stood.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from apportion.demonstration.districts import (
    ARROYO_VERDE,
    CEDAR_FLAT,
    COHORT,
    COSTA_CLARA,
    DISTRICTS,
    FACILITATOR,
    MESA_ROBLES,
    PUERTO_ALEGRE,
    YEARS,
    InventedDistrict,
)
from apportion.demonstration.people import (
    COACH_ONE,
    COACH_TWO,
    FACILITATOR_PEOPLE,
    LEAD,
    OPERATOR,
    PASSWORD,
    InventedPerson,
    people_of,
)
from apportion.frame.facts import california_today
from tenants import accounts, cohorts, engagements, joining, lookups
from tenants.database import Database
from tenants.organizations import Cohort, Membership, Organization
from tenants.people import Person
from tenants.records import standing
from tenants.records.process import ProcessStep
from tenants.records.steps import STEPS
from tenants.scope import Scope, resolve

LEVELS = {
    ARROYO_VERDE.key: (4, COACH_ONE),
    CEDAR_FLAT.key: (1, COACH_TWO),
    PUERTO_ALEGRE.key: (2, COACH_ONE),
    MESA_ROBLES.key: (3, COACH_TWO),
    COSTA_CLARA.key: (2, COACH_ONE),
}
"""Level and coach of each engagement; Costa Clara has ended its own."""

PROGRESS = {
    ARROYO_VERDE.key: "dddddddddduunnn",
    CEDAR_FLAT.key: "ddudnnnnnnnnnnn",
    PUERTO_ALEGRE.key: "ddddddudunnnnnn",
    MESA_ROBLES.key: "ddddddddddddddu",
    COSTA_CLARA.key: "dduunnnnnnnnnnn",
}
"""Each of the fifteen steps: done, under way, not begun."""

LAST_MOVED_DAYS = {
    ARROYO_VERDE.key: 2,
    CEDAR_FLAT.key: 47,
    PUERTO_ALEGRE.key: 19,
    MESA_ROBLES.key: 6,
    COSTA_CLARA.key: 64,
}


@dataclasses.dataclass(frozen=True)
class Opened:
    """An invented district in the database: its id and its people by role (the first of each)."""

    invented: InventedDistrict
    id: int
    people: dict[str, int]

    def scope(self, database: Database, role: str) -> Scope:
        """Return what the district's person of a role may reach now."""
        found = resolve(database, self.people[role], self.id, self.id)
        if found is None:
            raise LookupError(f"{role} of {self.invented.name} reaches nothing")
        return found

    def name_of(self, session: Session, role: str) -> str:
        """Return the name of the district's person of a role."""
        return session.scalars(select(Person.name).where(Person.id == self.people[role])).one()


def open_all(database: Database) -> dict[str, Opened]:
    """Open facilitator, operator, the five districts, engagements, cohort and process steps."""
    facilitator_id = _organization(database, "facilitator", FACILITATOR)
    if facilitator_id is None:
        facilitator_id = joining.open_facilitator(database, name=FACILITATOR, invented=True, colour="#5b2f63")
    coaches = {p.address: _member(database, p, facilitator_id) for p in FACILITATOR_PEOPLE}
    operator_id = _operator(database)
    _member(database, OPERATOR, operator_id)
    opened = {}
    for invented in DISTRICTS:
        district_id = lookups.district_by_code(database, invented.cds_code)
        if district_id is None:
            district_id = joining.open_district(
                database,
                name=invented.name,
                cds_code=invented.cds_code,
                invented=True,
                colour=invented.colour,
            )
        people: dict[str, int] = {}
        for person in people_of(invented.key):
            people.setdefault(person.role, _member(database, person, district_id))
        opened[invented.key] = Opened(invented, district_id, people)
    lead = coaches[LEAD.address]
    for district in opened.values():
        _engage(database, district, facilitator_id, lead, coaches)
        _steps(database, district)
    _cohort(database, facilitator_id, lead, list(opened.values()))
    _end_engagement(database, opened[COSTA_CLARA.key], facilitator_id)
    return opened


def _organization(database: Database, kind: str, name: str) -> int | None:
    with database.transaction(Scope.for_operator()) as session:
        return session.scalar(
            select(Organization.id).where(Organization.kind == kind, Organization.name == name)
        )


def _operator(database: Database) -> int:
    name = "Apportion demonstration"
    found = _organization(database, "operator", name)
    return found if found is not None else joining.open_operator(database, name=name)


def _member(database: Database, person: InventedPerson, organization_id: int) -> int:
    """Return the id of a person who has the role there, made where missing."""
    person_id = lookups.person_by_address(database, person.address)
    if person_id is None:
        person_id = accounts.create_person(
            database, address=person.address, name=person.name, language=person.language, password=PASSWORD
        )
    with database.transaction(Scope.for_person(person_id)) as session:
        known = session.scalar(
            select(Membership.id).where(
                Membership.person_id == person_id, Membership.organization_id == organization_id
            )
        )
    if known is None:
        joining.add_member(database, person_id, organization_id, person.role, steward=person.steward)
    return person_id


def _facilitator_scope(database: Database, person_id: int, facilitator_id: int) -> Scope:
    found = resolve(database, person_id, facilitator_id)
    if found is None:
        raise LookupError("the facilitator's lead reaches nothing")
    return found


def _engage(
    database: Database, district: Opened, facilitator_id: int, lead: int, coaches: dict[str, int]
) -> None:
    level, coach = LEVELS[district.invented.key]
    today = california_today()
    scope = district.scope(database, "SUP")
    with database.transaction(scope) as session:
        if engagements.of_organization(session, district.id):
            return
        engagement_id = engagements.offer(
            session,
            scope,
            facilitator_id=facilitator_id,
            level=level,
            ends_on=today + dt.timedelta(days=330),
            today=today,
        )
    lead_scope = _facilitator_scope(database, lead, facilitator_id).deciding_in(district.id)
    with database.transaction(lead_scope) as session:
        engagements.accept(session, lead_scope, engagement_id)
        engagements.name_coaches(session, lead_scope, engagement_id, [coaches[coach.address]])


def _cohort(database: Database, facilitator_id: int, lead: int, districts: list[Opened]) -> None:
    scope = _facilitator_scope(database, lead, facilitator_id)
    with database.transaction(scope) as session:
        if session.scalar(select(Cohort.id).where(Cohort.facilitator_id == facilitator_id)) is None:
            cohorts.create(
                session,
                scope,
                name=COHORT,
                fiscal_year=YEARS[-1],
                district_ids=[d.id for d in districts],
                today=california_today(),
            )
    for district in districts:
        steward = district.scope(database, "SUP")
        with database.transaction(steward) as session:
            for place in cohorts.own_places(session, district.id):
                cohorts.answer(session, steward, place.cohort_id, joins=True)


def _end_engagement(database: Database, district: Opened, facilitator_id: int) -> None:
    scope = district.scope(database, "SUP")
    with database.transaction(scope) as session:
        for standing_now in engagements.of_organization(session, district.id):
            if standing_now.facilitator_id == facilitator_id and standing_now.state == "active":
                engagements.end(session, scope, standing_now.id)


def _steps(database: Database, district: Opened) -> None:
    """Put the fifteen steps where the story has them, with owners, evidence and dates."""
    key = district.invented.key
    finance, instruction = district.people["CBO"], district.people["CAO"]
    now = dt.datetime.now(dt.UTC)
    with database.transaction(district.scope(database, "SUP")) as session:
        if session.scalar(select(ProcessStep.step).where(ProcessStep.district_id == district.id).limit(1)):
            return
        standing.seed(session, district.id)
        begun = len(PROGRESS[key].rstrip("n"))
        for place, (step, state) in enumerate(zip(STEPS, PROGRESS[key], strict=True)):
            if state == "n":
                continue
            days = LAST_MOVED_DAYS[key] + (begun - 1 - place) * 9
            due = california_today() + dt.timedelta(days=21) if state == "u" else None
            standing.assign(session, district.id, step.key, finance=finance, instruction=instruction, due=due)
            if state == "d":
                evidence = f"Cabinet minutes, item {place + 3} (invented)"
                standing.confirm_done(session, district.id, step.key, "finance", evidence)
                standing.confirm_done(session, district.id, step.key, "instruction", evidence)
            session.flush()
            session.execute(
                update(ProcessStep)
                .where(ProcessStep.district_id == district.id, ProcessStep.step == step.key)
                .values(moved_at=now - dt.timedelta(days=days))
            )
