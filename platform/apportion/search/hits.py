"""What a search found, in groups; and how many of each are shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from apportion.search.words import Part, Query

SHOWN = 8


@dataclasses.dataclass(frozen=True)
class Hit:
    """One thing found: its name, the words around what was looked for, and where it stands."""

    title: tuple[Part, ...]
    excerpt: tuple[Part, ...]
    address: str
    note: str = ""
    """What it is, where the title does not say: a fiscal year, an author."""


@dataclasses.dataclass(frozen=True)
class Group:
    """Things of one kind, the best first."""

    title: str
    hits: tuple[Hit, ...]
    more: bool
    """Whether more of this kind were found than are shown; all of them are for this person to see."""


def hit(query: Query, title: str, address: str, texts: Iterable[str] = (), note: str = "") -> Hit:
    """Return a hit with what was looked for marked in title and excerpt."""
    return Hit(tuple(query.marked(title)), query.excerpt(texts), address, note)


def group(title: str, found: Sequence[Hit]) -> Group:
    """Return a group of the first hits."""
    return Group(title, tuple(found[:SHOWN]), len(found) > SHOWN)
