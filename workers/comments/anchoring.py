"""Where a commented passage stands in a later version of a plan.

A passage is held by three anchors: the id of its block, which outlives versions; the exact quotation with
what stood before and after it; and character offsets. A later version is searched in that block alone: first
for the exact quotation, then, scored on the quotation *and on both of its sides*, for a reworded passage.
Whatever stays below the bar, or fits two places equally well, is lost: it is shown as having been about a
passage in its own version, and never hung on words that only look alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

CONTEXT = 48
"""Characters kept before and after a quotation."""

LONGEST_QUOTATION = 1200
"""Characters of a quotation; a longer selection is about its whole paragraph."""

QUOTATION_BAR = 70.0
"""Least likeness (0-100) of a reworded quotation to the old one."""

TOTAL_BAR = 76.0
"""Least weighted likeness of quotation and both sides together."""

CLEAR_LEAD = 6.0
"""A second place this close to the first makes the match a guess."""

UNTOUCHED = 100.0
"""Likeness of surroundings in which nothing changed."""

_SHARES = (0.7, 0.85, 1.0, 1.15, 1.35, 1.6)
"""Lengths of candidate passages, as shares of the quotation's number of words."""

_WORD = re.compile(r"\S+")

How = Literal["exact", "moved", "approximate", "lost"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a comment holds on to.

    Attributes:
        block_id: Block of the plan that the passage belongs to.
        quotation: The passage as it was printed; empty when the comment is about the whole block.
        before: Up to `CONTEXT` characters that stood before it.
        after: Up to `CONTEXT` characters that stood after it.
        start: Offset of the first character in the block's plain text, or None.
        end: Offset after the last character, or None.
    """

    block_id: int
    quotation: str = ""
    before: str = ""
    after: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a passage stands in a version; `start` and `end` are None for a whole block and when lost."""

    how: How
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    quotation: float
    total: float


LOST = Placement("lost")


def capture(block_id: int, text: str, quotation: str, start: int | None = None) -> Anchor:
    """Make the anchors of a selection in a block.

    Args:
        block_id: The block's id.
        text: The block's plain text as printed.
        quotation: What the reader selected; white space may differ from the text's.
        start: Where the selection began, as far as the reader's page knew.

    Returns:
        Anchors of the passage. When the quotation does not stand in the block, or is too long, anchors of the
        whole block: a comment never claims to quote what is not there.
    """
    words = quotation.split()
    if not words or len(quotation) > LONGEST_QUOTATION:
        return Anchor(block_id)
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    found = [match.span() for match in pattern.finditer(text)]
    if not found:
        return Anchor(block_id)
    begin, end = min(found, key=lambda span: (abs(span[0] - start) if start is not None else 0, span[0]))
    return Anchor(
        block_id,
        quotation=text[begin:end],
        before=text[max(0, begin - CONTEXT) : begin],
        after=text[end : end + CONTEXT],
        start=begin,
        end=end,
    )


def place(anchor: Anchor, text: str | None) -> Placement:
    """Find a passage again.

    Args:
        anchor: The passage's anchors.
        text: Plain text of the same block in the later version, in the same language; None when it is gone.

    Returns:
        `exact` at the same offsets or for a whole block that is still there, `moved` when the quotation
        stands word for word elsewhere in the block, `approximate` when it was reworded, else `lost`.
    """
    if text is None or not text.strip():
        return LOST
    if not anchor.quotation:
        return Placement("exact")
    exact = _exact(anchor, text)
    if exact is not None:
        return exact
    if anchor.quotation in text:
        return LOST  # word for word in two places that fit equally: choosing would be guessing
    return _approximate(anchor, text)


def _exact(anchor: Anchor, text: str) -> Placement | None:
    """Return the one place where the quotation stands word for word, told apart by both of its sides."""
    length = len(anchor.quotation)
    places = [match.start() for match in re.finditer(f"(?={re.escape(anchor.quotation)})", text)]
    ranked = sorted(((_sides(anchor, text, at, at + length), at) for at in places), reverse=True)
    if not ranked:
        return None
    best, at = ranked[0]
    if len(ranked) > 1 and best - ranked[1][0] < CLEAR_LEAD:
        tied = [place for score, place in ranked if score == best]
        if best < UNTOUCHED or (len(tied) > 1 and anchor.start not in tied):
            return None
        at = anchor.start if anchor.start in tied and anchor.start is not None else at
    return Placement("exact" if at == anchor.start else "moved", at, at + length)


def _sides(anchor: Anchor, text: str, start: int, end: int) -> float:
    """Return how alike (0-100) the surroundings are to those of the passage; both sides count."""
    before = text[max(0, start - max(len(anchor.before), 1)) : start]
    after = text[end : end + max(len(anchor.after), 1)]
    return (_alike(anchor.before, before) + _alike(anchor.after, after)) / 2


def _alike(old: str, new: str) -> float:
    """Return the likeness of two texts; two empty ones (the edge of a block) are alike."""
    if not old.strip() and not new.strip():
        return 100.0
    return float(fuzz.ratio(" ".join(old.split()).casefold(), " ".join(new.split()).casefold()))


def _approximate(anchor: Anchor, text: str) -> Placement:
    """Return the one reworded passage of this block that is like the old one on all three counts."""
    words = [match.span() for match in _WORD.finditer(text)]
    count = len(anchor.quotation.split())
    sizes = sorted({max(1, round(count * share)) for share in _SHARES})
    candidates: list[_Candidate] = []
    for size in sizes:
        for first in range(max(0, len(words) - size + 1)):
            start, end = words[first][0], words[first + size - 1][1]
            quotation = _alike(anchor.quotation, text[start:end])
            if quotation >= QUOTATION_BAR:
                sides = _sides(anchor, text, start, end)
                candidates.append(_Candidate(start, end, quotation, 0.6 * quotation + 0.4 * sides))
    if not candidates:
        return LOST
    best = max(candidates, key=lambda candidate: (candidate.total, candidate.quotation, -candidate.start))
    rivals = [c for c in candidates if c.end <= best.start or c.start >= best.end]
    lead = best.total - max((rival.total for rival in rivals), default=0.0)
    if best.total < TOTAL_BAR or lead < CLEAR_LEAD:
        return LOST
    return Placement("approximate", best.start, best.end)
