"""Servers, template databases and clones for the tests."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from apportion import servers
from tenants import installation
from tenants.database import Database
from tenants.settings import Settings

EXTERNAL = {
    "database": os.environ.get("TEST_DATABASE_URL", ""),
    "redis": os.environ.get("TEST_REDIS_URL", ""),
}


@dataclasses.dataclass
class Servers:
    """A PostgreSQL with a migrated template database, and a Redis."""

    settings: Settings
    """Names the template database; its roles' addresses hold for every clone."""

    def at(self, database: str) -> Settings:
        """Return the settings for another database of the same server, with the template's roles."""
        roles = {
            "DATABASE_APP_URL": in_database(self.settings.database_app_url, database),
            "DATABASE_DISPATCHER_URL": in_database(self.settings.database_dispatcher_url, database),
            "DATABASE_MAIL_URL": in_database(self.settings.database_mail_url, database),
        }
        return self.settings.with_database(in_database(self.settings.database_url, database), roles)


@dataclasses.dataclass
class CloneOfTemplate:
    """A database of a test's own, migrated and empty."""

    settings: Settings
    app: Database

    @property
    def owner_url(self) -> str:
        """Address of the owner: for looking at what the application can't see, never for acting."""
        return self.settings.database_url

    @property
    def app_url(self) -> str:
        """Address of the application's role."""
        return self.settings.database_app_url

    def owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """Connect as the owner, in a transaction that ends with the `with` block."""
        return psycopg.connect(self.owner_url)


def in_database(url: str, database: str) -> str:
    """Return a libpq address with another database's name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give a temporary folder that the account of an embedded server can reach, and remove it."""
    path = Path(tempfile.mkdtemp(prefix="apportion-tests-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextlib.contextmanager
def embedded() -> Iterator[Servers]:
    """Run the embedded servers in a folder of their own, the template migrated."""
    with folder() as home:
        settings = Settings.from_environment({"APPORTION_HOME": str(home / "home")})
        with servers.start(settings, scratch=True) as running:
            installation.set_up(running)
            yield Servers(running)


@contextlib.contextmanager
def external(worker: str) -> Iterator[Servers]:
    """Use the servers of TEST_DATABASE_URL and TEST_REDIS_URL, with a template database of this run's own."""
    name = f"apportion_test_{secrets.token_hex(4)}"
    admin = EXTERNAL["database"]
    # Each test process gets a Redis database of its own, because they empty it.
    number = int(worker.removeprefix("gw") or 0) if worker.startswith("gw") else 0
    parts = urlsplit(EXTERNAL["redis"])
    first = int(parts.path.strip("/") or 12)
    redis_url = urlunsplit(parts._replace(path=f"/{first + number}"))
    with folder() as home, psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            settings = Settings.from_environment(
                {
                    "APPORTION_HOME": str(home / "home"),
                    "DATABASE_URL": in_database(admin, name),
                    "REDIS_URL": redis_url,
                }
            )
            installation.set_up(settings)
            yield Servers(settings)
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            roles = connection.execute(
                "select rolname from pg_roles where rolname like 'apportion\\_%%\\_' || %s", [name]
            ).fetchall()
            for (role,) in roles:
                connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


@contextlib.contextmanager
def clone(template: Servers, files: Path) -> Iterator[CloneOfTemplate]:
    """Copy the template database, and drop the copy at the end."""
    name = f"test_{secrets.token_hex(6)}"
    source = urlsplit(template.settings.database_url).path.lstrip("/")
    with psycopg.connect(
        in_database(template.settings.database_url, "postgres"), autocommit=True
    ) as connection:
        connection.execute(
            # Copying files is a third quicker here than writing the copy into the log.
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(source)
            )
        )
        settings = dataclasses.replace(
            template.at(name),
            files=files / "files",
            mail_folder=files / "mail",
            home=files / "home",
            signed=files / "signed",
        )
        database = Database(settings.database_app_url)
        try:
            yield CloneOfTemplate(settings, database)
        finally:
            database.close()
            _drop(connection, name)


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Drop a test's database once the last connection to it is gone; a closed one takes a moment to go.

    The owner is no superuser, so it can't end the connections of other roles.
    """
    deadline = time.monotonic() + 10
    while True:
        try:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
