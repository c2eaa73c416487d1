"""Addresses that hear of events: added, changed, turned off, given new secrets; what each was sent."""

from __future__ import annotations

import datetime as dt

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import _, scope, transaction
from apportion.services import sealer, services
from apportion.settings.area import area, back_to, errors_of
from tenants import audit, outside
from tenants.errors import NotPossibleError
from tenants.records import webhooks as book
from tenants.roles import allows
from workers import webhooks as notices


@area.get("/d/<int:district_id>/settings/webhooks", permission="api_tokens:view")
def webhooks(district_id: int) -> ResponseReturnValue:
    """Show the addresses that hear of this district, and the form for another."""
    return _page(district_id)


def _page(district_id: int, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    with transaction() as session:
        found = book.listed(session, district_id)
        session.expunge_all()
    page = flask.render_template(
        "settings/webhooks.html",
        found=found,
        events=_events(),
        manages=allows(scope(), "api_tokens:manage"),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


def _events() -> list[tuple[str, str]]:
    return [(event, _(words)) for event, words in book.EVENTS.items()]


def _checked_address() -> str:
    """Return the address that a form sent, once it is one that the platform calls.

    Raises:
        NotPossibleError: It is none, or leads inwards.
    """
    address = flask.request.form.get("address", "").strip()
    try:
        outside.check(address, allow_loopback=services().settings.allow_loopback)
    except outside.RefusedAddressError as refusal:
        refusal.field = "address"
        raise
    return address


@area.post("/d/<int:district_id>/settings/webhooks", permission="api_tokens:manage")
def add_webhook(district_id: int) -> ResponseReturnValue:
    """Add an address and show its secret once."""
    form = flask.request.form
    try:
        address = _checked_address()
        with transaction() as session:
            hook, secret = book.add(
                session,
                scope(),
                sealer(),
                name=form.get("name", ""),
                address=address,
                events=form.getlist("events"),
            )
    except NotPossibleError as refusal:
        return _page(district_id, errors_of(refusal), 422)
    return _one_page(district_id, hook.id, fresh=secret)


@area.get("/d/<int:district_id>/settings/webhooks/<int:webhook_id>", permission="api_tokens:view")
def webhook(district_id: int, webhook_id: int) -> ResponseReturnValue:
    """Show one address: what it hears of, its keys, and what was sent."""
    return _one_page(district_id, webhook_id)


def _one_page(
    district_id: int,
    webhook_id: int,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
    fresh: str | None = None,
) -> ResponseReturnValue:
    with transaction() as session:
        hook = book.one(session, district_id, webhook_id)
        if hook is None:
            raise NotFound
        sent = book.deliveries(session, district_id, webhook_id)
        session.expunge_all()
    page = flask.render_template(
        "settings/webhook.html",
        hook=hook,
        sent=sent,
        event_words={**book.EVENTS, book.TEST: _("Test")},
        events=_events(),
        manages=allows(scope(), "api_tokens:manage"),
        fresh=fresh,
        now=dt.datetime.now(dt.UTC),
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@area.post("/d/<int:district_id>/settings/webhooks/<int:webhook_id>", permission="api_tokens:manage")
def change_webhook(district_id: int, webhook_id: int) -> ResponseReturnValue:
    """Change an address, test it, give it a new secret, turn it on or off, or remove it."""
    act, fresh = flask.request.form.get("act", ""), None
    try:
        address = _checked_address() if act == "change" else ""
        with transaction() as session:
            hook = book.one(session, district_id, webhook_id, lock=True)
            if hook is None:
                raise NotFound
            fresh = _act(session, hook, act, address)
    except NotPossibleError as refusal:
        return _one_page(district_id, webhook_id, errors=errors_of(refusal), status=422)
    if fresh is not None:
        return _one_page(district_id, webhook_id, fresh=fresh)
    if act == "removed":
        return back_to("settings.webhooks", _("Removed. It hears nothing any more."), district_id=district_id)
    said = _("A test is on its way.") if act == "test" else _("Changed.")
    return back_to("settings.webhook", said, district_id=district_id, webhook_id=webhook_id)


def _act(session: Session, hook: book.Webhook, act: str, address: str) -> str | None:
    """Do what a form asks for; return a new secret where one was made."""
    form = flask.request.form
    if act == "change":
        book.change(
            session,
            scope(),
            hook,
            name=form.get("name", ""),
            address=address,
            events=form.getlist("events"),
        )
    elif act == "rotate":
        return book.rotate(session, scope(), sealer(), hook)
    elif act in {"on", "off", "removed"}:
        book.turn(session, scope(), hook, act)
    elif act == "test":
        path = flask.url_for("settings.webhook", district_id=hook.district_id, webhook_id=hook.id)
        notices.send(session, hook.district_id, hook.id, book.TEST, f"webhook/{hook.id}", path)
        audit.append(session, scope(), "api_tokens:manage", f"webhook/{hook.id}", tested=True)
    else:
        raise NotFound
    return None


@area.post(
    "/d/<int:district_id>/settings/webhooks/<int:webhook_id>/<int:webhook_delivery_id>",
    permission="api_tokens:manage",
)
def send_notice_again(district_id: int, webhook_id: int, webhook_delivery_id: int) -> ResponseReturnValue:
    """Send a notice once more."""
    with transaction() as session:
        if book.one(session, district_id, webhook_id, lock=True) is None or not notices.resend(
            session, district_id, webhook_id, webhook_delivery_id
        ):
            raise NotFound
        audit.append(
            session, scope(), "api_tokens:manage", f"webhook/{webhook_id}", sent_again=webhook_delivery_id
        )
    return back_to(
        "settings.webhook", _("It is on its way again."), district_id=district_id, webhook_id=webhook_id
    )
