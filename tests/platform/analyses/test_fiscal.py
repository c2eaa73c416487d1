"""The fiscal-risk check on real filings: verdicts are the form's own, what is missing is said plainly."""

import pytest

from tenants.files import FileStore
from tenants.scope import Scope
from tests.support import factories, filings
from tests.support.acting import acting
from tests.support.filings import account
from tests.support.ledgers import small_export, store, store_file
from workers import assuming
from workers.fiscal_check import fiscal_check
from workers.outlook_risk import outlook_risk


def test_a_small_ledger_is_judged_as_far_as_it_goes(app, database):
    district = factories.make_district(database)
    cbo = factories.make_member(database, district, "CBO")
    client = acting(app, database, cbo)
    address = f"/d/{district.id}/analyses/fiscal-check"
    assert client.get(address).status_code == 404
    fan = f"/d/{district.id}/analyses/risk"
    assert client.get(fan).status_code == 404
    rows = [
        (account("0000", "8011"), "900000.00"),
        (account("0000", "1100", "1000"), "940000.00"),
        (account("0000", "9791"), "60000.00"),
        (account("0000", "9789"), "20000.00"),
    ]
    store(database.app, FileStore(database.settings.files), district.id, cbo.id, "l.dat", small_export(rows))
    page = client.get(address).get_data(as_text=True)
    assert "Needs student counts" in page
    assert "not met" in page
    assert "of drawn futures" in client.get(fan).get_data(as_text=True)
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        found = {each.number: each for each in fiscal_check(session, district.id).checks}
    assert {number for number, each in found.items() if each.told} == {"7", "10"}
    assert found["10"].met is False
    reserve = found["10"].told["years"][0]
    assert reserve["margin"] == "-67000.00", "20,000 against the least 87,000 of a small district"


@pytest.mark.real_data
def test_verdicts_on_a_filed_budget_are_the_forms(database):
    filings.need()
    district = factories.make_district(database, "San Francisco Unified", "38684780000000")
    cbo = factories.make_member(database, district, "CBO")
    path = filings.FILINGS / "budget-2024-25.dat"
    store_file(database.app, FileStore(database.settings.files), district.id, cbo.id, path)
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        found = {each.number: each for each in fiscal_check(session, district.id).checks}
        held = assuming.standing(session, district.id)
    for year in outlook_risk(held)["years"]:
        # The middle of the fan is the outlook itself, to the cent.
        assert year["projected_margin"] == f"{held.sheet['over_minimum/' + year['fiscal_year']] / 100:.2f}"
    elements = filings.export("budget-2024-25.dat")["2024-25", "BB"][1]
    assert found["7"].met == (elements["01CS.CS.FACMAINT.OMMA.STATUSA"] == "Met")
    assert found["10"].told["years"][0]["met"] == (elements["01CS.CS.RESERVES.STATUS"] == "Met")
    deficit = found["8"].told["years"][-1]
    assert deficit["met"] == (elements["01CS.CS.DEFICITSPENDING.STATUS.1PY"] == "Met")
