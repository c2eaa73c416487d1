"""What the cabinet says of the plan in writing: comments and suggestions, beside the page, never public."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.frame.facts import california_today
from apportion.plan.area import area, kept
from apportion.plan.editor import Writing, page
from apportion.plan.passages import address_of, change_from_form, conflict_page, held_passage, in_words
from apportion.request import _, language, scope, transaction
from apportion.routing import NotAllowed
from tenants.language import LANGUAGES
from workers.comments import cabinet
from workers.planning import owning
from workers.planning.words import say
from workers.planning.writing import RevisionConflictError, TextRefusedError


@area.post(
    "/edit/<int:plan_id>/passages/<int:block_id>/comments",
    permission="cabinet_comments:create",
    serves=("o",),
)
def comment(district_id: int, plan_id: int, block_id: int) -> ResponseReturnValue:
    """Begin a thread on a passage, or on words in it."""
    form = flask.request.form
    quoted = form.get("language", "en")
    about = cabinet.Passage(
        block_id,
        form.get("quotation", ""),
        form.get("start", type=int),
        quoted if quoted in LANGUAGES else "en",
    )
    with transaction() as session:
        _block, section = held_passage(session, district_id, plan_id, block_id)
        given = form.get("assigned_to", type=int)
        if given not in owning.possible_owners(session, district_id, california_today()):
            given = None
        try:
            cabinet.comment(session, scope(), plan_id, about, form.get("words", ""), given)
        except cabinet.RemarkRefusedError as refused:
            return _refused(refused, address_of(district_id, plan_id, section.key, block_id))
        address = address_of(district_id, plan_id, section.key, block_id)
    return kept(address)


@area.post("/edit/<int:plan_id>/passages/<int:block_id>/suggestions", permission="plan:suggest")
def suggest(district_id: int, plan_id: int, block_id: int) -> ResponseReturnValue:
    """Suggest other words for a passage that somebody else writes."""
    change = change_from_form()
    with transaction() as session:
        _block, section = held_passage(session, district_id, plan_id, block_id)
        address = address_of(district_id, plan_id, section.key, block_id)
        try:
            cabinet.suggest(session, scope(), plan_id, block_id, change, flask.request.form.get("words", ""))
        except TextRefusedError as refused:
            said = in_words(refused)
            return page(session, district_id, plan_id, section.key, Writing(block_id, said, change))
        except cabinet.RemarkRefusedError as refused:
            return _refused(refused, address)
    flask.flash(_("Your suggestion stands beside the passage; whoever writes the section decides."), "ok")
    return kept(address)


@area.post(
    "/edit/<int:plan_id>/threads/<int:thread_id>/replies", permission="cabinet_comments:create", serves=("o",)
)
def reply(district_id: int, plan_id: int, thread_id: int) -> ResponseReturnValue:
    """Say something in a thread."""
    with transaction() as session:
        try:
            thread = cabinet.reply(session, scope(), plan_id, thread_id, flask.request.form.get("words", ""))
        except cabinet.UnknownThreadError as unknown:
            raise NotFound from unknown
        except cabinet.RemarkRefusedError as refused:
            return _refused(refused, flask.url_for("plan.editor", district_id=district_id, plan_id=plan_id))
        _block, section = held_passage(session, district_id, plan_id, thread.block_id)
        address = address_of(district_id, plan_id, section.key, thread.block_id)
    return kept(address)


@area.post(
    "/edit/<int:plan_id>/threads/<int:thread_id>/<act>", permission="cabinet_comments:edit", serves=("o",)
)
def act_on_thread(district_id: int, plan_id: int, thread_id: int, act: str) -> ResponseReturnValue:
    """Settle a thread; take or decline a suggestion."""
    with transaction() as session:
        try:
            thread = cabinet.of_id(session, scope(), plan_id, thread_id)
            _block, section = held_passage(session, district_id, plan_id, thread.block_id)
            address = address_of(district_id, plan_id, section.key, thread.block_id)
            match act:
                case "settle":
                    cabinet.settle(session, scope(), plan_id, thread_id)
                case "take":
                    cabinet.take(session, scope(), plan_id, thread_id)
                    flask.flash(_("The suggestion stands in the passage now."), "ok")
                case "decline":
                    cabinet.decline(session, scope(), plan_id, thread_id, flask.request.form.get("words", ""))
                case _:
                    raise NotFound
        except cabinet.UnknownThreadError as unknown:
            raise NotFound from unknown
        except cabinet.RemarkRefusedError as refused:
            return _refused(refused, address)
        except owning.ForeignSectionError as foreign:
            raise NotAllowed(foreign.said) from foreign
        except RevisionConflictError as conflict:
            return conflict_page(session, district_id, plan_id, thread.block_id, conflict.mine)
        except TextRefusedError as refused:
            back = Writing(thread.block_id, in_words(refused), cabinet.change_of(thread))
            return page(session, district_id, plan_id, section.key, back)
    return kept(address)


def _refused(refused: cabinet.RemarkRefusedError, address: str) -> ResponseReturnValue:
    flask.flash(say(refused.said, language()), "bad")
    return flask.redirect(address)
