"""The settings' area, and what its pages share: refusals by field, what a form sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from apportion.request import language
from apportion.routing import Area
from tenants.errors import NotPossibleError
from tenants.language import render

area = Area("settings", __name__)


def errors_of(refusal: NotPossibleError) -> dict[str, str]:
    """Return a refusal by the field that it is about, or by `form`."""
    return {refusal.field or "form": render(refusal.said, language())}


def back_to(endpoint: str, text: str, **values: Any) -> ResponseReturnValue:
    """Lead to a page, which says what was done."""
    flask.flash(text, "ok")
    return flask.redirect(flask.url_for(endpoint, **values))


def whole_number(text: str | None) -> int:
    """Return a whole number that a form sent, or 0, which names nothing."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def day_of(text: str) -> dt.date | None:
    """Return the day that a form sent, or None for what is no day."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
