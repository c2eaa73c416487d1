"""When an option begins, what it brings or costs in each year, and until when deciding costs nothing."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workers.analyses.ledger import next_year
from workers.analyses.result import Message, sentence
from workers.analyses.result import year as as_year
from workers.finance.calculation import half_up
from workers.finance.scenario_shapes import Option, Overlap, Range
from workers.finance.tripwires_data import NAMES, said_date, year_ends, year_starts
from workers.finance.tripwires_people import notices_due
from workers.finance.tripwires_shapes import Layoff

CASES = ("low", "likely", "high")
LIKELY = CASES.index("likely")
ONE_DAY = dt.timedelta(days=1)
ALL_OF_IT = Decimal(1)
FURTHEST = 12
"""Years after which an option that is late each time is given up: beyond any projection."""

Cents = tuple[int, int, int]
"""Whole cents in the low, the likely and the high case of the balance."""
NO_CENTS: Cents = (0, 0, 0)


@dataclass(frozen=True)
class Start:
    """When an option begins if it is decided on the day that is looked at, or was or will be on its own.

    `decide_by` is the last day on which what is still open brings as much as it does in `fiscal_year` from
    its first day, None where nothing is open; `reasons` say why it does not begin in the year that was asked
    for, or not on its first day.
    """

    fiscal_year: str
    on: dt.date
    decide_by: dt.date | None
    reasons: tuple[Message, ...]


def fiscal_year_of(day: dt.date) -> str:
    """Return the fiscal year in which a day lies."""
    first = day.year if day.month >= 7 else day.year - 1
    return f"{first:04d}-{(first + 1) % 100:02d}"


def layoff_of(option: Option, fiscal_year: str) -> Layoff | None:
    """Return the layoffs of an option that begins in a year; notices given for an earlier year are void."""
    if option.notices is None:
        return None
    later = int(fiscal_year[:4]) - int(option.start[:4])
    given = option.notices
    last = given.last_day
    return Layoff(
        name=option.title,
        fiscal_year=fiscal_year,
        kind=given.kind,
        preliminary_notice=given.preliminary_notice if not later else None,
        final_notice=given.final_notice if not later else None,
        last_day=_years_on(last, later) if last else None,
        annual_cost=full_amount(option),
    )


def _years_on(day: dt.date, years: int) -> dt.date:
    """Return the same day some years later; 29 February becomes the 28th where there is none."""
    if (day.month, day.day) == (2, 29):
        day -= ONE_DAY
    return day.replace(year=day.year + years)


def whole_years(option: Option) -> bool:
    """Say whether an option begins with a year and not on any day of it."""
    return option.begins == "year" or option.notices is not None or option.latest_decision is not None


def begin(option: Option, as_of: dt.date) -> Start:
    """Return when an option begins if it is decided on a day.

    An option with notices that come too late saves nothing in that year and begins a year later, and so does
    one whose latest decision date or lead time has passed. One that may begin on any day begins after its
    lead time.
    """
    lead = dt.timedelta(days=option.lead_days)
    asked = year_starts(option.start)
    if not whole_years(option):
        decided = option.decided_on or as_of
        on = max(asked, decided + lead)
        late = sentence(
            "Decided on {decided}, it begins on {day}.", decided=said_date(decided), day=said_date(on)
        )
        reasons: tuple[Message, ...] = (late,) if on > asked else ()
        return Start(fiscal_year_of(on), on, None if option.decided_on else asked - lead, reasons)
    reasons = ()
    at = option.start
    for later in range(FURTHEST):
        at = next_year(option.start, later)
        limits = _limits(option, at, later)
        missed = [(limit, why) for limit, done, why in limits if (done or as_of) > limit]
        if not missed:
            break
        if not later:
            reasons = tuple(
                _late(why, limit, at) for limit, why in sorted(missed, key=lambda one: (one[0], one[1]))
            )
    still_open = [limit for limit, done, _ in limits if done is None]
    return Start(at, year_starts(at), min(still_open, default=None), reasons)


Limit = tuple[dt.date, dt.date | None, str]
"""The last day, the day on which it was or will be done, and what it is that has to be done."""


def _limits(option: Option, fiscal_year: str, later: int) -> list[Limit]:
    lead = dt.timedelta(days=option.lead_days)
    limits: list[Limit] = [(year_starts(fiscal_year) - lead, option.decided_on, "lead")]
    if option.latest_decision is not None:
        limits.append((_years_on(option.latest_decision, later), option.decided_on, "decision"))
    layoff = layoff_of(option, fiscal_year)
    if layoff is not None:
        limits += [(limit, noticed, name) for name, limit, noticed in notices_due(layoff)]
    return limits


def _late(why: str, limit: dt.date, fiscal_year: str) -> Message:
    values = {
        "limit": said_date(limit),
        "year": as_year(fiscal_year),
        "later": as_year(next_year(fiscal_year)),
    }
    if why == "lead":
        return sentence(
            "For {year} it had to be decided by {limit}, its lead time before the year begins; it brings "
            "nothing in {year}.",
            **values,
        )
    if why == "decision":
        return sentence(
            "Its latest decision date for {year} was {limit}; it brings nothing in {year}.", **values
        )
    return sentence(
        "{notice} was due by {limit}: the positions are paid in {year}, and nothing is saved in that year.",
        notice=NAMES[why],
        **values,
    )


def full_amount(option: Option) -> Decimal:
    """Return an option's likely dollars of a full year: the amount that people set, else its last amount."""
    return option.amounts[-1].likely if option.set_amount is None else option.set_amount


def _of_balance(option: Option, amounts: Range) -> tuple[Decimal, Decimal, Decimal]:
    """Return the amounts in the order of the balance: an investment's high cost makes its low case."""
    ordered = (amounts.low, amounts.likely, amounts.high)
    return ordered[::-1] if option.kind == "invest" else ordered


def yearly(option: Option, start: Start, years: Sequence[str]) -> list[Cents]:
    """Return what an option brings or costs in each year, in cents, before overlaps.

    The last likely amount may be set by people; every other amount moves in proportion to it.
    """
    found = [NO_CENTS] * len(years)
    begins = int(start.fiscal_year[:4])
    share = moved = ALL_OF_IT
    if option.timing == "ongoing" and not whole_years(option):
        ends = year_ends(start.fiscal_year)
        share = Decimal((ends - start.on).days + 1) / ((ends - year_starts(start.fiscal_year)).days + 1)
    if option.set_amount is not None:
        moved = option.set_amount / option.amounts[-1].likely
    full = NO_CENTS
    for place, fiscal_year in enumerate(years):
        nth = int(fiscal_year[:4]) - begins
        if nth < 0 or (option.timing == "one_time" and nth >= len(option.amounts)):
            continue
        if nth > max(len(option.amounts), len(option.ramp_percent)) and full != NO_CENTS:
            found[place] = full
            continue
        reached = option.ramp_percent[nth] / 100 if nth < len(option.ramp_percent) else ALL_OF_IT
        factor = reached * moved * (share if nth == 0 else ALL_OF_IT) * 100
        ordered = _of_balance(option, option.amounts[min(nth, len(option.amounts) - 1)])
        low, likely, high = (int(half_up(one * factor)) for one in ordered)
        found[place] = full = (low, likely, high)
    return found


def without_overlap(
    options: Iterable[Option], amounts: Mapping[str, Sequence[Cents]], overlaps: Iterable[Overlap]
) -> dict[str, list[Cents]]:
    """Return what each option counts once no dollar is counted twice.

    Options of one overlap together count at most its amount, or where none is given, the largest of them. The
    largest is counted first, then the next as far as dollars are left; the order in which options are given
    plays no part.
    """
    caps = {one.key: one.amount for one in overlaps}
    counted = {option.key: list(amounts[option.key]) for option in options}
    sharing = [option for option in options if option.overlap is not None]
    sharing.sort(key=lambda one: (one.overlap or "", -full_amount(one), one.key))
    for shared, members in itertools.groupby(sharing, key=lambda one: one.overlap or ""):
        group, cap = list(members), caps.get(shared)
        for place in range(len(next(iter(amounts.values())))):
            rows = [amounts[one.key][place] for one in group]
            most = (
                tuple(max(row[case] for row in rows) for case in range(len(CASES)))
                if cap is None
                else (int(half_up(cap * 100)),) * len(CASES)
            )
            left = list(most)
            for option, row in zip(group, rows, strict=True):
                low, likely, high = (min(cents, room) for cents, room in zip(row, left, strict=True))
                counted[option.key][place] = (low, likely, high)
                left = [room - cents for room, cents in zip(left, (low, likely, high), strict=True)]
    return counted
