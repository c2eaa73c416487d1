"""Mails that would have been sent: readable here, and only where they lie in a folder of this machine.

These pages do not exist in production, nor as soon as a mail server is named.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

import flask
import nh3
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from apportion.routing import EVERYONE, Area
from apportion.services import services
from tenants.settings import Settings

area = Area("mail", __name__, url_prefix="/mail")

NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+-[0-9a-f]{8}\.eml")
SHOWN = 200
TAGS = {
    *("a", "b", "blockquote", "br", "em", "h1", "h2", "h3", "hr", "i", "li", "ol", "p", "strong", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}


def serves(settings: Settings) -> bool:
    """Say whether these pages exist with these settings."""
    return settings.smtp_url is None and not settings.production


@dataclasses.dataclass(frozen=True)
class Letter:
    """A mail in the folder."""

    name: str
    receiver: str
    subject: str
    language: str
    at: dt.datetime
    body: Markup


@area.get("/", permission=EVERYONE)
def index() -> ResponseReturnValue:
    """List the mails, newest first."""
    folder = services().settings.mail_folder
    names = sorted((path.name for path in folder.glob("*.eml") if NAME.fullmatch(path.name)), reverse=True)
    letters = [_read(folder / name) for name in names[:SHOWN]]
    return flask.render_template("mail/index.html", letters=letters, count=len(names))


@area.get("/<name>", permission=EVERYONE)
def show(name: str) -> ResponseReturnValue:
    """Show a mail as its receiver would read it."""
    path = services().settings.mail_folder / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    return flask.render_template("mail/letter.html", letter=_read(path))


def _read(path: Path) -> Letter:
    held: EmailMessage = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    part = held.get_body(("html", "plain"))
    text = part.get_content() if part is not None else ""
    if part is not None and part.get_content_subtype() == "plain":
        body = Markup("<p>{}</p>").format(text)
    else:
        # Even our own mails hold what people typed; nothing of them runs here.
        body = Markup(nh3.clean(text, tags=TAGS, attributes={"a": {"href"}}, link_rel=None))  # noqa: S704
    return Letter(
        name=path.name,
        receiver=str(held["To"]),
        subject=str(held["Subject"]),
        language=str(held["Content-Language"] or "en"),
        at=dt.datetime.strptime(path.name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=dt.UTC),
        body=body,
    )
