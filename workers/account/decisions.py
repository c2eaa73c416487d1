"""What stewards do on the page: ask, approve, stop. Each act tells the other stewards."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants import leaving
from tenants.language import format_date, local_day, translate
from tenants.leaving import AccountRequest, Kind
from tenants.people import Person
from tenants.scope import Scope
from tenants.settings import Settings
from workers.account import leaving as writing
from workers.account import letters


def ask(session: Session, scope: Scope, settings: Settings, kind: Kind) -> AccountRequest:
    """Ask for an export or a closing, and tell the stewards that one of them has to approve it.

    Raises:
        NotPossibleError: As `tenants.leaving.ask`.
    """
    request = leaving.ask(session, scope, kind)
    until = local_day(request.asked_at + leaving.APPROVE_WITHIN)

    def write(language: str, name: str) -> tuple[str, list[str]]:
        subject = (
            translate(
                "{district}: the archive of the account waits for a second person", language, district=name
            )
            if kind == "export"
            else translate(
                "{district}: the closing of the account waits for a second person", language, district=name
            )
        )
        return subject, [
            translate(
                "{name} asked for this. Another steward approves it until {day}, or it lapses.",
                language,
                name=_name(session, request.asked_by),
                day=format_date(until, language),
            )
        ]

    _tell(session, settings, request, "asked", write)
    return request


def approve(session: Session, scope: Scope, settings: Settings, request_id: int, kind: Kind) -> bool:
    """Approve what another steward asked for: an export begins, a closing begins to wait.

    Raises:
        NotPossibleError: As `tenants.leaving.approve`.
    """
    request = leaving.approve(session, scope, request_id, kind)
    if request is None:
        return False
    if kind == "export":
        writing.ask(session, request)
        return True
    day = local_day(request.due_at or request.asked_at)

    def write(language: str, name: str) -> tuple[str, list[str]]:
        return translate("{district}: the account is going to be closed", language, district=name), [
            translate(
                "{first} asked for it and {second} approved it. On {day} or soon after, everything of your "
                "district is removed from the platform. Until then any steward can stop it.",
                language,
                first=_name(session, request.asked_by),
                second=_name(session, request.approved_by or 0),
                day=format_date(day, language),
            )
        ]

    _tell(session, settings, request, "approved", write)
    return True


def stop(session: Session, scope: Scope, settings: Settings, request_id: int, kind: Kind) -> bool:
    """Stop a request; False where none of that id is open."""
    if not leaving.withdraw(session, scope, request_id, kind):
        return False
    request = session.get_one(AccountRequest, (scope.district_id, request_id))

    def write(language: str, name: str) -> tuple[str, list[str]]:
        subject = (
            translate("{district}: the archive was called off", language, district=name)
            if kind == "export"
            else translate("{district}: the account stays, its closing was stopped", language, district=name)
        )
        return subject, [
            translate(
                "{name} stopped it. Nothing was removed.", language, name=_name(session, scope.person_id or 0)
            )
        ]

    _tell(session, settings, request, "stopped", write)
    return True


def _tell(
    session: Session, settings: Settings, request: AccountRequest, act: str, write: letters.Writing
) -> None:
    letters.to_stewards(
        session,
        request.district_id,
        key=f"account_request/{request.district_id}/{request.id}/{act}",
        write=write,
        link=f"{settings.base_url}/d/{request.district_id}/settings/leaving",
    )


def _name(session: Session, person_id: int) -> str:
    return session.scalar(select(Person.name).where(Person.id == person_id)) or "–"
