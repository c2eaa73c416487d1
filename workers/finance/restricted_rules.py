"""What a restricted resource may pay for: its rule as data, and what the district has confirmed of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import Field

from workers.analyses.labels import resource_name
from workers.analyses.result import Message, sentence
from workers.finance.amounts import Day
from workers.finance.calculation import FiscalYear, Given
from workers.finance.restricted_words import CONDITIONS, PURPOSES

LAST_UNRESTRICTED = "1999"
Code = Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["1000"])]
Range = Annotated[tuple[Code, Code], Field(description="The first and the last code of a range.")]
Name = Annotated[str, Field(min_length=1, max_length=300)]

Standing = Literal["read", "confirmed", "unknown", "ended"]


def is_unrestricted(resource: str) -> bool:
    """Say whether a resource is unrestricted: 0000 to 1999."""
    return resource <= LAST_UNRESTRICTED


class Account(Given):
    """Where a cost stands in the account code structure."""

    fund: Annotated[str, Field(pattern=r"^[0-9]{2}$")] = "01"
    resource: Code = "0000"
    goal: Code = "0000"
    function: Code
    object: Code


class Confirmation(Given):
    """What someone at the district confirms that a resource may pay for.

    It opens a resource whose rule was not read; it adds to one whose rule was.
    """

    resource: Code
    functions: Annotated[tuple[Range, ...], Field(min_length=1, max_length=100)]
    objects: Annotated[tuple[Range, ...], Field(min_length=1, max_length=100)] = (("1000", "5999"),)
    goals: Annotated[tuple[Range, ...], Field(max_length=100)] = ()
    confirmed_by: Name
    on: Day
    document: Name
    not_supplanting: bool = False
    """Whether the named person confirms that existing costs may be moved without replacing other money."""
    through: FiscalYear | None = None
    """The last year in which the money may be spent, where the document gives one."""


@dataclass(frozen=True)
class Selection:
    """Ranges of functions, objects and goals; no goals means any."""

    functions: Sequence[Sequence[str]]
    objects: Sequence[Sequence[str]]
    goals: Sequence[Sequence[str]]

    def holds(self, account: Account) -> bool:
        """Say whether an account is within the ranges."""
        return (
            _within(account.function, self.functions)
            and _within(account.object, self.objects)
            and (not self.goals or _within(account.goal, self.goals))
        )


def _within(code: str, ranges: Iterable[Sequence[str]]) -> bool:
    return any(first <= code <= last for first, last in ranges)


@dataclass(frozen=True)
class Rule:
    """What one resource may pay for in one year, and how far that is settled."""

    resource: str
    standing: Standing
    selections: tuple[Selection, ...]
    supplement: bool
    through: str | None
    source: str | None
    conditions: tuple[Message, ...]
    confirmed_by: str | None

    @property
    def name(self) -> Message:
        """Return what the resource is called."""
        return resource_name(self.resource)

    @property
    def purpose(self) -> Message:
        """Return what the money is for."""
        return PURPOSES.get(self.resource, sentence("what the district confirmed"))

    @property
    def open(self) -> bool:
        """Say whether the money may pay for anything at all."""
        return self.standing in {"read", "confirmed"} and bool(self.selections)

    def may_pay(self, account: Account, *, new: bool) -> bool:
        """Say whether the money may carry a cost.

        Args:
            account: where the cost stands.
            new: whether the service is new or larger, so that no other money paid for it before.
        """
        if not self.open or (self.supplement and not new):
            return False
        return any(selection.holds(account) for selection in self.selections)


@functools.cache
def known() -> dict[str, Any]:
    """Return the rules that were read, and the resources that are known by name only."""
    text = resources.files("workers.finance").joinpath("restricted.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)["resources"]
    return loaded


def rule_of(resource: str, fiscal_year: str, confirmations: Iterable[Confirmation] = ()) -> Rule:
    """Return what a resource may pay for in a year.

    A resource whose rule was not read is unknown and pays for nothing until it is confirmed; one whose last
    year has passed has ended.
    """
    entry = known().get(resource, {"status": "unknown"})
    confirmed = [one for one in confirmations if one.resource == resource]
    selections = []
    if entry["status"] == "read" and entry["pays"]["functions"]:
        pays = entry["pays"]
        selections.append(Selection(pays["functions"], pays["objects"], pays["goals"]))
    selections += [Selection(one.functions, one.objects, one.goals) for one in confirmed]
    extended = [one.through for one in confirmed if one.through is not None]
    through = max(extended) if extended else entry.get("through")
    standing: Standing = "read" if entry["status"] == "read" else "confirmed" if confirmed else "unknown"
    if through is not None and fiscal_year > through:
        standing = "ended"
    return Rule(
        resource=resource,
        standing=standing,
        selections=tuple(selections),
        supplement=bool(entry.get("supplement")) and not any(one.not_supplanting for one in confirmed),
        through=through,
        source="; ".join([*filter(None, [entry.get("source")]), *(one.document for one in confirmed)])
        or None,
        conditions=tuple(CONDITIONS[key] for key in entry.get("conditions", ())),
        confirmed_by=", ".join(one.confirmed_by for one in confirmed) or None,
    )
