"""Funded average daily attendance (ADA): which year's attendance the formula pays for.

Until 2021-22 a school district is paid for the greater of the current and the prior year; from 2022-23 for
the greatest of the current year, the prior year and the average of the three most recent prior years
(Education Code 42238.05 as amended in 2022). The attendance of 2021-22 is raised by the yield, where that
helps, for 2021-22 itself and wherever it enters as a prior year or an average until 2024-25 (Education Code
42238.023).
The greatest is taken of the total, and its own year's spans are then paid; that is to be confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

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
    Pupils,
    Said,
    Told,
    half_up,
    is_fiscal_year,
)
from workers.finance.lcff_rates import SPANS
from workers.finance.spans import PupilsTold, SpanPupils, with_total

Basis = Literal["current", "prior", "average", "given"]
Spans = Mapping[str, Decimal]

AVERAGE_FROM = "2022-23"
YIELD_BEFORE, YIELD_YEAR, YIELD_UNTIL = "2019-20", "2021-22", "2024-25"
MOST_YEARS = 30


@dataclass(frozen=True)
class Funded:
    """The attendance that is paid for, by span, and what else it could have been."""

    fiscal_year: str
    basis: Basis
    spans: Spans
    totals: Mapping[Basis, Decimal]
    """The total of each basis that could be told."""
    missing: tuple[str, ...] = ()
    """Years that the rule looks at and whose attendance was not given."""
    yield_factor: Decimal = Decimal(1)

    @property
    def total(self) -> Decimal:
        """Return the attendance of all spans."""
        return sum(self.spans.values(), NOTHING)


def attendance_yield(ada: Mapping[str, Spans], enrollment: Mapping[str, Decimal]) -> Decimal:
    """Return the factor on 2021-22's attendance: 1 where it would not help or is not known.

    It is 2019-20's attendance over enrollment divided by 2021-22's, each at most one.
    """
    shares = []
    for at in (YIELD_BEFORE, YIELD_YEAR):
        enrolled, attended = enrollment.get(at, NOTHING), sum(ada.get(at, {}).values(), NOTHING)
        if not enrolled or not attended:
            return Decimal(1)
        shares.append(min(attended / enrolled, Decimal(1)))
    return max(shares[0] / shares[1], Decimal(1))


def funded_ada(
    fiscal_year: str, ada: Mapping[str, Spans], enrollment: Mapping[str, Decimal] | None = None
) -> Funded:
    """Return the attendance that a school district is paid for in a year.

    Args:
        fiscal_year: as 2025-26.
        ada: attendance by year and span: the year itself, the prior one, and from 2022-23 the two before it;
            years that are not known are left out, and told as missing.
        enrollment: by year; 2019-20's and 2021-22's are for the yield.

    Raises:
        KeyError: if the attendance of the year itself is not given.
    """
    factor = attendance_yield(ada, enrollment or {}) if fiscal_year <= YIELD_UNTIL else Decimal(1)

    def of(at: str) -> Spans:
        if at == YIELD_YEAR and factor > 1:
            return {span: half_up(pupils * factor, ONE_CENT) for span, pupils in ada[at].items()}
        return ada[at]

    priors = [next_year(fiscal_year, -back) for back in (1, 2, 3)]
    looked_at = priors if fiscal_year >= AVERAGE_FROM else priors[:1]
    choices: dict[Basis, Spans] = {"current": of(fiscal_year)}
    if priors[0] in ada:
        choices["prior"] = of(priors[0])
    if fiscal_year >= AVERAGE_FROM and all(at in ada for at in priors):
        choices["average"] = {
            span: half_up(sum((of(at).get(span, NOTHING) for at in priors), NOTHING) / 3, ONE_CENT)
            for span in SPANS
        }
    totals = {basis: sum(spans.values(), NOTHING) for basis, spans in choices.items()}
    # Of equal ones the first counts: what is paid is the same, and the current year needs no explaining.
    basis = max(totals, key=lambda each: totals[each])
    return Funded(
        fiscal_year=fiscal_year,
        basis=basis,
        spans={span: choices[basis].get(span, NOTHING) for span in SPANS},
        totals=totals,
        missing=tuple(at for at in looked_at if at not in ada),
        yield_factor=factor,
    )


AdaByYear = Annotated[dict[FiscalYear, SpanPupils], Field(min_length=1, max_length=MOST_YEARS)]
"""Attendance by fiscal year and grade span."""

EnrollmentByYear = Annotated[dict[FiscalYear, Pupils], Field(max_length=MOST_YEARS)]
"""Enrollment on census day by fiscal year."""


class FundedAdaInput(Given):
    """The year, and the attendance of it and of the years before."""

    fiscal_year: FiscalYear
    ada_by_year: AdaByYear
    """P-2 attendance of this year and of three years before it."""
    enrollment_by_year: EnrollmentByYear = Field(default_factory=dict)
    """For the yield of 2021-22: the enrollment of 2019-20 and 2021-22."""

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Refuse attendance without the year itself."""
        return year_is_given(document)


class FundedAdaTold(Told):
    """The attendance that is paid for."""

    basis: Basis
    """Whose attendance it is: the current year's, the prior year's, the average's, or as given."""
    spans: PupilsTold
    current: Pupils | None
    prior: Pupils | None
    average: Pupils | None
    """Of the three most recent prior years; null before 2022-23 and where one of them is not given."""
    yield_factor: Pupils
    """On the attendance of 2021-22; 1 where it does not help or its years are not given."""
    years_not_given: tuple[str, ...]
    status: str
    note: Said


def told_of(funded: Funded) -> FundedAdaTold:
    """Return funded attendance as an answer holds it."""
    return FundedAdaTold(
        basis=funded.basis,
        spans=PupilsTold(**with_total(funded.spans)),
        current=funded.totals.get("current"),
        prior=funded.totals.get("prior"),
        average=funded.totals.get("average"),
        yield_factor=funded.yield_factor,
        years_not_given=funded.missing,
        status="to_confirm",
        note=sentence(
            "The greatest total counts, with its own year's spans; whether the state takes the greatest of "
            "the total or of each span is to be confirmed."
        )
        if funded.basis != "given"
        else sentence("The attendance was given as funded; no rule was applied to it."),
    )


def year_is_given(document: Mapping[str, Any]) -> Iterable[Fault]:
    """Return the fault of an `ada_by_year` that leaves its own year out."""
    by_year, at = document.get("ada_by_year"), document.get("fiscal_year")
    if (
        isinstance(by_year, Mapping)
        and by_year
        and isinstance(at, str)
        and is_fiscal_year(at)
        and at not in by_year
    ):
        yield Fault(
            f"ada_by_year.{at}",
            None,
            sentence("the attendance of the year itself"),
            sentence("Give the attendance of {year} as well.", year=str(at)),
        )


def _compute(given: FundedAdaInput) -> FundedAdaTold:
    return told_of(
        funded_ada(
            given.fiscal_year,
            {at: spans.by_span() for at, spans in given.ada_by_year.items()},
            given.enrollment_by_year,
        )
    )


CALCULATION = Calculation(
    name="funded-ada",
    title=sentence("Funded attendance (ADA)"),
    source="Education Code 42238.05 and 42238.023",
    given=FundedAdaInput,
    told=FundedAdaTold,
    compute=_compute,
)
