"""Jobs and outgoing mail: the book in PostgreSQL of which Redis is only the bell."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, Global, Record, now, to_district


class Job(Base, Record):
    """Work that was asked for in the same transaction as the change that needs it."""

    __tablename__ = "job"
    __table_args__ = (
        to_district(),
        CheckConstraint(
            "state in ('waiting','dispatched','running','done','failed','cancelled')", name="state"
        ),
        Index(
            "uq_job_question",
            "district_id",
            "kind",
            "idempotency_key",
            unique=True,
            postgresql_where=text("state in ('waiting','dispatched','running')"),
        ),
        Index("ix_job_due", "state", "due_at"),
        {"info": {"information": "cabinet"}},
    )

    kind: Mapped[str]
    queue: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    idempotency_key: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    requested_by: Mapped[int | None] = mapped_column(BigInteger)
    """Person whose rights the job acts with; None for the platform's own upkeep of a district."""
    subject: Mapped[str] = mapped_column(server_default="")
    """Kind and id of the record it works for, e.g. `ledger_load/1042`."""
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    fence: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Grows with each start; a write of a late twin carries an old one and is refused."""
    due_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    dispatched_at: Mapped[dt.datetime | None]
    lease_until: Mapped[dt.datetime | None]
    progress_done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    progress_total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    progress_note: Mapped[dict[str, Any] | None]
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    error: Mapped[dict[str, Any] | None]
    """A message that a person can act on; never a database's or library's own text."""
    result: Mapped[dict[str, Any] | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class OutgoingMail(Base, Global):
    """A mail that was decided on in a transaction and leaves after it, once."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        CheckConstraint("state in ('waiting','sent','failed')", name="state"),
        {"info": {"global": "invitations and resets precede any district; readable by the mail role alone"}},
    )

    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    key: Mapped[str] = mapped_column(unique=True)
    """What makes it one: a repeat of the act that asked for it writes the same key and no second mail."""
    address: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    sent_at: Mapped[dt.datetime | None]
