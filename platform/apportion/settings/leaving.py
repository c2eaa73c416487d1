"""Export and leave: what two stewards decide about the whole account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import _, scope, transaction
from apportion.routing import NotAllowed
from apportion.services import services
from apportion.settings.area import area, back_to, errors_of
from tenants import audit, leaving
from tenants.errors import NotPossibleError
from tenants.files import BLOCK, UnknownFileError
from tenants.language import message
from tenants.leaving import AccountRequest, Kind
from tenants.people import Person
from tenants.records.jobs import Job
from tenants.records.plans import PlanVersion, ShareLink
from workers import tray
from workers.account import decisions
from workers.account.leaving import KIND

KINDS: dict[str, Kind] = {"export": "export", "closing": "closing"}


@area.get("/d/<int:district_id>/settings/leaving", permission="account:export", serves=("two",))
def account(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show what is asked for, what waits for a second person, and what can be downloaded."""
    return _page()


def _page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    district_id = acting.viewed_district_id or 0
    with transaction() as session:
        requests = {kind: leaving.open_request(session, district_id, kind) for kind in KINDS.values()}
        archives = leaving.archives(session, district_id)
        job = _job_of(session, requests["export"])
        people = {
            number
            for one in (*requests.values(), *archives)
            if one is not None
            for number in (one.asked_by, one.approved_by)
        }
        names = {
            row.id: row.name
            for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
        }
        published = session.scalar(
            select(func.count())
            .select_from(PlanVersion)
            .where(PlanVersion.district_id == district_id, PlanVersion.state == "published")
        )
        links = session.scalar(
            select(func.count())
            .select_from(ShareLink)
            .where(
                ShareLink.district_id == district_id,
                ShareLink.revoked_at.is_(None),
                ShareLink.expires_at > func.now(),
            )
        )
        page = flask.render_template(
            "settings/leaving.html",
            requests=requests,
            archives=archives,
            job=job,
            page=None,
            district_id=district_id,
            names=names,
            published=published,
            links=links,
            stewards=[person.name for person, _role in leaving.stewards(session, district_id)],
            lapses=leaving.APPROVE_WITHIN,
            waiting_days=leaving.WAITING.days,
            may_download=lambda request: leaving.may_download(acting, request),
            errors=errors or {},
        )
    return page, status


def _job_of(session: Session, request: AccountRequest | None) -> Any:
    if request is None or request.approved_by is None:
        return None
    found = session.scalar(
        select(Job.id)
        .where(
            Job.district_id == request.district_id, Job.kind == KIND, Job.idempotency_key == str(request.id)
        )
        .order_by(Job.id.desc())
        .limit(1)
    )
    return tray.one(session, request.district_id, found) if found else None


@area.post("/d/<int:district_id>/settings/leaving/<kind>", permission="account:approve", serves=("two",))
def ask_to_leave(district_id: int, kind: str) -> ResponseReturnValue:
    """Ask for the archive, or for closing the account."""
    if kind not in KINDS:
        raise NotFound
    try:
        with transaction() as session:
            decisions.ask(session, scope(), services().settings, KINDS[kind])
    except NotPossibleError as refusal:
        return _page(errors_of(refusal), 422)
    return back_to(
        "settings.account", _("Asked. Another steward has seven days to approve it."), district_id=district_id
    )


@area.post(
    "/d/<int:district_id>/settings/leaving/<kind>/<int:request_id>",
    permission="account:approve",
    serves=("two",),
)
def decide_leaving(district_id: int, kind: str, request_id: int) -> ResponseReturnValue:
    """Approve what another steward asked for, or stop it."""
    if kind not in KINDS:
        raise NotFound
    approves = flask.request.form.get("act") == "approve"
    decide = decisions.approve if approves else decisions.stop
    try:
        with transaction() as session:
            found = decide(session, scope(), services().settings, request_id, KINDS[kind])
    except NotPossibleError as refusal:
        return _page(errors_of(refusal), 422)
    if not found:
        raise NotFound
    if not approves:
        said = _("Stopped. Nothing was removed.")
    elif kind == "export":
        said = _("Approved. The archive is being written; everybody who may have it gets a mail.")
    else:
        said = _("Approved. The waiting time has begun.")
    return back_to("settings.account", said, district_id=district_id)


@area.get(
    "/d/<int:district_id>/settings/leaving/archives/<int:request_id>",
    permission="account:export",
    serves=("two",),
)
def download_archive(district_id: int, request_id: int) -> ResponseReturnValue:
    """Give an archive to a steward who may see everything in it; the act is recorded."""
    acting = scope()
    with transaction() as session:
        request = session.get(AccountRequest, (district_id, request_id))
        if request is None or not request.storage_key:
            raise NotFound
        if not leaving.may_download(acting, request):
            raise NotAllowed(
                message(
                    "This archive holds records about single employees or small groups, which your role "
                    "does not see. The chief business official who approved it can download it."
                )
            )
        try:
            place = services().files.path(request.storage_key)
        except UnknownFileError:
            raise NotFound from None
        audit.append(
            session, acting, "account:export", f"account_request/{request_id}", act="archive_downloaded"
        )
        size, digest = request.size, request.sha256

    def stream() -> Iterator[bytes]:
        with place.open("rb") as opened:
            while block := opened.read(BLOCK):
                yield block

    headers = {
        "Content-Disposition": f'attachment; filename="account-{district_id}.zip"',
        "Content-Length": str(size),
        "X-Content-SHA256": digest,
        "Cache-Control": "no-store",
    }
    return flask.Response(stream(), mimetype="application/zip", headers=headers)
