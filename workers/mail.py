"""Mail: decided on in a transaction, carried after it, each once.

With an SMTP server configured a mail goes there; with none it lands in a folder, as a file that any mail
program opens. A mail that was handed over just before a crash is handed over again under the same Message-ID,
by which the receiving server recognises it; in the folder it takes the place of its own file.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import smtplib
import ssl
import tempfile
import threading
from base64 import b64decode, b64encode
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tenants.database import Database
from tenants.files import COMING
from tenants.settings import Settings
from workers.faults import fault_point

log = logging.getLogger(__name__)

CHANNEL = "apportion_mail"
POLL_SECONDS = 5.0
ATTEMPTS = 8
CLAIM_SECONDS = 120
"""How long one attempt keeps a mail; afterwards it is due again, whatever became of the attempt."""
SMTP_SECONDS = 30

# Names no column of the conflict and returns nothing: who writes mail may not read any, not even a key.
_POST = text(
    """
    INSERT INTO outgoing_mail (organization_id, key, address, subject, text, html, language, attachments)
    VALUES (:organization_id, :key, :address, :subject, :text, :html, :language, CAST(:attachments AS jsonb))
    ON CONFLICT DO NOTHING
    """
)
_CLAIM = text(
    """
    UPDATE outgoing_mail SET attempt = attempt + 1, due_at = now() + make_interval(secs => :claim)
    WHERE id = (SELECT id FROM outgoing_mail WHERE state = 'waiting' AND due_at <= now()
                ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, key, address, subject, text, html, language, attachments, attempt, created_at
    """
)
# What was carried is kept without its words: they hold links and codes that open something.
_SENT = text(
    """
    UPDATE outgoing_mail SET state = 'sent', sent_at = now(), text = '', html = ''
    WHERE id = :id AND state = 'waiting'
    """
)
_LATER = text(
    """
    UPDATE outgoing_mail SET state = :state, due_at = now() + make_interval(secs => :wait)
    WHERE id = :id AND state = 'waiting'
    """
)


@dataclasses.dataclass(frozen=True)
class Attachment:
    """A file that goes along with a mail; `media_type` as `application/pdf`."""

    name: str
    media_type: str
    body: bytes


def post(
    session: Session,
    *,
    key: str,
    address: str,
    subject: str,
    text: str,
    html: str,
    language: str,
    organization_id: int | None = None,
    attachments: Sequence[Attachment] = (),
) -> None:
    """Decide on a mail in the caller's transaction; it leaves after the commit, once.

    Args:
        session: the open transaction, in any scope.
        key: what makes it one mail, e.g. `invitation/1042`; the same key again sends nothing more.
        address: the receiver's address alone.
        subject: one line, in the receiver's language.
        text: the plain part.
        html: the same as a page.
        language: `en` or `es`, stated in the mail.
        organization_id: on whose behalf.
        attachments: files that go along.

    Raises:
        ValueError: if address or subject hold a line break, or the address is none.
    """
    if any(character in value for value in (address, subject) for character in "\r\n\0"):
        raise ValueError("an address or subject of a mail is one line")
    if parseaddr(address)[1] != address or "@" not in address:
        raise ValueError(f"not a mail address: {address!r}")
    session.execute(
        _POST,
        {
            "key": key,
            "address": address,
            "subject": subject,
            "text": text,
            "html": html,
            "language": language,
            "organization_id": organization_id,
            "attachments": json.dumps(
                [
                    {"name": each.name, "type": each.media_type, "base64": b64encode(each.body).decode()}
                    for each in attachments
                ]
            ),
        },
    )
    session.execute(select(func.pg_notify(CHANNEL, "")))


def compose(row: Any, settings: Settings) -> EmailMessage:
    """Return a mail with a plain and an HTML part, always the same for the same row."""
    name, sender = parseaddr(settings.mail_from)
    user, _, domain = sender.partition("@")
    mail = EmailMessage()
    mail["From"] = Address(name, user, domain)
    mail["To"] = row.address
    mail["Subject"] = row.subject
    mail["Date"] = format_datetime(row.created_at)
    mail["Message-ID"] = f"<{_digest(row.key)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(row.text)
    mail.add_alternative(row.html, subtype="html")
    for each in row.attachments:
        main, _, sub = each["type"].partition("/")
        mail.add_attachment(b64decode(each["base64"]), maintype=main, subtype=sub, filename=each["name"])
    # Last, because putting content in takes away what was said about it.
    mail["Content-Language"] = row.language
    return mail


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def put_into_folder(mail: EmailMessage, folder: Path, name: str) -> Path:
    """Write a mail into the folder, whole or not at all, in the place of one of the same name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(prefix=f"{COMING}-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(bytes(mail))
            target.flush()
            os.fsync(target.fileno())
        place = folder / name
        Path(temporary).replace(place)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return place


def hand_over(mail: EmailMessage, url: str) -> None:
    """Give a mail to an SMTP server.

    Args:
        mail: the mail.
        url: smtps:// speaks TLS from the first byte; smtp:// goes over to it where the server offers it, and
            sends a password in no other way.

    Raises:
        OSError: the server can't be reached (smtplib's errors among them).
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    secure = ssl.create_default_context()
    connection: smtplib.SMTP
    if parts.scheme == "smtps":
        connection = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SMTP_SECONDS, context=secure)
    else:
        connection = smtplib.SMTP(host, parts.port or 587, timeout=SMTP_SECONDS)
    with connection:
        connection.ehlo()
        if parts.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=secure)
            connection.ehlo()
        elif parts.scheme == "smtp" and parts.username:
            raise smtplib.SMTPNotSupportedError("no STARTTLS, so the password would go in the clear")
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        connection.send_message(mail)


class Carrier:
    """Carries waiting mails, signed in as the one role that may read them.

    Args:
        settings: names the mail role's database address and where mail goes.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_mail_url, pool_size=1)

    def run(self, stop: threading.Event) -> None:
        """Carry mail until told to stop."""
        while not stop.is_set():
            try:
                self._listen(stop)
            except OperationalError:
                log.warning("the database is away; looking again in a moment", exc_info=True)
                stop.wait(1.0)

    def _listen(self, stop: threading.Event) -> None:
        with self.database.listening(CHANNEL) as wait:
            while not stop.is_set():
                while self.carry_one() and not stop.is_set():
                    pass
                wait(POLL_SECONDS)

    def carry_one(self) -> bool:
        """Carry the mail that has waited longest.

        Returns:
            Whether there was one.
        """
        with self.database.connection(None) as connection:
            row = connection.execute(_CLAIM, {"claim": CLAIM_SECONDS}).one_or_none()
        if row is None:
            return False
        try:
            mail = compose(row, self.settings)
            if self.settings.smtp_url:
                hand_over(mail, self.settings.smtp_url)
            else:
                name = f"{row.created_at:%Y%m%d-%H%M%S}-{row.id}-{_digest(row.key)[:8]}.eml"
                put_into_folder(mail, self.settings.mail_folder, name)
        except (OSError, ValueError) as fault:
            self._later(row, fault)
            return True
        fault_point("mail_handed_over")
        with self.database.connection(None) as connection:
            connection.execute(_SENT, {"id": row.id})
        return True

    def _later(self, row: Any, fault: Exception) -> None:
        refused = isinstance(fault, smtplib.SMTPRecipientsRefused) and all(
            code >= 500 for code, _ in fault.recipients.values()
        )
        state = "failed" if refused or row.attempt >= ATTEMPTS else "waiting"
        # The address stays out of the log; the row tells it to whoever may read it.
        log.warning("mail %s: attempt %s failed (%s), %s", row.id, row.attempt, type(fault).__name__, state)
        wait = min(self.settings.retry_seconds * 3 ** (row.attempt - 1), 3600)
        with self.database.connection(None) as connection:
            connection.execute(_LATER, {"id": row.id, "state": state, "wait": wait})

    def close(self) -> None:
        """Let go of the connections."""
        self.database.close()
