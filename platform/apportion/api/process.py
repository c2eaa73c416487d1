"""The fifteen steps, and a facilitator's board of the districts that let it in."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.operations import operation
from apportion.api.shapes import Line, Moment, Shape
from apportion.cohorts import board as boards
from apportion.frame.facts import california_today
from apportion.request import _, language, scope
from apportion.routing import NotAllowed
from tenants import audit
from tenants.language import N_, render
from tenants.records import standing
from tenants.records.standing import PhaseStanding
from tenants.roles import decide
from tenants.scope import FACILITATOR_ROLES

TAG = "Process"


class StepShape(Shape):
    """One step of one district."""

    key: str = Field(description="1A to 5A")
    name: str
    state: str = Field(description="not_started, under_way, done or not_applicable")
    finance_owner_id: int | None
    instruction_owner_id: int | None
    finance_done: bool
    instruction_done: bool
    due_on: dt.date | None
    evidence: str
    moved_at: Moment | None


class PhaseShape(Shape):
    """One phase with its steps."""

    number: int
    name: str
    state: str = Field(description="done, now or not_started")
    steps: list[StepShape]


class Process(Shape):
    """The five phases."""

    phases: list[PhaseShape]


class StepChange(Shape):
    """What one department says of a step, or that it begins, opens again or does not apply."""

    act: Literal["begin", "confirm_done", "reopen", "not_applicable"]
    side: Literal["finance", "instruction"] | None = None
    note: Line = Field("", description="Evidence for confirm_done, the reason for not_applicable.")


class BoardRow(Shape):
    """A district as far as its engagement shows it."""

    district_id: int
    name: str
    level: int
    where: str
    days_still: int
    engagement_ends_on: dt.date
    coaches: list[str]
    phases: list[PhaseShape]


class CohortBoard(Shape):
    """The board of a cohort."""

    cohort: str | None
    rows: list[BoardRow]
    attention: list[str] = Field(description="What needs attention, each with its plain reason.")


def phases_of(found: tuple[PhaseStanding, ...], *, evidence: bool) -> list[PhaseShape]:
    """Return phases for the wire; evidence stays in the district."""
    return [
        PhaseShape(
            number=phase.phase.number,
            name=_(phase.phase.name),
            state=phase.state,
            steps=[
                StepShape(
                    key=step.step.key,
                    name=_(step.step.name),
                    state=step.state,
                    finance_owner_id=step.finance_owner_id,
                    instruction_owner_id=step.instruction_owner_id,
                    finance_done=step.finance_done,
                    instruction_done=step.instruction_done,
                    due_on=step.due_on,
                    evidence=step.evidence if evidence else "",
                    moved_at=step.moved_at,
                )
                for step in phase.steps
            ],
        )
        for phase in found
    ]


@operation(
    "GET",
    "/districts/<int:district_id>/process",
    permission="process_board:view",
    summary=N_("Where the district stands in the fifteen steps"),
    tag=TAG,
    gives=Process,
)
def process(session: Session, district_id: int) -> Process:
    """Return the five phases."""
    own = scope().organization_id == district_id
    return Process(phases=phases_of(standing.standing(session, district_id), evidence=own))


@operation(
    "POST",
    "/districts/<int:district_id>/process/<key>",
    permission="process_board:edit",
    serves=("o",),
    summary=N_("Move a step"),
    tag=TAG,
    takes=StepChange,
    gives=Process,
)
def move_step(session: Session, district_id: int, key: str, body: StepChange) -> Process:
    """Move a step; it is done when both departments said so."""
    if key not in {
        step.step.key for phase in standing.standing(session, district_id) for step in phase.steps
    }:
        raise NotFound
    decision = decide(scope(), "process_board:edit", standing.step_facts(session, district_id, key))
    if not decision.allowed:
        raise NotAllowed(decision.why)
    if body.act == "begin":
        standing.begin(session, district_id, key)
    elif body.act == "confirm_done":
        standing.confirm_done(session, district_id, key, body.side or "finance", body.note)
    elif body.act == "reopen":
        standing.reopen(session, district_id, key)
    else:
        standing.set_not_applicable(session, district_id, key, body.note)
    session.flush()
    audit.append(session, scope(), "process_board:edit", f"process_step/{key}", act=body.act)
    return Process(phases=phases_of(standing.standing(session, district_id), evidence=True))


@operation(
    "GET",
    "/cohort",
    permission="cohort_board:view",
    summary=N_("The cohort board, as each engagement allows"),
    tag=TAG,
    gives=CohortBoard,
)
def cohort(session: Session) -> CohortBoard:
    """Return the newest cohort's board, for a facilitator."""
    if scope().role not in FACILITATOR_ROLES:
        raise NotFound
    found = boards.board(session, scope(), california_today())
    return CohortBoard(
        cohort=found.cohort.name if found.cohort is not None else None,
        rows=[
            BoardRow(
                district_id=row.district.id,
                name=row.district.name,
                level=row.level,
                where=render(row.where, language()),
                days_still=row.still,
                engagement_ends_on=row.ends_on,
                coaches=list(row.coaches),
                phases=phases_of(row.phases, evidence=False),
            )
            for row in found.rows
        ],
        attention=[render(each.why, language()) for each in found.attention],
    )
