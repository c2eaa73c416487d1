"""The job that writes an approved archive, and the same on the operator's machine."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from tenants import audit, leaving
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.files import FileStore
from tenants.language import format_date, local_day, message, translate
from tenants.leaving import AccountRequest
from tenants.organizations import Organization
from tenants.scope import Scope
from tenants.settings import Settings
from workers import outbox
from workers.account import archive, letters
from workers.kinds import JobRefused, RunningJob, job_kind

KIND = "export_account"
LONGEST_SECONDS = 3 * 3600


def ask(session: Session, request: AccountRequest) -> int:
    """Ask for the job that writes an approved archive."""
    return outbox.ask(
        session,
        KIND,
        {"request_id": request.id},
        district_id=request.district_id,
        requested_by=None,
        idempotency_key=str(request.id),
        subject=f"account_request/{request.id}",
    )


@job_kind(KIND, queue="imports", limit_seconds=LONGEST_SECONDS, rights="upkeep", permission="account:export")
def export_account(job: RunningJob) -> dict[str, Any]:
    """Write the archive that two stewards approved, keep it for a week and tell them.

    Parameters: `request_id`.

    Raises:
        JobRefused: if the request was stopped, or the archive is there already.
    """
    request_id = int(job.parameters["request_id"])
    with job.transaction() as session:
        request = _approved(session, job.district_id, request_id)
    if request is None:
        raise JobRefused(message("This export was stopped, or nobody has approved it. Nothing was written."))
    note = message("Packing tables and files")

    def told(done: int, total: int) -> None:
        job.raise_if_cancelled()
        job.progress(done, total, note)

    database = Database(job.settings.database_app_url, pool_size=1, statement_timeout=3600)
    with (
        contextlib.closing(database),
        _written(job.settings, database, job.files, request, told) as (path, _),
        path.open("rb") as stream,
    ):
        kept = job.files.keep(job.district_id, stream)
    with job.transaction() as session:
        until = dt.datetime.now(dt.UTC) + leaving.FILE_HOLDS
        session.execute(
            update(AccountRequest)
            .where(AccountRequest.district_id == job.district_id, AccountRequest.id == request_id)
            .values(
                storage_key=kept.key,
                sha256=kept.sha256,
                size=kept.size,
                finished_at=dt.datetime.now(dt.UTC),
                expires_at=until,
            )
        )
        letters.to_stewards(
            session,
            job.district_id,
            key=f"account_ready/{request_id}",
            write=lambda language, name: (
                translate("{district}: the archive is ready", language, district=name),
                [
                    translate(
                        "The archive of your whole account can be downloaded until {day}.",
                        language,
                        day=format_date(local_day(until), language),
                    )
                ],
            ),
            link=f"{job.settings.base_url}/d/{job.district_id}/settings/leaving",
        )
        audit.append(
            session,
            Scope.for_upkeep(job.district_id),
            "account:export",
            f"account_request/{request_id}",
            act="archive_written",
            sha256=kept.sha256,
        )
        result = {"sha256": kept.sha256, "size": kept.size}
        job.finish(session, result)
    return result


def write_for_operator(settings: Settings, district_id: int, target: Path) -> dict[str, Any]:
    """Carry out an approved export on the platform's own machine; return the archive's manifest.

    An invented district needs nobody's leave.

    Raises:
        NotPossibleError: No two stewards have approved an export, or the file is there already.
    """
    if target.exists():
        raise NotPossibleError("{file} is there already. Name another file.", file=str(target))
    database, files = (
        Database(settings.database_app_url, pool_size=2, statement_timeout=3600),
        FileStore(settings.files),
    )
    with contextlib.closing(database):
        with database.transaction(Scope.for_upkeep(district_id)) as session:
            request = leaving.approved_export(session, district_id)
            if request is None and not session.get_one(Organization, district_id).invented:
                raise NotPossibleError(
                    "No export of this district is approved. One steward asks for it in Settings, Export and "
                    "leave, and a second approves it there within seven days; then run this again."
                )
        with _written(settings, database, files, request or _all_of(district_id)) as (path, manifest):
            shutil.copyfile(path, target)
        with database.transaction(Scope.for_upkeep(district_id)) as session:
            subject = f"account_request/{request.id}" if request else f"organization/{district_id}"
            audit.append(
                session,
                Scope.for_upkeep(district_id),
                "account:export",
                subject,
                act="archive_written_by_operator",
            )
    return manifest


@contextlib.contextmanager
def _written(
    settings: Settings,
    database: Database,
    files: FileStore,
    request: AccountRequest,
    told: archive.Told = lambda _done, _total: None,
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give a file with the archive, which is gone afterwards, and its manifest.

    It lies in the district's folder of files: on a disk with room, and removed with the district in any case.
    """
    place = settings.files / str(request.district_id)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for forgotten in place.glob(".archive-*"):
        # Of a worker that was killed: no export takes as long.
        if time.time() - forgotten.stat().st_mtime > LONGEST_SECONDS:
            shutil.rmtree(forgotten, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".archive-", dir=place) as folder:
        target = Path(folder) / "account.zip"
        with database.transaction(Scope.for_upkeep(request.district_id), snapshot=True) as session:
            manifest = archive.write(
                session,
                files,
                settings,
                target,
                district_id=request.district_id,
                written_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                personnel=request.personnel,
                small_group=request.small_group,
                told=told,
            )
        yield target, manifest


def _approved(session: Session, district_id: int, request_id: int) -> AccountRequest | None:
    request = session.get(AccountRequest, (district_id, request_id))
    if request is None or request.approved_by is None or request.withdrawn_at or request.finished_at:
        return None
    return request


def _all_of(district_id: int) -> AccountRequest:
    return AccountRequest(district_id=district_id, kind="export", personnel=True, small_group=True)
