"""Page 2: an invitation is looked at, accepted, declined, or asked for again."""

from __future__ import annotations

from collections.abc import Callable

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import _, identity, language
from apportion.routing import EVERYONE
from apportion.services import services
from apportion.sign_in import district, entry, letters, users
from apportion.sign_in import passkeys as passkey_pages
from apportion.sign_in.area import area, errors_of, place
from apportion.sign_in.throttle import Attempt
from tenants import accounts, joining, lookups, passwords
from tenants.accounts import Proof
from tenants.entering import passkeys
from tenants.entering.passkeys import Asked
from tenants.errors import NotPossibleError
from tenants.language import render
from tenants.roles import ROLE_NAMES, allows, plain
from tenants.scope import CABINET_ROLES, PERSONNEL_ROLES, SMALL_GROUP_ROLES, Scope

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
        return flask.render_template("sign_in/invitation_over.html", invitation=found, token=token), 410
    seen, hidden = reach(found.role)
    who = identity()
    mine = who is not None and who.person_id == lookups.person_by_address(services().database, found.address)
    page = flask.render_template(
        "sign_in/invitation.html",
        invitation=found,
        token=token,
        mine=mine,
        own=district.own_sign_in(found.organization_id),
        other=who is not None and not mine,
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
    """Accept: as the signed-in person whom it was sent to, or with a new account and a password for it."""
    found = joining.open_invitation(services().database, token)
    if found is None:
        raise NotFound
    attempt = Attempt("invitation", found.address)
    try:
        if found.has_account:
            return _accept_as_myself(token)
        person_id = _accept_new(token, found.address)
    except NotPossibleError as refusal:
        return _invitation_page(token, errors_of(refusal), 422)
    attempt.succeeded()
    return _enter(person_id, Proof("password", strong=False), found)


def _accept_new(token: str, address: str) -> int:
    password = flask.request.form.get("password", "")
    passwords.check(password, address)
    return _join(token, lambda session, person_id: accounts.set_password(session, person_id, password))


def _join(token: str, prove: Callable[[Session, int], None]) -> int:
    return joining.accept_new(
        services().database,
        token,
        name=flask.request.form.get("name"),
        language=flask.request.form.get("language") or language(),
        prove=prove,
    )


def _accept_as_myself(token: str) -> ResponseReturnValue:
    who, session_id = identity(), users.current_session_id()
    if who is None or session_id is None:
        return flask.redirect(flask.url_for("sign_in.sign_in", next=f"/invitation/{token}"))
    accepted = joining.accept(services().database, token, who.person_id)
    with services().database.transaction(Scope.for_person(who.person_id)) as session:
        accounts.choose_organization(session, session_id, who.person_id, accepted.organization_id)
    _welcome(accepted)
    return flask.redirect("/")


def _enter(person_id: int, proof: Proof, invitation: joining.OpenInvitation) -> ResponseReturnValue:
    response = entry.finish(person_id, proof, "/", invitation.organization_id)
    _welcome(invitation)
    return response


def _welcome(invitation: joining.OpenInvitation) -> None:
    flask.flash(_("Welcome to {organization}.", organization=invitation.organization), "ok")


@area.post("/invitation/<token>/passkey/options", permission=EVERYONE)
def invitation_passkey_options(token: str) -> ResponseReturnValue:
    """Say what a browser is asked to make a passkey of, for somebody who is joining."""
    found = joining.open_invitation(services().database, token)
    if found is None or found.state != "open" or found.has_account:
        raise NotFound
    return passkey_pages.keep(
        passkeys.ask_for_new(None, 0, address=found.address, name=found.name, place=place())
    )


@area.post("/invitation/<token>/passkey", permission=EVERYONE)
def accept_with_passkey(token: str) -> ResponseReturnValue:
    """Accept with a new account that a passkey opens."""
    found = joining.open_invitation(services().database, token)
    if found is None:
        raise NotFound
    asked, form = passkey_pages.kept() or Asked("", "", ""), flask.request.form

    def prove(session: Session, person_id: int) -> None:
        passkeys.add(
            session,
            person_id,
            name=users.device_name(flask.request.user_agent.string) or _("My device"),
            answer=form.get("credential", ""),
            asked=asked,
            place=place(),
        )

    try:
        person_id = _join(token, prove)
    except NotPossibleError as refusal:
        return _invitation_page(token, {"form": next(iter(errors_of(refusal).values()))}, 422)
    return _enter(person_id, Proof("passkey", strong=True), found)


@area.post("/invitation/<token>/ask-again", permission=EVERYONE)
def ask_again(token: str) -> ResponseReturnValue:
    """Ask whoever sent an invitation that is over to send it again."""
    found = joining.open_invitation(services().database, token)
    if found is None:
        raise NotFound
    if found.state not in {"expired", "declined"}:
        return _invitation_page(token)
    Attempt("ask-again", found.address)
    people = joining.who_renews(services().database, found)
    with services().database.transaction(None) as session:
        for name, address, spoken in people:
            letters.ask_for_invitation(session, found, receiver=name, address=address, language=spoken)
    return flask.render_template("sign_in/asked_again.html", invitation=found)


@area.post("/invitation/<token>/decline", permission=EVERYONE)
def decline(token: str) -> ResponseReturnValue:
    """Decline with a reason that the inviter reads."""
    if not joining.decline(services().database, token, flask.request.form.get("reason", "")):
        return _invitation_page(token)
    return flask.render_template("sign_in/declined.html")
