"""Where each thread's passage stands in a version: worked out once after each new version, kept with it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from reports.document import Document, plain_text
from tenants.language import message
from tenants.records.comments import CommentPlacement, CommentThread
from tenants.records.plans import PlanVersion
from workers.comments.anchoring import LOST, Anchor, Placement, place
from workers.kinds import JobRefused, RunningJob, job_kind


def placement_of(thread: CommentThread, version_id: int, document: Document) -> Placement:
    """Return where a thread's matter stands in a version.

    A comment on the plan as a whole stands in every version; one on a figure where that figure is printed;
    one on a passage where `anchoring.place` finds it, and in its own version exactly where it was made.
    """
    if thread.about == "plan":
        return Placement("exact")
    if thread.about == "figure":
        known = any(figure.stable_key == thread.figure for figure in document.figures.values())
        return Placement("exact") if known else LOST
    if thread.version_id == version_id:
        return Placement("exact", thread.start, thread.end)
    block = document.block(thread.block_id) if thread.block_id is not None else None
    anchor = Anchor(
        thread.block_id or 0, thread.quotation, thread.before, thread.after, thread.start, thread.end
    )
    return place(anchor, plain_text(block, thread.language) if block is not None else None)


def placements(
    session: Session, district_id: int, version_id: int, document: Document, threads: Iterable[CommentThread]
) -> dict[int, Placement]:
    """Return the placement of each thread in a version: as kept, or worked out where none is kept yet."""
    kept = {
        row.thread_id: Placement(row.how, row.start, row.end)  # type: ignore[arg-type]
        for row in session.scalars(
            select(CommentPlacement).where(
                CommentPlacement.district_id == district_id, CommentPlacement.version_id == version_id
            )
        )
    }
    return {
        thread.id: kept.get(thread.id) or placement_of(thread, version_id, document) for thread in threads
    }


def place_all(session: Session, district_id: int, version_id: int) -> dict[str, int]:
    """Keep the placement of every thread of a plan in one of its versions.

    Args:
        session: Transaction that may write in the district.
        district_id: The district.
        version_id: The version.

    Returns:
        How many threads stand exact, moved, approximate and lost.

    Raises:
        LookupError: The version is not there.
    """
    version = session.scalar(
        select(PlanVersion).where(PlanVersion.district_id == district_id, PlanVersion.id == version_id)
    )
    if version is None:
        raise LookupError(version_id)
    document = Document.from_json(version.content)
    counts = {"exact": 0, "moved": 0, "approximate": 0, "lost": 0}
    threads = session.scalars(
        select(CommentThread).where(
            CommentThread.district_id == district_id, CommentThread.plan_id == version.plan_id
        )
    )
    for thread in threads:
        placed = placement_of(thread, version_id, document)
        counts[placed.how] += 1
        values = {"how": placed.how, "start": placed.start, "end": placed.end}
        session.execute(
            insert(CommentPlacement)
            .values(district_id=district_id, thread_id=thread.id, version_id=version_id, **values)
            .on_conflict_do_update(index_elements=["district_id", "thread_id", "version_id"], set_=values)
        )
    return counts


@job_kind("place_comments", queue="light", limit_seconds=300, rights="upkeep")
def place_comments(job: RunningJob) -> dict[str, int]:
    """Place every thread of a plan in the version that `parameters["version_id"]` names."""
    with job.transaction() as session:
        try:
            return place_all(session, job.district_id, int(job.parameters["version_id"]))
        except LookupError as error:
            raise JobRefused(
                message("The version is no longer there, so no comments were placed in it.")
            ) from error
