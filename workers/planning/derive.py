"""Figures of the plan: priorities and options by year, and the outlook with and without them.

Restricted and unrestricted money never mix: a restricted saving enters no sum that pays an unrestricted cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenants.language import Message, message
from tenants.records.plan_entries import OptionEntry, PriorityEntry
from workers.analyses.result import Assumption, Sheet
from workers.planning import students
from workers.planning.words import own

SEGMENTS = ("unrestricted", "restricted")
SIZES = ("low", "likely", "high")


@dataclass
class PlanFigures:
    """A sheet that holds the outlook's figures under their full keys and the plan's own beside them."""

    sheet: Sheet
    base: str | None
    """Fiscal year of the ledger that the outlook starts from."""
    years: list[str]
    """Fiscal years in which the plan acts, after the base year."""
    run: int | None
    """The outlook's run, None without one."""
    priorities: list[PriorityEntry] = field(default_factory=list)
    options: list[OptionEntry] = field(default_factory=list)

    def outlook(self, key: str) -> str:
        """Return the full key of a figure of the outlook."""
        return f"run/{self.run}/{key}"

    def has(self, key: str) -> bool:
        """Say whether the outlook has a figure of this key."""
        return self.run is not None and self.outlook(key) in self.sheet

    @property
    def played(self) -> list[OptionEntry]:
        """Return the options that are in the plan."""
        return [option for option in self.options if option.in_plan]


def full_figures(run_id: int, figures: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return a run's figures under their full keys, with the parts that name figures renamed alike."""
    prefix = f"run/{run_id}/"
    return {
        prefix + key: {
            **figure,
            "parts": [
                {**part, "figure": prefix + part["figure"]} if "figure" in part else part
                for part in figure["parts"]
            ],
        }
        for key, figure in figures.items()
    }


def derive(
    years: Sequence[str],
    priorities: Sequence[PriorityEntry],
    options: Sequence[OptionEntry],
    outlook: tuple[int, Mapping[str, Any]] | None = None,
) -> PlanFigures:
    """Work out the plan's figures.

    Args:
        years: fiscal years in which the plan acts, used where no outlook says which they are.
        priorities: the plan's priorities with costs by year.
        options: every option of the plan; only those in it enter sums.
        outlook: the three-year outlook's run id and result, or None before there is one.

    Returns:
        The figures; keys begin with `plan/`, and end with the fiscal year where they have one.
    """
    sheet, base, run = Sheet(), None, None
    if outlook is not None:
        run, result = outlook
        sheet.figures.update(full_figures(run, result["figures"]))
        base, years = result["years"][0], result["years"][1:]
    plan = PlanFigures(sheet, base, list(years), run, list(priorities), list(options))
    _counts(plan)
    _students(plan)
    for at in plan.years:
        _costs(plan, at)
        _measures(plan, at)
        _effect(plan, at)
        if plan.has(f"net/unrestricted/{at}"):
            _balance(plan, at)
    return plan


def _counts(plan: PlanFigures) -> None:
    for key, label, count in (
        ("priorities", message("Number of priorities"), len(plan.priorities)),
        ("measures", message("Number of savings and revenue measures"), len(plan.played)),
    ):
        source = message("Counted from this plan.")
        plan.sheet.given(Assumption(f"plan/count/{key}", label, str(count), "number", source, "entered"))


def _students(plan: PlanFigures) -> None:
    reached = students.told(plan.priorities)
    for entry in plan.priorities:
        if reached.get(entry.id) is None:
            continue
        label = message("{title}: students reached", title=own(entry.title, entry.title_es))
        source = message("Entered on the canvas of this priority.")
        count = str(reached[entry.id])
        key = f"plan/priority/{entry.id}/students"
        plan.sheet.given(Assumption(key, label, count, "number", source, "entered"))


def _entered(key: str, label: Message, cents: int, at: str, source: Message) -> Assumption:
    return Assumption(key, label, str(cents), "cents", source, "entered", at)


def _costs(plan: PlanFigures, at: str) -> None:
    sheet = plan.sheet
    for entry in plan.priorities:
        title, cost = own(entry.title, entry.title_es), entry.costs.get(at)
        stem = f"plan/priority/{entry.id}"
        source = message("Entered on the canvas of this priority.")
        for part, label, cents in (
            ("one_time", message("{title}: one-time cost", title=title), cost.one_time if cost else 0),
            ("ongoing", message("{title}: ongoing cost", title=title), cost.ongoing if cost else 0),
            (
                "restricted",
                message("{title}: paid by restricted money that allows it", title=title),
                cost.restricted if cost else 0,
            ),
        ):
            sheet.given(_entered(f"{stem}/{part}/{at}", label, cents, at, source))
        sheet.total(
            f"{stem}/cost/{at}",
            message("Cost of {title}", title=title),
            at,
            [(f"{stem}/one_time/{at}", 1), (f"{stem}/ongoing/{at}", 1)],
            formula=message("One-time plus ongoing cost."),
        )
        sheet.total(
            f"{stem}/unrestricted/{at}",
            message("{title}: paid by unrestricted money", title=title),
            at,
            [(f"{stem}/cost/{at}", 1), (f"{stem}/restricted/{at}", -1)],
            formula=message("Cost less what restricted money may pay."),
        )
    for part, label in (
        ("ongoing", message("Ongoing cost of all priorities")),
        ("cost", message("Cost of all priorities")),
        ("restricted", message("Priorities: paid by restricted money that allows it")),
        ("unrestricted", message("Priorities: paid by unrestricted money")),
    ):
        sheet.total(
            f"plan/priorities/{part}/{at}",
            label,
            at,
            [(f"plan/priority/{entry.id}/{part}/{at}", 1) for entry in plan.priorities],
            formula=message("Sum over the priorities."),
        )


def _measures(plan: PlanFigures, at: str) -> None:
    sheet = plan.sheet
    source = message("Sized on the card of this option.")
    for option in plan.options:
        title, amount = own(option.title, option.title_es), option.amounts.get(at)
        for size, label in (
            ("low", message("{title}, low amount", title=title)),
            ("likely", title),
            ("high", message("{title}, high amount", title=title)),
        ):
            cents = getattr(amount, size) if amount else 0
            sheet.given(_entered(f"plan/option/{option.id}/{size}/{at}", label, cents, at, source))
    labels = {
        ("unrestricted", "low"): message("Unrestricted savings and revenue, all low amounts"),
        ("unrestricted", "likely"): message("Unrestricted savings and revenue"),
        ("unrestricted", "high"): message("Unrestricted savings and revenue, all high amounts"),
        ("restricted", "low"): message("Restricted savings and revenue, all low amounts"),
        ("restricted", "likely"): message("Restricted savings and revenue"),
        ("restricted", "high"): message("Restricted savings and revenue, all high amounts"),
    }
    for (segment, size), label in labels.items():
        wanted = [option for option in plan.played if option.restricted == (segment == "restricted")]
        sheet.total(
            f"plan/measures/{segment}/{size}/{at}",
            label,
            at,
            [(f"plan/option/{option.id}/{size}/{at}", 1) for option in wanted],
            formula=message("Sum over the options in the plan whose money is of this kind."),
        )
    sheet.total(
        f"plan/measures/all/{at}",
        message("All savings and revenue, likely amounts"),
        at,
        [(f"plan/measures/{segment}/likely/{at}", 1) for segment in SEGMENTS],
        formula=message("Unrestricted plus restricted; each pays only what it may."),
    )
    sheet.total(
        f"plan/savings/{at}",
        message("Savings, likely amounts"),
        at,
        [(f"plan/option/{o.id}/likely/{at}", 1) for o in plan.played if o.kind == "saving"],
        formula=message("Sum over the savings in the plan; revenue is left out."),
    )


def _effect(plan: PlanFigures, at: str) -> None:
    sheet, position = plan.sheet, plan.years.index(at)
    names = {
        "low": (
            message("Effect of the plan if every amount is low"),
            message("Effect so far, all amounts low"),
        ),
        "likely": (message("Effect of the plan on the year"), message("Effect of the plan so far")),
        "high": (
            message("Effect of the plan if every amount is high"),
            message("Effect so far, all amounts high"),
        ),
    }
    for size, (label, so_far) in names.items():
        sheet.total(
            f"plan/effect/{size}/{at}",
            label,
            at,
            [(f"plan/measures/unrestricted/{size}/{at}", 1), (f"plan/priorities/unrestricted/{at}", -1)],
            formula=message("Unrestricted savings and revenue less the unrestricted cost of the priorities."),
        )
        sheet.total(
            f"plan/effect_so_far/{size}/{at}",
            so_far,
            at,
            [(f"plan/effect/{size}/{year}", 1) for year in plan.years[: position + 1]],
            formula=message("The effects of this year and of the years before, added."),
        )
    sheet.total(
        f"plan/restricted_left/{at}",
        message("Restricted savings and revenue left after the priorities"),
        at,
        [(f"plan/measures/restricted/likely/{at}", 1), (f"plan/priorities/restricted/{at}", -1)],
        formula=message("It can't pay any unrestricted cost, and enters no unrestricted sum."),
    )


def _balance(plan: PlanFigures, at: str) -> None:
    """Add the year with the plan: surplus or deficit, reserve, and reserve against the minimum."""
    sheet = plan.sheet
    sheet.total(
        f"plan/balance/{at}",
        message("Surplus (deficit) with the plan"),
        at,
        [(plan.outlook(f"net/unrestricted/{at}"), 1), (f"plan/effect/likely/{at}", 1)],
        formula=message("The outlook's surplus or deficit plus the effect of the plan."),
    )
    for size, key, label in (
        ("low", "reserve_low", message("Reserve with the plan if every amount is low")),
        ("likely", "reserve", message("Available reserve with the plan")),
        ("high", "reserve_high", message("Reserve with the plan if every amount is high")),
    ):
        sheet.total(
            f"plan/{key}/{at}",
            label,
            at,
            [(plan.outlook(f"available_reserve/{at}"), 1), (f"plan/effect_so_far/{size}/{at}", 1)],
            formula=message("The outlook's available reserve plus the effects of the plan so far."),
        )
    if not (plan.has(f"uses/combined/{at}") and plan.has(f"minimum/{at}")):
        return
    sheet.total(
        f"plan/uses/{at}",
        message("Expenditures and other uses with the plan"),
        at,
        [
            (plan.outlook(f"uses/combined/{at}"), 1),
            (f"plan/priorities/cost/{at}", 1),
            (f"plan/savings/{at}", -1),
        ],
        formula=message("The outlook's uses plus the cost of the priorities less the savings."),
    )
    _minimum(plan, at)
    sheet.total(
        f"plan/over_minimum/{at}",
        message("Over (under) the minimum with the plan"),
        at,
        [(f"plan/reserve/{at}", 1), (f"plan/minimum/{at}", -1)],
        formula=message("Available reserve less the minimum, both with the plan."),
    )
    for key, label, reserve, uses in (
        ("percent", message("Reserve with the plan"), f"plan/reserve/{at}", f"plan/uses/{at}"),
        (
            "percent_without",
            message("Reserve without the plan"),
            plan.outlook(f"available_reserve/{at}"),
            plan.outlook(f"uses/combined/{at}"),
        ),
    ):
        sheet.ratio(
            f"plan/{key}/{at}",
            label,
            at,
            reserve,
            uses,
            formula=message("Available reserve, in percent of expenditures and other uses."),
        )


def _minimum(plan: PlanFigures, at: str) -> None:
    """Add the minimum with the plan: it moves with spending, and keeps the state's least amount."""
    sheet = plan.sheet
    label = message("State minimum with the plan")
    factors = [plan.outlook(f"standard_percent/{at}"), f"plan/uses/{at}"]
    formula = message("The percentage for the district's size, times expenditures with the plan.")
    parts = sheet.figures[plan.outlook(f"minimum/{at}")]["parts"]
    floor = next((part for part in parts if "assumption" in part), None)
    if floor is None:
        sheet.product(f"plan/minimum/{at}", label, at, factors, formula=formula)
        return
    named = message("State minimum by percentage, with the plan")
    by_percent = sheet.product(f"plan/minimum_by_percent/{at}", named, at, factors, formula=formula)
    fields = ("label", "value", "unit", "source", "status", "fiscal_year")
    least = Assumption(floor["assumption"], **{name: floor[name] for name in fields})
    greater = message("The greater of the percentage and the state's least amount.")
    sheet.extreme(f"plan/minimum/{at}", label, at, by_percent, least, formula=greater)
