"""Enrollment by cohort survival: worked by hand, what must always hold, and wrong input."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.enrollment import GRADES, SPANS

ENROLLMENT = CALCULATIONS["enrollment"]
YEARS = ("2022-23", "2023-24", "2024-25", "2025-26")


def history(*years: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"fiscal_year": at, "grades": grades} for at, grades in zip(YEARS[-len(years) :], years, strict=True)
    ]


def test_survival_by_hand() -> None:
    """Two moves from grade 1 to 2: 90 of 100, then 108 of 100 stand in grade 2; pooled 198 of 200."""
    answer = ENROLLMENT.answer(
        {
            "history": history(
                {"1": "100", "2": "50"}, {"1": "100", "2": "90"}, {"1": "200", "2": "108", "3": "99"}
            ),
            "years": 2,
        }
    )
    moves = {each["grade"]: each for each in answer["survival"]}
    assert moves["1"]["percent"] == "99.000000"
    assert moves["1"]["by_year"] == {"2024-25": "90.000000", "2025-26": "108.000000"}
    first, second = (year["likely"]["grades"] for year in answer["years"])
    # 99 of the 140 second-graders of both years came to grade 3.
    assert (first["2"], first["3"]) == ("198.00", "76.00")
    assert second["3"] == "140.00"


def test_nothing_lost_and_nothing_gained_stays_level() -> None:
    level = dict.fromkeys(GRADES, "250")
    answer = ENROLLMENT.answer({"history": history(level, level, level), "years": 10})
    assert answer["spread_percent"] == "0.000000"
    assert answer["back_test"]["error_percent"] == "0.000000"
    for year in answer["years"]:
        assert {year[case]["total"] for case in ("low", "likely", "high")} == {"3500.00"}


def test_births_bring_kindergarten_and_an_entered_intake_goes_before() -> None:
    kindergarten = [{"K": "80"}, {"K": "88"}]
    births = {"2024-25": "100", "2025-26": "110", "2026-27": "120", "2027-28": "130"}
    asked = {
        "history": history(*kindergarten),
        "births": births,
        "intake": {"2027-28": {"K": "70"}},
        "years": 3,
    }
    answer = ENROLLMENT.answer(asked)
    assert [year["likely"]["grades"]["K"] for year in answer["years"]] == ["96.00", "70.00", "70.00"]
    assert [year["intake_from"]["K"] for year in answer["years"]] == ["births", "entered", "held level"]
    assert answer["births_percent"] == "80.000000"


def test_attendance_from_history_and_entered() -> None:
    years = history({"4": "100"}, {"4": "100", "5": "100"})
    years[0]["ada"], years[1]["ada"] = {"4-6": "90"}, {"4-6": "188"}
    answer = ENROLLMENT.answer({"history": years, "years": 1})
    assert answer["attendance_rates"] == {
        "4-6": {"low": "90.000000", "likely": "94.000000", "high": "94.000000"}
    }
    assert answer["years"][0]["low"] is None, "one move shows no spread"
    likely = answer["years"][0]["likely"]
    assert (likely["spans"]["4-6"], likely["ada"]["4-6"], likely["ada_total"]) == (
        "100.00",
        "94.00",
        "94.00",
    )
    assert likely["tk_ada"] is None
    entered = ENROLLMENT.answer(
        {"history": years, "years": 1, "attendance_rates": {"4-6": {"likely": "95.5"}}}
    )
    assert entered["years"][0]["likely"]["ada"]["4-6"] == "95.50"


counts = st.fixed_dictionaries({grade: st.integers(1, 900).map(str) for grade in GRADES})


@settings(max_examples=20, deadline=None)
@given(years=st.lists(counts, min_size=3, max_size=4))
def test_cases_are_in_order_and_totals_foot(years) -> None:
    rates = {span: {"low": "91", "likely": "93.5", "high": "96"} for span in SPANS}
    answer = ENROLLMENT.answer({"history": history(*years), "years": 4, "attendance_rates": rates})
    for year in answer["years"]:
        for case in ("low", "likely", "high"):
            told = year[case]
            assert sum(map(Decimal, told["grades"].values())) == Decimal(told["total"])
            assert sum(map(Decimal, told["spans"].values())) == Decimal(told["total"])
            assert sum(map(Decimal, told["ada"].values())) == Decimal(told["ada_total"])
            assert Decimal(told["ada_total"]) <= Decimal(told["total"])
        for name in ("total", "ada_total"):
            assert Decimal(year["low"][name]) <= Decimal(year["likely"][name]) <= Decimal(year["high"][name])


def test_every_fault_is_named() -> None:
    with pytest.raises(InputFaultsError) as refused:
        ENROLLMENT.answer(
            {
                "history": [
                    {"fiscal_year": "2023-24", "grades": {"1": "10"}, "ada": {"TK-3": "10.01"}},
                    {"fiscal_year": "2025-26", "grades": {"13": "10"}},
                ],
                "intake": {"2026-27": {"1": "4"}},
                "years": 11,
            }
        )
    fields = {fault.field for fault in refused.value.faults}
    assert {"history[0]", "intake", "years"} <= fields
    assert any(field.startswith("history[1].grades") for field in fields)


def test_a_year_left_out_is_refused() -> None:
    grades = {"1": "10"}
    with pytest.raises(InputFaultsError) as refused:
        ENROLLMENT.answer(
            {
                "history": [
                    {"fiscal_year": "2023-24", "grades": grades},
                    {"fiscal_year": "2025-26", "grades": grades},
                ]
            }
        )
    assert refused.value.faults[0].expected["values"]["year"] == {"fiscal_year": "2024-25"}
