"""Figures that have another value than when the words around them were written, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from tenants import audit
from tenants.language import Message, message
from tenants.records.plans import PlanBlock
from tenants.records.runs import Run
from tenants.scope import Scope
from workers.planning import book as books
from workers.planning import inline, writing
from workers.planning.book import RUN_KEY, Book


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


def changed(book: Book, block: PlanBlock) -> list[Changed]:
    """Return the figures of a passage that moved since it was written or confirmed."""
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
            cause = message("priorities, options or the outlook changed")
            notices.append(Changed(key, figure["label"], before, figure, cause))
    return notices


def why(before: Run, now: Run) -> Message:
    """Return why two runs of an analysis differ: data, assumption or method."""
    if before.version != now.version:
        return message("the method was corrected")
    if before.input_digest != now.input_digest:
        return message("newer data were loaded")
    return message("an assumption was changed")


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
