"""What keeps a plan from becoming a version, in sentences that say what to mend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tenants.language import Message, message
from workers.planning import inline


@dataclass(frozen=True)
class Problem:
    """Something in the text that has to be settled."""

    said: Message
    section: str
    block_id: int | None = None
    blocking: bool = True
    kind: str = ""
    """`untranslated`, `unchecked` or `stale` for what is counted on the checklist."""


@dataclass(frozen=True)
class Imprint:
    """What a version says of itself."""

    number: str
    kind: str
    board_date: dt.date | None = None
    board_vote: str = ""
    resolution_number: str = ""
    correction_note: str = ""
    heard: bool = False
    """True where comments were received on the versions before, which this one then lists."""


class NotReadyError(ValueError):
    """The plan can't be frozen; `problems` says why, one by one."""

    def __init__(self, problems: list[Problem]) -> None:
        """Hold the problems."""
        super().__init__(f"{len(problems)} problems keep the plan from being frozen")
        self.problems = problems


def text_problems(text: str) -> list[Message]:
    """Return why a text as written can't be kept in a plan: numbers that are not bound, broken references."""
    problems = [
        message(
            "The number {number} is not bound to a result. Insert the figure instead, or mark the number as "
            "stated by the author: {example}",
            number=found,
            example="{{stated:" + found + "}}",
        )
        for found in dict.fromkeys(inline.unbound_numbers(text))
    ]
    problems += [
        message("This is not a reference that can be read: {found}", found=found)
        for found in inline.broken_braces(text)
    ]
    return problems
