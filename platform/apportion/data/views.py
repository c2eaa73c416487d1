"""Pages 9 to 11: load and reconcile, map columns, the data set."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion import kept_files
from apportion.data import columns, loads, rows, telling, words
from apportion.request import _, _n, language, scope, transaction
from apportion.routing import Area
from apportion.services import services
from tenants import audit
from tenants.language import Message, message, render
from tenants.people import Person
from tenants.records.datasets import Dataset, DatasetFinding, LedgerLoad, SourceFile
from tenants.roles import allows
from workers import studies
from workers.imports.ledger import control
from workers.imports.ledger.accept import accept, ask_to_read
from workers.imports.ledger.amounts import print_cents
from workers.imports.ledger.codes import is_fiscal_year
from workers.imports.ledger.findings import RefusedFileError
from workers.imports.ledger.source import LARGEST_FILE

area = Area("data", __name__, url_prefix="/d/<int:district_id>/data")

ACCEPTED_TYPES = ".dat,.txt,.csv,.tsv,.xlsx"
LOADS_SHOWN = 25
NOTES_SHOWN = 50


@area.context_processor
def _words() -> dict[str, Any]:
    return {
        "words": words,
        "title_of": rows.title_of,
        "plain": telling.plain,
        "told": telling.told,
        "placed": telling.placed,
        "cents_of": control.cents,
        "may": lambda name: allows(scope(), name),
    }


@area.get("", permission="dataset:view")
def home(district_id: int) -> ResponseReturnValue:
    """Show the current data sets, the place to drop files, and the last loads."""
    return _home(district_id, {})


def _home(
    district_id: int, errors: dict[str, str], typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    with transaction() as session:
        current = session.execute(
            select(Dataset, SourceFile.name, LedgerLoad.layout)
            .join(
                LedgerLoad,
                (LedgerLoad.district_id == Dataset.district_id) & (LedgerLoad.id == Dataset.load_id),
            )
            .join(
                SourceFile,
                (SourceFile.district_id == LedgerLoad.district_id)
                & (SourceFile.id == LedgerLoad.source_file_id),
            )
            .where(Dataset.district_id == district_id, Dataset.state == "ready")
            .order_by(Dataset.fiscal_year.desc(), Dataset.period, Dataset.column_code)
        ).all()
        recent = session.execute(
            select(LedgerLoad, SourceFile.name, Person.name)
            .join(
                SourceFile,
                (SourceFile.district_id == LedgerLoad.district_id)
                & (SourceFile.id == LedgerLoad.source_file_id),
            )
            .outerjoin(Person, Person.id == LedgerLoad.requested_by)
            .where(LedgerLoad.district_id == district_id)
            .order_by(LedgerLoad.id.desc())
            .limit(LOADS_SHOWN)
        ).all()
        session.expunge_all()
    shown = flask.render_template(
        "data/home.html",
        district_id=district_id,
        current=current,
        recent=recent,
        open_loads=[row[0] for row in recent if row[0].state in loads.OPEN],
        errors=errors,
        typed=typed or {},
        types=ACCEPTED_TYPES,
        limit=LARGEST_FILE,
        **_choices(),
    )
    return shown, 422 if errors else 200


def _choices() -> dict[str, list[tuple[str, str]]]:
    """Return reporting periods and columns as a select offers them."""
    return {
        "periods": [(code, _(name)) for code, name in words.PERIODS.items()],
        "report_columns": [(code, _(name)) for code, name in words.COLUMNS.items()],
    }


@area.post("/loads", permission="ledger:load", upload=True)
def upload(district_id: int) -> ResponseReturnValue:
    """Take in one or several files; what is refused says why, and nothing of it is kept."""
    form = flask.request.form
    expected = {name: form.get(name, "").strip() for name in ("fiscal_year", "period", "column")}
    expected = {name: value for name, value in expected.items() if value}
    if "fiscal_year" in expected and not is_fiscal_year(expected["fiscal_year"]):
        said = _("Write the fiscal year as 2024-25, or leave it to the file.")
        return _home(district_id, {"fiscal_year": said}, expected)
    total = form.get("control_total", "").strip()
    if total and control.typed_amount(total) is None:
        said = _("{written} is no amount. Write it as 1,234.56.", written=total)
        return _home(district_id, {"control_total": said}, {**expected, "control_total": total})
    if total:
        expected["control_total"] = total
    given = [one for one in flask.request.files.getlist("files") if one.filename]
    if not given:
        return _home(district_id, {"files": _("Choose the file of your ledger first.")}, expected)
    made: list[int] = []
    refused: list[str] = []
    for one in given:
        try:
            with transaction() as session:
                taken = accept(
                    session,
                    services().files,
                    district_id,
                    scope().person_id or 0,
                    one.stream,
                    one.filename or "",
                    expected,
                )
        except RefusedFileError as refusal:
            refused.append(f"{one.filename}: {render(refusal.finding.message, language())}")
            continue
        made.append(taken.load_id)
        if taken.known:
            flask.flash(_("{name} was loaded before; this is what became of it.", name=one.filename), "info")
    if refused:
        for said in refused[1:]:
            flask.flash(said, "bad")
        return _home(district_id, {"files": refused[0]}, expected)
    if len(made) == 1:
        return flask.redirect(flask.url_for("data.load", district_id=district_id, load_id=made[0]))
    flask.flash(_n("One file was received.", "{n} files were received.", len(made)), "ok")
    return flask.redirect(flask.url_for("data.home", district_id=district_id))


@area.get("/loads/<int:load_id>", permission="dataset:view")
def load(district_id: int, load_id: int) -> ResponseReturnValue:
    """Show a load: progress, then the control first, then what was found, then certification."""
    return _load(district_id, load_id)


def _load(
    district_id: int, load_id: int, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    arguments = flask.request.values
    with transaction() as session:
        page = loads.page(
            session, district_id, load_id, arguments.get("dataset", type=int), arguments.get("fund")
        )
        if page is None:
            raise NotFound
        lacks = loads.lacks(page.dataset) if page.dataset is not None else None
        replaced = _replaced(session, page)
        told = page.load.state == "ready" and allows(scope(), "financial_results:view")
        first = studies.findings(session, district_id)[:3] if told else []
        session.expunge_all()
    fragment = page.open and flask.request.headers.get("HX-Request")
    if not page.open and flask.request.headers.get("HX-Request"):
        # The file is read: the whole page has changed, not only its progress.
        return "", 200, {"HX-Refresh": "true"}
    if page.load.state == "needs_mapping" and allows(scope(), "ledger:map") and not errors:
        return flask.redirect(flask.url_for("data.map_columns", district_id=district_id, load_id=load_id))
    shown = flask.render_template(
        "data/progress.html" if fragment else "data/load.html",
        district_id=district_id,
        page=page,
        lacks=lacks,
        replaced=replaced,
        first_findings=first,
        funds=loads.funds(page.dataset) if page.dataset else [],
        errors=errors or {},
        typed=typed or {},
    )
    return shown, 422 if errors else 200


def _replaced(session: Session, page: loads.LoadPage) -> list[tuple[Dataset, rows.Effects]]:
    """Return the data sets that this load replaced, with what depended on them."""
    ids = [one.id for one in page.datasets]
    old = session.scalars(
        select(Dataset).where(Dataset.district_id == page.load.district_id, Dataset.superseded_by.in_(ids))
    ).all()
    return [(one, rows.effects(session, one)) for one in old]


@area.post("/loads/<int:load_id>/control", permission="ledger:load")
def state_control(district_id: int, load_id: int) -> ResponseReturnValue:
    """Take the totals that a person typed from the control report."""
    form = flask.request.form
    dataset_id, fund = form.get("dataset", type=int), form.get("fund", "")
    typed = {name: form.get(name, "").strip() for name in control.CONTROLS}
    stated: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name, words_typed in typed.items():
        if not words_typed:
            continue
        cents = control.typed_amount(words_typed)
        if cents is None:
            errors[name] = _("{written} is no amount. Write it as 1,234.56.", written=words_typed)
        else:
            stated[name] = print_cents(cents)
    if errors:
        return _load(district_id, load_id, errors, typed)
    with transaction() as session:
        page = loads.page(session, district_id, load_id, dataset_id, fund)
        if page is None or page.dataset is None or page.control is None:
            raise NotFound
        dataset = session.get_one(Dataset, (district_id, page.dataset.id))
        every = {**dataset.control.get("stated", {}), page.control.fund: stated}
        dataset.control = {**dataset.control, "stated": {key: value for key, value in every.items() if value}}
        dataset.certified_by, dataset.certified_at = None, None
        audit.append(
            session, scope(), "dataset:control", f"dataset/{dataset.id}", fund=page.control.fund, **stated
        )
        address = _load_address(district_id, load_id, dataset.id, page.control.fund)
    return flask.redirect(address + "#control")


def _load_address(
    district_id: int, load_id: int, dataset_id: int | None = None, fund: str | None = None
) -> str:
    return flask.url_for("data.load", district_id=district_id, load_id=load_id, dataset=dataset_id, fund=fund)


@area.post("/loads/<int:load_id>/readings", permission="ledger:load")
def accept_readings(district_id: int, load_id: int) -> ResponseReturnValue:
    """Accept proposed or typed readings of amounts and read the file again; the file stays as it came."""
    form = flask.request.form
    with transaction() as session:
        page = loads.page(session, district_id, load_id, None, None)
        if page is None or page.load.state != "refused":
            raise NotFound
        wanted = form.get("line", type=int)
        readings = dict(page.load.expected.get("readings") or {})
        for one in page.faults:
            line = one["line"]
            if wanted is not None and line != wanted:
                continue
            typed = form.get("amount", "").strip()
            cents = control.typed_amount(typed) if wanted is not None and typed else one.get("proposed_cents")
            if cents is None and typed:
                return _load(
                    district_id,
                    load_id,
                    {f"line-{line}": _("{written} is no amount. Write it as 1,234.56.", written=typed)},
                )
            if cents is not None:
                readings[str(line)] = cents
        page.load.expected = {**page.load.expected, "readings": readings}
        page.load.state = "received"
        ask_to_read(session, page.load, scope().person_id or 0)
        audit.append(session, scope(), "ledger:correct", f"ledger_load/{load_id}", readings=readings)
    return flask.redirect(_load_address(district_id, load_id))


@area.get("/loads/<int:load_id>/file", permission="ledger_lines:export")
def original(district_id: int, load_id: int) -> ResponseReturnValue:
    """Give the file back as it came."""
    with transaction() as session:
        found = session.execute(
            select(SourceFile.name, SourceFile.storage_key)
            .join(
                LedgerLoad,
                (SourceFile.district_id == LedgerLoad.district_id)
                & (SourceFile.id == LedgerLoad.source_file_id),
            )
            .where(LedgerLoad.district_id == district_id, LedgerLoad.id == load_id)
        ).one_or_none()
    if found is None:
        raise NotFound
    name = re.sub(r"[^\w.-]+", "-", found.name)
    return kept_files.send(found.storage_key, name=name, mimetype="application/octet-stream")


@area.get("/loads/<int:load_id>/columns", permission="ledger:map")
def map_columns(district_id: int, load_id: int) -> ResponseReturnValue:
    """Show a table's columns with guesses and samples."""
    return _columns(district_id, load_id)


def _columns(district_id: int, load_id: int, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    with transaction() as session:
        found = session.get(LedgerLoad, (district_id, load_id))
        if found is None:
            raise NotFound
        file = session.get_one(SourceFile, (district_id, found.source_file_id))
        page = columns.page(session, found, file.name, flask.request.values.get("sheet"))
        if page is None:
            raise NotFound
        session.expunge_all()
    if errors:
        form = flask.request.form
        page = dataclasses.replace(
            page,
            columns=[
                dataclasses.replace(one, field=form.get(f"column-{one.place}", ""), confidence=None)
                for one in page.columns
            ],
            values={name: form.get(f"value-{name}", "") for name in ("fiscal_year", "period", "column")},
            reading={**page.reading, **form.to_dict()},
        )
    shown = flask.render_template(
        "data/columns.html",
        district_id=district_id,
        load=found,
        file=file,
        page=page,
        errors=errors or {},
        **_choices(),
    )
    return shown, 422 if errors else 200


@area.post("/loads/<int:load_id>/columns", permission="ledger:map")
def save_columns(district_id: int, load_id: int) -> ResponseReturnValue:
    """Save the mapping as this district's way and read the file with it."""
    form = flask.request.form
    with transaction() as session:
        found = session.get(LedgerLoad, (district_id, load_id))
        asked = columns.question(found, form.get("sheet")) if found is not None else None
        if found is None or not asked:
            raise NotFound
        said = _fault(form, asked["headings"])
        if said is None:
            mapping = columns.from_form(form, asked["headings"])
            name = form.get("name", "").strip()[:100] or _("Our accounting system")
            columns.save(session, found, mapping, name, scope().person_id or 0)
            ask_to_read(session, found, scope().person_id or 0)
            audit.append(session, scope(), "ledger:map", f"ledger_load/{load_id}")
    if said is not None:
        return _columns(district_id, load_id, said)
    return flask.redirect(_load_address(district_id, load_id))


def _fault(form: Any, headings: list[str]) -> dict[str, str] | None:
    """Return what is wrong with a stated mapping, by form field, or None."""
    doubled = columns.twice(form, headings)
    if doubled is not None:
        place = next(place for place in range(len(headings)) if form.get(f"column-{place}") == doubled)
        field = _(words.FIELDS.get(doubled, doubled))
        return {f"column-{place}": _("Two columns are named {field}. Choose one of them.", field=field)}
    try:
        mapping = columns.from_form(form, headings)
    except RefusedFileError as refusal:
        return {"column-0": render(refusal.finding.message, language())}
    lacking = columns.missing(mapping)
    if not lacking:
        year = mapping.values.get("fiscal_year")
        if year is not None and not is_fiscal_year(year):
            return {"value-fiscal_year": _("Write the fiscal year as 2024-25.")}
        return None
    names = ", ".join(_(words.FIELDS[field]) for field in lacking)
    place_of = "value-" + lacking[0] if lacking[0] in ("fiscal_year", "period", "column") else "column-0"
    return {place_of: _("Still missing: {names}.", names=names)}


@area.get("/sets/<int:dataset_id>", permission="ledger_lines:view")
def dataset(district_id: int, dataset_id: int) -> ResponseReturnValue:
    """Show a data set's rows with filters and totals, notes, history, comparison and what depends on it."""
    chosen, wrong = rows.filters(flask.request.args)
    with transaction() as session:
        found = session.get(Dataset, (district_id, dataset_id))
        if found is None:
            raise NotFound
        page = rows.page(
            session,
            found,
            chosen,
            after=flask.request.args.get("after", type=int),
            before=flask.request.args.get("before", type=int),
        )
        earlier = [one for one in rows.history(session, found) if one.id < found.id]
        compared = (
            rows.compare(session, earlier[0], found) if earlier and "compare" in flask.request.args else None
        )
        notes = session.scalars(
            select(DatasetFinding)
            .where(DatasetFinding.district_id == district_id, DatasetFinding.dataset_id == dataset_id)
            .order_by(loads.WEIGHT, DatasetFinding.id)
            .limit(NOTES_SHOWN)
        ).all()
        held = session.get_one(LedgerLoad, (district_id, found.load_id))
        facts = {
            "page": page,
            "history": rows.history(session, found),
            "earlier": earlier[0] if earlier else None,
            "compared": compared,
            "effects": rows.effects(session, found),
            "notes": notes,
            "file": session.get_one(SourceFile, (district_id, held.source_file_id)),
            "certified_by": session.get(Person, found.certified_by) if found.certified_by else None,
        }
        session.expunge_all()
    return flask.render_template(
        "data/dataset.html",
        district_id=district_id,
        dataset=found,
        chosen=chosen,
        wrong=wrong,
        filters={one.field: one.text for one in chosen},
        sentence=", ".join(render(one.sentence(), language()) for one in chosen),
        fields=rows.FILTERS,
        **facts,
    )


@area.get("/sets/<int:dataset_id>/lines.csv", permission="ledger_lines:export")
def download(district_id: int, dataset_id: int) -> ResponseReturnValue:
    """Give the rows that the filters leave as CSV; texts can't become formulas in a spreadsheet."""
    chosen, _wrong = rows.filters(flask.request.args)
    with transaction() as session:
        found = session.get(Dataset, (district_id, dataset_id))
        if found is None:
            raise NotFound
        name = f"ledger-{found.fiscal_year}-{found.period}-{found.column_code}.csv"
        audit.append(session, scope(), "ledger_lines:export", f"dataset/{dataset_id}")
    acting, database = scope(), services().database

    def stream() -> Iterator[str]:
        with database.transaction(acting) as session:
            again = session.get_one(Dataset, (district_id, dataset_id))
            yield from rows.download(session, again, chosen, personnel=district_id in acting.personnel)

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return flask.Response(stream(), mimetype="text/csv", headers=headers)


@area.post("/sets/<int:dataset_id>/certify", permission="dataset:certify")
def certify(district_id: int, dataset_id: int) -> ResponseReturnValue:
    """Certify a data set whose control foots."""
    with transaction() as session:
        found = session.get(Dataset, (district_id, dataset_id), with_for_update=True)
        if found is None:
            raise NotFound
        lacking = loads.lacks(found)
        load_id = found.load_id
        if lacking is None and found.certified_at is None:
            found.certified_by = scope().person_id
            found.certified_at = session.scalar(select(func.now()))
            audit.append(session, scope(), "dataset:certify", f"dataset/{dataset_id}", digest=found.digest)
    _tell(lacking, message("The numbers are certified with your name and today's date."))
    return flask.redirect(_load_address(district_id, load_id, dataset_id) + "#certify")


@area.post("/sets/<int:dataset_id>/withdraw", permission="ledger:remove")
def withdraw(district_id: int, dataset_id: int) -> ResponseReturnValue:
    """Withdraw a data set: its rows stay, but nothing new is computed from it."""
    with transaction() as session:
        found = session.get(Dataset, (district_id, dataset_id), with_for_update=True)
        if found is None:
            raise NotFound
        current = found.state == "ready"
        if current:
            found.state = "withdrawn"
            audit.append(session, scope(), "ledger:remove", f"dataset/{dataset_id}")
    _tell(
        None if current else message("Only a current data set can be withdrawn."),
        message("The data set is withdrawn. Results that were made from it stay and say so."),
    )
    return flask.redirect(flask.url_for("data.dataset", district_id=district_id, dataset_id=dataset_id))


def _tell(refused: Message | None, done: Message) -> None:
    flask.flash(render(refused or done, language()), "warn" if refused else "ok")
