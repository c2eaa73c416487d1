"""Amounts and percentages that may not be below zero, and how calculations say numbers in their sentences."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator

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

Share = Annotated[Percentage, AfterValidator(_not_below_zero)]
"""Per cent, zero or more."""


def as_text(value: Decimal | None) -> str | None:
    """Return a number as decimal text."""
    return None if value is None else format(value, "f")


def said_money(amount: Decimal) -> Message:
    """Return an amount in dollars as a value of a sentence, with its cents."""
    return money(int(half_up(amount * 100)), "cents")


def said_percent(value: Decimal, digits: int = 2) -> Message:
    """Return a percentage as a value of a sentence."""
    return percent(value, digits)
