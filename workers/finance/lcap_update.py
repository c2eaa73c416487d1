"""LCAP tables 3 and 4: the annual update of all actions, and of those that contribute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from workers.analyses.result import Message, sentence
from workers.finance.amounts import Amount, as_text, said_money
from workers.finance.calculation import NOTHING, Calculation, Given, Money, Percentage, Share, Told
from workers.finance.lcap import TEMPLATE, Finding, YesNo, disagreement
from workers.finance.measures import share


class ActionUpdate(Given):
    """One action of the current LCAP year: last year's plan of it, and what is estimated to come of it."""

    goal: str | None = None
    action: str | None = None
    title: str = ""
    contributing: YesNo = False
    planned_total: Money = NOTHING
    estimated_actual_total: Money = NOTHING
    planned_lcff: Money = NOTHING
    estimated_actual_lcff: Money = NOTHING
    planned_improved_services_percent: Share = NOTHING
    estimated_actual_improved_services_percent: Share = NOTHING


class StatedUpdate(Given):
    """What the plan prints above tables 3 and 4, to be checked; all of it optional."""

    planned_total: Money | None = None
    estimated_actual_total: Money | None = None
    planned_contributing: Money | None = None
    estimated_actual_contributing: Money | None = None


class LcapUpdateInput(Given):
    """(6) of table 4 and the rows of tables 3 and 4."""

    estimated_actual_supplemental_and_concentration: Amount = NOTHING
    actions: Annotated[tuple[ActionUpdate, ...], Field(max_length=2000)] = ()
    stated: StatedUpdate = StatedUpdate()


class UpdateRow(Told):
    """One row of table 3; the difference is planned less estimated actual."""

    goal: str | None
    action: str | None
    title: str
    contributing: bool
    difference: Money
    difference_percent: Percentage | None


class LcapUpdate(Told):
    """Tables 3 and 4.

    `improved_services_difference` (8 - 5) is null and `improved_services_difference_required` false where the
    template prints "Not Required".
    """

    planned_total: Money
    estimated_actual_total: Money
    planned_contributing: Money
    estimated_actual_contributing: Money
    contributing_difference: Money
    planned_improved_services_percent: Percentage
    estimated_actual_improved_services_percent: Percentage
    improved_services_difference_required: bool
    improved_services_difference: Percentage | None
    actions: tuple[UpdateRow, ...]
    findings: tuple[Finding, ...]


def lcap_update(given: LcapUpdateInput) -> LcapUpdate:
    """Compute LCAP tables 3 and 4.

    (4) and (5) are last year's planned LCFF money and percentages of the contributing actions, (7) and (8)
    the estimated actual ones. 8 - 5 is required only when (4) is less than (6).
    """
    contributing = [action for action in given.actions if action.contributing]
    four = _added(action.planned_lcff for action in contributing)
    seven = _added(action.estimated_actual_lcff for action in contributing)
    five = _added(action.planned_improved_services_percent for action in contributing)
    eight = _added(action.estimated_actual_improved_services_percent for action in contributing)
    required = four < given.estimated_actual_supplemental_and_concentration
    told = LcapUpdate(
        planned_total=_added(action.planned_total for action in given.actions),
        estimated_actual_total=_added(action.estimated_actual_total for action in given.actions),
        planned_contributing=four,
        estimated_actual_contributing=seven,
        contributing_difference=four - seven,
        planned_improved_services_percent=five,
        estimated_actual_improved_services_percent=eight,
        improved_services_difference_required=required,
        improved_services_difference=eight - five if required else None,
        actions=tuple(
            UpdateRow(
                goal=action.goal,
                action=action.action,
                title=action.title,
                contributing=action.contributing,
                difference=action.planned_total - action.estimated_actual_total,
                difference_percent=share(
                    action.planned_total - action.estimated_actual_total, action.planned_total
                ),
            )
            for action in given.actions
        ),
        findings=(),
    )
    found = [
        *(finding for number, action in enumerate(given.actions) for finding in _of_row(number, action)),
        *_of_stated(given.stated, told),
    ]
    return told.model_copy(update={"findings": tuple(found)})


def _added(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def _of_row(number: int, action: ActionUpdate) -> Iterator[Finding]:
    title = action.title or f"{action.goal or ''} {action.action or number + 1}".strip()
    for lcff, total in (
        ("planned_lcff", "planned_total"),
        ("estimated_actual_lcff", "estimated_actual_total"),
    ):
        part: Decimal = getattr(action, lcff)
        whole: Decimal = getattr(action, total)
        # A row may leave its total out where only the contributing columns are known.
        if whole and part > whole:
            yield Finding(
                code="lcff_over_total",
                field=f"actions[{number}].{lcff}",
                stated=as_text(part),
                computed=as_text(whole),
                difference=as_text(part - whole),
                message=sentence(
                    "{title} has {lcff} of LCFF money, more than its total of {total}.",
                    title=title,
                    lcff=said_money(part),
                    total=said_money(whole),
                ),
            )
    percentage = action.planned_improved_services_percent or action.estimated_actual_improved_services_percent
    if percentage and not action.contributing:
        yield Finding(
            code="percent_without_contributing",
            field=f"actions[{number}].planned_improved_services_percent",
            stated=as_text(percentage),
            message=sentence(
                "{title} does not contribute but has a percentage of improved services; it is not counted.",
                title=title,
            ),
        )


def _of_stated(stated: StatedUpdate, told: LcapUpdate) -> Iterator[Finding]:
    for name in StatedUpdate.model_fields:
        said: Decimal | None = getattr(stated, name)
        computed: Decimal = getattr(told, name)
        if said is not None and said != computed:
            yield disagreement(f"stated.{name}", said, computed, _not_its_rows(name, said, computed))


def _not_its_rows(field: str, stated: Decimal, computed: Decimal) -> Message:
    return sentence(
        "The plan prints {stated} for {field}; its rows add to {computed}.",
        field=field,
        stated=said_money(stated),
        computed=said_money(computed),
    )


CALCULATION = Calculation(
    name="lcap-update",
    title=sentence("LCAP: annual update"),
    source=f"{TEMPLATE}, tables 3 and 4; Education Code 42238.07(c)(2)",
    given=LcapUpdateInput,
    told=LcapUpdate,
    compute=lcap_update,
)
