"""The comment desk: what was received, where it stands, and the record of it for the plan's appendix.

Totals always add up: every comment that was ever received is in exactly one state, set aside and withdrawn
ones included.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.document import Document, plain_text, runs_text
from tenants.people import Person
from tenants.records.comments import Comment, CommentEvent, CommentGroup, CommentThread
from tenants.records.plans import PlanVersion
from workers.comments import sorting, support
from workers.comments.placing import placements
from workers.comments.withheld import withheld

STATES = (
    "open",
    "answered_open",
    "changed",
    "answered",
    "kept_for_later",
    "outside_scope",
    "set_aside",
    "withdrawn",
)
"""States of a received comment: waiting, answered but not settled, five dispositions, withdrawn."""


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A received comment in the queue, with its thread's standing."""

    thread_id: int
    comment_id: int
    text: str
    language: str
    author: str
    relation: str
    at: dt.datetime
    state: str
    about: str
    section: str
    """Key of the section that it is about; empty for the plan as a whole or a passage that is gone."""
    section_name: str
    how: str
    version_number: str
    quotation: str
    assigned_to: int | None
    assigned_name: str
    answers: int
    disposition: str | None
    note: str
    figure_label: str = ""
    reply: bool = False
    """True for what a reader said in another's thread."""
    tags: tuple[str, ...] = ()
    group_id: int | None = None
    group_name: str = ""
    supporters: int = 0

    def age(self, now: dt.datetime) -> int:
        """Return whole days since it was received."""
        return (now - self.at).days


@dataclasses.dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; empty means everything."""

    state: str = ""
    section: str = ""
    language: str = ""
    assigned_to: int | None = None
    older_than_days: int = 0
    tag: str = ""
    group_id: int | None = None
    relation: str = ""


def state_of(comment: Comment, thread: CommentThread, last_answer: int) -> str:
    """Return the one state in which a received comment is counted.

    What became of a thread, and an answer in it, hold for what was said before: a reply that came later
    waits anew.

    Args:
        comment: A reader's comment.
        thread: Its thread.
        last_answer: Id of the thread's newest published answer; 0 without one.
    """
    if comment.state == "withdrawn":
        return "withdrawn"
    if comment.state == "set_aside":
        return "set_aside"
    if thread.disposition is not None and (
        thread.resolved_at is None or comment.created_at <= thread.resolved_at
    ):
        return thread.disposition
    return "answered_open" if last_answer > comment.id else "open"


def newest_published(session: Session, district_id: int, plan_id: int) -> PlanVersion | None:
    """Return the plan's newest published version."""
    return session.scalar(
        select(PlanVersion)
        .where(
            PlanVersion.district_id == district_id,
            PlanVersion.plan_id == plan_id,
            PlanVersion.state == "published",
        )
        .order_by(PlanVersion.published_at.desc(), PlanVersion.id.desc())
        .limit(1)
    )


def received(session: Session, district_id: int, plan_id: int, language: str) -> list[Item]:
    """Return every public comment that a plan received, oldest first.

    Args:
        session: Transaction that reads the district's comments.
        district_id: The district.
        plan_id: The plan.
        language: Language of section names.
    """
    threads = {
        thread.id: thread
        for thread in session.scalars(
            select(CommentThread).where(
                CommentThread.district_id == district_id,
                CommentThread.plan_id == plan_id,
                CommentThread.audience == "public",
            )
        )
    }
    comments = session.scalars(
        select(Comment)
        .where(Comment.district_id == district_id, Comment.thread_id.in_(threads))
        .order_by(Comment.id)
    ).all()
    answers = Counter(c.thread_id for c in comments if c.official and c.state == "published")
    last_answer = {c.thread_id: c.id for c in comments if c.official and c.state == "published"}
    begun: set[int] = set()
    tags = sorting.tags(session, district_id)
    groups = {group.id: group.name for group in sorting.groups(session, district_id, plan_id)}
    supporters = support.counts(session, district_id)
    version = newest_published(session, district_id, plan_id)
    read = Document.from_json(version.content) if version is not None else None
    placed = (
        placements(session, district_id, version.id, read, threads.values())
        if version is not None and read is not None
        else {}
    )
    sections = _sections(read, language)
    numbers = _numbers(session, district_id, plan_id)
    names = _names(session, {t.assigned_to for t in threads.values() if t.assigned_to is not None})
    items = []
    for comment in comments:
        if comment.official:
            continue
        thread = threads[comment.thread_id]
        how = placed[thread.id].how if thread.id in placed else "lost"
        key, name = sections.get(thread.block_id or 0, ("", "")) if how != "lost" else ("", "")
        items.append(
            Item(
                thread_id=thread.id,
                comment_id=comment.id,
                text=comment.text,
                language=comment.language,
                author=comment.author_name,
                relation=comment.relation,
                at=comment.created_at,
                state=state_of(comment, thread, last_answer.get(thread.id, 0)),
                about=thread.about,
                section=key,
                section_name=name,
                how=how,
                version_number=numbers.get(thread.version_id, ""),
                quotation=thread.quotation,
                assigned_to=thread.assigned_to,
                assigned_name=names.get(thread.assigned_to or 0, ""),
                answers=answers[thread.id],
                disposition=thread.disposition,
                note=thread.disposition_note or comment.state_reason,
                figure_label=_figure(read, thread.figure, language),
                reply=thread.id in begun,
                tags=tuple(tags.get(thread.id, ())),
                group_id=thread.group_id,
                group_name=groups.get(thread.group_id or 0, ""),
                supporters=supporters.get(thread.id, 0) if thread.id not in begun else 0,
            )
        )
        begun.add(thread.id)
    return items


def totals(items: Iterable[Item]) -> dict[str, int]:
    """Return how many received comments are in each state; together they are all that were received."""
    counts = Counter(item.state for item in items)
    return {state: counts[state] for state in STATES}


def narrowed(items: Iterable[Item], filters: Filters, now: dt.datetime) -> list[Item]:
    """Return the items that match the filters."""
    return [
        item
        for item in items
        if filters.state in ("", item.state)
        and filters.section in ("", item.section or "none")
        and filters.language in ("", item.language)
        and filters.assigned_to in (None, item.assigned_to)
        and item.age(now) >= filters.older_than_days
        and (not filters.tag or filters.tag in item.tags)
        and filters.group_id in (None, item.group_id)
        and filters.relation in ("", item.relation)
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One act in a thread's record."""

    what: str
    at: dt.datetime
    by: str
    detail: dict[str, object]


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """A thread with all that staff need to answer it."""

    thread: CommentThread
    comments: list[Comment]
    record: list[Entry]
    then: str
    """The block as it was printed in the version commented on."""
    now: str
    """The same block in the newest published version; empty when it is gone."""
    how: str
    version_number: str
    newest: PlanVersion | None
    figure: str
    """Value and label of the figure that it is about, as the version commented on printed them."""
    tags: list[str]
    groups: list[CommentGroup]
    """Groups of the plan, to put it into one."""
    together: int
    """How many threads its group has."""
    supporters: int
    blocks: list[tuple[int, str]]
    """Blocks of the newest version with their first words, to name the one that changed."""


def opened(session: Session, district_id: int, thread_id: int, language: str) -> Opened | None:
    """Return a public thread with its passage then and now, or None if there is none of that id."""
    thread = session.scalar(
        select(CommentThread).where(
            CommentThread.district_id == district_id,
            CommentThread.id == thread_id,
            CommentThread.audience == "public",
        )
    )
    if thread is None:
        return None
    comments = session.scalars(
        select(Comment)
        .where(Comment.district_id == district_id, Comment.thread_id == thread_id)
        .order_by(Comment.id)
    ).all()
    events = session.scalars(
        select(CommentEvent)
        .where(CommentEvent.district_id == district_id, CommentEvent.thread_id == thread_id)
        .order_by(CommentEvent.id)
    ).all()
    names = _names(session, {event.person_id for event in events if event.person_id is not None})
    made_on = session.scalar(
        select(PlanVersion).where(PlanVersion.district_id == district_id, PlanVersion.id == thread.version_id)
    )
    newest = newest_published(session, district_id, thread.plan_id)
    read = Document.from_json(newest.content) if newest is not None else None
    how = "lost"
    if newest is not None and read is not None:
        how = placements(session, district_id, newest.id, read, [thread])[thread.id].how
    return Opened(
        thread=thread,
        comments=list(comments),
        record=[Entry(e.what, e.at, names.get(e.person_id or 0, ""), e.detail) for e in events],
        then=_block_text(Document.from_json(made_on.content), thread) if made_on is not None else "",
        now=_block_text(read, thread) if read is not None and how != "lost" else "",
        how=how,
        version_number=made_on.number if made_on is not None else "",
        figure=_figure(Document.from_json(made_on.content), thread.figure, language, printed=True)
        if made_on is not None
        else "",
        newest=newest,
        tags=sorting.tags(session, district_id, thread.id).get(thread.id, []),
        groups=sorting.groups(session, district_id, thread.plan_id),
        together=len(sorting.members(session, district_id, thread.group_id)) if thread.group_id else 0,
        supporters=support.counts(session, district_id, [thread.id]).get(thread.id, 0),
        blocks=_openings(read, language),
    )


def appendix(session: Session, district_id: int, plan_id: int, language: str) -> list[Item]:
    """Return what the comment appendix prints: all received comments in the order of the plan, none left out.

    The text of a withdrawn or set-aside comment is empty there; its count and reason remain. So are passage
    and figure of what became confidential.
    """
    items = received(session, district_id, plan_id, language)
    silent = withheld(session, district_id, plan_id)
    version = newest_published(session, district_id, plan_id)
    keys = [s.key for s in Document.from_json(version.content).sections] if version is not None else []
    order = {key: place for place, key in enumerate(keys)}
    hidden = ("withdrawn", "set_aside")
    shown = [dataclasses.replace(i, text="", author="") if i.state in hidden else i for i in items]
    shown = [
        dataclasses.replace(i, quotation="", figure_label="") if i.thread_id in silent else i for i in shown
    ]
    return sorted(shown, key=lambda item: (order.get(item.section, len(order)), item.comment_id))


def answers_by_thread(session: Session, district_id: int, plan_id: int) -> dict[int, list[Comment]]:
    """Return the district's published answers of a plan, by thread."""
    rows = session.scalars(
        select(Comment)
        .join(
            CommentThread,
            (CommentThread.district_id == Comment.district_id) & (CommentThread.id == Comment.thread_id),
        )
        .where(
            Comment.district_id == district_id,
            CommentThread.plan_id == plan_id,
            Comment.official,
            Comment.state == "published",
        )
        .order_by(Comment.id)
    )
    found: dict[int, list[Comment]] = defaultdict(list)
    for comment in rows:
        found[comment.thread_id].append(comment)
    return found


def _sections(read: Document | None, language: str) -> dict[int, tuple[str, str]]:
    if read is None:
        return {}
    return {block.id: (section.key, section.name[language]) for section, block in read.blocks()}


def _openings(read: Document | None, language: str) -> list[tuple[int, str]]:
    if read is None:
        return []
    found = []
    for section, block in read.blocks():
        words = plain_text(block, language).split()
        where = section.name[language] or runs_text(section.title[language])
        found.append((block.id, f"{where}: {' '.join(words[:9])}{'…' if len(words) > 9 else ''}"))
    return found


def _figure(read: Document | None, key: str | None, language: str, *, printed: bool = False) -> str:
    """Return a figure's label by its stable key, its printed value in front if asked; or nothing."""
    found = (
        (f for f in read.figures.values() if f.stable_key == key) if read is not None and key else iter(())
    )
    figure = next(found, None)
    if figure is None:
        return ""
    label = figure.label[language]
    return f"{figure.printed[language]}: {label}" if printed else label


def _block_text(read: Document, thread: CommentThread) -> str:
    block = read.block(thread.block_id) if thread.block_id is not None else None
    return plain_text(block, thread.language) if block is not None else ""


def _numbers(session: Session, district_id: int, plan_id: int) -> dict[int, str]:
    rows = session.execute(
        select(PlanVersion.id, PlanVersion.number).where(
            PlanVersion.district_id == district_id, PlanVersion.plan_id == plan_id
        )
    )
    return {row.id: row.number for row in rows}


def _names(session: Session, people: set[int]) -> dict[int, str]:
    if not people:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    return {row.id: row.name for row in rows}
