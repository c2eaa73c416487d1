"""The book of jobs: asking, turns, rights, fences, cancelling, failing. Real PostgreSQL and Redis."""

import json
import threading
import time
import zlib

import pytest
from sqlalchemy import func, text

from tenants.records.jobs import Job
from tenants.scope import Scope, resolve
from tests.support.factories import (
    Organization,
    make_engagement,
    make_facilitator,
    make_member,
)
from tests.support.work import wait, working
from workers import outbox, registry, runner
from workers.dispatcher import LONGEST_WAIT_SECONDS, Dispatcher, wait_seconds
from workers.kinds import QUEUES, WORKERS, FenceLost, job_kind

INSERT = text(
    "INSERT INTO attendance_figure (district_id, fiscal_year, ada, source) VALUES (:d, :year, 1, 'entered')"
)


@pytest.fixture
def work(database, redis):
    with working(database, redis) as made:
        yield made


@pytest.fixture
def dispatcher(work):
    made = Dispatcher(work.settings)
    yield made
    made.close()


def run(work, job):
    runner.execute(work.settings, job, work.asked[job])


def test_the_same_open_question_is_one_job_and_a_new_one_after_its_end(work):
    district, person = work.district()
    first = work.ask("test_count", district, person, year="a")
    assert work.ask("test_count", district, person, year="a") == first
    assert work.ask("test_count", district, person, key="other", year="a") != first
    run(work, first)
    assert work.job(first)["state"] == "done"
    assert work.ask("test_count", district, person, year="a") != first


def test_who_sees_the_own_jobs_alone_gets_an_own_one_beside_a_hidden_twin(work):
    district, person = work.district()
    first = work.ask("test_count", district, person, year="a")
    organization = Organization(district, "Twin", "district")
    head = make_member(work.copy, organization, "HR")
    scope = resolve(work.copy.app, head.id, district, district)

    def ask():
        with work.copy.app.transaction(scope) as session:
            return outbox.ask(
                session, "test_count", {}, district_id=district, requested_by=head.id, idempotency_key=key
            )

    key = work.job(first)["idempotency_key"]
    own = ask()
    assert own != first
    assert ask() == own


def test_the_same_question_asked_at_once_from_many_threads_is_one_job(work):
    district, person = work.district()
    start = threading.Barrier(6)
    found = []

    def ask():
        start.wait()
        found.append(work.ask("test_count", district, person, year="a"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_a_job_exists_only_when_its_transaction_commits(work, dispatcher):
    district, person = work.district()
    scope = resolve(work.copy.app, person, district, district)

    def change_of_mind():
        with work.copy.app.transaction(scope) as session:
            outbox.ask(
                session, "test_count", {}, district_id=district, requested_by=person, idempotency_key="x"
            )
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        change_of_mind()
    assert work.rows(district, "SELECT id FROM job") == []
    assert dispatcher.once() == 0


def test_a_neighbour_sees_no_job_and_can_cancel_none(work):
    district, person = work.district()
    neighbour, other = work.district()
    job = work.ask("test_count", district, person, year="a")
    scope = resolve(work.copy.app, other, neighbour, neighbour)
    with work.copy.app.transaction(scope) as session:
        assert session.query(Job).all() == []
        assert not outbox.cancel(session, district, job)
        assert outbox.try_again(session, district, job, other) is None
    assert work.job(job)["state"] == "waiting"


def test_a_message_that_names_the_wrong_district_runs_nothing(work):
    district, person = work.district()
    neighbour, _ = work.district()
    job = work.ask("test_count", district, person, year="a")
    runner.execute(work.settings, job, neighbour)
    assert work.job(job)["state"] == "waiting"
    assert work.counted(neighbour, "a") == 0


def test_the_dispatcher_cannot_read_what_a_job_is_about(work, dispatcher):
    district, person = work.district()
    work.ask("test_count", district, person, year="secret")
    for column in ("parameters", "result", "error", "subject", "idempotency_key", "requested_by"):
        with (
            pytest.raises(Exception, match="permission denied"),
            dispatcher.database.connection(None) as connection,
        ):
            connection.execute(text(f"SELECT {column} FROM job"))


def test_rights_are_those_of_the_person_at_the_time_of_the_run(work):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="a")
    with work.copy.app.transaction(Scope.for_joining(person, district)) as session:
        session.execute(text("UPDATE membership SET ended_at = now() WHERE person_id = :id"), {"id": person})
    run(work, job)
    row = work.job(job)
    assert row["state"] == "failed"
    assert "may no longer do it" in row["error"]["text"]
    assert row["starts"] == 1
    assert work.counted(district, "a") == 0


def test_upkeep_runs_with_the_platforms_right_in_that_district(work):
    district, _ = work.district()
    with work.copy.app.transaction(Scope.for_upkeep(district)) as session:
        job = outbox.ask(
            session, "test_upkeep", {}, district_id=district, requested_by=None, idempotency_key="x"
        )
    work.asked[job] = district
    run(work, job)
    assert work.job(job)["result"] == {"role": "upkeep"}
    with (
        pytest.raises(ValueError, match="rights of the person"),
        work.copy.app.transaction(Scope.for_upkeep(district)) as session,
    ):
        outbox.ask(session, "test_count", {}, district_id=district, requested_by=None, idempotency_key="x")


def test_a_late_twin_with_an_old_fence_writes_nothing(work):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="a")
    row = runner._take(work.copy.app, work.settings, job, district)
    scope = resolve(work.copy.app, person, district, district)
    late = runner.Run(work.copy.app, work.settings, row, scope)
    work.rows(district, "UPDATE job SET lease_until = now() - interval '1 second' RETURNING id")
    dispatcher = Dispatcher(work.settings)
    dispatcher.sweep()
    dispatcher.close()
    work.rows(district, "UPDATE job SET due_at = now() RETURNING id")
    assert work.job(job)["state"] == "waiting"

    with pytest.raises(FenceLost), late.transaction() as session:
        session.execute(INSERT, {"d": district, "year": "late"})
    twin = runner.Run(
        work.copy.app, work.settings, runner._take(work.copy.app, work.settings, job, district), scope
    )
    assert twin.fence > late.fence
    with pytest.raises(FenceLost), late.transaction() as session:
        session.execute(INSERT, {"d": district, "year": "late"})
    with pytest.raises(FenceLost):
        late.progress(1, 2)
    assert not late.renew()
    late.end("failed", finished_at=func.now())
    assert work.job(job)["state"] == "running"
    with twin.transaction() as session:
        session.execute(INSERT, {"d": district, "year": "late"})
        twin.finish(session, {"by": "twin"})
    assert work.job(job)["result"] == {"by": "twin"}
    assert work.counted(district, "late") == 1


def test_a_twin_that_is_overtaken_between_its_writes_and_its_commit_loses_them(work):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="a")
    scope = resolve(work.copy.app, person, district, district)
    late = runner.Run(
        work.copy.app, work.settings, runner._take(work.copy.app, work.settings, job, district), scope
    )

    def overtaken():
        with late.transaction() as session:
            session.execute(INSERT, {"d": district, "year": "x"})
            work.rows(district, "UPDATE job SET fence = fence + 1 RETURNING id")

    with pytest.raises(FenceLost):
        overtaken()
    assert work.counted(district, "x") == 0


def test_a_taken_job_is_not_taken_twice(work):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="a")
    assert runner._take(work.copy.app, work.settings, job, district) is not None
    assert runner._take(work.copy.app, work.settings, job, district) is None


def test_a_failed_start_is_tried_again_and_the_last_ends_with_a_sentence_for_people(work):
    district, person = work.district()
    job = work.ask("test_fail", district, person)
    run(work, job)
    first = work.job(job)
    assert first["state"] == "waiting"
    assert first["due_at"] > first["created_at"]
    run(work, job)
    last = work.job(job)
    assert last["state"] == "failed"
    assert "on our side" in last["error"]["text"]
    assert "secret" not in str(last["error"])
    assert work.counted(district, "half") == 0
    assert last["finished_at"] is not None


def test_waits_between_starts_grow_and_differ(work, tmp_path):
    assert all(0.5 * 5 <= wait_seconds(1, 5) <= 1.5 * 5 for _ in range(50))
    assert all(0.5 * 45 <= wait_seconds(3, 5) <= 1.5 * 45 for _ in range(50))
    assert wait_seconds(40, 5) <= 1.5 * LONGEST_WAIT_SECONDS
    assert len({wait_seconds(2, 5) for _ in range(20)}) > 5


def test_a_refusal_is_final_and_can_be_asked_again(work):
    district, person = work.district()
    job = work.ask("test_refuse", district, person)
    run(work, job)
    assert work.job(job)["state"] == "failed"
    assert work.job(job)["starts"] == 1
    scope = resolve(work.copy.app, person, district, district)
    with work.copy.app.transaction(scope) as session:
        again = outbox.try_again(session, district, job, person)
        assert again not in {None, job}
        assert outbox.try_again(session, district, job, person) == again


def test_a_waiting_job_is_cancelled_at_once_and_its_message_runs_nothing(work, dispatcher):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="a")
    assert dispatcher.once() == 1
    scope = resolve(work.copy.app, person, district, district)
    with work.copy.app.transaction(scope) as session:
        assert outbox.cancel(session, district, job)
    run(work, job)
    assert work.job(job)["state"] == "cancelled"
    assert work.counted(district, "a") == 0
    with work.copy.app.transaction(scope) as session:
        assert not outbox.cancel(session, district, job)


def test_progress_is_written_at_most_twice_a_second(work, monkeypatch):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="a")
    run_ = runner.Run(
        work.copy.app,
        work.settings,
        runner._take(work.copy.app, work.settings, job, district),
        Scope.for_upkeep(district),
    )
    written = []

    def look(values):
        written.append(values)
        run_._looked = time.monotonic()

    monkeypatch.setattr(run_, "_look", look)
    began = time.monotonic()
    while time.monotonic() - began < 1.2:
        run_.progress(1, 10)
    assert 2 <= len(written) <= 3


def test_places_in_line_count_the_districts_own_jobs_alone(work):
    district, person = work.district()
    neighbour, other = work.district()
    work.ask("test_count", neighbour, other, year="a")
    jobs = [work.ask("test_count", district, person, key=str(n), year="a") for n in range(3)]
    scope = resolve(work.copy.app, person, district, district)
    with work.copy.app.transaction(scope) as session:
        rows = session.query(Job).order_by(Job.id).all()
        assert outbox.places_in_line(session, district, rows) == {job: n + 1 for n, job in enumerate(jobs)}


def test_one_job_beside_ten_thousand_of_a_neighbour_is_sent_among_the_first(work, dispatcher, redis):
    busy, person = work.district()
    small, other = work.district()
    with work.copy.app.transaction(Scope.for_upkeep(busy)) as session:
        session.execute(
            text(
                "INSERT INTO job (district_id, kind, queue, parameters, idempotency_key, requested_by,"
                " requested_in) SELECT :d, 'test_count', 'light', '{}', n::text, :p, :d"
                " FROM generate_series(1, 10000) n"
            ),
            {"d": busy, "p": person},
        )
    job = work.ask("test_count", small, other, year="mine")
    sent_before = dispatcher.once()
    assert sent_before <= 2, "no more than twice the workers are in Redis"
    began = time.monotonic()
    ended = 0
    while work.job(job)["state"] == "waiting":
        (row,) = work.rows(
            busy, "SELECT id FROM job WHERE state = 'dispatched' ORDER BY dispatched_at, id LIMIT 1"
        )
        work.rows(busy, "UPDATE job SET state = 'done' WHERE id = :id RETURNING id", id=row["id"])
        ended += 1
        dispatcher.once()
        assert ended <= 2, "the neighbour's job waits behind the ten thousand"
    assert (time.monotonic() - began) < 30


def test_messages_hold_ids_and_nothing_else(work, dispatcher, redis):
    district, person = work.district()
    job = work.ask("test_count", district, person, year="Confidential words")
    dispatcher.once()
    held = b"".join(redis.dump(key) or b"" for key in redis.scan_iter() if not key.startswith(b"rq:worker"))
    assert b"Confidential" not in held
    assert str(job).encode() in held
    message = redis.hgetall(f"rq:job:{job}-1")
    assert json.loads(zlib.decompress(message[b"data"])) == [
        "workers.runner.run_job",
        None,
        [job, district],
        {},
    ]


def test_every_queue_of_a_kind_is_served_and_no_other_is_taken():
    assert {kind.queue for kind in registry.load().values()} <= set(QUEUES)
    assert sorted(QUEUES) == sorted(queue for queues in WORKERS.values() for queue in queues)
    with pytest.raises(ValueError, match="no worker serves"):
        job_kind("never", queue="nowhere")
    with pytest.raises(registry.UnknownKindError):
        registry.kind("unheard of")


class TestWithProcesses:
    """Real RQ workers."""

    def test_a_recovered_fault_ends_well(self, work, tmp_path):
        district, person = work.district()
        job = work.ask("test_fail_once", district, person, mark=str(tmp_path / "mark"))
        work.worker()
        work.dispatcher()
        row = work.until("done", job)
        assert row["starts"] == 2
        assert row["error"] is None
        assert work.counted(district, "recovered") == 1

    def test_a_job_over_its_time_is_stopped_and_says_so(self, work):
        district, person = work.district()
        job = work.ask("test_too_long", district, person)
        work.worker()
        work.dispatcher()
        row = work.until("failed", job)
        assert "longer than {n} seconds" in row["error"]["text"]
        assert row["starts"] == 1

    def test_a_running_job_shows_progress_and_stops_when_asked(self, work):
        district, person = work.district()
        job = work.ask("test_slow", district, person)
        work.worker("heavy")
        work.dispatcher()
        work.until("running", job)
        wait(lambda: work.job(job)["progress_done"] > 3)
        scope = resolve(work.copy.app, person, district, district)
        asked = time.monotonic()
        with work.copy.app.transaction(scope) as session:
            assert outbox.cancel(session, district, job)
        work.until("cancelled", job)
        assert time.monotonic() - asked < 5

    def test_a_long_job_keeps_its_lease(self, work):
        district, person = work.district()
        job = work.ask("test_sleep", district, person, seconds=14)
        work.worker("heavy")
        work.dispatcher()
        assert work.until("done", job)["starts"] == 1

    def test_a_small_job_never_waits_behind_an_import(self, work):
        district, person = work.district()
        work.worker("heavy")
        work.worker("light")
        work.dispatcher()
        slow = work.ask("test_sleep", district, person, seconds=20)
        work.until("running", slow)
        small = work.ask("test_count", district, person, year="small")
        work.until("done", small)
        assert work.job(slow)["state"] == "running"

    def test_a_commit_wakes_the_dispatcher_without_waiting_for_the_poll(self, work):
        district, person = work.district()
        work.worker()
        work.dispatcher()
        work.until("done", work.ask("test_count", district, person, key="warm", year="w"))
        times = []
        for n in range(5):
            began = time.monotonic()
            work.until("done", work.ask("test_count", district, person, key=str(n), year=str(n)))
            times.append(time.monotonic() - began)
        assert min(times) < 2.0


def test_an_engagement_that_ends_stops_the_work_under_way(work):
    """A real dispatcher and a real worker: a coach's work stops when the district lets nobody in any more."""
    district, _ = work.district()
    place = Organization(district, "", "district")
    facilitator = make_facilitator(work.copy)
    coach = make_member(work.copy, facilitator, "FCO")
    make_engagement(work.copy, place, facilitator, level=4, coaches=(coach,))
    scope = resolve(work.copy.app, coach.id, facilitator.id, district)
    with work.copy.app.transaction(scope) as session:
        job = outbox.ask(
            session, "test_slow", {}, district_id=district, requested_by=coach.id, idempotency_key="slow"
        )
    work.asked[job] = district
    work.dispatcher()
    work.worker("heavy")
    wait(lambda: work.job(job)["progress_done"] > 2, 60, lambda: str(work.job(job)))
    with work.copy.app.transaction(Scope.for_joining(0, district)) as session:
        session.execute(text("update engagement set state = 'ended', ended_at = now()"))
    row = work.until("failed", job)
    assert "may no longer do it" in row["error"]["text"]
    assert row["starts"] == 1, "nobody tries it again"
