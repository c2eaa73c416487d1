"""`apportion facilitator create`: open a facilitator organization and invite its first person."""

from __future__ import annotations

import argparse

from apportion.commands import opening
from tenants import joining
from tenants.roles import ROLES_BY_KIND


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("facilitator", help="open a facilitator organization")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="open a facilitator organization and invite its first person")
    opening.add_options(create, roles=tuple(ROLES_BY_KIND["facilitator"]), role="FLD")
    create.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the organization and send the invitation."""
    return opening.open_and_invite(
        arguments,
        "facilitator",
        lambda database: joining.open_facilitator(database, name=arguments.name),
    )
