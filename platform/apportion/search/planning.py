"""Finds sentences of the plan, priorities, options and comments."""

from __future__ import annotations

from collections.abc import Iterator

import flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.frame.facts import may
from apportion.request import _
from apportion.search.hits import SHOWN, Group, Hit, group, hit
from apportion.search.words import Query
from reports.document import Block, Document, Section
from tenants.records.comments import Comment, CommentThread
from tenants.records.options import Option, Priority
from tenants.records.plans import PlanVersion
from tenants.scope import Scope
from workers.planning import book as books
from workers.planning import versions, writing
from workers.planning.freeze import freeze
from workers.planning.problems import Imprint


def plan(session: Session, scope: Scope, district_id: int, query: Query, language: str) -> Iterator[Group]:
    """Yield the sentences of the plan in writing for the cabinet, of the newest published one for others."""
    if not may("plan.home"):
        return
    if district_id in scope.cabinet:
        held = writing.current_plan(session, district_id)
        if held is None:
            return
        frozen = freeze(books.load(session, district_id, held.id), Imprint("0", versions.DRAFT))
        document = frozen.document

        def address(section: Section, block: Block | None) -> str:
            return flask.url_for(
                "plan.editor",
                district_id=district_id,
                plan_id=held.id,
                section=section.key,
                _anchor=f"b{block.id}" if block else None,
            )
    else:
        published = versions.published_of_district(session, district_id)
        if not published:
            return
        newest: PlanVersion = published[0]
        document = Document.from_json(newest.content)

        def address(section: Section, block: Block | None) -> str:
            return flask.url_for(
                "plan.read",
                district_id=district_id,
                version_id=newest.id,
                _anchor=f"b{block.id}" if block else f"s-{section.key}",
            )

    found = []
    for section in document.sections:
        name = f"{section.number} {section.name[language]}"
        title = "".join(run.text for run in section.title.get(language, ()))
        if query.fits(name, title):
            found.append(hit(query, name, address(section, None), [title]))
        found += [
            hit(query, name, address(section, block), [text])
            for block in section.blocks
            for text in _printed(block, language)
            if query.fits(text)
        ]
    yield group(_("The plan"), found)


def _printed(block: Block, language: str) -> Iterator[str]:
    """Yield what a block prints: its paragraphs, or its caption, lines and alternative text."""
    for runs in block.paragraphs.get(language, ()):
        yield "".join(run.text for run in runs)
    if block.table is not None:
        yield block.table.caption[language]
        yield from (row.label[language] for row in block.table.rows)
    if block.chart is not None:
        yield f"{block.chart.caption[language]}. {block.chart.alternative[language]}"
    for fact in block.facts:
        yield f"{fact.value[language]} {fact.label[language]}"


def entries(session: Session, district_id: int, query: Query, language: str) -> Iterator[Group]:
    """Yield priorities and options."""
    if may("plan.priorities"):
        yield group(_("Priorities"), list(_priorities(session, district_id, query, language)))
    if may("plan.options"):
        yield group(_("Options"), list(_options(session, district_id, query, language)))


def _priorities(session: Session, district_id: int, query: Query, language: str) -> Iterator[Hit]:
    columns = (
        *(Priority.title, Priority.title_es, Priority.problem, Priority.strategy),
        *(Priority.measure, Priority.target, Priority.risk),
    )
    for each in session.scalars(
        select(Priority)
        .where(Priority.district_id == district_id, query.condition(columns))
        .order_by(Priority.position)
        .limit(SHOWN + 1)
    ):
        title = each.title_es if language == "es" and each.title_es else each.title
        texts = [each.problem, each.strategy, each.measure, each.target, each.risk]
        address = flask.url_for("plan.priorities", district_id=district_id, _anchor=f"p{each.id}")
        yield hit(query, title, address, texts)


def _options(session: Session, district_id: int, query: Query, language: str) -> Iterator[Hit]:
    columns = (Option.title, Option.title_es, Option.description, Option.legal_note, Option.harm)
    for each in session.scalars(
        select(Option)
        .where(Option.district_id == district_id, query.condition(columns))
        .order_by(Option.id)
        .limit(SHOWN + 1)
    ):
        title = each.title_es if language == "es" and each.title_es else each.title
        address = flask.url_for("plan.options", district_id=district_id, _anchor=f"option-{each.id}")
        note = _("a saving") if each.kind == "saving" else _("new revenue")
        yield hit(query, title, address, [each.description, each.harm, each.legal_note], note)


def comments(session: Session, district_id: int, query: Query) -> Iterator[Group]:
    """Yield what the public said and what was answered, for whoever may open the desk."""
    if not may("comments.thread"):
        return
    rows = session.execute(
        select(Comment, CommentThread.quotation)
        .join(
            CommentThread,
            (CommentThread.district_id == Comment.district_id) & (CommentThread.id == Comment.thread_id),
        )
        .where(
            Comment.district_id == district_id,
            CommentThread.audience == "public",
            query.condition((Comment.text, Comment.author_name, CommentThread.quotation)),
        )
        .order_by(Comment.id.desc())
        .limit(SHOWN + 1)
    )
    found = [
        hit(
            query,
            _("Answer of the district") if said.official else said.author_name or _("Without a name"),
            flask.url_for("comments.thread", district_id=district_id, thread_id=said.thread_id),
            [said.text, quotation],
        )
        for said, quotation in rows
    ]
    yield group(_("Comments"), found)
