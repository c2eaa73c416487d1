"""The comment desk: queue, thread, answer, disposition."""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.comments.area import (
    OWN_ONLY,
    answerers,
    area,
    plan_of,
    record_id,
    refuse_foreign_thread,
)
from apportion.request import _, language, scope, transaction
from tenants import audit
from tenants.language import LANGUAGES, Message, message, render
from tenants.people import Person
from tenants.records.comments import DISPOSITIONS
from tenants.roles import allows
from workers.comments import conversation, desk, sorting
from workers.comments.notices import OUTCOMES
from workers.comments.texts import RELATIONS

AGES = (0, 3, 7, 14)
ON_ONE_PAGE = 50
"""Comments on one page of the queue."""


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
        tag=given.get("tag", ""),
        group_id=record_id(given.get("group", "")),
        relation=given.get("relation", "") if given.get("relation", "") in RELATIONS else "",
    )
    with transaction() as session:
        plan_id = plan_of(session, district_id)
        items = desk.received(session, district_id, plan_id, language()) if plan_id is not None else []
        groups = sorting.groups(session, district_id, plan_id) if plan_id is not None else []
        people = answerers(session, district_id)
        session.expunge_all()
    shown = sorted(
        desk.narrowed(items, filters, now),
        key=lambda item: (item.state not in {"open", "answered_open"}, item.at),
    )
    pages = max(1, -(-len(shown) // ON_ONE_PAGE))
    page = min(record_id(given.get("page", "")) or 1, pages)
    counts = desk.totals(items)
    waiting = [item for item in items if item.state == "open"]
    return flask.render_template(
        "comments/queue.html",
        district_id=district_id,
        items=shown[(max(page, 1) - 1) * ON_ONE_PAGE : max(page, 1) * ON_ONE_PAGE],
        matching=len(shown),
        page=max(page, 1),
        pages=pages,
        asked={key: value for key, value in given.items() if value and key != "page"},
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
        tags=sorted({tag for item in items for tag in item.tags}, key=str.casefold),
        groups=groups,
        relations=[key for key in RELATIONS if key and any(item.relation == key for item in items)],
        people=people,
        may_tag=allows(scope(), "public_comments:tag"),
        may_group=allows(scope(), "public_comments:moderate") and scope().role not in OWN_ONLY,
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
            answers = []
            for answered in _answered_together(session, district_id, thread_id, form):
                said = conversation.answer(
                    session,
                    scope(),
                    answered,
                    form.get("text", ""),
                    language=form.get("language", "") if form.get("language") in LANGUAGES else language(),
                    author=person.name if person is not None else "",
                )
                if settled in DISPOSITIONS:
                    _settle(session, answered, form)
                answers.append(said.id)
            together = {"together": answers} if len(answers) > 1 else {}
            audit.append(session, scope(), "public_comments:answer", f"comment/{answers[0]}", **together)
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
            person_id = int(wanted) if wanted.isdigit() else None
            conversation.assign(session, scope(), thread_id, person_id)
            audit.append(
                session,
                scope(),
                "public_comments:answer",
                f"comment_thread/{thread_id}",
                assigned_to=person_id,
            )
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


def _thread_page(
    district_id: int, thread_id: int, form: Any, errors: dict[str, Message], status: int = 200
) -> ResponseReturnValue:
    with transaction() as session:
        found = desk.opened(session, district_id, thread_id, language())
        if found is None:
            raise NotFound
        people = answerers(session, district_id)
        known_tags = sorting.known_tags(session, district_id)
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
        may_tag=may or (allows(scope(), "public_comments:tag") and scope().role not in OWN_ONLY),
        known_tags=known_tags,
        staff=scope().engagement_level is None,
        form=form,
        errors={field: render(said, language()) for field, said in errors.items()},
        outcomes=[(key, _(OUTCOMES[key])) for key in DISPOSITIONS],
        blocks=found.blocks,
    )
    return page, status


def _answered_together(session: Session, district_id: int, thread_id: int, form: Any) -> list[int]:
    """Return the threads that one answer is for: the one opened, or all of its group where staff chose so."""
    thread = conversation.thread_of(session, district_id, thread_id)
    if not form.get("whole_group") or thread.group_id is None or scope().role in OWN_ONLY:
        return [thread_id]
    return sorting.members(session, district_id, thread.group_id)


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


def _reason_missing() -> Message:
    return message("Give the reason in a sentence: readers see it beside the comment.")
