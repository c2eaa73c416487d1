"""The platform as it runs for people: web, dispatcher and workers as processes."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from apportion import servers, supervisor
from tenants.settings import Settings
from tests.support.platform import CloneOfTemplate


@dataclasses.dataclass(frozen=True)
class LivePlatform:
    """A running platform and the database behind it."""

    base_url: str
    database: CloneOfTemplate
    """For making districts and people; what is tested goes through `base_url`."""
    settings: Settings
    log: Path


@contextlib.contextmanager
def live(database: CloneOfTemplate) -> Iterator[LivePlatform]:
    """Run the platform on a test's database, on a free port."""
    port = servers.free_port()
    # Redis database 1: a test that empties database 0 must not take a live platform's messages along.
    redis_url = urlunsplit(urlsplit(database.settings.redis_url)._replace(path="/1"))
    settings = dataclasses.replace(
        database.settings,
        port=port,
        port_is_set=True,
        base_url=f"http://127.0.0.1:{port}",
        redis_url=redis_url,
        web_processes=1,
        web_threads=8,
        retry_seconds=1,
    )
    settings.home.mkdir(parents=True, exist_ok=True)
    log = settings.home / "platform.log"
    with supervisor.running(settings, log=log):
        yield LivePlatform(settings.base_url, dataclasses.replace(database, settings=settings), settings, log)
