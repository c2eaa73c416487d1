"""English and Spanish: texts, amounts, numbers and dates as people of a California district read them.

Source texts are whole English sentences with `{name}` placeholders; Spanish stands in
`tenants/translations/es/*.po`, one catalogue for each area, merged here. What a worker writes for later
reading is not a text but a *message*: a small JSON document of source text and values that `render` turns
into a sentence in the reader's language.

Negative amounts and numbers are printed in parentheses. A screen reader would pass over those, so page and
print components put a hidden minus in front of them (`templates/components.html`).
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

LANGUAGES = ("en", "es")
NAMES = {"en": "English", "es": "Español"}
"""Each language by its own name: what a reader looks for."""

LOCALES = {"en": Locale("en", "US"), "es": Locale("es", "US")}
PACIFIC = ZoneInfo("America/Los_Angeles")
"""Where all districts of the product are, and whose days its dates mean."""

MoneyStyle = Literal["headline", "dollars", "cents", "plain_dollars", "plain_cents", "thousands"]
DateStyle = Literal["long", "medium", "short", "weekday"]
Message = dict[str, Any]

PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_TWO_PERIODS = re.compile(r"(\b[ap]\.m\.(?:</time>)?)\.(?!\.)")
CATALOGUES = Path(__file__).parent / "translations"


class UnknownTextError(LookupError):
    """A text that no catalogue has in the language asked for."""


@functools.lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return every translated text of a language: source text to its forms (one, or singular and plural)."""
    merged: dict[str, tuple[str, ...]] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as stream:
            for entry in read_po(stream, locale=language):
                if not entry.id or entry.fuzzy:
                    continue
                source = entry.id[0] if isinstance(entry.id, (tuple, list)) else entry.id
                forms = tuple(entry.string) if isinstance(entry.string, (tuple, list)) else (entry.string,)
                if all(forms):
                    merged[source] = tuple(str(form) for form in forms)
    return merged


def supported(language: str | None) -> str:
    """Return the language if we have it, else English."""
    return language if language in LANGUAGES else "en"


def N_(text: str) -> str:  # noqa: N802 - the name that translators' tools know
    """Mark a text for the catalogue without translating it here."""
    return text


def message(text: str, **values: Any) -> Message:
    """Return a sentence to be read later in any language.

    Args:
        text: the English source text with `{name}` placeholders.
        values: strings, whole numbers, messages, or typed values of `money`, `percent`, `number`,
            `fiscal_year`, `date`, `moment`.
    """
    return {"text": text, "values": values}


def message_n(one: str, many: str, n: int, **values: Any) -> Message:
    """Return a sentence that counts: `one` when n is 1, else `many`; `{n}` is the count."""
    return {"text": one, "plural": many, "n": n, "values": values}


def money(cents: int, style: MoneyStyle = "headline") -> dict[str, Any]:
    """Return an amount in cents as a value of a message."""
    return {"money": cents, "style": style}


def percent(value: float, digits: int = 1) -> dict[str, Any]:
    """Return a percentage as a value of a message; `value` counts percent (3.0 is 3%)."""
    return {"percent": value, "digits": digits}


def number(value: float, digits: int = 0) -> dict[str, Any]:
    """Return a number as a value of a message."""
    return {"number": value, "digits": digits}


def fiscal_year(year: str) -> dict[str, Any]:
    """Return a fiscal year such as 2024-25 as a value of a message."""
    return {"fiscal_year": year}


def date(day: dt.date, style: DateStyle = "long") -> dict[str, Any]:
    """Return a day as a value of a message."""
    return {"date": day.isoformat(), "style": style}


def moment(at: dt.datetime) -> dict[str, Any]:
    """Return a point in time as a value of a message."""
    return {"moment": at.isoformat()}


def translate(text: str, language: str, **values: Any) -> str:
    """Return a source text in a language with its placeholders filled.

    Raises:
        UnknownTextError: if the language has no such text.
        KeyError: if a placeholder has no value.
    """
    return fill(_find(text, language, 0), language, values)


def translate_n(one: str, many: str, n: int, language: str, **values: Any) -> str:
    """Return the singular or plural text in a language; `{n}` is the count."""
    form = 0 if n == 1 else 1
    text = (one, many)[form] if language == "en" else _find(one, language, form)
    return fill(text, language, {"n": n, **values})


def render(said: Message, language: str) -> str:
    """Return a message as a sentence in a language."""
    if "plural" in said:
        return translate_n(said["text"], said["plural"], said["n"], language, **said["values"])
    return translate(said["text"], language, **said["values"])


def render_within(document: Any, language: str) -> Any:
    """Return a JSON document in which every message stands as a sentence in a language."""
    match document:
        case {"text": str(), "values": dict()}:
            return render(document, language)
        case dict():
            return {key: render_within(value, language) for key, value in document.items()}
        case list():
            return [render_within(value, language) for value in document]
    return document


def fill(text: str, language: str, values: Mapping[str, Any]) -> str:
    """Return a text with each `{name}` replaced by its value as that language writes it."""
    filled = PLACEHOLDER.sub(lambda match: write(values[match.group(1)], language), text)
    return one_period(filled)


def one_period(text: str) -> str:
    """Return a text in which a sentence that ends with a.m. or p.m. has one period, markup between or not."""
    return _TWO_PERIODS.sub(r"\1", text)


_TYPED: dict[str, Callable[[dict[str, Any], str], str]] = {
    "text": lambda value, language: render(value, language),  # noqa: PLW0108 - defined below
    "money": lambda value, language: format_money(value["money"], language, value.get("style", "headline")),
    "percent": lambda value, language: format_percent(value["percent"], language, value.get("digits", 1)),
    "number": lambda value, language: format_number(value["number"], language, value.get("digits", 0)),
    "fiscal_year": lambda value, _language: str(value["fiscal_year"]),
    "date": lambda value, language: format_date(
        dt.date.fromisoformat(value["date"]), language, value.get("style", "long")
    ),
    "moment": lambda value, language: format_datetime(dt.datetime.fromisoformat(value["moment"]), language),
}


def write(value: Any, language: str) -> str:
    """Return one value of a message as text.

    Whole numbers are counts and get separators; codes, ids and years are to be given as strings.

    Raises:
        TypeError: for a value that no sentence can hold, such as None, a truth value or a list.
    """
    match value:
        case str():
            return value
        case dict() if kind := next((key for key in _TYPED if key in value), None):
            return _TYPED[kind](value, language)
        case int() if not isinstance(value, bool):
            return format_number(value, language)
        case float() | Decimal():
            return format_number(value, language, 2)
        case dt.datetime():
            return format_datetime(value, language)
        case dt.date():
            return format_date(value, language)
    raise TypeError(f"a sentence can't hold a value of type {type(value).__name__}")


def _find(text: str, language: str, form: int) -> str:
    if language == "en":
        return text
    forms = catalogue(language).get(text)
    if forms is None or form >= len(forms):
        raise UnknownTextError(f"no {language} text for: {text}")
    return forms[form]


def _signed(printed: str, *, negative: bool) -> str:
    return f"({printed})" if negative else printed


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _digits(value: Decimal, language: str, digits: int) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(_rounded(abs(value), digits), format=pattern, locale=LOCALES[language])


def format_money(cents: int, language: str, style: MoneyStyle = "dollars") -> str:
    """Return an amount as printed; negative amounts stand in parentheses.

    Args:
        cents: whole cents.
        language: `en` or `es`.
        style: `headline` is millions with one decimal from a million on ($1.2M), whole thousands from ten
            thousand on, else dollars; `dollars` and `cents` are exact with a dollar sign; `plain_dollars`,
            `plain_cents` and `thousands` have no sign, for columns whose head names the unit.
    """
    dollars = Decimal(cents) / 100
    match style:
        case "headline":
            return _headline(dollars, language)
        case "dollars":
            digits, sign, value = 0, "$", dollars
        case "cents":
            digits, sign, value = 2, "$", dollars
        case "plain_dollars":
            digits, sign, value = 0, "", dollars
        case "plain_cents":
            digits, sign, value = 2, "", dollars
        case "thousands":
            digits, sign, value = 0, "", dollars / 1000
    return _signed(sign + _digits(value, language, digits), negative=_rounded(value, digits) < 0)


def _headline(dollars: Decimal, language: str) -> str:
    size = abs(dollars)
    if size >= 999_500:
        unit = "M" if language == "en" else "\u00a0M"
        printed = "$" + _digits(dollars / 1_000_000, language, 1) + unit
    elif size >= 10_000:
        printed = "$" + _digits(_rounded(dollars / 1000, 0) * 1000, language, 0)
    else:
        printed = "$" + _digits(dollars, language, 0)
    return _signed(printed, negative=_rounded(dollars, 0) < 0)


def format_number(value: float | Decimal, language: str, digits: int = 0) -> str:
    """Return a number with separators and exactly `digits` decimals; negative in parentheses."""
    exact = Decimal(str(value))
    return _signed(_digits(exact, language, digits), negative=_rounded(exact, digits) < 0)


def format_percent(value: float | Decimal, language: str, digits: int = 1) -> str:
    """Return a percentage; `value` counts percent (3.0 is printed 3.0%); negative in parentheses."""
    exact = Decimal(str(value))
    return _signed(_digits(exact, language, digits) + "%", negative=_rounded(exact, digits) < 0)


_DATE_PATTERNS: dict[tuple[str, DateStyle], str] = {
    ("en", "long"): "MMMM d, y",
    ("en", "medium"): "MMM d, y",
    ("en", "short"): "MMM d",
    ("en", "weekday"): "EEEE, MMMM d, y",
    ("es", "long"): "d 'de' MMMM 'de' y",
    ("es", "medium"): "d MMM y",
    ("es", "short"): "d MMM",
    ("es", "weekday"): "EEEE, d 'de' MMMM 'de' y",
}


def format_date(day: dt.date, language: str, style: DateStyle = "long") -> str:
    """Return a day: November 24, 2025 and 24 de noviembre de 2025, or shorter, or with its weekday."""
    return dates.format_date(day, format=_DATE_PATTERNS[language, style], locale=LOCALES[language])


def local_day(at: dt.datetime) -> dt.date:
    """Return the day that a point in time falls on in California."""
    return at.astimezone(PACIFIC).date()


def format_time(at: dt.datetime, language: str) -> str:
    """Return the time of day in California: 4:40 p.m."""
    local = at.astimezone(PACIFIC)
    half = "a.m." if local.hour < 12 else "p.m."
    clock = dates.format_time(local.time(), format="h:mm", locale=LOCALES[language])
    return f"{clock} {half}"


def format_datetime(at: dt.datetime, language: str, style: DateStyle = "medium") -> str:
    """Return a day and time of day in California.

    Args:
        at: a point in time with a time zone.
        language: `en` or `es`.
        style: how the day is written.
    """
    return f"{format_date(local_day(at), language, style)}, {format_time(at, language)}"
