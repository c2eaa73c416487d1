"""LCAP tables 1 and 2: total planned expenditures, and the actions that contribute to improved services."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pydantic import Field

from workers.analyses.result import sentence
from workers.finance.amounts import Amount, as_text, said_money, said_percent
from workers.finance.calculation import NOTHING, Calculation, Given, Money, Percentage, Share, Told
from workers.finance.lcap import SCOPES, TEMPLATE, Action, Actions, Finding, Scope, agrees, disagreement
from workers.finance.measures import share

SOURCES = ("lcff", "other_state", "local", "federal")


class StatedTotals(Given):
    """The totals of table 1 as the plan prints them."""

    lcff: Money | None = None
    other_state: Money | None = None
    local: Money | None = None
    federal: Money | None = None
    total: Money | None = None
    personnel: Money | None = None
    non_personnel: Money | None = None


class StatedScopes(Given):
    """The subtotals of table 2 by scope as the plan prints them."""

    lea_wide: Money | None = Field(default=None, alias="LEA-wide")
    schoolwide: Money | None = Field(default=None, alias="Schoolwide")
    limited: Money | None = Field(default=None, alias="Limited")

    def of(self, scope: Scope) -> Decimal | None:
        """Return the printed subtotal of a scope."""
        return {"LEA-wide": self.lea_wide, "Schoolwide": self.schoolwide, "Limited": self.limited}[scope]


class Stated(Given):
    """What the plan prints above its rows, to be checked against them; all of it optional."""

    planned_percent: Percentage | None = None
    total_percent: Percentage | None = None
    contributing_lcff: Money | None = None
    improved_services_percent: Percentage | None = None
    planned_total_percent: Percentage | None = None
    totals: StatedTotals = StatedTotals()
    totals_by_scope: StatedScopes = StatedScopes()


class LcapPlannedInput(Given):
    """The header of table 1, its rows, and what the plan prints of them."""

    base_grant: Amount = NOTHING
    supplemental_and_concentration: Amount = NOTHING
    carryover_percent: Share = NOTHING
    actions: Actions = ()
    stated: Stated = Stated()


class Totals(Told):
    """The totals of table 1 in dollars; `total` is the sum of the four sources."""

    lcff: Money
    other_state: Money
    local: Money
    federal: Money
    total: Money
    personnel: Money
    non_personnel: Money


class Row(Told):
    """One row of table 1 with what the template computes for it; those that contribute are table 2."""

    goal: str | None
    action: str | None
    title: str
    student_groups: str | None
    contributing: bool
    scope: Scope | None
    unduplicated_groups: str | None
    location: str | None
    time_span: str | None
    personnel: Money
    non_personnel: Money
    lcff: Money
    other_state: Money
    local: Money
    federal: Money
    total: Money
    planned_improved_services_percent: Percentage


class LcapPlanned(Told):
    """Tables 1 and 2. Numbers in brackets are the template's: (3), (4), (5)."""

    planned_percent: Percentage | None
    total_percent: Percentage | None
    contributing_lcff: Money
    improved_services_percent: Percentage
    planned_total_percent: Percentage | None
    totals: Totals
    totals_by_scope: dict[Scope, Money]
    contributing_without_scope: Money
    actions: tuple[Row, ...]
    findings: tuple[Finding, ...]


def lcap_planned(given: LcapPlannedInput) -> LcapPlanned:
    """Compute LCAP tables 1 and 2 and name what does not add up.

    (3) is supplemental and concentration grants over the base grant (1); the total percentage adds the
    carryover. (4) is the LCFF money and (5) the planned percentages of contributing actions; the planned
    percentage to increase or improve services is 4 / 1 + 5. Percentages are unrounded, and null over a base
    grant of nothing.
    """
    contributing = [action for action in given.actions if action.contributing]
    four = _added(action.lcff for action in contributing)
    five = _added(action.planned_improved_services_percent for action in contributing)
    planned = share(given.supplemental_and_concentration, given.base_grant)
    spent = share(four, given.base_grant)
    funds = _added(action.funds for action in given.actions)
    personnel = _added(action.personnel for action in given.actions)
    by_source = {name: _added(getattr(action, name) for action in given.actions) for name in SOURCES}
    told = LcapPlanned(
        planned_percent=planned,
        total_percent=None if planned is None else planned + given.carryover_percent,
        contributing_lcff=four,
        improved_services_percent=five,
        planned_total_percent=None if spent is None else spent + five,
        totals=Totals(**by_source, total=funds, personnel=personnel, non_personnel=funds - personnel),
        totals_by_scope={
            scope: _added(action.lcff for action in contributing if action.scope == scope) for scope in SCOPES
        },
        contributing_without_scope=_added(action.lcff for action in contributing if action.scope is None),
        actions=tuple(_row(action) for action in given.actions),
        findings=(),
    )
    found = [
        *(finding for number, action in enumerate(given.actions) for finding in _of_action(number, action)),
        *_of_header(told),
        *_of_stated(given.stated, told),
    ]
    return told.model_copy(update={"findings": tuple(found)})


def _added(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def _row(action: Action) -> Row:
    entered = action.model_dump(exclude={"total", "non_personnel"})
    return Row(**entered, total=action.funds, non_personnel=action.funds - action.personnel)


def _of_action(number: int, action: Action) -> Iterator[Finding]:
    """Yield what the template does not allow in one row, and what the row's own printed sums get wrong."""
    at = f"actions[{number}]"
    title = action.title or f"{action.goal or ''} {action.action or number + 1}".strip()
    percentage = action.planned_improved_services_percent
    if action.contributing:
        yield from _of_contributing(at, title, action)
    else:
        if percentage:
            yield Finding(
                code="percent_without_contributing",
                field=f"{at}.planned_improved_services_percent",
                stated=as_text(percentage),
                message=sentence(
                    "{title} does not contribute but has a planned percentage of improved services; it is "
                    "not counted. Mark the action as contributing, or take the percentage out.",
                    title=title,
                ),
            )
        if action.scope is not None:
            yield Finding(
                code="scope_without_contributing",
                field=f"{at}.scope",
                stated=action.scope,
                message=sentence(
                    "{title} does not contribute but has a scope, which only contributing actions have.",
                    title=title,
                ),
            )
    for name in (*SOURCES, "personnel"):
        amount = getattr(action, name)
        if amount < 0:
            yield Finding(
                code="amount_below_zero",
                field=f"{at}.{name}",
                stated=as_text(amount),
                message=sentence(
                    "{title} plans an amount below zero: {amount}.", title=title, amount=said_money(amount)
                ),
            )
    if action.personnel > action.funds:
        yield Finding(
            code="personnel_over_total",
            field=f"{at}.personnel",
            stated=as_text(action.personnel),
            computed=as_text(action.funds),
            difference=as_text(action.personnel - action.funds),
            message=sentence(
                "{title} plans {personnel} for personnel, more than its total funds of {funds}.",
                title=title,
                personnel=said_money(action.personnel),
                funds=said_money(action.funds),
            ),
        )
    for name, computed in (("total", action.funds), ("non_personnel", action.funds - action.personnel)):
        stated: Decimal | None = getattr(action, name)
        if stated is not None and stated != computed:
            yield disagreement(
                f"{at}.{name}",
                stated,
                computed,
                sentence(
                    "{title} prints {stated}; its own columns give {computed}.",
                    title=title,
                    stated=said_money(stated),
                    computed=said_money(computed),
                ),
            )


def _of_contributing(at: str, title: str, action: Action) -> Iterator[Finding]:
    percentage = action.planned_improved_services_percent
    if action.scope is None:
        yield Finding(
            code="scope_missing",
            field=f"{at}.scope",
            message=sentence(
                "{title} contributes but has no scope. Give LEA-wide, Schoolwide or Limited.", title=title
            ),
        )
    # A limited action may improve services without money; then, and only then, a percentage stands for it.
    unfunded_limited = action.scope == "Limited" and bool(percentage) and not action.funds
    if action.lcff <= 0 and not unfunded_limited:
        yield Finding(
            code="contributing_without_lcff",
            field=f"{at}.lcff",
            stated=as_text(action.lcff),
            message=sentence(
                "{title} contributes but carries no LCFF money; a contributing action must.", title=title
            ),
        )
    if percentage and action.scope not in {None, "Limited"}:
        yield Finding(
            code="percent_not_limited",
            field=f"{at}.planned_improved_services_percent",
            stated=as_text(percentage),
            message=sentence(
                "{title} has a planned percentage of improved services, which only Limited actions have.",
                title=title,
            ),
        )
    if percentage and action.funds:
        yield Finding(
            code="percent_with_funding",
            field=f"{at}.planned_improved_services_percent",
            stated=as_text(percentage),
            message=sentence(
                "{title} has both money and a planned percentage of improved services; the percentage is "
                "for actions without funding, and would count the same service twice.",
                title=title,
            ),
        )


def _of_header(told: LcapPlanned) -> Iterator[Finding]:
    required, planned = told.total_percent, told.planned_total_percent
    if required is not None and planned is not None and planned < required:
        yield Finding(
            code="planned_below_required",
            field="actions",
            stated=as_text(planned),
            computed=as_text(required),
            difference=as_text(planned - required),
            message=sentence(
                "The contributing actions come to {planned} of the base grant; services must grow by at "
                "least {required}.",
                planned=said_percent(planned, 3),
                required=said_percent(required, 3),
            ),
        )


def _of_stated(stated: Stated, told: LcapPlanned) -> Iterator[Finding]:
    """Yield each printed number that its rows do not give, and subtotals that miss their own total."""
    printed: list[tuple[str, Decimal | None, Decimal | None]] = [
        *(
            (f"totals.{name}", getattr(stated.totals, name), getattr(told.totals, name))
            for name in StatedTotals.model_fields
        ),
        ("contributing_lcff", stated.contributing_lcff, told.contributing_lcff),
        *(
            (f"totals_by_scope.{scope}", stated.totals_by_scope.of(scope), told.totals_by_scope[scope])
            for scope in SCOPES
        ),
    ]
    for field, said, computed in printed:
        if said is not None and computed is not None and said != computed:
            yield disagreement(
                f"stated.{field}",
                said,
                computed,
                sentence(
                    "The plan prints {stated} for {field}; its rows add to {computed}.",
                    field=field,
                    stated=said_money(said),
                    computed=said_money(computed),
                ),
            )
    for field in ("planned_percent", "total_percent", "improved_services_percent", "planned_total_percent"):
        percentage: Decimal | None = getattr(stated, field)
        worked: Decimal | None = getattr(told, field)
        if percentage is not None and (worked is None or not agrees(percentage, worked)):
            yield Finding(
                code="stated_disagrees",
                field=f"stated.{field}",
                stated=as_text(percentage),
                computed=as_text(worked),
                difference=None if worked is None else as_text(percentage - worked),
                message=sentence(
                    "The plan prints {stated} for {field}; its rows and header give another percentage.",
                    field=field,
                    stated=said_percent(percentage, 3),
                ),
            )
    parts = [stated.totals_by_scope.of(scope) for scope in SCOPES]
    subtotals = _added(part for part in parts if part is not None)
    whole = stated.contributing_lcff
    if None not in parts and whole is not None and subtotals != whole:
        yield Finding(
            code="stated_subtotals_do_not_add",
            field="stated.totals_by_scope",
            stated=as_text(subtotals),
            computed=as_text(whole),
            difference=as_text(subtotals - whole),
            message=sentence(
                "The printed subtotals by scope add to {subtotals}, not to the printed total of {total}.",
                subtotals=said_money(subtotals),
                total=said_money(whole),
            ),
        )


CALCULATION = Calculation(
    name="lcap-planned",
    title=sentence("LCAP: planned expenditures and contributing actions"),
    source=f"{TEMPLATE}, tables 1 and 2; Education Code 42238.07; 5 CCR 15496",
    given=LcapPlannedInput,
    told=LcapPlanned,
    compute=lcap_planned,
)
