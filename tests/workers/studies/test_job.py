"""The job that answers every question of a district, started as a worker starts it."""

from __future__ import annotations

import pytest

from tenants.files import FileStore
from tests.support.ledgers import small_export, store
from tests.support.work import working
from workers import studies

ROWS = [("0100000000000008011", "900000.00"), ("0100000000000009791", "60000.00")]


@pytest.fixture
def work(database, redis):
    with working(database, redis) as running:
        yield running


def test_a_worker_answers_every_question_once(work):
    district, person = work.district()
    store(
        work.copy.app,
        FileStore(work.settings.files),
        district,
        person,
        "ledger.dat",
        small_export(ROWS, ada="900"),
    )
    work.dispatcher()
    work.worker("heavy")
    job = work.until("done", work.ask("run_analyses", district, person, key="first"))
    assert sorted(job["result"]["runs"]) == sorted(studies.NAMES)
    again = work.until("done", work.ask("run_analyses", district, person, key="second"))
    assert again["result"] == job["result"]
    assert len(work.rows(district, "select id from run")) == len(studies.NAMES)


def test_without_a_ledger_the_job_says_what_to_do(work):
    district, person = work.district()
    work.dispatcher()
    work.worker("heavy")
    job = work.until("failed", work.ask("run_analyses", district, person))
    assert "Load one under Data" in job["error"]["text"]
    assert job["attempt"] == 1
