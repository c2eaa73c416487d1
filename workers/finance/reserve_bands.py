"""The reserve standard for many districts at once: criterion 10's bands of a year as arrays.

The bands are those of `reserve.reserve_standard`, asked once for each band and year.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.finance.rates import table
from workers.finance.reserve import reserve_standard

PER_PERCENT = 10_000
"""Rates in arrays are whole ten-thousandths of a per cent: 3 % is 30,000."""
WHOLE = 100 * PER_PERCENT


@dataclass(frozen=True)
class ReserveBands:
    """The bands of one year, smallest districts first."""

    through: NDArray[np.int64]
    """Last whole pupil of each band but the last."""
    rates: NDArray[np.int64]
    floors: NDArray[np.int64]
    """Least reserve in cents; zero where a band has none."""

    def standard(self, ada: NDArray[Any], uses: NDArray[Any]) -> NDArray[np.float64]:
        """Return the standard in dollars, unrounded, for ADA in pupils and uses in dollars."""
        band = np.searchsorted(self.through, np.floor(ada + 0.5), side="left")
        by_percent: NDArray[np.float64] = uses * (self.rates / WHOLE)[band]
        return np.maximum(by_percent, (self.floors / 100)[band])

    def standard_cents(self, ada_hundredths: NDArray[np.int64], uses: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the standard in whole cents, rounded half up, for ADA in hundredths and uses in cents."""
        band = np.searchsorted(self.through, (ada_hundredths + 50) // 100, side="left")
        by_percent = (uses * self.rates[band] + WHOLE // 2) // WHOLE
        standard: NDArray[np.int64] = np.maximum(by_percent, self.floors[band])
        return standard


@functools.cache
def reserve_bands(fiscal_year: str) -> ReserveBands:
    """Return a year's bands as arrays."""
    edges = {int(band["through"]) for band in table("reserve_standard")["bands"] if band["through"]}
    edges.add(int(table("reserve_standard")["earlier"]["through"]))
    through = sorted(edges)
    found = [reserve_standard(Decimal(pupils), fiscal_year) for pupils in (*through, through[-1] + 1)]
    return ReserveBands(
        through=np.array(through, dtype=np.int64),
        rates=np.array([int(each.percent.number * PER_PERCENT) for each in found], dtype=np.int64),
        floors=np.array([each.floor_cents or 0 for each in found], dtype=np.int64),
    )
