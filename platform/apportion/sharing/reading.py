"""A published version as a reader sees it: its text with figures, terms and comments marked, as plain HTML.

Built from the frozen document alone. What a version says never changes and its comments seldom do, so the
page's body is kept in Redis under the version's digest and the state of its comments.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from markupsafe import Markup
from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from apportion.presentation import keep
from apportion.services import services
from apportion.sharing import glossary
from reports.charts import page
from reports.charts.svg import ChartError
from reports.document import Block, Chart, Document, Run, plain_text
from tenants.records.comments import Comment, CommentPlacement, CommentSupport, CommentThread
from tenants.records.plans import PlanVersion, RenderedFile
from workers.comments import support
from workers.comments.anchoring import Placement
from workers.comments.placing import placements

MOST_IN_ONE_PLACE = 5
"""Threads shown at one passage: the newest, so that the plan stays readable among ten thousand comments.
The others stand on a page of their own."""


@dataclasses.dataclass(frozen=True, slots=True)
class VersionFacts:
    """A published version without its content."""

    id: int
    number: str
    kind: str
    state: str
    digest: str
    published_at: dt.datetime | None
    comment_opens_at: dt.datetime | None
    comment_closes_at: dt.datetime | None
    board_date: dt.date | None
    correction_note: str

    def takes_comments(self, at: dt.datetime) -> bool:
        """Return whether the version takes comments at a moment; as `conversation.is_open`."""
        opens = self.comment_opens_at
        if opens is None and self.kind == "draft_for_comment":
            opens = self.published_at
        closes = self.comment_closes_at
        return opens is not None and opens <= at and (closes is None or at < closes)


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """One comment or answer as shown."""

    text: str
    language: str
    author: str
    relation: str
    official: bool
    at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Thread:
    """A thread as shown: where it stands, what was said, what became of it."""

    id: int
    number: int
    about: str
    how: str
    block_id: int | None
    figure: str | None
    quotation: str
    language: str
    version_number: str
    said: Sequence[Said]
    disposition: str | None
    note: str
    changed_block_id: int | None
    start: int | None
    end: int | None
    supporters: int = 0


def versions(session: Session, district_id: int, plan_id: int) -> list[VersionFacts]:
    """Return a plan's published versions, the newest first, without reading their contents."""
    columns = [getattr(PlanVersion, field.name) for field in dataclasses.fields(VersionFacts)]
    rows = session.execute(
        select(*columns)
        .where(
            PlanVersion.district_id == district_id,
            PlanVersion.plan_id == plan_id,
            PlanVersion.state == "published",
        )
        .order_by(PlanVersion.published_at.desc(), PlanVersion.id.desc())
    )
    return [VersionFacts(*row) for row in rows]


def document(session: Session, district_id: int, version_id: int) -> Document:
    """Return a version's frozen document."""
    content = session.scalar(
        select(PlanVersion.content).where(
            PlanVersion.district_id == district_id, PlanVersion.id == version_id
        )
    )
    return Document.from_json(content or {})


def files(session: Session, district_id: int, version_id: int) -> dict[str, int]:
    """Return the number of pages of a version's printed plan, by language."""
    rows = session.execute(
        select(RenderedFile.language, RenderedFile.pages).where(
            RenderedFile.district_id == district_id,
            RenderedFile.version_id == version_id,
            RenderedFile.kind == "plan_pdf",
        )
    )
    return {row.language: row.pages for row in rows}


def drawings(session: Session, district_id: int, version_id: int, language: str) -> dict[str, str]:
    """Return a version's charts as they were drawn when it was printed, by block id; empty before that."""
    key = session.scalar(
        select(RenderedFile.storage_key).where(
            RenderedFile.district_id == district_id,
            RenderedFile.version_id == version_id,
            RenderedFile.kind == "chart_drawings",
            RenderedFile.language == language,
        )
    )
    if key is None:
        return {}
    with services().files.open(key) as stream:
        found: dict[str, str] = json.load(stream)
    return found


def visible(session: Session, district_id: int, read: Document) -> set[int]:
    """Return which of the comments that a version lists may still be shown: none withdrawn or set aside."""
    if read.comments is None:
        return set()
    listed = [remark.comment_id for thread in read.comments.threads for remark in thread.remarks]
    return set(
        session.scalars(
            select(Comment.id).where(
                Comment.district_id == district_id, Comment.id.in_(listed), Comment.state == "published"
            )
        )
    )


def stamp(session: Session, district_id: int, plan_id: int, version_id: int) -> str:
    """Return a short text that changes whenever what a reader sees of the comments changes; one query."""
    threads = (
        select(
            func.count().label("threads"),
            func.max(CommentThread.id).label("newest"),
            func.max(CommentThread.resolved_at).label("settled"),
            func.count(CommentThread.disposition).label("dispositions"),
        )
        .where(CommentThread.district_id == district_id, CommentThread.plan_id == plan_id)
        .subquery()
    )
    said = (
        select(func.count().label("comments"), func.max(Comment.id).label("last"))
        .where(Comment.district_id == district_id)
        .subquery()
    )
    placed = (
        select(func.count().label("placed"))
        .where(CommentPlacement.district_id == district_id, CommentPlacement.version_id == version_id)
        .subquery()
    )
    supported = (
        select(func.count().label("supporters"), func.max(CommentSupport.at).label("since"))
        .where(CommentSupport.district_id == district_id)
        .subquery()
    )
    together = threads.join(said, true()).join(placed, true()).join(supported, true())
    row = session.execute(select(threads, said, placed, supported).select_from(together)).one()
    return hashlib.blake2b(repr(tuple(row)).encode(), digest_size=8).hexdigest()


def threads_of(
    session: Session,
    district_id: int,
    plan_id: int,
    version_id: int,
    read: Document,
    part: tuple[int, int] | None = None,
    block_id: int | None = None,
) -> list[Thread]:
    """Return the public threads of a plan as they stand in a version, numbered in printed order.

    A thread whose every comment was withdrawn or set aside is left out.

    Args:
        session: A transaction that sees them.
        district_id: The district.
        plan_id: The plan.
        version_id: The version in which they are placed.
        read: That version's document.
        part: Offset and number of threads, the newest first; None for all.
        block_id: Block whose comments are wanted, those on figures that it is the first to print among them.
    """
    wanted = select(CommentThread).where(
        CommentThread.district_id == district_id,
        CommentThread.plan_id == plan_id,
        CommentThread.audience == "public",
    )
    first = _first_uses(read)
    if block_id is not None:
        figures = [key for key, block in first.items() if block == block_id]
        wanted = wanted.where(or_(CommentThread.block_id == block_id, CommentThread.figure.in_(figures)))
    if part is None:
        found = session.scalars(wanted.order_by(CommentThread.id)).all()
    else:
        newest = wanted.order_by(CommentThread.id.desc()).offset(part[0]).limit(part[1])
        found = session.scalars(newest).all()
    said: dict[int, list[Said]] = defaultdict(list)
    for comment in session.scalars(
        select(Comment)
        .where(
            Comment.district_id == district_id,
            Comment.state == "published",
            Comment.thread_id.in_([thread.id for thread in found]),
        )
        .order_by(Comment.id)
    ):
        said[comment.thread_id].append(
            Said(
                comment.text,
                comment.language,
                comment.author_name,
                comment.relation,
                comment.official,
                comment.created_at,
            )
        )
    names = session.execute(
        select(PlanVersion.id, PlanVersion.number).where(
            PlanVersion.district_id == district_id, PlanVersion.plan_id == plan_id
        )
    )
    numbers = {row.id: row.number for row in names}
    placed = placements(session, district_id, version_id, read, found)
    supporters = support.counts(session, district_id, None if part is None else [t.id for t in found])
    shown = [thread for thread in found if any(not part.official for part in said[thread.id])]
    order = {block.id: place for place, (_, block) in enumerate(read.blocks())}

    def where(thread: CommentThread) -> tuple[int, int, int]:
        at: Placement = placed[thread.id]
        block_id = first.get(thread.figure or "") if thread.about == "figure" else thread.block_id
        last = len(order)
        place = order.get(block_id or 0, last) if at.how != "lost" else last + 1
        return place, at.start or 0, thread.id

    views = []
    for number, thread in enumerate(sorted(shown, key=where), start=1):
        at = placed[thread.id]
        block_id = first.get(thread.figure or "") if thread.about == "figure" else thread.block_id
        views.append(
            Thread(
                id=thread.id,
                number=number,
                about=thread.about,
                how=at.how,
                block_id=block_id if at.how != "lost" else None,
                figure=thread.figure,
                # A version that was taken back is not quoted.
                quotation=thread.quotation if thread.version_id in numbers else "",
                language=thread.language,
                version_number=numbers.get(thread.version_id, ""),
                said=said[thread.id],
                disposition=thread.disposition,
                note=thread.disposition_note,
                changed_block_id=thread.changed_block_id
                if thread.changed_block_id is not None and thread.changed_block_id in order
                else None,
                start=at.start,
                end=at.end,
                supporters=supporters.get(thread.id, 0),
            )
        )
    return views


def _first_uses(read: Document) -> dict[str, int]:
    """Return, for each figure's stable key, the first block that prints it."""
    stable = {figure.code: figure.stable_key for figure in read.figures.values() if figure.code}
    uses: dict[str, int] = {}
    for _, block in read.blocks():
        codes = {run.code for runs in block.paragraphs.get("en", []) for run in runs if run.code}
        codes |= {fact.code for fact in block.facts}
        if block.table is not None:
            codes |= {row.code for row in block.table.rows if row.code}
        for code in codes:
            if code in stable:
                uses.setdefault(stable[code], block.id)
    return uses


def newest(threads: Sequence[Thread]) -> list[Thread]:
    """Return the threads in which something was said last, as many as stand in one place, in their order."""
    kept = {thread.id for thread in sorted(threads, key=lambda each: each.said[-1].at)[-MOST_IN_ONE_PLACE:]}
    return [thread for thread in threads if thread.id in kept]


class Printer:
    """Writes blocks of one document in one language as HTML."""

    def __init__(
        self, read: Document, language: str, threads: Iterable[Thread], base: str, drawings: dict[str, str]
    ) -> None:
        """Hold what is printed.

        Args:
            read: The document.
            language: `en` or `es`.
            threads: Threads that stand in this version.
            base: Address of the version's page, which links begin with.
            drawings: The version's charts drawn ahead, by block id; see `drawings`.
        """
        self.drawings = drawings
        self.read = read
        self.language = language
        self.base = base
        self.by_block: dict[int, list[Thread]] = defaultdict(list)
        for thread in threads:
            if thread.block_id is not None:
                self.by_block[thread.block_id].append(thread)
        self._terms_seen: set[str] = set()

    def section_begins(self) -> str:
        """Let each term be explained once more; returns nothing to print."""
        self._terms_seen.clear()
        return ""

    def title(self, runs: list[Run]) -> Markup:
        """Return a section's title, without terms or links."""
        return Markup("").join(Markup("{}").format(run.text) for run in runs)

    def paragraphs(self, block: Block) -> list[Markup]:
        """Return a block's paragraphs or list items, with figures, terms, passages and their numbers."""
        printed, offset = [], 0
        marks = [
            (thread.start, thread.end, thread)
            for thread in self.shown(block)
            if thread.start is not None and thread.end is not None and thread.language == self.language
        ]
        for runs in block.paragraphs.get(self.language, []):
            printed.append(self._paragraph(runs, offset, marks))
            offset += sum(len(run.text) for run in runs) + 1
        return printed

    def _paragraph(self, runs: list[Run], offset: int, marks: list[tuple[int, int, Thread]]) -> Markup:
        parts: list[Markup] = []
        at = offset
        for run in runs:
            end = at + len(run.text)
            cuts = sorted(
                {at, end} | {cut for start, stop, _ in marks for cut in (start, stop) if at < cut < end}
            )
            for left, right in itertools.pairwise(cuts):
                piece = self._run(run, run.text[left - at : right - at], whole=(left, right) == (at, end))
                inside = [thread for start, stop, thread in marks if start <= left and right <= stop]
                if inside:
                    piece = Markup('<span class="hl">{}</span>').format(piece)
                parts.append(piece)
                parts += [self.number(thread) for _, stop, thread in marks if stop == right and left < stop]
            at = end
        return Markup("").join(parts)

    def _run(self, run: Run, text: str, *, whole: bool) -> Markup:
        if run.kind == "figure" and run.code and whole:
            printed = Markup('<a class="bf" href="{}figure/{}">{}</a>').format(self.base, run.code, text)
        elif run.kind == "text":
            printed = self._with_terms(text)
        else:
            printed = Markup("{}").format(text)
        if run.emphasis in {"strong", "em"}:
            printed = Markup("<{0}>{1}</{0}>").format(Markup(run.emphasis), printed)  # noqa: S704 - one of two names
        return printed

    def _with_terms(self, text: str) -> Markup:
        parts, at = [], 0
        for match in glossary.pattern(self.language).finditer(text):
            key = match.lastgroup or ""
            if key in self._terms_seen:
                continue
            self._terms_seen.add(key)
            parts.append(keep(text[at : match.start()]))
            parts.append(Markup('<a class="gl" href="#term-{}">{}</a>').format(key, match.group()))
            at = match.end()
        return Markup("").join([*parts, keep(text[at:])])

    def number(self, thread: Thread) -> Markup:
        """Return a thread's number, which leads to it."""
        return Markup('<a class="cm" href="#c{}">{}</a>').format(thread.id, thread.number)

    def shown(self, block: Block) -> list[Thread]:
        """Return the threads that stand below a block: the newest, where there are very many."""
        return newest(self.by_block.get(block.id, []))

    def left_out(self, block: Block) -> int:
        """Return how many of a block's threads stand on the page of all comments only."""
        return max(0, len(self.by_block.get(block.id, [])) - MOST_IN_ONE_PLACE)

    def unmarked(self, block: Block) -> list[Thread]:
        """Return the threads of a block that have no passage marked in this language."""
        return [
            thread
            for thread in self.shown(block)
            if thread.start is None or thread.language != self.language or not block.paragraphs
        ]

    def figure_address(self, code: str) -> str:
        """Return the address of a figure's explanation."""
        return f"{self.base}figure/{code}"

    def opening(self, block: Block) -> str:
        """Return a block's first words, for a link's label."""
        words = plain_text(block, self.language).split()
        return " ".join(words[:8])

    def is_wide(self, chart: Chart) -> bool:
        """Return whether a chart has words down its side and needs the room for them."""
        return page.names_rows(chart.specification[self.language])

    def chart(self, block: Block, chart: Chart) -> Markup:
        """Return a chart as SVG, or nothing where it can't be drawn: its table stands below it anyway.

        A version's charts were drawn when it was printed; until then a first reader's page draws them.
        """
        drawn = self.drawings.get(str(block.id))
        if drawn is None:
            try:
                drawn = page.drawing(chart, self.language, self.read.cover.colour, block.id)
            except ChartError:
                drawn = ""
        return Markup(drawn)  # noqa: S704 - ours
