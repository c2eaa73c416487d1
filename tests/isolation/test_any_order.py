"""Whatever is done in whatever order: everybody sees exactly what a small model says they see.

The model is a few sets and numbers of its own; it asks neither the matrix nor the database. Everything goes
through two pooled connections, and two people's transactions are open at once.
"""

import dataclasses
import datetime as dt
import os

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tenants import accounts, engagements
from tenants.database import Database
from tenants.language import PACIFIC
from tenants.organizations import Membership
from tenants.scope import Scope, resolve
from tests.support import factories, twins

LONG = os.environ.get("LONG_TESTS") == "1"
CABINET = {"SUP", "CBO", "CAO", "HR", "SED"}
DISTRICTS = 3
HOUSES = 2 if LONG else 1
ROLES = ("HR", "CAO", "PRI", "BRD") if LONG else ("HR", "BRD")
CLASSES = {"progress": "process_step", "cabinet": "source_file", "personnel": "ledger_line_detail"}
"""A table of each class; the parents of the last are of the cabinet's class."""
KEYS = {"process_step": "step", "ledger_line_detail": "line"}
EVERYTHING = sa.union_all(
    *(
        sa.select(
            sa.literal(name),
            twins.TABLES[table].c.district_id,
            sa.cast(twins.TABLES[table].c[KEYS.get(table, "id")], sa.Text),
        )
        for name, table in CLASSES.items()
    )
)
TODAY = dt.datetime.now(PACIFIC).date()
"""The day of an engagement is a day of California, as the database reads it."""
LATER = TODAY + dt.timedelta(days=200)
district_numbers = st.integers(0, DISTRICTS - 1)
levels = st.integers(1, 4)


@dataclasses.dataclass
class Member:
    """Somebody of a district, as the model knows them."""

    person: factories.Person
    district: int
    role: str
    belongs: bool = True
    token: str | None = None
    session: int | None = None


@dataclasses.dataclass
class Agreement:
    """An engagement, as the model knows it."""

    id: int
    level: int
    state: str
    coaches: set[int]


class AnyOrder(RuleBasedStateMachine):
    """Three districts, facilitators with a lead and two coaches each, and whatever they do."""

    template = None

    def __init__(self):
        super().__init__()
        self.database = Database(self.template.app_url, pool_size=2)
        self.database.engine.pool._max_overflow = 0

    @initialize()
    def everybody(self):
        """Open the organizations, and sign everybody in."""
        make = factories.make_member
        self.districts = [factories.make_district(self.template) for _ in range(DISTRICTS)]
        self.members = []
        self.stewards = []
        for number, district in enumerate(self.districts):
            self.stewards.append(make(self.template, district, "CBO", steward=True))
            for role in ROLES:
                self.members.append(Member(make(self.template, district, role), number, role))
        self.houses = [factories.make_facilitator(self.template) for _ in range(HOUSES)]
        self.coaches = [
            [make(self.template, house, role) for role in ("FLD", "FCO", "FCO")] for house in self.houses
        ]
        self.rows = {name: [set() for _ in self.districts] for name in CLASSES}
        self.agreements = {}
        self.parents = [None] * DISTRICTS
        for member in self.members:
            self.enter(member)

    def teardown(self):
        self.database.close()

    # What people do.

    def enter(self, member):
        with self.database.transaction(Scope.for_person(member.person.id)) as session:
            member.token = accounts.open_session(
                session, member.person.id, "a device", self.districts[member.district].id
            )
        member.session = accounts.session_of(self.database, member.token).session_id

    @rule(number=district_numbers, name=st.sampled_from(sorted(CLASSES)))
    def write(self, number, name):
        """A district's steward adds a record of a class."""
        scope = self.scope(self.stewards[number], self.districts[number].id)
        table = twins.TABLES[CLASSES[name]]
        have = len(self.rows[name][number])
        with self.database.transaction(scope) as session:
            if self.parents[number] is None:
                self.parents[number] = {
                    "person": [{"id": scope.person_id}],
                    "organization": [{"id": scope.organization_id}],
                }
                for parent in ("source_file", "ledger_load", "dataset"):
                    self.parents[number][parent] = [self.add(session, twins.TABLES[parent], number, 0)]
                self.rows["cabinet"][number].add(str(self.parents[number]["source_file"][0]["id"]))
            if name == "personnel":
                self.parents[number]["ledger_line"] = [
                    self.add(session, twins.TABLES["ledger_line"], number, have)
                ]
            added = self.add(session, table, number, have + 1)
        self.rows[name][number].add(str(added[KEYS.get(table.name, "id")]))

    def add(self, session, table, number, count):
        row = twins.new_row(table, f"M{number} {count}", count, self.parents[number])
        if table.name == "ledger_line":
            row["line"] = count
        return dict(session.execute(sa.insert(table).values(row).returning(*table.c)).mappings().one())

    @rule(number=district_numbers, house=st.integers(0, HOUSES - 1), level=levels)
    def engage(self, number, house, level):
        """A steward offers an engagement, and the facilitator accepts it."""
        if (number, house) in self.agreements and self.agreements[number, house].state == "active":
            return
        with self.database.transaction(self.steward(number)) as session:
            made = engagements.offer(
                session,
                self.steward(number),
                facilitator_id=self.houses[house].id,
                level=level,
                ends_on=LATER,
                today=TODAY,
            )
        lead = self.scope(self.coaches[house][0], None).deciding_in(self.steward(number).district_id)
        with self.database.transaction(lead) as session:
            assert engagements.accept(session, lead, made)
        self.agreements[number, house] = Agreement(made, level, "active", set())

    @precondition(lambda self: self.agreements)
    @rule(data=st.data(), named=st.sets(st.integers(1, 2)))
    def name_coaches(self, data, named):
        """The lead names the coaches of an engagement."""
        (number, house), agreement = self.one(data)
        if agreement.state != "active":
            return
        lead = self.scope(self.coaches[house][0], None).deciding_in(self.steward(number).district_id)
        with self.database.transaction(lead) as session:
            people = [self.coaches[house][coach].id for coach in named]
            assert engagements.name_coaches(session, lead, agreement.id, people)
        agreement.coaches = set(named)

    @precondition(lambda self: self.agreements)
    @rule(data=st.data(), level=levels, end=st.booleans())
    def change_or_end(self, data, level, end):
        """The district changes the level, or ends the engagement."""
        (number, _), agreement = self.one(data)
        if agreement.state != "active":
            return
        scope = self.steward(number)
        with self.database.transaction(scope) as session:
            if end:
                assert engagements.end(session, scope, agreement.id)
                agreement.state = "ended"
            else:
                assert engagements.change(
                    session, scope, agreement.id, level=level, ends_on=LATER, today=TODAY
                )
                agreement.level = level

    @rule(data=st.data(), role=st.sampled_from(("SUP", "HR", "CAO", "SED", "PRI", "COM")))
    def change_role(self, data, role):
        """Somebody gets another role."""
        member = data.draw(st.sampled_from(self.members))
        self.alter(member, role=role)
        member.role = role

    @rule(data=st.data())
    def leave_or_return(self, data):
        """A membership ends, or begins again."""
        member = data.draw(st.sampled_from(self.members))
        member.belongs = not member.belongs
        self.alter(member, ended_at=None if member.belongs else sa.func.now())

    @rule(data=st.data())
    def sign_out_or_in(self, data):
        """Somebody signs out, or in again."""
        member = data.draw(st.sampled_from(self.members))
        if member.token is None:
            self.enter(member)
            return
        with self.database.transaction(Scope.for_person(member.person.id)) as session:
            assert accounts.end_session(session, member.person.id, member.session)
        assert accounts.session_of(self.database, member.token) is None
        member.token = None

    @rule(data=st.data(), number=district_numbers, house=st.integers(0, HOUSES - 1), coach=st.integers(0, 2))
    def reach_across(self, data, number, house, coach):
        """A coach's job writes from level 3 on, in the district that it was asked for and no other."""
        person = self.coaches[house][coach]
        scope = resolve(self.database, person.id, self.houses[house].id, self.districts[number].id)
        level = self.level(number, house, coach)
        assert (scope is not None) == (level > 0)
        if scope is None:
            return
        for target in range(DISTRICTS):
            row = {
                "district_id": self.districts[target].id,
                "fiscal_year": "2030-31",
                "ada": 1,
                "source": "entered",
            }
            with self.database.transaction(scope) as session:
                refused = twins.refusal(session, sa.insert(twins.TABLES["attendance_figure"]).values(row))
            may = target == number and level >= 3
            assert (refused == "") == may, (level, target, number, refused)

    # What everybody sees.

    @invariant()
    def all_see_what_the_model_says(self):
        """Two transactions are open at once on the two connections there are."""
        if not hasattr(self, "members"):
            return
        looking = [(self.of_member(member), self.modelled(member)) for member in self.members]
        for house, people in enumerate(self.coaches):
            for coach, person in enumerate(people):
                for number, district in enumerate(self.districts):
                    scope = resolve(self.database, person.id, self.houses[house].id, district.id)
                    level = self.level(number, house, coach)
                    assert (scope is not None) == (level > 0), (number, house, coach)
                    looking.append((scope, {name: self.of_level(name, number, level) for name in CLASSES}))
        half = len(looking) // 2
        for first, second in zip(looking[:half], looking[half:], strict=False):
            with self.database.transaction(first[0]) as one, self.database.transaction(second[0]) as two:
                for session, (scope, expected) in ((one, first), (two, second)):
                    seen = {name: set() for name in CLASSES}
                    for name, district, key in session.execute(EVERYTHING):
                        seen[name].add((district, key))
                    assert seen == expected, scope

    # The model.

    def modelled(self, member):
        if not (member.belongs and member.token):
            return {name: set() for name in CLASSES}
        may = {
            "progress": member.role in CABINET | {"PRI", "BRD", "COM"},
            "cabinet": member.role in CABINET,
            "personnel": member.role in {"HR", "CBO"},
        }
        return {name: self.held(name, member.district) if may[name] else set() for name in CLASSES}

    def of_level(self, name, number, level):
        return (
            self.held(name, number) if level >= {"progress": 1, "cabinet": 2, "personnel": 9}[name] else set()
        )

    def held(self, name, number):
        return {(self.districts[number].id, key) for key in self.rows[name][number]}

    def level(self, number, house, coach):
        agreement = self.agreements.get((number, house))
        if agreement is None or agreement.state != "active" or (coach and coach not in agreement.coaches):
            return 0
        return agreement.level

    # Helps.

    def of_member(self, member):
        found = accounts.session_of(self.database, member.token) if member.token else None
        return found and resolve(self.database, found.person_id, found.organization_id)

    def scope(self, person, district):
        found = resolve(self.database, person.id, person.organization_id, district)
        assert found is not None
        return found

    def steward(self, number):
        return self.scope(self.stewards[number], self.districts[number].id)

    def one(self, data):
        return data.draw(st.sampled_from(sorted(self.agreements.items(), key=lambda pair: pair[0])))

    def alter(self, member, **values):
        place = self.districts[member.district].id
        with self.database.transaction(Scope.for_joining(member.person.id, place)) as session:
            session.execute(
                sa.update(Membership)
                .where(Membership.person_id == member.person.id, Membership.organization_id == place)
                .values(**values)
            )


@pytest.mark.timeout(1800)
def test_whatever_is_done_everybody_sees_what_is_theirs(shared_database):
    AnyOrder.template = shared_database
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=60 if LONG else 3,
            stateful_step_count=40 if LONG else 12,
            deadline=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
        ),
    )
