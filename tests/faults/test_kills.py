"""Processes killed at every labelled point: each accepted job ends, and each effect exists once."""

import os
import signal

import pytest

from tests.support.work import kill, wait, working


@pytest.fixture
def work(database, redis):
    with working(database, redis) as made:
        yield made


@pytest.mark.parametrize(
    "point", ["taken", "begun", "before_fence", "after_commit"], ids=lambda point: point.replace("_", "-")
)
def test_a_job_whose_worker_is_killed_anywhere_takes_effect_once(work, tmp_path, point):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="2024-25")
    work.worker(fault=point, once=str(tmp_path / "killed"))
    work.dispatcher()
    row = work.until("done", job)
    assert (tmp_path / "killed").exists(), "the fault point was never passed"
    assert work.counted(district, "2024-25") == 1
    assert row["result"] == {"counted": "2024-25"}
    # Killed after its commit the job is done already; anywhere before, it is started again.
    assert row["starts"] == (1 if point == "after_commit" else 2)
    assert row["lease_until"] is None


@pytest.mark.parametrize("point", ["between", "after_commit:2", "before_done"])
def test_a_job_of_two_transactions_is_repeated_with_the_same_effect(work, tmp_path, point):
    district, person = work.district()
    job = work.ask("test_two_steps", district, person)
    work.worker("heavy", fault=point, once=str(tmp_path / "killed"))
    work.dispatcher()
    row = work.until("done", job)
    assert (tmp_path / "killed").exists()
    assert row["starts"] == 2
    assert row["result"] == {"steps": 2}
    assert [work.counted(district, year) for year in ("first", "second")] == [1, 1]


def test_the_whole_worker_killed_and_another_started_finishes_the_job(work):
    district, person = work.district()
    first = work.worker("heavy")
    work.dispatcher()
    job = work.ask("test_sleep", district, person, seconds=3)
    work.until("running", job)
    kill(first)
    work.worker("heavy")
    row = work.until("done", job)
    assert row["starts"] == 2


def test_a_worker_killed_at_every_start_ends_the_job_as_failed_with_a_sentence(work):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="2024-25")
    work.worker(fault="begun")
    work.dispatcher()
    row = work.until("failed", job)
    assert row["starts"] == row["starts_allowed"] == 3
    assert "started {n} times" in row["error"]["plural"]
    assert row["error"]["n"] == 3
    assert work.counted(district, "2024-25") == 0


@pytest.mark.parametrize("point", ["dispatcher_committed", "dispatcher_sent"])
def test_a_dispatcher_killed_around_sending_loses_nothing(work, tmp_path, point):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="2024-25")
    work.worker()
    first = work.dispatcher(fault=point, once=str(tmp_path / "killed"))
    assert first.wait(90) == -signal.SIGKILL
    work.dispatcher()
    row = work.until("done", job)
    assert work.counted(district, "2024-25") == 1
    assert row["attempt"] == (2 if point == "dispatcher_committed" else 1)


def test_what_redis_forgets_before_a_worker_comes_is_sent_again(work, redis):
    district, person = work.district()
    jobs = [work.ask("test_count", district, person, key=str(n), year=f"y{n}") for n in range(6)]
    work.dispatcher()
    wait(lambda: any(work.job(job)["state"] == "dispatched" for job in jobs))
    redis.flushall()
    work.worker()
    for job in jobs:
        work.until("done", job)
    assert [work.counted(district, f"y{n}") for n in range(6)] == [1] * 6


def test_two_dispatchers_and_two_workers_run_every_job_once(work):
    districts = [work.district() for _ in range(3)]
    jobs = [
        work.ask("test_count", district, person, key=str(n), year=f"y{n}")
        for n in range(8)
        for district, person in districts
    ]
    for _ in range(2):
        work.dispatcher()
        work.worker()
    for job in jobs:
        assert work.until("done", job)["starts"] == 1
    assert {work.counted(district, f"y{n}") for n in range(8) for district, _ in districts} == {1}


def test_a_horse_whose_worker_is_gone_ends_itself(work):
    district, person = work.district()
    worker = work.worker("heavy")
    work.dispatcher()
    job = work.ask("test_slow", district, person)
    work.until("running", job)
    horses = [
        int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(int(name)) == worker.pid
    ]
    assert horses
    kill(worker)
    wait(lambda: not any(_alive(horse) for horse in horses), 10)


def _parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return None


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
