"""The projection by assumptions: each assumption opens to the lines that it touches, by how many dollars."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS

ASSUMED = CALCULATIONS["assumed-projection"]
BASE = {
    "fiscal_year": "2025-26",
    "ada": "5000",
    "unrestricted": {
        "lcff": "1000000",
        "contributions": "-100000",
        "certificated": "500000",
        "benefits": "200000",
        "services": "100000",
    },
    "restricted": {"contributions": "100000", "classified": "80000", "other_state": "30000"},
}
PARTS = {"unrestricted": {"strs": "95500", "health": "60000"}}


def project(*years: dict[str, Any], **more: Any) -> dict[str, Any]:
    names = ("2026-27", "2027-28", "2028-29")
    given = [{"fiscal_year": at} | year for at, year in zip(names, years, strict=False)]
    return ASSUMED.answer(
        {"base": BASE, "benefits": PARTS, "calstrs": "19.1", "calpers": "26.81", "years": given} | more
    )


def touched(answer: dict[str, Any], name: str) -> dict[tuple[str, str], str]:
    (found,) = [each for each in answer["assumptions"] if each["name"] == name]
    return {(each["fiscal_year"], each["line"]): each["amount"] for each in found["lines"]}


RATES = {"calstrs": "19.1", "calpers": "26.81"}


def test_nothing_assumed_moves_nothing() -> None:
    answer = project(RATES, RATES)
    first, *later = answer["projection"]["years"]
    assert {year["combined"]["net"] for year in later} == {first["combined"]["net"]}
    assert all(not each["lines"] for each in answer["assumptions"])


def test_each_assumption_opens_to_its_lines() -> None:
    answer = project(
        RATES | {"cola": "2", "cpi": "3", "contribution_growth": "10", "state_growth": "5"},
        RATES,
    )
    assert touched(answer, "cola") == {
        ("2026-27", "lcff"): "20000.00",
        ("2027-28", "lcff"): "20000.00",
    }
    assert touched(answer, "cpi")["2026-27", "services"] == "3000.00"
    assert touched(answer, "state_growth")["2026-27", "other_state"] == "1500.00"
    (cola,) = [each for each in answer["assumptions"] if each["name"] == "cola"]
    assert cola["total"] == {"2026-27": "20000.00", "2027-28": "20000.00"}
    (given,) = [each for each in answer["assumptions"] if each["name"] == "contribution_growth"]
    assert given["total"] == {"2026-27": "0.00", "2027-28": "0.00"}, "what one side gives, the other has"


def test_a_settlement_reaches_the_benefits_that_follow_pay() -> None:
    answer = project(RATES | {"salary_settlement_certificated": "2"})
    assert touched(answer, "salary_settlement_certificated") == {
        ("2026-27", "certificated"): "10000.00",
        # Two per cent of pensions, and of the 44,500 that follow pay; health does not.
        ("2026-27", "benefits"): "2800.00",
    }


def test_a_rate_is_told_with_its_status_and_what_it_costs() -> None:
    answer = project({"calstrs": "20.1", "calpers": "26.81"}, {})
    # 95,500 at 19.1 per cent of pay become 100,500 at 20.1; the change keeps four decimals of a per cent.
    cost = Decimal(touched(answer, "calstrs")["2026-27", "benefits"])
    assert abs(cost - 5000) < Decimal("0.1")
    statuses = {(each["name"], each["fiscal_year"]): each["status"] for each in answer["rates"]}
    assert statuses["calstrs", "2026-27"] == "entered"
    assert statuses["calpers", "2027-28"] == "projected"


def test_an_adjustment_goes_on_and_benefits_keep_theirs() -> None:
    answer = project(
        RATES,
        RATES,
        adjustments=[
            {"line": line, "segment": "unrestricted", "fiscal_year": "2026-27", "amount": "-700"}
            for line in ("benefits", "services", "other_outgo")
        ],
    )
    for year in answer["projection"]["years"][1:]:
        spent = year["unrestricted"]["expenditures"]
        totals = [spent[line]["total"] for line in ("benefits", "services", "other_outgo")]
        assert totals == ["199300.00", "99300.00", "-700.00"]


def test_attendance_moves_the_band_of_the_reserve_too() -> None:
    answer = project(RATES | {"attendance_change": "-90"}, RATES)
    percents = [year["reserve"]["standard_percent"] for year in answer["projection"]["years"]]
    assert percents == ["3.000000", "4.000000", "4.000000"]


def test_every_fault_is_named() -> None:
    with pytest.raises(InputFaultsError) as refused:
        project(
            {"cola": "101", "weather": "1", "calstrs": "0"},
            adjustments=[{"line": "lunch", "segment": "free", "fiscal_year": "2026", "amount": "x"}],
        )
    assert {fault.field for fault in refused.value.faults} == {
        "years[0].cola",
        "years[0].weather",
        "years[0].calstrs",
        "adjustments[0].line",
        "adjustments[0].segment",
        "adjustments[0].fiscal_year",
        "adjustments[0].amount",
    }
