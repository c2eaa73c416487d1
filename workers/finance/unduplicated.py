"""Unduplicated pupil percentage (UPP): pupils who are low-income, English learners or foster youth.

Each pupil counts once. The percentage is a rolling ratio of sums over three years: the unduplicated pupils of
the current and the two prior years over the enrollment of the same years, counted on census day in October,
kept to two decimals of a percent (Education Code 42238.02(b)). The formula's first two years had fewer years
to add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from workers.analyses.ledger import next_year
from workers.analyses.result import sentence
from workers.finance.calculation import (
    NOTHING,
    ONE_CENT,
    Calculation,
    Fault,
    FiscalYear,
    Given,
    Percentage,
    Pupils,
    Told,
    half_up,
    is_fiscal_year,
)
from workers.finance.lcff_rates import FIRST_YEAR

YEARS = 3
MOST_YEARS = 30


class Counts(Given):
    """One census day: unduplicated pupils, and all who are enrolled."""

    unduplicated_pupils: Pupils
    enrollment: Pupils


CountsByYear = Annotated[dict[FiscalYear, Counts], Field(min_length=1, max_length=MOST_YEARS)]
"""Counts by fiscal year: the year itself and the two before it."""


def years_of(fiscal_year: str) -> tuple[str, ...]:
    """Return the years that a year's percentage adds: itself and the two before, from 2013-14 on."""
    years = (next_year(fiscal_year, -back) for back in range(YEARS))
    return tuple(at for at in years if at >= FIRST_YEAR)


def unduplicated_percentage(pupils: Decimal, enrollment: Decimal) -> Decimal:
    """Return the percentage of sums over the years, in per cent with two decimals; 0 of no enrollment."""
    return half_up(pupils * 100 / enrollment, ONE_CENT) if enrollment else NOTHING


def rolling(fiscal_year: str, counts: Mapping[str, Counts]) -> Decimal:
    """Return a year's rolling percentage, in per cent with two decimals.

    Raises:
        KeyError: if the counts of one of its years are not given.
    """
    added = [counts[at] for at in years_of(fiscal_year)]
    return unduplicated_percentage(
        sum((each.unduplicated_pupils for each in added), NOTHING),
        sum((each.enrollment for each in added), NOTHING),
    )


def formula_has_begun(document: Mapping[str, Any]) -> Iterable[Fault]:
    """Return the fault of a year before the formula."""
    at = document.get("fiscal_year")
    if is_fiscal_year(at) and str(at) < FIRST_YEAR:
        yield Fault(
            "fiscal_year",
            at,
            sentence("a fiscal year from {first} on", first=FIRST_YEAR),
            sentence("The Local Control Funding Formula began in {first}.", first=FIRST_YEAR),
        )


def counts_are_whole(document: Mapping[str, Any], name: str = "unduplicated_by_year") -> Iterable[Fault]:
    """Return the faults of counts that leave a year out, or hold more unduplicated pupils than enrolled."""
    by_year, at = document.get(name), document.get("fiscal_year")
    if not isinstance(by_year, Mapping) or not by_year:
        return
    for each in years_of(at) if isinstance(at, str) and is_fiscal_year(at) else ():
        if each not in by_year:
            yield Fault(
                f"{name}.{each}",
                None,
                sentence("the counts of the year and of the two before it"),
                sentence("Give the unduplicated pupils and the enrollment of {year} as well.", year=each),
            )
    for each, counts in by_year.items():
        if not isinstance(counts, Mapping):
            continue
        try:
            pupils, enrolled = (Decimal(str(counts[key])) for key in ("unduplicated_pupils", "enrollment"))
            more = pupils > enrolled
        except (ArithmeticError, KeyError):
            continue
        if more:
            yield Fault(
                f"{name}.{each}.unduplicated_pupils",
                counts["unduplicated_pupils"],
                sentence("a number not above {most}", most=str(enrolled)),
                sentence("There are more unduplicated pupils than pupils in {year}.", year=str(each)),
            )


class UnduplicatedInput(Given):
    """The year, and the counts of it and of the two years before."""

    fiscal_year: FiscalYear
    unduplicated_by_year: CountsByYear

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Refuse counts that are not whole."""
        return (*formula_has_begun(document), *counts_are_whole(document))


class Unduplicated(Told):
    """The percentage of the year, and what it is made of."""

    fiscal_year: FiscalYear
    years: tuple[str, ...]
    unduplicated_pupils: Pupils
    enrollment: Pupils
    unduplicated_percentage: Percentage
    """Kept to two decimals, as the state keeps it."""
    this_year_alone: Percentage | None
    """Of the year's own counts, unrounded; null without enrollment."""


def _compute(given: UnduplicatedInput) -> Unduplicated:
    years = years_of(given.fiscal_year)
    added = [given.unduplicated_by_year[at] for at in years]
    own = given.unduplicated_by_year[given.fiscal_year]
    return Unduplicated(
        fiscal_year=given.fiscal_year,
        years=years,
        unduplicated_pupils=sum((each.unduplicated_pupils for each in added), NOTHING),
        enrollment=sum((each.enrollment for each in added), NOTHING),
        unduplicated_percentage=rolling(given.fiscal_year, given.unduplicated_by_year),
        this_year_alone=own.unduplicated_pupils * 100 / own.enrollment if own.enrollment else None,
    )


CALCULATION = Calculation(
    name="unduplicated-percentage",
    title=sentence("Unduplicated pupil percentage, rolling over three years"),
    source="Education Code 42238.02(b)",
    given=UnduplicatedInput,
    told=Unduplicated,
    compute=_compute,
)
