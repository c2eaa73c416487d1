"""The record of activity on its page: filters, pages by key, files, the check; and size."""

import csv
import io
import json

import pytest
import sqlalchemy as sa

from tenants import audit
from tenants.audit import AuditEntry, AuditHead, entry_hash
from tenants.roles import ROLE_NAMES, own_only
from tenants.scope import FACILITATOR_ROLES, OWN_ACTS_ROLES, Scope
from tests.support import factories
from tests.support.acting import acting

MANY = 2_000


@pytest.fixture
def district(database):
    return factories.make_district(database)


@pytest.fixture
def official(database, district):
    return factories.make_member(database, district, "CBO", True, name="Carla Bo")


def act(database, person, action, subject, **detail):
    scope = factories.scope_of(database.app, person)
    with database.app.transaction(scope) as session:
        audit.append(session, scope, action, subject, **detail)


def page(client, district, query=""):
    answer = client.get(f"/d/{district.id}/settings/activity{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_entries_are_said_in_plain_words_and_filtered(app, database, district, official):
    academic = factories.make_member(database, district, "CAO", name="Ana Cao")
    act(database, official, "dataset:certify", "dataset/7", digest="x")
    act(database, academic, "plan:edit", "plan_block/9", removed=True)
    act(database, official, "share_link:manage", "share_link/3", act="revoked")
    client = acting(app, database, official)
    whole = page(client, district)
    for said in ("certified a data set", "took a passage out", "ended a link for readers", "data set 7"):
        assert said in whole

    # The cells of the table; the filter names every act.
    def rows(query):
        return page(client, district, query).partition("<tbody>")[2].count("<tr>")

    assert rows("") == 3
    assert rows(f"?person={academic.id}") == 1
    assert rows("?action=dataset:certify") == 1
    assert rows("?record=share_link/3") == 1
    assert rows("?record=share_link") == 1
    assert rows("?since=2020-01-01&until=2020-12-31") == 0
    assert rows("?since=2020-01-01") == 3
    assert rows("?person=0") == 0
    assert rows("?action=nonsense&since=tomorrow") == 3
    assert "No act fits these filters" in page(client, district, "?until=2020-12-31")
    spanish = acting(app, database, factories.make_member(database, district, "SUP", True, language="es"))
    assert "certificó" in page(spanish, district)

    # A head of department sees the own acts, whatever the filter asks for.
    own = acting(app, database, academic)
    assert page(own, district).partition("<tbody>")[2].count("<tr>") == 1
    assert "Carla Bo" not in page(own, district, f"?person={official.id}")
    assert own.get(f"/d/{district.id}/settings/activity/record.csv").status_code == 403


def test_the_database_keeps_a_head_to_the_own_acts(app, database, district, official):
    heads = {
        role: factories.make_member(database, district, role, name=role)
        for role in ("CAO", "HR", "SED", "SUP")
    }
    act(database, official, "people:manage", f"membership/{official.id}", role="CBO")
    act(database, official, "dataset:certify", "dataset/7", digest="x")
    for person in heads.values():
        act(database, person, "comment_export:export", "plan/1")
    for role, person in heads.items():
        with database.app.transaction(factories.scope_of(database.app, person)) as session:
            seen = {
                (row.person_id, row.action)
                for row in session.execute(sa.text("select person_id, action from audit_entry"))
            }
        own, told = (person.id, "comment_export:export"), (official.id, "dataset:certify")
        everybody = {*((head.id, "comment_export:export") for head in heads.values()), told}
        whole = everybody | {(official.id, "people:manage")}
        assert seen == (whole if role == "SUP" else {own, told}), role


def test_who_reads_the_own_acts_alone_is_said_by_the_matrix():
    said = {role for role in ROLE_NAMES if own_only(Scope(role=role), "activity:view")}
    assert said - FACILITATOR_ROLES - {"PAD"} == OWN_ACTS_ROLES


def test_the_record_is_taken_out_without_a_formula(app, database, district, official):
    act(database, official, "ledger:load", "=HYPERLINK(1)", note="@SUM(A1)")
    client = acting(app, database, official)
    table = client.get(f"/d/{district.id}/settings/activity/record.csv").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert [row["number"] for row in rows] == ["1", "2"], "taking it out is an act of its own"
    assert rows[0]["record"] == "'=HYPERLINK(1)"
    assert rows[0]["name"] == "Carla Bo"
    assert rows[1]["action"] == "activity:export"
    found = json.loads(client.get(f"/d/{district.id}/settings/activity/record.json").data)["entries"]
    assert [entry["hash"] for entry in found[:-1]] == [entry["previous_hash"] for entry in found[1:]]
    assert found[0]["detail"] == {"note": "@SUM(A1)"}
    assert client.get(f"/d/{district.id}/settings/activity/record.exe").status_code == 404
    filtered = client.get(f"/d/{district.id}/settings/activity/record.json?action=ledger:load").data
    assert len(json.loads(filtered)["entries"]) == 1


def test_a_long_record_is_read_by_its_key_filtered_and_checked(app, database, district, official):
    """Pages by key: the last page takes as long as the first."""
    scope, rows, previous = Scope.for_upkeep(district.id), [], audit.FIRST_HASH
    at = sa.func.now()
    with database.app.transaction(scope) as session:
        at = session.scalar(sa.select(sa.func.now()))
        for number in range(1, MANY + 1):
            entry = {
                "district_id": district.id,
                "sequence": number,
                "at": at,
                "person_id": official.id if number % 20 == 0 else None,
                "action": "plan:edit",
                "subject": f"plan_block/{number % 40}",
                "detail": {"revision": number},
                "previous_hash": previous,
            }
            previous = entry["hash"] = entry_hash(entry)
            rows.append(entry)
        session.execute(sa.insert(AuditEntry), rows)
        session.execute(sa.insert(AuditHead).values(district_id=district.id, sequence=MANY, hash=previous))
    client = acting(app, database, official)
    page(client, district)
    queries = ("", "?before=60", f"?person={official.id}", "?record=plan_block/7", "?before=1000")
    for query in queries:
        assert page(client, district, query).partition("<tbody>")[2].count("<tr>") > 40
    with database.owner() as owner:
        owner.execute("analyze audit_entry")
        owner.commit()
    with database.app.transaction(scope) as session:
        plan = session.scalars(
            sa.text(
                "explain select * from audit_entry where district_id = :district and sequence < 1500"
                " order by sequence desc limit 51"
            ),
            {"district": district.id},
        ).all()
    assert "Index Scan Backward" in "\n".join(plan)
    assert f"all {MANY:,} entries fit" in page(client, district, "?verify=1")
