"""Sets of state rates: proposed by one person of the operator, published by another, read by everybody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants import audit
from tenants.base import Base, Global, now
from tenants.errors import NotPossibleError
from tenants.limits import Facts
from tenants.roles import allows
from tenants.scope import Scope


class StateRateSet(Base, Global):
    """A dated set of rates. A published one never changes; a later one takes its place."""

    __tablename__ = "state_rate_set"
    __table_args__ = (
        CheckConstraint("state in ('proposed','published','withdrawn')", name="state"),
        CheckConstraint("status in ('enacted','projected')", name="status"),
        CheckConstraint("(state = 'proposed') = (decided_by is null)", name="decided"),
        CheckConstraint("state <> 'published' or decided_by <> proposed_by", name="two_people"),
        {"info": {"global": "state rates are the same for everybody; nothing of a district is in them"}},
    )

    title: Mapped[str]
    source: Mapped[str]
    """The document that the values were read in."""
    dated: Mapped[str]
    """Day or month, as ISO text, from which the values stood."""
    status: Mapped[str]
    rates: Mapped[dict[str, Any]] = mapped_column()
    """Decimal text by series and fiscal year."""
    digest: Mapped[str]
    """SHA-256 of the canonical `rates`: what the second person reads is what is published."""
    state: Mapped[str] = mapped_column(server_default="proposed")
    proposed_by: Mapped[int] = mapped_column(BigInteger)
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[dt.datetime | None]


def published(session: Session) -> list[StateRateSet]:
    """Return the published sets, in the order of their publication."""
    return list(
        session.scalars(
            select(StateRateSet)
            .where(StateRateSet.state == "published")
            .order_by(StateRateSet.decided_at, StateRateSet.id)
        )
    )


def every(session: Session) -> list[StateRateSet]:
    """Return all sets that the scope may see, newest first: for the operator also proposals."""
    return list(session.scalars(select(StateRateSet).order_by(StateRateSet.id.desc()).limit(100)))


def propose(session: Session, scope: Scope, proposed: StateRateSet) -> int:
    """Keep a proposal, as a person of the operator; it counts for nothing until another publishes it."""
    proposed.proposed_by = scope.person_id or 0
    session.add(proposed)
    session.flush()
    audit.record(
        session, scope, "state_rates:create", f"state_rate_set/{proposed.id}", digest=proposed.digest
    )
    return proposed.id


def decide(session: Session, scope: Scope, set_id: int, digest: str, act: str) -> bool:
    """Publish a proposal as a second person, or withdraw it; False where none waits.

    Args:
        session: the open transaction, in the operator's scope.
        scope: who decides.
        set_id: the proposal's id.
        digest: of the values that the person read.
        act: `publish` or `withdraw`.

    Raises:
        NotPossibleError: for the one who proposed it, or for another digest than the proposal's.
    """
    held = session.scalar(select(StateRateSet).where(StateRateSet.id == set_id).with_for_update())
    if held is None or held.state != "proposed" or act not in {"publish", "withdraw"}:
        return False
    if act == "publish":
        if not allows(scope, "state_rates:approve", Facts(owners=frozenset({held.proposed_by}))):
            raise NotPossibleError("Somebody else than who proposed a set publishes it.")
        if digest != held.digest:
            raise NotPossibleError("This is not the set that you read. Open it again.")
    held.state = "published" if act == "publish" else "withdrawn"
    held.decided_by = scope.person_id
    held.decided_at = dt.datetime.now(dt.UTC)
    session.flush()
    permission = "state_rates:approve" if act == "publish" else "state_rates:edit"
    audit.record(session, scope, permission, f"state_rate_set/{held.id}", digest=held.digest, act=act)
    return True
