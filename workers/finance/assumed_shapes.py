"""What goes into a projection by assumptions and what comes out of it."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from workers.analyses.ledger import next_year
from workers.finance.amounts import Growth
from workers.finance.calculation import NOTHING, FiscalYear, Given, Money, Said, Share, Told
from workers.finance.multi_year_shapes import MOST_YEARS, BaseYear, MultiYear
from workers.finance.projection_lines import Segment
from workers.finance.years import require_in_order

AssumptionName = Literal[
    "cola",
    "attendance_change",
    "step_column_certificated",
    "step_column_classified",
    "salary_settlement_certificated",
    "salary_settlement_classified",
    "calstrs",
    "calpers",
    "health_growth",
    "cpi",
    "federal_growth",
    "state_growth",
    "local_revenue_growth",
    "contribution_growth",
]
RateName = Literal["calstrs", "calpers"]
ASSUMPTIONS: tuple[AssumptionName, ...] = get_args(AssumptionName)
"""The names of the outlook's assumptions (`workers.analyses.outlook_assumptions`)."""
AdjustableLine = Literal[
    "lcff",
    "federal",
    "other_state",
    "other_local",
    "certificated",
    "classified",
    "benefits",
    "books_and_supplies",
    "services",
    "capital_outlay",
    "other_outgo",
]


class BenefitParts(Given):
    """What of a segment's benefits that go on follows which assumption; the rest follows pay."""

    strs: Money = NOTHING
    pers: Money = NOTHING
    health: Money = NOTHING
    on_behalf: Money = NOTHING
    """Pensions that the state pays on the district's behalf: revenue and cost alike, held level."""


class Benefits(Given):
    """Benefits of the base year by what moves them."""

    unrestricted: BenefitParts = BenefitParts()
    restricted: BenefitParts = BenefitParts()


class AssumedYear(Given):
    """One year's assumptions, in per cent; what is not given does not move, and rates are the state's."""

    fiscal_year: FiscalYear
    cola: Growth = NOTHING
    attendance_change: Growth = NOTHING
    step_column_certificated: Growth = NOTHING
    step_column_classified: Growth = NOTHING
    salary_settlement_certificated: Growth = NOTHING
    salary_settlement_classified: Growth = NOTHING
    calstrs: Annotated[Share, Field(gt=0)] | None = None
    calpers: Annotated[Share, Field(gt=0)] | None = None
    health_growth: Growth = NOTHING
    cpi: Growth = NOTHING
    federal_growth: Growth = NOTHING
    state_growth: Growth = NOTHING
    local_revenue_growth: Growth = NOTHING
    contribution_growth: Growth = NOTHING


class Adjustment(Given):
    """An amount that is added to one line from a year on, with its reason."""

    line: AdjustableLine
    segment: Segment
    fiscal_year: FiscalYear
    amount: Money
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class AssumedInput(Given):
    """A base year, and what is assumed about each year after it."""

    base: BaseYear
    benefits: Benefits = Benefits()
    calstrs: Annotated[Share, Field(gt=0)] | None = None
    calpers: Annotated[Share, Field(gt=0)] | None = None
    """Employer rates of the base year; None: the state's."""
    years: Annotated[tuple[AssumedYear, ...], Field(min_length=1, max_length=MOST_YEARS)]
    adjustments: Annotated[tuple[Adjustment, ...], Field(max_length=500)] = ()

    @field_validator("years", mode="after")
    @classmethod
    def _in_order(cls, years: tuple[AssumedYear, ...], info: ValidationInfo) -> tuple[AssumedYear, ...]:
        base: BaseYear | None = info.data.get("base")
        first = next_year(base.fiscal_year) if base else years[0].fiscal_year
        require_in_order([year.fiscal_year for year in years], first)
        return years


class Touched(Told):
    """What an assumption adds to one line in one year."""

    fiscal_year: FiscalYear
    segment: Segment
    line: str
    amount: Money


class AssumptionTold(Told):
    """An assumption, and every line that it touches by how many dollars."""

    name: AssumptionName
    total: dict[FiscalYear, Money]
    """What it adds to the year's net, all lines together: below zero where it costs."""
    lines: tuple[Touched, ...]


class RateUsed(Told):
    """A pension rate that was used in a year."""

    name: RateName
    fiscal_year: FiscalYear
    percent: Share
    status: str
    source: Said


class Assumed(Told):
    """The projection, and what each assumption does to it."""

    projection: MultiYear
    assumptions: tuple[AssumptionTold, ...]
    rates: tuple[RateUsed, ...]
