"""Threads of comments: what readers post, what staff do with it, and the record of both.

Nothing that was said is erased. A comment is withdrawn by its author or set aside by staff with a reason;
both leave it counted. Every act leaves a `comment_event`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from reports.document import Document, plain_text
from tenants.people import Person
from tenants.records.comments import DISPOSITIONS, Comment, CommentContact, CommentEvent, CommentThread
from tenants.records.jobs import Job
from tenants.records.plans import PlanVersion
from tenants.scope import Scope
from workers import outbox, webhooks
from workers.comments.anchoring import Anchor, capture
from workers.comments.texts import LONGEST_REASON, Posting, clean, code_hash, return_code

OFFICIAL_LIMIT = 8000
"""Characters of a district's answer."""

NEEDS_REASON = frozenset({"kept_for_later", "outside_scope", "set_aside"})
"""Dispositions that a reader is owed a sentence for."""


class UnknownThreadError(LookupError):
    """No thread or comment of that id is within reach."""


class ReasonMissingError(ValueError):
    """An act that is only allowed with a reason came without one."""


class EmptyAnswerError(ValueError):
    """An answer without words, or with too many."""


@dataclasses.dataclass(frozen=True, slots=True)
class Posted:
    """What a reader gets for a comment: its thread, its id, and the code that is shown once."""

    thread_id: int
    comment_id: int
    code: str


def is_open(version: PlanVersion, at: dt.datetime) -> bool:
    """Return whether a version takes comments at a moment.

    A draft for comment is open from its publication unless it names another moment; an adopted version
    only when it names one.
    """
    opens = version.comment_opens_at
    if opens is None and version.kind == "draft_for_comment":
        opens = version.published_at
    closes = version.comment_closes_at
    return (
        version.state == "published" and opens is not None and opens <= at and (closes is None or at < closes)
    )


def anchor_for(document: Document, posting: Posting) -> tuple[str, Anchor | None]:
    """Return what a posting is about (`passage`, `figure` or `plan`) and its anchors in the version read."""
    if posting.figure:
        known = any(figure.stable_key == posting.figure for figure in document.figures.values())
        return ("figure", None) if known else ("plan", None)
    block = document.block(posting.block_id) if posting.block_id is not None else None
    if block is None:
        return "plan", None
    return "passage", capture(block.id, plain_text(block, posting.language), posting.quotation, posting.start)


def post_public(
    session: Session, scope: Scope, version: PlanVersion, document: Document, posting: Posting, *, secret: str
) -> Posted:
    """Take a reader's comment or reply, in the reader's own transaction (role visitor).

    Args:
        session: Transaction of the visitor's scope.
        scope: The visitor's scope.
        version: The published version that was read.
        document: Its frozen document.
        posting: The comment, as `texts.check` returned it.
        secret: The platform's secret, from which the return code is made.

    Raises:
        UnknownThreadError: The version, or the thread replied to, is not (or no longer) shown to the reader.
    """
    district_id = scope.viewed_district_id
    if district_id is None or scope.plan_id != version.plan_id:
        raise UnknownThreadError
    if posting.thread_id is not None:
        if not is_shown(session, district_id, version.plan_id, posting.thread_id):
            raise UnknownThreadError(posting.thread_id)
        thread_id = posting.thread_id
    else:
        thread_id = _begin_thread(session, district_id, version, document, posting)
    comment = Comment(
        district_id=district_id,
        thread_id=thread_id,
        official=False,
        author_name=posting.name,
        relation=posting.relation,
        language=posting.language,
        text=posting.text,
    )
    session.add(comment)
    session.flush()
    code = return_code(secret, district_id, comment.id)
    session.execute(
        insert(CommentContact).values(
            district_id=district_id,
            comment_id=comment.id,
            address=posting.address,
            return_code_hash=code_hash(code),
        )
    )
    return Posted(thread_id, comment.id, code)


def is_shown(session: Session, district_id: int, plan_id: int, thread_id: int) -> bool:
    """Return whether readers of a plan see a thread: public, and not all of it withdrawn or set aside."""
    found = session.scalar(
        select(CommentThread.id)
        .join(
            Comment,
            (Comment.district_id == CommentThread.district_id) & (Comment.thread_id == CommentThread.id),
        )
        .where(
            CommentThread.district_id == district_id,
            CommentThread.id == thread_id,
            CommentThread.plan_id == plan_id,
            CommentThread.audience == "public",
            Comment.state == "published",
            Comment.official.is_(False),
        )
        .limit(1)
    )
    return found is not None


def _begin_thread(
    session: Session, district_id: int, version: PlanVersion, document: Document, posting: Posting
) -> int:
    about, anchor = anchor_for(document, posting)
    thread = CommentThread(
        district_id=district_id,
        plan_id=version.plan_id,
        version_id=version.id,
        about=about,
        audience="public",
        figure=posting.figure if about == "figure" else None,
        language=posting.language,
    )
    if anchor is not None:
        thread.block_id, thread.quotation = anchor.block_id, anchor.quotation
        thread.before, thread.after = anchor.before, anchor.after
        thread.start, thread.end = anchor.start, anchor.end
    session.add(thread)
    session.flush()
    return thread.id


def log(
    session: Session,
    thread: CommentThread,
    what: str,
    *,
    person_id: int | None,
    comment_id: int | None = None,
    **detail: Any,
) -> None:
    """Write one act into the record of comments."""
    session.add(
        CommentEvent(
            district_id=thread.district_id,
            thread_id=thread.id,
            comment_id=comment_id,
            person_id=person_id,
            what=what,
            detail=detail,
        )
    )


def thread_of(session: Session, district_id: int, thread_id: int) -> CommentThread:
    """Return a thread, locked for change.

    Raises:
        UnknownThreadError: There is none of that id in the district.
    """
    thread = session.scalar(
        select(CommentThread)
        .where(CommentThread.district_id == district_id, CommentThread.id == thread_id)
        .with_for_update()
    )
    if thread is None:
        raise UnknownThreadError(thread_id)
    return thread


def answer(
    session: Session, scope: Scope, thread_id: int, words: str, *, language: str, author: str
) -> Comment:
    """Give the district's answer in a thread; commenters who left an address hear of it.

    Args:
        session: Transaction of the staff member's scope.
        scope: Who answers; its district is written.
        thread_id: The thread.
        words: The answer.
        language: Language that it is written in.
        author: Name of the person who answers, as printed.

    Raises:
        UnknownThreadError: No such thread in the district.
        EmptyAnswerError: No words, or more than `OFFICIAL_LIMIT`.
    """
    said = clean(words)
    if not said or len(said) > OFFICIAL_LIMIT:
        raise EmptyAnswerError
    thread = thread_of(session, _district(scope), thread_id)
    comment = Comment(
        district_id=thread.district_id,
        thread_id=thread.id,
        person_id=scope.person_id,
        official=True,
        author_name=author,
        relation=scope.role or "",
        language=language,
        text=said,
    )
    session.add(comment)
    session.flush()
    log(session, thread, "answered", person_id=scope.person_id, comment_id=comment.id)
    _tell(session, thread, "answer", comment.id)
    _notify(session, thread, "comment.answered")
    return comment


def set_disposition(
    session: Session,
    scope: Scope,
    thread_id: int,
    disposition: str,
    note: str = "",
    changed_block_id: int | None = None,
) -> CommentThread:
    """Say what became of a thread, which settles it.

    Args:
        session: Transaction of the staff member's scope.
        scope: Who decides.
        thread_id: The thread.
        disposition: One of `DISPOSITIONS`.
        note: The reason, which readers see; needed where nothing changed and nothing was answered.
        changed_block_id: Block in which the plan changed, for `changed`.

    Raises:
        UnknownThreadError: No such thread in the district.
        ReasonMissingError: The disposition needs a reason.
        ValueError: Unknown disposition.
    """
    if disposition not in DISPOSITIONS:
        raise ValueError(disposition)
    reason = clean(note)[:LONGEST_REASON]
    if disposition in NEEDS_REASON and not reason:
        raise ReasonMissingError(disposition)
    thread = thread_of(session, _district(scope), thread_id)
    before = thread.disposition
    fresh = _newer_than_settled(session, thread)
    thread.disposition, thread.disposition_note = disposition, reason
    thread.changed_block_id = changed_block_id if disposition == "changed" else None
    thread.resolved_at, thread.resolved_by = dt.datetime.now(dt.UTC), scope.person_id
    log(
        session,
        thread,
        "disposition",
        person_id=scope.person_id,
        before=before,
        after=disposition,
        note=reason,
    )
    if before != disposition or fresh:
        _tell(session, thread, "disposition", thread.id)
    return thread


def _newer_than_settled(session: Session, thread: CommentThread) -> bool:
    """Return whether somebody replied after a thread was settled, who has not heard what became of it."""
    if thread.resolved_at is None:
        return False
    newest = select(func.max(Comment.created_at)).where(
        Comment.district_id == thread.district_id, Comment.thread_id == thread.id, Comment.official.is_(False)
    )
    at = session.scalar(newest)
    return at is not None and at > thread.resolved_at


def reopen(session: Session, scope: Scope, thread_id: int) -> CommentThread:
    """Take a thread up again; its earlier disposition stays in the record."""
    thread = thread_of(session, _district(scope), thread_id)
    log(session, thread, "reopened", person_id=scope.person_id, before=thread.disposition)
    thread.disposition, thread.disposition_note, thread.changed_block_id = None, "", None
    thread.resolved_at = thread.resolved_by = None
    return thread


def assign(session: Session, scope: Scope, thread_id: int, person_id: int | None) -> CommentThread:
    """Give a thread to somebody of the district, or to nobody.

    Raises:
        UnknownThreadError: No such thread, or no such person within reach.
    """
    if person_id is not None and session.get(Person, person_id) is None:
        raise UnknownThreadError(person_id)
    thread = thread_of(session, _district(scope), thread_id)
    if thread.assigned_to != person_id:
        log(
            session, thread, "assigned", person_id=scope.person_id, before=thread.assigned_to, after=person_id
        )
        thread.assigned_to = person_id
        if person_id is not None and person_id != scope.person_id:
            _tell(session, thread, "assigned", person_id)
    return thread


def find_by_code(session: Session, district_id: int, code: str) -> int | None:
    """Return the id of the comment that a return code belongs to, or None."""
    found: int | None = session.scalar(
        text("SELECT lookup_comment(:district, :hash)"), {"district": district_id, "hash": code_hash(code)}
    )
    return found


def withdraw(session: Session, district_id: int, comment_id: int, reason: str = "") -> None:
    """Withdraw a comment for its author, who showed the return code. It stays counted and kept.

    Args:
        session: Transaction of the district's upkeep scope.
        district_id: The district.
        comment_id: The comment that the code belongs to.
        reason: What the author says, if anything.

    Raises:
        UnknownThreadError: No published comment of that id.
    """
    _move(session, district_id, comment_id, "withdrawn", clean(reason)[:LONGEST_REASON], person_id=None)


def set_comment_aside(session: Session, scope: Scope, comment_id: int, reason: str) -> None:
    """Take one comment out of sight for a reason; it stays counted and kept.

    Raises:
        UnknownThreadError: No published comment of that id.
        ReasonMissingError: No reason was given.
    """
    why = clean(reason)[:LONGEST_REASON]
    if not why:
        raise ReasonMissingError("set_aside")
    _move(session, _district(scope), comment_id, "set_aside", why, person_id=scope.person_id)


def show_comment_again(session: Session, scope: Scope, comment_id: int) -> None:
    """Undo `set_comment_aside`; a withdrawn comment stays withdrawn."""
    comment, thread = _comment(session, _district(scope), comment_id, "set_aside")
    comment.state, comment.state_reason = "published", ""
    log(session, thread, "shown_again", person_id=scope.person_id, comment_id=comment_id)


def _move(
    session: Session, district_id: int, comment_id: int, state: str, reason: str, *, person_id: int | None
) -> None:
    comment, thread = _comment(session, district_id, comment_id, "published")
    comment.state, comment.state_reason = state, reason
    log(session, thread, state, person_id=person_id, comment_id=comment_id, reason=reason)


def _comment(
    session: Session, district_id: int, comment_id: int, state: str
) -> tuple[Comment, CommentThread]:
    comment = session.scalar(
        select(Comment)
        .where(
            Comment.district_id == district_id,
            Comment.id == comment_id,
            Comment.state == state,
            Comment.official.is_(False),
        )
        .with_for_update()
    )
    if comment is None:
        raise UnknownThreadError(comment_id)
    return comment, thread_of(session, district_id, comment.thread_id)


def after_posting(session: Session, district_id: int, posted: Posted) -> None:
    """Record the arrival of a reader's comment and ask for the mails that follow from it.

    Args:
        session: Transaction of the district's upkeep scope; the reader's own role may do neither.
        district_id: The district.
        posted: What `post_public` returned.
    """
    thread = thread_of(session, district_id, posted.thread_id)
    known = session.scalar(
        select(func.count())
        .select_from(CommentEvent)
        .where(
            CommentEvent.district_id == district_id,
            CommentEvent.comment_id == posted.comment_id,
            CommentEvent.what == "received",
        )
    )
    if not known:
        log(session, thread, "received", person_id=None, comment_id=posted.comment_id)
        _notify(session, thread, "comment.received")
    _tell(session, thread, "receipt", posted.comment_id)
    first = session.scalar(
        select(func.min(Comment.id)).where(
            Comment.district_id == district_id, Comment.thread_id == posted.thread_id
        )
    )
    if first != posted.comment_id:
        _tell(session, thread, "reply", posted.comment_id)
    at = digest_time(dt.datetime.now(dt.UTC))
    job_id = outbox.ask(
        session,
        "comment_digest",
        {"until": at.isoformat()},
        district_id=district_id,
        requested_by=None,
        idempotency_key=f"digest/{at.date()}",
    )
    session.execute(
        update(Job)
        .where(Job.district_id == district_id, Job.id == job_id, Job.state == "waiting", Job.due_at < at)
        .values(due_at=at + dt.timedelta(minutes=1))
    )


def digest_time(at: dt.datetime) -> dt.datetime:
    """Return the next moment at which a day's comments are mailed to staff: early in California."""
    today = at.replace(hour=14, minute=0, second=0, microsecond=0)
    return today if at < today else today + dt.timedelta(days=1)


def _notify(session: Session, thread: CommentThread, event: str) -> None:
    """Tell the programs that listen; the thread's page asks who opens it."""
    place = f"/d/{thread.district_id}/comments/{thread.id}"
    webhooks.emit(session, thread.district_id, event, f"comment_thread/{thread.id}", place)


def _tell(session: Session, thread: CommentThread, what: str, about_id: int) -> None:
    """Ask for mail about an act; addresses are personnel information, so upkeep reads them."""
    outbox.ask(
        session,
        "tell_about_comment",
        {"what": what, "thread_id": thread.id, "about_id": about_id},
        district_id=thread.district_id,
        requested_by=None,
        idempotency_key=f"{what}/{thread.id}/{about_id}",
        subject=f"comment_thread/{thread.id}",
    )


def _district(scope: Scope) -> int:
    if scope.district_id is None:
        raise UnknownThreadError
    return scope.district_id
