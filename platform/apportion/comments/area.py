"""The area `comments`: its words, and what its pages ask before they do anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.request import scope
from apportion.routing import Area, NotAllowed
from tenants.language import N_, message
from tenants.organizations import Membership
from tenants.people import Person
from tenants.records.plans import Plan
from tenants.roles import ROLE_NAMES
from workers.comments import conversation
from workers.comments.notices import OUTCOMES
from workers.comments.texts import RELATIONS

area = Area("comments", __name__)

STATE_NAMES = {"open": N_("Waiting for an answer"), "answered_open": N_("Answered, not settled")}
STATE_NAMES |= OUTCOMES | {"withdrawn": N_("Withdrawn by the writer")}

EVENT_NAMES = {
    "received": N_("Received"),
    "answered": N_("Answered"),
    "disposition": N_("Settled"),
    "reopened": N_("Taken up again"),
    "assigned": N_("Given to somebody"),
    "withdrawn": N_("Withdrawn by the writer"),
    "set_aside": N_("Set aside"),
    "shown_again": N_("Shown again"),
    "tagged": N_("Tagged"),
    "untagged": N_("Tag taken off"),
    "grouped": N_("Put into a group"),
    "ungrouped": N_("Taken out of its group"),
}
OWN_ONLY = frozenset({"HR", "SED"})
"""Roles that answer what was given to them."""


@area.context_processor
def _words() -> dict[str, Any]:
    return {
        "RELATIONS": RELATIONS,
        "OUTCOMES": OUTCOMES,
        "ROLE_NAMES": ROLE_NAMES,
        "STATE_NAMES": STATE_NAMES,
        "EVENT_NAMES": EVENT_NAMES,
    }


def answerers(session: Session, district_id: int) -> list[Any]:
    """Return the people whom a comment can be given to, with their roles."""
    rows = session.execute(
        select(Person.id, Person.name, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == district_id,
            Membership.ended_at.is_(None),
            Membership.role.in_(("SUP", "CBO", "CAO", "HR", "SED")),
        )
        .order_by(Person.name)
    )
    return list(rows.all())


def record_id(typed: str) -> int | None:
    """Return a record's id or a page's number out of an address or form, or None for what can be none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else None


def refuse_foreign_thread(session: Session, district_id: int, thread_id: int) -> None:
    """Refuse a department head who was not given the thread.

    Raises:
        NotAllowed: The thread is somebody else's to answer.
    """
    if scope().role in OWN_ONLY:
        found = conversation.thread_of(session, district_id, thread_id)
        if found.assigned_to != scope().person_id:
            raise NotAllowed(
                message(
                    "You answer comments that were given to you. Ask the superintendent to give you this one."
                )
            )


def plan_of(session: Session, district_id: int) -> int | None:
    """Return the district's plan, the newest where there are several."""
    return session.scalar(
        select(Plan.id).where(Plan.district_id == district_id).order_by(Plan.id.desc()).limit(1)
    )
