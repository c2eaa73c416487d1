"""The Local Control Funding Formula of many districts at once, beside its twin for one district.

Same rules and rounding as `entitlement.grants`, to the dollar; what differs is the shape. ADA is int64
hundredths of a pupil, the unduplicated percentage int64 hundredths of a per cent, amounts int64 dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from workers.finance.lcff_rates import ADJUSTED_SPANS, SPANS, LcffRates

Whole = NDArray[np.int64]
HUNDREDTHS = 100
_OF_WHOLE = 10_000 * HUNDREDTHS * HUNDREDTHS
"""A per cent of a per cent, both in hundredths."""


@dataclass(frozen=True)
class GrantsOfMany:
    """What the formula grants some districts, in whole dollars; the first axis is the district."""

    base: Whole
    """(districts, spans)."""
    adjustment: Whole
    """(districts, adjusted spans): TK-3 and 9-12."""
    adjusted_base: Whole
    supplemental: Whole
    concentration: Whole
    tk_add_on: Whole
    entitlement: Whole
    """Without other add-ons and necessary small schools."""


def _half_up(amounts: Whole, unit: int) -> Whole:
    rounded: Whole = (amounts + unit // 2) // unit
    return rounded


def _hundredths(value: Decimal) -> int:
    scaled = value * HUNDREDTHS
    if scaled != int(scaled):
        raise ValueError(f"{value} has more than two decimals")
    return int(scaled)


def grants_of_many(ada: Whole, unduplicated: Whole, tk_ada: Whole, rates: LcffRates) -> GrantsOfMany:
    """Return what the formula grants some districts in one year.

    Args:
        ada: (districts, spans) funded attendance, hundredths of pupils, none below zero.
        unduplicated: (districts,) hundredths of a per cent: 63.10 % is 6310.
        tk_ada: (districts,) current-year attendance in transitional kindergarten, hundredths.
        rates: of the year, with rates for each ADA of whole cents.

    Raises:
        ValueError: for a rate with more than two decimals.
    """
    for_each = np.array([_hundredths(rates.base[span].number) for span in SPANS], dtype=np.int64)
    places = [SPANS.index(span) for span in ADJUSTED_SPANS]
    adjusted = np.array([_hundredths(rates.adjusted(span)) for span in ADJUSTED_SPANS], dtype=np.int64)
    unit = HUNDREDTHS * HUNDREDTHS
    base = _half_up(ada * for_each, unit)
    adjustment = _half_up(ada[:, places] * adjusted, unit) - base[:, places]
    whole: Whole = base.sum(axis=1) + adjustment.sum(axis=1)
    over = np.maximum(unduplicated - _hundredths(rates.threshold.number), 0)
    supplemental = _half_up(whole * (unduplicated * _hundredths(rates.supplemental.number)), _OF_WHOLE)
    concentration = _half_up(whole * (over * _hundredths(rates.concentration.number)), _OF_WHOLE)
    tk_rate = _hundredths(rates.tk_add_on.number) if rates.tk_add_on else 0
    tk_add_on = _half_up(tk_ada * tk_rate, unit)
    return GrantsOfMany(
        base=base,
        adjustment=adjustment,
        adjusted_base=whole,
        supplemental=supplemental,
        concentration=concentration,
        tk_add_on=tk_add_on,
        entitlement=whole + supplemental + concentration + tk_add_on,
    )
