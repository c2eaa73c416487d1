"""The multi-year projection that an official file carries in its own form, read from the file's elements.

An official export holds form MYP's entered cells beside the ledger (`MYP.EMPLOYEE.BENEFITS.UNREST.C`): column
C is the first year after the budget, E the second; column A is the ledger's own year. What the district
entered becomes the changes of `multi-year`; what the state's form computed from it is the witness.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from workers.analyses.ledger import next_year
from workers.finance.projection_lines import SEGMENTS, Segment

COLUMNS = ("C", "E")
_SHORT: Mapping[Segment, str] = {"unrestricted": "UNREST", "restricted": "REST"}

_AMOUNTS: Mapping[str, str] = {
    "federal": "FEDERAL.REV",
    "other_state": "OTHER.STATE.REV",
    "other_local": "OTHER.LOCAL.REV",
    "transfers_in": "INTRFND.XFRS.IN",
    "other_sources": "OTHER.SOURCES.USES.SOURCES",
    "contributions": "CONTRIBUTIONS",
    "benefits": "EMPLOYEE.BENEFITS",
    "books_and_supplies": "BOOKS.SUPPLIES",
    "services": "SVCS.OTHER.OP.EXP",
    "capital_outlay": "CAPITAL.OUTLAY",
    "other_outgo": "OTHER.OUTGO",
    "indirect_costs": "DIR.SUPPORT.INDIR.COSTS",
    "transfers_out": "INTRFND.XFRS.OUT",
    "other_uses": "OTHER.SOURCES.USES.USES",
    "other_adjustments": "OTHER.ADJUSTMENTS",
}
_OWN_NAMES: Mapping[tuple[str, Segment], str] = {
    ("lcff", "unrestricted"): "REV.LIMIT.SOURCES.UNREST",
    ("lcff", "restricted"): "BRL.PER.ADA.IP.REST",
    ("other_local", "restricted"): "OTHER.LOCAL.REV.REST.REST",
}
"""Cells whose names do not follow the others; "revenue limit" is what came before the present formula."""
_SALARIES: Mapping[str, str] = {"certificated": "CERT", "classified": "CLASS"}
_COMPONENTS: Mapping[str, str] = {
    "nonspendable": "CEFB.FD.BAL.NONSPENDABLE.UNREST",
    "stabilization": "CEFB.OBJECT.9750.UNREST",
    "committed": "CEFB.FD.OTHER.COMMITMENT.UNREST",
    "assigned": "CEFB.FD.OTHER.ASSIGNMENT.UNREST",
    "reserve_for_economic_uncertainties": "CEFB.FD.DEU.UNREST",
    "nonspendable_restricted": "CEFB.FD.BAL.NONSPENDABLE.REST",
    "negative_restricted_balances": "NEG.REST.EFB.BY.RESOURCE",
    "special_reserve_stabilization": "RSV.OBJECT.9750.SP.RSV.FD",
    "special_reserve_for_economic_uncertainties": "RSV.ECONOMIC.UNCERTAINTIES",
    "special_reserve_unassigned": "RSV.UNDESIGNATED.UNAPP",
}


def _cell(elements: Mapping[str, str], name: str, column: str) -> str:
    """Return an entered amount to the cent; an empty cell is zero."""
    return f"{Decimal(elements.get(f'MYP.{name}.{column}') or '0'):.2f}"


def _segment(elements: Mapping[str, str], segment: Segment, column: str) -> dict[str, Any]:
    short = _SHORT[segment]
    names = {line: f"{name}.{short}" for line, name in _AMOUNTS.items()}
    names |= {line: name for (line, where), name in _OWN_NAMES.items() if where == segment}
    changes: dict[str, Any] = {
        line: {"amount": _cell(elements, name, column)} for line, name in sorted(names.items())
    }
    for line, name in _SALARIES.items():
        changes[line] = {
            "step_and_column": _cell(elements, f"{name}.STEP.COL.ADJUST.{short}", column),
            "cola": _cell(elements, f"{name}.COST.LIVING.ADJUST.{short}", column),
            "other_adjustments": _cell(elements, f"{name}.OTHER.ADJUST.{short}", column),
        }
    return changes


def filed_years(elements: Mapping[str, str], fiscal_year: str) -> list[dict[str, Any]]:
    """Return the two years of a filed form MYP as `multi-year` takes them.

    Args:
        elements: the file's ELEMENT values by name, of the budget's own dataset.
        fiscal_year: the budget's year, which column A of the form holds.

    Returns:
        One year for each of the columns C and E; empty where the file carries no form MYP.
    """
    if not any(name.startswith("MYP.SALARIES&BENEFITS") for name in elements):
        return []
    return [
        {
            "fiscal_year": next_year(fiscal_year, step),
            **({"ada": ada} if (ada := elements.get(f"MYP.STANDARD.PERCENTAGE.BASE.{column}", "")) else {}),
            **{segment: _segment(elements, segment, column) for segment in SEGMENTS},
            "components": {name: _cell(elements, cell, column) for name, cell in _COMPONENTS.items()},
        }
        for step, column in enumerate(COLUMNS, 1)
    ]
