"""What an organization asks of a session before anybody acts in it: a second factor, its own sign-in."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import flask
from flask.typing import ResponseReturnValue

from apportion.request import Identity
from tenants.language import Message, message
from tenants.scope import Scope


def lead_away(scope: Scope, who: Identity | None) -> tuple[str, Message] | None:
    """Return where a session must go first, and the sentence that says why; None where nothing is missing.

    Programs with a token are let through: a token was made by a session that had all of it.
    """
    if who is None or who.by_token or scope.organization_id is None:
        return None
    if who.provider_id is not None and who.provider_id != scope.organization_id:
        return (
            "/account/confirm",
            message("You entered by another organization's own sign-in, which does not hold here."),
        )
    through_own = who.provider_id == scope.organization_id
    if scope.own_sign_in and not through_own:
        return (
            f"/sign-in/district/{scope.organization_id}/first",
            message("Your organization asks its people to enter by its own sign-in."),
        )
    due = scope.second_factor_from
    if due is not None and due <= dt.datetime.now(dt.UTC).date() and not who.strong and not through_own:
        return "/account/second-step", message("Your organization asks for a second step when you sign in.")
    return None


def answer(target: str) -> ResponseReturnValue:
    """Lead a person to what is missing, and back to this page afterwards."""
    here = flask.request.full_path.rstrip("?") if flask.request.method == "GET" else "/"
    address = target if here == "/" else f"{target}?{urlencode({'next': here})}"
    if flask.request.headers.get("HX-Request"):
        return "", 403, {"HX-Redirect": address}
    return flask.redirect(address)
