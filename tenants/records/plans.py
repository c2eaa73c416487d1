"""The strategic finance plan: sections, blocks with stable ids, frozen versions, signatures, files."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, UniqueConstraint, false, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, Record, now, to_district, within_district
from tenants.roles import allows
from tenants.scope import Scope

SECTION_OWN_ONLY = frozenset({"HR", "SED", "FCO", "FLD"})
"""Roles that write in the sections they own and in no other."""


class Plan(Base, Record):
    """A strategic finance plan over three to five fiscal years."""

    __tablename__ = "plan"
    __table_args__ = (to_district(), {"info": {"information": "cabinet"}})

    title: Mapped[str]
    title_es: Mapped[str] = mapped_column(server_default="")
    base_year: Mapped[str]
    """Fiscal year of the ledger it starts from, as 2024-25."""
    years: Mapped[int] = mapped_column(Integer, server_default="3")
    """Number of fiscal years shown, the base year included."""
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class PlanSection(Base, Record):
    """A section of the template; its key is one of workers/planning/template.py."""

    def may_be_written_by(self, scope: Scope) -> bool:
        """Say whether an actor writes here: the owner, and the governing team where nobody is."""
        mine = scope.person_id is not None and self.owner_id == scope.person_id
        free = self.owner_id is None and scope.role not in SECTION_OWN_ONLY
        return allows(scope, "plan:edit", serves=("assigned",)) and (mine or free)

    __tablename__ = "plan_section"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan", cascade=True),
        UniqueConstraint("district_id", "plan_id", "key"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    """The section's conclusion, in English; empty until somebody writes it."""
    title_es: Mapped[str] = mapped_column(server_default="")
    owner_id: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    by_hand: Mapped[bool] = mapped_column(server_default=false())
    """True once a person wrote the title: a later draft then leaves it alone."""


class PlanBlock(Base, Record):
    """A paragraph, heading, list, figure table or chart with an id that outlives versions.

    Text is Markdown of a small subset in which a bound figure stands as `{{figure:KEY}}`, KEY being
    `run/<run id>/<figure key>`, or `plan/<figure key>` for what is derived from priorities and options.
    """

    __tablename__ = "plan_block"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan", cascade=True),
        within_district("section_id", "plan_section", cascade=True),
        CheckConstraint("kind in ('paragraph','heading','list','callout','table','chart')", name="kind"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    section_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(server_default="")
    text_es: Mapped[str] = mapped_column(server_default="")
    es_checked_by: Mapped[int | None] = mapped_column(BigInteger)
    """Person who checked the Spanish against the English as it now stands; None once either changes."""
    reference: Mapped[str | None]
    """For table and chart: `run/<run id>/<table or chart key>` or `plan/<key>`."""
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    """Grows with each save; a writer names the one that was read, so that two never overwrite."""
    figures_seen: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Value of each bound figure when the words were last written or confirmed, by figure key."""
    draft_key: Mapped[str | None]
    """Name of the first draft's passage that this block holds; None for a block that a person added."""
    by_hand: Mapped[bool] = mapped_column(server_default=false())
    """True once a person changed a drafted passage: a later draft then leaves it alone."""
    updated_by: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    removed_at: Mapped[dt.datetime | None]
    confidential: Mapped[bool] = mapped_column(server_default=false())
    """True where it names a figure of an option that became confidential afterwards."""


class PlanVersion(Base, Record):
    """A frozen state of a plan. A published version never changes; a correction is a new version."""

    __tablename__ = "plan_version"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan"),
        UniqueConstraint("district_id", "plan_id", "number"),
        CheckConstraint("kind in ('draft_for_comment','adopted')", name="kind"),
        CheckConstraint("state in ('frozen','published','withdrawn')", name="state"),
        CheckConstraint("not confidential or state = 'frozen'", name="confidential"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    """0.1, 0.2, ... for drafts for comment; 1.0, 2.0, ... once adopted."""
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="frozen")
    content: Mapped[dict[str, Any]]
    """The frozen document of reports/document.py, both languages, every figure with value and lineage."""
    digest: Mapped[str]
    """SHA-256 of the canonical content."""
    numbers_digest: Mapped[str]
    """SHA-256 of every figure's key and value: what a certification certifies."""
    rates: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), deferred=True)
    """The state rates in force when it was frozen, with their digest: workers/finance/rates/published.py."""
    board_date: Mapped[dt.date | None]
    board_vote: Mapped[str | None]
    resolution_number: Mapped[str | None]
    correction_note: Mapped[str] = mapped_column(server_default="")
    comment_opens_at: Mapped[dt.datetime | None]
    comment_closes_at: Mapped[dt.datetime | None]
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    published_at: Mapped[dt.datetime | None]
    confidential: Mapped[bool] = mapped_column(server_default=false())
    """True where it names an option that became confidential before this was published: it never will be."""


class PlanSignature(Base, Record):
    """Certification of the numbers, sign-off on priorities, approval, publication: who, when, of what."""

    __tablename__ = "plan_signature"
    __table_args__ = (
        to_district(),
        within_district("version_id", "plan_version"),
        CheckConstraint("act in ('certify_numbers','sign_off_priorities','approve','publish')", name="act"),
        {"info": {"information": "cabinet"}},
    )

    version_id: Mapped[int] = mapped_column(BigInteger)
    act: Mapped[str]
    person_id: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[str]
    digest: Mapped[str]
    """numbers_digest for a certification, the content's digest otherwise."""
    at: Mapped[dt.datetime] = mapped_column(server_default=now())


class RenderedFile(Base, Record):
    """A printed file of a version, kept with its digest: the same file serves ever after."""

    __tablename__ = "rendered_file"
    __table_args__ = (
        to_district(),
        within_district("version_id", "plan_version"),
        UniqueConstraint("district_id", "version_id", "kind", "language"),
        CheckConstraint("kind in ('plan_pdf','comment_appendix_pdf','chart_drawings')", name="kind"),
        {"info": {"information": "cabinet"}},
    )

    version_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    language: Mapped[str]
    sha256: Mapped[str]
    storage_key: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int] = mapped_column(Integer)
    engine: Mapped[str]
    """Name and version of what rendered it, e.g. `weasyprint 70.0`."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class ShareLink(Base, Record):
    """A link by which a reader without an account opens a plan's latest published version."""

    __tablename__ = "share_link"
    __table_args__ = (
        to_district(),
        within_district("plan_id", "plan"),
        UniqueConstraint("district_id", "token_hash"),
        Index("ix_share_link_token_hash", "token_hash"),
        {"info": {"information": "cabinet"}},
    )

    plan_id: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(deferred=True, deferred_raiseload=True)
    may_comment: Mapped[bool] = mapped_column(server_default=true())
    language: Mapped[str] = mapped_column(server_default="en")
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    opened_count: Mapped[int] = mapped_column(Integer, server_default="0")
