"""Chart specifications of what a plan shows, in each language, from the same figures as its tables."""

from __future__ import annotations

from typing import Any

from reports.charts import analyses
from reports.charts import plan as charts
from reports.document import LANGUAGES
from tenants.language import format_money, message, money, translate
from workers.planning.derive import PlanFigures
from workers.planning.words import own, say

CENTS_IN_A_MILLION = 100_000_000
MOST_STEPS = 14
"""Measures with a bar each in the way from gap to balance; more are drawn as one, the table lists them."""


def plan_specification(plan: PlanFigures, chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the specification of one of the plan's own charts in each language."""
    draw = {"plan_reserve": _reserve, "plan_bridge": _bridge, "plan_costs": _costs}[chart["kind"]]
    return {language: draw(plan, language) for language in LANGUAGES}


def run_specification(result: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    """Return the specification of an analysis's chart in each language."""
    return {language: dict(analyses.specification(result, key, language)) for language in LANGUAGES}


def _millions(plan: PlanFigures, key: str) -> float:
    return float(plan.sheet[key]) / CENTS_IN_A_MILLION


def _reserve(plan: PlanFigures, language: str) -> dict[str, Any]:
    tested = f"plan/minimum/{plan.years[-1]}" in plan.sheet
    points: list[dict[str, Any]] = []
    if plan.base is not None and plan.has(f"available_reserve/{plan.base}"):
        now = _millions(plan, plan.outlook(f"available_reserve/{plan.base}"))
        point = {"year": plan.base, "with": now, "without": now, "low": now, "high": now, "minimum": None}
        if plan.has(f"minimum/{plan.base}"):
            point["minimum"] = _millions(plan, plan.outlook(f"minimum/{plan.base}"))
        points.append(point)
    points.extend(
        {
            "year": at,
            "with": _millions(plan, f"plan/reserve/{at}"),
            "without": _millions(plan, plan.outlook(f"available_reserve/{at}")),
            "low": _millions(plan, f"plan/reserve_low/{at}"),
            "high": _millions(plan, f"plan/reserve_high/{at}"),
            "minimum": _millions(plan, f"plan/minimum/{at}") if tested else None,
        }
        for at in plan.years
    )
    last = plan.years[-1]
    labels = {
        "with": say(
            message("With the plan {amount}", amount=money(plan.sheet[f"plan/reserve/{last}"])), language
        ),
        "without": say(
            message(
                "Without it {amount}",
                amount=money(plan.sheet[plan.outlook(f"available_reserve/{last}")]),
            ),
            language,
        ),
        "minimum": "",
    }
    if tested:
        least = money(plan.sheet[f"plan/minimum/{last}"])
        labels["minimum"] = say(message("Minimum {amount}", amount=least), language)
    return charts.reserve(points, labels)


def _bridge(plan: PlanFigures, language: str) -> dict[str, Any]:
    last = plan.years[-1]
    at, steps = 0, []

    def step(name: str, cents: int, kind: str) -> None:
        nonlocal at
        sign = "+" if cents > 0 and kind == "measure" else ""
        steps.append(
            {
                "name": name,
                "start": at / CENTS_IN_A_MILLION,
                "end": (at + cents) / CENTS_IN_A_MILLION,
                "label": sign + format_money(cents, language, "headline"),
                "kind": kind,
            }
        )
        at += cents

    gap = int(plan.sheet[plan.outlook(f"net/unrestricted/{last}")])
    step(translate("Without the plan", language), gap, "gap" if gap < 0 else "measure")
    for entry in plan.priorities:
        title = own(entry.title, entry.title_es)["own"][language]
        step(title, -int(plan.sheet[f"plan/priority/{entry.id}/unrestricted/{last}"]), "cost")
    unrestricted = [option for option in plan.played if not option.restricted]
    amounts = {
        option.id: int(plan.sheet[f"plan/option/{option.id}/likely/{last}"]) for option in unrestricted
    }
    counted = sorted((o for o in unrestricted if amounts[o.id]), key=lambda each: -amounts[each.id])
    shown = counted if len(counted) <= MOST_STEPS else counted[: MOST_STEPS - 1]
    for option in shown:
        step(own(option.title, option.title_es)["own"][language], amounts[option.id], "measure")
    rest = counted[len(shown) :]
    if rest:
        name = say(message("{n} smaller measures together", n=len(rest)), language)
        step(name, sum(amounts[option.id] for option in rest), "measure")
    balance, at = at, 0
    step(translate("With the plan", language), balance, "balance" if balance >= 0 else "deficit")
    return charts.bridge(steps)


def _costs(plan: PlanFigures, language: str) -> dict[str, Any]:
    points = []
    for at in plan.years:
        total = int(plan.sheet[f"plan/priorities/cost/{at}"])
        for part in ("ongoing", "one_time"):
            cents = sum(int(plan.sheet[f"plan/priority/{entry.id}/{part}/{at}"]) for entry in plan.priorities)
            points.append(
                {
                    "year": at,
                    "part": part,
                    "amount": cents / CENTS_IN_A_MILLION,
                    "total": total / CENTS_IN_A_MILLION,
                    "total_label": format_money(total, language, "headline"),
                }
            )
    return charts.costs(points)
