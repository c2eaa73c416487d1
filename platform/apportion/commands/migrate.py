"""`apportion migrate`: bring the database to this version's tables, roles and rights."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql

from apportion import servers
from tenants.settings import ROLES, Settings, database_name, role_name


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("migrate", help="bring the database to this version's tables and rights")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001 - every command is called with its arguments
    """Run the command."""
    with servers.start(Settings.from_environment(), say=print) as settings:
        migrate(settings)
    print("The database is up to date.")
    return 0


def migrate(settings: Settings) -> None:
    """Run the migrations as the owner and let the application's roles sign in.

    Args:
        settings: Names the owner's address and those of the roles.
    """
    command.upgrade(alembic_config(settings.database_url), "head")
    set_up_roles(settings)


def alembic_config(owner_url: str) -> Config:
    """Return Alembic's configuration for a database, wherever the product is installed."""
    spec = importlib.util.find_spec("migrations")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package `migrations` is not installed.")
    config = Config()
    config.set_main_option("script_location", str(Path(spec.origin).parent))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    config.attributes["owner_url"] = owner_url
    return config


def set_up_roles(settings: Settings) -> None:
    """Give the roles that the migrations made the passwords that `settings` signs in with.

    Where an address names an account of the administrator's own, that account is made a member of the role.
    """
    database = database_name(settings.database_url)
    addresses = {
        "app": settings.database_app_url,
        "dispatcher": settings.database_dispatcher_url,
        "mail": settings.database_mail_url,
    }
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        for role in ROLES:
            name = role_name(role, database)
            parts = urlsplit(addresses[role])
            user = unquote(parts.username or "")
            if user == name:
                statement = sql.SQL("alter role {} login password {}").format(
                    sql.Identifier(name), sql.Literal(unquote(parts.password or ""))
                )
            else:
                statement = sql.SQL("grant {} to {}").format(sql.Identifier(name), sql.Identifier(user))
            connection.execute(statement)
