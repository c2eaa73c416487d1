"""Amounts that may not be below zero, days, and how calculations say numbers in their sentences."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from workers.analyses.result import Message, money, percent, sentence
from workers.finance.calculation import Money, Percentage, half_up, refused


def _not_below_zero(value: Decimal) -> Decimal:
    if value < 0:
        raise refused(
            "not_below_zero",
            sentence("a number of zero or more"),
            sentence("Write a number of zero or more."),
        )
    return value


Amount = Annotated[Money, AfterValidator(_not_below_zero)]
"""Dollars with cents, zero or more."""

Growth = Annotated[Percentage, Field(ge=-100, le=100)]
"""Per cent by which something moves in a year: from nothing left to twice as much."""

_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.date):
        return value
    with contextlib.suppress(ValueError):
        if isinstance(value, str) and _DAY.fullmatch(value):
            return dt.date.fromisoformat(value)
    raise refused(
        "day",
        sentence("a day such as 2026-03-15"),
        sentence("Write a day of the calendar, such as 2026-03-15."),
    )


Day = Annotated[dt.date, BeforeValidator(_day)]
"""A day of this century, written 2026-03-15."""


def as_text(value: Decimal | None) -> str | None:
    """Return a number as decimal text."""
    return None if value is None else format(value, "f")


def said_money(amount: Decimal) -> Message:
    """Return an amount in dollars as a value of a sentence, with its cents."""
    return money(int(half_up(amount * 100)), "cents")


def said_percent(value: Decimal, digits: int = 2) -> Message:
    """Return a percentage as a value of a sentence."""
    return percent(value, digits)
