"""The comment desk: queue, thread, answer, disposition, export."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import _, language, scope, transaction
from apportion.routing import Area, NotAllowed
from tenants import audit
from tenants.language import LANGUAGES, N_, Message, message, render
from tenants.organizations import Membership
from tenants.people import Person
from tenants.records.comments import DISPOSITIONS
from tenants.records.plans import Plan
from tenants.roles import ROLE_NAMES, allows
from workers.comments import conversation, desk
from workers.comments.notices import OUTCOMES
from workers.comments.texts import RELATIONS

area = Area("comments", __name__)

STATE_NAMES = {"open": N_("Waiting for an answer"), "answered_open": N_("Answered, not settled")}
STATE_NAMES |= OUTCOMES | {"withdrawn": N_("Withdrawn by the writer")}

EVENT_NAMES = {
    "received": N_("Received"),
    "answered": N_("Answered"),
    "disposition": N_("Settled"),
    "reopened": N_("Taken up again"),
    "assigned": N_("Given to somebody"),
    "withdrawn": N_("Withdrawn by the writer"),
    "set_aside": N_("Set aside"),
    "shown_again": N_("Shown again"),
}
OWN_ONLY = frozenset({"HR", "SED"})
"""Roles that answer what was given to them."""
AGES = (0, 3, 7, 14)


@area.context_processor
def _words() -> dict[str, Any]:
    return {
        "RELATIONS": RELATIONS,
        "OUTCOMES": OUTCOMES,
        "ROLE_NAMES": ROLE_NAMES,
        "STATE_NAMES": STATE_NAMES,
        "EVENT_NAMES": EVENT_NAMES,
    }


@area.get("/d/<int:district_id>/comments", permission="public_comments:view")
def queue(district_id: int) -> ResponseReturnValue:
    """Show what was received, where it stands, and the queue."""
    given = flask.request.args
    now = dt.datetime.now(dt.UTC)
    filters = desk.Filters(
        state=given.get("state", "") if given.get("state", "") in desk.STATES else "",
        section=given.get("section", ""),
        language=given.get("language", "") if given.get("language", "") in LANGUAGES else "",
        assigned_to=scope().person_id if given.get("mine") else None,
        older_than_days=int(given["age"]) if given.get("age", "") in {str(age) for age in AGES} else 0,
    )
    with transaction() as session:
        plan_id = _plan(session, district_id)
        items = desk.received(session, district_id, plan_id, language()) if plan_id is not None else []
    shown = sorted(
        desk.narrowed(items, filters, now),
        key=lambda item: (item.state not in {"open", "answered_open"}, item.at),
    )
    counts = desk.totals(items)
    waiting = [item for item in items if item.state == "open"]
    return flask.render_template(
        "comments/queue.html",
        district_id=district_id,
        items=shown,
        received=len(items),
        counts=counts,
        waiting=len(waiting),
        oldest=max((item.age(now) for item in waiting), default=0),
        filters=filters,
        mine=bool(given.get("mine")),
        sections=sorted(
            {(item.section or "none", item.section_name) for item in items}, key=lambda pair: pair[1]
        ),
        tongues=sorted({item.language for item in items}),
        ages=AGES,
        now=now,
        may_export=allows(scope(), "comment_export:export"),
        staff=scope().engagement_level is None,
    )


@area.get("/d/<int:district_id>/comments/<int:thread_id>", permission="public_comments:view")
def thread(district_id: int, thread_id: int) -> ResponseReturnValue:
    """Show one thread with its passage, then and now, and what staff may do."""
    return _thread_page(district_id, thread_id, {}, {})


@area.post("/d/<int:district_id>/comments/<int:thread_id>/answer", permission="public_comments:answer")
def answer(district_id: int, thread_id: int) -> ResponseReturnValue:
    """Give the district's answer, and settle the thread at once if that was chosen."""
    form = flask.request.form
    settled = form.get("disposition", "")
    try:
        with transaction() as session:
            refuse_foreign_thread(session, district_id, thread_id)
            person = session.get(Person, scope().person_id)
            said = conversation.answer(
                session,
                scope(),
                thread_id,
                form.get("text", ""),
                language=form.get("language", "") if form.get("language") in LANGUAGES else language(),
                author=person.name if person is not None else "",
            )
            if settled in DISPOSITIONS:
                _settle(session, thread_id, form)
            audit.append(session, scope(), "public_comments:answer", f"comment/{said.id}")
    except conversation.UnknownThreadError as error:
        raise NotFound from error
    except conversation.EmptyAnswerError:
        said_why = message(
            "Write the answer first, in up to {limit} characters.", limit=conversation.OFFICIAL_LIMIT
        )
        return _thread_page(district_id, thread_id, form, {"text": said_why}, 422)
    except conversation.ReasonMissingError:
        return _thread_page(district_id, thread_id, form, {"note": _reason_missing()}, 422)
    flask.flash(_("Your answer is public. Whoever left an address hears of it by mail."), "ok")
    return flask.redirect(flask.url_for("comments.thread", district_id=district_id, thread_id=thread_id), 303)


@area.post("/d/<int:district_id>/comments/<int:thread_id>/disposition", permission="public_comments:answer")
def dispose(district_id: int, thread_id: int) -> ResponseReturnValue:
    """Say what became of a thread, or take it up again."""
    form = flask.request.form
    try:
        with transaction() as session:
            refuse_foreign_thread(session, district_id, thread_id)
            if form.get("disposition") == "reopen":
                conversation.reopen(session, scope(), thread_id)
            elif form.get("disposition") in DISPOSITIONS:
                _settle(session, thread_id, form)
            else:
                choose = message("Choose what became of it.")
                return _thread_page(district_id, thread_id, form, {"disposition": choose}, 422)
            audit.append(session, scope(), "public_comments:answer", f"comment_thread/{thread_id}")
    except conversation.UnknownThreadError as error:
        raise NotFound from error
    except conversation.ReasonMissingError:
        return _thread_page(district_id, thread_id, form, {"note": _reason_missing()}, 422)
    flask.flash(_("Saved. Readers see it beside the comment."), "ok")
    return flask.redirect(flask.url_for("comments.thread", district_id=district_id, thread_id=thread_id), 303)


@area.post("/d/<int:district_id>/comments/<int:thread_id>/assign", permission="public_comments:answer")
def assign(district_id: int, thread_id: int) -> ResponseReturnValue:
    """Give a thread to somebody of the district, who hears of it by mail."""
    wanted = flask.request.form.get("person", "")
    try:
        with transaction() as session:
            refuse_foreign_thread(session, district_id, thread_id)
            conversation.assign(session, scope(), thread_id, int(wanted) if wanted.isdigit() else None)
    except conversation.UnknownThreadError as error:
        raise NotFound from error
    flask.flash(_("Saved."), "ok")
    return flask.redirect(flask.url_for("comments.thread", district_id=district_id, thread_id=thread_id), 303)


@area.post(
    "/d/<int:district_id>/comments/<int:thread_id>/<int:comment_id>/set-aside",
    permission="public_comments:moderate",
)
def set_aside(district_id: int, thread_id: int, comment_id: int) -> ResponseReturnValue:
    """Take one comment out of readers' sight for a reason, or show it again."""
    form = flask.request.form
    try:
        with transaction() as session:
            refuse_foreign_thread(session, district_id, thread_id)
            if form.get("show"):
                conversation.show_comment_again(session, scope(), comment_id)
            else:
                conversation.set_comment_aside(session, scope(), comment_id, form.get("reason", ""))
            audit.append(session, scope(), "public_comments:moderate", f"comment/{comment_id}")
    except conversation.UnknownThreadError as error:
        raise NotFound from error
    except conversation.ReasonMissingError:
        return _thread_page(district_id, thread_id, form, {"reason": _reason_missing()}, 422)
    flask.flash(_("Saved. It stays counted."), "ok")
    return flask.redirect(flask.url_for("comments.thread", district_id=district_id, thread_id=thread_id), 303)


@area.get("/d/<int:district_id>/comments.csv", permission="comment_export:export")
def export(district_id: int) -> ResponseReturnValue:
    """Send every received comment with its answers as a table; cells can't become formulas."""
    with transaction() as session:
        plan_id = _plan(session, district_id)
        if plan_id is None:
            raise NotFound
        items = desk.appendix(session, district_id, plan_id, language())
        answers = desk.answers_by_thread(session, district_id, plan_id)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(
        [
            _("Number"),
            _("Received"),
            _("Version"),
            _("Section"),
            _("Passage"),
            _("Writer"),
            _("Relation"),
            _("Language"),
            _("Comment"),
            _("State"),
            _("Reason"),
            _("Answer of the district"),
        ]
    )
    for item in items:
        writer.writerow(
            [
                neutral(value)
                for value in (
                    str(item.comment_id),
                    item.at.isoformat(timespec="minutes"),
                    item.version_number,
                    item.section_name,
                    item.quotation,
                    item.author,
                    _(RELATIONS[item.relation]) if item.relation else "",
                    item.language,
                    item.text,
                    _(STATE_NAMES[item.state]),
                    item.note,
                    "\n\n".join(reply.text for reply in answers.get(item.thread_id, [])),
                )
            ]
        )
    response = flask.make_response("\ufeff" + buffer.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = "attachment; filename=comments.csv"
    return response


def neutral(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return "'" + value if value.lstrip()[:1] in {"=", "+", "-", "@"} or value[:1] in {"\t", "\r"} else value


def _thread_page(
    district_id: int, thread_id: int, form: Any, errors: dict[str, Message], status: int = 200
) -> ResponseReturnValue:
    with transaction() as session:
        found = desk.opened(session, district_id, thread_id, language())
        if found is None:
            raise NotFound
        people = session.execute(
            select(Person.id, Person.name, Membership.role)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organization_id == district_id,
                Membership.ended_at.is_(None),
                Membership.role.in_(("SUP", "CBO", "CAO", "HR", "SED")),
            )
            .order_by(Person.name)
        ).all()
        session.expunge_all()
    may = allows(scope(), "public_comments:answer") and (
        scope().role not in OWN_ONLY or found.thread.assigned_to == scope().person_id
    )
    page = flask.render_template(
        "comments/thread.html",
        district_id=district_id,
        found=found,
        thread=found.thread,
        people=people,
        may_answer=may,
        staff=scope().engagement_level is None,
        form=form,
        errors={field: render(said, language()) for field, said in errors.items()},
        outcomes=[(key, _(OUTCOMES[key])) for key in DISPOSITIONS],
        blocks=found.blocks,
    )
    return page, status


def _settle(session: Session, thread_id: int, form: Any) -> None:
    block = form.get("changed_block", "")
    conversation.set_disposition(
        session,
        scope(),
        thread_id,
        form["disposition"],
        form.get("note", ""),
        int(block) if block.isdigit() else None,
    )


def refuse_foreign_thread(session: Session, district_id: int, thread_id: int) -> None:
    """Refuse a department head who was not given the thread.

    Raises:
        NotAllowed: The thread is somebody else's to answer.
    """
    if scope().role in OWN_ONLY:
        found = conversation.thread_of(session, district_id, thread_id)
        if found.assigned_to != scope().person_id:
            raise NotAllowed(
                message(
                    "You answer comments that were given to you. Ask the superintendent to give you this one."
                )
            )


def _plan(session: Session, district_id: int) -> int | None:
    return session.scalar(
        select(Plan.id).where(Plan.district_id == district_id).order_by(Plan.id.desc()).limit(1)
    )


def _reason_missing() -> Message:
    return message("Give the reason in a sentence: readers see it beside the comment.")
