"""A district lets a facilitator in: offered or asked for, accepted, changed, ended."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tenants import audit, lookups
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.organizations import (
    Engagement,
    EngagementCoach,
    Membership,
    Organization,
)
from tenants.people import Person
from tenants.scope import Scope

LEVELS = (1, 2, 3, 4)
OPEN = ("offered", "requested", "active")
LONGEST = dt.timedelta(days=3 * 366)


@dataclasses.dataclass(frozen=True)
class Standing:
    """An engagement as both sides see it."""

    id: int
    district_id: int
    facilitator_id: int
    facilitator: str
    level: int
    state: str
    starts_on: dt.date
    ends_on: dt.date
    coaches: tuple[str, ...]
    coach_ids: tuple[int, ...]
    ended_at: dt.datetime | None
    """When somebody ended it, which may be before its last day."""


def facilitators(session: Session, district_id: int) -> list[Organization]:
    """Return the facilitators that a district may engage, by name; invented ones where it is too."""
    invented = select(Organization.invented).where(Organization.id == district_id).scalar_subquery()
    return list(
        session.scalars(
            select(Organization)
            .where(Organization.kind == "facilitator", Organization.invented <= invented)
            .order_by(Organization.name)
        )
    )


def of_organization(session: Session, organization_id: int) -> list[Standing]:
    """Return the engagements of a district or facilitator organization, the newest first."""
    rows = session.execute(
        select(Engagement, Organization.name)
        .join(Organization, Organization.id == Engagement.facilitator_id)
        .where((Engagement.district_id == organization_id) | (Engagement.facilitator_id == organization_id))
        .order_by(Engagement.id.desc())
    ).all()
    names: dict[int, list[tuple[int, str]]] = {}
    coaches = session.execute(
        select(EngagementCoach.engagement_id, EngagementCoach.person_id, Person.name)
        .outerjoin(Person, Person.id == EngagementCoach.person_id)
        .where(EngagementCoach.engagement_id.in_([engagement.id for engagement, _ in rows]))
        .order_by(Person.name)
    )
    for engagement_id, person_id, name in coaches:
        names.setdefault(engagement_id, []).append((person_id, name or ""))
    return [
        Standing(
            e.id,
            e.district_id,
            e.facilitator_id,
            name,
            e.level,
            e.state,
            e.starts_on,
            e.ends_on,
            tuple(coach for _, coach in names.get(e.id, [])),
            tuple(person for person, _ in names.get(e.id, [])),
            e.ended_at,
        )
        for e, name in rows
    ]


def offer(
    session: Session, scope: Scope, *, facilitator_id: int, level: int, ends_on: dt.date, today: dt.date
) -> int:
    """Let a facilitator in from today on: a steward's act. The facilitator names its coaches.

    Raises:
        NotPossibleError: Unknown facilitator or level, an end that is past or too far, or one that is open.
    """
    facilitator = session.scalar(
        select(Organization).where(Organization.id == facilitator_id, Organization.kind == "facilitator")
    )
    if facilitator is None:
        raise NotPossibleError("Choose one of the facilitator organizations.", field="facilitator")
    _check(level, ends_on, today)
    _none_open(session, scope.organization_id, facilitator_id)
    engagement = Engagement(
        district_id=scope.organization_id,
        facilitator_id=facilitator_id,
        level=level,
        state="offered",
        starts_on=today,
        ends_on=ends_on,
        offered_by=scope.person_id,
    )
    session.add(engagement)
    session.flush()
    audit.append(session, scope, "engagement:manage", f"engagement/{engagement.id}", offered=level)
    return engagement.id


def request(
    database: Database, scope: Scope, *, cds_code: str, level: int, ends_on: dt.date, today: dt.date
) -> None:
    """Ask a district to be let in. Nothing tells the asker whether the district is here.

    Raises:
        NotPossibleError: The level or the end is impossible.
    """
    _check(level, ends_on, today)
    district = lookups.district_by_code(database, cds_code)
    if district is None:
        return
    acting = scope.deciding_in(district)
    with database.transaction(acting) as session:
        already = session.scalar(
            select(Engagement.id).where(
                Engagement.district_id == district,
                Engagement.facilitator_id == scope.organization_id,
                Engagement.state.in_(OPEN),
            )
        )
        if already is None:
            asked = Engagement(
                district_id=district,
                facilitator_id=scope.organization_id,
                level=level,
                state="requested",
                starts_on=today,
                ends_on=ends_on,
                offered_by=scope.person_id,
            )
            session.add(asked)
            session.flush()
            audit.record_in_both(session, acting, "engagement:request", f"engagement/{asked.id}", asked=level)


def accept(session: Session, scope: Scope, engagement_id: int) -> bool:
    """Accept: the facilitator an offer, the district's steward a request. False where there is none."""
    engagement = _of(session, scope, engagement_id)
    if engagement is None:
        return False
    waiting = "requested" if engagement.district_id == scope.organization_id else "offered"
    if engagement.state != waiting:
        return False
    engagement.state, engagement.accepted_by = "active", scope.person_id
    session.flush()
    _record(session, scope, engagement, accepted=engagement.level)
    return True


def decline(session: Session, scope: Scope, engagement_id: int) -> bool:
    """Decline an offer or a request. False where there is none."""
    engagement = _of(session, scope, engagement_id)
    if engagement is None or engagement.state not in {"offered", "requested"}:
        return False
    engagement.state, engagement.ended_at = "declined", dt.datetime.now(dt.UTC)
    session.flush()
    _record(session, scope, engagement, declined=True)
    return True


def change(
    session: Session, scope: Scope, engagement_id: int, *, level: int, ends_on: dt.date, today: dt.date
) -> bool:
    """Change level and end, as the district alone may; it holds from the next request on.

    Raises:
        NotPossibleError: The level or the end is impossible.
    """
    _check(level, ends_on, today)
    engagement = _of(session, scope, engagement_id)
    if engagement is None or engagement.district_id != scope.organization_id or engagement.state not in OPEN:
        return False
    before = engagement.level
    engagement.level, engagement.ends_on = level, ends_on
    session.flush()
    _record(session, scope, engagement, level=level, before=before, ends_on=ends_on.isoformat())
    return True


def end(session: Session, scope: Scope, engagement_id: int) -> bool:
    """End an engagement at once; either side may. False where none is open."""
    engagement = _of(session, scope, engagement_id)
    if engagement is None or engagement.state not in OPEN:
        return False
    engagement.state, engagement.ended_at = "ended", dt.datetime.now(dt.UTC)
    session.flush()
    _record(session, scope, engagement, ended=True)
    return True


def name_coaches(session: Session, scope: Scope, engagement_id: int, person_ids: list[int]) -> bool:
    """Name the coaches of an engagement: members of the facilitator organization alone.

    Raises:
        NotPossibleError: Somebody named does not belong to the facilitator organization.
    """
    engagement = _of(session, scope, engagement_id)
    if engagement is None or engagement.state not in OPEN:
        return False
    belonging = set(
        session.scalars(
            select(Membership.person_id).where(
                Membership.organization_id == engagement.facilitator_id, Membership.ended_at.is_(None)
            )
        )
    )
    if not set(person_ids) <= belonging:
        raise NotPossibleError("Coaches belong to the facilitator organization.", field="coaches")
    session.execute(delete(EngagementCoach).where(EngagementCoach.engagement_id == engagement_id))
    session.add_all(EngagementCoach(engagement_id=engagement_id, person_id=person) for person in person_ids)
    session.flush()
    _record(session, scope, engagement, coaches=sorted(person_ids))
    return True


def decide_as_facilitator(
    database: Database, scope: Scope, engagement_id: int, act: Callable[[Session, Scope, int], bool]
) -> bool:
    """Carry out a facilitator's act on an engagement with its entries in both records, in one transaction.

    Args:
        database: The application's database.
        scope: Who acts, in the facilitator organization.
        engagement_id: Which engagement.
        act: `accept`, `decline`, `end` or the like; it gets the transaction and the scope to act in.

    Returns:
        What the act returned; False where the organization has no such engagement.

    Raises:
        NotPossibleError: As the act does.
    """
    with database.transaction(scope) as session:
        district_id = session.scalar(
            select(Engagement.district_id).where(
                Engagement.id == engagement_id, Engagement.facilitator_id == scope.organization_id
            )
        )
    if district_id is None:
        return False
    acting = scope.deciding_in(district_id)
    with database.transaction(acting) as session:
        return act(session, acting, engagement_id)


def _of(session: Session, scope: Scope, engagement_id: int) -> Engagement | None:
    return session.scalar(
        select(Engagement)
        .where(
            Engagement.id == engagement_id,
            (Engagement.district_id == scope.organization_id)
            | (Engagement.facilitator_id == scope.organization_id),
        )
        .with_for_update()
    )


def _check(level: int, ends_on: dt.date, today: dt.date) -> None:
    if level not in LEVELS:
        raise NotPossibleError("Choose a level from 1 to 4.", field="level")
    if not today < ends_on <= today + LONGEST:
        raise NotPossibleError(
            "The engagement ends on a day after today and within three years.", field="ends_on"
        )


def _none_open(session: Session, district_id: int | None, facilitator_id: int) -> None:
    already = session.scalar(
        select(Engagement.id).where(
            Engagement.district_id == district_id,
            Engagement.facilitator_id == facilitator_id,
            Engagement.state.in_(OPEN),
        )
    )
    if already is not None:
        raise NotPossibleError(
            "This organization is engaged or waits for an answer already. Change or end that one.",
            field="facilitator",
        )


def _record(session: Session, scope: Scope, engagement: Engagement, **detail: object) -> None:
    """Record the act in the district, and with the facilitator where that did it."""
    audit.record_in_both(session, scope, "engagement:manage", f"engagement/{engagement.id}", **detail)
