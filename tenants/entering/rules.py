"""What an organization asks of its people when they sign in, set by its stewards."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants import audit
from tenants.entering.records import SignInRule
from tenants.entering.sealing import Sealer
from tenants.errors import NotPossibleError
from tenants.organizations import Membership
from tenants.people import Person
from tenants.scope import Scope

GRACE = dt.timedelta(days=90)
"""The longest time that people may be given to set up a second factor."""


@dataclasses.dataclass(frozen=True)
class Provider:
    """An organization's own sign-in, with its secret opened."""

    organization_id: int
    issuer: str
    client_id: str
    client_secret: str
    contact: str
    required: bool


def of_organization(session: Session, organization_id: int) -> SignInRule:
    """Return an organization's rules; those of one that never set any ask for nothing."""
    return session.get(SignInRule, organization_id) or SignInRule(
        organization_id=organization_id,
        second_factor_from=None,
        issuer=None,
        client_id=None,
        sealed_secret=None,
        contact="",
        offered=False,
        required=False,
        worked_at=None,
    )


def provider(session: Session, sealer: Sealer, organization_id: int) -> Provider | None:
    """Return an organization's own sign-in, where it is offered."""
    rule = session.get(SignInRule, organization_id)
    if rule is None or not rule.offered or rule.issuer is None or rule.client_id is None:
        return None
    return _opened(rule, sealer)


def provider_on_trial(session: Session, sealer: Sealer, organization_id: int) -> Provider | None:
    """Return an organization's own sign-in as it is set, offered yet or not, for its stewards to try."""
    rule = session.get(SignInRule, organization_id)
    if rule is None or rule.issuer is None or rule.client_id is None:
        return None
    return _opened(rule, sealer)


def _opened(rule: SignInRule, sealer: Sealer) -> Provider:
    secret = (
        sealer.open(_use(rule.organization_id), rule.sealed_secret).decode() if rule.sealed_secret else ""
    )
    return Provider(
        rule.organization_id,
        rule.issuer or "",
        rule.client_id or "",
        secret,
        rule.contact,
        rule.required,
    )


def _use(organization_id: int) -> str:
    return f"provider/{organization_id}"


def ask_second_factor(session: Session, scope: Scope, start: dt.date | None, today: dt.date) -> None:
    """Ask for a second factor from a day on, or (None) no longer.

    Raises:
        NotPossibleError: The day has passed, or lies more than 90 days ahead.
    """
    if start is not None and not today <= start <= today + GRACE:
        raise NotPossibleError(
            "Choose a day from today on, at most {days} days ahead.",
            field="second_factor_from",
            days=str(GRACE.days),
        )
    _write(session, scope, second_factor_from=start)
    audit.record(
        session,
        scope,
        "sign_in_settings:manage",
        f"organization/{scope.organization_id}",
        second_factor_from=None if start is None else start.isoformat(),
    )


def connect(
    session: Session,
    scope: Scope,
    sealer: Sealer,
    *,
    issuer: str,
    client_id: str,
    client_secret: str,
    contact: str,
) -> None:
    """Set the organization's own sign-in; it is offered once somebody tried it.

    An empty secret stays as it was, unless the provider is another one: that never learns the former's.

    Raises:
        NotPossibleError: Something is missing.
    """
    issuer, client_id, contact = issuer.strip(), client_id.strip(), contact.strip()
    for field, value in (("issuer", issuer), ("client_id", client_id), ("contact", contact)):
        if not value:
            raise NotPossibleError("This is needed.", field=field)
    organization_id = _own(scope)
    rule = of_organization(session, organization_id)
    values: dict[str, object] = {"issuer": issuer, "client_id": client_id, "contact": contact[:300]}
    if rule.issuer != issuer:
        values["sealed_secret"] = None
    if client_secret.strip():
        values["sealed_secret"] = sealer.seal(_use(organization_id), client_secret.strip().encode())
    if (rule.issuer, rule.client_id) != (issuer, client_id):
        # Another provider: what it says of people is not what the former one said.
        values |= {"worked_at": None, "offered": False, "required": False}
    _write(session, scope, **values)
    audit.record(
        session,
        scope,
        "sign_in_settings:manage",
        f"organization/{organization_id}",
        issuer=issuer,
        secret_changed=bool(client_secret.strip()),
    )


def offer(session: Session, scope: Scope, *, offered: bool, required: bool) -> None:
    """Offer the organization's own sign-in, or take it alone, or stop offering it.

    Raises:
        NotPossibleError: It never worked, or it would be required with no emergency steward.
    """
    rule = of_organization(session, _own(scope))
    if offered and rule.worked_at is None:
        raise NotPossibleError("Try it first: it is offered once somebody entered by it.", field="offered")
    if required and not session.scalar(_emergencies(scope)):
        raise NotPossibleError(
            "Name an emergency steward first, who keeps the own way to sign in should the district's fail.",
            field="required",
        )
    _write(session, scope, offered=offered, required=offered and required)
    audit.record(
        session,
        scope,
        "sign_in_settings:manage",
        f"organization/{scope.organization_id}",
        offered=offered,
        required=offered and required,
    )


def _emergencies(scope: Scope) -> Select[int]:
    return (
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.organization_id == scope.organization_id,
            Membership.steward,
            Membership.emergency,
            Membership.ended_at.is_(None),
        )
    )


def name_emergency(session: Session, scope: Scope, membership_id: int, *, emergency: bool) -> bool:
    """Let a steward keep the own way to sign in, or not; False where there is no such steward.

    Raises:
        NotPossibleError: The last one would go while the organization's own sign-in is required.
    """
    changed = session.execute(
        update(Membership)
        .where(
            Membership.id == membership_id,
            Membership.organization_id == scope.organization_id,
            Membership.steward,
            Membership.ended_at.is_(None),
        )
        .values(emergency=emergency)
        .returning(Membership.id)
    ).scalar_one_or_none()
    if changed is None:
        return False
    if of_organization(session, _own(scope)).required and not session.scalar(_emergencies(scope)):
        raise NotPossibleError("One emergency steward has to stay while the own sign-in is required.")
    audit.record(
        session, scope, "sign_in_settings:manage", f"membership/{membership_id}", emergency=emergency
    )
    return True


@dataclasses.dataclass(frozen=True)
class LetIn:
    """A member whom another steward lets set up the second factor again."""

    person_id: int
    name: str
    address: str
    language: str


def member_to_let_in(session: Session, scope: Scope, membership_id: int) -> LetIn | None:
    """Return the member to mail a fresh start to, and record that a steward wanted it; None for no member.

    Raises:
        NotPossibleError: It is oneself: a stolen session must not take away the factor that it lacks.
    """
    found = session.execute(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.id == membership_id,
            Membership.organization_id == scope.organization_id,
            Membership.ended_at.is_(None),
        )
    ).scalar_one_or_none()
    if found is None:
        return None
    if found.id == scope.person_id:
        raise NotPossibleError("Another steward has to do this for you.")
    audit.record(session, scope, "people:manage", f"membership/{membership_id}", second_factor_again=True)
    return LetIn(found.id, found.name, found.address, found.language)


def worked(session: Session, organization_id: int) -> None:
    """Note that somebody entered by the organization's own sign-in just now."""
    session.execute(
        update(SignInRule).where(SignInRule.organization_id == organization_id).values(worked_at=func.now())
    )


def _own(scope: Scope) -> int:
    if scope.organization_id is None:
        raise NotPossibleError("Choose an organization first.")
    return scope.organization_id


def _write(session: Session, scope: Scope, **values: object) -> None:
    # The row first: a row that is only half of the provider's settings would not be taken.
    session.execute(
        insert(SignInRule)
        .values(organization_id=_own(scope))
        .on_conflict_do_nothing(index_elements=["organization_id"])
    )
    session.execute(
        update(SignInRule)
        .where(SignInRule.organization_id == _own(scope))
        .values(**values, changed_at=func.now())
    )
