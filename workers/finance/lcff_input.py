"""What calculations of the Local Control Funding Formula take in, and faults that no field shows alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from workers.analyses.result import Message, sentence
from workers.finance.amounts import Amount
from workers.finance.calculation import (
    NOTHING,
    Fault,
    FiscalYear,
    Given,
    Money,
    Pupils,
    Share,
    is_fiscal_year,
    refused,
)
from workers.finance.funded_ada import AdaByYear, EnrollmentByYear, Funded, funded_ada, year_is_given
from workers.finance.lcff_rates import (
    ADJUSTED_SPANS,
    FIRST_YEAR,
    SPANS,
    LcffRates,
    UnknownRatesError,
    adjustment_of,
    last_year,
    lcff_rates,
    percentages_only,
)
from workers.finance.rates import Rate, Rates, rate
from workers.finance.rates.sources import SOURCES
from workers.finance.spans import AdjustmentRates, SpanPupils, SpanRates
from workers.finance.unduplicated import CountsByYear, counts_are_whole, formula_has_begun, rolling
from workers.finance.wording import found_of

MOST_ADD_ONS = 50
BASES = ("ada", "ada_by_year", "adjusted_base_grant")
TK_FROM = "2022-23"
"""The add-on for transitional kindergarten began in this year."""

AGENCIES: dict[str, Message] = {
    "charter": sentence(
        "The rules for charter schools are not in yet: they are funded on current attendance alone, and "
        "their concentration grant is capped. Nothing is computed for them."
    ),
    "county_office": sentence(
        "The rules for county offices of education are not in yet: they have a formula of their own. Nothing "
        "is computed for them."
    ),
}


def _district(value: str) -> str:
    if value in AGENCIES:
        raise refused("agency", sentence("district"), AGENCIES[value])
    return value


class RatesGiven(Given):
    """Rates that replace the year's own; what is null or left out stays."""

    base: SpanRates | None = None
    """Base grant for each ADA, without the grade-span adjustment."""
    grade_span_adjustment: AdjustmentRates | None = None
    """For each ADA; of a base rate that is given, 10.4 % and 2.6 % where it is left out."""
    supplemental_percent: Share | None = None
    concentration_percent: Share | None = None
    concentration_threshold_percent: Share | None = None
    tk_add_on: Amount | None = None
    """For each ADA in transitional kindergarten."""


Name = Annotated[str, Field(min_length=1, max_length=80)]
AddOns = Annotated[dict[Name, Money], Field(max_length=MOST_ADD_ONS)]


class LcffInput(Given):
    """A school district's year; one of `ada`, `ada_by_year`, `adjusted_base_grant` says what is paid for."""

    fiscal_year: FiscalYear
    agency: Annotated[Literal["district", "charter", "county_office"], AfterValidator(_district)] = "district"
    ada: SpanPupils | None = None
    """Funded attendance by span, taken as it is."""
    ada_by_year: AdaByYear | None = None
    """Attendance of this year and of three before it; the year's rule finds the funded one."""
    enrollment_by_year: EnrollmentByYear = Field(default_factory=dict)
    """For the yield of 2021-22: the enrollment of 2019-20 and 2021-22."""
    adjusted_base_grant: Amount | None = None
    """Base grant with grade-span adjustments; needs no rates for each ADA."""
    tk_ada: Pupils = NOTHING
    """Current-year attendance in transitional kindergarten, which is part of TK-3 too."""
    unduplicated_percentage: Share | None = None
    unduplicated_by_year: CountsByYear | None = None
    """In place of the percentage: the counts of this year and of the two before it."""
    necessary_small_schools: Amount = NOTHING
    """Allowance as the state computed it; the attendance of these schools is not part of `ada`."""
    add_ons: AddOns = Field(default_factory=dict)
    """By name; `tiig` and `transportation` in a name keep it out of the LCAP's base grant."""
    local_property_tax: Amount | None = None
    epa: Amount = NOTHING
    minimum_state_aid: Amount = NOTHING
    """The floor of state aid as the state computed it."""
    lcap_base_grant: Amount | None = None
    """The base grant that the district's LCAP prints, for the proportionality percentage."""
    rates: RatesGiven | None = None

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Refuse what fields do not show alone: none or two of one thing, years without rates."""
        return (
            *formula_has_begun(document),
            *one_of(document, BASES),
            *one_of(document, ("unduplicated_percentage", "unduplicated_by_year")),
            *year_is_given(document),
            *counts_are_whole(document),
            *rates_reach(document),
            *_names_are_free(document),
        )

    def unduplicated(self) -> Decimal:
        """Return the unduplicated percentage, given or from the counts."""
        if self.unduplicated_by_year is not None:
            return rolling(self.fiscal_year, self.unduplicated_by_year)
        return self.unduplicated_percentage or NOTHING

    def funded(self) -> Funded | None:
        """Return the attendance that is paid for; None where an adjusted base grant was given."""
        if self.ada_by_year is not None:
            by_year = {at: spans.by_span() for at, spans in self.ada_by_year.items()}
            return funded_ada(self.fiscal_year, by_year, self.enrollment_by_year)
        if self.ada is None:
            return None
        spans = self.ada.by_span()
        return Funded(self.fiscal_year, "given", spans, {"given": sum(spans.values(), NOTHING)})

    def lcff_rates(self, known: Rates | None = None) -> LcffRates:
        """Return the rates of the year, as of `known`, with those that replace them."""
        needed = self.adjusted_base_grant is None
        return with_given(self.fiscal_year, self.rates or RatesGiven(), for_each_ada=needed, known=known)


def _entered(value: Decimal) -> Rate:
    return Rate(format(value, "f"), "entered", SOURCES["entered"])


def with_given(
    fiscal_year: str, given: RatesGiven, *, for_each_ada: bool, known: Rates | None = None
) -> LcffRates:
    """Return the rates of a year with those that replace them.

    Args:
        fiscal_year: the year.
        given: what replaces its rates.
        for_each_ada: whether base rates are needed.
        known: the rates that count; those in force today without it.

    Raises:
        UnknownRatesError: if base rates are needed, the year has none and not all are given.
    """
    own = given.base.by_span() if given.base else {}
    try:
        rates = lcff_rates(fiscal_year, known)
    except UnknownRatesError:
        if for_each_ada and not set(SPANS) <= set(own):
            raise
        rates = percentages_only(fiscal_year, known)
    base = {**rates.base, **{span: _entered(value) for span, value in own.items()}}
    adjustment = dict(rates.adjustment)
    for span in ADJUSTED_SPANS:
        if span in own:
            percentage = rate(f"lcff_adjustment_percent/{span}", fiscal_year).number
            adjustment[span] = _entered(adjustment_of(own[span], percentage))
    if given.grade_span_adjustment is not None:
        entered = given.grade_span_adjustment.by_span()
        adjustment |= {span: _entered(value) for span, value in entered.items()}
    replaced: dict[str, Any] = {
        name: _entered(value)
        for name, value in (
            ("supplemental", given.supplemental_percent),
            ("concentration", given.concentration_percent),
            ("threshold", given.concentration_threshold_percent),
            ("tk_add_on", given.tk_add_on),
        )
        if value is not None
    }
    return replace(rates, base=base, adjustment=adjustment, **replaced)


def _given(document: Mapping[str, Any], name: str) -> bool:
    return document.get(name) is not None


def _above_zero(value: Any) -> bool:
    try:
        return Decimal(str(value)) > 0
    except ArithmeticError:
        return False


def one_of(document: Mapping[str, Any], names: tuple[str, ...]) -> Iterable[Fault]:
    """Return the faults of a document that gives none or several of names that say the same thing."""
    found = [name for name in names if _given(document, name)]
    choices = sentence("one of {choices}", choices=", ".join(names))
    if not found:
        yield Fault(names[0], None, choices, sentence("Give {choices}.", choices=choices))
    for name in found[1:]:
        yield Fault(
            name,
            found_of(document[name]),
            choices,
            sentence(
                "{first} and {second} say the same thing. Give one of them.", first=found[0], second=name
            ),
        )


def rates_reach(document: Mapping[str, Any]) -> Iterable[Fault]:
    """Refuse a year that neither published nor forecast rates reach, unless they are given."""
    at = document.get("fiscal_year")
    if not is_fiscal_year(at) or not str(at) >= FIRST_YEAR:
        return
    last = last_year()
    own = document.get("rates")
    own = own if isinstance(own, Mapping) else {}
    base = own.get("base")
    base = base if isinstance(base, Mapping) else {}
    beyond = str(at) > last
    if (
        beyond
        and not _given(document, "adjusted_base_grant")
        and not all(_given(base, span) for span in SPANS)
    ):
        yield Fault(
            "fiscal_year",
            at,
            sentence("a fiscal year from {first} to {last}", first=FIRST_YEAR, last=last),
            sentence(
                "No rates are known for {year}. Give them under rates.base, or give adjusted_base_grant.",
                year=str(at),
            ),
        )
    if beyond and _above_zero(document.get("tk_ada")) and not _given(own, "tk_add_on"):
        yield Fault(
            "tk_ada",
            document["tk_ada"],
            sentence("attendance of a year whose TK rate is known"),
            sentence("No TK add-on is known for {year}. Give it as rates.tk_add_on.", year=str(at)),
        )


def _names_are_free(document: Mapping[str, Any]) -> Iterable[Fault]:
    add_ons = document.get("add_ons")
    if isinstance(add_ons, Mapping) and "total" in add_ons:
        yield Fault(
            "add_ons.total",
            add_ons["total"],
            sentence("another name"),
            sentence("The answer adds the add-ons under total. Give the add-on another name."),
        )
