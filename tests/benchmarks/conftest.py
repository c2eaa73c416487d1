"""Benchmarks: run by `make bench`, print a table of what was measured beside what it must reach."""

from __future__ import annotations

import dataclasses
import os
import platform
from collections.abc import Callable

import pytest

ROWS: list[Row] = []


@dataclasses.dataclass(frozen=True)
class Row:
    """A measured number."""

    what: str
    value: float
    unit: str
    limit: float | None

    @property
    def holds(self) -> bool:
        """Say whether it stays within its limit."""
        return self.limit is None or self.value <= self.limit


@pytest.fixture
def measured() -> Callable[..., None]:
    """Give `measured(what, value, unit, limit=None)`; what is past its limit is marked, and fails the run."""

    def note(what: str, value: float, unit: str, limit: float | None = None) -> None:
        ROWS.append(Row(what, value, unit, limit))

    return note


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End with an error if anything is past its limit, after everything was measured."""
    if not all(row.holds for row in ROWS):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if not ROWS:
        return
    terminalreporter.section("measured")
    terminalreporter.write_line(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    )
    width = max(len(row.what) for row in ROWS)
    for row in ROWS:
        limit = "" if row.limit is None else f"  at most {row.limit:g} {row.unit}"
        mark = "" if row.holds else "  PAST ITS LIMIT"
        terminalreporter.write_line(f"{row.what:<{width}}  {row.value:>12,.3f} {row.unit}{limit}{mark}")
