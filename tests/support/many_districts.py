"""Made-up districts as arrays, and one of them as the documents that calculations of one district take."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from workers.analyses.ledger import next_year
from workers.finance.lcff_rates import SPANS
from workers.finance.multi_year_arrays import REVENUE_END, SALARIES_END, SHAPE, Districts, YearChanges
from workers.finance.projection_lines import LINES, SALARIES, SEGMENTS

BASE_YEAR = "2025-26"


def make_districts(count: int, years: int, seed: int = 1) -> Districts:
    """Return districts of every size, with lines that rest on their attendance."""
    rng = np.random.default_rng(seed)
    pupils = np.exp(rng.uniform(np.log(80), np.log(300_000), count))
    dollars = pupils[:, None, None] * rng.uniform(-200, 9000, (count, *SHAPE))
    # There are fewer lines of revenue than of expenditure; what comes and what goes is about the same.
    dollars[..., :REVENUE_END] *= (len(LINES) - REVENUE_END) / REVENUE_END
    amounts = np.rint(dollars * 100).astype(np.int64)
    once = np.where(rng.random(amounts.shape) < 0.1, amounts // 7, 0)
    return Districts(
        amounts=amounts,
        one_time=once,
        beginning=np.rint(pupils[:, None] * rng.uniform(-5e4, 3e5, (count, len(SEGMENTS)))).astype(np.int64),
        held=np.rint(pupils * rng.uniform(0, 1e4, count)).astype(np.int64),
        special_reserve=np.rint(pupils * rng.uniform(0, 1e4, count)).astype(np.int64),
        ada=np.rint(pupils[:, None] * rng.uniform(0.97, 1.02, (count, years + 1)) * 100).astype(np.int64),
    )


def make_changes(count: int, years: int, seed: int = 2) -> tuple[YearChanges, ...]:
    """Return changes of every kind for each district and year."""
    rng = np.random.default_rng(seed)
    return tuple(
        YearChanges(
            growth=rng.integers(-40_000, 60_000, (count, *SHAPE)),
            cola=rng.integers(0, 50_000, (count, len(SEGMENTS), len(SALARIES))),
            adjustments=rng.integers(-10_000_000, 10_000_000, (count, *SHAPE)),
            one_time=rng.integers(-5_000_000, 5_000_000, (count, *SHAPE)),
        )
        for _ in range(years)
    )


def make_attendance(count: int, seed: int = 3) -> tuple[Any, Any, Any]:
    """Return ADA by span, unduplicated percentages and TK attendance, all in hundredths."""
    rng = np.random.default_rng(seed)
    ada = rng.integers(0, 4_000_000, (count, len(SPANS)))
    return ada, rng.integers(0, 10_001, count), ada[:, 0] // 9


def _text(whole: Any, places: int = 2) -> str:
    return f"{Decimal(int(whole)).scaleb(-places):.{places}f}"


def document_of(districts: Districts, changes: tuple[YearChanges, ...], which: int) -> dict[str, Any]:
    """Return one district and its changes as the input of `multi-year`."""

    def lines(values: Any) -> dict[str, str]:
        return {line: _text(value) for line, value in zip(LINES, values, strict=True)}

    def moved(year: YearChanges, segment: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for place, line in enumerate(LINES):
            growth = _text(year.growth[which, segment, place], 4)
            adjustment = _text(year.adjustments[which, segment, place])
            once = {"one_time": _text(year.one_time[which, segment, place])}
            if REVENUE_END <= place < SALARIES_END:
                cola = _text(year.cola[which, segment, place - REVENUE_END], 4)
                found[line] = once | {
                    "step_and_column_percent": growth,
                    "cola_percent": cola,
                    "other_adjustments": adjustment,
                }
            else:
                found[line] = once | {"growth_percent": growth, "adjustment": adjustment}
        return found

    return {
        "base": {
            "fiscal_year": BASE_YEAR,
            "ada": _text(districts.ada[which, 0]),
            **{name: lines(districts.amounts[which, place]) for place, name in enumerate(SEGMENTS)},
            **{
                f"{name}_one_time": lines(districts.one_time[which, place])
                for place, name in enumerate(SEGMENTS)
            },
            "beginning_balance": {
                name: _text(districts.beginning[which, place]) for place, name in enumerate(SEGMENTS)
            },
            "components": {
                "committed": _text(districts.held[which]),
                "special_reserve_unassigned": _text(districts.special_reserve[which]),
            },
        },
        "years": [
            {
                "fiscal_year": next_year(BASE_YEAR, step),
                "ada": _text(districts.ada[which, step]),
                **{name: moved(year, place) for place, name in enumerate(SEGMENTS)},
            }
            for step, year in enumerate(changes, 1)
        ],
    }
