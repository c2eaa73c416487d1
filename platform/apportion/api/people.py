"""Positions and counts of students: load a file, see what the reader found, read what stands."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, cast

import flask
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.data import TAG
from apportion.api.operations import operation
from apportion.api.refusals import Refusal
from apportion.api.shapes import Amount, FiscalYear, Line, Moment, Page, Paging, Shape, dollars
from apportion.data import positions as rows
from apportion.data import students
from apportion.request import scope
from apportion.services import services
from tenants import audit
from tenants.language import N_, message
from tenants.records.people_data import (
    AttendanceCount,
    PositionLoad,
    PositionSet,
    ProtectedCount,
    StudentCount,
    StudentLoad,
    StudentSet,
)
from workers.imports.ledger.findings import RefusedFileError
from workers.imports.people.accept import accept_positions, accept_students


class PositionLoadForm(Shape):
    """What a file of positions is said to be; the fields beside `file` in a multipart form."""

    fiscal_year: FiscalYear | None = None
    total_fte: str | None = Field(
        None,
        max_length=14,
        pattern=r"^[0-9]{1,7}(\.[0-9]{1,4})?$",
        description="The staffing total that the file foots to.",
    )


class StudentLoadForm(Shape):
    """What a file of counts is said to be; the fields beside `file` in a multipart form."""

    fiscal_year: FiscalYear | None = None
    kind: Literal["enrollment", "unduplicated", "attendance"] | None = None


class PeopleLoadShape(Shape):
    """One act of loading a file about people; the file itself is removed once it was read."""

    id: int
    state: str = Field(description="received, reading, needs_mapping, ready or refused")
    file_name: str
    sha256: str
    size: int
    expected: dict[str, Any]
    report: dict[str, Any] | None = Field(description="Findings, the question about columns, and set ids.")
    requested_at: Moment
    finished_at: Moment | None


class PartShape(Shape):
    """What pays a part of a position."""

    fund: str
    resource: str
    goal: str
    function: str
    object: str
    share: str = Field(description="Decimal text; the parts of a position add to 1.")


class PositionShape(Shape):
    """A position without whoever holds it."""

    line: int = Field(description="Row of the file on which it first stands.")
    position: str
    title: str
    site: str
    site_name: str
    program: str
    group: str
    member_class: str
    notice_group: str
    fte: str
    vacant: bool
    funding: list[PartShape]


class NamedPositionShape(PositionShape):
    """A position with its holder, pay and leaving: personnel information."""

    employee: str | None
    schedule: str | None
    step: str | None
    salary_column: str | None
    pay: Amount | None
    leaving_on: str | None
    leaving_reason: str | None


class PositionsQuery(Paging):
    """Which positions."""

    fiscal_year: FiscalYear | None = Field(None, description="The newest year that is loaded, by default.")


class Look(Shape):
    """One look at names, with its reason, which is recorded."""

    reason: Line = Field(min_length=1, pattern=r"\S")
    fiscal_year: FiscalYear | None = None
    after: int = Field(0, ge=0, le=2_000_000_000)


class NamedPositions(Shape):
    """A part of the positions with names and pay."""

    shown_once: ClassVar[tuple[str, ...]] = ("items",)

    items: list[NamedPositionShape] | None
    next: int | None


class CountsQuery(Paging):
    """Which counts of students."""

    kind: Literal["enrollment", "unduplicated"] = "enrollment"
    fiscal_year: FiscalYear | None = Field(None, description="The newest year that is loaded, by default.")


class CountShape(Shape):
    """A number of students."""

    school: str
    school_name: str
    grade: str
    group: str
    students: int


class ProtectedCountShape(Shape):
    """A number of students as it may be published; a star stands for all schools or grades."""

    school: str
    school_name: str
    grade: str
    group: str
    shown: str = Field(description="count, fewer (than 11) or withheld")
    students: int | None


class AttendanceShape(Shape):
    """Average daily attendance of a span; TK is a part of TK-3."""

    fiscal_year: str
    certification: str
    span: str
    ada: str


class AttendanceList(Shape):
    """All certified attendance that is loaded."""

    items: list[AttendanceShape]


@operation(
    "POST",
    "/districts/<int:district_id>/position-loads",
    permission="positions:create",
    summary=N_("Load positions"),
    tag=TAG,
    form=PositionLoadForm,
    gives=PeopleLoadShape,
    status=202,
)
def load_positions(session: Session, district_id: int, form: PositionLoadForm) -> PeopleLoadShape:
    """Take a file of positions in and ask for it to be read; the same file again gives the same load."""
    return _load(session, PositionLoad, district_id, _take(session, district_id, accept_positions, form))


@operation(
    "GET",
    "/districts/<int:district_id>/position-loads/<int:load_id>",
    permission="positions:create",
    summary=N_("One load of positions with what was found"),
    tag=TAG,
    gives=PeopleLoadShape,
)
def position_load(session: Session, district_id: int, load_id: int) -> PeopleLoadShape:
    """Return one load of positions."""
    return _load(session, PositionLoad, district_id, load_id)


@operation(
    "GET",
    "/districts/<int:district_id>/positions",
    permission="positions:view",
    serves=("o",),
    summary=N_("Positions without names"),
    tag=TAG,
    query=PositionsQuery,
    gives=Page[PositionShape],
)
def position_rows(session: Session, district_id: int, query: PositionsQuery) -> Page[PositionShape]:
    """Return the positions of a year in the order of the file."""
    chosen = _position_set(session, district_id, query.fiscal_year)
    if chosen is None:
        return Page[PositionShape](items=[], next=None)
    found = rows.read(session, scope(), chosen, query.position or 0, query.limit + 1, names=False)
    more = len(found) > query.limit
    shown = [PositionShape(**_plain(row)) for row in found[: query.limit]]
    return Page[PositionShape](items=shown, next=str(shown[-1].line) if more else None)


@operation(
    "POST",
    "/districts/<int:district_id>/named-positions",
    permission="named_positions:view",
    summary=N_("Look at positions with names and pay"),
    tag=TAG,
    takes=Look,
    gives=NamedPositions,
)
def named_positions(session: Session, district_id: int, body: Look) -> NamedPositions:
    """Return positions with names and pay; who looked and why is recorded."""
    chosen = _position_set(session, district_id, body.fiscal_year)
    if chosen is None:
        return NamedPositions(items=[], next=None)
    reason = body.reason.strip()
    audit.append(session, scope(), "named_positions:view", f"position_set/{chosen.id}", reason=reason)
    found = rows.read(session, scope(), chosen, body.after, rows.PAGE + 1, names=True)
    shown = [NamedPositionShape(**_plain(row), **_person(row)) for row in found[: rows.PAGE]]
    return NamedPositions(items=shown, next=shown[-1].line if len(found) > rows.PAGE else None)


@operation(
    "POST",
    "/districts/<int:district_id>/student-loads",
    permission="student_counts:create",
    summary=N_("Load counts of students"),
    tag=TAG,
    form=StudentLoadForm,
    gives=PeopleLoadShape,
    status=202,
)
def load_students(session: Session, district_id: int, form: StudentLoadForm) -> PeopleLoadShape:
    """Take a file of counts in; one with anything about single pupils is refused before it is kept."""
    return _load(session, StudentLoad, district_id, _take(session, district_id, accept_students, form))


@operation(
    "GET",
    "/districts/<int:district_id>/student-loads/<int:load_id>",
    permission="student_counts:view",
    serves=("o",),
    summary=N_("One load of counts with what was found"),
    tag=TAG,
    gives=PeopleLoadShape,
)
def student_load(session: Session, district_id: int, load_id: int) -> PeopleLoadShape:
    """Return one load of counts."""
    return _load(session, StudentLoad, district_id, load_id)


@operation(
    "GET",
    "/districts/<int:district_id>/student-counts",
    permission="student_counts:view",
    serves=("o",),
    summary=N_("Counts of students, all of them"),
    tag=TAG,
    query=CountsQuery,
    gives=Page[CountShape],
)
def student_counts(session: Session, district_id: int, query: CountsQuery) -> Page[CountShape]:
    """Return a year's counts in the order of the file."""
    chosen = _student_set(session, district_id, query)
    found = session.scalars(
        select(StudentCount)
        .where(
            StudentCount.district_id == district_id,
            StudentCount.set_id == (chosen.id if chosen else 0),
            StudentCount.line > (query.position or 0),
        )
        .order_by(StudentCount.line)
        .limit(query.limit + 1)
    ).all()
    shown = [
        CountShape(
            school=row.school,
            school_name=row.school_name,
            grade=row.grade,
            group=row.student_group,
            students=row.students,
        )
        for row in found[: query.limit]
    ]
    more = len(found) > query.limit
    return Page[CountShape](items=shown, next=str(found[query.limit - 1].line) if more else None)


@operation(
    "GET",
    "/districts/<int:district_id>/protected-student-counts",
    permission="protected_student_counts:view",
    summary=N_("Counts of students, small groups protected"),
    tag=TAG,
    query=CountsQuery,
    gives=Page[ProtectedCountShape],
)
def protected_counts(session: Session, district_id: int, query: CountsQuery) -> Page[ProtectedCountShape]:
    """Return a year's counts as they may be published; `next` counts rows, which never change."""
    chosen = _student_set(session, district_id, query)
    start = min(query.position or 0, 1_000_000_000)
    found = session.scalars(
        select(ProtectedCount)
        .where(
            ProtectedCount.district_id == district_id,
            ProtectedCount.set_id == (chosen.id if chosen else 0),
        )
        .order_by(ProtectedCount.student_group, ProtectedCount.school, ProtectedCount.grade)
        .offset(start)
        .limit(query.limit + 1)
    ).all()
    shown = [
        ProtectedCountShape(
            school=row.school,
            school_name=row.school_name,
            grade=row.grade,
            group=row.student_group,
            shown=row.shown,
            students=row.students,
        )
        for row in found[: query.limit]
    ]
    more = len(found) > query.limit
    return Page[ProtectedCountShape](items=shown, next=str(start + query.limit) if more else None)


@operation(
    "GET",
    "/districts/<int:district_id>/attendance",
    permission="protected_student_counts:view",
    summary=N_("Average daily attendance by span and certification"),
    tag=TAG,
    gives=AttendanceList,
)
def attendance(session: Session, district_id: int) -> AttendanceList:
    """Return the certified attendance of all years."""
    found = session.execute(
        select(StudentSet.fiscal_year, AttendanceCount)
        .join(
            AttendanceCount,
            (AttendanceCount.district_id == StudentSet.district_id)
            & (AttendanceCount.set_id == StudentSet.id),
        )
        .where(StudentSet.district_id == district_id, StudentSet.state == "ready")
        .order_by(StudentSet.fiscal_year, AttendanceCount.certification, AttendanceCount.span)
    )
    return AttendanceList(
        items=[
            AttendanceShape(
                fiscal_year=year, certification=row.certification, span=row.span, ada=f"{row.ada:.2f}"
            )
            for year, row in found
        ]
    )


def _take(session: Session, district_id: int, accept: Any, form: Shape) -> int:
    upload = flask.request.files.get("file")
    if upload is None or not upload.filename:
        missing = message("Send the file as the multipart field named file.")
        raise Refusal(missing, 422, {"file": missing})
    try:
        taken = accept(
            session,
            services().files,
            district_id,
            scope().person_id or 0,
            upload.stream,
            upload.filename,
            form.model_dump(exclude_none=True),
        )
    except RefusedFileError as refused:
        raise Refusal(refused.finding.message, 422, {"file": refused.finding.message}) from refused
    return int(taken.load_id)


def _load(
    session: Session, loads: type[PositionLoad | StudentLoad], district_id: int, load_id: int
) -> PeopleLoadShape:
    found = cast("PositionLoad | StudentLoad | None", session.get(loads, (district_id, load_id)))
    if found is None:
        raise NotFound
    return PeopleLoadShape(
        id=found.id,
        state=found.state,
        file_name=found.name,
        sha256=found.sha256,
        size=found.size,
        expected=found.expected,
        report=found.report,
        requested_at=found.requested_at,
        finished_at=found.finished_at,
    )


def _position_set(session: Session, district_id: int, year: str | None) -> PositionSet | None:
    sets = rows.current_sets(session, district_id)
    return next((one for one in sets if year in (None, one.fiscal_year)), None)


def _student_set(session: Session, district_id: int, query: CountsQuery) -> StudentSet | None:
    sets = [one for one in students.current_sets(session, district_id) if one.kind == query.kind]
    return next((one for one in sets if query.fiscal_year in (None, one.fiscal_year)), None)


def _plain(row: rows.Row) -> dict[str, Any]:
    one = row.position
    return {
        "line": one.line,
        "position": one.code,
        "title": one.title,
        "site": one.site,
        "site_name": one.site_name,
        "program": one.program,
        "group": one.employee_group,
        "member_class": one.member_class,
        "notice_group": one.notice_group,
        "fte": f"{one.fte:f}",
        "vacant": one.vacant,
        "funding": [
            PartShape(
                fund=part.fund,
                resource=part.resource,
                goal=part.goal,
                function=part.function,
                object=part.object,
                share=f"{part.share:f}",
            )
            for part in row.funding
        ],
    }


def _person(row: rows.Row) -> dict[str, Any]:
    one = row.person
    return {
        "employee": one.employee if one else None,
        "schedule": one.schedule if one else None,
        "step": one.step if one else None,
        "salary_column": one.salary_column if one else None,
        "pay": dollars(one.pay_cents) if one and one.pay_cents is not None else None,
        "leaving_on": one.leaving_on.isoformat() if one and one.leaving_on else None,
        "leaving_reason": one.leaving_reason if one else None,
    }
