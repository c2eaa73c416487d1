"""Addresses that hear of events in a district, and what was sent to each."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants import accounts, audit
from tenants.base import Base, Record, now, to_district, within_district
from tenants.entering.sealing import Sealer
from tenants.errors import NotPossibleError
from tenants.language import N_
from tenants.scope import Scope

EVENTS = {
    "dataset.accepted": N_("A ledger was read and accepted"),
    "analysis.ready": N_("An analysis is ready"),
    "version.published": N_("A version of the plan was published"),
    "comment.received": N_("A public comment came in"),
    "comment.answered": N_("A public comment was answered"),
    "engagement.changed": N_("A facilitator's engagement changed"),
}
"""What can be heard of. A notice names the record by its id and links to its page, which asks who opens."""
TEST = "test"
"""The event that a steward sends by hand, to see that the address hears."""
MOST = 20
"""Addresses of one district."""
OVERLAP = dt.timedelta(days=7)
"""How long notices are signed with the old secret too, after a new one was made."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - a mark by which leaked secrets are recognized, no secret


class Webhook(Base, Record):
    """An address that hears of events, and the secrets with which what it hears is signed."""

    __tablename__ = "webhook"
    __table_args__ = (
        to_district(),
        CheckConstraint("state in ('on','off','failed','removed')", name="state"),
        {"info": {"information": "cabinet"}},
    )

    name: Mapped[str]
    address: Mapped[str]
    events: Mapped[list[Any]]
    """Some of EVENTS."""
    state: Mapped[str] = mapped_column(server_default="on")
    """`off` by a steward; `failed` by the platform, after too many failures."""
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    """Tries that failed since the last that did not."""
    key_id: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(deferred=True)
    old_key_id: Mapped[str | None]
    old_sealed_secret: Mapped[bytes | None] = mapped_column(deferred=True)
    old_until: Mapped[dt.datetime | None]
    """Until when the old secret signs too."""
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class WebhookDelivery(Base, Record):
    """One notice to one address, with what became of it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        to_district(),
        within_district("webhook_id", "webhook"),
        CheckConstraint("state in ('waiting','delivered','given_up')", name="state"),
        Index("ix_webhook_delivery_webhook", "district_id", "webhook_id", "id"),
        {"info": {"information": "cabinet"}},
    )

    webhook_id: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str]
    subject: Mapped[str]
    """Kind and id of the record, as `dataset/1042`."""
    path: Mapped[str]
    """Address of its page within the platform."""
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    status: Mapped[int | None] = mapped_column(Integer)
    """HTTP status of the last answer."""
    said: Mapped[dict[str, Any] | None]
    """Why the last try failed, as a message."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    tried_at: Mapped[dt.datetime | None]


def add(
    session: Session, scope: Scope, sealer: Sealer, *, name: str, address: str, events: Sequence[str]
) -> tuple[Webhook, str]:
    """Add an address that was checked, and return it with its secret, which is shown once.

    Raises:
        NotPossibleError: No name, no event, or too many addresses.
    """
    _check(name, events)
    district = scope.district_id or 0
    if len(listed(session, district)) >= MOST:
        raise NotPossibleError("A district has {n} addresses at most. Remove one first.", n=MOST)
    number = accounts.new_id(session)
    key_id, secret, sealed = _new_secret(sealer, number)
    hook = Webhook(
        district_id=district,
        id=number,
        name=name.strip()[:100],
        address=address,
        events=[event for event in EVENTS if event in events],
        key_id=key_id,
        sealed_secret=sealed,
        created_by=scope.person_id,
    )
    session.add(hook)
    session.flush()
    _record(session, scope, hook, added=hook.events)
    return hook, secret


def change(
    session: Session, scope: Scope, hook: Webhook, *, name: str, address: str, events: Sequence[str]
) -> None:
    """Change what an address hears of, or the address.

    Raises:
        NotPossibleError: No name or no event.
    """
    _check(name, events)
    hook.name, hook.address = name.strip()[:100], address
    hook.events = [event for event in EVENTS if event in events]
    session.flush()
    _record(session, scope, hook, changed=hook.events)


def rotate(session: Session, scope: Scope, sealer: Sealer, hook: Webhook) -> str:
    """Make a new secret and return it; the old one signs too for OVERLAP."""
    hook.old_key_id, hook.old_sealed_secret = hook.key_id, hook.sealed_secret
    hook.old_until = dt.datetime.now(dt.UTC) + OVERLAP
    hook.key_id, secret, hook.sealed_secret = _new_secret(sealer, hook.id)
    session.flush()
    _record(session, scope, hook, rotated=True)
    return secret


def turn(session: Session, scope: Scope, hook: Webhook, state: str) -> None:
    """Turn an address `on` or `off`, or remove it (`removed`); its history stays."""
    hook.state = state
    if state == "on":
        hook.failures = 0
    session.flush()
    _record(session, scope, hook, state=state)


def secrets_of(sealer: Sealer, hook: Webhook, at: dt.datetime) -> list[tuple[str, bytes]]:
    """Return key id and secret of what signs a notice now: one, or two while an old one still holds."""
    found = [(hook.key_id, sealer.open(_use(hook.id, hook.key_id), hook.sealed_secret))]
    if hook.old_key_id and hook.old_sealed_secret and hook.old_until and at < hook.old_until:
        found.append((hook.old_key_id, sealer.open(_use(hook.id, hook.old_key_id), hook.old_sealed_secret)))
    return found


def listed(session: Session, district_id: int) -> list[Webhook]:
    """Return a district's addresses, the newest first."""
    return list(
        session.scalars(
            select(Webhook)
            .where(Webhook.district_id == district_id, Webhook.state != "removed")
            .order_by(Webhook.id.desc())
        )
    )


def one(session: Session, district_id: int, hook_id: int, *, lock: bool = False) -> Webhook | None:
    """Return an address that was not removed; locked for who changes it."""
    wanted = select(Webhook).where(
        Webhook.district_id == district_id, Webhook.id == hook_id, Webhook.state != "removed"
    )
    return session.scalar(wanted.with_for_update() if lock else wanted)


def deliveries(session: Session, district_id: int, hook_id: int, limit: int = 100) -> list[WebhookDelivery]:
    """Return what was sent to an address, the latest first."""
    return list(
        session.scalars(
            select(WebhookDelivery)
            .where(WebhookDelivery.district_id == district_id, WebhookDelivery.webhook_id == hook_id)
            .order_by(WebhookDelivery.id.desc())
            .limit(limit)
        )
    )


def _check(name: str, events: Sequence[str]) -> None:
    if not name.strip():
        raise NotPossibleError("Give the address a name, such as the program that listens.", field="name")
    if not events or not set(events) <= EVENTS.keys():
        raise NotPossibleError("Choose at least one event.", field="events")


def _new_secret(sealer: Sealer, number: int) -> tuple[str, str, bytes]:
    key_id, secret = secrets.token_hex(4), SECRET_PREFIX + accounts.new_token()
    return key_id, secret, sealer.seal(_use(number, key_id), secret.encode())


def _use(number: int, key_id: str) -> str:
    return f"webhook/{number}/{key_id}"


def _record(session: Session, scope: Scope, hook: Webhook, **detail: object) -> None:
    audit.append(session, scope, "api_tokens:manage", f"webhook/{hook.id}", **detail)
