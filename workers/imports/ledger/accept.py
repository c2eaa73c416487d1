"""An upload becomes a kept file, a load and a job in one transaction; or nothing of it is kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants import audit
from tenants.files import FileStore, FileTooLargeError, Readable
from tenants.language import message, number
from tenants.records.datasets import Dataset, LedgerLoad, SourceFile
from tenants.scope import current
from workers import outbox
from workers.imports.ledger import quarantine, source
from workers.imports.ledger.findings import Finding, RefusedFileError

EXPECTED_KEYS = (
    "fiscal_year",
    "period",
    "column",
    "control_total",
    "controls",
    "mapping_id",
    "readings",
    "reading",
)
"""What a person may say about a file."""
NAME_LIMIT = 200
OPEN = ("received", "reading", "needs_mapping")


@dataclasses.dataclass(frozen=True)
class Accepted:
    """A load, and whether this very file was loaded before and still stands."""

    load_id: int
    known: bool


def accept_upload(
    session: Session,
    files: FileStore,
    district_id: int,
    person_id: int,
    stream: Readable,
    filename: str,
    expected: Mapping[str, Any],
) -> int:
    """Take in an upload and return its load's id; see `accept`."""
    return accept(session, files, district_id, person_id, stream, filename, expected).load_id


def accept(
    session: Session,
    files: FileStore,
    district_id: int,
    person_id: int,
    stream: Readable,
    filename: str,
    expected: Mapping[str, Any],
) -> Accepted:
    """Take in an upload: look at it in quarantine, keep it by digest, write load and job.

    The same file again gives the load that it has, as long as that load is open or its datasets still stand.

    Args:
        session: the open transaction, in the scope of the person who loads.
        files: where files are kept.
        district_id: whose ledger it is.
        person_id: who loads it.
        stream: the bytes.
        filename: as the person's machine names it; only its last part is kept.
        expected: what the person says it is, keys of `EXPECTED_KEYS`.

    Raises:
        RefusedFileError: when the file is too large, no ledger at all, or holds pupils' data. Nothing was
        kept.
    """
    unknown = sorted(set(expected) - set(EXPECTED_KEYS))
    if unknown:
        raise ValueError(f"a load expects {', '.join(EXPECTED_KEYS)}, not {unknown[0]}")
    with files.quarantine(district_id) as folder:
        path = folder / "upload"
        receive(stream, path)
        quarantine.look(path, dt.datetime.now(dt.UTC).date())
        with path.open("rb") as whole:
            kept = files.keep(district_id, whole, source.LARGEST_FILE)
    name = PurePath(filename.replace("\\", "/")).name[:NAME_LIMIT] or "ledger"
    file_id = _source_file(session, district_id, person_id, name, kept.sha256, kept.size, kept.key)
    same = _standing(session, district_id, file_id)
    if same is not None:
        return Accepted(same, known=True)
    load = LedgerLoad(
        district_id=district_id, source_file_id=file_id, expected=dict(expected), requested_by=person_id
    )
    session.add(load)
    session.flush()
    ask_to_read(session, load, person_id)
    audit.append(
        session, current(), "ledger:load", f"ledger_load/{load.id}", sha256=kept.sha256, size=kept.size
    )
    return Accepted(load.id, known=False)


def ask_to_read(session: Session, load: LedgerLoad, person_id: int) -> int:
    """Ask for the job that reads a load; asked again while it is open, it is the same job."""
    return outbox.ask(
        session,
        "read_ledger",
        {"load_id": load.id},
        district_id=load.district_id,
        requested_by=person_id,
        idempotency_key=f"load/{load.id}",
        subject=f"ledger_load/{load.id}",
    )


def receive(stream: Readable, path: Path) -> None:
    """Write an upload into quarantine, no more than the limit, whatever length was announced."""
    size = 0
    with path.open("wb") as target:
        while block := stream.read(source.CHUNK):
            size += len(block)
            if size > source.LARGEST_FILE:
                raise RefusedFileError(
                    Finding(
                        "fatal",
                        "FILE-TOO-LARGE",
                        message(
                            "The file is larger than the {limit} megabytes that can be loaded. Export one "
                            "fiscal "
                            "year at a time, or leave out columns that are not needed.",
                            limit=number(source.LARGEST_FILE // 1_000_000),
                        ),
                        field="file",
                        found=f"more than {source.LARGEST_FILE} bytes",
                        expected=f"at most {source.LARGEST_FILE} bytes",
                    )
                ) from FileTooLargeError(source.LARGEST_FILE)
            target.write(block)


def _source_file(
    session: Session, district_id: int, person_id: int, name: str, sha256: str, size: int, key: str
) -> int:
    wanted = (
        insert(SourceFile)
        .values(
            district_id=district_id,
            name=name,
            sha256=sha256,
            size=size,
            storage_key=key,
            received_by=person_id,
        )
        .on_conflict_do_nothing(index_elements=["district_id", "sha256"])
        .returning(SourceFile.id)
    )
    made = session.scalar(wanted)
    if made is not None:
        return made
    return session.scalars(
        select(SourceFile.id).where(SourceFile.district_id == district_id, SourceFile.sha256 == sha256)
    ).one()


def _standing(session: Session, district_id: int, file_id: int) -> int | None:
    """Return the load of this file that is open, or whose datasets all still stand."""
    loads = session.scalars(
        select(LedgerLoad)
        .where(LedgerLoad.district_id == district_id, LedgerLoad.source_file_id == file_id)
        .order_by(LedgerLoad.id.desc())
    ).all()
    for load in loads:
        if load.state in OPEN:
            return load.id
        if load.state == "ready":
            states = session.scalars(
                select(Dataset.state).where(Dataset.district_id == district_id, Dataset.load_id == load.id)
            ).all()
            if all(state == "ready" for state in states):
                return load.id
    return None
