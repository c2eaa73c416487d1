"""A scenario recomputed after each change: how long, and what the time is made of."""

from __future__ import annotations

import contextlib
import gc
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.scenarios import RESOURCES, make_scenario
from workers.finance import scenario as engine
from workers.finance.catalogue import CALCULATIONS

OPTIONS, YEARS, CHANGES, TAKEN_APART = 60, 5, 240, 60
MILLISECONDS = 500
"""The page's bound: half a second for 60 options."""
PARTS = {
    "projection": ("multi_year",),
    "options, their begin, overlaps and clock": (
        "begin",
        "yearly",
        "without_overlap",
        "_delay",
        "_delay_together",
        "_option_told",
    ),
    "restricted money, payments and refusals": ("settled", "payments", "refused", "_row"),
    "reserve and tripwires": ("_reserve", "tested"),
}


def changed(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the scenario after one change and then another: an option played or not, or its amount set."""
    for number in itertools.count():
        option = document["options"][number * 7 % OPTIONS]
        if number % 3:
            option["played"] = not option["played"]
        else:
            option["set_amount"] = str(40_000 + number * 111)
        yield document


class Clock:
    """Milliseconds that functions of the engine take, without those that they call of the others."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self._inner: list[float] = []

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            begun = time.process_time()
            self._inner.append(0)
            try:
                return function(*given, **named)
            finally:
                spent = time.process_time() - begun
                self.taken[name] = self.taken.get(name, 0) + spent - self._inner.pop()
                if self._inner:
                    self._inner[-1] += spent

        return run


def recomputed() -> list[float]:
    """Return the milliseconds of each recomputation, from document to document, each after one change."""
    answer = CALCULATIONS["scenario"].answer
    scenarios = changed(make_scenario(OPTIONS, YEARS))
    answer(next(scenarios))
    taken = []
    for document in itertools.islice(scenarios, CHANGES):
        begun = time.process_time()
        told = answer(document)
        taken.append((time.process_time() - begun) * 1000)
        assert len(told["years"]) == YEARS
    return statistics.quantiles(taken, n=100)


@contextlib.contextmanager
def frozen() -> Iterator[None]:
    """Keep the collector from looking at everything loaded, which it does at every tenth recomputation."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def test_a_scenario_recomputed(measured: Callable[..., None]) -> None:
    cuts = recomputed()
    name = f"a scenario of {OPTIONS} options, {YEARS} years, {len(RESOURCES)} restrictions"
    measured(f"{name}, median of {CHANGES}", cuts[49], "ms of one core", MILLISECONDS)
    measured("  99th percentile", cuts[98], "ms of one core", MILLISECONDS)
    with frozen():
        measured("  99th percentile where what is loaded is frozen", recomputed()[98], "ms of one core")


def test_what_a_scenario_is_made_of(measured: Callable[..., None], monkeypatch: Any) -> None:
    clock = Clock()
    for name in itertools.chain.from_iterable(PARTS.values()):
        monkeypatch.setattr(engine, name, clock.around(name, getattr(engine, name)))
    calculation = CALCULATIONS["scenario"]
    read = clock.around("read", calculation.given.model_validate)
    play = clock.around("rest", engine.scenario)
    write = clock.around("write", lambda told: told.model_dump(mode="json", by_alias=True))
    with frozen():
        for document in itertools.islice(changed(make_scenario(OPTIONS, YEARS)), TAKEN_APART):
            write(play(read(document)))
    measured("  of it, mean: reading the input", clock.taken["read"] * 1000 / TAKEN_APART, "ms")
    for part, names in PARTS.items():
        measured(f"  {part}", sum(clock.taken[name] for name in names) * 1000 / TAKEN_APART, "ms")
    measured("  putting the answer together", clock.taken["rest"] * 1000 / TAKEN_APART, "ms")
    measured("  writing it", clock.taken["write"] * 1000 / TAKEN_APART, "ms")
