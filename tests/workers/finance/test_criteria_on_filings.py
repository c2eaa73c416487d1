"""From file to form: criteria judged from official ledgers, against the outcomes of the file's own form."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from tests.support import filings
from workers.analyses.ledger import Ledger, next_year
from workers.finance import from_form, from_ledger
from workers.finance.catalogue import CALCULATIONS

pytestmark = pytest.mark.real_data
BUDGETS = ("2022-23", "2023-24", "2024-25")
OUTCOME = {"Met": True, "Not Met": False}


@pytest.fixture(autouse=True)
def _filings() -> None:
    filings.need()


def block(budget: str, column: str = "BB") -> dict[str, str]:
    fiscal_year = budget if column == "BB" else next_year(budget, -1)
    return filings.export(f"budget-{budget}.dat")[fiscal_year, column][1]


def known(budget: str) -> dict[str, Ledger]:
    """Ledgers of the budget and of its prior years: estimated for the first one, unaudited actuals before."""
    before = next_year(budget, -1)
    found = {
        budget: filings.filed(f"budget-{budget}.dat", budget, "BB"),
        before: filings.filed(f"budget-{budget}.dat", before, "BE"),
    }
    if before > "2021-22":
        found["2021-22"] = filings.user_gl()
    if before > "2022-23":
        found["2022-23"] = filings.filed("actuals-2022-23.dat", "2022-23", "BA")
    return found


def prior(budget: str) -> list[tuple[str, str]]:
    """Prior years that have a ledger, oldest first, with the suffix that the form gives each."""
    years = [(next_year(budget, -back), f"{back}PY") for back in (3, 2, 1)]
    return [(at, suffix) for at, suffix in years if at in known(budget)]


def judged(criterion: str, years: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return CALCULATIONS["criteria"].answer({"criterion": criterion, "years": years} | more)


def projected(budget: str) -> list[dict[str, Any]]:
    own = block(budget)
    base = from_ledger.base_year(known(budget)[budget], own["A.DIST.REG.ADA.P2"])
    years = from_form.filed_years(own, budget)
    answer: list[dict[str, Any]] = CALCULATIONS["multi-year"].answer({"base": base, "years": years})["years"]
    return answer


@pytest.mark.parametrize("budget", BUDGETS)
def test_enrollment(budget) -> None:
    """Criterion 2: what was budgeted stands in the budget's block, what came in that of the year before."""
    own, came = block(budget), block(budget, "BE")
    years = [
        {
            "fiscal_year": next_year(budget, -back),
            "budgeted": str(
                Decimal(own[f"01CS.CS.ENROLLMENT.{back}PY"])
                + Decimal(own.get(f"01CS.CS.ENROLLMENT.CS.{back}PY") or 0)
            ),
            "actual": str(
                Decimal(came[f"01CS.CS.ENROLLMENT.CBEDS.{back}PY"])
                + Decimal(came.get(f"01CS.CS.ENROLL.CBEDS.CS.{back}PY") or 0)
            ),
        }
        for back in (3, 2, 1)
    ]
    told = judged("2", years, ada=own["A.DIST.REG.ADA.P2"])
    filed = [OUTCOME[own[f"01CS.CS.ENROLLMENT.STATUS.{back}PY"]] for back in (3, 2, 1)]
    assert [year["met"] for year in told["years"]] == filed
    standards = [own[f"01CS.CS.ENROLLMENT.COMPARE.MET.NOTMET.1{part}"] for part in "AB"]
    assert told["met"] == (standards == ["Standard Met"] * 2)


def test_salaries_and_benefits() -> None:
    """Criterion 5 needs three prior years, which the files hold for one budget."""
    budget = "2024-25"
    ledgers, own = known(budget), block(budget)
    years = [from_ledger.salaries_year(ledgers[at]) for at, _ in prior(budget)]
    years.append(from_ledger.salaries_year(ledgers[budget]))
    years += [
        {
            "fiscal_year": next_year(budget, position),
            "salaries_and_benefits": own[f"01CS.CS.SAL&BEN.SAL&BEN.{position}SY"],
            "expenditures": own[f"01CS.CS.SAL&BEN.TOTALEXP.{position}SY"],
        }
        for position in (1, 2)
    ]
    told = judged("5", years, ada=own["A.DIST.REG.ADA.P2"])
    tested = [year["met"] for year in told["years"] if not year["history"]]
    assert tested == [OUTCOME[own[f"01CS.CS.SAL&BEN.STATUS{each}"]] for each in ("", ".1SY", ".2SY")]


@pytest.mark.parametrize("budget", BUDGETS)
def test_maintenance(budget) -> None:
    told = judged("7", [from_ledger.maintenance_year(known(budget)[budget])])
    assert told["met"] == OUTCOME[block(budget)["01CS.CS.FACMAINT.OMMA.STATUSA"]]


@pytest.mark.parametrize("budget", BUDGETS)
def test_deficit_spending(budget) -> None:
    ledgers, own = known(budget), block(budget)
    years = [from_ledger.deficit_year(ledgers[at]) for at, _ in prior(budget)]
    told = judged("8", years)
    filed = [OUTCOME[own[f"01CS.CS.DEFICITSPENDING.STATUS.{suffix}"]] for _, suffix in prior(budget)]
    assert [year["met"] for year in told["years"]] == filed


@pytest.mark.parametrize("budget", BUDGETS)
def test_beginning_balance(budget) -> None:
    """Criterion 9A: the original budget is entered in the form, what came stands in the ledger."""
    ledgers, own = known(budget), block(budget)
    years = [
        {
            "fiscal_year": at,
            "budgeted": f"{Decimal(own[f'01CS.CS.FUNDBAL.ADJBEGBAL.UNREST.{suffix}']):.2f}",
            "actual": from_ledger.base_year(ledgers[at])["beginning_balance"]["unrestricted"],
        }
        for at, suffix in prior(budget)
    ]
    told = judged("9", years, ada=own["A.DIST.REG.ADA.P2"])
    filed = [OUTCOME[own[f"01CS.CS.FUNDBAL.ADJBEGBAL.STATUS.{suffix}"]] for _, suffix in prior(budget)]
    assert [year["met"] for year in told["years"]] == filed


@pytest.mark.parametrize("budget", BUDGETS)
def test_reserves(budget) -> None:
    own = block(budget)
    first = from_ledger.reserve_year(known(budget)[budget], own["A.DIST.REG.ADA.P2"])
    years = [first]
    for year in projected(budget)[1:]:
        reserve = year["reserve"]
        years.append(
            {"fiscal_year": year["fiscal_year"], "ada": year["ada"]}
            | {
                name: reserve[name]
                for name in (
                    "expenditures_and_uses",
                    "stabilization",
                    "reserve_for_economic_uncertainties",
                    "unassigned",
                    "negative_restricted_balances",
                )
            }
        )
    told = judged("10", years)
    filed = [OUTCOME[own[f"01CS.CS.RESERVES.STATUS{each}"]] for each in ("", ".1SY", ".2SY")]
    assert [year["met"] for year in told["years"]] == filed


@pytest.mark.parametrize("budget", BUDGETS)
def test_contributions_and_transfers(budget) -> None:
    ledgers, own = known(budget), block(budget)
    before, now = (from_ledger.categories_year(ledgers[at]) for at in (next_year(budget, -1), budget))
    items = {
        "contributions": "UNREST.GF",
        "transfers_in": "XFRS.IN.GF",
        "transfers_out": "XFRS.OUT.GF",
    }
    for item, name in items.items():
        amounts = [before[item], now[item], *(own[f"01CS.SI.CONTRIBS.{name}.{each}SY"] for each in (1, 2))]
        years = [
            {
                "fiscal_year": next_year(budget, place),
                "item": item,
                "prior": f"{Decimal(amounts[place]):.2f}",
                "current": f"{Decimal(amounts[place + 1]):.2f}",
            }
            for place in range(3)
        ]
        told = judged("S5", years)
        filed = [own[f"01CS.SI.CONTRIBS.{name}.STATUS{each}"] for each in ("", ".1SY", ".2SY")]
        assert [year["met"] for year in told["years"]] == [OUTCOME[each] for each in filed], item


def allowed(budget: str) -> list[tuple[str, str]]:
    """Change in population, and COLA as entered, of the budget year and the two after it, per cent.

    The form keeps a COLA as a share of one and takes an empty cell as zero. The district left it empty in two
    budgets, and entered 1.0656 for 6.56 % in that of 2022-23, which the form took as 106.56 %.
    """
    own, suffixes = block(budget), ("", ".1SY", ".2SY")
    funded = [Decimal(own["01CS.CS.ADA.FDADA.TOT.1PY"])]
    funded += [Decimal(own[f"01CS.CS.FUNDED.ADA{each}"]) for each in suffixes]
    cola = [Decimal(own[f"01CS.CS.COLA.PERC{each}"] or 0) * 100 for each in suffixes]
    changes = [(now - before) * 100 / before for before, now in itertools.pairwise(funded)]
    return [(str(change), str(each)) for change, each in zip(changes, cola, strict=True)]


@pytest.mark.parametrize("budget", BUDGETS)
def test_formula_revenue(budget) -> None:
    ledgers, own = known(budget), block(budget)
    amounts = [
        from_ledger.formula_revenue(ledgers[next_year(budget, -1)]),
        from_ledger.formula_revenue(ledgers[budget]),
        *(f"{Decimal(own[f'01CS.CS.RL.REVLIMIT.{each}SY']):.2f}" for each in (1, 2)),
    ]
    years = [
        {
            "fiscal_year": next_year(budget, place),
            "population_change_percent": change,
            "cola_percent": cola,
            "prior_lcff_revenue": amounts[place],
            "lcff_revenue": amounts[place + 1],
        }
        for place, (change, cola) in enumerate(allowed(budget))
    ]
    filed = [OUTCOME[own[f"01CS.CS.RL.STATUS{each}"]] for each in ("", ".1SY", ".2SY")]
    assert [year["met"] for year in judged("4", years)["years"]] == filed


@pytest.mark.parametrize("budget", BUDGETS)
def test_other_revenues_and_expenditures(budget) -> None:
    """The form says Yes where a category's change is outside what needs no explanation."""
    ledgers, own = known(budget), block(budget)
    named = {
        "federal": "FEDREV",
        "other_state": "OTHSTATEREV",
        "other_local": "OTHLOCALREV",
        "books_and_supplies": "BOOKS&SUPP",
        "services": "SVCS&OTHEXP",
    }
    before, now = (from_ledger.categories_year(ledgers[at]) for at in (next_year(budget, -1), budget))
    suffixes = ("", ".1SY", ".2SY")
    years = []
    for category, name in named.items():
        later = [f"{Decimal(own[f'01CS.CS.REV&EXP.{name}.{each}SY']):.2f}" for each in (1, 2)]
        amounts = [before[category], now[category], *later]
        years += [
            {
                "fiscal_year": next_year(budget, place),
                "category": category,
                "prior": amounts[place],
                "current": amounts[place + 1],
                "change_percent_allowed": str(Decimal(change) + Decimal(cola)),
            }
            for place, (change, cola) in enumerate(allowed(budget))
        ]
    told = judged("6", years)
    found = {(year["item"], year["fiscal_year"]): year["explanation_needed"] for year in told["years"]}
    filed = {
        (category, next_year(budget, place)): own[f"01CS.CS.REV&EXP.{name}.STATUS{suffix}"] == "Yes"
        for category, name in named.items()
        for place, suffix in enumerate(suffixes)
    }
    assert found == filed
