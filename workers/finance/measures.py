"""Amounts divided so that their parts add to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from workers.finance.calculation import NOTHING, ONE_CENT


def divided(amount: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """Divide an amount in cents by shares that add to one; the largest share takes what rounding leaves.

    Args:
        amount: dollars with whole cents.
        shares: at least one, adding to exactly one.
    """
    parts = [(amount * each).quantize(ONE_CENT, rounding=ROUND_HALF_UP) for each in shares]
    parts[max(range(len(shares)), key=lambda place: shares[place])] += amount - sum(parts, NOTHING)
    return parts
