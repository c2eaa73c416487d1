"""Counts of students, published so that no group of fewer than 11 can be worked out: a pure function.

Every published number is a sum over the finest counts (a school's students of one group, say). What is
below 11 is shown as "fewer than 11". A linear program then plays the reader who knows everything that was
ever published and looks for the least and the most that each protected number can be; as long as the two
are less than AGREED_WIDTH apart, a further number that pins them down is withheld. Earlier releases can't
be taken back, so they count as known. Removing numbers only ever widens bounds, which is why one pass
suffices.

Sources: users and pages, rule 5; the threshold is the state's (Ed Data and DataQuest show no group below 11).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

SMALLEST = 11
"""The least number of students that is shown."""
AGREED_WIDTH = 5
"""No protected number can be bounded more closely than this many students."""

Key = tuple[str, ...]
"""One of the finest counts, such as (fiscal year, school, group)."""
Shown = Literal["count", "fewer", "withheld"]


@dataclasses.dataclass(frozen=True)
class Number:
    """A number to publish: its place in the table, and the finest counts that it adds up."""

    name: str
    keys: frozenset[Key]


@dataclasses.dataclass(frozen=True)
class Published:
    """A number as readers get it: the count, or only that it is below 11, or nothing."""

    number: Number
    shown: Shown
    count: int | None


@dataclasses.dataclass(frozen=True)
class Release:
    """What was published at one time, with the counts that stood behind it (never published themselves)."""

    published: tuple[Published, ...]
    counts: Mapping[Key, int]

    def __getitem__(self, name: str) -> Published:
        """Return a published number by its name."""
        return next(each for each in self.published if each.number.name == name)


@dataclasses.dataclass(frozen=True)
class Bounds:
    """The least and the most that a number can be, for who knows all releases."""

    least: float
    most: float

    @property
    def width(self) -> float:
        """Return how far apart the two are."""
        return self.most - self.least


class InconsistentReleasesError(ValueError):
    """What was published does not fit together, so that nothing can be said about what it tells."""


def grid(rows: Sequence[str], columns: Sequence[str], prefix: Key = ()) -> list[Number]:
    """Return the numbers of a table with its sums: every cell, row, column, and the whole."""
    numbers = [
        Number(f"{row}/{column}", frozenset({(*prefix, row, column)})) for row in rows for column in columns
    ]
    numbers += [Number(f"{row}/*", frozenset((*prefix, row, column) for column in columns)) for row in rows]
    numbers += [
        Number(f"*/{column}", frozenset((*prefix, row, column) for row in rows)) for column in columns
    ]
    everything = frozenset((*prefix, row, column) for row in rows for column in columns)
    return [*numbers, Number("*/*", everything)]


def protect(counts: Mapping[Key, int], numbers: Sequence[Number], earlier: Sequence[Release] = ()) -> Release:
    """Return a release of the numbers from which no group below 11 can be worked out.

    Args:
        counts: the finest counts, none below zero.
        numbers: what is to be published; names are unique.
        earlier: releases that readers hold already. A count that has not changed since is the same count.

    Raises:
        ValueError: a count is below zero or missing, or two numbers have one name.
    """
    if any(count < 0 for count in counts.values()):
        raise ValueError("a count of students is never below zero")
    if len({number.name for number in numbers}) != len(numbers):
        raise ValueError("two numbers have one name")
    values = {number.name: sum(counts[key] for key in number.keys) for number in numbers}
    shown: dict[str, Shown] = {
        name: "fewer" if value < SMALLEST else "count" for name, value in values.items()
    }

    def release() -> Release:
        return Release(
            tuple(
                Published(
                    number, shown[number.name], values[number.name] if shown[number.name] == "count" else None
                )
                for number in numbers
            ),
            dict(counts),
        )

    # The same number may have been protected before; what it was then stays protected too.
    protected = [(counts, number) for number in numbers if values[number.name] < SMALLEST]
    protected += [
        (old.counts, each.number) for old in earlier for each in old.published if each.shown == "fewer"
    ]
    for behind, number in protected:
        while True:
            reader = Reader([*earlier, release()])
            bounds, telling = reader.bounds(behind, number.keys)
            if bounds.width >= AGREED_WIDTH:
                break
            at = _weakest(telling, values, shown)
            if at is None:
                # Nothing of this release tells it: earlier ones do, and they can't be taken back.
                break
            shown[at] = "withheld"
    return release()


def _weakest(
    telling: Iterable[tuple[int, str]], values: Mapping[str, int], shown: Mapping[str, Shown]
) -> str | None:
    """Return the number to withhold next: of those that pin the protected one down, the smallest count."""
    newest = max((release for release, _ in telling), default=-1)
    names = {name for release, name in telling if release == newest and name in values}
    open_ones = [name for name in names if shown[name] != "withheld"]
    counts = [name for name in open_ones if shown[name] == "count"]
    return min(counts or open_ones, key=lambda name: (values[name], name), default=None)


class Reader:
    """Somebody who holds all releases and solves for what they don't say."""

    def __init__(self, releases: Sequence[Release]) -> None:
        self._releases = releases
        self._columns: dict[tuple[Key, int], int] = {}
        rows: list[int] = []
        columns: list[int] = []
        self._least: list[float] = []
        self._most: list[float] = []
        self._said: list[tuple[int, str]] = []
        for position, release in enumerate(releases):
            for each in release.published:
                if each.shown == "withheld":
                    continue
                row = len(self._said)
                self._said.append((position, each.number.name))
                for key in each.number.keys:
                    rows.append(row)
                    columns.append(self._column(key, release.counts[key]))
                self._least.append(0 if each.count is None else each.count)
                self._most.append(SMALLEST - 1 if each.count is None else each.count)
        self._rows, self._column_of_row = rows, columns

    def _column(self, key: Key, count: int) -> int:
        """Return a finest count's column; one that changed between releases is another one."""
        return self._columns.setdefault((key, count), len(self._columns))

    def bounds(self, counts: Mapping[Key, int], keys: Iterable[Key]) -> tuple[Bounds, list[tuple[int, str]]]:
        """Return the bounds of a sum of finest counts, and which published numbers pin it down.

        Raises:
            InconsistentReleasesError: no counts at all fit what was published.
        """
        wanted = [self._columns.get((key, counts[key])) for key in keys]
        if any(column is None for column in wanted):
            return Bounds(0, float("inf")), []
        objective = np.zeros(len(self._columns))
        objective[[column for column in wanted if column is not None]] = 1
        ends: list[float] = []
        telling: set[int] = set()
        for sign in (1, -1):
            value, rows = self._solve(sign * objective)
            ends.append(sign * value)
            telling |= rows
        return Bounds(ends[0], ends[1]), [self._said[row] for row in sorted(telling)]

    def _solve(self, objective: np.ndarray) -> tuple[float, set[int]]:
        # Most tables have no small group: a web process that never meets one need not hold the solver.
        from scipy.optimize import linprog  # noqa: PLC0415
        from scipy.sparse import csr_array  # noqa: PLC0415

        shape = (len(self._said), len(self._columns))
        matrix = csr_array((np.ones(len(self._rows)), (self._rows, self._column_of_row)), shape=shape)
        least, most = np.array(self._least), np.array(self._most)
        exact = np.flatnonzero(least == most)
        loose = np.flatnonzero(least != most)
        found = linprog(
            objective,
            A_ub=matrix[loose] if len(loose) else None,
            b_ub=most[loose] if len(loose) else None,
            A_eq=matrix[exact] if len(exact) else None,
            b_eq=most[exact] if len(exact) else None,
            bounds=(0, None),
            method="highs",
        )
        if found.status == 3:
            return -float("inf"), set()
        if found.status != 0:
            raise InconsistentReleasesError(found.message)
        telling = {int(exact[i]) for i in np.flatnonzero(np.abs(found.eqlin.marginals) > 1e-9)}
        telling |= {int(loose[i]) for i in np.flatnonzero(np.abs(found.ineqlin.marginals) > 1e-9)}
        return float(found.fun), telling
