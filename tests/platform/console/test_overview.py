"""The console: names, sizes, states; nothing that a district holds, and nobody else's to see."""

import sqlalchemy as sa

from tenants.scope import Scope
from tests.support import factories, forms
from tests.support.acting import acting
from tests.support.twins import everything, fill_twins


def test_the_console_counts_and_shows_no_content(app, redis, database):
    pair = fill_twins(database)
    operator = factories.make_organization(database, "operator", "Apportion Support")
    person = factories.make_member(database, operator, "PAD", name="Sam Support")
    client = app.test_client()
    assert forms.sign_in(client, person.address).status_code == 302
    assert client.get("/").location == "/console"
    page = client.get("/console").get_data(as_text=True)
    for twin in pair:
        assert f"{twin.mark} district" in page
        with database.app.transaction(twin.scope) as session:
            names = session.scalars(sa.text("select name from person")).all()
            words = [
                str(value)
                for table in ("plan", "source_file", "dataset", "comment", "share_link", "option")
                for row in session.execute(everything(table)).mappings()
                for value in row.values()
                if twin.mark in str(value)
            ]
        assert words
        assert not [word for word in [*names, *words] if word in page]
    assert "Reading ledgers" in page
    wish = {"name": "Fern Hill Unified", "role": "CBO", "steward": "Ana", "cds_code": "12" * 7}
    for wrong in (
        {"address": "none"},
        {"address": "a@b.org", "cds_code": "1"},
        {"address": "a@b.org", "role": "x"},
    ):
        assert (
            forms.post(client, "/console/organizations", "/account", **{**wish, **wrong}).status_code == 422
        )
    assert "Fern Hill" not in client.get("/console").get_data(as_text=True).split("Open an organization")[0]
    made = forms.post(
        client, "/console/organizations", "/account", **wish, address="ana@fern.org", language="es"
    )
    assert made.status_code == 302
    page = client.get("/console").get_data(as_text=True)
    assert "Fern Hill Unified" in page
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        [(address, language)] = owner.execute("select address, language from outgoing_mail").fetchall()
    assert (address, language) == ("ana@fern.org", "es")
    for one in pair:
        head = factories.Person(one.scope.person_id, "", "", one.district_id, "CBO")
        assert acting(app, database, head).get("/console").status_code == 403


def test_the_numbers_are_the_operators_alone(database):
    fill_twins(database)
    factories.behind_the_walls(database, "job", "update job set state = 'waiting'")
    for function, own in (("lookup_sizes()", 4), ("lookup_work()", 4)):
        ask = sa.text(f"select count(*) from {function}")
        for scope, wanted in ((Scope.nobody(), 0), (Scope.for_upkeep(1), 0), (Scope.for_operator(), own)):
            with database.app.transaction(scope) as session:
                assert session.execute(ask).scalar_one() == wanted, function
