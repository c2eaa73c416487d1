"""Results of analyses: the same question asked twice is answered from the first answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, Record, now, to_district


class Run(Base, Record):
    """One analysis of given inputs with given parameters, by one version of the method."""

    __tablename__ = "run"
    __table_args__ = (
        to_district(),
        UniqueConstraint("district_id", "analysis", "version", "input_digest", "parameters_digest"),
        {"info": {"information": "cabinet"}},
    )

    analysis: Mapped[str]
    """where_the_money_goes, fund_balance_and_reserve or three_year_outlook."""
    version: Mapped[str]
    input_digest: Mapped[str]
    inputs: Mapped[list[Any]]
    """The datasets (and ADA figures) read: [{"dataset_id":…, "digest":…, "fiscal_year":…, "column":…}]."""
    parameters: Mapped[dict[str, Any]]
    parameters_digest: Mapped[str]
    output_digest: Mapped[str]
    result: Mapped[dict[str, Any]]
    """The document of workers/analyses/result.py: finding, figures, tables, charts, method, limits."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    job_id: Mapped[int | None] = mapped_column(BigInteger)
