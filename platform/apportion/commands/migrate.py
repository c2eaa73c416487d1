"""`apportion migrate`: bring the database to this version's tables, roles and rights."""

from __future__ import annotations

import argparse

from apportion import servers
from tenants.installation import set_up
from tenants.settings import Settings


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
    """Create or update the application's roles as the owner, then run the migrations.

    Args:
        settings: Names the owner's address and those of the roles.
    """
    set_up(settings)
