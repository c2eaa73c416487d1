"""Tokens for programs, who can see what, and the record of activity."""

from __future__ import annotations

import datetime as dt

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from apportion.request import _, scope, transaction
from apportion.routing import CALLS_A_MINUTE
from apportion.settings.area import area, back_to, errors_of, whole_number
from apportion.settings.seeing import who_sees
from tenants import accounts, audit, support
from tenants.errors import NotPossibleError
from tenants.language import N_
from tenants.matrix import RESOURCES, SECTIONS, TOKEN_AREAS
from tenants.people import Person
from tenants.roles import (
    PERMISSIONS,
    ROLE_NAMES,
    allows,
    holders,
    own_only,
)

ENTRIES_ON_A_PAGE = 50


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
        areas=[(key, _(title)) for key, (title, _lines) in TOKEN_AREAS.items()],
        calls=CALLS_A_MINUTE,
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
                days=whole_number(days),
                read_only=form.get("may", "read") != "write",
                areas=form.getlist("areas") if form.get("reach") == "areas" else None,
            )
            audit.append(
                session, acting, "api_tokens:manage", f"organization/{district_id}", days=whole_number(days)
            )
    except NotPossibleError as refusal:
        return _tokens_page(errors_of(refusal), 422)
    return _tokens_page(fresh=fresh)


@area.post("/d/<int:district_id>/settings/tokens/<int:token_id>/revoke", permission="api_tokens:manage")
def revoke_token(district_id: int, token_id: int) -> ResponseReturnValue:
    """Revoke a token at once."""
    with transaction() as session:
        if not accounts.revoke_api_token(session, district_id, token_id):
            raise NotFound
        audit.append(session, scope(), "api_tokens:manage", f"api_token/{token_id}", revoked=True)
    return back_to("settings.tokens", _("The token no longer opens anything."), district_id=district_id)


# Who can see this, and the record of activity.


@area.get("/d/<int:district_id>/settings/who", permission="people:view")
def who_can(district_id: int) -> ResponseReturnValue:
    """Answer "who can see this?" for one record, or for every kind of record and "what may I do?"."""
    acting = scope()
    record = flask.request.args.get("record")
    if record is not None:
        return flask.render_template(
            "settings/who_sees.html", sights=who_sees(district_id, record), role_names=ROLE_NAMES
        )
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


@area.get("/d/<int:district_id>/settings/activity", permission="activity:view", serves=("o", "own_acts"))
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
        for grant in support.of_organization(session, district_id):
            names.setdefault(grant.person_id, _("{name} (support)", name=grant.person_name))
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
    "engagement:request": N_("asked a district for an engagement"),
    "cohort:create": N_("made a cohort"),
    "cohort:edit": N_("renamed a cohort"),
    "cohort:manage": N_("invited or took out a district, or ended a cohort"),
    "process_board:nudge": N_("sent a nudge"),
    "registry:create": N_("opened an organization"),
    "support_grant:request": N_("asked to look into a district for its support"),
    "support_grant:manage": N_("decided on access for support"),
    "support_grant:use": N_("looked at it for support"),
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
    "confidential_options:edit": N_("changed a confidential option, or who knows it"),
    "named_access:manage": N_("gave or took back access by name"),
    "teams:manage": N_("made or ended a team"),
    "board_answers:create": N_("drafted an answer to the board"),
    "board_answers:approve": N_("sent an answer to the board"),
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
    "public_comments:tag": N_("tagged comments"),
}
"""What is recorded, in words; an act that is not here is said by its line of the matrix."""


def act_in_words(action: str) -> str:
    """Return an act of the record in the reader's language."""
    if action in ACTS:
        return _(ACTS[action])
    key = PERMISSIONS[action][0] if action in PERMISSIONS else ""
    return _(RESOURCES[key].title) if key else action
