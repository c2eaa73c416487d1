"""The messages in Redis: a job's id and its district's, in JSON, and nothing else.

Redis is a bell. What it forgets is sent again from the rows in PostgreSQL; what it rings twice is taken once.
RQ's own retry stays off, because two systems that retry would fight.
"""

from __future__ import annotations

import datetime as dt

from redis import Redis
from rq import Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job as Message
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from workers.kinds import WORKERS

RUN = "workers.runner.run_job"
KEEP_FAILED_SECONDS = 300
START_SECONDS = 60
"""What a job's process may take to start and to end, beside the limit of its kind, before RQ kills it."""


def queue(redis: Redis, name: str) -> Queue:
    """Return a queue of messages."""
    return Queue(name, connection=redis, serializer=JSONSerializer)


def message_id(job_id: int, attempt: int) -> str:
    """Return the message's own id: a second sending of the same job is another message."""
    return f"{job_id}-{attempt}"


def send(redis: Redis, name: str, *, job_id: int, district_id: int, attempt: int, limit_seconds: int) -> None:
    """Put a job's message into a queue."""
    queue(redis, name).enqueue_call(
        RUN,
        args=(job_id, district_id),
        timeout=limit_seconds + START_SECONDS,
        result_ttl=0,
        failure_ttl=KEEP_FAILED_SECONDS,
        job_id=message_id(job_id, attempt),
        description=f"job {job_id}",
    )


def is_underway(redis: Redis, name: str, job_id: int, attempt: int) -> bool:
    """Say whether Redis still holds a job's message where a worker will find it, or has just found it."""
    key = message_id(job_id, attempt)
    try:
        message = Message.fetch(key, connection=redis, serializer=JSONSerializer)
    except NoSuchJobError:
        return False
    status = message.get_status(refresh=False)
    if status == JobStatus.STARTED and message.started_at is not None:
        # A worker took it and brings the job's process up; on a busy machine that takes a while.
        return dt.datetime.now(dt.UTC) - message.started_at < dt.timedelta(seconds=START_SECONDS)
    return status == JobStatus.QUEUED and queue(redis, name).get_job_position(key) is not None


def workers_of(redis: Redis, group: str) -> int:
    """Return how many worker processes serve a group of queues now, and 1 where none has reported."""
    found = Worker.count(queue=queue(redis, WORKERS[group][0]))
    return max(1, int(found))
