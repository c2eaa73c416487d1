"""What a district assumes in place of state rates: proposed with a reason, then accepted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Index, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants import audit
from tenants.base import Base, Record, now, to_district
from tenants.scope import Scope


class LocalAssumption(Base, Record):
    """One assumption of one fiscal year, in percent; of the accepted ones of a year, one counts."""

    __tablename__ = "local_assumption"
    __table_args__ = (
        to_district(),
        CheckConstraint("state in ('proposed','accepted','declined','ended')", name="state"),
        CheckConstraint("(state = 'proposed') = (decided_by is null)", name="decided"),
        Index(
            "uq_local_assumption_accepted",
            "district_id",
            "name",
            "fiscal_year",
            unique=True,
            postgresql_where=text("state = 'accepted'"),
        ),
        {"info": {"information": "cabinet"}},
    )

    name: Mapped[str]
    """One of workers/analyses/outlook_assumptions.py NAMES."""
    fiscal_year: Mapped[str]
    value: Mapped[str]
    """Percent, as decimal text."""
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="proposed")
    proposed_by: Mapped[int] = mapped_column(BigInteger)
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[dt.datetime | None]


def accepted(session: Session, district_id: int) -> list[LocalAssumption]:
    """Return the assumptions that count, by name and year."""
    return list(
        session.scalars(
            select(LocalAssumption)
            .where(LocalAssumption.district_id == district_id, LocalAssumption.state == "accepted")
            .order_by(LocalAssumption.name, LocalAssumption.fiscal_year)
        )
    )


def open_and_accepted(session: Session, district_id: int) -> list[LocalAssumption]:
    """Return what counts and what waits for a decision, newest first."""
    return list(
        session.scalars(
            select(LocalAssumption)
            .where(
                LocalAssumption.district_id == district_id,
                LocalAssumption.state.in_(("accepted", "proposed")),
            )
            .order_by(LocalAssumption.id.desc())
        )
    )


def propose(session: Session, scope: Scope, name: str, fiscal_year: str, value: str, reason: str) -> int:
    """Keep a proposal, which counts for nothing until it is accepted; return its id."""
    made = LocalAssumption(
        district_id=scope.viewed_district_id,
        name=name,
        fiscal_year=fiscal_year,
        value=value,
        reason=reason,
        proposed_by=scope.person_id,
    )
    session.add(made)
    session.flush()
    audit.append(
        session, scope, "local_assumptions:create", f"local_assumption/{made.id}", name=name, at=fiscal_year
    )
    return made.id


def decide(session: Session, scope: Scope, assumption_id: int, act: str) -> bool:
    """Accept or decline a proposal, or end what was accepted; False where nothing of that kind stands.

    Args:
        session: the open transaction.
        scope: who decides, in the district.
        assumption_id: of the proposal or of the accepted one.
        act: `accept`, `decline` or `end`.
    """
    district = scope.viewed_district_id
    held = session.scalar(
        select(LocalAssumption)
        .where(LocalAssumption.district_id == district, LocalAssumption.id == assumption_id)
        .with_for_update()
    )
    before = {"accept": "proposed", "decline": "proposed", "end": "accepted"}.get(act)
    if held is None or held.state != before:
        return False
    if act == "accept":
        session.execute(
            update(LocalAssumption)
            .where(
                LocalAssumption.district_id == district,
                LocalAssumption.name == held.name,
                LocalAssumption.fiscal_year == held.fiscal_year,
                LocalAssumption.state == "accepted",
            )
            .values(state="ended", decided_by=scope.person_id, decided_at=func.now())
        )
    held.state = {"accept": "accepted", "decline": "declined", "end": "ended"}[act]
    held.decided_by = scope.person_id
    held.decided_at = dt.datetime.now(dt.UTC)
    session.flush()
    audit.append(
        session,
        scope,
        "local_assumptions:approve",
        f"local_assumption/{held.id}",
        act=act,
        name=held.name,
        at=held.fiscal_year,
    )
    return True
