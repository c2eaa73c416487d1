"""Versions of a plan: frozen, certified, signed off, approved, published, printed."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Literal

import flask
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion import kept_files
from apportion.api.jobs import accepted
from apportion.api.operations import operation
from apportion.api.options import plan_of
from apportion.api.plans import TAG
from apportion.api.refusals import Refusal
from apportion.api.shapes import Accepted, Line, Moment, Page, Paging, Shape, Text
from apportion.request import language, scope
from apportion.services import services
from tenants import audit
from tenants.language import N_, message
from tenants.records.plans import Plan, PlanSignature, PlanVersion, RenderedFile
from workers.planning import versions as planning
from workers.planning.problems import NotReadyError
from workers.planning.words import say

_PLAN = "/districts/<int:district_id>/plans/<int:plan_id>"
_VERSION = "/districts/<int:district_id>/versions/<int:version_id>"


class VersionInput(Shape):
    """A version to freeze: a draft for comment, or what the board adopted."""

    kind: Literal["draft_for_comment", "adopted"] = "draft_for_comment"
    board_date: dt.date | None = Field(None, description="Needed for an adopted version.")
    board_vote: Line = ""
    resolution_number: Line = ""
    correction: Text = Field("", description="What this version corrects; printed on its cover.")


class Publication(Shape):
    """How a version is published."""

    comment_until: Moment | None = Field(None, description="End of the comment window; needed for a draft.")


class Published(Shape):
    """A published version never changes. Both editions are being printed."""

    shown_once: ClassVar[tuple[str, ...]] = ("address",)

    version_id: int
    address: str | None = Field(description="The reader's address, printed on the last page; told once.")


class RequirementShape(Shape):
    """One line of the checklist before publication."""

    key: str
    met: bool
    blocking: bool
    line: str
    who: str | None = Field(description="Who can meet it, for a line that is not met.")


class Checklist(Shape):
    """What a version needs before it may be published."""

    items: list[RequirementShape]


class SignatureShape(Shape):
    """Who certified, signed off, approved or published, when, of what."""

    act: str
    person_id: int
    role: str
    digest: str
    at: Moment


class FileShape(Shape):
    """A printed file of a version; the same file serves ever after."""

    kind: str
    language: str
    sha256: str
    size: int
    pages: int
    engine: str
    address: str


class VersionSummary(Shape):
    """A frozen state of a plan."""

    id: int
    number: str
    kind: str = Field(description="draft_for_comment or adopted")
    state: str = Field(description="frozen, published or withdrawn")
    digest: str
    numbers_digest: str
    board_date: dt.date | None
    board_vote: str | None
    resolution_number: str | None
    correction_note: str
    created_at: Moment
    published_at: Moment | None


class VersionShape(VersionSummary):
    """A version with its document, signatures and files."""

    content: dict[str, Any] = Field(
        description="The frozen document: sections, blocks, every figure with its lineage; both languages."
    )
    signatures: list[SignatureShape]
    files: list[FileShape]


@operation(
    "GET",
    f"{_PLAN}/versions",
    permission="plan:view",
    summary=N_("Versions of a plan, newest first"),
    tag=TAG,
    query=Paging,
    gives=Page[VersionSummary],
)
def versions(session: Session, district_id: int, plan_id: int, query: Paging) -> Page[VersionSummary]:
    """Return the versions that the caller may see: for the board and the community, the published ones.

    Raises:
        NotFound: if neither the plan nor any version of it is within the caller's reach.
    """
    wanted = select(PlanVersion).where(PlanVersion.district_id == district_id, PlanVersion.plan_id == plan_id)
    if session.get(Plan, (district_id, plan_id)) is None and session.scalar(wanted.limit(1)) is None:
        # The board and the community reach what is published of a plan, and not the plan at work.
        raise NotFound
    if query.position is not None:
        wanted = wanted.where(PlanVersion.id < query.position)
    rows = session.scalars(wanted.order_by(PlanVersion.id.desc()).limit(query.limit + 1)).all()
    return Page[VersionSummary](
        items=[VersionSummary(**_version(row)) for row in rows[: query.limit]],
        next=str(rows[query.limit - 1].id) if len(rows) > query.limit else None,
    )


@operation(
    "GET",
    _VERSION,
    permission="plan:view",
    summary=N_("One version with its document, signatures and files"),
    tag=TAG,
    gives=VersionShape,
)
def version(session: Session, district_id: int, version_id: int) -> VersionShape:
    """Return a frozen version."""
    row = session.get(PlanVersion, (district_id, version_id))
    if row is None:
        raise NotFound
    signatures = session.scalars(
        select(PlanSignature)
        .where(PlanSignature.district_id == district_id, PlanSignature.version_id == version_id)
        .order_by(PlanSignature.id)
    )
    files = session.scalars(
        select(RenderedFile)
        .where(
            RenderedFile.district_id == district_id,
            RenderedFile.version_id == version_id,
            RenderedFile.kind == "plan_pdf",
        )
        .order_by(RenderedFile.id)
    )
    return VersionShape(
        **_version(row),
        content=row.content,
        signatures=[
            SignatureShape(
                act=each.act, person_id=each.person_id, role=each.role, digest=each.digest, at=each.at
            )
            for each in signatures
        ],
        files=[
            FileShape(
                kind=each.kind,
                language=each.language,
                sha256=each.sha256,
                size=each.size,
                pages=each.pages,
                engine=each.engine,
                address=flask.url_for(
                    "api.version_file",
                    district_id=district_id,
                    version_id=version_id,
                    edition=each.language,
                ),
            )
            for each in files
            if each.kind == "plan_pdf"
        ],
    )


@operation(
    "GET",
    f"{_VERSION}/plan-<edition>.pdf",
    permission="plan:export",
    summary=N_("The plan as PDF"),
    tag=TAG,
    gives=None,
    media="application/pdf",
)
def version_file(session: Session, district_id: int, version_id: int, edition: str) -> flask.Response:
    """Send the printed file of a version."""
    row = session.get(PlanVersion, (district_id, version_id))
    held = session.scalar(
        select(RenderedFile).where(
            RenderedFile.district_id == district_id,
            RenderedFile.version_id == version_id,
            RenderedFile.kind == "plan_pdf",
            RenderedFile.language == edition,
        )
    )
    if row is None or held is None:
        raise NotFound
    name = f"plan-{row.number}-{edition}.pdf"
    return kept_files.send(held.storage_key, name=name, mimetype="application/pdf")


@operation(
    "POST",
    f"{_PLAN}/versions",
    permission="plan:edit",
    summary=N_("Freeze the plan into a version"),
    tag=TAG,
    takes=VersionInput,
    gives=VersionSummary,
    status=201,
)
def freeze_version(session: Session, district_id: int, plan_id: int, body: VersionInput) -> VersionSummary:
    """Freeze the plan as it stands; what keeps it from being frozen is listed."""
    plan_of(session, district_id, plan_id)
    board = None
    if body.kind == planning.ADOPTED:
        if body.board_date is None:
            said = message("Say on which day the board adopted the plan.")
            raise Refusal(said, 422, {"board_date": said})
        board = planning.Board(body.board_date, body.board_vote, body.resolution_number)
    try:
        made = planning.freeze_version(
            session, scope(), plan_id, body.kind, board=board, correction=body.correction
        )
    except NotReadyError as unready:
        said = message("The plan is not ready to be frozen. Settle what is listed.")
        raise Refusal(
            said,
            422,
            {f"{each.section}/{each.block_id or n}": each.said for n, each in enumerate(unready.problems)},
        ) from unready
    session.refresh(made)
    return VersionSummary(**_version(made))


@operation(
    "GET",
    f"{_VERSION}/checklist",
    permission="plan_section:view",
    summary=N_("What a version needs before it may be published"),
    tag=TAG,
    gives=Checklist,
)
def checklist(session: Session, district_id: int, version_id: int) -> Checklist:
    """Return the checklist of a frozen version."""
    held = _held(session, district_id, version_id)
    lines = planning.requirements(session, held) if held.state == "frozen" else []
    return Checklist(
        items=[
            RequirementShape(
                key=line.key,
                met=line.met,
                blocking=line.blocking,
                line=say(line.said, language()),
                who=say(line.who, language()) if line.who is not None and not line.met else None,
            )
            for line in lines
        ]
    )


@operation(
    "POST",
    f"{_VERSION}/certify",
    permission="plan:certify_numbers",
    summary=N_("Certify every number of a version"),
    tag=TAG,
    gives=SignatureShape,
    status=201,
)
def certify_version(session: Session, district_id: int, version_id: int) -> SignatureShape:
    """Certify the numbers of exactly this version."""
    return _sign(session, district_id, version_id, "certify_numbers")


@operation(
    "POST",
    f"{_VERSION}/sign-off",
    permission="plan:sign_off",
    summary=N_("Sign off the priorities of a version"),
    tag=TAG,
    gives=SignatureShape,
    status=201,
)
def sign_off_version(session: Session, district_id: int, version_id: int) -> SignatureShape:
    """Sign off the priorities, for instruction."""
    return _sign(session, district_id, version_id, "sign_off_priorities")


@operation(
    "POST",
    f"{_VERSION}/approve",
    permission="plan:approve",
    summary=N_("Approve a version"),
    tag=TAG,
    gives=SignatureShape,
    status=201,
)
def approve_version(session: Session, district_id: int, version_id: int) -> SignatureShape:
    """Approve a version, for the superintendent."""
    return _sign(session, district_id, version_id, "approve")


@operation(
    "POST",
    f"{_VERSION}/publish",
    permission="plan:publish",
    summary=N_("Publish a version"),
    tag=TAG,
    takes=Publication,
    gives=Published,
    status=201,
)
def publish_version(session: Session, district_id: int, version_id: int, body: Publication) -> Published:
    """Publish a version: it never changes again, its files are printed, its comments placed."""
    held = _held(session, district_id, version_id)
    until = body.comment_until
    if until is not None and until.tzinfo is None:
        zone = message("Say the time with its zone, as 2026-12-31T23:59:59-08:00.")
        raise Refusal(zone, 422, {"comment_until": zone})
    address = planning.publish(
        session,
        scope(),
        held.plan_id,
        version_id,
        base_url=services().settings.base_url,
        secret=services().settings.secret_keys[0],
        comment_until=until,
    )
    return Published(version_id=version_id, address=address)


@operation(
    "POST",
    f"{_VERSION}/print/<edition>",
    permission="plan:export",
    summary=N_("Print a version in a language"),
    tag=TAG,
    gives=Accepted,
    status=202,
)
def print_version(session: Session, district_id: int, version_id: int, edition: str) -> Accepted:
    """Ask for a version's PDF."""
    held = _held(session, district_id, version_id)
    job_id = planning.ask_to_print(session, scope(), held, edition)
    audit.append(session, scope(), "plan:export", f"plan_version/{held.id}", language=edition)
    return accepted(district_id, job_id)


def _sign(session: Session, district_id: int, version_id: int, act: planning.Act) -> SignatureShape:
    held = _held(session, district_id, version_id)
    made = planning.sign(session, scope(), held.plan_id, version_id, act)
    session.refresh(made)
    return SignatureShape(
        act=made.act, person_id=made.person_id, role=made.role, digest=made.digest, at=made.at
    )


def _held(session: Session, district_id: int, version_id: int) -> PlanVersion:
    found = session.get(PlanVersion, (district_id, version_id))
    if found is None:
        raise NotFound
    return found


def _version(row: PlanVersion) -> dict[str, Any]:
    return {name: getattr(row, name) for name in VersionSummary.model_fields}
