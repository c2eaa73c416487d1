"""Priorities and options of a plan: reading them with their amounts, and what a person may enter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from tenants.language import Message, message, message_n
from tenants.limits import DEPARTMENTS, Facts
from tenants.records.options import Option, OptionAmount, Priority, PriorityCost

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from tenants.scope import Scope

MOST_PRIORITIES = 3
MOST_CENTS = 10**15
RESTRICTED_FROM = 2000
"""Resource codes from 2000 on are restricted; 0000 to 1999 are not (California School Accounting Manual)."""


class EntryRefusedError(ValueError):
    """What was entered can't be kept; `errors` says why, by field."""

    def __init__(self, errors: dict[str, Message]) -> None:
        """Hold the sentences."""
        super().__init__("; ".join(said["text"] for said in errors.values()))
        self.errors = errors


class UnknownEntryError(LookupError):
    """No such priority or option in this plan."""


@dataclass(frozen=True)
class Cost:
    """A priority's cost in one fiscal year, in cents; `restricted` is part of the sum of the other two."""

    one_time: int = 0
    ongoing: int = 0
    restricted: int = 0

    @property
    def total(self) -> int:
        """Return the whole cost."""
        return self.one_time + self.ongoing


@dataclass(frozen=True)
class PriorityEntry:
    """A priority as a person enters it."""

    title: str
    title_es: str = ""
    problem: str = ""
    strategy: str = ""
    students_reached: int | None = None
    measure: str = ""
    target: str = ""
    risk: str = ""
    costs: dict[str, Cost] = field(default_factory=dict)
    spanish: dict[str, str] = field(default_factory=dict)
    """Spanish of the texts, by field name."""
    id: int = 0
    position: int = 0


@dataclass(frozen=True)
class Amount:
    """What an option brings in one fiscal year, in cents."""

    low: int
    likely: int
    high: int


@dataclass(frozen=True)
class OptionEntry:
    """A saving or revenue option as a person enters it."""

    title: str
    kind: str = "saving"
    title_es: str = ""
    description: str = ""
    ongoing: bool = True
    resource: str = "0000"
    in_plan: bool = True
    stage: str = "sized"
    latest_decision_on: dt.date | None = None
    legal_note: str = ""
    harm: str = ""
    amounts: dict[str, Amount] = field(default_factory=dict)
    spanish: dict[str, str] = field(default_factory=dict)
    """Spanish of the texts, by field name."""
    id: int = 0
    created_by: int = 0
    department: str = ""
    confidential: bool = False
    combined_into: int | None = None

    @property
    def editing(self) -> str:
        """Return the permission that it takes to change it."""
        return "confidential_options:edit" if self.confidential else "options:edit"

    @property
    def facts(self) -> Facts:
        """What decides who may see and change it."""
        return Facts(
            record=f"option/{self.id}",
            owners=frozenset({self.created_by}),
            department=self.department or None,
        )

    @property
    def restricted(self) -> bool:
        """Whether the money it brings may pay only what its giver allows."""
        return int(self.resource) >= RESTRICTED_FROM


def priorities(session: Session, district_id: int, plan_id: int) -> list[PriorityEntry]:
    """Return a plan's priorities in their order, with costs by fiscal year."""
    rows = session.scalars(
        select(Priority)
        .where(Priority.district_id == district_id, Priority.plan_id == plan_id)
        .order_by(Priority.position)
    ).all()
    costs: dict[int, dict[str, Cost]] = {row.id: {} for row in rows}
    for cost in session.scalars(
        select(PriorityCost).where(
            PriorityCost.district_id == district_id, PriorityCost.priority_id.in_(costs)
        )
    ):
        costs[cost.priority_id][cost.fiscal_year] = Cost(
            cost.one_time_cents, cost.ongoing_cents, cost.restricted_cents
        )
    return [
        PriorityEntry(
            title=row.title,
            title_es=row.title_es,
            problem=row.problem,
            strategy=row.strategy,
            students_reached=row.students_reached,
            measure=row.measure,
            target=row.target,
            risk=row.risk,
            costs=costs[row.id],
            spanish=dict(row.spanish),
            id=row.id,
            position=row.position,
        )
        for row in rows
    ]


def options(
    session: Session, district_id: int, plan_id: int, *, confidential: bool = False
) -> list[OptionEntry]:
    """Return a plan's ordinary or its confidential options, in the order in which they were entered.

    The plan's figures, text and versions are made of ordinary options alone, whoever looks: so they are the
    same for everybody, and a version that is released can't hold a confidential measure. Row-level security
    shows confidential options to those who may know them, and to nobody else.
    """
    return _entries(
        session,
        select(Option)
        .where(
            Option.district_id == district_id,
            Option.plan_id == plan_id,
            Option.confidential.is_(confidential),
        )
        .order_by(Option.id),
    )


def option_entry(session: Session, district_id: int, option_id: int) -> OptionEntry:
    """Return one option as far as the scope may know of it, ordinary or confidential.

    Raises:
        UnknownEntryError: for an id that does not exist for this scope.
    """
    found = _entries(session, select(Option).where(Option.district_id == district_id, Option.id == option_id))
    if not found:
        raise UnknownEntryError(option_id)
    return found[0]


def _entries(session: Session, wanted: Select[Option]) -> list[OptionEntry]:
    rows = session.scalars(wanted).all()
    district_id = rows[0].district_id if rows else None
    amounts: dict[int, dict[str, Amount]] = {row.id: {} for row in rows}
    for amount in session.scalars(
        select(OptionAmount).where(
            OptionAmount.district_id == district_id, OptionAmount.option_id.in_(amounts)
        )
    ):
        amounts[amount.option_id][amount.fiscal_year] = Amount(
            amount.low_cents, amount.likely_cents, amount.high_cents
        )
    return [
        OptionEntry(
            title=row.title,
            kind=row.kind,
            title_es=row.title_es,
            description=row.description,
            ongoing=row.ongoing,
            resource=row.resource,
            in_plan=row.in_plan,
            stage=row.stage,
            latest_decision_on=row.latest_decision_on,
            legal_note=row.legal_note,
            harm=row.harm,
            amounts=amounts[row.id],
            spanish=dict(row.spanish),
            id=row.id,
            created_by=row.created_by,
            department=row.department,
            confidential=row.confidential,
            combined_into=row.combined_into,
        )
        for row in rows
    ]


def check_priority(entry: PriorityEntry) -> None:
    """Refuse a priority without a title, or with costs that can't be.

    Raises:
        EntryRefusedError: naming each field, costs as `costs.<fiscal year>`.
    """
    errors: dict[str, Message] = {}
    if not entry.title.strip():
        errors["title"] = message("Name the priority in one sentence.")
    if entry.students_reached is not None and not 0 <= entry.students_reached <= 10**7:
        errors["students_reached"] = message("The number of students is a whole number, zero or more.")
    for year, cost in entry.costs.items():
        if min(cost.one_time, cost.ongoing, cost.restricted) < 0:
            errors[f"costs.{year}"] = message("A cost can't be below zero.")
        elif max(cost.one_time, cost.ongoing) > MOST_CENTS:
            errors[f"costs.{year}"] = message("This amount is too large to be a cost of one year.")
        elif cost.restricted > cost.total:
            errors[f"costs.{year}"] = message(
                "Restricted money can't pay more than the whole cost of the year."
            )
    if errors:
        raise EntryRefusedError(errors)


def check_option(entry: OptionEntry) -> None:
    """Refuse an option without a title, of an unknown resource, or whose amounts are out of order.

    Raises:
        EntryRefusedError: naming each field, amounts as `amounts.<fiscal year>`.
    """
    errors: dict[str, Message] = {}
    if not entry.title.strip():
        errors["title"] = message("Name the option in a few words.")
    if entry.kind not in ("saving", "revenue"):
        errors["kind"] = message("An option is a saving or new revenue.")
    if not (len(entry.resource) == 4 and entry.resource.isdigit()):
        errors["resource"] = message("A resource code has four digits, such as 0000 or 3010.")
    for year, amount in entry.amounts.items():
        if not 0 <= amount.low <= amount.likely <= amount.high:
            errors[f"amounts.{year}"] = message(
                "Amounts go from low over likely to high, none below zero: {low}, {likely}, {high} do not.",
                low={"money": amount.low, "style": "dollars"},
                likely={"money": amount.likely, "style": "dollars"},
                high={"money": amount.high, "style": "dollars"},
            )
        elif amount.high > MOST_CENTS:
            errors[f"amounts.{year}"] = message("This amount is too large for an option.")
    if errors:
        raise EntryRefusedError(errors)


def save_priority(session: Session, scope: Scope, plan_id: int, entry: PriorityEntry) -> int:
    """Add a priority (id 0) or change one, and return its id.

    Raises:
        EntryRefusedError: for what can't be kept; at the fourth priority, field `priorities`.
        UnknownEntryError: for an id that this plan doesn't have.
    """
    check_priority(entry)
    district = _district(scope)
    if entry.id:
        row = session.scalar(
            select(Priority).where(
                Priority.district_id == district, Priority.plan_id == plan_id, Priority.id == entry.id
            )
        )
        if row is None:
            raise UnknownEntryError(entry.id)
    else:
        taken = set(
            session.scalars(
                select(Priority.position).where(Priority.district_id == district, Priority.plan_id == plan_id)
            )
        )
        if len(taken) >= MOST_PRIORITIES:
            raise EntryRefusedError({"priorities": _enough()})
        row = Priority(
            district_id=district,
            plan_id=plan_id,
            position=min(set(range(1, MOST_PRIORITIES + 1)) - taken),
            created_by=scope.person_id,
        )
        session.add(row)
    for name in ("title", "title_es", "problem", "strategy", "measure", "target", "risk"):
        setattr(row, name, getattr(entry, name).strip())
    row.students_reached = entry.students_reached
    row.spanish = {name: text.strip() for name, text in entry.spanish.items() if text.strip()}
    row.updated_at = dt.datetime.now(dt.UTC)
    session.flush()
    session.execute(
        delete(PriorityCost).where(PriorityCost.district_id == district, PriorityCost.priority_id == row.id)
    )
    session.add_all(
        PriorityCost(
            district_id=district,
            priority_id=row.id,
            fiscal_year=year,
            one_time_cents=cost.one_time,
            ongoing_cents=cost.ongoing,
            restricted_cents=cost.restricted,
        )
        for year, cost in entry.costs.items()
    )
    session.flush()
    return row.id


def _enough() -> Message:
    return message_n(
        "A plan carries {n} priority. To add one, put another down first.",
        "A plan carries {n} priorities: a district that promises more keeps fewer. To add one, put another "
        "down first.",
        MOST_PRIORITIES,
    )


def remove_priority(session: Session, scope: Scope, plan_id: int, priority_id: int) -> PriorityEntry:
    """Take a priority out of a plan and return what it was, so that it can be put back.

    Raises:
        UnknownEntryError: for an id that this plan doesn't have.
    """
    district = _district(scope)
    entry = next((e for e in priorities(session, district, plan_id) if e.id == priority_id), None)
    if entry is None:
        raise UnknownEntryError(priority_id)
    session.execute(delete(Priority).where(Priority.district_id == district, Priority.id == priority_id))
    return entry


def save_option(session: Session, scope: Scope, plan_id: int, entry: OptionEntry) -> int:
    """Add an option (id 0) or change one, and return its id.

    Raises:
        EntryRefusedError: for what can't be kept.
        UnknownEntryError: for an id that this plan doesn't have.
    """
    check_option(entry)
    district = _district(scope)
    row = _option(session, district, plan_id, entry.id) if entry.id else None
    if row is None:
        row = Option(
            district_id=district,
            plan_id=plan_id,
            created_by=scope.person_id,
            department=DEPARTMENTS.get(scope.role or "", ""),
            confidential=entry.confidential,
        )
        session.add(row)
    for name in ("title", "title_es", "description", "legal_note", "harm"):
        setattr(row, name, getattr(entry, name).strip())
    for name in ("kind", "ongoing", "resource", "in_plan", "stage", "latest_decision_on"):
        setattr(row, name, getattr(entry, name))
    row.spanish = {name: text.strip() for name, text in entry.spanish.items() if text.strip()}
    row.updated_at = dt.datetime.now(dt.UTC)
    session.flush()
    session.execute(
        delete(OptionAmount).where(OptionAmount.district_id == district, OptionAmount.option_id == row.id)
    )
    session.add_all(
        OptionAmount(
            district_id=district,
            option_id=row.id,
            fiscal_year=year,
            low_cents=amount.low,
            likely_cents=amount.likely,
            high_cents=amount.high,
        )
        for year, amount in entry.amounts.items()
    )
    session.flush()
    return row.id


def play_option(session: Session, scope: Scope, plan_id: int, option_id: int, *, in_plan: bool) -> None:
    """Take an option into the plan, or out of it.

    Raises:
        UnknownEntryError: for an id that this plan doesn't have.
        EntryRefusedError: for a confidential one whose amounts stand in a broader line.
    """
    row = _option(session, _district(scope), plan_id, option_id)
    if row.combined_into is not None and in_plan:
        raise EntryRefusedError(
            {"in_plan": message("Its amounts stand in a broader line. Separate them first.")}
        )
    row.in_plan = in_plan
    row.updated_at = dt.datetime.now(dt.UTC)


def _option(session: Session, district: int, plan_id: int, option_id: int) -> Option:
    row = session.scalar(
        select(Option).where(
            Option.district_id == district, Option.plan_id == plan_id, Option.id == option_id
        )
    )
    if row is None:
        raise UnknownEntryError(option_id)
    return row


def _district(scope: Scope) -> int:
    if scope.district_id is None:
        raise PermissionError("the scope may write in no district")
    return scope.district_id
