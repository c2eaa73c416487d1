"""School finance in numbers: many districts beside plain numpy, the draws of risk, and memory."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.support.many_districts import BASE_YEAR, make_attendance, make_changes, make_districts
from workers.finance.catalogue import CALCULATIONS
from workers.finance.lcff_arrays import grants_of_many
from workers.finance.lcff_rates import ADJUSTED_SPANS, SPANS, lcff_rates
from workers.finance.multi_year_arrays import REVENUE_END, SALARIES_END, Districts, project, project_blocks

COUNT, YEARS, ROUNDS = 1_000, 3, 30
BLOCK = 500
TIMES_THE_FLOOR = 10
SECONDS_OF_RISK = 1.0
DRAWS, RISK_YEARS = 10_000, 5
FLAT = 1.05
"""Memory for ten times the districts may be this many times that for one."""


def best(run: Callable[[], object]) -> float:
    """Return the median seconds of a run on one core, after one to warm up."""
    run()
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def test_a_thousand_districts(measured: Callable[..., None]) -> None:
    ada, unduplicated, tk_ada = make_attendance(COUNT)
    rates = lcff_rates(BASE_YEAR)
    districts, changes = make_districts(COUNT, YEARS), make_changes(COUNT, YEARS)

    def ours() -> None:
        grants_of_many(ada, unduplicated, tk_ada, rates)
        project(districts, changes, BASE_YEAR)

    base = np.array([float(rates.base[span].number) for span in SPANS])
    added = np.array([float(rates.adjustment[span].number) for span in ADJUSTED_SPANS])
    supplemental, concentration = float(rates.supplemental.number), float(rates.concentration.number)
    pupils, share, places = ada / 100, unduplicated / 10_000, [0, 3]
    dollars = districts.amounts / 100
    moves = [
        (
            each.growth / 1e6,
            each.cola / 1e6,
            each.adjustments / 100 + each.one_time / 100,
            each.one_time / 100,
        )
        for each in changes
    ]

    def floor() -> None:
        """Only the arithmetic, in binary fractions: no rounding, no bands, no checks."""
        whole = pupils @ base + pupils[:, places] @ added
        whole * (1 + supplemental / 100 * share + concentration / 100 * np.maximum(share - 0.55, 0))
        now, ending = dollars, districts.beginning / 100
        once: Any = districts.one_time / 100
        for growth, cola, more, this_year in moves:
            now = (now - once) * (1 + growth)
            now[..., REVENUE_END:SALARIES_END] *= 1 + cola
            now = now + more
            ending = ending + now[..., :REVENUE_END].sum(-1) - now[..., REVENUE_END:].sum(-1)
            _ = ending.sum(-1) >= now[..., REVENUE_END:].sum((-1, -2)) * 0.03
            once = this_year

    taken, least = best(ours), best(floor)
    measured(f"LCFF and {YEARS} projected years, {COUNT:,} districts", taken * 1000, "ms")
    measured("  the arithmetic alone, vectorized", least * 1000, "ms")
    measured("  times the arithmetic alone", taken / least, "x", TIMES_THE_FLOOR)


def test_ten_thousand_draws(measured: Callable[..., None]) -> None:
    lines = {"lcff": "130000000", "certificated": "50000000", "benefits": "28000000", "services": "51000000"}
    years = [{"fiscal_year": f"20{26 + n}-{27 + n}", "ada": "10000"} for n in range(RISK_YEARS)]
    base = {"fiscal_year": BASE_YEAR, "ada": "10000", "unrestricted": lines}
    document = {"projection": {"base": base, "years": years}, "draws": DRAWS}
    begun = time.process_time()
    CALCULATIONS["risk"].answer(document)
    measured(
        f"{DRAWS:,} draws of {RISK_YEARS} years, from document to document",
        time.process_time() - begun,
        "s of one core",
        SECONDS_OF_RISK,
    )


def test_a_changed_assumption(measured: Callable[..., None]) -> None:
    lines = {"lcff": "130000000", "certificated": "50000000", "benefits": "28000000", "services": "51000000"}
    years = [{"fiscal_year": f"20{26 + n}-{27 + n}", "cola": "2.3", "cpi": "3"} for n in range(YEARS)]
    document = {
        "base": {"fiscal_year": BASE_YEAR, "ada": "10000", "unrestricted": lines, "restricted": lines},
        "years": years,
    }
    taken = best(lambda: CALCULATIONS["assumed-projection"].answer(document))
    measured(f"a projection of {YEARS} years, and what each of 14 assumptions touches", taken * 1000, "ms")


def made_in_blocks(count: int) -> Iterator[Districts]:
    """Make districts as they are asked for, so that only what the projection holds is measured."""
    for block in range(count // BLOCK):
        yield make_districts(BLOCK, YEARS, seed=block)


def peak_of(count: int) -> int:
    """Return the greatest number of bytes at any moment of a projection of `count` districts."""
    changes = make_changes(1, YEARS)
    tracemalloc.start()
    try:
        met = sum(int(block.met.sum()) for block in project_blocks(made_in_blocks(count), changes, BASE_YEAR))
        assert 0 < met < count * (YEARS + 1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_flat_in_the_number_of_districts(measured: Callable[..., None]) -> None:
    peak_of(BLOCK)
    few, many = peak_of(COUNT), peak_of(10 * COUNT)
    measured(f"memory of a projection, {COUNT:,} districts", few / 1e6, "MB")
    measured(f"  {10 * COUNT:,} districts", many / 1e6, "MB")
    measured("  times", many / few, "x", FLAT)
