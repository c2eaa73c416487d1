"""Ledger lines, in whole cents, each with the record of the file that it came from."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, DistrictOwned, to_district, within_district


class LedgerLine(Base, DistrictOwned):
    """One detail record of a ledger. Codes are text: leading zeros matter."""

    __tablename__ = "ledger_line"
    __table_args__ = (
        to_district(),
        within_district("dataset_id", "dataset", cascade=True),
        Index("ix_ledger_line_account", "district_id", "dataset_id", "fund", "resource", "object"),
        {"info": {"information": "cabinet"}},
    )

    dataset_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Physical line in the file (row in a sheet)."""
    fund: Mapped[str]
    resource: Mapped[str]
    project_year: Mapped[str]
    goal: Mapped[str]
    function: Mapped[str]
    object: Mapped[str]
    school: Mapped[str] = mapped_column(server_default="")
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    flag: Mapped[str] = mapped_column(server_default="")
    """I imported, E entered by hand, C calculated; empty where the layout has none."""


class LedgerLineDetail(Base, DistrictOwned):
    """Description and payee or employee of a ledger line: personnel information, so kept apart."""

    __tablename__ = "ledger_line_detail"
    __table_args__ = (
        to_district(),
        within_district("dataset_id", "dataset", cascade=True),
        {"info": {"information": "personnel"}},
    )

    dataset_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    description: Mapped[str]
    party: Mapped[str] = mapped_column(server_default="")
