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

RULES: dict[str, Message] = {
    "reserve": sentence("Available reserves must be at least the state's minimum for the district's size."),
    "local_reserve_cap": sentence(
        "In a year after the state's school stabilization account is full, assigned and unassigned balances "
        "may not be more than 10%."
    ),
    "classroom_compensation": sentence(
        "Pay of classroom teachers and aides must be at least 60% (elementary), 55% (unified) or 50% (high "
        "school) of the current expense of education."
    ),
    "k3_class_size": sentence(
        "Every school must average at most 24 pupils in K-3 classes, or what was agreed; one that does not "
        "costs the district the whole adjustment."
    ),
    "special_education_effort": sentence(
        "Spending for special education may not fall below the last year that met the test, less what the "
        "regulation allows; one of four methods must be met."
    ),
    "routine_maintenance": sentence(
        "At least 3% of general fund expenditures and uses must be contributed to maintenance."
    ),
    "proportionality": sentence(
        "Services for unduplicated pupils must grow by at least the percentage that their grants are of the "
        "base grant, plus what was carried over."
    ),
    "layoff_preliminary": sentence("Who may lose a position for the next year is told by March 15."),
    "layoff_final": sentence("Who loses a position for the next year gets final notice by May 15."),
    "layoff_specially_funded": sentence(
        "Who loses a specially funded classified position is told 60 days before its last day."
    ),
    "settlement": sentence(
        "The costs of an agreement in all its years are disclosed at a public meeting, and certified by "
        "superintendent and chief business official, before it is adopted."
    ),
    "settlement_revision": sentence(
        "The budget revision that an agreement needs is sent to the county within 45 days of adoption."
    ),
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
