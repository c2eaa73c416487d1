"""The `apportion` command."""

from __future__ import annotations

import argparse
import importlib
import sys

from apportion.servers import ServersError
from tenants.settings import SettingsError

COMMANDS = {
    "run": "apportion.commands.run",
    "serve": "apportion.commands.serve",
    "worker": "apportion.commands.worker",
    "dispatcher": "apportion.commands.dispatcher",
    "migrate": "apportion.commands.migrate",
    "database": "apportion.commands.database",
    "calc": "apportion.commands.calc",
    "ledger": "apportion.commands.ledger",
    "tour": "apportion.commands.tour",
    "isolation": "apportion.commands.isolation",
    "district": "apportion.commands.district",
    "activity": "apportion.commands.activity",
    "facilitator": "apportion.commands.facilitator",
    "operator": "apportion.commands.operator",
    "demo": "apportion.commands.demo",
}
"""Each command's module, which has `configure(subparsers)` and `run(arguments) -> int`."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status: 0 done, 1 refused, 2 wrong usage."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="apportion", description="School districts find the money for what matters."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    # Only the module of the command that was asked for is imported: `ledger check` needs no web server.
    wanted = [COMMANDS[given[0]]] if given and given[0] in COMMANDS else list(COMMANDS.values())
    for name in wanted:
        importlib.import_module(name).configure(subparsers)
    chosen = parser.parse_args(given)
    try:
        status: int = chosen.run(chosen)
    except (ServersError, SettingsError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
