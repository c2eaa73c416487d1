"""What goes into the multi-year projection and what comes out of it, line by line as form MYP has them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from workers.analyses.ledger import next_year
from workers.analyses.result import sentence
from workers.finance.amounts import Growth
from workers.finance.calculation import (
    NOTHING,
    FiscalYear,
    Given,
    Money,
    Percentage,
    Pupils,
    Said,
    Told,
    refused,
)
from workers.finance.years import require_in_order

MOST_YEARS = 10


class Amounts(Given):
    """A segment's lines in one year, in dollars; a line that is not given is zero."""

    lcff: Money = NOTHING
    federal: Money = NOTHING
    other_state: Money = NOTHING
    other_local: Money = NOTHING
    transfers_in: Money = NOTHING
    other_sources: Money = NOTHING
    contributions: Money = NOTHING
    certificated: Money = NOTHING
    classified: Money = NOTHING
    benefits: Money = NOTHING
    books_and_supplies: Money = NOTHING
    services: Money = NOTHING
    capital_outlay: Money = NOTHING
    other_outgo: Money = NOTHING
    indirect_costs: Money = NOTHING
    transfers_out: Money = NOTHING
    other_uses: Money = NOTHING
    other_adjustments: Money = NOTHING


class Change(Given):
    """How a line moves into a year; nothing given holds it level.

    `amount` states the year's amount outright and then stands alone but for `one_time`, which says how much
    of it will not come again. Otherwise: what goes on from last year, grown by `growth_percent` or by
    `growth` in dollars, plus `adjustment` (which goes on) plus `one_time` (which does not).
    """

    amount: Money | None = None
    growth_percent: Growth = NOTHING
    growth: Money | None = None
    adjustment: Money = NOTHING
    one_time: Money = NOTHING

    @model_validator(mode="after")
    def _stands_alone(self) -> Change:
        grows = bool(self.growth_percent) + (self.growth is not None)
        if grows > 1 or (self.amount is not None and (grows or self.adjustment)):
            raise refused(
                "amount_and_growth",
                sentence("an amount, or growth_percent or growth, and adjustment"),
                sentence("Say one way how the line moves: the year's amount, or how it grows."),
            )
        return self


class SalaryChange(Given):
    """How salaries move into a year, in the four parts of lines B1 and B2.

    Step and column and COLA are per cents, or amounts where the form's were entered as such.
    """

    step_and_column_percent: Growth = NOTHING
    step_and_column: Money | None = None
    cola_percent: Growth = NOTHING
    cola: Money | None = None
    other_adjustments: Money = NOTHING
    one_time: Money = NOTHING

    @model_validator(mode="after")
    def _one_way(self) -> SalaryChange:
        for percentage, amount, name in (
            (self.step_and_column_percent, self.step_and_column, "step_and_column"),
            (self.cola_percent, self.cola, "cola"),
        ):
            if percentage and amount is not None:
                raise refused(
                    "percent_and_amount",
                    sentence("{name}_percent or {name}", name=name),
                    sentence("Give {name} as a percentage or as an amount, not as both.", name=name),
                )
        return self


class Changes(Given):
    """How a segment's lines move into one year."""

    lcff: Change = Change()
    federal: Change = Change()
    other_state: Change = Change()
    other_local: Change = Change()
    transfers_in: Change = Change()
    other_sources: Change = Change()
    contributions: Change = Change()
    certificated: SalaryChange = SalaryChange()
    classified: SalaryChange = SalaryChange()
    benefits: Change = Change()
    books_and_supplies: Change = Change()
    services: Change = Change()
    capital_outlay: Change = Change()
    other_outgo: Change = Change()
    indirect_costs: Change = Change()
    transfers_out: Change = Change()
    other_uses: Change = Change()
    other_adjustments: Change = Change()


class Components(Given):
    """Lines D3 and E of a year, in dollars, as far as someone decides them; the rest is what remains.

    Unassigned (9790) is what the unrestricted ending balance leaves; legally restricted (9740) is what the
    restricted one leaves. Negative ending balances of restricted resources are given below zero; where they
    are not given, a restricted ending balance below zero is one.
    """

    nonspendable: Money = NOTHING
    stabilization: Money = NOTHING
    committed: Money = NOTHING
    assigned: Money = NOTHING
    reserve_for_economic_uncertainties: Money = NOTHING
    nonspendable_restricted: Money = NOTHING
    negative_restricted_balances: Annotated[Money, Field(le=0)] | None = None
    special_reserve_stabilization: Money = NOTHING
    special_reserve_for_economic_uncertainties: Money = NOTHING
    special_reserve_unassigned: Money = NOTHING


class Balances(Given):
    """Beginning balances of the base year with audit adjustments and restatements (line D1)."""

    unrestricted: Money = NOTHING
    restricted: Money = NOTHING


class BaseYear(Given):
    """The year that is projected on: a budget, an interim's projected totals, or actuals."""

    fiscal_year: FiscalYear
    ada: Pupils | None = None
    unrestricted: Amounts = Amounts()
    restricted: Amounts = Amounts()
    unrestricted_one_time: Amounts = Amounts()
    restricted_one_time: Amounts = Amounts()
    beginning_balance: Balances = Balances()
    components: Components = Components()
    pass_through_excluded: Money = NOTHING
    """Special education pass-through that a SELPA's administrative unit leaves out of the reserve's base."""
    year_end_cash: Money | None = None


class YearGiven(Given):
    """What happens in one projected year."""

    fiscal_year: FiscalYear
    ada: Pupils | None = None
    unrestricted: Changes = Changes()
    restricted: Changes = Changes()
    components: Components | None = None
    """Not given: last year's amounts are held."""
    pass_through_excluded: Money = NOTHING
    year_end_cash: Money | None = None


class MultiYearInput(Given):
    """A base year and the years after it, in order."""

    base: BaseYear
    years: Annotated[tuple[YearGiven, ...], Field(min_length=1, max_length=MOST_YEARS)]
    round_to: Literal["cent", "dollar"] = "cent"

    @field_validator("years", mode="after")
    @classmethod
    def _in_order(cls, years: tuple[YearGiven, ...], info: ValidationInfo) -> tuple[YearGiven, ...]:
        base = info.data.get("base")
        first = next_year(base.fiscal_year) if base else years[0].fiscal_year
        require_in_order([year.fiscal_year for year in years], first)
        return years


class LineTold(Told):
    """A line: base + one-time ended + step and column + growth + COLA + adjustment + one-time = total.

    `base` is last year's total, as the form has it; `one_time_ended` takes out what of it does not go on.
    """

    base: Money
    one_time_ended: Money
    step_and_column: Money
    growth: Money
    cola: Money
    adjustment: Money
    one_time: Money
    total: Money


class Parts(Told):
    """What goes on apart from what comes once: revenue and sources, expenditures and uses, and the net."""

    revenue: Money
    expenditures: Money
    net: Money


class SegmentTold(Told):
    """Parts A to D of the form for unrestricted, restricted or combined money."""

    revenue: dict[str, LineTold]
    revenue_total: Money
    expenditures: dict[str, LineTold]
    salaries_and_benefits: Money
    expenditures_total: Money
    net: Money
    beginning_balance: Money
    ending_balance: Money
    components: dict[str, Money]
    ongoing: Parts
    one_time: Parts


class ReserveTold(Told):
    """Parts E and F: available reserves, and the reserve recommended for a district of this size."""

    stabilization: Money
    reserve_for_economic_uncertainties: Money
    unassigned: Money
    negative_restricted_balances: Money
    special_reserve_stabilization: Money
    special_reserve_for_economic_uncertainties: Money
    special_reserve_unassigned: Money
    available_amount: Money
    expenditures_and_uses: Money
    available_percent: Percentage | None
    standard_percent: Percentage | None
    standard_by_percent: Money | None
    standard_by_amount: Money | None
    standard_amount: Money | None
    standard_status: str | None
    met: bool | None
    margin: Money | None


class YearTold(Told):
    """One year of the form."""

    fiscal_year: FiscalYear
    ada: Pupils | None
    unrestricted: SegmentTold
    restricted: SegmentTold
    combined: SegmentTold
    reserve: ReserveTold
    spendable_balance: Money
    """What could pay an unforeseen bill: the unrestricted ending balance less nonspendable, less negative
    restricted balances, plus fund 17's reserves."""


class Reason(Told):
    """Why a certification is what it is."""

    code: str
    fiscal_year: FiscalYear
    amount: Money | None
    message: Said


class MultiYear(Told):
    """The base year and the projected years, and the certification that their figures suggest."""

    years: tuple[YearTold, ...]
    certification: Literal["positive", "qualified", "negative"] | None
    certification_status: Literal["to_confirm"]
    reasons: tuple[Reason, ...]
    findings: tuple[Reason, ...]
