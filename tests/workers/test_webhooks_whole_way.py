"""Notices the whole way: an act on a page, the real dispatcher and worker, a receiver that checks them."""

import dataclasses
import json
import re
import socket
import time

import pytest
import sqlalchemy as sa

from apportion.app import create_app
from tenants.scope import Scope
from tests.support import factories, forms
from tests.support.receiver import listening, recipe
from tests.support.work import wait, working
from workers import runner


@pytest.fixture
def receiver():
    with listening() as server:
        yield server


@pytest.fixture
def pages(database, redis):
    made = create_app(dataclasses.replace(database.settings, allow_loopback=True))
    yield made
    held = made.extensions["apportion"]
    held.database.close()
    held.redis.close()


@pytest.fixture
def steward(database):
    return factories.make_member(database, factories.make_district(database), "CBO", True)


def client_of(app, person):
    client = app.test_client()
    assert forms.sign_in(client, person.address).status_code == 302
    return client


def add(client, district_id, address):
    """Add an address on its page; return its place, its key and its secret."""
    base = f"/d/{district_id}/settings/webhooks"
    wish = {"name": "Sync", "address": address, "events": ["engagement.changed"]}
    made = forms.post(client, base, "/account", **wish).get_data(as_text=True)
    place = re.search(rf"{base}/\d+", made).group(0)
    return place, *key_and_secret(made)


def key_and_secret(page):
    return re.search(r"Key ([\w-]+)\.", page).group(1), re.search(r"whsec_[\w-]{43}", page).group(0)


def test_an_act_on_a_page_reaches_a_receiver_that_checks_it(database, redis, pages, steward, receiver):
    district = steward.organization_id
    house = factories.make_facilitator(database)
    client = client_of(pages, steward)
    place, key, secret = add(client, district, receiver.address)
    settings = f"/d/{district}/settings/facilitator"
    is_genuine, seen = recipe(), set()
    with working(database, redis, allow_loopback=True) as work:
        work.dispatcher()
        work.worker()
        offer = {"facilitator": house.id, "level": "3", "ends_on": "2027-06-30"}
        assert forms.post(client, f"{settings}/offer", "/account", **offer).status_code == 302
        wait(lambda: receiver.came, 60)
        headers, body = receiver.came[0]
        told = json.loads(body)
        assert (told["event"], told["record"]["kind"]) == ("engagement.changed", "engagement")
        assert not is_genuine(headers, body, {key: secret}, seen, lambda: time.time() + 301), "too old"
        assert is_genuine(headers, body, {key: secret}, seen)
        assert not is_genuine(headers, body, {key: secret}, seen), "the same notice once more"

        rotated = forms.post(client, place, "/account", act="rotate").get_data(as_text=True)
        fresh_key, fresh = key_and_secret(rotated)
        end = {"act": "end"}
        number = told["record"]["id"]
        assert forms.post(client, f"{settings}/{number}", "/account", **end).status_code == 302
        wait(lambda: len(receiver.came) > 1, 60)
        headers, body = receiver.came[1]
        for secrets in ({key: secret}, {fresh_key: fresh}):
            assert is_genuine(headers, body, secrets, set()), "for seven days both keys sign"
        assert not is_genuine(headers, body, {fresh_key: secret}, set())
        assert is_genuine(headers, body, {fresh_key: fresh}, seen), "another notice has another id"
        pages.extensions["apportion"].database.close()


def test_a_name_that_turns_inwards_and_a_redirect_inwards_lead_nowhere(
    database, redis, app, steward, receiver, monkeypatch
):
    district, client = steward.organization_id, client_of(app, steward)
    real, asked = socket.getaddrinfo, []
    answers = ["8.8.8.8"]

    def resolve(host, *rest, **options):
        if host != "turns.example.org":
            return real(host, *rest, **options)
        asked.append(host)
        return real(answers[min(len(asked), len(answers)) - 1], *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    port = receiver.server_address[1]
    place, _, _ = add(client, district, f"https://turns.example.org:{port}/hears")
    # Public when it was named, inward when the notice goes out; and inward between look and call.
    answers[:] = ["8.8.8.8", "127.0.0.1"]
    assert forms.post(client, place, "/account", act="test").status_code == 302
    run_waiting(database, district)
    assert len(asked) == 2
    assert "internal network" in client.get(place).get_data(as_text=True)
    assert receiver.came == []

    # What answers is on this machine; it leads on to another server of this machine.
    with listening() as inside:
        receiver.answer, receiver.leads_to = 307, inside.address
        open_settings = dataclasses.replace(database.settings, allow_loopback=True)
        with database.app.transaction(factories.scope_of(database.app, steward)) as session:
            session.execute(sa.text("update webhook set address = :to"), {"to": receiver.address})
        forms.post(client, place, "/account", act="test")
        run_waiting(database, district, open_settings)
        assert len(receiver.came) == 2, "the one that waited, and this one"
        assert inside.came == []
    assert "leads elsewhere (307)" in client.get(place).get_data(as_text=True)


def run_waiting(database, district, settings=None):
    """Run every job of notices that waits, due or not."""
    with database.app.transaction(Scope.for_upkeep(district)) as session:
        waiting = session.scalars(
            sa.text(
                "update job set due_at = now() where kind = 'deliver_notice' and state = 'waiting'"
                " returning id"
            )
        ).all()
    for job_id in waiting:
        runner.execute(settings or database.settings, job_id, district)
