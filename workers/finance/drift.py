"""What changed in the state's rates since a plan was frozen, in dollars of the formula."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from workers.finance.lcff import granted_to
from workers.finance.lcff_input import LcffInput
from workers.finance.rates import Change, Rates, changed_between


@dataclass(frozen=True)
class Drift:
    """An entitlement under the rates of then and of now, in whole dollars, and the rates that moved it."""

    fiscal_year: str
    then: Decimal
    now: Decimal
    changes: tuple[Change, ...]
    """Changes of the formula's rates and of the cost-of-living adjustments that project them."""

    @property
    def difference(self) -> Decimal:
        """Return now less then."""
        return self.now - self.then


def lcff_drift(given: LcffInput, then: Rates, now: Rates) -> Drift:
    """Return what the change of rates between two days does to one year's entitlement.

    Args:
        given: the district's year; its attendance, percentage and add-ons are held as they are.
        then: the rates of the frozen set.
        now: the rates in force.

    Raises:
        UnknownRatesError: if the rates of then or of now do not reach the year.
    """
    funded = given.funded()
    before, after = (granted_to(given, given.lcff_rates(known), funded).entitlement for known in (then, now))
    return Drift(
        fiscal_year=given.fiscal_year,
        then=before,
        now=after,
        changes=tuple(
            change
            for change in changed_between(then, now)
            if change.fiscal_year <= given.fiscal_year
            and (change.name == "cola" or change.name.startswith("lcff_"))
        ),
    )
