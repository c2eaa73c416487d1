"""The cohort board: where each engaged district stands, what needs attention, and the dates ahead."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants import engagements
from tenants.language import Message, local_day, message, message_n
from tenants.organizations import Cohort, CohortMember, Organization
from tenants.records import dates
from tenants.records.standing import PhaseStanding, StepStanding, standings
from tenants.scope import Scope

SOON = dt.timedelta(days=30)


@dataclasses.dataclass(frozen=True)
class Row:
    """One district as far as its engagement shows it."""

    district: Organization
    level: int
    coaches: tuple[str, ...]
    ends_on: dt.date
    phases: tuple[PhaseStanding, ...]
    today: dt.date

    @property
    def current(self) -> StepStanding | None:
        """The first step that is under way."""
        return next(
            (step for phase in self.phases for step in phase.steps if step.state == "under_way"), None
        )

    @property
    def still(self) -> int:
        """Whole days since the current step moved."""
        step = self.current
        return (self.today - local_day(step.moved_at)).days if step is not None and step.moved_at else 0

    @property
    def slow(self) -> bool:
        """Whether the current step has stood still longer than is usual for it."""
        step = self.current
        return step is not None and self.still > step.step.usual_days

    @property
    def finished(self) -> bool:
        """Whether every step is settled."""
        return all(phase.state == "done" for phase in self.phases)

    @property
    def where(self) -> Message:
        """Where the district stands, in words."""
        step = self.current
        if step is None:
            return message("All steps settled") if self.finished else message("No step under way")
        if self.slow:
            return message_n(
                "{name}: no move in one day",
                "{name}: no move in {n} days",
                self.still,
                name=message(step.step.name),
            )
        return message("{name} under way", name=message(step.step.name))


@dataclasses.dataclass(frozen=True)
class Attention:
    """A district that needs somebody, and why."""

    district: Organization
    grave: bool
    why: Message
    nudge: bool = False
    """Whether the owners of the step may be written to."""


@dataclasses.dataclass(frozen=True)
class Board:
    """Everything on the page."""

    cohort: Cohort | None
    rows: tuple[Row, ...]
    closed: int
    """Places in the cohort whose district shows nothing now."""
    attention: tuple[Attention, ...]


def board(session: Session, scope: Scope, today: dt.date, cohort_id: int | None = None) -> Board:
    """Return the board that this person's engagements allow; a fixed number of queries.

    Args:
        session: a transaction of `scope`.
        scope: a facilitator's lead or coach, or somebody of a district, who gets that district's row alone.
        today: the day to count from.
        cohort_id: the cohort to show; the newest when None.
    """
    cohort = _cohort(session, scope, cohort_id)
    places = set(
        session.scalars(
            select(CohortMember.district_id).where(
                CohortMember.cohort_id == (cohort.id if cohort else None),
                CohortMember.joined_at.is_not(None),
                CohortMember.left_at.is_(None),
            )
        )
    )
    readable = set(scope.progress)
    shown = sorted(readable if cohort is None else readable & places)
    open_ones = {
        each.district_id: each
        for each in engagements.of_organization(session, scope.organization_id or 0)
        if each.state == "active"
    }
    found = {
        district.id: district
        for district in session.scalars(select(Organization).where(Organization.id.in_(shown)))
    }
    phases = standings(session, tuple(shown))
    rows = tuple(
        Row(
            district=found[number],
            level=open_ones[number].level,
            coaches=open_ones[number].coaches,
            ends_on=open_ones[number].ends_on,
            phases=phases[number],
            today=today,
        )
        for number in sorted(shown, key=lambda each: found[each].name if each in found else "")
        if number in found and number in open_ones
    )
    # A coach learns nothing of districts that are another coach's, not even how many they are.
    closed = len(places - readable) if scope.role == "FLD" else 0
    return Board(cohort, rows, closed, tuple(attention(rows, today)))


def _cohort(session: Session, scope: Scope, cohort_id: int | None) -> Cohort | None:
    wanted = select(Cohort).where(Cohort.facilitator_id == scope.organization_id, Cohort.ended_at.is_(None))
    if cohort_id is not None:
        wanted = wanted.where(Cohort.id == cohort_id)
    return session.scalar(wanted.order_by(Cohort.id.desc()).limit(1))


def attention(rows: tuple[Row, ...], today: dt.date) -> list[Attention]:
    """Return who needs attention and the plain reason, gravest first."""
    found = []
    for row in rows:
        step = row.current
        if row.slow and step is not None:
            why = message(
                "Step “{name}” has not moved for {days} days; the usual time is {usual}.",
                name=message(step.step.name),
                days=row.still,
                usual=step.step.usual_days,
            )
            found.append(Attention(row.district, grave=True, why=why, nudge=True))
        elif step is not None and (step.finance_owner_id is None or step.instruction_owner_id is None):
            name = message(step.step.name)
            why = (
                message(
                    "No owner from finance in “{name}”. One department can't call a step done.", name=name
                )
                if step.finance_owner_id is None
                else message(
                    "No owner from instruction in “{name}”. One department can't call a step done.", name=name
                )
            )
            found.append(Attention(row.district, grave=False, why=why))
        if row.ends_on - today <= SOON:
            why = message(
                "The engagement ends on {day}. Only the district can extend it.",
                day={"date": row.ends_on.isoformat(), "style": "long"},
            )
            found.append(Attention(row.district, grave=False, why=why))
    return sorted(found, key=lambda each: not each.grave)


def conclusion(found: Board) -> Message:
    """Return the page's title."""
    total = len(found.rows)
    if not total:
        return message("No district has let you in yet")
    names = list(dict.fromkeys(each.district.name for each in found.attention if each.grave))
    moving = total - len({row.district.id for row in found.rows if row.slow})
    if not names:
        return message_n("The one district is moving", "All {n} districts are moving", total)
    if total == 1:
        return message("{name} needs you this week", name=names[0])
    if len(names) == 1:
        return message(
            "{moving} of {total} districts are moving; {name} needs you this week",
            moving=moving,
            total=total,
            name=names[0],
        )
    if len(names) == 2:
        return message(
            "{moving} of {total} districts are moving; {one} and {other} need you this week",
            moving=moving,
            total=total,
            one=names[0],
            other=names[1],
        )
    return message(
        "{moving} of {total} districts are moving; {count} need you this week",
        moving=moving,
        total=total,
        count=len(names),
    )


@dataclasses.dataclass(frozen=True)
class Mark:
    """One date on the calendar, in the units of its drawing."""

    x: float
    on: dt.date
    text: Message
    end: bool
    """True where the words stand left of the mark, because the right edge is near."""
    lane: int


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of the calendar: state dates, steps due, engagements ending."""

    label: Message
    kind: str
    marks: tuple[Mark, ...]
    lanes: int


@dataclasses.dataclass(frozen=True)
class Calendar:
    """The dates across districts from today on."""

    start: dt.date
    end: dt.date
    months: tuple[tuple[float, dt.date], ...]
    lines: tuple[Line, ...]

    @property
    def height(self) -> int:
        """Height of the drawing."""
        return 30 + sum(40 * line.lanes for line in self.lines)


LEFT, WIDTH, DAYS = 196.0, 1288.0, 128
LETTER = 6.6
"""Width of a letter of a calendar's label, at its size."""


def calendar(found: Board, today: dt.date, say: object) -> Calendar:
    """Return the calendar of the next four months.

    Args:
        found: the board.
        today: the first day.
        say: turns a message into the reader's words, to see how long they are.
    """
    end = today + dt.timedelta(days=DAYS)
    state = [(each.on, message(each.what)) for each in dates.coming(today)]
    due = [
        (step.due_on, message("{district}: {step}", district=row.district.name, step=message(step.step.name)))
        for row in found.rows
        for phase in row.phases
        for step in phase.steps
        if step.due_on and not step.settled
    ]
    ending = [
        (row.ends_on, message("{district}: engagement ends", district=row.district.name))
        for row in found.rows
    ]
    lines = [
        _line(message("All districts"), "state", state, today, end, say),
        _line(message("Steps due"), "due", due, today, end, say),
        _line(message("Engagements"), "ends", ending, today, end, say),
    ]
    months = []
    month = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    while month < end - dt.timedelta(days=8):
        months.append((_x(month, today), month))
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return Calendar(today, end, tuple(months), tuple(line for line in lines if line.marks))


def _x(day: dt.date, today: dt.date) -> float:
    return round(LEFT + (WIDTH - LEFT) * (day - today).days / DAYS, 1)


def _line(
    label: Message, kind: str, given: list[tuple[dt.date, Message]], today: dt.date, end: dt.date, say: object
) -> Line:
    marks: list[Mark] = []
    filled: list[float] = []
    for on, text in sorted(given, key=lambda each: each[0]):
        if not today <= on <= end:
            continue
        x = _x(on, today)
        width = 22 + LETTER * len(say(text))  # type: ignore[operator]
        at_end = x + width > WIDTH
        left, right = (x - width, x + 8) if at_end else (x - 8, x + width)
        lane = next((number for number, used in enumerate(filled) if used <= left), len(filled))
        if lane == len(filled):
            filled.append(right)
        else:
            filled[lane] = right
        marks.append(Mark(x, on, text, at_end, lane))
    return Line(label, kind, tuple(marks), max(1, len(filled)))
