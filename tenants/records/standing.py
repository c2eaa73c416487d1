"""Where a district stands in the fifteen steps, and the rule that no department calls a step done alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.language import Message, message
from tenants.limits import Facts
from tenants.records.process import ProcessStep
from tenants.records.steps import BY_KEY, PHASES, STEPS, Phase, Step, in_phase

Side = Literal["finance", "instruction"]
State = Literal["not_started", "under_way", "done", "not_applicable"]


class StepRefusedError(ValueError):
    """A change that the rules of a step do not allow; `said` tells a person why."""

    def __init__(self, said: Message) -> None:
        """Hold the sentence."""
        super().__init__(said["text"])
        self.said = said


@dataclasses.dataclass(frozen=True)
class StepStanding:
    """One step of one district."""

    step: Step
    state: State
    finance_owner_id: int | None
    instruction_owner_id: int | None
    finance_done: bool
    instruction_done: bool
    due_on: dt.date | None
    evidence: str
    moved_at: dt.datetime | None

    @property
    def facts(self) -> Facts:
        """What decides who may move it: its two owners."""
        owners = (self.finance_owner_id, self.instruction_owner_id)
        return Facts(
            record=f"process_step/{self.step.key}",
            owners=frozenset(owner for owner in owners if owner is not None),
        )

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do in this step."""
        return self.state in {"done", "not_applicable"}


@dataclasses.dataclass(frozen=True)
class PhaseStanding:
    """One phase of one district: its steps, and what they say together."""

    phase: Phase
    steps: tuple[StepStanding, ...]

    @property
    def settled(self) -> int:
        """How many steps are done or do not apply."""
        return sum(step.settled for step in self.steps)

    @property
    def state(self) -> Literal["done", "now", "not_started"]:
        """Done when every step is settled, now when any has begun."""
        if self.settled == len(self.steps):
            return "done"
        return "now" if any(step.state != "not_started" for step in self.steps) else "not_started"

    @property
    def moved_at(self) -> dt.datetime | None:
        """When a step of this phase last moved."""
        return max((step.moved_at for step in self.steps if step.moved_at), default=None)


def standings(session: Session, district_ids: tuple[int, ...]) -> dict[int, tuple[PhaseStanding, ...]]:
    """Return the five phases of each district with one query; a district without rows has started nothing."""
    rows: dict[tuple[int, str], ProcessStep] = {
        (row.district_id, row.step): row
        for row in session.scalars(select(ProcessStep).where(ProcessStep.district_id.in_(district_ids)))
    }
    return {
        district: tuple(
            PhaseStanding(
                phase,
                tuple(_standing(step, rows.get((district, step.key))) for step in in_phase(phase.number)),
            )
            for phase in PHASES
        )
        for district in district_ids
    }


def standing(session: Session, district_id: int) -> tuple[PhaseStanding, ...]:
    """Return the five phases of one district."""
    return standings(session, (district_id,))[district_id]


def _standing(step: Step, row: ProcessStep | None) -> StepStanding:
    if row is None:
        return StepStanding(step, "not_started", None, None, False, False, None, "", None)
    return StepStanding(
        step=step,
        state=row.state,  # type: ignore[arg-type]  # the table's check allows these four only
        finance_owner_id=row.finance_owner_id,
        instruction_owner_id=row.instruction_owner_id,
        finance_done=row.finance_done_at is not None,
        instruction_done=row.instruction_done_at is not None,
        due_on=row.due_on,
        evidence=row.evidence,
        moved_at=row.moved_at if row.state != "not_started" else None,
    )


def seed(session: Session, district_id: int) -> None:
    """Write the fifteen steps of a district that has none, all not started."""
    present = set(session.scalars(select(ProcessStep.step).where(ProcessStep.district_id == district_id)))
    session.add_all(
        ProcessStep(district_id=district_id, step=step.key) for step in STEPS if step.key not in present
    )
    session.flush()


def step_facts(session: Session, district_id: int, key: str) -> Facts:
    """Return what decides who may move a step.

    Raises:
        StepRefusedError: there is no such step.
    """
    if key not in BY_KEY:
        raise StepRefusedError(message("There is no such step."))
    return _standing(BY_KEY[key], session.get(ProcessStep, (district_id, key))).facts


def _row(session: Session, district_id: int, key: str) -> ProcessStep:
    if key not in BY_KEY:
        raise StepRefusedError(message("There is no such step."))
    row = session.get(ProcessStep, (district_id, key), with_for_update=True)
    if row is None:
        row = ProcessStep(district_id=district_id, step=key, state="not_started", evidence="")
        session.add(row)
    return row


def assign(
    session: Session,
    district_id: int,
    key: str,
    *,
    finance: int | None,
    instruction: int | None,
    due: dt.date | None,
) -> None:
    """Name a step's two owners (person ids) and the day it is due; begins a step that had not begun."""
    row = _row(session, district_id, key)
    row.finance_owner_id, row.instruction_owner_id, row.due_on = finance, instruction, due
    if row.state == "not_started" and (finance or instruction):
        row.state = "under_way"
    row.moved_at = dt.datetime.now(dt.UTC)


def begin(session: Session, district_id: int, key: str) -> None:
    """Mark a step as under way."""
    row = _row(session, district_id, key)
    row.state, row.moved_at = "under_way", dt.datetime.now(dt.UTC)


def confirm_done(session: Session, district_id: int, key: str, side: Side, evidence: str) -> State:
    """Say for one department that a step is done; it is done when the other has said so too.

    Returns:
        The step's state afterwards.

    Raises:
        StepRefusedError: without evidence, or without an owner on both sides.
    """
    row = _row(session, district_id, key)
    if not evidence.strip() and not row.evidence:
        raise StepRefusedError(message("Say where the evidence is: a document, a board item, a link."))
    if row.finance_owner_id is None or row.instruction_owner_id is None:
        raise StepRefusedError(message("Name an owner from finance and one from instruction first."))
    now = dt.datetime.now(dt.UTC)
    if evidence.strip():
        row.evidence = evidence.strip()
    if side == "finance":
        row.finance_done_at = now
    else:
        row.instruction_done_at = now
    row.state = "done" if row.finance_done_at and row.instruction_done_at else "under_way"
    row.moved_at = now
    return row.state  # type: ignore[return-value]


def reopen(session: Session, district_id: int, key: str) -> None:
    """Take back what both departments said of a step; it is under way again."""
    row = _row(session, district_id, key)
    row.finance_done_at = row.instruction_done_at = None
    row.state, row.moved_at = "under_way", dt.datetime.now(dt.UTC)


def set_not_applicable(session: Session, district_id: int, key: str, reason: str) -> None:
    """Mark a step as not applying to this district.

    Raises:
        StepRefusedError: without a reason.
    """
    if not reason.strip():
        raise StepRefusedError(message("Say why this step does not apply here."))
    row = _row(session, district_id, key)
    row.state, row.evidence, row.moved_at = "not_applicable", reason.strip(), dt.datetime.now(dt.UTC)
