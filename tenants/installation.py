"""Set-up of a database: its roles, then its migrations. Safe to repeat."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

from tenants import rights
from tenants.settings import Settings, SettingsError, database_name, role_name

OLDEST_SERVER = 150000
LOGIN_ROLES = ("app", "dispatcher", "mail")
SILENT_ROLES = ("visitor", "support", "lookup", "closing")
"""`visitor` is entered by the application for readers with a link, `support` for the operator's person under
a support grant, `closing` to remove a district whose two stewards decided it and whose waiting time is over;
`lookup` owns the lookup functions."""
ENTERED_ROLES = ("visitor", "support", "closing")


def role_names(database: str) -> dict[str, str]:
    """Return the names of the roles that belong to a database."""
    return {role: role_name(role, database) for role in (*LOGIN_ROLES, *SILENT_ROLES)}


def set_up(settings: Settings) -> None:
    """Create the application's roles in the database that `settings` name, and migrate it.

    Raises:
        SettingsError: The server is too old, the owner may not create roles, or a named role is missing.
    """
    make_roles(settings)
    names = role_names(database_name(settings.database_url))
    with owning_lookups(settings.database_url, names["lookup"]):
        migrate(settings.database_url, names)


@contextlib.contextmanager
def owning_lookups(owner_url: str, lookup: str) -> Iterator[None]:
    """Let the owner hand functions over to the role `lookup`, and only for as long as that takes.

    A member of it would see what the lookup functions see.
    """
    role = sql.Identifier(lookup)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        try:
            yield
        finally:
            connection.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(role))


def make_roles(settings: Settings) -> None:
    """Create the roles, or bring their rights and passwords up to date."""
    database = database_name(settings.database_url)
    names = role_names(database)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise SettingsError("DATABASE_URL names a PostgreSQL older than 15.")
        # Roles belong to the server: two set-ups at once would trip over each other's catalogue rows.
        connection.execute("SELECT pg_advisory_lock(7240117002)")
        existing = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, name in names.items():
            connection.execute(
                sql.SQL("{} ROLE {} {} NOINHERIT NOCREATEDB NOCREATEROLE").format(
                    sql.SQL("ALTER") if name in existing else sql.SQL("CREATE"),
                    sql.Identifier(name),
                    sql.SQL("LOGIN") if role in LOGIN_ROLES else sql.SQL("NOLOGIN"),
                )
            )
        for role in ENTERED_ROLES:
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(names[role]), sql.Identifier(names["app"]))
            )
        for role in LOGIN_ROLES:
            address = make_url(getattr(settings, f"database_{role}_url"))
            given = address.username or ""
            target = sql.Identifier(names[role])
            if given == names[role]:
                password = sql.Literal(str(address.password or ""))
                connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(target, password))
            elif given in existing:
                # An account of the administrator's own acts through membership in the role.
                connection.execute(sql.SQL("GRANT {} TO {}").format(target, sql.Identifier(given)))
            else:
                raise SettingsError(
                    f"DATABASE_{role.upper()}_URL signs in as {given!r}, which does not exist."
                )
        allow_connections(connection, database, names)


def allow_connections(connection: psycopg.Connection, database: str, names: dict[str, str]) -> None:
    """Let the roles, and only them and the owner, into a database; staging tables need TEMPORARY."""
    place = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(place))
    for role in LOGIN_ROLES:
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(place, sql.Identifier(names[role]))
        )
    connection.execute(
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(place, sql.Identifier(names["app"]))
    )


def alembic_config(connection: Connection, names: dict[str, str]) -> Config:
    """Return Alembic's configuration for an open connection of the owner's."""
    found = importlib.util.find_spec("migrations")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("The package `migrations` is not installed.")
    config = Config()
    config.set_main_option("script_location", str(Path(found.submodule_search_locations[0])))
    config.attributes["connection"] = connection
    config.attributes["roles"] = names
    return config


def migrate(owner_url: str, names: dict[str, str], revision: str = "head") -> None:
    """Bring the database at `owner_url` to a revision, upwards or (with `base`) down to nothing.

    At the newest revision the application's role has the rights of `tenants.rights`, and no others.
    """
    url = make_url(owner_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        config = alembic_config(connection, names)
        if revision == "base":
            command.downgrade(config, "base")
        else:
            command.upgrade(config, revision)
    engine.dispose()
    if revision == "head":
        with psycopg.connect(owner_url) as owner:
            rights.apply(owner, names["app"])
