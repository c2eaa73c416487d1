"""`apportion run`: the whole platform on one machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import fcntl
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from sqlalchemy import select

from apportion import servers, supervisor
from apportion.demonstration import story
from apportion.demonstration.people import LEAD
from apportion.mail import views as mail
from tenants import installation, lookups
from tenants.database import Database
from tenants.organizations import Organization
from tenants.scope import Scope
from tenants.settings import Settings


def configure(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("run", help="run everything on this machine until Ctrl-C")
    parser.add_argument(
        "--empty",
        action="store_true",
        help="do not load the invented demonstration districts into an empty database",
    )
    parser.set_defaults(run=run)


PORTS_TRIED = 50
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _StopError(BaseException):
    """A signal asked the platform to stop."""


def run(arguments: argparse.Namespace) -> int:
    """Run until a signal; a second start in the same folder is refused."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a signal handler
        # A second Ctrl-C must not tear down half-way what the first one is stopping in order.
        for later in _SIGNALS:
            signal.signal(later, signal.SIG_IGN)
        raise _StopError

    for number in _SIGNALS:
        signal.signal(number, stop)
    settings = Settings.from_environment()
    try:
        with _only_one(settings.home), servers.start(settings, say=_say) as with_servers:
            _say("Bringing the database up to date.")
            installation.set_up(with_servers)
            if not arguments.empty and not settings.production:
                _load_demonstration(with_servers)
            chosen = _with_port(with_servers)
            with supervisor.running(chosen, log=settings.home / "platform.log", say=_say) as processes:
                _say("")
                _say(f"Apportion: {chosen.base_url}")
                _say_sign_ins(chosen)
                if mail.serves(chosen):
                    _say(f"Mail is not sent; it lies at {chosen.base_url}/mail/")
                _say(f"Log: {settings.home / 'platform.log'}. Stop with Ctrl-C.")
                processes.watch()
    except _StopError:
        _say("Stopped.")
    return 0


def _load_demonstration(settings: Settings) -> None:
    """Load the invented districts where there is no organization, or finish a load that was stopped."""
    begun = settings.home / "demonstration-begun"
    with _opened(settings) as database, database.transaction(Scope.for_operator()) as session:
        empty = session.scalar(select(Organization.id).limit(1)) is None
    if not empty and not begun.exists():
        return
    begun.touch()
    _say("Loading the demonstration: five invented districts. This takes a minute, once.")
    story.load(settings, _say)
    begun.unlink()


def _say_sign_ins(settings: Settings) -> None:
    """Print who can sign in to the demonstration, where it is loaded."""
    with _opened(settings) as database:
        if lookups.person_by_address(database, LEAD.address) is None:
            return
    story.announce(settings, _say)


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_app_url)
    try:
        yield database
    finally:
        database.close()


def _say(text: str) -> None:
    print(text, flush=True)


def _with_port(settings: Settings) -> Settings:
    """Return settings with a free port, or the one that APPORTION_PORT names, and its address."""
    port = settings.port
    if not settings.port_is_set:
        tried = range(port, port + PORTS_TRIED)
        port = next((one for one in tried if servers.free_port(one) == one), servers.free_port())
    unnamed = settings.base_url == Settings.base_url
    # Browsers make passkeys for a name, never for a number.
    base_url = f"http://localhost:{port}" if unnamed else settings.base_url
    return dataclasses.replace(settings, port=port, base_url=base_url)


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            raise servers.ServersError(
                f"Apportion already runs on the data in {home}. Stop it, or choose another APPORTION_HOME."
            ) from failure
        yield
