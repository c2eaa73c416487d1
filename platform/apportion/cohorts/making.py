"""A facilitator makes a cohort, invites districts, names coaches, ends it; a district joins or leaves."""

from __future__ import annotations

import functools
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.cohorts.area import LEVELS, area
from apportion.frame.facts import california_today
from apportion.request import _, language, scope, transaction
from apportion.services import services
from tenants import belonging, cohorts, engagements
from tenants.errors import NotPossibleError
from tenants.language import render
from tenants.records import dates
from tenants.roles import allows
from tenants.scope import FACILITATOR_ROLES


@area.get("/cohorts", permission="cohort:view")
def index() -> ResponseReturnValue:
    """Show the organization's cohorts, and the form that makes one."""
    return _index_page()


def _index_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting, today = scope(), california_today()
    if acting.role not in FACILITATOR_ROLES:
        raise NotFound
    with transaction() as session:
        found = [
            (cohort, _seen(cohorts.places(session, acting, cohort.id)))
            for cohort in cohorts.of_facilitator(session, acting)
        ]
        choices = cohorts.engaged(session, acting, today)
        session.expunge_all()
    page = flask.render_template(
        "cohorts/index.html",
        # A coach learns of the cohorts of the own districts alone.
        found=[(cohort, places) for cohort, places in found if places or acting.role == "FLD"],
        choices=choices,
        year=dates.fiscal_year_of(today),
        may_make=allows(acting, "cohort:create"),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/cohorts", permission="cohort:create")
def create() -> ResponseReturnValue:
    """Make a cohort and invite its districts."""
    form = flask.request.form
    try:
        with transaction() as session:
            made = cohorts.create(
                session,
                scope(),
                name=form.get("name", ""),
                fiscal_year=form.get("fiscal_year", "").strip(),
                district_ids=_numbers(form.getlist("districts")),
                today=california_today(),
            )
    except NotPossibleError as refusal:
        return _index_page(_errors(refusal), 422)
    flask.flash(_("Made. Each invited district takes its place when one of its stewards accepts."), "ok")
    return flask.redirect(flask.url_for("cohorts.one", cohort_id=made))


@area.get("/cohorts/<int:cohort_id>", permission="cohort:view")
def one(cohort_id: int) -> ResponseReturnValue:
    """Show a cohort: its places, each district's coaches, and who else may be invited."""
    return _cohort_page(cohort_id)


def _cohort_page(
    cohort_id: int, errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    acting, today = scope(), california_today()
    if acting.role not in FACILITATOR_ROLES:
        raise NotFound
    with transaction() as session:
        cohort = cohorts.one(session, acting, cohort_id)
        if cohort is None:
            raise NotFound
        places = _seen(cohorts.places(session, acting, cohort_id))
        if not places and acting.role != "FLD":
            raise NotFound
        engaged = cohorts.engaged(session, acting, today)
        open_ones = {
            each.district_id: each
            for each in engagements.of_organization(session, acting.organization_id or 0)
            if each.state == "active" and each.district_id in engaged
        }
        members = belonging.members(session, acting.organization_id or 0)
        session.expunge_all()
    seated = {place.district_id for place in places if place.state != "left"}
    page = flask.render_template(
        "cohorts/cohort.html",
        cohort=cohort,
        places=places,
        joined=sum(place.state == "joined" for place in places),
        open_ones=open_ones,
        members=members,
        levels=LEVELS,
        choices={number: name for number, name in engaged.items() if number not in seated},
        manages=allows(acting, "cohort:manage") and cohort.ended_at is None,
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


def _seen(places: list[cohorts.Place]) -> list[cohorts.Place]:
    """Keep a coach to the districts that let that coach in; a lead sees every place of the cohort."""
    if scope().role == "FLD":
        return places
    return [place for place in places if place.district_id in scope().progress]


@area.post("/cohorts/<int:cohort_id>", permission="cohort:manage")
def change(cohort_id: int) -> ResponseReturnValue:
    """Rename or end a cohort, invite districts or take one out, or name a district's coaches."""
    try:
        if flask.request.form.get("act") == "coaches":
            said = _name_coaches(cohort_id, _numbers(flask.request.form.getlist("districts")))
        else:
            with transaction() as session:
                said = _change(session, cohort_id)
    except NotPossibleError as refusal:
        return _cohort_page(cohort_id, _errors(refusal), 422)
    if said is None:
        raise NotFound
    flask.flash(said, "ok")
    return flask.redirect(flask.url_for("cohorts.one", cohort_id=cohort_id))


def _change(session: Session, cohort_id: int) -> str | None:
    """Do what the form asks; return what is said about it, or None where there is nothing to do it to."""
    form, acting = flask.request.form, scope()
    numbers = _numbers(form.getlist("districts"))
    match form.get("act", ""):
        case "rename":
            done = cohorts.rename(session, acting, cohort_id, form.get("name", ""))
            said = _("The cohort has its new name.")
        case "invite":
            if not numbers:
                raise NotPossibleError("Choose at least one district.", field="districts")
            done = cohorts.invite(session, acting, cohort_id, numbers, today=california_today())
            said = _("Invited. Each takes its place when one of its stewards accepts.")
        case "leave":
            done = bool(numbers) and cohorts.leave(session, acting, cohort_id, numbers[0])
            said = _("It no longer belongs to the cohort. Its engagement goes on as before.")
        case "end":
            done = cohorts.end(session, acting, cohort_id)
            said = _("The cohort has ended. Engagements and plans go on as before.")
        case _:
            done, said = False, ""
    return said if done else None


def _name_coaches(cohort_id: int, numbers: list[int]) -> str | None:
    """Name the coaches of a district of this cohort; None for a district without an open engagement."""
    acting, people = scope(), _numbers(flask.request.form.getlist("coaches"))
    with transaction() as session:
        here = {place.district_id for place in cohorts.places(session, acting, cohort_id)}
        found = [
            each.id
            for each in engagements.of_organization(session, acting.organization_id or 0)
            if each.state == "active" and each.district_id in here and each.district_id in numbers
        ]
    name = functools.partial(engagements.name_coaches, person_ids=people)
    if not found or not engagements.decide_as_facilitator(services().database, acting, found[0], name):
        return None
    return _("The coaches are named. They see this district from their next page on.")


@area.get("/d/<int:district_id>/cohort", permission="cohort:view")
def own_place(district_id: int) -> ResponseReturnValue:
    """Show a district its own place in cohorts, and let its stewards join or leave."""
    if scope().organization_id != district_id:
        raise NotFound
    with transaction() as session:
        found = cohorts.own_places(session, district_id)
    return flask.render_template(
        "cohorts/own.html",
        invited=[place for place in found if place.state == "invited" and not place.ended],
        joined=[place for place in found if place.state == "joined" and not place.ended],
        past=[place for place in found if place.ended or place.state == "left"],
        decides=allows(scope(), "cohort_membership:accept"),
    )


@area.post("/d/<int:district_id>/cohort/<int:cohort_id>", permission="cohort_membership:accept")
def answer(district_id: int, cohort_id: int) -> ResponseReturnValue:
    """Join, decline or leave a cohort, as the district's steward decides."""
    said: dict[str, tuple[Any, str]] = {
        "join": (lambda session: cohorts.answer(session, scope(), cohort_id, joins=True), _("You joined.")),
        "decline": (
            lambda session: cohorts.answer(session, scope(), cohort_id, joins=False),
            _("Declined. Nothing of your district is shown on the cohort's board."),
        ),
        "leave": (
            lambda session: cohorts.leave(session, scope(), cohort_id, district_id),
            _("You left. Your row is gone from the cohort's board from now on."),
        ),
    }
    act = flask.request.form.get("act", "")
    if act not in said:
        raise NotFound
    do, words = said[act]
    with transaction() as session:
        if not do(session):
            raise NotFound
    flask.flash(words, "ok")
    return flask.redirect(flask.url_for("cohorts.own_place", district_id=district_id))


def _numbers(given: list[str]) -> list[int]:
    return [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 19]


def _errors(refusal: NotPossibleError) -> dict[str, str]:
    return {refusal.field or "form": render(refusal.said, language())}
