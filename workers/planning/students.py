"""How many students a priority reaches, told so that no group of fewer than 11 can be read or worked out.

In a plan's text, figures, versions, files and searches a small group is protected whoever looks; on the
pages of priorities the count is shown to those who may know small groups of the district.

Source: users and pages, rule 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tenants.records.plan_entries import PriorityEntry
from tenants.scope import Scope
from workers.analyses.small_groups import SMALLEST, Key, Number, protect


def told(priorities: Iterable[PriorityEntry]) -> dict[int, int | None]:
    """Return by priority how many students it reaches, None where the number is protected.

    Priorities without a number are left out. All of them are protected together, as one table.
    """
    known: dict[Key, int] = {
        (str(each.id),): each.students_reached for each in priorities if each.students_reached is not None
    }
    release = protect(known, [Number(key[0], frozenset({key})) for key in known])
    return {int(each.number.name): each.count for each in release.published}


def shown(scope: Scope, district_id: int, priorities: Iterable[PriorityEntry]) -> dict[int, int | None]:
    """Return what a person may know of it: the counts themselves, or those of `told`."""
    entries = list(priorities)
    if district_id in scope.small_group:
        return {each.id: each.students_reached for each in entries if each.students_reached is not None}
    return told(entries)


def kept(
    scope: Scope, district_id: int, before: Mapping[int, PriorityEntry], priority_id: int, given: int | None
) -> int | None:
    """Return the number to keep when a priority is saved.

    A number that was never shown to who saves is left blank, and stays as it was.
    """
    held = before.get(priority_id)
    if given is not None or held is None or held.students_reached is None:
        return given
    hidden = shown(scope, district_id, [held])[priority_id] is None
    return held.students_reached if hidden else None


def is_small(count: int | None) -> bool:
    """Say whether a count is of a group that is protected."""
    return count is not None and count < SMALLEST
