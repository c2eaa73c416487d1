"""The Local Control Funding Formula (LCFF) of a school district, one year, as a calculation.

Source: Education Code 42238.02 (grants), 42238.03 (what is paid), 42238.05 (attendance), 42238.07 and the
LCAP template (proportionality); the state's funding exhibits for the order of the sources of money.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workers.analyses.result import Message, money, sentence, year
from workers.finance.calculation import (
    NOTHING,
    Calculation,
    Dollars,
    FiscalYear,
    Percentage,
    Said,
    Told,
    half_up,
)
from workers.finance.entitlement import (
    Funding,
    Grants,
    funding,
    grants,
    is_tied,
    proportionality,
    template_base,
)
from workers.finance.funded_ada import Funded, FundedAdaTold, told_of
from workers.finance.lcff_input import TK_FROM, LcffInput
from workers.finance.lcff_rates import LcffRates
from workers.finance.rates import Rate, rate
from workers.finance.spans import AdjustmentTold, BaseTold, with_total


class RateTold(Told):
    """A rate that was used: its value, where it comes from and how far it is settled."""

    name: str
    value: str
    status: str
    """enacted, projected, to_confirm, or entered by the caller."""
    source: Said
    dated: str | None


class FundingTold(Told):
    """Where the money comes from, in the order in which it meets the entitlement."""

    local_property_tax: Dollars
    epa: Dollars
    state_aid: Dollars
    additional_state_aid: Dollars
    """What minimum state aid adds to state aid."""
    total: Dollars
    excess_tax: Dollars
    """Property tax over the entitlement; part of the property tax above."""
    basic_aid: bool | None
    """Whether property tax exceeds the entitlement; null where no property tax was given."""
    epa_minimum: Dollars | None
    """The least EPA for the attendance, which a basic-aid district receives too; null without attendance."""
    status: str


class BaseFor(Told):
    """A base grant for the proportionality percentage, and the percentage."""

    base_grant: Dollars
    percentage: Percentage | None


class Proportionality(Told):
    """The minimum proportionality percentage by each base grant in use."""

    template: BaseFor
    """As the LCAP template words it: without the add-ons for TIIG and transportation."""
    with_add_ons: BaseFor
    """As districts print it too: the whole entitlement without supplemental and concentration grants."""
    entered: BaseFor | None
    left_out: tuple[str, ...]
    """Add-ons that the template's base grant leaves out, known by their names."""


class Note(Told):
    """Something that a reader of the figures has to know."""

    code: str
    message: Said


class LcffTold(Told):
    """The formula's result in whole dollars; the parts add to the whole."""

    fiscal_year: FiscalYear
    base: BaseTold | None
    """By span; null where only an adjusted base grant was given."""
    grade_span_adjustment: AdjustmentTold | None
    adjusted_base: Dollars
    supplemental: Dollars
    concentration: Dollars
    necessary_small_schools: Dollars
    tk_add_on: Dollars
    add_ons: dict[str, Dollars]
    """By name, and their `total`; the TK add-on and necessary small schools stand apart."""
    entitlement: Dollars
    minimum_proportionality_percentage: Percentage | None
    """By the base grant that was entered, else by the template's."""
    unduplicated_percentage: Percentage
    funded_ada: FundedAdaTold | None
    funding: FundingTold
    proportionality: Proportionality
    rates: tuple[RateTold, ...]
    notes: tuple[Note, ...]


def lcff(given: LcffInput) -> LcffTold:
    """Return the entitlement of a school district, what it is made of and who pays it."""
    rates, funded = given.lcff_rates(), given.funded()
    granted = granted_to(given, rates, funded)
    paid = funding(
        granted.entitlement, given.local_property_tax or NOTHING, given.epa, given.minimum_state_aid
    )
    return LcffTold(**parts(given, rates, funded, granted, paid))


def granted_to(given: LcffInput, rates: LcffRates, funded: Funded | None) -> Grants:
    """Return the grants of an input under rates."""
    return grants(
        rates,
        given.unduplicated(),
        ada=funded.spans if funded else None,
        adjusted_base=given.adjusted_base_grant,
        necessary_small_schools=given.necessary_small_schools,
        tk_ada=given.tk_ada,
        add_ons=given.add_ons,
    )


def parts(
    given: LcffInput, rates: LcffRates, funded: Funded | None, granted: Grants, paid: Funding
) -> dict[str, Any]:
    """Return the fields of an answer."""
    shares = _proportionality(given, granted)
    used = tuple(_rates(rates, granted, given.tk_ada))
    return {
        "fiscal_year": given.fiscal_year,
        "base": None if granted.base is None else BaseTold(**with_total(granted.base)),
        "grade_span_adjustment": None
        if granted.adjustment is None
        else AdjustmentTold(**with_total(granted.adjustment)),
        "adjusted_base": granted.adjusted_base,
        "supplemental": granted.supplemental,
        "concentration": granted.concentration,
        "necessary_small_schools": granted.necessary_small_schools,
        "tk_add_on": granted.tk_add_on,
        "add_ons": {**granted.add_ons, "total": granted.added},
        "entitlement": granted.entitlement,
        "minimum_proportionality_percentage": (shares.entered or shares.template).percentage,
        "unduplicated_percentage": given.unduplicated(),
        "funded_ada": told_of(funded) if funded else None,
        "funding": _funding(given, funded, paid),
        "proportionality": shares,
        "rates": used,
        "notes": tuple(_notes(given, funded, granted, paid, used)),
    }


def _proportionality(given: LcffInput, granted: Grants) -> Proportionality:
    def base_for(amount: Decimal) -> BaseFor:
        return BaseFor(base_grant=amount, percentage=proportionality(granted, amount))

    entered = given.lcap_base_grant
    return Proportionality(
        template=base_for(template_base(granted)),
        with_add_ons=base_for(granted.entitlement - granted.for_pupils),
        entered=None if entered is None else base_for(entered),
        left_out=tuple(name for name in granted.add_ons if is_tied(name)),
    )


def _funding(given: LcffInput, funded: Funded | None, paid: Funding) -> FundingTold:
    least = None
    if funded is not None:
        least = half_up(funded.total * rate("epa_minimum", given.fiscal_year).number)
    return FundingTold(
        local_property_tax=paid.local_property_tax,
        epa=paid.epa,
        state_aid=paid.state_aid,
        additional_state_aid=paid.additional_state_aid,
        total=paid.total,
        excess_tax=paid.excess_tax,
        basic_aid=None if given.local_property_tax is None else paid.basic_aid,
        epa_minimum=least,
        status="to_confirm",
    )


def _rates(rates: LcffRates, granted: Grants, tk_ada: Decimal) -> list[RateTold]:
    named: list[tuple[str, Rate]] = []
    if granted.base is not None:
        named += [(f"base/{span}", each) for span, each in rates.base.items()]
        named += [(f"grade_span_adjustment/{span}", each) for span, each in rates.adjustment.items()]
    named += [
        ("supplemental_percent", rates.supplemental),
        ("concentration_percent", rates.concentration),
        ("concentration_threshold_percent", rates.threshold),
    ]
    if rates.tk_add_on is not None and tk_ada:
        named.append(("tk_add_on", rates.tk_add_on))
    return [
        RateTold(name=name, value=each.value, status=each.status, source=each.source, dated=each.dated)
        for name, each in named
    ]


def _notes(
    given: LcffInput, funded: Funded | None, granted: Grants, paid: Funding, used: tuple[RateTold, ...]
) -> list[Note]:
    notes: list[tuple[str, Message]] = []
    at = year(given.fiscal_year)
    if any(each.status == "projected" for each in used):
        notes.append(
            ("projected_rates", sentence("The rates of {year} are projections, not enacted yet.", year=at))
        )
    elif any(each.status == "to_confirm" for each in used):
        notes.append(
            ("rates_to_confirm", sentence("Some rates of {year} are to be confirmed; see each one.", year=at))
        )
    if given.tk_ada and given.fiscal_year < TK_FROM and not granted.tk_add_on:
        notes.append(
            (
                "no_tk_add_on",
                sentence("The add-on for transitional kindergarten began in {year}.", year=year(TK_FROM)),
            )
        )
    if funded is not None and funded.missing:
        notes.append(
            (
                "attendance_not_given",
                sentence(
                    "The rule also looks at the attendance of {years}, which was not given.",
                    years=", ".join(funded.missing),
                ),
            )
        )
    if given.local_property_tax is None:
        notes.append(
            (
                "property_tax_not_given",
                sentence("No local property tax was given: whether the district is basic aid is not known."),
            )
        )
    elif paid.basic_aid:
        notes.append(
            (
                "basic_aid",
                sentence(
                    "Local property tax exceeds the entitlement by {amount}: more attendance or more "
                    "unduplicated pupils bring no revenue until the entitlement has passed the tax.",
                    amount=money(int(paid.excess_tax * 100), "dollars"),
                ),
            )
        )
    if paid.additional_state_aid:
        notes.append(
            (
                "minimum_state_aid",
                sentence(
                    "Minimum state aid adds {amount}: a greater entitlement first uses that up.",
                    amount=money(int(paid.additional_state_aid * 100), "dollars"),
                ),
            )
        )
    return [Note(code=code, message=said) for code, said in notes]


CALCULATION = Calculation(
    name="lcff",
    title=sentence("Local Control Funding Formula (LCFF)"),
    source="Education Code 42238.02, 42238.03, 42238.05 and 42238.07",
    given=LcffInput,
    told=LcffTold,
    compute=lcff,
)
