"""LCAP table 5: the LCFF carryover."""

from __future__ import annotations

from workers.analyses.result import sentence
from workers.finance.amounts import Amount
from workers.finance.calculation import (
    NOTHING,
    ONE_CENT,
    Calculation,
    Given,
    Money,
    Percentage,
    Share,
    Told,
    half_up,
)
from workers.finance.lcap import TEMPLATE
from workers.finance.measures import share


class LcapCarryoverInput(Given):
    """Estimated actuals of the current LCAP year: the template's (9), (6), prior carryover, (7) and (8)."""

    estimated_actual_base_grant: Amount = NOTHING
    estimated_actual_supplemental_and_concentration: Amount = NOTHING
    prior_carryover_percent: Share = NOTHING
    estimated_actual_contributing: Amount = NOTHING
    estimated_actual_improved_services_percent: Share = NOTHING


class LcapCarryover(Told):
    """Percentages (10), (11) and (13) are unrounded; the amount (12) is in cents. Null over no base grant."""

    required_percent: Percentage | None
    delivered_percent: Percentage | None
    carryover_amount: Money | None
    carryover_percent: Percentage | None


def lcap_carryover(given: LcapCarryoverInput) -> LcapCarryover:
    """Compute table 5 from unrounded percentages.

    (10) = 6 / 9 + prior carryover; (11) = 7 / 9 + 8; (12) = (10 - 11) x 9 where services fell short, else
    nothing; (13) = 12 / 9.
    """
    base = given.estimated_actual_base_grant
    funded = share(given.estimated_actual_supplemental_and_concentration, base)
    spent = share(given.estimated_actual_contributing, base)
    if funded is None or spent is None:
        return LcapCarryover(
            required_percent=None, delivered_percent=None, carryover_amount=None, carryover_percent=None
        )
    # (10 - 11) x 9 is worked as 6 - 7 + (carryover - 8) x 9, so that no division's last digit enters it.
    short = (
        given.estimated_actual_supplemental_and_concentration
        - given.estimated_actual_contributing
        + (given.prior_carryover_percent - given.estimated_actual_improved_services_percent) * base / 100
    )
    carried = max(NOTHING, short)
    return LcapCarryover(
        required_percent=funded + given.prior_carryover_percent,
        delivered_percent=spent + given.estimated_actual_improved_services_percent,
        carryover_amount=half_up(carried, ONE_CENT),
        carryover_percent=share(carried, base),
    )


CALCULATION = Calculation(
    name="lcap-carryover",
    title=sentence("LCAP: carryover"),
    source=f"{TEMPLATE}, table 5; Education Code 42238.07",
    given=LcapCarryoverInput,
    told=LcapCarryover,
    compute=lcap_carryover,
)
