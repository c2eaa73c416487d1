"""Two people in one passage: what both wrote is kept, or both are shown; nothing is overwritten."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

SENTENCE = re.compile(r"\s*[^.!?\n]*[.!?]+[\"”»)]*|\s*[^.!?\n]*\n+|\s*[^.!?\n]+$|\s+$")
"""A sentence with the space before it, so that one that is written behind it leaves it the same."""


Change = tuple[int, int, list[str]]
"""A stretch of the base's sentences, from and up to, and what stands in its place."""


@dataclass(frozen=True)
class Part:
    """A stretch of two people's texts brought together: agreed, or a sentence that both wrote anew."""

    text: str
    """What stands there; of a sentence that both changed, the one's words."""
    theirs: str | None = None
    """The other's words for the same sentence, None where there is no dispute."""


def merge(base: str, mine: str, theirs: str) -> str | None:
    """Return the text with both changes, or None where both changed the same sentence differently.

    Args:
        base: what both started from.
        mine: what one made of it.
        theirs: what the other made of it.
    """
    parts = reconcile(base, mine, theirs)
    if any(part.theirs is not None for part in parts):
        return None
    return "".join(part.text for part in parts)


def reconcile(base: str, mine: str, theirs: str) -> list[Part]:
    """Return the text with both changes, in parts; a part that both changed differently holds both.

    Args:
        base: what both started from.
        mine: what one made of it.
        theirs: what the other made of it.
    """
    if theirs in {mine, base}:
        return [Part(mine)]
    if mine == base:
        return [Part(theirs)]
    start = _sentences(base)
    ours, others = _changes(start, _sentences(mine)), _changes(start, _sentences(theirs))
    parts: list[Part] = []
    at = 0
    for low, high, own, foreign in _stretches(ours, others):
        parts.append(Part("".join(start[at:low])))
        by_me, by_them = _applied(start, low, high, own), _applied(start, low, high, foreign)
        if by_me == by_them or not foreign:
            parts.append(Part(by_me))
        elif not own:
            parts.append(Part(by_them))
        else:
            parts.append(Part(by_me, by_them))
        at = high
    parts.append(Part("".join(start[at:])))
    return [part for part in parts if part.text or part.theirs is not None]


def _stretches(ours: list[Change], others: list[Change]) -> list[tuple[int, int, list[Change], list[Change]]]:
    """Return the stretches of the base that were changed, those that touch taken together."""
    found: list[tuple[int, int, list[Change], list[Change]]] = []
    marked = [(change, True) for change in ours] + [(change, False) for change in others]
    for change, own in sorted(marked, key=lambda pair: (pair[0][0], pair[0][1])):
        low, high = change[0], change[1]
        if found and (low < found[-1][1] or low == found[-1][0]):
            before = found.pop()
            low, high = before[0], max(high, before[1])
            mine, foreign = before[2], before[3]
        else:
            mine, foreign = [], []
        (mine if own else foreign).append(change)
        found.append((low, high, mine, foreign))
    return found


def _applied(start: list[str], low: int, high: int, changes: list[Change]) -> str:
    """Return a stretch of the base as one of the two made it."""
    kept: list[str] = []
    at = low
    for begin, end, lines in changes:
        kept += start[at:begin] + lines
        at = end
    return "".join(kept + start[at:high])


def _sentences(text: str) -> list[str]:
    return SENTENCE.findall(text)


def _changes(start: list[str], end: list[str]) -> list[Change]:
    matcher = difflib.SequenceMatcher(a=start, b=end, autojunk=False)
    return [
        (low, high, end[new_low:new_high])
        for tag, low, high, new_low, new_high in matcher.get_opcodes()
        if tag != "equal"
    ]
