"""What runs, waits and ended in a district: the tray at the foot of the spine, and the same as pages."""

from __future__ import annotations

import hashlib

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.frame.facts import FrameFacts
from apportion.request import _, scope, transaction
from apportion.routing import Area, NotAllowed
from tenants import audit
from tenants.roles import allows, why_not
from workers import outbox, registry, tray
from workers.tray import Standing

area = Area("jobs", __name__)

PAGE = 50

SUBJECTS = {
    "ledger_load": ("data.load", "load_id"),
    "position_load": ("data.position_load", "load_id"),
    "student_load": ("data.student_load", "load_id"),
    "dataset": ("data.dataset", "dataset_id"),
    "run": ("analyses.run", "run_id"),
    "plan": ("plan.editor", "plan_id"),
    "plan_version": ("plan.version", "version_id"),
    "comment_thread": ("comments.thread", "thread_id"),
}
"""The page of the record that a job works for: endpoint, and the name of the id in it."""


def page_of(job: Standing, district_id: int) -> str | None:
    """Return the address of what a job works for, if this person may open it."""
    kind, _slash, number = job.subject.partition("/")
    if kind == "analyses":
        return FrameFacts().link("analyses.gallery", district_id=district_id)
    if kind not in SUBJECTS or not number.isdigit():
        return None
    endpoint, name = SUBJECTS[kind]
    return FrameFacts().link(endpoint, **{"district_id": district_id, name: int(number)})


@area.get("/d/<int:district_id>/jobs", permission="jobs:view", serves=("o",))
def index(district_id: int) -> ResponseReturnValue:
    """Show the district's work, newest first."""
    before = flask.request.args.get("before", type=int)
    with transaction() as session:
        jobs = tray.recent(session, district_id, limit=PAGE + 1, before=before)
    return flask.render_template(
        "jobs/index.html",
        jobs=jobs[:PAGE],
        rows=tray.grouped(jobs[:PAGE]),
        more=jobs[PAGE - 1].id if len(jobs) > PAGE else None,
        district_id=district_id,
        page_of=page_of,
        first=before is None,
    )


@area.get("/d/<int:district_id>/jobs/tray", endpoint="tray", permission="jobs:view", serves=("o",))
def show_tray(district_id: int) -> ResponseReturnValue:
    """Show the tray: what is under way and what ended last. Nothing new is answered with nothing."""
    with transaction() as session:
        jobs = tray.for_tray(session, district_id)
    fragment = flask.render_template("jobs/tray.html", jobs=jobs, district_id=district_id, page_of=page_of)
    seen = hashlib.sha256(fragment.encode()).hexdigest()[:16]
    if flask.request.args.get("seen") == seen:
        # A screen reader hears the tray when it changes, not every few seconds.
        return "", 204
    return fragment.replace("@seen@", seen)


@area.get("/d/<int:district_id>/jobs/<int:job_id>", permission="jobs:view", serves=("o",))
def show(district_id: int, job_id: int) -> ResponseReturnValue:
    """Show one job: progress, place in line, result, error, and what can be done."""
    job = _job(district_id, job_id)
    template = "jobs/state.html" if flask.request.headers.get("HX-Request") else "jobs/job.html"
    return flask.render_template(template, job=job, district_id=district_id, page=page_of(job, district_id))


@area.post("/d/<int:district_id>/jobs/<int:job_id>/cancel", permission="jobs:cancel")
def cancel(district_id: int, job_id: int) -> ResponseReturnValue:
    """Ask a job to stop."""
    job = _job(district_id, job_id)
    refuse_without_right(job)
    with transaction() as session:
        stopped = outbox.cancel(session, district_id, job_id)
        if stopped:
            audit.append(session, scope(), "jobs:cancel", f"job/{job_id}", act="stopped")
    flask.flash(_("It stops.") if stopped else _("It had ended already."), "ok" if stopped else "info")
    return flask.redirect(flask.url_for("jobs.show", district_id=district_id, job_id=job_id))


@area.post("/d/<int:district_id>/jobs/<int:job_id>/again", permission="jobs:cancel")
def again(district_id: int, job_id: int) -> ResponseReturnValue:
    """Ask anew for what a failed or cancelled job was to do."""
    job = _job(district_id, job_id)
    refuse_without_right(job)
    with transaction() as session:
        fresh = outbox.try_again(session, district_id, job_id, scope().person_id)
        if fresh is not None:
            audit.append(session, scope(), "jobs:cancel", f"job/{fresh}", act="again")
    if fresh is None:
        flask.flash(_("It has not ended, so there is nothing to try again."), "info")
    return flask.redirect(flask.url_for("jobs.show", district_id=district_id, job_id=fresh or job_id))


def refuse_without_right(job: Standing) -> None:
    """Refuse a person who may see a job but not do what it does.

    Raises:
        NotAllowed: with the sentence of the right that is missing.
    """
    needed = registry.kind(job.kind).permission
    if needed is not None and not allows(scope(), needed):
        raise NotAllowed(why_not(scope(), needed))


def _job(district_id: int, job_id: int) -> Standing:
    with transaction() as session:
        job = tray.one(session, district_id, job_id)
    if job is None:
        raise NotFound
    return job
