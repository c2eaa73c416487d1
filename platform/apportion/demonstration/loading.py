"""Loads the invented ledgers as a business official does, and lets the jobs that follow run to their end."""

from __future__ import annotations

import io
import time

from sqlalchemy import select

from apportion.demonstration.districts import YEARS
from apportion.demonstration.ledgers import ledger_files
from apportion.demonstration.opening import Opened
from apportion.demonstration.rosters import position_file, student_files
from tenants.database import Database
from tenants.files import FileStore
from tenants.records.jobs import Job
from tenants.scope import Scope
from tenants.settings import Settings
from workers import runner
from workers.imports.ledger.accept import accept_upload
from workers.imports.people.accept import accept_positions, accept_students

PATIENCE_SECONDS = 120
"""How long a job that another worker took is waited for."""

AT_ONCE = ("read_ledger", "run_analyses", "place_comments", "read_positions", "read_student_counts")
"""Kinds that the demonstration waits for; mails and prints follow whenever the platform runs."""


class DemonstrationError(RuntimeError):
    """A part of the demonstration did not come to its end; the text says which."""


def load_ledgers(settings: Settings, database: Database, district: Opened) -> None:
    """Load a district's two filings, if it has not."""
    files = FileStore(settings.files)
    for name, content in ledger_files(district.invented).items():
        scope = district.scope(database, "CBO")
        with database.transaction(scope) as session:
            accept_upload(session, files, district.id, district.people["CBO"], io.BytesIO(content), name, {})
        finish_jobs(settings, database, district)


def load_people(settings: Settings, database: Database, district: Opened) -> None:
    """Load a district's invented positions and counts of students, if it has not."""
    files = FileStore(settings.files)
    name, content, total = position_file(district.invented)
    with database.transaction(district.scope(database, "HR")) as session:
        said = {"fiscal_year": YEARS[-1], "total_fte": total}
        stream = io.BytesIO(content.encode())
        accept_positions(session, files, district.id, district.people["HR"], stream, name, said)
    for name, content in student_files(district.invented).items():
        with database.transaction(district.scope(database, "CAO")) as session:
            stream = io.BytesIO(content.encode())
            accept_students(session, files, district.id, district.people["CAO"], stream, name, {})
    finish_jobs(settings, database, district)


def finish_jobs(settings: Settings, database: Database, district: Opened) -> None:
    """Run a district's open jobs here and now, or wait for the worker that has them.

    Raises:
        DemonstrationError: A job failed or did not end.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with database.transaction(Scope.for_upkeep(district.id)) as session:
            jobs = session.execute(
                select(Job.id, Job.kind, Job.state, Job.error)
                .where(Job.district_id == district.id, Job.kind.in_(AT_ONCE))
                .order_by(Job.id)
            ).all()
        failed = [job for job in jobs if job.state == "failed"]
        if failed:
            raise DemonstrationError(f"{district.invented.name}: {failed[0].kind} failed: {failed[0].error}")
        waiting = [job for job in jobs if job.state in ("waiting", "dispatched")]
        if not waiting and not any(job.state == "running" for job in jobs):
            return
        for job in waiting:
            runner.execute(settings, job.id, district.id)
        if not waiting:
            time.sleep(0.2)
    raise DemonstrationError(
        f"{district.invented.name}: its jobs did not end within {PATIENCE_SECONDS} seconds"
    )
