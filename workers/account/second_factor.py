"""A reminder before the day from which an organization lets nobody act with a password alone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from tenants import belonging
from tenants.database import Database
from tenants.entering import codes, passkeys
from tenants.entering.records import SignInRule
from tenants.language import format_date, translate
from tenants.organizations import Organization
from tenants.people import Person
from tenants.scope import Scope
from tenants.settings import Settings
from workers.account import letters

DAYS_BEFORE = (7, 1)
"""How many days ahead people without a second factor are reminded: once at each, by the mail's own key."""


def remind(settings: Settings, database: Database, organization_id: int, today: dt.date) -> int:
    """Remind everybody of an organization who has no second factor yet; return how many they were.

    A round that was missed is made up for: between two of the days the mail of the earlier one is due.

    Args:
        settings: name the platform's address.
        database: as the application's role.
        organization_id: a district or a facilitator organization.
        today: California's day.
    """
    upkeep = Scope.for_upkeep(organization_id)
    with database.transaction(upkeep) as session:
        start = session.scalar(
            select(SignInRule.second_factor_from).where(SignInRule.organization_id == organization_id)
        )
        due = [days for days in DAYS_BEFORE if start is not None and 0 < (start - today).days <= days]
        if start is None or not due:
            return 0
        name = session.get_one(Organization, organization_id).name
        people = [each.person_id for each in belonging.members(session, organization_id)]
    reminded = 0
    for person_id in people:
        # Ways to sign in belong to the person alone: nobody else's scope shows them.
        with database.transaction(Scope.for_person(person_id)) as session:
            if codes.has_authenticator(session, person_id) or passkeys.of_person(session, person_id):
                continue
            person = session.get_one(Person, person_id)
            language = person.language
            day = format_date(start, language)
            letters.post(
                session,
                key=f"second_factor/{organization_id}/{start}/{min(due)}/{person_id}",
                address=person.address,
                language=language,
                subject=translate("From {day} on you need a second step to sign in", language, day=day),
                paragraphs=[
                    translate(
                        "{organization} asks for a second step beside the password from {day} on, and your "
                        "account has none yet.",
                        language,
                        organization=name,
                        day=day,
                    ),
                    translate(
                        "Set up a passkey or an authenticator before: it takes two minutes. Without one you "
                        "are led to setting it up on that day, and reach nothing before.",
                        language,
                    ),
                ],
                link=f"{settings.base_url}/account",
                organization_id=None,
            )
            reminded += 1
    return reminded
