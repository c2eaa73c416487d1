"""From file to form: what is computed from an official ledger equals what the file's own forms hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support import filings
from workers.finance import from_form, from_ledger
from workers.finance.catalogue import CALCULATIONS

pytestmark = pytest.mark.real_data
BUDGETS = ("2022-23", "2023-24", "2024-25")
CONTRIBUTIONS_DIFFER = {("2022-23", 1): Decimal("-704124"), ("2022-23", 2): Decimal("-716214")}
"""The budget of 2022-23 states other contributions under S5 of form 01CS than in its own form MYP."""


@pytest.fixture(autouse=True)
def _filings() -> None:
    filings.need()


def elements(fiscal_year: str, column: str = "BB") -> dict[str, str]:
    return filings.export(f"budget-{fiscal_year}.dat")[fiscal_year, column][1]


def projected(fiscal_year: str) -> dict[str, Any]:
    """Project from the ledger with the changes that the district entered in its own form."""
    own = elements(fiscal_year)
    ledger = filings.filed(f"budget-{fiscal_year}.dat", fiscal_year, "BB")
    return CALCULATIONS["multi-year"].answer(
        {
            "base": from_ledger.base_year(ledger, own["A.DIST.REG.ADA.P2"]),
            "years": from_form.filed_years(own, fiscal_year),
        }
    )


def before_transfers(segment: dict[str, Any]) -> Decimal:
    left_out = ("transfers_out", "other_uses", "other_adjustments")
    spent = segment["expenditures"]
    return Decimal(segment["expenditures_total"]) - sum(Decimal(spent[name]["total"]) for name in left_out)


def computed(year: dict[str, Any]) -> dict[str, Any]:
    """What the state's form computes, by the element that holds it."""
    both, free, restricted = year["combined"], year["unrestricted"], year["restricted"]
    revenue, spent = both["revenue"], both["expenditures"]
    return {
        "SALARIES&BENEFITS.TOTAL": both["salaries_and_benefits"],
        "SALARIES&BENEFITS.TOTAL.UNREST": free["salaries_and_benefits"],
        "EXPENDITURES.TOTAL": before_transfers(both),
        "EXPENDITURES.TOTAL.UNREST": before_transfers(free),
        "EXPENDITURES.XFRSOUT.USES.TOTAL": both["expenditures_total"],
        "FUND.BALANCE.NET.TOTAL": both["net"],
        "EFB.JUNE30.REST": restricted["ending_balance"],
        "CEFB.FD.BAL.RESTRICTED.REST": restricted["components"]["restricted"],
        "CEFB.9790.UNREST": free["components"]["unassigned"],
        "CEFB.9790.REST": restricted["components"]["unassigned"],
        "UNDESIGNATED.UNAPPROPRIATED": both["components"]["unassigned"],
        "ECONOMIC.UNCERTAINTIES": both["components"]["reserve_for_economic_uncertainties"],
        "FEDERAL.REV": revenue["federal"]["total"],
        "OTHER.STATE.REV": revenue["other_state"]["total"],
        "OTHER.LOCAL.REV": revenue["other_local"]["total"],
        "INTRFND.XFRS.IN": revenue["transfers_in"]["total"],
        "BOOKS.SUPPLIES": spent["books_and_supplies"]["total"],
        "SVCS.OTHER.OP.EXP": spent["services"]["total"],
        "INTRFND.XFRS.OUT": spent["transfers_out"]["total"],
    }


@pytest.mark.parametrize("fiscal_year", BUDGETS)
def test_every_computed_line_of_the_multi_year_form_to_the_cent(fiscal_year) -> None:
    own, answer = elements(fiscal_year), projected(fiscal_year)
    differ = {}
    for position, column in enumerate(from_form.COLUMNS, 1):
        for name, ours in computed(answer["years"][position]).items():
            if Decimal(own[f"MYP.{name}.{column}"]) != Decimal(ours):
                differ[name, column] = (ours, own[f"MYP.{name}.{column}"])
    assert not differ


@pytest.mark.parametrize("fiscal_year", BUDGETS)
def test_the_reserve_standard_of_all_three_years(fiscal_year) -> None:
    """The form keeps four decimals of a dollar; the contract rounds half up to the cent."""
    own, answer = elements(fiscal_year), projected(fiscal_year)
    for suffix, year in zip(("", ".1SY", ".2SY"), answer["years"], strict=True):
        filed = Decimal(own[f"01CS.CS.RESERVES.RESERVE.BYPERCENT{suffix}"])
        assert abs(Decimal(year["reserve"]["standard_amount"]) - filed) <= Decimal("0.005")
        assert year["reserve"]["met"] is (own[f"01CS.CS.RESERVES.STATUS{suffix}"] == "Met")
        if suffix:
            assert Decimal(own[f"01CS.CS.RESERVES.EXPXFRS&USES{suffix}"]) == Decimal(
                year["reserve"]["expenditures_and_uses"]
            )


@pytest.mark.parametrize("fiscal_year", BUDGETS)
def test_components_of_the_budget_year_are_the_ledgers_own(fiscal_year) -> None:
    """Unassigned is computed as what remains; the file states it as object 9790."""
    ledger = filings.filed(f"budget-{fiscal_year}.dat", fiscal_year, "BB")
    year = from_ledger.reserve_year(ledger, "45000")
    told = projected(fiscal_year)["years"][0]
    assert told["reserve"]["unassigned"] == year["unassigned"]
    assert told["reserve"]["expenditures_and_uses"] == year["expenditures_and_uses"]
    stated = ledger.cents({"fund": ["01"], "object": ["979Z", "979Z"]})
    assert Decimal(told["combined"]["ending_balance"]) == Decimal(stated).scaleb(-2)


@pytest.mark.parametrize("fiscal_year", BUDGETS)
def test_routine_maintenance_to_the_fraction_of_a_cent(fiscal_year) -> None:
    own = elements(fiscal_year)
    year = from_ledger.maintenance_year(filings.filed(f"budget-{fiscal_year}.dat", fiscal_year, "BB"))
    needed = (Decimal(year["expenditures_and_uses"]) - Decimal(year["excluded"])) * 3 / 100
    assert needed == Decimal(own["01CS.CS.FACMAINT.OMMA.REQUIRED.CONTRIB"])
    assert Decimal(year["contribution"]) == Decimal(own["01CS.CS.FACMAINT.OMMA.CONTRIB.BUDGETED"])


@pytest.mark.parametrize("fiscal_year", BUDGETS)
def test_categories_carry_the_forms_own_amounts(fiscal_year) -> None:
    own, answer = elements(fiscal_year), projected(fiscal_year)
    held = {
        "REV&EXP.FEDREV": ("revenue", "federal"),
        "REV&EXP.OTHSTATEREV": ("revenue", "other_state"),
        "REV&EXP.OTHLOCALREV": ("revenue", "other_local"),
        "REV&EXP.BOOKS&SUPP": ("expenditures", "books_and_supplies"),
        "REV&EXP.SVCS&OTHEXP": ("expenditures", "services"),
    }
    for position in (1, 2):
        told = answer["years"][position]
        for name, (part, line) in held.items():
            filed = Decimal(own[f"01CS.CS.{name}.{position}SY"])
            assert Decimal(told["combined"][part][line]["total"]) == filed, name
        free = told["unrestricted"]
        assert Decimal(own[f"01CS.CS.SAL&BEN.SAL&BEN.{position}SY"]) == Decimal(free["salaries_and_benefits"])
        assert Decimal(own[f"01CS.CS.SAL&BEN.TOTALEXP.{position}SY"]) == before_transfers(free)
        contributed = Decimal(free["revenue"]["contributions"]["total"])
        stated = Decimal(own[f"01CS.SI.CONTRIBS.UNREST.GF.{position}SY"])
        assert stated - contributed == CONTRIBUTIONS_DIFFER.get((fiscal_year, position), 0)
    ledger = filings.filed(f"budget-{fiscal_year}.dat", fiscal_year, "BB")
    budget = from_ledger.categories_year(ledger)
    assert Decimal(own["01CS.SI.CONTRIBS.XFRS.OUT.GF"]) == Decimal(budget["transfers_out"])
    assert Decimal(own["01CS.SI.CONTRIBS.XFRS.IN.GF"]) == Decimal(budget["transfers_in"])


def test_attendance_of_form_a_adds_and_its_funded_average_is_explained() -> None:
    """Funded ADA of 2024-25 is the average of three prior years, 2021-22 as the pandemic law adjusted it.

    The adjusted 2021-22 count stands in no file; the one that the average implies is 46,679.74, and the
    budget of 2022-23 carries nearly the same as its first projected year (46,676 in criterion 10).
    """
    for fiscal_year in BUDGETS:
        own = elements(fiscal_year)
        for kind in ("P2", "AN", "FD"):
            total = Decimal(own[f"A.DIST.REG.ADA.{kind}"]) + Decimal(own[f"A.TOTAL.DIST.CO.PROG.ADA.{kind}"])
            assert Decimal(own[f"A.TOTAL.DISTRICT.ADA.{kind}"]) == total
    now = elements("2024-25")
    prior = filings.export("budget-2024-25.dat")["2023-24", "BE"][1]
    earlier = filings.export("budget-2023-24.dat")["2022-23", "BE"][1]
    known = Decimal(prior["A.DIST.REG.ADA.P2"]) + Decimal(earlier["A.DIST.REG.ADA.P2"])
    funded = Decimal(now["A.DIST.REG.ADA.FD"])
    assert funded * 3 - known == Decimal("46679.74")
    assert funded > max(Decimal(now["A.DIST.REG.ADA.P2"]), Decimal(prior["A.DIST.REG.ADA.P2"]))
