"""The facilitator's access: what a district lets in, and what a facilitator has asked for."""

from __future__ import annotations

import functools
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.frame.facts import california_today
from apportion.request import _, scope, transaction
from apportion.services import services
from apportion.settings.area import area, back_to, day_of, errors_of, whole_number
from tenants import belonging, engagements
from tenants.errors import NotPossibleError
from tenants.language import N_
from tenants.organizations import Organization
from tenants.roles import (
    allows,
    coach_does,
    coach_sees,
)
from tenants.scope import FACILITATOR_ROLES, Scope
from workers import webhooks

LEVEL_NAMES = {
    1: N_("Progress: steps, owners, dates"),
    2: N_("Reader: also released analyses, priorities, options and plan drafts"),
    3: N_("Coach: also comments and proposals (usual)"),
    4: N_("Co-author: also assigned plan sections and analyses"),
}


@area.get("/d/<int:district_id>/settings/facilitator", permission="engagement:view")
def facilitator(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show which facilitator the district has let in, how far, until when, and what that shows."""
    if not _of_own_district():
        raise NotFound
    return _facilitator_page()


def _of_own_district() -> bool:
    """Say whether the actor belongs to the district viewed; a coach's own page of engagements is another."""
    return scope().organization_id == scope().viewed_district_id


def _facilitator_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    with transaction() as session:
        found = engagements.of_organization(session, acting.organization_id or 0)
        choices = engagements.facilitators(session, acting.organization_id or 0)
    today = california_today()
    current = [one for one in found if one.state in engagements.OPEN and one.ends_on >= today]
    statements = {
        one.id: {
            "sees": coach_sees(one.level)[0],
            "hidden": coach_sees(one.level)[1],
            "does": coach_does(one.level),
        }
        for one in current
    }
    page = flask.render_template(
        "settings/facilitator.html",
        current=current,
        past=[one for one in found if one not in current],
        choices=[(one.id, one.name) for one in choices],
        levels=[(level, _(name)) for level, name in LEVEL_NAMES.items()],
        level_names=LEVEL_NAMES,
        statements=statements,
        manages=allows(acting, "engagement:manage"),
        usual_end=today.replace(year=today.year + 1, day=min(today.day, 28)),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/d/<int:district_id>/settings/facilitator/offer", permission="engagement:manage")
def offer(district_id: int) -> ResponseReturnValue:
    """Let a facilitator in."""
    form = flask.request.form
    try:
        with transaction() as session:
            made = engagements.offer(
                session,
                scope(),
                facilitator_id=whole_number(form.get("facilitator")),
                level=whole_number(form.get("level")),
                ends_on=day_of(form.get("ends_on", "")) or california_today(),
                today=california_today(),
            )
            _notify(session, district_id, made)
    except NotPossibleError as refusal:
        return _facilitator_page(errors_of(refusal), 422)
    return back_to(
        "settings.facilitator", _("Offered. It begins once the facilitator accepts."), district_id=district_id
    )


@area.post("/d/<int:district_id>/settings/facilitator/<int:engagement_id>", permission="engagement:manage")
def decide(district_id: int, engagement_id: int) -> ResponseReturnValue:
    """Accept or decline a request, change the level or the end, or end the engagement at once."""
    form = flask.request.form
    try:
        with transaction() as session:
            found = _decide(session, engagement_id, form)
            if found:
                _notify(session, district_id, engagement_id)
    except NotPossibleError as refusal:
        return _facilitator_page(errors_of(refusal), 422)
    if not found:
        raise NotFound
    return back_to(
        "settings.facilitator",
        _("Changed. It holds from the facilitator's next page on."),
        district_id=district_id,
    )


def _notify(session: Session, district_id: int, engagement_id: int) -> None:
    """Tell the programs that listen to the district."""
    place = flask.url_for("settings.facilitator", district_id=district_id)
    webhooks.emit(session, district_id, "engagement.changed", f"engagement/{engagement_id}", place)


def _decide(session: Any, engagement_id: int, form: Any) -> bool:
    plain = {"accept": engagements.accept, "decline": engagements.decline, "end": engagements.end}
    act = form.get("act", "")
    if act in plain:
        return plain[act](session, scope(), engagement_id)
    return engagements.change(
        session,
        scope(),
        engagement_id,
        level=whole_number(form.get("level")),
        ends_on=day_of(form.get("ends_on", "")) or california_today(),
        today=california_today(),
    )


@area.get("/organization/engagements", permission="engagement:view")
def own_engagements() -> ResponseReturnValue:
    """Show a facilitator's engagements, and ask a district for one."""
    if scope().role not in FACILITATOR_ROLES:
        raise NotFound
    return _own_engagements_page()


def _own_engagements_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    with transaction() as session:
        found = engagements.of_organization(session, acting.organization_id or 0)
        districts = {
            row.id: row.name
            for row in session.scalars(select(Organization).where(Organization.kind == "district"))
        }
        members = belonging.members(session, acting.organization_id or 0)
    today = california_today()
    page = flask.render_template(
        "settings/own_engagements.html",
        found=[one for one in found if one.state in engagements.OPEN],
        districts=districts,
        members=members,
        levels=[(level, _(name)) for level, name in LEVEL_NAMES.items()],
        level_names=LEVEL_NAMES,
        leads=allows(acting, "engagement:request"),
        usual_end=today.replace(year=today.year + 1, day=min(today.day, 28)),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/organization/engagements", permission="engagement:request")
def request_engagement() -> ResponseReturnValue:
    """Ask a district to be let in; the answer is the same whether it is here or not."""
    form = flask.request.form
    try:
        engagements.request(
            services().database,
            scope(),
            cds_code=form.get("cds_code", "").strip(),
            level=whole_number(form.get("level")),
            ends_on=day_of(form.get("ends_on", "")) or california_today(),
            today=california_today(),
        )
    except NotPossibleError as refusal:
        return _own_engagements_page(errors_of(refusal), 422)
    return back_to(
        "settings.own_engagements",
        _("Asked. If this district is on Apportion, its stewards see your request and decide."),
    )


@area.post("/organization/engagements/<int:engagement_id>", permission="engagement:request")
def decide_own(engagement_id: int) -> ResponseReturnValue:
    """Accept or decline a district's offer, name coaches, or end the engagement."""
    form = flask.request.form
    coaches = [whole_number(one) for one in form.getlist("coaches")]
    plain = {"accept": engagements.accept, "decline": engagements.decline, "end": engagements.end}
    do = plain.get(form.get("act", ""), functools.partial(engagements.name_coaches, person_ids=coaches))

    def act(session: Session, acting: Scope, number: int) -> bool:
        done = do(session, acting, number)
        if done:
            _notify(session, acting.district_id or 0, number)
        return done

    try:
        found = engagements.decide_as_facilitator(services().database, scope(), engagement_id, act)
    except NotPossibleError as refusal:
        return _own_engagements_page(errors_of(refusal), 422)
    if not found:
        raise NotFound
    return back_to("settings.own_engagements", _("Changed."))
