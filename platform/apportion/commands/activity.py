"""`apportion activity verify`: walk along the records of activity and name the first broken link."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import Any

from apportion.commands import districts
from tenants import chain, signing
from tenants.database import Database
from tenants.language import render
from tenants.settings import Settings
from workers.account import heads


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("activity", help="the record of what people did")
    acts = parser.add_subparsers(required=True, metavar="ACT")
    verify = acts.add_parser(
        "verify",
        help="check that no entry was changed, removed, put in or moved",
        description="Compares each entry with its hash, with the one before, and with the heads that were "
        "signed and kept in the folder APPORTION_SIGNED. Exit status: 0 unbroken, 1 broken.",
    )
    verify.add_argument(
        "--district", default="all", metavar="CDS|NUMBER|all", help="which district (default all)"
    )
    verify.add_argument("--json", action="store_true", help="print one JSON document")
    verify.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify; 0 when every chain is whole."""
    settings = districts.settings()
    with contextlib.closing(
        Database(settings.database_app_url, pool_size=2, statement_timeout=3600)
    ) as database:
        chosen = districts.chosen(database, arguments.district)
        if chosen is None:
            print(f"There is no district {arguments.district} here.", file=sys.stderr)
            return 1
        found = [_verify(settings, database, each) for each in chosen]
    whole = all(each["unbroken"] for each in found)
    if arguments.json:
        print(json.dumps({"unbroken": whole, "districts": found}, indent=1))
        return 0 if whole else 1
    for each in found:
        print(f"{each['cds_code']} {each['name']}: {each['said']}")
        if each["signed"]:
            signed = each["signed"]
            print(f"  fits the head that was signed on {signed['day']}, entry {signed['entries']}")
    return 0 if whole else 1


def _verify(settings: Settings, database: Database, district: districts.Known) -> dict[str, Any]:
    common = {"number": district.id, "cds_code": district.cds_code, "name": district.name}
    try:
        found = heads.verify(settings, database, district.id)
    except signing.NotSignedError as fault:
        return {
            **common,
            "unbroken": False,
            "entries": 0,
            "head": "",
            "broken_at": None,
            "fault": "foreign_head",
            "signed": None,
            "said": f"A kept head is not this platform's, so nothing can be compared with it: {fault}.",
        }
    return {
        **common,
        "unbroken": found.whole,
        "entries": found.entries,
        "head": found.head,
        "broken_at": found.broken_at,
        "fault": found.fault,
        "signed": {"day": found.signed.day, "entries": found.signed.sequence} if found.signed else None,
        "said": render(chain.said(found), "en"),
    }
