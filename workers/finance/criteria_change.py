"""Criteria 4, 6, 7, 8 and 10 and item S5: what is judged by its change, by a share, or in dollars."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from workers.finance.calculation import NOTHING
from workers.finance.criteria_history import Standard, every, two_of_three, within
from workers.finance.criteria_shapes import (
    CategoryYear,
    ContributionYear,
    Criterion4,
    Criterion6,
    Criterion7,
    Criterion8,
    Criterion10,
    CriterionYear,
    FormulaYear,
    ItemS5,
)
from workers.finance.measures import share
from workers.finance.reserve import ReserveInput, reserve

Judged = tuple[list[CriterionYear], bool | None]

TOTALS = {
    "total_revenues": ("federal revenue", "other state revenue", "other local revenue"),
    "total_expenditures": ("books and supplies", "services and other operating expenditures"),
}
"""Totals of criterion 6 by the categories that the state's form adds for them."""
_SHORT = {
    "federal": "federal revenue",
    "other state": "other state revenue",
    "other local": "other local revenue",
    "services and other operating": "services and other operating expenditures",
    "services": "services and other operating expenditures",
}


def formula_revenue(given: Criterion4, standard: Standard) -> Judged:
    """Judge criterion 4.

    Budget: LCFF revenue changes by population plus COLA, give or take a point; for a basic aid district by
    the change in property tax, for one funded by necessary small schools by its COLA. Interim: by no more
    than two per cent since the report before.
    """
    width = Decimal(standard["width"])
    rows = []
    for year in given.years:
        middle = NOTHING if given.version == "interim" else _expected_change(given, year)
        row = CriterionYear(
            fiscal_year=year.fiscal_year,
            value_percent=share(year.lcff_revenue - year.prior_lcff_revenue, year.prior_lcff_revenue),
        )
        rows.append(
            row
            if middle is None
            else within(
                row, middle - width, middle + width, unchanged=year.lcff_revenue == year.prior_lcff_revenue
            )
        )
    return rows, every(row.met for row in rows)


def _expected_change(given: Criterion4, year: FormulaYear) -> Decimal | None:
    match given.standard:
        case "basic_aid":
            before = year.prior_property_tax or NOTHING
            return share((year.property_tax or NOTHING) - before, before)
        case "necessary_small_school":
            return year.cola_percent
        case "lcff":
            return year.population_change_percent + year.cola_percent


def other_revenue(
    given: Criterion6, standard: Standard
) -> tuple[list[CriterionYear], bool | None, list[CriterionYear]]:
    """Judge criterion 6: rows, the verdict, and the totals that the form adds from its categories.

    The standard is of totals: the change allowed, plus or minus ten points (interim: five). A category beyond
    five points must be explained.
    """
    rows = [_category(given, year, standard) for year in given.years]
    stated = [row for row in rows if (row.item or "").casefold().startswith("total")]
    added = [
        _category(given, total, standard)
        for total in _totals(given.years)
        if not any(row.fiscal_year == total.fiscal_year for row in stated)
    ]
    return rows, every(row.met for row in ([*stated, *added] or rows)), added


def _category(given: Criterion6, year: CategoryYear, standard: Standard) -> CriterionYear:
    middle = NOTHING if given.version == "interim" else year.change_percent_allowed
    width, explain = Decimal(standard["width"]), Decimal(standard["explain"])
    row = within(
        CriterionYear(
            fiscal_year=year.fiscal_year,
            item=year.category,
            value_percent=share(year.current - year.prior, abs(year.prior)),
            value_amount=year.current - year.prior,
        ),
        middle - width,
        middle + width,
        unchanged=year.current == year.prior,
    )
    value = row.value_percent
    beyond = value is None or not middle - explain <= value <= middle + explain
    is_total = year.category.casefold().startswith("total")
    return row.model_copy(update={"explanation_needed": row.met is False if is_total else beyond})


def _totals(years: Sequence[CategoryYear]) -> list[CategoryYear]:
    """Return the totals of each year for which every category of the form is given once, and on one scale."""
    found = []
    for fiscal_year in sorted({year.fiscal_year for year in years}):
        named: dict[str, list[CategoryYear]] = {}
        for year in years:
            if year.fiscal_year == fiscal_year:
                name = year.category.casefold().replace("_", " ").strip()
                named.setdefault(_SHORT.get(name, name), []).append(year)
        for total, categories in TOTALS.items():
            parts = [part for name in categories for part in named.get(name, [])]
            if len(parts) != len(categories) or len({part.change_percent_allowed for part in parts}) != 1:
                continue
            found.append(
                CategoryYear(
                    fiscal_year=fiscal_year,
                    category=total,
                    prior=sum((part.prior for part in parts), NOTHING),
                    current=sum((part.current for part in parts), NOTHING),
                    change_percent_allowed=parts[0].change_percent_allowed,
                )
            )
    return found


def maintenance(given: Criterion7, standard: Standard) -> Judged:
    """Judge criterion 7: the contribution to resource 8150 is at least three per cent of what counts."""
    least = Decimal(standard["least"])
    rows = []
    for year in given.years:
        counted = year.expenditures_and_uses - year.excluded
        required = counted * least / 100
        met = year.contribution >= required
        rows.append(
            CriterionYear(
                fiscal_year=year.fiscal_year,
                low_percent=least,
                value_percent=share(year.contribution, counted),
                required_amount=required,
                value_amount=year.contribution,
                met=met,
                margin=year.contribution - required,
                margin_unit="dollars",
                explanation_needed=not met,
            )
        )
    return rows, every(row.met for row in rows)


def deficit_spending(given: Criterion8, standard: Standard) -> Judged:
    """Judge criterion 8: the unrestricted deficit is at most a third of the available reserve, in per cent.

    Budget: in two of three prior years; interim: in every year given, the current and the two next.
    """
    rows = []
    for year in given.years:
        value = share(year.deficit, year.unrestricted_expenditures)
        available = share(year.available_reserves, year.expenditures_and_uses)
        high = None if available is None else available / Decimal(standard["parts"])
        known = value is not None and high is not None
        met = True if year.deficit <= 0 else (value <= high) if known else None  # type: ignore[operator]
        rows.append(
            CriterionYear(
                fiscal_year=year.fiscal_year,
                high_percent=high,
                value_percent=value,
                met=met,
                margin=high - value if known else None,  # type: ignore[operator]
                margin_unit="points" if known else None,
                explanation_needed=met is False,
            )
        )
    verdicts = [row.met for row in rows]
    return rows, two_of_three(verdicts) if given.version == "budget" else every(verdicts)


def contributions(given: ItemS5, standard: Standard) -> Judged:
    """Judge item S5: a change beyond both the percentage and the dollars must be explained.

    The forms print contributions below zero; what counts is how large they are.
    """
    rows = [_contribution(year, standard) for year in given.years]
    return rows, every(row.met for row in rows)


def _contribution(year: ContributionYear, standard: Standard) -> CriterionYear:
    width, dollars = Decimal(standard["width"]), Decimal(standard["dollars"])
    same_side = year.prior * year.current >= 0
    change = abs(year.current) - abs(year.prior) if same_side else year.current - year.prior
    row = within(
        CriterionYear(
            fiscal_year=year.fiscal_year,
            item=year.item,
            value_percent=share(change, abs(year.prior)),
            required_amount=dollars,
            value_amount=change,
        ),
        -width,
        width,
        unchanged=not change,
    )
    small = abs(change) <= dollars
    met = small or row.met is True
    left = dollars - abs(change)
    in_points = row.margin is not None and row.met is True
    return row.model_copy(
        update={
            "met": met,
            "explanation_needed": not met,
            "margin": row.margin if in_points else left,
            "margin_unit": "points" if in_points else "dollars",
        }
    )


def reserves(given: Criterion10) -> Judged:
    """Judge criterion 10 as `reserve` does."""
    told = reserve(ReserveInput(years=given.years))
    rows = [
        CriterionYear(
            fiscal_year=year.fiscal_year,
            low_percent=year.standard_percent,
            value_percent=year.available_percent,
            required_amount=year.standard_amount,
            value_amount=year.available_amount,
            met=year.met,
            margin=year.margin,
            margin_unit="dollars",
            explanation_needed=year.met is False,
        )
        for year in told.years
    ]
    return rows, every(row.met for row in rows)
