"""Salaries rolled forward year by year, as the state's multi-year projection form builds them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from workers.analyses.result import sentence
from workers.finance.calculation import (
    NOTHING,
    Calculation,
    Dollars,
    FiscalYear,
    Given,
    Money,
    Percentage,
    Told,
    half_up,
)


class Year(Given):
    """What happens to salaries in one year."""

    fiscal_year: FiscalYear
    step_and_column_percent: Percentage = NOTHING
    cola_percent: Percentage = NOTHING
    other_adjustments: Money = NOTHING


class SalaryRollInput(Given):
    """The salaries of the year before the first, and the years to come, in order."""

    base: Money
    years: Annotated[tuple[Year, ...], Field(min_length=1, max_length=30)]


class YearTold(Told):
    """One year's salaries, in whole dollars: base + step and column + COLA + other = total."""

    fiscal_year: FiscalYear
    base: Dollars
    step_and_column: Dollars
    cola: Dollars
    other_adjustments: Dollars
    total: Dollars


class SalaryRoll(Told):
    """Every year's salaries."""

    years: tuple[YearTold, ...]


def salary_roll(given: SalaryRollInput) -> SalaryRoll:
    """Roll salaries forward: step and column on the base, COLA on base plus step and column.

    Each part is rounded half up to whole dollars, and a year's total is the next year's base (form MYP, lines
    B1 and B2: base salaries, step and column, cost-of-living adjustment, other adjustments).
    """
    years = []
    base = half_up(given.base)
    for year in given.years:
        step_and_column = half_up(base * year.step_and_column_percent / 100)
        cola = half_up((base + step_and_column) * year.cola_percent / 100)
        other = half_up(year.other_adjustments)
        total = base + step_and_column + cola + other
        years.append(
            YearTold(
                fiscal_year=year.fiscal_year,
                base=base,
                step_and_column=step_and_column,
                cola=cola,
                other_adjustments=other,
                total=total,
            )
        )
        base = total
    return SalaryRoll(years=tuple(years))


CALCULATION = Calculation(
    name="salary-roll",
    title=sentence("Salaries rolled forward"),
    source="State form MYP, lines B1 and B2",
    given=SalaryRollInput,
    told=SalaryRoll,
    compute=salary_roll,
)
