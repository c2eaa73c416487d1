"""How the data pages print what findings hold: places, expectations and amounts."""

from __future__ import annotations

from apportion.data import words
from apportion.request import _, language
from tenants.language import UnknownTextError, format_money, translate


def told(text: str) -> str:
    """Return a finding's expectation in the reader's language, where it is a phrase and not a value."""
    try:
        return translate(text, language())
    except UnknownTextError:
        return text


def placed(field: str) -> str:
    """Return where a finding stands, as `fund 01, resource 3010`, in the reader's language."""
    parts = []
    for part in field.split(", "):
        if part in words.PLACES:
            parts.append(_(words.PLACES[part]))
            continue
        name, blank, code = part.partition(" ")
        parts.append(_(words.PLACES[name]) + blank + code if name in words.PLACES else part)
    return ", ".join(parts)


def plain(cents: int) -> str:
    """Return an amount as a person may type it back."""
    return format_money(cents, language(), "plain_cents")
