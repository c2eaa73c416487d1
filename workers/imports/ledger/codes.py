"""The state's code tables and local educational agencies; sources in `codes/README.md`."""

from __future__ import annotations

import csv
import dataclasses
import functools
import re
from pathlib import Path
from typing import Literal

TABLES = Path(__file__).parent / "codes"
TABLE_YEAR = "2021-22"
"""The fiscal year of the tables; a later year may use codes that they do not have."""

Segment = Literal["fund", "resource", "goal", "function", "object"]
SEGMENTS: tuple[Segment, ...] = ("fund", "resource", "goal", "function", "object")
FORMS = {
    "fund": re.compile(r"[0-9]{2}"),
    "resource": re.compile(r"[0-9]{4}"),
    "goal": re.compile(r"[0-9]{4}|ADLT|CAFE|CHLD"),
    "function": re.compile(r"[0-9]{4}"),
    "object": re.compile(r"[0-9]{4}|979Z|PCRA"),
}
"""How a code of each segment is written; anything else is malformed."""
CALCULATED_OBJECTS = ("979Z", "PCRA")
"""Ending balance and programme-cost allocation: made by the state's software, exempt from the code checks."""

PERIODS = ("BS1", "A", "I1", "I2", "I3")
COLUMNS = ("BB", "BE", "BA", "IO", "IB", "IA", "IP")
COMBINATIONS: dict[str, tuple[str, ...]] = {
    "BS1": ("BE", "BB"),
    "A": ("BA", "BB"),
    "I1": ("IO", "IB", "IA", "IP"),
    "I2": ("IO", "IB", "IA", "IP"),
    "I3": ("IO", "IB", "IA", "IP"),
}
"""Which columns a reporting period may hold."""
YEAR_OFFSET = {("BS1", "BE"): 0, ("BS1", "BB"): 1, ("A", "BA"): 0, ("A", "BB"): 1}
"""Fiscal year of a column, counted from the older column of its period."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds on a resource: first and last fiscal year, and the only agency type that may use it."""

    first_year: str
    last_year: str
    entity_type: str


@dataclasses.dataclass(frozen=True)
class Entity:
    """A local educational agency."""

    cds_code: str
    name: str
    type: str


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@functools.cache
def names(segment: Segment) -> dict[str, str]:
    """Return the table of a segment: code to name, as the state prints it."""
    return {row["code"]: row["name"] for row in _rows(f"{segment}s")}


@functools.cache
def resource_limits() -> dict[str, Limits]:
    """Return the resources that are bounded by years or agency type."""
    return {
        row["code"]: Limits(row["first_year"], row["last_year"], row["entity_type"])
        for row in _rows("resources")
        if row["first_year"] or row["last_year"] or row["entity_type"]
    }


@functools.cache
def entities() -> dict[str, Entity]:
    """Return every agency that we know, by its code of 14 digits."""
    return {row["cds_code"]: Entity(**row) for row in _rows("entities")}


def entity(cds_code: str | None) -> Entity | None:
    """Return the agency of a code, or None."""
    return entities().get(cds_code or "")


def next_year(year: str, by: int = 1) -> str:
    """Return the fiscal year that follows: 2023-24 to 2024-25."""
    first = int(year[:4]) + by
    return f"{first}-{(first + 1) % 100:02d}"


FISCAL_YEAR = re.compile(r"(20[0-9]{2})-([0-9]{2})")


def is_fiscal_year(text: str) -> bool:
    """Tell whether a text names a fiscal year such as 2024-25."""
    match = FISCAL_YEAR.fullmatch(text)
    return match is not None and (int(match[1]) + 1) % 100 == int(match[2])


CDS_CODE = re.compile(r"[0-9]{14}")


def padded_cds(text: str) -> str:
    """Return a county-district code of 7 digits with its seven zeros, anything else as it is."""
    return text + "0000000" if re.fullmatch(r"[0-9]{7}", text) else text
