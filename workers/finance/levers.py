"""What levers on revenue share: a district's revenue from the formula, and why one may bring nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from workers.analyses.result import Message, money, sentence
from workers.finance.amounts import Amount
from workers.finance.calculation import NOTHING, FiscalYear, Given, Said, Told
from workers.finance.entitlement import Funding, Grants, funding
from workers.finance.lcff_input import AddOns, RatesGiven, with_given
from workers.finance.lcff_rates import LcffRates

MOST_YEARS_AHEAD = 10


class Reason(Told):
    """Why a lever brings nothing, less or later, by a code for programs and in words for people."""

    code: str
    message: Said


class Lever(Given):
    """What every lever on the formula takes: the year and what the rest of the district's funding is."""

    fiscal_year: FiscalYear
    """The first year in which the lever works; its rates are used for every year."""
    necessary_small_schools: Amount = NOTHING
    add_ons: AddOns = Field(default_factory=dict)
    local_property_tax: Amount | None = None
    """Tells a basic-aid district, which gains nothing; null where it is not known."""
    minimum_state_aid: Amount = NOTHING
    rates: RatesGiven | None = None
    years_ahead: Annotated[int, Field(ge=0, le=MOST_YEARS_AHEAD)] = 3
    """How many years after the first are shown."""

    def rates_of_the_year(self, *, for_each_ada: bool) -> LcffRates:
        """Return the rates of the first year with those that replace them."""
        return with_given(self.fiscal_year, self.rates or RatesGiven(), for_each_ada=for_each_ada)

    def paid(self, granted: Grants) -> Funding:
        """Return who pays grants; EPA only lowers state aid and is left out."""
        return funding(
            granted.entitlement, self.local_property_tax or NOTHING, NOTHING, self.minimum_state_aid
        )


def in_dollars(amount: Decimal) -> Message:
    """Return an amount in dollars as a value of a sentence."""
    return money(int(amount * 100), "dollars")


def held_back(given: Lever, before: Funding, after: Funding) -> list[Reason]:
    """Return why a greater entitlement brings less than it grows by, from who pays before and after it."""
    reasons = []
    if given.local_property_tax is None:
        reasons.append(
            Reason(
                code="property_tax_not_given",
                message=sentence(
                    "No local property tax was given. If the district is basic aid, this brings nothing."
                ),
            )
        )
    if after.basic_aid:
        reasons.append(
            Reason(
                code="basic_aid",
                message=sentence(
                    "The district is basic aid: local property tax exceeds the entitlement by {amount} even "
                    "then, so a greater entitlement brings nothing.",
                    amount=in_dollars(after.excess_tax),
                ),
            )
        )
    elif before.basic_aid:
        reasons.append(
            Reason(
                code="leaves_basic_aid",
                message=sentence(
                    "The first {amount} of the gain only reach local property tax and bring nothing.",
                    amount=in_dollars(before.excess_tax),
                ),
            )
        )
    if before.additional_state_aid:
        reasons.append(
            Reason(
                code="minimum_state_aid",
                message=sentence(
                    "The first {amount} of the gain only replace minimum state aid and bring nothing.",
                    amount=in_dollars(before.additional_state_aid),
                ),
            )
        )
    return reasons
