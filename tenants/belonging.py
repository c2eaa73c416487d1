"""Who belongs to an organization with which role, how that changes, and how it ends."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants import audit
from tenants.errors import NotPossibleError
from tenants.organizations import Membership, Organization
from tenants.people import Person
from tenants.roles import ROLES_BY_KIND
from tenants.scope import Scope


@dataclasses.dataclass(frozen=True)
class Member:
    """A person in an organization."""

    membership_id: int
    person_id: int
    name: str
    address: str
    role: str
    steward: bool
    contributor: bool
    since: dt.datetime


def members(session: Session, organization_id: int) -> list[Member]:
    """Return an organization's people, by name."""
    rows = session.execute(
        select(Membership, Person.name, Person.address)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))
        .order_by(Person.name, Membership.id)
    )
    return [
        Member(m.id, m.person_id, name, address, m.role, m.steward, m.contributor, m.created_at)
        for m, name, address in rows
    ]


def change_member(
    session: Session, scope: Scope, membership_id: int, *, role: str, steward: bool, contributor: bool
) -> bool:
    """Change a member's role and attributes; False where the organization has no such member.

    Raises:
        NotPossibleError: The last steward would lose the attribute, or the role does not exist there.
    """
    organization = session.get_one(Organization, scope.organization_id)
    membership = _locked(session, organization.id, membership_id)
    if membership is None:
        return False
    if role not in ROLES_BY_KIND[organization.kind]:
        raise NotPossibleError("Choose one of the roles of this organization.", field="role")
    if membership.steward and not steward:
        _keep_a_steward(session, organization.id, membership_id)
    membership.role, membership.steward, membership.contributor = role, steward, contributor
    session.flush()
    audit.record(
        session,
        scope,
        "people:manage",
        f"membership/{membership_id}",
        role=role,
        steward=steward,
        contributor=contributor,
    )
    return True


def end_membership(session: Session, scope: Scope, membership_id: int) -> bool:
    """Let a member go: what the person may reach ends with the next request. False where there is none.

    Raises:
        NotPossibleError: It is the last steward.
    """
    membership = _locked(session, scope.organization_id, membership_id)
    if membership is None:
        return False
    if membership.steward:
        _keep_a_steward(session, membership.organization_id, membership_id)
    membership.ended_at = dt.datetime.now(dt.UTC)
    session.flush()
    audit.record(session, scope, "people:manage", f"membership/{membership_id}", ended=True)
    return True


def _locked(session: Session, organization_id: int | None, membership_id: int) -> Membership | None:
    """Return a member for change; all stewards are locked first, so that two can't leave at once."""
    session.execute(
        select(Membership.id)
        .where(Membership.organization_id == organization_id, Membership.steward)
        .order_by(Membership.id)
        .with_for_update()
    )
    return session.scalar(
        select(Membership).where(
            Membership.id == membership_id,
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
        )
    )


def _keep_a_steward(session: Session, organization_id: int, leaving: int) -> None:
    others = session.scalar(
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.organization_id == organization_id,
            Membership.steward,
            Membership.ended_at.is_(None),
            Membership.id != leaving,
        )
    )
    if not others:
        raise NotPossibleError(
            "This is the last steward. Make somebody else a steward first, then change this one."
        )
