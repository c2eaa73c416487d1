"""Support's access: what the operator asks to see, what a steward lets it see, and what was opened."""

from __future__ import annotations

import datetime as dt

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.request import _, scope, transaction
from apportion.services import services
from apportion.settings.area import area, back_to, errors_of, whole_number
from tenants import support as grants
from tenants.areas import SUPPORT_AREAS
from tenants.errors import NotPossibleError


@area.get("/d/<int:district_id>/settings/support", permission="support_grant:manage")
def support(district_id: int) -> ResponseReturnValue:
    """Show what support asks for, what it may see now, and every page that it opened."""
    return _page(district_id)


def _page(district_id: int, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    now = dt.datetime.now(dt.UTC)
    with transaction() as session:
        found = grants.of_organization(session, district_id)
        opened = {
            one.id: grants.opened_under(session, district_id, one.id)
            for one in found[:20]
            if one.starts_at is not None
        }
        session.expunge_all()
    page = flask.render_template(
        "settings/support.html",
        found=[(one, grants.standing(one, now)) for one in found],
        opened=opened,
        areas=[(key, _(title)) for key, (title, _keys) in SUPPORT_AREAS.items()],
        longest=grants.LONGEST_HOURS,
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


def wish_of_form() -> grants.Wish:
    """Return what a form about support asks for."""
    form = flask.request.form
    return grants.Wish(form.get("purpose", ""), tuple(form.getlist("areas")), whole_number(form.get("hours")))


@area.post("/d/<int:district_id>/settings/support", permission="support_grant:manage")
def offer_support(district_id: int) -> ResponseReturnValue:
    """Let a person of the operator look."""
    try:
        grants.offer(
            services().database, scope(), address=flask.request.form.get("address", ""), wish=wish_of_form()
        )
    except NotPossibleError as refusal:
        return _page(district_id, errors_of(refusal), 422)
    return back_to(
        "settings.support", _("Offered. It begins once this person takes it up."), district_id=district_id
    )


@area.post("/d/<int:district_id>/settings/support/<int:grant_id>", permission="support_grant:manage")
def decide_support(district_id: int, grant_id: int) -> ResponseReturnValue:
    """Accept what support asks for, or decline or end it at once."""
    decisions = {"accept": grants.accept, "end": grants.end}
    act = flask.request.form.get("act", "")
    try:
        with transaction() as session:
            if act not in decisions or not decisions[act](session, scope(), grant_id):
                raise NotFound
    except NotPossibleError as refusal:
        return _page(district_id, errors_of(refusal), 422)
    text = (
        _("Support may look from now on.") if act == "accept" else _("Ended. Support sees nothing any more.")
    )
    return back_to("settings.support", text, district_id=district_id)
