"""Priorities, and the savings and revenue options that pay for them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.operations import operation
from apportion.api.shapes import Amount, Done, FiscalYear, Line, Shape, Text, dollars
from apportion.request import scope
from apportion.routing import NotAllowed
from tenants import audit
from tenants.language import N_
from tenants.records import plan_entries
from tenants.records.plan_entries import Amount as Range
from tenants.records.plan_entries import Cost, OptionEntry, PriorityEntry
from tenants.records.plans import Plan
from tenants.roles import decide
from workers.planning import students

TAG = "Priorities and options"
_PLAN = "/districts/<int:district_id>/plans/<int:plan_id>"


class CostShape(Shape):
    """What a priority costs in a fiscal year."""

    one_time: Amount = Field("0.00", validate_default=True)
    ongoing: Amount = Field("0.00", validate_default=True)
    restricted: Amount = Field("0.00", validate_default=True, description="Part of the sum of the other two.")


class PriorityInput(Shape):
    """A priority as it is entered."""

    title: Line
    title_es: Line = ""
    problem: Text = ""
    strategy: Text = ""
    students_reached: int | None = Field(None, ge=0)
    measure: Text = ""
    target: Text = ""
    risk: Text = ""
    costs: dict[FiscalYear, CostShape] = Field({})
    spanish: dict[str, Text] = Field({}, description="Spanish of the texts, by field name.")


class PriorityShape(PriorityInput):
    """A priority as it stands."""

    id: int
    position: int
    students_protected: bool = Field(
        description="The priority reaches fewer than 11 students, and how many is not told."
    )


class RangeShape(Shape):
    """What an option brings in a fiscal year."""

    low: Amount
    likely: Amount
    high: Amount


class OptionInput(Shape):
    """A saving or revenue option as it is entered."""

    title: Line
    kind: str = Field("saving", description="saving or revenue")
    title_es: Line = ""
    description: Text = ""
    ongoing: bool = True
    resource: str = Field("0000", pattern=r"^[0-9]{4}$", description="Resource code of the money it frees.")
    in_plan: bool = True
    stage: str = "sized"
    latest_decision_on: dt.date | None = None
    legal_note: Text = ""
    harm: Text = ""
    amounts: dict[FiscalYear, RangeShape] = Field({})
    spanish: dict[str, Text] = Field({}, description="Spanish of the texts, by field name.")


class OptionShape(OptionInput):
    """An option as it stands."""

    id: int
    confidential: bool = Field(description="Known to a few people, and in no figure of the plan.")


class Priorities(Shape):
    """Up to three."""

    items: list[PriorityShape]


class Options(Shape):
    """All of a plan's options, played or not."""

    items: list[OptionShape]


def plan_of(session: Session, district_id: int, plan_id: int, *, for_principals: bool = False) -> Plan:
    """Return a plan of the district to who reads it in writing, or `for_principals` as well.

    Raises:
        NotFound: if there is none of that id within reach.
    """
    if not for_principals and district_id in scope().principal:
        raise NotFound
    found = session.get(Plan, (district_id, plan_id))
    if found is None:
        raise NotFound
    return found


@operation(
    "GET",
    f"{_PLAN}/priorities",
    permission="priorities:view",
    summary=N_("Priorities of a plan"),
    tag=TAG,
    gives=Priorities,
)
def priorities(session: Session, district_id: int, plan_id: int) -> Priorities:
    """Return the priorities in their order."""
    plan_of(session, district_id, plan_id, for_principals=True)
    found = plan_entries.priorities(session, district_id, plan_id)
    reached = students.shown(scope(), district_id, found)
    return Priorities(items=[_priority(each, reached) for each in found])


@operation(
    "POST",
    f"{_PLAN}/priorities",
    permission="priorities:edit",
    summary=N_("Add a priority"),
    tag=TAG,
    takes=PriorityInput,
    gives=PriorityShape,
    status=201,
)
def add_priority(session: Session, district_id: int, plan_id: int, body: PriorityInput) -> PriorityShape:
    """Add a priority; the fourth is refused with a friendly sentence."""
    return _save_priority(session, district_id, plan_id, 0, body)


@operation(
    "PUT",
    f"{_PLAN}/priorities/<int:priority_id>",
    permission="priorities:edit",
    summary=N_("Change a priority"),
    tag=TAG,
    takes=PriorityInput,
    gives=PriorityShape,
)
def change_priority(
    session: Session, district_id: int, plan_id: int, priority_id: int, body: PriorityInput
) -> PriorityShape:
    """Put a priority in the place of what it was."""
    return _save_priority(session, district_id, plan_id, priority_id, body)


@operation(
    "DELETE",
    f"{_PLAN}/priorities/<int:priority_id>",
    permission="priorities:edit",
    summary=N_("Put a priority down"),
    tag=TAG,
    gives=Done,
)
def remove_priority(session: Session, district_id: int, plan_id: int, priority_id: int) -> Done:
    """Take a priority out of the plan."""
    plan_of(session, district_id, plan_id)
    plan_entries.remove_priority(session, scope(), plan_id, priority_id)
    audit.append(session, scope(), "priorities:edit", f"priority/{priority_id}", act="removed")
    return Done()


@operation(
    "GET",
    f"{_PLAN}/options",
    permission="options:view",
    summary=N_("Options of a plan"),
    tag=TAG,
    gives=Options,
)
def options(session: Session, district_id: int, plan_id: int) -> Options:
    """Return the options."""
    plan_of(session, district_id, plan_id)
    found = [
        each
        for confidential in (False, True)
        for each in plan_entries.options(session, district_id, plan_id, confidential=confidential)
    ]
    return Options(items=[_option(each) for each in found])


@operation(
    "POST",
    f"{_PLAN}/options",
    permission="options:create",
    summary=N_("Add an option"),
    tag=TAG,
    takes=OptionInput,
    gives=OptionShape,
    status=201,
)
def add_option(session: Session, district_id: int, plan_id: int, body: OptionInput) -> OptionShape:
    """Add a saving or revenue option."""
    return _save_option(session, district_id, plan_id, 0, body)


@operation(
    "PUT",
    f"{_PLAN}/options/<int:option_id>",
    permission="options:edit",
    serves=("o",),
    summary=N_("Change an option"),
    tag=TAG,
    takes=OptionInput,
    gives=OptionShape,
)
def change_option(
    session: Session, district_id: int, plan_id: int, option_id: int, body: OptionInput
) -> OptionShape:
    """Put an option in the place of what it was."""
    held = plan_entries.option_entry(session, district_id, option_id)
    decision = decide(scope(), held.editing, held.facts)
    if not decision.allowed:
        raise NotAllowed(decision.why)
    return _save_option(session, district_id, plan_id, option_id, body)


def _save_priority(
    session: Session, district_id: int, plan_id: int, priority_id: int, body: PriorityInput
) -> PriorityShape:
    plan_of(session, district_id, plan_id)
    given = {name: getattr(body, name) for name in PriorityInput.model_fields if name != "costs"}
    costs = {year: Cost(each.one_time, each.ongoing, each.restricted) for year, each in body.costs.items()}
    before = {each.id: each for each in plan_entries.priorities(session, district_id, plan_id)}
    number = students.kept(scope(), district_id, before, priority_id, body.students_reached)
    entry = PriorityEntry(**{**given, "students_reached": number}, costs=costs, id=priority_id)
    saved = plan_entries.save_priority(session, scope(), plan_id, entry)
    audit.append(session, scope(), "priorities:edit", f"priority/{saved}", act="saved")
    found = plan_entries.priorities(session, district_id, plan_id)
    reached = students.shown(scope(), district_id, found)
    return next(_priority(each, reached) for each in found if each.id == saved)


def _save_option(
    session: Session, district_id: int, plan_id: int, option_id: int, body: OptionInput
) -> OptionShape:
    plan_of(session, district_id, plan_id)
    given = {name: getattr(body, name) for name in OptionInput.model_fields if name != "amounts"}
    amounts = {year: Range(each.low, each.likely, each.high) for year, each in body.amounts.items()}
    entry = OptionEntry(**given, amounts=amounts, id=option_id)
    saved = plan_entries.save_option(session, scope(), plan_id, entry)
    found = plan_entries.option_entry(session, district_id, saved)
    audit.append(session, scope(), found.editing, f"option/{saved}", act="saved")
    return _option(found)


def _priority(entry: PriorityEntry, reached: Mapping[int, int | None]) -> PriorityShape:
    held: dict[str, Any] = {
        field.name: getattr(entry, field.name) for field in dataclasses.fields(entry) if field.name != "costs"
    }
    costs = {
        year: CostShape(
            one_time=dollars(each.one_time),
            ongoing=dollars(each.ongoing),
            restricted=dollars(each.restricted),
        )
        for year, each in entry.costs.items()
    }
    held["students_reached"] = reached.get(entry.id)
    hidden = entry.id in reached and reached[entry.id] is None
    return PriorityShape(**held, costs=costs, students_protected=hidden)


def _option(entry: OptionEntry) -> OptionShape:
    held = {
        field.name: getattr(entry, field.name)
        for field in dataclasses.fields(entry)
        if field.name in OptionShape.model_fields and field.name != "amounts"
    }
    amounts = {
        year: RangeShape(low=dollars(each.low), likely=dollars(each.likely), high=dollars(each.high))
        for year, each in entry.amounts.items()
    }
    return OptionShape(**held, amounts=amounts)
