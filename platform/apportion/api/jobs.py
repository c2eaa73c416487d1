"""Work in the background."""

from __future__ import annotations

import flask
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.operations import operation
from apportion.api.shapes import Accepted, Done, Moment, Page, Paging, Shape
from apportion.jobs.views import refuse_without_right
from apportion.request import language, scope
from tenants import audit
from tenants.language import N_, render
from workers import outbox, tray
from workers.tray import Standing

TAG = "Jobs"


class JobShape(Shape):
    """A job: what it is, where it stands, what came of it."""

    id: int
    kind: str
    state: str = Field(description="waiting, dispatched, running, done, failed or cancelled")
    name: str
    line: str = Field(description="Where it stands, in one sentence; for a failed job what to do.")
    percent: int | None
    place_in_line: int | None = Field(description="1 for the district's next; null when it does not wait.")
    subject: str = Field(description="The record that it works for, as `ledger_load/1042`.")
    result: dict[str, object] | None
    asked_by: str | None
    asked_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


def shape(job: Standing) -> JobShape:
    """Return a job for the wire."""
    return JobShape(
        id=job.id,
        kind=job.kind,
        state=job.state,
        name=render(job.name, language()),
        line=render(job.line, language()),
        percent=job.percent,
        place_in_line=job.place,
        subject=job.subject,
        result=job.result,
        asked_by=job.asked_by,
        asked_at=job.asked_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def accepted(district_id: int, job_id: int) -> Accepted:
    """Return the answer for work that was asked for."""
    return Accepted(job_id=job_id, job=flask.url_for("api.job", district_id=district_id, job_id=job_id))


@operation(
    "GET",
    "/districts/<int:district_id>/jobs",
    permission="jobs:view",
    serves=("o",),
    summary=N_("Jobs, newest first"),
    tag=TAG,
    query=Paging,
    gives=Page[JobShape],
)
def jobs(session: Session, district_id: int, query: Paging) -> Page[JobShape]:
    """Return the district's jobs that the caller may see."""
    found = tray.recent(session, district_id, limit=query.limit + 1, before=query.position)
    more = len(found) > query.limit
    shown = found[: query.limit]
    return Page[JobShape](items=[shape(job) for job in shown], next=str(shown[-1].id) if more else None)


@operation(
    "GET",
    "/districts/<int:district_id>/jobs/<int:job_id>",
    permission="jobs:view",
    serves=("o",),
    summary=N_("One job"),
    tag=TAG,
    gives=JobShape,
)
def job(session: Session, district_id: int, job_id: int) -> JobShape:
    """Return one job."""
    return shape(_job(session, district_id, job_id))


@operation(
    "POST",
    "/districts/<int:district_id>/jobs/<int:job_id>/cancel",
    permission="jobs:cancel",
    summary=N_("Stop a job"),
    tag=TAG,
    gives=Done,
)
def cancel_job(session: Session, district_id: int, job_id: int) -> Done:
    """Ask a job to stop; `done` is false if it had ended."""
    refuse_without_right(_job(session, district_id, job_id))
    stopped = outbox.cancel(session, district_id, job_id)
    if stopped:
        audit.append(session, scope(), "jobs:cancel", f"job/{job_id}", act="stopped")
    return Done(done=stopped)


@operation(
    "POST",
    "/districts/<int:district_id>/jobs/<int:job_id>/again",
    permission="jobs:cancel",
    summary=N_("Try a failed or cancelled job again"),
    tag=TAG,
    gives=Accepted,
    status=202,
)
def try_job_again(session: Session, district_id: int, job_id: int) -> Accepted:
    """Ask anew for what the job was to do."""
    refuse_without_right(_job(session, district_id, job_id))
    fresh = outbox.try_again(session, district_id, job_id, scope().person_id)
    if fresh is not None:
        audit.append(session, scope(), "jobs:cancel", f"job/{fresh}", act="again")
    return accepted(district_id, fresh or job_id)


def _job(session: Session, district_id: int, job_id: int) -> Standing:
    found = tray.one(session, district_id, job_id)
    if found is None:
        raise NotFound
    return found
