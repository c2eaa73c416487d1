"""What others did since a person was last here, and what it did to the reserve."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tenants.audit import AuditEntry
from tenants.language import N_, Message, fiscal_year, message, money
from tenants.people import Person, SignInSession
from tenants.roles import allows
from tenants.scope import Scope

ACTS = {
    "ledger:load": N_("Ledger loaded"),
    "dataset:certify": N_("Ledger certified"),
    "dataset:withdraw": N_("Ledger withdrawn"),
    "analysis:run": N_("Analysis computed"),
    "priorities:create": N_("Priority added"),
    "priorities:edit": N_("Priority changed"),
    "options:create": N_("Option added"),
    "options:edit": N_("Option changed"),
    "plan_section:edit": N_("Plan text changed"),
    "plan:certify_numbers": N_("Numbers certified"),
    "plan:sign_off": N_("Priorities signed off"),
    "plan:approve": N_("Plan approved"),
    "plan:publish": N_("Plan published"),
    "share_link:manage": N_("Share link changed"),
    "public_comments:answer": N_("Comment answered"),
    "engagement:manage": N_("Engagement changed"),
    "process_board:edit": N_("Step of the process moved"),
    "people:manage": N_("People changed"),
    "people:invite": N_("Person invited"),
}
"""Acts that a home tells of; technical ones stay in the record of activity."""

AT_MOST = 5


@dataclasses.dataclass(frozen=True)
class Change:
    """One thing that happened: what, who, when, and its effect on the reserve if it had one."""

    what: Message
    who: str
    at: dt.datetime
    effect: int | None = None
    year: str | None = None
    times: int = 1


def since(session: Session, scope: Scope) -> dt.datetime:
    """Return when this person was last here before the present session, else a week ago."""
    seen = session.scalars(
        select(SignInSession.last_seen_at)
        .where(SignInSession.person_id == scope.person_id)
        .order_by(SignInSession.created_at.desc())
        .limit(2)
    ).all()
    return seen[1] if len(seen) > 1 else dt.datetime.now(dt.UTC) - dt.timedelta(days=7)


def changes(session: Session, scope: Scope, district_id: int, start: dt.datetime) -> list[Change]:
    """Return what others did since `start`, newest first, repeated acts of one person as one."""
    found: list[Change] = (
        _effects(session, district_id, start) if allows(scope, "financial_results:view") else []
    )
    rows = session.execute(
        select(AuditEntry.action, AuditEntry.at, Person.name)
        .join(Person, Person.id == AuditEntry.person_id, isouter=True)
        .where(
            AuditEntry.district_id == district_id,
            AuditEntry.at > start,
            AuditEntry.person_id.is_distinct_from(scope.person_id),
            AuditEntry.action.in_(list(ACTS)),
        )
        .order_by(AuditEntry.sequence.desc())
        .limit(40)
    )
    grouped: dict[tuple[str, str], Change] = {}
    for row in rows:
        key = (row.action, row.name or "")
        before = grouped.get(key)
        if before is None:
            grouped[key] = Change(message(ACTS[row.action]), row.name or "", row.at)
        else:
            grouped[key] = dataclasses.replace(before, times=before.times + 1)
    return [*found, *grouped.values()][:AT_MOST]


# The last two outlooks, compared in the last year that both know.
_OUTLOOKS = text(
    "SELECT run.id, run.created_at, entry.key, (entry.value ->> 'value')::bigint AS cents"
    " FROM (SELECT id, created_at, result, district_id FROM run WHERE district_id = :district"
    "   AND analysis = 'three_year_outlook' AND coalesce(parameters ->> 'name', '') = ''"
    "   ORDER BY id DESC LIMIT 2) run, jsonb_each(run.result -> 'figures') entry"
    " WHERE entry.key ~ '^available_reserve/[0-9]{4}-[0-9]{2}$'"
)


def _effects(session: Session, district_id: int, start: dt.datetime) -> list[Change]:
    runs: dict[int, dict[str, int]] = {}
    at: dict[int, dt.datetime] = {}
    for row in session.execute(_OUTLOOKS, {"district": district_id}):
        runs.setdefault(row.id, {})[row.key.partition("/")[2]] = row.cents
        at[row.id] = row.created_at
    if len(runs) < 2:
        return []
    before, now = (runs[key] for key in sorted(runs))
    moved = sorted(year for year in before if year in now and before[year] != now[year])
    newest = max(runs)
    if not moved or at[newest] <= start:
        return []
    year = moved[-1]
    said = message(
        "Outlook computed again: {reserve} in reserve, was {before}",
        reserve=money(now[year]),
        before=money(before[year]),
        year=fiscal_year(year),
    )
    return [Change(said, "", at[newest], now[year] - before[year], year)]
