"""Cohorts: a facilitator makes one and invites; a district's steward accepts, declines or leaves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants import audit
from tenants.errors import NotPossibleError
from tenants.organizations import Cohort, CohortMember, Engagement, Organization
from tenants.scope import Scope

FISCAL_YEAR = re.compile(r"20(\d\d)-(\d\d)")
LONGEST_NAME = 120


@dataclasses.dataclass(frozen=True)
class Place:
    """A district's place in a cohort, as the facilitator sees it."""

    district_id: int
    district: str | None
    """The district's name, or None where no engagement is open any more."""
    state: str
    """`invited`, `joined`, or `left`, which includes declined."""
    since: dt.datetime


@dataclasses.dataclass(frozen=True)
class OwnPlace:
    """A district's own place: what the district itself sees of a cohort."""

    cohort_id: int
    name: str
    fiscal_year: str
    facilitator: str
    state: str
    since: dt.datetime
    ended: bool


def of_facilitator(session: Session, scope: Scope) -> list[Cohort]:
    """Return the cohorts of the scope's organization: those under way first, the newest first."""
    return list(
        session.scalars(
            select(Cohort)
            .where(Cohort.facilitator_id == scope.organization_id)
            .order_by(Cohort.ended_at.is_not(None), Cohort.id.desc())
        )
    )


def one(session: Session, scope: Scope, cohort_id: int) -> Cohort | None:
    """Return a cohort of the scope's organization, or None."""
    return session.scalar(
        select(Cohort).where(Cohort.id == cohort_id, Cohort.facilitator_id == scope.organization_id)
    )


def places(session: Session, scope: Scope, cohort_id: int) -> list[Place]:
    """Return the places of a cohort of the scope's organization, by the districts' names."""
    rows = session.execute(
        select(CohortMember, Organization.name)
        .outerjoin(Organization, Organization.id == CohortMember.district_id)
        .where(CohortMember.cohort_id == cohort_id, CohortMember.facilitator_id == scope.organization_id)
        .order_by(Organization.name, CohortMember.district_id)
    )
    return [
        Place(member.district_id, name, *_state(member.joined_at, member.left_at, member.invited_at))
        for member, name in rows
    ]


def own_places(session: Session, district_id: int) -> list[OwnPlace]:
    """Return the cohorts that a district belongs to or is invited to; never who else does."""
    rows = session.execute(
        select(CohortMember, Cohort, Organization.name)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .join(Organization, Organization.id == Cohort.facilitator_id)
        .where(CohortMember.district_id == district_id)
        .order_by(Cohort.id.desc())
    )
    return [
        OwnPlace(
            cohort.id,
            cohort.name,
            cohort.fiscal_year,
            facilitator,
            *_state(member.joined_at, member.left_at, member.invited_at),
            ended=cohort.ended_at is not None,
        )
        for member, cohort, facilitator in rows
    ]


def engaged(session: Session, scope: Scope, today: dt.date) -> dict[int, str]:
    """Return the districts that let the scope's organization in today, with their names."""
    rows = session.execute(
        select(Organization.id, Organization.name)
        .join(Engagement, Engagement.district_id == Organization.id)
        .where(
            Engagement.facilitator_id == scope.organization_id,
            Engagement.state == "active",
            Engagement.starts_on <= today,
            Engagement.ends_on >= today,
        )
        .order_by(Organization.name)
    )
    return {row.id: row.name for row in rows}


def create(
    session: Session, scope: Scope, *, name: str, fiscal_year: str, district_ids: list[int], today: dt.date
) -> int:
    """Make a cohort and invite districts into it; each takes its place when its steward accepts.

    Args:
        session: a transaction of `scope`.
        scope: a facilitator's lead.
        name: what the facilitator and its districts call it.
        fiscal_year: the year whose plan is worked on, e.g. `2026-27`.
        district_ids: whom to invite; none is allowed.
        today: the day on which engagements must be open.

    Returns:
        The cohort's id.

    Raises:
        NotPossibleError: No name, no fiscal year, or a district that has not let this organization in.
    """
    kept = _checked_name(name)
    years = FISCAL_YEAR.fullmatch(fiscal_year)
    if years is None or (int(years[1]) + 1) % 100 != int(years[2]):
        raise NotPossibleError(
            "Name the fiscal year as 2026-27. Found: {found}.", field="fiscal_year", found=fiscal_year
        )
    cohort = Cohort(facilitator_id=scope.organization_id, name=kept, fiscal_year=fiscal_year)
    session.add(cohort)
    session.flush()
    invited = _invited(session, scope, cohort.id, district_ids, today)
    detail = {"fiscal_year": fiscal_year, "invited": invited}
    audit.record(session, scope, "cohort:create", f"cohort/{cohort.id}", **detail)
    return cohort.id


def rename(session: Session, scope: Scope, cohort_id: int, name: str) -> bool:
    """Give a cohort another name. False where there is none, or it has ended.

    Raises:
        NotPossibleError: No name, or one that is too long.
    """
    kept = _checked_name(name)
    cohort = _open(session, scope, cohort_id)
    if cohort is None:
        return False
    cohort.name = kept
    session.flush()
    audit.record(session, scope, "cohort:edit", f"cohort/{cohort_id}", renamed=True)
    return True


def invite(
    session: Session, scope: Scope, cohort_id: int, district_ids: list[int], *, today: dt.date
) -> bool:
    """Invite districts, also such as had declined or left. False where there is no such cohort under way.

    Raises:
        NotPossibleError: A district that has not let this organization in.
    """
    if _open(session, scope, cohort_id) is None:
        return False
    added = _invited(session, scope, cohort_id, district_ids, today)
    if added:
        audit.record(session, scope, "cohort:manage", f"cohort/{cohort_id}", invited=added)
    return True


def _invited(
    session: Session, scope: Scope, cohort_id: int, district_ids: list[int], today: dt.date
) -> list[int]:
    """Invite districts; return those that did not sit there or were invited already."""
    if not set(district_ids) <= set(engaged(session, scope, today)):
        raise NotPossibleError(
            "A cohort takes in districts that let you in today. Ask the others for an engagement first.",
            field="districts",
        )
    invited = []
    for district in district_ids:
        place = insert(CohortMember).values(
            facilitator_id=scope.organization_id, cohort_id=cohort_id, district_id=district
        )
        # Whoever sits there, or is invited, stays as is.
        added = session.execute(
            place.on_conflict_do_update(
                index_elements=["cohort_id", "district_id"],
                set_={"invited_at": func.now(), "joined_at": None, "left_at": None},
                where=CohortMember.left_at.is_not(None),
            ).returning(CohortMember.district_id)
        ).scalar_one_or_none()
        if added is not None:
            invited.append(district)
    return invited


def answer(session: Session, scope: Scope, cohort_id: int, *, joins: bool) -> bool:
    """Accept or decline an invitation for the scope's district. False where none is open."""
    changed = session.execute(
        update(CohortMember)
        .where(
            CohortMember.cohort_id == cohort_id,
            CohortMember.district_id == scope.organization_id,
            CohortMember.joined_at.is_(None),
            CohortMember.left_at.is_(None),
            CohortMember.cohort_id.in_(select(Cohort.id).where(Cohort.ended_at.is_(None))),
        )
        .values(joined_at=func.now() if joins else None, left_at=None if joins else func.now())
        .returning(CohortMember.cohort_id)
    ).scalar_one_or_none()
    if changed is None:
        return False
    act = {"joined": True} if joins else {"declined": True}
    audit.record(session, scope, "cohort_membership:approve", f"cohort/{cohort_id}", **act)
    return True


def leave(session: Session, scope: Scope, cohort_id: int, district_id: int) -> bool:
    """Take a district out of a cohort, or take its invitation back; the facilitator may, and the district."""
    left = session.execute(
        update(CohortMember)
        .where(
            CohortMember.cohort_id == cohort_id,
            CohortMember.district_id == district_id,
            CohortMember.left_at.is_(None),
        )
        .values(left_at=func.now())
        .returning(CohortMember.cohort_id)
    ).scalar_one_or_none()
    if left is None:
        return False
    action = "cohort_membership:approve" if district_id == scope.organization_id else "cohort:manage"
    audit.record(session, scope, action, f"cohort/{cohort_id}", left=district_id)
    return True


def end(session: Session, scope: Scope, cohort_id: int) -> bool:
    """End a cohort; its districts' plans and engagements stay. False where there is none under way."""
    cohort = _open(session, scope, cohort_id)
    if cohort is None:
        return False
    cohort.ended_at = dt.datetime.now(dt.UTC)
    session.flush()
    audit.record(session, scope, "cohort:manage", f"cohort/{cohort_id}", ended=True)
    return True


def _open(session: Session, scope: Scope, cohort_id: int) -> Cohort | None:
    return session.scalar(
        select(Cohort)
        .where(
            Cohort.id == cohort_id, Cohort.facilitator_id == scope.organization_id, Cohort.ended_at.is_(None)
        )
        .with_for_update()
    )


def _checked_name(name: str) -> str:
    kept = " ".join(name.split())
    if not kept:
        raise NotPossibleError("Give the cohort a name.", field="name")
    if len(kept) > LONGEST_NAME:
        raise NotPossibleError(
            "Shorten the name to {most} characters; it has {found}.",
            field="name",
            most=LONGEST_NAME,
            found=len(kept),
        )
    return kept


def _state(
    joined_at: dt.datetime | None, left_at: dt.datetime | None, invited_at: dt.datetime
) -> tuple[str, dt.datetime]:
    if left_at is not None:
        return "left", left_at
    return ("joined", joined_at) if joined_at is not None else ("invited", invited_at)
