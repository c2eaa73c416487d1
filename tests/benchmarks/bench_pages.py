"""District home and reader page beside an empty page of the same application, and with many more rows."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator

import flask
import pytest
from sqlalchemy import event, text

from apportion.app import create_app
from apportion.routing import SIGNED_IN, Area
from tenants.files import FileStore
from tenants.scope import Scope
from tests.support import filings
from tests.support.acting import Acting, make_token
from tests.support.factories import make_district, make_member, scope_of
from tests.support.ledgers import small_export, store, store_file
from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, published
from workers import studies

TURNS = 25
FILLING = (
    """INSERT INTO comment_thread (district_id, plan_id, version_id, about, audience)
    SELECT :d, :plan, :version, 'plan', 'public' FROM generate_series(1, :n)""",
    """INSERT INTO comment (district_id, thread_id, official, author_name, language, text)
    SELECT :d, id, false, 'Reader', 'en', 'What about summer?' FROM comment_thread
    WHERE district_id = :d AND id NOT IN (SELECT thread_id FROM comment WHERE district_id = :d)""",
    """INSERT INTO job (district_id, kind, queue, parameters, idempotency_key, state, requested_by,
        requested_in, finished_at)
    SELECT :d, 'run_analyses', 'analyses', '{}', random()::text, 'done', :person, :d, now()
    FROM generate_series(1, :n)""",
)
LEDGER = [
    ("0100000000000008011", "9000000.00"),
    ("0100000000000009791", "2000000.00"),
    ("0100000000000009789", "600000.00"),
    ("0100000111010001100", "6000000.00"),
    ("0100000111010003101", "1100000.00"),
    ("0100000000072005800", "1500000.00"),
]
empty = Area("bench", __name__)


@empty.get("/d/<int:district_id>/empty", permission=SIGNED_IN)
def page(district_id: int) -> str:
    """Render the frame around nothing."""
    return flask.render_template_string("{% extends 'frame.html' %}")


@pytest.fixture
def app(database: CloneOfTemplate) -> Iterator[flask.Flask]:
    made = create_app(database.settings)
    made.register_blueprint(empty)
    yield made
    made.extensions["apportion"].database.close()


@contextlib.contextmanager
def statements(app: flask.Flask) -> Iterator[list[str]]:
    """Collect the statements that the application sends."""
    sent: list[str] = []
    engine = app.extensions["apportion"].database.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def times(pages: dict[str, Callable[[], int]]) -> dict[str, float]:
    """Return the median milliseconds of each page, in turn, so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(TURNS):
        for name, ask in pages.items():
            begun = time.perf_counter()
            assert ask() == 200, name
            taken[name].append((time.perf_counter() - begun) * 1000)
    return {name: statistics.median(found) for name, found in taken.items()}


def fill(database: CloneOfTemplate, made: Published, rows: int) -> None:
    """Give the district so many comments, jobs, findings and acts."""
    values = {
        "d": made.district.id,
        "n": rows,
        "plan": made.plan_id,
        "version": made.version_id,
        "person": made.official.id,
    }
    with database.app.transaction(Scope.for_upkeep(made.district.id)) as session:
        for statement in FILLING:
            names = {name for name in values if f":{name}" in statement}
            session.execute(text(statement), {name: values[name] for name in names})


def test_pages(database: CloneOfTemplate, app: flask.Flask, measured: Callable[..., None]) -> None:
    made = published(database)
    cbo = make_member(database, made.district, "CBO")
    for year in ("2023-24", "2024-25"):
        content = small_export(LEDGER, year)
        files = FileStore(database.settings.files)
        store(database.app, files, made.district.id, cbo.id, f"{year}.dat", content)
    with database.app.transaction(scope_of(database.app, cbo, made.district.id)) as session:
        for name in studies.NAMES:
            studies.answer(session, made.district.id, name)
    acting = Acting(app, make_token(database, cbo))
    reader = app.test_client()
    assert reader.get(f"/r/{made.token}").status_code == 303
    home = f"/d/{made.district.id}/"
    pages: dict[str, Callable[[], int]] = {
        "empty": lambda: acting.get(f"/d/{made.district.id}/empty").status_code,
        "home": lambda: acting.get(home).status_code,
        "reader": lambda: reader.get(f"/r/p/{made.link_id}/").status_code,
        "tray": lambda: acting.get(f"/d/{made.district.id}/jobs/tray").status_code,
    }
    counts: dict[tuple[str, int], int] = {}
    for rows in (10, 10_000):
        fill(database, made, rows if rows == 10 else rows - 10)
        for name, ask in pages.items():
            ask()
            with statements(app) as sent:
                ask()
            counts[name, rows] = len(sent)
        found = times(pages)
        measured(f"empty page, {rows:,} rows", found["empty"], "ms")
        for name in ("home", "reader", "tray"):
            measured(f"{name}, {rows:,} rows", found[name], "ms")
            measured(f"{name} in empty pages, {rows:,} rows", found[name] / found["empty"], "times", 5)
    for name in pages:
        measured(f"queries of {name}, 10 rows", counts[name, 10], "queries")
        measured(f"queries of {name}, 10,000 rows", counts[name, 10_000], "queries", counts[name, 10])


def test_a_changed_assumption_recomputes_its_page(
    app: flask.Flask, database: CloneOfTemplate, measured: Callable[..., None]
) -> None:
    filings.need()
    district = make_district(database)
    official = make_member(database, district, "CBO")
    files = FileStore(database.settings.files)
    store_file(database.app, files, district.id, official.id, filings.FILINGS / "budget-2024-25.dat")
    client = Acting(app, make_token(database, official))
    taken = []
    for turn in range(TURNS):
        begun = time.perf_counter()
        place = f"/d/{district.id}/analyses/assumptions/cola/2025-26?try=3.{turn}"
        assert client.get(place, headers={"HX-Request": "true"}).status_code == 200
        taken.append(time.perf_counter() - begun)
    measured(
        "a changed assumption on a real ledger, its page's part, median", statistics.median(taken), "s", 0.5
    )
