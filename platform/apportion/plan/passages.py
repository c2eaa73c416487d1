"""Writing in the plan: passages, titles, owners; kept, refused or brought together with what others wrote."""

from __future__ import annotations

import dataclasses

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.frame.facts import california_today
from apportion.plan.area import area, kept, plan_of
from apportion.plan.editor import Writing, conflict_of, faces_in, page
from apportion.request import _, language, scope, transaction
from apportion.routing import NotAllowed
from tenants.language import message
from tenants.records.plans import PlanBlock, PlanSection
from workers.planning import book as books
from workers.planning import changes, owning, template, trying, writing
from workers.planning.words import say
from workers.planning.writing import Change, RevisionConflictError, TextRefusedError

WRITTEN = ("paragraph", "heading", "list", "callout")
"""Kinds of passages that hold words."""
ADDED = (*WRITTEN, "table", "chart")


def change_from_form() -> Change:
    """Return a passage as the form on the page sent it."""
    form = flask.request.form

    def text(name: str) -> str:
        return form.get(name, "").replace("\r\n", "\n")

    return Change(
        revision=form.get("revision", default=0, type=int),
        text=text("text"),
        text_es=text("text_es"),
        base=text("base"),
        base_es=text("base_es"),
        checked=form.get("checked") == "1",
    )


def refuse_foreign(session: Session, section: PlanSection) -> None:
    """Refuse to write where another writes.

    Raises:
        NotAllowed: saying whose section it is.
    """
    try:
        owning.refuse_foreign(session, scope(), section)
    except owning.ForeignSectionError as foreign:
        raise NotAllowed(foreign.said) from foreign


def address_of(district_id: int, plan_id: int, key: str, block_id: int | None = None) -> str:
    """Return the address of a section, or of a passage in it."""
    address = flask.url_for("plan.editor", district_id=district_id, plan_id=plan_id, section=key)
    return address + (f"#b{block_id}" if block_id else "")


def held_passage(
    session: Session, district_id: int, plan_id: int, block_id: int
) -> tuple[PlanBlock, PlanSection]:
    """Return a passage and its section.

    Raises:
        NotFound: if the plan has no such passage.
    """
    plan_of(session, district_id, plan_id)
    try:
        block = writing.passage(session, district_id, plan_id, block_id)
    except writing.UnknownPassageError as unknown:
        raise NotFound from unknown
    section = session.get(PlanSection, (district_id, block.section_id))
    if section is None:
        raise NotFound
    return block, section


def in_words(refused: TextRefusedError) -> tuple[str, ...]:
    """Return why a text was refused, in the reader's language."""
    return tuple(say(problem, language()) for problem in refused.problems)


@area.post("/edit/<int:plan_id>/draft", permission="plan:edit")
def draft(district_id: int, plan_id: int) -> ResponseReturnValue:
    """Write the first draft, or write it anew around what people wrote."""
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        if scope().role not in owning.GOVERNING:
            raise NotAllowed(
                message(
                    "The superintendent, the business official and the academic officer have the draft "
                    "written. You write in the sections that you own."
                )
            )
        done = writing.write_draft(session, scope(), plan_id)
    flask.flash(
        _(
            "The draft is written from today's figures. Passages that people changed were "
            "left alone: {kept}.",
            kept=done.kept,
        ),
        "ok",
    )
    return flask.redirect(address_of(district_id, plan_id, "summary"))


@area.post("/edit/<int:plan_id>/passages/<int:block_id>", permission="plan:edit", serves=("assigned",))
def save_passage(district_id: int, plan_id: int, block_id: int) -> ResponseReturnValue:
    """Save a passage; where two wrote the same sentence, show both."""
    change = change_from_form()
    with transaction() as session:
        _block, section = held_passage(session, district_id, plan_id, block_id)
        refuse_foreign(session, section)
        try:
            writing.save(session, scope(), plan_id, block_id, change)
        except TextRefusedError as refused:
            said = in_words(refused)
            return page(session, district_id, plan_id, section.key, Writing(block_id, said, change))
        except RevisionConflictError:
            return conflict_page(session, district_id, plan_id, block_id, change)
        address = address_of(district_id, plan_id, section.key, block_id)
    return kept(address)


def conflict_page(
    session: Session, district_id: int, plan_id: int, block_id: int, change: Change
) -> ResponseReturnValue:
    """Return the page on which what two people made of one passage is brought together."""
    block, section = held_passage(session, district_id, plan_id, block_id)
    conflict = conflict_of(session, block, change)
    mine = dataclasses.replace(
        change,
        revision=block.revision,
        base=block.text,
        base_es=block.text_es,
        text="".join(part.text for part in conflict.parts),
        text_es="".join(part.text for part in conflict.parts_es),
    )
    back = Writing(block_id, mine=mine, conflict=conflict)
    return page(session, district_id, plan_id, section.key, back)


@area.post("/edit/<int:plan_id>/passages/<int:block_id>/<act>", permission="plan:edit", serves=("assigned",))
def act_on_passage(district_id: int, plan_id: int, block_id: int, act: str) -> ResponseReturnValue:
    """Move a passage, take it out, bring it back, or settle its changed figures."""
    with transaction() as session:
        _block, section = held_passage(session, district_id, plan_id, block_id)
        refuse_foreign(session, section)
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
    return flask.redirect(address_of(district_id, plan_id, key, None if act == "remove" else block_id))


@area.post("/edit/<int:plan_id>/sections/<key>/title", permission="plan:edit", serves=("assigned",))
def save_title(district_id: int, plan_id: int, key: str) -> ResponseReturnValue:
    """Save a section's title, and its owner where this person names owners."""
    form = flask.request.form
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        if key not in template.BY_KEY:
            raise NotFound
        section = writing.section_of(session, district_id, plan_id, key)
        writes = owning.may_write(session, scope(), section)
        names = owning.may_name_owner(session, scope(), section)
        if not names:
            refuse_foreign(session, section)
        title, title_es = form.get("title", "").strip(), form.get("title_es", "").strip()
        moved = writes and (title, title_es) != (section.title, section.title_es)
        owner = form.get("owner", type=int)
        today = california_today()
        if names and (owner is None or owner in owning.possible_owners(session, district_id, today)):
            writing.set_owner(session, scope(), plan_id, key, owner)
        if moved:
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
                said = in_words(refused)
                mine = Change(0, title, title_es)
                return page(session, district_id, plan_id, key, Writing(0, said, mine))
    return kept(address_of(district_id, plan_id, key))


@area.post("/edit/<int:plan_id>/sections/<key>/passages", permission="plan:edit", serves=("assigned",))
def add_passage(district_id: int, plan_id: int, key: str) -> ResponseReturnValue:
    """Add a passage, a table or a chart to a section."""
    form = flask.request.form
    kind = form.get("kind", "paragraph")
    if kind not in ADDED:
        raise NotFound
    change = change_from_form()
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        if key not in template.BY_KEY:
            raise NotFound
        refuse_foreign(session, writing.section_of(session, district_id, plan_id, key))
        try:
            block_id = writing.add(
                session,
                scope(),
                plan_id,
                key,
                kind=kind,
                text=change.text,
                text_es=change.text_es,
                reference=form.get("reference", ""),
                after=form.get("after", type=int),
            )
        except TextRefusedError as refused:
            said = in_words(refused)
            return page(session, district_id, plan_id, key, Writing(None, said, change))
        except writing.UnknownPassageError as unknown:
            raise NotFound from unknown
    return kept(address_of(district_id, plan_id, key, block_id))


@area.post("/edit/<int:plan_id>/sections/<key>/try", permission="plan:suggest")
def try_passage(district_id: int, plan_id: int, key: str) -> ResponseReturnValue:
    """Return a passage as its reader would see it, with what is wrong with it; nothing is kept."""
    change, kind = change_from_form(), flask.request.form.get("kind", "paragraph")
    if kind not in WRITTEN or key not in template.BY_KEY:
        raise NotFound
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        book = books.load(session, district_id, plan_id)
        tried = trying.attempt(book, kind, change.text, change.text_es)
        faces = faces_in(book, (change.text, change.text_es))
        pages = {
            code: flask.render_template(
                "plan/tried.html", district_id=district_id, block=tried.block, language=code
            ).strip()
            for code in ("en", "es")
        }
    return flask.jsonify(
        {
            "pages": pages,
            "loose": tried.loose,
            "problems": [say(problem, language()) for problem in tried.problems],
            "words": trying.words_of([tried.block]),
            "faces": faces,
        }
    )
