"""Assumptions: each opens to the lines that it touches, is tried, proposed and accepted; drift in dollars."""

import json

import pytest
import sqlalchemy as sa

from tenants.files import FileStore
from tenants.records import plans, state_rates
from tenants.scope import Scope
from tests.support import factories
from tests.support.acting import acting
from tests.support.filings import account
from tests.support.ledgers import small_export, store
from workers import assuming, rates_in_force
from workers.finance.rates.published import in_force_set

ROWS = [
    (account("0000", "8011"), "900000.00"),
    (account("0000", "1100", "1000"), "700000.00"),
    (account("0000", "3101", "1000"), "100000.00"),
    (account("0000", "9791"), "60000.00"),
]


@pytest.fixture
def place(app, database):
    district = factories.make_district(database)
    people = {role: factories.make_member(database, district, role) for role in ("CBO", "CAO", "HR", "SED")}
    files = FileStore(database.settings.files)
    content = small_export(ROWS, "2024-25", "BB", "900.00")
    store(database.app, files, district.id, people["CBO"].id, "ledger.dat", content)
    clients = {role: acting(app, database, person) for role, person in people.items()}
    return district, clients, f"/d/{district.id}/analyses/assumptions"


def margin(database, district):
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        held = assuming.standing(session, district.id)
        return held, held.sheet["over_minimum/2026-27"]


def test_an_assumption_opens_to_its_lines_and_another_value_is_tried(database, place):
    district, clients, base = place
    held, _ = margin(database, district)
    touched = assuming.touched(held, "cola", "2025-26")
    lines = {each.key: dict(each.by_year) for each in touched.found}
    assert lines["lcff/unrestricted"]["2025-26"] == 900_000_00 * 23 // 1000
    assert "certificated/unrestricted" not in lines
    assert lines["net/unrestricted"] == lines["lcff/unrestricted"]
    pension = assuming.touched(held, "calstrs", "2025-26")
    assert pension.value == pension.against, "the rate stayed at 19.10, so nothing is moved"
    assert not pension.found
    tried = assuming.touched(held, "step_column_certificated", "2025-26", "2.5")
    assert {each.key: each.by_year["2025-26"] for each in tried.found}[
        "certificated/unrestricted"
    ] == 7_000_00
    page = clients["CBO"].get(f"{base}/cola/2025-26?try=3.30").get_data(as_text=True)
    assert "in place of" in page
    assert "9,000" in page
    part = clients["CBO"].get(f"{base}/cola/2025-26?try=3.30", headers={"HX-Request": "true"})
    assert not part.get_data(as_text=True).lstrip().startswith("<!doctype")
    assert clients["CBO"].get(f"{base}/cola/2025-26?try=much").status_code == 422
    assert clients["CBO"].get(f"{base}/cola/1999-00").status_code == 404


def test_an_assumption_is_proposed_with_a_reason_and_counts_once_accepted(database, place):
    district, clients, base = place
    _, before = margin(database, district)
    proposal = {"try": "3.30", "reason": "The county's advice of November"}
    assert clients["CAO"].post(f"{base}/cola/2025-26", data={"try": "3.30"}).status_code == 422
    assert clients["SED"].post(f"{base}/cola/2025-26", data=proposal).status_code in {403, 404}
    assert clients["HR"].post(f"{base}/cola/2025-26", data=proposal).status_code in {403, 404}
    for role, name in (("HR", "calpers"), ("CAO", "cola")):
        assert clients[role].post(f"{base}/{name}/2025-26", data=proposal).status_code == 302, role
    assert margin(database, district)[1] == before, "a proposal counts for nothing"
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        numbers = dict(session.execute(sa.text("select name, id from local_assumption")).all())
    place = f"{base}/decided/{numbers['cola']}"
    assert clients["CAO"].post(place, data={"act": "accept"}).status_code == 403
    assert clients["CBO"].post(place, data={"act": "accept"}).status_code == 302
    held, after = margin(database, district)
    assert after > before
    assert held.assumed("cola", "2025-26").status == "entered"
    page = clients["CAO"].get(base).get_data(as_text=True)
    assert "advice of November" in page
    assert clients["CBO"].post(place, data={"act": "end"}).status_code == 302
    assert margin(database, district)[1] == before


def test_what_changed_since_a_version_was_frozen_stands_in_dollars(database, place):
    district, clients, base = place
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        assert assuming.drift(session, assuming.standing(session, district.id), district.id) is None
        plan = plans.Plan(district_id=district.id, title="Plan", base_year="2024-25", created_by=1)
        session.add(plan)
        session.flush()
        frozen = in_force_set(rates_in_force.rates(session))
        version = plans.PlanVersion(
            district_id=district.id, plan_id=plan.id, number="0.1", kind="draft_for_comment", content={},
            digest="d", numbers_digest="n", created_by=1, rates=json.loads(json.dumps(frozen)),
        )  # fmt: skip
        session.add(version)
    assert "No rate of the outlook changed" in clients["CBO"].get(base).get_data(as_text=True)
    one, two = Scope.for_operator(71), Scope.for_operator(72)
    values = {"cola": {"2025-26": "4.30"}}
    with database.app.transaction(one) as session:
        made = state_rates.StateRateSet(
            title="Act", source="table", dated="2025-08", status="enacted", rates=values, digest="d"
        )
        number = state_rates.propose(session, one, made)
    with database.app.transaction(two) as session:
        assert state_rates.decide(session, two, number, "d", "publish")
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        moved = assuming.drift(session, assuming.standing(session, district.id), district.id)
    assert [(each.name, each.after.value) for each in moved.changes] == [("cola", "4.30")]
    lines = {each.key: dict(each.by_year) for each in moved.found}
    assert lines["lcff/unrestricted"]["2025-26"] == 18_000_00
    assert "Since version 0.1 was frozen" in clients["CBO"].get(base).get_data(as_text=True)
