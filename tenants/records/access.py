"""Teams of a district, and access that is given to one person by name, until a day."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

from sqlalchemy import BigInteger, CheckConstraint, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from tenants import audit
from tenants.base import Base, DistrictOwned, Record, now, to_district, within_district
from tenants.errors import NotPossibleError
from tenants.organizations import Membership
from tenants.people import Person
from tenants.records.options import Option
from tenants.scope import CABINET_ROLES, Scope

NAMED_RESOURCES = ("named_positions", "personal_results", "confidential_options")
"""Lines of the matrix whose cells say "by name" for somebody."""


class Team(Base, Record):
    """A list of people with an owner; an action team studies one option closely and reaches its card."""

    __tablename__ = "team"
    __table_args__ = (
        to_district(),
        within_district("option_id", "option"),
        CheckConstraint("kind in ('working','governing','action')", name="kind"),
        CheckConstraint("(kind = 'action') = (option_id is not null)", name="option"),
        {"info": {"information": "staff"}},
    )

    kind: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(BigInteger)
    option_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    ended_at: Mapped[dt.datetime | None]


class TeamMember(Base, DistrictOwned):
    """A person on a team."""

    __tablename__ = "team_member"
    __table_args__ = (
        to_district(),
        within_district("team_id", "team", cascade=True),
        {"info": {"information": "staff"}},
    )

    team_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    joined_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class NamedAccess(Base, Record):
    """What one person may see by name: a line of the matrix, or one confidential option."""

    __tablename__ = "named_access"
    __table_args__ = (
        to_district(),
        within_district("option_id", "option"),
        CheckConstraint(
            f"resource in ({','.join(repr(resource) for resource in NAMED_RESOURCES)})", name="resource"
        ),
        CheckConstraint("(resource = 'confidential_options') = (option_id is not null)", name="record"),
        {"info": {"information": "confidential"}},
    )

    person_id: Mapped[int] = mapped_column(BigInteger)
    resource: Mapped[str]
    option_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str]
    ends_on: Mapped[dt.date]
    """The last day on which it holds."""
    granted_by: Mapped[int] = mapped_column(BigInteger)
    granted_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    ended_at: Mapped[dt.datetime | None]


@dataclasses.dataclass(frozen=True)
class OnTeam:
    """A person on a team."""

    person_id: int
    name: str
    role: str


@dataclasses.dataclass(frozen=True)
class TeamShown:
    """A team with its people, the owner first."""

    id: int
    kind: str
    name: str
    owner_id: int
    option_id: int | None
    option: str | None
    people: tuple[OnTeam, ...]


@dataclasses.dataclass(frozen=True)
class NamedShown:
    """Access that one person was given by name."""

    id: int
    person: str
    resource: str
    option_id: int | None
    option: str | None
    reason: str
    ends_on: dt.date
    granted_by: str


FINANCE, INSTRUCTION = frozenset({"CBO", "HR"}), frozenset({"CAO", "SED"})
"""Roles that speak for finance and for instruction on an action team."""
LONGEST = dt.timedelta(days=366)
GRANTERS = {
    "named_positions": frozenset({"CBO", "HR"}),
    "personal_results": frozenset({"CBO", "HR"}),
    "confidential_options": frozenset({"SUP", "CBO", "HR"}),
}
"""Whose heads give which access by name (users and pages, sections 1 and 2)."""


def teams(session: Session, district_id: int) -> list[TeamShown]:
    """Return the district's teams that are at work, action teams last, by name."""
    rows = session.execute(
        select(Team, Option.title)
        .outerjoin(Option, (Option.district_id == Team.district_id) & (Option.id == Team.option_id))
        .where(Team.district_id == district_id, Team.ended_at.is_(None))
        .order_by(Team.kind.desc(), Team.name)
    ).all()
    people: dict[int, list[OnTeam]] = {team.id: [] for team, _ in rows}
    found = session.execute(
        select(TeamMember.team_id, Person.id, Person.name, Membership.role)
        .join(Person, Person.id == TeamMember.person_id)
        .join(
            Membership,
            (Membership.person_id == Person.id) & (Membership.organization_id == TeamMember.district_id),
        )
        .where(
            TeamMember.district_id == district_id,
            TeamMember.team_id.in_(people),
            Membership.ended_at.is_(None),
        )
        .order_by(Person.name)
    )
    for team_id, person_id, name, role in found:
        people[team_id].append(OnTeam(person_id, name, role))
    return [
        TeamShown(
            team.id, team.kind, team.name, team.owner_id, team.option_id, option, tuple(people[team.id])
        )
        for team, option in rows
    ]


def teams_of_option(session: Session, district_id: int, option_id: int) -> list[TeamShown]:
    """Return the action teams that study an option."""
    return [team for team in teams(session, district_id) if team.option_id == option_id]


def make_team(
    session: Session,
    scope: Scope,
    *,
    kind: str,
    name: str,
    option_id: int | None,
    person_ids: Iterable[int],
) -> int:
    """Make a team whose owner is the actor, and return its id.

    Raises:
        NotPossibleError: no name, nobody on it, somebody from outside, an action team without an option, or
            without somebody from finance and somebody from instruction.
    """
    wanted = set(person_ids)
    members = {
        row.person_id: row.role
        for row in session.execute(
            select(Membership.person_id, Membership.role).where(
                Membership.organization_id == scope.district_id, Membership.ended_at.is_(None)
            )
        )
    }
    if kind not in {"working", "governing", "action"}:
        raise NotPossibleError("Choose what kind of team it is.", field="kind")
    if not name.strip():
        raise NotPossibleError("Give the team a name.", field="name")
    if not wanted or not wanted <= members.keys():
        raise NotPossibleError("Choose people of this district.", field="people")
    roles = {members[person] for person in wanted}
    if kind == "action":
        option = session.scalar(
            select(Option).where(
                Option.district_id == scope.district_id,
                Option.id == option_id,
                Option.confidential.is_(False),
            )
        )
        if option is None:
            raise NotPossibleError("An action team studies one ordinary option. Choose it.", field="option")
        if not (roles & FINANCE and roles & INSTRUCTION):
            raise NotPossibleError(
                "An action team has somebody from finance and somebody from instruction.", field="people"
            )
    if kind == "governing" and not {"SUP", "CBO", "CAO"} <= roles:
        raise NotPossibleError(
            "The governing team is the superintendent with the business and the academic head.",
            field="people",
        )
    if roles & {"BRD", "COM"}:
        raise NotPossibleError("Board and community members are on no team of the staff.", field="people")
    team = Team(
        district_id=scope.district_id,
        kind=kind,
        name=name.strip()[:200],
        owner_id=scope.person_id,
        option_id=option_id if kind == "action" else None,
    )
    session.add(team)
    session.flush()
    session.add_all(
        TeamMember(district_id=team.district_id, team_id=team.id, person_id=person) for person in wanted
    )
    session.flush()
    audit.append(session, scope, "teams:manage", f"team/{team.id}", people=sorted(wanted))
    return team.id


def end_team(session: Session, scope: Scope, team_id: int) -> bool:
    """End a team; its people lose its reach with their next request. False where there is none."""
    team = session.scalar(
        select(Team).where(Team.district_id == scope.district_id, Team.id == team_id, Team.ended_at.is_(None))
    )
    if team is None:
        return False
    team.ended_at = dt.datetime.now(dt.UTC)
    session.flush()
    audit.append(session, scope, "teams:manage", f"team/{team_id}", ended=True)
    return True


def named(session: Session, district_id: int, today: dt.date) -> list[NamedShown]:
    """Return the access by name that holds today, the latest first."""
    giver = aliased(Person)
    rows = session.execute(
        select(NamedAccess, Person.name, giver.name, Option.title)
        .outerjoin(Person, Person.id == NamedAccess.person_id)
        .outerjoin(giver, giver.id == NamedAccess.granted_by)
        .outerjoin(
            Option, (Option.district_id == NamedAccess.district_id) & (Option.id == NamedAccess.option_id)
        )
        .where(
            NamedAccess.district_id == district_id,
            NamedAccess.ended_at.is_(None),
            NamedAccess.ends_on >= today,
        )
        .order_by(NamedAccess.id.desc())
    )
    return [
        NamedShown(
            row.id, person or "", row.resource, row.option_id, option, row.reason, row.ends_on, by or ""
        )
        for row, person, by, option in rows
    ]


def give(
    session: Session,
    scope: Scope,
    *,
    person_id: int,
    resource: str,
    option_id: int | None,
    reason: str,
    ends_on: dt.date,
    today: dt.date,
) -> int:
    """Let one person see something by name until a day, and return the grant's id.

    Raises:
        NotPossibleError: what is given is not the actor's to give, or is none; no reason; a day that is past
            or more than a year away; somebody whose role can't be let in.
    """
    if scope.contributor or scope.role not in GRANTERS.get(resource, frozenset()):
        raise NotPossibleError("Choose something that is yours to give.", field="resource")
    known = None
    if resource == "confidential_options":
        known = session.scalar(
            select(Option.id).where(
                Option.district_id == scope.district_id,
                Option.id == option_id,
                Option.confidential.is_(True),
            )
        )
        if known is None:
            raise NotPossibleError("Choose one of the confidential options.", field="option")
    role = session.scalar(
        select(Membership.role).where(
            Membership.organization_id == scope.district_id,
            Membership.person_id == person_id,
            Membership.ended_at.is_(None),
        )
    )
    if role not in CABINET_ROLES:
        raise NotPossibleError("Access by name is for people of the cabinet.", field="person")
    if not reason.strip():
        raise NotPossibleError("Say why: the record keeps the reason.", field="reason")
    if not today <= ends_on <= today + LONGEST:
        raise NotPossibleError("The last day is today or later, and within a year.", field="ends_on")
    made = NamedAccess(
        district_id=scope.district_id,
        person_id=person_id,
        resource=resource,
        option_id=known,
        reason=reason.strip()[:500],
        ends_on=ends_on,
        granted_by=scope.person_id,
    )
    session.add(made)
    session.flush()
    audit.append(
        session,
        scope,
        "named_access:manage",
        f"option/{known}" if known else f"named_access/{made.id}",
        given_to=person_id,
        until=ends_on.isoformat(),
    )
    return made.id


def take_back(session: Session, scope: Scope, access_id: int) -> bool:
    """End access by name at once. False where there is none."""
    row = session.scalar(
        select(NamedAccess).where(
            NamedAccess.district_id == scope.district_id,
            NamedAccess.id == access_id,
            NamedAccess.ended_at.is_(None),
        )
    )
    if row is None:
        return False
    row.ended_at = dt.datetime.now(dt.UTC)
    session.flush()
    subject = f"option/{row.option_id}" if row.option_id else f"named_access/{row.id}"
    audit.append(session, scope, "named_access:manage", subject, taken_from=row.person_id)
    return True
