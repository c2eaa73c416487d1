"""Fixtures that all tests share: real servers, a migrated database for each test, a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis as redis_client

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.support.browser import Browser, Page
    from tests.support.live import LivePlatform
    from tests.support.platform import CloneOfTemplate, Servers

# The tests' own settings are the only ones: a developer's shell must not reach them.
for _name in [name for name in os.environ if name.startswith(("APPORTION_", "DATABASE_"))]:
    del os.environ[_name]
os.environ.pop("REDIS_URL", None)

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat tests marked `external` against the servers that TEST_DATABASE_URL and TEST_REDIS_URL name."""
    if "server_kind" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker("external") is not None
    if marked and os.environ.get("TEST_DATABASE_URL") and os.environ.get("TEST_REDIS_URL"):
        metafunc.parametrize("server_kind", ["embedded", "external"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def server_kind(request: pytest.FixtureRequest) -> str:
    """Name the servers that a test runs on: `embedded`, or `external` for marked tests."""
    kind: str = getattr(request, "param", "embedded")
    return kind


@pytest.fixture(scope="session")
def embedded_servers() -> Iterator[Servers]:
    """Run the embedded servers for the whole session."""
    from tests.support.once import work_out_once
    from tests.support.platform import embedded

    work_out_once()
    with embedded() as running:
        yield running


@pytest.fixture(scope="session")
def external_servers() -> Iterator[Servers]:
    """Use the servers that TEST_DATABASE_URL and TEST_REDIS_URL name."""
    from tests.support.once import work_out_once
    from tests.support.platform import external

    work_out_once()
    with external(os.environ.get("PYTEST_XDIST_WORKER", "")) as running:
        yield running


@pytest.fixture(scope="session")
def servers(server_kind: str, request: pytest.FixtureRequest) -> Servers:
    """Give a PostgreSQL with a migrated template database, and a Redis."""
    running: Servers = request.getfixturevalue(f"{server_kind}_servers")
    return running


@pytest.fixture
def database(servers: Servers, tmp_path: Path) -> Iterator[CloneOfTemplate]:
    """Give a migrated, empty database of the test's own; `.app` signs in as the application's role."""
    from tests.support.platform import clone

    with clone(servers, tmp_path) as copy:
        yield copy


@pytest.fixture(scope="module")
def shared_database(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloneOfTemplate]:
    """Give a migrated database that the tests of one module share."""
    from tests.support.platform import clone

    with clone(servers, tmp_path_factory.mktemp("shared")) as copy:
        yield copy


@pytest.fixture
def redis(servers: Servers) -> Iterator[redis_client.Redis]:
    """Give an empty Redis."""
    client = redis_client.Redis.from_url(servers.settings.redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def app(database: CloneOfTemplate) -> Iterator[Flask]:
    """Give the application on the test's own database; its connections end with the test."""
    from apportion.app import create_app

    made = create_app(database.settings)
    made.config.update(TESTING=True)
    yield made
    held = made.extensions["apportion"]
    held.database.close()
    held.redis.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a client of the application, signed in as nobody."""
    return app.test_client()


@pytest.fixture
def strong_passwords(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash passwords as the product does, which elsewhere would only cost seconds."""
    from tenants import passwords
    from tests.support.once import AS_SHIPPED

    monkeypatch.setattr(passwords, "HASHER", AS_SHIPPED)
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture(scope="session")
def live_platform(
    embedded_servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LivePlatform]:
    """Run web, worker and dispatcher as processes on a database of their own, for the whole session."""
    from tests.support.live import live
    from tests.support.platform import clone

    with clone(embedded_servers, tmp_path_factory.mktemp("live")) as copy, live(copy) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Run the machine's Chromium; a test that needs it fails where there is none."""
    from tests.support.browser import chromium as run

    with run() as running:
        yield running


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page in a browser context of its own; keywords go to the context.

    A script error or a refused resource on any of these pages fails the test.
    """
    from tests.support.browser import pages

    with pages(chromium) as opener:
        yield opener


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of public filings; skip where a checkout has none beside it."""
    if not REAL_DATA.is_dir():
        pytest.skip("the public filings are not here: expected ../shared/data beside the repository")
    return REAL_DATA
