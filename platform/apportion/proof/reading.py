"""A second reading of the matrix: who may do what, worked out from the agreed text alone.

Nothing here asks `tenants.roles`: an answer of the platform that both readings share by accident would prove
nothing. The rules are those that `docs/permissions.md` prints.
"""

from __future__ import annotations

import dataclasses
import enum

from apportion.proof.agreed import VERBS, Line, Matrix, Name

CABINET = frozenset({"SUP", "CBO", "CAO", "HR", "SED"})
COACHES = frozenset({"FLD", "FCO"})
_REACH = {
    "progress": CABINET | {"PRI", "BRD", "COM"},
    "cabinet": CABINET,
    "staff": CABINET,
    "published": CABINET | {"PRI", "BRD", "COM"},
    "board": frozenset({"BRD"}),
    "principal": frozenset({"PRI"}),
}
_REACH_OF_HEADS = {
    "personnel": frozenset({"HR", "CBO"}),
    "small_group": frozenset({"CBO", "CAO", "SED"}),
    "confidential": frozenset({"SUP", "CBO", "HR"}),
}
"""Classes that a head's contributors do not reach."""
_REACH_OF_COACHES = {"progress": 1, "cabinet": 2, "published": 2}
"""Classes that an engagement opens, from which level on."""
_OPENS = {
    "n": "progress",
    "own_school": "progress",
    "r": "published",
    "published": "published",
    "dates": "published",
    "answers": "board",
}
"""Limits under which another class suffices."""
_BESIDE_VIEW = frozenset({"St", "o", "pay", "two", "second_person"})
SUPPORT: dict[str, tuple[str, ...]] = {
    "none": (),
    "requested": ("data", "plan"),
    "granted": ("data", "analyses", "plan", "comments", "settings"),
    "narrow": ("comments",),
    "ended": ("data", "plan"),
    "expired": ("data", "plan"),
}
"""What may become of a support grant, with the areas it names; `granted` and `narrow` are open."""
_OPEN_GRANTS = frozenset({"granted", "narrow"})
_SIGNS = frozenset("ASM")
"""Acts that no contributor does."""


class Answer(enum.StrEnum):
    """What the platform may answer."""

    ALLOWED = "allowed"
    REFUSED = "refused with a sentence"
    ABSENT = "not found"
    OUTSIDE = "not signed in"
    FAILED = "a failure"
    UNCLEAR = "an answer that tells neither"


@dataclasses.dataclass(frozen=True)
class Standing:
    """Who stands where: a role with its attributes, on the pages of one place."""

    role: str
    place: str
    """`own`, `other`, `house` (an organization's own pages), `level 1` to `level 4`, an engagement that gives
    nothing: `ended`, `not begun`, `ran out`, `not named`, or `support` with what became of the grant."""
    steward: bool = False
    contributor: bool = False
    former: bool = False
    """Whether the membership has ended."""

    @property
    def level(self) -> int | None:
        """Return the engagement level of the place."""
        return int(self.place[6:]) if self.place.startswith("level ") else None

    @property
    def grant(self) -> str:
        """Return what became of the support grant of the place; empty where there was none to ask for."""
        return self.place.removeprefix("support ") if self.place.startswith("support ") else ""

    @property
    def inside(self) -> bool:
        """Say whether the place is a district that lets this person in."""
        if self.former:
            return False
        if self.role in COACHES:
            return self.level is not None
        if self.grant:
            return self.grant in _OPEN_GRANTS
        return self.role != "PAD" and self.place in {"own", "house"}

    def __str__(self) -> str:
        attributes = [
            word
            for word, holds in (
                ("steward", self.steward),
                ("contributor", self.contributor),
                ("former member", self.former),
            )
            if holds
        ]
        return ", ".join([self.place, *attributes])


@dataclasses.dataclass(frozen=True)
class _Leave:
    limits: frozenset[str]
    level: int | None


def acts_of(line: Line) -> list[str]:
    """Return the acts that a line knows, in the order in which they first stand in it."""
    found: dict[str, None] = {}
    for cell in line.cells.values():
        found.update(dict.fromkeys(_leaves(cell, line.level)))
    return list(found)


def grants(line: Line, role: str, act: str) -> bool:
    """Say whether a cell grants an act at all, under whatever limits."""
    return act in _leaves(line.cells[role], line.level)


def permission_of(key: str, act: str) -> str:
    """Return the permission's name for an act on a line."""
    return f"{key}:{VERBS.get(act, act)}"


def name_of(matrix: Matrix, permission: str) -> Name | None:
    """Return what a permission's name stands for, or None where the agreement has none."""
    if permission in matrix.names:
        return matrix.names[permission]
    key, _, verb = permission.partition(":")
    line = matrix.lines.get(key)
    act = next((letter for letter, word in VERBS.items() if word == verb), verb)
    return Name(key, (act,)) if line is not None and act in acts_of(line) else None


def expected(matrix: Matrix, standing: Standing, name: Name, serves: frozenset[str] = frozenset()) -> Answer:
    """Return what must be answered to a standing that asks for a permission.

    Args:
        matrix: the agreed matrix.
        standing: who asks, where.
        name: what the permission stands for.
        serves: limits that the asking route keeps to by itself.
    """
    if standing.place != "house" and not standing.inside:
        return Answer.ABSENT
    if standing.grant:
        # Looking alone, at the lines of the areas that the grant names; and the page that says so.
        lent = {key for area in SUPPORT[standing.grant] for key in matrix.lent[area]}
        looks = name.key in lent and "V" in name.acts
        told = name.key == "support_grant" and "use" in name.acts
        return Answer.ALLOWED if looks or told else Answer.REFUSED
    line = matrix.lines[name.key]
    kept = line.rows | name.serves | serves
    may = any(_may(line, standing, act, kept) for act in name.acts)
    return Answer.ALLOWED if may and not standing.former else Answer.REFUSED


def _may(line: Line, standing: Standing, act: str, kept: frozenset[str]) -> bool:
    leave = _leaves(line.cells[standing.role], line.level).get(act)
    if leave is None:
        return False
    if standing.contributor and act in _SIGNS:
        return False
    if leave.level is not None and standing.level is not None and standing.level < leave.level:
        return False
    # Of the records nothing is known when a route asks: what they would have to meet is not met.
    met = kept | ({"St"} if standing.steward else frozenset()) | {"e"}
    return leave.limits <= met and _reaches(line, standing, leave.limits)


def _reaches(line: Line, standing: Standing, limits: frozenset[str]) -> bool:
    if line.information == "none":
        return True
    wanted = {_OPENS[limit] for limit in limits if limit in _OPENS}
    if not wanted or "n" in limits:
        wanted = wanted | set(line.information.split())
    return standing.inside and any(_class_open(standing, each) for each in wanted)


def _class_open(standing: Standing, information: str) -> bool:
    if standing.level is not None:
        return standing.level >= _REACH_OF_COACHES.get(information, 5)
    if information in _REACH_OF_HEADS:
        return standing.role in _REACH_OF_HEADS[information] and not standing.contributor
    return standing.role in _REACH.get(information, frozenset())


def _leaves(cell: str, level: int) -> dict[str, _Leave]:
    """Read a cell: each act with the limits that bind it."""
    found: dict[str, _Leave] = {}
    for clause in [] if cell == "–" else cell.split(", "):
        words = clause.split()
        acts = _acts(words[0])
        rest = words[1:]
        while rest and (rest[0] in VERBS or (rest[0].isupper() and set(rest[0]) <= set(VERBS))):
            acts += _acts(rest.pop(0))
        from_level = None
        limits = set()
        for word in rest:
            if word[0] == "e" and word[1:] in {"", "1", "2", "3", "4"}:
                from_level = int(word[1:] or level)
            else:
                limits.add(word)
        for act in acts:
            binding = {limit for limit in limits if _binds(limit, act, alone=len(acts) == 1)}
            found[act] = _Leave(frozenset(binding), from_level)
    return found


def _acts(word: str) -> list[str]:
    return list(word) if word.isupper() and set(word) <= set(VERBS) else [word]


def _binds(limit: str, act: str, *, alone: bool) -> bool:
    if limit.startswith("as_"):
        return act == "C"
    if limit == "o" and act == "C":
        return False
    if act == "V" and limit in _BESIDE_VIEW:
        # Without the steward attribute a cell falls back to viewing.
        return alone and limit != "St"
    return True
