"""`apportion district create`: open a district and invite its first steward."""

from __future__ import annotations

import argparse

from apportion.commands import opening
from tenants import joining
from tenants.roles import ROLES_BY_KIND


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("district", help="open a district")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="open a district and invite its first steward")
    create.add_argument(
        "--cds-code",
        required=True,
        help="county-district-school code, 14 digits",
    )
    opening.add_options(create, roles=tuple(ROLES_BY_KIND["district"]), role="SUP")
    create.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the district and send the invitation."""
    return opening.open_and_invite(
        arguments,
        "district",
        lambda database: joining.open_district(database, name=arguments.name, cds_code=arguments.cds_code),
    )
