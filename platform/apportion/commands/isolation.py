"""`apportion isolation prove`: try to see what is not one's own, on a platform that runs."""

from __future__ import annotations

import argparse
import json
import sys

from apportion import servers
from apportion.proof import proving
from tenants.settings import Settings


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("isolation", help="prove that nobody sees what is not theirs")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    prove = commands.add_parser(
        "prove", help="try tables, routes, cells of the matrix over HTTP, and places outside of rows"
    )
    prove.add_argument("--json", action="store_true", help="print the counts and findings as JSON")
    prove.add_argument(
        "--base-url",
        metavar="URL",
        help="try the platform at this address, where its settings are in the environment; the proof makes"
        " districts of its own there and puts them away (default: a platform of its own, gone afterwards)",
    )
    prove.add_argument(
        "--sample",
        type=_number,
        default=proving.CELLS,
        metavar="N",
        help=f"try so many cells, the empty ones first (default {proving.CELLS})",
    )
    prove.add_argument("--seed", type=int, default=1, metavar="S", help="draws the cells (default 1)")
    prove.add_argument("--all", action="store_true", help="try every cell through every route")
    prove.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prove: 0 when nothing answers wrongly, 1 when something does."""
    number = None if arguments.all else arguments.sample
    if arguments.base_url is None:
        with proving.own_platform(_say) as (settings, scratch):
            proof = proving.prove(
                settings, settings.base_url, number=number, seed=arguments.seed, scratch=scratch, say=_say
            )
    else:
        settings = Settings.from_environment()
        if not (settings.database_url and settings.redis_url):
            settings = servers.attach(settings)
        proof = proving.prove(
            settings, arguments.base_url, number=number, seed=arguments.seed, scratch=None, say=_say
        )
    print(json.dumps(proof.as_json(), indent=2) if arguments.json else proving.in_words(proof))
    return 0 if proof.holds else 1


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of cells; expected 1 or more")
    return number


def _say(text: str) -> None:
    # What is under way goes beside the result, which programs read.
    print(text, file=sys.stderr, flush=True)
