"""The record of activity: a chain without forks that shows what was changed."""

import threading

import psycopg
import pytest

from tenants import audit
from tests.support import factories

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
        found = audit.verify(session, scope.district_id)
    assert (found.entries, found.broken_at) == (5, None)
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
        found = audit.verify(session, scope.district_id)
    assert (found.entries, found.broken_at) == (8, None)


@pytest.mark.parametrize(
    ("tamper", "at"),
    [
        ("update audit_entry set detail = '{}' where sequence = 3", 3),
        ("delete from audit_entry where sequence = 3", 3),
        ("update audit_entry set at = at + interval '1 second' where sequence = 2", 2),
        ("delete from audit_entry where sequence = 5", 5),
    ],
)
def test_tampering_behind_the_triggers_shows(database, scope, tamper, at):
    for n in range(5):
        act(database, scope, n)
    factories.behind_the_walls(database, "audit_entry", tamper)
    with database.app.transaction(scope) as session:
        assert audit.verify(session, scope.district_id).broken_at == at


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
