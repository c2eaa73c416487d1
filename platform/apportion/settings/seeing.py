"""Who can see one record: each person, by the decision that pages ask and by what the database shows them."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select
from werkzeug.exceptions import NotFound

from apportion.request import scope, transaction
from apportion.services import services
from tenants import belonging
from tenants.base import Record
from tenants.engagements import of_organization
from tenants.language import Message, message
from tenants.limits import Facts
from tenants.records import plan_entries
from tenants.records.datasets import Dataset
from tenants.records.options import Option, Priority
from tenants.records.plans import PlanVersion
from tenants.records.runs import Run
from tenants.roles import Decision, decide
from tenants.scope import Scope, resolve

KINDS: dict[str, tuple[type[Record], tuple[str, ...]]] = {
    "option": (Option, ("options:view", "team_options:view")),
    "priority": (Priority, ("priorities:view",)),
    "dataset": (Dataset, ("dataset:view",)),
    "run": (Run, ("financial_results:view",)),
    "plan_version": (PlanVersion, ("plan:view",)),
}
"""Kinds of records that the question can be asked of, and the permissions any of which shows one."""


@dataclasses.dataclass(frozen=True)
class Sight:
    """Whether one person can see the record, and why."""

    name: str
    role: str
    sees: bool
    why: Message


def who_sees(district_id: int, record: str) -> list[Sight]:
    """Return each person of the district and each coach who is let in, with the answer for one record.

    Args:
        district_id: the district viewed.
        record: kind and id, as `option/1042`.

    Raises:
        NotFound: for what does not exist for whoever asks.
    """
    kind, _slash, number = record.partition("/")
    if kind not in KINDS or not number.isdigit() or len(number) > 18:
        raise NotFound
    record_id = int(number)
    if not _shown(scope(), kind, district_id, record_id):
        raise NotFound
    with transaction() as session:
        permissions, facts = KINDS[kind][1], Facts(record=record)
        if kind == "option":
            entry = plan_entries.option_entry(session, district_id, record_id)
            permissions, facts = (
                ("confidential_options:view",) if entry.confidential else permissions,
                entry.facts,
            )
        people = [
            (each.person_id, each.name, district_id) for each in belonging.members(session, district_id)
        ]
        people += [
            (person, name, one.facilitator_id)
            for one in of_organization(session, district_id)
            if one.state == "active"
            for person, name in zip(one.coach_ids, one.coaches, strict=True)
        ]
    found = []
    for person_id, name, organization_id in people:
        acting = resolve(services().database, person_id, organization_id, district_id)
        if acting is None:
            continue
        decisions = [decide(acting, permission, facts) for permission in permissions]
        best = next((each for each in decisions if each.allowed), decisions[0])
        sees = best.allowed and _shown(acting, kind, district_id, record_id)
        found.append(Sight(name, acting.role or "", sees, _said_of(best)))
    return sorted(found, key=lambda each: (not each.sees, each.name))


def _said_of(decision: Decision) -> Message:
    """Return why, as it is said of somebody else: without the role of whoever reads it."""
    if decision.allowed:
        return message("This role may see such records, but this one is not among the person's own.")
    sentence = decision.why["values"].get("sentence")
    return decision.why if sentence is None else sentence


def _shown(acting: Scope, kind: str, district_id: int, record_id: int) -> bool:
    """Say whether the database shows a record to a scope, whatever pages do."""
    table = KINDS[kind][0]
    with services().database.transaction(acting) as session:
        found = session.scalar(
            select(table.id).where(table.district_id == district_id, table.id == record_id)
        )
    return found is not None
