"""What changed between two versions: words passage by passage, and numbers with their causes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reports.document import Document, Figure, Section, Text, plain_text, runs_text
from tenants.language import Message, message
from workers.planning.words import own

Piece = tuple[Literal["same", "out", "in"], str]
WORDS = re.compile(r"\S+\s*")


@dataclass(frozen=True)
class PassageChange:
    """A passage that came, went or changed; `pieces` is its text with what went out and came in."""

    section: Text
    block_id: int
    what: Literal["added", "removed", "changed"]
    pieces: list[Piece]


@dataclass(frozen=True)
class NumberChange:
    """A number that both versions have, with different values."""

    label: Text
    fiscal_year: str | None
    before: Text
    now: Text
    code: str
    cause: Message


@dataclass(frozen=True)
class Comparison:
    """What changed from one version to another."""

    passages: list[PassageChange]
    numbers: list[NumberChange]
    same: int
    """Passages that did not change."""


def compare(before: Document, now: Document, language: str) -> Comparison:
    """Compare two versions in a language."""
    earlier = {block.id: (section, block) for section, block in before.blocks()}
    later = {block.id: (section, block) for section, block in now.blocks()}
    passages, same = _titles(before, now, language), 0
    for block_id, (section, block) in later.items():
        if block_id not in earlier:
            text = plain_text(block, language)
            passages.append(PassageChange(section.name, block_id, "added", [("in", text)]))
        elif (old := plain_text(earlier[block_id][1], language)) != (new := plain_text(block, language)):
            passages.append(PassageChange(section.name, block_id, "changed", pieces(old, new)))
        else:
            same += 1
    passages += [
        PassageChange(section.name, block.id, "removed", [("out", plain_text(block, language))])
        for block_id, (section, block) in earlier.items()
        if block_id not in later
    ]
    return Comparison(passages, numbers(before, now), same)


def _titles(before: Document, now: Document, language: str) -> list[PassageChange]:
    earlier: dict[str, Section] = {section.key: section for section in before.sections}
    found = []
    for section in now.sections:
        old = runs_text(earlier[section.key].title[language]) if section.key in earlier else ""
        new = runs_text(section.title[language])
        if old != new:
            found.append(PassageChange(section.name, 0, "changed", pieces(old, new)))
    return found


def pieces(old: str, new: str) -> list[Piece]:
    """Return the new text with what went out and came in, word by word."""
    a, b = WORDS.findall(old), WORDS.findall(new)
    found: list[Piece] = []
    for tag, low, high, new_low, new_high in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(a[low:high])))
            continue
        if high > low:
            found.append(("out", "".join(a[low:high])))
        if new_high > new_low:
            found.append(("in", "".join(b[new_low:new_high])))
    return found


def numbers(before: Document, now: Document) -> list[NumberChange]:
    """Return the numbers that both versions show in text or tables of their own, where the value differs."""
    earlier = {figure.stable_key: figure for figure in before.figures.values()}
    found = []
    for figure in now.figures.values():
        old = earlier.get(figure.stable_key)
        if old is None or old.value == figure.value or not (figure.code or old.code):
            continue
        found.append(
            NumberChange(
                label=figure.label,
                fiscal_year=figure.fiscal_year,
                before=old.printed,
                now=figure.printed,
                code=figure.code or old.code,
                cause=_cause(before, now, old, figure),
            )
        )
    return sorted(found, key=lambda change: change.code)


def _cause(before: Document, now: Document, old: Figure, figure: Figure) -> Message:
    """Return why a number differs: follow its parts down to the first leaf that differs."""
    if figure.key.startswith("run/"):
        return _run_cause(before, now, old, figure)
    leaf = _leaf(before, now, old, figure, set())
    if leaf is None:
        return message("a correction")
    if leaf.key.startswith("run/"):
        partner = next(f for f in before.figures.values() if f.stable_key == leaf.stable_key)
        return _run_cause(before, now, partner, leaf)
    label = own(leaf.label["en"], leaf.label["es"])
    if leaf.key.startswith("plan/option/"):
        return message("the option was changed: {label}", label=label)
    if leaf.key.startswith("plan/priority/"):
        return message("the priority was changed: {label}", label=label)
    return message("options or priorities came in or went out")


def _leaf(before: Document, now: Document, old: Figure, figure: Figure, seen: set[str]) -> Figure | None:
    """Return the deepest part whose value differs, or the figure itself where its parts are others."""
    if figure.key in seen or old.value == figure.value:
        return None
    seen.add(figure.key)
    earlier = {each.stable_key: each for each in before.figures.values()}
    for part in figure.parts:
        child = now.figures.get(str(part.get("figure", "")))
        if child is None or child.stable_key not in earlier:
            continue
        found = _leaf(before, now, earlier[child.stable_key], child, seen)
        if found is not None:
            return found
    return figure


def _run_cause(before: Document, now: Document, old: Figure, figure: Figure) -> Message:
    sources = [_source(before, old), _source(now, figure)]
    if None in sources:
        return message("a correction")
    was, is_now = sources
    if was["version"] != is_now["version"]:
        return message("the method was corrected")
    if _data(was) != _data(is_now):
        return message("newer data were loaded")
    if was["input_digest"] != is_now["input_digest"]:
        return message("state rates or accepted assumptions changed")
    if was["parameters"] != is_now["parameters"]:
        return message("an assumption was changed")
    return message("a correction")


def _data(source: Mapping[str, Any]) -> list[Any]:
    """Return what was read of the district's own data: ledgers and attendance."""
    return [each for each in source["inputs"] if "digest" in each or "ada" in each]


def _source(document: Document, figure: Figure) -> Any:
    run_id = int(figure.key.split("/")[1])
    for source in document.sources:
        if source.run_id == run_id:
            return {
                "version": source.version,
                "input_digest": source.input_digest,
                "inputs": source.inputs,
                "parameters": source.parameters,
            }
    return None
