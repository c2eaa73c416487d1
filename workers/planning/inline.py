"""The plan's text as people write it: a small subset of Markdown with bound figures.

`{{figure:KEY}}` stands for a number that is bound to a result, `{{figure:KEY|dollars}}` for one printed
another
way, `{{stated:42 teachers}}` for a number that the author stands for. `**strong**` and `*soft*` emphasize.
In a
list each line begins with `- `.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reports.document import Run

TOKEN = re.compile(
    r"\{\{figure:(?P<figure>[^{}|]+)(?:\|(?P<style>[a-z]+))?\}\}"
    r"|\{\{stated:(?P<stated>[^{}]+)\}\}"
    r"|\*\*(?P<strong>[^*\n]+)\*\*"
    r"|\*(?P<soft>[^*\n]+)\*"
)
BRACES = re.compile(r"\{\{[^{}]*\}\}|\{\{|\}\}")

MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
NAMED = (
    r"grades?|grados?|sections?|sección|secciones|fund|fondo|resource|recurso|object|objeto|function|función|"
    r"goal|meta|title|título|proposition|proposición|prop\.|phase|fase|page|página|criterion|criterio|ab|sb|"
    r"version|versión|resolution|resolución"
)
ALLOWED = re.compile(
    "|".join(
        (
            r"\b(?:19|20)\d\d-\d\d\b",  # fiscal years
            rf"\b(?:{MONTHS})\s+\d{{1,2}}\b",  # June 30
            rf"\b\d{{1,2}}\s+de\s+(?:{MONTHS})\b",  # 30 de junio
            r"\b(?:19|20)\d\d\b(?![,.]\d|\d|%| %)",  # years
            # what carries a number as its name
            rf"(?i:\b(?:{NAMED})\s+\d[\d.]*(?:\s*(?:-|–|to|a|and|y)\s*\d[\d.]*)?)",
            r"\b(?:TK|K)\s?[-–]\s?\d{1,2}\b",  # grade spans
        )
    )
)
DIGITS = re.compile(r"\d[\d,.]*\s?%?|\d")


@dataclass(frozen=True)
class BoundText:
    """A bound figure as it stands in a text."""

    key: str
    style: str


def bound(text: str) -> list[BoundText]:
    """Return the bound figures of a text, in order."""
    return [
        BoundText(match["figure"].strip(), match["style"] or "")
        for match in TOKEN.finditer(text)
        if match["figure"]
    ]


def unbound_numbers(text: str) -> list[str]:
    """Return the numbers in a text that are neither bound nor stated by the author.

    Fiscal years, dates and numbers that are names (grade 3, fund 17, section 4) are no amounts and pass.
    """
    plain = TOKEN.sub(lambda match: match["strong"] or match["soft"] or " ", text)
    return [found.strip(" .,") for found in DIGITS.findall(ALLOWED.sub(" ", plain))]


def broken_braces(text: str) -> list[str]:
    """Return whatever looks like a reference but can't be read as one."""
    return [match.group() for match in BRACES.finditer(TOKEN.sub(" ", text))]


def paragraphs(kind: str, text: str) -> list[str]:
    """Return a block's text in its paragraphs; of a list its items; headings are one line."""
    if kind == "list":
        lines = (line.strip() for line in text.splitlines())
        return [line.removeprefix("- ").removeprefix("* ").strip() for line in lines if line]
    if kind == "heading":
        return [" ".join(text.split())] if text.strip() else []
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def runs(text: str, figure: Callable[[BoundText], Run]) -> list[Run]:
    """Return a paragraph as runs; `figure` gives the run of a bound figure."""
    return list(_runs(text, figure))


def _runs(text: str, figure: Callable[[BoundText], Run]) -> Iterator[Run]:
    end = 0
    for match in TOKEN.finditer(text):
        if match.start() > end:
            yield Run(kind="text", text=text[end : match.start()])
        if match["figure"]:
            yield figure(BoundText(match["figure"].strip(), match["style"] or ""))
        elif match["stated"]:
            yield Run(kind="stated", text=match["stated"].strip())
        elif match["strong"]:
            yield from (_emphasized(run, "strong") for run in _runs(match["strong"], figure))
        else:
            yield from (_emphasized(run, "em") for run in _runs(match["soft"], figure))
        end = match.end()
    if end < len(text):
        yield Run(kind="text", text=text[end:])


def _emphasized(run: Run, emphasis: str) -> Run:
    if run.kind != "text":
        return run
    return Run(kind="text", text=run.text, emphasis="strong" if emphasis == "strong" else "em")


def rebind(text: str, old: str, new: str) -> str:
    """Return the text with one figure's reference replaced by another's; style is kept."""
    return text.replace("{{figure:" + old + "}}", "{{figure:" + new + "}}").replace(
        "{{figure:" + old + "|", "{{figure:" + new + "|"
    )
