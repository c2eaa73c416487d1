"""Comments on a passage, a figure or the plan: three anchors, a version, an answer and a disposition."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, DistrictOwned, Record, now, to_district, within_district

DISPOSITIONS = ("changed", "answered", "kept_for_later", "outside_scope", "set_aside")


class CommentThread(Base, Record):
    """One matter raised on a version: what it is about, and what became of it."""

    __tablename__ = "comment_thread"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan"),
        within_district("version_id", "plan_version"),
        within_district("group_id", "comment_group"),
        Index("ix_comment_thread_plan", "district_id", "plan_id"),
        CheckConstraint("about in ('passage','figure','plan')", name="about"),
        CheckConstraint("audience in ('public','cabinet')", name="audience"),
        CheckConstraint(f"disposition in ({', '.join(repr(d) for d in DISPOSITIONS)})", name="disposition"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    version_id: Mapped[int] = mapped_column(BigInteger)
    """The version it was made on."""
    about: Mapped[str]
    audience: Mapped[str]
    block_id: Mapped[int | None] = mapped_column(BigInteger)
    figure: Mapped[str | None]
    """Figure key, for a comment on a figure."""
    start: Mapped[int | None] = mapped_column(Integer)
    end: Mapped[int | None] = mapped_column(Integer)
    """Character offsets in the block's plain text as printed, in `language`."""
    quotation: Mapped[str] = mapped_column(server_default="")
    before: Mapped[str] = mapped_column(server_default="")
    after: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="en")
    resolved_at: Mapped[dt.datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(BigInteger)
    disposition: Mapped[str | None]
    disposition_note: Mapped[str] = mapped_column(server_default="")
    changed_block_id: Mapped[int | None] = mapped_column(BigInteger)
    """Block in which the plan changed because of it, for the disposition `changed`."""
    assigned_to: Mapped[int | None] = mapped_column(BigInteger)
    group_id: Mapped[int | None] = mapped_column(BigInteger)
    """Group of threads that a person found to say the same."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class CommentGroup(Base, Record):
    """Threads of one plan that a person decided to treat together, under a name that staff chose."""

    __tablename__ = "comment_group"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan"),
        Index("ix_comment_group_plan", "district_id", "plan_id"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class CommentTag(Base, DistrictOwned):
    """A word that staff or a coach put on a thread to find it again; readers don't see it."""

    __tablename__ = "comment_tag"
    __table_args__ = (
        to_district(),
        within_district("thread_id", "comment_thread", cascade=True),
        {"info": {"information": "cabinet"}},
    )

    thread_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    tagged_by: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[dt.datetime] = mapped_column(server_default=now())


class CommentSupport(Base, DistrictOwned):
    """A reader who supports a public thread; the mark is a hash of what only the reader's browser holds."""

    __tablename__ = "comment_support"
    __table_args__ = (
        to_district(),
        within_district("thread_id", "comment_thread", cascade=True),
        {"info": {"information": "cabinet"}},
    )

    thread_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    mark: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=now())


class Comment(Base, Record):
    """What somebody said in a thread. Never erased while it is part of a public record."""

    __tablename__ = "comment"
    __table_args__ = (
        to_district(),
        within_district("thread_id", "comment_thread"),
        CheckConstraint("state in ('published','withdrawn','set_aside')", name="state"),
        Index("ix_comment_thread", "district_id", "thread_id"),
        {"info": {"information": "cabinet"}},
    )

    thread_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    """Staff member or coach; None for a reader without an account."""
    official: Mapped[bool]
    """True for the district's answer."""
    author_name: Mapped[str] = mapped_column(server_default="")
    relation: Mapped[str] = mapped_column(server_default="")
    """parent, student, teacher, staff, resident, committee, other, or empty; for staff the role."""
    language: Mapped[str]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="published")
    state_reason: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class CommentContact(Base, DistrictOwned):
    """How to reach a commenter, and the hash of the code that finds the comment again."""

    __tablename__ = "comment_contact"
    __table_args__ = (
        to_district(),
        within_district("comment_id", "comment", cascade=True),
        {"info": {"information": "personnel"}},
    )

    comment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    address: Mapped[str] = mapped_column(server_default="")
    return_code_hash: Mapped[bytes]


class CommentPlacement(Base, DistrictOwned):
    """Where a thread's passage stands in a later version, or that it is gone."""

    __tablename__ = "comment_placement"
    __table_args__ = (
        to_district(),
        within_district("thread_id", "comment_thread", cascade=True),
        within_district("version_id", "plan_version", cascade=True),
        CheckConstraint("how in ('exact','moved','approximate','lost')", name="how"),
        {"info": {"information": "cabinet"}},
    )

    thread_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    how: Mapped[str]
    start: Mapped[int | None] = mapped_column(Integer)
    end: Mapped[int | None] = mapped_column(Integer)


class CommentEvent(Base, Record):
    """Each change of a thread's or comment's state: who, when, why."""

    __tablename__ = "comment_event"
    __table_args__ = (
        to_district(),
        within_district("thread_id", "comment_thread"),
        {"info": {"information": "cabinet", "append_only": True}},
    )

    thread_id: Mapped[int] = mapped_column(BigInteger)
    comment_id: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    what: Mapped[str]
    detail: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime] = mapped_column(server_default=now())
