"""The scope travels with the transaction and with nothing else: pools, savepoints, kills, COPY, roles."""

import threading

import psycopg
import pytest
import sqlalchemy as sa

from tenants.database import Database, UnsafeRoleError
from tenants.scope import Scope
from tests.support import twins

pytestmark = pytest.mark.external

SEEN = sa.text("select count(*) from plan")
PID = sa.text("select pg_backend_pid()")


@pytest.fixture(scope="module")
def pair(shared_database):
    return twins.fill_twins(shared_database)


@pytest.fixture
def single(shared_database):
    """Give a pool that has one connection and no more."""
    database = Database(shared_database.app_url, pool_size=1)
    database.engine.pool._max_overflow = 0
    yield database
    database.close()


def upkeep(twin):
    return Scope.for_upkeep(twin.district_id)


def test_a_reused_connection_is_blank(single, pair):
    pids = set()
    for twin in pair * 3:
        with single.transaction(upkeep(twin)) as session:
            assert session.execute(SEEN).scalar() == 2
            assert (
                session.execute(sa.text("select distinct district_id from plan")).scalar() == twin.district_id
            )
            pids.add(session.execute(PID).scalar())
        with single.transaction(None) as session:
            assert session.execute(SEEN).scalar() == 0
            pids.add(session.execute(PID).scalar())
        with single.engine.connect() as plain:
            assert plain.execute(SEEN).scalar() == 0
            settings = plain.execute(
                sa.text("select current_setting('apportion.cabinet', true), current_user = session_user")
            ).one()
            assert tuple(settings) == ("{}", True)
    assert len(pids) == 1


def test_an_error_leaves_nothing_behind(single, pair):
    with pytest.raises(sa.exc.DBAPIError), single.transaction(upkeep(pair[0])) as session:
        session.execute(sa.text("select 1/0"))
    with single.transaction(None) as session:
        assert session.execute(SEEN).scalar() == 0


def test_a_reader_with_a_link_steps_back_out_of_the_role(single, pair):
    visitor = Scope(role="visitor", viewed_district_id=pair[0].district_id)
    with single.transaction(visitor) as session:
        assert "visitor" in session.execute(sa.text("select current_user")).scalar()
        with pytest.raises(sa.exc.ProgrammingError):
            session.execute(sa.text("select * from ledger_line"))
        session.rollback()
    with single.transaction(upkeep(pair[0])) as session:
        assert session.execute(SEEN).scalar() == 2


def test_commit_and_rollback_inside_bind_the_same_scope_again(single, pair):
    with single.transaction(upkeep(pair[0])) as session:
        session.execute(sa.text("set local apportion.cabinet = '{}'"))
        assert session.execute(SEEN).scalar() == 0
    with single.transaction(upkeep(pair[0])) as session:
        assert session.execute(SEEN).scalar() == 2


def test_savepoints_keep_the_scope(single, pair):
    with single.transaction(upkeep(pair[0])) as session:
        for end in ("rollback", "commit"):
            nested = session.begin_nested()
            assert session.execute(SEEN).scalar() == 2
            getattr(nested, end)()
            assert session.execute(SEEN).scalar() == 2


def test_autocommit_reads_nothing(single, pair):
    with single.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        assert plain.execute(SEEN).scalar() == 0


def test_a_killed_backend_gives_a_blank_new_one(shared_database, single, pair):
    with single.transaction(upkeep(pair[0])) as session:
        pid = session.execute(PID).scalar()
    # The role may end its own backends, as a failing network would.
    with psycopg.connect(shared_database.app_url, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", [pid])
    with single.transaction(None) as session:
        assert session.execute(PID).scalar() != pid
        assert session.execute(SEEN).scalar() == 0
    with single.transaction(upkeep(pair[1])) as session:
        assert session.execute(SEEN).scalar() == 2


def test_threads_do_not_share_a_scope(shared_database, pair):
    seen, gate = {}, threading.Barrier(4)

    def look(number):
        twin = pair[number % 2]
        gate.wait()
        for _ in range(20):
            with shared_database.app.transaction(upkeep(twin)) as session:
                found = session.execute(sa.text("select distinct district_id from plan")).scalars().all()
                seen.setdefault(number, set()).add((tuple(found), twin.district_id))

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found == {((own,), own)} for found in seen.values() for _, own in found)


def test_rows_come_in_by_copy_through_a_stage(shared_database, pair):
    mine, other = pair
    dataset = mine.rows["dataset"][0]["id"]
    with shared_database.app.transaction(upkeep(mine)) as session:
        raw = session.connection().connection.driver_connection
        raw.execute("create temp table stage (like ledger_line) on commit drop")
        with raw.cursor().copy("copy stage from stdin") as copy:
            for line in range(100, 200):
                copy.write_row(
                    (mine.district_id, dataset, line, "01", "0000", "0", "0", "0", "1000", "0", 5, "")
                )
        assert raw.execute("insert into ledger_line select * from stage").rowcount == 100
        raw.execute("update stage set district_id = %s", [other.district_id])
        with pytest.raises(psycopg.errors.InsufficientPrivilege), raw.transaction():
            raw.execute("insert into ledger_line select * from stage")
        with pytest.raises(psycopg.errors.FeatureNotSupported), raw.transaction():
            raw.execute("copy ledger_line from stdin")
        session.rollback()


def test_a_transaction_holds_a_failed_role_switch_shut(shared_database, pair):
    with psycopg.connect(shared_database.app_url) as app:
        for role in ("lookup", "dispatcher", "mail", "owner"):
            name = app.info.user.replace("_app_", f"_{role}_")
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)):
                app.execute(f'set role "{name}"')
            app.rollback()


def test_the_platform_refuses_to_serve_as_an_owner(shared_database):
    strong = Database(shared_database.owner_url)
    with pytest.raises(UnsafeRoleError, match="row-level security"):
        strong.check()
    strong.close()


def test_a_role_that_may_bypass_is_refused(servers, shared_database):
    from tenants.settings import with_user  # noqa: PLC0415 - the one use

    admin = shared_database.owner_url
    with psycopg.connect(admin, autocommit=True) as owner:
        try:
            owner.execute("create role strong_test login bypassrls password 'x'")
        except psycopg.errors.InsufficientPrivilege:
            # This owner may not make such a role: make one that owns a table instead.
            owner.execute("drop role if exists owning_test")
            owner.execute("create role owning_test login password 'x'")
            owner.execute("grant create, usage on schema public to owning_test")
            with psycopg.connect(with_user(admin, "owning_test", "x"), autocommit=True) as other:
                other.execute("create table mine (id int)")
            name = "owning_test"
        else:
            name = "strong_test"
        database = Database(with_user(admin, name, "x"))
        try:
            with pytest.raises(UnsafeRoleError):
                database.check()
        finally:
            database.close()
            if name == "owning_test":
                with psycopg.connect(with_user(admin, name, "x"), autocommit=True) as other:
                    other.execute("drop table mine")
                owner.execute("revoke all on schema public from owning_test")
            owner.execute(f"drop role {name}")
