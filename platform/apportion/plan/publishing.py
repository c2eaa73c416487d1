"""Versions: freeze, checklist, signatures, publication, reading, comparison and downloads."""

from __future__ import annotations

import datetime as dt
import json

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion import kept_files
from apportion.plan.area import area, plan_of
from apportion.request import _, language, scope, transaction
from apportion.services import services
from reports.document import Document
from tenants import audit
from tenants.language import PACIFIC, Message
from tenants.people import Person
from tenants.records.jobs import Job
from tenants.records.plans import PlanVersion, RenderedFile
from tenants.roles import ROLE_NAMES, allows
from workers.planning import book as books
from workers.planning import checklist, template, versions
from workers.planning import compare as comparing
from workers.planning.freeze import freeze as freeze_now
from workers.planning.problems import Imprint, NotReadyError
from workers.planning.words import say

SIGNING = {
    "certify_numbers": "plan:certify_numbers",
    "sign_off_priorities": "plan:sign_off",
    "approve": "plan:approve",
}
COMMENT_DAYS = 30


def _version(session: Session, district_id: int, version_id: int) -> PlanVersion:
    found = session.get(PlanVersion, (district_id, version_id))
    if found is None:
        raise NotFound
    return found


def _to_version(district_id: int, version_id: int) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("plan.version", district_id=district_id, version_id=version_id))


@area.post("/versions", permission="plan:edit")
def freeze(district_id: int) -> ResponseReturnValue:
    """Freeze the plan as it stands into a version."""
    form = flask.request.form
    kind = versions.ADOPTED if form.get("kind") == versions.ADOPTED else versions.DRAFT
    board = None
    if kind == versions.ADOPTED:
        try:
            day = dt.date.fromisoformat(form.get("board_date", ""))
        except ValueError:
            flask.flash(_("Say on which day the board adopted the plan."), "bad")
            return flask.redirect(flask.url_for("plan.sign_off", district_id=district_id))
        board = versions.Board(day, form.get("board_vote", ""), form.get("resolution_number", ""))
    with transaction() as session:
        plan = plan_of(session, district_id)
        try:
            made = versions.freeze_version(
                session, scope(), plan.id, kind, board=board, correction=form.get("correction", "")
            ).id
        except NotReadyError as not_ready:
            page = flask.render_template(
                "plan/not_ready.html",
                district_id=district_id,
                plan=plan,
                problems=not_ready.problems,
                guides=template.BY_KEY,
            )
            return page, 422
        except versions.ActRefusedError as refused:
            flask.flash(say(refused.said, language()), "bad")
            return flask.redirect(flask.url_for("plan.sign_off", district_id=district_id))
    return _to_version(district_id, made)


@area.get("/sign-off", permission="plan:view")
def sign_off(district_id: int) -> ResponseReturnValue:
    """Show the versions, and how to freeze the plan into a new one."""
    with transaction() as session:
        plan = plan_of(session, district_id)
        held = versions.versions(session, district_id, plan.id)
        return flask.render_template(
            "plan/sign_off.html",
            district_id=district_id,
            plan=plan,
            versions=held,
            lines=_as_it_stands(session, district_id, plan.id),
            guides=template.BY_KEY,
            may_write=allows(scope(), "plan:edit"),
        )


def _as_it_stands(session: Session, district_id: int, plan_id: int) -> list[checklist.Requirement]:
    """Return the checklist of the plan in writing, before it is frozen; nothing for a reader of versions."""
    if district_id not in scope().cabinet:
        return []
    book = books.load(session, district_id, plan_id)
    now = freeze_now(book, Imprint("0", versions.DRAFT))
    lines = checklist.text_lines(session, book, now, now.document, adopted=False)
    return lines + checklist.voices(session, scope(), district_id, plan_id)


@area.get("/versions/<int:version_id>", permission="plan:view")
def version(district_id: int, version_id: int) -> ResponseReturnValue:
    """Show a version: checklist, signatures, files; of a published one what people read."""
    with transaction() as session:
        held = _version(session, district_id, version_id)
        signed = versions.signatures(session, held)
        names = {
            person.id: person.name
            for person in session.scalars(
                select(Person).where(Person.id.in_([each.person_id for each in signed.values()]))
            )
        }
        cabinet = district_id in scope().cabinet
        lines = []
        if held.state == "frozen" and cabinet:
            lines = versions.requirements(session, held)
            lines += checklist.voices(session, scope(), district_id, held.plan_id)
        files = session.scalars(
            select(RenderedFile)
            .where(
                RenderedFile.district_id == district_id,
                RenderedFile.version_id == version_id,
                RenderedFile.kind == "plan_pdf",
            )
            .order_by(RenderedFile.language)
        ).all()
        return flask.render_template(
            "plan/version.html",
            district_id=district_id,
            version=held,
            lines=lines,
            unmet=[line for line in lines if line.blocking and not line.met],
            signed=signed,
            names=names,
            role_names=ROLE_NAMES,
            files={each.language: each for each in files},
            printing=_jobs(session, district_id, version_id) if cabinet else {},
            may={act: _may_sign(session, district_id, act) for act in SIGNING},
            may_publish=allows(scope(), "plan:publish"),
            until=(dt.datetime.now(PACIFIC).date() + dt.timedelta(days=COMMENT_DAYS)).isoformat(),
            cover=held.content["cover"],
            guides=template.BY_KEY,
        )


def _may_sign(session: Session, district_id: int, act: str) -> bool:
    acting = scope()
    if not allows(acting, SIGNING[act]):
        return False
    if act == "sign_off_priorities":
        return acting.role in versions.instruction_roles(session, district_id)
    return acting.role in versions.SIGNERS[act]


def _jobs(session: Session, district_id: int, version_id: int) -> dict[str, Job]:
    """Return the newest print job of a version for each language."""
    found: dict[str, Job] = {}
    for job in session.scalars(
        select(Job)
        .where(
            Job.district_id == district_id,
            Job.kind == "render_plan",
            Job.subject == f"plan_version/{version_id}",
        )
        .order_by(Job.id)
    ):
        found[str(job.parameters["language"])] = job
    return found


def _sign(district_id: int, version_id: int, act: versions.Act, done: str) -> ResponseReturnValue:
    with transaction() as session:
        held = _version(session, district_id, version_id)
        try:
            versions.sign(session, scope(), held.plan_id, version_id, act)
        except versions.ActRefusedError as refused:
            flask.flash(say(refused.said, language()), "bad")
            return _to_version(district_id, version_id)
    flask.flash(done, "ok")
    return _to_version(district_id, version_id)


@area.post("/versions/<int:version_id>/certify", permission="plan:certify_numbers")
def certify(district_id: int, version_id: int) -> ResponseReturnValue:
    """Certify every number of a version."""
    return _sign(district_id, version_id, "certify_numbers", _("You certified every number of this version."))


@area.post("/versions/<int:version_id>/sign-off", permission="plan:sign_off")
def sign_priorities(district_id: int, version_id: int) -> ResponseReturnValue:
    """Sign off the priorities of a version."""
    return _sign(district_id, version_id, "sign_off_priorities", _("You signed off the priorities."))


@area.post("/versions/<int:version_id>/approve", permission="plan:approve")
def approve(district_id: int, version_id: int) -> ResponseReturnValue:
    """Approve a version."""
    return _sign(district_id, version_id, "approve", _("You approved this version."))


@area.post("/versions/<int:version_id>/publish", permission="plan:publish")
def publish(district_id: int, version_id: int) -> ResponseReturnValue:
    """Publish a version: from now on it never changes."""
    typed = flask.request.form.get("comment_until", "").strip()
    until = None
    with transaction() as session:
        held = _version(session, district_id, version_id)
        if held.kind == versions.DRAFT:
            try:
                day = dt.date.fromisoformat(typed)
            except ValueError:
                flask.flash(_("Say until which day people may comment."), "bad")
                return _to_version(district_id, version_id)
            until = dt.datetime.combine(day, dt.time(23, 59, 59), PACIFIC)
        try:
            address = versions.publish(
                session,
                scope(),
                held.plan_id,
                version_id,
                base_url=services().settings.base_url,
                secret=services().settings.secret_keys[0],
                comment_until=until,
            )
        except versions.ActRefusedError as refused:
            flask.flash(say(refused.said, language()), "bad")
            return _to_version(district_id, version_id)
    flask.flash(
        _(
            "The version is published and never changes. Both editions are being printed "
            "with this address on "
            "the last page: {address}",
            address=address,
        ),
        "ok",
    )
    return _to_version(district_id, version_id)


@area.post("/versions/<int:version_id>/take-back", permission="plan:publish")
def take_back(district_id: int, version_id: int) -> ResponseReturnValue:
    """Take a published version back from its readers."""
    with transaction() as session:
        held = _version(session, district_id, version_id)
        try:
            versions.take_back(
                session, scope(), held.plan_id, version_id, flask.request.form.get("reason", "")
            )
        except versions.ActRefusedError as refused:
            flask.flash(say(refused.said, language()), "bad")
            return _to_version(district_id, version_id)
    flask.flash(
        _("Readers do not get this version any more. What they printed or saved stays with them."), "ok"
    )
    return _to_version(district_id, version_id)


@area.post("/versions/<int:version_id>/print", permission="plan:edit")
def print_version(district_id: int, version_id: int) -> ResponseReturnValue:
    """Ask for a preview of the printed plan."""
    wanted = flask.request.form.get("language", "en")
    with transaction() as session:
        held = _version(session, district_id, version_id)
        try:
            versions.ask_to_print(session, scope(), held, wanted)
            audit.append(session, scope(), "plan:export", f"plan_version/{held.id}", language=wanted)
        except versions.ActRefusedError as refused:
            flask.flash(say(refused.said, language()), "bad")
            return _to_version(district_id, version_id)
    flask.flash(_("The pages are being laid out. The tray shows when they are ready."), "info")
    return _to_version(district_id, version_id)


@area.get("/versions/<int:version_id>/read", permission="plan:view")
def read(district_id: int, version_id: int) -> ResponseReturnValue:
    """Show a version as its readers see it."""
    with transaction() as session:
        held = _version(session, district_id, version_id)
        return flask.render_template(
            "plan/read.html", district_id=district_id, version=held, document=Document.from_json(held.content)
        )


@area.get("/versions/<int:version_id>/plan-<edition>.pdf", permission="plan:export")
def pdf(district_id: int, version_id: int, edition: str) -> ResponseReturnValue:
    """Give the printed plan in a language: the kept file of a published version, else its newest preview."""
    with transaction() as session:
        held = _version(session, district_id, version_id)
        kept = session.scalar(
            select(RenderedFile).where(
                RenderedFile.district_id == district_id,
                RenderedFile.version_id == version_id,
                RenderedFile.kind == "plan_pdf",
                RenderedFile.language == edition,
            )
        )
        key, digest = (kept.storage_key, kept.sha256) if kept else ("", "")
        if not key and held.state == "frozen" and district_id in scope().cabinet:
            job = _jobs(session, district_id, version_id).get(edition)
            result = (job.result or {}) if job else {}
            key, digest = result.get("storage_key", ""), result.get("sha256", "")
        if not key:
            raise NotFound
        name = f"plan-{held.number}-{edition}.pdf"
    answer = kept_files.send(key, name=name, mimetype="application/pdf", attachment=False)
    answer.headers["X-Content-SHA256"] = digest
    return answer


@area.get("/versions/<int:version_id>/plan.json", permission="plan:export")
def data(district_id: int, version_id: int) -> ResponseReturnValue:
    """Give the version as data: every figure with its value and lineage."""
    with transaction() as session:
        held = _version(session, district_id, version_id)
        body = {
            "number": held.number,
            "state": held.state,
            "digest": held.digest,
            "numbers_digest": held.numbers_digest,
            "published_at": held.published_at.isoformat() if held.published_at else None,
            "document": held.content,
        }
    answer = flask.Response(json.dumps(body, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="plan-{body["number"]}.json"'
    return answer


@area.get("/compare", permission="plan:compare")
def compare(district_id: int) -> ResponseReturnValue:
    """Show what changed between two versions, and why each number did."""
    with transaction() as session:
        held = _readable(session, district_id)
        if len(held) < 2:
            return flask.render_template(
                "plan/compare.html", district_id=district_id, versions=held, comparison=None, pair=()
            )
        chosen = [flask.request.args.get(name, type=int) for name in ("from", "to")]
        before = chosen[0] if chosen[0] is not None else held[1].id
        after = chosen[1] if chosen[1] is not None else held[0].id
        pair = (_version(session, district_id, before), _version(session, district_id, after))
        found = comparing.compare(
            Document.from_json(pair[0].content), Document.from_json(pair[1].content), language()
        )
        return flask.render_template(
            "plan/compare.html", district_id=district_id, versions=held, comparison=found, pair=pair
        )


def _readable(session: Session, district_id: int) -> list[PlanVersion]:
    """Return the versions that this person may read, newest first."""
    if district_id in scope().cabinet:
        plan = plan_of(session, district_id)
        return versions.versions(session, district_id, plan.id)
    return versions.published_of_district(session, district_id)


@area.app_template_filter("requirement")
def requirement(said: Message) -> str:
    """Return a line of the checklist in the reader's language."""
    return say(said, language())
