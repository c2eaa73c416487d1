"""Where a figure comes from, in plain words for a reader: without ledger lines, which are the cabinet's."""

from __future__ import annotations

import dataclasses
from typing import Any

from reports.document import Document, Figure
from tenants.language import format_number, render


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One thing that a figure is made of; `code` is set where that is a printed figure of its own."""

    label: str
    value: str
    code: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Explained:
    """A figure's explanation in one language."""

    code: str
    stable_key: str
    label: str
    printed: str
    fiscal_year: str | None
    formula: str
    source: str
    parts: tuple[Part, ...]
    from_ledger: bool


def figure(found: Document, code: str, language: str) -> Explained | None:
    """Return the explanation of the figure with a code such as F01, or None."""
    wanted = next((f for f in found.figures.values() if f.code and f.code == code), None)
    return _explain(found, wanted, language) if wanted is not None else None


def by_stable_key(found: Document, key: str, language: str) -> Explained | None:
    """Return the explanation of the figure with a stable key, or None."""
    wanted = next((f for f in found.figures.values() if key and f.stable_key == key), None)
    return _explain(found, wanted, language) if wanted is not None else None


def _explain(found: Document, wanted: Figure, language: str) -> Explained:
    parts: list[Part] = []
    for part in wanted.parts:
        if "figure" in part:
            other = found.figures.get(str(part["figure"]))
            if other is not None:
                parts.append(Part(other.label[language], other.printed[language], other.code))
        elif "assumption" in part:
            parts.append(
                Part(_words(part.get("label") or part.get("source"), language), _value(part, language))
            )
    return Explained(
        code=wanted.code,
        stable_key=wanted.stable_key,
        label=wanted.label[language],
        printed=wanted.printed[language],
        fiscal_year=wanted.fiscal_year,
        formula=wanted.formula[language],
        source=wanted.source[language],
        parts=tuple(part for part in parts if part.label),
        from_ledger=any("ledger" in part for part in wanted.parts),
    )


def _words(said: Any, language: str) -> str:
    if isinstance(said, dict) and language in said:
        return str(said[language])
    if isinstance(said, dict) and "text" in said:
        return render(said, language)
    return said if isinstance(said, str) else ""


def _value(part: dict[str, Any], language: str) -> str:
    value = part.get("printed", part.get("value"))
    if isinstance(value, dict):
        return _words(value, language)
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return format_number(value, language, 0 if float(value).is_integer() else 2)
    return ""
