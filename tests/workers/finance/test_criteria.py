"""Criteria and standards against San Juan Unified's forms 01CS of 2025-26 and 01CSI of 2024-25."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS

CRITERIA = CALCULATIONS["criteria"]


def judge(
    criterion: str, years: list[dict[str, Any]], version: str = "budget", **more: Any
) -> dict[str, Any]:
    return CRITERIA.answer({"criterion": criterion, "version": version, "years": years, **more})


def rows(keys: str, *lines: str) -> list[dict[str, Any]]:
    """Return years from lines of a form: names once, then values."""
    names = keys.split()
    return [dict(zip(names, line.replace(",", "").split(), strict=True)) for line in lines]


def printed(value: str | None, decimals: int) -> str | None:
    return None if value is None else f"{round(Decimal(value), decimals)}"


def verdicts(answer: dict[str, Any]) -> list[bool | None]:
    return [year["met"] for year in answer["years"]]


@pytest.mark.parametrize(
    ("criterion", "lines"),
    [
        ("1", ("2022-23 36171 37023", "2023-24 35124 35699", "2024-25 35778 36393")),
        ("2", ("2022-23 37597 37902", "2023-24 37911 38209", "2024-25 38475 39199")),
    ],
)
def test_criteria_1_and_2_of_the_filed_budget(criterion: str, lines: tuple[str, ...]) -> None:
    answer = judge(criterion, rows("fiscal_year budgeted actual", *lines), ada="36537.18")
    assert verdicts(answer) == [True, True, True]
    assert answer["met"] is True
    assert {year["high_percent"] for year in answer["years"]} == {"1.000000"}


def test_criterion_2_of_an_earlier_budget_is_of_what_was_budgeted() -> None:
    answer = judge(
        "2",
        rows(
            "fiscal_year budgeted actual", "2019-20 39890 39445", "2020-21 39528 38945", "2021-22 38944 38077"
        ),
        ada="36000",
    )
    assert [printed(year["value_percent"], 1) for year in answer["years"]] == ["1.1", "1.5", "2.2"]
    assert (verdicts(answer), answer["met"]) == ([False, False, False], False)


@pytest.mark.parametrize(
    ("missed", "met"),
    [
        ((), True),
        (("2022-23",), True),
        (("2022-23", "2023-24"), False),
        (("2024-25",), False),
        (("2023-24", "2024-25"), False),
    ],
)
def test_one_earlier_year_may_be_overestimated_but_not_the_first_prior_one(
    missed: tuple[str, ...], met: bool
) -> None:
    years = [
        {"fiscal_year": year, "ada": "5000", "budgeted": "100", "actual": "90" if year in missed else "99"}
        for year in ("2022-23", "2023-24", "2024-25")
    ]
    assert judge("1", years)["met"] is met


@pytest.mark.parametrize(
    ("ada", "percent"), [("300.4", "3"), ("300.5", "2"), ("1000.4", "2"), ("1000.5", "1"), ("0", "3")]
)
def test_the_band_is_of_whole_pupils(ada: str, percent: str) -> None:
    year = {"fiscal_year": "2024-25", "ada": ada, "budgeted": "1000", "actual": str(1000 - 10 * int(percent))}
    at = judge("1", [year])
    assert Decimal(at["years"][0]["high_percent"]) == Decimal(percent)
    assert at["met"] is True
    assert Decimal(at["years"][0]["margin"]) == 0
    beyond = judge("1", [year | {"actual": str(Decimal(year["actual"]) - Decimal("0.01"))}])
    assert beyond["met"] is False
    assert beyond["explanation_needed"]


def test_without_attendance_only_what_any_band_would_say_is_said() -> None:
    years = [
        {"fiscal_year": "2024-25", "budgeted": "100", "actual": actual} for actual in ("99", "98.99", "96.99")
    ]
    found = [judge("1", [year]) for year in years]
    assert [answer["met"] for answer in found] == [True, None, False]
    assert all(len(answer["notes"]) == 1 for answer in found)


def test_criteria_1_2_and_4_of_a_filed_interim() -> None:
    attendance = judge(
        "1",
        rows(
            "fiscal_year budgeted actual",
            "2024-25 36578.98 36568.43",
            "2025-26 36392.40 36568.43",
            "2026-27 36205.83 36381.85",
        ),
        "interim",
    )
    assert [printed(year["value_percent"], 1) for year in attendance["years"]] == ["-0.0", "0.5", "0.5"]
    assert attendance["met"] is True
    revenue = judge(
        "4",
        rows(
            "fiscal_year prior_lcff_revenue lcff_revenue",
            "2024-25 524,751,253 526,424,751",
            "2025-26 537,069,574 543,625,914",
            "2026-27 552,265,959 561,648,561",
        ),
        "interim",
    )
    assert [printed(year["value_percent"], 1) for year in revenue["years"]] == ["0.3", "1.2", "1.7"]
    assert revenue["met"] is True


@pytest.mark.parametrize(
    ("actual", "met"), [("98", True), ("97.99", False), ("102", True), ("102.01", False)]
)
def test_an_interim_may_change_by_two_per_cent(actual: str, met: bool) -> None:
    answer = judge("2", [{"fiscal_year": "2025-26", "budgeted": "100", "actual": actual}], "interim")
    assert answer["met"] is met


def test_criterion_3_of_the_filed_budget_and_interim() -> None:
    budget = judge(
        "3",
        rows(
            "fiscal_year ada enrollment",
            "2022-23 34806 37902",
            "2023-24 35467 38209",
            "2024-25 36393 39199",
            "2025-26 36537 39355",
            "2026-27 36326 39127",
            "2027-28 36114 38899",
        ),
    )
    assert [printed(year["value_percent"], 1) for year in budget["years"]] == [
        "91.8",
        "92.8",
        "92.8",
        "92.8",
        "92.8",
        "92.8",
    ]
    assert [printed(year["high_percent"], 1) for year in budget["years"]] == [None] * 3 + ["93.0"] * 3
    assert (verdicts(budget), budget["met"]) == ([None] * 3 + [True] * 3, True)
    interim = judge(
        "3",
        rows(
            "fiscal_year ada enrollment",
            "2021-22 33973 38077",
            "2022-23 34806 37902",
            "2023-24 35467 38208",
            "2024-25 36568 39199",
        ),
        "interim",
    )
    assert printed(interim["years"][3]["high_percent"], 1) == "91.8"
    assert interim["met"] is False


def test_criterion_4_of_the_filed_budget() -> None:
    years = [
        {
            "fiscal_year": fiscal_year,
            "population_change_percent": str(Decimal(after) * 100 / Decimal(before) - 100),
            "cola_percent": cola,
            "prior_lcff_revenue": prior,
            "lcff_revenue": revenue,
        }
        for fiscal_year, before, after, cola, prior, revenue in (
            ("2025-26", "36478.09", "36622.43", "1.07", "524351678", "543349290"),
            ("2026-27", "36622.43", "36410.76", "2.30", "543349290", "558552526"),
            ("2027-28", "36410.76", "36199.09", "3.02", "558552526", "573466568"),
        )
    ]
    answer = judge("4", years)
    assert [printed(year["value_percent"], 2) for year in answer["years"]] == ["3.62", "2.80", "2.67"]
    assert [
        (printed(year["low_percent"], 2), printed(year["high_percent"], 2)) for year in answer["years"]
    ] == [("0.47", "2.47"), ("0.72", "2.72"), ("1.44", "3.44")]
    assert (verdicts(answer), answer["met"]) == ([False, False, True], False)


@pytest.mark.parametrize(
    ("revenue", "met"), [("103", True), ("103.01", False), ("101", True), ("100.99", False)]
)
def test_lcff_revenue_may_miss_its_change_by_a_point(revenue: str, met: bool) -> None:
    year = {
        "fiscal_year": "2025-26",
        "population_change_percent": "-0.5",
        "cola_percent": "2.5",
        "prior_lcff_revenue": "100",
        "lcff_revenue": revenue,
    }
    assert judge("4", [year])["met"] is met


def test_other_standards_of_criterion_4() -> None:
    year = {
        "fiscal_year": "2025-26",
        "cola_percent": "2.3",
        "prior_lcff_revenue": "100",
        "lcff_revenue": "105",
    }
    taxed = year | {"prior_property_tax": "50", "property_tax": "52.5"}
    basic_aid = judge("4", [taxed], standard="basic_aid")
    assert (basic_aid["met"], basic_aid["years"][0]["low_percent"]) == (True, "4.000000")
    small = judge("4", [year], standard="necessary_small_school")
    assert (small["met"], small["years"][0]["high_percent"]) == (False, "3.300000")


def test_example_h_criterion_5() -> None:
    answer = judge(
        "5",
        rows(
            "fiscal_year ada salaries_and_benefits expenditures",
            "2022-23 36537 320,859,766.70 350,452,549.50",
            "2023-24 36537 340,669,076.93 375,788,122.08",
            "2024-25 36537 376,044,959 422,469,702",
            "2025-26 36537 441,396,789 483,583,264",
            "2026-27 36326 420,684,195 457,865,317",
            "2027-28 36114 426,062,741 466,323,823",
        ),
    )
    assert [printed(year["value_percent"], 1) for year in answer["years"]] == [
        "91.6",
        "90.7",
        "89.0",
        "91.3",
        "91.9",
        "91.4",
    ]
    tested = answer["years"][3:]
    assert {(printed(year["low_percent"], 1), printed(year["high_percent"], 1)) for year in tested} == {
        ("87.4", "93.4")
    }
    assert answer["met"] is True


def test_a_small_districts_reserve_percentage_widens_criterion_5() -> None:
    years = [
        {"fiscal_year": year, "salaries_and_benefits": paid, "expenditures": "100"}
        for year, paid in (("2022-23", "80"), ("2023-24", "80"), ("2024-25", "80"), ("2025-26", "85"))
    ]
    for ada, met in (("300", True), ("1000", False), (None, None)):
        sized = {} if ada is None else {"ada": ada}
        assert judge("5", years, **sized)["met"] is met


OTHER = rows(
    "fiscal_year category prior current change_percent_allowed",
    "2025-26 federal_revenue 54,962,988 35,144,536 1.47",
    "2025-26 other_state_revenue 111,927,241 118,487,129 1.47",
    "2025-26 other_local_revenue 31,977,064 19,676,506 1.47",
    "2025-26 books_and_supplies 38,787,993 32,448,249 1.47",
    "2025-26 services_and_other_operating_expenditures 90,779,980 65,479,798 1.47",
    "2026-27 federal_revenue 35,144,536 34,125,974 1.72",
    "2026-27 other_state_revenue 118,487,129 119,258,685 1.72",
    "2026-27 other_local_revenue 19,676,506 14,992,290 1.72",
)


def test_criterion_6_of_the_filed_budget() -> None:
    answer = judge("6", OTHER)
    assert [(printed(year["value_percent"], 2), year["explanation_needed"]) for year in answer["years"]] == [
        ("-36.06", True),
        ("5.86", False),
        ("-38.47", True),
        ("-16.34", True),
        ("-27.87", True),
        ("-2.90", False),
        ("0.65", False),
        ("-23.81", True),
    ]
    assert (answer["years"][0]["low_percent"], answer["years"][0]["high_percent"]) == (
        "-8.530000",
        "11.470000",
    )
    assert [
        (total["item"], printed(total["value_percent"], 2), total["met"]) for total in answer["totals"]
    ] == [
        ("total_revenues", "-12.85", False),
        ("total_expenditures", "-24.42", False),
        ("total_revenues", "-2.85", True),
    ]
    assert answer["met"] is False


def test_criterion_6_of_a_filed_interim() -> None:
    answer = judge(
        "6",
        [
            {
                "fiscal_year": "2024-25",
                "category": "Total revenues",
                "prior": "188784217",
                "current": "195102195",
            },
            {
                "fiscal_year": "2024-25",
                "category": "Total books",
                "prior": "104160787",
                "current": "114921945",
            },
        ],
        "interim",
    )
    assert [printed(year["value_percent"], 1) for year in answer["years"]] == ["3.3", "10.3"]
    assert verdicts(answer) == [True, False]


@pytest.mark.parametrize(
    ("current", "met", "explain"),
    [("106.00", True, False), ("106.01", True, True), ("111.00", True, True), ("111.01", False, True)],
)
def test_criterion_6_at_its_edges(current: str, met: bool, explain: bool) -> None:
    year = {"fiscal_year": "2025-26", "category": "Parcel tax", "prior": "100", "change_percent_allowed": "1"}
    answer = judge("6", [year | {"current": current}])
    assert (answer["years"][0]["met"], answer["years"][0]["explanation_needed"]) == (met, explain)


def test_example_h_criterion_7() -> None:
    answer = judge(
        "7",
        [
            {
                "fiscal_year": "2025-26",
                "expenditures_and_uses": "756515859",
                "excluded": "23474895",
                "contribution": "21991230",
            }
        ],
    )
    (year,) = answer["years"]
    assert (year["required_amount"], year["margin"], year["margin_unit"]) == (
        "21991228.92",
        "1.08",
        "dollars",
    )
    assert (year["low_percent"], answer["met"]) == ("3.000000", True)


@pytest.mark.parametrize(("contribution", "met"), [("2.99", False), ("3.00", True), ("3.01", True)])
def test_criterion_7_to_the_cent(contribution: str, met: bool) -> None:
    year = {
        "fiscal_year": "2025-26",
        "expenditures_and_uses": "110",
        "excluded": "10",
        "contribution": contribution,
    }
    assert judge("7", [year])["met"] is met


DEFICIT = rows(
    "fiscal_year deficit unrestricted_expenditures available_reserves expenditures_and_uses",
    "2022-23 -40,122,765.45 352,133,760.00 87,738,859.43 600,758,306.90",
    "2023-24 -51,741,236.20 376,935,822.67 131,519,669.61 644,497,483.03",
    "2024-25 7,606,694.00 422,493,013.00 117,156,540.20 772,260,094.00",
)


def test_example_h_criterion_8() -> None:
    answer = judge("8", DEFICIT)
    assert [printed(year["high_percent"], 1) for year in answer["years"]] == ["4.9", "6.8", "5.1"]
    assert printed(answer["years"][2]["value_percent"], 1) == "1.8"
    assert (verdicts(answer), answer["met"]) == ([True, True, True], True)


def test_a_deficit_may_be_too_large_once_in_three_years_and_never_in_an_interim() -> None:
    large = [year | {"deficit": "99999999"} for year in DEFICIT]
    for changed, budget, interim in (
        ([large[0], DEFICIT[1], DEFICIT[2]], True, False),
        ([large[0], large[1], DEFICIT[2]], False, False),
        (DEFICIT, True, True),
    ):
        assert judge("8", changed)["met"] is budget
        assert judge("8", changed, "interim")["met"] is interim


@pytest.mark.parametrize(("deficit", "met"), [("0", True), ("4.99", True), ("5", True), ("5.01", False)])
def test_criterion_8_at_a_third_of_the_reserve(deficit: str, met: bool) -> None:
    year = {
        "fiscal_year": "2024-25",
        "deficit": deficit,
        "unrestricted_expenditures": "100",
        "available_reserves": "15",
        "expenditures_and_uses": "100",
    }
    assert judge("8", [year])["years"][0]["met"] is met


def test_criterion_9_of_the_filed_budget() -> None:
    answer = judge(
        "9",
        [
            *rows(
                "fiscal_year budgeted actual",
                "2022-23 89,976,380.23 95,638,643.18",
                "2023-24 112,265,815.18 135,761,408.63",
                "2024-25 158,662,822.00 187,502,646.00",
            ),
            {"fiscal_year": "2025-26", "cash": "189738692.39"},
        ],
        ada="36622",
    )
    assert (verdicts(answer), answer["met"]) == ([True] * 4, True)
    assert answer["years"][0]["high_percent"] == "0.700000"
    assert (answer["years"][3]["item"], answer["years"][3]["margin"]) == ("9B", "189738692.39")


@pytest.mark.parametrize(
    ("ada", "percent"),
    [("300", "1.7"), ("1000", "1.3"), ("30000", "1.0"), ("250000", "0.7"), ("250001", "0.3")],
)
def test_criterion_9_by_size(ada: str, percent: str) -> None:
    years = [
        {
            "fiscal_year": year,
            "ada": ada,
            "budgeted": "1000",
            "actual": str(1000 - 10 * Decimal(percent) - low),
        }
        for year, low in (("2025-26", Decimal(0)), ("2026-27", Decimal("0.01")))
    ]
    assert verdicts(judge("9", years)) == [True, False]


@pytest.mark.parametrize(("cash", "met"), [("-0.01", False), ("0", False), ("0.01", True)])
def test_cash_is_above_zero_at_year_end(cash: str, met: bool) -> None:
    assert judge("9", [{"fiscal_year": "2025-26", "cash": cash}])["met"] is met
    balance = judge("9", [{"fiscal_year": "2025-26", "actual": cash}], "interim")
    assert (balance["met"], balance["years"][0]["item"]) == (met, "9A")


def test_criterion_10_is_the_reserve() -> None:
    years = [
        {
            "fiscal_year": "2025-26",
            "ada": "36537.18",
            "expenditures_and_uses": "756515859",
            "reserve_for_economic_uncertainties": "15130317.20",
            "unassigned": "79548019.34",
        }
    ]
    answer = judge("10", years)
    (year,) = answer["years"]
    (expected,) = CALCULATIONS["reserve"].answer({"years": years})["years"]
    assert (year["low_percent"], year["required_amount"]) == ("2.000000", "15130317.18")
    assert (year["value_amount"], year["margin"], year["met"]) == (
        "94678336.54",
        expected["margin"],
        expected["met"],
    )


CONTRIBUTIONS = rows(
    "fiscal_year item prior current",
    "2025-26 contributions -101,562,126 -98,932,535",
    "2026-27 contributions -98,932,535 -98,219,171",
    "2027-28 contributions -98,219,171 -99,416,327",
    "2025-26 transfers-in 1,500 0",
    "2026-27 transfers-in 0 0",
    "2025-26 transfers-out 8,998,788 8,972,017",
)


def test_item_s5_of_the_filed_budget() -> None:
    answer = judge("S5", CONTRIBUTIONS)
    assert [printed(year["value_percent"], 1) for year in answer["years"]] == [
        "-2.6",
        "-0.7",
        "1.2",
        "-100.0",
        "0.0",
        "-0.3",
    ]
    assert [year["value_amount"] for year in answer["years"]][:3] == [
        "-2629591.00",
        "-713364.00",
        "1197156.00",
    ]
    assert answer["met"] is True


@pytest.mark.parametrize(
    ("version", "current", "met"),
    [
        ("budget", "220000", True),
        ("budget", "220000.01", False),
        ("budget", "180000", True),
        ("budget", "179999.99", False),
        ("interim", "220000", True),
        ("interim", "220000.01", False),
    ],
)
def test_item_s5_at_its_edges(version: str, current: str, met: bool) -> None:
    year = {"fiscal_year": "2025-26", "item": "A", "prior": "200000", "current": current}
    answer = judge("S5", [year], version)
    assert answer["met"] is met
    large = year | {"prior": "1000000", "current": "1060000"}
    assert judge("S5", [large], version)["met"] is (version == "budget")


def test_what_cannot_be_derived_is_null() -> None:
    assert judge("3", [{"fiscal_year": "2024-25", "ada": "1"}])["years"][0]["value_percent"] is None
    assert judge("4", [{"fiscal_year": "2024-25", "lcff_revenue": "1"}])["met"] is None
    assert judge("7", [{"fiscal_year": "2024-25"}])["years"][0]["value_percent"] is None
    few = judge(
        "5", [{"fiscal_year": "2024-25", "salaries_and_benefits": "9", "expenditures": "10"}], ada="1"
    )
    assert (few["years"][0]["value_percent"], few["met"], len(few["notes"])) == ("90.000000", None, 1)


def test_each_row_says_what_it_was_judged_by() -> None:
    (year,) = judge("7", [{"fiscal_year": "2025-26", "expenditures_and_uses": "100", "contribution": "3"}])[
        "years"
    ]
    assert year["inputs"] == {"expenditures_and_uses": "100.00", "excluded": "0.00", "contribution": "3.00"}
    both = judge("9", [{"fiscal_year": "2025-26", "budgeted": "5", "actual": "6", "cash": "1"}], ada="1")[
        "years"
    ]
    assert [(row["item"], row["inputs"]["cash"]) for row in both] == [("9A", "1.00"), ("9B", "1.00")]
    assert judge("6", OTHER)["years"][7]["inputs"]["prior"] == "19676506.00"


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ([], [""]),
        ({}, ["criterion"]),
        ({"criterion": 4, "years": []}, ["criterion"]),
        ({"criterion": "11", "years": []}, ["criterion"]),
        ({"criterion": "4"}, ["years"]),
        ({"criterion": "4", "version": "both", "years": []}, ["version", "years"]),
        (
            {"criterion": "4", "years": [{"fiscal_year": "2025-27", "deficit": "1", "lcff_revenue": "-1"}]},
            ["years[0].fiscal_year", "years[0].lcff_revenue", "years[0].deficit"],
        ),
        ({"criterion": "7", "years": [{"fiscal_year": "2025-26", "ada": "1"}]}, ["years[0].ada"]),
        ({"criterion": "7", "ada": "1", "years": [{"fiscal_year": "2025-26"}]}, ["ada"]),
        (
            {"criterion": "S5", "years": [{"fiscal_year": "2025-26", "category": "A"}]},
            ["years[0].item", "years[0].category"],
        ),
        (
            {"criterion": "1", "years": [{"fiscal_year": "2025-26"}, {"fiscal_year": "2025-26", "x": 1}]},
            ["years[1].x", "years[1].fiscal_year"],
        ),
        ({"criterion": "8", "years": [{"fiscal_year": f"20{n}-{n + 1}"} for n in range(20, 24)]}, ["years"]),
        (
            {"criterion": "4", "standard": "basic_aid", "years": [{"fiscal_year": "2025-26"}]},
            ["years[0].prior_property_tax", "years[0].property_tax"],
        ),
        (
            {"criterion": "4", "years": [{"fiscal_year": "2025-26", "property_tax": "1"}]},
            ["years[0].property_tax"],
        ),
    ],
)
def test_every_fault_is_reported_at_once(document: Any, fields: list[str]) -> None:
    with pytest.raises(InputFaultsError) as refused:
        CRITERIA.answer(document)
    assert [fault.field for fault in refused.value.faults] == fields


def test_the_schema_tells_every_criterion_apart() -> None:
    schema = CRITERIA.schema()["input"]
    assert set(schema["discriminator"]["mapping"]) == {*map(str, range(1, 11)), "S5"}


money = st.decimals(min_value=0, max_value=10**9, places=2).map(str)


@settings(max_examples=30, deadline=None)
@given(uses=money, excluded=money, contribution=money, more=money)
def test_a_larger_contribution_never_misses_criterion_7(
    uses: str, excluded: str, contribution: str, more: str
) -> None:
    def met(amount: Decimal) -> bool:
        year = {
            "fiscal_year": "2025-26",
            "expenditures_and_uses": uses,
            "excluded": excluded,
            "contribution": str(amount),
        }
        return bool(judge("7", [year])["met"])

    least = Decimal(contribution)
    assert met(least) <= met(least + Decimal(more))
