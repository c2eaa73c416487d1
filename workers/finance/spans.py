"""Amounts by grade span, as the formula's inputs and outputs hold them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import ConfigDict, Field

from workers.finance.amounts import Amount
from workers.finance.calculation import NOTHING, Dollars, Given, Pupils, Told
from workers.finance.lcff_rates import SPANS


class SpanPupils(Given):
    """Pupils by grade span; a span that is not named has none."""

    tk_3: Pupils = Field(NOTHING, alias="TK-3")
    grades_4_6: Pupils = Field(NOTHING, alias="4-6")
    grades_7_8: Pupils = Field(NOTHING, alias="7-8")
    grades_9_12: Pupils = Field(NOTHING, alias="9-12")

    def by_span(self) -> dict[str, Decimal]:
        """Return the pupils by the span's name."""
        return dict(zip(SPANS, (self.tk_3, self.grades_4_6, self.grades_7_8, self.grades_9_12), strict=True))


class SpanRates(Given):
    """Dollars for each ADA by grade span; null leaves the year's own rate."""

    tk_3: Amount | None = Field(None, alias="TK-3")
    grades_4_6: Amount | None = Field(None, alias="4-6")
    grades_7_8: Amount | None = Field(None, alias="7-8")
    grades_9_12: Amount | None = Field(None, alias="9-12")

    def by_span(self) -> dict[str, Decimal]:
        """Return the rates that are given, by the span's name."""
        named = zip(SPANS, (self.tk_3, self.grades_4_6, self.grades_7_8, self.grades_9_12), strict=True)
        return {span: rate for span, rate in named if rate is not None}


class AdjustmentRates(Given):
    """Grade-span adjustments in dollars for each ADA; null leaves the year's own."""

    tk_3: Amount | None = Field(None, alias="TK-3")
    grades_9_12: Amount | None = Field(None, alias="9-12")

    def by_span(self) -> dict[str, Decimal]:
        """Return the adjustments that are given, by the span's name."""
        named = {"TK-3": self.tk_3, "9-12": self.grades_9_12}
        return {span: rate for span, rate in named.items() if rate is not None}


class _ByName(Told):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class BaseTold(_ByName):
    """Base grant by span in whole dollars, and their sum."""

    tk_3: Dollars = Field(alias="TK-3")
    grades_4_6: Dollars = Field(alias="4-6")
    grades_7_8: Dollars = Field(alias="7-8")
    grades_9_12: Dollars = Field(alias="9-12")
    total: Dollars


class AdjustmentTold(_ByName):
    """Grade-span adjustment by span in whole dollars, and their sum."""

    tk_3: Dollars = Field(alias="TK-3")
    grades_9_12: Dollars = Field(alias="9-12")
    total: Dollars


class PupilsTold(_ByName):
    """Pupils by span, and their sum."""

    tk_3: Pupils = Field(alias="TK-3")
    grades_4_6: Pupils = Field(alias="4-6")
    grades_7_8: Pupils = Field(alias="7-8")
    grades_9_12: Pupils = Field(alias="9-12")
    total: Pupils


def with_total(by_span: Mapping[str, Decimal]) -> dict[str, Any]:
    """Return amounts by span with their sum, as the models above take them."""
    return {**by_span, "total": sum(by_span.values(), NOTHING)}
