"""The daily look at what stewards decided: lapsed requests, old archives, the days before a removal."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants import leaving
from tenants.database import Database
from tenants.files import FileStore
from tenants.language import format_date, local_day, translate, translate_n
from tenants.leaving import AccountRequest
from tenants.scope import Scope
from tenants.settings import Settings
from workers import outbox
from workers.account import letters

REMOVE = "remove_account"


def look_after(settings: Settings, database: Database, district_id: int, today: dt.date) -> None:
    """Do for one district what its requests need today."""
    with database.transaction(Scope.for_upkeep(district_id)) as session:
        leaving.lapse(session, district_id)
        _take_away(session, FileStore(settings.files), district_id)
        closing = leaving.open_request(session, district_id, "closing")
        if closing is None or closing.due_at is None:
            return
        if closing.due_at <= dt.datetime.now(dt.UTC):
            _ask_to_remove(session, closing)
        else:
            _remind(session, settings, closing, today)


def _take_away(session: Session, files: FileStore, district_id: int) -> None:
    """Remove archives that can't be downloaded any more."""
    past = session.scalars(
        select(AccountRequest).where(
            AccountRequest.district_id == district_id,
            AccountRequest.storage_key != "",
            AccountRequest.expires_at < func.now(),
        )
    )
    for request in past:
        files.remove(request.storage_key)
        request.storage_key = ""


def _ask_to_remove(session: Session, closing: AccountRequest) -> None:
    outbox.ask(
        session,
        REMOVE,
        {"request_id": closing.id},
        district_id=closing.district_id,
        requested_by=None,
        idempotency_key=str(closing.id),
        subject=f"account_request/{closing.id}",
    )


def _remind(session: Session, settings: Settings, closing: AccountRequest, today: dt.date) -> None:
    """Mail the stewards 14, 7 and 1 days ahead, each once; a day that was missed is made up for."""
    day = local_day(closing.due_at or dt.datetime.now(dt.UTC))
    left = (day - today).days
    passed = [days for days in leaving.REMIND_DAYS if left <= days]
    if not passed:
        return
    letters.to_stewards(
        session,
        closing.district_id,
        key=f"closing_reminder/{closing.district_id}/{closing.id}/{min(passed)}",
        write=lambda language, name: (
            translate_n(
                "{district}: the account will be removed in one day",
                "{district}: the account will be removed in {n} days",
                max(left, 1),
                language,
                district=name,
            ),
            [
                translate(
                    "Two stewards closed the account. On {day} or soon after, everything of your district "
                    "is removed from the platform and can't be brought back.",
                    language,
                    day=format_date(day, language),
                ),
                translate(
                    "Any steward can stop this until then. Take the archive out first if you have not; "
                    "links that readers hold stop working on that day.",
                    language,
                ),
            ],
        ),
        link=f"{settings.base_url}/d/{closing.district_id}/settings/leaving",
    )
