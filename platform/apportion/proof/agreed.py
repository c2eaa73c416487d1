"""What was agreed: the matrix as it was written down once more, and the permission of each route.

Both stand in text files beside this module, not in the code that enforces them, so that a cell that somebody
widened, or a route that names a weaker permission, is found by comparison. `agreed_matrix.txt` is kept by
hand; `python -m apportion.proof.agreed > platform/apportion/proof/agreed_routes.txt` writes the other anew,
and the change shows as a line in review.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Iterator
from importlib import resources

VERBS = {
    "V": "view",
    "C": "create",
    "E": "edit",
    "R": "run",
    "A": "approve",
    "S": "share",
    "M": "manage",
    "X": "export",
    "D": "remove",
}
"""The verb that a letter gives to a permission's name; an act that is a word is its own verb."""
OPEN = frozenset({"everyone", "signed_in", "visitor"})
"""What routes name that ask for no line of the matrix."""


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of the matrix as it was agreed."""

    key: str
    information: str
    """Class of the records behind it, with other arrays that let somebody in; or `none`."""
    level: int
    """Engagement level from which on a plain `e` holds."""
    rows: frozenset[str]
    """Limits that row-level security keeps to."""
    cells: dict[str, str]
    """Each role's cell."""


@dataclasses.dataclass(frozen=True)
class Name:
    """What a permission's name stands for: any of some acts on a line, within limits that it keeps to."""

    key: str
    acts: tuple[str, ...]
    serves: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class AgreedRoute:
    """A route and the permission that it must name."""

    method: str
    path: str
    permission: str
    serves: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Matrix:
    """The agreed matrix: roles in order, lines, and the names that people use for permissions."""

    roles: tuple[str, ...]
    lines: dict[str, Line]
    names: dict[str, Name]
    lent: dict[str, tuple[str, ...]]
    """The lines that each area of a support grant opens for viewing."""


@functools.cache
def matrix() -> Matrix:
    """Read the agreed matrix."""
    roles: tuple[str, ...] = ()
    lines: dict[str, Line] = {}
    names: dict[str, Name] = {}
    lent: dict[str, tuple[str, ...]] = {}
    for row in _rows("agreed_matrix.txt"):
        kind, *fields = row
        if kind == "roles":
            roles = tuple(fields[0].split())
        elif kind == "name":
            permission, key, acts, serves = fields
            names[permission] = Name(key, tuple(acts.split()), _words(serves))
        elif kind == "lent":
            area, keys = fields
            lent[area] = tuple(keys.split())
        else:
            information, level, rows, cells = fields
            parts = [cell.strip() for cell in cells.split("|")]
            if len(parts) != len(roles):
                raise ValueError(f"agreed_matrix.txt: {kind} has {len(parts)} cells for {len(roles)} roles")
            lines[kind] = Line(
                kind, information, int(level), _words(rows), dict(zip(roles, parts, strict=True))
            )
    return Matrix(roles, lines, names, lent)


@functools.cache
def routes() -> tuple[AgreedRoute, ...]:
    """Read the agreed routes."""
    found = []
    for address, permission, serves in _rows("agreed_routes.txt"):
        method, _, path = address.partition(" ")
        found.append(AgreedRoute(method, path, permission, _words(serves)))
    return tuple(found)


def printed_routes() -> str:
    """Return the routes of the application as the file holds them."""
    # The application is built for its routes alone: nothing connects.
    from apportion.app import create_app  # noqa: PLC0415 - the reading of the files needs no application
    from apportion.routing import routes as routes_of  # noqa: PLC0415
    from tenants.settings import Settings  # noqa: PLC0415

    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    app = create_app(Settings.from_environment({**nowhere, "APPORTION_SECRET_KEYS": "for-routes-alone" * 4}))
    lines = sorted(
        f"{method} {route.path} ; {route.permission} ; {' '.join(sorted(route.serves)) or '-'}"
        for route in routes_of(app)
        for method in route.methods
        if route.path != "/static/<path:filename>"
    )
    head = "# Every route, the permission that it names, and the limits that it serves: see agreed.py.\n"
    return head + "\n".join(lines) + "\n"


def _rows(name: str) -> Iterator[list[str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield [field.strip() for field in line.split(" ; ")]


def _words(field: str) -> frozenset[str]:
    return frozenset() if field == "-" else frozenset(field.split())


if __name__ == "__main__":
    sys.stdout.write(printed_routes())
