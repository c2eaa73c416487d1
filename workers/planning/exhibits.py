"""Tables and charts of the plan, each with its finding as title, from the plan's figures."""

from __future__ import annotations

from typing import Any

from tenants.language import LANGUAGES, Message, fiscal_year, format_date, message, message_n, money, percent
from tenants.records.plan_entries import OptionEntry
from workers.analyses.result import column, row
from workers.planning.derive import PlanFigures
from workers.planning.words import own

DOLLARS = message("Dollars by fiscal year, rounded")
RESTRICTED, UNRESTRICTED = message("restricted"), message("unrestricted")


def add_exhibits(plan: PlanFigures) -> None:
    """Add the plan's tables and charts to its sheet; what needs an outlook is left out without one."""
    if not plan.years:
        return
    _priorities(plan)
    _measures(plan)
    _ranges(plan)
    _stops(plan)
    _targets(plan)
    _dates(plan)
    if plan.has(f"net/unrestricted/{plan.years[-1]}"):
        _in_short(plan)
        _with_and_without(plan)


def _cents(plan: PlanFigures, key: str) -> int:
    return int(plan.sheet[key])


def _columns(plan: PlanFigures) -> list[dict[str, Any]]:
    return [column(at, own(at)) for at in plan.years]


def _across(plan: PlanFigures, label: Message, key: str, kind: str = "line", **more: Any) -> dict[str, Any]:
    return row(label, {at: f"{key}/{at}" for at in plan.years}, kind) | more


def _in_short(plan: PlanFigures) -> None:
    last = plan.years[-1]
    balance = _cents(plan, f"plan/balance/{last}")
    values = {"amount": money(abs(balance)), "year": fiscal_year(last)}
    caption = (
        message("With the plan, {year} ends with a surplus of {amount}", **values)
        if balance >= 0
        else message("With the plan, {year} ends with a deficit of {amount}", **values)
    )
    rows = [
        _across(plan, message("Surplus (deficit) without the plan"), plan.outlook("net/unrestricted")),
        _across(plan, message("Priorities, unrestricted cost"), "plan/priorities/unrestricted"),
        _across(plan, message("Savings and revenue, unrestricted"), "plan/measures/unrestricted/likely"),
        _across(plan, message("Surplus (deficit) with the plan"), "plan/balance", "total"),
    ]
    plan.sheet.table(
        "plan/in_short", caption, message("Unrestricted general fund, dollars, rounded"), _columns(plan), rows
    )


def _with_and_without(plan: PlanFigures) -> None:
    without, with_it = message("Without the plan"), message("With the plan")
    columns = [
        column(f"{side}/{at}", own(at), group=group)
        for side, group in (("without", without), ("with", with_it))
        for at in plan.years
    ]

    def pair(label: Message, before: str, after: str, kind: str = "line") -> dict[str, Any]:
        cells = {f"without/{at}": f"{before}/{at}" for at in plan.years}
        return row(label, cells | {f"with/{at}": f"{after}/{at}" for at in plan.years}, kind)

    rows = [
        pair(message("Surplus (deficit)"), plan.outlook("net/unrestricted"), "plan/balance"),
        pair(message("Available reserve"), plan.outlook("available_reserve"), "plan/reserve", "subtotal"),
    ]
    last = plan.years[-1]
    tested = f"plan/over_minimum/{last}" in plan.sheet
    if tested:
        rows += [
            pair(message("State minimum"), plan.outlook("minimum"), "plan/minimum"),
            pair(
                message("Over (under) the minimum"),
                plan.outlook("over_minimum"),
                "plan/over_minimum",
                "total",
            ),
            pair(message("Reserve, percent of spending"), "plan/percent_without", "plan/percent"),
        ]
    caption = reserve_finding(plan)
    if tested:
        caption = message(
            "Reserve of {year}: {with_it} of spending with the plan, {without} without it",
            year=fiscal_year(last),
            with_it=percent(plan.sheet[f"plan/percent/{last}"]),
            without=percent(plan.sheet[f"plan/percent_without/{last}"]),
        )
    plan.sheet.table(
        "plan/with_and_without",
        caption,
        message("General fund, dollars unless the line says otherwise, rounded"),
        columns,
        rows,
    )
    _reserve_chart(plan, tested=tested)
    _bridge_chart(plan)


def reserve_finding(plan: PlanFigures) -> Message:
    """Return in one sentence what the plan does to the reserve."""
    last = plan.years[-1]
    values = {
        "with_it": money(_cents(plan, f"plan/reserve/{last}")),
        "without": money(_cents(plan, plan.outlook(f"available_reserve/{last}"))),
        "year": fiscal_year(last),
    }
    if f"plan/over_minimum/{last}" not in plan.sheet:
        return message("The reserve in {year} is {with_it} with the plan, {without} without it", **values)
    under = [at for at in plan.years if _cents(plan, f"plan/over_minimum/{at}") < 0]
    if not under:
        return message(
            "The plan keeps the reserve above its minimum: {with_it} in {year}, against {without} without it",
            **values,
        )
    if last in under:
        # The year that the section's title names as well.
        return message(
            "With the plan the reserve is still {short} under its minimum in {year}",
            short=money(-_cents(plan, f"plan/over_minimum/{last}")),
            year=values["year"],
        )
    return message(
        "The reserve falls {short} under its minimum in {first}; with the plan it is {with_it} in {year}, "
        "above it again",
        short=money(-_cents(plan, f"plan/over_minimum/{under[-1]}")),
        first=fiscal_year(under[-1]),
        **values,
    )


def _priorities(plan: PlanFigures) -> None:
    if not plan.priorities:
        return
    last, rows = plan.years[-1], []
    for entry in plan.priorities:
        stem = f"plan/priority/{entry.id}"
        rows += [
            row(own(entry.title, entry.title_es), {}, "heading"),
            _across(plan, message("Ongoing"), f"{stem}/ongoing"),
            _across(plan, message("One-time"), f"{stem}/one_time"),
        ]
    rows += [
        _across(plan, message("All priorities, ongoing"), "plan/priorities/ongoing", "subtotal"),
        _across(plan, message("All priorities"), "plan/priorities/cost", "total"),
        _across(plan, message("Paid by restricted money that allows it"), "plan/priorities/restricted"),
        _across(plan, message("Paid by unrestricted money"), "plan/priorities/unrestricted", "subtotal"),
    ]
    caption = message(
        "The priorities cost {amount} in {year}",
        amount=money(_cents(plan, f"plan/priorities/cost/{last}")),
        year=fiscal_year(last),
    )
    stays = _cents(plan, f"plan/priorities/ongoing/{last}")
    ongoing = message("{amount} of it comes back every year", amount=money(stays))
    plan.sheet.table("plan/priorities", ongoing, DOLLARS, _columns(plan), rows)
    plan.sheet.chart(
        "plan/costs",
        table="plan/priorities",
        kind="plan_costs",
        title=caption,
        subtitle=message(
            "Cost by fiscal year, millions of dollars. Lower part of each bar: ongoing; upper part: one-time."
        ),
        alt=message(
            "The cost of the priorities goes from {first} in {start} to {last} in {end}.",
            first=money(_cents(plan, f"plan/priorities/cost/{plan.years[0]}")),
            start=fiscal_year(plan.years[0]),
            last=money(_cents(plan, f"plan/priorities/cost/{last}")),
            end=fiscal_year(last),
        ),
        source=message("Priorities of this plan"),
    )


def _tag(option: OptionEntry) -> dict[str, Any]:
    if option.restricted:
        return {"tag": RESTRICTED, "tag_kind": "restricted"}
    return {"tag": UNRESTRICTED, "tag_kind": "unrestricted"}


def _measures(plan: PlanFigures) -> None:
    if not plan.played:
        return
    last = plan.years[-1]
    rows = [
        _across(plan, own(o.title, o.title_es), f"plan/option/{o.id}/likely", **_tag(o)) for o in plan.played
    ]
    if any(option.restricted for option in plan.played):
        rows.append(
            _across(plan, message("Restricted, total"), "plan/measures/restricted/likely", "subtotal")
        )
    rows.append(_across(plan, message("Unrestricted, total"), "plan/measures/unrestricted/likely", "total"))
    caption = message_n(
        "{n} measure brings {amount} of unrestricted money in {year}",
        "{n} measures bring {amount} of unrestricted money in {year}",
        len(plan.played),
        amount=money(_cents(plan, f"plan/measures/unrestricted/likely/{last}")),
        year=fiscal_year(last),
    )
    subtitle = message("Savings and revenue, likely amounts, dollars, rounded")
    plan.sheet.table("plan/measures", caption, subtitle, _columns(plan), rows)


def _ranges(plan: PlanFigures) -> None:
    if not plan.played:
        return
    last = plan.years[-1]
    columns = [
        column("low", message("Low")),
        column("likely", message("Likely")),
        column("high", message("High")),
    ]

    def line(label: Message, stem: str, kind: str = "line", **more: Any) -> dict[str, Any]:
        return row(label, {size: f"{stem}/{size}/{last}" for size in ("low", "likely", "high")}, kind) | more

    rows = [line(own(o.title, o.title_es), f"plan/option/{o.id}", **_tag(o)) for o in plan.played]
    rows.append(line(message("Unrestricted, all at once"), "plan/measures/unrestricted", "total"))
    caption = message(
        "Unrestricted measures bring between {low} and {high} in {year}",
        low=money(_cents(plan, f"plan/measures/unrestricted/low/{last}")),
        high=money(_cents(plan, f"plan/measures/unrestricted/high/{last}")),
        year=fiscal_year(last),
    )
    subtitle = message(
        "Dollars in {year}, rounded. All low, or all high, at once is unlikely.", year=fiscal_year(last)
    )
    plan.sheet.table("plan/ranges", caption, subtitle, columns, rows)


def _stops(plan: PlanFigures) -> None:
    savings = [option for option in plan.played if option.kind == "saving"]
    if not savings:
        return
    last = plan.years[-1]
    columns = [
        column("saving", message("Saving in {year}", year=fiscal_year(last))),
        column("what", message("What changes"), unit="text"),
        column("harm", message("Whom it may hurt"), unit="text"),
    ]
    rows = [
        row(own(o.title, o.title_es), {"saving": f"plan/option/{o.id}/likely/{last}"})
        | {
            "texts": {
                "what": own(o.description, o.spanish.get("description", ""))
                if o.description
                else message("not described yet"),
                "harm": own(o.harm, o.spanish.get("harm", "")) if o.harm else message("no harm named"),
            }
        }
        for o in savings
    ]
    caption = message_n(
        "{n} thing the district does less of, or does for less",
        "{n} things the district does less of, or does for less",
        len(savings),
    )
    subtitle = message("Likely amounts, dollars, rounded; descriptions as the district wrote them")
    plan.sheet.table("plan/stops", caption, subtitle, columns, rows)


def _targets(plan: PlanFigures) -> None:
    if not plan.priorities:
        return
    columns = [
        column("measure", message("What is measured"), unit="text"),
        column("target", message("Target"), unit="text"),
        column("risk", message("What could go wrong"), unit="text"),
    ]
    rows = [
        row(own(entry.title, entry.title_es), {})
        | {
            "texts": {
                name: own(getattr(entry, name), entry.spanish.get(name, ""))
                if getattr(entry, name)
                else message("not written yet")
                for name in ("measure", "target", "risk")
            }
        }
        for entry in plan.priorities
    ]
    caption = message("How we will know whether it works")
    subtitle = message("Targets and risks as the district states them; they are not computed")
    plan.sheet.table("plan/targets", caption, subtitle, columns, rows)


def _dates(plan: PlanFigures) -> None:
    if not plan.played:
        return
    columns = [
        column("date", message("Decide by"), unit="text"),
        column("legal", message("What the law asks"), unit="text"),
        column("first", message("Brings in {year}", year=fiscal_year(plan.years[0]))),
    ]
    dated = sorted(plan.played, key=lambda o: (o.latest_decision_on is None, o.latest_decision_on, o.id))
    rows = [
        row(own(o.title, o.title_es), {"first": f"plan/option/{o.id}/likely/{plan.years[0]}"})
        | {
            "texts": {
                "date": own(*(format_date(o.latest_decision_on, name, "medium") for name in LANGUAGES))
                if o.latest_decision_on
                else message("no date set"),
                "legal": own(o.legal_note, o.spanish.get("legal_note", ""))
                if o.legal_note
                else message("no note"),
            }
        }
        for o in dated
    ]
    caption = message("A measure decided after its date brings nothing that year")
    subtitle = message("Latest date of decision; likely amounts, dollars, rounded")
    plan.sheet.table("plan/dates", caption, subtitle, columns, rows)


def _reserve_chart(plan: PlanFigures, *, tested: bool) -> None:
    last = plan.years[-1]
    with_it, without = (
        money(_cents(plan, f"plan/reserve/{last}")),
        money(_cents(plan, plan.outlook(f"available_reserve/{last}"))),
    )
    plan.sheet.chart(
        "plan/reserve",
        table="plan/with_and_without",
        kind="plan_reserve",
        title=reserve_finding(plan),
        subtitle=message(
            "Available reserve at June 30, millions of dollars. Shaded: from all low to all high amounts."
        ),
        alt=message(
            "In {year} the reserve is {with_it} with the plan and {without} without it.",
            year=fiscal_year(last),
            with_it=with_it,
            without=without,
        ),
        source=message("Three-year outlook; priorities and options of this plan"),
        options={"tested": tested},
    )


def _bridge_chart(plan: PlanFigures) -> None:
    last = plan.years[-1]
    balance = _cents(plan, f"plan/balance/{last}")
    gap = _cents(plan, plan.outlook(f"net/unrestricted/{last}"))
    values = {"year": fiscal_year(last), "gap": money(gap), "balance": money(balance)}
    plan.sheet.chart(
        "plan/bridge",
        table="plan/in_short",
        kind="plan_bridge",
        title=message("{year}: from {gap} without the plan to {balance} with it", **values),
        subtitle=message("Unrestricted general fund, millions of dollars, likely amounts"),
        alt=message(
            "In {year} the result without the plan is {gap}; priorities and measures change it to {balance}.",
            **values,
        ),
        source=message("Three-year outlook; priorities and options of this plan"),
    )
