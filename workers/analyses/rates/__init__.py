"""State rates by fiscal year, each with its source and how far it is settled.

The numbers are data files beside this module. `status` is `enacted`, `projected`, or `to_confirm` for what
rests on general knowledge or was carried forward beyond the last published year; pages show it.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any

from workers.analyses.result import Message, sentence, year

SOURCES: dict[str, Message] = {
    "state_rates": sentence("The state's rates for the local control funding formula (LCFF)"),
    "planning_2025": sentence("Planning rates of June 2025, as printed in a district's adopted budget"),
    "analyst_table": sentence("Table of the state's Legislative Analyst"),
    "analyst_2026": sentence("Projection of the state's Legislative Analyst, January 2026"),
    "adopted_budget": sentence("Rate printed in a district's adopted budget of that year"),
    "calpers_circular": sentence("CalPERS circular letter 200-027-25"),
    "form_01cs": sentence("The state's criteria and standards form (01CS) of 2025-26"),
    "rule_back": sentence("The 2025-26 amount taken back by the state's rule; to be confirmed"),
    "rule_on": sentence("The 2025-26 amount carried on by the state's rule; to be confirmed"),
    "local": sentence("A usual value to start from; your district's own replaces it"),
}


@dataclass(frozen=True)
class Rate:
    """One rate of one year: decimal text, its status and its source."""

    value: str
    status: str
    source: Message


@functools.cache
def table(name: str) -> dict[str, Any]:
    """Return a data file of this package by its name without `.json`."""
    loaded: dict[str, Any] = json.loads(resources.files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
    return loaded


def rate(name: str, fiscal_year: str) -> Rate:
    """Return a rate of a year; outside the known years the nearest known one, to be confirmed."""
    return _of_year(table(name)["years"], fiscal_year)


def local(key: str) -> Rate:
    """Return the starting value of something that a district decides for itself."""
    entry = table("local")["values"][key]
    return Rate(entry["value"], entry["status"], SOURCES["local"])


def _of_year(years: dict[str, Any], fiscal_year: str) -> Rate:
    if fiscal_year in years:
        entry = years[fiscal_year]
        return Rate(entry["value"], entry["status"], SOURCES[entry["source"]])
    known = min(years) if fiscal_year < min(years) else max(year for year in years if year <= fiscal_year)
    return Rate(
        years[known]["value"],
        "to_confirm",
        sentence("No rate is published for this year; that of {known} is carried over", known=year(known)),
    )


@dataclass(frozen=True)
class ReserveStandard:
    """The least reserve for a district's size: percent of uses, and a floor in cents for small ones."""

    percent: Rate
    floor_cents: int | None
    floor: Rate | None


def reserve_standard(ada: Decimal, fiscal_year: str) -> ReserveStandard:
    """Return the state's minimum reserve for a district (criterion 10 of the state's form 01CS).

    Args:
        ada: the district's average daily attendance, rounded to whole pupils as the form's bands are.
        fiscal_year: as 2024-25; the last band began at 400,001 pupils before 2025-26.
    """
    data = table("reserve_standard")
    earlier = data["earlier_last_line"]
    early = fiscal_year < earlier["before"]
    status = "to_confirm" if fiscal_year < data["bands_status"]["from"] else data["bands_status"]["status"]
    pupils = ada.quantize(Decimal(1))
    for band in data["bands"]:
        through = band["through"]
        if early and band["percent"] == "2":
            through = earlier["through"]
        if through is None or pupils <= Decimal(through):
            break
    source = SOURCES[data["bands_status"]["source"]]
    floor = _of_year(data["floor_dollars"], fiscal_year) if band["floor"] else None
    return ReserveStandard(
        percent=Rate(band["percent"], status, source),
        floor_cents=int(Decimal(floor.value) * 100) if floor else None,
        floor=floor,
    )
