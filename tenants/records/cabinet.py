"""What the cabinet and its coach say about the plan in writing: threads and suggestions, never public.

These are tables of their own, and not the public comments with an audience, so that no reader with a link,
no board member and no public count can come upon them by a forgotten condition.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, Record, now, to_district, within_district


class CabinetThread(Base, Record):
    """One matter on a passage of the plan in writing: a comment, or words that somebody suggests for it."""

    __tablename__ = "cabinet_thread"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan", cascade=True),
        within_district("block_id", "plan_block", cascade=True),
        Index("ix_cabinet_thread_plan", "district_id", "plan_id"),
        CheckConstraint("kind in ('comment','suggestion')", name="kind"),
        CheckConstraint("state in ('open','settled','taken','declined','withdrawn')", name="state"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    block_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    person_id: Mapped[int] = mapped_column(BigInteger)
    """Who began it."""
    author_name: Mapped[str]
    author_role: Mapped[str]
    """Name and role then: a coach's name can't be looked up once the engagement has ended."""
    assigned_to: Mapped[int | None] = mapped_column(BigInteger)
    language: Mapped[str] = mapped_column(server_default="en")
    """Language of the passage that the quotation is from."""
    quotation: Mapped[str] = mapped_column(server_default="")
    """The words it is about; empty for the whole passage."""
    start: Mapped[int | None] = mapped_column(Integer)
    """Where the quotation began in the passage's plain text."""
    base_revision: Mapped[int | None] = mapped_column(Integer)
    """For a suggestion: the revision that it was written from, and both texts then and as suggested."""
    base: Mapped[str] = mapped_column(server_default="")
    base_es: Mapped[str] = mapped_column(server_default="")
    proposed: Mapped[str] = mapped_column(server_default="")
    proposed_es: Mapped[str] = mapped_column(server_default="")
    settled_by: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class CabinetRemark(Base, Record):
    """What somebody said in a thread of the cabinet."""

    __tablename__ = "cabinet_remark"
    __table_args__ = (
        to_district(),
        within_district("thread_id", "cabinet_thread", cascade=True),
        Index("ix_cabinet_remark_thread", "district_id", "thread_id"),
        {"info": {"information": "cabinet"}},
    )

    thread_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int] = mapped_column(BigInteger)
    author_name: Mapped[str]
    author_role: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
