"""The invented districts' plans: priorities and options entered, drafts written, signed and published."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.demonstration.districts import YEARS
from apportion.demonstration.opening import Opened
from tenants.database import Database
from tenants.records import plan_entries, share_links
from tenants.records.plan_entries import OptionEntry, PriorityEntry
from tenants.records.plans import PlanBlock, PlanSection
from tenants.settings import Settings
from workers.comments import cabinet
from workers.planning import template, versions, writing

TITLE = "Strategic finance plan 2026-27 to 2028-29"
TITLE_ES = "Plan financiero estratégico 2026-27 a 2028-29"
COMMENT_DAYS = 28
LINK_DAYS = 365


def start(
    database: Database,
    district: Opened,
    priorities: tuple[PriorityEntry, ...],
    options: tuple[OptionEntry, ...],
) -> int:
    """Return a district's plan, started with what it wants and a first draft where that is missing."""
    academic, official = district.scope(database, "CAO"), district.scope(database, "CBO")
    with database.transaction(official) as session:
        found = writing.current_plan(session, district.id)
        if found is not None and _blocks(session, district, found.id):
            return found.id
        plan_id = (
            found.id
            if found is not None
            else writing.start(session, official, title=TITLE, title_es=TITLE_ES, base_year=YEARS[-1])
        )
    with database.transaction(academic) as session:
        if not plan_entries.priorities(session, district.id, plan_id):
            for priority in priorities:
                plan_entries.save_priority(session, academic, plan_id, priority)
    with database.transaction(official) as session:
        if not plan_entries.options(session, district.id, plan_id):
            for option in options:
                plan_entries.save_option(session, official, plan_id, option)
    with database.transaction(official) as session:
        writing.write_draft(session, official, plan_id)
    return plan_id


def _blocks(session: Session, district: Opened, plan_id: int) -> bool:
    some = select(PlanBlock.id).where(PlanBlock.district_id == district.id, PlanBlock.plan_id == plan_id)
    return session.scalar(some.limit(1)) is not None


def published(database: Database, district: Opened, plan_id: int) -> int:
    """Return how many versions of a plan are published."""
    with database.transaction(district.scope(database, "SUP")) as session:
        found = versions.versions(session, district.id, plan_id)
        return sum(1 for version in found if version.state == "published")


def link(database: Database, district: Opened, plan_id: int, token: str) -> None:
    """Make a link by which readers comment, with a token that the platform's secret makes again."""
    scope = district.scope(database, "SUP")
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=LINK_DAYS)
    with database.transaction(scope) as session:
        share_links.create(
            session, scope, plan_id=plan_id, label="School site councils", expires_at=ends, token=token
        )


def check_spanish(database: Database, district: Opened, plan_id: int) -> None:
    """Say of every passage that a person compared the Spanish with the English."""
    scope = district.scope(database, "CAO")
    with database.transaction(scope) as session:
        blocks = session.scalars(
            select(PlanBlock).where(
                PlanBlock.district_id == district.id,
                PlanBlock.plan_id == plan_id,
                PlanBlock.removed_at.is_(None),
                PlanBlock.text != "",
            )
        ).all()
        for block in blocks:
            change = writing.Change(block.revision, block.text, block.text_es, checked=True)
            writing.save(session, scope, plan_id, block.id, change)


def first_paragraph(database: Database, district: Opened, plan_id: int, section_key: str) -> int:
    """Return the id of a section's first paragraph."""
    with database.transaction(district.scope(database, "CAO")) as session:
        return session.scalars(
            select(PlanBlock.id)
            .join(
                PlanSection,
                (PlanSection.district_id == PlanBlock.district_id) & (PlanSection.id == PlanBlock.section_id),
            )
            .where(
                PlanBlock.district_id == district.id,
                PlanBlock.plan_id == plan_id,
                PlanSection.key == section_key,
                PlanBlock.kind == "paragraph",
                PlanBlock.removed_at.is_(None),
            )
            .order_by(PlanBlock.position)
            .limit(1)
        ).one()


def add_sentence(
    database: Database, district: Opened, plan_id: int, block_id: int, english: str, spanish: str
) -> None:
    """Add a sentence to a passage, in both languages."""
    scope = district.scope(database, "CAO")
    with database.transaction(scope) as session:
        block = writing.passage(session, district.id, plan_id, block_id)
        if english in block.text:
            return
        change = writing.Change(
            block.revision, f"{block.text} {english}", f"{block.text_es} {spanish}", checked=True
        )
        writing.save(session, scope, plan_id, block_id, change)


def release(
    settings: Settings,
    database: Database,
    district: Opened,
    plan_id: int,
    board: versions.Board | None = None,
) -> str:
    """Freeze, certify, sign off, approve and publish a version; return the reader's address.

    Args:
        settings: Where the platform is reached.
        database: The database.
        district: Whose plan.
        plan_id: The plan.
        board: What the board decided, for an adopted version; without it a draft for comment.
    """
    official = district.scope(database, "CBO")
    kind = "adopted" if board is not None else "draft_for_comment"
    with database.transaction(official) as session:
        version_id = versions.freeze_version(session, official, plan_id, kind, board=board).id
    with database.transaction(official) as session:
        versions.sign(session, official, plan_id, version_id, "certify_numbers")
    academic = district.scope(database, "CAO")
    with database.transaction(academic) as session:
        versions.sign(session, academic, plan_id, version_id, "sign_off_priorities")
    superintendent = district.scope(database, "SUP")
    with database.transaction(superintendent) as session:
        versions.sign(session, superintendent, plan_id, version_id, "approve")
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=COMMENT_DAYS)
    with database.transaction(superintendent) as session:
        return versions.publish(
            session,
            superintendent,
            plan_id,
            version_id,
            base_url=settings.base_url,
            secret=settings.secret_keys[0],
            comment_until=None if board is not None else until,
        )


def talk(database: Database, district: Opened, plan_id: int) -> None:
    """Let each section have its owner, and the cabinet speak of the plan in writing."""
    official, academic = district.scope(database, "CBO"), district.scope(database, "CAO")
    superintendent = district.scope(database, "SUP")
    with database.transaction(superintendent) as session:
        for guide in template.SECTIONS:
            owner = district.people.get(guide.role)
            writing.set_owner(session, superintendent, plan_id, guide.key, owner)
    block_id = first_paragraph(database, district, plan_id, "how_we_pay")
    with database.transaction(academic) as session:
        thread = cabinet.comment(
            session,
            academic,
            plan_id,
            cabinet.Passage(block_id),
            "Can we promise this if attendance comes in low? Parents will hold us to it.",
            official.person_id,
        )
    with database.transaction(official) as session:
        words = "At the low end the last year is short. I would say what we check each January."
        cabinet.reply(session, official, plan_id, thread, words)
    with database.transaction(superintendent) as session:
        block = writing.passage(session, district.id, plan_id, block_id)
        change = writing.Change(
            block.revision,
            f"{block.text} The board looks at each measure again every January.",
            f"{block.text_es} La junta vuelve a revisar cada medida en enero.",
            base=block.text,
            base_es=block.text_es,
        )
        words = "The board asked in October when it would hear how this goes."
        cabinet.suggest(session, superintendent, plan_id, block_id, change, words)
