"""What attendance and verified unduplicated pupils are worth, and the reasons when they bring nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS

ATTENDANCE, FOUND, LCFF = (CALCULATIONS[name] for name in ("attendance-value", "unduplicated-value", "lcff"))
NO_TAX = {"local_property_tax": "0"}


def codes(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def attendance(by_year: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "fiscal_year": "2025-26",
        "enrollment": {"4-6": "1000"},
        "attendance_rate_change_percent": "1",
        "unduplicated_percentage": "50",
        **NO_TAX,
        **more,
    }
    if by_year is not None:
        document["ada_by_year"] = {at: {"4-6": pupils} for at, pupils in by_year.items()}
    return ATTENDANCE.answer(document)


def found(pupils: str, counted: str, **more: Any) -> dict[str, Any]:
    return FOUND.answer(
        {
            "fiscal_year": "2025-26",
            "found_pupils": pupils,
            "unduplicated_by_year": {
                at: {"unduplicated_pupils": counted, "enrollment": "10000"}
                for at in ("2023-24", "2024-25", "2025-26")
            },
            "adjusted_base_grant": "100000000",
            **NO_TAX,
            **more,
        }
    )


def test_a_point_of_attendance_in_san_juan_is_worth_about_5_3_million() -> None:
    rates = {
        "base": {"TK-3": "11467", "4-6": "0", "7-8": "0", "9-12": "0"},
        "grade_span_adjustment": {"TK-3": "0"},
    }
    answer = ATTENDANCE.answer(
        {
            "fiscal_year": "2025-26",
            "enrollment": {"TK-3": "39355"},
            "attendance_rate_change_percent": "1",
            "unduplicated_percentage": "63.10",
            "rates": rates,
        }
    )
    assert round(Decimal(answer["full_value"]) / 1_000_000, 1) == Decimal("5.3")
    assert answer["ada_gain"]["total"] == "393.55"
    assert answer["years"] is None
    assert answer["first_year_value"] is None
    assert codes(answer) == ["attendance_not_given"]


def test_growing_attendance_pays_at_once_and_in_full() -> None:
    years = {"2022-23": "800", "2023-24": "850", "2024-25": "900", "2025-26": "950"}
    answer = attendance(years)
    # 10 pupils times 10,411 and a tenth more: half of 20 %.
    assert answer["full_value"] == "114521"
    assert {each["value"] for each in answer["years"]} == {"114521"}
    assert codes(answer) == []


def test_while_an_earlier_year_is_paid_for_it_brings_nothing_then_phases_in() -> None:
    years = {"2022-23": "990", "2023-24": "980", "2024-25": "970", "2025-26": "900"}
    answer = attendance(years)
    values = [int(each["value"]) for each in answer["years"]]
    assert answer["years"][0]["funded_before_basis"] == "average"
    assert values[0] == 0
    assert codes(answer)[0] == "funded_on_average"
    # The average of the three years before holds none, then one, two and three of the better years.
    assert 0 < values[1] < values[2] < values[3] == 114521
    assert codes(answer).count("phases_in") == 2


def test_a_prior_year_that_is_paid_for_delays_it_by_one() -> None:
    years = {"2022-23": "700", "2023-24": "700", "2024-25": "950", "2025-26": "930"}
    answer = attendance(years)
    assert [each["value"] for each in answer["years"]][:2] == ["0", "114521"]
    assert codes(answer)[0] == "funded_on_prior"


def test_a_basic_aid_district_gains_nothing() -> None:
    years = {"2022-23": "800", "2023-24": "850", "2024-25": "900", "2025-26": "950"}
    answer = attendance(years, local_property_tax="50000000")
    assert {each["value"] for each in answer["years"]} == {"0"}
    assert codes(answer) == ["basic_aid"]
    assert answer["full_value"] == "114521"


def test_what_reaches_the_property_tax_first_brings_the_rest() -> None:
    years = {"2022-23": "800", "2023-24": "850", "2024-25": "900", "2025-26": "950"}
    ada = {"4-6": "950"}
    plain = LCFF.answer({"fiscal_year": "2025-26", "ada": ada, "unduplicated_percentage": "50"})
    tax = int(plain["entitlement"]) + 100_000
    answer = attendance(years, local_property_tax=str(tax))
    assert answer["first_year_value"] == "14521"
    assert codes(answer) == ["leaves_basic_aid"]
    floor = attendance(years, minimum_state_aid=str(tax))
    assert floor["first_year_value"] == "14521"
    assert codes(floor) == ["minimum_state_aid"]


def test_more_attendance_than_enrollment_is_refused() -> None:
    years = {"2022-23": "995", "2023-24": "995", "2024-25": "995", "2025-26": "995"}
    with pytest.raises(InputFaultsError) as refused:
        attendance(years)
    assert [fault.field for fault in refused.value.faults] == ["attendance_rate_change_percent"]


def test_found_pupils_count_by_thirds() -> None:
    answer = found("300", "5000")
    # 100, 200 and 300 of 10,000: 1, 2 and 3 points at 20 % of the base.
    assert [each["value"] for each in answer["years"]] == ["200000", "400000", "600000", "600000"]
    assert [each["percentage_after"] for each in answer["years"]][:2] == ["51.000000", "52.000000"]
    assert codes(answer) == ["phases_in", "below_threshold"]
    once = found("300", "5000", repeated=False)
    assert [each["value"] for each in once["years"]] == ["200000", "200000", "200000", "0"]
    assert "fades_out" in codes(once)


def test_passing_55_percent_changes_the_slope() -> None:
    answer = found("300", "5400")
    # 55, 56, 57 %: at 55 there is no concentration grant yet, above it a point brings 0.65 % more.
    assert [each["value"] for each in answer["years"]][:3] == ["200000", "1050000", "1900000"]
    assert [each["above_threshold_after"] for each in answer["years"]][:2] == [False, True]
    assert "crosses_threshold" in codes(answer)
    assert "expanded_learning_tier" in codes(answer)


def test_a_few_of_many_round_away() -> None:
    answer = found("1", "5000")
    assert {each["value"] for each in answer["years"]} == {"0", "2000"}
    few = found("0.5", "5000", years_ahead=1)
    assert codes(few) == ["rounds_away"]
    assert few["full_value"] == "0"


def test_found_pupils_bring_a_basic_aid_district_nothing() -> None:
    answer = found("300", "5000", local_property_tax="500000000")
    assert answer["full_value"] == "0"
    assert "basic_aid" in codes(answer)


def test_more_found_than_were_left_is_refused() -> None:
    with pytest.raises(InputFaultsError) as refused:
        found("5001", "5000", adjusted_base_grant=None)
    assert {fault.field for fault in refused.value.faults} == {"found_pupils", "adjusted_base_grant"}
