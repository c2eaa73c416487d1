"""Taking a reader's comment or reply, and the support that readers give to one another's."""

from __future__ import annotations

import secrets
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from apportion.request import _, language, scope, transaction
from apportion.routing import VISITOR
from apportion.security import cookie_name, set_cookie
from apportion.services import services
from apportion.sharing import explain, memory, reading
from apportion.sharing.area import area
from apportion.sharing.throttle import too_often
from apportion.sharing.visited import base_of, choose, is_open, once, visited_district, visited_plan
from reports.document import Document, plain_text
from tenants.language import message, render
from tenants.records.comments import Comment
from tenants.records.plans import PlanVersion
from tenants.scope import Scope
from workers.comments import conversation, support
from workers.comments.texts import NotTaken, Posting, check

FROM_ONE_CONNECTION = 30
"""Comments in ten minutes: a whole meeting may sit behind one address."""
FROM_ONE_LINK = 600
"""Comments in an hour."""
SUPPORTS_FROM_ONE_CONNECTION = 120
"""Presses of "I support this" in ten minutes from one connection."""
SUPPORTER_COOKIE = "supporter"
"""Holds a random mark of this browser for the pages of one link, so that it counts once for a comment."""


@area.get("/r/p/<int:link_id>/comment", permission=VISITOR)
def comment(link_id: int) -> ResponseReturnValue:
    """Show the form for a comment on one block or figure, or for a reply: the way without script."""
    with transaction() as session:
        version = choose(session, None)[0]
        found = reading.document(session, visited_district(), version.id)
    if not is_open(version):
        flask.flash(_("The time for comments is over."), "info")
        return flask.redirect(base_of(link_id), 303)
    sent = {
        "block": flask.request.args.get("block", ""),
        "figure": flask.request.args.get("figure", ""),
        "quotation": flask.request.args.get("quotation", "")[:1200],
        "thread": flask.request.args.get("thread", ""),
    }
    return _form(link_id, found, sent, {})


@area.post("/r/p/<int:link_id>/comment", permission=VISITOR)
def send_comment(link_id: int) -> ResponseReturnValue:
    """Take a comment."""
    form = flask.request.form
    with transaction() as session:
        facts = choose(session, None)[0]
        found = reading.document(session, visited_district(), facts.id)
    if not is_open(facts):
        return _form(
            link_id, found, form, {"text": message("The time for comments is over. Nothing was sent.")}
        )
    try:
        posting = _posting(form)
    except NotTaken as error:
        return _form(link_id, found, form, error.errors, 422)
    if _too_many(link_id):
        said = message(
            "Many comments just came from here. Your words are kept: send them again in a few minutes."
        )
        return _form(link_id, found, form, {"text": said}, 429)
    if not memory.first_time(link_id, form.get("once", "")):
        return flask.redirect(flask.url_for("sharing.sent", link_id=link_id), 303)
    try:
        with transaction() as session:
            version = session.scalars(select(PlanVersion).where(PlanVersion.id == facts.id)).one()
            posted = conversation.post_public(
                session, scope(), version, found, posting, secret=services().settings.secret_keys[0]
            )
    except conversation.UnknownThreadError:
        memory.forget(link_id, form.get("once", ""))
        said = message(
            "The comment that you answer is no longer shown. Your words are kept: send them again, and they "
            "stand as a comment of their own."
        )
        return _form(link_id, found, {**form, "thread": ""}, {"text": said}, 422)
    except BaseException:
        memory.forget(link_id, form.get("once", ""))
        raise
    with services().database.transaction(Scope.for_upkeep(visited_district())) as session:
        conversation.after_posting(session, visited_district(), posted)
    flask.session["sent"] = {
        "code": posted.code,
        "thread": posted.thread_id,
        "mail": bool(posting.address),
        "reply": posting.thread_id is not None,
    }
    return flask.redirect(flask.url_for("sharing.sent", link_id=link_id), 303)


@area.get("/r/p/<int:link_id>/sent", permission=VISITOR)
def sent(link_id: int) -> ResponseReturnValue:
    """Show the return code, once, and what happens next."""
    held = flask.session.pop("sent", None)
    code = held["code"] if held else None
    return flask.render_template(
        "sharing/sent.html",
        base=base_of(link_id),
        link_id=link_id,
        held=held,
        code=code,
        district_id=visited_district(),
    )


def _form(
    link_id: int, found: Document, sent: Any, errors: dict[str, Any], status: int = 200
) -> ResponseReturnValue:
    tongue = language()
    block_id = _number(sent.get("block", ""))
    block = found.block(block_id) if block_id is not None else None
    explained = explain.by_stable_key(found, sent.get("figure", ""), tongue)
    quoted = "" if sent.get("thread") else sent.get("quotation", "")
    thread = _number(sent.get("thread", ""))
    answered = _replied_to(thread) if thread is not None else None
    if answered is not None:
        quoted = answered.text
    if not quoted and block is not None:
        quoted = plain_text(block, tongue)
    if not quoted and explained is not None:
        quoted = f"{explained.printed}: {explained.label}"
    page = flask.render_template(
        "sharing/comment.html",
        base=base_of(link_id),
        link_id=link_id,
        form=sent,
        errors={field: render(said, tongue) for field, said in errors.items()},
        quoted=quoted,
        block=block,
        thread=answered.thread_id if answered is not None else None,
        once=sent.get("once") or once(),
    )
    return page, status


def _replied_to(thread_id: int) -> Comment | None:
    """Return the first shown comment of a thread that a reader may reply in, or None."""
    with transaction() as session:
        if not conversation.is_shown(session, visited_district(), visited_plan(), thread_id):
            return None
        found = session.scalar(
            select(Comment)
            .where(
                Comment.district_id == visited_district(),
                Comment.thread_id == thread_id,
                Comment.official.is_(False),
            )
            .order_by(Comment.id)
            .limit(1)
        )
        session.expunge_all()
    return found


def _number(typed: str) -> int | None:
    """Return a record's id out of a form, or None for what can be none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else None


def _posting(form: Any) -> Posting:
    """Return the checked posting.

    Raises:
        NotTaken: With a sentence for each field that needs attention.
    """
    if form.get("website"):
        said = message("Leave the field Website empty: it is there to stop programs. Then send again.")
        raise NotTaken({"website": said})
    posting = Posting(
        text=form.get("text", ""),
        language=language(),
        name=form.get("name", ""),
        relation=form.get("relation", ""),
        address=form.get("address", ""),
        block_id=_number(form.get("block", "")),
        figure=form.get("figure", ""),
        quotation=form.get("quotation", ""),
        thread_id=_number(form.get("thread", "")),
        start=_number(form.get("start", "")),
    )
    return check(posting)


def _too_many(link_id: int) -> bool:
    one = too_often(visited_district(), f"comment/{link_id}", FROM_ONE_CONNECTION, 600)
    return too_often(visited_district(), f"comment/{link_id}", FROM_ONE_LINK, 3600, whole=True) or one


@area.post("/r/p/<int:link_id>/support", permission=VISITOR)
def give_support(link_id: int) -> ResponseReturnValue:
    """Count this browser among a comment's supporters, or no longer; only while comments are taken."""
    thread_id = _number(flask.request.form.get("thread", ""))
    with transaction() as session:
        version = choose(session, None)[0]
        shown = thread_id is not None and conversation.is_shown(
            session, visited_district(), visited_plan(), thread_id
        )
    back = flask.redirect(f"{base_of(link_id)}#c{thread_id}", 303)
    if not is_open(version):
        flask.flash(_("The time for comments is over."), "info")
        return back
    if thread_id is None or not shown:
        flask.flash(_("This comment is no longer shown."), "info")
        return flask.redirect(base_of(link_id), 303)
    if too_often(visited_district(), f"support/{link_id}", SUPPORTS_FROM_ONE_CONNECTION, 600):
        flask.flash(_("Very many pressed from here just now. Try again in a few minutes."), "warn")
        return back
    known = flask.request.cookies.get(cookie_name(SUPPORTER_COOKIE, whole_site=False))
    mark = known or secrets.token_urlsafe(18)
    with services().database.transaction(Scope.for_upkeep(visited_district())) as session:
        now_counted = support.turn(session, visited_district(), thread_id, mark)
    flask.flash(
        _("Your support is counted. Press again to take it back.")
        if now_counted
        else _("Your support is taken back."),
        "ok",
    )
    set_cookie(back, SUPPORTER_COOKIE, mark, path=base_of(link_id))
    return back
