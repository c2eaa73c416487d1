"""Jobs and outgoing mail: the book in PostgreSQL of which Redis is only the bell."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, DistrictOwned, Global, Record, now, to_district


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
        Index(
            "ix_job_waiting",
            "queue",
            "district_id",
            "due_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        {"info": {"information": "cabinet"}},
    )

    kind: Mapped[str]
    queue: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    idempotency_key: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    requested_by: Mapped[int | None] = mapped_column(BigInteger)
    """Person whose rights the job acts with; None for the platform's own upkeep of a district."""
    requested_in: Mapped[int | None] = mapped_column(Integer)
    """Organization in which that person acted; the district itself, or a facilitator's."""
    subject: Mapped[str] = mapped_column(server_default="")
    """Kind and id of the record it works for, e.g. `ledger_load/1042`."""
    limit_seconds: Mapped[int] = mapped_column(Integer, server_default="600")
    """How long one start may take."""
    starts_allowed: Mapped[int] = mapped_column(Integer, server_default="3")
    starts: Mapped[int] = mapped_column(Integer, server_default="0")
    """Times it was started since it was asked for, or since somebody said "try again"."""
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    """Times a message was sent for it; with the id it names the message."""
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
    attachments: Mapped[list[Any]] = mapped_column(server_default="[]")
    """Files that go along, each `{"name": ..., "type": ..., "base64": ...}`."""
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    sent_at: Mapped[dt.datetime | None]


class ApiRequest(Base, DistrictOwned):
    """What a program was answered under an `Idempotency-Key`: the same key gets the same answer."""

    __tablename__ = "api_request"
    __table_args__ = (to_district(), {"info": {"information": "cabinet"}})

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """SHA-256 over method, path and body: another request under the same key is refused."""
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
