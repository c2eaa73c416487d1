"""`apportion tour`: the whole main job over HTTP, on a platform of its own or a running one."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from apportion import servers, supervisor
from apportion.tour import story
from apportion.tour.visitor import TourError
from tenants import installation
from tenants.settings import Settings

ADA = re.compile(r"(?:(?P<year>\d{4}-\d{2})=)?(?P<number>\d+(?:\.\d{1,2})?)")


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "tour", help="run the whole main job over HTTP and leave the plan, its figures and a report"
    )
    parser.add_argument(
        "--ledger", nargs="+", action="extend", required=True, type=Path, metavar="FILE", help="ledger files"
    )
    parser.add_argument("--district", required=True, metavar="NAME", help="name of the district")
    parser.add_argument(
        "--ada",
        nargs="+",
        action="extend",
        default=[],
        type=_ada,
        metavar="[YEAR=]NUMBER",
        help="daily attendance, as 2024-25=812.34 or one number for every year (default: the file's)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--base-url",
        metavar="URL",
        help="use the platform at this address, where its settings are in the environment, because the"
        " operator opens the districts (default: a platform of its own, gone afterwards)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the tour: 0 when every step holds, 1 when one does not, 2 when the call is wrong."""
    for path in arguments.ledger:
        if not path.is_file():
            print(f"apportion tour: there is no file {path}", file=sys.stderr)
            return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    order = story.Order(
        ledgers=tuple(path.resolve() for path in arguments.ledger),
        district=arguments.district,
        ada=dict(arguments.ada),
        out=arguments.out.resolve(),
    )
    try:
        with _platform(arguments.base_url, order.out) as (base_url, environment):
            story.tell(order, base_url, environment, lambda text: print(text, flush=True))
    except TourError as failure:
        print(f"The tour stops here. {failure}", file=sys.stderr)
        return 1
    print(f"Every step holds. {order.out} has plan.pdf, plan.json, comments.json and tour.json.")
    return 0


def _ada(text: str) -> tuple[str, str]:
    found = ADA.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no attendance; expected 812.34 or 2024-25=812.34")
    return found["year"] or "", found["number"]


@contextlib.contextmanager
def _platform(base_url: str | None, out: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the platform's address and the variables with which the operator's commands reach it."""
    if base_url is not None:
        yield base_url.rstrip("/"), dict(os.environ)
        return
    others = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("APPORTION_", "DATABASE_", "REDIS_"))
    }
    with tempfile.TemporaryDirectory(prefix="apportion-tour-") as folder:
        # The account that PostgreSQL runs as, when root starts it, has to get through.
        Path(folder).chmod(0o711)
        settings = Settings.from_environment({"APPORTION_HOME": str(Path(folder) / "home")})
        with servers.start(settings, say=print) as running:
            installation.set_up(running)
            port = servers.free_port()
            ours = dataclasses.replace(
                running, port=port, port_is_set=True, base_url=f"http://127.0.0.1:{port}", web_processes=1
            )
            with supervisor.running(ours, log=out / "platform.log", say=print):
                yield ours.base_url, others | ours.to_environment()
