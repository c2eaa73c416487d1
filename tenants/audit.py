"""The append-only record of activity: a hash chain for each district, and acts of other organizations."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.base import Base, DistrictOwned, Global, now, to_district
from tenants.scope import Scope


class AuditEntry(Base, DistrictOwned):
    """One act in a district. Nothing erasable stands in it: people by id, records by id."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        to_district(),
        Index("ix_audit_entry_person", "district_id", "person_id", "sequence"),
        Index("ix_audit_entry_subject", "district_id", "subject", "sequence"),
        {"info": {"information": "cabinet", "append_only": True}},
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(server_default=now())
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str]
    """As `resource:action` in the permission matrix, e.g. `ledger:load`."""
    subject: Mapped[str]
    """Kind and id of the record, e.g. `dataset/1042`."""
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class AuditHead(Base, DistrictOwned):
    """The end of a district's chain; locked while an entry is appended, so that a chain has no forks."""

    __tablename__ = "audit_head"
    __table_args__ = (to_district(), {"info": {"information": "progress"}})

    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]


class OrganizationAct(Base, Global):
    """One act of a facilitator organization's or the operator's person; who did it reads it again."""

    __tablename__ = "organization_act"
    __table_args__ = (
        {
            "info": {
                "global": "acts of organizations that are no district; limited to who did them",
                "append_only": True,
            }
        },
    )

    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    """Whose act it is; None for the operator on the platform's own machine."""
    at: Mapped[dt.datetime] = mapped_column(server_default=now())
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str]
    """As `resource:action` in the permission matrix, e.g. `engagement:request`."""
    subject: Mapped[str]
    """Kind and id of the record, e.g. `cohort/1042`."""
    detail: Mapped[dict[str, Any]]


class AuditEra(Base, DistrictOwned):
    """A stretch of a chain that was written on another platform, before the district moved here.

    Its hashes hold that platform's number of the district and of people. They stay as they are, so that a
    head
    kept before the move still proves the entries; this row tells how to read them here.
    """

    __tablename__ = "audit_era"
    __table_args__ = (to_district(), {"info": {"information": "cabinet"}})

    through: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Sequence number of the stretch's last entry; it begins after the era before, or at 1."""
    district_number: Mapped[int] = mapped_column(Integer)
    """The district's number on the platform where the stretch was written: it stands in the hashes."""
    people: Mapped[dict[str, Any]]
    """Number of a person there, to the number here. Who is missing belongs to nobody here."""


FIRST_HASH = bytes(32)
"""What stands before the first entry of a chain."""


def append(session: Session, scope: Scope, action: str, subject: str, **detail: Any) -> int:
    """Record an act in the district that the scope may write in; call it last, just before the commit.

    The head of the chain is locked until then, so that a chain has no forks.

    Args:
        session: The open transaction of the act itself: both commit or neither does.
        scope: Who acts.
        action: A permission's name, e.g. `ledger:load`.
        subject: Kind and id of the record, e.g. `dataset/1042`.
        detail: Plain values that tell what changed. Never a name, an address or a text that somebody may
            ask to have erased.

    Returns:
        The entry's sequence number.
    """
    district = scope.district_id
    if district is None:
        raise ValueError("an act is recorded in the one district that the scope may write in")
    session.execute(
        insert(AuditHead)
        .values(district_id=district, sequence=0, hash=FIRST_HASH)
        .on_conflict_do_nothing(index_elements=["district_id"])
    )
    sequence, previous = session.execute(
        select(AuditHead.sequence, AuditHead.hash).where(AuditHead.district_id == district).with_for_update()
    ).one()
    entry = {
        "district_id": district,
        "sequence": sequence + 1,
        "at": session.execute(select(func.clock_timestamp())).scalar_one(),
        "person_id": scope.person_id,
        "action": action,
        "subject": subject,
        "detail": detail,
        "previous_hash": bytes(previous),
    }
    entry["hash"] = entry_hash(entry)
    session.execute(insert(AuditEntry).values(entry))
    session.execute(
        update(AuditHead)
        .where(AuditHead.district_id == district)
        .values(sequence=sequence + 1, hash=entry["hash"])
    )
    return int(sequence) + 1


def record(session: Session, scope: Scope, action: str, subject: str, **detail: Any) -> None:
    """Record an act where it belongs: in the district that the scope writes in, else with the organization.

    For acts that a district's steward and a facilitator's lead can both do. A district's chain holds what is
    done in the district; a facilitator's invitation, request or nudge stands in the facilitator's own record,
    which only the person who did it reads again.

    Args:
        session: The open transaction of the act itself: both commit or neither does.
        scope: Who acts.
        action: A permission's name.
        subject: Kind and id of the record.
        detail: Plain values that tell what changed, as for `append`.
    """
    if scope.district_id is not None and scope.district_id == scope.organization_id:
        append(session, scope, action, subject, **detail)
        return
    session.add(
        OrganizationAct(
            organization_id=scope.organization_id,
            person_id=scope.person_id,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
    session.flush()


def record_in_both(session: Session, scope: Scope, action: str, subject: str, **detail: Any) -> None:
    """Record an act that concerns a district and another organization: once in the record of each.

    Args:
        session: The open transaction of the act itself: all of it commits or nothing does.
        scope: Who acts: somebody of the district, or of the other organization by `Scope.deciding_in`.
        action: A permission's name.
        subject: Kind and id of the record.
        detail: Plain values that tell what changed, as for `append`.
    """
    if scope.district_id != scope.organization_id:
        record(session, scope, action, subject, **detail)
    append(session, scope, action, subject, **detail)


def entry_hash(entry: Mapping[str, Any], district_number: int | None = None) -> bytes:
    """Return SHA-256 over an entry's canonical JSON: keys sorted, no spaces, UTF-8, time in UTC.

    Args:
        entry: The columns of `AuditEntry`, but for its hash.
        district_number: The district's number where the entry was written, if that was elsewhere.
    """
    document = {
        "district": district_number or entry["district_id"],
        "sequence": entry["sequence"],
        "at": entry["at"].astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "person": entry["person_id"],
        "action": entry["action"],
        "subject": entry["subject"],
        "detail": entry["detail"],
        "previous": bytes(entry["previous_hash"]).hex(),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def eras(session: Session, district_id: int) -> list[AuditEra]:
    """Return the stretches of a district's chain that were written elsewhere, the oldest first."""
    return list(
        session.scalars(
            select(AuditEra).where(AuditEra.district_id == district_id).order_by(AuditEra.through)
        )
    )


def person_here(stretches: list[AuditEra], sequence: int, person_id: int | None) -> int | None:
    """Return who an entry names, by the number that the person has on this platform.

    Returns:
        The person's id; 0 for somebody who is not known here; None for the platform itself.
    """
    for stretch in stretches:
        if person_id is not None and sequence <= stretch.through:
            return int(stretch.people.get(str(person_id), 0))
    return person_id
