"""The record of activity: a chain without forks that shows what was changed, and heads kept elsewhere."""

import datetime as dt
import json
import threading

import psycopg
import pytest

from apportion.cli import main
from tenants import audit, chain, signing
from tenants.signing import NotSignedError
from tests.support import factories
from workers.account import heads

pytestmark = pytest.mark.external


@pytest.fixture
def scope(database):
    district = factories.make_district(database)
    return factories.scope_of(database.app, factories.make_member(database, district, "CBO", True))


def act(database, scope, number):
    with database.app.transaction(scope) as session:
        return audit.append(session, scope, "ledger:load", f"ledger_load/{number}", cents=number, note="ñ")


def test_entries_are_numbered_and_chained(database, scope):
    assert [act(database, scope, n) for n in range(5)] == [1, 2, 3, 4, 5]
    with database.app.transaction(scope) as session:
        found = chain.verify(session, scope.district_id)
    assert (found.entries, found.broken_at, found.whole) == (5, None, True)
    assert len(found.head) == 64


def test_an_act_that_is_undone_leaves_no_entry(database, scope):
    def undone():
        with database.app.transaction(scope) as session:
            audit.append(session, scope, "ledger:load", "ledger_load/1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert act(database, scope, 2) == 1


def test_acts_at_the_same_time_make_one_chain(database, scope):
    threads = [threading.Thread(target=act, args=(database, scope, n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.app.transaction(scope) as session:
        found = chain.verify(session, scope.district_id)
    assert (found.entries, found.broken_at) == (8, None)


# What a superuser may do behind the triggers: the statement, the first entry that does not fit, and how.
TAMPERING = {
    "detail edited": ("update audit_entry set detail = '{}' where sequence = 3", 3, "edited"),
    "time edited": (
        "update audit_entry set at = at + interval '1 second' where sequence = 2",
        2,
        "edited",
    ),
    "removed": ("delete from audit_entry where sequence = 3", 3, "removed"),
    "first removed": ("delete from audit_entry where sequence = 1", 1, "removed"),
    "end cut off": ("delete from audit_entry where sequence = 5", 5, "cut_short"),
    "end cut off, head too": (
        (
            "delete from audit_entry where sequence >= 4;"
            " update audit_head set sequence = 3, hash = (select hash from audit_entry where sequence = 3)"
        ),
        4,
        "cut_short",
    ),
    "moved": (
        (
            "update audit_entry set sequence = 99 where sequence = 2;"
            " update audit_entry set sequence = 2 where sequence = 3;"
            " update audit_entry set sequence = 3 where sequence = 99"
        ),
        2,
        "edited",
    ),
    "put in between": (
        (
            "update audit_entry set sequence = sequence + 100 where sequence >= 3;"
            " insert into audit_entry select district_id, 3, at, person_id, action, subject, detail,"
            " previous_hash, hash from audit_entry where sequence = 2;"
            " update audit_entry set sequence = sequence - 99 where sequence >= 100"
        ),
        3,
        "edited",
    ),
    "put at the end": (
        (
            "insert into audit_entry select district_id, 6, at, person_id, action, subject, detail,"
            " previous_hash, hash from audit_entry where sequence = 5"
        ),
        6,
        "edited",
    ),
    "head moved": ("update audit_head set sequence = 4", 5, "grown"),
}


def tamper(database, statement):
    factories.behind_the_walls(database, "audit_head", "select 1")
    with database.owner() as owner:
        owner.execute("alter table audit_head no force row level security")
    try:
        factories.behind_the_walls(database, "audit_entry", statement)
    finally:
        with database.owner() as owner:
            owner.execute("alter table audit_head force row level security")


def test_tampering_behind_the_triggers_is_found_and_named(database, scope):
    """Each on the same five entries, which are put back afterwards."""
    for n in range(5):
        act(database, scope, n)
    heads.sign_head(database.settings, database.app, scope.district_id, dt.date(2026, 11, 1))
    with database.owner() as owner:
        for table in ("audit_entry", "audit_head"):
            owner.execute(f"alter table {table} no force row level security")
            owner.execute(f"create table kept_{table} as select * from {table}")
            owner.execute(f"alter table {table} force row level security")
    for name, (statement, at, fault) in TAMPERING.items():
        tamper(database, statement)
        found = heads.verify(database.settings, database.app, scope.district_id)
        assert (name, found.broken_at, found.fault) == (name, at, fault)
        tamper(
            database,
            "delete from audit_entry; insert into audit_entry select * from kept_audit_entry;"
            " delete from audit_head; insert into audit_head select * from kept_audit_head",
        )
        assert heads.verify(database.settings, database.app, scope.district_id).whole, name


def test_a_chain_that_was_rewritten_as_a_whole_is_found_by_the_head_kept_elsewhere(database, scope):
    for n in range(5):
        act(database, scope, n)
    settings, district = database.settings, scope.district_id
    assert heads.sign_head(settings, database.app, district, dt.date(2026, 11, 1))
    assert not heads.sign_head(settings, database.app, district, dt.date(2026, 11, 1))
    for n in range(3):
        act(database, scope, n)
    assert heads.sign_head(settings, database.app, district, dt.date(2026, 11, 2))
    assert not heads.sign_head(settings, database.app, district, dt.date(2026, 11, 3)), "nothing was done"
    assert [(head.sequence, head.day) for head in signing.kept(settings, district)] == [
        (5, "2026-11-01"),
        (8, "2026-11-02"),
    ]
    # A superuser deletes it all and lets the platform itself append other acts.
    tamper(
        database,
        "delete from audit_entry; update audit_head set sequence = 0, hash = decode(repeat('00', 32), 'hex')",
    )
    for n in range(9):
        act(database, scope, n + 100)
    with database.app.transaction(scope) as session:
        assert chain.verify(session, district).whole, "by itself it looks whole"
    found = heads.verify(settings, database.app, district)
    assert (found.broken_at, found.fault) == (5, "rewritten")
    assert not heads.sign_head(settings, database.app, district, dt.date(2026, 11, 4)), (
        "a break is not signed"
    )


def test_a_kept_head_of_somebody_elses_key_is_refused(database, scope):
    act(database, scope, 1)
    settings, district = database.settings, scope.district_id
    heads.sign_head(settings, database.app, district, dt.date(2026, 11, 1))
    (place,) = signing.folder_of(settings, district).glob("*.json")
    document = json.loads(place.read_bytes())
    place.write_bytes(signing.as_bytes({**document, "entries": 7}))
    with pytest.raises(NotSignedError):
        signing.kept(settings, district)
    place.write_bytes(signing.as_bytes(document))
    place.rename(place.with_name("2026-11-02.json"))
    with pytest.raises(NotSignedError, match="another district or day"):
        signing.kept(settings, district)


def test_the_head_is_mailed_to_the_stewards(database, scope):
    act(database, scope, 1)
    heads.sign_head(database.settings, database.app, scope.district_id, dt.date(2026, 11, 1))
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        (subject, attachments), *more = owner.execute(
            "select subject, attachments from outgoing_mail"
        ).fetchall()
        owner.rollback()
    assert more == []
    assert "record of activity signed on Nov" in subject
    assert [each["name"] for each in attachments] == ["head-2026-11-01.json"]


def test_two_chains_never_mix(database, scope):
    """An entry that is moved into a neighbour's chain does not fit there: its district is in its hash."""
    other = factories.make_district(database, "Other Unified")
    neighbour = factories.scope_of(database.app, factories.make_member(database, other, "CBO", True))
    for n in range(3):
        act(database, scope, n)
        act(database, neighbour, n)
    both = [heads.verify(database.settings, database.app, one.district_id) for one in (scope, neighbour)]
    assert [(found.entries, found.whole) for found in both] == [(3, True), (3, True)]
    assert both[0].head != both[1].head
    tamper(
        database,
        f"delete from audit_entry where district_id = {other.id};"
        f" update audit_entry set district_id = {other.id} where district_id = {scope.district_id}",
    )
    found = heads.verify(database.settings, database.app, other.id)
    assert (found.broken_at, found.fault) == (1, "edited")


def test_the_command_names_the_first_broken_link(database, scope, monkeypatch, capsys):
    other = factories.make_district(database, "Whole Unified")
    for n in range(4):
        act(database, scope, n)
    for name, value in database.settings.to_environment().items():
        monkeypatch.setenv(name, value)
    assert main(["activity", "verify"]) == 0
    assert "Unbroken: 4 entries" in capsys.readouterr().out
    tamper(database, "update audit_entry set subject = 'plan/1' where sequence = 2")
    assert main(["activity", "verify", "--district", "all", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["unbroken"] is False
    by_number = {each["number"]: each for each in found["districts"]}
    assert by_number[other.id]["unbroken"]
    assert (by_number[scope.district_id]["broken_at"], by_number[scope.district_id]["fault"]) == (2, "edited")
    assert main(["activity", "verify", "--district", other.cds_code]) == 0
    assert main(["activity", "verify", "--district", str(scope.district_id)]) == 1
    assert "Entry 2 was changed after it was written." in capsys.readouterr().out
    assert main(["activity", "verify", "--district", "nowhere"]) == 1


def test_nobody_changes_or_removes_an_entry(database, scope):
    act(database, scope, 1)
    for statement in (
        "update audit_entry set detail = '{}'",
        "delete from audit_entry",
        "truncate audit_entry",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation), database.owner() as owner:
            owner.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(database.app_url) as app:
            app.execute(statement)
