"""The cells that are tried: role, resource, act and standing, the empty ones first."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Sequence

from apportion.proof import reading
from apportion.proof.agreed import AgreedRoute, Matrix
from apportion.proof.reading import Standing
from apportion.proof.world import Actor, World

GRANTED_SHARE = 5
"""Of a sample, one cell in so many is one that the matrix grants: refusing everybody proves nothing."""


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell of the matrix, tried by one person on the pages of one place."""

    resource: str
    act: str
    actor: Actor
    standing: Standing
    empty: bool
    """True where the matrix gives the role nothing at all, or the place gives nothing."""

    @property
    def open(self) -> bool:
        """Say whether the place lets the person in at all."""
        return self.standing.place == "house" or self.standing.inside

    @property
    def permission(self) -> str:
        """Return the permission that is the act on the resource, no more and no less."""
        return reading.permission_of(self.resource, self.act)


def every(matrix: Matrix, world: World) -> Iterator[Cell]:
    """Yield every cell: each act that a line knows, each person, each place where the person is tried."""
    for line in matrix.lines.values():
        for act in reading.acts_of(line):
            for actor in world.actors:
                granted = reading.grants(line, actor.role, act)
                for standing in actor.standings():
                    cell = Cell(line.key, act, actor, standing, empty=not granted)
                    yield cell if cell.open else dataclasses.replace(cell, empty=True)


def sample(cells: Sequence[Cell], number: int | None, seed: int) -> list[Cell]:
    """Return so many cells (all where None), the empty ones first, some that are granted among them."""
    dice = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, no secret
    shuffled = list(cells)
    dice.shuffle(shuffled)
    empty = [cell for cell in shuffled if cell.empty]
    granted = [cell for cell in shuffled if not cell.empty]
    if number is None or number >= len(shuffled):
        return empty + granted
    some = min(len(granted), max(number // GRANTED_SHARE, number - len(empty)))
    return empty[: number - some] + granted[:some]


def routes_of(matrix: Matrix, routes: Sequence[AgreedRoute], cell: Cell) -> list[AgreedRoute]:
    """Return the routes through which a cell can be tried: those whose permission has the act in it."""
    found = []
    for route in routes:
        name = reading.name_of(matrix, route.permission)
        # A route that any of several acts opens is tried under the first.
        if name is not None and name.key == cell.resource and name.acts[0] == cell.act:
            found.append(route)
    in_district = cell.standing.place != "house"
    return [route for route in found if ("<int:district_id>" in route.path) == in_district]
