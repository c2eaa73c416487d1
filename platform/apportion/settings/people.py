"""Who belongs to an organization, and whom it has invited: of a district, and of others."""

from __future__ import annotations

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from apportion.presentation import cap
from apportion.request import _, scope, transaction
from apportion.settings.area import area, errors_of
from apportion.sign_in import letters
from tenants import belonging, joining
from tenants.errors import NotPossibleError
from tenants.organizations import Organization
from tenants.people import Person
from tenants.roles import (
    ROLE_NAMES,
    ROLES_BY_KIND,
    allows,
)


@area.get("/d/<int:district_id>/settings", permission="people:view")
def overview(district_id: int) -> ResponseReturnValue:
    """Lead to the first page of settings."""
    return flask.redirect(flask.url_for("settings.people", district_id=district_id))


@area.get("/d/<int:district_id>/settings/people", permission="people:view")
def people(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show who belongs to the district, with which role, and whom it has invited."""
    return _people_page()


@area.get("/organization/people", permission="own_people:view")
def own_people() -> ResponseReturnValue:
    """Show who belongs to the facilitator's or operator's own organization."""
    return _people_page()


def _in_district() -> bool:
    return "district_id" in (flask.request.view_args or {})


def _people_address() -> str:
    if _in_district():
        return flask.url_for("settings.people", district_id=scope().viewed_district_id)
    return flask.url_for("settings.own_people")


def _people_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    manages = allows(acting, "people:manage" if _in_district() else "own_people:manage")
    invites = manages or (_in_district() and allows(acting, "people:invite"))
    with transaction() as session:
        organization = session.get_one(Organization, acting.viewed_district_id or acting.organization_id)
        members = belonging.members(session, organization.id)
        invitations = joining.invitations(session, organization.id) if invites else []
    page = flask.render_template(
        "settings/people.html",
        organization=organization,
        members=members,
        invitations=invitations,
        role_names=ROLE_NAMES,
        roles=[
            (role, cap(_(ROLE_NAMES[role])))
            for role in ROLES_BY_KIND[organization.kind]
            if manages or role == acting.role
        ],
        manages=manages,
        invites=invites,
        base=_people_address(),
        errors=errors or {},
        form=flask.request.form,
        stewards=sum(member.steward for member in members),
    )
    return page, status


@area.post("/d/<int:district_id>/settings/people/invite", permission="people:invite")
def invite(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Invite somebody by mail."""
    return _invite()


@area.post("/organization/people/invite", permission="own_people:manage")
def own_invite() -> ResponseReturnValue:
    """Invite somebody into the facilitator's or operator's own organization."""
    return _invite()


def _invite() -> ResponseReturnValue:
    acting, form = scope(), flask.request.form
    try:
        with transaction() as session:
            name = form.get("name", "")
            invitation_id, token = joining.invite(
                session,
                acting,
                address=form.get("address", ""),
                name=name,
                role=form.get("role", ""),
                steward=form.get("steward") == "1",
            )
            _mail(session, invitation_id, token, form["address"].strip().lower(), name, form["role"])
    except NotPossibleError as refusal:
        return _people_page(errors_of(refusal), 422)
    flask.flash(_("The invitation to {address} is on its way.", address=form["address"]), "ok")
    return flask.redirect(_people_address())


def _mail(session: Any, invitation_id: int, token: str, address: str, name: str, role: str) -> None:
    organization = session.get_one(Organization, scope().organization_id)
    letters.send_invitation(
        session,
        invitation_id=invitation_id,
        token=token,
        address=address,
        name=name,
        role=role,
        organization=organization.name,
        organization_id=organization.id,
        inviter=session.scalar(select(Person.name).where(Person.id == scope().person_id)) or "",
        language=organization.language,
    )


@area.post("/d/<int:district_id>/settings/invitations/<int:invitation_id>/resend", permission="people:invite")
def resend(district_id: int, invitation_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Send an invitation again, with a new link."""
    return _resend(invitation_id)


@area.post("/organization/invitations/<int:invitation_id>/resend", permission="own_people:manage")
def own_resend(invitation_id: int) -> ResponseReturnValue:
    """Send an invitation into the own organization again."""
    return _resend(invitation_id)


def _resend(invitation_id: int) -> ResponseReturnValue:
    with transaction() as session:
        found = joining.resend(session, scope(), invitation_id)
        if found is None:
            raise NotFound
        invitation, token = found
        _mail(session, invitation.id, token, invitation.address, invitation.name, invitation.role)
    flask.flash(_("The invitation to {address} is on its way.", address=invitation.address), "ok")
    return flask.redirect(_people_address())


@area.post(
    "/d/<int:district_id>/settings/invitations/<int:invitation_id>/withdraw", permission="people:invite"
)
def withdraw(district_id: int, invitation_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """End an open invitation."""
    return _withdraw(invitation_id)


@area.post("/organization/invitations/<int:invitation_id>/withdraw", permission="own_people:manage")
def own_withdraw(invitation_id: int) -> ResponseReturnValue:
    """End an open invitation into the own organization."""
    return _withdraw(invitation_id)


def _withdraw(invitation_id: int) -> ResponseReturnValue:
    with transaction() as session:
        if not joining.withdraw(session, scope(), invitation_id):
            raise NotFound
    flask.flash(_("The invitation no longer holds."), "ok")
    return flask.redirect(_people_address())


@area.post("/d/<int:district_id>/settings/people/<int:membership_id>", permission="people:manage")
def change_member(district_id: int, membership_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Change a member's role and attributes, or let the member go."""
    return _change_member(membership_id)


@area.post("/organization/people/<int:membership_id>", permission="own_people:manage")
def own_change_member(membership_id: int) -> ResponseReturnValue:
    """Change a member of the own organization."""
    return _change_member(membership_id)


def _change_member(membership_id: int) -> ResponseReturnValue:
    form = flask.request.form
    try:
        with transaction() as session:
            if form.get("act") == "end":
                found = belonging.end_membership(session, scope(), membership_id)
            else:
                found = belonging.change_member(
                    session,
                    scope(),
                    membership_id,
                    role=form.get("role", ""),
                    steward=form.get("steward") == "1",
                    contributor=form.get("contributor") == "1",
                )
    except NotPossibleError as refusal:
        return _people_page(errors_of(refusal), 422)
    if not found:
        raise NotFound
    flask.flash(_("Changed. It holds from that person's next page on."), "ok")
    return flask.redirect(_people_address())
