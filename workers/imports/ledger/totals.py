"""Totals by fund, as the plan's readers know them."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

UNRESTRICTED_LAST = 1999
"""Resources 0000 to 1999 are unrestricted."""
MEASURES = (
    "revenues",
    "contributions_unrestricted",
    "contributions_restricted",
    "expenditures_and_uses",
    "unrestricted_expenditures_and_uses",
)


@dataclasses.dataclass(frozen=True)
class FundTotals:
    """One fund's totals in whole cents.

    Attributes:
        revenues: objects 8000-8979.
        contributions_unrestricted: net of 8980-8999 over resources 0000-1999.
        contributions_restricted: the same over all other resources.
        expenditures_and_uses: objects 1000-7999.
        unrestricted_expenditures_and_uses: the same for resources 0000-1999.
        beginning_balance: object 9791.
    """

    revenues: int
    contributions_unrestricted: int
    contributions_restricted: int
    expenditures_and_uses: int
    unrestricted_expenditures_and_uses: int
    beginning_balance: int


def numbers(column: pd.Series) -> npt.NDArray[np.int32]:
    """Return a column of codes as numbers; codes with letters become -1."""
    codes = column.cat
    values = np.array(
        [int(text) if text.isascii() and text.isdigit() else -1 for text in codes.categories] or [-1]
    )
    return values[codes.codes.to_numpy()].astype(np.int32)


def by_fund(lines: pd.DataFrame) -> dict[str, FundTotals]:
    """Return the totals of every fund that has a record, in the order of the codes."""
    objects, resources = numbers(lines["object"]), numbers(lines["resource"])
    cents = lines["amount_cents"].to_numpy()
    unrestricted = (resources >= 0) & (resources <= UNRESTRICTED_LAST)
    revenue = (objects >= 8000) & (objects <= 8979)
    contribution = (objects >= 8980) & (objects <= 8999)
    use = (objects >= 1000) & (objects <= 7999)
    funds = lines["fund"].cat
    place = funds.codes.to_numpy()
    count = len(funds.categories)

    def total(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        sums = np.zeros(count, np.int64)
        np.add.at(sums, place[mask], cents[mask])
        return sums

    columns = [
        total(revenue),
        total(contribution & unrestricted),
        total(contribution & ~unrestricted),
        total(use),
        total(use & unrestricted),
        total(objects == 9791),
    ]
    present = np.unique(place)
    return {
        str(funds.categories[index]): FundTotals(*(int(column[index]) for column in columns))
        for index in sorted(present, key=lambda index: str(funds.categories[index]))
    }
