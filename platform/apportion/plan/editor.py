"""The plan editor: outline, the section as it will print, passages to write, figures to insert."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.plan.area import area, plan_of
from apportion.request import _, language, scope, transaction
from apportion.routing import NotAllowed
from reports import document as d
from tenants.language import message
from tenants.organizations import Membership
from tenants.people import Person
from tenants.records.plans import PlanBlock, PlanSection
from workers.planning import book as books
from workers.planning import changes, inline, template, versions, writing
from workers.planning.book import Book
from workers.planning.freeze import Frozen, freeze
from workers.planning.problems import Imprint, Problem
from workers.planning.words import say
from workers.planning.writing import Change, RevisionConflictError, TextRefusedError

"""Roles that write in the sections that they own."""
MOST_FOUND = 60


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


def states(frozen: Frozen) -> list[SectionState]:
    """Return how far each section is."""
    found = []
    for section in frozen.document.sections:
        guide = template.BY_KEY[section.key]
        runs = [run for block in section.blocks for runs in block.paragraphs.get("en", []) for run in runs]
        words = sum(len(run.text.split()) for run in runs)
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


def _may_write(section: PlanSection) -> bool:
    return section.may_be_written_by(scope())


def _refuse_foreign(section: PlanSection) -> None:
    if not _may_write(section):
        raise NotAllowed(
            message(
                "You write in the sections that you own. Ask the owner of this section, or suggest a change."
            )
        )


@area.get("/edit/<int:plan_id>", permission="plan:view")
def editor(district_id: int, plan_id: int) -> ResponseReturnValue:
    """Show a section as it will print, with the outline beside it."""
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        return _page(session, district_id, plan_id, flask.request.args.get("section", "summary"))


def _page(
    session: Session,
    district_id: int,
    plan_id: int,
    key: str,
    *,
    editing: int | None = None,
    refused: list[str] | None = None,
    mine: Change | None = None,
    conflict: Change | None = None,
) -> ResponseReturnValue:
    if key not in template.BY_KEY:
        raise NotFound
    book = books.load(session, district_id, plan_id)
    frozen = freeze(book, Imprint("0", versions.DRAFT))
    section = next(each for each in book.sections if each.key == key)
    shown = next(each for each in frozen.document.sections if each.key == key)
    people = _people(session, district_id)
    page = flask.render_template(
        "plan/editor.html",
        district_id=district_id,
        plan=book.plan,
        book=book,
        section=section,
        guide=template.BY_KEY[key],
        shown=shown,
        printed={block.id: block for block in shown.blocks},
        states=states(frozen),
        current=next(state for state in states(frozen) if state.key == key),
        owners={each.key: people.get(each.owner_id or 0, "") for each in book.sections},
        people=people,
        blocks=book.blocks[section.id],
        notices={
            block.id: found for block in book.blocks[section.id] if (found := changes.changed(book, block))
        },
        problems=_problems(frozen.problems, key),
        removed=_removed(session, section),
        may_write=_may_write(section),
        editing=editing if editing is not None else flask.request.args.get("write", type=int),
        refused=refused or [],
        mine=mine,
        conflict=conflict,
        grade=reading_grade(shown) if language() == "en" else None,
    )
    return page, 409 if conflict else 422 if refused else 200


def _problems(problems: list[Problem], key: str) -> dict[int, list[Problem]]:
    found: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.section == key:
            found.setdefault(problem.block_id or 0, []).append(problem)
    return found


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
            .limit(5)
        )
    )


def _people(session: Session, district_id: int) -> dict[int, str]:
    rows = session.execute(
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == district_id,
            Membership.ended_at.is_(None),
            Membership.role.in_(("SUP", "CBO", "CAO", "HR", "SED")),
        )
        .order_by(Person.name)
    )
    return {person_id: name for person_id, name in rows}  # noqa: C416 - rows are no pairs to the type checker


def reading_grade(section: d.Section) -> int | None:
    """Return the school grade that reads an English section with ease (Flesch-Kincaid), or None."""
    text = " ".join(
        d.runs_text(runs)
        for block in section.blocks
        if block.kind in ("paragraph", "list")
        for runs in block.paragraphs["en"]
    )
    words = re.findall(r"[A-Za-z']+", text)
    sentences = len(re.findall(r"[.!?]+(?:\s|$)", text))
    if len(words) < 40 or not sentences:
        return None
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in words)
    return max(1, round(0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59))


def _back(district_id: int, plan_id: int, key: str, block_id: int | None = None) -> ResponseReturnValue:
    address = flask.url_for("plan.editor", district_id=district_id, plan_id=plan_id, section=key)
    return flask.redirect(address + (f"#b{block_id}" if block_id else ""))


def _held(session: Session, district_id: int, plan_id: int, block_id: int) -> tuple[PlanBlock, PlanSection]:
    plan_of(session, district_id, plan_id)
    try:
        block = writing.passage(session, district_id, plan_id, block_id)
    except writing.UnknownPassageError as unknown:
        raise NotFound from unknown
    section = session.get(PlanSection, (district_id, block.section_id))
    if section is None:
        raise NotFound
    _refuse_foreign(section)
    return block, section


@area.post("/edit/<int:plan_id>/draft", permission="plan:edit")
def draft(district_id: int, plan_id: int) -> ResponseReturnValue:
    """Write the first draft, or write it anew around what people wrote."""
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        done = writing.write_draft(session, scope(), plan_id)
    flask.flash(
        _(
            "The draft is written from today's figures. Passages that people changed were "
            "left alone: {kept}.",
            kept=done.kept,
        ),
        "ok",
    )
    return _back(district_id, plan_id, "summary")


@area.post("/edit/<int:plan_id>/passages/<int:block_id>", permission="plan:edit", serves=("assigned",))
def save_passage(district_id: int, plan_id: int, block_id: int) -> ResponseReturnValue:
    """Save a passage; where two wrote the same sentence, show both."""
    form = flask.request.form
    change = Change(
        revision=form.get("revision", default=0, type=int),
        text=form.get("text", "").replace("\r\n", "\n"),
        text_es=form.get("text_es", "").replace("\r\n", "\n"),
        base=form.get("base", "").replace("\r\n", "\n"),
        base_es=form.get("base_es", "").replace("\r\n", "\n"),
        checked=form.get("checked") == "1",
    )
    with transaction() as session:
        _block, section = _held(session, district_id, plan_id, block_id)
        key = section.key
        try:
            writing.save(session, scope(), plan_id, block_id, change)
        except TextRefusedError as refused:
            said = [say(problem, language()) for problem in refused.problems]
            return _page(session, district_id, plan_id, key, editing=block_id, refused=said, mine=change)
        except RevisionConflictError as conflict:
            mine = dataclasses.replace(
                change,
                revision=conflict.theirs.revision,
                base=conflict.theirs.text,
                base_es=conflict.theirs.text_es,
            )
            return _page(
                session, district_id, plan_id, key, editing=block_id, mine=mine, conflict=conflict.theirs
            )
    return _back(district_id, plan_id, key, block_id)


@area.post("/edit/<int:plan_id>/passages/<int:block_id>/<act>", permission="plan:edit", serves=("assigned",))
def act_on_passage(district_id: int, plan_id: int, block_id: int, act: str) -> ResponseReturnValue:
    """Move a passage, take it out, bring it back, or settle its changed figures."""
    with transaction() as session:
        _block, section = _held(session, district_id, plan_id, block_id)
        key = section.key
        match act:
            case "up" | "down":
                writing.move(session, scope(), plan_id, block_id, up=act == "up")
            case "remove":
                writing.remove(session, scope(), plan_id, block_id)
                flask.flash(_("The passage is out of the plan. It can be brought back below."), "info")
            case "restore":
                writing.restore(session, scope(), plan_id, block_id)
            case "take" | "keep":
                changes.settle(session, scope(), plan_id, block_id, rebind=act == "take")
            case _:
                raise NotFound
    return _back(district_id, plan_id, key, None if act == "remove" else block_id)


@area.post("/edit/<int:plan_id>/sections/<key>/title", permission="plan:edit", serves=("assigned",))
def save_title(district_id: int, plan_id: int, key: str) -> ResponseReturnValue:
    """Save a section's title and its owner."""
    form = flask.request.form
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        if key not in template.BY_KEY:
            raise NotFound
        section = writing.section_of(session, district_id, plan_id, key)
        _refuse_foreign(section)
        owner = form.get("owner", type=int)
        if owner is None or owner in _people(session, district_id):
            writing.set_owner(session, scope(), plan_id, key, owner)
        title, title_es = form.get("title", "").strip(), form.get("title_es", "").strip()
        if (title, title_es) != (section.title, section.title_es):
            try:
                writing.save_title(
                    session,
                    scope(),
                    plan_id,
                    key,
                    revision=form.get("revision", default=0, type=int),
                    title=title,
                    title_es=title_es,
                )
            except TextRefusedError as refused:
                said = [say(problem, language()) for problem in refused.problems]
                return _page(session, district_id, plan_id, key, editing=0, refused=said)
    return _back(district_id, plan_id, key)


@area.post("/edit/<int:plan_id>/sections/<key>/passages", permission="plan:edit", serves=("assigned",))
def add_passage(district_id: int, plan_id: int, key: str) -> ResponseReturnValue:
    """Add a passage, a table or a chart to a section."""
    form = flask.request.form
    kind = form.get("kind", "paragraph")
    if kind not in ("paragraph", "heading", "list", "callout", "table", "chart"):
        raise NotFound
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        if key not in template.BY_KEY:
            raise NotFound
        _refuse_foreign(writing.section_of(session, district_id, plan_id, key))
        try:
            block_id = writing.add(
                session,
                scope(),
                plan_id,
                key,
                kind=kind,
                text=form.get("text", "").replace("\r\n", "\n"),
                text_es=form.get("text_es", "").replace("\r\n", "\n"),
                reference=form.get("reference", ""),
                after=form.get("after", type=int),
            )
        except TextRefusedError as refused:
            said = [say(problem, language()) for problem in refused.problems]
            return _page(session, district_id, plan_id, key, refused=said)
        except writing.UnknownPassageError as unknown:
            raise NotFound from unknown
    return _back(district_id, plan_id, key, block_id)


@area.get("/edit/<int:plan_id>/insert", permission="plan:edit", serves=("assigned",))
def insert(district_id: int, plan_id: int) -> ResponseReturnValue:
    """Show the figures, tables and charts that can be inserted, with what to type or one button each."""
    wanted = flask.request.args.get("find", "").strip().casefold()
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        book = books.load(session, district_id, plan_id)
        figures = [
            (key, say(figure["label"], language()), figure)
            for key, figure in _all_figures(book).items()
            if wanted in f"{say(figure['label'], language())} {figure['fiscal_year'] or ''} {key}".casefold()
        ]
        return flask.render_template(
            "plan/insert.html",
            district_id=district_id,
            plan=book.plan,
            section=flask.request.args.get("section", "summary"),
            find=flask.request.args.get("find", ""),
            figures=figures[:MOST_FOUND],
            more=max(0, len(figures) - MOST_FOUND),
            exhibits=_all_exhibits(book),
        )


def _all_figures(book: Book) -> dict[str, dict[str, Any]]:
    found = {key: figure for key, figure in book.figures.sheet.figures.items() if key.startswith("plan/")}
    for run in book.newest.values():
        for key in run.result["figures"]:
            full = f"run/{run.id}/{key}"
            figure = book.figure(full)
            if figure is not None:
                found[full] = figure
    return found


def _all_exhibits(book: Book) -> list[tuple[str, str, str]]:
    found = [
        ("table", key, say(table["caption"], language())) for key, table in book.figures.sheet.tables.items()
    ]
    found += [
        ("chart", key, say(chart["title"], language())) for key, chart in book.figures.sheet.charts.items()
    ]
    for run in book.newest.values():
        found += [
            ("table", f"run/{run.id}/{key}", say(table["caption"], language()))
            for key, table in run.result["tables"].items()
        ]
        found += [
            ("chart", f"run/{run.id}/{key}", say(chart["title"], language()))
            for key, chart in run.result["charts"].items()
        ]
    return found


@area.app_template_filter("bound_count")
def bound_count(text: str) -> int:
    """Return how many bound figures a text has."""
    return len(inline.bound(text))
