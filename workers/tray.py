"""What people see of jobs: a name, where it stands, and what can be done about it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.language import Message, message, message_n, moment, number
from tenants.people import Person
from tenants.records.jobs import Job
from workers.outbox import places_in_line

NAMES: dict[str, Message] = {
    "read_ledger": message("Reading a ledger"),
    "read_positions": message("Reading positions"),
    "read_student_counts": message("Reading counts of students"),
    "run_analyses": message("Running the analyses"),
    "draw_charts": message("Drawing charts"),
    "render_plan": message("Printing the plan"),
    "place_comments": message("Finding comments' places in the new version"),
    "tell_about_comment": message("Writing mails about a comment"),
    "export_account": message("Writing the archive of the account"),
    "remove_account": message("Removing the account"),
    "comment_digest": message("Writing the daily mail about comments"),
}
"""A kind's name for people, as something under way."""

RECENT = 3


@dataclasses.dataclass(frozen=True)
class Standing:
    """A job as people see it.

    Attributes:
        name: what it is.
        line: where it stands, in one sentence.
        percent: how far it is, 0 to 100, or None where nobody knows.
        place: 1 for the district's next in its queue, None when it does not wait.
    """

    id: int
    kind: str
    state: str
    name: Message
    line: Message
    subject: str
    result: dict[str, Any] | None
    asked_by: str | None
    asked_at: dt.datetime
    due_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    percent: int | None
    place: int | None
    can_cancel: bool
    can_try_again: bool

    @property
    def open(self) -> bool:
        """Whether it has still to end."""
        return self.state in {"waiting", "dispatched", "running"}


def recent(
    session: Session, district_id: int, *, limit: int = 50, before: int | None = None
) -> list[Standing]:
    """Return the district's jobs that this scope may see, newest first.

    Args:
        session: the open transaction.
        district_id: whose jobs.
        limit: most of them.
        before: only those asked for before the job of this id.
    """
    wanted = (
        select(Job, Person.name)
        .outerjoin(Person, Person.id == Job.requested_by)
        .where(Job.district_id == district_id)
        .order_by(Job.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(Job.id < before)
    return _standings(session, district_id, [(row[0], row[1]) for row in session.execute(wanted)])


def grouped(jobs: Sequence[Standing]) -> list[list[Standing]]:
    """Return jobs in rows: what the platform does of one kind in one go is one row, but for what failed."""
    rows: list[list[Standing]] = []
    for job in jobs:
        alike = rows and (rows[-1][-1].kind, rows[-1][-1].state) == (job.kind, job.state)
        own = job.asked_by is None and (not rows or rows[-1][-1].asked_by is None)
        if alike and own and job.state in {"waiting", "dispatched", "done"}:
            rows[-1].append(job)
        else:
            rows.append([job])
    return rows


def for_tray(session: Session, district_id: int) -> list[Standing]:
    """Return what is under way, running first, and the latest that ended."""
    jobs = recent(session, district_id, limit=30)
    order = {"running": 0, "dispatched": 1, "waiting": 2}
    # A mail that the platform sends tomorrow is nobody's work in progress today.
    now = dt.datetime.now(dt.UTC)
    open_jobs = [job for job in jobs if job.open and (job.asked_by is not None or job.due_at <= now)]
    under_way = sorted(open_jobs, key=lambda job: (order[job.state], job.place or 0))
    ended = sorted(
        (job for job in jobs if not job.open and job.finished_at is not None and job.asked_by is not None),
        key=lambda job: job.finished_at or job.asked_at,
        reverse=True,
    )
    return [*under_way[:RECENT], *ended[:1]]


def one(session: Session, district_id: int, job_id: int) -> Standing | None:
    """Return one job, or None if this scope sees none of that id in the district."""
    row = session.execute(
        select(Job, Person.name)
        .outerjoin(Person, Person.id == Job.requested_by)
        .where(Job.district_id == district_id, Job.id == job_id)
    ).one_or_none()
    return None if row is None else _standings(session, district_id, [(row[0], row[1])])[0]


def _standings(session: Session, district_id: int, rows: Sequence[tuple[Job, str | None]]) -> list[Standing]:
    places = places_in_line(session, district_id, [job for job, _ in rows])
    return [_standing(job, asked_by, places.get(job.id)) for job, asked_by in rows]


def _standing(job: Job, asked_by: str | None, place: int | None) -> Standing:
    known = job.progress_total > 0
    return Standing(
        id=job.id,
        kind=job.kind,
        state=job.state,
        name=NAMES.get(job.kind, message("Work in the background")),
        line=_line(job, place),
        subject=job.subject,
        result=job.result,
        asked_by=asked_by,
        asked_at=job.created_at,
        due_at=job.due_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        percent=min(100, round(100 * job.progress_done / job.progress_total))
        if known and job.state == "running"
        else None,
        place=place,
        can_cancel=job.state in {"waiting", "dispatched", "running"} and not job.cancel_requested,
        can_try_again=job.state in {"failed", "cancelled"},
    )


def _line(job: Job, place: int | None) -> Message:
    if job.state in {"waiting", "dispatched"}:
        return _waiting(job, place)
    if job.state == "running":
        if job.cancel_requested:
            return message("Stopping at the next safe place.")
        return job.progress_note or _running(job)
    if job.state == "failed":
        return job.error or message("It failed, and nothing was half-saved.")
    ended = moment(job.finished_at or job.created_at)
    if job.state == "done":
        return message("Finished: {time}", time=ended)
    return message("Cancelled, with nothing half-saved: {time}", time=ended)


def _running(job: Job) -> Message:
    if job.progress_total > 0:
        return message(
            "{done} of {all} done.", done=number(job.progress_done), all=number(job.progress_total)
        )
    return message("Running. You can leave this page.")


def _waiting(job: Job, place: int | None) -> Message:
    if job.starts > 0:
        return message(
            "Start {n} of {all} did not get to the end; it starts again by itself.",
            n=job.starts,
            all=job.starts_allowed,
        )
    if job.state == "waiting" and job.due_at > dt.datetime.now(dt.UTC):
        return message("Waits until {time}.", time=moment(job.due_at))
    if job.state == "dispatched" or place is None or place == 1:
        return message("Next in line.")
    return message_n(
        "One of your district's jobs is before it.", "{n} of your district's jobs are before it.", place - 1
    )
