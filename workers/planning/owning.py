"""Who writes where in the plan: its owner in a section, everybody else by a suggestion.

The matrix has two lines for it, "Plan section I own" (VE) and "Plan section of another" (V, suggest). A
section that nobody owns yet is open to the governing team, who also name owners.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.language import Message, message
from tenants.organizations import Engagement, EngagementCoach, Membership
from tenants.people import Person
from tenants.records.plans import PlanSection
from tenants.roles import allows
from tenants.scope import CABINET_ROLES, Scope

GOVERNING = frozenset({"SUP", "CBO", "CAO"})
"""Who names the owners of sections, and has the draft written."""
LEVEL_AUTHOR = 4
"""Engagement level from which on a coach may own a section."""


class ForeignSectionError(PermissionError):
    """A section that somebody else writes; `said` tells who, and what to do instead."""

    def __init__(self, said: Message) -> None:
        """Hold the sentence."""
        super().__init__(said["text"])
        self.said = said


def may_write(session: Session, scope: Scope, section: PlanSection) -> bool:
    """Say whether a scope writes in a section itself.

    That is its owner; a contributor in what the head of the same department owns; and in a section without
    an owner the superintendent, the business official and the academic officer.
    """
    if section.may_be_written_by(scope):
        return True
    helps = scope.contributor and section.owner_id is not None and allows(scope, "plan:edit")
    return helps and scope.role == _role(session, section)


def _role(session: Session, section: PlanSection) -> str | None:
    return session.scalar(
        select(Membership.role).where(
            Membership.organization_id == section.district_id,
            Membership.person_id == section.owner_id,
            Membership.ended_at.is_(None),
        )
    )


def may_name_owner(session: Session, scope: Scope, section: PlanSection) -> bool:
    """Say whether a scope names a section's owner: the governing team always, else whoever writes it."""
    governs = scope.role in GOVERNING and not scope.contributor and allows(scope, "plan:edit")
    return governs or may_write(session, scope, section)


def may_suggest(scope: Scope) -> bool:
    """Say whether a scope comments and suggests; the matrix opens both to the same people."""
    return allows(scope, "plan:suggest") and allows(scope, "cabinet_comments:create", serves=("o",))


def refuse_foreign(session: Session, scope: Scope, section: PlanSection) -> None:
    """Refuse to write in a section that somebody else owns.

    Raises:
        ForeignSectionError: saying whose it is.
    """
    if may_write(session, scope, section):
        return
    if section.owner_id is None:
        raise ForeignSectionError(
            message(
                "You write in the sections that you own, and this one has no owner yet. Ask the "
                "superintendent, the business official or the academic officer to name you, or suggest a "
                "change."
            )
        )
    owner = session.get(Person, section.owner_id)
    raise ForeignSectionError(
        message(
            "You write in the sections that you own. This one belongs to {owner}: suggest a change there.",
            owner=owner.name if owner else "–",
        )
    )


def possible_owners(session: Session, district_id: int, today: dt.date) -> dict[int, str]:
    """Return who may own a section, by person id: the cabinet, and coaches engaged as co-authors today."""
    people = session.execute(
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == district_id,
            Membership.ended_at.is_(None),
            Membership.role.in_(CABINET_ROLES),
        )
    ).all()
    coaches = session.execute(
        select(Person.id, Person.name)
        .join(EngagementCoach, EngagementCoach.person_id == Person.id)
        .join(Engagement, Engagement.id == EngagementCoach.engagement_id)
        .where(
            Engagement.district_id == district_id,
            Engagement.state == "active",
            Engagement.level >= LEVEL_AUTHOR,
            Engagement.starts_on <= today,
            Engagement.ends_on >= today,
        )
    ).all()
    return dict(sorted(((row.id, row.name) for row in (*people, *coaches)), key=lambda pair: pair[1]))
