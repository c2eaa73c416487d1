"""Pages 3 and 4: choose an organization; my account."""

from __future__ import annotations

import dataclasses
import json

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import _, identity, transaction
from apportion.routing import SIGNED_IN
from apportion.search.words import Query
from apportion.services import services
from apportion.sign_in import district, users
from apportion.sign_in.area import area, errors_of, fresh, me, safe_return
from apportion.sign_in.letters import tell_of_change
from apportion.sign_in.throttle import Attempt
from tenants import accounts
from tenants.entering import codes, passkeys, provider
from tenants.entering.own_data import of_person as data_of_person
from tenants.errors import NotPossibleError
from tenants.people import Person
from tenants.roles import ROLE_NAMES
from tenants.scope import Scope

MANY = 12
"""Organizations above which the chooser offers to find one by its name."""
MOST_LISTED = 50


@area.get("/organizations", permission=SIGNED_IN)
def organizations() -> ResponseReturnValue:
    """Show the organizations that I belong to."""
    who = identity()
    held = accounts.belongings(services().database, who.person_id) if who is not None else []
    wanted = Query.of(flask.request.args.get("q", ""))
    fitting = [one for one in held if wanted.fits(one.name)]
    return flask.render_template(
        "sign_in/organizations.html",
        held=fitting[:MOST_LISTED],
        more=len(fitting[MOST_LISTED:]),
        wanted=wanted.text,
        many=MANY,
        chosen=who.organization_id if who is not None else None,
        role_names=ROLE_NAMES,
        back=safe_return(flask.request.args.get("next")),
    )


@area.post("/organizations/<int:organization_id>", permission=SIGNED_IN)
def choose_organization(organization_id: int) -> ResponseReturnValue:
    """Act in another of my organizations from now on, on this device."""
    who, session_id = identity(), users.current_session_id()
    if who is None or session_id is None or not choose(who.person_id, session_id, organization_id):
        raise NotFound
    return flask.redirect(safe_return(flask.request.form.get("next")))


def choose(person_id: int, session_id: int, organization_id: int) -> bool:
    """Let a device act in an organization; False where the person does not belong to it."""
    with services().database.transaction(Scope.for_person(person_id)) as session:
        return accounts.choose_organization(session, session_id, person_id, organization_id)


@area.get("/account", permission=SIGNED_IN)
def account() -> ResponseReturnValue:
    """Show my name, password and signed-in devices."""
    return _account_page()


def _account_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    with transaction() as session:
        person = session.get_one(Person, me())
        page = flask.render_template(
            "sign_in/account.html",
            person=person,
            devices=accounts.devices(session, person.id),
            here=users.current_session_id(),
            network=users.network(),
            passkeys=passkeys.of_person(session, person.id),
            has_password=accounts.has_password(session, person.id),
            has_authenticator=codes.has_authenticator(session, person.id),
            places=_connectable(session, person.id),
            codes_left=codes.recovery_codes_left(session, person.id),
            errors=errors or {},
        )
    return page, status


@dataclasses.dataclass(frozen=True)
class Place:
    """An organization of mine with a sign-in of its own."""

    organization_id: int
    name: str
    connected: bool


def _connectable(session: Session, person_id: int) -> list[Place]:
    connected = {each.organization_id for each in provider.of_person(session, person_id)}
    return [
        Place(one.organization_id, one.name, one.organization_id in connected)
        for one in accounts.belongings(services().database, person_id)
        if district.own_sign_in(one.organization_id) is not None
    ]


@area.post("/account/name", permission=SIGNED_IN)
def change_name() -> ResponseReturnValue:
    """Change the name that colleagues see."""
    name = flask.request.form.get("name", "").strip()
    if not name:
        return _account_page({"name": _("Type the name that colleagues know you by.")}, 422)
    with transaction() as session:
        session.execute(update(Person).where(Person.id == me()).values(name=name[:200]))
    flask.flash(_("Your name is changed."), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))


@area.post("/account/password", permission=SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Change the password and sign the other devices out."""
    who = identity()
    if who is None:
        raise NotFound
    attempt = Attempt("change", str(who.person_id))
    try:
        accounts.change_password(
            services().database,
            who.person_id,
            flask.request.form.get("current", ""),
            flask.request.form.get("password", ""),
            users.current_session_id(),
        )
    except NotPossibleError as refusal:
        return _account_page(errors_of(refusal), 422)
    attempt.succeeded()
    with transaction() as session:
        tell_of_change(session, who.person_id, "password_changed")
    flask.flash(_("Your password is changed, and your other devices are signed out."), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))


@area.post("/account/devices/<int:session_id>/end", permission=SIGNED_IN)
def end_device(session_id: int) -> ResponseReturnValue:
    """Sign one of my devices out."""
    with transaction() as session:
        ended = accounts.end_session(session, me(), session_id)
    if not ended:
        raise NotFound
    flask.flash(_("That device is signed out."), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))


@area.post("/account/devices/end-others", permission=SIGNED_IN)
def end_other_devices() -> ResponseReturnValue:
    """Sign every other device of mine out."""
    with transaction() as session:
        accounts.end_other_sessions(session, me(), users.current_session_id())
    flask.flash(_("Every other device is signed out."), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))


@area.get("/account/data", permission=SIGNED_IN)
@fresh
def own_data() -> ResponseReturnValue:
    """Give me what the platform keeps about me, as a file."""
    with services().database.transaction(Scope.for_person(me())) as session:
        kept = data_of_person(session, me())
    text = json.dumps(kept, indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": "attachment; filename=apportion-my-data.json"}
    return flask.Response(text, mimetype="application/json", headers=headers)
