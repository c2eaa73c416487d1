"""What works once: a challenge, a waiting sign-in, a mailed link."""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.entering.records import SpentToken


def spend(session: Session, person_id: int, token: str | bytes, *, seconds: int) -> bool:
    """Use a token up in the person's scope; False where it was used before, or is being used just now.

    Args:
        session: the open transaction of what the token allows: both commit or neither does.
        person_id: who uses it.
        token: the token itself; its SHA-256 is kept.
        seconds: how long the token could have been used anyway; it is forgotten afterwards.
    """
    value = token.encode() if isinstance(token, str) else token
    session.execute(
        delete(SpentToken).where(SpentToken.person_id == person_id, SpentToken.expires_at < func.now())
    )
    done = session.execute(
        insert(SpentToken)
        .values(
            hash=hashlib.sha256(value).digest(),
            person_id=person_id,
            expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds),
        )
        .on_conflict_do_nothing()
        .returning(SpentToken.hash)
    )
    return done.scalar_one_or_none() is not None
