"""Charts of analyses drawn ahead as SVG: what a page shows without script, and before the engine is loaded.

A worker draws them once an answer stands, from the specification that the page and the print use. Where a
drawing is missing (still in line, or the organization's colour has changed since), the live chart serves, and
without script the table under it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.language import LANGUAGES, message, render
from tenants.organizations import Organization
from tenants.records import runs
from tenants.records.runs import RunDrawing
from workers import outbox
from workers.kinds import RunningJob, job_kind

WIDTHS = {"wide": 1080, "narrow": 320}
"""Pixels of the page's column on a desktop and on a phone."""


def ask(session: Session, district_id: int, run_ids: list[int]) -> None:
    """Ask for the drawings of answers; what is drawn already costs nothing again."""
    drawn = set(
        session.scalars(
            select(RunDrawing.run_id).where(
                RunDrawing.district_id == district_id, RunDrawing.run_id.in_(run_ids)
            )
        )
    )
    wanted = [run_id for run_id in run_ids if run_id not in drawn]
    if wanted:
        outbox.ask(
            session,
            "draw_charts",
            {"runs": wanted},
            district_id=district_id,
            requested_by=None,
            idempotency_key="drawings/" + "-".join(str(run_id) for run_id in wanted),
            subject="analyses",
        )


def of_run(session: Session, district_id: int, run_id: int, language: str) -> dict[str, dict[str, str]]:
    """Return the drawings of an answer in a language and the organization's colour, by chart and size."""
    rows = session.execute(
        select(RunDrawing.key, RunDrawing.size, RunDrawing.svg)
        .join(Organization, Organization.id == RunDrawing.district_id)
        .where(
            RunDrawing.district_id == district_id,
            RunDrawing.run_id == run_id,
            RunDrawing.language == language,
            RunDrawing.colour == Organization.colour,
        )
    )
    found: dict[str, dict[str, str]] = {}
    for key, size, svg in rows:
        found.setdefault(key, {})[size] = svg
    return {key: sizes for key, sizes in found.items() if sizes.keys() == WIDTHS.keys()}


@job_kind("draw_charts", queue="light", limit_seconds=300, attempts=3, rights="upkeep")
def draw_charts(job: RunningJob) -> dict[str, Any]:
    """Draw the charts of answers, in each language and size. Parameters: `runs`, their ids."""
    run_ids = [int(run_id) for run_id in job.parameters["runs"]]
    with job.transaction() as session:
        colour = session.get_one(Organization, job.district_id).colour
        documents = {
            run_id: found.result
            for run_id in run_ids
            if (found := runs.load(session, job.district_id, run_id)) is not None
        }
    for position, (run_id, document) in enumerate(documents.items()):
        job.progress(position, len(documents), message("Drawing: {title}", title=document["title"]))
        job.raise_if_cancelled()
        rows = [
            {"district_id": job.district_id, "run_id": run_id, "colour": colour, **each}
            for each in drawings(document, run_id, colour)
        ]
        with job.transaction() as session:
            for row in rows:
                session.execute(
                    insert(RunDrawing)
                    .values(row)
                    .on_conflict_do_update(
                        index_elements=["district_id", "run_id", "key", "language", "size"],
                        set_={"colour": row["colour"], "svg": row["svg"]},
                    )
                )
    return {"runs": list(documents)}


def drawings(document: dict[str, Any], run_id: int, colour: str) -> list[dict[str, str]]:
    """Return every drawing of an answer, as rows without the district."""
    # The engine is large; a web process that only asks for drawings does not need it.
    from reports.charts import analyses, svg  # noqa: PLC0415

    return [
        {
            "key": key,
            "language": language,
            "size": size,
            "svg": svg.draw(
                analyses.specification(document, key, language),
                name=f"still-{run_id}-{key}-{size}",
                alternative=render(document["charts"][key]["alt"], language),
                colour=colour,
                medium="page",
                width=width,
            ),
        }
        for key in document["chart_order"]
        for language in LANGUAGES
        for size, width in WIDTHS.items()
    ]
