"""Sorting what was received: tags, groups, and giving several comments to somebody at once."""

from __future__ import annotations

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.comments.area import OWN_ONLY, area, record_id, refuse_foreign_thread
from apportion.request import _, _n, scope, transaction
from apportion.routing import NotAllowed
from tenants import audit
from tenants.language import message
from workers.comments import conversation, sorting


@area.post("/d/<int:district_id>/comments/tag", permission="public_comments:tag")
def tag(district_id: int) -> ResponseReturnValue:
    """Put a tag on the chosen comments."""
    return _with_chosen(district_id, "tag")


@area.post("/d/<int:district_id>/comments/group", permission="public_comments:moderate")
def group(district_id: int) -> ResponseReturnValue:
    """Put the chosen comments into a group, because a person found that they say the same."""
    return _with_chosen(district_id, "group")


@area.post("/d/<int:district_id>/comments/give", permission="public_comments:moderate")
def give(district_id: int) -> ResponseReturnValue:
    """Give the chosen comments to somebody, who hears of each by mail."""
    return _with_chosen(district_id, "give")


@area.post("/d/<int:district_id>/comments/<int:thread_id>/untag", permission="public_comments:tag")
def untag(district_id: int, thread_id: int) -> ResponseReturnValue:
    """Take a tag off a comment."""
    try:
        with transaction() as session:
            refuse_foreign_thread(session, district_id, thread_id)
            sorting.untag(session, scope(), thread_id, flask.request.form.get("tag", ""))
            audit.append(session, scope(), "public_comments:tag", f"comment_thread/{thread_id}")
    except conversation.UnknownThreadError as error:
        raise NotFound from error
    return _to_thread(district_id, thread_id)


@area.post("/d/<int:district_id>/comments/<int:thread_id>/ungroup", permission="public_comments:moderate")
def ungroup(district_id: int, thread_id: int) -> ResponseReturnValue:
    """Take a comment out of its group."""
    try:
        with transaction() as session:
            refuse_foreign_thread(session, district_id, thread_id)
            sorting.ungroup(session, scope(), thread_id)
            audit.append(session, scope(), "public_comments:moderate", f"comment_thread/{thread_id}")
    except conversation.UnknownThreadError as error:
        raise NotFound from error
    return _to_thread(district_id, thread_id)


def _with_chosen(district_id: int, act: str) -> ResponseReturnValue:
    form = flask.request.form
    chosen = sorted({number for typed in form.getlist("thread") if (number := record_id(typed)) is not None})
    back = _back(district_id, chosen)
    if not chosen:
        flask.flash(_("Choose the comments first: tick the box beside each."), "bad")
        return back
    try:
        with transaction() as session:
            for thread_id in chosen:
                refuse_foreign_thread(session, district_id, thread_id)
            if act == "tag":
                count = sorting.tag(session, scope(), chosen, form.get("tag", ""))
                said = _n("One comment has the tag now.", "{n} comments have the tag now.", len(chosen))
            elif act == "group":
                _refuse_heads()
                count = sorting.group(session, scope(), chosen, form.get("group", ""))
                said = _n("One comment is in the group.", "{n} comments are in the group.", len(chosen))
            else:
                _refuse_heads()
                for thread_id in chosen:
                    conversation.assign(session, scope(), thread_id, record_id(form.get("person", "")))
                count = len(chosen)
                said = _n("One comment was given.", "{n} comments were given.", count)
            if count:
                permission = "public_comments:tag" if act == "tag" else "public_comments:moderate"
                audit.append(session, scope(), permission, f"comment_thread/{chosen[0]}", threads=count)
    except conversation.UnknownThreadError as error:
        raise NotFound from error
    except sorting.NameRefusedError as error:
        flask.flash(
            _("Give it a name of 1 to {limit} characters. Nothing was changed.", limit=error.limit), "bad"
        )
        return back
    flask.flash(said, "ok")
    return back


def _refuse_heads() -> None:
    """Refuse a department head, who answers what was given to her and sorts nobody else's."""
    if scope().role in OWN_ONLY:
        raise NotAllowed(
            message("The superintendent, business and academic offices group and give comments.")
        )


def _back(district_id: int, chosen: list[int]) -> ResponseReturnValue:
    """Lead back to the queue as it was narrowed, or to the one thread that the form stood on."""
    if flask.request.form.get("from") == "thread" and chosen:
        return _to_thread(district_id, chosen[0])
    keys = ("state", "section", "language", "age", "mine", "relation", "tag", "group", "page")
    kept: dict[str, Any] = {key: value for key in keys if (value := flask.request.form.get(f"at_{key}", ""))}
    return flask.redirect(flask.url_for("comments.queue", district_id=district_id, **kept), 303)


def _to_thread(district_id: int, thread_id: int) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("comments.thread", district_id=district_id, thread_id=thread_id), 303)
