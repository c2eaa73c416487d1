"""What people do to a plan's text; two who write in one passage never overwrite each other."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants import audit
from tenants.language import Message, message
from tenants.records.plans import Plan, PlanBlock, PlanSection
from tenants.scope import Scope
from workers.planning import book as books
from workers.planning import draft as drafts
from workers.planning import inline, template
from workers.planning.book import RUN_KEY, Book
from workers.planning.merge import merge
from workers.planning.problems import text_problems

STEP = 16
"""Distance of positions, so that a passage can be put between two others."""


class TextRefusedError(ValueError):
    """A text that can't be kept as written; `problems` says why."""

    def __init__(self, problems: list[Message]) -> None:
        """Hold the sentences."""
        super().__init__("; ".join(problem["text"] for problem in problems))
        self.problems = problems


class RevisionConflictError(RuntimeError):
    """Somebody else changed the same sentence meanwhile; both versions are shown, none is lost."""

    def __init__(self, block: PlanBlock, mine: Change) -> None:
        """Hold what stands now and what was to be saved."""
        super().__init__(f"block {block.id} is at revision {block.revision}")
        self.block_id, self.mine = block.id, mine
        self.theirs = Change(block.revision, block.text, block.text_es)


class UnknownPassageError(LookupError):
    """No such section or passage in this plan."""


@dataclass(frozen=True)
class Change:
    """A passage as a person wrote it, and what the person started from."""

    revision: int
    text: str
    text_es: str
    base: str | None = None
    base_es: str | None = None
    checked: bool = False
    """True when the person says that the Spanish was compared with the English."""


@dataclass(frozen=True)
class Drafted:
    """What a first draft did."""

    written: int
    kept: int
    """Passages that a person had changed, and that were left as they are."""


def start(
    session: Session, scope: Scope, *, title: str, title_es: str, base_year: str, years: int = 3
) -> int:
    """Start a plan with the template's sections, and return its id.

    Args:
        session: a transaction of the scope.
        scope: who starts it.
        title: English title, e.g. "Strategic finance plan 2025-26 to 2026-27".
        title_es: Spanish title.
        base_year: fiscal year of the ledger that it starts from.
        years: number of fiscal years shown, the base year included.
    """
    district = district_of(scope)
    plan = Plan(
        district_id=district,
        title=title,
        title_es=title_es,
        base_year=base_year,
        years=years,
        created_by=scope.person_id,
    )
    session.add(plan)
    session.flush()
    session.add_all(
        PlanSection(district_id=district, plan_id=plan.id, key=guide.key, position=position, title="")
        for position, guide in enumerate(template.SECTIONS, 1)
    )
    session.flush()
    audit.append(session, scope, "plan:create", f"plan/{plan.id}")
    return plan.id


def current_plan(session: Session, district_id: int) -> Plan | None:
    """Return the district's newest plan, or None."""
    return session.scalar(
        select(Plan).where(Plan.district_id == district_id).order_by(Plan.id.desc()).limit(1)
    )


def write_draft(session: Session, scope: Scope, plan_id: int, *, recorded: bool = True) -> Drafted:
    """Write the first draft, or write it anew from today's figures, around everything that people wrote.

    Args:
        session: The open transaction.
        scope: Who has it written.
        plan_id: Which plan.
        recorded: False where it is a part of an act that has its own entry in the record of activity.
    """
    district = district_of(scope)
    book = books.load(session, district, plan_id)
    held = {
        block.draft_key: block
        for block in session.scalars(
            select(PlanBlock).where(
                PlanBlock.district_id == district,
                PlanBlock.plan_id == plan_id,
                PlanBlock.draft_key.is_not(None),
            )
        )
    }
    by_key = {section.key: section for section in book.sections}
    written = kept = 0
    named: set[str] = set()
    for part in drafts.draft(book):
        section = by_key[part.key]
        if not section.by_hand and (section.title, section.title_es) != (part.title["en"], part.title["es"]):
            section.title, section.title_es = part.title["en"], part.title["es"]
            section.revision += 1
        for position, passage in enumerate(part.passages, 1):
            key = f"{part.key}/{passage.key}"
            named.add(key)
            block = held.get(key)
            if block is not None and (block.by_hand or block.removed_at is not None):
                kept += 1
                continue
            if block is None:
                block = PlanBlock(
                    district_id=district, plan_id=plan_id, section_id=section.id, draft_key=key, revision=0
                )
                session.add(block)
            _write_passage(book, block, passage, position * STEP, scope)
            written += 1
    for old_key, block in held.items():
        if old_key not in named and not block.by_hand and block.removed_at is None:
            block.removed_at = dt.datetime.now(dt.UTC)
    session.flush()
    if recorded:
        audit.append(session, scope, "plan:edit", f"plan/{plan_id}", drafted=written)
    return Drafted(written, kept)


def _write_passage(
    book: Book, block: PlanBlock, passage: drafts.Passage, position: int, scope: Scope
) -> None:
    text = passage.text or {"en": "", "es": ""}
    reference = passage.reference or None
    before = (block.kind, block.text, block.text_es, block.reference, block.position)
    if before == (passage.kind, text["en"], text["es"], reference, position):
        return
    block.kind, block.position, block.reference = passage.kind, position, reference
    block.text, block.text_es = text["en"], text["es"]
    block.es_checked_by = None
    block.revision += 1
    _stamp(book, block, scope)


def _stamp(book: Book, block: PlanBlock, scope: Scope) -> None:
    """Note who wrote, when, and which values the words were written for."""
    block.updated_by = scope.person_id or 0
    block.updated_at = dt.datetime.now(dt.UTC)
    block.figures_seen = seen_values(book, block)


def seen_values(book: Book, block: PlanBlock) -> dict[str, Any]:
    """Return the present value of each figure that a passage names."""
    keys = {bound.key for text in (block.text, block.text_es) for bound in inline.bound(text)}
    found = {key: book.figure(key) for key in sorted(keys)}
    return {key: figure["value"] for key, figure in found.items() if figure is not None}


def save(
    session: Session, scope: Scope, plan_id: int, block_id: int, change: Change, **detail: Any
) -> PlanBlock:
    """Save a passage; what somebody else saved meanwhile is kept where it touches other sentences.

    What `detail` tells, such as the suggestion that was taken, stands in the record of activity too.

    Raises:
        UnknownPassageError: if the plan has no such passage.
        TextRefusedError: for numbers that are not bound, or references that can't be read.
        RevisionConflictError: if both changed the same sentence.
    """
    block = passage(session, district_of(scope), plan_id, block_id, lock=True)
    refuse_problems(change.text, change.text_es)
    if change.revision != block.revision:
        change = _merged(block, change)
    book = books.load(session, block.district_id, plan_id)
    refuse_unknown(book, change.text, change.text_es)
    moved = (block.text, block.text_es) != (change.text, change.text_es)
    if moved:
        block.text, block.text_es = change.text, change.text_es
        block.revision += 1
        block.by_hand = True
    block.es_checked_by = scope.person_id if change.checked else (None if moved else block.es_checked_by)
    _stamp(book, block, scope)
    audit.append(session, scope, "plan:edit", f"plan_block/{block.id}", revision=block.revision, **detail)
    return block


def refuse_problems(*texts: str) -> None:
    """Refuse texts with loose numbers or broken references.

    Raises:
        TextRefusedError: naming each.
    """
    problems: list[Message] = []
    for text in texts:
        problems += [problem for problem in text_problems(text) if problem not in problems]
    if problems:
        raise TextRefusedError(problems)


def refuse_unknown(book: Book, *texts: str) -> None:
    """Refuse texts that name figures which don't exist.

    Raises:
        TextRefusedError: naming each.
    """
    missing = {bound.key for text in texts for bound in inline.bound(text) if book.figure(bound.key) is None}
    if missing:
        raise TextRefusedError(
            [
                message("The figure {key} does not exist any more. Insert another one.", key=key)
                for key in sorted(missing)
            ]
        )


def _merged(block: PlanBlock, change: Change) -> Change:
    if change.base is None or change.base_es is None:
        raise RevisionConflictError(block, change)
    text = merge(change.base, change.text, block.text)
    text_es = merge(change.base_es, change.text_es, block.text_es)
    if text is None or text_es is None:
        raise RevisionConflictError(block, change)
    return dataclasses.replace(change, text=text, text_es=text_es, checked=False)


def passage(
    session: Session, district_id: int, plan_id: int, block_id: int, *, lock: bool = False
) -> PlanBlock:
    """Return a passage of a plan.

    Raises:
        UnknownPassageError: if the plan has no such passage.
    """
    block = session.get(PlanBlock, (district_id, block_id), with_for_update=lock, populate_existing=lock)
    if block is None or block.plan_id != plan_id:
        raise UnknownPassageError(block_id)
    return block


def section_of(session: Session, district_id: int, plan_id: int, key: str) -> PlanSection:
    """Return a section of a plan by its key in the template.

    Raises:
        UnknownPassageError: if the plan has no such section.
    """
    section = session.scalar(
        select(PlanSection).where(
            PlanSection.district_id == district_id, PlanSection.plan_id == plan_id, PlanSection.key == key
        )
    )
    if section is None:
        raise UnknownPassageError(key)
    return section


def add(
    session: Session,
    scope: Scope,
    plan_id: int,
    section_key: str,
    *,
    kind: str,
    text: str = "",
    text_es: str = "",
    reference: str = "",
    after: int | None = None,
) -> int:
    """Add a passage, table or chart to a section, behind another one or at the end, and return its id.

    Raises:
        UnknownPassageError: if there is no such section, or no such passage to stand behind.
        TextRefusedError: for loose numbers, or a table or chart that doesn't exist.
    """
    district = district_of(scope)
    section = section_of(session, district, plan_id, section_key)
    refuse_problems(text, text_es)
    book = books.load(session, district, plan_id)
    refuse_unknown(book, text, text_es)
    if kind in ("table", "chart"):
        match = RUN_KEY.fullmatch(reference)
        held = books.load_run(session, district, int(match[1])) if match else None
        if held is not None:
            book.runs.setdefault(held.id, held)
        if book.exhibit("tables" if kind == "table" else "charts", reference) is None:
            said = message("The table or chart {key} does not exist any more.", key=reference)
            raise TextRefusedError([said])
    block = PlanBlock(
        district_id=district,
        plan_id=plan_id,
        section_id=section.id,
        position=_room(session, section, plan_id, after),
        kind=kind,
        text=text,
        text_es=text_es,
        reference=reference or None,
        revision=1,
        by_hand=True,
    )
    _stamp(book, block, scope)
    session.add(block)
    session.flush()
    audit.append(session, scope, "plan:edit", f"plan_block/{block.id}", added=kind)
    return block.id


def _room(session: Session, section: PlanSection, plan_id: int, after: int | None) -> int:
    """Return a position behind a passage; those after it are moved away."""
    district = section.district_id
    if after is None:
        last = session.scalar(
            select(func.max(PlanBlock.position)).where(
                PlanBlock.district_id == district, PlanBlock.section_id == section.id
            )
        )
        return (last or 0) + STEP
    before = passage(session, district, plan_id, after)
    if before.section_id != section.id:
        raise UnknownPassageError(after)
    for block in _siblings(session, section):
        if block.position > before.position:
            block.position += STEP
    return before.position + STEP // 2


def _siblings(session: Session, section: PlanSection) -> list[PlanBlock]:
    return list(
        session.scalars(
            select(PlanBlock)
            .where(
                PlanBlock.district_id == section.district_id,
                PlanBlock.section_id == section.id,
                PlanBlock.removed_at.is_(None),
            )
            .order_by(PlanBlock.position, PlanBlock.id)
        )
    )


def move(session: Session, scope: Scope, plan_id: int, block_id: int, *, up: bool) -> None:
    """Let a passage change places with the one before or behind it."""
    block = passage(session, district_of(scope), plan_id, block_id)
    section = session.get(PlanSection, (block.district_id, block.section_id))
    blocks = _siblings(session, section) if section else []
    place = blocks.index(block)
    other = place - 1 if up else place + 1
    if 0 <= other < len(blocks):
        blocks[place], blocks[other] = blocks[other], blocks[place]
    for position, each in enumerate(blocks, 1):
        each.position = position * STEP


def remove(session: Session, scope: Scope, plan_id: int, block_id: int) -> None:
    """Take a passage out; `restore` brings it back."""
    block = passage(session, district_of(scope), plan_id, block_id)
    block.removed_at = dt.datetime.now(dt.UTC)
    audit.append(session, scope, "plan:edit", f"plan_block/{block.id}", removed=True)


def restore(session: Session, scope: Scope, plan_id: int, block_id: int) -> None:
    """Bring back a passage that was taken out."""
    block = passage(session, district_of(scope), plan_id, block_id)
    block.removed_at = None
    audit.append(session, scope, "plan:edit", f"plan_block/{block.id}", removed=False)


def save_title(
    session: Session, scope: Scope, plan_id: int, key: str, *, revision: int, title: str, title_es: str
) -> PlanSection:
    """Save a section's title, its conclusion.

    Raises:
        TextRefusedError: for loose numbers, or when somebody else wrote the title meanwhile.
    """
    section = section_of(session, district_of(scope), plan_id, key)
    refuse_problems(title, title_es)
    refuse_unknown(books.load(session, section.district_id, plan_id), title, title_es)
    if revision != section.revision:
        said = message("Somebody else changed this title meanwhile to: {title}", title=section.title)
        raise TextRefusedError([said])
    section.title, section.title_es = title.strip(), title_es.strip()
    section.revision += 1
    section.by_hand = True
    audit.append(session, scope, "plan:edit", f"plan_section/{section.id}", revision=section.revision)
    return section


def set_owner(session: Session, scope: Scope, plan_id: int, key: str, person_id: int | None) -> None:
    """Name a section's owner."""
    section_of(session, district_of(scope), plan_id, key).owner_id = person_id


def district_of(scope: Scope) -> int:
    """Return the district that the scope may write in.

    Raises:
        PermissionError: if there is none.
    """
    if scope.district_id is None:
        raise PermissionError("the scope may write in no district")
    return scope.district_id
