"""Asking for a job in the transaction of the change that needs it, and what a person may do to it later.

Nothing here talks to Redis. A job exists when its row is committed; the dispatcher sends it from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Table, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.base import RECORD_IDS
from tenants.records.jobs import Job
from workers import registry

CHANNEL = "apportion_job"
"""What the dispatcher listens on; a notification says only that there is something to look at."""

OPEN = ("waiting", "dispatched", "running")
_JOBS = cast("Table", Job.__table__)
_ACTING_IN = func.nullif(func.current_setting("apportion.organization", True), "")


def ask(
    session: Session,
    kind: str,
    parameters: dict[str, Any],
    *,
    district_id: int,
    requested_by: int | None,
    idempotency_key: str,
    subject: str = "",
) -> int:
    """Ask for a job, in the caller's transaction.

    The same question, asked again while the first is open, gives the same job.

    Args:
        session: the open transaction; its scope may write in the district.
        kind: name of a kind of `workers/registry.py`.
        parameters: what the kind's function needs, as JSON: ids and choices, never contents.
        district_id: whose job it is.
        requested_by: person with whose rights it runs; None for the platform's own upkeep.
        idempotency_key: what makes the question the same within kind and district.
        subject: kind and id of the record it works for, as `ledger_load/1042`.

    Returns:
        The job's id.

    Raises:
        UnknownKindError: if there is no such kind.
        ValueError: if a person's kind is asked for by nobody.
    """
    what = registry.kind(kind)
    if what.rights == "requester" and requested_by is None:
        raise ValueError(f"{kind} runs with the rights of the person who asks, and nobody does")
    # Who sees the own jobs alone does not see another's open twin, nor the platform's own: that question is
    # then asked anew, once for each person; the platform's own work may be done twice with the same effect.
    again = requested_by or session.scalars(select(RECORD_IDS.next_value())).one()
    for key in (idempotency_key, f"{idempotency_key}/{again}"):
        job_id = _asked(
            session,
            key,
            district_id=district_id,
            kind=kind,
            queue=what.queue,
            parameters=parameters,
            requested_by=requested_by,
            subject=subject,
            limit_seconds=what.limit_seconds,
            starts_allowed=what.attempts,
        )
        if job_id is not None:
            return job_id
    raise RuntimeError(f"{kind} in district {district_id}: its twin kept ending while it was asked for")


def _asked(
    session: Session, idempotency_key: str, *, district_id: int, kind: str, **values: Any
) -> int | None:
    """Return the new job or its open twin; None where a twin stands that this scope does not see."""
    # Neither RETURNING nor a named index: both would ask for the right to see the row that is written.
    wanted = insert(_JOBS).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    row = {"district_id": district_id, "kind": kind, "idempotency_key": idempotency_key, **values}
    same = select(Job.id).where(
        Job.district_id == district_id,
        Job.kind == kind,
        Job.idempotency_key == idempotency_key,
        Job.state.in_(OPEN),
    )
    # The open twin may end between the two statements; then the question is new again.
    for _ in range(5):
        job_id = session.scalars(select(RECORD_IDS.next_value())).one()
        made = session.execute(
            wanted.values(id=job_id, requested_in=_ACTING_IN.cast(Job.requested_in.type), **row)
        )
        if cast("CursorResult[Any]", made).rowcount == 1:
            ring(session)
            return int(job_id)
        twin = session.scalar(same)
        if twin is not None:
            return twin
    return None


def ring(session: Session) -> None:
    """Wake the dispatcher when this transaction commits."""
    session.execute(select(func.pg_notify(CHANNEL, "")))


def cancel(session: Session, district_id: int, job_id: int) -> bool:
    """Ask a job to stop: at once if it has not begun, else when it next looks.

    Returns:
        Whether there was an open job of that id in the district.
    """
    stopped = session.scalar(
        update(Job)
        .where(Job.district_id == district_id, Job.id == job_id, Job.state.in_(("waiting", "dispatched")))
        .values(state="cancelled", cancel_requested=True, finished_at=func.now())
        .returning(Job.id)
    )
    if stopped is None:
        stopped = session.scalar(
            update(Job)
            .where(Job.district_id == district_id, Job.id == job_id, Job.state == "running")
            .values(cancel_requested=True)
            .returning(Job.id)
        )
    ring(session)
    return stopped is not None


def try_again(session: Session, district_id: int, job_id: int, requested_by: int | None) -> int | None:
    """Ask anew for what a failed or cancelled job was to do, with the rights of who asks now.

    Returns:
        The id of the job that will do it: an open one of the same question, or a new one. None if there is
        no ended job of that id.
    """
    job = session.scalar(
        select(Job).where(
            Job.district_id == district_id, Job.id == job_id, Job.state.in_(("failed", "cancelled"))
        )
    )
    if job is None:
        return None
    upkeep = registry.kind(job.kind).rights == "upkeep"
    return ask(
        session,
        job.kind,
        job.parameters,
        district_id=district_id,
        requested_by=None if upkeep else requested_by,
        idempotency_key=job.idempotency_key,
        subject=job.subject,
    )


def places_in_line(session: Session, district_id: int, jobs: Sequence[Job]) -> dict[int, int]:
    """Return how many of the district's own jobs stand before each waiting one in its queue.

    Jobs of other districts are not counted: their number would tell that those districts exist. They hardly
    delay either, for the dispatcher takes districts in turn.

    Returns:
        For each job that waits or was sent: 1 for the next of this district, 2 for the one after it, ...
    """
    waiting = [job for job in jobs if job.state in {"waiting", "dispatched"}]
    if not waiting:
        return {}
    line = func.row_number().over(partition_by=Job.queue, order_by=(Job.state, Job.due_at, Job.id))
    places = select(Job.id.label("id"), line.label("place")).where(
        Job.district_id == district_id, Job.state.in_(("waiting", "dispatched"))
    )
    ranked = places.subquery()
    found = session.execute(
        select(ranked.c.id, ranked.c.place).where(ranked.c.id.in_([job.id for job in waiting]))
    )
    return {int(row.id): int(row.place) for row in found}
