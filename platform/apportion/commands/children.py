"""What web, worker and dispatcher share: their settings, and ending together with the supervisor."""

from __future__ import annotations

import argparse
import os
import signal
import threading

from apportion import servers
from tenants import logs
from tenants.settings import Settings


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that the supervisor passes to its children."""
    parser.add_argument(
        "--until-input-ends",
        action="store_true",
        help="stop when standard input is closed, as a supervisor does",
    )


def settings() -> Settings:
    """Read the settings; embedded servers must already run, because a child may not own them.

    What the process writes into its log is cleaned from here on.
    """
    logs.protect()
    found = Settings.from_environment()
    if found.database_url and found.redis_url:
        return found
    return servers.attach(found)


def watch(arguments: argparse.Namespace) -> None:
    """Stop this process when the supervisor is gone, however it went."""
    if not arguments.until_input_ends:
        return

    def wait() -> None:
        # Not through sys.stdin: its lock, held here, would stop the interpreter from ending.
        while os.read(0, 1024):
            pass
        # To the main thread: taken by this one, the signal would leave that one asleep in its system call.
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor-watch", daemon=True).start()
