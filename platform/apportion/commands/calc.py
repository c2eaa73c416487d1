"""`apportion calc`: one calculation of school finance from a JSON document; needs no database."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from apportion.calculating import faults_told
from tenants.language import render_within
from workers.finance.calculation import InputFaultsError, read_document
from workers.finance.catalogue import CALCULATIONS


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("calc", help="compute by a rule of school finance, from JSON to JSON")
    parser.add_argument(
        "name", choices=sorted(CALCULATIONS), metavar="NAME", help=", ".join(sorted(CALCULATIONS))
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--input", metavar="FILE", help="the input document; - reads standard input")
    what.add_argument("--schema", action="store_true", help="print the JSON Schema of input and output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command: 0 with the answer printed, 1 with the faults of the input, 2 for a wrong call."""
    calculation = CALCULATIONS[arguments.name]
    if arguments.schema:
        print(json.dumps(calculation.schema(), indent=2, ensure_ascii=False))
        return 0
    if arguments.input != "-" and not Path(arguments.input).is_file():
        print(f"apportion calc: there is no file {arguments.input}", file=sys.stderr)
        return 2
    text = sys.stdin.buffer.read() if arguments.input == "-" else Path(arguments.input).read_bytes()
    try:
        answer = calculation.answer(read_document(text))
    except InputFaultsError as refused:
        _print({"errors": faults_told(refused, "en")})
        return 1
    _print(render_within(answer, "en"))
    return 0


def _print(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))
