"""`apportion demo load`: the invented demonstration cohort."""

from __future__ import annotations

import argparse
import sys

from apportion import servers
from apportion.demonstration import story
from apportion.demonstration.loading import DemonstrationError
from tenants.settings import Settings


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("demo", help="the invented demonstration cohort")
    acts = parser.add_subparsers(required=True, metavar="ACT")
    load = acts.add_parser(
        "load", help="load five invented districts and their facilitator, or what is missing of them"
    )
    load.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001 - the shape of a command
    """Load the demonstration; loading it again changes nothing."""
    settings = Settings.from_environment()
    if not (settings.database_url and settings.redis_url):
        settings = servers.attach(settings)
    try:
        story.load(settings, _say)
    except (story.NotInProductionError, DemonstrationError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    story.announce(settings, _say)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)
