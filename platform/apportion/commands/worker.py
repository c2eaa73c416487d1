"""`apportion worker`: a process that runs jobs."""

from __future__ import annotations

import argparse

from apportion.commands import children
from workers.kinds import WORKERS


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("worker", help="run jobs")
    parser.add_argument(
        "--group",
        choices=sorted(WORKERS),
        default="heavy",
        help="heavy: imports and analyses; light: prints and small jobs, which never wait behind an import",
    )
    parser.add_argument("--burst", action="store_true", help="stop when there is nothing to do")
    children.add_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run jobs until told to stop."""
    from workers.processes import run_worker  # noqa: PLC0415 - brings in every kind of job

    settings = children.settings()
    children.watch(arguments)
    return run_worker(settings, arguments.group, burst=arguments.burst)
