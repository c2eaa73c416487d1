"""Fund balance and reserve against the state's own forms, to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support import filings
from workers.analyses import fund_balance_and_reserve as analysis
from workers.analyses.ledger import next_year
from workers.analyses.reserve import COMPONENTS
from workers.analyses.result import Attendance
from workers.finance.reserve import reserve_standard

BUDGETS = ["2022-23", "2023-24", "2024-25"]


def run(ledger, ada="45000"):
    at = ledger.fiscal_year
    return analysis.analyse([ledger], {at: Attendance(at, ada, "element")})


@pytest.mark.real_data
@pytest.mark.parametrize("year", BUDGETS)
def test_minimum_is_the_state_forms_own_result_to_the_cent(year):
    filings.need()
    elements = filings.export(f"budget-{year}.dat")[year, "BB"][1]
    result = run(filings.filed(f"budget-{year}.dat", year, "BB"), elements["A.TOTAL.DISTRICT.ADA.P2"])
    oracle = Decimal(elements["01CS.CS.RESERVES.STANDARD.BYAMT"])
    assert result["figures"][f"minimum/{year}"]["value"] == int((oracle * 100).quantize(Decimal(1)))
    percent = Decimal(elements["01CS.CS.RESERVES.STANDARD.PERCENT.LEVEL"]) * 100
    assert result["figures"][f"standard_percent/{year}"]["value"] == float(percent)
    met = result["figures"][f"over_minimum/{year}"]["value"] >= 0
    assert ("Met" if met else "Not Met") == elements["01CS.CS.RESERVES.STATUS"]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "year", "column"),
    [(f"budget-{y}.dat", y, "BB") for y in BUDGETS]
    + [
        ("budget-2022-23.dat", "2021-22", "BE"),
        ("budget-2023-24.dat", "2022-23", "BE"),
        ("budget-2024-25.dat", "2023-24", "BE"),
        ("actuals-2022-23.dat", "2022-23", "BA"),
        ("actuals-2022-23.dat", "2023-24", "BB"),
    ],
)
def test_ending_balance_is_the_filed_one_and_its_components_add_up(name, year, column):
    filings.need()
    ledger = filings.filed(name, year, column)
    figures = run(ledger)["figures"]
    for segment, resources in (("unrestricted", ["0000", "1999"]), ("restricted", ["2000", "9999"])):
        filed = ledger.cents({"fund": ["01"], "resource": resources, "object": ["979Z"]})
        assert figures[f"ending/{segment}/{year}"]["value"] == filed
        parts = sum(figures[f"{key}/{segment}/{year}"]["value"] for key, _, _ in COMPONENTS)
        assert parts == filed


@pytest.mark.real_data
@pytest.mark.parametrize("year", BUDGETS)
def test_minimum_of_the_following_years_is_the_state_forms_from_its_own_uses_and_attendance(year):
    filings.need()
    elements = filings.export(f"budget-{year}.dat")[year, "BB"][1]
    for step, after in enumerate(("1SY", "2SY"), start=1):
        at = next_year(year, step)
        uses = Decimal(elements[f"01CS.CS.RESERVES.EXPXFRS&USES.{after}"])
        standard = reserve_standard(Decimal(elements[f"01CS.CS.RESERVES.P2ADA.{after}"]), at)
        oracle = Decimal(elements[f"01CS.CS.RESERVES.RESERVE.BYPERCENT.{after}"])
        assert uses * Decimal(standard.percent.value) / 100 == oracle


@pytest.mark.real_data
def test_negative_balances_of_restricted_resources_reduce_what_is_available():
    filings.need()
    ledger = filings.filed("actuals-2022-23.dat", "2023-24", "BB")
    figures = run(ledger)["figures"]
    assert figures["negative_restricted/2023-24"]["value"] == -1_981_665_656
    assert figures["available_reserve/2023-24"]["value"] == 4_816_167_354 + 2_370_000_000 - 1_981_665_656


@pytest.mark.real_data
def test_finding_of_the_adopted_budget_says_that_the_reserve_just_meets_the_minimum():
    filings.need()
    result = run(filings.filed("budget-2024-25.dat", "2024-25", "BB"), "44561.17")
    assert result["finding"]["text"].startswith("The reserve of {amount} just meets the {standard} minimum")
    assert result["figures"]["over_minimum/2024-25"]["value"] == 6


def san_juan():
    """Example E: a district of 36,537 pupils in 2025-26, whose filed components stand as printed."""
    return filings.ledger(
        [
            ("0100000000010001100", 75_651_585_900),
            ("0100000000000008011", 75_651_585_900),
            ("0100000000000009791", 1_513_031_720 + 7_954_801_934),
            ("0100000000000009789", 1_513_031_720),
            ("0100000000000009790", 7_954_801_934),
        ],
        "2025-26",
    )


def test_reserve_example_of_a_published_budget():
    figures = run(san_juan(), "36537.18")["figures"]
    assert figures["minimum/2025-26"]["value"] == 1_513_031_718
    assert figures["available_reserve/2025-26"]["value"] == 9_467_833_654
    assert round(figures["available_percent/2025-26"]["value"], 2) == 12.52
    assert figures["over_minimum/2025-26"]["value"] == 9_467_833_654 - 1_513_031_718


@pytest.mark.parametrize(
    ("ada", "uses", "minimum"),
    [
        ("300", 100_000_00, 88_000_00),
        ("300", 10_000_000_00, 500_000_00),
        ("300.49", 10_000_000_00, 500_000_00),
        ("301", 10_000_000_00, 400_000_00),
        ("1000", 1_000_000_00, 88_000_00),
        ("1001", 1_000_000_00, 30_000_00),
        ("30000", 1_000_000_00, 30_000_00),
        ("30001", 1_000_000_00, 20_000_00),
        ("250000", 1_000_000_00, 20_000_00),
        ("250001", 1_000_000_00, 10_000_00),
    ],
)
def test_minimum_by_size(ada, uses, minimum):
    ledger = filings.ledger([("0100000000010001100", uses)], "2025-26")
    assert run(ledger, ada)["figures"]["minimum/2025-26"]["value"] == minimum


def test_fund_17_counts_and_a_ledger_without_components_leaves_the_rest_unassigned():
    ledger = filings.ledger(
        [
            ("0100000000000009791", 500_00),
            ("0100000000000008011", 1000_00),
            ("0100000000010001100", 900_00),
            ("0100000000000009711", 10_00),
            ("1700000000000009790", 70_00),
        ],
        "2025-26",
    )
    figures = run(ledger)["figures"]
    assert figures["unassigned/unrestricted/2025-26"]["value"] == 590_00
    assert figures["available_reserve/2025-26"]["value"] == 660_00


def test_without_attendance_the_finding_asks_for_it_and_no_minimum_is_invented():
    ledger = filings.ledger([("0100000000010001100", 900_00)], "2025-26")
    result = analysis.analyse([ledger], {})
    assert "attendance" in result["finding"]["text"]
    assert "minimum/2025-26" not in result["figures"]
