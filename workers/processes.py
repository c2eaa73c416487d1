"""The long-running processes: workers of a group of queues, and the dispatcher with mail and upkeep."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from redis import Redis
from rq import SpawnWorker, Worker
from rq.serializers import JSONSerializer

from tenants.files import sweep
from tenants.settings import Settings
from workers import messages, registry
from workers.dispatcher import Dispatcher
from workers.kinds import WORKERS
from workers.mail import Carrier
from workers.upkeep import Upkeep

log = logging.getLogger(__name__)

WORKER_TTL_SECONDS = 60
TIDY_SECONDS = 3600


def run_worker(settings: Settings, group: str = "heavy", *, burst: bool = False) -> int:
    """Serve a group of queues until told to stop (SIGTERM or SIGINT: after the job at hand).

    Each job runs in a child process that ends with it: its memory is given back, a crash stays its own.

    Args:
        settings: what the jobs' processes read too, from the environment that is set here.
        group: `heavy` or `light`, see `workers.kinds.WORKERS`.
        burst: stop when there is nothing to do.

    Returns:
        Exit status.
    """
    os.environ.update(settings.to_environment())
    registry.load()
    redis = Redis.from_url(settings.redis_url)
    # A fork carries the imported libraries over; where forking a process with frameworks loaded is not safe,
    # each job pays for the imports.
    kind = SpawnWorker if sys.platform == "darwin" else Worker
    worker = kind(
        [messages.queue(redis, name) for name in WORKERS[group]],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        log_job_description=False,
    )
    worker.work(burst=burst, logging_level="WARNING")
    return 0


def _tidy(settings: Settings, stop: threading.Event) -> None:
    """Take away, each hour, what processes that died left in the folders of files and of mail."""
    while True:
        for folder in (settings.files, settings.mail_folder):
            if removed := sweep(folder):
                log.warning("%s files of processes that died were removed", removed)
        if stop.wait(TIDY_SECONDS):
            return


def run_dispatcher(settings: Settings) -> int:
    """Hand out jobs, carry mail and look after every district once a day, until told to stop.

    Returns:
        Exit status.
    """
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    carrier, upkeep = Carrier(settings), Upkeep(settings)

    def beside(run: Callable[[threading.Event], None]) -> None:
        try:
            run(stop)
        finally:
            # Whatever ends the one ends the others, so that the supervisor starts all anew.
            stop.set()

    def tidy(stop: threading.Event) -> None:
        _tidy(settings, stop)

    threads = [
        threading.Thread(target=beside, args=(run,), name=name, daemon=True)
        for name, run in (("mail", carrier.run), ("upkeep", upkeep.run), ("tidy", tidy))
    ]
    for thread in threads:
        thread.start()
    dispatcher = Dispatcher(settings)
    try:
        dispatcher.run(stop)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=10)
        dispatcher.close()
        carrier.close()
        upkeep.close()
    return 0
