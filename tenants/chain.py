"""Walking along a district's record of activity: is it whole, and if not, where does it break?"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.audit import FIRST_HASH, AuditEntry, AuditEra, AuditHead, entry_hash, eras
from tenants.language import N_, Message, message
from tenants.signing import KeptHead

Fault = Literal["edited", "removed", "replaced", "cut_short", "grown", "rewritten"]


@dataclasses.dataclass(frozen=True)
class Verification:
    """What a walk along a district's chain found."""

    entries: int
    """How many entries fit, from the first on."""
    broken_at: int | None
    """Sequence number of the first entry that does not fit, or None when all do."""
    fault: Fault | None
    """In which way it does not fit."""
    head: str
    """Hash of the last entry that fits, in hexadecimal."""
    signed: KeptHead | None
    """The latest head that was signed and kept elsewhere, and that the chain was found to hold."""

    @property
    def whole(self) -> bool:
        """Whether nothing was changed, removed, added or cut off."""
        return self.broken_at is None


def verify(session: Session, district_id: int, heads: Sequence[KeptHead] = ()) -> Verification:
    """Walk along a district's chain, comparing each entry with its hash, the one before, and kept heads.

    Without heads from elsewhere, whoever rewrites all of a chain leaves it whole: hand in what is kept.

    Args:
        session: An open transaction that sees the whole chain.
        district_id: Whose chain.
        heads: Heads that were signed on earlier days.
    """
    entries = session.execute(
        select(*AuditEntry.__table__.columns)
        .where(AuditEntry.district_id == district_id)
        .order_by(AuditEntry.sequence)
        .execution_options(yield_per=1000)
    )
    with contextlib.closing(entries):
        walk = _Walk(eras(session, district_id), heads)
        walk.along(entries.mappings())
    if walk.fault is None:
        head = session.execute(
            select(AuditHead.sequence, AuditHead.hash).where(AuditHead.district_id == district_id)
        ).one_or_none()
        walk.end(0 if head is None else head.sequence, FIRST_HASH if head is None else bytes(head.hash))
    return Verification(
        walk.count,
        walk.broken_at,
        walk.fault,
        walk.last.hex(),
        walk.signed,
    )


class _Walk:
    """One walk: how many entries fit so far, the last one's hash, and the first fault."""

    def __init__(self, stretches: list[AuditEra], heads: Sequence[KeptHead]) -> None:
        self.stretches = stretches
        self.heads: dict[int, list[KeptHead]] = {}
        for head in sorted(heads):
            self.heads.setdefault(head.sequence, []).append(head)
        self.longest = max(self.heads, default=0)
        self.count, self.last = 0, FIRST_HASH
        self.fault: Fault | None = None
        self.broken_at: int | None = None
        self.signed: KeptHead | None = None

    def along(self, entries: Iterable[Any]) -> None:
        for entry in entries:
            self.fault = self._fault_of(entry)
            if self.fault is not None:
                self.broken_at = self.count + 1
                return
            self.count, self.last = self.count + 1, bytes(entry["hash"])
            if self.count in self.heads:
                self.signed = self.heads[self.count][-1]

    def _fault_of(self, entry: Any) -> Fault | None:
        if entry["sequence"] != self.count + 1:
            return "removed"
        if entry_hash(entry, self._district_number(entry["sequence"])) != bytes(entry["hash"]):
            return "edited"
        if bytes(entry["previous_hash"]) != self.last:
            return "replaced"
        kept = self.heads.get(entry["sequence"], ())
        if any(head.head != bytes(entry["hash"]).hex() for head in kept):
            return "rewritten"
        return None

    def _district_number(self, sequence: int) -> int | None:
        return next((s.district_number for s in self.stretches if sequence <= s.through), None)

    def end(self, sequence: int, head: bytes) -> None:
        """Compare where the walk ended with the head's row, and with the longest chain that was signed."""
        if sequence > self.count or self.longest > self.count:
            self.fault, self.broken_at = "cut_short", self.count + 1
        elif sequence < self.count or head != self.last:
            self.fault, self.broken_at = "grown", max(1, min(sequence + 1, self.count))


SENTENCES: dict[Fault, str] = {
    "edited": N_("Entry {number} was changed after it was written."),
    "removed": N_("Entry {number} is missing."),
    "replaced": N_("Entry {number} does not follow the one before: it was put in or moved."),
    "cut_short": N_("The record ends before entry {number}, which was there: its end was cut off."),
    "grown": N_("From entry {number} on there are entries that the platform did not append."),
    "rewritten": N_("Entry {number} is not the one that was signed: the record was rewritten up to it."),
}
"""A fault for people, with the number of the entry."""


def said(found: Verification) -> Message:
    """Return in one sentence what a walk found."""
    if found.fault is None:
        return message("Unbroken: {n} entries, head {head}.", n=found.entries, head=found.head)
    return message(SENTENCES[found.fault], number=str(found.broken_at))
