"""Entering with address and password, as the sign-in page does for somebody without a second factor."""

from __future__ import annotations

from tenants import accounts
from tenants.database import Database


def password_session(database: Database, address: str, password: str, device: str) -> str | None:
    """Return a session's token, or None where address and password don't belong together."""
    person_id = accounts.check_password(database, address, password)
    if person_id is None:
        return None
    return accounts.enter(database, person_id, accounts.Proof("password", strong=False), device=device)
