"""Who is acting, in which organization, with what reach: worked out once, bound at each transaction's begin.

A scope is worked out afresh for every request and every job, so that an engagement that ended a minute ago,
or a role taken away, gives nothing on the next transaction.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from tenants.database import Database

CABINET_ROLES = frozenset({"SUP", "CBO", "CAO", "HR", "SED"})
FACILITATOR_ROLES = frozenset({"FLD", "FCO"})
PERSONNEL_ROLES = frozenset({"HR", "CBO"})
SMALL_GROUP_ROLES = frozenset({"CBO", "CAO", "SED"})
CONFIDENTIAL_ROLES = frozenset({"SUP", "CBO", "HR"})
OWN_JOBS_ROLES = frozenset({"HR", "SED"}) | FACILITATOR_ROLES
"""Roles that see the jobs they asked for and no others."""
OWN_ACTS_ROLES = frozenset({"CAO", "HR", "SED"})
"""Heads who read their own acts in the record of activity, and of others' what a home tells everybody."""
UPKEEP = "upkeep"
VISITOR = "visitor"
CLOSING = "closing"
SUPPORT = "support"
"""The database's role for the operator's person under a support grant; no role of a scope."""
NAMED_PERSONNEL = frozenset({"named_positions", "personal_results"})
"""What may be given by name that lies in the personnel class."""

LEVEL_PROGRESS = 1
"""From this engagement level on, a coach sees how far the district has come."""
LEVEL_READER = 2
"""From this engagement level on, a coach reads cabinet information; below it, progress alone."""
LEVEL_COACH = 3
"""From this engagement level on, a coach writes: comments, proposals, assigned sections."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scope:
    """What one actor may reach in one transaction. Districts are given by organization id.

    PostgreSQL's policies read it as settings (see `settings`); an empty scope sees no rows.
    """

    person_id: int | None = None
    organization_id: int | None = None
    """Organization in which the person acts: a district, a facilitator organization or the operator."""
    role: str | None = None
    """One of organizations.ROLES, `upkeep`, `visitor`, or None for nobody."""
    steward: bool = False
    contributor: bool = False
    district_id: int | None = None
    """The one district whose rows may be written."""
    viewed_district_id: int | None = None
    """The district whose pages are open; equals `district_id` unless the actor only reads there."""
    progress: tuple[int, ...] = ()
    cabinet: tuple[int, ...] = ()
    staff: tuple[int, ...] = ()
    """Districts whose inner affairs may be known, as no facilitator may: board questions, teams."""
    personnel: tuple[int, ...] = ()
    small_group: tuple[int, ...] = ()
    published: tuple[int, ...] = ()
    """Districts whose published plans may be read by an actor who need not belong to the cabinet."""
    organizations: tuple[int, ...] = ()
    """Organizations whose name and people may be known."""
    manages: int | None = None
    """Organization whose memberships, invitations and engagements may be written."""
    invites: int | None = None
    """District into which the actor, who is no steward, may invite contributors of the own department."""
    operator: bool = False
    """True for the platform's operator, who opens organizations and sees no content."""
    engagement_level: int | None = None
    """1 to 4 for a coach in a district, None for everybody else."""
    second_factor_from: dt.date | None = None
    """From this day on the organization lets nobody act with one factor alone; None where it does not ask."""
    own_sign_in: bool = False
    """True where the organization takes its own sign-in alone from this person."""
    language: str = "en"
    confidential: tuple[int, ...] = ()
    """Districts whose confidential options may be known."""
    board: tuple[int, ...] = ()
    """Districts on whose board the actor sits."""
    principal: tuple[int, ...] = ()
    """Districts of which the actor leads a school: what is open to principals may be read there."""
    named: frozenset[str] = frozenset()
    """What the actor was given by name: a line of the matrix, or a record such as `option/1042`."""
    team_options: tuple[int, ...] = ()
    """Options under close study by an action team of the actor's."""
    schools: tuple[str, ...] = ()
    """School codes of a principal's own schools."""
    support_grant: int | None = None
    """The open support grant under which an operator acts; the database asks it again in each statement."""
    support_areas: tuple[str, ...] = ()
    """What that grant shows: some of `tenants.areas.SUPPORT_AREAS`."""
    viewing: bool = False
    """True for a steward who looks as another role does, and changes nothing meanwhile."""
    read_only: bool = False
    """True for a program's token that may only read: the database takes no change in its transactions."""
    token_areas: tuple[str, ...] | None = None
    """What a program's token is limited to, of `tenants.areas.TOKEN_AREAS`; None where it is not."""
    link_id: int | None = None
    plan_id: int | None = None
    """The one plan that a visitor may read."""
    may_comment: bool = False
    """True when a visitor's link allows comments."""

    @staticmethod
    def nobody() -> Scope:
        """Return the scope that sees no rows."""
        return Scope()

    @staticmethod
    def for_upkeep(district_id: int) -> Scope:
        """Return the platform's own scope in one district: workers on nobody's behalf."""
        return Scope(
            role=UPKEEP,
            organization_id=district_id,
            district_id=district_id,
            viewed_district_id=district_id,
            progress=(district_id,),
            cabinet=(district_id,),
            staff=(district_id,),
            personnel=(district_id,),
            small_group=(district_id,),
            confidential=(district_id,),
            published=(district_id,),
            organizations=(district_id,),
        )

    @staticmethod
    def for_closing(district_id: int) -> Scope:
        """Return the scope that removes a district; it sees and removes nothing before a closing is due."""
        return Scope(role=CLOSING, organization_id=district_id, district_id=district_id)

    @staticmethod
    def for_arrival(district_id: int) -> Scope:
        """Return the operator's scope while a district moves in: opens it, and writes in it alone."""
        return dataclasses.replace(
            Scope.for_upkeep(district_id), role="PAD", operator=True, manages=district_id
        )

    @staticmethod
    def for_operator(person_id: int | None = None) -> Scope:
        """Return the operator's scope: opens organizations, sees their names, never their content."""
        return Scope(role="PAD", person_id=person_id, operator=True)

    @staticmethod
    def for_joining(person_id: int, organization_id: int) -> Scope:
        """Return the scope of somebody who opens or accepts an invitation to an organization.

        Only for a holder of the invitation's secret, or for set-up on the platform's own machine.
        """
        return Scope(
            person_id=person_id,
            organization_id=organization_id,
            organizations=(organization_id,),
            manages=organization_id,
        )

    @staticmethod
    def for_person(person_id: int) -> Scope:
        """Return a person's scope outside every organization: the own account and memberships."""
        return Scope(person_id=person_id)

    def deciding_in(self, district_id: int) -> Scope:
        """Return the scope of another organization's decision about a district: an engagement, a grant.

        The own organization's reach decides; the platform's upkeep of the district writes its record of
        activity and tells its programs, so that all of it stands or falls in one transaction.
        """
        return dataclasses.replace(
            Scope.for_upkeep(district_id),
            person_id=self.person_id,
            organization_id=self.organization_id,
            organizations=(*self.organizations, district_id),
            manages=self.manages,
            operator=self.operator,
        )

    def seen_as(self, role: str) -> Scope:
        """Return what a role of the own district sees, as far as the actor may see it too; read only."""

        def kept(array: tuple[int, ...], roles: frozenset[str]) -> tuple[int, ...]:
            return array if role in roles else ()

        own = () if self.organization_id is None else (self.organization_id,)
        return dataclasses.replace(
            self,
            role=role,
            steward=False,
            contributor=False,
            viewing=True,
            district_id=None,
            manages=None,
            invites=None,
            cabinet=kept(self.cabinet, CABINET_ROLES),
            staff=kept(self.staff, CABINET_ROLES),
            personnel=kept(self.personnel, PERSONNEL_ROLES),
            small_group=kept(self.small_group, SMALL_GROUP_ROLES),
            confidential=kept(self.confidential, CONFIDENTIAL_ROLES),
            board=own if role == "BRD" else (),
            principal=own if role == "PRI" else (),
            named=frozenset(),
            team_options=(),
            schools=(),
        )

    @property
    def named_options(self) -> tuple[int, ...]:
        """Return the ids of the options that the actor was given by name."""
        return tuple(
            sorted(int(name[7:]) for name in self.named if name.startswith("option/") and name[7:].isdigit())
        )

    def settings(self) -> dict[str, str]:
        """Return the settings that the policies read, each of them, empty where the scope has nothing."""
        visitor = self.role == VISITOR
        return {
            "apportion.person": _text(self.person_id),
            "apportion.organization": _text(self.organization_id),
            "apportion.organizations": _array(self.organizations),
            "apportion.manages": _text(self.manages),
            "apportion.invites": _text(self.invites),
            "apportion.operator": "true" if self.operator else "",
            "apportion.district": "" if visitor else _text(self.district_id),
            "apportion.progress": _array(self.progress),
            "apportion.cabinet": _array(self.cabinet),
            "apportion.staff": _array(self.staff),
            "apportion.personnel": _array(self.personnel),
            "apportion.small_group": _array(self.small_group),
            "apportion.published": _array(self.published),
            "apportion.confidential": _array(self.confidential),
            "apportion.board": _array(self.board),
            "apportion.principal": _array(self.principal),
            "apportion.named_options": _array(self.named_options),
            "apportion.team_options": _array(self.team_options),
            "apportion.coach": "true" if self.role in FACILITATOR_ROLES else "",
            "apportion.own_jobs": "true" if self.role in OWN_JOBS_ROLES else "",
            "apportion.own_acts": "true" if self.role in OWN_ACTS_ROLES else "",
            "apportion.engagement": _text(self.engagement_level),
            "apportion.link": _text(self.link_id),
            "apportion.support": _text(self.support_grant),
            "apportion.visitor_district": _text(self.viewed_district_id) if visitor else "",
            "apportion.visitor_plan": _text(self.plan_id) if visitor else "",
            "apportion.visitor_may_comment": "true" if visitor and self.may_comment else "",
        }


_current: ContextVar[Scope | None] = ContextVar("apportion_scope", default=None)


def current() -> Scope:
    """Return the scope that a transaction beginning now is bound to."""
    return _current.get() or Scope.nobody()


@contextlib.contextmanager
def acting(scope: Scope | None) -> Iterator[None]:
    """Bind transactions that begin inside to `scope`. Used by `Database.transaction` alone."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


def token_hash(token: str) -> bytes:
    """Return the SHA-256 under which a session, invitation, reset, API token or share link is stored."""
    return hashlib.sha256(token.encode()).digest()


_WHO = text(
    """
    SELECT m.role, m.steward, m.contributor, m.schools, o.kind, p.language, r.second_factor_from,
        coalesce(r.required, false) AND NOT (m.steward AND m.emergency) AS own_sign_in,
        (SELECT coalesce(json_agg(json_build_array(n.resource, n.option_id)), '[]') FROM named_access n
         WHERE n.district_id = o.id AND n.person_id = m.person_id AND n.ended_at IS NULL
            AND n.ends_on >= (now() AT TIME ZONE 'America/Los_Angeles')::date) AS named,
        (SELECT coalesce(json_agg(t.option_id ORDER BY t.option_id), '[]') FROM team t
         JOIN team_member i ON i.district_id = t.district_id AND i.team_id = t.id
         WHERE t.district_id = o.id AND t.kind = 'action' AND t.ended_at IS NULL
            AND i.person_id = m.person_id) AS team_options,
        (SELECT coalesce(json_agg(json_build_array(e.district_id, e.level)), '[]') FROM engagement e
         WHERE e.facilitator_id = o.id AND e.state = 'active'
            AND (now() AT TIME ZONE 'America/Los_Angeles')::date BETWEEN e.starts_on AND e.ends_on
            AND (m.role = 'FLD' OR EXISTS (SELECT FROM engagement_coach c
                WHERE c.engagement_id = e.id AND c.person_id = m.person_id))) AS districts,
        (SELECT coalesce(json_agg(DISTINCT e.facilitator_id), '[]') FROM engagement e
         WHERE e.district_id = o.id AND e.state <> 'declined') AS facilitators,
        (SELECT coalesce(json_agg(json_build_array(g.district_id, g.id, g.areas) ORDER BY g.id), '[]')
         FROM support_grant g
         WHERE o.kind = 'operator' AND g.operator_id = o.id AND g.person_id = m.person_id
            AND g.state = 'active' AND now() < g.ends_at) AS support
    FROM membership m JOIN organization o ON o.id = m.organization_id JOIN person p ON p.id = m.person_id
        LEFT JOIN sign_in_rule r ON r.organization_id = o.id
    WHERE m.person_id = :person AND m.organization_id = :organization AND m.ended_at IS NULL
    """
)


def resolve(
    database: Database, person_id: int, organization_id: int, district_id: int | None = None
) -> Scope | None:
    """Work out what a person may reach now.

    Args:
        database: The application's database.
        person_id: Who acts.
        organization_id: The organization chosen for this session.
        district_id: The district whose pages are opened; None on pages of the organization itself.

    Returns:
        The scope, or None when the person does not belong there (any more), or the district is not the
        organization's own and no engagement is open today. The two look alike.
    """
    with database.transaction(Scope(person_id=person_id, organization_id=organization_id)) as session:
        who = session.execute(_WHO, {"person": person_id, "organization": organization_id}).one_or_none()
    if who is None:
        return None
    found = _reach(person_id, organization_id, who, district_id)
    if found is None:
        return None
    return dataclasses.replace(found, second_factor_from=who.second_factor_from, own_sign_in=who.own_sign_in)


def _reach(person_id: int, organization_id: int, who: Any, district_id: int | None) -> Scope | None:
    if who.kind == "district":
        return (
            _of_district(person_id, organization_id, who) if district_id in {None, organization_id} else None
        )
    if who.kind == "facilitator":
        return _of_facilitator(person_id, organization_id, who, district_id)
    if district_id is None:
        return _of_operator(person_id, organization_id, who)
    return _under_grant(person_id, organization_id, who, district_id)


def _of_operator(person_id: int, organization: int, who: Any) -> Scope:
    return dataclasses.replace(
        Scope.for_operator(person_id),
        organization_id=organization,
        organizations=(organization,),
        steward=who.steward,
        manages=organization if who.steward else None,
        language=who.language,
    )


def _under_grant(person_id: int, organization: int, who: Any, district: int) -> Scope | None:
    """Return what an open support grant shows of a district, read-only; None where none is open."""
    open_now = [(number, areas) for place, number, areas in who.support if place == district]
    if not open_now:
        return None
    number, areas = open_now[-1]
    return Scope(
        role=who.role,
        person_id=person_id,
        organization_id=organization,
        viewed_district_id=district,
        support_grant=number,
        support_areas=tuple(areas),
        language=who.language,
    )


def _of_district(person_id: int, district: int, who: Any) -> Scope:
    own = (district,)
    in_cabinet = who.role in CABINET_ROLES
    invites = not who.steward and not who.contributor and who.role in {"CAO", "HR", "SED"}
    head = not who.contributor
    named = frozenset(resource if option is None else f"option/{option}" for resource, option in who.named)
    sees_people = (who.role in PERSONNEL_ROLES and head) or (in_cabinet and named & NAMED_PERSONNEL)
    return Scope(
        person_id=person_id,
        organization_id=district,
        role=who.role,
        steward=who.steward,
        contributor=who.contributor,
        district_id=district if in_cabinet else None,
        viewed_district_id=district,
        progress=own if in_cabinet or who.role in {"PRI", "BRD", "COM"} else (),
        cabinet=own if in_cabinet else (),
        staff=own if in_cabinet else (),
        personnel=own if sees_people else (),
        small_group=own if who.role in SMALL_GROUP_ROLES and head else (),
        published=own,
        confidential=own if who.role in CONFIDENTIAL_ROLES and head else (),
        board=own if who.role == "BRD" else (),
        principal=own if who.role == "PRI" else (),
        named=named,
        team_options=tuple(who.team_options),
        schools=tuple(who.schools),
        organizations=(*own, *who.facilitators),
        manages=district if who.steward else None,
        invites=district if invites else None,
        language=who.language,
    )


def _of_facilitator(person_id: int, organization: int, who: Any, district: int | None) -> Scope | None:
    levels = {int(key): int(level) for key, level in who.districts}
    if district is not None:
        if district not in levels:
            return None
        levels = {district: levels[district]}
    level = levels.get(district) if district is not None else None
    readable = tuple(sorted(key for key, value in levels.items() if value >= LEVEL_READER))
    return Scope(
        person_id=person_id,
        organization_id=organization,
        role=who.role,
        steward=who.steward,
        contributor=False,
        district_id=district if level is not None and level >= LEVEL_COACH else None,
        viewed_district_id=district,
        progress=tuple(sorted(levels)),
        cabinet=readable,
        published=readable,
        organizations=(organization, *sorted(levels)),
        manages=organization if who.steward or who.role == "FLD" else None,
        engagement_level=level,
        language=who.language,
    )


def resolve_visitor(database: Database, token: str) -> Scope | None:
    """Return the scope of a reader who holds a share link's token: one district, one plan, what is published.

    None for an unknown, ended or revoked link.
    """
    with database.transaction(None) as session:
        found = session.execute(
            text("SELECT * FROM lookup_share_link(:hash)"), {"hash": token_hash(token)}
        ).one_or_none()
    if found is None or found.ended:
        return None
    return Scope(
        role=VISITOR,
        viewed_district_id=found.district_id,
        link_id=found.link_id,
        plan_id=found.plan_id,
        may_comment=found.may_comment,
    )


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _array(numbers: tuple[int, ...]) -> str:
    return "{" + ",".join(str(number) for number in numbers) + "}"
