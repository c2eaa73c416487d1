"""The daily look at a record of activity: verified, signed, kept as a file, mailed to the stewards."""

from __future__ import annotations

import datetime as dt
import logging

from tenants import chain, signing
from tenants.database import Database
from tenants.language import format_date, format_number, render, translate
from tenants.organizations import Organization
from tenants.scope import Scope
from tenants.settings import Settings
from tenants.signing import KeptHead
from workers.account import letters
from workers.mail import Attachment

log = logging.getLogger(__name__)


def verify(settings: Settings, database: Database, district_id: int) -> chain.Verification:
    """Walk along a district's chain and compare it with the heads that were kept.

    Raises:
        NotSignedError: A kept head was not signed by this platform.
    """
    heads = signing.kept(settings, district_id)
    with database.transaction(Scope.for_upkeep(district_id)) as session:
        return chain.verify(session, district_id, heads)


def sign_head(settings: Settings, database: Database, district_id: int, day: dt.date) -> bool:
    """Sign the day's head if anything was recorded since the last one; tell the stewards, also of a break.

    Returns:
        Whether a head was signed.
    """
    kept = signing.kept(settings, district_id)
    if kept and kept[-1].day >= day.isoformat():
        return False
    with database.transaction(Scope.for_upkeep(district_id)) as session:
        found = chain.verify(session, district_id, kept)
        place = f"{settings.base_url}/d/{district_id}/settings/activity?verify=1"
        if not found.whole:
            log.error("district %s: %s", district_id, render(chain.said(found), "en"))
            letters.to_stewards(
                session,
                district_id,
                key=f"activity_broken/{district_id}/{day}",
                write=lambda language, name: _broken(language, name, found),
                link=place,
            )
            return False
        if not found.entries or (kept and kept[-1].sequence == found.entries):
            return False
        document = signing.keep_head(
            settings,
            district_id=district_id,
            cds_code=session.get_one(Organization, district_id).cds_code or "",
            head=KeptHead(found.entries, day.isoformat(), found.head),
        )
        letters.to_stewards(
            session,
            district_id,
            key=f"activity_head/{district_id}/{day}",
            write=lambda language, name: _signed(language, name, found, day),
            link=place,
            attachments=[Attachment(f"head-{day}.json", "application/json", signing.as_bytes(document))],
        )
    return True


def _signed(language: str, name: str, found: chain.Verification, day: dt.date) -> tuple[str, list[str]]:
    return (
        translate(
            "{district}: record of activity signed on {day}",
            language,
            district=name,
            day=format_date(day, language, "medium"),
        ),
        [
            translate(
                "The record of activity holds {n} entries. The mark of the last one was signed today:",
                language,
                n=format_number(found.entries, language),
            ),
            found.head,
            translate(
                "Keep this mail. If anybody rewrites the record later, the mark no longer fits, and the page "
                "of the record says from which entry on.",
                language,
            ),
        ],
    )


def _broken(language: str, name: str, found: chain.Verification) -> tuple[str, list[str]]:
    return (
        translate("{district}: the record of activity was changed", language, district=name),
        [
            render(chain.said(found), language),
            translate(
                "No head was signed today. Nothing from that entry on can be trusted. Ask whoever runs the "
                "platform, and keep the mails with earlier marks.",
                language,
            ),
        ],
    )
