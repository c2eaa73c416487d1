"""The picker: every figure, table and chart that can stand in the plan, to find and insert."""

from __future__ import annotations

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.plan.area import area, plan_of
from apportion.plan.editor import face_of
from apportion.request import language, scope, transaction
from workers.planning import book as books
from workers.planning import owning, template, writing
from workers.planning.book import Book
from workers.planning.words import say

MOST_FOUND = 60


@area.get("/edit/<int:plan_id>/insert", permission="plan:suggest")
def insert(district_id: int, plan_id: int) -> ResponseReturnValue:
    """Show the figures, tables and charts that can be inserted; the writing surface gets them as data."""
    find = flask.request.args.get("find", "").strip()
    wanted = find.casefold().split()
    with transaction() as session:
        plan_of(session, district_id, plan_id)
        book = books.load(session, district_id, plan_id)
        figures = [
            (key, say(figure["label"], language()), figure)
            for key, figure in _all_figures(book).items()
            if _fits(wanted, say(figure["label"], language()), figure["fiscal_year"] or "", key)
        ]
        exhibits = [each for each in _all_exhibits(book) if _fits(wanted, each[2], each[1])]
        if flask.request.headers.get("X-Picker"):
            return flask.jsonify(
                {
                    "figures": [face_of(key, figure) for key, _label, figure in figures[:MOST_FOUND]],
                    "exhibits": [{"kind": kind, "key": key, "label": title} for kind, key, title in exhibits],
                    "more": max(0, len(figures) - MOST_FOUND),
                }
            )
        return flask.render_template(
            "plan/insert.html",
            district_id=district_id,
            plan=book.plan,
            section=flask.request.args.get("section", "summary"),
            find=find,
            figures=figures[:MOST_FOUND],
            more=max(0, len(figures) - MOST_FOUND),
            exhibits=exhibits,
            may_write=_may_write(session, district_id, plan_id),
        )


def _may_write(session: Session, district_id: int, plan_id: int) -> bool:
    key = flask.request.args.get("section", "summary")
    if key not in template.BY_KEY:
        raise NotFound
    return owning.may_write(session, scope(), writing.section_of(session, district_id, plan_id, key))


def _fits(wanted: list[str], *texts: str) -> bool:
    """Say whether each of the wanted words stands in one of the texts."""
    held = " ".join(texts).casefold()
    return all(word in held for word in wanted)


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
