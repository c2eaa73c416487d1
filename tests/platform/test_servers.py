"""Embedded servers: started, adopted, found by a second process, stopped with nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from apportion import servers
from tenants.settings import Settings
from tests.support.platform import folder


def settings_in(home: Path) -> Settings:
    return Settings.from_environment({"APPORTION_HOME": str(home)})


def test_data_outlive_a_restart() -> None:
    with folder() as home:
        said: list[str] = []
        with servers.start(settings_in(home), say=said.append) as running:
            with psycopg.connect(running.database_url) as connection:
                connection.execute("create table kept (n int)")
                connection.execute("insert into kept values (7)")
                row = connection.execute(
                    "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
                ).fetchone()
                assert row == (False, False, True)
            with redis.Redis.from_url(running.redis_url) as client:
                client.set("kept", "7")
            first = running
        assert any("PostgreSQL" in text for text in said)
        assert any("Redis" in text for text in said)
        with pytest.raises(servers.ServersError):
            servers.attach(settings_in(home))
        with servers.start(settings_in(home)) as running:
            assert running.database_url == first.database_url
            with psycopg.connect(running.database_url) as connection:
                assert connection.execute("select n from kept").fetchone() == (7,)
            with redis.Redis.from_url(running.redis_url) as client:
                assert client.get("kept") == b"7"


def test_a_second_process_finds_them_and_leaves_them_running() -> None:
    with folder() as home, servers.start(settings_in(home), scratch=True) as running:
        script = (
            "from apportion import servers; from tenants.settings import Settings\n"
            "with servers.start(Settings.from_environment()) as found:\n"
            "    print(found.database_url, found.redis_url)"
        )
        found = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"APPORTION_HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.split() == [running.database_url, running.redis_url]
        psycopg.connect(running.database_url).close()


def test_servers_of_a_killed_owner_are_adopted() -> None:
    with folder() as home:
        script = (
            "import time; from apportion import servers; from tenants.settings import Settings\n"
            "with servers.start(Settings.from_environment()) as found:\n"
            "    print(found.database_url, flush=True); time.sleep(60)"
        )
        owner = subprocess.Popen(
            [sys.executable, "-c", script],
            env=os.environ | {"APPORTION_HOME": str(home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        owner.stdout.close()
        with servers.start(settings_in(home)) as running:
            assert running.database_url == url
            psycopg.connect(url).close()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                psycopg.connect(url, connect_timeout=2).close()
            except psycopg.OperationalError:
                break
        else:
            pytest.fail("the adopted server still runs")


def test_a_foreign_folder_is_not_overwritten() -> None:
    with folder() as home:
        (home / "postgresql").mkdir()
        (home / "postgresql" / "thesis.txt").write_text("mine")
        with (
            pytest.raises(servers.ServersError, match="holds files but no database"),
            servers.start(settings_in(home)),
        ):
            pytest.fail("started")
        assert (home / "postgresql" / "thesis.txt").read_text() == "mine"


def test_named_servers_are_used_as_they_are(tmp_path: Path) -> None:
    named = Settings.from_environment(
        {
            "APPORTION_HOME": str(tmp_path),
            "DATABASE_URL": "postgresql://o:p@localhost/x",
            "REDIS_URL": "redis://localhost/3",
        }
    )
    said: list[str] = []
    with servers.start(named, say=said.append) as running:
        assert running == named
    assert said == [
        "PostgreSQL: the server that DATABASE_URL names.",
        "Redis: the server that REDIS_URL names.",
    ]
    assert not (tmp_path / "postgresql").exists()


def test_without_redis_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(servers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(servers.ServersError, match=r"apt-get install redis-server|brew install redis"):
        servers.find_redis()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another account")
def test_root_hands_the_database_to_another_account() -> None:
    with folder() as home, servers.start(settings_in(home), scratch=True):
        pid = int((home / "postgresql" / "postmaster.pid").read_text().splitlines()[0])
        status = Path(f"/proc/{pid}/status").read_text()
        assert "Uid:\t0\t" not in status
    with folder() as closed:
        closed.chmod(0o700)
        with (
            pytest.raises(servers.ServersError, match="APPORTION_HOME"),
            servers.start(settings_in(closed / "home")),
        ):
            pytest.fail("started")
