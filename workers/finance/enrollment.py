"""Enrollment and attendance of the years to come: cohorts that move up a grade, and who of them attends.

Cohort survival: a grade's pupils are last year's pupils of the grade below, times the share of earlier
cohorts that came through. Kindergarten and transitional kindergarten have no grade below; they rest on
births, on a number that the district enters, or on last year's.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from workers.analyses.ledger import next_year
from workers.analyses.result import sentence
from workers.finance.calculation import (
    NOTHING,
    ONE_CENT,
    Calculation,
    Fault,
    FiscalYear,
    Given,
    InputFaultsError,
    Number,
    Percentage,
    Pupils,
    Told,
    half_up,
    refused,
)
from workers.finance.measures import share
from workers.finance.years import require_in_order

Grade = Literal["TK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]
Span = Literal["TK-3", "4-6", "7-8", "9-12"]
Case = Literal["low", "likely", "high"]
GRADES: tuple[Grade, ...] = get_args(Grade)
CASES: tuple[Case, ...] = get_args(Case)
SPANS: Mapping[Span, tuple[Grade, ...]] = {
    "TK-3": ("TK", "K", "1", "2", "3"),
    "4-6": ("4", "5", "6"),
    "7-8": ("7", "8"),
    "9-12": ("9", "10", "11", "12"),
}
ENTRY: tuple[Grade, ...] = ("TK", "K")
"""Grades that no grade of the district feeds: not every kindergartner was in transitional kindergarten."""
MOVES: tuple[tuple[Grade, Grade], ...] = tuple(itertools.pairwise(GRADES[1:]))
MOST_YEARS = 10


MOST_PUPILS = Decimal(10_000_000)
"""More than all pupils of the state in one grade: a history that grows so is not one of a district."""
_TOO_MANY = Fault(
    "history",
    None,
    sentence("grades whose growth could go on"),
    sentence("Check the history: going on as in it, a grade would have more pupils than the state."),
)


class YearKnown(Given):
    """One year of history: census-day pupils by grade, and ADA by span where it is known."""

    fiscal_year: FiscalYear
    grades: dict[Grade, Pupils]
    ada: dict[Span, Pupils] | None = None

    @model_validator(mode="after")
    def _no_more_than_enrolled(self) -> YearKnown:
        for span, attending in (self.ada or {}).items():
            if attending > (enrolled := _enrolled(self, span)):
                raise refused(
                    "more_than_enrolled",
                    sentence("at most {enrolled} in grades {span}", enrolled=str(enrolled), span=span),
                    sentence(
                        "Check attendance in grades {span}: {ada} is more than the {enrolled} enrolled.",
                        span=span,
                        ada=str(attending),
                        enrolled=str(enrolled),
                    ),
                )
        return self


def _count(year: YearKnown, grade: Grade) -> Decimal:
    return year.grades.get(grade, NOTHING)


def _enrolled(year: YearKnown, span: Span) -> Decimal:
    return sum((_count(year, grade) for grade in SPANS[span]), NOTHING)


class Rates(Given):
    """Attendance of a span, in per cent of enrollment; without low and high, both are the likely one."""

    likely: Annotated[Percentage, Field(ge=0, le=100)]
    low: Annotated[Percentage, Field(ge=0, le=100)] | None = None
    high: Annotated[Percentage, Field(ge=0, le=100)] | None = None


class EnrollmentInput(Given):
    """History, oldest first, and what is assumed about those who enter."""

    history: Annotated[tuple[YearKnown, ...], Field(min_length=2, max_length=20)]
    years: Annotated[int, Field(strict=True, ge=1, le=MOST_YEARS)] = 3
    survival_years: Annotated[int, Field(strict=True, ge=1, le=10)] = 5
    """How many of the last moves from year to year the survival rests on."""
    spread_factor: Annotated[Number, Field(le=5)] = Decimal(1)
    """Low and high stand this many standard deviations of past survival from the likely case."""
    births: dict[FiscalYear, Pupils] = Field(default_factory=dict)
    """Births behind the kindergarten of a year (five years before it), for years of history and to come."""
    intake: dict[FiscalYear, dict[Grade, Pupils]] = Field(default_factory=dict)
    """Kindergarten (K) or transitional kindergarten (TK) of a year to come, entered by the district."""
    attendance_rates: dict[Span, Rates] | None = None

    @field_validator("history", mode="after")
    @classmethod
    def _one_by_one(cls, history: tuple[YearKnown, ...]) -> tuple[YearKnown, ...]:
        require_in_order([year.fiscal_year for year in history], history[0].fiscal_year)
        return history

    @field_validator("intake", mode="after")
    @classmethod
    def _entry_grades(cls, intake: dict[str, dict[Grade, Decimal]]) -> dict[str, dict[Grade, Decimal]]:
        other = sorted({grade for grades in intake.values() for grade in grades} - set(ENTRY))
        if other:
            raise refused(
                "entry_grade",
                sentence("TK or K"),
                sentence(
                    "Enter only TK and K: {grades} follow from the grade below.", grades=", ".join(other)
                ),
            )
        return intake


class SurvivalTold(Told):
    """The share of a grade's pupils that stands in the next grade a year later."""

    grade: Grade
    next_grade: Grade
    percent: Percentage | None
    by_year: dict[FiscalYear, Percentage | None]


class CaseTold(Told):
    """Pupils and attendance of a year in one case; grades add to spans, spans to the total."""

    grades: dict[Grade, Pupils]
    spans: dict[Span, Pupils]
    total: Pupils
    ada: dict[Span, Pupils] | None
    ada_total: Pupils | None
    tk_ada: Pupils | None


class EnrollmentYear(Told):
    """One year to come, low, likely and high."""

    fiscal_year: FiscalYear
    low: CaseTold | None
    likely: CaseTold
    high: CaseTold | None
    intake_from: dict[Grade, Literal["entered", "births", "held level"]]


class BackTest(Told):
    """What the same method, a year earlier, would have said of the last known year."""

    fiscal_year: FiscalYear
    projected: Pupils
    actual: Pupils
    error_percent: Percentage | None


class Enrollment(Told):
    """Survival by grade, how widely it varied, and the years to come."""

    survival: tuple[SurvivalTold, ...]
    spread_percent: Percentage | None
    """Standard deviation of the survival of all grades together, in points; None with one move only."""
    births_percent: Percentage | None
    attendance_rates: dict[Span, dict[Case, Percentage]] | None
    years: tuple[EnrollmentYear, ...]
    back_test: BackTest | None


def survival(history: Sequence[YearKnown], window: int) -> dict[tuple[Grade, Grade], Decimal | None]:
    """Return each grade's survival as a ratio over the last `window` moves, pupils of all years pooled."""
    pairs = list(itertools.pairwise(history))[-window:]
    ratios: dict[tuple[Grade, Grade], Decimal | None] = {}
    for lower, upper in MOVES:
        entered = sum((_count(before, lower) for before, _ in pairs), NOTHING)
        came = sum((_count(after, upper) for _, after in pairs), NOTHING)
        ratios[lower, upper] = came / entered if entered else None
    return ratios


def _spread(history: Sequence[YearKnown], window: int) -> Decimal | None:
    """Return the sample standard deviation of all grades' survival together, as a ratio."""
    yearly = []
    for before, after in list(itertools.pairwise(history))[-window:]:
        entered = sum((_count(before, lower) for lower, _ in MOVES), NOTHING)
        if entered:
            yearly.append(sum((_count(after, upper) for _, upper in MOVES), NOTHING) / entered)
    if len(yearly) < 2:
        return None
    mean = sum(yearly, NOTHING) / len(yearly)
    variance = sum(((each - mean) ** 2 for each in yearly), NOTHING) / (len(yearly) - 1)
    return variance.sqrt()


def _births_ratio(given: EnrollmentInput, grade: Grade) -> Decimal | None:
    known = [year for year in given.history if given.births.get(year.fiscal_year)]
    known = known[-given.survival_years :]
    born = sum((given.births[year.fiscal_year] for year in known), NOTHING)
    return sum((_count(year, grade) for year in known), NOTHING) / born if born else None


def _births_of(given: EnrollmentInput, grade: Grade, at: str) -> Decimal | None:
    """Return the births behind a grade of a year: transitional kindergarten is next year's kindergarten."""
    return given.births.get(at if grade == "K" else next_year(at))


def _entering(
    given: EnrollmentInput, grade: Grade, at: str, before: Decimal
) -> tuple[Decimal, Literal["entered", "births", "held level"]]:
    entered = given.intake.get(at, {}).get(grade)
    if entered is not None:
        return entered, "entered"
    born = _births_of(given, grade, at)
    ratio = _births_ratio(given, "K") if grade == "K" else _tk_ratio(given)
    if born is not None and ratio is not None:
        return born * ratio, "births"
    return before, "held level"


def _tk_ratio(given: EnrollmentInput) -> Decimal | None:
    """Return transitional kindergarten over births, from the last year only: its ages widened every year."""
    last = given.history[-1]
    born = _births_of(given, "TK", last.fiscal_year)
    return _count(last, "TK") / born if born else None


def _roll(
    given: EnrollmentInput,
    ratios: Mapping[tuple[Grade, Grade], Decimal | None],
    factor: Decimal,
) -> list[dict[Grade, Decimal]]:
    """Return unrounded pupils by grade for each year to come; `factor` multiplies who comes through."""
    last = given.history[-1]
    now: dict[Grade, Decimal] = {grade: _count(last, grade) for grade in GRADES}
    rolled = []
    at = last.fiscal_year
    for _ in range(given.years):
        at = next_year(at)
        after: dict[Grade, Decimal] = {}
        for grade in ENTRY:
            pupils, source = _entering(given, grade, at, now[grade])
            after[grade] = pupils if source == "entered" else pupils * factor
        for lower, upper in MOVES:
            after[upper] = now[lower] * (ratios[lower, upper] or NOTHING) * factor
        if any(pupils > MOST_PUPILS for pupils in after.values()):
            raise InputFaultsError([_TOO_MANY])
        rolled.append(after)
        now = after
    return rolled


def _attendance(given: EnrollmentInput) -> dict[Span, dict[Case, Decimal]] | None:
    """Return attendance rates in per cent: entered, or the last known year's, with three years' range."""
    if given.attendance_rates is not None:
        return {
            span: {
                "low": rates.likely if rates.low is None else rates.low,
                "likely": rates.likely,
                "high": rates.likely if rates.high is None else rates.high,
            }
            for span, rates in given.attendance_rates.items()
        }
    known = [year for year in given.history if year.ada is not None][-3:]
    found: dict[Span, dict[Case, Decimal]] = {}
    for span in SPANS:
        rates = [
            rate
            for year in known
            if year.ada and span in year.ada
            if (rate := share(year.ada[span], _enrolled(year, span)))
        ]
        if rates:
            found[span] = {"low": min(rates), "likely": rates[-1], "high": max(rates)}
    return found or None


def _case(
    grades: Mapping[Grade, Decimal], rates: Mapping[Span, Mapping[Case, Decimal]] | None, case: Case
) -> CaseTold:
    whole = {grade: half_up(pupils) for grade, pupils in grades.items()}
    spans: dict[Span, Decimal] = {
        span: sum((whole[grade] for grade in members), NOTHING) for span, members in SPANS.items()
    }
    ada: dict[Span, Decimal] | None = None
    if rates is not None and all(span in rates for span, pupils in spans.items() if pupils):
        ada = {
            span: half_up(pupils * rates[span][case] / 100, ONE_CENT) if span in rates else NOTHING
            for span, pupils in spans.items()
        }
    return CaseTold(
        grades={grade: whole[grade] for grade in GRADES},
        spans=spans,
        total=sum(whole.values(), NOTHING),
        ada=ada,
        ada_total=None if ada is None else sum(ada.values(), NOTHING),
        tk_ada=half_up(whole["TK"] * rates["TK-3"][case] / 100, ONE_CENT)
        if ada is not None and rates is not None and "TK-3" in rates
        else None,
    )


def _back_test(given: EnrollmentInput) -> BackTest | None:
    if len(given.history) < 3:
        return None
    earlier = given.model_copy(update={"history": given.history[:-1], "years": 1, "intake": {}})
    rolled = _roll(earlier, survival(earlier.history, given.survival_years), Decimal(1))
    projected = sum((half_up(pupils) for pupils in rolled[0].values()), NOTHING)
    actual = sum((_count(given.history[-1], grade) for grade in GRADES), NOTHING)
    return BackTest(
        fiscal_year=given.history[-1].fiscal_year,
        projected=projected,
        actual=actual,
        error_percent=share(projected - actual, actual),
    )


def enrollment(given: EnrollmentInput) -> Enrollment:
    """Project pupils by grade and their attendance by span: low, likely and high.

    Args:
        given: census-day pupils by grade for at least two years in a row, births or entered intake for TK and
            K (else held at last year's), attendance rates in per cent (else what the history's ADA shows).

    Raises:
        InputFaultsError: if going on like the history would fill a grade with more pupils than the state has.

    Returns:
        Whole pupils by grade, rounded half up from unrounded cohorts, and ADA to two decimals. Low and high
        multiply every survival, year upon year, by one less or plus `spread_factor` standard deviations of
        past survival, and intake once; entered intake stays as entered. They are None where one move is all
        that is known.

    Source: the cohort survival method, as districts and the state's demographers use it; to be confirmed by
    the district, which knows of new housing and new schools.
    """
    ratios = survival(given.history, given.survival_years)
    spread = _spread(given.history, given.survival_years)
    rates = _attendance(given)
    rolled: dict[Case, list[dict[Grade, Decimal]]] = {"likely": _roll(given, ratios, Decimal(1))}
    if spread is not None:
        width = spread * given.spread_factor
        rolled["low"] = _roll(given, ratios, max(NOTHING, 1 - width))
        rolled["high"] = _roll(given, ratios, 1 + width)
    last = given.history[-1]
    pairs = list(itertools.pairwise(given.history))[-given.survival_years :]
    births = _births_ratio(given, "K")
    years = []
    for step in range(given.years):
        at = next_year(last.fiscal_year, step + 1)
        cases = {case: _case(rolled[case][step], rates, case) for case in rolled}
        years.append(
            EnrollmentYear(
                fiscal_year=at,
                low=cases.get("low"),
                likely=cases["likely"],
                high=cases.get("high"),
                intake_from={grade: _entering(given, grade, at, NOTHING)[1] for grade in ENTRY},
            )
        )
    return Enrollment(
        survival=tuple(
            SurvivalTold(
                grade=lower,
                next_grade=upper,
                percent=None if ratio is None else ratio * 100,
                by_year={
                    after.fiscal_year: share(_count(after, upper), _count(before, lower))
                    for before, after in pairs
                },
            )
            for (lower, upper), ratio in ratios.items()
        ),
        spread_percent=None if spread is None else spread * 100,
        births_percent=None if births is None else births * 100,
        attendance_rates=rates,
        years=tuple(years),
        back_test=_back_test(given),
    )


CALCULATION: Calculation[Any, Any] = Calculation(
    name="enrollment",
    title=sentence("Enrollment and attendance"),
    source="Cohort survival by grade; attendance as ADA over census-day enrollment (form 01CS, criterion 3)",
    given=EnrollmentInput,
    told=Enrollment,
    compute=enrollment,
)
