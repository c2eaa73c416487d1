"""Sorting what was received: tags, and groups of threads that a person found to say the same.

Neither changes what is counted: a tagged or grouped comment stays one comment, in exactly one state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.records.comments import CommentGroup, CommentTag, CommentThread
from tenants.scope import Scope
from workers.comments.conversation import UnknownThreadError, log
from workers.comments.texts import clean

LONGEST_TAG = 40
LONGEST_GROUP = 80


class NameRefusedError(ValueError):
    """A tag's or group's name that is empty or too long; `limit` is the number of characters."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"1 to {limit} characters")
        self.limit = limit


def tag(session: Session, scope: Scope, threads: Iterable[int], name: str) -> int:
    """Put a tag on public threads.

    Args:
        session: Transaction of a staff member's or coach's scope.
        scope: Who tags; its district is written.
        threads: The threads.
        name: The tag; case is kept, but `Bus` and `bus` are one tag: the form first used stays.

    Returns:
        On how many threads it is new.

    Raises:
        NameRefusedError: No name, or more than `LONGEST_TAG` characters.
        UnknownThreadError: One of the threads is not there.
    """
    wanted = _name(name, LONGEST_TAG)
    known = {each.casefold(): each for each in known_tags(session, scope.district_id or 0)}
    wanted = known.get(wanted.casefold(), wanted)
    new = 0
    for thread in _threads(session, scope, threads):
        added = session.scalar(
            insert(CommentTag)
            .values(
                district_id=thread.district_id, thread_id=thread.id, tag=wanted, tagged_by=scope.person_id
            )
            .on_conflict_do_nothing()
            .returning(CommentTag.thread_id)
        )
        if added is not None:
            log(session, thread, "tagged", person_id=scope.person_id, note=wanted)
            new += 1
    return new


def untag(session: Session, scope: Scope, thread_id: int, name: str) -> None:
    """Take a tag off a thread; the record keeps that it was there."""
    (thread,) = _threads(session, scope, [thread_id])
    removed = session.scalar(
        delete(CommentTag)
        .where(
            CommentTag.district_id == thread.district_id,
            CommentTag.thread_id == thread.id,
            CommentTag.tag == name,
        )
        .returning(CommentTag.thread_id)
    )
    if removed is not None:
        log(session, thread, "untagged", person_id=scope.person_id, note=name)


def group(session: Session, scope: Scope, threads: Iterable[int], name: str) -> int:
    """Put threads into the group of a name, which is made if the plan has none; return how many moved.

    Raises:
        NameRefusedError: No name, or more than `LONGEST_GROUP` characters.
        UnknownThreadError: One of the threads is not there.
    """
    wanted = _name(name, LONGEST_GROUP)
    moved = 0
    for thread in _threads(session, scope, threads):
        known = {held.name.casefold(): held for held in groups(session, thread.district_id, thread.plan_id)}
        held = known.get(wanted.casefold())
        if held is None:
            held = CommentGroup(
                district_id=thread.district_id,
                plan_id=thread.plan_id,
                name=wanted,
                created_by=scope.person_id,
            )
            session.add(held)
            session.flush()
        if thread.group_id != held.id:
            thread.group_id = held.id
            log(session, thread, "grouped", person_id=scope.person_id, note=held.name)
            moved += 1
    session.flush()
    return moved


def ungroup(session: Session, scope: Scope, thread_id: int) -> None:
    """Take a thread out of its group."""
    (thread,) = _threads(session, scope, [thread_id])
    if thread.group_id is not None:
        thread.group_id = None
        log(session, thread, "ungrouped", person_id=scope.person_id)


def groups(session: Session, district_id: int, plan_id: int) -> list[CommentGroup]:
    """Return a plan's groups by name."""
    rows = session.scalars(
        select(CommentGroup)
        .where(CommentGroup.district_id == district_id, CommentGroup.plan_id == plan_id)
        .order_by(CommentGroup.name, CommentGroup.id)
    )
    return list(rows)


def members(session: Session, district_id: int, group_id: int) -> list[int]:
    """Return the threads of a group."""
    rows = session.scalars(
        select(CommentThread.id)
        .where(CommentThread.district_id == district_id, CommentThread.group_id == group_id)
        .order_by(CommentThread.id)
    )
    return list(rows)


def tags(session: Session, district_id: int, thread_id: int | None = None) -> dict[int, list[str]]:
    """Return the tags of each tagged thread of a district, or of one thread, in order of the alphabet."""
    wanted = select(CommentTag.thread_id, CommentTag.tag).where(CommentTag.district_id == district_id)
    if thread_id is not None:
        wanted = wanted.where(CommentTag.thread_id == thread_id)
    found: dict[int, list[str]] = defaultdict(list)
    for row in session.execute(wanted.order_by(CommentTag.tag)):
        found[row.thread_id].append(row.tag)
    return found


def known_tags(session: Session, district_id: int) -> list[str]:
    """Return the tags that a district uses."""
    rows = session.scalars(
        select(CommentTag.tag)
        .where(CommentTag.district_id == district_id)
        .distinct()
        .order_by(CommentTag.tag)
    )
    return list(rows)


def _threads(session: Session, scope: Scope, threads: Iterable[int]) -> list[CommentThread]:
    wanted = sorted(set(threads))
    found = session.scalars(
        select(CommentThread)
        .where(
            CommentThread.district_id == scope.district_id,
            CommentThread.id.in_(wanted),
            CommentThread.audience == "public",
        )
        .order_by(CommentThread.id)
        .with_for_update()
    ).all()
    if not wanted or len(found) != len(wanted):
        raise UnknownThreadError(wanted)
    return list(found)


def _name(typed: str, limit: int) -> str:
    name = clean(typed, lines=False)
    if not name or len(name) > limit:
        raise NameRefusedError(limit)
    return name
