"""Support by consent: one named person of the operator looks into a district, briefly and on the record."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants import audit, lookups
from tenants.areas import SUPPORT_AREAS
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.organizations import SupportGrant
from tenants.people import Person
from tenants.scope import Scope

LONGEST_HOURS = 24
OPEN = ("requested", "offered", "active")
ANSWERED_WITHIN = dt.timedelta(days=7)
"""What nobody answered in this time is over."""
USE = "support_grant:use"
"""The act under which every page that support opened stands in the district's record."""


@dataclasses.dataclass(frozen=True)
class Wish:
    """What a grant is to allow: for what purpose, which areas, for how many hours."""

    purpose: str
    areas: tuple[str, ...]
    hours: int

    def check(self) -> None:
        """Refuse what no grant can be.

        Raises:
            NotPossibleError: No purpose, no known area, or a time outside 1 to 24 hours.
        """
        if len(self.purpose.strip()) < 10:
            raise NotPossibleError("Say in a sentence what support is to look for.", field="purpose")
        if not self.areas or not set(self.areas) <= SUPPORT_AREAS.keys():
            raise NotPossibleError("Choose at least one of the areas.", field="areas")
        if not 1 <= self.hours <= LONGEST_HOURS:
            raise NotPossibleError("Support may look for 1 to 24 hours.", field="hours")

    def values(self) -> dict[str, object]:
        """Return the columns of a grant."""
        return {
            "purpose": self.purpose.strip()[:500],
            "areas": [area for area in SUPPORT_AREAS if area in self.areas],
            "hours": self.hours,
        }


def request(session: Session, scope: Scope, *, cds_code: str, district_id: int | None, wish: Wish) -> int:
    """Ask a district to let the asking person look; its steward decides. Return the grant's id.

    Args:
        session: The open transaction, in the scope.
        scope: Who asks, and for whom: the operator's person, by `Scope.deciding_in`.
        cds_code: The code that was typed, for the refusal.
        district_id: The district that has it, or None.
        wish: What is asked for.

    Raises:
        NotPossibleError: No such district, an impossible wish, or one that is open already.
    """
    if district_id is None:
        raise NotPossibleError("No district has the CDS code {found}.", field="cds_code", found=cds_code[:20])
    wish.check()
    _none_open(session, district_id, scope.person_id)
    name = session.scalar(select(Person.name).where(Person.id == scope.person_id)) or ""
    grant = SupportGrant(
        district_id=district_id,
        operator_id=scope.organization_id,
        person_id=scope.person_id,
        person_name=name,
        state="requested",
        asked_by=scope.person_id,
        **wish.values(),
    )
    session.add(grant)
    session.flush()
    audit.record_in_both(
        session, scope, "support_grant:request", f"support_grant/{grant.id}", areas=grant.areas
    )
    return grant.id


def offer(database: Database, scope: Scope, *, address: str, wish: Wish) -> int:
    """Let a person of the operator look, as a steward; it begins when that person takes it up.

    Raises:
        NotPossibleError: The address is nobody's of the operator, or the wish is impossible or open already.
    """
    wish.check()
    found = lookups.supporter(database, address)
    if found is None:
        raise NotPossibleError(
            "{address} is not an address of the platform's support. Ask the person who helps you for it.",
            field="address",
            address=address.strip()[:200],
        )
    person_id, operator_id = found
    with database.transaction(scope) as session:
        _none_open(session, scope.organization_id or 0, person_id)
        grant = SupportGrant(
            district_id=scope.organization_id,
            operator_id=operator_id,
            person_id=person_id,
            person_name=address.strip().lower(),
            state="offered",
            asked_by=scope.person_id,
            **wish.values(),
        )
        session.add(grant)
        session.flush()
        _record(session, scope, grant, offered=grant.areas, hours=grant.hours)
        return grant.id


def accept(session: Session, scope: Scope, grant_id: int) -> bool:
    """Consent to what the operator asked for, as a steward; it begins now. False where nothing waits."""
    grant = _of(session, scope, grant_id)
    if grant is None or grant.district_id != scope.organization_id or grant.state != "requested":
        return False
    _begin(session, grant)
    _record(session, scope, grant, accepted=grant.areas, hours=grant.hours)
    return True


def take_up(session: Session, scope: Scope, grant_id: int) -> bool:
    """Begin what a steward offered, as the person named in it. False where nothing waits."""
    grant = _of(session, scope, grant_id)
    if grant is None or grant.person_id != scope.person_id or grant.state != "offered":
        return False
    grant.person_name = session.scalar(select(Person.name).where(Person.id == scope.person_id)) or ""
    _begin(session, grant)
    _record(session, scope, grant, taken_up=True)
    return True


def end(session: Session, scope: Scope, grant_id: int) -> bool:
    """End or decline a grant at once, from either side. False where none is open."""
    grant = _of(session, scope, grant_id)
    if grant is None or grant.state not in OPEN:
        return False
    grant.state = "ended" if grant.state == "active" else "declined"
    grant.ended_at = dt.datetime.now(dt.UTC)
    session.flush()
    _record(session, scope, grant, **{grant.state: True})
    return True


def decide_as_operator(
    database: Database, scope: Scope, grant_id: int, act: Callable[[Session, Scope, int], bool]
) -> bool:
    """Carry out an act of the operator's person on a grant, with its entries in both records, at once.

    Args:
        database: The application's database.
        scope: Who acts, in the operator's organization.
        grant_id: Which grant.
        act: `take_up` or `end`; it gets the transaction and the scope to act in.

    Returns:
        What the act returned; False where the operator has no such grant.

    Raises:
        NotPossibleError: As the act does.
    """
    with database.transaction(scope) as session:
        district_id = session.scalar(
            select(SupportGrant.district_id).where(
                SupportGrant.id == grant_id, SupportGrant.operator_id == scope.organization_id
            )
        )
    if district_id is None:
        return False
    acting = scope.deciding_in(district_id)
    with database.transaction(acting) as session:
        return act(session, acting, grant_id)


def of_organization(session: Session, organization_id: int) -> list[SupportGrant]:
    """Return the grants of a district, or those that a person of the operator may know of; newest first."""
    return list(
        session.scalars(
            select(SupportGrant)
            .where(
                (SupportGrant.district_id == organization_id) | (SupportGrant.operator_id == organization_id)
            )
            .order_by(SupportGrant.id.desc())
            .limit(200)
        )
    )


def standing(grant: SupportGrant, now: dt.datetime) -> str:
    """Return where a grant stands: `requested`, `offered`, `active`, `ended`, `declined` or `over`."""
    if grant.state == "active" and (grant.ends_at is None or grant.ends_at <= now):
        return "over"
    if grant.state in {"requested", "offered"} and grant.created_at + ANSWERED_WITHIN <= now:
        return "over"
    return grant.state


def open_in(session: Session, district_id: int) -> list[SupportGrant]:
    """Return the grants under which somebody may look into a district at this moment."""
    return list(
        session.scalars(
            select(SupportGrant)
            .where(
                SupportGrant.district_id == district_id,
                SupportGrant.state == "active",
                SupportGrant.ends_at > func.now(),
            )
            .order_by(SupportGrant.id)
        )
    )


def opened_under(
    session: Session, district_id: int, grant_id: int, limit: int = 200
) -> list[audit.AuditEntry]:
    """Return what was opened under a grant, from the district's own record, the latest first."""
    return list(
        session.scalars(
            select(audit.AuditEntry)
            .where(
                audit.AuditEntry.district_id == district_id,
                audit.AuditEntry.action == USE,
                audit.AuditEntry.detail["grant"].as_integer() == grant_id,
            )
            .order_by(audit.AuditEntry.sequence.desc())
            .limit(limit)
        )
    )


def record_opened(
    database: Database, scope: Scope, *, subject: str, path: str, asked: Mapping[str, int]
) -> None:
    """Write into the district's record what support is about to see; what can't be written is not shown.

    Args:
        database: The application's database.
        scope: The operator's person under a grant.
        subject: Kind and id of the record.
        path: Address of the page, which holds ids and no words of the district.
        asked: Numbers that the address asks for besides, such as of a version to compare with.
    """
    # Support itself writes nothing: the platform keeps the record, and the entry names the person.
    writer = dataclasses.replace(
        Scope.for_upkeep(scope.viewed_district_id or 0), person_id=scope.person_id, cabinet=(), personnel=()
    )
    with database.transaction(writer) as session:
        audit.append(
            session,
            writer,
            USE,
            subject,
            grant=scope.support_grant,
            path=path,
            **({"asked": dict(asked)} if asked else {}),
        )


def _begin(session: Session, grant: SupportGrant) -> None:
    now = session.execute(select(func.now())).scalar_one()
    if grant.created_at + ANSWERED_WITHIN <= now:
        raise NotPossibleError("This has waited for more than a week and is over. Ask or offer anew.")
    grant.state, grant.starts_at, grant.ends_at = "active", now, now + dt.timedelta(hours=grant.hours)
    session.flush()


def _of(session: Session, scope: Scope, grant_id: int) -> SupportGrant | None:
    return session.scalar(
        select(SupportGrant)
        .where(
            SupportGrant.id == grant_id,
            (SupportGrant.district_id == scope.organization_id)
            | (SupportGrant.operator_id == scope.organization_id),
        )
        .with_for_update()
    )


def _none_open(session: Session, district_id: int, person_id: int | None) -> None:
    now = dt.datetime.now(dt.UTC)
    known = session.scalars(
        select(SupportGrant).where(
            SupportGrant.district_id == district_id,
            SupportGrant.person_id == person_id,
            SupportGrant.state.in_(OPEN),
        )
    )
    if any(standing(grant, now) in OPEN for grant in known):
        raise NotPossibleError("For this person one is open already. End that one first.")


def _record(session: Session, scope: Scope, grant: SupportGrant, **detail: object) -> None:
    """Record a decision in the district, and with the operator where that took it."""
    audit.record_in_both(session, scope, "support_grant:manage", f"support_grant/{grant.id}", **detail)
