"""Setting up an authenticator, its recovery codes, and showing again who one is."""

from __future__ import annotations

import flask
import segno
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from apportion.request import _, identity, scope, transaction
from apportion.routing import SIGNED_IN
from apportion.services import sealer, services
from apportion.sign_in import entry, users
from apportion.sign_in import passkeys as passkey_pages
from apportion.sign_in.area import area, back, errors_of, fresh, has_own_way, me
from apportion.sign_in.letters import tell_of_change
from apportion.sign_in.throttle import Attempt
from tenants import accounts
from tenants.entering import codes, passkeys
from tenants.errors import NotPossibleError
from tenants.organizations import Organization
from tenants.people import Person


@area.get("/account/authenticator", permission=SIGNED_IN)
@fresh
def new_authenticator() -> ResponseReturnValue:
    """Show the secret as a picture and as a key to type."""
    return _setup_page({})


def _setup_page(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    try:
        with transaction() as session:
            person = session.get_one(Person, me())
            secret = codes.begin(session, sealer(), person.id)
            address = codes.address_of(secret, person.address)
    except NotPossibleError as refusal:
        flask.flash(next(iter(errors_of(refusal).values())), "warn")
        return flask.redirect(flask.url_for("sign_in.account"))
    drawn = segno.make(address, error="m", micro=False)
    picture = drawn.svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    page = flask.render_template(
        "sign_in/authenticator.html",
        picture=Markup(picture),  # noqa: S704 - drawn by us from an address of our own
        key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        back=back(),
        errors=errors,
    )
    return page, status


@area.post("/account/authenticator", permission=SIGNED_IN)
@fresh
def confirm_authenticator() -> ResponseReturnValue:
    """Take the first code, then show the recovery codes, this once."""
    attempt = Attempt("code", str(me()), device_of=entry.address_of(me()))
    try:
        with transaction() as session:
            code = "".join(flask.request.form.get("code", "").split())
            recovery = codes.confirm(session, sealer(), me(), code)
            accounts.confirm_session(session, me(), users.current_session_id() or 0, strong=True)
            tell_of_change(session, me(), "authenticator_added")
    except NotPossibleError as refusal:
        return _setup_page(errors_of(refusal), 422)
    attempt.succeeded()
    return _recovery_page(recovery)


def _recovery_page(recovery: list[str]) -> ResponseReturnValue:
    return flask.render_template("sign_in/recovery_codes.html", codes=recovery, back=back())


@area.post("/account/recovery-codes", permission=SIGNED_IN)
@fresh
def renew_recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes in place of the old ones, and show them this once."""
    with transaction() as session:
        if not codes.has_authenticator(session, me()):
            return flask.redirect(flask.url_for("sign_in.account"))
        recovery = codes.renew_recovery_codes(session, me())
        tell_of_change(session, me(), "recovery_codes_renewed")
    return _recovery_page(recovery)


@area.post("/account/authenticator/remove", permission=SIGNED_IN)
@fresh
def remove_authenticator() -> ResponseReturnValue:
    """Remove the authenticator: from then on the password alone signs in."""
    with transaction() as session:
        if codes.remove(session, me()):
            accounts.weaken_sessions(session, me())
            tell_of_change(session, me(), "authenticator_removed")
            flask.flash(_("The authenticator is removed. Your password alone signs you in now."), "warn")
    return flask.redirect(flask.url_for("sign_in.account"))


@area.get("/account/confirm", permission=SIGNED_IN)
def confirm() -> ResponseReturnValue:
    """Ask for a proof of identity before something that matters."""
    return _confirm_page({})


def _confirm_page(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    with transaction() as session:
        page = flask.render_template(
            "sign_in/confirm.html",
            person=session.get_one(Person, me()),
            has_password=accounts.has_password(session, me()),
            has_authenticator=codes.has_authenticator(session, me()),
            has_passkey=bool(passkeys.of_person(session, me())),
            by_district=_by_district_alone(session),
            back=back(),
            errors=errors,
        )
    return page, status


def _by_district_alone(session: Session) -> bool:
    """Say whether an organization's own sign-in is the one way in that this person has."""
    who = identity()
    return who is not None and who.provider_id is not None and not has_own_way(session, who.person_id)


@area.post("/account/confirm", permission=SIGNED_IN)
def give_confirmation() -> ResponseReturnValue:
    """Take the password, with a code where the account has an authenticator, or a passkey."""
    if flask.request.form.get("credential"):
        if passkey_pages.answered() != me():
            return _confirm_page({"form": _("This passkey is not one of yours.")}, 422)
        return _confirmed(strong=True, method="passkey")
    address = entry.address_of(me())
    attempt = Attempt("password", address)
    fits = accounts.check_password(services().database, address, flask.request.form.get("password", ""))
    if fits != me():
        attempt.settle()
        return _confirm_page({"password": _("This is not your current password.")}, 422)
    with transaction() as session:
        strong = codes.has_authenticator(session, me())
    if strong:
        of_code = Attempt("code", str(me()), device_of=address)
        with transaction() as session:
            kind = codes.check(session, sealer(), me(), flask.request.form.get("code", ""))
            if kind == "recovery":
                left = codes.recovery_codes_left(session, me())
                tell_of_change(session, me(), "recovery_code_used", left=str(left))
        if kind is None:
            return _confirm_page({"code": _("This code does not fit, or was used already.")}, 422)
        of_code.succeeded()
    attempt.succeeded()
    return _confirmed(strong=strong, method="password")


def _confirmed(*, strong: bool, method: str) -> ResponseReturnValue:
    here = users.current_session_id() or 0
    with transaction() as session:
        accounts.confirm_session(session, me(), here, strong=strong, method=method)
    return flask.redirect(back() if back() != "/" else flask.url_for("sign_in.account"))


@area.get("/account/second-step", permission=SIGNED_IN)
def second_step() -> ResponseReturnValue:
    """Lead somebody whose organization asks for a second factor to setting one up, or to showing it."""
    who = identity()
    if who is not None and who.strong:
        return flask.redirect(back())
    with transaction() as session:
        return flask.render_template(
            "sign_in/second_step.html",
            organization=session.get(Organization, scope().organization_id or 0),
            has_authenticator=codes.has_authenticator(session, me()),
            has_passkey=bool(passkeys.of_person(session, me())),
            back=back(),
        )
