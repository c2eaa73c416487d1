"""What a scenario tells about itself so that its tripwires can be tested, and how one is told."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from workers.finance.amounts import Amount, Day
from workers.finance.calculation import NOTHING, FiscalYear, Given, Money, Pupils, Said, Share, Told
from workers.finance.reserve import Year as ReserveYear

Name = Annotated[str, Field(min_length=1, max_length=200)]


class SchoolClasses(Given):
    """One school's average class enrollment in kindergarten to grade 3."""

    school: Name
    average: Pupils
    agreed: Pupils | None = None
    """The average agreed with the teachers' representative instead of the state's, where there is one."""


class ClassSize(Given):
    """The condition of the K-3 grade-span adjustment."""

    fiscal_year: FiscalYear
    schools: Annotated[tuple[SchoolClasses, ...], Field(min_length=1, max_length=2000)]
    adjustment_amount: Amount = NOTHING
    """The district's whole K-3 grade-span adjustment of the year."""


class ClassroomCompensation(Given):
    """Salaries and benefits of classroom teachers and aides, of the current expense of education."""

    fiscal_year: FiscalYear
    district: Literal["elementary", "unified", "high_school"]
    prior_ada: Pupils | None = None
    classroom_compensation: Amount = NOTHING
    current_expense: Amount = NOTHING
    threshold_percent: Share | None = None
    """Where the district enters another minimum than that of the state's form."""
    exempted: bool = False
    """Whether the county superintendent has granted an exemption for the year."""


class Effort(Given):
    """Special education spending of the year that a method is compared with."""

    fiscal_year: FiscalYear
    amount: Amount
    pupils: Pupils | None = None


class Reduction(Given):
    """A reduction that 34 CFR 300.204 or 300.205 allows, in dollars of the method's own sources."""

    kind: Literal[
        "staff_departed",
        "fewer_pupils",
        "costly_program_ended",
        "long_term_purchase_ended",
        "high_cost_fund",
        "allocation_increase",
    ]
    amount: Amount


class SpecialEducationEffort(Given):
    """Maintenance of effort: any one of four methods that is met meets the standard."""

    fiscal_year: FiscalYear
    standard: Literal["eligibility", "compliance"]
    """Eligibility tests a budget, compliance the year's actual spending."""
    local: Amount | None = None
    state_and_local: Amount | None = None
    pupils: Pupils | None = None
    compare_local: Effort | None = None
    compare_state_and_local: Effort | None = None
    compare_local_per_pupil: Effort | None = None
    compare_state_and_local_per_pupil: Effort | None = None
    reductions: Annotated[tuple[Reduction, ...], Field(max_length=100)] = ()
    allocation: Amount = NOTHING
    prior_allocation: Amount = NOTHING


class RoutineMaintenance(Given):
    """The year's contribution to resource 8150."""

    fiscal_year: FiscalYear
    expenditures_and_uses: Amount = NOTHING
    excluded: Amount = NOTHING
    contribution: Money = NOTHING
    in_facility_program: bool = True
    """Whether the district has taken School Facility Program money within twenty years."""


class Proportionality(Given):
    """What the LCAP plans against what its grants require."""

    fiscal_year: FiscalYear
    base_grant: Amount = NOTHING
    supplemental_and_concentration: Amount = NOTHING
    carryover_percent: Share = NOTHING
    contributing_lcff: Amount = NOTHING
    improved_services_percent: Share = NOTHING


class Layoff(Given):
    """Positions that a scenario ends, and when their holders were or will be told."""

    name: Name
    fiscal_year: FiscalYear
    """The year for which the positions are no longer paid."""
    kind: Literal["certificated", "classified", "classified_specially_funded"]
    preliminary_notice: Day | None = None
    final_notice: Day | None = None
    last_day: Day | None = None
    """The last day of a specially funded position."""
    annual_cost: Amount = NOTHING


class ReserveCap(Given):
    """The local reserve cap; whether it is in force is a fact of the year."""

    fiscal_year: FiscalYear
    triggered: bool | None = None
    triggered_source: Name | None = None
    ada: Pupils | None = None
    basic_aid: bool = False
    exempted: bool = False
    """Whether the county superintendent has granted an exemption for the year."""
    assigned_and_unassigned: Money = NOTHING
    """Assigned and unassigned balances (9780, 9789, 9790) of fund 01 and fund 17."""
    expenditures_and_uses: Amount = NOTHING
    """Expenditures and uses of both funds."""


class SettlementYear(Given):
    """What an agreement costs in one year."""

    fiscal_year: FiscalYear
    cost: Money


class Settlement(Given):
    """An agreement with an employee organization that the board is to adopt."""

    name: Name
    adoption: Day
    disclosure: Day | None = None
    """The public meeting at which its costs are disclosed."""
    certified_by_superintendent: bool = False
    certified_by_business_official: bool = False
    years: Annotated[tuple[SettlementYear, ...], Field(max_length=30)] = ()
    budget_revision: Day | None = None
    """When the budget revision goes to the county superintendent, where one is needed."""
    revision_needed: bool = True


class TripwiresInput(Given):
    """A scenario's facts; only what is given is tested. `as_of` is the day on which it is looked at."""

    as_of: Day
    reserve: Annotated[tuple[ReserveYear, ...], Field(max_length=30)] = ()
    local_reserve_cap: tuple[ReserveCap, ...] = ()
    classroom_compensation: tuple[ClassroomCompensation, ...] = ()
    k3_class_size: tuple[ClassSize, ...] = ()
    special_education_effort: tuple[SpecialEducationEffort, ...] = ()
    routine_maintenance: tuple[RoutineMaintenance, ...] = ()
    proportionality: tuple[Proportionality, ...] = ()
    layoffs: Annotated[tuple[Layoff, ...], Field(max_length=1000)] = ()
    settlements: Annotated[tuple[Settlement, ...], Field(max_length=100)] = ()


State = Literal["clear", "tripped", "undecided", "not_applicable"]
Unit = Literal["dollars", "percent", "pupils", "days", "dollars_per_pupil"]


class Tripwire(Told):
    """One rule tested.

    `margin` is the room left in `unit`, below zero where the wire is tripped. `date` is the day that the rule
    looks at, `act_by` the last working day to act. `status` is `read` where the limit stands in a text that
    was read, `to_confirm` where it does but not for this year, `entered` where the district entered it.
    """

    rule: str
    subject: str | None = None
    name: Said
    rule_said: Said
    fiscal_year: str | None = None
    state: State
    date: dt.date
    act_by: dt.date | None = None
    number: str | None = None
    limit: str | None = None
    margin: str | None = None
    unit: Unit
    at_stake: Money | None = None
    message: Said
    way_out: tuple[Said, ...]
    source: str
    status: Literal["read", "to_confirm", "entered"]
    status_said: Said


class Tripwires(Told):
    """Every rule tested, the tripped ones first, then by date."""

    tripwires: tuple[Tripwire, ...]
    tripped: int
