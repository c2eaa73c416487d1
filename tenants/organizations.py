"""Districts, facilitator organizations, memberships, engagements and cohorts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Sequence,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, Global, now

ORGANIZATION_IDS = Sequence("organization_id")

ROLES = ("SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM", "FLD", "FCO", "PAD")


class Organization(Base):
    """A district, a facilitator organization or the platform's operator."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("kind in ('district','facilitator','operator')", name="kind"),
        CheckConstraint("kind <> 'district' or cds_code ~ '^[0-9]{14}$'", name="cds_code"),
        {"info": {"global": "districts are the tenants themselves; limited to those in scope"}},
    )

    id: Mapped[int] = mapped_column(
        Integer, ORGANIZATION_IDS, server_default=ORGANIZATION_IDS.next_value(), primary_key=True
    )
    kind: Mapped[str]
    name: Mapped[str]
    cds_code: Mapped[str | None] = mapped_column(unique=True)
    """County-district-school code of 14 digits; a district's ledger is refused when it names another."""
    colour: Mapped[str] = mapped_column(server_default="#14596b")
    language: Mapped[str] = mapped_column(server_default="en")
    invented: Mapped[bool] = mapped_column(server_default=text("false"))
    """True for demonstration organizations; every page and print of theirs says so."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class Membership(Base, Global):
    """A person's one role in one organization."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("organization_id", "person_id"),
        CheckConstraint(f"role in ({', '.join(repr(role) for role in ROLES)})", name="role"),
        {"info": {"global": "joins people to organizations; limited to one's own and one's organizations"}},
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    steward: Mapped[bool] = mapped_column(server_default=text("false"))
    contributor: Mapped[bool] = mapped_column(server_default=text("false"))
    emergency: Mapped[bool] = mapped_column(server_default=text("false"))
    """A steward who keeps the own password where the district's own sign-in is required, should that fail."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    ended_at: Mapped[dt.datetime | None]
    schools: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """School codes of a principal's own schools, four digits each."""
    head_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The cabinet head whom a contributor helps; the contributor carries the head's role."""


class Engagement(Base, Global):
    """A district lets a facilitator organization in, at a level, until a date, revocable at any moment."""

    __tablename__ = "engagement"
    __table_args__ = (
        CheckConstraint("level between 1 and 4", name="level"),
        CheckConstraint("state in ('offered','requested','active','ended','declined')", name="state"),
        Index(
            "uq_engagement_open",
            "district_id",
            "facilitator_id",
            unique=True,
            postgresql_where=text("state in ('offered','requested','active')"),
        ),
        {"info": {"global": "stands between two organizations; both sides and nobody else see it"}},
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    facilitator_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    level: Mapped[int] = mapped_column(Integer)
    state: Mapped[str]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    offered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    ended_at: Mapped[dt.datetime | None]


class EngagementCoach(Base):
    """A coach whom an engagement names."""

    __tablename__ = "engagement_coach"
    __table_args__ = ({"info": {"global": "part of an engagement"}},)

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class SupportGrant(Base, Global):
    """A district lets one named person of the operator look, for a purpose, at some areas, for hours."""

    __tablename__ = "support_grant"
    __table_args__ = (
        CheckConstraint("state in ('requested','offered','active','ended','declined')", name="state"),
        CheckConstraint("hours between 1 and 24", name="hours"),
        CheckConstraint("ends_at <= starts_at + interval '24 hours'", name="length"),
        CheckConstraint("state <> 'active' or (starts_at is not null and ends_at is not null)", name="times"),
        Index("ix_support_grant_district_id", "district_id"),
        Index("ix_support_grant_person_id", "person_id"),
        {"info": {"global": "stands between a district and the operator; both sides and nobody else see it"}},
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    operator_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """The one person of the operator who may look."""
    person_name: Mapped[str]
    """Who that is, as the district reads it: the name, or the address until the person has taken it up."""
    purpose: Mapped[str]
    areas: Mapped[list[Any]]
    """Some of `tenants.areas.SUPPORT_AREAS`."""
    hours: Mapped[int] = mapped_column(Integer)
    """How long it lasts from its beginning; 24 at most."""
    state: Mapped[str]
    """`requested` by the operator or `offered` by the district; `active` from then on until `ends_at`."""
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    starts_at: Mapped[dt.datetime | None]
    ends_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    """When somebody ended or declined it, before its time was over."""


class Cohort(Base, Global):
    """Districts that a facilitator organization takes through the process together."""

    __tablename__ = "cohort"
    __table_args__ = (
        UniqueConstraint("facilitator_id", "id"),
        {"info": {"global": "owned by a facilitator organization"}},
    )

    facilitator_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    fiscal_year: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    ended_at: Mapped[dt.datetime | None]


class CohortMember(Base):
    """A district's place in a cohort, taken once a steward accepts; a district sees its own place only."""

    __tablename__ = "cohort_member"
    __table_args__ = (
        ForeignKeyConstraint(["facilitator_id", "cohort_id"], ["cohort.facilitator_id", "cohort.id"]),
        {"info": {"global": "part of a cohort; limited to the facilitator and the district itself"}},
    )

    facilitator_id: Mapped[int] = mapped_column(Integer)
    """The cohort's owner, repeated so that the policy needs no look into the cohort."""
    cohort_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    invited_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    joined_at: Mapped[dt.datetime | None]
    """When a steward of the district accepted; None while the invitation is open or was declined."""
    left_at: Mapped[dt.datetime | None]


class Invitation(Base, Global):
    """An invitation by mail. Opening it does not use it up; accepting does."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(f"role in ({', '.join(repr(role) for role in ROLES)})", name="role"),
        {"info": {"global": "precedes membership; limited to the inviting organization"}},
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    address: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    steward: Mapped[bool] = mapped_column(server_default=text("false"))
    token_hash: Mapped[bytes] = mapped_column(unique=True, deferred=True, deferred_raiseload=True)
    invited_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    expires_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    declined_at: Mapped[dt.datetime | None]
    decline_reason: Mapped[str | None]
    contributor: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the person is invited to help the head who invites, in the head's department."""
