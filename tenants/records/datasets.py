"""Files as they came, loads, datasets and what was found in them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, DistrictOwned, Record, now, to_district, within_district


class SourceFile(Base, Record):
    """A file as it came, kept under its digest."""

    __tablename__ = "source_file"
    __table_args__ = (
        to_district(),
        UniqueConstraint("district_id", "sha256"),
        {"info": {"information": "cabinet"}},
    )

    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    storage_key: Mapped[str]
    received_by: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class LedgerLoad(Base, Record):
    """One act of loading a file: what the person said it is, and what became of it."""

    __tablename__ = "ledger_load"
    __table_args__ = (
        to_district(),
        within_district("source_file_id", "source_file"),
        CheckConstraint(
            "state in ('received','reading','needs_mapping','ready','refused','cancelled')", name="state"
        ),
        {"info": {"information": "cabinet"}},
    )

    source_file_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(server_default="received")
    layout: Mapped[str | None]
    expected: Mapped[dict[str, Any]]
    """What the person said: fiscal_year, period, column, control_total (decimal text), mapping_id."""
    report: Mapped[dict[str, Any] | None]
    """What the reader found: the same document as `apportion ledger check --json` gives for this file."""
    requested_by: Mapped[int] = mapped_column(BigInteger)
    requested_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    finished_at: Mapped[dt.datetime | None]


class Dataset(Base, Record):
    """One ledger of one fiscal year, period and column, with its control."""

    __tablename__ = "dataset"
    __table_args__ = (
        to_district(),
        within_district("load_id", "ledger_load"),
        CheckConstraint("state in ('ready','superseded','withdrawn')", name="state"),
        Index(
            "uq_dataset_current",
            "district_id",
            "fiscal_year",
            "period",
            "column_code",
            unique=True,
            postgresql_where=text("state = 'ready'"),
        ),
        {"info": {"information": "cabinet"}},
    )

    load_id: Mapped[int] = mapped_column(BigInteger)
    fiscal_year: Mapped[str]
    """As 2024-25."""
    period: Mapped[str]
    """BS1 July 1 budget, A unaudited actuals, I1, I2, I3 interims."""
    column_code: Mapped[str]
    """BB budget, BE estimated actuals, BA unaudited actuals, IO, IB, IA, IP."""
    state: Mapped[str] = mapped_column(server_default="ready")
    lines: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str]
    """SHA-256 over the canonical rows: the same ledger gives the same digest whatever file brought it."""
    control: Mapped[dict[str, Any]]
    """Our totals by fund, the file's own record counts, the person's control total, and the difference."""
    superseded_by: Mapped[int | None] = mapped_column(BigInteger)
    certified_by: Mapped[int | None] = mapped_column(BigInteger)
    certified_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class DatasetFinding(Base, Record):
    """One outcome of a check on a load: rule, place, what was found, what was expected."""

    __tablename__ = "dataset_finding"
    __table_args__ = (
        to_district(),
        within_district("load_id", "ledger_load", cascade=True),
        CheckConstraint("severity in ('fatal','warning','information')", name="severity"),
        Index("ix_dataset_finding_load", "district_id", "load_id"),
        {"info": {"information": "cabinet"}},
    )

    load_id: Mapped[int] = mapped_column(BigInteger)
    dataset_id: Mapped[int | None] = mapped_column(BigInteger)
    severity: Mapped[str]
    rule: Mapped[str]
    line: Mapped[int | None] = mapped_column(Integer)
    field: Mapped[str | None]
    found: Mapped[str | None]
    expected: Mapped[str | None]
    message: Mapped[dict[str, Any]]
    """A message: {"text": English template, "values": {...}}; see tenants/language.py."""


class DatasetElement(Base, DistrictOwned):
    """One entry of a file's ELEMENT block: the state forms' own results, the district's ADA."""

    __tablename__ = "dataset_element"
    __table_args__ = (
        to_district(),
        within_district("dataset_id", "dataset", cascade=True),
        {"info": {"information": "cabinet"}},
    )

    dataset_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class ColumnMapping(Base, Record):
    """How the columns of a district's own system are read; remembered by the headings' signature."""

    __tablename__ = "column_mapping"
    __table_args__ = (
        to_district(),
        UniqueConstraint("district_id", "signature"),
        {"info": {"information": "cabinet"}},
    )

    name: Mapped[str]
    signature: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class AttendanceFigure(Base, DistrictOwned):
    """Average daily attendance (ADA) of a fiscal year, with where it came from."""

    __tablename__ = "attendance_figure"
    __table_args__ = (to_district(), {"info": {"information": "cabinet"}})

    fiscal_year: Mapped[str] = mapped_column(primary_key=True)
    ada: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    source: Mapped[str]
    """`element` (read from the filed ledger), `entered` (typed in) or `assumed` (one for every year)."""
    dataset_id: Mapped[int | None] = mapped_column(BigInteger)
    entered_by: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=now())
