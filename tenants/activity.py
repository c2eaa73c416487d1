"""Reading the record of activity: filtered, page by page, and whole for a file."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from tenants import audit
from tenants.audit import AuditEntry
from tenants.language import PACIFIC
from tenants.organizations import Engagement, Membership, SupportGrant
from tenants.people import Person

NOBODY = 0
"""In a filter: what the platform did on nobody's behalf."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Which entries; None leaves a filter open. Days are California's, both included."""

    person_id: int | None = None
    action: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    subject: str | None = None
    """Kind of a record, or kind and id, e.g. `plan_version` or `plan_version/1042`."""


@dataclasses.dataclass(frozen=True)
class Act:
    """An entry as it is read: `name` is None where the platform acted, empty for who is unknown here."""

    sequence: int
    at: dt.datetime
    person_id: int | None
    name: str | None
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str
    previous_hash: str
    for_support: bool = False
    """Whether it is the operator's person, who belongs to the district by a support grant alone."""


def page(
    session: Session, district_id: int, wanted: Wanted, *, before: int | None, limit: int
) -> tuple[list[Act], bool]:
    """Return the newest entries below a sequence number, latest first, and whether there are older ones."""
    statement = _chosen(session, district_id, wanted).order_by(AuditEntry.sequence.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(AuditEntry.sequence < before)
    entries = list(session.scalars(statement))
    return _read(session, district_id, entries[:limit]), len(entries) > limit


def count(session: Session, district_id: int, wanted: Wanted) -> int:
    """Return how many entries fit the filters."""
    if wanted == Wanted():
        # Entries are numbered without a gap: the head knows, where counting would read them all.
        head = session.scalar(
            select(audit.AuditHead.sequence).where(audit.AuditHead.district_id == district_id)
        )
        return int(head or 0)
    chosen = _chosen(session, district_id, wanted).with_only_columns(AuditEntry.sequence)
    return int(session.scalar(select(func.count()).select_from(chosen.subquery())) or 0)


def everything(
    session: Session, district_id: int, wanted: Wanted, *, block: int = 1000
) -> Iterator[list[Act]]:
    """Yield the entries that fit, the first first, in blocks: a long record never stands in memory."""
    last = 0
    while True:
        statement = _chosen(session, district_id, wanted).where(AuditEntry.sequence > last)
        entries = list(session.scalars(statement.order_by(AuditEntry.sequence).limit(block)))
        if not entries:
            return
        yield _read(session, district_id, entries)
        last = entries[-1].sequence
        session.expunge_all()


def people(session: Session, district_id: int) -> list[tuple[int, str, bool]]:
    """Return everybody whose acts may stand in the record, by name.

    Returns:
        Number, name, and whether it is a person of the operator's, let in for support: people who belong or
        belonged to the district or to a facilitator that was ever engaged, and whom a support grant names.
    """
    engaged = select(Engagement.facilitator_id).where(Engagement.district_id == district_id)
    belonging = session.execute(
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(or_(Membership.organization_id == district_id, Membership.organization_id.in_(engaged)))
    )
    named = session.execute(
        select(SupportGrant.person_id, SupportGrant.person_name).where(
            SupportGrant.district_id == district_id
        )
    )
    found = {row.person_id: (row.person_name, True) for row in named}
    found |= {row.id: (row.name, False) for row in belonging}
    return sorted(
        ((number, name, support) for number, (name, support) in found.items()),
        key=lambda each: (each[1], each[0]),
    )


def _chosen(session: Session, district_id: int, wanted: Wanted) -> Select[AuditEntry]:
    statement = select(AuditEntry).where(AuditEntry.district_id == district_id)
    if wanted.person_id is not None:
        statement = statement.where(_by(session, district_id, wanted.person_id))
    if wanted.action is not None:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= _midnight(wanted.since))
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < _midnight(wanted.until + dt.timedelta(days=1)))
    if wanted.subject is not None:
        exact = AuditEntry.subject == wanted.subject
        kind = AuditEntry.subject.startswith(f"{wanted.subject}/", autoescape=True)
        statement = statement.where(exact if "/" in wanted.subject else or_(exact, kind))
    return statement


def _by(session: Session, district_id: int, person_id: int) -> ColumnElement[bool]:
    """Return the condition for a person's acts, also those under the number of an earlier platform."""
    if person_id == NOBODY:
        return AuditEntry.person_id.is_(None)
    first, ways = 0, []
    for stretch in audit.eras(session, district_id):
        numbers = [int(there) for there, here in stretch.people.items() if here == person_id]
        ways.append(
            and_(AuditEntry.sequence.between(first + 1, stretch.through), AuditEntry.person_id.in_(numbers))
        )
        first = stretch.through
    return or_(*ways, and_(AuditEntry.sequence > first, AuditEntry.person_id == person_id))


def _read(session: Session, district_id: int, entries: list[AuditEntry]) -> list[Act]:
    stretches = audit.eras(session, district_id)
    who = {entry.sequence: audit.person_here(stretches, entry.sequence, entry.person_id) for entry in entries}
    names = {
        row.id: row.name
        for row in session.execute(
            select(Person.id, Person.name).where(Person.id.in_(set(who.values()) - {None}))
        )
    }
    supporters = {
        row.person_id: row.person_name
        for row in session.execute(
            select(SupportGrant.person_id, SupportGrant.person_name).where(
                SupportGrant.district_id == district_id,
                SupportGrant.person_id.in_(set(who.values()) - {None} - set(names)),
            )
        )
    }
    names |= supporters
    return [
        Act(
            entry.sequence,
            entry.at,
            who[entry.sequence],
            None if who[entry.sequence] is None else names.get(who[entry.sequence], ""),
            entry.action,
            entry.subject,
            entry.detail,
            bytes(entry.hash).hex(),
            bytes(entry.previous_hash).hex(),
            who[entry.sequence] in supporters,
        )
        for entry in entries
    ]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), PACIFIC)
