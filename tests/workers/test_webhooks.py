"""Notices carried to a real receiver: signed, checked by the documented recipe, retried, turned off."""

import dataclasses
import json

import pytest
import sqlalchemy as sa

from tenants.entering.sealing import Sealer
from tenants.records import webhooks as book
from tenants.scope import Scope
from tests.support import factories
from tests.support.receiver import listening, recipe
from workers import runner, webhooks


@pytest.fixture
def receiver():
    with listening() as server:
        yield server


@pytest.fixture
def settings(database):
    return dataclasses.replace(database.settings, allow_loopback=True)


@pytest.fixture
def district(database):
    return factories.make_district(database)


@pytest.fixture
def steward(database, district):
    person = factories.make_member(database, district, "CBO", True, language="es")
    return factories.scope_of(database.app, person)


@pytest.fixture
def hook(database, settings, steward, receiver):
    address = f"http://127.0.0.1:{receiver.server_address[1]}/hears"
    with database.app.transaction(steward) as session:
        made, secret = book.add(
            session,
            steward,
            Sealer(settings.sealing_keys),
            name="Ledger sync",
            address=address,
            events=["dataset.accepted", "version.published"],
        )
        return made.id, made.key_id, secret


def emit(database, steward, event="dataset.accepted"):
    with database.app.transaction(steward) as session:
        webhooks.emit(
            session, steward.district_id, event, "dataset/7", f"/d/{steward.district_id}/data/sets/7"
        )


def run_waiting(database, settings, district):
    """Run every job of notices that waits, due or not; return when the last one is due, from now."""
    ask = sa.text(
        "select id, extract(epoch from due_at - now()) as wait from job"
        " where kind = 'deliver_notice' and state = 'waiting' order by id"
    )
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        waiting = session.execute(ask).all()
        session.execute(sa.text("update job set due_at = now() where kind = 'deliver_notice'"))
    for job_id, _ in waiting:
        runner.execute(settings, job_id, district.id)
    return [float(row.wait) for row in waiting]


def row(database, district, table):
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        return dict(session.execute(sa.select(book.Base.metadata.tables[table])).mappings().one())


def test_a_notice_is_genuine_by_the_recipe_and_holds_ids_alone(
    database, settings, district, steward, receiver, hook
):
    hook_id, key_id, secret = hook
    emit(database, steward, "comment.received")
    emit(database, steward)
    run_waiting(database, settings, district)
    [(headers, body)] = receiver.came
    said = json.loads(body)
    assert said["event"] == "dataset.accepted"
    assert said["record"] == {"kind": "dataset", "id": "7"}
    assert said["link"].endswith(f"/d/{district.id}/data/sets/7")
    assert set(said) == {"id", "event", "at", "district_id", "record", "link"}
    assert row(database, district, "webhook_delivery")["state"] == "delivered"
    is_genuine, seen = recipe(), set()
    at = int(headers["Apportion-Timestamp"])
    assert not is_genuine(headers, body, {key_id: "whsec_other"}, seen, lambda: at)
    assert not is_genuine(headers, body + b" ", {key_id: secret}, seen, lambda: at)
    assert not is_genuine(headers, body, {key_id: secret}, seen, lambda: at + 301), "an old one"
    moved = headers | {"Apportion-Timestamp": str(at + 200)}
    assert not is_genuine(moved, body, {key_id: secret}, seen, lambda: at + 200), "its time is signed"
    assert is_genuine(headers, body, {key_id: secret}, seen, lambda: at)
    assert not is_genuine(headers, body, {key_id: secret}, seen, lambda: at), "the same again"

    with database.app.transaction(steward) as session:
        held = book.one(session, district.id, hook_id)
        fresh = book.rotate(session, steward, Sealer(settings.sealing_keys), held)
        fresh_key = held.key_id
        assert fresh.encode() not in held.sealed_secret
    emit(database, steward)
    run_waiting(database, settings, district)
    headers, body = receiver.came[-1]
    at = int(headers["Apportion-Timestamp"])
    for secrets in ({key_id: secret}, {fresh_key: fresh}):
        assert is_genuine(headers, body, secrets, set(), lambda at=at: at)


def test_what_fails_is_tried_again_later_and_turns_the_address_off(
    database, settings, district, steward, receiver, hook
):
    receiver.answer = 302
    emit(database, steward)
    waits = [run_waiting(database, settings, district)[0] for _ in range(len(webhooks.WAITS) + 1)]
    assert [round(wait, -1) for wait in waits[1:]] == [round(wait, -1) for wait in webhooks.WAITS]
    assert run_waiting(database, settings, district) == []
    assert len(receiver.came) == len(webhooks.WAITS) + 1, "a redirect is not followed"
    assert len({body for _, body in receiver.came}) == 1, "every try sends the same bytes"
    notice = row(database, district, "webhook_delivery")
    assert (notice["state"], notice["status"]) == ("given_up", 302)
    assert row(database, district, "webhook")["state"] == "failed"
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        [(subject, language)] = owner.execute("select subject, language from outgoing_mail").fetchall()
    assert (subject, language) == ("Ledger sync ya no recibe nada", "es")
    emit(database, steward)
    assert run_waiting(database, settings, district) == [], "an address that is off is told nothing"

    receiver.answer = 204
    with database.app.transaction(steward) as session:
        book.turn(session, steward, book.one(session, district.id, hook[0]), "on")
        assert webhooks.resend(session, district.id, hook[0], notice["id"])
        assert not webhooks.resend(session, district.id, hook[0] + 1, notice["id"])
    run_waiting(database, settings, district)
    again = row(database, district, "webhook_delivery")
    assert (again["state"], again["attempts"], again["id"]) == ("delivered", 1, notice["id"])


def test_no_notice_goes_to_this_machine_unless_a_developer_allows_it(
    database, district, steward, receiver, hook
):
    closed = dataclasses.replace(database.settings, allow_loopback=False)
    emit(database, steward)
    run_waiting(database, closed, district)
    assert receiver.came == []
    notice = row(database, district, "webhook_delivery")
    assert notice["state"] == "waiting"
    assert "internal network" in notice["said"]["text"]


def test_one_answer_of_gone_ends_it(database, settings, district, steward, receiver, hook):
    receiver.answer = 410
    emit(database, steward)
    run_waiting(database, settings, district)
    assert row(database, district, "webhook")["state"] == "failed"
