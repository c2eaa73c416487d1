"""A published plan for tests of reading and commenting, written as the district's superintendent does."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import select

from reports.document import Document
from tenants import schema as _whole_metadata  # noqa: F401 - foreign keys resolve against every table
from tenants.records.plans import Plan, PlanVersion
from tenants.records.share_links import create
from tests.support import plan_document
from tests.support.factories import Organization, Person, make_district, make_member, scope_of
from tests.support.platform import CloneOfTemplate


@dataclasses.dataclass
class Published:
    """A district with a published draft for comment and a link to it."""

    district: Organization
    superintendent: Person
    official: Person
    plan_id: int
    version_id: int
    document: Document
    link_id: int
    token: str


def publish(
    database: CloneOfTemplate,
    district: Organization,
    author: Person,
    document: Document,
    number: str,
    *,
    plan_id: int | None = None,
    kind: str = "draft_for_comment",
    closes: dt.datetime | None = None,
) -> tuple[int, int]:
    """Write a published version; return the plan's and the version's ids."""
    now = dt.datetime.now(dt.UTC)
    with database.app.transaction(scope_of(database.app, author, district.id)) as session:
        if plan_id is None:
            plan = Plan(
                district_id=district.id, title="Plan", base_year="2025-26", created_by=author.id, years=3
            )
            session.add(plan)
            session.flush()
            plan_id = plan.id
        version = PlanVersion(
            district_id=district.id,
            plan_id=plan_id,
            number=number,
            kind=kind,
            state="frozen",
            content=document.to_json(),
            digest=document.digest(),
            numbers_digest=document.numbers_digest(),
            created_by=author.id,
            comment_opens_at=now if kind == "draft_for_comment" else None,
            comment_closes_at=closes,
        )
        session.add(version)
        session.flush()
        version_id = version.id
    with database.app.transaction(scope_of(database.app, author, district.id)) as session:
        version = session.scalars(select(PlanVersion).where(PlanVersion.id == version_id)).one()
        version.state, version.published_at = "published", now
    return plan_id, version_id


def published(database: CloneOfTemplate, name: str = "Elm Creek Unified", **options: object) -> Published:
    """Make a district whose draft for comment is published, with a link that takes comments."""
    district = make_district(database, name)
    superintendent = make_member(database, district, "SUP", steward=True, name="Imani Okonkwo")
    official = make_member(database, district, "CBO", steward=True, name="Marisol Quintero")
    document = plan_document.document()
    plan_id, version_id = publish(database, district, superintendent, document, "0.1", **options)  # type: ignore[arg-type]
    link_id, token = share(database, district, superintendent, plan_id)
    return Published(district, superintendent, official, plan_id, version_id, document, link_id, token)


def share(
    database: CloneOfTemplate,
    district: Organization,
    author: Person,
    plan_id: int,
    *,
    may_comment: bool = True,
    language: str = "en",
) -> tuple[int, str]:
    """Make a share link; return its id and token."""
    with database.app.transaction(scope_of(database.app, author, district.id)) as session:
        link, token = create(
            session,
            scope_of(database.app, author, district.id),
            plan_id=plan_id,
            label="Everyone",
            expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=20),
            may_comment=may_comment,
            language=language,
        )
        return link.id, token
