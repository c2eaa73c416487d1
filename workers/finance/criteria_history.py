"""Criteria 1, 2, 3, 5 and 9: judged against a band of the district's size, or against its own history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from workers.finance.calculation import NOTHING, half_up
from workers.finance.criteria_shapes import (
    PRIOR_YEARS,
    BalanceYear,
    Criterion1,
    Criterion2,
    Criterion3,
    Criterion5,
    Criterion9,
    CriterionYear,
    Version,
)
from workers.finance.measures import share
from workers.finance.reserve import reserve_standard

Standard = Mapping[str, Any]
ANY_SIZE = (Decimal(1), Decimal(1_000_000))
"""Attendance at both ends of every band, for a district whose attendance is not given."""


def band_percent(standard: Standard, ada: Decimal, fiscal_year: str) -> Decimal:
    """Return the percentage of the band that a district's attendance, in whole pupils, falls into."""
    pupils = half_up(ada)
    early = fiscal_year < standard.get("from", "")
    for band in standard["bands"]:
        through = band.get("earlier_through", band["through"]) if early else band["through"]
        if through is None or pupils <= Decimal(through):
            return Decimal(band["percent"])
    raise AssertionError("the last band has no end")


def _first(own: Decimal | None, shared: Decimal | None) -> Decimal | None:
    return shared if own is None else own


def _by_size(ada: Decimal | None, percent: Callable[[Decimal], Decimal]) -> tuple[Decimal, Decimal]:
    """Return the narrowest and the widest percentage that may apply: one where attendance is given."""
    percents = [percent(pupils) for pupils in ((ada,) if ada is not None else ANY_SIZE)]
    return min(percents), max(percents)


def _at_most(value: Decimal, narrowest: Decimal, widest: Decimal) -> bool | None:
    """Say whether a value is within its limit; nothing where only the district's size would tell."""
    return True if value <= narrowest else None if value <= widest else False


def two_of_three(verdicts: Iterable[bool | None]) -> bool | None:
    """Say whether a standard that may be missed once in three years is met, if the years given decide it."""
    found = list(verdicts)
    if found.count(False) >= 2:
        return False
    if found.count(True) >= PRIOR_YEARS - 1:
        return True
    return None


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """Say whether a standard is met in every year that is judged."""
    found = list(verdicts)
    if False in found:
        return False
    return None if None in found or not found else True


def overestimated(
    given: Criterion1 | Criterion2, standard: Standard
) -> tuple[list[CriterionYear], bool | None]:
    """Judge criteria 1 and 2.

    Budget: not overestimated in the first prior year, nor in two or more of three, by more than the band's
    percentage of what was budgeted. Interim: changed by no more than the width since the report before.
    """
    if given.version == "interim":
        width = Decimal(standard["width"])
        changed = [
            within(
                CriterionYear(
                    fiscal_year=year.fiscal_year,
                    value_percent=share(year.actual - year.budgeted, year.budgeted),
                ),
                -width,
                width,
                unchanged=year.actual == year.budgeted,
            )
            for year in given.years
        ]
        return changed, every(year.met for year in changed)
    rows = [
        _overestimate(standard, year.fiscal_year, year.budgeted, year.actual, _first(year.ada, given.ada))
        for year in given.years
    ]
    latest = max(rows, key=lambda row: row.fiscal_year)
    both = [latest.met, two_of_three(row.met for row in rows) if len(rows) > 1 else latest.met]
    return rows, every(both)


def _overestimate(
    standard: Standard, fiscal_year: str, budgeted: Decimal, actual: Decimal, ada: Decimal | None
) -> CriterionYear:
    narrowest, widest = _by_size(ada, lambda pupils: band_percent(standard, pupils, fiscal_year))
    value = share(budgeted - actual, abs(budgeted))
    met = True if budgeted <= actual else None if value is None else _at_most(value, narrowest, widest)
    return CriterionYear(
        fiscal_year=fiscal_year,
        high_percent=narrowest,
        value_percent=value,
        met=met,
        margin=None if value is None else narrowest - value,
        margin_unit="points",
        explanation_needed=met is False,
    )


def within(row: CriterionYear, low: Decimal, high: Decimal, *, unchanged: bool = False) -> CriterionYear:
    """Return a row judged against a range; what stayed at nothing has not changed."""
    value = NOTHING if row.value_percent is None and unchanged else row.value_percent
    met = None if value is None else low <= value <= high
    return row.model_copy(
        update={
            "low_percent": low,
            "high_percent": high,
            "value_percent": value,
            "met": met,
            "margin": None if value is None else min(value - low, high - value),
            "margin_unit": "points",
            "explanation_needed": met is False,
        }
    )


def _with_history(rows: Sequence[CriterionYear]) -> tuple[list[CriterionYear], Decimal | None]:
    """Return rows with the three earliest years marked as history, and the average of those three."""
    past = sorted(row.fiscal_year for row in rows)[:PRIOR_YEARS]
    marked = [row.model_copy(update={"history": row.fiscal_year in past}) for row in rows]
    values = [row.value_percent for row in marked if row.history and row.value_percent is not None]
    return marked, sum(values, NOTHING) / PRIOR_YEARS if len(values) == PRIOR_YEARS else None


def attendance_to_enrollment(
    given: Criterion3, standard: Standard
) -> tuple[list[CriterionYear], bool | None]:
    """Judge criterion 3: the ratio is at most the average of three prior years plus half a point."""
    rows, average = _with_history(
        [
            CriterionYear(fiscal_year=year.fiscal_year, value_percent=share(year.ada, year.enrollment))
            for year in given.years
        ]
    )
    judged = []
    for row in rows:
        value = row.value_percent
        if row.history or average is None or value is None:
            judged.append(row)
            continue
        high = average + Decimal(standard["over_average"])
        judged.append(
            row.model_copy(
                update={
                    "high_percent": high,
                    "met": value <= high,
                    "margin": high - value,
                    "margin_unit": "points",
                    "explanation_needed": value > high,
                }
            )
        )
    return judged, every(row.met for row in judged if not row.history)


def payroll_share(given: Criterion5, standard: Standard) -> tuple[list[CriterionYear], bool | None]:
    """Judge criterion 5: the share is within the average of three prior years.

    Plus or minus three points, or the district's reserve percentage where that is more.
    """
    by_year = {year.fiscal_year: year for year in given.years}
    rows, average = _with_history(
        [
            CriterionYear(
                fiscal_year=year.fiscal_year,
                value_percent=share(year.salaries_and_benefits, year.expenditures),
            )
            for year in given.years
        ]
    )
    judged = []
    for row in rows:
        value = row.value_percent
        if row.history or average is None or value is None:
            judged.append(row)
            continue
        narrowest, widest = _by_size(
            _first(by_year[row.fiscal_year].ada, given.ada),
            lambda pupils, year=row.fiscal_year: max(  # type: ignore[misc]
                Decimal(standard["width"]), Decimal(reserve_standard(pupils, year).percent.value)
            ),
        )
        met = _at_most(abs(value - average), narrowest, widest)
        judged.append(
            row.model_copy(
                update={
                    "low_percent": average - narrowest,
                    "high_percent": average + narrowest,
                    "met": met,
                    "margin": narrowest - abs(value - average),
                    "margin_unit": "points",
                    "explanation_needed": met is False,
                }
            )
        )
    return judged, every(row.met for row in judged if not row.history)


def balances(given: Criterion9, standard: Standard) -> tuple[list[CriterionYear], bool | None]:
    """Judge criterion 9.

    9A, budget: the beginning balance is not overestimated in two of three prior years; interim: the ending
    balance is above zero in every year. 9B: cash at year end is above zero.
    """
    rows: list[CriterionYear] = []
    verdicts: list[bool | None] = []
    balance_rows = [
        _balance(given.version, standard, year, given.ada)
        for year in given.years
        if year.budgeted is not None or year.actual is not None
    ]
    if balance_rows:
        judged = [row.met for row in balance_rows]
        verdicts.append(two_of_three(judged) if given.version == "budget" else every(judged))
    cash_rows = [
        _above_zero(year.fiscal_year, "9B", year.cash) for year in given.years if year.cash is not None
    ]
    verdicts += [row.met for row in cash_rows]
    rows = [*balance_rows, *cash_rows]
    return rows, every(verdicts)


def _balance(version: Version, standard: Standard, year: BalanceYear, ada: Decimal | None) -> CriterionYear:
    if version == "interim":
        return _above_zero(year.fiscal_year, "9A", year.actual or NOTHING)
    row = _overestimate(
        standard, year.fiscal_year, year.budgeted or NOTHING, year.actual or NOTHING, _first(year.ada, ada)
    )
    return row.model_copy(update={"item": "9A"})


def _above_zero(fiscal_year: str, item: str, amount: Decimal) -> CriterionYear:
    return CriterionYear(
        fiscal_year=fiscal_year,
        item=item,
        value_amount=amount,
        met=amount > 0,
        margin=amount,
        margin_unit="dollars",
        explanation_needed=amount <= 0,
    )
