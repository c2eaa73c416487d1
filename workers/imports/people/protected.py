"""Counts of students as everybody else may read them: protected once, when they are loaded, and kept so.

The table of all students by school and grade is one release. Each group by school is another, made under the
assumption that a reader knows every school's total: then neither the group nor those outside of it can be
worked out, and a group's number is shown only where both may be known. What was published of the same year
before counts as known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import pandas as pd

from workers.analyses.small_groups import Key, Number, Published, Release, Shown, protect

ALL = "*"
MOST_CELLS = 1500
"""More cells than these are published as sums by school and by grade alone."""

Place = tuple[str, str, str]
"""School, grade, group; a star is all of them."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """A number as it is published."""

    shown: Shown
    students: int | None


@dataclasses.dataclass(frozen=True)
class Earlier:
    """An earlier set of the same kind and year: its counts, and what was published of them."""

    rows: pd.DataFrame
    published: Mapping[Place, Shape]


def protect_counts(rows: pd.DataFrame, earlier: Iterable[Earlier] = ()) -> dict[Place, Shape]:
    """Return what may be published of a year's counts.

    Args:
        rows: school, grade, student_group and students; the whole is the group `all`, or `enrollment`.
        earlier: sets of the same kind and year that readers may have seen, oldest first.
    """
    before = list(earlier)
    whole = "all" if "all" in set(rows["student_group"]) else "enrollment"
    found: dict[Place, Shape] = {}
    numbers = _grid(rows, whole)
    known = [
        _release(_grid(one.rows, whole), _cells(one.rows, whole), one.published, whole) for one in before
    ]
    release = protect(_cells(rows, whole), numbers, [one for one in known if one.published])
    for each in release.published:
        school, grade = each.number.name.split("\t")
        found[school, grade, whole] = Shape(each.shown, each.count)
    for group in sorted(set(rows["student_group"]) - {whole}):
        found |= _group(rows, whole, group, before)
    return found


def _cells(rows: pd.DataFrame, group: str) -> dict[Key, int]:
    own = rows[rows["student_group"] == group]
    return {
        (str(school), str(grade)): int(students)
        for school, grade, students in zip(own["school"], own["grade"], own["students"], strict=True)
    }


def _grid(rows: pd.DataFrame, group: str) -> list[Number]:
    """Return the numbers of a table by school and grade, with its sums; each set of cells once."""
    cells = _cells(rows, group)
    by_name: dict[str, frozenset[Key]] = {}
    schools = sorted({school for school, _ in cells})
    grades = sorted({grade for _, grade in cells})
    if ALL in grades:
        # Counted by school alone: the cell is the school's sum.
        by_name = {f"{school}\t{ALL}": frozenset({(school, ALL)}) for school in schools}
    else:
        if len(cells) <= MOST_CELLS:
            by_name = {f"{school}\t{grade}": frozenset({(school, grade)}) for school, grade in cells}
        for school in schools:
            by_name[f"{school}\t{ALL}"] = frozenset(key for key in cells if key[0] == school)
        for grade in grades:
            by_name[f"{ALL}\t{grade}"] = frozenset(key for key in cells if key[1] == grade)
    by_name[f"{ALL}\t{ALL}"] = frozenset(cells)
    return [Number(name, keys) for name, keys in by_name.items()]


def _release(
    numbers: list[Number], cells: dict[Key, int], published: Mapping[Place, Shape], group: str
) -> Release:
    told = []
    for number in numbers:
        school, grade = number.name.split("\t")
        shape = published.get((school, grade, group))
        if shape is not None:
            told.append(Published(number, shape.shown, shape.students))
    return Release(tuple(told), cells)


def _by_school(rows: pd.DataFrame, group: str) -> dict[str, int]:
    own = rows[rows["student_group"] == group]
    return {str(school): int(count) for school, count in own.groupby("school")["students"].sum().items()}


def _split(rows: pd.DataFrame, whole: str, group: str) -> dict[Key, int]:
    """Return how many of each school are in a group and how many are not."""
    totals, inside = _by_school(rows, whole), _by_school(rows, group)
    cells: dict[Key, int] = {}
    for school, total in totals.items():
        part = min(inside.get(school, 0), total)
        cells[school, "in"], cells[school, "out"] = part, total - part
    return cells


def _totals(cells: Mapping[Key, int]) -> Release:
    """Return the release that a reader is taken to know: every school's total, and the district's."""
    schools = sorted({school for school, _ in cells})
    numbers = [Number(f"total {school}", frozenset({(school, "in"), (school, "out")})) for school in schools]
    numbers.append(Number("total", frozenset(cells)))
    told = tuple(Published(one, "count", sum(cells[key] for key in one.keys)) for one in numbers)
    return Release(told, dict(cells))


def _sides(cells: Mapping[Key, int]) -> list[Number]:
    numbers = [Number("\t".join(key), frozenset({key})) for key in cells]
    numbers += [
        Number(f"{ALL}\t{side}", frozenset(key for key in cells if key[1] == side)) for side in ("in", "out")
    ]
    return numbers


def _group(rows: pd.DataFrame, whole: str, group: str, before: list[Earlier]) -> dict[Place, Shape]:
    cells = _split(rows, whole, group)
    known = [_totals(cells)]
    for one in before:
        old = _split(one.rows, whole, group)
        told = tuple(
            Published(number, shape.shown, shape.students)
            for number in _sides(old)
            if number.name.endswith("\tin")
            and (shape := one.published.get((number.name.split("\t")[0], ALL, group))) is not None
        )
        known += [_totals(old), Release(told, old)]
    release = protect(cells, _sides(cells), known)
    shown = {each.number.name: each for each in release.published}
    found: dict[Place, Shape] = {}
    for school in [*sorted({key[0] for key in cells}), ALL]:
        inside, outside = shown[f"{school}\tin"], shown[f"{school}\tout"]
        if inside.shown == "count" and outside.shown == "count":
            found[school, ALL, group] = Shape("count", inside.count)
        else:
            found[school, ALL, group] = Shape("fewer" if inside.shown == "fewer" else "withheld", None)
    return found
