"""Kinds of jobs: their names, queues, limits and rights, and what a running job may do.

A kind's function may run again after it was killed anywhere, so that everything it does must have the same
effect twice as once: it writes rows under keys of the job's subject, and files under their digest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

from sqlalchemy.orm import Session

from tenants.files import FileStore
from tenants.language import Message
from tenants.scope import Scope
from tenants.settings import Settings

Rights = Literal["requester", "upkeep"]

WORKERS: dict[str, tuple[str, ...]] = {
    "heavy": ("imports", "analyses"),
    "light": ("prints", "light"),
}
"""Kinds of worker process and the queues each serves: prints and small jobs never wait behind an import."""

QUEUES = tuple(queue for queues in WORKERS.values() for queue in queues)


class JobRefused(Exception):  # noqa: N818 - an outcome that a person can mend, not a fault of ours
    """The job can't be done as asked, and trying again would change nothing; `said` tells a person why."""

    def __init__(self, said: Message) -> None:
        super().__init__(said["text"])
        self.said = said


class JobCancelled(Exception):  # noqa: N818 - what a person asked for
    """Somebody asked to stop the job; raised by `raise_if_cancelled`, let it pass."""


class FenceLost(Exception):  # noqa: N818 - says what happened to the twin
    """Another start of this job holds it now; nothing of this one's may be written."""


class RunningJob(Protocol):
    """What a kind's function is given."""

    id: int
    district_id: int
    parameters: dict[str, Any]
    requested_by: int | None
    subject: str
    scope: Scope
    settings: Settings
    files: FileStore

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a transaction in the job's scope; it commits only if this start still holds the job.

        Raises:
            JobRefused: if the person who asked for it may no longer do it.
        """
        ...

    def finish(self, session: Session, result: dict[str, Any] | None = None) -> None:
        """Mark the job done in the transaction of its last write: both are committed, or neither."""
        ...

    def progress(self, done: int, total: int, note: Message | None = None) -> None:
        """Say how far the job is; writes at most twice a second, in a short transaction of its own."""
        ...

    def raise_if_cancelled(self) -> None:
        """Raise JobCancelled if somebody asked to stop, JobRefused if the person's right has ended.

        Asks the database at most twice a second.
        """
        ...

    def raise_if_let_out(self) -> None:
        """Raise JobRefused if the person who asked for the job may no longer do it; asks at once."""
        ...


Work = Callable[[RunningJob], dict[str, Any] | None]


@dataclasses.dataclass(frozen=True)
class JobKind:
    """A kind of job.

    Attributes:
        name: as it stands in the job's row.
        queue: one of QUEUES.
        limit_seconds: how long one start may take.
        attempts: how often it is started before it is given up.
        rights: `requester` acts with what that person may do now; `upkeep` with the platform's own right in
            the job's one district.
        permission: of the matrix; who asks, asks again or cancels needs it, and so does the run itself.
        work: the function.
    """

    name: str
    queue: str
    limit_seconds: int
    attempts: int
    rights: Rights
    permission: str | None
    work: Work


_KINDS: dict[str, JobKind] = {}


def job_kind(
    name: str,
    *,
    queue: str,
    limit_seconds: int = 600,
    attempts: int = 3,
    rights: Rights = "requester",
    permission: str | None = None,
) -> Callable[[Work], Work]:
    """Register a function as a kind of job.

    Args:
        name: what `ask` names.
        queue: one of QUEUES.
        limit_seconds: how long one start may take.
        attempts: how often it is started before it is given up, at least 1.
        rights: whose rights it acts with.
        permission: `resource:action` that a requester needs, checked again when the job runs.

    Raises:
        ValueError: for a queue that no worker serves, or a name that another function has.
    """
    if queue not in QUEUES:
        raise ValueError(f"{name}: no worker serves the queue {queue!r}; there are {', '.join(QUEUES)}")
    if limit_seconds < 1 or attempts < 1:
        raise ValueError(f"{name}: limit and attempts begin at 1")

    def register(work: Work) -> Work:
        before = _KINDS.get(name)
        if before is not None and (before.work.__module__, before.work.__qualname__) != (
            work.__module__,
            work.__qualname__,
        ):
            raise ValueError(f"{name} is the kind of {before.work.__module__} already")
        _KINDS[name] = JobKind(name, queue, limit_seconds, attempts, rights, permission, work)
        return work

    return register


def registered() -> dict[str, JobKind]:
    """Return the kinds whose modules were imported, by name."""
    return dict(_KINDS)
