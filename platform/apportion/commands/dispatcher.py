"""`apportion dispatcher`: hands out jobs and carries mail."""

from __future__ import annotations

import argparse

from apportion.commands import children
from workers.processes import run_dispatcher


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("dispatcher", help="hand out jobs and carry mail")
    children.add_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Hand out until told to stop."""
    settings = children.settings()
    children.watch(arguments)
    return run_dispatcher(settings)
