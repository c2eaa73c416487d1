"""What one assumption or another set of rates does to every line of the outlook, with and without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workers.analyses.labels import SEGMENT_NAMES, SEGMENTS
from workers.analyses.ledger import next_year
from workers.analyses.outlook_assumptions import Assumed
from workers.analyses.outlook_lines import LINES
from workers.analyses.result import Message, Sheet, sentence

LEVELS = ("calstrs", "calpers")
"""Assumptions that are a level and no growth: without a change of it, last year's stays."""

_TOTALS = ("contributions", "revenue", "uses", "net", "ending")
_RESERVE = ("available_reserve", "minimum", "over_minimum")


@dataclass(frozen=True)
class Effect:
    """One line of the outlook and by how many cents it differs in each year."""

    key: str
    """`lcff/unrestricted`, or `over_minimum`."""
    label: Message
    segment: Message | None
    by_year: Mapping[str, int]
    total: bool
    """True for a line that others add up to."""


def effects(before: Sheet, after: Sheet, years: Sequence[str]) -> list[Effect]:
    """Return the lines that differ, in the order of the state's form, totals and reserve last.

    Args:
        before: the outlook without.
        after: the outlook with; a difference is `after` less `before`.
        years: the projected years.
    """
    found = [
        _effect(before, after, f"{key}/{segment}", segment, years, total=key in _TOTALS)
        for segment in SEGMENTS
        for key in (*(line for line, _, _ in LINES), *_TOTALS)
    ]
    found += [_effect(before, after, key, None, years, total=True) for key in _RESERVE]
    return [each for each in found if any(each.by_year.values())]


def _effect(
    before: Sheet, after: Sheet, key: str, segment: str | None, years: Sequence[str], *, total: bool
) -> Effect:
    differs = {
        at: after[f"{key}/{at}"] - before[f"{key}/{at}"]
        for at in years
        if f"{key}/{at}" in after and f"{key}/{at}" in before
    }
    label = next(
        (after.figures[f"{key}/{at}"]["label"] for at in years if f"{key}/{at}" in after), sentence("Line")
    )
    return Effect(key, label, None if segment is None else SEGMENT_NAMES[segment], differs, total)


def without(name: str, at: str, assumed: Assumed) -> str:
    """Return the value that stands for not assuming anything: no growth, or last year's rate."""
    if name in LEVELS:
        return assumed(name, next_year(at, -1)).value
    return "0.00"


def last_difference(found: Sequence[Effect], key: str) -> int:
    """Return a line's difference in the last year, in cents; nothing where it does not differ."""
    for each in found:
        if each.key == key and each.by_year:
            return each.by_year[max(each.by_year)]
    return 0
