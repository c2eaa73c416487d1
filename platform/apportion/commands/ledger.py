"""`apportion ledger check`: read ledger files and say what is in them; needs no database."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tenants.language import render
from workers.imports.ledger import mapping as mappings
from workers.imports.ledger.dataset import Reading
from workers.imports.ledger.findings import RefusedFileError
from workers.imports.ledger.reader import compare_pairs, compare_years, read
from workers.imports.ledger.report import file_document

MAPPING_HELP = """The mapping is a JSON object of field to column heading, with the fiscal year, period and
column either as headings or as values, and where needed the way the table is written:

  {"fund": "Fund", "resource": "Resource", "goal": "Goal", "function": "Function", "object": "Object",
   "amount": "Amount", "fiscal_year": "2024-25", "period": "A", "column": "BA", "cds_code": "38684780000000",
   "delimiter": ";", "encoding": "utf-16", "thousands": ",", "negatives": "parentheses", "total_rows": true}

Fields: account (19 characters) or fund, resource, goal, function, object; project_year,
school, amount or debit and credit, description, party, flag, fiscal_year, period, column,
cds_code."""


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("ledger", help="look at ledger files")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser(
        "check",
        help="check ledger files: layout, counts, codes, technical review, totals",
        epilog=MAPPING_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    check.add_argument("--json", action="store_true", help="print one JSON document")
    check.add_argument(
        "--mapping", type=Path, metavar="FILE", help="names the columns of a plain CSV or XLSX"
    )
    check.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command: 0 when every file is accepted, 1 when one is rejected, 2 when the call is wrong."""
    for path in (*arguments.files, *([arguments.mapping] if arguments.mapping else [])):
        if not path.is_file():
            print(f"apportion ledger check: there is no file {path}", file=sys.stderr)
            return 2
    mapping = None
    if arguments.mapping:
        try:
            mapping = mappings.from_text(arguments.mapping.read_text(encoding="utf-8"))
        except (RefusedFileError, UnicodeDecodeError) as refusal:
            print(f"apportion ledger check: {_why(refusal)}", file=sys.stderr)
            return 2
    readings = [read(path, mapping=mapping) for path in arguments.files]
    compare_years(readings)
    compare_pairs(readings)
    if arguments.json:
        print(json.dumps({"files": [file_document(reading) for reading in readings]}, indent=1))
    else:
        for reading in readings:
            _say(reading)
    return 0 if all(reading.accepted for reading in readings) else 1


def _why(refusal: Exception) -> str:
    if isinstance(refusal, RefusedFileError):
        finding = refusal.finding
        return f"{render(finding.message, 'en')} Found {finding.found}; expected {finding.expected}."
    return "the mapping is not written in UTF-8"


def _say(reading: Reading) -> None:
    """Print a file for a person."""
    document: dict[str, Any] = file_document(reading)
    verdict = "accepted" if reading.accepted else "REJECTED"
    print(
        f"{reading.name}: {verdict} ({reading.layout or 'unknown layout'}, {reading.physical_lines:,} lines)"
    )
    for dataset in document["datasets"]:
        who = dataset["entity"] or dataset["cds_code"] or "no agency named"
        print(
            f"  {dataset['fiscal_year']} {dataset['period']} {dataset['column']}, {who}: "
            f"{dataset['lines']:,} lines"
        )
        if dataset["ada"]:
            print(f"    average daily attendance (P-2): {dataset['ada']['p2'] or 'not stated'}")
        print(f"    {'fund':4} {'revenues':>20} {'spending and uses':>20} {'of it unrestricted':>20}")
        for fund, totals in dataset["funds"].items():
            figures = ("revenues", "expenditures_and_uses", "unrestricted_expenditures_and_uses")
            print(f"    {fund:4} " + " ".join(f"{totals[figure]:>20}" for figure in figures))
    for finding in document["findings"]:
        place = f" line {finding['line']}" if finding["line"] else ""
        seen = f" Found {finding['found']}; expected {finding['expected']}." if finding["found"] else ""
        print(f"  {finding['severity']}: {finding['rule']}{place}: {finding['message']}{seen}")
