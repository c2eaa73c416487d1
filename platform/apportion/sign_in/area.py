"""The sign-in area, and what its pages share: safe ways back, refusals by field, the passkey's place."""

from __future__ import annotations

import functools
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import flask
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import _, identity, language, transaction
from apportion.routing import Area
from apportion.services import services
from apportion.sign_in import users
from tenants import accounts
from tenants.entering import passkeys
from tenants.entering.passkeys import Place
from tenants.errors import NotPossibleError
from tenants.language import render

area = Area("sign_in", __name__)


def _install(state: BlueprintSetupState) -> None:
    manager = state.app.login_manager  # type: ignore[attr-defined]  # flask-login puts it there
    manager.session_protection = "basic"
    manager.user_loader(users.load_user)
    manager.request_loader(users.load_from_request)


area.record(_install)


def safe_return(address: str | None) -> str:
    """Return an address only if it stays on this platform, else the first page."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return "/"
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else "/"


def back() -> str:
    """Return where this request's person wants to go afterwards."""
    return safe_return(flask.request.values.get("next"))


def errors_of(refusal: NotPossibleError) -> dict[str, str]:
    """Return a refusal by the field that it is about, or by `form`."""
    return {refusal.field or "form": render(refusal.said, language())}


def place() -> Place:
    """Return where passkeys belong: the host that was asked for, which is one of the platform's own."""
    host = urlsplit(flask.request.host_url).hostname or ""
    base = urlsplit(services().settings.base_url)
    scheme = base.scheme if host == base.hostname else flask.request.scheme
    return Place(host, f"{scheme}://{flask.request.host}")


def me() -> int:
    """Return who signed in, on pages for people who did."""
    who = identity()
    if who is None:
        raise NotFound
    return who.person_id


def has_own_way(session: Session, person_id: int) -> bool:
    """Say whether a person has a way to sign in of their own, beside an organization's."""
    return accounts.has_password(session, person_id) or bool(passkeys.of_person(session, person_id))


def _proved() -> bool:
    """Say whether this session may change the ways to sign in now.

    An organization's word is enough only for somebody who has no other way: else an organization could open
    an account that reaches into others.
    """
    who = identity()
    if who is None or not users.recently_confirmed():
        return False
    if who.provider_id is None:
        return True
    with transaction() as session:
        return not has_own_way(session, who.person_id)


View = Callable[..., ResponseReturnValue]


def fresh(view: View) -> View:
    """Ask for a proof of identity before a view that changes how one signs in, unless one was just given."""

    @functools.wraps(view)
    def asking(**values: object) -> ResponseReturnValue:
        if _proved():
            return view(**values)
        reading = flask.request.method == "GET"
        here = flask.request.full_path.rstrip("?") if reading else flask.url_for("sign_in.account")
        if not reading:
            flask.flash(_("First show that it is you. Then press the button again."), "warn")
        return flask.redirect(flask.url_for("sign_in.confirm") + "?" + urlencode({"next": here}))

    return asking
