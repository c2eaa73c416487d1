"""Every page as every role: axe, 320 pixels without sideways scrolling, no English on a Spanish page."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from apportion.app import create_app
from apportion.demonstration import story
from apportion.demonstration.districts import ARROYO_VERDE
from apportion.demonstration.opening import open_all
from tenants import accounts
from tenants.records.share_links import derived_token
from tenants.scope import Scope, resolve
from tests.support import walking
from tests.support.served import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
LEAST = {
    "CBO": 15,
    "SUP": 12,
    "CAO": 12,
    "HR": 8,
    "SED": 8,
    "PRI": 4,
    "BRD": 4,
    "COM": 2,
    "FLD": 3,
    "FCO": 6,
    "PAD": 2,
}
"""The least number of pages that a role can open; fewer means that the walk lost its way."""


@pytest.fixture(scope="module")
def furnished(shared_database):
    story.load(shared_database.settings, lambda _text: None)
    return shared_database


@pytest.fixture(scope="module")
def district(furnished):
    return open_all(furnished.app)[ARROYO_VERDE.key]


@pytest.fixture(scope="module")
def address(furnished):
    with served(furnished.settings) as running:
        yield running


@pytest.fixture(scope="module")
def paths(furnished, district):
    app = create_app(furnished.settings)
    found = list(walking.addresses(app, walking.samples(furnished.app, district)))
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()
    return found


def token_of(database, role, district):
    """Return an API token of somebody with a role: in the district, its facilitator or the operator."""
    with database.owner() as owner:
        # Lifted for this look only: the rollback puts the wall back.
        owner.execute("alter table membership no force row level security")
        row = owner.execute(
            "select m.person_id, m.organization_id from membership m where m.role = %s"
            " order by m.organization_id <> %s, m.person_id limit 1",
            (role, district.id),
        ).fetchone()
        owner.rollback()
    assert row is not None, role
    scope = resolve(database.app, row[0], row[1])
    with database.app.transaction(scope) as session:
        return accounts.create_api_token(session, scope, name="walk", days=1, read_only=True), row[0]


def speak(database, person_id, language):
    with database.app.transaction(Scope.for_person(person_id)) as session:
        session.execute(
            text("update person set language = :language where id = :id"),
            {"language": language, "id": person_id},
        )


WALKS = [
    ("CBO", "en"),
    ("CBO", "es"),
    *((role, "es" if n % 2 else "en") for n, role in enumerate(LEAST) if n),
]
"""The role that opens most in both languages, every other role in one of them in turn."""


@pytest.fixture(scope="module")
def known():
    return {"en": {}, "es": {}}


@pytest.mark.parametrize(("role", "language"), WALKS)
def test_pages_of_a_role(furnished, district, address, paths, browser_page, known, role, language):
    token, person_id = token_of(furnished, role, district)
    speak(furnished, person_id, language)
    page = browser_page(extra_http_headers={"Authorization": f"Bearer {token}"})
    found = walking.Findings(known=known[language])
    for path in paths:
        walking.look(page, address, path, language, found)
    assert len(found.looked_at) >= LEAST[role], found.looked_at
    assert not found.faults, "\n".join(found.faults)


@pytest.mark.parametrize("language", ["en", "es"])
def test_pages_of_a_reader(furnished, district, address, browser_page, language):
    kept = json.loads((furnished.settings.home / story.KEPT).read_text())
    token = derived_token(furnished.settings.secret_keys[0], int(kept["district"]), kept["link"])
    page = browser_page(locale={"en": "en-US", "es": "es-US"}[language])
    page.goto(f"{address}/r/{token}")
    first = page.url.removeprefix(address)
    found = walking.Findings()
    for path in (first, f"{first}comment", f"{first}figure/F01", f"{first}my-comment"):
        walking.look(page, address, path, language, found)
    assert len(found.looked_at) == 4, found.looked_at
    assert not found.faults, "\n".join(found.faults)


@pytest.mark.parametrize("language", ["en", "es"])
def test_pages_without_an_account(furnished, address, browser_page, language):
    page = browser_page(locale={"en": "en-US", "es": "es-US"}[language])
    found = walking.Findings()
    for path in ("/sign-in", "/new-password", "/style", "/nothing-here"):
        walking.look(page, address, path, language, found)
    assert len(found.looked_at) == 3
    assert not found.faults, "\n".join(found.faults)
