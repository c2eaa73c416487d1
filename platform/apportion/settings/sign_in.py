"""How an organization's people sign in: second factor, own sign-in, mail domains, emergency stewards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from apportion.frame.facts import california_today
from apportion.request import _, scope, transaction
from apportion.services import sealer, services
from apportion.settings.area import area, day_of, errors_of
from apportion.sign_in import district as district_pages
from apportion.sign_in import letters
from apportion.sign_in.area import fresh
from tenants import outside
from tenants.entering import domains, provider, rules
from tenants.errors import NotPossibleError
from tenants.organizations import Membership, Organization
from tenants.people import Person
from tenants.roles import allows

DISTRICT, OWN = "/d/<int:district_id>/settings/sign-in", "/organization/sign-in"


def _in_district() -> bool:
    return "district_id" in (flask.request.view_args or {})


def _manages() -> bool:
    return allows(scope(), "sign_in_settings:manage" if _in_district() else "own_people:manage")


def _address() -> str:
    if _in_district():
        return flask.url_for("settings.sign_in", district_id=scope().viewed_district_id)
    return flask.url_for("settings.own_sign_in")


@area.get(DISTRICT, permission="sign_in_settings:view")
def sign_in(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show how the district's people sign in."""
    return _page()


@area.get(OWN, permission="own_people:manage")
def own_sign_in() -> ResponseReturnValue:
    """Show how the people of the facilitator's or operator's organization sign in."""
    return _page()


def _page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    with transaction() as session:
        organization = session.get_one(
            Organization, acting.viewed_district_id if _in_district() else acting.organization_id
        )
        stewards = session.execute(
            select(Membership.id, Membership.emergency, Person.name)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organization_id == organization.id,
                Membership.steward,
                Membership.ended_at.is_(None),
            )
            .order_by(Person.name)
        ).all()
        page = flask.render_template(
            "settings/sign_in.html",
            organization=organization,
            rule=rules.of_organization(session, organization.id),
            domains=domains.of_organization(session, organization.id) if _manages() else [],
            label=domains.LABEL,
            stewards=stewards,
            manages=_manages(),
            base=_address(),
            callback=district_pages.callback(),
            today=california_today(),
            latest=california_today() + rules.GRACE,
            usual=california_today() + dt.timedelta(days=14),
            errors=errors or {},
            form=flask.request.form,
        )
    return page, status


@area.post(f"{DISTRICT}/<what>", permission="sign_in_settings:manage")
@fresh
def change_sign_in(district_id: int, what: str) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Change one of the rules."""
    return _change(what)


@area.post(f"{OWN}/<what>", permission="own_people:manage")
@fresh
def own_change_sign_in(what: str) -> ResponseReturnValue:
    """Change one of the rules of the own organization."""
    return _change(what)


def _change(what: str) -> ResponseReturnValue:
    act = ACTS.get(what)
    if act is None:
        raise NotFound
    try:
        said = act()
    except NotPossibleError as refusal:
        return _page(errors_of(refusal), 422)
    flask.flash(said, "ok")
    return flask.redirect(_address())


def _second_factor() -> str:
    wanted = flask.request.form.get("ask") == "1"
    start = day_of(flask.request.form.get("second_factor_from", "")) if wanted else None
    if wanted and start is None:
        raise NotPossibleError("Choose a day.", field="second_factor_from")
    with transaction() as session:
        rules.ask_second_factor(session, scope(), start, california_today())
    if start is None:
        return _("No second step is asked for.")
    return _("From that day on, nobody works here with a password alone.")


def _provider() -> str:
    form = flask.request.form
    issuer = form.get("issuer", "").strip().rstrip("/")
    try:
        # The issuer's own spelling counts, a slash at the end included.
        published = provider.discover(
            form.get("issuer", "").strip(), allow_loopback=services().settings.allow_loopback
        )
        issuer = str(published["issuer"])
    except outside.RefusedAddressError as refusal:
        refusal.field = "issuer"
        raise
    with transaction() as session:
        rules.connect(
            session,
            scope(),
            sealer(),
            issuer=issuer,
            client_id=form.get("client_id", ""),
            client_secret=form.get("client_secret", ""),
            contact=form.get("contact", ""),
        )
    return _("Kept. Try it now: it is offered to people once it worked for you.")


def _offer() -> str:
    how = flask.request.form.get("how", "")
    with transaction() as session:
        rules.offer(session, scope(), offered=how in {"offered", "required"}, required=how == "required")
    return _("Changed. It holds from the next sign-in on.")


def _emergency() -> str:
    form = flask.request.form
    number = form.get("membership", "")
    with transaction() as session:
        if not number.isdigit() or not rules.name_emergency(
            session, scope(), int(number), emergency=form.get("emergency") == "1"
        ):
            raise NotFound
    return _("Changed. It holds from the next sign-in on.")


def _claim() -> str:
    with transaction() as session:
        domains.claim(session, scope(), flask.request.form.get("domain", ""))
    return _("Now put the line below into the domain's name server, then look it up.")


def _prove() -> str:
    with transaction() as session:
        proved = domains.prove(session, scope(), _domain_id(), name_server=services().settings.dns_server)
    if proved is None:
        raise NotFound
    return _("{domain} is proved to be yours.", domain=proved)


def _give_up() -> str:
    with transaction() as session:
        domain = domains.give_up(session, scope(), _domain_id())
    if domain is None:
        raise NotFound
    return _("{domain} is given up.", domain=domain)


def _domain_id() -> int:
    number = flask.request.form.get("id", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0


ACTS: dict[str, Any] = {
    "second-factor": _second_factor,
    "provider": _provider,
    "offer": _offer,
    "emergency": _emergency,
    "domain": _claim,
    "domain-proof": _prove,
    "domain-gone": _give_up,
}


@area.get(f"{DISTRICT}/try", permission="sign_in_settings:manage")
@fresh
def try_sign_in(district_id: int) -> ResponseReturnValue:
    """Enter by the district's own sign-in as it is set, and connect it with my account."""
    return district_pages.send(district_id, "try")


@area.get(f"{OWN}/try", permission="own_people:manage")
@fresh
def own_try_sign_in() -> ResponseReturnValue:
    """Enter by the own organization's sign-in as it is set."""
    return district_pages.send(scope().organization_id or 0, "try")


@area.post("/d/<int:district_id>/settings/people/<int:membership_id>/let-in", permission="people:manage")
@fresh
def let_in_again(district_id: int, membership_id: int) -> ResponseReturnValue:
    """Let somebody who lost the second factor set it up again; another steward does it."""
    _let_in(membership_id)
    return flask.redirect(flask.url_for("settings.people", district_id=district_id))


@area.post("/organization/people/<int:membership_id>/let-in", permission="own_people:manage")
@fresh
def own_let_in_again(membership_id: int) -> ResponseReturnValue:
    """Let somebody of the own organization set up the second factor again."""
    _let_in(membership_id)
    return flask.redirect(flask.url_for("settings.own_people"))


def _let_in(membership_id: int) -> None:
    with transaction() as session:
        found = rules.member_to_let_in(session, scope(), membership_id)
        if found is None:
            raise NotFound
        organization = session.get_one(Organization, scope().organization_id)
        letters.send_fresh_start(session, found, organization=organization.name)
    flask.flash(
        _("{name} gets a mail that leads to setting up the second step again.", name=found.name), "ok"
    )
