"""Threads about what is not to be told on: a measure that became confidential, a version that was taken back.

What the public said stays said on the version that it was said about. A later version's record, the appendix
and the table of comments repeat neither the passage nor the figure. It is worked out from what was published
and from the plan's ordinary options alone, so that it is the same whoever asks.
"""

from __future__ import annotations

import json
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.records.comments import CommentThread
from tenants.records.options import Option
from tenants.records.plans import PlanVersion

_CITES = re.compile(r"plan/option/(\d+)/")


def withheld(session: Session, district_id: int, plan_id: int) -> frozenset[int]:
    """Return the ids of a plan's threads whose passage or figure is not repeated."""
    threads = session.execute(
        select(
            CommentThread.id, CommentThread.version_id, CommentThread.block_id, CommentThread.figure
        ).where(
            CommentThread.district_id == district_id,
            CommentThread.plan_id == plan_id,
            CommentThread.audience == "public",
        )
    ).all()
    if not threads:
        return frozenset()
    ordinary = set(
        session.scalars(
            select(Option.id).where(Option.district_id == district_id, Option.confidential.is_(False))
        )
    )
    cited: dict[tuple[int, int], set[int]] = {}
    back: set[int] = set()
    for version in session.execute(
        select(PlanVersion.id, PlanVersion.state, PlanVersion.content).where(
            PlanVersion.district_id == district_id,
            PlanVersion.id.in_({thread.version_id for thread in threads}),
        )
    ):
        if version.state == "withdrawn":
            back.add(version.id)
        for section in version.content.get("sections", []):
            for block in section["blocks"]:
                cited[version.id, block["id"]] = _options(json.dumps(block))
    return frozenset(
        thread.id
        for thread in threads
        if thread.version_id in back
        or not cited.get((thread.version_id, thread.block_id or 0), set()) | _options(thread.figure or "")
        <= ordinary
    )


def _options(text: str) -> set[int]:
    return {int(number) for number in _CITES.findall(text)}
