"""Teams, and access that one person is given by name."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.frame.facts import california_today
from apportion.presentation import cap
from apportion.request import _, scope, transaction
from apportion.settings.area import area, back_to, day_of, errors_of
from tenants import belonging
from tenants.errors import NotPossibleError
from tenants.language import N_
from tenants.records import access, plan_entries
from tenants.records.plan_entries import OptionEntry
from tenants.roles import ROLE_NAMES, allows
from tenants.scope import CABINET_ROLES
from workers.planning import writing

KINDS = {
    "working": N_("working group"),
    "governing": N_("governing team"),
    "action": N_("action team: studies one option"),
}
NAMED = {
    "confidential_options": N_("one confidential option"),
    "named_positions": N_("positions with names and pay"),
    "personal_results": N_("results from which a person can be inferred"),
}


@area.get("/d/<int:district_id>/settings/access", permission="teams:view")
def access_page(district_id: int) -> ResponseReturnValue:
    """Show the teams, and to those who give it the access by name."""
    return _page(district_id)


def _page(district_id: int, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    names = allows(acting, "named_access:view")
    with transaction() as session:
        members = belonging.members(session, district_id)
        teams = access.teams(session, district_id)
        named = access.named(session, district_id, california_today()) if names else []
        ordinary = _options(session, district_id, confidential=False)
        confidential = _options(session, district_id, confidential=True) if names else []
    gives = [
        (key, cap(_(name)))
        for key, name in NAMED.items()
        if acting.role in access.GRANTERS[key] and not acting.contributor
        # With no confidential option in the plan, none can be named.
        if confidential or key != "confidential_options"
    ]
    page = flask.render_template(
        "settings/access.html",
        members=[member for member in members if member.role not in {"BRD", "COM"}],
        cabinet=[(member.person_id, member.name) for member in members if member.role in CABINET_ROLES],
        teams=teams,
        named=named,
        kinds=[(key, cap(_(name))) for key, name in KINDS.items()],
        kind_names=KINDS,
        named_names=NAMED,
        role_names=ROLE_NAMES,
        gives=gives,
        ordinary=[(each.id, each.title) for each in ordinary],
        confidential=[(each.id, each.title) for each in confidential],
        manages=allows(acting, "teams:manage"),
        gives_names=allows(acting, "named_access:manage"),
        shows_names=names,
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


def _options(session: Session, district_id: int, *, confidential: bool) -> list[OptionEntry]:
    plan = writing.current_plan(session, district_id)
    if plan is None:
        return []
    return plan_entries.options(session, district_id, plan.id, confidential=confidential)


@area.post("/d/<int:district_id>/settings/teams", permission="teams:manage")
def make_team(district_id: int) -> ResponseReturnValue:
    """Make a team."""
    form = flask.request.form
    try:
        with transaction() as session:
            access.make_team(
                session,
                scope(),
                kind=form.get("kind", ""),
                name=form.get("name", ""),
                option_id=_record_id(form.get("option")),
                person_ids=[_record_id(each) or 0 for each in form.getlist("people")],
            )
    except NotPossibleError as refusal:
        return _page(district_id, errors_of(refusal), 422)
    return back_to("settings.access_page", _("The team is made."), district_id=district_id)


@area.post("/d/<int:district_id>/settings/teams/<int:team_id>/end", permission="teams:manage")
def end_team(district_id: int, team_id: int) -> ResponseReturnValue:
    """End a team at once."""
    with transaction() as session:
        if not access.end_team(session, scope(), team_id):
            raise NotFound
    return back_to(
        "settings.access_page",
        _("The team has ended, and what it reached is closed."),
        district_id=district_id,
    )


@area.post("/d/<int:district_id>/settings/named", permission="named_access:manage")
def give_access(district_id: int) -> ResponseReturnValue:
    """Let one person see something by name until a day."""
    form = flask.request.form
    resource = form.get("resource", "")
    try:
        with transaction() as session:
            access.give(
                session,
                scope(),
                person_id=_record_id(form.get("person")) or 0,
                resource=resource,
                option_id=_record_id(form.get("option")) if resource == "confidential_options" else None,
                reason=form.get("reason", ""),
                ends_on=day_of(form.get("ends_on", "")) or california_today().min,
                today=california_today(),
            )
    except NotPossibleError as refusal:
        errors = errors_of(refusal)
        # Both forms of the page ask for an option; an error goes to the field that it is about.
        named = {"option-named" if field == "option" else field: text for field, text in errors.items()}
        return _page(district_id, named, 422)
    return back_to(
        "settings.access_page", _("Given. It holds from that person's next page on."), district_id=district_id
    )


@area.post("/d/<int:district_id>/settings/named/<int:access_id>/end", permission="named_access:manage")
def take_access_back(district_id: int, access_id: int) -> ResponseReturnValue:
    """End access by name at once."""
    with transaction() as session:
        if not access.take_back(session, scope(), access_id):
            raise NotFound
    return back_to(
        "settings.access_page", _("Taken back, from that person's next page on."), district_id=district_id
    )


def _record_id(text: str | None) -> int | None:
    """Return a record's id that a form sent, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
