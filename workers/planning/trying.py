"""A passage while it is being written: as its reader will see it, how it reads, what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reports import document as d
from tenants.language import Message, message
from workers.planning import inline
from workers.planning.book import Book
from workers.planning.problems import text_problems
from workers.planning.words import printed

STYLES = ("", "dollars", "cents", "thousands", "size")
"""Ways in which an amount is printed in a sentence; the first is the usual one."""
FEWEST_WORDS = 40
"""Below this many words a school grade says nothing."""
HARD_GRADE = 10
"""From this school grade on, a section is hard to read for many families."""


@dataclass(frozen=True)
class Tried:
    """A passage as it would be printed, and what is to be said of it."""

    block: d.Block
    loose: list[str] = field(default_factory=list)
    """Numbers that are neither bound nor stated by the author."""
    problems: list[Message] = field(default_factory=list)


def attempt(book: Book, kind: Any, text: str, text_es: str, block_id: int = 0) -> Tried:
    """Return a passage as it would be printed if it were kept as written, whatever is wrong with it."""
    missing: list[Message] = []
    paragraphs: d.Paragraphs = {}
    for language, words in (("en", text), ("es", text_es or text)):
        paragraphs[language] = [
            inline.runs(paragraph, lambda bound, language=language: _run(book, bound, language, missing))  # type: ignore[misc]
            for paragraph in inline.paragraphs(kind, words)
        ]
    problems = _distinct([*text_problems(text), *text_problems(text_es), *missing])
    loose = list(dict.fromkeys([*inline.unbound_numbers(text), *inline.unbound_numbers(text_es)]))
    return Tried(d.Block(block_id, kind, paragraphs), loose, problems)


def _run(book: Book, bound: inline.BoundText, language: str, missing: list[Message]) -> d.Run:
    figure = book.figure(bound.key)
    if figure is None:
        missing.append(
            message("The figure {key} does not exist any more. Insert another one.", key=bound.key)
        )
        return d.Run(kind="text", text="–")
    return d.Run(kind="figure", text=printed(figure, language, bound.style), figure=bound.key)


def _distinct(problems: Iterable[Message]) -> list[Message]:
    found: list[Message] = []
    for problem in problems:
        if problem not in found:
            found.append(problem)
    return found


def as_read(book: Book, text: str, language: str) -> str:
    """Return a text as written in words: each figure as it is printed, without marks for emphasis."""

    def word(bound: inline.BoundText) -> d.Run:
        return _run(book, bound, language, [])

    return "\n".join(
        "".join(run.text for run in inline.runs(line, word)).strip() for line in text.strip().splitlines()
    )


def faces(figure: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return how a figure is printed in each language and style."""
    styles = STYLES if figure["unit"] == "cents" else STYLES[:1]
    return {
        language: {style: printed(figure, language, style) for style in styles} for language in d.LANGUAGES
    }


def words_of(blocks: Iterable[d.Block], language: str = "en") -> int:
    """Return how many words passages have in a language."""
    return sum(
        len(run.text.split())
        for block in blocks
        for runs in block.paragraphs.get(language, [])
        for run in runs
    )


def reading_grade(blocks: Iterable[d.Block]) -> int | None:
    """Return the school grade that reads English passages with ease, or None for too few words.

    The Flesch-Kincaid grade level (Kincaid and others, 1975): 0.39 words a sentence + 11.8 syllables a
    word - 15.59, syllables counted as groups of vowels. Headings and tables are left out.
    """
    text = " ".join(
        d.runs_text(runs)
        for block in blocks
        if block.kind in ("paragraph", "list", "callout")
        for runs in block.paragraphs.get("en", [])
    )
    words = re.findall(r"[A-Za-z']+", text)
    sentences = len(re.findall(r"[.!?]+(?:\s|$)", text))
    if len(words) < FEWEST_WORDS or not sentences:
        return None
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in words)
    return max(1, round(0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59))
