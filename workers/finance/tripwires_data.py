"""The limits behind the tripwires, the words that all of them share, and the calendar."""

from __future__ import annotations

import datetime as dt
import functools
import json
from decimal import Decimal
from importlib import resources
from typing import Any, Literal

from workers.analyses.result import Message, sentence

NAMES: dict[str, Message] = {
    "reserve": sentence("Minimum reserve"),
    "local_reserve_cap": sentence("Local reserve cap"),
    "classroom_compensation": sentence("Share of classroom compensation"),
    "k3_class_size": sentence("Class size in kindergarten to grade 3"),
    "special_education_effort": sentence("Special education maintenance of effort"),
    "routine_maintenance": sentence("Routine restricted maintenance"),
    "proportionality": sentence("Proportionality of services"),
    "layoff_preliminary": sentence("Preliminary layoff notice"),
    "layoff_final": sentence("Final layoff notice"),
    "settlement": sentence("Disclosure of a settlement"),
    "settlement_revision": sentence("Budget revision after a settlement"),
}

Status = Literal["read", "to_confirm", "entered"]
SAID_STATUS: dict[Status, Message] = {
    "read": sentence("The limit stands in the text of the rule, the state's form or the state's own notice."),
    "to_confirm": sentence("To be confirmed: the limit of an earlier year is used."),
    "entered": sentence("Entered by the district: the text of the rule was not read."),
}


@functools.cache
def rules() -> dict[str, Any]:
    """Return the limits by rule."""
    text = resources.files("workers.finance").joinpath("tripwires.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)["rules"]
    return loaded


def year_starts(fiscal_year: str) -> dt.date:
    """Return the first day of a fiscal year, 1 July."""
    return dt.date(int(fiscal_year[:4]), 7, 1)


def year_ends(fiscal_year: str) -> dt.date:
    """Return the last day of a fiscal year, 30 June."""
    return dt.date(int(fiscal_year[:4]) + 1, 6, 30)


def working_day(day: dt.date) -> dt.date:
    """Return the last weekday on or before a day."""
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def said_date(day: dt.date) -> Message:
    """Return a day as a value of a sentence."""
    return {"date": day.isoformat(), "style": "long"}


def whole(number: int | Decimal) -> str:
    """Return a number as decimal text."""
    return format(number, "f") if isinstance(number, Decimal) else str(number)
