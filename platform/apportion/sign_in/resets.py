"""A new password by mail."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue

from apportion.request import _
from apportion.routing import EVERYONE
from apportion.services import services
from apportion.sign_in import letters
from apportion.sign_in.area import area, errors_of
from apportion.sign_in.throttle import Attempt
from tenants import accounts, joining, lookups
from tenants.errors import NotPossibleError
from tenants.people import Person
from tenants.scope import Scope


@area.get("/new-password", permission=EVERYONE)
def ask_reset() -> ResponseReturnValue:
    """Ask which address needs a new password."""
    return flask.render_template(
        "sign_in/ask_reset.html", address=flask.request.args.get("address", ""), errors={}, sent=False
    )


@area.post("/new-password", permission=EVERYONE)
def send_reset() -> ResponseReturnValue:
    """Mail the way to a new password where the address is known, and say the same where it is not."""
    address = flask.request.form.get("address", "").strip().lower()
    if not joining.ADDRESS.fullmatch(address):
        page = flask.render_template(
            "sign_in/ask_reset.html",
            address=address,
            errors={"address": _("Type your mail address, such as name@district.org.")},
            sent=False,
        )
        return page, 422
    attempt = Attempt("reset", address)
    person_id = lookups.person_by_address(services().database, address)
    if person_id is not None:
        with services().database.transaction(Scope.for_person(person_id)) as session:
            person = session.get_one(Person, person_id)
            reset_id, token = accounts.ask_reset(session, person_id)
            letters.send_reset(
                session,
                reset_id=reset_id,
                token=token,
                address=person.address,
                name=person.name,
                language=person.language,
            )
    attempt.settle()
    return flask.render_template("sign_in/ask_reset.html", address=address, errors={}, sent=True)


@area.get("/new-password/<token>", permission=EVERYONE)
def new_password(token: str) -> ResponseReturnValue:
    """Show the form for a new password; looking at it does not use the link up."""
    if lookups.reset_by_token(services().database, token) is None:
        return flask.render_template("sign_in/reset_over.html"), 410
    return flask.render_template("sign_in/reset.html", errors={})


@area.post("/new-password/<token>", permission=EVERYONE)
def set_password(token: str) -> ResponseReturnValue:
    """Set the new password and sign every device out."""
    try:
        person_id = accounts.reset_password(
            services().database, token, flask.request.form.get("password", "")
        )
    except NotPossibleError as refusal:
        return flask.render_template("sign_in/reset.html", errors=errors_of(refusal)), 422
    if person_id is None:
        return flask.render_template("sign_in/reset_over.html"), 410
    with services().database.transaction(Scope.for_person(person_id)) as session:
        letters.tell_of_change(session, person_id, "password_changed")
    flask.session.clear()
    flask.flash(_("Your new password is set, and every device is signed out. Sign in with it."), "ok")
    return flask.redirect(flask.url_for("sign_in.sign_in"))
