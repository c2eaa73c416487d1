"""Pages of analyses: what can be asked, an answer in full, where a figure comes from, variants, downloads."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.analyses import downloads, presenting, variants
from apportion.analyses.area import area
from apportion.frame.facts import FrameFacts
from apportion.request import _, language, scope, transaction
from apportion.services import services
from reports.workbook import living_workbook
from tenants import audit
from tenants import language as texts
from tenants.language import message, render
from tenants.records import runs
from tenants.records.datasets import AttendanceFigure
from tenants.roles import allows
from workers import outbox, stills, studies, tracing
from workers.analyses import three_year_outlook
from workers.analyses.labels import COLUMN_WORDS
from workers.analyses.outlook_assumptions import MOST_YEARS, STATUS_WORDS

TYPES = {
    "csv": ("text/csv; charset=utf-8", downloads.as_csv),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        downloads.as_workbook,
    ),
}
MOST_ADA = Decimal(2_000_000)


@area.get("", permission="financial_results:view")
def gallery(district_id: int) -> ResponseReturnValue:
    """Show what can be asked, what is missing for it, the newest answers and their freshness."""
    return _gallery(district_id)


def _gallery(district_id: int, error: str = "", typed: str = "") -> ResponseReturnValue:
    with transaction() as session:
        cards, inputs = presenting.gallery(session, district_id)
        findings = studies.findings(session, district_id)
        session.expunge_all()
    page = flask.render_template(
        "analyses/gallery.html",
        district_id=district_id,
        cards=cards,
        inputs=inputs,
        findings=findings,
        may_run=allows(scope(), "analysis:run"),
        may_enter=allows(scope(), "ledger:load"),
        error=error,
        typed=typed,
    )
    return page, 422 if error else 200


@area.post("/compute", permission="analysis:run")
def compute(district_id: int) -> ResponseReturnValue:
    """Ask for every analysis on the newest data; asking twice runs once."""
    with transaction() as session:
        now = studies.current_digest(session, district_id)
        if now is None:
            flask.flash(_("There is no ledger to analyse yet. Load one under Data, then ask again."), "warn")
        else:
            outbox.ask(
                session,
                "run_analyses",
                {},
                district_id=district_id,
                requested_by=scope().person_id,
                idempotency_key=f"analyses/{now}",
                subject="analyses",
            )
            audit.append(session, scope(), "analysis:run", "analyses/all")
            flask.flash(_("Your analyses are being computed. The tray shows how far they are."), "info")
    return flask.redirect(flask.url_for("analyses.gallery", district_id=district_id))


@area.post("/attendance", permission="ledger:load")
def enter_attendance(district_id: int) -> ResponseReturnValue:
    """Keep the average daily attendance that a person typed for the base year, and compute anew."""
    typed = flask.request.form.get("ada", "").strip()
    try:
        ada = Decimal(typed.replace(",", ""))
    except InvalidOperation:
        ada = Decimal(-1)
    if not ada.is_finite() or not 0 < ada <= MOST_ADA:
        return _gallery(
            district_id,
            _("“{found}” is not a number of pupils. Write it like 12,345.67.", found=typed),
            typed,
        )
    with transaction() as session:
        base_year = studies.choose(session, district_id).base_year
        session.merge(
            AttendanceFigure(
                district_id=district_id,
                fiscal_year=base_year,
                ada=ada.quantize(Decimal("0.01")),
                source="entered",
                entered_by=scope().person_id,
            )
        )
        session.flush()
        audit.append(session, scope(), "ledger:load", f"attendance_figure/{base_year}", act="entered")
        answers = [studies.answer(session, district_id, name) for name in studies.NAMES]
        stills.ask(session, district_id, answers)
    return flask.redirect(flask.url_for("analyses.gallery", district_id=district_id))


@area.get("/<analysis>", permission="financial_results:view")
def newest(district_id: int, analysis: str) -> ResponseReturnValue:
    """Show the newest answer of an analysis, or the gallery's way to get one."""
    if analysis not in studies.BY_NAME:
        raise NotFound
    with transaction() as session:
        found = runs.newest(session, district_id).get(analysis)
    if found is None:
        return flask.redirect(flask.url_for("analyses.gallery", district_id=district_id))
    return flask.redirect(flask.url_for("analyses.run", district_id=district_id, run_id=found.id))


def _run(session: Session, district_id: int, run_id: int) -> runs.Run:
    found = runs.load(session, district_id, run_id)
    if found is None:
        raise NotFound
    return found


def _page(session: Session, district_id: int, run: runs.Run, **more: Any) -> str:
    """Return an analysis's page, with the drawer filled where `lineage` is given."""
    now = studies.current_digest(session, district_id)
    document = run.result
    colour = FrameFacts().palette.own
    insert = presenting.insert_address(session, district_id, run.analysis)
    open_tables = [key for key in presenting.OPEN_TABLES[run.analysis] if key in document["tables"]]
    return flask.render_template(
        "analyses/run.html",
        district_id=district_id,
        run=run,
        document=document,
        name=run.parameters.get("name", ""),
        fresh=run.input_digest == now and run.version == studies.BY_NAME[run.analysis].VERSION,
        charts={key: presenting.chart(document, key, language(), colour) for key in document["chart_order"]},
        stills=presenting.pictures(session, district_id, run.id, language()),
        open_tables=open_tables,
        folded_tables=[key for key in document["table_order"] if key not in open_tables],
        others=[each for each in runs.of_analysis(session, district_id, run.analysis) if each.id != run.id][
            :8
        ],
        may_change=run.analysis == three_year_outlook.NAME and allows(scope(), "analysis:run"),
        may_run=allows(scope(), "analysis:run"),
        may_export=allows(scope(), "financial_results:export"),
        insert_address=insert,
        dataset_link=lambda dataset_id: presenting.dataset_address(district_id, dataset_id, None),
        rates_address=FrameFacts().link("rates.shown", place=district_id),
        own_words=presenting.assumption_words,
        column_words=COLUMN_WORDS,
        status_words=STATUS_WORDS,
        value_number=lambda ada: texts.number(float(ada), 2),
        **more,
    )


@area.get("/runs/<int:run_id>", permission="financial_results:view")
def run(district_id: int, run_id: int) -> ResponseReturnValue:
    """Show an answer: finding, chart, table, how sure, what would change it, method and limits."""
    with transaction() as session:
        return _page(session, district_id, _run(session, district_id, run_id), lineage=None)


@area.get("/runs/<int:run_id>/figures/<path:key>", permission="financial_results:view")
def figure(district_id: int, run_id: int, key: str) -> ResponseReturnValue:
    """Show where a figure comes from: in the drawer of its page, or the page with the drawer open."""
    lines = allows(scope(), "ledger_lines:view")
    with transaction() as session:
        found = _run(session, district_id, run_id)
        lineage = tracing.trace(session, district_id, found, key, services().files if lines else None)
        if lineage is None:
            raise NotFound
        insert = presenting.insert_address(session, district_id, found.analysis)
        newest_id = getattr(runs.newest(session, district_id).get(found.analysis), "id", None)
        shown: dict[str, Any] = {
            "insert_figure": insert if newest_id == run_id else None,
            "passage": presenting.figure_passage(run_id, key, lineage.figure),
            "lineage": lineage,
            "may_see_lines": lines,
            "uses": presenting.uses_in_plan(session, district_id, run_id, key),
            "account_words": presenting.account_words,
            "dataset_address": presenting.dataset_address,
        }
        if flask.request.headers.get("X-Drawer"):
            return flask.render_template(
                "analyses/lineage.html",
                district_id=district_id,
                run=found,
                name=found.parameters.get("name", ""),
                column_words=COLUMN_WORDS,
                status_words=STATUS_WORDS,
                **shown,
            )
        return _page(session, district_id, found, **shown)


@area.get("/runs/<int:run_id>/tables/<key>.<kind>", permission="financial_results:export")
def table(district_id: int, run_id: int, key: str, kind: str) -> ResponseReturnValue:
    """Download a table as CSV or workbook."""
    with transaction() as session:
        found = _run(session, district_id, run_id)
        if kind not in TYPES or key not in found.result["tables"]:
            raise NotFound
        mimetype, write = TYPES[kind]
        content = write(found.result, key, language())
        audit.append(session, scope(), "financial_results:export", f"run/{run_id}", act=f"{key}.{kind}")
        file_name = f"{found.analysis}-{key}-{run_id}.{kind}".replace("_", "-")
    response = flask.Response(content, content_type=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    return response


@area.get("/runs/<int:run_id>/workbook.xlsx", permission="financial_results:export")
def workbook(district_id: int, run_id: int) -> ResponseReturnValue:
    """Download an answer as a workbook in which every line is a formula of its inputs."""
    words = {status: render(said, language()) for status, said in STATUS_WORDS.items()}
    with transaction() as session:
        found = _run(session, district_id, run_id)
        content = living_workbook(found.result, words, language())
        audit.append(session, scope(), "financial_results:export", f"run/{run_id}", act="workbook.xlsx")
        file_name = f"{found.analysis}-{run_id}.xlsx".replace("_", "-")
    response = flask.Response(content, content_type=TYPES["xlsx"][0])
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    return response


@area.get("/runs/<int:run_id>/assumptions", permission="analysis:run")
def assumptions(district_id: int, run_id: int) -> ResponseReturnValue:
    """Show the assumptions of an outlook as a form."""
    with transaction() as session:
        found = _run(session, district_id, run_id)
        if found.analysis != three_year_outlook.NAME:
            raise NotFound
        wanted = flask.request.args.get("years", type=int) or found.parameters["years"]
        count = min(max(wanted, 1), MOST_YEARS)
        form = variants.blank(studies.choose(session, district_id), count, found.parameters)
        if not found.parameters.get("name"):
            form.values["name"] = ""
    return _form(district_id, run_id, form)


def _form(district_id: int, run_id: int, form: variants.Form) -> ResponseReturnValue:
    page = flask.render_template(
        "analyses/assumptions.html",
        district_id=district_id,
        run_id=run_id,
        form=form,
        errors={key: render(said, language()) for key, said in form.errors.items()},
        variants=variants,
        status_words=STATUS_WORDS,
        line_choices=[(key, render(label, language())) for key, label in variants.LINE_NAMES],
        segment_choices=[(key, render(label, language())) for key, label in variants.SEGMENT_CHOICES],
        year_choices=lambda years: [(at, at) for at in years],
    )
    return page, 422 if form.errors else 200


@area.post("/runs/<int:run_id>/assumptions", permission="analysis:run")
def change_assumptions(district_id: int, run_id: int) -> ResponseReturnValue:
    """Compute a named variant with the assumptions as typed and show it."""
    with transaction() as session:
        found = _run(session, district_id, run_id)
        if found.analysis != three_year_outlook.NAME:
            raise NotFound
        form, parameters, name = variants.read(studies.choose(session, district_id), flask.request.form)
        if form.errors:
            return _form(district_id, run_id, form)
        made = studies.answer(session, district_id, found.analysis, parameters, name=name)
        stills.ask(session, district_id, [made])
        audit.append(session, scope(), "analysis:run", f"run/{made}", act="variant")
        answered = runs.load(session, district_id, made)
        held = answered.parameters.get("name", "") if answered is not None else name
    if held != name:
        said = (
            message("These assumptions were computed before, as “{name}”. This is that answer.", name=held)
            if held
            else message("Nothing differs from the outlook without new decisions. This is that answer.")
        )
        flask.flash(render(said, language()), "info")
    return flask.redirect(flask.url_for("analyses.run", district_id=district_id, run_id=made))
