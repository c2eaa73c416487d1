"""Links by which a reader without an account opens a plan: made, counted, ended."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from tenants.records.plans import Plan, ShareLink
from tenants.scope import Scope, token_hash

TOKEN_BYTES = 24
"""192 random bits."""

LONGEST_DAYS = 400
"""A link outlives the comment window by a school year at most."""

LONGEST_LABEL = 80


class LinkRefusedError(ValueError):
    """A link that can't be made as asked: `reason` is `label`, `date` or `plan`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def derived_token(secret: str, district_id: int, purpose: str) -> str:
    """Return the token of a link that must be printed again and again: 192 bits made from the secret.

    Nothing at rest holds it. Whoever prints works it out anew, as return codes of comments are.

    Args:
        secret: One of the platform's secret keys.
        district_id: The district.
        purpose: What the link is for, e.g. `version/1042`; another purpose gives another token.
    """
    key = f"share-link/{secret}".encode()
    made = hmac.new(key, f"{district_id}/{purpose}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:TOKEN_BYTES]).decode()


def create(
    session: Session,
    scope: Scope,
    *,
    plan_id: int,
    label: str,
    expires_at: dt.datetime,
    language: str = "en",
    may_comment: bool = True,
    token: str | None = None,
) -> tuple[ShareLink, str]:
    """Make a link to a plan.

    Args:
        session: Transaction of the scope.
        scope: Who makes it; its district is written.
        plan_id: The plan, whose newest published version the link opens.
        label: What it is for, e.g. "School site councils"; staff see it.
        expires_at: When it stops opening anything.
        language: Language that it opens in for a reader who has chosen none.
        may_comment: Whether readers may comment.
        token: A `derived_token`; a random one when None.

    Returns:
        The link and its token. Only the token's SHA-256 is stored.

    Raises:
        LinkRefusedError: No label, a date that is past or too far off, or no such plan.
    """
    label = " ".join(label.split())
    if not label or len(label) > LONGEST_LABEL:
        raise LinkRefusedError("label")
    now = dt.datetime.now(dt.UTC)
    if not now < expires_at <= now + dt.timedelta(days=LONGEST_DAYS):
        raise LinkRefusedError("date")
    known = select(Plan.id).where(Plan.district_id == scope.district_id, Plan.id == plan_id)
    if scope.district_id is None or session.scalar(known) is None:
        raise LinkRefusedError("plan")
    token = token or secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink(
        district_id=scope.district_id,
        plan_id=plan_id,
        label=label,
        token_hash=token_hash(token),
        may_comment=may_comment,
        language=language,
        expires_at=expires_at,
        created_by=scope.person_id,
    )
    session.add(link)
    session.flush()
    return link, token


def revoke(session: Session, scope: Scope, link_id: int) -> bool:
    """End a link at once; return whether there was one that was still open."""
    ended = session.scalar(
        update(ShareLink)
        .where(
            ShareLink.district_id == scope.district_id,
            ShareLink.id == link_id,
            ShareLink.revoked_at.is_(None),
        )
        .values(revoked_at=dt.datetime.now(dt.UTC))
        .returning(ShareLink.id)
    )
    return ended is not None


def is_known(session: Session, district_id: int, token: str) -> bool:
    """Return whether a token is one of a district's links."""
    found: int | None = session.scalar(
        text("SELECT district_id FROM lookup_share_link(:hash)"), {"hash": token_hash(token)}
    )
    return found == district_id


def of_district(session: Session, district_id: int) -> list[ShareLink]:
    """Return a district's links, the newest first."""
    rows = session.scalars(
        select(ShareLink).where(ShareLink.district_id == district_id).order_by(ShareLink.id.desc())
    )
    return list(rows)


def count_opening(session: Session, scope: Scope) -> None:
    """Count that a reader opened the link of a visitor's scope. Opening uses nothing up."""
    session.execute(
        update(ShareLink)
        .where(ShareLink.district_id == scope.viewed_district_id, ShareLink.id == scope.link_id)
        .values(opened_count=ShareLink.opened_count + 1)
        .execution_options(synchronize_session=False)
    )
