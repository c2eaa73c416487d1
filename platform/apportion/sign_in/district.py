"""Entering by an organization's own sign-in: there, back, and what becomes of who comes back.

The provider vouches for a person in its own organization alone. What else the person belongs to, and the
ways to sign in to the account, stay closed until the person shows a proof of their own.
"""

from __future__ import annotations

import secrets
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import _, identity, language
from apportion.routing import EVERYONE, SIGNED_IN
from apportion.services import sealer, services
from apportion.sign_in import entry, letters, users
from apportion.sign_in.area import area, back, fresh, me, safe_return
from apportion.sign_in.throttle import Attempt
from tenants import accounts, joining, lookups
from tenants.accounts import Proof
from tenants.entering import once, provider, rules
from tenants.entering.provider import Begun, Stated
from tenants.entering.rules import Provider
from tenants.entering.sealing import SealError
from tenants.errors import NotPossibleError
from tenants.language import render
from tenants.organizations import Membership, Organization
from tenants.scope import Scope

BEGUN = "district-sign-in"
BEGUN_SECONDS = 600
CONNECT = "connect-district"
CONNECT_SECONDS = 24 * 3600


def own_sign_in(organization_id: int, *, trial: bool = False) -> tuple[Provider, str] | None:
    """Return an organization's own sign-in and the organization's name; None where there is none."""
    with services().database.transaction(Scope(organization_id=organization_id)) as session:
        find = rules.provider_on_trial if trial else rules.provider
        found = find(session, sealer(), organization_id)
        name = session.scalar(select(Organization.name).where(Organization.id == organization_id))
    return None if found is None else (found, name or "")


def callback() -> str:
    """Return the address that providers send browsers back to."""
    return services().settings.base_url + flask.url_for("sign_in.come_back")


def send(organization_id: int, purpose: str, **kept: Any) -> ResponseReturnValue:
    """Send the browser to an organization's own sign-in, and keep what is needed when it comes back."""
    found = own_sign_in(organization_id, trial=purpose == "try")
    if found is None:
        raise NotFound
    used, name = found
    try:
        begun = provider.begin(
            used,
            back=callback(),
            allow_loopback=services().settings.allow_loopback,
            hint=flask.request.args.get("address", "")[:200],
            again=purpose == "confirm",
        )
    except NotPossibleError as refusal:
        return failed(used, name, render(refusal.said, language()))
    facts = {
        "organization": organization_id,
        "purpose": purpose,
        "next": back(),
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        **kept,
    }
    flask.session["district"] = sealer().seal_facts(BEGUN, facts)
    return flask.redirect(begun.address)


def failed(used: Provider, name: str, reason: str) -> ResponseReturnValue:
    """Say what failed, and whom to call in the organization."""
    page = flask.render_template(
        "sign_in/district_failed.html", organization=name, contact=used.contact, reason=reason
    )
    return page, 422


@area.get("/sign-in/district/<int:organization_id>", permission=EVERYONE)
def through_district(organization_id: int) -> ResponseReturnValue:
    """Begin to sign in by an organization's own sign-in."""
    return send(organization_id, "enter")


@area.get("/sign-in/district/<int:organization_id>/first", permission=SIGNED_IN)
def district_first(organization_id: int) -> ResponseReturnValue:
    """Say that the organization wants its own sign-in, and lead there."""
    found = own_sign_in(organization_id)
    if found is None:
        raise NotFound
    return flask.render_template(
        "sign_in/district_first.html",
        organization=found[1],
        organization_id=organization_id,
        contact=found[0].contact,
        back=back(),
    )


@area.get("/account/district/<int:organization_id>", permission=SIGNED_IN)
@fresh
def connect_district(organization_id: int) -> ResponseReturnValue:
    """Begin to connect my account with my organization's own sign-in."""
    if not _belongs(me(), organization_id):
        raise NotFound
    return send(organization_id, "connect")


@area.get("/account/confirm/district", permission=SIGNED_IN)
def confirm_by_district() -> ResponseReturnValue:
    """Begin to show by my organization's own sign-in that it is me."""
    who = identity()
    if who is None or who.provider_id is None:
        raise NotFound
    return send(who.provider_id, "confirm")


@area.get("/invitation/<token>/district", permission=EVERYONE)
def accept_by_district(token: str) -> ResponseReturnValue:
    """Begin to accept an invitation by the organization's own sign-in."""
    found = joining.open_invitation(services().database, token)
    if found is None or found.state != "open" or found.has_account:
        raise NotFound
    return send(found.organization_id, "invitation", token=token)


def _belongs(person_id: int, organization_id: int) -> bool:
    with services().database.transaction(Scope.for_person(person_id)) as session:
        return (
            session.scalar(
                select(Membership.id).where(
                    Membership.person_id == person_id,
                    Membership.organization_id == organization_id,
                    Membership.ended_at.is_(None),
                )
            )
            is not None
        )


@area.get("/sign-in/district/back", permission=EVERYONE)
def come_back() -> ResponseReturnValue:
    """Take the browser that comes back from an organization's own sign-in."""
    try:
        kept = sealer().open_facts(BEGUN, flask.session.pop("district", ""), seconds=BEGUN_SECONDS)
    except SealError:
        flask.flash(_("That took longer than ten minutes. Begin again."), "warn")
        return flask.redirect(flask.url_for("sign_in.sign_in"))
    found = own_sign_in(kept["organization"], trial=kept["purpose"] == "try")
    if found is None:
        raise NotFound
    used, name = found
    Attempt("district", None)
    query = flask.request.query_string.decode("ascii", "replace")
    try:
        stated = provider.finish(
            used,
            Begun("", kept["state"], kept["nonce"], kept["verifier"]),
            returned=f"{callback()}?{query}",
            back=callback(),
            allow_loopback=services().settings.allow_loopback,
        )
        return PURPOSES[kept["purpose"]](used, name, stated, kept)
    except NotPossibleError as refusal:
        return failed(used, name, render(refusal.said, language()))


def _enter(used: Provider, name: str, stated: Stated, kept: dict[str, Any]) -> ResponseReturnValue:
    person_id = provider.person_of(services().database, used, stated)
    if person_id is None or not _belongs(person_id, used.organization_id):
        return _first_time(used, name, stated)
    return _in(used, person_id, kept["next"])


def _in(used: Provider, person_id: int, next_page: str) -> ResponseReturnValue:
    with services().database.transaction(Scope.for_joining(0, used.organization_id)) as session:
        rules.worked(session, used.organization_id)
    proof = Proof("district", strong=False, provider_id=used.organization_id)
    return entry.finish(person_id, proof, next_page, used.organization_id)


def _first_time(used: Provider, name: str, stated: Stated) -> ResponseReturnValue:
    """Mail a way to connect to the account of the address, if there is one; say the same if not."""
    person_id = lookups.person_by_address(services().database, stated.address) if stated.address else None
    if person_id is not None and _belongs(person_id, used.organization_id):
        facts = {
            "person": person_id,
            "organization": used.organization_id,
            "issuer": stated.issuer,
            "subject": stated.subject,
            "once": secrets.token_urlsafe(16),
        }
        with services().database.transaction(Scope.for_person(person_id)) as session:
            letters.send_connection(
                session, person_id, token=sealer().seal_facts(CONNECT, facts), organization=name
            )
    return flask.render_template("sign_in/district_mailed.html", organization=name, address=stated.address)


@area.get("/sign-in/connect/<token>", permission=EVERYONE)
def connection(token: str) -> ResponseReturnValue:
    """Show what a mailed link connects; looking at it connects nothing."""
    facts = _connection(token)
    found = own_sign_in(facts["organization"]) if facts else None
    if facts is None or found is None:
        return flask.render_template("sign_in/connection_over.html"), 410
    return flask.render_template(
        "sign_in/connection.html", organization=found[1], address=entry.address_of(facts["person"])
    )


@area.post("/sign-in/connect/<token>", permission=EVERYONE)
def connect(token: str) -> ResponseReturnValue:
    """Connect the provider's account with the one that the link was mailed to, and sign in."""
    facts = _connection(token)
    found = own_sign_in(facts["organization"]) if facts else None
    if facts is None or found is None or not _belongs(facts["person"], facts["organization"]):
        return flask.render_template("sign_in/connection_over.html"), 410
    with services().database.transaction(Scope.for_person(facts["person"])) as session:
        spent = once.spend(session, facts["person"], facts["once"], seconds=CONNECT_SECONDS)
        if spent:
            _bind(
                session, facts["person"], facts["organization"], facts["issuer"], facts["subject"], found[1]
            )
    if not spent:
        return flask.render_template("sign_in/connection_over.html"), 410
    return _in(found[0], facts["person"], "/")


def _connection(token: str) -> dict[str, Any] | None:
    try:
        return sealer().open_facts(CONNECT, token, seconds=CONNECT_SECONDS)
    except SealError:
        return None


def _bind(
    session: Session, person_id: int, organization_id: int, issuer: str, subject: str, name: str
) -> None:
    if lookups.identity(services().database, organization_id, issuer, subject) is not None:
        raise NotPossibleError("This account of your organization is connected to somebody already.")
    provider.bind(session, person_id, organization_id, issuer, subject)
    letters.tell_of_change(session, person_id, "district_connected", name=name)


def _connect(used: Provider, name: str, stated: Stated, kept: dict[str, Any]) -> ResponseReturnValue:
    person_id = provider.person_of(services().database, used, stated)
    if person_id != me():
        with services().database.transaction(Scope.for_person(me())) as session:
            _bind(session, me(), used.organization_id, stated.issuer, stated.subject, name)
    with services().database.transaction(Scope.for_joining(0, used.organization_id)) as session:
        rules.worked(session, used.organization_id)
    flask.flash(_("It works: from now on {organization}'s own sign-in lets you in.", organization=name), "ok")
    return flask.redirect(safe_return(kept["next"]))


def _confirm(used: Provider, _name: str, stated: Stated, kept: dict[str, Any]) -> ResponseReturnValue:
    if provider.person_of(services().database, used, stated) != me():
        raise NotPossibleError("That is another account than the one that is signed in here.")
    with services().database.transaction(Scope.for_person(me())) as session:
        accounts.confirm_session(session, me(), users.current_session_id() or 0, strong=False)
    return flask.redirect(safe_return(kept["next"]))


def _invitation(used: Provider, name: str, stated: Stated, kept: dict[str, Any]) -> ResponseReturnValue:
    found = joining.open_invitation(services().database, kept["token"])
    if found is None or found.organization_id != used.organization_id:
        raise NotFound
    if stated.address != found.address:
        raise NotPossibleError(
            "{organization}'s own sign-in does not say that {address} is yours, where this invitation was "
            "sent to. Accept with a password or a passkey instead.",
            organization=name,
            address=found.address,
        )

    def prove(session: Session, person_id: int) -> None:
        provider.bind(session, person_id, used.organization_id, stated.issuer, stated.subject)

    person_id = joining.accept_new(
        services().database, kept["token"], name=stated.name or None, language=language(), prove=prove
    )
    flask.flash(_("Welcome to {organization}.", organization=name), "ok")
    return _in(used, person_id, "/")


PURPOSES = {
    "enter": _enter,
    "connect": _connect,
    "try": _connect,
    "confirm": _confirm,
    "invitation": _invitation,
}
