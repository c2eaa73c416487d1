"""The reserve for economic uncertainties: the state's least amount, what is available, and the margin.

Criterion 10 of the state's criteria and standards (form 01CS): a percentage of the general fund's
expenditures and other uses that depends on the district's attendance, and for small districts a least amount
in dollars. Bands and dollars are data of the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from workers.analyses.ledger import next_year
from workers.analyses.result import sentence
from workers.finance.calculation import (
    NOTHING,
    ONE_CENT,
    Calculation,
    FiscalYear,
    Given,
    Money,
    Percentage,
    Pupils,
    Said,
    Told,
    half_up,
    refused,
)
from workers.finance.rates import Rate, Rates, rates, table
from workers.finance.rates.sources import SOURCES

FORM_REACHES = 2
"""The form tests its budget year and this many years after it by the same bands."""


@dataclass(frozen=True)
class ReserveStandard:
    """The least reserve for a district's size: percent of uses, and a floor in dollars for small ones."""

    percent: Rate
    floor: Rate | None

    @property
    def floor_cents(self) -> int | None:
        """Return the floor in whole cents."""
        return int(self.floor.number * 100) if self.floor else None

    def amount(self, uses: Decimal) -> Decimal:
        """Return the least reserve in dollars, to the cent, for expenditures and other uses in dollars."""
        by_percent = half_up(uses * self.percent.number / 100, ONE_CENT)
        return by_percent if self.floor is None else max(by_percent, self.floor.number)


def reserve_standard(ada: Decimal, fiscal_year: str, known: Rates | None = None) -> ReserveStandard:
    """Return the state's minimum reserve for a district.

    Args:
        ada: the district's average daily attendance; the form's bands are of whole pupils, so it is rounded.
        fiscal_year: as 2024-25; before 2025-26 the last line was drawn at 400,000 pupils.
        known: the rates that count, for the floor of small districts; the shipped ones without it.
    """
    data = table("reserve_standard")
    earlier = data["earlier"]
    early = fiscal_year < data["from"]
    pupils = half_up(ada)
    for band in data["bands"]:
        through = earlier["through"] if early and band["percent"] == earlier["percent"] else band["through"]
        if through is None or pupils <= Decimal(through):
            break
    stands = earlier if early else data
    beyond = fiscal_year > next_year(data["from"], FORM_REACHES)
    return ReserveStandard(
        percent=Rate(
            band["percent"], "to_confirm" if beyond else stands["status"], SOURCES[stands["source"]]
        ),
        floor=(known or rates()).rate("reserve_floor", fiscal_year) if band["floor"] else None,
    )


def _not_above_zero(value: Decimal) -> Decimal:
    if value > 0:
        raise refused(
            "sign",
            sentence("zero or a negative number"),
            sentence("Give negative balances as negative numbers, such as -1500.00."),
        )
    return value


class Year(Given):
    """One year's general fund: amounts in dollars."""

    fiscal_year: FiscalYear
    ada: Pupils
    expenditures_and_uses: Money = NOTHING
    """Fund 01, objects 1000 to 7999."""
    stabilization: Money = NOTHING
    """Object 9750, unrestricted."""
    reserve_for_economic_uncertainties: Money = NOTHING
    """Object 9789, unrestricted."""
    unassigned: Money = NOTHING
    """Object 9790, unrestricted."""
    negative_restricted_balances: Annotated[Money, AfterValidator(_not_above_zero)] = NOTHING
    """Ending balances below zero of restricted resources, as a negative number."""
    special_reserve: Money = NOTHING
    """Fund 17: objects 9750, 9789 and 9790."""


class ReserveInput(Given):
    """The budget year and the years after it."""

    years: Annotated[tuple[Year, ...], Field(min_length=1, max_length=30)]


class YearTold(Told):
    """One year's test: the least reserve, what is available, and by how much it is over or under."""

    fiscal_year: FiscalYear
    standard_percent: Percentage
    standard_amount: Money
    available_amount: Money
    available_percent: Percentage | None
    """Of expenditures and other uses; null where there are none."""
    met: bool
    margin: Money
    """Available less standard; below zero where the standard is not met."""
    floor_amount: Money | None
    """The least amount in dollars; null for a district of more than 1,000 ADA."""
    floor_decides: bool
    standard_status: str
    standard_source: Said
    floor_status: str | None
    floor_source: Said | None


class Reserve(Told):
    """Every year's test."""

    years: tuple[YearTold, ...]


def _test(year: Year) -> YearTold:
    standard = reserve_standard(year.ada, year.fiscal_year)
    uses = year.expenditures_and_uses
    least = standard.amount(uses)
    available = (
        year.stabilization
        + year.reserve_for_economic_uncertainties
        + year.unassigned
        + year.negative_restricted_balances
        + year.special_reserve
    )
    floor = standard.floor
    return YearTold(
        fiscal_year=year.fiscal_year,
        standard_percent=standard.percent.number,
        standard_amount=least,
        available_amount=available,
        available_percent=available * 100 / uses if uses else None,
        met=available >= least,
        margin=available - least,
        floor_amount=floor.number if floor else None,
        floor_decides=floor is not None and least > half_up(uses * standard.percent.number / 100, ONE_CENT),
        standard_status=standard.percent.status,
        standard_source=standard.percent.source,
        floor_status=floor.status if floor else None,
        floor_source=floor.source if floor else None,
    )


def reserve(given: ReserveInput) -> Reserve:
    """Test the reserve of each year against the state's minimum (form 01CS, criterion 10).

    Available reserves are stabilization, reserve for economic uncertainties and unassigned of the
    unrestricted general fund and fund 17, less negative ending balances of restricted resources. The standard
    is rounded half up to cents.
    """
    return Reserve(years=tuple(_test(year) for year in given.years))


CALCULATION = Calculation(
    name="reserve",
    title=sentence("Reserve for economic uncertainties"),
    source="State form 01CS, criterion 10",
    given=ReserveInput,
    told=Reserve,
    compute=reserve,
)
