"""From a ledger to the inputs of the calculations: the lines of the state's forms, summed by their codes.

Amounts come out as decimal text in dollars with cents, keyed as the calculations expect them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from typing import Any

from workers.analyses.labels import ONE_TIME_RESOURCES, RESTRICTED, SEGMENTS
from workers.analyses.ledger import Ledger, Where, narrowed
from workers.finance.projection_lines import BEGINNING, COMPONENTS, EXPENDITURES, REVENUE, Ranges

GENERAL: Where = {"fund": ["01"]}
SPECIAL_RESERVE: Where = {"fund": ["17"]}
MAINTENANCE: Where = {**GENERAL, "resource": ["8150"]}


@functools.cache
def left_out_of_maintenance() -> tuple[str, ...]:
    """Return the resources whose spending criterion 7 leaves out (form 01CS, line 7A)."""
    text = resources.files("workers.finance").joinpath("maintenance_exclusions.json").read_text("utf-8")
    return tuple(json.loads(text)["resources"])


def _sum(ledger: Ledger, within: Where, ranges: Ranges) -> int:
    return sum(ledger.cents(narrowed(within, object=list(codes))) for codes in ranges)


def _dollars(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"


def _lines(ledger: Ledger, within: Where, lines: Mapping[str, Ranges]) -> dict[str, str]:
    return {name: _dollars(_sum(ledger, within, ranges)) for name, ranges in lines.items()}


def negative_restricted_balances(ledger: Ledger) -> int:
    """Return the sum, in cents, of fund 01's restricted resources whose ending balance is below zero."""
    within = {**GENERAL, **RESTRICTED}
    gains = ledger.by("resource", narrowed(within, object=["8000", "8999"]))
    uses = ledger.by("resource", narrowed(within, object=["1000", "7999"]))
    opening = ledger.by("resource", narrowed(within, object=["9791", "9795"]))
    endings = (
        gains.get(code, 0) + opening.get(code, 0) - uses.get(code, 0) for code in {*gains, *uses, *opening}
    )
    return sum(ending for ending in endings if ending < 0)


def base_year(ledger: Ledger, ada: str | None = None) -> dict[str, Any]:
    """Return the base year of a multi-year projection as `multi-year` takes it.

    Args:
        ledger: a budget, estimated actuals, projected totals or actuals; fund 01 and 17 are read.
        ada: the district's average daily attendance for the reserve's band, as decimal text.
    """
    within = {segment: {**GENERAL, **where} for segment, where in SEGMENTS.items()}
    free = _lines(ledger, within["unrestricted"], COMPONENTS)
    special = _lines(ledger, SPECIAL_RESERVE, COMPONENTS)
    held = ("nonspendable", "stabilization", "committed", "assigned", "reserve_for_economic_uncertainties")
    return {
        "fiscal_year": ledger.fiscal_year,
        **({} if ada is None else {"ada": ada}),
        **{segment: _lines(ledger, within[segment], {**REVENUE, **EXPENDITURES}) for segment in SEGMENTS},
        "beginning_balance": {
            segment: _dollars(_sum(ledger, within[segment], BEGINNING)) for segment in SEGMENTS
        },
        "components": {
            **{name: free[name] for name in held},
            "nonspendable_restricted": _dollars(
                _sum(ledger, within["restricted"], COMPONENTS["nonspendable"])
            ),
            "negative_restricted_balances": _dollars(negative_restricted_balances(ledger)),
            "special_reserve_stabilization": special["stabilization"],
            "special_reserve_for_economic_uncertainties": special["reserve_for_economic_uncertainties"],
            "special_reserve_unassigned": special["unassigned"],
        },
    }


_BENEFITS: Mapping[str, Ranges] = {
    "strs": (("3100", "3199"),),
    "pers": (("3200", "3299"),),
    "health": (("3400", "3499"), ("3700", "3799")),
}
"""Benefits by what moves them; the rest follows pay."""
_ON_BEHALF: Where = {**GENERAL, "resource": ["7690"]}


def _once(ledger: Ledger) -> list[Where]:
    return [
        {**GENERAL, "resource": list(codes)}
        for codes in ONE_TIME_RESOURCES
        if ledger.has({**GENERAL, "resource": list(codes), "object": ["1000", "8979"]})
    ]


def one_time(ledger: Ledger) -> dict[str, str]:
    """Return what of the restricted lines belongs to resources granted once, as `multi-year` takes it."""
    lines = {**REVENUE, **EXPENDITURES}
    del lines["contributions"]
    once = _once(ledger)
    return {
        name: _dollars(sum(_sum(ledger, within, ranges) for within in once)) for name, ranges in lines.items()
    }


def benefit_parts(ledger: Ledger, *, without_one_time: bool = True) -> dict[str, dict[str, str]]:
    """Return a year's benefits by what moves them, for each segment: pensions, health, and on behalf.

    Pensions that the state pays on the district's behalf (resource 7690) stand apart: they net to nothing.
    """
    found: dict[str, dict[str, str]] = {}
    for segment, where in SEGMENTS.items():
        left = [_ON_BEHALF, *(_once(ledger) if without_one_time else [])] if segment == "restricted" else []
        found[segment] = {
            name: _dollars(
                _sum(ledger, {**GENERAL, **where}, ranges) - sum(_sum(ledger, each, ranges) for each in left)
            )
            for name, ranges in _BENEFITS.items()
        }
    found["restricted"]["on_behalf"] = _dollars(_sum(ledger, _ON_BEHALF, (("3000", "3999"),)))
    return found


def reserve_year(ledger: Ledger, ada: str) -> dict[str, str]:
    """Return one year of criterion 10 as `reserve` takes it."""
    base = base_year(ledger)["components"]
    return {
        "fiscal_year": ledger.fiscal_year,
        "ada": ada,
        "expenditures_and_uses": _dollars(ledger.cents({**GENERAL, "object": ["1000", "7999"]})),
        "stabilization": base["stabilization"],
        "reserve_for_economic_uncertainties": base["reserve_for_economic_uncertainties"],
        "unassigned": _dollars(
            _sum(ledger, {**GENERAL, **SEGMENTS["unrestricted"]}, COMPONENTS["unassigned"])
        ),
        "negative_restricted_balances": base["negative_restricted_balances"],
        "special_reserve": _dollars(
            sum(
                _sum(ledger, SPECIAL_RESERVE, COMPONENTS[name])
                for name in ("stabilization", "reserve_for_economic_uncertainties", "unassigned")
            )
        ),
    }


def maintenance_year(ledger: Ledger) -> dict[str, str]:
    """Return one year of criterion 7: uses, what is left out of them, the contribution to resource 8150."""
    left_out = sum(
        ledger.cents({**GENERAL, "resource": [code], "object": ["1000", "7999"]})
        for code in left_out_of_maintenance()
    )
    return {
        "fiscal_year": ledger.fiscal_year,
        "expenditures_and_uses": _dollars(ledger.cents({**GENERAL, "object": ["1000", "7999"]})),
        "excluded": _dollars(left_out),
        "contribution": _dollars(ledger.cents({**MAINTENANCE, "object": ["8900", "8999"]})),
    }


def salaries_year(ledger: Ledger) -> dict[str, str]:
    """Return one year of criterion 5: unrestricted salaries and benefits, and unrestricted expenditures."""
    within = {**GENERAL, **SEGMENTS["unrestricted"]}
    return {
        "fiscal_year": ledger.fiscal_year,
        "salaries_and_benefits": _dollars(ledger.cents(narrowed(within, object=["1000", "3999"]))),
        "expenditures": _dollars(ledger.cents(narrowed(within, object=["1000", "7499"]))),
    }


def categories_year(ledger: Ledger) -> dict[str, str]:
    """Return the categories of criterion 6 and the items of S5, combined, by name."""
    lines = _lines(ledger, GENERAL, {**REVENUE, **EXPENDITURES})
    named = ("federal", "other_state", "other_local", "books_and_supplies", "services")
    return {
        **{name: lines[name] for name in (*named, "transfers_in", "transfers_out")},
        "contributions": _dollars(
            _sum(ledger, {**GENERAL, **SEGMENTS["unrestricted"]}, REVENUE["contributions"])
        ),
    }


def deficit_year(ledger: Ledger) -> dict[str, str]:
    """Return one year of criterion 8: the unrestricted deficit (a surplus is below zero) and reserves."""
    within = {**GENERAL, **SEGMENTS["unrestricted"]}
    net = ledger.cents(narrowed(within, object=["8000", "8999"])) - ledger.cents(
        narrowed(within, object=["1000", "7999"])
    )
    reserve = reserve_year(ledger, "0")
    counted = (
        "stabilization",
        "reserve_for_economic_uncertainties",
        "unassigned",
        "negative_restricted_balances",
        "special_reserve",
    )
    return {
        "fiscal_year": ledger.fiscal_year,
        "deficit": _dollars(-net),
        "available_reserves": str(sum(Decimal(reserve[name]) for name in counted)),
        "unrestricted_expenditures": _dollars(ledger.cents(narrowed(within, object=["1000", "7999"]))),
        "expenditures_and_uses": _dollars(ledger.cents({**GENERAL, "object": ["1000", "7999"]})),
    }


def formula_revenue(ledger: Ledger) -> str:
    """Return LCFF revenue as criterion 4 counts it: fund 01, objects 8011, 8012 and 8020 to 8089."""
    return _dollars(_sum(ledger, GENERAL, (("8011", "8012"), ("8020", "8089"))))
