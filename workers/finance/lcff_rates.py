"""The rates of the Local Control Funding Formula for one year: published, or rolled on by a forecast COLA.

Rates of settled years are data. A year after the last published one has its rates rolled on from it, by the
rule that reproduces the published ones: `new = old + round(old * COLA)` in whole dollars, rounded half up,
and `adjustment = round(base * 10.4 %)` in K-3 and 2.6 % in 9-12. They are projections, and say so.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from workers.analyses.ledger import next_year
from workers.analyses.result import percent, sentence, year
from workers.finance.calculation import half_up
from workers.finance.rates import Rate, Rates, rates

SPANS = ("TK-3", "4-6", "7-8", "9-12")
ADJUSTED_SPANS = ("TK-3", "9-12")
"""Spans with a grade-span adjustment."""

FIRST_YEAR = "2013-14"
"""The first year of the formula."""


class UnknownRatesError(LookupError):
    """Neither published rates nor a forecast reach a year."""

    def __init__(self, fiscal_year: str, last: str) -> None:
        super().__init__(f"no LCFF rates are known for {fiscal_year}; the last year with any is {last}")
        self.fiscal_year, self.last = fiscal_year, last


@dataclass(frozen=True)
class LcffRates:
    """What the formula multiplies with in one year: dollars for each ADA, and per cents."""

    fiscal_year: str
    base: Mapping[str, Rate]
    adjustment: Mapping[str, Rate]
    supplemental: Rate
    concentration: Rate
    threshold: Rate
    tk_add_on: Rate | None
    """None before 2022-23, when the add-on began, and where none is known."""

    def adjusted(self, span: str) -> Decimal:
        """Return base rate plus grade-span adjustment, dollars for each ADA."""
        added = self.adjustment.get(span)
        return self.base[span].number + (added.number if added else 0)

    def uplift(self, unduplicated: Decimal) -> Decimal:
        """Return supplemental plus concentration grants as a share of the adjusted base (0.17885).

        Args:
            unduplicated: the unduplicated percentage, in per cent.
        """
        over = max(unduplicated - self.threshold.number, Decimal(0))
        return (self.supplemental.number * unduplicated + self.concentration.number * over) / 10_000


def rolled(old: Decimal, steps: Iterable[Decimal]) -> Decimal:
    """Return a rate rolled on by a year's adjustment, rounded to whole dollars after each step.

    Args:
        old: last year's rate, whole dollars.
        steps: per cents, one after another; most years have one.
    """
    new = old
    for step in steps:
        new += half_up(new * step / 100)
    return new


def adjustment_of(base: Decimal, percentage: Decimal) -> Decimal:
    """Return the grade-span adjustment of a base rate in whole dollars."""
    return half_up(base * percentage / 100)


def lcff_rates(fiscal_year: str, known: Rates | None = None) -> LcffRates:
    """Return the formula's rates for a year.

    Args:
        fiscal_year: as 2025-26.
        known: the rates that count, as of a day or of a frozen set; those in force today without it.

    Raises:
        UnknownRatesError: if the year is before the formula, or no forecast of the COLA reaches it.
    """
    return _lcff_rates(fiscal_year, known or rates())


@functools.lru_cache(maxsize=256)
def _lcff_rates(fiscal_year: str, known: Rates) -> LcffRates:
    base = {}
    for span in SPANS:
        found = known.in_force(f"lcff_base/{span}", fiscal_year)
        if found is None:
            return _projected(fiscal_year, known)
        base[span] = found
    adjustment = {}
    for span in ADJUSTED_SPANS:
        found = known.in_force(f"lcff_adjustment/{span}", fiscal_year)
        if found is None:
            return _projected(fiscal_year, known)
        adjustment[span] = found
    return LcffRates(
        fiscal_year=fiscal_year,
        base=base,
        adjustment=adjustment,
        **_percentages(fiscal_year, known),
        tk_add_on=known.in_force("lcff_tk_add_on", fiscal_year),
    )


def _percentages(fiscal_year: str, known: Rates) -> dict[str, Rate]:
    return {
        "supplemental": known.rate("lcff_supplemental", fiscal_year),
        "concentration": known.rate("lcff_concentration", fiscal_year),
        "threshold": known.rate("lcff_threshold", fiscal_year),
    }


def percentages_only(fiscal_year: str, known: Rates | None = None) -> LcffRates:
    """Return the rates of a year without those for each ADA: all that an adjusted base grant needs."""
    return LcffRates(fiscal_year, {}, {}, **_percentages(fiscal_year, known or rates()), tk_add_on=None)


def last_year(known: Rates | None = None) -> str:
    """Return the last year whose rates are published or can be rolled on to."""
    known = known or rates()
    reached = known.last(f"lcff_base/{SPANS[0]}")
    while known.in_force("cola", next_year(reached)) is not None:
        reached = next_year(reached)
    return reached


def _projected(fiscal_year: str, known: Rates) -> LcffRates:
    cola = known.in_force("cola", fiscal_year)
    published = known.last(f"lcff_base/{SPANS[0]}")
    if cola is None or not published < fiscal_year <= last_year(known):
        raise UnknownRatesError(fiscal_year, last_year(known))
    before = _lcff_rates(next_year(fiscal_year, -1), known)
    source = sentence(
        "The {before} rate rolled forward by a cost-of-living adjustment of {cola} forecast in {dated}",
        before=year(before.fiscal_year),
        cola=percent(cola.number, 2),
        dated=cola.dated or "",
    )
    told = Rate("0", "projected", source, cola.dated)

    def rolled_rate(old: Rate) -> Rate:
        return replace(told, value=str(rolled(old.number, (cola.number,))))

    base = {span: rolled_rate(before.base[span]) for span in SPANS}
    return LcffRates(
        fiscal_year=fiscal_year,
        base=base,
        adjustment={
            span: replace(
                told,
                value=str(
                    adjustment_of(
                        base[span].number, known.rate(f"lcff_adjustment_percent/{span}", fiscal_year).number
                    )
                ),
            )
            for span in ADJUSTED_SPANS
        },
        **_percentages(fiscal_year, known),
        tk_add_on=None if before.tk_add_on is None else rolled_rate(before.tk_add_on),
    )
