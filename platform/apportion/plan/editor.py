"""The plan editor's page: outline, the section as it will print, what the cabinet says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.frame.facts import california_today
from apportion.plan.area import area, plan_of
from apportion.request import language, scope, transaction
from tenants.people import Person
from tenants.records.plans import PlanBlock, PlanSection
from tenants.roles import ROLE_NAMES, allows
from workers.comments import cabinet
from workers.planning import book as books
from workers.planning import changes, inline, owning, template, trying, versions
from workers.planning.book import Book
from workers.planning.compare import Piece, pieces
from workers.planning.freeze import Frozen, freeze
from workers.planning.merge import Part, reconcile
from workers.planning.problems import Imprint, Problem
from workers.planning.words import say
from workers.planning.writing import Change

SHOWN_REMOVED = 5
AROUND = 60
"""Characters of unchanged words that are shown on each side of a change."""


@dataclass(frozen=True)
class SectionState:
    """How far a section is."""

    key: str
    name: str
    words: int
    wanted: int
    figures: int
    blocking: int
    notices: int
    share: int
    """Percent done, by words and by what is settled."""


@dataclass(frozen=True)
class Conflict:
    """A sentence that two people wrote anew: what stands now, what was to be kept, who wrote it and when."""

    theirs: Change
    mine: Change
    who: str
    block: PlanBlock
    parts: list[Part]
    parts_es: list[Part]


@dataclass(frozen=True)
class Writing:
    """What came back from a form that was not kept: the passage, the words, and why."""

    block_id: int | None = None
    """The passage; 0 for the title."""
    refused: tuple[str, ...] = ()
    mine: Change | None = None
    conflict: Conflict | None = None


def states(frozen: Frozen) -> list[SectionState]:
    """Return how far each section is."""
    found = []
    for section in frozen.document.sections:
        guide = template.BY_KEY[section.key]
        runs = [run for block in section.blocks for runs in block.paragraphs.get("en", []) for run in runs]
        words = trying.words_of(section.blocks)
        problems = [problem for problem in frozen.problems if problem.section == section.key]
        blocking = sum(problem.blocking for problem in problems)
        enough = words >= guide.words // 3
        share = (50 if section.blocks else 0) + (30 if enough else 30 * words // max(1, guide.words // 3))
        share += 20 if section.blocks and not blocking else 0
        found.append(
            SectionState(
                section.key,
                guide.name,
                words,
                guide.words,
                sum(run.kind == "figure" for run in runs),
                blocking,
                len(problems) - blocking,
                min(100, share),
            )
        )
    return found


def conflict_of(session: Session, block: PlanBlock, mine: Change) -> Conflict:
    """Return what two people made of one passage, side by side where they made it differ."""
    person = session.get(Person, block.updated_by)
    return Conflict(
        Change(block.revision, block.text, block.text_es),
        mine,
        person.name if person else "",
        block,
        reconcile(mine.base or "", mine.text, block.text),
        reconcile(mine.base_es or "", mine.text_es, block.text_es),
    )


@area.get("/edit/<int:plan_id>", permission="plan:view")
def editor(district_id: int, plan_id: int) -> ResponseReturnValue:
    """Show a section as it will print, with the outline and the threads beside it."""
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        return page(session, district_id, plan_id, flask.request.args.get("section", "summary"))


def page(
    session: Session, district_id: int, plan_id: int, key: str, written: Writing | None = None
) -> ResponseReturnValue:
    """Return the editor's page of a section, with what was not kept in its field.

    Raises:
        NotFound: if the template has no such section.
    """
    if key not in template.BY_KEY:
        raise NotFound
    asked, acting = flask.request.args, scope()
    back = written or Writing(asked.get("write", type=int))
    book = books.load(session, district_id, plan_id)
    frozen = freeze(book, Imprint("0", versions.DRAFT))
    section = next(each for each in book.sections if each.key == key)
    shown = next(each for each in frozen.document.sections if each.key == key)
    held = states(frozen)
    everywhere = asked.get("threads") == "all"
    talks = allows(acting, "cabinet_comments:view")
    threads = cabinet.threads(session, district_id, plan_id, closed=everywhere) if talks else []
    here = [each for each in threads if each.section == key]
    last = changes.touched(session, district_id, plan_id)
    blocks = book.blocks[section.id]
    body = flask.render_template(
        "plan/editor.html",
        district_id=district_id,
        plan=book.plan,
        book=book,
        section=section,
        guide=template.BY_KEY[key],
        shown=shown,
        printed={block.id: block for block in shown.blocks},
        states=held,
        current=next(state for state in held if state.key == key),
        owners={each.key: book.owners.get(each.owner_id or 0, "") for each in book.sections},
        people=owning.possible_owners(session, district_id, california_today()),
        blocks=blocks,
        notices={block.id: found for block in blocks if (found := changes.changed(book, block, last))},
        problems=_problems(frozen.problems, key),
        removed=_removed(session, section),
        may_write=owning.may_write(session, acting, section),
        may_name_owner=owning.may_name_owner(session, acting, section),
        may_suggest=owning.may_suggest(acting),
        talks=talks,
        threads=threads if everywhere else here,
        everywhere=everywhere,
        open_here=sum(each.thread.state == cabinet.OPEN for each in here),
        talked=cabinet.by_block(here),
        commenting=asked.get("comment", type=int),
        role_names=ROLE_NAMES,
        back=back,
        grade=trying.reading_grade(shown.blocks),
        hard_grade=trying.HARD_GRADE,
        faces=faces_in(book, _texts(blocks, back)),
        names={guide.key: guide.name for guide in template.SECTIONS},
    )
    return body, 409 if back.conflict else 422 if back.refused else 200


def _problems(problems: list[Problem], key: str) -> dict[int, list[Problem]]:
    found: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.section == key:
            found.setdefault(problem.block_id or 0, []).append(problem)
    return found


def _texts(blocks: list[PlanBlock], back: Writing) -> Iterator[str]:
    for block in blocks:
        yield from (block.text, block.text_es)
    if back.mine is not None:
        yield from (back.mine.text, back.mine.text_es)
    if back.conflict is not None:
        yield from (back.conflict.theirs.text, back.conflict.theirs.text_es)


def _removed(session: Session, section: PlanSection) -> list[PlanBlock]:
    return list(
        session.scalars(
            select(PlanBlock)
            .where(
                PlanBlock.district_id == section.district_id,
                PlanBlock.section_id == section.id,
                PlanBlock.removed_at.is_not(None),
                PlanBlock.by_hand,
            )
            .order_by(PlanBlock.removed_at.desc())
            .limit(SHOWN_REMOVED)
        )
    )


def faces_in(book: Book, texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return how each figure that texts name is printed, for the writing surface."""
    found = {}
    for key in {bound.key for text in texts for bound in inline.bound(text)}:
        figure = book.figure(key)
        if figure is not None:
            found[key] = face_of(key, figure)
    return found


def face_of(key: str, figure: dict[str, Any]) -> dict[str, Any]:
    """Return a figure as the writing surface and the picker show it."""
    return {
        "key": key,
        "label": say(figure["label"], language()),
        "year": figure["fiscal_year"] or "",
        "printed": trying.faces(figure),
    }


@area.app_template_filter("as_read")
def as_read(text: str, book: Book, code: str = "") -> str:
    """Return a text as written in words: each figure as it is printed, without marks."""
    return trying.as_read(book, text, code or language())


@area.app_template_filter("as_suggested")
def as_suggested(before: str, after: str, book: Book, code: str) -> list[Piece]:
    """Return what a suggestion takes out of a passage and puts in, with the words around it."""
    # A space at both ends, so that a last word is the same word when something follows it.
    found = pieces(trying.as_read(book, before, code) + " ", trying.as_read(book, after, code) + " ")
    return [
        (kind, _shortened(text, index, len(found)) if kind == "same" else text)
        for index, (kind, text) in enumerate(found)
    ]


def _shortened(text: str, index: int, count: int) -> str:
    """Return unchanged words, of a long stretch only those next to a change."""
    if len(text) <= 2 * AROUND:
        return text
    head = text[:AROUND].rsplit(" ", 1)[0] + " " if index else ""
    tail = " " + text[-AROUND:].split(" ", 1)[-1] if index < count - 1 else ""
    return f"{head}…{tail}"


@area.get("/edit/<int:plan_id>/reader", permission="plan:view")
def read_draft(district_id: int, plan_id: int) -> ResponseReturnValue:
    """Show the plan as it stands now as its readers would see it."""
    with transaction() as session:
        plan = plan_of(session, district_id, plan_id)
        book = books.load(session, district_id, plan_id)
        document = freeze(book, Imprint("0", versions.DRAFT)).document
        return flask.render_template("plan/draft.html", district_id=district_id, plan=plan, document=document)
