"""Pages 12 and 13: positions, and students."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, cast

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.data import people_words, positions, students
from apportion.data.positions import Wanted
from apportion.data.views import ACCEPTED_TYPES, area
from apportion.request import _, language, scope, transaction
from apportion.services import services
from tenants import audit
from tenants.language import number, render
from tenants.records.people_data import PositionLoad, PositionSet, StudentLoad, StudentSet
from tenants.roles import allows
from workers.imports.ledger.accept import Accepted
from workers.imports.ledger.codes import is_fiscal_year
from workers.imports.ledger.findings import RefusedFileError
from workers.imports.ledger.source import LARGEST_FILE
from workers.imports.people import fields
from workers.imports.people.accept import accept_positions, accept_students, name_columns

__all__ = ["area"]

LOADS_SHOWN = 10
REASON_LIMIT = 200
Load = PositionLoad | StudentLoad


@area.context_processor
def _people_words() -> dict[str, Any]:
    return {
        "people": people_words,
        "value_fte": lambda amount: number(float(amount), 2),
        "value_count": lambda count: number(float(count)),
    }


# Positions


@area.get("/positions", permission="positions:view", serves=("o",))
def position_list(district_id: int) -> ResponseReturnValue:
    """Show the positions of a fiscal year by site and resource, without names."""
    return _positions(district_id)


@area.post("/positions/look", permission="named_positions:view")
def look_at_names(district_id: int) -> ResponseReturnValue:
    """Show names, pay and leaving in this one look, and record who looked and why."""
    reason = flask.request.form.get("reason", "").strip()[:REASON_LIMIT]
    if not reason:
        return _positions(district_id, {"reason": _("Say why you need the names; it is recorded.")})
    return _positions(district_id, reason=reason)


def _wanted() -> Wanted:
    given = flask.request.values
    site, program, resource = (
        given.get(name, "").strip()[:REASON_LIMIT] for name in ("site", "program", "resource")
    )
    return Wanted(site, program, resource, vacant=given.get("vacant") == "1")


def _positions(
    district_id: int, errors: dict[str, str] | None = None, *, reason: str | None = None
) -> ResponseReturnValue:
    given, wanted = flask.request.values, _wanted()
    with transaction() as session:
        sets = positions.current_sets(session, district_id)
        chosen = next(
            (one for one in sets if one.fiscal_year == given.get("year")), sets[0] if sets else None
        )
        page = None
        if chosen is not None:
            page = positions.page(
                session,
                scope(),
                sets,
                chosen,
                wanted,
                after=given.get("after", type=int),
                before=given.get("before", type=int),
                names=reason is not None,
            )
            if reason is not None:
                subject = f"position_set/{chosen.id}"
                audit.append(session, scope(), "named_positions:view", subject, reason=reason)
        recent = _recent(session, PositionLoad, district_id) if _may("positions:create") else []
        session.expunge_all()
    shown = flask.render_template(
        "data/positions.html",
        district_id=district_id,
        page=page,
        wanted=wanted,
        reason=reason,
        recent=recent,
        errors=errors or {},
        types=ACCEPTED_TYPES,
        limit=LARGEST_FILE,
    )
    return shown, 422 if errors else 200


def _may(permission: str) -> bool:
    return allows(scope(), permission)


def _recent(session: Session, loads: type[PositionLoad | StudentLoad], district_id: int) -> list[Load]:
    found = session.scalars(
        select(loads).where(loads.district_id == district_id).order_by(loads.id.desc()).limit(LOADS_SHOWN)
    )
    return [cast("Load", one) for one in found]


@area.post("/positions/loads", permission="positions:create", upload=True)
def load_positions(district_id: int) -> ResponseReturnValue:
    """Take in a file of positions; what is refused says why, and nothing of it is kept."""
    form = flask.request.form
    expected = {name: form.get(name, "").strip() for name in ("fiscal_year", "total_fte")}
    errors = _year_fault(expected["fiscal_year"])
    if expected["total_fte"] and not _is_number(expected["total_fte"]):
        errors["total_fte"] = _(
            "{written} is no number. Write it as 1,234.56.", written=expected["total_fte"]
        )
    return _take(district_id, accept_positions, expected, errors, _positions, "data.position_load")


def _year_fault(year: str) -> dict[str, str]:
    if not year or is_fiscal_year(year):
        return {}
    return {"fiscal_year": _("Write the fiscal year as 2024-25, or leave it to the file.")}


def _is_number(text: str) -> bool:
    try:
        return Decimal(text.replace(",", "")).is_finite()
    except InvalidOperation:
        return False


def _take(
    district_id: int,
    accept: Callable[..., Accepted],
    expected: dict[str, str],
    errors: dict[str, str],
    show: Callable[[int, dict[str, str]], ResponseReturnValue],
    there: str,
) -> ResponseReturnValue:
    """Take in the uploaded file and lead to its load, or show the page with what is wrong."""
    given = flask.request.files.get("file")
    if given is None or not given.filename:
        errors["file"] = _("Choose a file first.")
    if errors or given is None:
        return show(district_id, errors)
    try:
        with transaction() as session:
            taken = accept(
                session,
                services().files,
                district_id,
                scope().person_id or 0,
                given.stream,
                given.filename or "",
                {key: value for key, value in expected.items() if value},
            )
    except RefusedFileError as refused:
        return show(district_id, {"file": render(refused.finding.message, language())})
    if taken.known:
        flask.flash(_("{name} was loaded before; this is what became of it.", name=given.filename), "info")
    return flask.redirect(flask.url_for(there, district_id=district_id, load_id=taken.load_id))


@area.get("/positions/loads/<int:load_id>", permission="positions:create")
def position_load(district_id: int, load_id: int) -> ResponseReturnValue:
    """Show what became of a load of positions."""
    return _load(district_id, PositionLoad, load_id)


@area.post("/positions/loads/<int:load_id>/columns", permission="positions:edit")
def name_position_columns(district_id: int, load_id: int) -> ResponseReturnValue:
    """Take what the columns of a file of positions are, and read it with that."""
    return _name_columns(district_id, PositionLoad, load_id)


def _load(
    district_id: int,
    loads: type[PositionLoad | StudentLoad],
    load_id: int,
    errors: dict[str, str] | None = None,
) -> ResponseReturnValue:
    with transaction() as session:
        found = cast("Load | None", session.get(loads, (district_id, load_id)))
        if found is None:
            raise NotFound
        session.expunge_all()
    open_ = found.state in ("received", "reading")
    if flask.request.headers.get("HX-Request"):
        return ("", 204) if open_ else ("", 200, {"HX-Refresh": "true"})
    kind: fields.Kind = "positions" if loads is PositionLoad else found.expected["kind"]
    report = found.report or {}
    shown = flask.render_template(
        "data/people_load.html",
        district_id=district_id,
        load=found,
        kind=kind,
        open=open_,
        asked=report.get("needs_mapping"),
        findings=report.get("findings", []),
        layout=fields.LAYOUTS[kind],
        needed=", ".join(_(people_words.FIELDS[one]) for one in fields.LAYOUTS[kind].needed),
        guessed={one["column"]: one for one in (report.get("needs_mapping") or {}).get("guesses", [])},
        errors=errors or {},
    )
    return shown, 422 if errors else 200


def _name_columns(
    district_id: int, loads: type[PositionLoad | StudentLoad], load_id: int
) -> ResponseReturnValue:
    form = flask.request.form
    with transaction() as session:
        found = cast("Load | None", session.get(loads, (district_id, load_id), with_for_update=True))
        asked = (found.report or {}).get("needs_mapping") if found is not None else None
        if found is None or not asked or found.state != "needs_mapping":
            raise NotFound
        kind: fields.Kind = "positions" if loads is PositionLoad else found.expected["kind"]
        headings: list[str] = asked["headings"]
        said = [(form.get(f"column-{place}", ""), heading) for place, heading in enumerate(headings)]
        columns = {field: heading for field, heading in said if field in fields.LAYOUTS[kind].headings}
        lacking = [one for one in fields.LAYOUTS[kind].needed if one not in columns]
        if not lacking:
            name_columns(session, found, columns, scope().person_id or 0)
    if lacking:
        names = ", ".join(_(people_words.FIELDS[field]) for field in lacking)
        return _load(district_id, loads, load_id, {"column-0": _("Still missing: {names}.", names=names)})
    there = "data.position_load" if loads is PositionLoad else "data.student_load"
    return flask.redirect(flask.url_for(there, district_id=district_id, load_id=load_id))


@area.post("/positions/<int:set_id>/withdraw", permission="positions:edit")
def withdraw_positions(district_id: int, set_id: int) -> ResponseReturnValue:
    """Withdraw a year's positions: the rows stay, but nothing new is computed from them."""
    _withdraw(district_id, PositionSet, set_id, "positions:edit", "position_set")
    return flask.redirect(flask.url_for("data.position_list", district_id=district_id))


def _withdraw(
    district_id: int, sets: type[PositionSet | StudentSet], set_id: int, act: str, kind: str
) -> None:
    with transaction() as session:
        found = cast(
            "PositionSet | StudentSet | None", session.get(sets, (district_id, set_id), with_for_update=True)
        )
        if found is None:
            raise NotFound
        if found.state == "ready":
            found.state = "withdrawn"
            audit.append(session, scope(), act, f"{kind}/{set_id}", withdrawn=True)
    flask.flash(_("They are withdrawn. The file can be loaded again."), "ok")


@area.get("/positions/<int:set_id>/positions.csv", permission="positions:export")
def download_positions(district_id: int, set_id: int) -> ResponseReturnValue:
    """Give the positions without names as CSV in the documented layout."""
    return _positions_csv(district_id, set_id, names=False, reason=None)


@area.post("/positions/<int:set_id>/named.csv", permission="named_positions:export")
def download_named_positions(district_id: int, set_id: int) -> ResponseReturnValue:
    """Give the positions with names and pay as CSV, for who may take them out, with a recorded reason."""
    reason = flask.request.form.get("reason", "").strip()[:REASON_LIMIT]
    if not reason:
        return _positions(district_id, {"reason": _("Say why you need the names; it is recorded.")})
    return _positions_csv(district_id, set_id, names=True, reason=reason)


def _positions_csv(district_id: int, set_id: int, *, names: bool, reason: str | None) -> ResponseReturnValue:
    wanted, acting, database = _wanted(), scope(), services().database
    with transaction() as session:
        found = session.get(PositionSet, (district_id, set_id))
        if found is None:
            raise NotFound
        year = found.fiscal_year
        act = "named_positions:export" if names else "positions:export"
        audit.append(session, acting, act, f"position_set/{set_id}", **({"reason": reason} if reason else {}))

    def stream() -> Iterator[str]:
        with database.transaction(acting) as session:
            again = session.get_one(PositionSet, (district_id, set_id))
            yield from positions.download(session, acting, again, wanted, names=names)

    return _csv(stream(), f"positions-{year}.csv")


def _csv(lines: Iterator[str], name: str) -> flask.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return flask.Response(lines, mimetype="text/csv", headers=headers)


# Students


@area.get("/students", permission="protected_student_counts:view")
def student_counts(district_id: int) -> ResponseReturnValue:
    """Show counts of students: full ones for who may know them, protected ones for everybody else."""
    return _students(district_id)


def _students(district_id: int, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    full = allows(scope(), "student_counts:view", serves=("o",))
    with transaction() as session:
        page = students.page(session, district_id, full=full, year=flask.request.values.get("year"))
        recent = _recent(session, StudentLoad, district_id) if _may("student_counts:create") else []
        session.expunge_all()
    shown = flask.render_template(
        "data/students.html",
        district_id=district_id,
        page=page,
        recent=recent,
        errors=errors or {},
        spans=students.SPANS,
        types=ACCEPTED_TYPES,
        limit=LARGEST_FILE,
    )
    return shown, 422 if errors else 200


@area.post("/students/loads", permission="student_counts:create", upload=True)
def load_students(district_id: int) -> ResponseReturnValue:
    """Take in a file of counts; a file with anything about single pupils is refused before it is kept."""
    form = flask.request.form
    expected = {name: form.get(name, "").strip() for name in ("fiscal_year", "kind")}
    errors = _year_fault(expected["fiscal_year"])
    if expected["kind"] and expected["kind"] not in fields.STUDENT_KINDS:
        errors["kind"] = _("Choose one of the kinds.")
    return _take(district_id, accept_students, expected, errors, _students, "data.student_load")


@area.get("/students/loads/<int:load_id>", permission="student_counts:view", serves=("o",))
def student_load(district_id: int, load_id: int) -> ResponseReturnValue:
    """Show what became of a load of counts."""
    return _load(district_id, StudentLoad, load_id)


@area.post("/students/loads/<int:load_id>/columns", permission="student_counts:edit")
def name_student_columns(district_id: int, load_id: int) -> ResponseReturnValue:
    """Take what the columns of a file of counts are, and read it with that."""
    return _name_columns(district_id, StudentLoad, load_id)


@area.post("/students/<int:set_id>/withdraw", permission="student_counts:edit")
def withdraw_counts(district_id: int, set_id: int) -> ResponseReturnValue:
    """Withdraw a year's counts of one kind."""
    _withdraw(district_id, StudentSet, set_id, "student_counts:edit", "student_set")
    return flask.redirect(flask.url_for("data.student_counts", district_id=district_id))


@area.get("/students/protected.csv", permission="protected_student_counts:export")
def download_counts(district_id: int) -> ResponseReturnValue:
    """Give the protected counts as CSV; nobody takes full ones out."""
    acting, database = scope(), services().database
    with transaction() as session:
        audit.append(session, acting, "protected_student_counts:export", f"organization/{district_id}")

    def stream() -> Iterator[str]:
        with database.transaction(acting) as session:
            yield from students.download(session, district_id)

    return _csv(stream(), "students.csv")
