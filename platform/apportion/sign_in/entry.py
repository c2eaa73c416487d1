"""The way from a first proof to a session: with a code in between where the account asks for one."""

from __future__ import annotations

import secrets
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from apportion.request import _
from apportion.routing import EVERYONE
from apportion.services import sealer, services
from apportion.sign_in import letters, throttle, users
from apportion.sign_in.area import area, safe_return
from apportion.sign_in.letters import tell_of_change
from apportion.sign_in.new_device import tell as tell_of_new_device
from tenants import accounts
from tenants.accounts import Proof
from tenants.entering import codes, once
from tenants.entering.sealing import SealError
from tenants.people import Person
from tenants.scope import Scope

WAITING_SECONDS = 600
"""How long a sign-in waits for its code."""
WAITING = "waiting-sign-in"


def address_of(person_id: int) -> str:
    """Return a person's mail address."""
    with services().database.transaction(Scope.for_person(person_id)) as session:
        return session.scalar(select(Person.address).where(Person.id == person_id)) or ""


def proceed(
    person_id: int, proof: Proof, next_page: str, organization_id: int | None = None
) -> ResponseReturnValue:
    """Go on after a first proof: to the code where the account has an authenticator, else in."""
    if not proof.strong and proof.method == "password":
        with services().database.transaction(Scope.for_person(person_id)) as session:
            waits = codes.has_authenticator(session, person_id)
        if waits:
            facts = {
                "person": person_id,
                "next": safe_return(next_page),
                "organization": organization_id,
                "once": secrets.token_urlsafe(16),
            }
            flask.session.clear()
            flask.session["waiting"] = sealer().seal_facts(WAITING, facts)
            return flask.redirect(flask.url_for("sign_in.ask_code"))
    return finish(person_id, proof, next_page, organization_id)


def finish(
    person_id: int, proof: Proof, next_page: str, organization_id: int | None = None
) -> ResponseReturnValue:
    """Open the session with a token of its own, let the device be known, and lead on."""
    address = address_of(person_id)
    new_device = not throttle.is_known(address)
    token = accounts.enter(
        services().database,
        person_id,
        proof,
        device=users.device_name(flask.request.user_agent.string),
        network=users.network(),
        organization_id=organization_id,
    )
    users.start_session(token)
    if new_device:
        tell_of_new_device(person_id, users.current_session_id() or 0)
    response = flask.redirect(safe_return(next_page))
    throttle.remember_device(response, address)
    return response


def waiting() -> dict[str, Any] | None:
    """Return the sign-in of this browser that waits for a code, or None."""
    try:
        return sealer().open_facts(WAITING, flask.session.get("waiting", ""), seconds=WAITING_SECONDS)
    except SealError:
        return None


@area.get("/sign-in/code", permission=EVERYONE)
def ask_code() -> ResponseReturnValue:
    """Ask for the code of the authenticator."""
    if waiting() is None:
        return flask.redirect(flask.url_for("sign_in.sign_in"))
    return flask.render_template("sign_in/code.html", errors={})


@area.post("/sign-in/code", permission=EVERYONE)
def give_code() -> ResponseReturnValue:
    """Sign in with a code of the authenticator, or with a recovery code; each works once."""
    facts = waiting()
    if facts is None:
        flask.flash(_("That took longer than ten minutes. Begin again."), "warn")
        return flask.redirect(flask.url_for("sign_in.sign_in"))
    person_id = int(facts["person"])
    attempt = throttle.Attempt("code", str(person_id), device_of=address_of(person_id))
    with services().database.transaction(Scope.for_person(person_id)) as session:
        kind = codes.check(session, sealer(), person_id, flask.request.form.get("code", ""))
        left = codes.recovery_codes_left(session, person_id)
        fits = kind is not None and once.spend(session, person_id, facts["once"], seconds=WAITING_SECONDS)
        if fits and kind == "recovery":
            tell_of_change(session, person_id, "recovery_code_used", left=str(left))
    if not fits:
        attempt.settle()
        wrong = _(
            "This code does not fit, or was used already. Type the six digits that the application shows "
            "now, or one of your recovery codes."
        )
        return flask.render_template("sign_in/code.html", errors={"code": wrong}), 422
    attempt.succeeded()
    response = finish(person_id, Proof("password", strong=True), facts["next"], facts["organization"])
    if kind == "recovery":
        flask.flash(_("That recovery code is used up. Codes left: {left}.", left=str(left)), "warn")
    return response


@area.get("/sign-in/again/<token>", permission=EVERYONE)
def again(token: str) -> ResponseReturnValue:
    """Ask for the password of somebody whom a steward lets set up the second factor again."""
    facts = _fresh_start(token)
    if facts is None:
        return flask.render_template("sign_in/again_over.html"), 410
    return flask.render_template("sign_in/again.html", address=address_of(facts["person"]), errors={})


@area.post("/sign-in/again/<token>", permission=EVERYONE)
def begin_again(token: str) -> ResponseReturnValue:
    """Remove the lost authenticator: the mail, the steward and the password together take its place."""
    facts = _fresh_start(token)
    if facts is None:
        return flask.render_template("sign_in/again_over.html"), 410
    person_id, address = int(facts["person"]), address_of(facts["person"])
    attempt = throttle.Attempt("password", address)
    fits = accounts.check_password(services().database, address, flask.request.form.get("password", ""))
    attempt.settle()
    if fits != person_id:
        errors = {"password": _("This is not your current password.")}
        return flask.render_template("sign_in/again.html", address=address, errors=errors), 422
    attempt.succeeded()
    with services().database.transaction(Scope.for_person(person_id)) as session:
        spent = once.spend(session, person_id, facts["once"], seconds=letters.FRESH_START_SECONDS)
        if spent:
            codes.remove(session, person_id)
            accounts.end_other_sessions(session, person_id, None)
            tell_of_change(session, person_id, "fresh_start")
    if not spent:
        return flask.render_template("sign_in/again_over.html"), 410
    return finish(person_id, Proof("password", strong=False), flask.url_for("sign_in.second_step"))


def _fresh_start(token: str) -> dict[str, Any] | None:
    try:
        return sealer().open_facts(letters.FRESH_START, token, seconds=letters.FRESH_START_SECONDS)
    except SealError:
        return None
