"""Sentences of the plan in both languages, in which a district's own words may stand."""

from __future__ import annotations

from typing import Any

from reports.document import LANGUAGES, Text
from tenants.language import (
    Message,
    format_money,
    format_number,
    format_percent,
    message,
    render,
)

Figure = dict[str, Any]


def own(english: str, spanish: str = "") -> Message:
    """Return words that the district wrote itself, as a message or as a value of one.

    Where nobody wrote the Spanish, the English stands for both: the editor shows that it is missing.
    """
    return {"own": {"en": english, "es": spanish or english}}


def say(said: Message, language: str) -> str:
    """Return a message, which may hold own words, as a sentence in a language."""
    if "own" in said:
        text: str = said["own"][language]
        return text
    return render({**said, "values": _plain(said.get("values", {}), language)}, language)


def _plain(value: Any, language: str) -> Any:
    if isinstance(value, dict):
        if "own" in value:
            return value["own"][language]
        return {key: _plain(inner, language) for key, inner in value.items()}
    return value


def both(said: Message) -> Text:
    """Return a message in each language."""
    return {language: say(said, language) for language in LANGUAGES}


def printed(figure: Figure, language: str, style: str = "") -> str:
    """Return a figure as it is printed in a sentence: millions with one decimal, percent with one.

    Args:
        figure: a figure of an analysis or of the plan.
        language: `en` or `es`.
        style: for amounts `headline` (default), `dollars`, `cents` or `thousands`; `size` leaves the sign
            away, for sentences that say it in words ("a gap of $8.2M").
    """
    value, unit = figure["value"], figure["unit"]
    if isinstance(value, str):
        return value
    if style == "size":
        value, style = abs(value), ""
    match unit:
        case "cents":
            return format_money(int(value), language, style or "headline")  # type: ignore[arg-type]
        case "percent":
            return format_percent(value, language)
        case _:
            return format_number(value, language, 0 if float(value).is_integer() else 1)


def in_cell(figure: Figure, language: str, *, thousands: bool) -> str:
    """Return a figure as it is printed in a table whose subtitle names the unit."""
    value = figure["value"]
    if figure["unit"] == "cents":
        return format_money(int(value), language, "thousands" if thousands else "plain_dollars")
    return printed(figure, language)


def joined(parts: list[Message]) -> Message:
    """Return up to three own phrases as a list in a sentence: a; a and b; a, b and c."""
    match parts:
        case []:
            return message("nothing yet")
        case [one]:
            return one
        case [one, two]:
            return message("{one} and {two}", one=one, two=two)
        case [one, two, three]:
            return message("{one}, {two} and {three}", one=one, two=two, three=three)
    raise ValueError(f"a sentence lists three at most, not {len(parts)}")
