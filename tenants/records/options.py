"""Priorities and what they cost; savings and revenue options and what they bring."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, DistrictOwned, Record, now, to_district, within_district


class Priority(Base, Record):
    """One of up to three instructional priorities of a plan."""

    __tablename__ = "priority"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan"),
        UniqueConstraint("district_id", "plan_id", "position", deferrable=True, initially="deferred"),
        CheckConstraint("position between 1 and 3", name="position"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    title_es: Mapped[str] = mapped_column(server_default="")
    problem: Mapped[str] = mapped_column(server_default="")
    strategy: Mapped[str] = mapped_column(server_default="")
    students_reached: Mapped[int | None] = mapped_column(Integer)
    measure: Mapped[str] = mapped_column(server_default="")
    target: Mapped[str] = mapped_column(server_default="")
    risk: Mapped[str] = mapped_column(server_default="")
    spanish: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Spanish of problem, strategy, measure, target and risk, by name; what is missing is not written yet."""
    created_by: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class PriorityCost(Base, DistrictOwned):
    """Cost of a priority in one fiscal year, one-time and ongoing, unrestricted and restricted apart."""

    __tablename__ = "priority_cost"
    __table_args__ = (
        to_district(),
        within_district("priority_id", "priority", cascade=True),
        {"info": {"information": "cabinet"}},
    )

    priority_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    fiscal_year: Mapped[str] = mapped_column(primary_key=True)
    one_time_cents: Mapped[int] = mapped_column(BigInteger, server_default="0")
    ongoing_cents: Mapped[int] = mapped_column(BigInteger, server_default="0")
    restricted_cents: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The part of the year's cost that restricted resources may lawfully pay."""


class Option(Base, Record):
    """A saving or a revenue idea, sized by year."""

    __tablename__ = "option"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan"),
        within_district("combined_into", "option"),
        CheckConstraint("combined_into is null or (confidential and not in_plan)", name="combined"),
        CheckConstraint("kind in ('saving','revenue')", name="kind"),
        CheckConstraint(
            "stage in ('long_list','screened','sized','close_study','decided','dropped')", name="stage"
        ),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    stage: Mapped[str] = mapped_column(server_default="sized")
    title: Mapped[str]
    title_es: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    ongoing: Mapped[bool] = mapped_column(server_default=text("true"))
    resource: Mapped[str] = mapped_column(server_default="0000")
    """Resource code whose money it frees; 2000 and above is restricted."""
    in_plan: Mapped[bool] = mapped_column(server_default=text("true"))
    latest_decision_on: Mapped[dt.date | None]
    legal_note: Mapped[str] = mapped_column(server_default="")
    harm: Mapped[str] = mapped_column(server_default="")
    spanish: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Spanish of description, legal note and harm, by name; what is missing is not written yet."""
    created_by: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    department: Mapped[str] = mapped_column(server_default="")
    """Department whose option it is, one of `tenants.limits.DEPARTMENTS`, or empty."""
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
    """True while it concerns identifiable staff or bargaining: it exists for a few people only."""
    combined_into: Mapped[int | None] = mapped_column(BigInteger)
    """The broader, ordinary option that carries a confidential one's amounts."""


class OptionAmount(Base, DistrictOwned):
    """What an option brings in one fiscal year: low, likely, high, in cents, never negative."""

    __tablename__ = "option_amount"
    __table_args__ = (
        to_district(),
        within_district("option_id", "option", cascade=True),
        CheckConstraint(
            "0 <= low_cents and low_cents <= likely_cents and likely_cents <= high_cents", name="range"
        ),
        {"info": {"information": "cabinet"}},
    )

    option_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    fiscal_year: Mapped[str] = mapped_column(primary_key=True)
    low_cents: Mapped[int] = mapped_column(BigInteger)
    likely_cents: Mapped[int] = mapped_column(BigInteger)
    high_cents: Mapped[int] = mapped_column(BigInteger)
