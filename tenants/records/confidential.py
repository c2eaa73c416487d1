"""Marking options confidential, and releasing them: combined into a broader line, or not at all.

While an option concerns identifiable staff or bargaining, it exists for the superintendent, the business and
the human resources head, and for people they add by name (users and pages, rule 4). Row-level security keeps
it and what refers to it from everybody else; the plan's figures, text and versions leave it out for all.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from tenants import audit
from tenants.language import message
from tenants.records.options import Option, OptionAmount
from tenants.records.plan_entries import EntryRefusedError, UnknownEntryError
from tenants.records.plans import PlanBlock, PlanSection, PlanVersion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tenants.scope import Scope

ACT = "confidential_options:edit"


def mark(session: Session, scope: Scope, option_id: int) -> None:
    """Make an option confidential, with every passage and unpublished version that names it.

    Raises:
        UnknownEntryError: for an id that does not exist for this scope.
        EntryRefusedError: where a section's title names it, or it carries a confidential one's amounts.
    """
    row = _option(session, scope, option_id)
    cites = f"plan/option/{option_id}/"
    title = session.scalar(
        select(PlanSection.title).where(
            PlanSection.district_id == row.district_id,
            or_(PlanSection.title.contains(cites), PlanSection.title_es.contains(cites)),
        )
    )
    if title is not None:
        raise EntryRefusedError(
            {
                "confidential": message(
                    "A section's title names this option. Change the title first: {title}", title=title
                )
            }
        )
    carries = select(Option.id).where(
        Option.district_id == row.district_id, Option.combined_into == option_id
    )
    if session.scalar(carries) is not None:
        raise EntryRefusedError(
            {
                "confidential": message(
                    "This line carries the amounts of a confidential one. Separate them first."
                )
            }
        )
    row.confidential = True
    row.updated_at = dt.datetime.now(dt.UTC)
    session.flush()
    session.execute(
        update(PlanBlock)
        .where(
            PlanBlock.district_id == row.district_id,
            or_(
                PlanBlock.text.contains(cites),
                PlanBlock.text_es.contains(cites),
                PlanBlock.reference.contains(cites),
            ),
        )
        .values(confidential=True)
    )
    frozen = session.scalars(
        select(PlanVersion).where(
            PlanVersion.district_id == row.district_id,
            PlanVersion.state == "frozen",
            PlanVersion.confidential.is_(False),
        )
    )
    for version in frozen:
        if names_option(version, option_id):
            # Its number is free again: what is frozen next must not show a gap.
            version.number = f"{version.number}-{version.id}"
            version.confidential = True
    session.flush()
    audit.append(session, scope, ACT, f"option/{option_id}", confidential=True)


def still_published(session: Session, scope: Scope, option_id: int) -> list[PlanVersion]:
    """Return the published versions that show an option, the newest first: nothing takes it out of them."""
    row = _option(session, scope, option_id)
    held = session.scalars(
        select(PlanVersion)
        .where(
            PlanVersion.district_id == row.district_id,
            PlanVersion.plan_id == row.plan_id,
            PlanVersion.state == "published",
        )
        .order_by(PlanVersion.published_at.desc())
    )
    return [each for each in held if names_option(each, option_id)]


def names_option(version: PlanVersion, option_id: int) -> bool:
    """Say whether a version's frozen content shows an option, as a measure or by one of its figures."""
    listed = any(option.get("id") == option_id for option in version.content.get("options", []))
    return listed or f"plan/option/{option_id}/" in json.dumps(version.content)


def open_up(session: Session, scope: Scope, option_id: int) -> None:
    """Make a confidential option an ordinary one: everybody of the cabinet sees it from now on.

    Raises:
        UnknownEntryError: for an id that does not exist for this scope.
        EntryRefusedError: while its amounts stand in a broader line.
    """
    row = _option(session, scope, option_id)
    if row.combined_into is not None:
        raise EntryRefusedError(
            {"confidential": message("Its amounts stand in a broader line. Separate them first.")}
        )
    cites = f"plan/option/{option_id}/"
    row.confidential = False
    row.updated_at = dt.datetime.now(dt.UTC)
    session.execute(
        update(PlanBlock)
        .where(
            PlanBlock.district_id == row.district_id,
            PlanBlock.confidential.is_(True),
            or_(
                PlanBlock.text.contains(cites),
                PlanBlock.text_es.contains(cites),
                PlanBlock.reference.contains(cites),
            ),
        )
        .values(confidential=False)
    )
    session.flush()
    audit.append(session, scope, ACT, f"option/{option_id}", confidential=False)


def combine(session: Session, scope: Scope, option_id: int, into_id: int) -> None:
    """Release a confidential option inside a broader, ordinary line: its amounts are added to that line's.

    Raises:
        UnknownEntryError: for an id that does not exist for this scope.
        EntryRefusedError: the line is of another kind of money, or confidential itself.
    """
    row, line = _option(session, scope, option_id), _option(session, scope, into_id)
    if not row.confidential or row.combined_into is not None:
        raise EntryRefusedError({"into": message("Only a confidential option of its own is combined.")})
    alike = (row.kind, row.ongoing, row.plan_id) == (line.kind, line.ongoing, line.plan_id)
    if line.confidential or not alike or (int(row.resource) >= 2000) != (int(line.resource) >= 2000):
        raise EntryRefusedError(
            {
                "into": message(
                    "Choose an ordinary line of the same kind: saving or revenue, ongoing or one-time, "
                    "restricted or not."
                )
            }
        )
    _shift(session, row, line, 1)
    row.in_plan, row.combined_into = False, into_id
    session.flush()
    audit.append(session, scope, ACT, f"option/{option_id}", combined=True)


def separate(session: Session, scope: Scope, option_id: int) -> None:
    """Take a confidential option's amounts out of the broader line again.

    Raises:
        UnknownEntryError: for an id that does not exist for this scope.
        EntryRefusedError: it is not combined, or the line was lowered below these amounts meanwhile.
    """
    row = _option(session, scope, option_id)
    if row.combined_into is None:
        raise EntryRefusedError({"into": message("Its amounts stand in no broader line.")})
    _shift(session, row, _option(session, scope, row.combined_into), -1)
    row.combined_into = None
    session.flush()
    audit.append(session, scope, ACT, f"option/{option_id}", combined=False)


def _shift(session: Session, row: Option, line: Option, sign: int) -> None:
    held = {
        each.fiscal_year: each
        for each in session.scalars(
            select(OptionAmount).where(
                OptionAmount.district_id == line.district_id, OptionAmount.option_id == line.id
            )
        )
    }
    moved = session.scalars(
        select(OptionAmount).where(
            OptionAmount.district_id == row.district_id, OptionAmount.option_id == row.id
        )
    )
    for amount in moved:
        target = held.get(amount.fiscal_year)
        if target is None:
            target = OptionAmount(
                district_id=line.district_id,
                option_id=line.id,
                fiscal_year=amount.fiscal_year,
                low_cents=0,
                likely_cents=0,
                high_cents=0,
            )
            session.add(target)
        for size in ("low_cents", "likely_cents", "high_cents"):
            setattr(target, size, getattr(target, size) + sign * getattr(amount, size))
        if not 0 <= target.low_cents <= target.likely_cents <= target.high_cents:
            raise EntryRefusedError(
                {"into": message("The broader line was lowered below these amounts. Raise it first.")}
            )
    line.updated_at = dt.datetime.now(dt.UTC)
    session.flush()


def _option(session: Session, scope: Scope, option_id: int) -> Option:
    row = session.scalar(
        select(Option).where(Option.district_id == scope.district_id, Option.id == option_id)
    )
    if row is None:
        raise UnknownEntryError(option_id)
    return row
