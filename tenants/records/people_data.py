"""Positions and counts of students: what was loaded, and what stands of it.

A file about people is read and then removed: what stays are the rows below, each in its class of information.
Positions without names are the cabinet's; names, pay and leaving are personnel information; counts of
students are small-group information, beside which a protected release stands that the cabinet and coaches
read. A child's record is in none of these tables.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Index, Integer, Numeric, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tenants.base import Base, DistrictOwned, Record, now, to_district, within_district

LOAD_STATES = "state in ('received','reading','needs_mapping','ready','refused')"
SET_STATES = "state in ('ready','superseded','withdrawn')"


class PeopleLoad(Record):
    """What a load of positions and a load of student counts have in common."""

    name: Mapped[str]
    """The file's name as the person's machine has it."""
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    storage_key: Mapped[str | None]
    """Where the file waits to be read; None once it was read and removed."""
    state: Mapped[str] = mapped_column(server_default="received")
    expected: Mapped[dict[str, Any]]
    """What the person said: fiscal_year, kind, total_fte, and columns by field once they were named."""
    report: Mapped[dict[str, Any] | None]
    """What the reader found: findings, the question about columns, and the sets that it made."""
    requested_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    finished_at: Mapped[dt.datetime | None]

    @declared_attr
    def requested_by(self) -> Mapped[int]:
        """Return who loaded it."""
        return mapped_column(BigInteger)


class PositionLoad(Base, PeopleLoad):
    """One act of loading positions. Its findings never hold what stood in a column of names or pay."""

    __tablename__ = "position_load"
    __table_args__ = (
        to_district(),
        CheckConstraint(LOAD_STATES, name="state"),
        Index("ix_position_load_file", "district_id", "sha256"),
        {"info": {"information": "cabinet"}},
    )


class StudentLoad(Base, PeopleLoad):
    """One act of loading counts of students; its findings say counts, so they are small-group information."""

    __tablename__ = "student_load"
    __table_args__ = (
        to_district(),
        CheckConstraint(LOAD_STATES, name="state"),
        Index("ix_student_load_file", "district_id", "sha256"),
        {"info": {"information": "small_group"}},
    )


class PositionSet(Base, Record):
    """The positions of one fiscal year, as one file brought them."""

    __tablename__ = "position_set"
    __table_args__ = (
        to_district(),
        CheckConstraint(SET_STATES, name="state"),
        Index(
            "uq_position_set_current",
            "district_id",
            "fiscal_year",
            unique=True,
            postgresql_where=text("state = 'ready'"),
        ),
        {"info": {"information": "cabinet"}},
    )

    load_id: Mapped[int] = mapped_column(BigInteger)
    fiscal_year: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="ready")
    positions: Mapped[int] = mapped_column(Integer)
    fte: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    stated_fte: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    """The staffing total that the file or the person stated; equal to `fte`, or the file was refused."""
    named: Mapped[bool] = mapped_column(Boolean)
    """Whether the file held names, pay or leaving."""
    digest: Mapped[str]
    superseded_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class Position(Base, DistrictOwned):
    """A position without whoever holds it."""

    __tablename__ = "position"
    __table_args__ = (
        to_district(),
        within_district("set_id", "position_set", cascade=True),
        Index("ix_position_site", "district_id", "set_id", "site"),
        {"info": {"information": "cabinet"}},
    )

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Row of the file on which the position first stands."""
    code: Mapped[str]
    """The district's own number of the position."""
    title: Mapped[str]
    site: Mapped[str]
    site_name: Mapped[str]
    program: Mapped[str]
    """Goal of the account, or the district's own name of the program."""
    employee_group: Mapped[str]
    """certificated, classified or management; empty where the file does not say."""
    member_class: Mapped[str]
    """strs, pers, social_security, alternative or other; empty where the file does not say."""
    notice_group: Mapped[str]
    fte: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    vacant: Mapped[bool] = mapped_column(Boolean)


class PositionFunding(Base, DistrictOwned):
    """A part of a position and the resource that pays it; the parts of a position add to one."""

    __tablename__ = "position_funding"
    __table_args__ = (
        to_district(),
        within_district("set_id", "position_set", cascade=True),
        Index("ix_position_funding_position", "district_id", "set_id", "position_line"),
        {"info": {"information": "cabinet"}},
    )

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Row of the file that states the part."""
    position_line: Mapped[int] = mapped_column(Integer)
    fund: Mapped[str]
    resource: Mapped[str]
    goal: Mapped[str]
    function: Mapped[str]
    object: Mapped[str]
    share: Mapped[Decimal] = mapped_column(Numeric(7, 6))


class PositionPerson(Base, DistrictOwned):
    """Who holds a position, what it pays, and whether they are expected to leave: personnel information."""

    __tablename__ = "position_person"
    __table_args__ = (
        to_district(),
        within_district("set_id", "position_set", cascade=True),
        {"info": {"information": "personnel"}},
    )

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    employee: Mapped[str]
    schedule: Mapped[str]
    step: Mapped[str]
    salary_column: Mapped[str]
    pay_cents: Mapped[int | None] = mapped_column(BigInteger)
    """Full-time annual base pay."""
    leaving_on: Mapped[dt.date | None] = mapped_column(Date)
    leaving_reason: Mapped[str]


class StudentSet(Base, Record):
    """The counts of one kind and fiscal year, as one file brought them; the counts themselves stand apart."""

    __tablename__ = "student_set"
    __table_args__ = (
        to_district(),
        CheckConstraint(SET_STATES, name="state"),
        CheckConstraint("kind in ('enrollment','unduplicated','attendance')", name="kind"),
        Index(
            "uq_student_set_current",
            "district_id",
            "kind",
            "fiscal_year",
            unique=True,
            postgresql_where=text("state = 'ready'"),
        ),
        {"info": {"information": "cabinet"}},
    )

    load_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    fiscal_year: Mapped[str]
    """Fiscal year; for enrollment and unduplicated pupils that of the census day in October."""
    state: Mapped[str] = mapped_column(server_default="ready")
    digest: Mapped[str]
    superseded_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class StudentCount(Base, DistrictOwned):
    """How many students of a group a school has in a grade. Both `*` where the file does not divide."""

    __tablename__ = "student_count"
    __table_args__ = (
        to_district(),
        within_district("set_id", "student_set", cascade=True),
        {"info": {"information": "small_group"}},
    )

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    school: Mapped[str]
    school_name: Mapped[str]
    grade: Mapped[str]
    student_group: Mapped[str]
    """`all`, or a key of the groups in workers/imports/people/fields.py."""
    students: Mapped[int] = mapped_column(Integer)


class ProtectedCount(Base, DistrictOwned):
    """A count as everybody else may read it: the number, "fewer than 11", or withheld to protect another."""

    __tablename__ = "protected_count"
    __table_args__ = (
        to_district(),
        within_district("set_id", "student_set", cascade=True),
        CheckConstraint("shown in ('fewer','withheld','count')", name="shown"),
        CheckConstraint("(students IS NOT NULL) = (shown = 'count')", name="students"),
        {"info": {"information": "cabinet"}},
    )

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    school: Mapped[str] = mapped_column(primary_key=True)
    """School, or `*` for all of them."""
    grade: Mapped[str] = mapped_column(primary_key=True)
    student_group: Mapped[str] = mapped_column(primary_key=True)
    school_name: Mapped[str]
    shown: Mapped[str]
    students: Mapped[int | None] = mapped_column(Integer)


class AttendanceCount(Base, DistrictOwned):
    """Average daily attendance of a grade span at one of the state's certifications, district-wide."""

    __tablename__ = "attendance_count"
    __table_args__ = (
        to_district(),
        within_district("set_id", "student_set", cascade=True),
        {"info": {"information": "cabinet"}},
    )

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    certification: Mapped[str] = mapped_column(primary_key=True)
    """P-1, P-2 or Annual."""
    span: Mapped[str] = mapped_column(primary_key=True)
    """TK-3, 4-6, 7-8, 9-12, or TK, which is part of TK-3."""
    ada: Mapped[Decimal] = mapped_column(Numeric(12, 2))
