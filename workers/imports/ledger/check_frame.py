"""A dataset's lines as the technical review checks see them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from tenants.language import Message
from workers.imports.ledger.totals import numbers

NET_TOLERANCE = 100
"""Cents. A sum that must be zero passes when it is smaller."""
SIGN_TOLERANCE = 1_000
"""Cents. Official files whose own log passes hold misplaced or negative amounts of up to $9.46."""

Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Exception_:  # noqa: N801 - the state's own word for a check that did not pass
    """One place where a check did not pass."""

    place: dict[str, str]
    cents: int
    message: Message
    line: int | None = None
    expected: str = "0.00"


class Ledger:
    """A dataset's lines with numbers beside the codes, so that a rule reads like its wording."""

    def __init__(self, lines: pd.DataFrame) -> None:
        self.lines = lines
        self.object = numbers(lines["object"])
        self.resource = numbers(lines["resource"])
        self.function = numbers(lines["function"])
        self.goal = numbers(lines["goal"])
        self.fund = numbers(lines["fund"])
        self.cents = lines["amount_cents"].to_numpy()

    def objects(self, first: int, last: int | None = None) -> Mask:
        """Return the lines whose object lies in a range."""
        return (self.object >= first) & (self.object <= (last or first))

    def sums(self, mask: Mask, *columns: str) -> Iterator[tuple[dict[str, str], int, int]]:
        """Yield place, sum in cents and first line for each combination of codes."""
        part = self.lines.loc[mask, [*columns, "amount_cents", "line"]]
        if part.empty:
            return
        grouped = part.groupby(list(columns), observed=True, sort=True).agg(
            cents=("amount_cents", "sum"), line=("line", "min")
        )
        for index, row in zip(grouped.index, grouped.itertuples(index=False), strict=True):
            codes = index if isinstance(index, tuple) else (index,)
            cents, line = row
            yield dict(zip(columns, map(str, codes), strict=True)), int(cents), int(line)

    def total(self, mask: Mask) -> int:
        """Return a sum in cents."""
        return int(self.cents[mask].sum())


Found = Iterator[Exception_]
