"""Passkeys: made on the own account, used on the sign-in page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.request import _, transaction
from apportion.routing import EVERYONE, SIGNED_IN
from apportion.services import sealer, services
from apportion.sign_in import entry, throttle, users
from apportion.sign_in.area import area, back, errors_of, fresh, me, place
from apportion.sign_in.letters import tell_of_change
from tenants import accounts
from tenants.accounts import Proof
from tenants.entering import passkeys
from tenants.entering.passkeys import CHALLENGE_SECONDS, Asked
from tenants.entering.sealing import SealError
from tenants.errors import NotPossibleError
from tenants.people import Person

ASKED = "asked-passkey"
BY_NUMBER = re.compile(r"[\d.]+|.*:.*")
"""A host that is an address of a machine: of digits and dots, or with colons."""


def keep(asked: Asked) -> ResponseReturnValue:
    """Keep in the browser's own session what has to be known to check its answer; send the question."""
    facts = {"challenge": asked.challenge, "handle": asked.handle}
    flask.session["passkey"] = sealer().seal_facts(ASKED, facts)
    return flask.Response(asked.options, mimetype="application/json")


def kept() -> Asked | None:
    """Return what this browser was asked, if that was not long ago."""
    try:
        facts = sealer().open_facts(ASKED, flask.session.pop("passkey", ""), seconds=CHALLENGE_SECONDS)
    except SealError:
        return None
    return Asked("", facts["challenge"], facts["handle"])


def answered() -> int | None:
    """Return whose passkey this request's form holds an answer of, or None."""
    asked = kept()
    if asked is None:
        return None
    answer = flask.request.form.get("credential", "")
    return passkeys.check(services().database, answer, asked.challenge, place())


@area.post("/sign-in/passkey/options", permission=EVERYONE)
def passkey_options() -> ResponseReturnValue:
    """Say what a browser is asked for signing in with a passkey."""
    return keep(passkeys.ask_for_one(place()))


@area.post("/sign-in/passkey", permission=EVERYONE)
def give_passkey() -> ResponseReturnValue:
    """Sign in with a passkey: no address and no password is needed."""
    attempt = throttle.Attempt("passkey", None)
    person_id = answered()
    if person_id is None:
        flask.flash(_("No passkey of this device fits an account here. Use another way to sign in."), "bad")
        return flask.redirect(flask.url_for("sign_in.sign_in", next=back()))
    attempt.succeeded()
    return entry.finish(person_id, Proof("passkey", strong=True), back())


@area.get("/account/passkeys/new", permission=SIGNED_IN)
@fresh
def new_passkey() -> ResponseReturnValue:
    """Show the form for a new passkey."""
    return _new_page(users.device_name(flask.request.user_agent.string), {})


def _new_page(name: str, errors: dict[str, str]) -> str:
    # Browsers make passkeys for a name, never for a number: the page leads to the platform's name.
    numbered = BY_NUMBER.fullmatch(place().name) is not None
    return flask.render_template(
        "sign_in/new_passkey.html",
        name=name,
        back=back(),
        errors=errors,
        numbered=numbered,
        named=named_address(services().settings.base_url) if numbered else None,
    )


def named_address(base_url: str) -> str | None:
    """Return this page's address at the platform's own name, or None where that is a number too."""
    if BY_NUMBER.fullmatch(urlsplit(base_url).hostname or ""):
        return None
    return base_url.rstrip("/") + flask.url_for("sign_in.new_passkey")


@area.post("/account/passkeys/options", permission=SIGNED_IN)
@fresh
def new_passkey_options() -> ResponseReturnValue:
    """Say what a browser is asked to make a passkey of."""
    with transaction() as session:
        person = session.get_one(Person, me())
        asked = passkeys.ask_for_new(
            session, person.id, address=person.address, name=person.name, place=place()
        )
    return keep(asked)


@area.post("/account/passkeys", permission=SIGNED_IN)
@fresh
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    form = flask.request.form
    try:
        with transaction() as session:
            made = passkeys.add(
                session,
                me(),
                name=form.get("name", ""),
                answer=form.get("credential", ""),
                asked=kept() or Asked("", "", ""),
                place=place(),
            )
            tell_of_change(session, me(), "passkey_added", name=made.name)
            # Making it asked who holds the device: with this session's own sign-in, that is two factors.
            accounts.confirm_session(session, me(), users.current_session_id() or 0, strong=True)
    except NotPossibleError as refusal:
        return _new_page(form.get("name", ""), errors_of(refusal)), 422
    flask.flash(_("From now on you can sign in with the passkey “{name}”.", name=made.name), "ok")
    return flask.redirect(back() if back() != "/" else flask.url_for("sign_in.account"))


@area.post("/account/passkeys/<int:passkey_id>/remove", permission=SIGNED_IN)
@fresh
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Forget one of my passkeys."""
    with transaction() as session:
        name = passkeys.remove(session, me(), passkey_id)
        if name is None:
            raise NotFound
        tell_of_change(session, me(), "passkey_removed", name=name)
    flask.flash(_("The passkey “{name}” no longer opens your account.", name=name), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))
