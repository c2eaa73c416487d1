"""What must be found before a scope exists, through the short list of functions that return ids and no more.

`migrations/statements/*/lookups.sql` define them; tests/isolation holds the list.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from sqlalchemy import TextClause, text

from tenants.database import Database
from tenants.scope import token_hash

FUNCTIONS = (
    "lookup_person",
    "lookup_session",
    "lookup_invitation",
    "lookup_password_reset",
    "lookup_api_token",
    "lookup_share_link",
    "lookup_comment",
    "lookup_district",
    "lookup_passkey",
    "lookup_mail_domain",
    "lookup_identity",
    "lookup_engaged",
    "lookup_supporter",
    "lookup_sizes",
    "lookup_work",
    "lookup_letters",
)
"""The reviewed list of SECURITY DEFINER functions."""


@dataclasses.dataclass(frozen=True)
class FoundSession:
    """A signed-in device that may still act."""

    session_id: int
    person_id: int
    organization_id: int | None
    seen_at: dt.datetime
    method: str
    strong: bool
    provider_id: int | None
    confirmed_at: dt.datetime


@dataclasses.dataclass(frozen=True)
class FoundInvitation:
    """An invitation, whatever its state."""

    invitation_id: int
    organization_id: int


@dataclasses.dataclass(frozen=True)
class FoundReset:
    """A way to set a new password that still holds."""

    reset_id: int
    person_id: int


@dataclasses.dataclass(frozen=True)
class FoundToken:
    """An API token that still holds."""

    token_id: int
    person_id: int
    organization_id: int
    read_only: bool
    areas: list[str] | None


def person_by_address(database: Database, address: str) -> int | None:
    """Return the id of the person with a mail address, in whatever case it was typed."""
    row = _one(database, text("SELECT * FROM lookup_person(:address)"), address=address.strip().lower())
    return None if row is None else row[0]


def session_by_token(
    database: Database, token: str, *, idle: dt.timedelta, absolute: dt.timedelta
) -> FoundSession | None:
    """Return the signed-in device that holds a token, unless it ended or its limits have passed."""
    row = _one(
        database,
        text("SELECT * FROM lookup_session(:hash, :idle, :absolute)"),
        hash=token_hash(token),
        idle=idle,
        absolute=absolute,
    )
    return None if row is None else FoundSession(*row)


def invitation_by_token(database: Database, token: str) -> FoundInvitation | None:
    """Return the invitation that a mailed token names; finding it does not use it up."""
    row = _one(database, text("SELECT * FROM lookup_invitation(:hash)"), hash=token_hash(token))
    return None if row is None else FoundInvitation(*row)


def reset_by_token(database: Database, token: str) -> FoundReset | None:
    """Return the unused, unexpired password reset that a mailed token names."""
    row = _one(database, text("SELECT * FROM lookup_password_reset(:hash)"), hash=token_hash(token))
    return None if row is None else FoundReset(*row)


def api_token(database: Database, token: str) -> FoundToken | None:
    """Return the API token that a program sent, unless it was revoked or has expired."""
    row = _one(database, text("SELECT * FROM lookup_api_token(:hash)"), hash=token_hash(token))
    return None if row is None else FoundToken(*row)


def district_by_code(database: Database, cds_code: str) -> int | None:
    """Return the id of the district with a CDS code of 14 digits."""
    row = _one(database, text("SELECT * FROM lookup_district(:code)"), code=cds_code)
    return None if row is None else row[0]


def comment_by_code(database: Database, district_id: int, code: str) -> int | None:
    """Return the id of the comment that a return code finds again."""
    row = _one(
        database,
        text("SELECT * FROM lookup_comment(:district, :hash)"),
        district=district_id,
        hash=token_hash(code),
    )
    return None if row is None else row[0]


def passkey(database: Database, credential_id: bytes) -> tuple[int, int] | None:
    """Return the ids of the passkey that a device names, and of the person that it belongs to."""
    row = _one(database, text("SELECT * FROM lookup_passkey(:credential)"), credential=credential_id)
    return None if row is None else (row[0], row[1])


def organization_by_mail_domain(database: Database, domain: str) -> int | None:
    """Return the organization that has proved a mail domain and offers its own sign-in."""
    row = _one(database, text("SELECT * FROM lookup_mail_domain(:domain)"), domain=domain.strip().lower())
    return None if row is None else row[0]


def identity(database: Database, organization_id: int, issuer: str, subject: str) -> tuple[int, int] | None:
    """Return the ids of the identity that a district's provider names, and of the person behind it."""
    row = _one(
        database,
        text("SELECT * FROM lookup_identity(:organization, :issuer, :subject)"),
        organization=organization_id,
        issuer=issuer,
        subject=subject,
    )
    return None if row is None else (row[0], row[1])


def supporter(database: Database, address: str) -> tuple[int, int] | None:
    """Return the ids of the operator's person with a mail address, and of the operator's organization."""
    row = _one(database, text("SELECT * FROM lookup_supporter(:address)"), address=address.strip().lower())
    return None if row is None else (row[0], row[1])


def _one(database: Database, call: TextClause, **values: object) -> Any:
    with database.transaction(None) as session:
        row = session.execute(call, values).one_or_none()
    # A function that returns one value gives a row of NULL where it finds nothing.
    return row if row is not None and row[0] is not None else None
