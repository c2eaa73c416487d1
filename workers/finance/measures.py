"""Shares, and amounts divided so that their parts add to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

from workers.finance.calculation import NOTHING, ONE_CENT

FINEST = Decimal(1).scaleb(-20)
"""Far beyond anything that a form prints; keeps every percentage within what is read back."""


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return part of whole in per cent, unrounded to twenty decimals; None where there is no whole."""
    if not whole:
        return None
    with localcontext() as context:
        context.prec = 60
        return (part * 100 / whole).quantize(FINEST, rounding=ROUND_HALF_UP).normalize()


def divided(amount: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """Divide an amount in cents by shares that add to one; the largest share takes what rounding leaves.

    Args:
        amount: dollars with whole cents.
        shares: at least one, adding to exactly one.
    """
    parts = [(amount * each).quantize(ONE_CENT, rounding=ROUND_HALF_UP) for each in shares]
    parts[max(range(len(shares)), key=lambda place: shares[place])] += amount - sum(parts, NOTHING)
    return parts
