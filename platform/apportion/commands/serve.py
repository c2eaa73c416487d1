"""`apportion serve`: the web server."""

from __future__ import annotations

import argparse
from typing import Any

from gunicorn.app.base import BaseApplication

from apportion.commands import children
from tenants.settings import Settings


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("serve", help="serve the pages and the API")
    children.add_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    settings = children.settings()
    children.watch(arguments)
    _Server(settings).run()
    return 0


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """Gunicorn with its options from our settings; each web process makes an application of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        options = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": self.settings.web_processes,
            "worker_class": "gthread",
            "threads": self.settings.web_threads,
            "timeout": 120,
            "graceful_timeout": 5,
            "proc_name": "apportion",
            "errorlog": "-",
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application."""
        from apportion.app import create_app  # noqa: PLC0415 - in the web process, after the fork

        return create_app(self.settings)
