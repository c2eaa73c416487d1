"""State rates by fiscal year, each value with its source, its date and how far it is settled.

The numbers are data files beside this module. A file holds series; a series holds, for each fiscal year, one
value or several that were told at different dates. `status` is

- `enacted` for what the state has fixed and a document read here prints,
- `projected` for what was forecast on the date,
- `to_confirm` for what rests on general knowledge or was derived or carried over: pages show it so.

`dated` is the day or month from which a value stood: the first day of its year for what is settled, the month
of its forecast for a projection. Dates are ISO text of either precision, so that they compare as text.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any

from workers.analyses.result import Message, digest, sentence, year
from workers.finance.rates.sources import SOURCES

FILES = ("lcff", "cola", "pensions", "payroll", "prices", "programs", "reserve")
"""Data files of dated series; `local` and `reserve_standard` have shapes of their own."""


@dataclass(frozen=True)
class Rate:
    """One rate of one year: decimal text, its status and its source; `dated` where it has a date."""

    value: str
    status: str
    source: Message
    dated: str | None = None

    @property
    def number(self) -> Decimal:
        """Return the value as an exact number."""
        return Decimal(self.value)


@dataclass(frozen=True)
class Change:
    """A rate of a year whose value in force is another one than before; None where there was or is none."""

    name: str
    fiscal_year: str
    before: Rate | None
    after: Rate | None


@functools.cache
def table(name: str) -> dict[str, Any]:
    """Return a data file of this package by its name without `.json`."""
    loaded: dict[str, Any] = json.loads(resources.files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
    return loaded


@functools.cache
def series() -> Mapping[str, dict[str, Any]]:
    """Return every series by its name: `what` it is, its `unit`, and its `years`."""
    return {name: one for file in FILES for name, one in table(file)["series"].items()}


def told(name: str, fiscal_year: str, as_of: str | None = None) -> tuple[Rate, ...]:
    """Return every value that was told for a rate of a year, oldest first.

    Args:
        name: of the series.
        fiscal_year: as 2026-27.
        as_of: day or month as ISO text; values dated later are left out.

    Raises:
        KeyError: if there is no such series.
    """
    return tuple(
        Rate(entry["value"], entry["status"], SOURCES[entry["source"]], entry["dated"])
        for entry in series()[name]["years"].get(fiscal_year, ())
        if as_of is None or entry["dated"] <= as_of
    )


class Rates:
    """The rates that count, one for each series and year: as of a day, or of a frozen document."""

    def __init__(self, by_name: Mapping[str, Mapping[str, Rate]]) -> None:
        self._by_name = by_name

    def in_force(self, name: str, fiscal_year: str) -> Rate | None:
        """Return the value that counts for a year; None where none is known."""
        return self._by_name.get(name, {}).get(fiscal_year)

    def rate(self, name: str, fiscal_year: str) -> Rate:
        """Return a rate of a year; outside the known years the nearest known one, to be confirmed.

        Raises:
            LookupError: if nothing of the series is known.
        """
        years = self._by_name.get(name, {})
        if fiscal_year in years:
            return years[fiscal_year]
        if not years:
            raise LookupError(f"no rate of {name} is known")
        nearest = max((each for each in years if each <= fiscal_year), default=min(years))
        carried = years[nearest]
        return Rate(
            carried.value,
            "to_confirm",
            sentence(
                "No rate is published for this year; that of {known} is carried over", known=year(nearest)
            ),
            carried.dated,
        )

    def last(self, name: str) -> str:
        """Return the last year of which a series is known."""
        return max(self._by_name[name])

    def __iter__(self) -> Iterator[tuple[str, str, Rate]]:
        """Give each series, year and rate."""
        return (
            (name, fiscal_year, found)
            for name, years in self._by_name.items()
            for fiscal_year, found in years.items()
        )


def counting(values: Sequence[Rate]) -> Rate:
    """Return the one of a year's values, oldest first, that counts: what is enacted, else the latest told."""
    return ([value for value in values if value.status == "enacted"] or list(values))[-1]


@functools.lru_cache(maxsize=32)
def rates(as_of: str | None = None) -> Rates:
    """Return the rates in force, today or as of a day or month: what is enacted, else the latest told."""
    by_name: dict[str, dict[str, Rate]] = {}
    for name, one in series().items():
        for fiscal_year in one["years"]:
            values = told(name, fiscal_year, as_of)
            if values:
                by_name.setdefault(name, {})[fiscal_year] = counting(values)
    return Rates(by_name)


def frozen_rates(document: Mapping[str, Any]) -> Rates:
    """Return the rates of a frozen document of `rate_set`.

    Raises:
        ValueError: if the document's digest is not that of its rates.
    """
    if digest(document["rates"]) != document["digest"]:
        raise ValueError("a frozen set of rates was changed after it was frozen")
    return Rates(
        {
            name: {
                fiscal_year: Rate(entry["value"], entry["status"], entry["source"], entry["dated"])
                for fiscal_year, entry in years.items()
            }
            for name, years in document["rates"].items()
        }
    )


def in_force(name: str, fiscal_year: str, as_of: str | None = None) -> Rate | None:
    """Return the value that counts for a year: what is enacted, else the latest told; None where none is."""
    return rates(as_of).in_force(name, fiscal_year)


def rate(name: str, fiscal_year: str, as_of: str | None = None) -> Rate:
    """Return a rate of a year; outside the known years the nearest known one, to be confirmed."""
    return rates(as_of).rate(name, fiscal_year)


def steps(name: str, fiscal_year: str) -> tuple[Decimal, ...]:
    """Return the percentages by which a year's adjustment was applied, one rounding after each.

    Most years have one; 2021-22 applied 2.31 % and then 2.70 %.
    """
    entries = series()[name]["years"].get(fiscal_year, ())
    found = in_force(name, fiscal_year)
    for entry in entries:
        if found is not None and entry["dated"] == found.dated and "steps" in entry:
            return tuple(Decimal(step) for step in entry["steps"])
    return () if found is None else (found.number,)


def local(key: str) -> Rate:
    """Return the starting value of something that a district decides for itself."""
    entry = table("local")["values"][key]
    return Rate(entry["value"], entry["status"], SOURCES["local"])


def changed(since: str, until: str) -> tuple[Change, ...]:
    """Return every rate whose value in force differs between two days, by series and year.

    Args:
        since: ISO day or month, as the day on which a plan was frozen.
        until: the later one.
    """
    return changed_between(rates(since), rates(until))


def changed_between(earlier: Rates, later: Rates) -> tuple[Change, ...]:
    """Return what differs between two sets of rates, by series and year: another value or another status."""
    before = {(name, at): found for name, at, found in earlier}
    after = {(name, at): found for name, at, found in later}
    return tuple(
        Change(*key, before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if not _same(before.get(key), after.get(key))
    )


def _same(one: Rate | None, other: Rate | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.number, one.status) == (other.number, other.status)


def rate_set(as_of: str) -> dict[str, Any]:
    """Return the rates in force on a day as one frozen document with its digest.

    The document is plain JSON: `{"as_of", "rates": {series: {fiscal year: {"value", "status", "source",
    "dated"}}}, "digest"}`. The digest is SHA-256 over the canonical bytes of `rates`, so that two sets of the
    same rates have the same one whenever they were frozen.
    """
    document: dict[str, dict[str, Any]] = {}
    for name, fiscal_year, found in rates(as_of):
        document.setdefault(name, {})[fiscal_year] = {
            "value": found.value,
            "status": found.status,
            "source": found.source,
            "dated": found.dated,
        }
    return {"as_of": as_of, "rates": document, "digest": digest(document)}
