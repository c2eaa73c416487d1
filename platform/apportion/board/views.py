"""Board review: a member asks staff alone; staff answer to all, without the asker's name.

What a member opens is built from the released plan, the memos and the own questions. Nothing that another
member did is read, so nothing of it can show.
"""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.request import _, language, scope, transaction
from apportion.routing import Area, NotAllowed
from tenants import belonging
from tenants.errors import NotPossibleError
from tenants.language import message, render
from tenants.records import board
from tenants.roles import allows, decide
from tenants.scope import CABINET_ROLES
from workers.planning import versions

area = Area("board", __name__, url_prefix="/d/<int:district_id>/board")


@area.get("", permission="board_answers:view", serves=("answers",))
def review(district_id: int) -> ResponseReturnValue:
    """Show a member the plan, the memos and the own questions; show staff what waits for an answer."""
    return _page(district_id)


def _page(district_id: int, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    member = acting.role == "BRD"
    with transaction() as session:
        released = versions.published_of_district(session, district_id)
        page = flask.render_template(
            "board/review.html",
            district_id=district_id,
            member=member,
            released=released,
            memos=board.memos(session, district_id),
            asked=board.own_questions(session, acting) if member else board.questions(session, district_id),
            heads=[]
            if member
            else [
                (each.person_id, each.name)
                for each in belonging.members(session, district_id)
                if each.role in CABINET_ROLES
            ],
            may_ask=allows(acting, "board_questions:create"),
            may_assign=allows(acting, "board_answers:approve"),
            may_draft=lambda each: allows(acting, "board_answers:create", each.facts),
            errors=errors or {},
            form=flask.request.form,
        )
    return page, status


def _refused(district_id: int, refusal: NotPossibleError) -> ResponseReturnValue:
    return _page(district_id, {refusal.field or "form": render(refusal.said, language())}, 422)


def _back(district_id: int, said: str) -> ResponseReturnValue:
    flask.flash(said, "ok")
    return flask.redirect(flask.url_for("board.review", district_id=district_id))


@area.post("/questions", permission="board_questions:create")
def ask(district_id: int) -> ResponseReturnValue:
    """Ask staff a question about the plan as released."""
    try:
        with transaction() as session:
            released = versions.published_of_district(session, district_id)
            newest = released[0].id if released else 0
            board.ask(session, scope(), newest, flask.request.form.get("text", ""))
    except NotPossibleError as refusal:
        return _refused(district_id, refusal)
    return _back(district_id, _("Your question went to staff. No other member sees it."))


@area.post("/questions/<int:question_id>/assign", permission="board_answers:approve")
def assign(district_id: int, question_id: int) -> ResponseReturnValue:
    """Give a question to a head."""
    person = flask.request.form.get("person", "")
    try:
        with transaction() as session:
            if board.question(session, district_id, question_id) is None:
                raise NotFound
            number = int(person) if person.isdigit() and len(person) < 19 else 0
            board.assign(session, scope(), question_id, number)
    except NotPossibleError as refusal:
        return _refused(district_id, refusal)
    return _back(district_id, _("Given."))


@area.post("/questions/<int:question_id>/memo", permission="board_answers:view")
def memo(district_id: int, question_id: int) -> ResponseReturnValue:
    """Keep the draft of an answer, or send it to every member as the superintendent."""
    form = flask.request.form
    send = form.get("act") == "send"
    try:
        with transaction() as session:
            asked = board.question(session, district_id, question_id)
            if asked is None:
                raise NotFound
            decision = decide(
                scope(), "board_answers:approve" if send else "board_answers:create", asked.facts
            )
            if not decision.allowed:
                raise NotAllowed(decision.why)
            board.draft(
                session,
                scope(),
                asked,
                question=form.get("question", ""),
                answer=form.get("answer", ""),
                send=send,
            )
    except NotPossibleError as refusal:
        return _refused(district_id, refusal)
    return _back(district_id, _("The answer went to every member.") if send else _("The draft is kept."))


@area.get("/memos.txt", permission="board_answers:view", serves=("answers",))
def record(district_id: int) -> ResponseReturnValue:
    """Give the questions and answers that went to all, for the public record."""
    with transaction() as session:
        found = board.memos(session, district_id)
    parts = [_("Questions of the board and the answers that went to all members")]
    for each in reversed(found):
        heading = message(
            "{date}, plan version {version}",
            date={"date": each.sent_at.date().isoformat()},
            version=each.version,
        )
        parts.append(f"{render(heading, language())}\n{each.question}\n\n{each.answer}")
    answer = flask.Response("\n\n----\n\n".join(parts) + "\n", content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="board-memos.txt"'
    return answer
