"""Real dispatchers and workers as processes, and questions to the book of jobs."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redis import Redis
from sqlalchemy import text

from tenants.scope import Scope, resolve
from tenants.settings import Settings
from tests.support.factories import make_district, make_member
from tests.support.platform import CloneOfTemplate
from workers import outbox, registry

KINDS = "tests.support.job_kinds"
ROOT = Path(__file__).parents[2]


@dataclasses.dataclass
class Work:
    """A database with a district or two, and processes that are killed at the end."""

    copy: CloneOfTemplate
    settings: Settings
    redis: Redis
    processes: list[subprocess.Popen[bytes]] = dataclasses.field(default_factory=list)
    asked: dict[int, int] = dataclasses.field(default_factory=dict)
    """District of each job."""

    def district(self, role: str = "CBO") -> tuple[int, int]:
        """Make a district with one person; return both ids."""
        district = make_district(self.copy)
        return district.id, make_member(self.copy, district, role).id

    def ask(self, kind: str, district: int, person: int | None, key: str = "once", **parameters: Any) -> int:
        """Ask for a job as the person would."""
        scope = resolve(self.copy.app, person or 0, district, district)
        assert scope is not None
        with self.copy.app.transaction(scope) as session:
            job_id = outbox.ask(
                session, kind, parameters, district_id=district, requested_by=person, idempotency_key=key
            )
        self.asked[job_id] = district
        return job_id

    def rows(self, district: int, query: str, **values: Any) -> list[dict[str, Any]]:
        """Look at a district's rows as the platform's upkeep does."""
        with self.copy.app.transaction(Scope.for_upkeep(district)) as session:
            return [dict(row) for row in session.execute(text(query), values).mappings()]

    def job(self, job_id: int) -> dict[str, Any]:
        """Return a job's row."""
        (row,) = self.rows(self.asked[job_id], "SELECT * FROM job WHERE id = :id", id=job_id)
        return row

    def counted(self, district: int, year: str) -> int:
        """Return how often the test's job took effect."""
        found = self.rows(district, "SELECT ada FROM attendance_figure WHERE fiscal_year = :year", year=year)
        return int(found[0]["ada"]) if found else 0

    def until(self, state: str, job_id: int, seconds: float = 90) -> dict[str, Any]:
        """Wait for a job's state."""

        def reached() -> dict[str, Any] | None:
            row = self.job(job_id)
            return row if row["state"] == state else None

        return wait(reached, seconds, lambda: f"job is {self.job(job_id)}")

    def start(self, *arguments: str, fault: str = "", once: str = "") -> subprocess.Popen[bytes]:
        """Start `apportion <arguments>` as a process."""
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("APPORTION_", "DATABASE_", "REDIS_", "FAULT_"))
        } | self.settings.to_environment()
        environment |= {registry.EXTRA: KINDS, "FAULT_POINT": fault, "FAULT_ONCE": once}
        process = subprocess.Popen(
            [sys.executable, "-m", "apportion", *arguments], cwd=ROOT, env=environment, start_new_session=True
        )
        self.processes.append(process)
        return process

    def dispatcher(self, **fault: str) -> subprocess.Popen[bytes]:
        return self.start("dispatcher", **fault)

    def worker(self, group: str = "light", **fault: str) -> subprocess.Popen[bytes]:
        return self.start("worker", "--group", group, **fault)


def wait(look: Callable[[], Any], seconds: float = 30, tell: Callable[[], str] = lambda: "") -> Any:
    """Wait until `look` gives something."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain; {tell()}")
        time.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process as a power cut would."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def working(copy: CloneOfTemplate, redis: Redis, **settings: Any) -> Iterator[Work]:
    """Give a `Work` on a test's own database; short leases and waits, so that tests end soon."""
    chosen = dataclasses.replace(copy.settings, **{"lease_seconds": 6, "retry_seconds": 1, **settings})
    os.environ[registry.EXTRA] = KINDS
    registry.load()
    work = Work(copy, chosen, redis)
    try:
        yield work
    finally:
        os.environ.pop(registry.EXTRA)
        for process in work.processes:
            kill(process)
        copy.app.close()
        wait(lambda: _alone(copy), 15, lambda: "somebody is still connected to the database")


def _alone(copy: CloneOfTemplate) -> bool:
    """Say whether no killed process's connection is left, so that the database can be dropped."""
    with copy.owner() as owner:
        found = owner.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return found == (0,)
