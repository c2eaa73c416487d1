"""An upload about people becomes a load and a job in one transaction, or nothing of it is kept.

The file waits under its digest until the job has read it, and is removed then: no archive, no backup of a
later day and no download holds it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants import audit
from tenants.files import FileStore, Readable, StoredFile
from tenants.records.people_data import PositionLoad, PositionSet, StudentLoad, StudentSet
from tenants.roles import allows
from tenants.scope import current
from workers import outbox
from workers.imports.ledger import source
from workers.imports.ledger.accept import NAME_LIMIT, Accepted, receive
from workers.imports.people import fields, quarantine

Load = TypeVar("Load", PositionLoad, StudentLoad)
OPEN = ("received", "reading", "needs_mapping")


def accept_positions(
    session: Session,
    files: FileStore,
    district_id: int,
    person_id: int,
    stream: Readable,
    filename: str,
    expected: Mapping[str, Any],
) -> Accepted:
    """Take in a file of positions; see `accept_students` for the same of counts.

    Args:
        session: the open transaction, in the scope of the person who loads.
        files: where files wait.
        district_id: whose positions they are.
        person_id: who loads them.
        stream: the bytes.
        filename: as the person's machine names it; only its last part is kept.
        expected: fiscal_year and total_fte, as far as the person says them.

    Raises:
        RefusedFileError: the file is too large or no table, holds birth dates or data of pupils, or names and
            pay that this person may not load. Nothing was kept.
    """
    names = allows(current(), "named_positions:create")
    with files.quarantine(district_id) as folder:
        path = folder / "upload"
        receive(stream, path)
        quarantine.look_at_positions(path, _today(), names=names)
        with path.open("rb") as whole:
            kept = files.keep(district_id, whole, source.LARGEST_FILE)
    same = _standing(session, PositionLoad, PositionSet, district_id, kept.sha256)
    if same is not None:
        if same.storage_key is None:
            files.remove(kept.key)
        return Accepted(same.id, known=True)
    load = PositionLoad(**_values(district_id, person_id, filename, kept, dict(expected)))
    return _ask(session, load, "positions:create", "position_load")


def accept_students(
    session: Session,
    files: FileStore,
    district_id: int,
    person_id: int,
    stream: Readable,
    filename: str,
    expected: Mapping[str, Any],
) -> Accepted:
    """Take in a file of counts of students.

    The same file again gives the load that it has, as long as that is open or all of its sets still stand.

    Args:
        session: the open transaction, in the scope of the person who loads.
        files: where files wait.
        district_id: whose students they are.
        person_id: who loads them.
        stream: the bytes.
        filename: as the person's machine names it; only its last part is kept.
        expected: fiscal_year and kind, as far as the person says them.

    Raises:
        RefusedFileError: the file is too large or no table, or holds anything about single pupils. Nothing
            was kept.
    """
    with files.quarantine(district_id) as folder:
        path = folder / "upload"
        receive(stream, path)
        kind = quarantine.look_for_pupils(path, _today())
        with path.open("rb") as whole:
            kept = files.keep(district_id, whole, source.LARGEST_FILE)
    same = _standing(session, StudentLoad, StudentSet, district_id, kept.sha256)
    if same is not None:
        if same.storage_key is None:
            files.remove(kept.key)
        return Accepted(same.id, known=True)
    said = {"kind": kind, **expected}
    load = StudentLoad(**_values(district_id, person_id, filename, kept, said))
    return _ask(session, load, "student_counts:create", "student_load")


def ask_to_read(session: Session, load: PositionLoad | StudentLoad, person_id: int) -> int:
    """Ask for the job that reads a load; asked again while it is open, it is the same job."""
    positions = isinstance(load, PositionLoad)
    return outbox.ask(
        session,
        "read_positions" if positions else "read_student_counts",
        {"load_id": load.id},
        district_id=load.district_id,
        requested_by=person_id,
        idempotency_key=f"{'position_load' if positions else 'student_load'}/{load.id}",
        subject=f"{'position_load' if positions else 'student_load'}/{load.id}",
    )


def name_columns(
    session: Session, load: PositionLoad | StudentLoad, columns: Mapping[str, str], person_id: int
) -> None:
    """Take what a person says that the columns are, and read the file again with it.

    Args:
        session: the open transaction.
        load: one that asks for its columns.
        columns: field to heading; only fields of the load's layout count.
        person_id: who says it.
    """
    kind: fields.Kind = "positions" if isinstance(load, PositionLoad) else load.expected["kind"]
    known = {field: heading for field, heading in columns.items() if field in fields.LAYOUTS[kind].headings}
    load.expected = {**load.expected, "columns": known}
    load.state = "received"
    session.flush()
    ask_to_read(session, load, person_id)
    act = "positions:edit" if kind == "positions" else "student_counts:edit"
    audit.append(session, current(), act, f"{load.__tablename__}/{load.id}", columns=sorted(known))


def _values(
    district_id: int, person_id: int, filename: str, kept: StoredFile, expected: dict[str, Any]
) -> dict[str, Any]:
    return {
        "district_id": district_id,
        "name": PurePath(filename.replace("\\", "/")).name[:NAME_LIMIT] or "file",
        "sha256": kept.sha256,
        "size": kept.size,
        "storage_key": kept.key,
        "expected": {key: value for key, value in expected.items() if value},
        "requested_by": person_id,
    }


def _ask(session: Session, load: PositionLoad | StudentLoad, act: str, kind: str) -> Accepted:
    session.add(load)
    session.flush()
    ask_to_read(session, load, load.requested_by)
    audit.append(session, current(), act, f"{kind}/{load.id}", sha256=load.sha256, size=load.size)
    return Accepted(load.id, known=False)


def _standing(
    session: Session, loads: type[Load], sets: type[PositionSet | StudentSet], district_id: int, sha256: str
) -> Load | None:
    """Return the load of this file that is open, or whose sets all still stand."""
    found = session.scalars(
        select(loads)
        .where(loads.district_id == district_id, loads.sha256 == sha256)
        .order_by(loads.id.desc())
    ).all()
    for load in found:
        if load.state in OPEN:
            return load
        if load.state == "ready":
            ids = [int(one) for one in (load.report or {}).get("set_ids", [])]
            standing = session.scalar(
                select(func.count()).where(
                    sets.district_id == district_id, sets.id.in_(ids), sets.state == "ready"
                )
            )
            if ids and standing == len(ids):
                return load
    return None


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
