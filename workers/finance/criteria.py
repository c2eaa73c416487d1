"""The state's criteria and standards for budgets and interim reports (forms 01CS and 01CSI)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any, cast

from workers.analyses.result import Message, sentence
from workers.finance import criteria_change as change
from workers.finance import criteria_history as history
from workers.finance.calculation import Calculation
from workers.finance.criteria_shapes import (
    PRIOR_YEARS,
    AnyCriterion,
    Criteria,
    CriteriaInput,
    Criterion1,
    Criterion2,
    Criterion3,
    Criterion4,
    Criterion5,
    Criterion6,
    Criterion7,
    Criterion8,
    Criterion9,
    Criterion10,
    CriterionYear,
    ItemS5,
)

NAMES: dict[str, Message] = {
    "1": sentence("Average daily attendance"),
    "2": sentence("Enrollment"),
    "3": sentence("Attendance to enrollment"),
    "4": sentence("LCFF revenue"),
    "5": sentence("Salaries and benefits"),
    "6": sentence("Other revenues and expenditures"),
    "7": sentence("Facilities maintenance"),
    "8": sentence("Deficit spending"),
    "9": sentence("Fund and cash balances"),
    "10": sentence("Reserves"),
    "S5": sentence("Contributions and transfers"),
}

BUDGET_RULES: dict[str, Message] = {
    "1": sentence(
        "Funded attendance was not overestimated in the first prior year, nor in two or more of three prior "
        "years, by more than 3% (to 300 ADA), 2% (to 1,000) or 1%."
    ),
    "2": sentence(
        "Enrollment was not overestimated in the first prior year, nor in two or more of three prior years, "
        "by more than 3% (to 300 ADA), 2% (to 1,000) or 1%."
    ),
    "3": sentence(
        "Attendance over enrollment is at most the average of three prior years plus half a point."
    ),
    "4": sentence(
        "LCFF revenue changes by population plus COLA, plus or minus one point; in a basic aid district by "
        "the change in property tax, with necessary small schools by COLA."
    ),
    "5": sentence(
        "Unrestricted salaries and benefits over expenditures stay within the average of three prior years, "
        "plus or minus three points or the reserve percentage, whichever is more."
    ),
    "6": sentence(
        "Totals of other revenues and expenditures change by population plus COLA, plus or minus ten points; "
        "a category beyond plus or minus five is to be explained."
    ),
    "7": sentence("The contribution to maintenance is at least 3% of general fund expenditures and uses."),
    "8": sentence(
        "The unrestricted deficit, in percent of unrestricted expenditures, is at most one third of the "
        "available reserve percentage in two of three prior years."
    ),
    "9": sentence(
        "The beginning balance was not overestimated in two of three prior years by more than the percentage "
        "for the district's size, and cash at year end is above zero."
    ),
    "10": sentence("Available reserves are at least the state's minimum in every year."),
    "S5": sentence("A change of more than 10% and more than $20,000 is to be explained."),
}

INTERIM_RULES: dict[str, Message] = BUDGET_RULES | {
    "1": sentence("Funded attendance has changed by no more than 2% since the report before."),
    "2": sentence("Enrollment has changed by no more than 2% since the report before."),
    "4": sentence("LCFF revenue has changed by no more than 2% since the report before."),
    "6": sentence(
        "Totals of other revenues and expenditures have changed by no more than 5% since the report before; "
        "a category beyond 5% is to be explained."
    ),
    "8": sentence(
        "The unrestricted deficit, in percent of unrestricted expenditures, is at most one third of the "
        "available reserve percentage in the current and the two next years."
    ),
    "9": sentence("The ending balance is above zero in all three years, and cash at year end is above zero."),
    "S5": sentence("A change of more than 5% and more than $20,000 is to be explained."),
}

NO_SIZE = sentence(
    "Attendance is not given for every year; the strictest percentage of any size of district is used."
)
NO_HISTORY = sentence(
    "Three prior years and the years to be tested are needed; without them there is no standard."
)


@functools.cache
def standards() -> dict[str, Any]:
    """Return the standards of criteria 1 to 9 and item S5, by criterion."""
    text = resources.files("workers.finance").joinpath("criteria.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)["standards"]
    return loaded


def criteria(given: CriteriaInput) -> Criteria:
    """Judge one criterion of the state's forms 01CS (budget) or 01CSI (interim).

    Percentages are compared unrounded. In criteria 3 and 5 the three earliest years are history.
    """
    # CriteriaInput reads an input as its criterion's own shape, never as itself.
    asked = cast("AnyCriterion", given)
    totals: list[CriterionYear] = []
    number = asked.criterion
    if isinstance(asked, Criterion10):
        source, status = "State form 01CS, criterion 10; 5 CCR 15450", "enacted"
        rows, met = change.reserves(asked)
    else:
        entry = standards()[number]
        source, status, standard = entry["source"], entry["status"], entry[asked.version]
        match asked:
            case Criterion1() | Criterion2():
                rows, met = history.overestimated(asked, standard)
            case Criterion3():
                rows, met = history.attendance_to_enrollment(asked, standard)
            case Criterion4():
                rows, met = change.formula_revenue(asked, standard)
            case Criterion5():
                rows, met = history.payroll_share(asked, standard)
            case Criterion6():
                rows, met, totals = change.other_revenue(asked, standard)
            case Criterion7():
                rows, met = change.maintenance(asked, standard)
            case Criterion8():
                rows, met = change.deficit_spending(asked, standard)
            case Criterion9():
                rows, met = history.balances(asked, standard)
            case ItemS5():
                rows, met = change.contributions(asked, standard)
    return Criteria(
        criterion=number,
        version=asked.version,
        name=NAMES[number],
        rule=(BUDGET_RULES if asked.version == "budget" else INTERIM_RULES)[number],
        source=source,
        status=status,
        met=met,
        explanation_needed=any(row.explanation_needed for row in (*rows, *totals)),
        years=tuple(_with_inputs(asked, rows)),
        totals=tuple(totals),
        notes=tuple(_notes(asked, rows)),
    )


def _with_inputs(asked: AnyCriterion, rows: list[CriterionYear]) -> Iterator[CriterionYear]:
    """Yield each row with what was given for it; the two parts of criterion 9 share a year's inputs."""
    given = {
        (year.fiscal_year, getattr(year, "category", None) or getattr(year, "item", None)): year
        for year in asked.years
    }
    for row in rows:
        year = given[row.fiscal_year, None if isinstance(asked, Criterion9) else row.item]
        inputs = year.model_dump(mode="json", exclude={"fiscal_year", "category", "item"})
        yield row.model_copy(update={"inputs": inputs})


def _notes(asked: AnyCriterion, rows: list[CriterionYear]) -> list[Message]:
    notes = []
    if _sizes_missing(asked, {row.fiscal_year for row in rows if row.high_percent is not None}):
        notes.append(NO_SIZE)
    if isinstance(asked, (Criterion3, Criterion5)) and len(rows) <= PRIOR_YEARS:
        notes.append(NO_HISTORY)
    return notes


def _sizes_missing(asked: AnyCriterion, judged: set[str]) -> bool:
    """Say whether a year that a band decides is judged without the district's attendance."""
    if not isinstance(asked, (Criterion1, Criterion2, Criterion5, Criterion9)) or asked.ada is not None:
        return False
    if asked.version == "interim" and not isinstance(asked, Criterion5):
        return False
    return any(year.ada is None for year in asked.years if year.fiscal_year in judged)


CALCULATION = Calculation(
    name="criteria",
    title=sentence("Criteria and standards"),
    source="State forms 01CS and 01CSI; 5 CCR 15440 to 15466",
    given=CriteriaInput,
    told=Criteria,
    compute=criteria,
)
