"""How long the embedded servers and a test's database take."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from apportion import servers
from tenants.settings import Settings
from tests.support.platform import Servers, clone, folder


def test_servers_start(measured: Callable[..., None]) -> None:
    with folder() as home:
        settings = Settings.from_environment({"APPORTION_HOME": str(home / "home")})
        for what in ("servers, first start", "servers, second start"):
            begun = time.monotonic()
            with servers.start(settings):
                measured(what, time.monotonic() - begun, "s")


def test_database_of_a_test(embedded_servers: Servers, tmp_path: Path, measured: Callable[..., None]) -> None:
    begun = time.monotonic()
    for _ in range(5):
        with clone(embedded_servers, tmp_path):
            pass
    measured("a test's database", (time.monotonic() - begun) / 5, "s")
