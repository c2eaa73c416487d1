"""Throttling: attackers are locked out, the owner on a known device and the district's network are not."""

import dataclasses
import hashlib
import time

import pytest

from apportion.app import create_app
from apportion.sign_in import shed, throttle
from tests.support import factories
from tests.support.forms import field, post, sign_in


@pytest.fixture(autouse=True)
def _quick(redis, monkeypatch):
    monkeypatch.setattr(throttle, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(shed, "PER_SECOND", 10_000)


@pytest.fixture
def cbo(database):
    return factories.make_member(database, factories.make_district(database), "CBO", True)


class Attackers:
    """Many machines: one page's token, and another address for each try."""

    def __init__(self, app):
        self.client = app.test_client()
        page = self.client.get("/sign-in").get_data(as_text=True)
        self.token = field(page, "csrf_token")
        self.number = 0

    def guess(self, address, *, remote=None):
        self.number += 1
        remote = remote or f"203.{self.number // 250}.{self.number % 250}.7"
        sent = {"csrf_token": self.token, "address": address, "password": "a guess"}
        return self.client.post(
            "/sign-in/password", data=sent, environ_overrides={"REMOTE_ADDR": remote}
        ).status_code


def known_device(app, person):
    """Give a client on which the person signed in before, and is signed out."""
    client = app.test_client()
    sign_in(client, person.address)
    post(client, "/sign-out", "/account")
    return client


def test_many_machines_lock_an_account_for_strangers_and_not_for_its_owner(app, cbo, monkeypatch):
    monkeypatch.setattr(throttle, "PER_SECOND", 10_000)
    monkeypatch.setattr(throttle, "PER_ACCOUNT_ANYWHERE", 12)
    owner = known_device(app, cbo)
    attackers = Attackers(app)
    codes = [attackers.guess(cbo.address) for _ in range(16)]
    assert codes == [422] * 12 + [429] * 4
    assert sign_in(app.test_client(), cbo.address).status_code == 429, "an unknown device is locked out"
    assert sign_in(owner, cbo.address).status_code == 302
    # The owner's device has an allowance, not a free pass; nor does it hold for another account.
    post(owner, "/sign-out", "/account")
    codes = [sign_in(owner, cbo.address, "slip").status_code for _ in range(12)]
    assert codes == [422] * 10 + [429] * 2
    other = factories.make_person(_database(app))
    for _ in range(12):
        attackers.guess(other.address)
    assert sign_in(owner, other.address).status_code == 429


def _database(app):
    return type("Held", (), {"app": app.extensions["apportion"].database})()


def test_a_made_up_device_is_unknown(app, cbo, monkeypatch):
    monkeypatch.setattr(throttle, "PER_ACCOUNT_ANYWHERE", 0)
    client = known_device_by_hand(app, "made up by somebody")
    assert sign_in(client, cbo.address).status_code == 429
    # One that another platform's keys sealed neither.
    foreign = create_app(dataclasses.replace(app.extensions["apportion"].settings, sealing_keys=("f" * 40,)))
    with foreign.test_request_context():
        response = foreign.make_response("")
        throttle.remember_device(response, cbo.address)
        sealed = response.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    assert sign_in(known_device_by_hand(app, sealed), cbo.address).status_code == 429
    foreign.extensions["apportion"].database.close()


def known_device_by_hand(app, cookie):
    client = app.test_client()
    client.set_cookie("device", cookie)
    return client


def test_many_guesses_at_many_accounts_leave_the_processors_to_known_devices(app, cbo, monkeypatch):
    compared = []
    monkeypatch.setattr(
        "tenants.accounts.passwords.matches", lambda stored, _password: compared.append(stored) or False
    )
    attackers = Attackers(app)
    begun = time.monotonic()
    codes = [attackers.guess(f"person{number}@example.org") for number in range(120)]
    seconds = time.monotonic() - begun
    assert codes.count(422) == len(compared)
    assert len(compared) <= throttle.PER_SECOND * (int(seconds) + 2)
    assert codes.count(429) == 120 - len(compared)


def test_a_districts_network_has_ten_times_the_allowance(app, cbo, monkeypatch):
    monkeypatch.setattr(throttle, "PER_SECOND", 10_000)
    monkeypatch.setattr(throttle, "PER_ADDRESS", 5)
    monkeypatch.setattr(throttle, "PER_DISTRICT_ADDRESS", 50)
    attackers = Attackers(app)
    strangers = [attackers.guess(f"a{n}@example.org", remote="198.51.100.9") for n in range(8)]
    assert strangers == [422] * 5 + [429] * 3
    office = app.test_client()
    page = office.get("/sign-in").get_data(as_text=True)
    entered = office.post(
        "/sign-in/password",
        data={
            "csrf_token": field(page, "csrf_token"),
            "address": cbo.address,
            "password": factories.PASSWORD,
        },
        environ_overrides={"REMOTE_ADDR": "192.0.2.20"},
    )
    assert entered.status_code == 302
    staff = [attackers.guess(f"b{n}@example.org", remote="192.0.2.77") for n in range(8)]
    assert staff == [422] * 8, "a staff room's slips after the long weekend"


def test_without_redis_known_devices_enter_and_others_wait(database, cbo, app):
    cookie = known_device(app, cbo).get_cookie("device").value
    closed = create_app(dataclasses.replace(database.settings, redis_url="redis://127.0.0.1:1/0"))
    owner = known_device_by_hand(closed, cookie)
    assert sign_in(closed.test_client(), cbo.address).status_code == 503
    codes = [sign_in(owner, cbo.address, "slip").status_code for _ in range(9)]
    assert codes == [422] * 9
    assert sign_in(owner, cbo.address).status_code == 302
    assert sign_in(known_device_by_hand(closed, cookie), cbo.address, "slip").status_code == 503
    closed.extensions["apportion"].database.close()


def test_behind_a_proxy_the_callers_address_counts(database, cbo, redis):
    behind = create_app(dataclasses.replace(database.settings, proxies=1))
    client = behind.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    sent = {"csrf_token": field(page, "csrf_token"), "address": cbo.address, "password": factories.PASSWORD}
    headers = {"X-Forwarded-For": "6.6.6.6, 198.51.100.23"}
    assert client.post("/sign-in/password", data=sent, headers=headers).status_code == 302
    with behind.app_context():
        key = throttle._network_key("198.51.100.0/24")
    assert redis.exists(key), "what the last proxy saw, not what was claimed"
    behind.extensions["apportion"].database.close()
    behind.extensions["apportion"].redis.close()


def test_a_flood_is_turned_away_before_the_application_and_known_devices_pass(app, cbo, monkeypatch):
    owner = known_device(app, cbo)
    page = owner.get("/sign-in").get_data(as_text=True)
    sent = {
        "csrf_token": field(page, "csrf_token"),
        "address": cbo.address,
        "password": factories.PASSWORD,
    }
    monkeypatch.setattr(shed, "PER_SECOND", 0)
    flood = app.test_client()
    turned = flood.post("/sign-in/password", data=sent)
    assert turned.status_code == 429
    assert "Espere" in turned.get_data(as_text=True)
    assert "Set-Cookie" not in turned.headers, "no page of the application was made"
    made_up = known_device_by_hand(app, "made up").post("/sign-in/password", data=sent)
    assert "Espere" in made_up.get_data(as_text=True)
    assert flood.get("/sign-in").status_code == 200
    assert owner.post("/sign-in/password", data=sent).status_code == 302


def test_no_value_in_redis_names_an_account_or_a_network(app, cbo, redis):
    Attackers(app).guess(cbo.address, remote="203.0.113.9")
    plain = [hashlib.sha256(what.encode()).hexdigest()[:32] for what in (cbo.address, "203.0.113.9")]
    names = " ".join(name.decode() for name in redis.keys("*"))
    assert "sign_in:password:account:" in names
    for what in (cbo.address, "203.0.113.9", *plain):
        assert what not in names
