"""Runs one job: takes it with a new fencing number, keeps its lease, and writes its end.

The message from Redis names a job and a district; everything else, rights included, is read from its row.
A start that lost its lease finds a higher fencing number in the row and can commit nothing any more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tenants.database import Database
from tenants.files import FileStore
from tenants.language import Message, message, message_n
from tenants.records.jobs import Job
from tenants.roles import allows, why_not
from tenants.scope import Scope, resolve
from tenants.settings import Settings
from workers import registry
from workers.dispatcher import wait_seconds
from workers.faults import fault_point
from workers.kinds import FenceLost, JobCancelled, JobKind, JobRefused, RunningJob
from workers.outbox import ring

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5
"""Progress is written, and a wish to cancel looked for, at most this often."""


class Run:
    """One start of one job; what `workers.kinds.RunningJob` promises."""

    def __init__(self, database: Database, settings: Settings, row: Any, scope: Scope) -> None:
        self.id: int = row.id
        self.district_id: int = row.district_id
        self.parameters: dict[str, Any] = dict(row.parameters)
        self.requested_by: int | None = row.requested_by
        self.subject: str = row.subject
        self.scope = scope
        self.settings = settings
        self.files = FileStore(settings.files)
        self.finished = False
        self.fence: int = row.fence
        self._database = database
        self._work_database = database
        self._looked = 0.0
        self._cancelled = False
        self._rights: Callable[[], Scope] = lambda: scope

    def act_by(self, rights: Callable[[], Scope]) -> None:
        """Act with the scope that `rights` gives, asked again as the job goes on.

        Raises:
            JobRefused: if it gives none.
        """
        self._rights = rights
        self.raise_if_let_out()

    def raise_if_let_out(self) -> None:
        """Raise JobRefused if the person who asked for the job may no longer do it."""
        self.scope = self._rights()

    @property
    def _mine(self) -> tuple[Any, ...]:
        return (
            Job.district_id == self.district_id,
            Job.id == self.id,
            Job.state == "running",
            Job.fence == self.fence,
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction in the job's scope; it commits only if this start still holds the job.

        What the person may do is asked before and after: an engagement or a membership that ended meanwhile
        leaves nothing behind.

        Raises:
            FenceLost: before anything is read, or instead of the commit.
            JobRefused: likewise, once the person who asked may no longer do it.
        """
        was_finished = self.finished
        self.raise_if_let_out()
        try:
            with self._work_database.transaction(self.scope) as session:
                self._hold(session, lock=False)
                yield session
                fault_point("before_fence")
                self.raise_if_let_out()
                if self.finished == was_finished:
                    self._hold(session, lock=True)
                # Otherwise `finish` changed the row under its own fence and holds it until the commit.
        except BaseException:
            self.finished = was_finished
            raise
        fault_point("after_commit")

    def _hold(self, session: Session, *, lock: bool) -> None:
        """Look whether this start still has the job; with `lock`, keep it so until the commit."""
        mine = select(Job.id).where(*self._mine)
        if session.scalar(mine.with_for_update(read=True) if lock else mine) is None:
            raise FenceLost(f"job {self.id}, fence {self.fence}")

    def use_for_work(self, database: Database) -> None:
        """Open the transactions of the work itself there; those on the job's row stay where they are."""
        self._work_database = database

    def finish(self, session: Session, result: dict[str, Any] | None = None) -> None:
        """Mark the job done in the transaction of its last write: both are committed, or neither.

        Raises:
            FenceLost: if another start holds the job.
        """
        ended = session.scalar(
            update(Job)
            .where(*self._mine)
            .values(
                state="done",
                result=result,
                error=None,
                lease_until=None,
                finished_at=func.now(),
                progress_done=Job.progress_total,
            )
            .returning(Job.id)
        )
        if ended is None:
            raise FenceLost(f"job {self.id}, fence {self.fence}")
        self.finished = True
        ring(session)

    def progress(self, done: int, total: int, note: Message | None = None) -> None:
        """Say how far the job is; writes at most twice a second, the last word always.

        Raises:
            FenceLost: if another start holds the job.
            JobRefused: once the person who asked for it may no longer do it.
        """
        if time.monotonic() - self._looked < PROGRESS_SECONDS and done < total:
            return
        self._look({"progress_done": done, "progress_total": total, "progress_note": note})

    def raise_if_cancelled(self) -> None:
        """Raise JobCancelled if somebody asked to stop; asks the database at most twice a second.

        Raises:
            JobCancelled: somebody did.
            FenceLost: if another start holds the job.
            JobRefused: once the person who asked for it may no longer do it.
        """
        if not self._cancelled and time.monotonic() - self._looked >= PROGRESS_SECONDS:
            self._look({"lease_until": _lease(self.settings)})
        if self._cancelled:
            raise JobCancelled

    def _look(self, values: dict[str, Any]) -> None:
        self._looked = time.monotonic()
        with self._database.transaction(Scope.for_upkeep(self.district_id)) as session:
            wish = session.scalar(
                update(Job).where(*self._mine).values(**values).returning(Job.cancel_requested)
            )
        if wish is None:
            raise FenceLost(f"job {self.id}, fence {self.fence}")
        self._cancelled = wish
        self.raise_if_let_out()

    def renew(self) -> bool:
        """Lengthen the lease; False once another start holds the job or it has ended."""
        with self._database.transaction(Scope.for_upkeep(self.district_id)) as session:
            held = session.scalar(
                update(Job).where(*self._mine).values(lease_until=_lease(self.settings)).returning(Job.id)
            )
        return held is not None

    def end(self, state: str, **values: Any) -> None:
        """Write the job's end, or its return to the line, if this start still holds it."""
        with self._database.transaction(Scope.for_upkeep(self.district_id)) as session:
            session.execute(update(Job).where(*self._mine).values(state=state, lease_until=None, **values))
            ring(session)


def _lease(settings: Settings) -> Any:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, settings.lease_seconds)


def _take(database: Database, settings: Settings, job_id: int, district_id: int) -> Any:
    """Take the job by compare-and-set with a new fencing number; None if it is not to be had."""
    with database.transaction(Scope.for_upkeep(district_id)) as session:
        return session.execute(
            update(Job)
            .where(Job.district_id == district_id, Job.id == job_id, Job.state.in_(("waiting", "dispatched")))
            .values(
                state="running",
                fence=Job.fence + 1,
                starts=Job.starts + 1,
                lease_until=_lease(settings),
                started_at=func.now(),
                progress_done=0,
                progress_total=0,
                progress_note=None,
            )
            .returning(
                Job.id,
                Job.district_id,
                Job.kind,
                Job.parameters,
                Job.requested_by,
                Job.requested_in,
                Job.subject,
                Job.fence,
                Job.starts,
                Job.starts_allowed,
                Job.limit_seconds,
            )
        ).one_or_none()


@contextlib.contextmanager
def _leased(run: Run) -> Iterator[None]:
    """Renew the lease from a thread, every third of its length, while the block runs.

    A job's process ends when the worker that started it is gone: nobody would stop it any more.
    """
    stop = threading.Event()
    parent = os.getppid()

    def renew() -> None:
        renewed = time.monotonic()
        while not stop.wait(min(1.0, run.settings.lease_seconds / 3)):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)
            if time.monotonic() - renewed < run.settings.lease_seconds / 3:
                continue
            renewed = time.monotonic()
            try:
                if not run.renew():
                    return
            except SQLAlchemyError:
                # The next turn tries again; if the database stays away, the lease ends and the fence holds.
                log.warning("job %s: its lease could not be renewed", run.id, exc_info=True)

    thread = threading.Thread(target=renew, name=f"lease-{run.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextlib.contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Let the block run so long, counted from its own beginning and not from that of the process.

    Only a main thread can be interrupted; elsewhere the worker's own limit on the process holds.

    Raises:
        JobTimeoutException: inside the block, when the time is over.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with UnixSignalDeathPenalty(seconds, JobTimeoutException):  # type: ignore[no-untyped-call]  # RQ has no types
        yield


def _scope(database: Database, row: Any, kind: JobKind) -> Scope:
    """Return the scope that the job's row gives: the person's rights as they are now, or upkeep.

    Raises:
        JobRefused: if the person has none in the district any more.
    """
    if kind.rights == "upkeep":
        return Scope.for_upkeep(row.district_id)
    scope = None
    if row.requested_by is not None and row.requested_in is not None:
        scope = resolve(database, row.requested_by, row.requested_in, row.district_id)
    if scope is not None and kind.permission is not None and not allows(scope, kind.permission):
        raise JobRefused(why_not(scope, kind.permission))
    if scope is None or scope.district_id != row.district_id:
        raise JobRefused(
            message(
                "The person who asked for this may no longer do it in this district. "
                "Somebody with the right to do it can ask again."
            )
        )
    return scope


def run_job(job_id: int, district_id: int) -> None:
    """Run a job: the function that messages name."""
    execute(Settings.from_environment(), job_id, district_id)


def execute(settings: Settings, job_id: int, district_id: int) -> None:
    """Run a job if it is to be had: not when it was cancelled, is done, or runs elsewhere."""
    database = Database(settings.database_app_url, pool_size=4)
    try:
        row = _take(database, settings, job_id, district_id)
        if row is None:
            log.info("job %s: nothing to do, it is taken or ended", job_id)
            return
        fault_point("taken")
        run = Run(database, settings, row, Scope.for_upkeep(district_id))
        with _leased(run):
            _work(database, run, row)
    finally:
        database.close()


def _work(database: Database, run: Run, row: Any) -> None:
    worker: Database | None = None
    try:
        kind = registry.kind(row.kind)
        run.act_by(lambda: _scope(database, row, kind))
        # The job's own statements may take as long as the job; those on its row stay short.
        worker = Database(run.settings.database_app_url, pool_size=2, statement_timeout=kind.limit_seconds)
        run.use_for_work(worker)
        job: RunningJob = run
        with _limited(row.limit_seconds):
            result = kind.work(job)
        fault_point("before_done")
        if not run.finished:
            run.end(
                "done", result=result, error=None, finished_at=func.now(), progress_done=Job.progress_total
            )
    except FenceLost:
        log.warning("job %s: another start holds it; this one wrote nothing more", run.id)
    except JobCancelled:
        run.end("cancelled", finished_at=func.now())
    except JobRefused as refusal:
        run.end("failed", error=refusal.said, finished_at=func.now())
    except JobTimeoutException:
        log.exception("job %s: took longer than %s seconds", run.id, row.limit_seconds)
        run.end("failed", error=too_long(row.limit_seconds), finished_at=func.now())
    except Exception:
        log.exception("job %s: start %s failed", run.id, row.starts)
        _failed(run, row)
    finally:
        if worker is not None:
            worker.close()


def _failed(run: Run, row: Any) -> None:
    if row.starts >= row.starts_allowed:
        run.end("failed", error=gave_up(row.starts), finished_at=func.now())
        return
    wait = wait_seconds(row.starts, run.settings.retry_seconds)
    run.end("waiting", due_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, wait))


def gave_up(starts: int) -> Message:
    """Return what people read when a job failed at each of its starts."""
    return message_n(
        "Something went wrong on our side. Nothing was half-saved. Try again; if it happens again, tell "
        "whoever runs the platform.",
        "Something went wrong on our side, {n} times in a row. Nothing was half-saved. Try again; if it "
        "happens again, tell whoever runs the platform.",
        starts,
    )


def too_long(limit_seconds: int) -> Message:
    """Return what people read when a job took longer than its kind may."""
    if limit_seconds < 120:
        return message(
            "This took longer than {n} seconds and was stopped. Nothing was half-saved. Try again when less "
            "is going on.",
            n=limit_seconds,
        )
    return message(
        "This took longer than {n} minutes and was stopped. Nothing was half-saved. Try again when less "
        "is going on.",
        n=limit_seconds // 60,
    )
