"""Where a district stands in the fifteen steps of Smarter School Spending."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, DistrictOwned, now, to_district


class ProcessStep(Base, DistrictOwned):
    """One step, owned by finance and instruction; one department alone can't call it done."""

    __tablename__ = "process_step"
    __table_args__ = (
        to_district(),
        CheckConstraint("state in ('not_started','under_way','done','not_applicable')", name="state"),
        {"info": {"information": "progress"}},
    )

    step: Mapped[str] = mapped_column(primary_key=True)
    """Key of a step in tenants/records/steps.py; the displayed number (1A to 5A) stands there."""
    state: Mapped[str] = mapped_column(server_default="not_started")
    finance_owner_id: Mapped[int | None] = mapped_column(BigInteger)
    instruction_owner_id: Mapped[int | None] = mapped_column(BigInteger)
    finance_done_at: Mapped[dt.datetime | None]
    instruction_done_at: Mapped[dt.datetime | None]
    due_on: Mapped[dt.date | None]
    evidence: Mapped[str] = mapped_column(server_default="")
    moved_at: Mapped[dt.datetime] = mapped_column(server_default=now())
