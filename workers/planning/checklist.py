"""The checklist of a plan beyond its signatures: words, numbers, languages, readers, comments."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from reports import document as d
from tenants.language import PACIFIC, Message, date, message, message_n
from tenants.records.comments import Comment, CommentThread
from tenants.roles import allows, holders
from tenants.scope import Scope
from workers.comments import cabinet
from workers.planning import changes
from workers.planning.book import Book
from workers.planning.derive import PlanFigures
from workers.planning.freeze import Frozen
from workers.planning.words import own

ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
"""A bare address in a text: read aloud letter by letter, and no name of where it leads."""
EMPTY_LINK = re.compile(r"\b(?:click here|read more|haga clic aquí|leer más)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where a line of the checklist is met: a section of the plan, and the passage in it."""

    section: str
    block_id: int | None
    said: Message
    """What is to be done there."""


@dataclass(frozen=True)
class Requirement:
    """One line of the checklist before publication."""

    key: str
    met: bool
    said: Message
    who: Message | None = None
    """Who can meet it, for a line that is not met."""
    blocking: bool = True
    places: tuple[Place, ...] = ()
    """Where it is met, for a line about the text."""
    area: str = ""
    """Area whose page meets it, for a line about something else than the text: `comments`, `options`."""


def text_lines(
    session: Session, book: Book, now: Frozen, document: d.Document, *, adopted: bool
) -> list[Requirement]:
    """Return the lines about words, numbers and languages.

    Args:
        session: a transaction that reads the plan.
        book: the plan as it stands now.
        now: the same as a document, with its problems.
        document: what is to be published, which the check for readers looks at.
        adopted: whether the board adopted it: then the Spanish edition must be whole.
    """
    owner = message("the owner of the section")
    last = changes.touched(session, book.plan.district_id, book.plan.id)
    reread = [
        Place(section.key, block.id, notice.label)
        for section, block in book.all_blocks()
        for notice in changes.changed(book, block, last)
    ]
    loose = tuple(
        Place(problem.section, problem.block_id, problem.said) for problem in now.problems if problem.blocking
    )
    stated = tuple(_stated(now.document))
    barriers = tuple(barriers_of(document))
    warned = warnings(book.figures) + late_options(book.figures, dt.datetime.now(PACIFIC).date())
    open_warnings = [each["said"] for each in warned if each["kind"] != "info"]
    return [
        _spanish(now, "untranslated", owner, blocking=adopted),
        _spanish(now, "unchecked", owner, blocking=False),
        Requirement(
            "stale",
            not reread,
            message_n(
                "{n} figure changed since its sentence was written.",
                "{n} figures changed since their sentences were written.",
                len(reread),
            )
            if reread
            else message("Every sentence was written, or read again, for the figures that it names."),
            owner,
            blocking=False,
            places=tuple(reread),
        ),
        Requirement(
            "unbound",
            not loose,
            message_n(
                "{n} number or reference in the text is loose.",
                "{n} numbers or references in the text are loose.",
                len(loose),
            )
            if loose
            else message("Every number in the text is bound to a result, or stated by its author."),
            owner,
            places=loose,
        ),
        Requirement(
            "stated",
            not stated,
            message_n(
                "{n} number is stated by its author, and prints with that mark.",
                "{n} numbers are stated by their authors, and print with that mark.",
                len(stated),
            )
            if stated
            else message("No number rests on its author's word alone."),
            owner,
            blocking=False,
            places=stated,
        ),
        Requirement(
            "accessible",
            not barriers,
            message_n(
                "{n} thing keeps some readers out: alternative texts, headings, tables, links.",
                "{n} things keep some readers out: alternative texts, headings, tables, links.",
                len(barriers),
            )
            if barriers
            else message(
                "Charts have alternative texts, tables their heads, headings their order, links their names."
            ),
            owner,
            blocking=False,
            places=barriers,
        ),
        Requirement(
            "warnings",
            not open_warnings,
            message_n(
                "{n} warning about the money is open.",
                "{n} warnings about the money are open.",
                len(open_warnings),
            )
            if open_warnings
            else message("No warning about the money is open."),
            holders("options:edit"),
            blocking=False,
            places=tuple(Place("", None, said) for said in open_warnings),
            area="options",
        ),
    ]


def _spanish(now: Frozen, kind: str, owner: Message, *, blocking: bool) -> Requirement:
    found = tuple(
        Place(problem.section, problem.block_id, problem.said)
        for problem in now.problems
        if problem.kind == kind
    )
    if kind == "untranslated":
        said = (
            message_n(
                "{n} passage is without Spanish; the Spanish edition prints the English.",
                "{n} passages are without Spanish; the Spanish edition prints the English.",
                len(found),
            )
            if found
            else message("Every passage stands in both languages.")
        )
        return Requirement("spanish", not found, said, owner, blocking=blocking, places=found)
    said = (
        message_n(
            "The Spanish of {n} passage was not checked by a person since it or the English changed.",
            "The Spanish of {n} passages was not checked by a person since it or the English changed.",
            len(found),
        )
        if found
        else message("A person checked all Spanish.")
    )
    return Requirement("checked", not found, said, owner, blocking=blocking, places=found)


def voices(session: Session, scope: Scope, district_id: int, plan_id: int) -> list[Requirement]:
    """Return the lines about comments: the public's without an answer, the cabinet's that are open.

    A line stands for whoever may know the number: a count is information.
    """
    lines = []
    if allows(scope, "public_comments:view"):
        waiting = unanswered(session, district_id, plan_id)
        lines.append(
            Requirement(
                "public_comments",
                not waiting,
                message_n(
                    "{n} public comment waits for an answer.",
                    "{n} public comments wait for an answer.",
                    waiting,
                )
                if waiting
                else message("Every public comment has an answer."),
                holders("public_comments:answer"),
                blocking=False,
                area="comments",
            )
        )
    if allows(scope, "cabinet_comments:view"):
        found = [each for each in cabinet.threads(session, district_id, plan_id) if not each.gone]
        lines.append(
            Requirement(
                "cabinet_comments",
                not found,
                message_n(
                    "{n} thread or suggestion inside the cabinet is open.",
                    "{n} threads or suggestions inside the cabinet are open.",
                    len(found),
                )
                if found
                else message("No thread or suggestion inside the cabinet is open."),
                message("whoever began it, or the owner of the section"),
                blocking=False,
                places=tuple(
                    Place(
                        each.section,
                        each.thread.block_id,
                        message("Suggestion by {name}", name=own(each.thread.author_name))
                        if each.thread.kind == "suggestion"
                        else message("Comment by {name}", name=own(each.thread.author_name)),
                    )
                    for each in found
                ),
            )
        )
    return lines


def unanswered(session: Session, district_id: int, plan_id: int) -> int:
    """Return how many public threads of a plan have neither an answer nor a disposition."""
    answered = exists().where(
        Comment.district_id == CommentThread.district_id,
        Comment.thread_id == CommentThread.id,
        Comment.official,
    )
    return (
        session.scalar(
            select(func.count())
            .select_from(CommentThread)
            .where(
                CommentThread.district_id == district_id,
                CommentThread.plan_id == plan_id,
                CommentThread.audience == "public",
                CommentThread.resolved_at.is_(None),
                ~answered,
            )
        )
        or 0
    )


def _stated(document: d.Document) -> Iterator[Place]:
    """Yield the numbers that their authors stand for, as the English has them."""
    for section in document.sections:
        for block in section.blocks:
            for runs in block.paragraphs.get("en", []):
                for run in runs:
                    if run.kind == "stated":
                        yield Place(section.key, block.id, own(run.text))


def barriers_of(document: d.Document) -> Iterator[Place]:
    """Yield what would keep a reader out who can't see the page, or who hears it.

    Web Content Accessibility Guidelines 2.2: 1.1.1 text for charts, 1.3.1 heads of tables, 2.4.6 headings
    that say what follows, 2.4.4 links that say where they lead.
    """
    for section in document.sections:
        heading: d.Block | None = None
        for block in section.blocks:
            if block.kind == "heading":
                if heading is not None:
                    yield _under_nothing(section, heading)
                heading = block
                continue
            heading = None
            yield from _block_barriers(section, block)
        if heading is not None:
            yield _under_nothing(section, heading)


def _under_nothing(section: d.Section, heading: d.Block) -> Place:
    return Place(
        section.key, heading.id, message("A heading with nothing under it: write on, or take it out.")
    )


def _block_barriers(section: d.Section, block: d.Block) -> Iterator[Place]:
    for language in d.LANGUAGES:
        if block.chart is not None and not block.chart.alternative.get(language, "").strip():
            said = message("The chart has no alternative text in one of the languages.")
            yield Place(section.key, block.id, said)
            break
    table = block.table or (block.chart.table if block.chart is not None else None)
    if table is not None and not _has_heads(table):
        said = message("The table lacks a caption, or a head over a column or row.")
        yield Place(section.key, block.id, said)
    texts = [d.runs_text(runs) for language in d.LANGUAGES for runs in block.paragraphs.get(language, [])]
    bare = next((match.group() for text in texts for match in ADDRESS.finditer(text)), "")
    if bare:
        said = message("The address {address} stands bare: say in words where it leads.", address=own(bare))
        yield Place(section.key, block.id, said)
    if any(EMPTY_LINK.search(text) for text in texts):
        said = message("“Click here” says nothing to somebody who hears it: name what is there.")
        yield Place(section.key, block.id, said)


def _has_heads(table: d.Table) -> bool:
    return all(
        [table.caption.get(language, "").strip() for language in d.LANGUAGES]
        + [column.label.get(language, "").strip() for column in table.columns for language in d.LANGUAGES]
        + [row.label.get(language, "").strip() for row in table.rows for language in d.LANGUAGES]
    )


def late_options(figures: PlanFigures, today: dt.date) -> list[dict[str, Any]]:
    """Return the options in the plan whose last useful day of decision has passed."""
    return [
        {
            "kind": "warn",
            "said": message(
                "“{title}” had to be decided by {day}, which has passed.",
                title=own(option.title, option.title_es),
                day=date(option.latest_decision_on),
            ),
        }
        for option in figures.played
        if option.latest_decision_on is not None and option.latest_decision_on < today
    ]


def warnings(figures: PlanFigures) -> list[dict[str, Any]]:
    """Return what stands in the way in each year: the rule, the number, the margin."""
    found: list[dict[str, Any]] = []
    for year in figures.years:
        values = {"year": {"fiscal_year": year}}
        left = figures.sheet[f"plan/restricted_left/{year}"]
        if left > 0:
            said = message(
                "{year}: {amount} of restricted money is left over. It can't pay an unrestricted cost.",
                amount={"money": left, "style": "headline"},
                **values,
            )
            found.append({"kind": "info", "said": said})
        elif left < 0:
            said = message(
                "{year}: the priorities count on {amount} of restricted money that no option frees. Name the "
                "grant that pays it.",
                amount={"money": -left, "style": "headline"},
                **values,
            )
            found.append({"kind": "warn", "said": said})
        over = figures.sheet.figures.get(f"plan/over_minimum/{year}")
        if over is not None and over["value"] < 0:
            said = message(
                "{year}: the reserve is {amount} under the state's minimum, even with the plan.",
                amount={"money": -over["value"], "style": "headline"},
                **values,
            )
            found.append({"kind": "bad", "said": said})
    return found
