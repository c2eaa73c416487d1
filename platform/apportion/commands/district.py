"""`apportion district`: open a district, take its account out, let one move in."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from apportion.commands import districts, opening
from tenants import joining
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.language import render
from tenants.roles import ROLES_BY_KIND
from workers.account import arrival, leaving
from workers.account.checking import DamagedArchiveError


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("district", help="open a district, take it out, let it move in")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="open a district and invite its first steward")
    create.add_argument(
        "--cds-code",
        required=True,
        help="county-district-school code, 14 digits",
    )
    opening.add_options(create, roles=tuple(ROLES_BY_KIND["district"]), role="SUP")
    create.set_defaults(run=run)
    export = commands.add_parser(
        "export",
        help="write the whole account of a district into one file",
        description="Carries out an export that two stewards approved in Settings, Export and leave, within "
        "the last week. An invented district needs nobody's leave. The act is recorded where the district "
        "reads it.",
    )
    export.add_argument("--district", required=True, metavar="CDS|NUMBER", help="which district")
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="the file to write")
    export.set_defaults(run=run_export)
    arriving = commands.add_parser(
        "import",
        help="make a district of an account that was exported elsewhere",
        description="Checks the whole archive first and saves all of it or nothing.",
    )
    arriving.add_argument("--archive", required=True, type=Path, metavar="FILE", help="the archive")
    arriving.set_defaults(run=run_import)


def run(arguments: argparse.Namespace) -> int:
    """Open the district and send the invitation."""
    return opening.open_and_invite(
        arguments,
        "district",
        lambda database: joining.open_district(database, name=arguments.name, cds_code=arguments.cds_code),
    )


def run_export(arguments: argparse.Namespace) -> int:
    """Write the archive."""
    settings = districts.settings()
    with contextlib.closing(Database(settings.database_app_url, pool_size=1)) as database:
        found = districts.chosen(database, arguments.district)
    if not found or len(found) > 1:
        print(f"There is no district {arguments.district} here.", file=sys.stderr)
        return 1
    try:
        manifest = leaving.write_for_operator(settings, found[0].id, arguments.out)
    except NotPossibleError as refusal:
        print(render(refusal.said, "en"), file=sys.stderr)
        return 1
    rows = sum(table["rows"] for table in manifest["tables"])
    record = manifest["record_of_activity"]
    print(f"{arguments.out}: {found[0].name}, {rows:,} rows and {len(manifest['files']):,} files.")
    print(f"Record of activity: {record['entries']:,} entries, head {record['head']}.")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Let a district move in."""
    settings = districts.settings()
    if not arguments.archive.is_file():
        print(f"There is no file {arguments.archive}.", file=sys.stderr)
        return 1
    try:
        arrived = arrival.move_in(settings, arguments.archive)
    except DamagedArchiveError as refusal:
        print(f"{arguments.archive} was refused, and nothing of it was saved. {refusal}", file=sys.stderr)
        return 1
    except NotPossibleError as refusal:
        print(render(refusal.said, "en"), file=sys.stderr)
        return 1
    print(
        f"{arrived.name} is here (number {arrived.district_id}): {arrived.rows:,} rows, {arrived.files:,} "
        f"files, {arrived.people:,} people, {arrived.known_people:,} of them known here already."
    )
    print(f"The record of activity is unbroken up to the head that came along: {arrived.head}")
    print(
        "Whoever is new sets a password: sign-in page, address, 'Set a new password by mail'. "
        "Facilitators are let in anew."
    )
    return 0
