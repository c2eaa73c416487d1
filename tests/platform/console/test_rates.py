"""State rates: two people publish a set, everybody reads it, the next analysis computes with it."""

import pytest
import sqlalchemy as sa

from apportion.rates.telling import FAMILIES
from tenants.files import FileStore
from tenants.records import plans
from tenants.scope import Scope
from tests.support import factories
from tests.support.acting import acting
from tests.support.filings import account
from tests.support.ledgers import small_export, store
from workers import studies
from workers.finance.rates import frozen_rates, rates, series
from workers.finance.rates.published import PublishedSet, in_force_set, rates_with, told_with

ROWS = [
    (account("0000", "8011"), "900000.00"),
    (account("0000", "1100", "1000"), "700000.00"),
    (account("0000", "9791"), "60000.00"),
]
PROPOSAL = {
    "title": "Budget Act of 2026",
    "source": "Rate table of the year",
    "dated": "2026-07-01",
    "status": "enacted",
    "first": "2025-26",
    "cola@2025-26": "4.00%",
    "lcff_base/TK-3@2026-27": "$10,500",
}


def test_every_series_stands_on_the_page():
    named = [name for _title, names in FAMILIES for name in names]
    assert sorted(named) == sorted(series())


def test_an_enacted_publication_counts_and_earlier_projections_stay_beside_it():
    made = PublishedSet.of("Budget Act", "table", "2026-07-01", "enacted", {"cola": {"2026-27": "2.10"}})
    late = PublishedSet.of("Guess", "memo", "2026-09", "projected", {"cola": {"2026-27": "9.00"}})
    known = rates_with([made, late])
    assert known.rate("cola", "2026-27").value == "2.10"
    assert [each.value for each in told_with("cola", "2026-27", [made, late])] == [
        "3.02",
        "2.41",
        "2.10",
        "9.00",
    ]
    assert rates_with([late]).rate("cola", "2026-27").value == "9.00"
    frozen = in_force_set(known)
    assert frozen_rates(frozen).rate("cola", "2026-27").value == "2.10"
    assert in_force_set(rates_with([]))["digest"] == in_force_set(rates())["digest"] != frozen["digest"]


@pytest.fixture
def district(database):
    made = factories.make_district(database)
    cbo = factories.make_member(database, made, "CBO")
    files = FileStore(database.settings.files)
    content = small_export(ROWS, "2024-25", "BB", "900.00")
    store(database.app, files, made.id, cbo.id, "ledger.dat", content)
    return made, cbo


def outlook(database, district):
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        run = studies.answer(session, district.id, "three_year_outlook")
        figures, inputs = session.execute(
            sa.text("select result -> 'figures', inputs from run where id = :id"), {"id": run}
        ).one()
    return run, figures["lcff_cola/unrestricted/2025-26"]["value"], inputs


def test_a_set_is_proposed_published_by_another_and_computed_with(app, redis, database, district):
    made, cbo = district
    operator = factories.make_organization(database, "operator", "Apportion Support")
    first, second = (
        acting(app, database, factories.make_member(database, operator, "PAD", name=name)) for name in "AB"
    )
    head = acting(app, database, cbo)
    before, cola, inputs = outlook(database, made)
    assert cola == 900_000_00 * 23 // 1000
    wrong = {**PROPOSAL, "cola@2025-26": "much", "dated": "soon"}
    assert first.post("/console/rates", data=wrong).status_code == 422
    assert head.get("/console/rates").status_code == 403
    assert head.post("/console/rates", data=PROPOSAL).status_code == 403
    assert first.post("/console/rates", data=PROPOSAL).status_code == 302
    assert outlook(database, made)[0] == before, "a proposal counts for nothing"
    with database.app.transaction(Scope.for_operator()) as session:
        number, digest = session.execute(sa.text("select id, digest from state_rate_set")).one()
    place, publish = f"/console/rates/{number}", {"act": "publish", "digest": digest}
    assert "somebody else publishes" in first.get("/console/rates").get_data(as_text=True)
    assert first.post(place, data=publish).status_code == 422
    assert second.post(place, data={**publish, "digest": "0" * 64}).status_code == 422
    assert "10,500" in second.get("/console/rates").get_data(as_text=True)
    assert second.post(place, data=publish).status_code == 302
    assert second.post(place, data={**publish, "act": "withdraw"}).status_code == 404, "it never changes"
    after, cola, now = outlook(database, made)
    assert after != before
    assert cola == 900_000_00 * 4 // 100
    assert [each for each in now if "state_rates" in each] != [
        each for each in inputs if "state_rates" in each
    ]
    for role in ("CBO", "BRD", "COM"):
        person = factories.make_member(database, made, role)
        page = acting(app, database, person).get("/rates?from=2025-26").get_data(as_text=True)
        assert "Budget Act of 2026" in page
        assert "4.00%" in page
    spanish = acting(app, database, factories.make_member(database, made, "PRI", language="es"))
    assert "Tasas del estado" in spanish.get("/rates").get_data(as_text=True)
    with database.owner() as owner:
        owner.execute("alter table organization_act no force row level security")
        acts = owner.execute("select action from organization_act order by id").fetchall()
    assert [act for (act,) in acts] == ["state_rates:create", "state_rates:approve"]


def test_a_versions_rates_never_change(database, district):
    made, _cbo = district
    with database.app.transaction(Scope.for_upkeep(made.id)) as session:
        plan = plans.Plan(district_id=made.id, title="Plan", base_year="2024-25", created_by=1)
        session.add(plan)
        session.flush()
        held = plans.PlanVersion(
            district_id=made.id, plan_id=plan.id, number="0.1", kind="adopted", content={}, digest="d",
            numbers_digest="n", created_by=1, rates=in_force_set(rates()),
        )  # fmt: skip
        session.add(held)
        session.flush()
        with pytest.raises(sa.exc.DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(sa.update(plans.PlanVersion).values(rates={}))
