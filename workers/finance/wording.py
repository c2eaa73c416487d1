"""Faults of an input in plain words: what was found, and what was expected in its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workers.analyses.result import Message, sentence, sentence_n

LONGEST_FOUND = 200

_AN_OBJECT = sentence("an object with names and values")
_A_LIST = sentence("a list")
_TEXT = sentence("text as the schema describes it")
_TRUTH = sentence("true or false")
_WHOLE = sentence("a whole number")
_DAY = sentence("a day such as 2026-03-15")

_FIXED: dict[str, Message] = {
    "model_type": _AN_OBJECT,
    "model_attributes_type": _AN_OBJECT,
    "dict_type": _AN_OBJECT,
    "mapping_type": _AN_OBJECT,
    "tuple_type": _A_LIST,
    "list_type": _A_LIST,
    "string_type": sentence("text"),
    "string_pattern_mismatch": _TEXT,
    "string_unicode": _TEXT,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
}
"""What pydantic's errors of these kinds expected."""


@dataclass(frozen=True)
class Kind:
    """What a found value is, where it is too long to be told itself."""

    said: Message


def _one_of(choices: str) -> Message:
    return sentence("one of {choices}", choices=choices.replace("'", "").replace(" or ", ", "))


_LIMITED: dict[str, tuple[str, Callable[[Any], Message]]] = {
    "too_short": (
        "min_length",
        lambda least: sentence_n("at least {n} entry", "at least {n} entries", int(least)),
    ),
    "too_long": (
        "max_length",
        lambda most: sentence_n("at most {n} entry", "at most {n} entries", int(most)),
    ),
    "string_too_short": (
        "min_length",
        lambda least: sentence_n("at least {n} character", "at least {n} characters", int(least)),
    ),
    "string_too_long": (
        "max_length",
        lambda most: sentence_n("at most {n} character", "at most {n} characters", int(most)),
    ),
    "greater_than": ("gt", lambda least: sentence("a number above {least}", least=str(least))),
    "greater_than_equal": ("ge", lambda least: sentence("a number not below {least}", least=str(least))),
    "less_than": ("lt", lambda most: sentence("a number below {most}", most=str(most))),
    "less_than_equal": ("le", lambda most: sentence("a number not above {most}", most=str(most))),
    "literal_error": ("expected", _one_of),
    "enum": ("expected", _one_of),
    "union_tag_invalid": ("expected_tags", _one_of),
    "union_tag_not_found": (
        "discriminator",
        lambda name: sentence("a value of {name}", name=name.replace("'", "")),
    ),
}
"""What pydantic's errors of these kinds expected, from the part of their context that says it."""


def is_known(kind: str) -> bool:
    """Say whether an error of a kind is pydantic's own and has words here."""
    return kind in _LIMITED or kind in _FIXED


def expected_of(kind: str, context: Mapping[str, Any]) -> Message:
    """Return what was expected where pydantic found an error of a kind, in plain words."""
    if kind in _LIMITED:
        name, said = _LIMITED[kind]
        return said(context[name])
    return _FIXED.get(kind, sentence("what the schema describes"))


def found_of(value: Any) -> Any:
    """Return a found value as it is told: as it is where it is short, else its beginning or its kind."""
    match value:
        case Mapping() if _is_long(value):
            return Kind(sentence("an object"))
        case list() | tuple() if _is_long(value):
            return Kind(sentence_n("a list with {n} entry", "a list with {n} entries", len(value)))
        case str() if len(value) > LONGEST_FOUND:
            return value[:LONGEST_FOUND] + "…"
    return value


def _is_long(value: Any) -> bool:
    return len(json.dumps(value, default=str)) > LONGEST_FOUND
