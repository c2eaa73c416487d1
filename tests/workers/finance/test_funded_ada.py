"""Which attendance is paid for, year by year, and the rolling unduplicated percentage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS

FUNDED, ROLLING, LCFF = (CALCULATIONS[name] for name in ("funded-ada", "unduplicated-percentage", "lcff"))


def ask(fiscal_year: str, by_year: dict[str, str], **more: Any) -> dict[str, Any]:
    ada = {at: {"4-6": pupils} for at, pupils in by_year.items()}
    return FUNDED.answer({"fiscal_year": fiscal_year, "ada_by_year": ada, **more})


def test_until_2021_22_the_average_does_not_count() -> None:
    by_year = {"2017-18": "120", "2018-19": "110", "2019-20": "90", "2020-21": "100"}
    assert ask("2020-21", by_year)["basis"] == "current"
    assert ask("2019-20", by_year)["basis"] == "prior"
    assert ask("2019-20", by_year)["average"] is None


def test_from_2022_23_the_average_of_three_prior_years_counts_too() -> None:
    by_year = {"2022-23": "120", "2023-24": "110", "2024-25": "90", "2025-26": "80"}
    answer = ask("2025-26", by_year)
    assert (answer["basis"], answer["spans"]["total"], answer["prior"]) == ("average", "106.67", "90.00")
    assert answer["status"] == "to_confirm"


def test_a_year_that_is_not_given_is_told() -> None:
    answer = ask("2025-26", {"2025-26": "80", "2023-24": "200"})
    assert answer["basis"] == "current"
    assert answer["years_not_given"] == ["2024-25", "2022-23"]


def test_the_spans_are_those_of_the_year_that_counts() -> None:
    ada = {
        "2025-26": {"TK-3": "50", "9-12": "50"},
        "2024-25": {"TK-3": "90", "9-12": "20"},
    }
    answer = FUNDED.answer({"fiscal_year": "2025-26", "ada_by_year": ada})
    assert (answer["basis"], answer["spans"]["9-12"]) == ("prior", "20.00")


def test_the_yield_raises_2021_22_until_2024_25() -> None:
    ada = {
        "2019-20": "95",
        "2020-21": "10",
        "2021-22": "81",
        "2022-23": "20",
        "2023-24": "20",
        "2024-25": "20",
    }
    enrollment = {"2019-20": "100", "2021-22": "90"}
    # 95 % over 90 %: 81 becomes 85.5.
    answer = ask("2021-22", ada, enrollment_by_year=enrollment)
    assert (answer["current"], Decimal(answer["yield_factor"])) == ("85.50", Decimal("0.95") / Decimal("0.9"))
    assert ask("2022-23", ada, enrollment_by_year=enrollment)["prior"] == "85.50"
    assert ask("2024-25", ada, enrollment_by_year=enrollment)["average"] == "41.83"
    assert ask("2025-26", {**ada, "2025-26": "1"}, enrollment_by_year=enrollment)["yield_factor"] == "1.00"
    assert ask("2021-22", ada)["current"] == "81.00"


def test_a_yield_is_one_at_most() -> None:
    ada = {"2019-20": "110", "2021-22": "80"}
    answer = ask("2021-22", ada, enrollment_by_year={"2019-20": "100", "2021-22": "100"})
    assert (answer["current"], answer["yield_factor"]) == ("100.00", "1.25")


def test_a_yield_that_does_not_help_is_not_used() -> None:
    ada = {"2019-20": "80", "2021-22": "90"}
    answer = ask("2021-22", ada, enrollment_by_year={"2019-20": "100", "2021-22": "100"})
    assert (answer["current"], answer["yield_factor"]) == ("90.00", "1.00")


def test_the_percentage_is_a_ratio_of_sums_with_two_decimals() -> None:
    counts = {
        "2023-24": {"unduplicated_pupils": "100", "enrollment": "300"},
        "2024-25": {"unduplicated_pupils": "300", "enrollment": "400"},
        "2025-26": {"unduplicated_pupils": "200", "enrollment": "200"},
    }
    answer = ROLLING.answer({"fiscal_year": "2025-26", "unduplicated_by_year": counts})
    assert answer["unduplicated_percentage"] == "66.670000"
    assert answer["this_year_alone"] == "100.000000"


def test_the_formulas_first_years_add_fewer() -> None:
    counts = {"2013-14": {"unduplicated_pupils": "1", "enrollment": "3"}}
    answer = ROLLING.answer({"fiscal_year": "2013-14", "unduplicated_by_year": counts})
    assert answer["years"] == ["2013-14"]
    with pytest.raises(InputFaultsError):
        ROLLING.answer({"fiscal_year": "2014-15", "unduplicated_by_year": counts})


def test_the_formula_finds_both_itself() -> None:
    document = {
        "fiscal_year": "2025-26",
        "ada_by_year": {"2025-26": {"4-6": "90"}, "2024-25": {"4-6": "100"}},
        "unduplicated_by_year": {
            at: {"unduplicated_pupils": "60", "enrollment": "100"} for at in ("2023-24", "2024-25", "2025-26")
        },
    }
    answer = LCFF.answer(document)
    assert (answer["funded_ada"]["basis"], answer["base"]["total"]) == ("prior", "1041100")
    assert answer["unduplicated_percentage"] == "60.000000"
