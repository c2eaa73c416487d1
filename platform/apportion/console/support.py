"""Support by consent, from the operator's side: asking, taking up, looking, ending."""

from __future__ import annotations

import datetime as dt

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from apportion.console.area import area
from apportion.request import _, scope, transaction
from apportion.services import services
from apportion.settings.area import back_to, errors_of
from apportion.settings.support import wish_of_form
from tenants import lookups
from tenants import support as grants
from tenants.areas import SUPPORT_AREAS
from tenants.errors import NotPossibleError
from tenants.organizations import Organization
from workers.account import letters


@area.get("/console/support", permission="support_grant:request")
def support() -> ResponseReturnValue:
    """Show the grants of the operator's people, and ask a district for one."""
    return _page()


def _page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    now = dt.datetime.now(dt.UTC)
    with transaction() as session:
        found = grants.of_organization(session, scope().organization_id or 0)
        names = dict(
            session.execute(
                select(Organization.id, Organization.name).where(
                    Organization.id.in_([one.district_id for one in found])
                )
            ).all()
        )
        session.expunge_all()
    page = flask.render_template(
        "console/support.html",
        found=[(one, grants.standing(one, now)) for one in found],
        names=names,
        areas=[(key, _(title)) for key, (title, _keys) in SUPPORT_AREAS.items()],
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/console/support", permission="support_grant:request")
def ask() -> ResponseReturnValue:
    """Ask a district to let the asking person look."""
    code = flask.request.form.get("cds_code", "").strip()
    district_id = lookups.district_by_code(services().database, code)
    acting = scope() if district_id is None else scope().deciding_in(district_id)
    try:
        with services().database.transaction(acting) as session:
            letters.ask_for_support(
                session,
                acting,
                cds_code=code,
                district_id=district_id,
                wish=wish_of_form(),
                base_url=services().settings.base_url,
            )
    except NotPossibleError as refusal:
        return _page(errors_of(refusal), 422)
    return back_to("console.support", _("Asked. It begins once a steward of the district agrees."))


@area.post("/console/support/<int:grant_id>", permission="support_grant:request")
def decide(grant_id: int) -> ResponseReturnValue:
    """Take up what a steward offered to this person, or end what is open."""
    decisions = {"take_up": grants.take_up, "end": grants.end}
    act = flask.request.form.get("act", "")
    try:
        if act not in decisions or not grants.decide_as_operator(
            services().database, scope(), grant_id, decisions[act]
        ):
            raise NotFound
    except NotPossibleError as refusal:
        return _page(errors_of(refusal), 422)
    return back_to("console.support", _("It begins now.") if act == "take_up" else _("Ended."))


@area.get("/d/<int:district_id>/support", permission="support_grant:use")
def here(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show the operator's person what the grant opens in this district, and what it does not."""
    open_areas = scope().support_areas
    return flask.render_template(
        "console/here.html",
        lent=[_(SUPPORT_AREAS[area][0]) for area in open_areas],
        not_lent=[_(title) for area, (title, _keys) in SUPPORT_AREAS.items() if area not in open_areas],
    )
