"""The fiscal-risk check: the state's criteria and standards judged on a district's ledgers and outlook."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import assuming, studies
from workers.analyses.ledger import Ledger
from workers.analyses.result import Message, sentence
from workers.finance import from_ledger
from workers.finance.catalogue import CALCULATIONS
from workers.finance.criteria import BUDGET_RULES, NAMES

PRIOR_YEARS = 3
CATEGORIES = ("federal", "other_state", "other_local", "books_and_supplies", "services")
ITEMS = ("contributions", "transfers_in", "transfers_out")

MISSING: dict[str, Message] = {
    "1": sentence("Needs the attendance that was budgeted and came in three prior years."),
    "2": sentence("Needs student counts: the enrollment that was budgeted and came in three prior years."),
    "3": sentence("Needs student counts: enrollment and attendance of three prior years."),
    "4": sentence("Needs last year's ledger and the attendance of both years."),
    "5": sentence("Needs the ledgers of three prior years."),
    "6": sentence("Needs last year's ledger and the attendance of both years."),
    "8": sentence("Needs a ledger of a prior year."),
    "9": sentence("Needs the budgets of three prior years and the cash at year end."),
    "10": sentence("Needs the district's attendance (ADA)."),
    "S5": sentence("Needs last year's ledger."),
}


@dataclasses.dataclass(frozen=True)
class Check:
    """One criterion: its rule, and how it was judged or what is missing to judge it."""

    number: str
    name: Message
    rule: Message
    told: dict[str, Any] | None
    """The answer of the calculation `criteria`; None where something is missing."""
    missing: Message | None

    @property
    def met(self) -> bool | None:
        """Whether the standard is met; None where that can't be said."""
        return None if self.told is None else self.told["met"]


@dataclasses.dataclass(frozen=True)
class FiscalCheck:
    """Every criterion, and the reserve's margin in the outlook's last year."""

    base_year: str
    checks: tuple[Check, ...]
    margin_year: str
    margin_cents: int | None

    @property
    def judged(self) -> list[Check]:
        """The criteria that have a verdict."""
        return [each for each in self.checks if each.met is not None]

    @property
    def not_met(self) -> list[Check]:
        """The criteria that are not met."""
        return [each for each in self.checks if each.met is False]


def fiscal_check(session: Session, district_id: int) -> FiscalCheck:
    """Judge the criteria that the district's ledgers, attendance and outlook decide.

    Raises:
        NoLedgerError: if no ledger is loaded.
    """
    held = assuming.standing(session, district_id)
    prior = [studies.ledger(session, each) for each in held.inputs.datasets[:-1]]
    asked = _asked(held, prior)
    last = held.assumed.years[-1]
    return FiscalCheck(
        held.inputs.base_year,
        tuple(_check(number, asked.get(number)) for number in NAMES),
        last,
        held.sheet.figures.get(f"over_minimum/{last}", {}).get("value"),
    )


def _check(number: str, document: dict[str, Any] | None) -> Check:
    name, rule = NAMES[number], BUDGET_RULES[number]
    if document is None:
        return Check(number, name, rule, None, MISSING[number])
    told = CALCULATIONS["criteria"].answer({"criterion": number, "version": "budget", **document})
    return Check(number, name, rule, told, None)


def _asked(held: assuming.Standing, prior: Sequence[Ledger]) -> dict[str, dict[str, Any]]:
    """Return the input of each criterion that can be judged."""
    base, at = held.base, held.inputs.base_year
    ada = held.inputs.attendance.get(at)
    asked: dict[str, dict[str, Any]] = {"7": {"years": [from_ledger.maintenance_year(base)]}}
    if ada is not None:
        asked["10"] = {"years": [from_ledger.reserve_year(base, ada.value), *_projected(held)]}
    if prior:
        asked["8"] = {"years": [from_ledger.deficit_year(each) for each in prior[-PRIOR_YEARS:]]}
        asked["S5"] = {"years": _rows(prior[-1], base, ITEMS, "item")}
        change = _allowed(held)
        if change is not None:
            population, cola = change
            asked["4"] = {
                "years": [
                    {
                        "fiscal_year": at,
                        "population_change_percent": population,
                        "cola_percent": cola,
                        "prior_lcff_revenue": from_ledger.formula_revenue(prior[-1]),
                        "lcff_revenue": from_ledger.formula_revenue(base),
                    }
                ]
            }
            allowed = format(Decimal(population) + Decimal(cola), "f")
            rows = _rows(prior[-1], base, CATEGORIES, "category")
            asked["6"] = {"years": [{**row, "change_percent_allowed": allowed} for row in rows]}
    if len(prior) >= PRIOR_YEARS:
        asked["5"] = {
            "years": [from_ledger.salaries_year(each) for each in (*prior[-PRIOR_YEARS:], base)],
            **({} if ada is None else {"ada": ada.value}),
        }
    return asked


def _rows(before: Ledger, now: Ledger, names: Sequence[str], field: str) -> list[dict[str, str]]:
    then, current = from_ledger.categories_year(before), from_ledger.categories_year(now)
    return [
        {"fiscal_year": now.fiscal_year, field: name, "prior": then[name], "current": current[name]}
        for name in names
    ]


def _allowed(held: assuming.Standing) -> tuple[str, str] | None:
    """Return change in population and COLA of the base year in percent; None without both attendances."""
    attendance = held.inputs.attendance
    years = [each.fiscal_year for each in held.inputs.datasets[-2:]]
    pairs = list(itertools.pairwise(years))
    if not pairs or any(at not in attendance for at in years):
        return None
    then, now = (attendance[at].number for at in pairs[0])
    if not then:
        return None
    change = ((now - then) * 100 / then).quantize(Decimal("0.000001"))
    return format(change, "f"), held.inputs.known.rate("cola", years[-1]).value


def _projected(held: assuming.Standing) -> list[dict[str, str]]:
    """Return criterion 10's input for the outlook's projected years, in dollars."""
    sheet, base = held.sheet, held.inputs.base_year

    def dollars(key: str) -> str:
        return f"{Decimal(sheet[key]).scaleb(-2):.2f}"

    return [
        {
            "fiscal_year": at,
            "ada": f"{Decimal(str(sheet[f'ada/{at}'])):.2f}",
            "expenditures_and_uses": dollars(f"uses/combined/{at}"),
            "stabilization": dollars(f"stabilization/unrestricted/{at}"),
            "unassigned": dollars(f"uncommitted/unrestricted/{at}"),
            "negative_restricted_balances": dollars(f"negative_restricted/{at}"),
            "special_reserve": dollars(f"fund_17/{base}"),
        }
        for at in held.assumed.years
    ]
