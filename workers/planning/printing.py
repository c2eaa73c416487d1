"""The job that prints a version. A published version's file is kept with its digest and served ever after."""

from __future__ import annotations

import io
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import plan as layout
from reports.charts import page
from reports.charts.svg import ENGINE as DRAWN_BY
from reports.document import LANGUAGES, Document
from reports.pdf import ENGINE
from tenants.files import StoredFile
from tenants.language import PACIFIC, message, translate
from tenants.people import Person
from tenants.records import share_links
from tenants.records.plans import PlanVersion, RenderedFile
from tenants.roles import ROLE_NAMES
from workers.kinds import JobRefused, RunningJob, job_kind
from workers.planning.versions import printed_link, signatures


def edition(session: Session, held: PlanVersion, address: str) -> layout.Edition:
    """Return what is printed with a version beside its frozen document: dates, signatures, address."""
    signed = [each for _, each in sorted(signatures(session, held).items())]
    names = {
        person.id: person.name
        for person in session.scalars(select(Person).where(Person.id.in_([s.person_id for s in signed])))
    }
    return layout.Edition(
        published_on=held.published_at.astimezone(PACIFIC).date() if held.published_at else None,
        signatures=tuple(
            layout.Signed(
                act=each.act,
                name=names.get(each.person_id, "–"),
                role={language: translate(ROLE_NAMES[each.role], language) for language in LANGUAGES},
                on=each.at.astimezone(PACIFIC).date(),
            )
            for each in signed
            if each.act != "publish"
        ),
        reader_address=address,
        comment_closes_on=held.comment_closes_at.astimezone(PACIFIC).date()
        if held.comment_closes_at
        else None,
    )


def rendered(session: Session, held: PlanVersion, language: str) -> RenderedFile | None:
    """Return the kept PDF of a version in a language, or None."""
    return session.scalar(
        select(RenderedFile).where(
            RenderedFile.district_id == held.district_id,
            RenderedFile.version_id == held.id,
            RenderedFile.kind == "plan_pdf",
            RenderedFile.language == language,
        )
    )


@job_kind(
    "render_plan",
    queue="prints",
    limit_seconds=600,
    attempts=3,
    rights="requester",
    permission="plan:export",
)
def render_plan(job: RunningJob) -> dict[str, Any]:
    """Print a version in a language.

    Parameters: `version_id`, `language`. The reader's address is worked out here, so that no row holds a link
    that opens something.

    Raises:
        JobRefused: if the version is gone.
    """
    language = str(job.parameters["language"])
    with job.transaction() as session:
        held = session.get(PlanVersion, (job.district_id, int(job.parameters["version_id"])))
        if held is None:
            raise JobRefused(message("The version is no longer there, so nothing was printed."))
        kept = rendered(session, held, language)
        if kept is not None:
            return _result(kept.storage_key, kept.sha256, kept.pages, language)
        document = Document.from_json(held.content)
        imprint = edition(session, held, _reader_address(session, job, held))
        published, version_id = held.state != "frozen", held.id
    job.progress(0, 1, message("Laying out the pages"))
    printed = layout.print_plan(document, imprint, language)
    # Pages take a while: for whoever was let out meanwhile no file is kept.
    job.raise_if_let_out()
    stored = job.files.keep(job.district_id, io.BytesIO(printed.body))
    # The reader's page shows the same charts at its own widths: drawn here, once and for all.
    drawings = _keep_drawings(job, document, language) if published else None
    result = _result(stored.key, stored.sha256, printed.pages, language)
    with job.transaction() as session:
        if drawings is not None:
            session.add_all(
                RenderedFile(
                    district_id=job.district_id,
                    version_id=version_id,
                    kind=kind,
                    language=language,
                    sha256=kept_file.sha256,
                    storage_key=kept_file.key,
                    size=kept_file.size,
                    pages=pages,
                    engine=engine,
                )
                for kind, kept_file, pages, engine in (
                    ("plan_pdf", stored, printed.pages, ENGINE),
                    ("chart_drawings", drawings, 0, DRAWN_BY),
                )
            )
        job.finish(session, result)
    return result


def _keep_drawings(job: RunningJob, document: Document, language: str) -> StoredFile:
    drawn = json.dumps(page.drawings(document, language))
    return job.files.keep(job.district_id, io.BytesIO(drawn.encode()))


def _reader_address(session: Session, job: RunningJob, held: PlanVersion) -> str:
    """Return the address of the link that was made when the version was published; empty for a preview.

    The key that made it may have been replaced since; the stored hash tells which one it was.
    """
    for secret in job.settings.secret_keys:
        token = share_links.derived_token(secret, held.district_id, printed_link(held.id))
        if share_links.is_known(session, held.district_id, token):
            return f"{job.settings.base_url.rstrip('/')}/r/{token}"
    return ""


def _result(key: str, sha256: str, pages: int, language: str) -> dict[str, Any]:
    return {"storage_key": key, "sha256": sha256, "pages": pages, "language": language}
