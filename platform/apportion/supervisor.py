"""Runs web, dispatcher and workers as processes that start, are replaced and stop together."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from apportion.servers import ServersError
from tenants.settings import Settings

READY_SECONDS = 60
STOP_SECONDS = 20
CRASHES = 5
"""A process that ends this often within CRASH_SECONDS is not started again."""
CRASH_SECONDS = 60


@dataclasses.dataclass
class _Child:
    """A process that is kept running."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    ends: list[float] = dataclasses.field(default_factory=list)


class Supervisor:
    """Keeps the platform's processes running."""

    def __init__(self, settings: Settings, *, log: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self.settings, self.log, self.say = settings, log, say
        self.stopping = threading.Event()
        self.children = [
            _Child("web", ["serve"]),
            _Child("dispatcher", ["dispatcher"]),
            _Child("light worker", ["worker", "--group", "light"]),
            *(
                _Child(f"heavy worker {number + 1}", ["worker", "--group", "heavy"])
                for number in range(settings.workers)
            ),
        ]

    def start(self) -> None:
        """Start every process and wait until the web server answers.

        Raises:
            ServersError: It does not answer, or a process ends again and again.
        """
        for child in self.children:
            self._launch(child)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            self._replace_ended()
            if time.monotonic() > deadline:
                raise ServersError(f"The web server does not answer. Its log is {self.log}.")
            if self.stopping.wait(0.05):
                return

    def watch(self) -> None:
        """Replace processes that end, until `stopping` is set."""
        while not self.stopping.wait(0.5):
            self._replace_ended()

    def stop(self) -> None:
        """Stop every process: work in hand is finished or handed back within STOP_SECONDS."""
        self.stopping.set()
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def _launch(self, child: _Child) -> None:
        # Children stand in sessions of their own: Ctrl-C in the terminal reaches the supervisor alone, and an
        # input that closes with the supervisor ends them even when it was killed.
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("APPORTION_", "DATABASE_"))
        }
        with self.log.open("ab") as log:
            child.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "apportion", *child.arguments, "--until-input-ends"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.log.parent,
                env=environment | self.settings.to_environment(),
                start_new_session=True,
            )

    def _replace_ended(self) -> None:
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            now = time.monotonic()
            child.ends = [end for end in child.ends if now - end < CRASH_SECONDS] + [now]
            if len(child.ends) >= CRASHES:
                raise ServersError(f"The {child.name} process ends again and again. Its log is {self.log}.")
            self.say(
                f"The {child.name} process ended (status {child.process.returncode}); starting it again."
            )
            if child.process.stdin is not None:
                child.process.stdin.close()
            self._launch(child)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.settings.host}:{self.settings.port}/", timeout=5):
                return True
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            return False


@contextlib.contextmanager
def running(
    settings: Settings, *, log: Path, say: Callable[[str], None] = lambda _: None
) -> Iterator[Supervisor]:
    """Run the platform's processes for as long as the block lasts."""
    supervisor = Supervisor(settings, log=log, say=say)
    try:
        supervisor.start()
        yield supervisor
    finally:
        supervisor.stop()
