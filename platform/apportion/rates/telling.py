"""State rates as tables: one row for each series, one cell for each year, every value told in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tenants.language import Message, message
from workers.finance.rates import Rate, Rates, series
from workers.finance.rates.labels import LABELS
from workers.finance.rates.published import PublishedSet, told_with

FAMILIES: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (
        message("State formula (LCFF)"),
        (
            "cola",
            "cola_statutory",
            *(f"lcff_base/{span}" for span in ("TK-3", "4-6", "7-8", "9-12")),
            "lcff_adjustment/TK-3",
            "lcff_adjustment/9-12",
            "lcff_adjustment_percent/TK-3",
            "lcff_adjustment_percent/9-12",
            "lcff_supplemental",
            "lcff_concentration",
            "lcff_threshold",
            "lcff_tk_add_on",
            "lcff_gap",
            "epa_minimum",
        ),
    ),
    (
        message("Pensions and payroll"),
        ("calstrs", "calpers", "calstrs_on_behalf", "oasdi", "medicare", "unemployment_insurance"),
    ),
    (
        message("Prices, programs and reserve"),
        (
            "cpi",
            "lottery_unrestricted",
            "lottery_restricted",
            "mandate_k8",
            "mandate_9_12",
            "elop_rate",
            "elop_threshold",
            "elop_minimum",
            "transportation_reimbursement",
            "reserve_floor",
        ),
    ),
)
"""The order in which series stand on pages; a test holds that none is missing."""


@dataclasses.dataclass(frozen=True)
class CellOfYear:
    """What was told of a rate for a year: the value that counts first, then the others, newest first."""

    counts: Rate | None
    others: tuple[Rate, ...]


@dataclasses.dataclass(frozen=True)
class RowOfSeries:
    """A series with its cells in the order of the years."""

    name: str
    label: Message
    unit: str
    cells: tuple[CellOfYear, ...]


def table(
    names: Sequence[str], years: Sequence[str], known: Rates, sets: Sequence[PublishedSet]
) -> list[RowOfSeries]:
    """Return the rows of series that have any value in these years."""
    rows = []
    for name in names:
        cells = tuple(_cell(name, at, known, sets) for at in years)
        if any(cell.counts for cell in cells):
            rows.append(RowOfSeries(name, LABELS[name], series()[name]["unit"], cells))
    return rows


def _cell(name: str, at: str, known: Rates, sets: Sequence[PublishedSet]) -> CellOfYear:
    counts = known.in_force(name, at)
    others = [each for each in reversed(told_with(name, at, sets)) if each != counts]
    return CellOfYear(counts, tuple(others))
