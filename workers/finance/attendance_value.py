"""What better attendance is worth: pupils in school more days, funded attendance, and when the money follows.

The gain in attendance is enrollment times the change of the attendance rate; its yearly
worth is the sum over spans of the gain times the adjusted rate, with supplemental and concentration grants on
it. It brings nothing while funded attendance (Education Code 42238.05) comes from an earlier year or from the
average of three, then phases in; and nothing at all in a basic-aid district.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from workers.analyses.ledger import next_year
from workers.analyses.result import Message, sentence, year
from workers.finance.calculation import (
    NOTHING,
    ONE_CENT,
    Calculation,
    Dollars,
    Fault,
    FiscalYear,
    InputFaultsError,
    Percentage,
    Pupils,
    Share,
    Told,
    half_up,
)
from workers.finance.entitlement import Grants, grants
from workers.finance.funded_ada import (
    AdaByYear,
    Basis,
    EnrollmentByYear,
    Funded,
    Spans,
    funded_ada,
    year_is_given,
)
from workers.finance.lcff_input import rates_reach
from workers.finance.lcff_rates import SPANS, LcffRates
from workers.finance.levers import Lever, Reason, held_back
from workers.finance.spans import PupilsTold, SpanPupils, with_total
from workers.finance.unduplicated import formula_has_begun

_FOLLOWS_LATER: dict[Basis, Message] = {
    "prior": sentence("the prior year's attendance"),
    "average": sentence("the average of the three prior years"),
}


class AttendanceInput(Lever):
    """Enrollment, by how much the attendance rate changes, and attendance of past and coming years."""

    enrollment: SpanPupils
    """By span, in the first year."""
    attendance_rate_change_percent: Percentage
    """In points: 1 where attendance rises from 92 % to 93 %."""
    unduplicated_percentage: Share
    ada_by_year: AdaByYear | None = None
    """Attendance without the lever: this year, three years before it, and coming years as far as they are
    projected; years after the last one are taken to be like it. Without it no year's value can be told."""
    enrollment_by_year: EnrollmentByYear = Field(default_factory=dict)
    """For the yield of 2021-22."""

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Refuse years that the formula or its rates do not reach."""
        return (*formula_has_begun(document), *rates_reach(document), *year_is_given(document))


class AttendanceYear(Told):
    """One year: the attendance that is paid for without and with the lever, and what the lever brings."""

    fiscal_year: FiscalYear
    funded_before: Pupils
    funded_before_basis: Basis
    funded_after: Pupils
    funded_after_basis: Basis
    value: Dollars
    """Revenue with the lever less revenue without it, in this calculation's first year's rates."""


class AttendanceValue(Told):
    """What better attendance is worth once funded attendance follows it, and in each year until then."""

    ada_gain: PupilsTold
    """Pupils in average daily attendance; below zero where the rate falls."""
    full_value: Dollars
    """A year, once funded attendance has followed and where the district is not basic aid."""
    first_year_value: Dollars | None
    """Null where no attendance by year was given."""
    years: tuple[AttendanceYear, ...] | None
    reasons: tuple[Reason, ...]
    """Why it brings nothing, less or later."""


def attendance_value(given: AttendanceInput) -> AttendanceValue:
    """Return what a change of the attendance rate is worth, and when."""
    rates = given.rates_of_the_year(for_each_ada=True)
    gain = {
        span: half_up(pupils * given.attendance_rate_change_percent / 100, ONE_CENT)
        for span, pupils in given.enrollment.by_span().items()
    }
    worth = sum((gain[span] * rates.adjusted(span) for span in SPANS), NOTHING)
    full = half_up(worth * (1 + rates.uplift(given.unduplicated_percentage)))
    _fits(given, gain)
    reasons: list[Reason] = []
    years: list[AttendanceYear] | None = None
    if given.ada_by_year is None:
        reasons.append(
            Reason(
                code="attendance_not_given",
                message=sentence(
                    "No attendance by year was given: whether funded attendance follows at once, later or "
                    "over three years is not known."
                ),
            )
        )
    else:
        years, reasons = _by_year(given, rates, gain)
    return AttendanceValue(
        ada_gain=PupilsTold(**with_total(gain)),
        full_value=full,
        first_year_value=years[0].value if years else None,
        years=None if years is None else tuple(years),
        reasons=tuple(reasons),
    )


def _fits(given: AttendanceInput, gain: Spans) -> None:
    """Refuse a gain after which more pupils attend on an average day than are enrolled."""
    if given.ada_by_year is None:
        return
    attending = given.ada_by_year[given.fiscal_year].by_span()
    enrolled = given.enrollment.by_span()
    if any(gain[span] > 0 and attending[span] + gain[span] > enrolled[span] for span in SPANS):
        raise InputFaultsError(
            [
                Fault(
                    "attendance_rate_change_percent",
                    format(given.attendance_rate_change_percent, "f"),
                    sentence("a change after which attendance is not above enrollment"),
                    sentence("More pupils would attend than are enrolled. Check the change and enrollment."),
                )
            ]
        )


def _by_year(
    given: AttendanceInput, rates: LcffRates, gain: Spans
) -> tuple[list[AttendanceYear], list[Reason]]:
    before = _paths(given)
    last = next_year(given.fiscal_year, given.years_ahead)
    after = {at: _moved(spans, gain) if at >= given.fiscal_year else spans for at, spans in before.items()}
    years, reasons = [], []
    at = given.fiscal_year
    while at <= last:
        old, new = (funded_ada(at, path, given.enrollment_by_year) for path in (before, after))
        granted = [_granted(given, rates, each.spans) for each in (old, new)]
        paid_before, paid_after = (given.paid(each) for each in granted)
        value = paid_after.total - paid_before.total
        years.append(
            AttendanceYear(
                fiscal_year=at,
                funded_before=old.total,
                funded_before_basis=old.basis,
                funded_after=new.total,
                funded_after_basis=new.basis,
                value=value,
            )
        )
        reasons += _later(old, new, sum(gain.values(), NOTHING))
        if at == given.fiscal_year:
            reasons += held_back(given, paid_before, paid_after)
            reasons += _not_given(old)
        at = next_year(at)
    return years, reasons


def _paths(given: AttendanceInput) -> dict[str, Spans]:
    """Return attendance by year without the lever, coming years that are not given like the last one."""
    path: dict[str, Spans] = {at: spans.by_span() for at, spans in (given.ada_by_year or {}).items()}
    for step in range(1, given.years_ahead + 1):
        at = next_year(given.fiscal_year, step)
        if at not in path:
            path[at] = path[next_year(at, -1)]
    return path


def _moved(spans: Spans, gain: Spans) -> Spans:
    return {span: max(spans[span] + gain[span], NOTHING) for span in SPANS}


def _granted(given: AttendanceInput, rates: LcffRates, spans: Spans) -> Grants:
    return grants(
        rates,
        given.unduplicated_percentage,
        ada=spans,
        necessary_small_schools=given.necessary_small_schools,
        add_ons=given.add_ons,
    )


def _later(old: Funded, new: Funded, gain: Decimal) -> list[Reason]:
    """Return why a year's funded attendance moves by nothing or by less than attendance did."""
    moved = new.total - old.total
    if abs(moved) >= abs(gain) or new.basis == "current":
        if new.basis == "current" and old.basis != "current" and abs(moved) < abs(gain):
            text = sentence(
                "In {year} funded attendance moves to the current year's, which was {pupils} under what was "
                "paid for: only the rest of the gain counts.",
                year=year(new.fiscal_year),
                pupils=str(gain - moved),
            )
            return [Reason(code="overtakes_earlier_attendance", message=text)]
        return []
    basis = _FOLLOWS_LATER[new.basis]
    if not moved:
        text = sentence(
            "In {year} funded attendance is {basis}, so the change brings nothing that year.",
            year=year(new.fiscal_year),
            basis=basis,
        )
        return [Reason(code=f"funded_on_{new.basis}", message=text)]
    text = sentence(
        "In {year} funded attendance is {basis}, which holds only part of the gain.",
        year=year(new.fiscal_year),
        basis=basis,
    )
    return [Reason(code="phases_in", message=text)]


def _not_given(old: Funded) -> list[Reason]:
    if not old.missing:
        return []
    text = sentence(
        "The attendance of {years} was not given: funded attendance could come from there.",
        years=", ".join(old.missing),
    )
    return [Reason(code="years_not_given", message=text)]


CALCULATION = Calculation(
    name="attendance-value",
    title=sentence("What better attendance is worth"),
    source="Education Code 42238.02 and 42238.05",
    given=AttendanceInput,
    told=AttendanceValue,
    compute=attendance_value,
)
