"""Salaries rolled forward, against San Juan Unified's form MYP of 2025-26."""

from __future__ import annotations

from workers.finance.catalogue import CALCULATIONS

ROLL = CALCULATIONS["salary-roll"]


def test_the_published_form_is_reproduced_to_the_dollar() -> None:
    answer = ROLL.answer(
        {
            "base": "228296004",
            "years": [
                {
                    "fiscal_year": "2026-27",
                    "step_and_column_percent": "0.9",
                    "other_adjustments": "-8052745",
                },
                {"fiscal_year": "2027-28", "step_and_column_percent": "0.9", "other_adjustments": "-872"},
            ],
        }
    )
    first, second = answer["years"]
    assert (first["step_and_column"], first["total"]) == ("2054664", "222297923")
    assert (second["base"], second["step_and_column"], second["total"]) == (
        "222297923",
        "2000681",
        "224297732",
    )


def test_cola_is_taken_on_base_and_step_and_column() -> None:
    answer = ROLL.answer(
        {
            "base": "1000",
            "years": [{"fiscal_year": "2026-27", "step_and_column_percent": "10", "cola_percent": "10"}],
        }
    )
    assert answer["years"][0]["cola"] == "110"
