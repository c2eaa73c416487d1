"""What the platform keeps about a person outside every organization, as a file for that person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.entering import codes, passkeys, provider
from tenants.entering.records import Authenticator
from tenants.organizations import Membership
from tenants.people import ApiToken, Credential, Person, SignInSession


def of_person(session: Session, person_id: int) -> dict[str, Any]:
    """Return a person's own data, read in the person's scope; secrets and hashes stay out of it.

    What somebody wrote or decided in an organization is part of that organization's record and not in here.
    """
    person = session.get_one(Person, person_id)
    password = session.get(Credential, person_id)
    authenticator = session.get(Authenticator, person_id)
    return {
        "written_at": _time(dt.datetime.now(dt.UTC)),
        "person": {
            "id": person.id,
            "name": person.name,
            "mail_address": person.address,
            "language": person.language,
            "since": _time(person.created_at),
        },
        "memberships": [
            {
                "organization_id": each.organization_id,
                "role": each.role,
                "steward": each.steward,
                "contributor": each.contributor,
                "since": _time(each.created_at),
                "until": _time(each.ended_at),
            }
            for each in session.scalars(
                select(Membership).where(Membership.person_id == person_id).order_by(Membership.id)
            )
        ],
        "ways_to_sign_in": {
            "password_since": _time(password.changed_at if password else None),
            "authenticator_since": _time(authenticator.confirmed_at if authenticator else None),
            "recovery_codes_left": codes.recovery_codes_left(session, person_id),
            "passkeys": [
                {
                    "name": each.name,
                    "since": _time(each.created_at),
                    "last_used": _time(each.last_used_at),
                }
                for each in passkeys.of_person(session, person_id)
            ],
            "organizations_own_sign_in": [
                {
                    "organization_id": each.organization_id,
                    "issuer": each.issuer,
                    "subject": each.subject,
                    "since": _time(each.created_at),
                    "last_used": _time(each.last_used_at),
                }
                for each in provider.of_person(session, person_id)
            ],
        },
        "devices": [
            {
                "device": each.device,
                "network": each.network,
                "method": each.method,
                "signed_in": _time(each.created_at),
                "last_seen": _time(each.last_seen_at),
                "signed_out": _time(each.ended_at),
            }
            for each in session.scalars(
                select(SignInSession).where(SignInSession.person_id == person_id).order_by(SignInSession.id)
            )
        ],
        "programs": [
            {
                "name": each.name,
                "organization_id": each.organization_id,
                "since": _time(each.created_at),
                "until": _time(each.expires_at),
                "last_used": _time(each.last_used_at),
                "revoked": _time(each.revoked_at),
            }
            for each in session.scalars(
                select(ApiToken).where(ApiToken.person_id == person_id).order_by(ApiToken.id)
            )
        ],
    }


def _time(value: dt.datetime | None) -> str | None:
    return None if value is None else value.astimezone(dt.UTC).isoformat(timespec="seconds")
