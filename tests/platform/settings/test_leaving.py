"""Export and leave, over HTTP: one steward asks, another approves, the archive is written and taken."""

import io
import json
import zipfile

import pytest
import sqlalchemy as sa

from tenants.scope import Scope
from tests.support import factories, forms
from workers import runner


class Signed:
    """A person at a browser: no program asks for what is done here."""

    def __init__(self, app, person):
        self.client = app.test_client()
        assert forms.sign_in(self.client, person.address).status_code == 302
        page = self.client.get("/account").get_data(as_text=True)
        self.token = forms.field(page, "csrf_token")

    def get(self, path):
        return self.client.get(path)

    def post(self, path, data=None):
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})})


@pytest.fixture
def district(database):
    return factories.make_district(database)


@pytest.fixture
def official(app, database, district):
    return Signed(app, factories.make_member(database, district, "CBO", True, name="Carla Bo"))


@pytest.fixture
def superintendent(app, database, district):
    return Signed(app, factories.make_member(database, district, "SUP", True, name="Sue Per"))


def leaving(client, district):
    answer = client.get(f"/d/{district.id}/settings/leaving")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def rows(database, district, query):
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        return session.execute(sa.text(query)).all()


def test_the_archive_needs_two_and_is_for_who_may_see_all_of_it(
    app, database, district, official, superintendent
):
    base = f"/d/{district.id}/settings/leaving"
    assert official.post(f"{base}/export").status_code == 302
    assert official.post(f"{base}/export").status_code == 422
    assert "Carla Bo" in leaving(superintendent, district)
    [(number,)] = rows(database, district, "select id from account_request")
    refused = official.post(f"{base}/export/{number}", data={"act": "approve"})
    assert refused.status_code == 422
    assert "Another steward has to approve it" in refused.get_data(as_text=True)
    assert superintendent.post(f"{base}/closing/{number}", data={"act": "approve"}).status_code == 404
    assert superintendent.post(f"{base}/nonsense").status_code == 404
    assert superintendent.post(f"{base}/export/{number}", data={"act": "approve"}).status_code == 302
    [(job,)] = rows(database, district, "select id from job where kind = 'export_account'")
    assert "being written" in leaving(official, district)
    runner.execute(database.settings, job, district.id)

    assert official.get(f"{base}/archives/{number + 1}").status_code == 404
    archive = official.get(f"{base}/archives/{number}")
    with zipfile.ZipFile(io.BytesIO(archive.data)) as opened:
        manifest = json.loads(opened.read("manifest.json"))
    assert manifest["district"]["name"] == district.name
    assert not any(entry["left_out"] for entry in manifest["tables"])
    # The superintendent's own role does not reach personnel records, which are in it.
    assert superintendent.get(f"{base}/archives/{number}").status_code == 403
    assert "your role does not see" in leaving(superintendent, district)
    acts = [
        row.act
        for row in rows(database, district, "select detail->>'act' as act from audit_entry order by sequence")
    ]
    assert acts == ["export_asked", "export_approved", "archive_written", "archive_downloaded"]


def test_two_superintendents_get_an_archive_without_personnel(app, database, district, superintendent):
    other = Signed(app, factories.make_member(database, district, "SUP", True))
    base = f"/d/{district.id}/settings/leaving"
    superintendent.post(f"{base}/export")
    [(number,)] = rows(database, district, "select id from account_request")
    other.post(f"{base}/export/{number}", data={"act": "approve"})
    [(job,)] = rows(database, district, "select id from job where kind = 'export_account'")
    runner.execute(database.settings, job, district.id)
    archive = superintendent.get(f"{base}/archives/{number}")
    with zipfile.ZipFile(io.BytesIO(archive.data)) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        readme = opened.read("README.txt").decode()
    missing = {entry["table"] for entry in manifest["tables"] if entry["left_out"]}
    assert {"ledger_line_detail", "comment_contact"} <= missing
    assert "ledger_line_detail" in readme


def test_a_closing_waits_and_is_stopped_by_any_steward(app, database, district, official, superintendent):
    base = f"/d/{district.id}/settings/leaving"
    assert superintendent.post(f"{base}/closing").status_code == 302
    [(number,)] = rows(database, district, "select id from account_request")
    assert official.post(f"{base}/closing/{number}", data={"act": "approve"}).status_code == 302
    assert "The account will be removed on" in leaving(superintendent, district)
    assert superintendent.post(f"{base}/closing/{number}", data={"act": "stop"}).status_code == 302
    assert "will be removed on" not in leaving(official, district)
    assert superintendent.post(f"{base}/closing/{number}", data={"act": "stop"}).status_code == 404


def test_it_is_for_stewards_of_the_district_alone(app, database, district, official):
    base = f"/d/{district.id}/settings/leaving"
    for role, steward in (("CBO", False), ("SUP", False), ("CAO", True), ("HR", True), ("BRD", True)):
        other = Signed(app, factories.make_member(database, district, role, steward))
        assert other.get(base).status_code == 403, role
        assert other.post(f"{base}/export").status_code == 403, role
    lone = official.post(f"{base}/closing")
    assert lone.status_code == 422
    assert "only one" in lone.get_data(as_text=True)
