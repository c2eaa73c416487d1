"""Page 1: sign in with address and password, and sign out."""

from __future__ import annotations

import dataclasses

import flask
import flask_login
from flask.typing import ResponseReturnValue

from apportion.request import _, identity
from apportion.routing import EVERYONE, SIGNED_IN
from apportion.services import services
from apportion.sign_in import (
    account,
    codes,
    district,
    entry,
    invitations,
    new_device,
    passkeys,
    resets,
    throttle,
    users,
)
from apportion.sign_in.area import area, back, safe_return
from tenants import accounts, joining, lookups
from tenants.accounts import Proof
from tenants.scope import Scope

__all__ = ["account", "area", "codes", "district", "invitations", "new_device", "passkeys", "resets"]


@area.get("/sign-in", permission=EVERYONE)
def sign_in() -> ResponseReturnValue:
    """Ask for the mail address, and nothing else yet."""
    if identity() is not None:
        return flask.redirect("/")
    return _address_page()


def _address_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    back = safe_return(flask.request.values.get("next"))
    address = flask.request.values.get("address", "")
    page = flask.render_template("sign_in/address.html", back=back, address=address, errors=errors or {})
    return page, status


@area.post("/sign-in", permission=EVERYONE)
def give_address() -> ResponseReturnValue:
    """Ask for the password: the same page for every address, known or not."""
    if not joining.ADDRESS.fullmatch(flask.request.form.get("address", "").strip()):
        return _address_page({"address": _("Type your mail address, such as name@district.org.")}, 422)
    return _password_page()


def _password_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    address = flask.request.form.get("address", "").strip()
    page = flask.render_template(
        "sign_in/password.html",
        back=safe_return(flask.request.form.get("next")),
        address=address,
        own=_own_sign_in(address),
        errors=errors or {},
    )
    return page, status


@dataclasses.dataclass(frozen=True)
class OwnSignIn:
    """The own sign-in of the organization that has proved the address's mail domain."""

    organization_id: int
    name: str
    contact: str
    required: bool


def _own_sign_in(address: str) -> OwnSignIn | None:
    """Return the own sign-in that goes with an address: by its domain alone, whoever has the address."""
    domain = address.rpartition("@")[2]
    organization_id = lookups.organization_by_mail_domain(services().database, domain)
    found = None if organization_id is None else district.own_sign_in(organization_id)
    if found is None:
        return None
    used, name = found
    return OwnSignIn(used.organization_id, name, used.contact, used.required)


@area.post("/sign-in/password", permission=EVERYONE)
def give_password() -> ResponseReturnValue:
    """Go on with the right password, or say the same for a wrong one and for an address that nobody has."""
    address = flask.request.form.get("address", "")
    attempt = throttle.Attempt("password", address)
    person_id = accounts.check_password(services().database, address, flask.request.form.get("password", ""))
    attempt.settle()
    if person_id is None:
        wrong = _("Address and password do not belong together. Check both, or set a new password by mail.")
        return _password_page({"password": wrong}, 422)
    attempt.succeeded()
    return entry.proceed(person_id, Proof("password", strong=False), back())


@area.post("/sign-out", permission=SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """Sign this device out."""
    session_id, who = users.current_session_id(), identity()
    if who is not None and session_id is not None:
        with services().database.transaction(Scope.for_person(who.person_id)) as session:
            accounts.end_session(session, who.person_id, session_id)
    flask_login.logout_user()
    flask.session.clear()
    flask.flash(_("You are signed out on this device."), "ok")
    back = flask.redirect(flask.url_for("sign_in.sign_in"))
    # The next person at this device finds no page and no unsent word of the last one.
    back.headers["Clear-Site-Data"] = '"cache", "storage"'
    return back
