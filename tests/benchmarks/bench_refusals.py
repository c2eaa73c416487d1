"""What is not yours against what does not exist: the same queries, and no time that tells them apart."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import flask
import pytest
from scipy import stats
from sqlalchemy import event

from apportion.app import create_app
from tests.support import factories, twins
from tests.support.acting import Acting, make_token
from tests.support.platform import CloneOfTemplate

TURNS = 400
NOBODY = 987_654_321
WARM = 30
APART = 0.58
"""Most that one kind may be slower in a pair drawn at random, where a half is what chance gives.

At this bound somebody who asks once guesses right in 58 of 100 tries; with a bound below it the noise of a
shared machine would decide.
"""
PATHS = {
    "page of a record": "/d/{district}/plan/versions/{plan_version}",
    "list of the API": "/api/v1/districts/{district}/plans",
    "record of the API": "/api/v1/districts/{own}/plans/{plan}",
}


@pytest.fixture
def asking(
    shared_database: CloneOfTemplate,
) -> Iterator[tuple[flask.Flask, Acting, dict[str, int], dict[str, int]]]:
    """Give the application, a business official's client, the neighbour's ids and nobody's."""
    mine, other = twins.fill_twins(shared_database)
    place = factories.Organization(mine.district_id, "own", "district")
    person = factories.make_member(shared_database, place, "CBO")
    app = create_app(shared_database.settings)
    theirs = {name: rows[0]["id"] for name, rows in other.rows.items() if rows and rows[0].get("id")}
    ids = {**theirs, "district": other.district_id, "own": mine.district_id}
    nobodys = {**dict.fromkeys(ids, NOBODY), "own": mine.district_id}
    yield app, Acting(app, make_token(shared_database, person)), ids, nobodys
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()


def test_refusals_can_not_be_told_apart(
    asking: tuple[flask.Flask, Acting, dict[str, int], dict[str, int]], measured: Callable[..., None]
) -> None:
    app, acting, ids, nobodys = asking
    statements: list[str] = []
    engine = app.extensions["apportion"].database.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _u, said, *_: statements.append(said))
    dice = random.Random(7)
    for what, path in PATHS.items():
        kinds = {"not yours": path.format(**ids), "nobody's": path.format(**nobodys)}
        took: dict[str, list[float]] = {kind: [] for kind in kinds}
        said: dict[str, list[str]] = {}
        for turn in range(TURNS + WARM):
            for kind in dice.sample(sorted(kinds), 2):
                statements.clear()
                began = time.perf_counter()
                answer = acting.get(kinds[kind])
                seconds = time.perf_counter() - began
                assert answer.status_code == 404
                said[kind] = list(statements)
                if turn >= WARM:
                    took[kind].append(seconds)
        assert said["not yours"] == said["nobody's"], f"{what}: other statements"
        found = stats.mannwhitneyu(took["not yours"], took["nobody's"])
        effect = float(found.statistic) / TURNS**2
        measured(f"{what}: chance to guess from the time", max(effect, 1 - effect), "", APART)
        measured(f"{what}: probability of such a difference by chance", float(found.pvalue), "")
