"""The reserve standard: San Juan Unified's 01CS of 2025-26, and the bands at their edges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.reserve import reserve_standard

RESERVE = CALCULATIONS["reserve"]


def test_the_published_form_is_reproduced_to_the_cent() -> None:
    years: list[dict[str, Any]] = [
        {
            "fiscal_year": "2025-26",
            "ada": "36537.18",
            "expenditures_and_uses": "756515859",
            "reserve_for_economic_uncertainties": "15130317.20",
            "unassigned": "79548019.34",
        },
        {
            "fiscal_year": "2026-27",
            "ada": "36537.18",
            "expenditures_and_uses": "711804885",
            "unassigned": "82977121.54",
        },
        {
            "fiscal_year": "2027-28",
            "ada": "36537.18",
            "expenditures_and_uses": "726455415",
            "unassigned": "70904292.11",
        },
    ]
    first, second, third = RESERVE.answer({"years": years})["years"]
    assert first["standard_amount"] == "15130317.18"
    assert first["available_amount"] == "94678336.54"
    assert first["margin"] == "79548019.36"
    assert first["met"] is True
    shares = [round(Decimal(year["available_percent"]), 2) for year in (first, second, third)]
    assert shares == [Decimal("12.52"), Decimal("11.66"), Decimal("9.76")]


@pytest.mark.parametrize(
    ("ada", "fiscal_year", "percent"),
    [
        ("0", "2025-26", "5"),
        ("300.49", "2025-26", "5"),
        ("300.50", "2025-26", "4"),
        ("1000.49", "2025-26", "4"),
        ("1000.5", "2025-26", "3"),
        ("30000", "2025-26", "3"),
        ("30001", "2025-26", "2"),
        ("250000", "2025-26", "2"),
        ("250001", "2025-26", "1"),
        ("250001", "2024-25", "2"),
        ("400000", "2024-25", "2"),
        ("400001", "2024-25", "1"),
    ],
)
def test_bands_by_whole_pupils(ada: str, fiscal_year: str, percent: str) -> None:
    standard = reserve_standard(Decimal(ada), fiscal_year)
    assert standard.percent.value == percent
    assert standard.percent.status == ("enacted" if fiscal_year == "2025-26" else "to_confirm")
    assert (standard.floor is not None) == (Decimal(percent) >= 4)


@pytest.mark.parametrize(
    ("available", "met", "margin"),
    [("87999.99", False, "-0.01"), ("88000", True, "0.00"), ("88000.01", True, "0.01")],
)
def test_the_floor_in_dollars_the_cent_before_at_and_after(available: str, met: bool, margin: str) -> None:
    year = {
        "fiscal_year": "2025-26",
        "ada": "250",
        "expenditures_and_uses": "1000000",
        "unassigned": available,
    }
    (told,) = RESERVE.answer({"years": [year]})["years"]
    assert (told["standard_amount"], told["floor_decides"]) == ("88000.00", True)
    assert (told["met"], told["margin"]) == (met, margin)


def test_negative_balances_and_fund_17_count() -> None:
    year = {
        "fiscal_year": "2025-26",
        "ada": "2000",
        "expenditures_and_uses": "1000000",
        "stabilization": "1",
        "unassigned": "30000",
        "special_reserve": "500.25",
        "negative_restricted_balances": "-600",
    }
    (told,) = RESERVE.answer({"years": [year]})["years"]
    assert (told["available_amount"], told["standard_amount"], told["met"]) == ("29901.25", "30000.00", False)


def test_nothing_spent_has_no_percentage() -> None:
    (told,) = RESERVE.answer({"years": [{"fiscal_year": "2025-26", "ada": "2000"}]})["years"]
    assert told["available_percent"] is None


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InputFaultsError) as refused:
        RESERVE.answer({"years": [{"fiscal_year": "25-26", "negative_restricted_balances": "5", "extra": 1}]})
    assert {fault.field for fault in refused.value.faults} == {
        "years[0].fiscal_year",
        "years[0].ada",
        "years[0].negative_restricted_balances",
        "years[0].extra",
    }
