"""Tokens for programs, and who can see what."""

from __future__ import annotations

import datetime as dt

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.request import _, scope, transaction
from apportion.routing import CALLS_A_MINUTE
from apportion.settings.area import area, back_to, errors_of, whole_number
from apportion.settings.seeing import who_sees
from tenants import accounts, audit
from tenants.areas import TOKEN_AREAS
from tenants.errors import NotPossibleError
from tenants.language import Message
from tenants.matrix import SECTIONS, Resource
from tenants.roles import (
    PERMISSIONS,
    ROLE_NAMES,
    VERBS,
    allows,
    concerned,
    in_words,
    plain,
)
from tenants.scope import Scope

# Tokens for programs.


@area.get("/d/<int:district_id>/settings/tokens", permission="api_tokens:view")
def tokens(district_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope has it
    """Show the programs that connect to this district."""
    return _tokens_page()


def _tokens_page(
    errors: dict[str, str] | None = None, status: int = 200, fresh: str | None = None
) -> ResponseReturnValue:
    with transaction() as session:
        found = accounts.api_tokens(session, scope().viewed_district_id or 0)
        session.expunge_all()
    page = flask.render_template(
        "settings/tokens.html",
        found=found,
        fresh=fresh,
        now=dt.datetime.now(dt.UTC),
        areas=[(key, _(title)) for key, (title, _lines) in TOKEN_AREAS.items()],
        calls=CALLS_A_MINUTE,
        manages=allows(scope(), "api_tokens:manage"),
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


# Who can see this.


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
        (title, [line for each in resources if (line := _line(acting, each))])
        for title, resources in SECTIONS[:-1]
    ]
    return flask.render_template("settings/who.html", sections=sections)


def _line(acting: Scope, resource: Resource) -> tuple[Message, Message, bool] | None:
    """Return a record's name, whom it concerns and whether whoever asks is among them.

    None where it concerns nobody of a district or of its facilitator: a line of the platform's own house, or
    one that waits for what this platform does not do yet.
    """
    roles = concerned(resource.key)
    if not set(roles) - {"PAD"}:
        return None
    mine = any(
        allows(acting, name) for verb in VERBS.values() if (name := f"{resource.key}:{verb}") in PERMISSIONS
    )
    return plain(resource.key), in_words(roles), mine
