"""The jobs that read positions and counts of students: a file in, sets and findings out, or nothing.

A worker killed before the commit leaves no rows; the file is removed after the commit, and a start that finds
it gone but the load still open says so plainly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, cast

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants import audit
from tenants.files import UnknownFileError
from tenants.language import N_, message
from tenants.records.datasets import ColumnMapping
from tenants.records.people_data import PositionLoad, StudentLoad
from workers.faults import fault_point
from workers.imports.ledger.cells import Table
from workers.imports.ledger.findings import Finding, Findings, RefusedFileError
from workers.imports.ledger.mapping import signature
from workers.imports.people import fields, sheet
from workers.imports.people.positions import read_positions
from workers.imports.people.store import keep_counts, keep_positions
from workers.imports.people.students import read_counts
from workers.kinds import JobRefused, RunningJob, job_kind

STEPS = 3
Load = PositionLoad | StudentLoad
Keep = Callable[[Session], list[int]]


@dataclasses.dataclass(frozen=True)
class _Task:
    """What a job needs to know of its load."""

    load: type[PositionLoad] | type[StudentLoad]
    load_id: int
    kind: fields.Kind
    storage_key: str
    name: str
    expected: dict[str, Any]


@job_kind(
    "read_positions",
    queue="imports",
    limit_seconds=1800,
    attempts=3,
    rights="requester",
    permission="positions:create",
)
def read_position_file(job: RunningJob) -> dict[str, Any]:
    """Read the load of positions that the parameters name (`load_id`).

    Raises:
        JobRefused: when the load or its file is gone.
    """
    task = _begin(job, PositionLoad)

    def read(frame: pd.DataFrame, findings: Findings) -> Keep | None:
        stated = _decimal(task.expected.get("total_fte"))
        found = read_positions(frame, findings, fiscal_year=task.expected.get("fiscal_year"), stated=stated)
        if found is None:
            return None
        return lambda session: [keep_positions(session, job.district_id, task.load_id, found)]

    return _run(job, task, read)


@job_kind(
    "read_student_counts",
    queue="imports",
    limit_seconds=1800,
    attempts=3,
    rights="requester",
    permission="student_counts:create",
)
def read_student_file(job: RunningJob) -> dict[str, Any]:
    """Read the load of student counts that the parameters name (`load_id`).

    Raises:
        JobRefused: when the load or its file is gone.
    """
    task = _begin(job, StudentLoad)
    kind = next(each for each in fields.STUDENT_KINDS if each == task.kind)

    def read(frame: pd.DataFrame, findings: Findings) -> Keep | None:
        found = read_counts(kind, frame, findings, fiscal_year=task.expected.get("fiscal_year"))
        if not found:
            return None
        return lambda session: [keep_counts(session, job.district_id, task.load_id, one) for one in found]

    return _run(job, task, read)


def _begin(job: RunningJob, loads: type[PositionLoad] | type[StudentLoad]) -> _Task:
    load_id = int(job.parameters["load_id"])
    gone = message("The file of this load is gone. Load it again.")
    with job.transaction() as session:
        load = cast("Load | None", session.get(loads, (job.district_id, load_id)))
        if load is None or load.storage_key is None:
            raise JobRefused(gone)
        load.state = "reading"
        kind: fields.Kind = "positions" if loads is PositionLoad else load.expected["kind"]
        task = _Task(loads, load_id, kind, load.storage_key, load.name, dict(load.expected))
    try:
        job.files.path(task.storage_key)
    except UnknownFileError:
        raise JobRefused(gone) from None
    return task


def _run(
    job: RunningJob, task: _Task, read: Callable[[pd.DataFrame, Findings], Keep | None]
) -> dict[str, Any]:
    job.progress(0, STEPS, message("Reading {name}", name=task.name))
    findings = Findings()
    try:
        table = sheet.one_table(job.files.path(task.storage_key), findings)
    except RefusedFileError as refused:
        findings.add(refused.finding)
        return _end(job, task, findings, None)
    columns, asked = _columns(job, task, table)
    if asked is not None:
        return _end(job, task, findings, None, asked)
    job.progress(1, STEPS, message("Reading {name}", name=task.name))
    job.raise_if_cancelled()
    keep = read(sheet.frame_of(table, columns), findings)
    job.progress(2, STEPS, message("Reading {name}", name=task.name))
    return _end(job, task, findings, None if findings.fatal else keep, columns=columns, table=table)


def _columns(job: RunningJob, task: _Task, table: Table) -> tuple[dict[str, str], dict[str, Any] | None]:
    """Return field to heading: as a person said, as saved for these headings, or as guessed where sure.

    Also returns what to ask where none of these holds. A column that holds personnel information, or that
    nobody knows in a file of positions, is asked about without samples of it.
    """
    layout = fields.LAYOUTS[task.kind]
    headings = table.headings
    said: dict[str, str] | None = task.expected.get("columns")
    if said is None:
        with job.transaction() as session:
            stored = session.scalar(
                select(ColumnMapping.mapping).where(
                    ColumnMapping.district_id == job.district_id,
                    ColumnMapping.signature == f"{task.kind}:{signature(headings)}",
                )
            )
        said = stored["columns"] if stored else None
    if said is not None:
        known = {field: heading for field, heading in said.items() if heading in headings}
        if set(layout.needed) <= set(known):
            return known, None
    guesses = fields.guesses(task.kind, headings, sheet.samples_of(table))
    sure = {one.field: headings[one.column] for one in guesses if one.confidence >= fields.SURE}
    if said is None and set(layout.needed) <= set(sure):
        return {one.field: headings[one.column] for one in guesses}, None
    unknown = set(range(len(headings))) - {one.column for one in guesses}
    personal = {one.column for one in guesses if one.field in layout.personal}
    hidden = personal | unknown if task.kind == "positions" else unknown
    question = {
        "headings": headings,
        "samples": {str(place): values for place, values in sheet.samples_of(table, hidden).items()},
        "guesses": [dataclasses.asdict(one) for one in guesses],
        "line": table.heading_line,
    }
    return {}, question


def _end(
    job: RunningJob,
    task: _Task,
    findings: Findings,
    keep: Keep | None,
    asked: dict[str, Any] | None = None,
    *,
    columns: dict[str, str] | None = None,
    table: Table | None = None,
) -> dict[str, Any]:
    """Keep what was found, and the sets of a file that foots; forget the file unless columns are asked."""
    if keep is None and asked is None and not findings.fatal:
        findings.add(
            Finding(
                "fatal",
                "NO-ROWS",
                message("The file has nothing that could be loaded. Export it again."),
                field="file",
                found="0",
                expected=N_("rows"),
            )
        )
    state = "needs_mapping" if asked is not None else "refused" if keep is None else "ready"
    with job.transaction() as session:
        ids = keep(session) if keep is not None else []
        fault_point("people_rows")
        listed = findings.listed()
        load = cast("Load", session.get_one(task.load, (job.district_id, task.load_id)))
        load.state = state
        load.report = {
            "findings": [{**one.document(), "said": one.message} for one in listed],
            "needs_mapping": asked,
            "set_ids": ids,
            "rows": len(table) if table is not None else None,
            "columns": columns,
        }
        if asked is None:
            load.storage_key = None
        load.finished_at = session.scalar(select(func.now()))
        if ids and columns is not None and table is not None and task.expected.get("columns"):
            _remember(session, job, task, table.headings, columns)
        result = {"load_id": task.load_id, "state": state, "set_ids": ids}
        if ids:
            act = "positions:create" if task.kind == "positions" else "student_counts:create"
            audit.append(session, job.scope, act, f"{task.load.__tablename__}/{task.load_id}", sets=ids)
        job.finish(session, result)
    if asked is None:
        job.files.remove(task.storage_key)
    return result


def _remember(
    session: Session, job: RunningJob, task: _Task, headings: list[str], columns: dict[str, str]
) -> None:
    """Save what a person said as this district's way, so that next year's file needs no naming."""
    values = {
        "name": task.kind,
        "mapping": {"people": task.kind, "columns": columns},
        "created_by": job.requested_by,
    }
    session.execute(
        insert(ColumnMapping)
        .values(district_id=job.district_id, signature=f"{task.kind}:{signature(headings)}", **values)
        .on_conflict_do_update(index_elements=["district_id", "signature"], set_=values)
    )


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "")) if text else None
    except InvalidOperation:
        return None
