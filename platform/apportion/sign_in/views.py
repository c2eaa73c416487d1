"""Pages 1 to 4: sign in, accept an invitation, choose an organization, my account."""

from __future__ import annotations

from urllib.parse import urlsplit

import flask
import flask_login
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from apportion.request import _, identity, language, scope, transaction
from apportion.routing import EVERYONE, SIGNED_IN, Area
from apportion.services import services
from apportion.sign_in import letters, users
from apportion.sign_in.throttle import Attempt
from tenants import accounts, joining, lookups
from tenants.errors import NotPossibleError
from tenants.language import render
from tenants.people import Person
from tenants.roles import ROLE_NAMES, allows, plain
from tenants.scope import CABINET_ROLES, PERSONNEL_ROLES, SMALL_GROUP_ROLES, Scope

area = Area("sign_in", __name__)

SHOWN = (
    "ledger_lines",
    "financial_results",
    "priorities",
    "options",
    "plan",
    "public_comments",
    "process_board",
    "people",
    "named_positions",
    "student_counts",
    "cohort_board",
)
"""What an invitation says about a role: these resources, each under "you will see" or "you will not see"."""


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


@area.get("/sign-in", permission=EVERYONE)
def sign_in() -> ResponseReturnValue:
    """Ask for the mail address, and nothing else yet."""
    if identity() is not None:
        return flask.redirect("/")
    return _address_page()


def _address_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    back = safe_return(flask.request.values.get("next"))
    address = flask.request.form.get("address", "")
    page = flask.render_template("sign_in/address.html", back=back, address=address, errors=errors or {})
    return page, status


@area.post("/sign-in", permission=EVERYONE)
def give_address() -> ResponseReturnValue:
    """Ask for the password: the same page for every address, known or not."""
    if not joining.ADDRESS.fullmatch(flask.request.form.get("address", "").strip()):
        return _address_page({"address": _("Type your mail address, such as name@district.org.")}, 422)
    return _password_page()


def _password_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    page = flask.render_template(
        "sign_in/password.html",
        back=safe_return(flask.request.form.get("next")),
        address=flask.request.form.get("address", "").strip(),
        errors=errors or {},
    )
    return page, status


@area.post("/sign-in/password", permission=EVERYONE)
def give_password() -> ResponseReturnValue:
    """Sign in, or say the same thing for a wrong password and for an address that nobody has."""
    address = flask.request.form.get("address", "")
    attempt = Attempt("password", address)
    device = users.device_name(flask.request.user_agent.string)
    token = accounts.sign_in(services().database, address, flask.request.form.get("password", ""), device)
    attempt.settle()
    if token is None:
        wrong = _("Address and password do not belong together. Check both, or set a new password by mail.")
        return _password_page({"password": wrong}, 422)
    attempt.succeeded()
    users.start_session(token)
    return flask.redirect(safe_return(flask.request.form.get("next")))


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
    return flask.redirect(flask.url_for("sign_in.sign_in"))


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
        return flask.render_template("sign_in/reset.html", errors=_errors(refusal)), 422
    if person_id is None:
        return flask.render_template("sign_in/reset_over.html"), 410
    flask.session.clear()
    flask.flash(_("Your new password is set, and every device is signed out. Sign in with it."), "ok")
    return flask.redirect(flask.url_for("sign_in.sign_in"))


@area.get("/invitation/<token>", permission=EVERYONE)
def invitation(token: str) -> ResponseReturnValue:
    """Show who invites to what, and what the role sees; a mail scanner that opens it uses nothing up."""
    return _invitation_page(token)


def _invitation_page(
    token: str, errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    found = joining.open_invitation(services().database, token)
    if found is None:
        raise NotFound
    if found.state != "open":
        return flask.render_template("sign_in/invitation_over.html", invitation=found), 410
    seen, hidden = reach(found.role)
    page = flask.render_template(
        "sign_in/invitation.html",
        invitation=found,
        token=token,
        role=_(ROLE_NAMES[found.role]),
        sentence=_(letters.ROLE_SENTENCES[found.role]),
        seen=seen,
        hidden=hidden,
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


def reach(role: str) -> tuple[list[str], list[str]]:
    """Return what a role sees and does not see, worked out from the matrix."""
    coaches = role in {"FLD", "FCO", "PAD"}
    acting = Scope(
        role=role,
        viewed_district_id=None if coaches else 1,
        progress=(1,),
        cabinet=(1,) if role in CABINET_ROLES else (),
        personnel=(1,) if role in PERSONNEL_ROLES else (),
        small_group=(1,) if role in SMALL_GROUP_ROLES else (),
        published=(1,),
    )
    seen = [key for key in SHOWN if allows(acting, f"{key}:view")]
    return (
        [render(plain(key), language()) for key in seen],
        [render(plain(key), language()) for key in SHOWN if key not in seen],
    )


@area.post("/invitation/<token>/accept", permission=EVERYONE)
def accept(token: str) -> ResponseReturnValue:
    """Accept with a new account, or with the password of the one that the address has; then sign in."""
    found = joining.open_invitation(services().database, token)
    if found is None:
        raise NotFound
    password = flask.request.form.get("password", "")
    attempt = Attempt("invitation", found.address)
    try:
        joining.accept(
            services().database,
            token,
            password=password,
            language=flask.request.form.get("language") or language(),
            name=flask.request.form.get("name") or None,
        )
    except NotPossibleError as refusal:
        return _invitation_page(token, _errors(refusal), 422)
    attempt.succeeded()
    device = users.device_name(flask.request.user_agent.string)
    signed_in = accounts.sign_in(services().database, found.address, password, device)
    if signed_in is None:
        return flask.redirect(flask.url_for("sign_in.sign_in"))
    users.start_session(signed_in)
    opened = users.load_user(signed_in)
    if opened is not None and opened.session_id is not None:
        _choose(opened.identity.person_id, opened.session_id, found.organization_id)
    flask.flash(_("Welcome to {organization}.", organization=found.organization), "ok")
    return flask.redirect("/")


@area.post("/invitation/<token>/decline", permission=EVERYONE)
def decline(token: str) -> ResponseReturnValue:
    """Decline with a reason that the inviter reads."""
    if not joining.decline(services().database, token, flask.request.form.get("reason", "")):
        return _invitation_page(token)
    return flask.render_template("sign_in/declined.html")


@area.get("/organizations", permission=SIGNED_IN)
def organizations() -> ResponseReturnValue:
    """Show the organizations that I belong to."""
    who = identity()
    held = accounts.belongings(services().database, who.person_id) if who is not None else []
    return flask.render_template(
        "sign_in/organizations.html",
        held=held,
        chosen=who.organization_id if who is not None else None,
        role_names=ROLE_NAMES,
        back=safe_return(flask.request.args.get("next")),
    )


@area.post("/organizations/<int:organization_id>", permission=SIGNED_IN)
def choose_organization(organization_id: int) -> ResponseReturnValue:
    """Act in another of my organizations from now on, on this device."""
    who, session_id = identity(), users.current_session_id()
    if who is None or session_id is None or not _choose(who.person_id, session_id, organization_id):
        raise NotFound
    return flask.redirect(safe_return(flask.request.form.get("next")))


def _choose(person_id: int, session_id: int, organization_id: int) -> bool:
    with services().database.transaction(Scope.for_person(person_id)) as session:
        return accounts.choose_organization(session, session_id, person_id, organization_id)


@area.get("/account", permission=SIGNED_IN)
def account() -> ResponseReturnValue:
    """Show my name, password and signed-in devices."""
    return _account_page()


def _account_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    with transaction() as session:
        person = session.get_one(Person, scope().person_id)
        devices = accounts.devices(session, person.id)
    page = flask.render_template(
        "sign_in/account.html",
        person=person,
        devices=devices,
        here=users.current_session_id(),
        errors=errors or {},
    )
    return page, status


@area.post("/account/name", permission=SIGNED_IN)
def change_name() -> ResponseReturnValue:
    """Change the name that colleagues see."""
    name = flask.request.form.get("name", "").strip()
    if not name:
        return _account_page({"name": _("Type the name that colleagues know you by.")}, 422)
    with transaction() as session:
        person = session.scalars(select(Person).where(Person.id == scope().person_id)).one()
        person.name = name[:200]
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
        return _account_page(_errors(refusal), 422)
    attempt.succeeded()
    flask.flash(_("Your password is changed, and your other devices are signed out."), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))


@area.post("/account/devices/<int:session_id>/end", permission=SIGNED_IN)
def end_device(session_id: int) -> ResponseReturnValue:
    """Sign one of my devices out."""
    with transaction() as session:
        ended = accounts.end_session(session, scope().person_id or 0, session_id)
    if not ended:
        raise NotFound
    flask.flash(_("That device is signed out."), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))


@area.post("/account/devices/end-others", permission=SIGNED_IN)
def end_other_devices() -> ResponseReturnValue:
    """Sign every other device of mine out."""
    with transaction() as session:
        accounts.end_other_sessions(session, scope().person_id or 0, users.current_session_id())
    flask.flash(_("Every other device is signed out."), "ok")
    return flask.redirect(flask.url_for("sign_in.account"))


def _errors(refusal: NotPossibleError) -> dict[str, str]:
    return {refusal.field or "form": render(refusal.said, language())}
