"""Ledgers: load a file, see what the reader found, read datasets and their lines."""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.operations import operation
from apportion.api.refusals import Refusal
from apportion.api.shapes import Amount, FiscalYear, Moment, Page, Paging, Shape, dollars
from apportion.data.loads import lacks
from apportion.request import language, scope
from apportion.services import services
from tenants import audit
from tenants.language import N_, message, render
from tenants.records.datasets import Dataset, DatasetFinding, LedgerLoad, SourceFile
from tenants.records.jobs import Job
from tenants.records.ledger import LedgerLine
from workers.imports.ledger.accept import accept
from workers.imports.ledger.findings import RefusedFileError

TAG = "Data"


class LoadForm(Shape):
    """What the file is said to be; the fields beside `file` in a multipart form."""

    fiscal_year: FiscalYear | None = None
    period: str | None = Field(None, max_length=4)
    column: str | None = Field(None, max_length=4)
    control_total: str | None = Field(None, max_length=40, description="Total to foot to, as in your report.")
    mapping_id: int | None = None


class LoadShape(Shape):
    """One act of loading a file."""

    id: int
    state: str = Field(description="received, reading, needs_mapping, ready, refused or cancelled")
    file_name: str
    sha256: str
    size: int
    layout: str | None
    expected: dict[str, Any]
    report: dict[str, Any] | None = Field(
        description="What `apportion ledger check --json` says of the file."
    )
    job_id: int | None
    requested_at: Moment
    finished_at: Moment | None


class FindingShape(Shape):
    """One outcome of a check."""

    id: int
    severity: str
    rule: str
    dataset_id: int | None
    line: int | None
    field: str | None
    found: str | None
    expected: str | None
    message: str


class DatasetShape(Shape):
    """One ledger of one fiscal year, period and column."""

    id: int
    load_id: int
    fiscal_year: str
    period: str
    column: str
    state: str
    lines: int
    digest: str
    control: dict[str, Any]
    certified_at: Moment | None
    created_at: Moment


class LineShape(Shape):
    """One line of a ledger."""

    line: int
    fund: str
    resource: str
    project_year: str
    goal: str
    function: str
    object: str
    school: str
    amount: Amount


@operation(
    "POST",
    "/districts/<int:district_id>/loads",
    permission="ledger:load",
    summary=N_("Load a ledger file"),
    tag=TAG,
    form=LoadForm,
    gives=LoadShape,
    status=202,
)
def load_ledger(session: Session, district_id: int, form: LoadForm) -> LoadShape:
    """Take the file in and ask for it to be read; the same file again gives the same load."""
    upload = flask.request.files.get("file")
    if upload is None or not upload.filename:
        missing = message("Send the file as the multipart field named file.")
        raise Refusal(missing, 422, {"file": missing})
    try:
        taken = accept(
            session,
            services().files,
            district_id,
            scope().person_id or 0,
            upload.stream,
            upload.filename,
            form.model_dump(exclude_none=True),
        )
    except RefusedFileError as refused:
        raise Refusal(refused.finding.message, 422, {"file": refused.finding.message}) from refused
    return _load(session, district_id, taken.load_id)


@operation(
    "GET",
    "/districts/<int:district_id>/loads",
    permission="dataset:view",
    summary=N_("Loads, newest first"),
    tag=TAG,
    query=Paging,
    gives=Page[LoadShape],
)
def loads(session: Session, district_id: int, query: Paging) -> Page[LoadShape]:
    """Return the loads of the district."""
    wanted = select(LedgerLoad.id).where(LedgerLoad.district_id == district_id)
    if query.position is not None:
        wanted = wanted.where(LedgerLoad.id < query.position)
    ids = session.scalars(wanted.order_by(LedgerLoad.id.desc()).limit(query.limit + 1)).all()
    shown = _loads(session, district_id, list(ids[: query.limit]))
    return Page[LoadShape](items=shown, next=str(ids[query.limit - 1]) if len(ids) > query.limit else None)


@operation(
    "GET",
    "/districts/<int:district_id>/loads/<int:load_id>",
    permission="dataset:view",
    summary=N_("One load with what was found"),
    tag=TAG,
    gives=LoadShape,
)
def load(session: Session, district_id: int, load_id: int) -> LoadShape:
    """Return one load."""
    return _load(session, district_id, load_id)


@operation(
    "GET",
    "/districts/<int:district_id>/loads/<int:load_id>/findings",
    permission="dataset:view",
    summary=N_("Findings of a load"),
    tag=TAG,
    query=Paging,
    gives=Page[FindingShape],
)
def findings(session: Session, district_id: int, load_id: int, query: Paging) -> Page[FindingShape]:
    """Return what the checks found."""
    _load(session, district_id, load_id)
    rows = session.scalars(
        select(DatasetFinding)
        .where(
            DatasetFinding.district_id == district_id,
            DatasetFinding.load_id == load_id,
            DatasetFinding.id > (query.position or 0),
        )
        .order_by(DatasetFinding.id)
        .limit(query.limit + 1)
    ).all()
    return Page[FindingShape](
        items=[
            FindingShape(
                id=row.id,
                severity=row.severity,
                rule=row.rule,
                dataset_id=row.dataset_id,
                line=row.line,
                field=row.field,
                found=row.found,
                expected=row.expected,
                message=render(row.message, language()),
            )
            for row in rows[: query.limit]
        ],
        next=str(rows[query.limit - 1].id) if len(rows) > query.limit else None,
    )


@operation(
    "GET",
    "/districts/<int:district_id>/datasets",
    permission="dataset:view",
    summary=N_("Datasets, newest first"),
    tag=TAG,
    query=Paging,
    gives=Page[DatasetShape],
)
def datasets(session: Session, district_id: int, query: Paging) -> Page[DatasetShape]:
    """Return the district's datasets, superseded ones too."""
    wanted = select(Dataset).where(Dataset.district_id == district_id)
    if query.position is not None:
        wanted = wanted.where(Dataset.id < query.position)
    rows = session.scalars(wanted.order_by(Dataset.id.desc()).limit(query.limit + 1)).all()
    return Page[DatasetShape](
        items=[_dataset(row) for row in rows[: query.limit]],
        next=str(rows[query.limit - 1].id) if len(rows) > query.limit else None,
    )


@operation(
    "GET",
    "/districts/<int:district_id>/datasets/<int:dataset_id>/lines",
    permission="ledger_lines:view",
    summary=N_("Lines of a dataset, as filed"),
    tag=TAG,
    query=Paging,
    gives=Page[LineShape],
)
def lines(session: Session, district_id: int, dataset_id: int, query: Paging) -> Page[LineShape]:
    """Return the lines in the order of the file."""
    if session.get(Dataset, (district_id, dataset_id)) is None:
        raise NotFound
    rows = session.scalars(
        select(LedgerLine)
        .where(
            LedgerLine.district_id == district_id,
            LedgerLine.dataset_id == dataset_id,
            LedgerLine.line > (query.position or 0),
        )
        .order_by(LedgerLine.line)
        .limit(query.limit + 1)
    ).all()
    return Page[LineShape](
        items=[
            LineShape(
                line=row.line,
                fund=row.fund,
                resource=row.resource,
                project_year=row.project_year,
                goal=row.goal,
                function=row.function,
                object=row.object,
                school=row.school,
                amount=dollars(row.amount_cents),
            )
            for row in rows[: query.limit]
        ],
        next=str(rows[query.limit - 1].line) if len(rows) > query.limit else None,
    )


@operation(
    "POST",
    "/districts/<int:district_id>/datasets/<int:dataset_id>/certify",
    permission="dataset:certify",
    summary=N_("Certify a dataset"),
    tag=TAG,
    gives=DatasetShape,
)
def certify_dataset(session: Session, district_id: int, dataset_id: int) -> DatasetShape:
    """Certify that a dataset is the district's ledger."""
    row = session.get(Dataset, (district_id, dataset_id), with_for_update=True)
    if row is None:
        raise NotFound
    lacking = lacks(row)
    if lacking is not None:
        raise Refusal(lacking, 409)
    if row.certified_at is None:
        row.certified_by, row.certified_at = scope().person_id, dt.datetime.now(dt.UTC)
        session.flush()
        audit.append(session, scope(), "dataset:certify", f"dataset/{dataset_id}", digest=row.digest)
    return _dataset(row)


def _dataset(row: Dataset) -> DatasetShape:
    return DatasetShape(
        id=row.id,
        load_id=row.load_id,
        fiscal_year=row.fiscal_year,
        period=row.period,
        column=row.column_code,
        state=row.state,
        lines=row.lines,
        digest=row.digest,
        control=row.control,
        certified_at=row.certified_at,
        created_at=row.created_at,
    )


def _load(session: Session, district_id: int, load_id: int) -> LoadShape:
    found = _loads(session, district_id, [load_id])
    if not found:
        raise NotFound
    return found[0]


def _loads(session: Session, district_id: int, ids: list[int]) -> list[LoadShape]:
    rows = session.execute(
        select(LedgerLoad, SourceFile)
        .join(
            SourceFile,
            (SourceFile.district_id == LedgerLoad.district_id) & (SourceFile.id == LedgerLoad.source_file_id),
        )
        .where(LedgerLoad.district_id == district_id, LedgerLoad.id.in_(ids))
        .order_by(LedgerLoad.id.desc())
    ).all()
    jobs = {
        row.subject: row.id
        for row in session.execute(
            select(Job.subject, Job.id)
            .where(
                Job.district_id == district_id,
                Job.kind == "read_ledger",
                Job.subject.in_([f"ledger_load/{each}" for each in ids]),
            )
            .order_by(Job.id)
        )
    }
    return [
        LoadShape(
            id=load_.id,
            state=load_.state,
            file_name=file.name,
            sha256=file.sha256,
            size=file.size,
            layout=load_.layout,
            expected=load_.expected,
            report=load_.report,
            job_id=jobs.get(f"ledger_load/{load_.id}"),
            requested_at=load_.requested_at,
            finished_at=load_.finished_at,
        )
        for load_, file in rows
    ]
