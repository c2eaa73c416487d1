"""Behind pgbouncer in transaction mode a connection serves one transaction, and then somebody else's."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import sqlalchemy as sa

from apportion import servers as own_servers
from tenants.database import Database
from tenants.scope import Scope
from tests.support import twins

PID = sa.text("select pg_backend_pid()")
SEEN = sa.text("select district_id from plan")
SETTINGS = "select name from pg_settings where name like 'apportion.%' and setting not in ('', '{}')"

CONFIGURATION = """
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 100
ignore_startup_parameters = options, extra_float_digits
"""


@pytest.fixture(scope="module")
def pair(shared_database):
    return twins.fill_twins(shared_database)


@contextlib.contextmanager
def pooler(url, folder, size):
    """Run pgbouncer in front of a server with so many connections; give the role's address through it."""
    program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    assert program, "install pgbouncer: scripts/system.sh names the package"
    parts = urlsplit(url)
    own = own_servers.free_port()
    folder.mkdir()
    (folder / "users.txt").write_text(f'"{parts.username}" "{parts.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        CONFIGURATION.format(host=parts.hostname, port=parts.port, own=own, folder=folder, size=size)
    )
    # It refuses to run as root.
    account = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
    with subprocess.Popen(
        [program, "-q", str(folder / "pgbouncer.ini")],
        user=account,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until = time.monotonic() + 20
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", own), 1):
                    break
                assert time.monotonic() < until, "pgbouncer does not listen"
                assert process.poll() is None, f"pgbouncer ended with {process.returncode}"
                time.sleep(0.05)
            place = f"{parts.username}:{parts.password}@127.0.0.1:{own}"
            yield urlunsplit(parts._replace(netloc=place, query="prepare_threshold=none"))
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def through(shared_database, tmp_path_factory):
    """Give the application's role through a pooler that has one connection for everybody."""
    from tests.support.platform import folder  # noqa: PLC0415 - the account of the pooler has to get in

    with folder() as place, pooler(shared_database.app_url, place / "pooler", 1) as url:
        (place / "pooler").chmod(0o755)
        database = Database(url, pool_size=6)
        yield database
        database.close()


def test_one_connection_for_everybody_carries_no_scope_over(through, pair):
    pids = set()
    for twin in pair * 4:
        # Often enough that a driver would prepare the statement, were it not told otherwise.
        with through.transaction(Scope.for_upkeep(twin.district_id)) as session:
            assert set(session.scalars(SEEN)) == {twin.district_id}
            pids.add(session.scalar(PID))
        with through.transaction(None) as session:
            assert session.scalars(SEEN).all() == []
            pids.add(session.scalar(PID))
        with psycopg.connect(
            through.url.set(drivername="postgresql").render_as_string(hide_password=False),
            prepare_threshold=None,
        ) as plain:
            assert plain.execute("select count(*) from plan").fetchone() == (0,)
            assert plain.execute(SETTINGS).fetchall() == []
            pids.add(plain.info.backend_pid and plain.execute("select pg_backend_pid()").fetchone()[0])
    assert len(pids) == 1


def test_an_error_and_a_visitor_leave_nothing_to_the_next(through, pair):
    with (
        pytest.raises(sa.exc.DBAPIError),
        through.transaction(Scope.for_upkeep(pair[0].district_id)) as session,
    ):
        session.execute(sa.text("select 1/0"))
    with through.transaction(None) as session:
        assert session.scalars(SEEN).all() == []
    visitor = Scope(role="visitor", viewed_district_id=pair[0].district_id)
    with through.transaction(visitor) as session:
        assert "visitor" in session.scalar(sa.text("select current_user"))
    with through.transaction(Scope.for_upkeep(pair[1].district_id)) as session:
        assert "visitor" not in session.scalar(sa.text("select current_user"))
        assert set(session.scalars(SEEN)) == {pair[1].district_id}


def test_many_at_once_see_their_own(through, pair):
    found, gate = [], threading.Barrier(4)

    def look(number):
        twin = pair[number % 2]
        gate.wait()
        for _ in range(15):
            with through.transaction(Scope.for_upkeep(twin.district_id)) as session:
                found.append((twin.district_id, set(session.scalars(SEEN))))

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    assert all(seen == {own} for own, seen in found)


def test_who_listens_does_so_past_the_pooler(through, shared_database):
    """A notice sent through the pooler reaches a listener at the server itself."""
    direct = Database(shared_database.app_url, pool_size=1)
    try:
        with direct.listening("proof_of_notice") as wait:
            began = time.monotonic()
            with through.transaction(None) as session:
                session.execute(sa.text("notify proof_of_notice"))
            wait(20)
            assert time.monotonic() - began < 20
    finally:
        direct.close()
