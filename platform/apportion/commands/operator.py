"""`apportion operator create`: open the operator's own organization and invite its first person."""

from __future__ import annotations

import argparse

from apportion.commands import opening
from tenants import joining
from tenants.roles import ROLES_BY_KIND


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("operator", help="open the organization of those who run the platform")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="open it and invite its first person to the console")
    opening.add_options(create, roles=tuple(ROLES_BY_KIND["operator"]), role="PAD")
    create.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the organization and send the invitation."""
    return opening.open_and_invite(
        arguments, "operator", lambda database: joining.open_operator(database, name=arguments.name)
    )
