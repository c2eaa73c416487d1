"""The formula's years of transition, 2013-14 to 2017-18: floor, gap and what was paid.

A district below its target was paid its floor plus a share of the gap between floor and target; one at or
above it was paid the target (Education Code 42238.03). The share is the state's, certified for each year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workers.analyses.result import sentence
from workers.finance.amounts import Amount
from workers.finance.calculation import (
    NOTHING,
    Calculation,
    Dollars,
    Fault,
    Percentage,
    Share,
    half_up,
    is_fiscal_year,
)
from workers.finance.entitlement import funding
from workers.finance.lcff import LcffTold, RateTold, granted_to, parts
from workers.finance.lcff_input import LcffInput
from workers.finance.rates import in_force

LAST_YEAR = "2018-19"
"""The year in which the state funded the whole gap; after it there is none."""


class TransitionInput(LcffInput):
    """A school district's year of transition."""

    floor: Amount
    """What the district received before the formula, as the state computed it."""
    gap_percent: Share | None = None
    """The share of the gap that was funded; the certified one of the year without it."""

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Refuse years after the transition beside what the formula refuses."""
        at = document.get("fiscal_year")
        if is_fiscal_year(at) and str(at) > LAST_YEAR:
            yield Fault(
                "fiscal_year",
                at,
                sentence("a fiscal year from {first} to {last}", first="2013-14", last=LAST_YEAR),
                sentence(
                    "There is no gap after {last}. Use the formula without floor and gap.", last=LAST_YEAR
                ),
            )
        yield from super().across(document)


class TransitionTold(LcffTold):
    """The formula's result in a year of transition: the entitlement is the target."""

    target: Dollars
    floor: Dollars
    need: Dollars
    """Target less floor, where the target is above it."""
    gap_percent: Percentage
    gap_funding: Dollars
    total: Dollars
    """What was paid: floor plus gap funding, or the target where the floor is not below it."""


def transition(given: TransitionInput) -> TransitionTold:
    """Return target, floor, need and what was paid, in whole dollars."""
    rates, funded = given.lcff_rates(), given.funded()
    granted = granted_to(given, rates, funded)
    target, floor = granted.entitlement, half_up(given.floor)
    certified = in_force("lcff_gap", given.fiscal_year)
    gap_percent = given.gap_percent
    used: tuple[RateTold, ...] = ()
    if gap_percent is None:
        assert certified is not None  # noqa: S101 - every year that the input allows has one
        gap_percent = certified.number
        used = (
            RateTold(
                name="gap_percent",
                value=certified.value,
                status=certified.status,
                source=certified.source,
                dated=certified.dated,
            ),
        )
    need = max(target - floor, NOTHING)
    gap_funding = half_up(need * gap_percent / 100)
    total = min(floor, target) + gap_funding
    paid = funding(total, given.local_property_tax or NOTHING, given.epa, given.minimum_state_aid)
    fields = parts(given, rates, funded, granted, paid)
    fields["rates"] = (*fields["rates"], *used)
    return TransitionTold(
        **fields,
        target=target,
        floor=floor,
        need=need,
        gap_percent=gap_percent,
        gap_funding=gap_funding,
        total=total,
    )


CALCULATION = Calculation(
    name="lcff-transition",
    title=sentence("Local Control Funding Formula (LCFF) in its years of transition"),
    source="Education Code 42238.03",
    given=TransitionInput,
    told=TransitionTold,
    compute=transition,
)
