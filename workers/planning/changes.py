"""Figures that have another value than when the words around them were written, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants import audit
from tenants.language import PACIFIC, Message, date, message
from tenants.records.options import Option, Priority
from tenants.records.plans import PlanBlock
from tenants.records.runs import Run
from tenants.scope import Scope
from workers.planning import book as books
from workers.planning import inline, writing
from workers.planning.book import RUN_KEY, Book
from workers.planning.words import own

Touched = Mapping[str, tuple[Message, dt.datetime]]
"""Name and last change of each option and priority, by the beginning of its figures' keys."""


@dataclass(frozen=True)
class Changed:
    """A figure in a passage that has moved."""

    key: str
    label: Message
    before: dict[str, Any]
    now: dict[str, Any]
    cause: Message
    new_key: str | None = None
    """Key of the newer figure, where the text names an older run."""


def touched(session: Session, district_id: int, plan_id: int) -> Touched:
    """Return when each option and priority of a plan was changed last, for the causes of changed figures."""
    found: dict[str, tuple[Message, dt.datetime]] = {}
    for stem, kind in (("option", Option), ("priority", Priority)):
        wanted = select(kind.id, kind.title, kind.title_es, kind.updated_at).where(
            kind.district_id == district_id, kind.plan_id == plan_id
        )
        for row in session.execute(wanted):
            found[f"plan/{stem}/{row.id}/"] = (own(row.title, row.title_es), row.updated_at)
    return found


def changed(book: Book, block: PlanBlock, last: Touched | None = None) -> list[Changed]:
    """Return the figures of a passage that moved since it was written or confirmed.

    Args:
        book: the plan with its figures.
        block: the passage.
        last: what `touched` returned, to name the option or priority that was changed and the day.
    """
    notices = []
    for key in dict.fromkeys(bound.key for bound in inline.bound(block.text)):
        figure = book.figure(key)
        if figure is None:
            continue
        newer = book.newer(key)
        if newer is not None and block.figures_seen.get(newer) is None:
            now = book.figure(newer)
            if now is not None:
                cause = why(book.runs[_run_id(key)], book.runs[_run_id(newer)])
                notices.append(Changed(key, figure["label"], figure, now, cause, newer))
        elif key in block.figures_seen and block.figures_seen[key] != figure["value"]:
            before = figure | {"value": block.figures_seen[key]}
            cause = _cause(book, key, block.updated_at, last or {})
            notices.append(Changed(key, figure["label"], before, figure, cause))
    return notices


def _cause(book: Book, key: str, since: dt.datetime, last: Touched) -> Message:
    """Return why a figure of the plan has another value: what it is made of that was changed since."""
    parts = list(_parts(book, key, set()))
    moved = [
        (at, title)
        for stem, (title, at) in last.items()
        if at > since and any(part.startswith(stem) for part in parts)
    ]
    if not moved:
        return message("priorities, options or the outlook changed")
    at, title = max(moved, key=lambda pair: pair[0])
    day = date(at.astimezone(PACIFIC).date())
    if len(moved) == 1:
        return message("“{title}” was changed on {day}", title=title, day=day)
    return message("“{title}” was changed on {day}, and so was what else it is made of", title=title, day=day)


def _parts(book: Book, key: str, seen: set[str]) -> Iterator[str]:
    """Yield a figure's key and those of everything that it is made of."""
    figure = book.figure(key)
    if figure is None or key in seen:
        return
    seen.add(key)
    yield key
    for part in figure["parts"]:
        if "figure" in part:
            yield from _parts(book, part["figure"], seen)


def why(before: Run, now: Run) -> Message:
    """Return why two runs of an analysis differ: data, assumption or method, and since when."""
    day = date(now.created_at.astimezone(PACIFIC).date())
    if before.version != now.version:
        return message("the method was corrected; computed again on {day}", day=day)
    if before.input_digest != now.input_digest:
        return message("newer data were loaded; computed again on {day}", day=day)
    return message("an assumption was changed; computed again on {day}", day=day)


def settle(session: Session, scope: Scope, plan_id: int, block_id: int, *, rebind: bool) -> None:
    """Settle a passage's notices: the sentence still holds, or it takes the newer figures.

    Args:
        session: a transaction of the scope.
        scope: who settles.
        plan_id: the plan.
        block_id: the passage.
        rebind: True to name the newer figures; False to keep the sentence with the older ones.
    """
    block = writing.passage(session, writing.district_of(scope), plan_id, block_id, lock=True)
    book = books.load(session, block.district_id, plan_id)
    for notice in changed(book, block):
        if notice.new_key is not None and rebind:
            block.text = inline.rebind(block.text, notice.key, notice.new_key)
            block.text_es = inline.rebind(block.text_es, notice.key, notice.new_key)
    kept = {
        notice.new_key: notice.now["value"]
        for notice in changed(book, block)
        if notice.new_key is not None and not rebind
    }
    block.figures_seen = writing.seen_values(book, block) | kept
    block.revision += 1
    audit.append(session, scope, "plan:edit", f"plan_block/{block.id}", revision=block.revision)


def _run_id(key: str) -> int:
    match = RUN_KEY.fullmatch(key)
    if match is None:
        raise ValueError(f"{key} names no run")
    return int(match[1])
