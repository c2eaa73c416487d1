"""What a principal reads of a plan in writing: the priorities and what they cost, and nothing beside them."""

import pytest
import sqlalchemy as sa

from tests.support import factories
from tests.support.acting import acting
from tests.support.plan_material import make_material

SEEN = {"plan": 1, "priority": 2, "priority_cost": 4}
CLOSED = ("option", "option_amount", "plan_section", "plan_block", "run", "ledger_line", "dataset", "job")


@pytest.fixture
def place(database):
    return make_material(database)


def test_principals_read_the_priorities_and_no_other_line_of_the_plan(app, database, place):
    principal = factories.make_member(database, place.district, "PRI")
    client, home = acting(app, database, principal), f"/d/{place.district.id}/plan"
    page = client.get(f"{home}/priorities")
    assert page.status_code == 200
    words = page.get_data(as_text=True)
    assert "Every child reads by the end of third grade" in words
    for closed in (
        "Add a priority",
        "Take off the list",
        "Open the canvas",
        "/plan/options",
        "/plan/sign-off",
    ):
        assert closed not in words, closed
    told = client.get(f"/api/v1/districts/{place.district.id}/plans/{place.plan_id}/priorities").get_json()
    assert [each["position"] for each in told["items"]] == [1, 2]
    assert "No version of the plan is published yet" in client.get(home).get_data(as_text=True)
    for path in ("options", "sign-off", f"edit/{place.plan_id}", "priorities/new"):
        assert client.get(f"{home}/{path}").status_code in {403, 404}, path
    with database.app.transaction(factories.scope_of(database.app, principal)) as session:
        for table, count in SEEN.items():
            assert session.scalar(sa.text(f"select count(*) from {table}")) == count, table
        for table in CLOSED:
            assert session.scalar(sa.text(f'select count(*) from "{table}"')) == 0, table


def test_other_readers_and_other_districts_principals_read_none(app, database, place):
    other = factories.make_district(database, "Oak Flat Unified")
    for role, district in (("BRD", place.district), ("COM", place.district), ("PRI", other)):
        person = factories.make_member(database, district, role)
        answer = acting(app, database, person).get(f"/d/{place.district.id}/plan/priorities")
        assert answer.status_code == (403 if district is place.district else 404), role
        with database.app.transaction(factories.scope_of(database.app, person)) as session:
            for table in SEEN:
                assert session.scalar(sa.text(f"select count(*) from {table}")) == 0, (role, table)
