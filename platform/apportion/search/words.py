"""What a person looks for, as words: matched whole or in part, without regard to case and accents."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, func, literal
from sqlalchemy.orm import InstrumentedAttribute

MOST_WORDS = 8
MOST_LETTERS = 100
ACCENTED = "áàâäãåéèêëíìîïóòôöõúùûüñç"
PLAIN = "aaaaaaeeeeiiiiooooouuuunc"
"""ACCENTED letter by letter: what PostgreSQL's translate() puts instead, with nothing to install."""
AROUND = 70
"""Letters shown before and after the first word found."""

Part = tuple[str, bool]
"""A stretch of text, and whether it is what was looked for."""


_PLAINLY = str.maketrans(ACCENTED, PLAIN)


def fold(text: str) -> str:
    """Return a text in small letters without accents, letter for letter, so that places in both agree."""
    small = text.lower()
    if len(small) != len(text):
        # A few capitals of other alphabets become two letters; those stay as they are.
        small = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return small.translate(_PLAINLY)


@dataclasses.dataclass(frozen=True)
class Query:
    """The words that all must be found."""

    text: str
    """As typed, in one line."""
    words: tuple[str, ...]
    """Folded."""

    @classmethod
    def of(cls, typed: str) -> Query:
        """Return the query that a person typed; what is too long is cut."""
        text = " ".join(re.sub(r"[\x00-\x1f]", " ", typed).split())[:MOST_LETTERS]
        words = tuple(dict.fromkeys(fold(text).split()))[:MOST_WORDS]
        return cls(text, words)

    @property
    def enough(self) -> bool:
        """Whether there is something to look for: at least one word of two letters."""
        return any(len(word) > 1 for word in self.words)

    def fits(self, *texts: str) -> bool:
        """Say whether every word stands in one text or another."""
        folded = [fold(text) for text in texts if text]
        return all(any(word in text for text in folded) for word in self.words)

    def condition(
        self, columns: Sequence[InstrumentedAttribute[str] | ColumnElement[str]]
    ) -> ColumnElement[bool]:
        """Return the condition in SQL that every word stands in one of the columns.

        Row-level security comes before it: LIKE is not leakproof, so PostgreSQL looks at the district's own
        rows alone, and the index of a LIKE would not be used. Callers ask for small tables of one district.
        """
        whole = func.concat_ws(" ", *columns)
        folded = func.translate(func.lower(whole), literal(ACCENTED), literal(PLAIN))
        return and_(*(folded.contains(word, autoescape=True) for word in self.words))

    def excerpt(self, texts: Iterable[str]) -> tuple[Part, ...]:
        """Return the stretch around the first word found in the first text that has one, with marks."""
        for text in texts:
            line = " ".join(text.split())
            folded = fold(line)
            places = [folded.find(word) for word in self.words if word in folded]
            if places:
                return self._cut(line, folded, min(places))
        return ()

    def _cut(self, line: str, folded: str, first: int) -> tuple[Part, ...]:
        start, end = max(0, first - AROUND), min(len(line), first + 2 * AROUND)
        # No word is cut in two at either end.
        if start:
            start = line.find(" ", start, first) + 1 or start
        if end < len(line):
            end = max(line.rfind(" ", first + 1, end), first + max(map(len, self.words)))
        parts: list[Part] = [("… ", False)] if start else []
        parts += self.marked(line[start:end], folded[start:end])
        return (*parts, (" …", False)) if end < len(line) else tuple(parts)

    def marked(self, text: str, folded: str | None = None) -> list[Part]:
        """Return a text in parts, with the words found marked."""
        folded = fold(text) if folded is None else folded
        pattern = "|".join(re.escape(word) for word in sorted(self.words, key=len, reverse=True))
        parts: list[Part] = []
        end = 0
        for found in re.finditer(pattern, folded):
            if found.start() > end:
                parts.append((text[end : found.start()], False))
            parts.append((text[found.start() : found.end()], True))
            end = found.end()
        if end < len(text):
            parts.append((text[end:], False))
        return parts
