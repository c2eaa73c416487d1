"""What the page of students shows: full counts for who may know them, protected ones for everybody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from reports.spreadsheets import csv_record
from tenants.records.people_data import AttendanceCount, ProtectedCount, StudentCount, StudentSet
from workers.imports.people.fields import GRADES, GROUPS

ALL = "*"
WHOLE = {"enrollment": "all", "unduplicated": "enrollment"}
"""Kind of set to the group that is everybody."""
SPANS = ("TK-3", "4-6", "7-8", "9-12")
CERTIFICATIONS = ("P-1", "P-2", "Annual")


@dataclasses.dataclass(frozen=True)
class Count:
    """A number of students as it may be shown."""

    shown: Literal["count", "fewer", "withheld"]
    students: int | None


@dataclasses.dataclass(frozen=True)
class Table:
    """One year's counts of students by school and grade, or by school and group."""

    columns: list[str]
    schools: list[tuple[str, str]]
    """Code and name, by code."""
    counts: Mapping[tuple[str, str], Count]
    """School (or a star) and column (or a star) to the count."""


@dataclasses.dataclass(frozen=True)
class StudentsPage:
    """Everything that the page shows."""

    full: bool
    sets: list[StudentSet]
    year: str | None
    trend: list[tuple[str, Count]]
    """Fiscal year and students enrolled on census day, oldest first."""
    grades: Table | None
    groups: Table | None
    unduplicated: list[tuple[str, Count, Count, Decimal | None]]
    """Year, enrollment, unduplicated pupils, and per cent where both are shown."""
    attendance: list[tuple[str, str, dict[str, Decimal]]]
    """Year, certification, and ADA by span."""

    @property
    def students(self) -> Count | None:
        """Students enrolled in the chosen year."""
        return self.grades.counts.get((ALL, ALL)) if self.grades else None


def current_sets(session: Session, district_id: int) -> list[StudentSet]:
    """Return the current sets, newest year first."""
    return list(
        session.scalars(
            select(StudentSet)
            .where(StudentSet.district_id == district_id, StudentSet.state == "ready")
            .order_by(StudentSet.fiscal_year.desc(), StudentSet.kind)
        )
    )


def page(session: Session, district_id: int, *, full: bool, year: str | None) -> StudentsPage:
    """Return the page.

    Args:
        session: the open transaction.
        district_id: whose students.
        full: whether this person may know every count; the walls hold it too.
        year: the year shown, or None for the newest.
    """
    sets = current_sets(session, district_id)
    enrolled = {one.fiscal_year: one for one in sets if one.kind == "enrollment"}
    chosen = enrolled.get(year or "") or next(iter(enrolled.values()), None)
    counts = counts_of(session, chosen, full=full) if chosen else {}
    names = _names(session, chosen) if chosen else {}
    trend = []
    for each, one in sorted(enrolled.items()):
        found = counts if one is chosen else counts_of(session, one, full=full, total_only=True)
        if (whole := found.get((ALL, ALL, "all"))) is not None:
            trend.append((each, whole))
    unduplicated = []
    for one in sets:
        if one.kind == "unduplicated":
            found = counts_of(session, one, full=full, total_only=True)
            whole, part = (found.get((ALL, ALL, group)) for group in ("enrollment", "unduplicated"))
            if whole is not None and part is not None:
                unduplicated.append((one.fiscal_year, whole, part, _percent(part, whole)))
    return StudentsPage(
        full,
        sets,
        chosen.fiscal_year if chosen else None,
        trend,
        _by_grade(counts, names) if chosen else None,
        _by_group(counts, names) if any(group != "all" for *_, group in counts) else None,
        unduplicated,
        _attendance(session, district_id, sets),
    )


def counts_of(
    session: Session, chosen: StudentSet, *, full: bool, total_only: bool = False
) -> dict[tuple[str, str, str], Count]:
    """Return a set's counts by school, grade and group, with the sums under a star."""
    return _full(session, chosen) if full else _protected(session, chosen, total_only=total_only)


def _full(session: Session, chosen: StudentSet) -> dict[tuple[str, str, str], Count]:
    sums = func.sum(StudentCount.students)
    found: dict[tuple[str, str, str], Count] = {}
    sets = (
        (StudentCount.school, StudentCount.grade, StudentCount.student_group),
        (StudentCount.school, StudentCount.student_group),
        (StudentCount.grade, StudentCount.student_group),
        (StudentCount.student_group,),
    )
    rows = session.execute(
        select(StudentCount.school, StudentCount.grade, StudentCount.student_group, sums)
        .where(StudentCount.district_id == chosen.district_id, StudentCount.set_id == chosen.id)
        .group_by(func.grouping_sets(*(tuple_(*each) for each in sets)))
    )
    for school, grade, group, students in rows:
        found[school or ALL, grade or ALL, group] = Count("count", int(students))
    return found


def _protected(
    session: Session, chosen: StudentSet, *, total_only: bool
) -> dict[tuple[str, str, str], Count]:
    query = select(ProtectedCount).where(
        ProtectedCount.district_id == chosen.district_id, ProtectedCount.set_id == chosen.id
    )
    if total_only:
        query = query.where(ProtectedCount.school == ALL, ProtectedCount.grade == ALL)
    return {
        (one.school, one.grade, one.student_group): Count(one.shown, one.students)  # type: ignore[arg-type]
        for one in session.scalars(query)
    }


def _names(session: Session, chosen: StudentSet) -> dict[str, str]:
    rows = session.execute(
        select(ProtectedCount.school, func.max(ProtectedCount.school_name))
        .where(ProtectedCount.district_id == chosen.district_id, ProtectedCount.set_id == chosen.id)
        .group_by(ProtectedCount.school)
    )
    return {str(school): str(name) for school, name in rows}


def _schools(counts: Mapping[tuple[str, str, str], Count], names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(one, names.get(one, "")) for one in sorted({school for school, *_ in counts} - {ALL})]


def _by_grade(counts: Mapping[tuple[str, str, str], Count], names: Mapping[str, str]) -> Table:
    there = {grade for _, grade, group in counts if group == "all"}
    return Table(
        [grade for grade in GRADES if grade in there],
        _schools(counts, names),
        {(school, grade): count for (school, grade, group), count in counts.items() if group == "all"},
    )


def _by_group(counts: Mapping[tuple[str, str, str], Count], names: Mapping[str, str]) -> Table:
    there = {group for *_, group in counts}
    return Table(
        [group for group in GROUPS if group in there],
        _schools(counts, names),
        {(school, group): count for (school, grade, group), count in counts.items() if grade == ALL},
    )


def _percent(part: Count, whole: Count) -> Decimal | None:
    if part.students is None or not whole.students:
        return None
    return (Decimal(100 * part.students) / whole.students).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _attendance(
    session: Session, district_id: int, sets: list[StudentSet]
) -> list[tuple[str, str, dict[str, Decimal]]]:
    years = {one.id: one.fiscal_year for one in sets if one.kind == "attendance"}
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for one in session.scalars(
        select(AttendanceCount).where(
            AttendanceCount.district_id == district_id, AttendanceCount.set_id.in_(years)
        )
    ):
        found.setdefault((years[one.set_id], one.certification), {})[one.span] = one.ada
    order = sorted(found, key=lambda key: (key[0], -CERTIFICATIONS.index(key[1])), reverse=True)
    return [(year, certification, found[year, certification]) for year, certification in order]


def download(session: Session, district_id: int) -> Iterator[str]:
    """Yield the protected counts of all current sets as CSV, whoever asks: exports are always protected."""
    yield csv_record(["fiscal_year", "kind", "school", "school_name", "grade", "group", "shown", "students"])
    for one in current_sets(session, district_id):
        for row in session.scalars(
            select(ProtectedCount)
            .where(ProtectedCount.district_id == district_id, ProtectedCount.set_id == one.id)
            .order_by(ProtectedCount.student_group, ProtectedCount.school, ProtectedCount.grade)
        ):
            yield csv_record(
                [
                    *(one.fiscal_year, one.kind, row.school, row.school_name, row.grade),
                    *(row.student_group, row.shown, row.students),
                ]
            )
