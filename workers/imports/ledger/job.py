"""The job that reads a load: file in, rows, findings and control out, in one transaction; or nothing.

A worker killed anywhere before the commit leaves no rows: the stage is the transaction's own, and the job's
row,
still unfinished, is started again. A start that lost its lease can't commit, because the fence is checked
first.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tenants import audit
from tenants.language import Message, message, message_n
from tenants.organizations import Organization
from tenants.records.datasets import ColumnMapping, Dataset, LedgerLoad, SourceFile
from tenants.records.ledger import LedgerLine
from workers import outbox, webhooks
from workers.faults import fault_point
from workers.imports.ledger import mapping as mappings
from workers.imports.ledger.checks import compare_balances
from workers.imports.ledger.codes import CDS_CODE, next_year
from workers.imports.ledger.control import file_total
from workers.imports.ledger.dataset import Reading
from workers.imports.ledger.findings import Finding, RefusedFileError
from workers.imports.ledger.official_pairs import compare_with_official_files
from workers.imports.ledger.reader import Expectation, read
from workers.imports.ledger.report import file_document
from workers.imports.ledger.store import keep_dataset, keep_findings
from workers.kinds import JobRefused, RunningJob, job_kind

STEPS = 6
"""Four of reading, then storing, then done."""


@dataclasses.dataclass(frozen=True)
class _Task:
    """What the job needs to know of its load."""

    load_id: int
    storage_key: str
    name: str
    expectation: Expectation
    mapping: mappings.Mapping | None
    control_total: str | None


@job_kind(
    "read_ledger",
    queue="imports",
    limit_seconds=1800,
    attempts=3,
    rights="requester",
    permission="ledger:load",
)
def read_ledger(job: RunningJob) -> dict[str, Any]:
    """Read the load that the parameters name (`load_id`).

    Raises:
        JobRefused: when the load is gone or was cancelled.
    """
    task = _begin(job)
    job.progress(0, STEPS, message("Reading {name}", name=task.name))
    path = job.files.path(task.storage_key)

    def step(done: int, _total: int) -> None:
        job.progress(done, STEPS, message("Reading {name}", name=task.name))
        job.raise_if_cancelled()

    reading = read(path, name=task.name, mapping=task.mapping, expected=task.expectation, progress=step)
    if reading.needs_mapping is not None:
        saved = _saved_mapping(job, task, reading.needs_mapping)
        if saved is None:
            return _end(job, task, reading, "needs_mapping")
        reading = read(path, name=task.name, mapping=saved, expected=task.expectation, progress=step)
    if not reading.accepted:
        if reading.layout == "plain-table":
            # The columns may be the fault, or the way of writing that they declare: they can be named anew.
            reading.needs_mapping = read(path, name=task.name).needs_mapping
        return _end(job, task, reading, "refused")
    return _store(job, task, reading)


def _begin(job: RunningJob) -> _Task:
    load_id = int(job.parameters["load_id"])
    with job.transaction() as session:
        found = session.execute(
            select(LedgerLoad, SourceFile)
            .join(
                SourceFile,
                (SourceFile.district_id == LedgerLoad.district_id)
                & (SourceFile.id == LedgerLoad.source_file_id),
            )
            .where(LedgerLoad.district_id == job.district_id, LedgerLoad.id == load_id)
        ).one_or_none()
        if found is None or found[0].state == "cancelled":
            raise JobRefused(message("This load is no longer wanted. Load the file again if you need it."))
        load, file = found
        cds_code = session.scalar(select(Organization.cds_code).where(Organization.id == job.district_id))
        load.state = "reading"
        expected = load.expected
        mapping = _chosen_mapping(session, job.district_id, expected.get("mapping_id"))
    expectation = Expectation(
        fiscal_year=expected.get("fiscal_year") or None,
        period=expected.get("period") or None,
        column=expected.get("column") or None,
        cds_code=cds_code if cds_code and CDS_CODE.fullmatch(cds_code) else None,
        readings={int(line): int(cents) for line, cents in (expected.get("readings") or {}).items()},
    )
    return _Task(
        load_id,
        file.storage_key,
        file.name,
        expectation,
        _with_stated(mapping, expectation) if mapping is not None else None,
        expected.get("control_total"),
    )


STATED = ("fiscal_year", "period", "column")


def _with_stated(mapping: mappings.Mapping, expected: Expectation) -> mappings.Mapping:
    """Return a mapping with what the person said of this file where no column says it."""
    said = {name: getattr(expected, name) for name in STATED if name not in mapping.columns}
    named = {name: value for name, value in said.items() if value}
    return dataclasses.replace(mapping, values={**mapping.values, **named})


def _chosen_mapping(session: Session, district_id: int, mapping_id: int | None) -> mappings.Mapping | None:
    if mapping_id is None:
        return None
    stored = session.scalar(
        select(ColumnMapping.mapping).where(
            ColumnMapping.district_id == district_id, ColumnMapping.id == mapping_id
        )
    )
    return mappings.from_document(stored) if stored is not None else None


def _saved_mapping(job: RunningJob, task: _Task, asked: dict[str, Any]) -> mappings.Mapping | None:
    """Return the saved mapping of these headings; of a workbook's sheets, for the one sheet that has them.

    None where there is none, or where neither a column nor the person says which year and report this file
    is:
    those of the last file with these headings would put this year's rows over last year's.
    """
    sheets = asked.get("sheets") or [asked]
    by_signature = {one["signature"]: one for one in sheets if one["headings"]}
    with job.transaction() as session:
        stored = session.execute(
            select(ColumnMapping.signature, ColumnMapping.mapping).where(
                ColumnMapping.district_id == job.district_id, ColumnMapping.signature.in_(by_signature)
            )
        ).all()
    if len(stored) != 1:
        return None
    signature, document = stored[0]
    try:
        saved = mappings.from_document(document)
    except RefusedFileError:
        # A mapping of an older form is asked for anew rather than guessed at.
        return None
    saved = _with_stated(saved, task.expectation)
    if not all(getattr(task.expectation, name) for name in STATED if name not in saved.columns):
        return None
    fitting = [one["name"] for one in sheets if "name" in one and one.get("signature") == signature]
    if saved.sheet in fitting or not fitting:
        return saved if fitting else dataclasses.replace(saved, sheet=None)
    # The sheet has another name this year: its headings tell it, unless two sheets have the same.
    return dataclasses.replace(saved, sheet=fitting[0]) if len(fitting) == 1 else None


def _end(job: RunningJob, task: _Task, reading: Reading, state: str) -> dict[str, Any]:
    """Keep what was found of a load that brings no rows."""
    with job.transaction() as session:
        listed = reading.findings.listed()
        keep_findings(session, job.district_id, task.load_id, listed, [])
        total = file_total(reading.datasets, task.control_total) if reading.datasets else None
        _finish_load(session, job.district_id, task.load_id, state, reading, listed, [], total)
        result = {"load_id": task.load_id, "state": state}
        job.finish(session, result)
    return result


def _store(job: RunningJob, task: _Task, reading: Reading) -> dict[str, Any]:
    job.progress(STEPS - 1, STEPS, _lines_note(reading))
    with job.transaction() as session:
        total = file_total(reading.datasets, task.control_total)
        kept = [
            keep_dataset(session, job.district_id, task.load_id, dataset, task.expectation.readings, total)
            for dataset in reading.datasets
        ]
        fault_point("ledger_rows")
        ids = [dataset_id for dataset_id, _ in kept]
        _compare_with_the_year_before(session, job.district_id, reading)
        compare_with_official_files(session, job.district_id, reading)
        listed = reading.findings.listed()
        keep_findings(session, job.district_id, task.load_id, listed, ids)
        _finish_load(session, job.district_id, task.load_id, "ready", reading, listed, ids)
        outbox.ask(
            session,
            "run_analyses",
            {},
            district_id=job.district_id,
            requested_by=job.requested_by,
            idempotency_key=f"load/{task.load_id}",
            subject=f"ledger_load/{task.load_id}",
        )
        for dataset_id in ids:
            place = f"/d/{job.district_id}/data/sets/{dataset_id}"
            webhooks.emit(session, job.district_id, "dataset.accepted", f"dataset/{dataset_id}", place)
        result = {
            "load_id": task.load_id,
            "state": "ready",
            "dataset_ids": ids,
            "replaced": [old for _, old in kept if old is not None],
        }
        audit.append(
            session,
            job.scope,
            "ledger:load",
            f"ledger_load/{task.load_id}",
            datasets=ids,
            replaced=result["replaced"],
        )
        job.finish(session, result)
    return result


def _compare_with_the_year_before(session: Session, district_id: int, reading: Reading) -> None:
    """Compare beginning balances with the loaded unaudited actuals of the year before.

    A warning here and not a refusal, as it would be within one filing: the older ledger may be the wrong one.
    """
    for position, dataset in enumerate(reading.datasets):
        if dataset.column not in ("BA", "BE"):
            continue
        ended = session.execute(
            select(LedgerLine.fund, LedgerLine.resource, func.sum(LedgerLine.amount_cents))
            .join(
                Dataset,
                (Dataset.district_id == LedgerLine.district_id) & (Dataset.id == LedgerLine.dataset_id),
            )
            .where(
                Dataset.district_id == district_id,
                Dataset.state == "ready",
                Dataset.fiscal_year == next_year(dataset.fiscal_year, -1),
                Dataset.period == "A",
                Dataset.column_code == "BA",
                LedgerLine.object == "979Z",
            )
            .group_by(LedgerLine.fund, LedgerLine.resource)
        ).all()
        if ended:
            before = {(fund, resource): int(cents) for fund, resource, cents in ended}
            compare_balances(before, dataset, position, reading.findings, "warning")


def _lines_note(reading: Reading) -> Message:
    count = sum(len(dataset.lines) for dataset in reading.datasets)
    return message_n("Storing one line", "Storing {n} lines", count)


def _finish_load(
    session: Session,
    district_id: int,
    load_id: int,
    state: str,
    reading: Reading,
    listed: list[Finding],
    dataset_ids: list[int],
    total: dict[str, str] | None = None,
) -> None:
    report = file_document(reading)
    report["file_total"] = total
    # All findings stand as rows of `dataset_finding`; fatal ones are repeated here with their proposed
    # readings.
    report["findings"] = [
        {"proposed_cents": one.proposed_cents, "account": one.account, "said": one.message, **printed}
        for one, printed in zip(listed, report["findings"], strict=True)
        if one.severity == "fatal"
    ]
    report["dataset_ids"] = dataset_ids
    report["needs_mapping"] = reading.needs_mapping
    session.execute(
        update(LedgerLoad)
        .where(LedgerLoad.district_id == district_id, LedgerLoad.id == load_id)
        .values(state=state, layout=reading.layout, report=report, finished_at=func.now())
    )
