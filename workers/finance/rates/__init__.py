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
from collections.abc import Iterator, Mapping
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


def in_force(name: str, fiscal_year: str, as_of: str | None = None) -> Rate | None:
    """Return the value that counts for a year: what is enacted, else the latest told; None where none is."""
    values = told(name, fiscal_year, as_of)
    counting = [value for value in values if value.status == "enacted"] or list(values)
    return counting[-1] if counting else None


def rate(name: str, fiscal_year: str, as_of: str | None = None) -> Rate:
    """Return a rate of a year; outside the known years the nearest known one, to be confirmed."""
    found = in_force(name, fiscal_year, as_of)
    if found is not None:
        return found
    known = [each for each in series()[name]["years"] if in_force(name, each, as_of) is not None]
    if not known:
        raise LookupError(f"{name} was not known as of {as_of}")
    nearest = max((each for each in known if each <= fiscal_year), default=min(known))
    carried = in_force(name, nearest, as_of)
    assert carried is not None  # noqa: S101 - it is one of the known
    return Rate(
        carried.value,
        "to_confirm",
        sentence("No rate is published for this year; that of {known} is carried over", known=year(nearest)),
        carried.dated,
    )


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


def _every(as_of: str) -> Iterator[tuple[str, str, Rate]]:
    for name, one in series().items():
        for fiscal_year in one["years"]:
            found = in_force(name, fiscal_year, as_of)
            if found is not None:
                yield name, fiscal_year, found


def changed(since: str, until: str) -> tuple[Change, ...]:
    """Return every rate whose value in force differs between two days, by series and year.

    Args:
        since: ISO day or month, as the day on which a plan was frozen.
        until: the later one.
    """
    before = {(name, at): found for name, at, found in _every(since)}
    after = {(name, at): found for name, at, found in _every(until)}
    return tuple(
        Change(name, at, before.get((name, at)), after.get((name, at)))
        for name, at in sorted({*before, *after})
        if not _same(before.get((name, at)), after.get((name, at)))
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
    rates: dict[str, dict[str, Any]] = {}
    for name, fiscal_year, found in _every(as_of):
        rates.setdefault(name, {})[fiscal_year] = {
            "value": found.value,
            "status": found.status,
            "source": found.source,
            "dated": found.dated,
        }
    return {"as_of": as_of, "rates": rates, "digest": digest(rates)}


def changed_between(frozen: Mapping[str, Any], newer: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs between two frozen documents of `rate_set`.

    Raises:
        ValueError: if a document's digest is not that of its rates.
    """
    for document in (frozen, newer):
        if digest(document["rates"]) != document["digest"]:
            raise ValueError("a frozen set of rates was changed after it was frozen")
    before, after = _flat(frozen), _flat(newer)
    return tuple(
        Change(*key, before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if not _same(before.get(key), after.get(key))
    )


def _flat(document: Mapping[str, Any]) -> dict[tuple[str, str], Rate]:
    return {
        (name, at): Rate(entry["value"], entry["status"], entry["source"], entry["dated"])
        for name, years in document["rates"].items()
        for at, entry in years.items()
    }
