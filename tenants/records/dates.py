"""Dates that every district's year carries, with their source.

The days are the usual ones; a law or a weekend may move them, so each names where it comes from and the list
is looked through every summer by someone who knows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from tenants.language import N_


@dataclasses.dataclass(frozen=True)
class YearlyDate:
    """A date of every year: month and day, what falls due, and the source."""

    key: str
    month: int
    day: int
    what: str
    source: str
    weekday_before: bool = False
    """True where a weekend moves the act to the Friday before."""


@dataclasses.dataclass(frozen=True)
class Coming:
    """A yearly date as it falls next."""

    key: str
    on: dt.date
    what: str
    source: str
    law_day: dt.date | None
    """The day that the law names, where a weekend moved the act."""


YEARLY = (
    YearlyDate(
        "governor", 1, 10, N_("Governor's budget proposal"), N_("State Constitution, Article IV, section 12")
    ),
    YearlyDate("midyear", 2, 28, N_("Mid-year look at the accountability plan"), N_("Education Code 52062")),
    YearlyDate(
        "notices", 3, 15, N_("Preliminary layoff notices sent"), N_("Education Code 44949 and 45117"), True
    ),
    YearlyDate(
        "second_interim",
        3,
        15,
        N_("Second interim report due at the county office"),
        N_("Education Code 42131"),
    ),
    YearlyDate("may_revision", 5, 14, N_("May Revision of the state budget"), N_("Government Code 13308")),
    YearlyDate("final_notices", 5, 15, N_("Final layoff notices sent"), N_("Education Code 44955"), True),
    YearlyDate("adoption", 7, 1, N_("Budget and accountability plan adopted"), N_("Education Code 42127")),
    YearlyDate(
        "unaudited", 9, 15, N_("Unaudited actuals due at the county office"), N_("Education Code 42100")
    ),
    YearlyDate(
        "first_interim",
        12,
        15,
        N_("First interim report due at the county office"),
        N_("Education Code 42131"),
    ),
)


def _falls(date: YearlyDate, year: int) -> Coming:
    law = dt.date(year, date.month, date.day)
    moved = dt.timedelta(days=max(0, law.weekday() - 4)) if date.weekday_before else dt.timedelta()
    return Coming(date.key, law - moved, date.what, date.source, law if moved else None)


def coming(today: dt.date, count: int | None = None) -> list[Coming]:
    """Return each yearly date as it falls from today on, nearest first.

    Args:
        today: the day to count from; a date that falls on it is still to come.
        count: how many, or all of a year when None.
    """
    found = []
    for date in YEARLY:
        falls = _falls(date, today.year)
        found.append(falls if falls.on >= today else _falls(date, today.year + 1))
    return sorted(found, key=lambda each: (each.on, each.key))[:count]


def fiscal_year_of(day: dt.date) -> str:
    """Return the fiscal year, July 1 to June 30, in which a day falls, as 2025-26."""
    first = day.year if day.month >= 7 else day.year - 1
    return f"{first}-{(first + 1) % 100:02d}"
