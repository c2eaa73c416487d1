"""The risk fan: how far the outlook may miss, drawn ten thousand times from its assumptions' widths."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workers.analyses.labels import SEGMENTS
from workers.analyses.ledger import narrowed, next_year
from workers.analyses.outlook_lines import BENEFITS, ON_BEHALF
from workers.assuming import Standing
from workers.finance import from_ledger
from workers.finance.catalogue import CALCULATIONS

LINES = {
    "lcff": "lcff",
    "federal": "federal",
    "state": "other_state",
    "local": "other_local",
    "transfers_in": "transfers_in",
    "sources": "other_sources",
    "contributions": "contributions",
    "benefits": "benefits",
    "supplies": "books_and_supplies",
    "services": "services",
    "capital": "capital_outlay",
    "other_outgo": "other_outgo",
    "indirect_costs": "indirect_costs",
    "transfers_out": "transfers_out",
    "other_uses": "other_uses",
}
"""The outlook's lines by the names of the calculation `multi-year`; salaries stand apart."""
SALARIES = ("certificated", "classified")
_DRIVEN = {"strs": "calstrs_cost", "pers": "calpers_cost", "health": "health_cost"}


def outlook_risk(held: Standing) -> dict[str, Any] | None:
    """Return the answer of the calculation `risk` for the outlook as it stands; None without attendance."""
    base_year = held.inputs.base_year
    ada = held.inputs.attendance.get(base_year)
    if ada is None:
        return None
    earlier = [next_year(base_year, -back) for back in (2, 1)]
    attendance = held.inputs.attendance
    first = held.assumed.years[0]
    return CALCULATIONS["risk"].answer(
        {
            "projection": {
                "base": from_ledger.base_year(held.base, ada.value),
                "years": [_year(held, at) for at in held.assumed.years],
            },
            "benefits": {segment: _benefits(held, segment) for segment in SEGMENTS},
            "strs_rate": held.assumed("calstrs", first).value,
            "pers_rate": held.assumed("calpers", first).value,
            "prior_ada": {at: attendance[at].value for at in earlier if at in attendance},
        }
    )


def _dollars(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"


def _year(held: Standing, at: str) -> dict[str, Any]:
    """Return one projected year as `multi-year` takes it: each line at the outlook's amount."""
    sheet, before = held.sheet, next_year(at, -1)
    year: dict[str, Any] = {"fiscal_year": at, "ada": f"{Decimal(str(sheet[f'ada/{at}'])):.2f}"}
    for segment in SEGMENTS:
        lines: dict[str, Any] = {
            name: {"amount": _dollars(sheet[f"{line}/{segment}/{at}"])} for line, name in LINES.items()
        }
        for line in SALARIES:
            moved = sheet[f"{line}/{segment}/{at}"] - sheet[f"{line}/{segment}/{before}"]
            lines[line] = {"other_adjustments": _dollars(moved)}
        year[segment] = lines
    return year


def _benefits(held: Standing, segment: str) -> dict[str, str]:
    """Return the base year's benefits by what moves them."""
    within = {"fund": ["01"], **SEGMENTS[segment]}
    ranges = {line: codes for line, _label, codes in BENEFITS}
    parts: dict[str, str] = {}
    for name, line in _DRIVEN.items():
        cents = sum(held.base.cents(narrowed(within, object=list(codes))) for codes in ranges[line])
        if segment == "restricted":
            cents -= sum(held.base.cents({**ON_BEHALF, "object": list(codes)}) for codes in ranges[line])
        parts[name] = _dollars(max(cents, 0))
    if segment == "restricted":
        parts["unmoved"] = _dollars(max(held.base.cents({**ON_BEHALF, "object": ["3000", "3999"]}), 0))
    return parts
