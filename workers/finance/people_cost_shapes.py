"""What goes into the cost of people and what comes out of it: positions, who pays for them, and the years."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from workers.analyses.ledger import next_year
from workers.analyses.result import sentence
from workers.finance.amounts import Amount, Growth
from workers.finance.calculation import (
    NOTHING,
    FiscalYear,
    Given,
    Money,
    Number,
    Percentage,
    Said,
    Share,
    Told,
    refused,
)
from workers.finance.years import require_in_order

MemberClass = Literal["strs", "pers", "social_security", "alternative"]
"""Retirement membership, which decides the employer's rates: CalSTRS; CalPERS with Social Security; Social
Security alone; or a local alternative plan in place of it."""
Group = Literal["certificated", "classified"]
GROUPS: tuple[Group, ...] = get_args(Group)
Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Part = Annotated[Number, Field(gt=0, le=1)]
Fte = Annotated[Number, Field(gt=0, le=1000)]
MOST_POSITIONS = 50_000
ONE = Decimal(1)


class Funding(Given):
    """A resource that pays a share of a position."""

    resource: Code
    share: Part


class Schedule(Given):
    """A salary schedule: full-time annual salaries by column, from the first step up."""

    columns: dict[Name, Annotated[tuple[Amount, ...], Field(min_length=1, max_length=60)]]


class Position(Given):
    """A position: who it is for, what it pays, and from what.

    Either `salary` (full-time, annual), or schedule, column and step (counted from one).
    """

    id: Name
    group: Group
    member_class: MemberClass
    fte: Fte = ONE
    salary: Amount | None = None
    schedule: Name | None = None
    column: Name | None = None
    step: Annotated[int, Field(strict=True, ge=1, le=60)] | None = None
    health_per_fte: Amount | None = None
    """None: the district's amount for everyone."""
    health_eligible: Annotated[bool, Field(strict=True)] = True
    vacant: Annotated[bool, Field(strict=True)] = False
    filled_share_of_year: Annotated[Number, Field(le=1)] = NOTHING
    """For a vacancy: the share of the year that it will be filled after all."""
    funding: Annotated[tuple[Funding, ...], Field(min_length=1, max_length=30)]

    @field_validator("funding", mode="after")
    @classmethod
    def _adds_to_one(cls, funding: tuple[Funding, ...]) -> tuple[Funding, ...]:
        total = sum((part.share for part in funding), NOTHING)
        if total != 1:
            raise refused(
                "funding",
                sentence("shares that add to 1"),
                sentence(
                    "Give shares that add to one for what pays a position, not to {total}.", total=str(total)
                ),
            )
        if len({part.resource for part in funding}) < len(funding):
            raise refused(
                "funding",
                sentence("each resource once"),
                sentence("Name each resource that pays a position once."),
            )
        return funding

    @model_validator(mode="after")
    def _paid_one_way(self) -> Position:
        placed = [each is not None for each in (self.schedule, self.column, self.step)]
        if (self.salary is None) == (not any(placed)) or any(placed) != all(placed):
            raise refused(
                "salary",
                sentence("salary; or schedule, column and step"),
                sentence("Give a position's salary, or its schedule, column and step."),
            )
        return self


class RatesGiven(Given):
    """The district's own rates in per cent of pay; those not given are the state's of the year."""

    strs: Share | None = None
    pers: Share | None = None
    oasdi: Share | None = None
    medicare: Share | None = None
    unemployment_insurance: Share | None = None
    workers_compensation: Share | None = None
    """Local always: an insurer or pool sets it. Without one, none is counted."""
    alternative_plan: Share | None = None
    oasdi_wage_ceiling: Amount | None = None
    """Yearly pay of one full-time position above which OASDI is not due; None takes it on all pay."""


class Leaving(Given):
    """Expected leaving of a group: who leaves, and what who comes after them is paid."""

    group: Group
    percent: Share
    """Of filled positions' full-time equivalents that leave before the year begins and are replaced."""
    replacement_salary: Amount
    """Full-time annual salary of a newcomer."""


class PeopleYear(Given):
    """What happens in one year after the first."""

    fiscal_year: FiscalYear
    step_and_column_percent: dict[Group, Growth] = Field(default_factory=dict)
    """For positions with a salary; those on a schedule move one step up until its last."""
    cola_percent: dict[Group, Growth] = Field(default_factory=dict)
    """Of the salary after step and column; it moves schedules and newcomers' salaries too."""
    health_growth_percent: Growth = NOTHING
    rates: RatesGiven | None = None
    """None: the first year's own rates go on, the state's follow the year."""


class PeopleCostInput(Given):
    """Positions of a year, and what moves their cost in the years after."""

    fiscal_year: FiscalYear
    positions: Annotated[tuple[Position, ...], Field(min_length=1, max_length=MOST_POSITIONS)]
    schedules: dict[Name, Schedule] = Field(default_factory=dict)
    health_and_welfare_per_fte: Amount = NOTHING
    rates: RatesGiven = RatesGiven()
    leaving: tuple[Leaving, ...] = ()
    years: Annotated[tuple[PeopleYear, ...], Field(max_length=10)] = ()

    @field_validator("positions", mode="after")
    @classmethod
    def _each_once(cls, positions: tuple[Position, ...]) -> tuple[Position, ...]:
        times = Counter(each.id for each in positions)
        twice = sorted(name for name, count in times.items() if count > 1)
        if twice:
            raise refused(
                "positions",
                sentence("each id once"),
                sentence(
                    "Give each position once; these stand more often: {twice}.", twice=", ".join(twice[:10])
                ),
            )
        return positions

    @field_validator("years", mode="after")
    @classmethod
    def _in_order(cls, years: tuple[PeopleYear, ...], info: ValidationInfo) -> tuple[PeopleYear, ...]:
        first = info.data.get("fiscal_year")
        if years and first:
            require_in_order([year.fiscal_year for year in years], next_year(first))
        return years


class CostTold(Told):
    """What people cost, by kind; the parts add to the total."""

    fte: Number
    salaries: Money
    strs: Money
    pers: Money
    oasdi: Money
    medicare: Money
    unemployment_insurance: Money
    workers_compensation: Money
    alternative_plan: Money
    health_and_welfare: Money
    total: Money


class OnePercent(Told):
    """What one per cent on salaries costs, with what the employer pays on it; health does not follow pay."""

    salaries: Money
    statutory: Money
    total: Money


class RateTold(Told):
    """A rate that was used, and how far it is settled."""

    percent: Percentage
    status: str
    source: Said


class PeopleYearTold(Told):
    """One year: every position budgeted for the whole year, and what vacancies and leaving will not cost."""

    fiscal_year: FiscalYear
    budgeted: CostTold
    by_group: dict[Group, CostTold]
    by_resource: dict[str, Money]
    unrestricted: Money
    restricted: Money
    vacancy_savings: Money
    leaving_savings: Money
    expected: Money
    step_and_column: Money
    """Salaries added to last year's by step and column."""
    cola: Money
    """Salaries added to last year's by COLA."""
    one_percent: dict[Group, OnePercent]
    rates: dict[str, RateTold]


class PeopleCost(Told):
    """Every year's cost, and which of its rules someone qualified has yet to confirm."""

    years: tuple[PeopleYearTold, ...]
    to_confirm: tuple[Said, ...]
