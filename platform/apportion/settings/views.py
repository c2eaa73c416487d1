"""Page 35 for a district, and the people of a facilitator's or operator's own organization."""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from apportion.frame.facts import california_today
from apportion.request import _, language, scope, transaction
from apportion.routing import Area
from apportion.services import services
from apportion.sign_in import letters
from tenants import accounts, audit, engagements, joining
from tenants.errors import NotPossibleError
from tenants.language import N_, render
from tenants.matrix import RESOURCES, SECTIONS
from tenants.organizations import Organization
from tenants.people import Person
from tenants.roles import (
    PERMISSIONS,
    ROLE_NAMES,
    ROLES_BY_KIND,
    allows,
    coach_does,
    coach_sees,
    holders,
    own_only,
)
from tenants.scope import FACILITATOR_ROLES

area = Area("settings", __name__)

LEVEL_NAMES = {
    1: N_("Progress: steps, owners, dates"),
    2: N_("Reader: also released analyses, priorities, options and plan drafts"),
    3: N_("Coach: also comments and proposals (usual)"),
    4: N_("Co-author: also assigned plan sections and analyses"),
}
ENTRIES_ON_A_PAGE = 50


def _errors(refusal: NotPossibleError) -> dict[str, str]:
    return {refusal.field or "form": render(refusal.said, language())}


def _back(endpoint: str, text: str, **values: Any) -> ResponseReturnValue:
    flask.flash(text, "ok")
    return flask.redirect(flask.url_for(endpoint, **values))


def _int(text: str | None) -> int:
    """Return a whole number that a form sent, or 0, which names nothing."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


# People.


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
        organization = session.get_one(Organization, acting.organization_id)
        members = joining.members(session, organization.id)
        invitations = joining.invitations(session, organization.id) if invites else []
    page = flask.render_template(
        "settings/people.html",
        organization=organization,
        members=members,
        invitations=invitations,
        role_names=ROLE_NAMES,
        roles=[(role, _(ROLE_NAMES[role])) for role in ROLES_BY_KIND[organization.kind]],
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
        return _people_page(_errors(refusal), 422)
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
                found = joining.end_membership(session, scope(), membership_id)
            else:
                found = joining.change_member(
                    session,
                    scope(),
                    membership_id,
                    role=form.get("role", ""),
                    steward=form.get("steward") == "1",
                    contributor=form.get("contributor") == "1",
                )
    except NotPossibleError as refusal:
        return _people_page(_errors(refusal), 422)
    if not found:
        raise NotFound
    flask.flash(_("Changed. It holds from that person's next page on."), "ok")
    return flask.redirect(_people_address())


# The facilitator's access.


@area.get("/d/<int:district_id>/settings/facilitator", permission="engagement:view")
def facilitator(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show which facilitator the district has let in, how far, until when, and what that shows."""
    if not _of_own_district():
        raise NotFound
    return _facilitator_page()


def _of_own_district() -> bool:
    """Say whether the actor belongs to the district viewed; a coach's own page of engagements is another."""
    return scope().organization_id == scope().viewed_district_id


def _facilitator_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    with transaction() as session:
        found = engagements.of_organization(session, acting.organization_id or 0)
        choices = engagements.facilitators(session)
    today = california_today()
    current = [one for one in found if one.state in engagements.OPEN and one.ends_on >= today]
    statements = {
        one.id: {
            "sees": coach_sees(one.level)[0],
            "hidden": coach_sees(one.level)[1],
            "does": coach_does(one.level),
        }
        for one in current
    }
    page = flask.render_template(
        "settings/facilitator.html",
        current=current,
        past=[one for one in found if one not in current],
        choices=[(one.id, one.name) for one in choices],
        levels=[(level, _(name)) for level, name in LEVEL_NAMES.items()],
        level_names=LEVEL_NAMES,
        statements=statements,
        manages=allows(acting, "engagement:manage"),
        usual_end=today.replace(year=today.year + 1, day=min(today.day, 28)),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/d/<int:district_id>/settings/facilitator/offer", permission="engagement:manage")
def offer(district_id: int) -> ResponseReturnValue:
    """Let a facilitator in."""
    form = flask.request.form
    try:
        with transaction() as session:
            engagements.offer(
                session,
                scope(),
                facilitator_id=_int(form.get("facilitator")),
                level=_int(form.get("level")),
                ends_on=_date(form.get("ends_on", "")) or california_today(),
                today=california_today(),
            )
    except NotPossibleError as refusal:
        return _facilitator_page(_errors(refusal), 422)
    return _back(
        "settings.facilitator", _("Offered. It begins once the facilitator accepts."), district_id=district_id
    )


@area.post("/d/<int:district_id>/settings/facilitator/<int:engagement_id>", permission="engagement:manage")
def decide(district_id: int, engagement_id: int) -> ResponseReturnValue:
    """Accept or decline a request, change the level or the end, or end the engagement at once."""
    form = flask.request.form
    try:
        with transaction() as session:
            found = _decide(session, engagement_id, form)
    except NotPossibleError as refusal:
        return _facilitator_page(_errors(refusal), 422)
    if not found:
        raise NotFound
    return _back(
        "settings.facilitator",
        _("Changed. It holds from the facilitator's next page on."),
        district_id=district_id,
    )


def _decide(session: Any, engagement_id: int, form: Any) -> bool:
    plain = {"accept": engagements.accept, "decline": engagements.decline, "end": engagements.end}
    act = form.get("act", "")
    if act in plain:
        return plain[act](session, scope(), engagement_id)
    return engagements.change(
        session,
        scope(),
        engagement_id,
        level=_int(form.get("level")),
        ends_on=_date(form.get("ends_on", "")) or california_today(),
        today=california_today(),
    )


@area.get("/organization/engagements", permission="engagement:view")
def own_engagements() -> ResponseReturnValue:
    """Show a facilitator's engagements, and ask a district for one."""
    if scope().role not in FACILITATOR_ROLES:
        raise NotFound
    return _own_engagements_page()


def _own_engagements_page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    acting = scope()
    with transaction() as session:
        found = engagements.of_organization(session, acting.organization_id or 0)
        districts = {
            row.id: row.name
            for row in session.scalars(select(Organization).where(Organization.kind == "district"))
        }
        members = joining.members(session, acting.organization_id or 0)
    today = california_today()
    page = flask.render_template(
        "settings/own_engagements.html",
        found=[one for one in found if one.state in engagements.OPEN],
        districts=districts,
        members=members,
        levels=[(level, _(name)) for level, name in LEVEL_NAMES.items()],
        level_names=LEVEL_NAMES,
        leads=allows(acting, "engagement:request"),
        usual_end=today.replace(year=today.year + 1, day=min(today.day, 28)),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/organization/engagements", permission="engagement:request")
def request_engagement() -> ResponseReturnValue:
    """Ask a district to be let in; the answer is the same whether it is here or not."""
    form = flask.request.form
    try:
        engagements.request(
            services().database,
            scope(),
            cds_code=form.get("cds_code", "").strip(),
            level=_int(form.get("level")),
            ends_on=_date(form.get("ends_on", "")) or california_today(),
            today=california_today(),
        )
    except NotPossibleError as refusal:
        return _own_engagements_page(_errors(refusal), 422)
    return _back(
        "settings.own_engagements",
        _("Asked. If this district is on Apportion, its stewards see your request and decide."),
    )


@area.post("/organization/engagements/<int:engagement_id>", permission="engagement:request")
def decide_own(engagement_id: int) -> ResponseReturnValue:
    """Accept or decline a district's offer, name coaches, or end the engagement."""
    form = flask.request.form
    plain = {"accept": engagements.accept, "decline": engagements.decline, "end": engagements.end}
    act = form.get("act", "")
    try:
        with transaction() as session:
            if act in plain:
                found = plain[act](session, scope(), engagement_id)
            else:
                coaches = [_int(one) for one in form.getlist("coaches")]
                found = engagements.name_coaches(session, scope(), engagement_id, coaches)
    except NotPossibleError as refusal:
        return _own_engagements_page(_errors(refusal), 422)
    if not found:
        raise NotFound
    return _back("settings.own_engagements", _("Changed."))


# Tokens for programs.


@area.get("/d/<int:district_id>/settings/tokens", permission="api_tokens:manage")
def tokens(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show the programs that connect to this district."""
    return _tokens_page()


def _tokens_page(
    errors: dict[str, str] | None = None, status: int = 200, fresh: str | None = None
) -> ResponseReturnValue:
    with transaction() as session:
        found = accounts.api_tokens(session, scope().organization_id or 0)
    page = flask.render_template(
        "settings/tokens.html",
        found=found,
        fresh=fresh,
        now=dt.datetime.now(dt.UTC),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/d/<int:district_id>/settings/tokens", permission="api_tokens:manage")
def create_token(district_id: int) -> ResponseReturnValue:
    """Make a token and show it once."""
    form, acting = flask.request.form, scope()
    days = form.get("days", "")
    try:
        with transaction() as session:
            fresh = accounts.create_api_token(
                session,
                acting,
                name=form.get("name", ""),
                days=_int(days),
                read_only=form.get("read_only") == "1",
            )
            audit.append(session, acting, "api_tokens:manage", f"organization/{district_id}", days=_int(days))
    except NotPossibleError as refusal:
        return _tokens_page(_errors(refusal), 422)
    return _tokens_page(fresh=fresh)


@area.post("/d/<int:district_id>/settings/tokens/<int:token_id>/revoke", permission="api_tokens:manage")
def revoke_token(district_id: int, token_id: int) -> ResponseReturnValue:
    """Revoke a token at once."""
    with transaction() as session:
        if not accounts.revoke_api_token(session, district_id, token_id):
            raise NotFound
        audit.append(session, scope(), "api_tokens:manage", f"api_token/{token_id}", revoked=True)
    return _back("settings.tokens", _("The token no longer opens anything."), district_id=district_id)


# Who can see this, and the record of activity.


@area.get("/d/<int:district_id>/settings/who", permission="people:view")
def who_can(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Answer "who can see this?" for every kind of record, and "what may I do?"."""
    acting = scope()
    sections = [
        (
            title,
            [
                (resource.title, holders(f"{resource.key}:view"), allows(acting, f"{resource.key}:view"))
                for resource in resources
                if f"{resource.key}:view" in PERMISSIONS
            ],
        )
        for title, resources in SECTIONS[:-1]
    ]
    return flask.render_template("settings/who.html", sections=sections)


@area.get("/d/<int:district_id>/settings/activity", permission="activity:view")
def activity(district_id: int) -> ResponseReturnValue:
    """Show who did what, the latest first; those without the whole right see their own acts."""
    acting = scope()
    page = max(1, flask.request.args.get("page", 1, type=int))
    wanted = select(audit.AuditEntry).where(audit.AuditEntry.district_id == district_id)
    if own_only(acting, "activity:view") or acting.engagement_level is not None:
        wanted = wanted.where(audit.AuditEntry.person_id == acting.person_id)
    with transaction() as session:
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        entries = session.scalars(
            wanted.order_by(audit.AuditEntry.sequence.desc())
            .limit(ENTRIES_ON_A_PAGE)
            .offset((page - 1) * ENTRIES_ON_A_PAGE)
        ).all()
        known = {entry.person_id for entry in entries}
        names = {
            row.id: row.name
            for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(known)))
        }
        checked = (
            audit.verify(session, district_id)
            if "verify" in flask.request.args and allows(acting, "activity:export")
            else None
        )
    return flask.render_template(
        "settings/activity.html",
        entries=entries,
        names=names,
        total=total,
        page=page,
        pages=-(-total // ENTRIES_ON_A_PAGE),
        pager_address=lambda number: flask.url_for("settings.activity", district_id=district_id, page=number),
        checked=checked,
        whole=allows(acting, "activity:export"),
        in_words=act_in_words,
    )


ACTS = {
    "people:invite": N_("invited somebody, or renewed or withdrew an invitation"),
    "people:manage": N_("changed who belongs and with which role"),
    "engagement:manage": N_("changed what the facilitator may see"),
    "api_tokens:manage": N_("made or revoked a token for a program"),
    "cohort_membership:approve": N_("changed the membership in a cohort"),
    "ledger:load": N_("loaded a ledger"),
    "ledger:map": N_("said how columns are read"),
    "ledger:correct": N_("corrected a ledger"),
    "ledger:remove": N_("withdrew a ledger"),
    "attendance:edit": N_("changed attendance figures"),
    "dataset:certify": N_("certified a data set"),
    "analysis:run": N_("started an analysis"),
    "financial_results:export": N_("took results out"),
    "priorities:edit": N_("changed a priority"),
    "options:edit": N_("changed an option"),
    "process_board:edit": N_("moved a step of the process"),
    "plan:create": N_("began a plan"),
    "plan:edit": N_("changed the plan"),
    "plan:certify_numbers": N_("certified the numbers of a version"),
    "plan:sign_off": N_("signed off on the priorities of a version"),
    "plan:approve": N_("approved a version"),
    "plan:publish": N_("published a version"),
    "share_link:manage": N_("made, changed or ended a link for readers"),
    "public_comments:answer": N_("answered a comment"),
    "public_comments:moderate": N_("moderated a comment"),
}
"""What is recorded, in words; an act that is not here is said by its line of the matrix."""


def act_in_words(action: str) -> str:
    """Return an act of the record in the reader's language."""
    if action in ACTS:
        return _(ACTS[action])
    key = PERMISSIONS[action][0] if action in PERMISSIONS else ""
    return _(RESOURCES[key].title) if key else action
