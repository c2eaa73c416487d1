"""Two stewards close a district: the wait, the walls before it, and afterwards nothing left of it."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
import json

import pikepdf
import psycopg
import pytest
import sqlalchemy as sa

from tenants import leaving, signing
from tenants.errors import NotPossibleError
from tenants.files import FileStore
from tenants.leaving import AccountRequest
from tenants.scope import Scope, resolve
from tests.support import factories, twins
from workers import runner
from workers.account import decisions, ending, tables
from workers.account.removal import Removal
from workers.kinds import JobRefused
from workers.mail import Carrier


@pytest.fixture
def pair(database):
    pair = twins.fill_twins(database)
    for twin in pair:
        # The twins' entries are no chain; new ones begin behind them.
        with database.app.transaction(Scope.for_upkeep(twin.district_id)) as session:
            session.execute(sa.text("update audit_head set sequence = 2"))
    return pair


def stewards(database, twin):
    """Return the scopes of the business official and the superintendent."""
    person = next(
        row["person_id"]
        for row in twins.rows_of_table(database.owner_url, "membership")
        if row["organization_id"] == twin.district_id and row["role"] == "SUP"
    )
    return twin.scope, resolve(database.app, person, twin.district_id)


def asked_and_approved(database, twin, kind="closing"):
    official, superintendent = stewards(database, twin)
    with database.app.transaction(official) as session:
        # The twin's own row is an open export that nobody approved.
        session.execute(sa.text("update account_request set withdrawn_at = now()"))
        request = decisions.ask(session, official, database.settings, kind)
        number = request.id
    with database.app.transaction(superintendent) as session:
        assert decisions.approve(session, superintendent, database.settings, number, kind)
    return number


def make_due(database, days=31):
    factories.behind_the_walls(
        database, "account_request", f"update account_request set due_at = due_at - interval '{days} days'"
    )


def refused_by_database(database, scope, statement):
    with database.app.transaction(scope) as session:
        return twins.refusal(session, sa.text(statement))


def test_one_person_is_never_both_and_the_wait_is_never_shortened(database, pair):
    mine, _ = pair
    official, superintendent = stewards(database, mine)
    upkeep = Scope.for_upkeep(mine.district_id)
    with database.app.transaction(official) as session:
        session.execute(sa.text("update account_request set withdrawn_at = now()"))
        number = leaving.ask(session, official, "closing").id
        with pytest.raises(NotPossibleError, match="asked for already"):
            leaving.ask(session, official, "closing")
        with pytest.raises(NotPossibleError, match="asked for this yourself"):
            leaving.approve(session, official, number, "closing")
    # Also no statement of the application's own does.
    itself = f"update account_request set approved_by = asked_by where id = {number}"
    assert refused_by_database(database, upkeep, itself) == "23514"
    early = f"update account_request set due_at = now() where id = {number}"
    assert refused_by_database(database, upkeep, early) == "42501", "no right to it at all"
    with database.app.transaction(superintendent) as session:
        request = leaving.approve(session, superintendent, number, "closing")
        assert request.due_at - request.approved_at == leaving.WAITING
    for change, refused in (
        ("due_at = now()", "42501"),
        ("approved_by = 1", "23001"),
        ("asked_by = 987654", "42501"),
        ("asked_at = now() - interval '40 days'", "42501"),
    ):
        statement = f"update account_request set {change} where id = {number}"
        assert refused_by_database(database, upkeep, statement) == refused, change
    forged = (
        "insert into account_request (district_id, kind, asked_by, approved_by, approved_at, due_at)"
        f" values ({mine.district_id}, 'export', 1, 2, now() - interval '60 days', now())"
    )
    assert refused_by_database(database, upkeep, forged) == "23001"
    with database.app.transaction(superintendent) as session:
        assert leaving.withdraw(session, superintendent, number, "closing")
        assert leaving.open_request(session, mine.district_id, "closing") is None


def test_a_request_that_nobody_approves_lapses(database, pair):
    mine, _ = pair
    official, superintendent = stewards(database, mine)
    with database.app.transaction(official) as session:
        number = leaving.ask(session, official, "closing").id
    factories.behind_the_walls(
        database, "account_request", "update account_request set asked_at = now() - interval '8 days'"
    )
    with database.app.transaction(superintendent) as session:
        with pytest.raises(NotPossibleError, match="within seven days"):
            leaving.approve(session, superintendent, number, "closing")
        late = f"update account_request set approved_by = 1 where id = {number}"
        assert twins.refusal(session, sa.text(late)) == "23001"
    ending.look_after(database.settings, database.app, mine.district_id, dt.date(2026, 8, 1))
    with database.app.transaction(official) as session:
        assert leaving.open_request(session, mine.district_id, "closing") is None


def test_a_lone_steward_can_not_begin(database):
    district = factories.make_district(database)
    lone = factories.scope_of(database.app, factories.make_member(database, district, "CBO", True))
    with (
        database.app.transaction(lone) as session,
        pytest.raises(NotPossibleError, match="second steward has to approve"),
    ):
        leaving.ask(session, lone, "closing")


def test_before_its_day_the_closing_role_sees_and_removes_nothing(database, pair):
    """Neither while the closing waits, nor once it was stopped, nor in a district that closes nothing."""
    mine, other = pair
    number = asked_and_approved(database, mine)

    def nothing(district_id):
        with database.app.transaction(Scope.for_closing(district_id)) as session:
            for name in (
                "audit_entry",
                "comment_event",
                "plan_version",
                "membership",
                "person",
                "organization",
            ):
                assert session.execute(sa.text(f"select count(*) from {name}")).scalar_one() == 0, name
                assert session.execute(sa.text(f"delete from {name}")).rowcount == 0, name

    nothing(mine.district_id)
    with pytest.raises(JobRefused):
        Removal(database.settings, database.app, mine.district_id, number).run()
    make_due(database)
    nothing(other.district_id)
    official, _ = stewards(database, mine)
    with database.app.transaction(official) as session:
        assert decisions.stop(session, official, database.settings, number, "closing")
    nothing(mine.district_id)
    with pytest.raises(JobRefused):
        Removal(database.settings, database.app, mine.district_id, number).run()
    # Append-only stays append-only for everybody else.
    with pytest.raises(psycopg.errors.RestrictViolation), database.owner() as owner:
        owner.execute("delete from audit_entry")


def test_reminders_come_once_each(database, pair):
    mine, _ = pair
    asked_and_approved(database, mine)
    due = dt.datetime.now(dt.UTC) + leaving.WAITING
    for days in (20, 14, 13, 13, 7, 1, 1):
        ending.look_after(
            database.settings, database.app, mine.district_id, due.date() - dt.timedelta(days=days)
        )
    keys = [row["key"] for row in twins.rows_of_table(database.owner_url, "outgoing_mail")]
    reminders = [key.rpartition("/")[0].rpartition("/")[2] for key in keys if "closing_reminder" in key]
    assert sorted(reminders) == sorted(["14", "7", "1"] * 2)


def mails(settings):
    carrier = Carrier(settings)
    try:
        while carrier.carry_one():
            pass
    finally:
        carrier.close()
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(settings.mail_folder.glob("*.eml"))
    ]


def test_everything_goes_and_the_neighbour_stays(database, redis, pair):
    mine, other = pair
    settings, files = database.settings, FileStore(database.settings.files)
    superintendent = stewards(database, mine)[1].person_id
    # The superintendent belongs to the neighbour too, so that the person stays.
    place = factories.Organization(other.district_id, "OMEGA district", "district")
    shared = factories.Person(superintendent, "", "")
    factories.add_member(database, shared, place, "BRD")
    for twin in pair:
        files.keep(twin.district_id, io.BytesIO(twin.mark.encode()))
    for key in ("reader:abc:en", "sent:1:x"):
        redis.set(f"apportion:district:{mine.district_id}:{key}", "ALPHA")
    redis.set(f"apportion:district:{other.district_id}:reader:abc:en", "OMEGA")

    asked_and_approved(database, mine)
    before = {name: twins.rows_of_table(database.owner_url, name) for name in tables.TABLES}
    make_due(database)
    ending.look_after(settings, database.app, mine.district_id, dt.datetime.now(dt.UTC).date())
    with database.app.transaction(Scope.for_upkeep(mine.district_id)) as session:
        job = session.execute(sa.text("select id from job where kind = 'remove_account'")).scalar_one()
    runner.execute(settings, job, mine.district_id)

    received = mails(settings)
    for name, rows in before.items():
        after = twins.rows_of_table(database.owner_url, name)
        left = [row for row in after if mine.mark in str(row) and name != "outgoing_mail"]
        left = [row for row in left if not _of_facilitator(name, row, mine, superintendent)]
        assert left == [], name
        assert not [row for row in after if row.get("district_id") == mine.district_id], name
        gone = [row for row in rows if other.mark in str(row) and row not in after]
        assert gone == [], f"{name}: the neighbour lost rows"
    assert {row["id"] for row in twins.rows_of_table(database.owner_url, "person")} >= {superintendent}
    assert mine.scope.person_id not in {
        row["id"] for row in twins.rows_of_table(database.owner_url, "person")
    }
    assert files.keys(mine.district_id) == []
    assert len(files.keys(other.district_id)) == 1
    assert [key.decode() for key in redis.scan_iter("apportion:*")] == [
        f"apportion:district:{other.district_id}:reader:abc:en"
    ]

    folder = signing.folder_of(settings, mine.district_id)
    certificate = json.loads((folder / "certificate.json").read_bytes())
    signing.check(certificate, settings)
    assert certificate["removed"]["audit_entry"] >= 4
    assert certificate["removed"]["ledger_line"] == 2
    assert (certificate["people_removed"], certificate["people_kept"]) == (1, 1)
    assert certificate["files"] == 1
    assert len(certificate["record_of_activity"]["head"]) == 64
    with pikepdf.open(folder / "certificate.pdf") as pdf:
        assert len(pdf.pages) >= 1
    told = [mail for mail in received if "was removed" in mail["Subject"]]
    assert len(told) == 2
    names = [part.get_filename() for part in told[0].iter_attachments()]
    assert names == ["certificate.pdf", "certificate.json"]
    assert json.loads(list(told[0].iter_attachments())[1].get_content()) == certificate


def _of_facilitator(name, row, twin, staying):
    """Say whether a row with the district's mark belongs to its facilitator, or to who stays elsewhere."""
    people = {twin.facilitator_scope.person_id, staying}
    return (
        row.get("id") in people
        or row.get("person_id") in people
        or twin.facilitator_id in {row.get("organization_id"), row.get("facilitator_id"), row.get("id")}
    )


def test_a_removal_that_was_killed_goes_on(database, pair, monkeypatch):
    """Cut off between any two steps, it counts what it counted first, and ends the same."""
    mine, _ = pair
    number = asked_and_approved(database, mine)
    make_due(database)
    steps = ("_remove_ties", "_remove_rows", "_remove_keys", "_certify", "_remove_last")
    for step in steps:
        removal = Removal(database.settings, database.app, mine.district_id, number)

        def cut(*_arguments):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(removal, step, cut)
            with pytest.raises(KeyboardInterrupt):
                removal.run()
    Removal(database.settings, database.app, mine.district_id, number).run()
    certificate = signing.read(signing.folder_of(database.settings, mine.district_id) / "certificate.json")
    assert certificate["removed"]["ledger_line"] == 2
    with pytest.raises(JobRefused):
        Removal(database.settings, database.app, mine.district_id, number).run()


def test_an_approved_export_is_written_by_a_worker_and_taken_away_after_a_week(database, pair):
    mine, other = pair
    number = asked_and_approved(database, mine, "export")
    job = _job(database, mine, "export_account")
    # The twins' rows name files that were never kept; an archive rightly refuses to leave one out.
    for table in ("rendered_file", "dataset_finding", "dataset", "ledger_load", "source_file"):
        factories.behind_the_walls(
            database, table, f"delete from {table} where district_id = {mine.district_id}"
        )
    runner.execute(database.settings, job, mine.district_id)
    official, superintendent = stewards(database, mine)
    with database.app.transaction(official) as session:
        request = session.get_one(AccountRequest, (mine.district_id, number))
        session.expunge_all()
    assert (request.personnel, request.small_group) == (True, True)
    assert leaving.may_download(official, request)
    # The archive holds what a superintendent sees by name only.
    assert not leaving.may_download(superintendent, request)
    path = FileStore(database.settings.files).path(request.storage_key)
    assert path.stat().st_size == request.size
    body = path.read_bytes()
    assert other.mark.encode() not in body
    factories.behind_the_walls(
        database, "account_request", "update account_request set expires_at = now() - interval '1 hour'"
    )
    ending.look_after(database.settings, database.app, mine.district_id, dt.date(2026, 8, 1))
    assert not path.exists()
    with database.app.transaction(official) as session:
        assert session.get_one(AccountRequest, (mine.district_id, number)).storage_key == ""


def _job(database, twin, kind):
    with database.app.transaction(Scope.for_upkeep(twin.district_id)) as session:
        return session.execute(sa.text("select id from job where kind = :kind"), {"kind": kind}).scalar_one()
