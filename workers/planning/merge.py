"""Two people in one passage: what both wrote is kept, or both are shown; nothing is overwritten."""

from __future__ import annotations

import difflib
import re

SENTENCE = re.compile(r"[^.!?\n]*[.!?]+[\"”»)]*\s*|[^.!?\n]*\n+|[^.!?\n]+$")


def merge(base: str, mine: str, theirs: str) -> str | None:
    """Return the text with both changes, or None where both changed the same sentence differently.

    Args:
        base: what both started from.
        mine: what one made of it.
        theirs: what the other made of it.
    """
    if theirs in {mine, base}:
        return mine
    if mine == base:
        return theirs
    start = _sentences(base)
    changes = sorted(
        (*_changes(start, _sentences(mine)), *_changes(start, _sentences(theirs))),
        key=lambda change: (change[0], change[1]),
    )
    merged: list[str] = []
    at = 0
    for index, (low, high, lines) in enumerate(changes):
        if index and changes[index - 1] == (low, high, lines):
            continue
        if low < at or (index and low == changes[index - 1][0]):
            return None
        merged += start[at:low] + lines
        at = high
    return "".join(merged + start[at:])


def _sentences(text: str) -> list[str]:
    return SENTENCE.findall(text)


def _changes(start: list[str], end: list[str]) -> list[tuple[int, int, list[str]]]:
    matcher = difflib.SequenceMatcher(a=start, b=end, autojunk=False)
    return [
        (low, high, end[new_low:new_high])
        for tag, low, high, new_low, new_high in matcher.get_opcodes()
        if tag != "equal"
    ]
