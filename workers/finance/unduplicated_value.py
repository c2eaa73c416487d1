"""What verifying unduplicated pupils is worth: low-income, English learners and foster youth who are found.

Pupils found on one census day enter the rolling percentage by a third, because it adds
three years; found again in the next two years they count in full. The worth is the adjusted base times what
that does to supplemental and concentration grants (Education Code 42238.02); above 55 % the slope is steeper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from workers.analyses.ledger import next_year
from workers.analyses.result import percent, sentence, year
from workers.finance.amounts import Amount
from workers.finance.calculation import (
    NOTHING,
    Calculation,
    Dollars,
    Fault,
    FiscalYear,
    Percentage,
    Pupils,
    Told,
)
from workers.finance.entitlement import Grants, grants
from workers.finance.lcff_input import one_of, rates_reach
from workers.finance.lcff_rates import LcffRates
from workers.finance.levers import Lever, Reason, held_back
from workers.finance.rates import rate
from workers.finance.spans import SpanPupils
from workers.finance.unduplicated import (
    Counts,
    CountsByYear,
    counts_are_whole,
    formula_has_begun,
    rolling,
)


class UnduplicatedValueInput(Lever):
    """Pupils found, the counts without them, and what the grants are taken of."""

    found_pupils: Pupils
    """Pupils not counted as unduplicated until now, found by census day of the first year."""
    repeated: bool = True
    """Whether they are found again in the years after."""
    unduplicated_by_year: CountsByYear
    """Counts without the found pupils: this year, the two before it, and coming years as far as they are
    projected; years after the last one are taken to be like it."""
    ada: SpanPupils | None = None
    """Funded attendance by span, in place of the adjusted base grant."""
    adjusted_base_grant: Amount | None = None

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Refuse counts that are not whole, and more pupils found than were left."""
        return (
            *formula_has_begun(document),
            *one_of(document, ("adjusted_base_grant", "ada")),
            *rates_reach(document),
            *counts_are_whole(document),
            *_fits(document),
        )


class UnduplicatedYear(Told):
    """One year: the percentage without and with the found pupils, and what they bring."""

    fiscal_year: FiscalYear
    percentage_before: Percentage
    percentage_after: Percentage
    value: Dollars
    """Revenue with them less revenue without them, in the first year's rates and adjusted base."""
    above_threshold_before: bool
    above_threshold_after: bool


class UnduplicatedValue(Told):
    """What the found pupils are worth, year by year."""

    years: tuple[UnduplicatedYear, ...]
    first_year_value: Dollars
    full_value: Dollars
    """Of the year in which they count most; the last of three where they are found again."""
    reasons: tuple[Reason, ...]
    """Why they bring nothing, less or later, and where the slope changes."""


def unduplicated_value(given: UnduplicatedValueInput) -> UnduplicatedValue:
    """Return what pupils found by verification are worth, and when."""
    rates = given.rates_of_the_year(for_each_ada=given.adjusted_base_grant is None)
    before, after = _paths(given)
    years: list[UnduplicatedYear] = []
    reasons: list[Reason] = []
    threshold = rates.threshold.number
    for step in range(given.years_ahead + 1):
        at = next_year(given.fiscal_year, step)
        old, new = rolling(at, before), rolling(at, after)
        paid_before, paid_after = (given.paid(_granted(given, rates, each)) for each in (old, new))
        years.append(
            UnduplicatedYear(
                fiscal_year=at,
                percentage_before=old,
                percentage_after=new,
                value=paid_after.total - paid_before.total,
                above_threshold_before=old > threshold,
                above_threshold_after=new > threshold,
            )
        )
        if not step:
            reasons += held_back(given, paid_before, paid_after)
    return UnduplicatedValue(
        years=tuple(years),
        first_year_value=years[0].value,
        full_value=max(each.value for each in years),
        reasons=(*_reasons(given, years, threshold), *reasons),
    )


def _paths(given: UnduplicatedValueInput) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """Return the counts by year without and with the found pupils."""
    before = dict(given.unduplicated_by_year)
    for step in range(1, given.years_ahead + 1):
        at = next_year(given.fiscal_year, step)
        before.setdefault(at, before[next_year(at, -1)])
    after = {}
    for at, counts in before.items():
        counted = at == given.fiscal_year or (given.repeated and at > given.fiscal_year)
        found = given.found_pupils if counted else NOTHING
        after[at] = Counts(
            unduplicated_pupils=min(counts.unduplicated_pupils + found, counts.enrollment),
            enrollment=counts.enrollment,
        )
    return before, after


def _granted(given: UnduplicatedValueInput, rates: LcffRates, percentage: Decimal) -> Grants:
    return grants(
        rates,
        percentage,
        ada=given.ada.by_span() if given.ada else None,
        adjusted_base=given.adjusted_base_grant,
        necessary_small_schools=given.necessary_small_schools,
        add_ons=given.add_ons,
    )


def _reasons(
    given: UnduplicatedValueInput, years: list[UnduplicatedYear], threshold: Decimal
) -> list[Reason]:
    reasons: list[Reason] = []

    def add(code: str, message: dict[str, Any]) -> None:
        reasons.append(Reason(code=code, message=message))

    if all(each.percentage_after == each.percentage_before for each in years):
        add(
            "rounds_away",
            sentence("The percentage keeps two decimals: so few pupils among so many do not move it."),
        )
        return reasons
    if given.repeated:
        add(
            "phases_in",
            sentence(
                "The percentage adds three years: pupils found in {year} count by a third, found again they "
                "count in full in the third year.",
                year=year(given.fiscal_year),
            ),
        )
    else:
        add(
            "fades_out",
            sentence(
                "Found once, the pupils count by a third in {year} and the two years after it, then no more.",
                year=year(given.fiscal_year),
            ),
        )
    crossed = next(
        (each for each in years if each.above_threshold_after and not each.above_threshold_before), None
    )
    if crossed is not None:
        add(
            "crosses_threshold",
            sentence(
                "In {year} the percentage passes {threshold}: from there each pupil brings a concentration "
                "grant too.",
                year=year(crossed.fiscal_year),
                threshold=percent(threshold, 0),
            ),
        )
    elif not any(each.above_threshold_after for each in years):
        add(
            "below_threshold",
            sentence(
                "The percentage stays at or under {threshold}: there is no concentration grant, only the "
                "supplemental one.",
                threshold=percent(threshold, 0),
            ),
        )
    tier = rate("elop_threshold", given.fiscal_year)
    moved = next(
        (each for each in years if each.percentage_before < tier.number <= each.percentage_after), None
    )
    if moved is not None:
        add(
            "expanded_learning_tier",
            sentence(
                "The percentage of {year} reaches {threshold}: the expanded learning program (ELO-P) pays "
                "its full rate in the year after, which is not counted here.",
                year=year(moved.fiscal_year),
                threshold=percent(tier.number, 0),
            ),
        )
    return reasons


def _fits(document: Mapping[str, Any]) -> Iterable[Fault]:
    """Refuse more pupils found than there are who are not counted yet."""
    at, by_year = document.get("fiscal_year"), document.get("unduplicated_by_year")
    counts = by_year.get(at) if isinstance(by_year, Mapping) and isinstance(at, str) else None
    if not isinstance(counts, Mapping):
        return
    try:
        left = Decimal(str(counts["enrollment"])) - Decimal(str(counts["unduplicated_pupils"]))
        too_many = Decimal(str(document.get("found_pupils"))) > left
    except (ArithmeticError, KeyError):
        return
    if too_many and left >= 0:
        yield Fault(
            "found_pupils",
            document["found_pupils"],
            sentence("a number not above {most}", most=str(left)),
            sentence("Only {left} pupils of {year} are not counted yet.", left=str(left), year=at or ""),
        )


CALCULATION = Calculation(
    name="unduplicated-value",
    title=sentence("What verifying unduplicated pupils is worth"),
    source="Education Code 42238.02",
    given=UnduplicatedValueInput,
    told=UnduplicatedValue,
    compute=unduplicated_value,
)
