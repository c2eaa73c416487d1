"""What goes into the risk of a projection and what comes out of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from workers.analyses.result import sentence
from workers.finance.amounts import Amount
from workers.finance.calculation import (
    NOTHING,
    FiscalYear,
    Given,
    Money,
    Percentage,
    Pupils,
    Said,
    Share,
    Told,
    refused,
)
from workers.finance.multi_year_shapes import MultiYearInput
from workers.finance.projection_lines import SEGMENTS

DriverName = Literal[
    "cola",
    "enrollment",
    "attendance",
    "strs_rate",
    "pers_rate",
    "health",
    "settlement",
    "property_tax",
]
DRIVERS: tuple[DriverName, ...] = get_args(DriverName)
Width = Annotated[Share, Field(le=50)]
MOST_DRAWS = 20_000
QUANTILES = (5, 25, 50, 75, 95)


class BenefitParts(Given):
    """What of a segment's benefits in the base year follows which driver; the rest follows pay.

    Payments that the state makes on the district's behalf (resource 7690) belong to none of them.
    """

    strs: Amount = NOTHING
    pers: Amount = NOTHING
    health: Amount = NOTHING
    unmoved: Amount = NOTHING
    """What nothing here moves, such as pensions that the state pays on behalf."""


class Benefits(Given):
    """Benefits of the base year by what moves them."""

    unrestricted: BenefitParts = BenefitParts()
    restricted: BenefitParts = BenefitParts()


class Driver(Given):
    """How far an assumption may miss in one year: a standard deviation in points."""

    spread_percent: Width | None = None
    by_year: dict[FiscalYear, Width] = Field(default_factory=dict)


class RiskInput(Given):
    """A projection, and how far each of its assumptions may miss."""

    projection: MultiYearInput
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = 1
    draws: Annotated[int, Field(strict=True, ge=10, le=MOST_DRAWS)] = 10_000
    drivers: dict[DriverName, Driver] = Field(default_factory=dict)
    widths: dict[DriverName, Width] = Field(default_factory=dict)
    """Spreads that the district's own record shows, as `looking-back` measures them."""
    benefits: Benefits = Benefits()
    strs_rate: Annotated[Share, Field(ge=1)] | None = None
    pers_rate: Annotated[Share, Field(ge=1)] | None = None
    """Employer rates that the projection uses; None: the state's of each year."""
    attendance_rate: Annotated[Share, Field(ge=1)] | None = None
    """Attendance in per cent of enrollment that the projection's ADA rests on; None: a usual one."""
    prior_ada: dict[FiscalYear, Pupils] = Field(default_factory=dict)
    """ADA of years before the base year, for the average of three prior years; else the base year's."""
    basic_aid: Annotated[bool, Field(strict=True)] = False
    """Property tax pays the district: COLA, enrollment and attendance move no revenue then."""
    restricted_share_covered: Share = Decimal("100")
    """What share of dearer restricted programs unrestricted money has to cover."""

    @field_validator("projection", mode="after")
    @classmethod
    def _attendance_known(cls, projection: MultiYearInput) -> MultiYearInput:
        base = projection.base
        known = [(base.fiscal_year, base.ada), *((each.fiscal_year, each.ada) for each in projection.years)]
        missing = [at for at, ada in known if not ada]
        if missing:
            raise refused(
                "ada",
                sentence("ada above zero in every year"),
                sentence(
                    "Give the attendance (ADA) of every year; it is missing in {missing}.",
                    missing=", ".join(missing),
                ),
            )
        return projection

    @field_validator("benefits", mode="after")
    @classmethod
    def _within_the_line(cls, benefits: Benefits, info: ValidationInfo) -> Benefits:
        projection: MultiYearInput | None = info.data.get("projection")
        if projection is None:
            return benefits
        for segment in SEGMENTS:
            parts: BenefitParts = getattr(benefits, segment)
            given = parts.strs + parts.pers + parts.health + parts.unmoved
            line: Decimal = getattr(projection.base, segment).benefits
            if given > line:
                raise refused(
                    "benefit_parts",
                    sentence("parts that add to at most {line}", line=str(line)),
                    sentence(
                        "Check the parts of benefits: they add to {given}, more than the line's {line}.",
                        given=str(given),
                        line=str(line),
                    ),
                )
        return benefits


class Fan(Told):
    """Quantiles of an amount over the draws, in whole dollars: in 5 of 100 draws it is at most `p5`."""

    p5: Money
    p25: Money
    p50: Money
    p75: Money
    p95: Money


class RiskYear(Told):
    """One projected year: what was projected, and how it is spread."""

    fiscal_year: FiscalYear
    projected_margin: Money
    unrestricted_ending_balance: Fan
    available_reserve: Fan
    margin: Fan
    chance_below_reserve_percent: Percentage
    chance_below_reserve_by_then_percent: Percentage
    """In this year or in an earlier projected one."""


class DriverTold(Told):
    """One assumption: its width, and how much it matters for the last year's margin over the reserve."""

    driver: DriverName
    spread_percent: Percentage
    status: Literal["entered", "measured", "to_confirm"]
    rank_correlation: Percentage | None
    """Spearman's, from -1 to 1, of what was drawn over the years with the last year's margin."""
    share_percent: Percentage | None
    """Its squared rank correlation in per cent of all drivers' together."""
    one_spread: Money
    """What one spread more in every year moves the last year's margin by."""


class Risk(Told):
    """The fans, year by year, and the assumptions, the one that matters most first."""

    seed: int
    draws: int
    years: tuple[RiskYear, ...]
    drivers: tuple[DriverTold, ...]
    most_important: DriverName | None
    note: Said
