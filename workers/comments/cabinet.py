"""What the cabinet and its coach say about the plan in writing: comments, replies, suggestions.

Never public: no readers' page, comment desk or count that leaves the cabinet reads what stands here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants import audit
from tenants.language import Message, message
from tenants.people import Person
from tenants.records.cabinet import CabinetRemark, CabinetThread
from tenants.records.plans import PlanBlock, PlanSection
from tenants.scope import Scope
from workers.comments.texts import LONGEST_TEXT, clean
from workers.planning import book as books
from workers.planning import owning, writing
from workers.planning.writing import Change

LONGEST_QUOTATION = 1200
OPEN = "open"


class UnknownThreadError(LookupError):
    """No such thread of the cabinet in this plan."""


class RemarkRefusedError(ValueError):
    """Words that can't be taken, or an act that is not this person's; `said` tells why and what to do."""

    def __init__(self, said: Message) -> None:
        """Hold the sentence."""
        super().__init__(said["text"])
        self.said = said


@dataclass(frozen=True)
class Passage:
    """The words of a passage that a comment is about."""

    block_id: int
    quotation: str = ""
    """Empty for the whole passage."""
    start: int | None = None
    """Where the quotation began in the passage's plain text, as far as the page knew."""
    language: str = "en"


@dataclass(frozen=True)
class Held:
    """A thread with everything that its reader is shown."""

    thread: CabinetThread
    remarks: list[CabinetRemark]
    section: str
    """Key of the section that the passage stands in."""
    gone: bool
    """True where the passage was taken out of the plan."""
    moved_on: bool
    """True for a suggestion whose passage was changed since it was made."""


def threads(session: Session, district_id: int, plan_id: int, *, closed: bool = False) -> list[Held]:
    """Return a plan's threads in the order of its passages, the open ones alone unless `closed`.

    Two queries, however many there are.
    """
    wanted = (
        select(CabinetThread, PlanBlock, PlanSection.key)
        .join(
            PlanBlock,
            (PlanBlock.district_id == CabinetThread.district_id) & (PlanBlock.id == CabinetThread.block_id),
        )
        .join(
            PlanSection,
            (PlanSection.district_id == PlanBlock.district_id) & (PlanSection.id == PlanBlock.section_id),
        )
        .where(CabinetThread.district_id == district_id, CabinetThread.plan_id == plan_id)
        .order_by(PlanSection.position, PlanBlock.position, CabinetThread.id)
    )
    if not closed:
        wanted = wanted.where(CabinetThread.state == OPEN)
    rows = session.execute(wanted).all()
    remarks: dict[int, list[CabinetRemark]] = defaultdict(list)
    ids = [row.CabinetThread.id for row in rows]
    if ids:
        for remark in session.scalars(
            select(CabinetRemark)
            .where(CabinetRemark.district_id == district_id, CabinetRemark.thread_id.in_(ids))
            .order_by(CabinetRemark.id)
        ):
            remarks[remark.thread_id].append(remark)
    return [_held(row.CabinetThread, row.PlanBlock, row.key, remarks[row.CabinetThread.id]) for row in rows]


def _held(thread: CabinetThread, block: PlanBlock, section: str, remarks: list[CabinetRemark]) -> Held:
    suggested = thread.kind == "suggestion"
    return Held(
        thread,
        remarks,
        section,
        gone=block.removed_at is not None,
        moved_on=suggested and thread.state == OPEN and block.revision != thread.base_revision,
    )


def comment(
    session: Session, scope: Scope, plan_id: int, about: Passage, words: str, assigned_to: int | None = None
) -> int:
    """Begin a thread on a passage, and return its id.

    Raises:
        UnknownPassageError: if the plan has no such passage.
        RemarkRefusedError: for no words, or too many.
    """
    said = _words(words)
    block = writing.passage(session, writing.district_of(scope), plan_id, about.block_id)
    name, role = _author(session, scope)
    thread = CabinetThread(
        district_id=block.district_id,
        plan_id=plan_id,
        block_id=block.id,
        kind="comment",
        person_id=scope.person_id,
        author_name=name,
        author_role=role,
        assigned_to=assigned_to,
        language=about.language,
        quotation=clean(about.quotation, lines=False)[:LONGEST_QUOTATION],
        start=about.start,
    )
    session.add(thread)
    session.flush()
    _remark(session, scope, thread, said)
    audit.append(session, scope, "cabinet_comments:create", f"cabinet_thread/{thread.id}")
    return thread.id


def suggest(
    session: Session, scope: Scope, plan_id: int, block_id: int, change: Change, words: str = ""
) -> int:
    """Suggest other words for a passage; its owner takes or declines them. Return the thread's id.

    Args:
        session: a transaction of the scope.
        scope: who suggests.
        plan_id: the plan.
        block_id: the passage.
        change: the words as suggested, and what they were written from.
        words: why, if anything is said.

    Raises:
        UnknownPassageError: if the plan has no such passage.
        TextRefusedError: for numbers that are not bound, or references that can't be read.
        RemarkRefusedError: where nothing is changed.
    """
    block = writing.passage(session, writing.district_of(scope), plan_id, block_id)
    base, base_es = change.base or block.text, change.base_es or block.text_es
    if (change.text, change.text_es) == (base, base_es):
        raise RemarkRefusedError(message("Your suggestion is the passage as it stands. Change a word first."))
    writing.refuse_problems(change.text, change.text_es)
    writing.refuse_unknown(books.load(session, block.district_id, plan_id), change.text, change.text_es)
    said = clean(words)
    if said:
        said = _words(words)
    name, role = _author(session, scope)
    thread = CabinetThread(
        district_id=block.district_id,
        plan_id=plan_id,
        block_id=block.id,
        kind="suggestion",
        person_id=scope.person_id,
        author_name=name,
        author_role=role,
        base_revision=change.revision,
        base=base,
        base_es=base_es,
        proposed=change.text,
        proposed_es=change.text_es,
    )
    session.add(thread)
    session.flush()
    if said:
        _remark(session, scope, thread, said)
    audit.append(session, scope, "cabinet_comments:create", f"cabinet_thread/{thread.id}", suggested=True)
    return thread.id


def reply(session: Session, scope: Scope, plan_id: int, thread_id: int, words: str) -> CabinetThread:
    """Say something in a thread; a settled one is open again.

    Raises:
        UnknownThreadError: if the plan has no such thread.
        RemarkRefusedError: for no words, or too many.
    """
    thread = of_id(session, scope, plan_id, thread_id)
    said = _words(words)
    if thread.state == "settled":
        thread.state, thread.settled_by, thread.settled_at = OPEN, None, None
    _remark(session, scope, thread, said)
    audit.append(session, scope, "cabinet_comments:edit", f"cabinet_thread/{thread.id}", replied=True)
    return thread


def settle(session: Session, scope: Scope, plan_id: int, thread_id: int) -> CabinetThread:
    """Settle a comment: by whoever began it, whoever it was given to, or whoever writes the section.

    Raises:
        UnknownThreadError: if the plan has no such thread.
        RemarkRefusedError: for anybody else.
    """
    thread = of_id(session, scope, plan_id, thread_id)
    concerned = scope.person_id in {thread.person_id, thread.assigned_to}
    if thread.kind != "comment" or not (
        concerned or owning.may_write(session, scope, _section(session, thread))
    ):
        raise RemarkRefusedError(
            message("Whoever began a thread, was given it, or writes the section settles it. Reply instead.")
        )
    return _close(session, scope, thread, "settled")


def take(session: Session, scope: Scope, plan_id: int, thread_id: int) -> CabinetThread:
    """Take a suggestion into the passage; what was written there since stays, in other sentences.

    Raises:
        UnknownThreadError: if the plan has no such open suggestion.
        ForeignSectionError: for anybody but the section's writers.
        RevisionConflictError: where the same sentence was changed since.
        TextRefusedError: where a figure that it names is gone.
    """
    thread = _open_suggestion(session, scope, plan_id, thread_id)
    owning.refuse_foreign(session, scope, _section(session, thread))
    # One act, one entry: the passage's names the suggestion.
    writing.save(session, scope, plan_id, thread.block_id, change_of(thread), suggestion=thread.id)
    return _closed(thread, scope, "taken")


def decline(session: Session, scope: Scope, plan_id: int, thread_id: int, words: str = "") -> CabinetThread:
    """Decline a suggestion, with a reason or without; its author withdraws it by the same act.

    Raises:
        UnknownThreadError: if the plan has no such open suggestion.
        ForeignSectionError: for anybody but the section's writers and the suggestion's author.
    """
    thread = _open_suggestion(session, scope, plan_id, thread_id)
    own = thread.person_id == scope.person_id
    if not own:
        owning.refuse_foreign(session, scope, _section(session, thread))
    if clean(words):
        _remark(session, scope, thread, _words(words))
    return _close(session, scope, thread, "withdrawn" if own else "declined")


def change_of(thread: CabinetThread) -> Change:
    """Return a suggestion as the change that its author would have saved."""
    return Change(
        thread.base_revision or 0,
        thread.proposed,
        thread.proposed_es,
        base=thread.base,
        base_es=thread.base_es,
    )


def of_id(session: Session, scope: Scope, plan_id: int, thread_id: int) -> CabinetThread:
    """Return a thread, locked for change.

    Raises:
        UnknownThreadError: if the plan has no such thread.
    """
    thread = session.get(
        CabinetThread, (writing.district_of(scope), thread_id), with_for_update=True, populate_existing=True
    )
    if thread is None or thread.plan_id != plan_id:
        raise UnknownThreadError(thread_id)
    return thread


def by_block(found: Iterable[Held]) -> dict[int, list[Held]]:
    """Return the open threads of each passage."""
    places: dict[int, list[Held]] = defaultdict(list)
    for held in found:
        if held.thread.state == OPEN:
            places[held.thread.block_id].append(held)
    return places


def _open_suggestion(session: Session, scope: Scope, plan_id: int, thread_id: int) -> CabinetThread:
    thread = of_id(session, scope, plan_id, thread_id)
    if thread.kind != "suggestion" or thread.state != OPEN:
        raise UnknownThreadError(thread_id)
    return thread


def _section(session: Session, thread: CabinetThread) -> PlanSection:
    block = writing.passage(session, thread.district_id, thread.plan_id, thread.block_id)
    section = session.get(PlanSection, (thread.district_id, block.section_id))
    if section is None:
        raise UnknownThreadError(thread.id)
    return section


def _close(session: Session, scope: Scope, thread: CabinetThread, state: str) -> CabinetThread:
    audit.append(session, scope, "cabinet_comments:edit", f"cabinet_thread/{thread.id}", became=state)
    return _closed(thread, scope, state)


def _closed(thread: CabinetThread, scope: Scope, state: str) -> CabinetThread:
    thread.state, thread.settled_by, thread.settled_at = state, scope.person_id, dt.datetime.now(dt.UTC)
    return thread


def _words(words: str) -> str:
    said = clean(words)
    if not said:
        raise RemarkRefusedError(message("Write your comment first. Nothing was kept."))
    if len(said) > LONGEST_TEXT:
        raise RemarkRefusedError(
            message(
                "Your comment has {found} characters. Up to {limit} can be kept: shorten it, or write two.",
                found=len(said),
                limit=LONGEST_TEXT,
            )
        )
    return said


def _author(session: Session, scope: Scope) -> tuple[str, str]:
    person = session.get(Person, scope.person_id) if scope.person_id is not None else None
    return person.name if person else "", scope.role or ""


def _remark(session: Session, scope: Scope, thread: CabinetThread, said: str) -> None:
    name, role = _author(session, scope)
    session.add(
        CabinetRemark(
            district_id=thread.district_id,
            thread_id=thread.id,
            person_id=scope.person_id,
            author_name=name,
            author_role=role,
            text=said,
        )
    )
    session.flush()
