"""Sets of rates that two people of the operator published, laid over the shipped files."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from workers.analyses.ledger import next_year
from workers.analyses.result import digest, sentence
from workers.finance.rates import Rate, Rates, series, told

STATUSES = ("enacted", "projected")
"""What a published value may be; what is still to be confirmed is not published."""

MOST = {"percent": Decimal(100), "dollars": Decimal(10_000_000)}
"""The greatest value that a rate of a unit can mean."""

YEARS_AT_ONCE = 4
_PLAIN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
_DAY = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?")

Values = Mapping[str, Mapping[str, str]]
"""Decimal text by series and fiscal year."""


@dataclass(frozen=True)
class PublishedSet:
    """A dated set of rates: where it was read, how far it is settled, and its values."""

    title: str
    source: str
    dated: str
    """Day or month as ISO text from which the values stood."""
    status: str
    digest: str
    """SHA-256 of the values; what equal sets have in common."""
    values: Values = field(compare=False)

    @classmethod
    def of(cls, title: str, source: str, dated: str, status: str, values: Values) -> PublishedSet:
        """Return a set with the digest of its values."""
        return cls(title, source, dated, status, digest(values), values)

    def rate(self, name: str, fiscal_year: str) -> Rate | None:
        """Return the set's value for a year, with its source; None where it has none."""
        value = self.values.get(name, {}).get(fiscal_year)
        if value is None:
            return None
        source = sentence("{source}; published here as “{title}”", source=self.source, title=self.title)
        return Rate(value, self.status, source, self.dated)


def told_with(name: str, fiscal_year: str, sets: Sequence[PublishedSet]) -> tuple[Rate, ...]:
    """Return every value told for a rate of a year, shipped and published, oldest first.

    Of one date, what was published counts after what was shipped, and a later publication after an earlier.

    Args:
        name: of the series.
        fiscal_year: as 2026-27.
        sets: in the order of their publication.

    Raises:
        KeyError: if there is no such series.
    """
    shipped = list(told(name, fiscal_year))
    added = [found for one in sets if (found := one.rate(name, fiscal_year)) is not None]
    return tuple(sorted([*shipped, *added], key=lambda each: each.dated or ""))


def years_known(sets: Sequence[PublishedSet]) -> list[str]:
    """Return every fiscal year of which anything is told, oldest first."""
    found = {at for one in series().values() for at in one["years"]}
    return sorted(found | {at for one in sets for years in one.values.values() for at in years})


def rates_with(sets: Sequence[PublishedSet]) -> Rates:
    """Return the rates in force: of each year what is enacted, else the latest told."""
    return _rates_with(tuple(sets))


@functools.lru_cache(maxsize=32)
def _rates_with(sets: tuple[PublishedSet, ...]) -> Rates:
    by_name: dict[str, dict[str, Rate]] = {}
    for name, fiscal_year in _places(sets):
        values = told_with(name, fiscal_year, sets)
        counting = [each for each in values if each.status == "enacted"] or list(values)
        by_name.setdefault(name, {})[fiscal_year] = counting[-1]
    return Rates(by_name)


def _places(sets: Sequence[PublishedSet]) -> Iterator[tuple[str, str]]:
    for name, one in series().items():
        years = set(one["years"]).union(*(each.values.get(name, {}) for each in sets))
        yield from ((name, at) for at in sorted(years))


def in_force_set(known: Rates) -> dict[str, Any]:
    """Return rates as the plain document that `frozen_rates` reads: `{"rates", "digest"}`."""
    document: dict[str, dict[str, Any]] = {}
    for name, fiscal_year, found in known:
        document.setdefault(name, {})[fiscal_year] = {
            "value": found.value,
            "status": found.status,
            "source": found.source,
            "dated": found.dated,
        }
    return {"rates": document, "digest": digest(document)}


@functools.lru_cache(maxsize=32)
def digest_of(known: Rates) -> str:
    """Return the digest of rates: what names them in an answer and in a plan's version."""
    named: str = in_force_set(known)["digest"]
    return named


def is_date(text: str) -> bool:
    """Say whether a text is a day or month as 2026-07-01 or 2026-07."""
    return _DAY.fullmatch(text) is not None


def read_value(name: str, text: str) -> str | None:
    """Return a rate as typed in plain decimal text, or None for what the series can't be.

    Raises:
        KeyError: if there is no such series.
    """
    plain = text.strip().removesuffix("%").removeprefix("$").replace(",", "").strip()
    if not _PLAIN.fullmatch(plain):
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    return plain if number <= MOST[series()[name]["unit"]] else None


def years_offered(first: str) -> tuple[str, ...]:
    """Return the fiscal years that a proposal may fill, from its first one."""
    return tuple(next_year(first, step) for step in range(YEARS_AT_ONCE))
