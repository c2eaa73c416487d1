"""Many districts at once give the cents that one district gives, and one block is as good as many."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from tests.support.many_districts import (
    BASE_YEAR,
    document_of,
    make_attendance,
    make_changes,
    make_districts,
)
from workers.finance.catalogue import CALCULATIONS
from workers.finance.lcff_arrays import grants_of_many
from workers.finance.lcff_rates import ADJUSTED_SPANS, SPANS, lcff_rates
from workers.finance.multi_year_arrays import (
    YearChanges,
    in_blocks,
    project,
    project_blocks,
)
from workers.finance.projection_lines import LINES, REVENUE, SEGMENTS

COUNT, YEARS = 12, 3


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def test_every_line_of_every_district_agrees_with_its_twin() -> None:
    districts, changes = make_districts(COUNT, YEARS), make_changes(COUNT, YEARS)
    told = project(districts, changes, BASE_YEAR)
    assert 0 < told.met.mean() < 1, "some meet the standard and some do not"
    for which in range(COUNT):
        answer = CALCULATIONS["multi-year"].answer(document_of(districts, changes, which))
        for at, year in enumerate(answer["years"]):
            for segment, name in enumerate(SEGMENTS):
                part = year[name]
                for place, line in enumerate(LINES):
                    twin = part["revenue" if line in REVENUE else "expenditures"][line]["total"]
                    assert cents(twin) == told.amounts[at, which, segment, place], (which, at, line)
                assert cents(part["ending_balance"]) == told.ending[at, which, segment]
                assert cents(part["net"]) == told.net[at, which, segment]
            reserve = year["reserve"]
            assert cents(reserve["available_amount"]) == told.available[at, which]
            assert cents(reserve["standard_amount"]) == told.standard[at, which]
            assert reserve["met"] == told.met[at, which]


def test_blocks_change_nothing() -> None:
    districts, changes = make_districts(COUNT, 2), make_changes(1, 2)
    whole = project(districts, changes, BASE_YEAR)
    parts = list(project_blocks(in_blocks(districts, 5), changes, BASE_YEAR))
    assert [part.amounts.shape[1] for part in parts] == [5, 5, 2]
    for name in ("amounts", "net", "ending", "available", "standard", "met"):
        together = np.concatenate([getattr(part, name) for part in parts], axis=1)
        assert np.array_equal(together, getattr(whole, name))


def test_ties_are_rounded_away_from_zero() -> None:
    districts = make_districts(1, 1)
    for sign in (1, -1):
        districts.amounts[:], districts.one_time[:] = sign * 50, 0
        changes = YearChanges(
            growth=np.full_like(districts.amounts, 10_000),
            cola=np.zeros((1, 2, 2), dtype=np.int64),
            adjustments=np.zeros_like(districts.amounts),
            one_time=np.zeros_like(districts.amounts),
        )
        # One per cent of fifty cents is half a cent.
        assert set(project(districts, (changes,), BASE_YEAR).amounts[1].ravel()) == {sign * 51}


def test_an_amount_too_large_is_refused_and_not_wrapped() -> None:
    districts, (changes,) = make_districts(1, 1), make_changes(1, 1)
    districts.amounts[:] = 2**50
    changes.growth[:] = 100_000
    with pytest.raises(OverflowError):
        project(districts, (changes,), BASE_YEAR)


@pytest.mark.parametrize("fiscal_year", ["2018-19", "2022-23", "2025-26", "2026-27"])
def test_the_formula_agrees_with_its_twin(fiscal_year) -> None:
    ada, unduplicated, tk_ada = make_attendance(COUNT)
    unduplicated[:3] = 5500, 5501, 10_000
    told = grants_of_many(ada, unduplicated, tk_ada, lcff_rates(fiscal_year))
    for which in range(COUNT):
        answer = CALCULATIONS["lcff"].answer(
            {
                "fiscal_year": fiscal_year,
                "ada": {span: str(Decimal(int(ada[which, place])) / 100) for place, span in enumerate(SPANS)},
                "unduplicated_percentage": str(Decimal(int(unduplicated[which])) / 100),
                "tk_ada": str(Decimal(int(tk_ada[which])) / 100),
            }
        )
        for name in ("adjusted_base", "supplemental", "concentration", "tk_add_on", "entitlement"):
            assert int(answer[name]) == getattr(told, name)[which], name
        assert [int(answer["base"][span]) for span in SPANS] == list(told.base[which])
        adjustment = [int(answer["grade_span_adjustment"][span]) for span in ADJUSTED_SPANS]
        assert adjustment == list(told.adjustment[which])
