"""Sets of positions and counts into the database: by COPY through a stage, then by one INSERT."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tenants.base import RECORD_IDS
from tenants.records.people_data import (
    AttendanceCount,
    Position,
    PositionFunding,
    PositionPerson,
    PositionSet,
    ProtectedCount,
    StudentCount,
    StudentSet,
)
from workers.imports.people.positions import FTE_PLACES, PERCENT_PLACES, Positions
from workers.imports.people.protected import Earlier, Place, Shape, protect_counts
from workers.imports.people.students import Counts

BATCH = 100_000
"""Rows written to COPY at a time."""


@dataclasses.dataclass(frozen=True)
class Stage:
    """How rows come into a table: its columns in order, and the statements around the COPY."""

    columns: tuple[str, ...]
    make: str
    take: str


STAGES = {
    "position": Stage(
        (
            *("district_id", "set_id", "line", "code", "title", "site", "site_name", "program"),
            *("employee_group", "member_class", "notice_group", "fte", "vacant"),
        ),
        "CREATE TEMPORARY TABLE IF NOT EXISTS position_stage (LIKE position) ON COMMIT DROP;"
        " TRUNCATE position_stage",
        "INSERT INTO position SELECT * FROM position_stage",
    ),
    "position_funding": Stage(
        (
            *("district_id", "set_id", "line", "position_line", "fund", "resource", "goal", "function"),
            *("object", "share"),
        ),
        "CREATE TEMPORARY TABLE IF NOT EXISTS position_funding_stage (LIKE position_funding) ON COMMIT DROP;"
        " TRUNCATE position_funding_stage",
        "INSERT INTO position_funding SELECT * FROM position_funding_stage",
    ),
    "position_person": Stage(
        (
            *("district_id", "set_id", "line", "employee", "schedule", "step", "salary_column"),
            *("pay_cents", "leaving_on", "leaving_reason"),
        ),
        "CREATE TEMPORARY TABLE IF NOT EXISTS position_person_stage (LIKE position_person) ON COMMIT DROP;"
        " TRUNCATE position_person_stage",
        "INSERT INTO position_person SELECT * FROM position_person_stage",
    ),
    "student_count": Stage(
        (
            *("district_id", "set_id", "line", "school", "school_name", "grade", "student_group"),
            "students",
        ),
        "CREATE TEMPORARY TABLE IF NOT EXISTS student_count_stage (LIKE student_count) ON COMMIT DROP;"
        " TRUNCATE student_count_stage",
        "INSERT INTO student_count SELECT * FROM student_count_stage",
    ),
    "protected_count": Stage(
        (
            *("district_id", "set_id", "school", "grade", "student_group", "school_name", "shown"),
            "students",
        ),
        "CREATE TEMPORARY TABLE IF NOT EXISTS protected_count_stage (LIKE protected_count) ON COMMIT DROP;"
        " TRUNCATE protected_count_stage",
        "INSERT INTO protected_count SELECT * FROM protected_count_stage",
    ),
    "attendance_count": Stage(
        ("district_id", "set_id", "certification", "span", "ada"),
        "CREATE TEMPORARY TABLE IF NOT EXISTS attendance_count_stage (LIKE attendance_count) ON COMMIT DROP;"
        " TRUNCATE attendance_count_stage",
        "INSERT INTO attendance_count SELECT * FROM attendance_count_stage",
    ),
}
"""Each table that files about people fill; a stage has its table's columns, in its order."""
_COPIES = {
    "position": "COPY position_stage FROM STDIN",
    "position_funding": "COPY position_funding_stage FROM STDIN",
    "position_person": "COPY position_person_stage FROM STDIN",
    "student_count": "COPY student_count_stage FROM STDIN",
    "protected_count": "COPY protected_count_stage FROM STDIN",
    "attendance_count": "COPY attendance_count_stage FROM STDIN",
}


def keep_positions(session: Session, district_id: int, load_id: int, read: Positions) -> int:
    """Store a year's positions and supersede those that stand; return the id of the set that now stands.

    Positions with the same rows as the current ones replace nothing.
    """
    digest = read.digest()
    current = session.execute(
        select(PositionSet.id, PositionSet.digest)
        .where(
            PositionSet.district_id == district_id,
            PositionSet.fiscal_year == read.fiscal_year,
            PositionSet.state == "ready",
        )
        .with_for_update()
    ).one_or_none()
    if current is not None and current.digest == digest:
        return int(current.id)
    set_id: int = session.scalar(select(RECORD_IDS.next_value()))  # type: ignore[assignment]
    if current is not None:
        session.execute(
            update(PositionSet)
            .where(PositionSet.district_id == district_id, PositionSet.id == current.id)
            .values(state="superseded", superseded_by=set_id)
        )
    session.execute(
        insert(PositionSet).values(
            district_id=district_id,
            id=set_id,
            load_id=load_id,
            fiscal_year=read.fiscal_year,
            positions=len(read.positions),
            fte=read.fte,
            stated_fte=read.stated,
            named=bool(len(read.people)),
            digest=digest,
        )
    )
    key = {"district_id": district_id, "set_id": set_id}
    _copy(session, Position.__tablename__, key, _decimals(read.positions, "fte", FTE_PLACES))
    _copy(session, PositionFunding.__tablename__, key, _decimals(read.funding, "share", PERCENT_PLACES + 2))
    _copy(session, PositionPerson.__tablename__, key, read.people, absent=("leaving_on", "pay_cents"))
    return set_id


def keep_counts(session: Session, district_id: int, load_id: int, read: Counts) -> int:
    """Store a year's counts with what everybody else may read of them; return the set that now stands.

    Counts with the same rows as the current ones replace nothing.
    """
    digest = read.digest()
    sets = session.execute(
        select(StudentSet.id, StudentSet.digest, StudentSet.state)
        .where(
            StudentSet.district_id == district_id,
            StudentSet.kind == read.kind,
            StudentSet.fiscal_year == read.fiscal_year,
        )
        .order_by(StudentSet.id)
        .with_for_update()
    ).all()
    current = next((one for one in sets if one.state == "ready"), None)
    if current is not None and current.digest == digest:
        return int(current.id)
    set_id: int = session.scalar(select(RECORD_IDS.next_value()))  # type: ignore[assignment]
    if current is not None:
        session.execute(
            update(StudentSet)
            .where(StudentSet.district_id == district_id, StudentSet.id == current.id)
            .values(state="superseded", superseded_by=set_id)
        )
    session.execute(
        insert(StudentSet).values(
            district_id=district_id,
            id=set_id,
            load_id=load_id,
            kind=read.kind,
            fiscal_year=read.fiscal_year,
            digest=digest,
        )
    )
    key = {"district_id": district_id, "set_id": set_id}
    if read.kind == "attendance":
        _copy(
            session, AttendanceCount.__tablename__, key, _decimals(read.rows, "ada", 2).drop(columns="line")
        )
        return set_id
    _copy(session, StudentCount.__tablename__, key, read.rows)
    earlier = [_earlier(session, district_id, one.id) for one in sets]
    names = dict(zip(read.rows["school"], read.rows["school_name"], strict=True))
    told = protect_counts(read.rows, earlier)
    _copy(session, ProtectedCount.__tablename__, key, _published(told, names), absent=("students",))
    return set_id


def _earlier(session: Session, district_id: int, set_id: int) -> Earlier:
    """Return an earlier set's counts, and what was published of them."""
    counts = session.execute(
        select(
            StudentCount.school, StudentCount.grade, StudentCount.student_group, StudentCount.students
        ).where(StudentCount.district_id == district_id, StudentCount.set_id == set_id)
    ).all()
    told = session.execute(
        select(
            ProtectedCount.school,
            ProtectedCount.grade,
            ProtectedCount.student_group,
            ProtectedCount.shown,
            ProtectedCount.students,
        ).where(ProtectedCount.district_id == district_id, ProtectedCount.set_id == set_id)
    ).all()
    rows = pd.DataFrame(counts, columns=["school", "grade", "student_group", "students"])
    published: dict[Place, Shape] = {
        (one.school, one.grade, one.student_group): Shape(one.shown, one.students) for one in told
    }
    return Earlier(rows, published)


def _published(told: Mapping[Place, Shape], names: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "school": school,
                "grade": grade,
                "student_group": group,
                "school_name": names.get(school, ""),
                "shown": shape.shown,
                "students": "" if shape.students is None else str(shape.students),
            }
            for (school, grade, group), shape in told.items()
        ]
    )


def _decimals(frame: pd.DataFrame, name: str, places: int) -> pd.DataFrame:
    """Return a frame whose whole units are decimals as PostgreSQL reads them."""
    digits = frame[name].astype(str).str.zfill(places + 1)
    return frame.assign(**{name: digits.str[:-places] + "." + digits.str[-places:]})


def _copy(
    session: Session, table: str, key: dict[str, Any], frame: pd.DataFrame, absent: tuple[str, ...] = ()
) -> None:
    """Bring rows into a table of the scope's district.

    COPY can't write into a table with row-level security, so the rows go into a temporary stage that the
    transaction's end drops, and from there by one INSERT that the policies check.

    Args:
        session: the open transaction.
        table: one of STAGES.
        key: columns with the same value in each row.
        frame: the other columns.
        absent: columns in which an empty text means that there is nothing.
    """
    if frame.empty:
        return
    stage = STAGES[table]
    whole = frame.assign(**key)[list(stage.columns)]
    connection = session.connection().connection.driver_connection
    with connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute(stage.make)
        with cursor.copy(_COPIES[table]) as sink:
            for start in range(0, len(whole), BATCH):
                part = whole.iloc[start : start + BATCH].astype(object)
                plain = part.where(part.notna(), "").map(lambda value: str(value).replace("\x00", ""))
                for row in plain.itertuples(index=False, name=None):
                    cells = zip(stage.columns, row, strict=True)
                    sink.write_row([None if name in absent and not cell else cell for name, cell in cells])
        cursor.execute(stage.take)
