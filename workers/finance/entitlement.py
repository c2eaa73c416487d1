"""The arithmetic of the Local Control Funding Formula (LCFF) for a school district, one year.

Base grant by grade span, grade-span adjustments, supplemental and concentration grants, add-ons, and where
the money comes from (Education Code 42238.02 and 42238.03). Every amount is rounded half up to whole dollars,
each part before it is added, so that the parts add to the whole; a span's adjusted grant is its attendance
times its adjusted rate, as the state's own exhibit multiplies, and the adjustment is what that adds to base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from workers.finance.calculation import NOTHING, half_up
from workers.finance.lcff_rates import ADJUSTED_SPANS, SPANS, LcffRates


@dataclass(frozen=True)
class Grants:
    """What the formula grants, in whole dollars."""

    base: Mapping[str, Decimal] | None
    """By span; None where only the adjusted base grant was given."""
    adjustment: Mapping[str, Decimal] | None
    adjusted_base: Decimal
    supplemental: Decimal
    concentration: Decimal
    necessary_small_schools: Decimal
    tk_add_on: Decimal
    add_ons: Mapping[str, Decimal]

    @property
    def added(self) -> Decimal:
        """Return the add-ons that were given, together."""
        return sum(self.add_ons.values(), NOTHING)

    @property
    def for_pupils(self) -> Decimal:
        """Return the supplemental and concentration grants together."""
        return self.supplemental + self.concentration

    @property
    def entitlement(self) -> Decimal:
        """Return the whole: in the years of transition the target."""
        return (
            self.adjusted_base + self.for_pupils + self.necessary_small_schools + self.tk_add_on + self.added
        )


def by_span(ada: Mapping[str, Decimal], rates: LcffRates) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Return base grant and grade-span adjustment by span, in whole dollars.

    Args:
        ada: funded attendance by span.
        rates: of the year.
    """
    base = {span: half_up(ada[span] * rates.base[span].number) for span in SPANS}
    adjustment = {span: half_up(ada[span] * rates.adjusted(span)) - base[span] for span in ADJUSTED_SPANS}
    return base, adjustment


def grants(
    rates: LcffRates,
    unduplicated: Decimal,
    *,
    ada: Mapping[str, Decimal] | None = None,
    adjusted_base: Decimal | None = None,
    necessary_small_schools: Decimal = NOTHING,
    tk_ada: Decimal = NOTHING,
    add_ons: Mapping[str, Decimal] | None = None,
) -> Grants:
    """Return what the formula grants.

    Args:
        rates: of the year; those for each ADA are needed with `ada` alone.
        unduplicated: the unduplicated percentage, per cent.
        ada: funded attendance by span, in place of `adjusted_base`.
        adjusted_base: base grant with grade-span adjustments, dollars.
        necessary_small_schools: allowance for necessary small schools, dollars.
        tk_ada: current-year attendance in transitional kindergarten.
        add_ons: other add-ons by name, dollars.
    """
    base = adjustment = None
    if ada is not None:
        base, adjustment = by_span(ada, rates)
        adjusted = sum(base.values(), NOTHING) + sum(adjustment.values(), NOTHING)
    else:
        adjusted = half_up(adjusted_base or NOTHING)
    over = max(unduplicated - rates.threshold.number, NOTHING)
    return Grants(
        base=base,
        adjustment=adjustment,
        adjusted_base=adjusted,
        supplemental=half_up(adjusted * rates.supplemental.number * unduplicated / 10_000),
        concentration=half_up(adjusted * rates.concentration.number * over / 10_000),
        necessary_small_schools=half_up(necessary_small_schools),
        tk_add_on=half_up(tk_ada * rates.tk_add_on.number) if rates.tk_add_on else NOTHING,
        add_ons={name: half_up(amount) for name, amount in (add_ons or {}).items()},
    )


@dataclass(frozen=True)
class Funding:
    """Where the money comes from, in whole dollars; the parts add to the total."""

    local_property_tax: Decimal
    epa: Decimal
    state_aid: Decimal
    additional_state_aid: Decimal
    """What minimum state aid adds."""
    excess_tax: Decimal
    """Local property tax over the entitlement, which the district keeps."""

    @property
    def total(self) -> Decimal:
        """Return all that the district receives; the excess is part of its property tax."""
        return self.local_property_tax + self.epa + self.state_aid + self.additional_state_aid

    @property
    def basic_aid(self) -> bool:
        """Say whether property tax alone exceeds the entitlement."""
        return self.excess_tax > 0


def funding(entitlement: Decimal, tax: Decimal, epa: Decimal, minimum_state_aid: Decimal) -> Funding:
    """Return how an entitlement is met: property tax first, then EPA, then state aid for the rest.

    EPA (Education Protection Account) lowers state aid dollar for dollar. State aid is not below the minimum
    that is given; a district whose tax exceeds the entitlement keeps the excess. All in dollars.
    """
    local, protected, least = half_up(tax), half_up(epa), half_up(minimum_state_aid)
    state_aid = max(entitlement - local - protected, NOTHING)
    return Funding(
        local_property_tax=local,
        epa=protected,
        state_aid=state_aid,
        additional_state_aid=max(least - state_aid, NOTHING),
        excess_tax=max(local - entitlement, NOTHING),
    )


TIED_ADD_ONS = ("tiig", "targeted_instructional", "transportation")
"""Parts of the names of add-ons that the LCAP template leaves out of its base grant."""


def is_tied(name: str) -> bool:
    """Say whether an add-on is one that the LCAP template leaves out: TIIG or transportation, by its name."""
    plain = name.casefold().replace(" ", "_").replace("-", "_")
    return any(part in plain for part in TIED_ADD_ONS)


def proportionality(granted: Grants, base_grant: Decimal) -> Decimal | None:
    """Return the minimum proportionality percentage for a base grant, unrounded; None of no base grant."""
    return granted.for_pupils * 100 / base_grant if base_grant > 0 else None


def template_base(granted: Grants) -> Decimal:
    """Return the base grant as the LCAP template has it.

    The whole entitlement without supplemental and concentration grants and without the add-ons for TIIG and
    transportation; allowances for necessary small schools and economic recovery stay in (LCAP template of
    November 2024, Action Tables, projected LCFF base grant).
    """
    tied = sum((amount for name, amount in granted.add_ons.items() if is_tied(name)), NOTHING)
    return granted.entitlement - granted.for_pupils - tied
