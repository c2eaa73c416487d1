"""The multi-year projection of many districts at once, in whole cents, beside its twin for one district.

Same rules as `multi_year.multi_year`, same cents; what differs is the shape. Money is int64 cents, per cents
are in whole ten-thousandths (0.9 % is 9,000), ADA is in hundredths of a pupil. A state-wide question
goes through in blocks, so that memory does not grow with the number of districts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from workers.analyses.ledger import next_year
from workers.finance.projection_lines import LINES, REVENUE, SALARIES, SEGMENTS
from workers.finance.reserve_bands import WHOLE, reserve_bands

Cents = NDArray[np.int64]
Bools = NDArray[np.bool_]

REVENUE_END = len(REVENUE)
SALARIES_END = REVENUE_END + len(SALARIES)
SHAPE = len(SEGMENTS), len(LINES)
"""Segments by lines, in the order of `projection_lines`: revenue, then salaries, then other expenditures."""
UNRESTRICTED, RESTRICTED = range(len(SEGMENTS))


@dataclass(frozen=True)
class Districts:
    """Base years of some districts; the first axis of every array is the district."""

    amounts: Cents
    """(districts, segments, lines)."""
    one_time: Cents
    """What of it does not go on; the same shape."""
    beginning: Cents
    """(districts, segments): beginning balances."""
    held: Cents
    """(districts,): nonspendable, committed and assigned together, held level."""
    special_reserve: Cents
    """(districts,): fund 17's reserves, held level."""
    ada: NDArray[np.int64]
    """(districts, 1 + years): hundredths of pupils, base year first."""


@dataclass(frozen=True)
class YearChanges:
    """How lines move into one year; the first axis is the district, or one entry for all of them."""

    growth: NDArray[np.int64]
    """(districts, segments, lines): growth, and for salaries step and column."""
    cola: NDArray[np.int64]
    """(districts, segments, salary lines)."""
    adjustments: Cents
    """(districts, segments, lines): what goes on."""
    one_time: Cents
    """(districts, segments, lines): what comes this year only."""


@dataclass(frozen=True)
class Projected:
    """The projection; the first axis is the year, base year first, the second the district."""

    amounts: Cents
    net: Cents
    """(years, districts, segments)."""
    ending: Cents
    available: Cents
    """(years, districts)."""
    standard: Cents
    met: Bools


def _scaled(amounts: Cents, rates: NDArray[np.int64]) -> Cents:
    """Return amounts times rates, rounded half away from zero to whole cents, exactly.

    Raises:
        OverflowError: if a product does not fit, which takes 92 billion dollars at 100 per cent.
    """
    if (
        int(np.abs(amounts).max(initial=0)) * int(np.abs(rates).max(initial=0))
        > np.iinfo(np.int64).max - WHOLE
    ):
        raise OverflowError("an amount times a percentage does not fit into 64 bits")
    product = amounts * rates
    # Floor division rounds down; below zero a tie must go down too, to be away from zero.
    rounded: Cents = (product + (WHOLE // 2) - (product < 0)) // WHOLE
    return rounded


def _next(amounts: Cents, once: Cents, changes: YearChanges) -> Cents:
    ongoing = amounts - once
    after = ongoing + _scaled(ongoing, changes.growth)
    salaries = (..., slice(REVENUE_END, SALARIES_END))
    after[salaries] += _scaled(after[salaries], changes.cola)
    after += changes.adjustments
    after += changes.one_time
    return after


def _net(amounts: Cents) -> Cents:
    net: Cents = amounts[..., :REVENUE_END].sum(axis=-1) - amounts[..., REVENUE_END:].sum(axis=-1)
    return net


def project(districts: Districts, years: tuple[YearChanges, ...], base_year: str) -> Projected:
    """Project some districts through some years.

    Args:
        districts: base years.
        years: changes for each year after it, in order.
        base_year: as 2025-26; it names the bands of the reserve standard.

    Returns:
        Amounts by line, net, ending balances, available reserves, the standard for each district's size and
        whether it is met. A restricted ending balance below zero is taken off the available reserve.
    """
    amounts, once = districts.amounts, districts.one_time
    all_amounts, nets, endings = [amounts], [_net(amounts)], [districts.beginning + _net(amounts)]
    for changes in years:
        amounts, once = _next(amounts, once, changes), changes.one_time
        all_amounts.append(amounts)
        nets.append(_net(amounts))
        endings.append(endings[-1] + nets[-1])
    ending = np.stack(endings)
    available = (
        ending[..., UNRESTRICTED]
        - districts.held
        + districts.special_reserve
        + np.minimum(ending[..., RESTRICTED], 0)
    )
    standard = np.stack(
        [
            reserve_bands(next_year(base_year, place)).standard_cents(
                districts.ada[:, place], each[..., REVENUE_END:].sum(axis=(-1, -2))
            )
            for place, each in enumerate(all_amounts)
        ]
    )
    return Projected(
        amounts=np.stack(all_amounts),
        net=np.stack(nets),
        ending=ending,
        available=available,
        standard=standard,
        met=available >= standard,
    )


def project_blocks(
    blocks: Iterable[Districts], years: tuple[YearChanges, ...], base_year: str
) -> Iterator[Projected]:
    """Project one block of districts after the other; only one block is in memory at a time."""
    for block in blocks:
        yield project(block, years, base_year)


def in_blocks(districts: Districts, size: int) -> Iterator[Districts]:
    """Return views of some districts in blocks of at most `size`."""
    for start in range(0, len(districts.amounts), size):
        yield Districts(
            **{
                field.name: getattr(districts, field.name)[start : start + size]
                for field in fields(districts)
            }
        )
