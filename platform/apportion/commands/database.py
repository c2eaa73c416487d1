"""`apportion database url`: the address of the database, for psql and for backups."""

from __future__ import annotations

import argparse

from apportion import servers
from tenants.settings import Settings


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("database", help="print the database's address")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    url = commands.add_parser("url", help="print a libpq connection string")
    url.add_argument(
        "--role",
        choices=["app", "owner"],
        default="app",
        help="role to sign in as; owner migrates, app serves",
    )
    url.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the address as libpq reads it."""
    settings = Settings.from_environment()
    if not settings.database_url:
        settings = servers.attach(settings)
    print(settings.database_url if arguments.role == "owner" else settings.database_app_url)
    return 0
