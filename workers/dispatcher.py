"""Hands out jobs in turn by district, sends again what Redis forgot, and frees what dead workers held.

It signs in as a role of its own that sees a job's id, district, kind, queue, state and times, and never what
the job is about. Any number of dispatchers may run; they take turns by locks.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import secrets
import threading
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from tenants.database import Database
from tenants.language import Message, message_n
from tenants.settings import Settings
from workers import messages
from workers.faults import fault_point
from workers.kinds import WORKERS
from workers.outbox import CHANNEL

log = logging.getLogger(__name__)

POLL_SECONDS = 3.0
"""How long a lost notification may delay a job."""
SILENCE_SECONDS = 10
"""How long a worker may take from finding a message to starting the job."""
LONGEST_WAIT_SECONDS = 900

_CLAIM_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('apportion dispatcher'), hashtext(:turn))")

_BUSY = text("SELECT count(*) FROM job WHERE queue = ANY(:queues) AND state IN ('dispatched', 'running')")

_NEXT = text(
    """
    WITH busy AS (
        SELECT district_id, count(*) AS jobs FROM job
        WHERE queue = ANY(:queues) AND state IN ('dispatched', 'running') GROUP BY district_id
    ), heads AS (
        SELECT w.district_id, coalesce(b.jobs, 0) AS jobs, w.oldest
        FROM (SELECT district_id, min(due_at) AS oldest FROM job
              WHERE queue = ANY(:queues) AND state = 'waiting' AND due_at <= now() GROUP BY district_id) w
        LEFT JOIN busy b USING (district_id)
        WHERE coalesce(b.jobs, 0) < :cap
        ORDER BY jobs, w.oldest, w.district_id LIMIT :free
    )
    SELECT j.id, j.district_id, j.queue, j.attempt, j.limit_seconds, h.jobs, j.due_at
    FROM heads h CROSS JOIN LATERAL (
        SELECT id, district_id, queue, attempt, limit_seconds, due_at FROM job
        WHERE district_id = h.district_id AND queue = ANY(:queues) AND state = 'waiting' AND due_at <= now()
        ORDER BY due_at, id LIMIT least(:free, :cap - h.jobs) FOR UPDATE SKIP LOCKED
    ) j
    """
)

_STAMP = text(
    """
    UPDATE job SET state = 'dispatched', dispatched_at = now(), attempt = attempt + 1
    WHERE district_id = :district_id AND id = :id AND state = 'waiting'
    """
)

_SENT_LONG_AGO = text(
    """
    SELECT id, district_id, queue, attempt FROM job
    WHERE state = 'dispatched' AND dispatched_at < now() - make_interval(secs => :silence)
    """
)

_SEND_AGAIN = text(
    """
    UPDATE job SET state = 'waiting', due_at = now()
    WHERE district_id = :district_id AND id = :id AND state = 'dispatched' AND attempt = :attempt
    """
)

_EXPIRED = text(
    """
    SELECT id, district_id, starts, starts_allowed, fence, cancel_requested FROM job
    WHERE state = 'running' AND lease_until < now() FOR UPDATE SKIP LOCKED
    """
)

_FREE = text(
    """
    UPDATE job SET state = :state, due_at = now() + make_interval(secs => :wait), lease_until = NULL,
        fence = fence + 1, error = CAST(:error AS jsonb),
        finished_at = CASE WHEN :state = 'waiting' THEN NULL ELSE now() END
    WHERE district_id = :district_id AND id = :id AND state = 'running' AND fence = :fence
    """
)


@dataclasses.dataclass(frozen=True)
class Waiting:
    """A job that may be sent now."""

    id: int
    district_id: int
    queue: str
    attempt: int
    limit_seconds: int


def wait_seconds(starts: int, first: float) -> float:
    """Return how long to wait before another start: three times longer each time, give or take."""
    growing: float = min(first * 3 ** max(0, starts - 1), LONGEST_WAIT_SECONDS)
    return growing * (0.5 + secrets.randbelow(1000) / 1000)


def stopped_too_often(starts: int) -> Message:
    """Return what people read when a job's worker died at each of its starts."""
    return message_n(
        "The work stopped before it was finished. Nothing was half-saved. Try again; if it happens again, "
        "tell whoever runs the platform.",
        "The work was started {n} times and stopped each time before it was finished. Nothing was "
        "half-saved. Try again; if it happens again, tell whoever runs the platform.",
        starts,
    )


def in_turn(candidates: list[Any], free: int) -> list[Waiting]:
    """Choose which jobs to send: fewest of a district's under way first, then the oldest.

    Args:
        candidates: rows of `_NEXT`, in a district by age; `jobs` counts what its district has under way.
        free: how many may be sent.
    """
    taken: dict[int, int] = {}
    ranked = []
    for row in candidates:
        place = int(row.jobs) + taken.get(row.district_id, 0)
        taken[row.district_id] = taken.get(row.district_id, 0) + 1
        ranked.append((place, row.due_at, row.id, row))
    ranked.sort(key=lambda entry: entry[:3])
    return [
        Waiting(row.id, row.district_id, row.queue, row.attempt, row.limit_seconds)
        for _place, _due, _id, row in ranked[:free]
    ]


class Dispatcher:
    """The loop that keeps Redis supplied and looks after what was started.

    Args:
        settings: names the dispatcher's database address and Redis.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_dispatcher_url, pool_size=2)
        self.redis = Redis.from_url(settings.redis_url)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a server that is away is waited for."""
        while not stop.is_set():
            try:
                self._listen(stop)
            except (OperationalError, RedisError):
                log.warning("a server is away; looking again in a moment", exc_info=True)
                stop.wait(1.0)

    def _listen(self, stop: threading.Event) -> None:
        with self.database.listening(CHANNEL) as wait:
            while not stop.is_set():
                self.once()
                # Woken by a commit; in any case after a while, because a notification may be lost.
                wait(POLL_SECONDS)

    def once(self) -> int:
        """Sweep, then send what there is room for.

        Returns:
            How many jobs were sent.
        """
        self.sweep()
        return sum(self._dispatch(group) for group in WORKERS)

    def sweep(self) -> None:
        """Free jobs whose worker fell silent, and have lost messages sent again."""
        with self.database.connection(None) as connection:
            for row in connection.execute(_EXPIRED).all():
                self._free(connection, row)
        with self.database.connection(None) as connection:
            lost = [
                row
                for row in connection.execute(_SENT_LONG_AGO, {"silence": SILENCE_SECONDS})
                if not messages.is_underway(self.redis, row.queue, row.id, row.attempt)
            ]
            for row in lost:
                connection.execute(
                    _SEND_AGAIN, {"district_id": row.district_id, "id": row.id, "attempt": row.attempt}
                )
                log.info("job %s: its message was lost and is sent again", row.id)

    def _free(self, connection: Connection, row: Any) -> None:
        ended = row.starts >= row.starts_allowed
        state = "cancelled" if row.cancel_requested else "failed" if ended else "waiting"
        error = stopped_too_often(row.starts) if state == "failed" else None
        connection.execute(
            _FREE,
            {
                "state": state,
                "wait": 0 if state != "waiting" else wait_seconds(row.starts, self.settings.retry_seconds),
                "error": None if error is None else json.dumps(error),
                "district_id": row.district_id,
                "id": row.id,
                "fence": row.fence,
            },
        )
        log.warning("job %s: its worker fell silent; it is %s now", row.id, state)

    def _dispatch(self, group: str) -> int:
        """Send messages for a group of queues, about twice as many as workers serve it.

        A district may have as many under way as half the workers, and two where there are few, so that a
        neighbour's job starts soon whatever waits before it.
        """
        serving = messages.workers_of(self.redis, group)
        queues = list(WORKERS[group])
        with self.database.connection(None) as connection:
            # One dispatcher at a time counts and claims a group; the others look again later.
            if not connection.scalar(_CLAIM_TURN, {"turn": group}):
                return 0
            free = 2 * serving - int(connection.scalar(_BUSY, {"queues": queues}) or 0)
            if free <= 0:
                return 0
            cap = max(min(serving, 2), serving // 2)
            found = connection.execute(_NEXT, {"queues": queues, "cap": cap, "free": free}).all()
            chosen = in_turn(list(found), free)
            for job in chosen:
                connection.execute(_STAMP, {"district_id": job.district_id, "id": job.id})
        if chosen:
            fault_point("dispatcher_committed")
        for job in chosen:
            messages.send(
                self.redis,
                job.queue,
                job_id=job.id,
                district_id=job.district_id,
                attempt=job.attempt + 1,
                limit_seconds=job.limit_seconds,
            )
        if chosen:
            fault_point("dispatcher_sent")
        return len(chosen)

    def close(self) -> None:
        """Let go of the connections."""
        self.database.close()
        self.redis.close()
