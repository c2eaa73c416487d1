"""Who has no second factor hears of it a week and a day before it is asked for, once each."""

import datetime as dt

import pytest

from tenants.entering import rules
from tests.support import factories, forms, mailbox
from workers.account import second_factor

TODAY = dt.date(2026, 11, 2)
START = TODAY + dt.timedelta(days=10)


@pytest.mark.parametrize("kind", ["district", "facilitator"])
def test_people_without_a_second_factor_are_reminded(app, redis, database, kind):
    make = factories.make_district if kind == "district" else factories.make_facilitator
    place, role = make(database), "CBO" if kind == "district" else "FLD"
    steward = factories.make_member(database, place, role, True)
    other = factories.make_member(database, place, role, language="es")
    client = app.test_client()
    forms.sign_in(client, steward.address)
    forms.set_up(client)
    scope = factories.scope_of(database.app, steward)
    with database.app.transaction(scope) as session:
        rules.ask_second_factor(session, scope, START, TODAY)

    def told(days):
        day = START - dt.timedelta(days=days)
        second_factor.remind(database.settings, database.app, place.id, day)
        found = mailbox.texts(database, other.address)
        assert mailbox.texts(database, steward.address) == own
        return len(found)

    own = mailbox.texts(database, steward.address)
    assert [told(days) for days in (9, 8, 7, 7, 5, 2, 1, 1, 0, -3)] == [0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    letter = mailbox.texts(database, other.address)[0]
    assert place.name in letter
    assert "segundo paso" in letter
    assert "/account" in letter
