"""Datasets into the database: by COPY through a stage, then one INSERT under row-level security."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.base import RECORD_IDS
from tenants.records.datasets import AttendanceFigure, DatasetElement, DatasetFinding
from tenants.records.datasets import Dataset as StoredDataset
from workers.imports.ledger import control
from workers.imports.ledger.arrow import pa, pacsv
from workers.imports.ledger.dataset import CODE_COLUMNS, Dataset
from workers.imports.ledger.elements import attendance
from workers.imports.ledger.findings import Finding

BATCH = 100_000
"""Lines written to COPY at a time."""
STAGED = ("line", *CODE_COLUMNS, "amount_cents", "flag")
_NAMES = ", ".join(STAGED)
_COPIES = {
    "ledger_stage": f"copy ledger_stage ({_NAMES}) from stdin (format csv)",
    "ledger_detail_stage": ("copy ledger_detail_stage (line, description, party) from stdin (format csv)"),
}
_TAKE_LINES = text(
    f"insert into ledger_line (district_id, dataset_id, {_NAMES})"
    f" select :district, :dataset, {_NAMES} from ledger_stage"
)
SURENESS = {"BA": 4, "IP": 3, "IA": 3, "BE": 2, "IB": 1, "IO": 1, "BB": 1}
"""Of two filings that state a year's attendance the surer one is kept: actuals before estimates before
budgets."""


def keep_dataset(
    session: Session,
    district_id: int,
    load_id: int,
    dataset: Dataset,
    readings: dict[int, int],
    file_total: dict[str, str] | None = None,
) -> tuple[int, int | None]:
    """Store a dataset with its lines, elements and attendance; supersede the one that it replaces.

    A dataset with the same rows as the current one replaces nothing: the current one stands for it.

    Returns:
        The id of the dataset that now stands, and of the one that was replaced or None.
    """
    digest = dataset.digest()
    current = session.execute(
        select(StoredDataset.id, StoredDataset.digest)
        .where(
            StoredDataset.district_id == district_id,
            StoredDataset.fiscal_year == dataset.fiscal_year,
            StoredDataset.period == dataset.period,
            StoredDataset.column_code == dataset.column,
            StoredDataset.state == "ready",
        )
        .with_for_update()
    ).one_or_none()
    if current is not None and current.digest == digest:
        return current.id, None
    dataset_id: int = session.scalar(select(RECORD_IDS.next_value()))  # type: ignore[assignment]
    if current is not None:
        session.execute(
            update(StoredDataset)
            .where(StoredDataset.district_id == district_id, StoredDataset.id == current.id)
            .values(state="superseded", superseded_by=dataset_id)
        )
    session.execute(
        insert(StoredDataset).values(
            district_id=district_id,
            id=dataset_id,
            load_id=load_id,
            fiscal_year=dataset.fiscal_year,
            period=dataset.period,
            column_code=dataset.column,
            lines=len(dataset.lines),
            digest=digest,
            control={**control.document(dataset, readings), "file_total": file_total},
        )
    )
    copy_lines(session, district_id, dataset_id, dataset.lines)
    if dataset.details is not None:
        _copy_details(session, district_id, dataset_id, dataset.details)
    _keep_elements(session, district_id, dataset_id, dataset)
    return dataset_id, current.id if current is not None else None


def copy_lines(session: Session, district_id: int, dataset_id: int, lines: pd.DataFrame) -> None:
    """Bring lines into `ledger_line`.

    COPY can't write into a table with row-level security, so the rows go into a temporary stage that the
    transaction's end drops, and from there by one INSERT that the policies check.
    """
    session.execute(
        text(
            "create temporary table if not exists ledger_stage (line integer, fund text, resource text, "
            "project_year text,"
            " goal text, function text, object text, school text, amount_cents bigint, flag text) on commit "
            "drop"
        )
    )
    session.execute(text("truncate ledger_stage"))
    _copy(session, "ledger_stage", copy_blocks(lines))
    session.execute(_TAKE_LINES, {"district": district_id, "dataset": dataset_id})


def copy_blocks(lines: pd.DataFrame) -> Iterator[bytes]:
    """Yield lines as CSV blocks; an empty text is quoted, so that COPY does not read it as nothing."""
    columns = {
        name: pa.array(lines[name].to_numpy())
        if name in ("line", "amount_cents")
        else pa.DictionaryArray.from_arrays(
            pa.array(np.ascontiguousarray(lines[name].cat.codes.to_numpy())),
            pa.array([str(each) for each in lines[name].cat.categories] or [""], pa.string()),
        ).cast(pa.string())
        for name in STAGED
    }
    yield from _csv(pa.table(columns))


def _csv(table: Any) -> Iterator[bytes]:
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    for batch in table.to_batches(max_chunksize=BATCH):
        sink = pa.BufferOutputStream()
        pacsv.write_csv(batch, sink, options)
        yield sink.getvalue().to_pybytes()


def _copy(session: Session, stage: str, blocks: Iterator[bytes]) -> None:
    connection = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(_COPIES[stage]) as sink:  # type: ignore[union-attr]
        for block in blocks:
            sink.write(block)


def _copy_details(session: Session, district_id: int, dataset_id: int, details: pd.DataFrame) -> None:
    """Keep descriptions and payees apart from the lines: they are personnel information."""
    filled = details[(details["description"] != "") | (details["party"] != "")]
    if filled.empty:
        return
    session.execute(
        text(
            "create temporary table if not exists ledger_detail_stage (line integer, description text, "
            "party text)"
            " on commit drop"
        )
    )
    session.execute(text("truncate ledger_detail_stage"))
    table = pa.table(
        {
            "line": pa.array(filled["line"].to_numpy()),
            "description": pa.array(filled["description"].astype(object).tolist(), pa.string()),
            "party": pa.array(filled["party"].astype(object).tolist(), pa.string()),
        }
    )
    _copy(session, "ledger_detail_stage", _csv(table))
    session.execute(
        text(
            "insert into ledger_line_detail (district_id, dataset_id, line, description, party)"
            " select :district, :dataset, line, description, party from ledger_detail_stage"
        ),
        {"district": district_id, "dataset": dataset_id},
    )


def _keep_elements(session: Session, district_id: int, dataset_id: int, dataset: Dataset) -> None:
    if dataset.elements:
        session.execute(
            insert(DatasetElement),
            [
                {
                    "district_id": district_id,
                    "dataset_id": dataset_id,
                    "name": name,
                    "value": value.replace("\x00", ""),
                }
                for name, value in dataset.elements.items()
            ],
        )
    stated = attendance(dataset)
    ada = stated and (stated.p2 or stated.annual or stated.funded)
    if ada:
        _keep_attendance(session, district_id, dataset_id, dataset, ada)


def _keep_attendance(
    session: Session, district_id: int, dataset_id: int, dataset: Dataset, ada: Decimal
) -> None:
    """Keep a year's attendance unless somebody entered it or a surer filing stated it."""
    before = session.execute(
        select(AttendanceFigure.source, StoredDataset.column_code)
        .outerjoin(
            StoredDataset,
            (StoredDataset.district_id == AttendanceFigure.district_id)
            & (StoredDataset.id == AttendanceFigure.dataset_id),
        )
        .where(
            AttendanceFigure.district_id == district_id, AttendanceFigure.fiscal_year == dataset.fiscal_year
        )
    ).one_or_none()
    if before is not None and (
        before.source == "entered" or SURENESS.get(before.column_code or "", 0) > SURENESS[dataset.column]
    ):
        return
    values = {
        "ada": ada,
        "source": "element",
        "dataset_id": dataset_id,
        "entered_by": None,
        "updated_at": func.now(),
    }
    session.execute(
        insert(AttendanceFigure)
        .values(district_id=district_id, fiscal_year=dataset.fiscal_year, **values)
        .on_conflict_do_update(index_elements=["district_id", "fiscal_year"], set_=values)
    )


def keep_findings(
    session: Session, district_id: int, load_id: int, findings: list[Finding], dataset_ids: list[int]
) -> None:
    """Replace a load's findings by those of its last reading."""
    session.execute(
        delete(DatasetFinding).where(
            DatasetFinding.district_id == district_id, DatasetFinding.load_id == load_id
        )
    )
    if not findings:
        return
    session.execute(
        insert(DatasetFinding),
        [
            {
                "district_id": district_id,
                "load_id": load_id,
                "dataset_id": dataset_ids[one.dataset]
                if one.dataset is not None and one.dataset < len(dataset_ids)
                else None,
                "severity": one.severity,
                "rule": one.rule,
                "line": one.line,
                "field": _clean(one.field),
                "found": _clean(one.found),
                "expected": _clean(one.expected),
                "message": one.message,
            }
            for one in findings
        ],
    )


def _clean(words: str | None) -> str | None:
    return None if words is None else words.replace("\x00", "�")
