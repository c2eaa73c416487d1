"""Analyses: ask, read the answer, and follow any figure down to the rows of the filed ledger."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.jobs import accepted
from apportion.api.operations import operation
from apportion.api.refusals import Refusal
from apportion.api.shapes import Accepted, Amount, FiscalYear, Line, Moment, Shape, decimal_text, dollars
from apportion.request import language, scope
from apportion.services import services
from tenants import audit
from tenants.language import N_, message, render
from tenants.records import runs
from tenants.records.runs import Run
from tenants.roles import allows
from workers import outbox, studies, tracing
from workers.analyses.result import digest

TAG = "Analyses"


class RunSummary(Shape):
    """An answer without its tables."""

    id: int
    analysis: str
    name: str = Field(description="Name of a variant; empty for the analysis without new decisions.")
    finding: str
    version: str
    input_digest: str
    created_at: Moment
    fresh: bool = Field(description="False where newer data exists.")


class Runs(Shape):
    """The newest answer of each analysis."""

    items: list[RunSummary]


class Question(Shape):
    """What to ask; nothing for every analysis on the newest data."""

    analysis: str | None = Field(None, description="One of " + ", ".join(studies.NAMES))
    base_year: FiscalYear | None = None
    name: Line = ""
    parameters: dict[str, Any] = Field({}, description="As the run's page names them.")


class FigureShape(Shape):
    """A number with its unit and how it is made."""

    key: str
    label: str
    value: int | float | str | None = Field(description="Whole cents for unit `cents`.")
    decimal: str | None = Field(description="Dollars as decimal text, for unit `cents`.")
    unit: str
    fiscal_year: str | None
    formula: str


class Column(Shape):
    """A column of a table."""

    key: str
    label: str


class Row(Shape):
    """A row of a table; each cell names a figure."""

    label: str
    kind: str
    cells: dict[str, str | None]


class TableShape(Shape):
    """A table whose every number is a figure."""

    caption: str
    columns: list[Column]
    rows: list[Row]


class RunShape(RunSummary):
    """An answer in full."""

    certainty: str
    would_change: list[str]
    method: list[str]
    limits: list[str]
    parameters: dict[str, Any]
    inputs: list[Any]
    output_digest: str
    figures: dict[str, FigureShape]
    tables: dict[str, TableShape]


class PartShape(Shape):
    """What a figure is made of: another figure, ledger lines, an assumption or attendance."""

    kind: str = Field(description="figure, ledger, assumption or other")
    label: str
    figure: str | None = None
    value: int | float | str | None = None
    unit: str | None = None
    sign: int = 1
    source: str | None = None


class LedgerRow(Shape):
    """A line of the filed ledger."""

    line: int = Field(description="Physical line of the file.")
    account: str
    amount: Amount
    raw: str = Field(description="The row as it came.")


class SourceShape(Shape):
    """The lines of one dataset that a figure is made of; the largest are listed."""

    dataset_id: int
    fiscal_year: str
    period: str
    column: str
    file_name: str
    lines: int
    amount: Amount
    largest: list[LedgerRow]


class Lineage(Shape):
    """Where a figure comes from."""

    figure: FigureShape
    parts: list[PartShape]
    sources: list[SourceShape]
    adds_up: bool = Field(description="True if the figure is nothing but the sum of these lines.")


@operation(
    "GET",
    "/districts/<int:district_id>/runs",
    permission="financial_results:view",
    summary=N_("The newest answer of each analysis"),
    tag=TAG,
    gives=Runs,
)
def runs_newest(session: Session, district_id: int) -> Runs:
    """Return the newest answers."""
    now = studies.current_digest(session, district_id)
    return Runs(items=[_summary(each, now) for each in runs.newest(session, district_id).values()])


@operation(
    "POST",
    "/districts/<int:district_id>/runs",
    permission="analysis:run",
    summary=N_("Ask the analyses anew"),
    tag=TAG,
    takes=Question,
    gives=Accepted,
    status=202,
)
def ask_analyses(session: Session, district_id: int, body: Question) -> Accepted:
    """Ask for analyses; the same question on the same data is answered from the first answer."""
    if body.analysis is not None and body.analysis not in studies.BY_NAME:
        raise Refusal(
            message("There is no such analysis."), 422, {"analysis": message("There is no such analysis.")}
        )
    now = studies.current_digest(session, district_id)
    if now is None:
        raise Refusal(message("There is no ledger to analyse yet. Load one under Data, then ask again."), 409)
    wanted = body.model_dump(exclude_none=True)
    parameters = {key: value for key, value in wanted.items() if value}
    job_id = outbox.ask(
        session,
        "run_analyses",
        parameters,
        district_id=district_id,
        requested_by=scope().person_id,
        idempotency_key=f"analyses/{now}/{digest(parameters)[:16]}" if parameters else f"analyses/{now}",
        subject="analyses",
    )
    audit.append(session, scope(), "analysis:run", f"analyses/{body.analysis or 'all'}")
    return accepted(district_id, job_id)


@operation(
    "GET",
    "/districts/<int:district_id>/runs/<int:run_id>",
    permission="financial_results:view",
    summary=N_("One answer in full"),
    tag=TAG,
    gives=RunShape,
)
def run(session: Session, district_id: int, run_id: int) -> RunShape:
    """Return an answer with its figures and tables."""
    found = _run(session, district_id, run_id)
    document = found.result
    return RunShape(
        id=found.id,
        analysis=found.analysis,
        name=str(found.parameters.get("name", "")),
        finding=_say(document["finding"]),
        version=found.version,
        input_digest=found.input_digest,
        created_at=found.created_at,
        fresh=found.input_digest == studies.current_digest(session, district_id),
        certainty=_say(document["certainty"]),
        would_change=[_say(each) for each in document["would_change"]],
        method=[_say(each) for each in document["method"]],
        limits=[_say(each) for each in document["limits"]],
        parameters=found.parameters,
        inputs=found.inputs,
        output_digest=found.output_digest,
        figures={key: figure_shape(key, each) for key, each in document["figures"].items()},
        tables={
            key: TableShape(
                caption=_say(table["caption"]),
                columns=[Column(key=each["key"], label=_say(each["label"])) for each in table["columns"]],
                rows=[
                    Row(label=_say(row["label"]), kind=row["kind"], cells=row["cells"])
                    for row in table["rows"]
                ],
            )
            for key, table in document["tables"].items()
        },
    )


@operation(
    "GET",
    "/districts/<int:district_id>/runs/<int:run_id>/figures/<path:key>",
    permission="financial_results:view",
    summary=N_("Where a figure comes from, down to the rows of the file"),
    tag=TAG,
    gives=Lineage,
)
def figure_lineage(session: Session, district_id: int, run_id: int, key: str) -> Lineage:
    """Return a figure's lineage; rows of the file only for those who may see ledger lines."""
    found = _run(session, district_id, run_id)
    lines = allows(scope(), "ledger_lines:view")
    traced = tracing.trace(session, district_id, found, key, services().files if lines else None)
    if traced is None:
        raise NotFound
    return Lineage(
        figure=figure_shape(key, traced.figure),
        parts=[_part(each) for each in traced.parts],
        sources=[
            SourceShape(
                dataset_id=each.dataset.id,
                fiscal_year=each.dataset.fiscal_year,
                period=each.dataset.period,
                column=each.dataset.column_code,
                file_name=each.file_name,
                lines=each.count,
                amount=dollars(each.cents),
                largest=[
                    LedgerRow(
                        line=line.line,
                        account=line.account,
                        amount=dollars(line.cents),
                        raw=line.raw,
                    )
                    for line in (each.lines if lines else [])
                ],
            )
            for each in traced.sources
        ],
        adds_up=traced.adds_up,
    )


def figure_shape(key: str, figure: dict[str, Any]) -> FigureShape:
    """Return a figure for the wire."""
    money = figure["unit"] == "cents" and figure["value"] is not None
    return FigureShape(
        key=key,
        label=_say(figure["label"]),
        value=figure["value"],
        decimal=decimal_text(figure["value"]) if money else None,
        unit=figure["unit"],
        fiscal_year=figure["fiscal_year"],
        formula=_say(figure["formula"]),
    )


def _part(part: dict[str, Any]) -> PartShape:
    kind = next((name for name in ("figure", "ledger", "assumption") if name in part), "other")
    return PartShape(
        kind=kind,
        label=_say(part["label"]) if isinstance(part.get("label"), dict) else str(part.get("label", "")),
        figure=part.get("figure"),
        value=part.get("value", part.get("cents", part.get("ada"))),
        unit=part.get("unit", "cents" if "cents" in part else None),
        sign=part.get("sign", 1),
        source=_say(part["source"]) if isinstance(part.get("source"), dict) else None,
    )


def _summary(found: runs.RunSummary, now: str | None) -> RunSummary:
    return RunSummary(
        id=found.id,
        analysis=found.analysis,
        name=found.name,
        finding=_say(found.finding),
        version=found.version,
        input_digest=found.input_digest,
        created_at=found.created_at,
        fresh=found.input_digest == now,
    )


def _run(session: Session, district_id: int, run_id: int) -> Run:
    found = runs.load(session, district_id, run_id)
    if found is None:
        raise NotFound
    return found


def _say(said: dict[str, Any]) -> str:
    return render(said, language())
