"""Readers' support of one another's comments: one mark for each browser, taken back by a second press.

Support is no vote and decides nothing; it tells staff that more than one reader said so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.records.comments import CommentSupport


def mark_hash(mark: str) -> bytes:
    """Return the hash under which a browser's mark is stored."""
    return hashlib.sha256(f"support/{mark}".encode()).digest()


def turn(session: Session, district_id: int, thread_id: int, mark: str) -> bool:
    """Count a browser among a thread's supporters, or take it out if it is one.

    Args:
        session: Transaction of the district's upkeep scope.
        district_id: The district.
        thread_id: A public thread that the reader sees.
        mark: What the browser holds.

    Returns:
        Whether it is counted now.
    """
    added = session.scalar(
        insert(CommentSupport)
        .values(district_id=district_id, thread_id=thread_id, mark=mark_hash(mark))
        .on_conflict_do_nothing()
        .returning(CommentSupport.thread_id)
    )
    if added is not None:
        return True
    session.execute(
        delete(CommentSupport).where(
            CommentSupport.district_id == district_id,
            CommentSupport.thread_id == thread_id,
            CommentSupport.mark == mark_hash(mark),
        )
    )
    return False


def counts(session: Session, district_id: int, threads: Iterable[int] | None = None) -> dict[int, int]:
    """Return how many support each thread of a district that has supporters; of these threads if named."""
    wanted = select(CommentSupport.thread_id, func.count()).where(CommentSupport.district_id == district_id)
    if threads is not None:
        wanted = wanted.where(CommentSupport.thread_id.in_(list(threads)))
    return {row[0]: row[1] for row in session.execute(wanted.group_by(CommentSupport.thread_id))}


def own(session: Session, district_id: int, mark: str) -> set[int]:
    """Return the threads that a browser supports."""
    return set(
        session.scalars(
            select(CommentSupport.thread_id).where(
                CommentSupport.district_id == district_id, CommentSupport.mark == mark_hash(mark)
            )
        )
    )
