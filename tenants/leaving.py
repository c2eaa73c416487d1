"""What two stewards decide together: taking the whole account out, and closing it.

One asks, another approves within a week. A trigger in the database keeps the two apart and sets the times, so
that no page and no program can put one person in both places or shorten the wait before a removal.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import BigInteger, CheckConstraint, Index, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants import audit
from tenants.base import Base, Record, now, to_district
from tenants.errors import NotPossibleError
from tenants.organizations import Membership
from tenants.people import Person
from tenants.scope import PERSONNEL_ROLES, SMALL_GROUP_ROLES, Scope

Kind = Literal["export", "closing"]

APPROVE_WITHIN = dt.timedelta(days=7)
"""How long a request waits for the second person."""
WAITING = dt.timedelta(days=30)
"""How long an approved closing waits before anything is removed; any steward may stop it until then."""
FILE_HOLDS = dt.timedelta(days=7)
"""How long an archive can be downloaded."""
REMIND_DAYS = (14, 7, 1)
"""How many days ahead stewards are reminded that the account is going to be removed."""


class AccountRequest(Base, Record):
    """An export or a closing: who asked, who approved, what became of it."""

    __tablename__ = "account_request"
    __table_args__ = (
        to_district(),
        CheckConstraint("kind in ('export','closing')", name="kind"),
        CheckConstraint("approved_by <> asked_by", name="two_people"),
        Index(
            "uq_account_request_open",
            "district_id",
            "kind",
            unique=True,
            postgresql_where=text("withdrawn_at is null and finished_at is null"),
        ),
        {"info": {"information": "cabinet"}},
    )

    kind: Mapped[str]
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    approved_by: Mapped[int | None] = mapped_column(BigInteger)
    approved_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime | None]
    """When an approved closing begins to remove."""
    withdrawn_by: Mapped[int | None] = mapped_column(BigInteger)
    """Who stopped it; None where nobody approved in time."""
    withdrawn_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    """When the archive was ready, and when it was taken away again if `storage_key` is empty."""
    personnel: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the archive holds records about single employees: one of the two may see them."""
    small_group: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the archive holds counts of fewer than 11 students: one of the two may see them."""
    storage_key: Mapped[str] = mapped_column(server_default="")
    sha256: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(BigInteger, server_default="0")
    expires_at: Mapped[dt.datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Of a closing: what was counted before the removal, and what was removed."""


def open_request(session: Session, district_id: int, kind: Kind) -> AccountRequest | None:
    """Return the request that waits for its second person, or for its day, or None."""
    return session.scalar(
        select(AccountRequest).where(
            AccountRequest.district_id == district_id,
            AccountRequest.kind == kind,
            AccountRequest.withdrawn_at.is_(None),
            AccountRequest.finished_at.is_(None),
        )
    )


def approved_export(session: Session, district_id: int) -> AccountRequest | None:
    """Return the latest export that two stewards approved within the last week, or None."""
    return session.scalar(
        select(AccountRequest)
        .where(
            AccountRequest.district_id == district_id,
            AccountRequest.kind == "export",
            AccountRequest.withdrawn_at.is_(None),
            AccountRequest.approved_at > func.now() - FILE_HOLDS,
        )
        .order_by(AccountRequest.id.desc())
        .limit(1)
    )


def archives(session: Session, district_id: int, limit: int = 10) -> list[AccountRequest]:
    """Return the exports that were carried out, the newest first."""
    return list(
        session.scalars(
            select(AccountRequest)
            .where(
                AccountRequest.district_id == district_id,
                AccountRequest.kind == "export",
                AccountRequest.finished_at.is_not(None),
            )
            .order_by(AccountRequest.id.desc())
            .limit(limit)
        )
    )


def ask(session: Session, scope: Scope, kind: Kind) -> AccountRequest:
    """Ask for an export or a closing, as a steward.

    Raises:
        NotPossibleError: One is under way already, or there is no second steward who could approve.
    """
    district = _own(scope)
    if open_request(session, district, kind) is not None:
        raise NotPossibleError("This was asked for already. Approve it or stop it first.")
    if len(stewards(session, district)) < 2:
        raise NotPossibleError(
            "A second steward has to approve this, and your district has only one. Make a superintendent or "
            "chief business official a steward first, in Settings, People."
        )
    made = AccountRequest(district_id=district, kind=kind, asked_by=scope.person_id)
    session.add(made)
    session.flush()
    audit.append(session, scope, "account:approve", f"account_request/{made.id}", act=f"{kind}_asked")
    return made


def approve(session: Session, scope: Scope, request_id: int, kind: Kind) -> AccountRequest | None:
    """Approve what another steward asked for; None where nothing of that id waits.

    Raises:
        NotPossibleError: The same person asked, or the week has passed.
    """
    request = _waiting(session, _own(scope), request_id, kind)
    if request is None or request.approved_by is not None:
        return None
    if request.asked_by == scope.person_id:
        raise NotPossibleError("You asked for this yourself. Another steward has to approve it.")
    asking = session.scalar(
        select(Membership).where(
            Membership.organization_id == scope.organization_id,
            Membership.person_id == request.asked_by,
            Membership.ended_at.is_(None),
        )
    )
    if asking is None or not asking.steward:
        raise NotPossibleError("Whoever asked for this is no steward any more. Stop it and ask again.")
    if request.asked_at + APPROVE_WITHIN < dt.datetime.now(dt.UTC):
        raise NotPossibleError("Nobody approved this within seven days, so it lapsed. Ask again.")
    roles = {scope.role if not scope.contributor else None, asking.role if not asking.contributor else None}
    request.approved_by = scope.person_id
    request.personnel = bool(roles & PERSONNEL_ROLES)
    request.small_group = bool(roles & SMALL_GROUP_ROLES)
    session.flush()
    session.refresh(request)
    audit.append(session, scope, "account:approve", f"account_request/{request.id}", act=f"{kind}_approved")
    return request


def withdraw(session: Session, scope: Scope, request_id: int, kind: Kind) -> bool:
    """Stop a request, as any steward may until the removal begins; False where none of that id is open."""
    request = _waiting(session, _own(scope), request_id, kind)
    if request is None or request.progress:
        return False
    request.withdrawn_by, request.withdrawn_at = scope.person_id, dt.datetime.now(dt.UTC)
    session.flush()
    audit.append(session, scope, "account:approve", f"account_request/{request.id}", act=f"{kind}_stopped")
    return True


def may_download(scope: Scope, request: AccountRequest) -> bool:
    """Say whether somebody may see everything in an archive: else the archive is not theirs to open."""
    district = request.district_id
    return (not request.personnel or district in scope.personnel) and (
        not request.small_group or district in scope.small_group
    )


def lapse(session: Session, district_id: int) -> None:
    """End what nobody approved in time, as the platform's upkeep does."""
    session.execute(
        update(AccountRequest)
        .where(
            AccountRequest.district_id == district_id,
            AccountRequest.approved_by.is_(None),
            AccountRequest.withdrawn_at.is_(None),
            AccountRequest.asked_at < func.now() - APPROVE_WITHIN,
        )
        .values(withdrawn_at=func.now())
    )


def stewards(session: Session, district_id: int) -> list[tuple[Person, str]]:
    """Return the superintendents and business officials who are stewards, with their roles."""
    rows = session.execute(
        select(Person, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == district_id,
            Membership.ended_at.is_(None),
            Membership.steward,
            Membership.role.in_(("SUP", "CBO")),
            Membership.contributor.is_(False),
        )
        .order_by(Person.id)
    )
    return [(person, role) for person, role in rows]


def _own(scope: Scope) -> int:
    if scope.district_id is None or scope.district_id != scope.organization_id:
        raise NotPossibleError("Only the district itself decides this.")
    return scope.district_id


def _waiting(session: Session, district_id: int, request_id: int, kind: Kind) -> AccountRequest | None:
    return session.scalar(
        select(AccountRequest)
        .where(
            AccountRequest.district_id == district_id,
            AccountRequest.id == request_id,
            AccountRequest.kind == kind,
            AccountRequest.withdrawn_at.is_(None),
            AccountRequest.finished_at.is_(None),
        )
        .with_for_update()
    )
