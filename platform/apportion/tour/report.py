"""What the tour writes down: each step, what was checked, and how long it took."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from apportion.tour.visitor import TourError

POLL_SECONDS = 0.3
T = TypeVar("T")


@dataclasses.dataclass
class Step:
    """One step of the tour."""

    title: str
    who: str
    checked: list[str] = dataclasses.field(default_factory=list)
    measured: dict[str, Any] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None

    def check(self, said: str, holds: object, found: object = "") -> None:
        """Write down that `said` holds.

        Raises:
            TourError: It does not; `found` says what was there instead.
        """
        if not holds:
            instead = f" Found: {str(found)[:800]}" if found != "" else ""
            raise TourError(f"{self.who}: it does not hold that {said}.{instead}")
        self.checked.append(said)


@dataclasses.dataclass
class Report:
    """All steps so far, kept on disk as they end."""

    path: Path
    about: dict[str, Any]
    say: Callable[[str], None]
    steps: list[Step] = dataclasses.field(default_factory=list)

    @contextlib.contextmanager
    def step(self, title: str, who: str) -> Iterator[Step]:
        """Take a step; a failure is written down before it goes on."""
        step = Step(title, who)
        self.steps.append(step)
        started = time.monotonic()
        try:
            yield step
        except Exception as failure:
            step.error = str(failure)
            raise
        finally:
            step.seconds = round(time.monotonic() - started, 2)
            self.write()
            mark = "✗" if step.error else "✓"
            self.say(f"{mark} {title} ({step.seconds:.1f} s)")

    def write(self) -> None:
        """Write tour.json."""
        steps = [
            {key: value for key, value in dataclasses.asdict(step).items() if value not in (None, {})}
            for step in self.steps
        ]
        done = {
            **self.about,
            "passed": bool(steps) and not any("error" in step for step in steps),
            "seconds": round(sum(step.seconds for step in self.steps), 2),
            "steps": steps,
        }
        self.path.write_text(json.dumps(done, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def wait_for(said: str, ask: Callable[[], T | None], seconds: float = 300) -> T:
    """Ask again and again until there is an answer.

    Raises:
        TourError: None came in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = ask()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise TourError(f"{said} did not happen within {seconds:.0f} seconds.")
        time.sleep(POLL_SECONDS)
