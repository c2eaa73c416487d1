"""`apportion run`: everything starts, says where, stops on Ctrl-C, and starts again with its data."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from apportion.commands import run
from tenants.settings import Settings
from tests.support.platform import folder

START_SECONDS = 90


class Running:
    """A started `apportion run` and what it has said so far."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.started = time.monotonic()
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "apportion", "run", *arguments],
            env=os.environ | {"APPORTION_HOME": str(home), "APPORTION_WEB_PROCESSES": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
        self.process.stdout.close()

    def address(self) -> str:
        """Wait for the printed address."""
        while self.process.poll() is None and time.monotonic() - self.started < START_SECONDS:
            found = re.search(r"^Apportion: (http\S+)$", self.said, re.MULTILINE)
            if found:
                return found.group(1)
            time.sleep(0.05)
        pytest.fail(f"no address was printed: {self.said}")

    def family(self) -> list[psutil.Process]:
        """Return the processes below it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        status = self.process.wait(60)
        self._reader.join()
        return status


@contextlib.contextmanager
def running(home: Path, *arguments: str) -> Iterator[Running]:
    """Start it, and leave nothing behind whatever the test did."""
    started = Running(home, *arguments)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.end(signal.SIGINT)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/", timeout=10) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False


def ended(processes: list[psutil.Process], seconds: float) -> bool:
    """Say whether all of them ended within so many seconds."""
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def test_it_starts_stops_and_starts_again_with_its_data() -> None:
    with folder() as temporary:
        home = temporary / "home"
        with running(home, "--empty") as first:
            address = first.address()
            assert answers(address)
            assert "PostgreSQL: server 18" in first.said
            assert re.search(r"^Redis: .*server", first.said, re.MULTILINE)
            url = subprocess.run(
                [sys.executable, "-m", "apportion", "database", "url", "--role", "owner"],
                env=os.environ | {"APPORTION_HOME": str(home)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            with psycopg.connect(url) as connection:
                connection.execute("create table kept as select 7 as n")
            second = subprocess.run(
                [sys.executable, "-m", "apportion", "run", "--empty"],
                env=os.environ | {"APPORTION_HOME": str(home)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert second.returncode == 1
            assert "already runs" in second.stderr
            family = first.family()
            assert len(family) >= 5
            assert first.end(signal.SIGINT) == 0
            assert ended(family, 5)
            assert "Stopped." in first.said
            assert not answers(address)
        with running(home, "--empty") as again:
            assert answers(again.address())
            took = time.monotonic() - again.started
            assert took < 30
            with psycopg.connect(url) as connection:
                assert connection.execute("select n from kept").fetchone() == (7,)
            assert again.end(signal.SIGTERM) == 0


def test_when_it_is_killed_its_processes_end_and_its_data_stay() -> None:
    with folder() as temporary:
        home = temporary / "home"
        with running(home, "--empty") as first:
            assert answers(first.address())
            children = [process for process in first.family() if "apportion" in " ".join(process.cmdline())]
            ours = [process for process in children if "-m" in process.cmdline()]
            assert ours
            first.end(signal.SIGKILL)
            assert ended(ours, 30)
        with running(home, "--empty") as again:
            assert answers(again.address())
            family = again.family()
            assert again.end(signal.SIGINT) == 0
            assert ended(family, 5)


def test_a_process_that_dies_is_replaced() -> None:
    with folder() as temporary, running(temporary / "home", "--empty") as platform:
        address = platform.address()
        (web,) = [
            process
            for process in psutil.Process(platform.process.pid).children()
            if "serve" in process.cmdline()
        ]
        for process in [*web.children(), web]:
            process.kill()
        deadline = time.monotonic() + 30
        while "web process ended" not in platform.said and time.monotonic() < deadline:
            time.sleep(0.1)
        while not answers(address) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert answers(address)


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ({"APPORTION_PORT": "8460"}, "http://localhost:8460"),
        (
            {"APPORTION_PORT": "8460", "APPORTION_BASE_URL": "https://plan.example.org"},
            "https://plan.example.org",
        ),
    ],
)
def test_the_address_that_it_prints_leads_to_the_port_that_was_named(
    named: dict[str, str], address: str, tmp_path: Path
) -> None:
    settings = Settings.from_environment({"APPORTION_HOME": str(tmp_path), **named})
    assert run._with_port(settings).base_url == address
