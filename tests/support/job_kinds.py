"""Kinds of jobs for the tests of the queue; worker processes import them through JOB_KIND_MODULES."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import text

from tenants.language import message
from workers.faults import fault_point
from workers.kinds import JobRefused, RunningJob, job_kind

COUNT = text(
    """
    INSERT INTO attendance_figure (district_id, fiscal_year, ada, source)
    VALUES (:district, :year, 1, 'entered')
    ON CONFLICT (district_id, fiscal_year) DO UPDATE SET ada = attendance_figure.ada + 1
    """
)


def count(job: RunningJob, year: str) -> None:
    """Add one to a number in the district, in a transaction that also ends the job."""
    with job.transaction() as session:
        session.execute(COUNT, {"district": job.district_id, "year": year})
        job.finish(session, {"counted": year})


@job_kind("test_count", queue="light", limit_seconds=60, attempts=3)
def count_once(job: RunningJob) -> None:
    fault_point("begun")
    job.progress(0, 2, message("Sign in"))
    count(job, job.parameters["year"])


@job_kind("test_two_steps", queue="imports", limit_seconds=60, attempts=3)
def two_steps(job: RunningJob) -> dict[str, int]:
    """Two transactions with a death between; the first is repeated with the same effect."""
    with job.transaction() as session:
        session.execute(
            text(
                "INSERT INTO attendance_figure (district_id, fiscal_year, ada, source) "
                "VALUES (:district, 'first', 1, 'entered') ON CONFLICT (district_id, fiscal_year) DO NOTHING"
            ),
            {"district": job.district_id},
        )
    fault_point("between")
    with job.transaction() as session:
        session.execute(
            text(
                "INSERT INTO attendance_figure (district_id, fiscal_year, ada, source) "
                "VALUES (:district, 'second', 1, 'entered') ON CONFLICT (district_id, fiscal_year) DO NOTHING"
            ),
            {"district": job.district_id},
        )
    return {"steps": 2}


@job_kind("test_upkeep", queue="light", limit_seconds=60, rights="upkeep")
def upkeep(job: RunningJob) -> dict[str, str]:
    with job.transaction() as session:
        session.execute(COUNT, {"district": job.district_id, "year": "upkeep"})
    return {"role": str(job.scope.role)}


@job_kind("test_fail", queue="light", limit_seconds=60, attempts=2)
def fail(job: RunningJob) -> None:
    with job.transaction() as session:
        session.execute(COUNT, {"district": job.district_id, "year": "half"})
        raise ZeroDivisionError("secret of the machine")


@job_kind("test_fail_once", queue="light", limit_seconds=60, attempts=3)
def fail_once(job: RunningJob) -> None:
    mark = Path(job.parameters["mark"])
    if not mark.exists():
        mark.touch()
        raise ConnectionError("away for a moment")
    count(job, "recovered")


@job_kind("test_refuse", queue="light", limit_seconds=60, attempts=5)
def refuse(job: RunningJob) -> None:
    raise JobRefused(message("Sign in"))


@job_kind("test_slow", queue="imports", limit_seconds=60, attempts=2)
def slow(job: RunningJob) -> dict[str, int]:
    for turn in range(600):
        job.progress(turn, 600)
        job.raise_if_cancelled()
        time.sleep(0.1)
    return {}


@job_kind("test_too_long", queue="light", limit_seconds=1, attempts=3)
def too_long(job: RunningJob) -> None:
    time.sleep(30)


@job_kind("test_sleep", queue="imports", limit_seconds=60)
def sleep(job: RunningJob) -> dict[str, float]:
    began = time.time()
    time.sleep(float(job.parameters["seconds"]))
    return {"began": began}
