"""A district's own sign-in against a real provider; mail domains against a real name server."""

import contextlib
import dataclasses
import datetime as dt
import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import dns.message
import dns.rrset
import pytest
from sqlalchemy import text

from apportion import servers
from apportion.app import create_app
from apportion.sign_in import throttle
from tenants import belonging, joining, lookups
from tests.support import factories, mailbox
from tests.support.forms import post, set_up, sign_in

SCRIPT = Path(__file__).parents[2] / "support" / "oidc_provider.py"
CONTACT = "the service desk, (555) 010-0123"


class Provider:
    def __init__(self, address):
        self.issuer = address

    def say(self, **wanted):
        asked = urllib.request.Request(
            f"{self.issuer}/control", data=json.dumps(wanted).encode(), method="POST"
        )
        urllib.request.urlopen(asked).close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def go(client, address):
    """Follow a browser's way to the provider and back; return the platform's answer."""
    sent = client.get(address)
    if sent.status_code != 302 or not sent.headers["Location"].startswith("http"):
        return sent
    try:
        urllib.request.build_opener(_Stay).open(sent.headers["Location"])
    except urllib.error.HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
        answer.close()
    return client.get(f"{back.path}?{back.query}")


@pytest.fixture(scope="module")
def provider():
    port = servers.free_port()
    process = subprocess.Popen([sys.executable, str(SCRIPT), str(port)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    yield Provider(f"http://127.0.0.1:{port}")
    process.terminate()
    process.wait()
    process.stdout.close()


@contextlib.contextmanager
def name_server(texts):
    """Answer TXT questions over UDP, as a name server does."""
    import socket  # noqa: PLC0415 - the one use

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.1)
        over = threading.Event()

        def serve():
            while not over.is_set():
                try:
                    asked, caller = listening.recvfrom(4096)
                except TimeoutError:
                    continue
                question = dns.message.from_wire(asked)
                answer = dns.message.make_response(question)
                name = question.question[0].name
                for said in texts.get(name.to_text().rstrip("."), []):
                    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{said}"'))
                listening.sendto(answer.to_wire(), caller)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@pytest.fixture
def texts():
    return {}


@pytest.fixture
def app(database, redis, texts, monkeypatch):
    monkeypatch.setattr(throttle, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(throttle, "PER_ADDRESS", 10_000)
    with name_server(texts) as address:
        settings = dataclasses.replace(database.settings, allow_loopback=True, dns_server=address)
        made = create_app(settings)
        yield made
        held = made.extensions["apportion"]
        held.database.close()
        held.redis.close()


@pytest.fixture
def district(database):
    return factories.make_district(database)


@pytest.fixture
def steward(database, district):
    return factories.make_member(database, district, "CBO", True)


def connected(app, district, steward, provider):
    """Give the steward's client, with the own sign-in set, tried and offered, all on the settings page."""
    client = app.test_client()
    sign_in(client, steward.address)
    page = f"/d/{district.id}/settings/sign-in"
    values = {"issuer": provider.issuer, "client_id": "apportion-client", "contact": CONTACT}
    early = post(client, f"{page}/offer", page, how="offered")
    assert early.status_code == 422, "what was never tried is not offered"
    kept = post(client, f"{page}/provider", page, client_secret="a secret of the client's", **values)
    assert kept.status_code == 302, kept.get_data(as_text=True)
    assert "a secret of the client" not in client.get(page).get_data(as_text=True)
    provider.say(user={"sub": "steward", "email": steward.address})
    tried = go(client, f"{page}/try?next={page}")
    assert tried.headers["Location"] == page
    assert post(client, f"{page}/offer", page, how="offered").status_code == 302
    return client


def invite(database, steward, address="new@elm.example.org"):
    scope = factories.scope_of(database.app, steward)
    with database.app.transaction(scope) as session:
        _, token = joining.invite(session, scope, address=address, name="Ana Ruiz", role="CAO")
    return token


def test_somebody_joins_and_enters_by_the_districts_own_sign_in(app, database, district, steward, provider):
    manager = connected(app, district, steward, provider)
    token = invite(database, steward)
    client = app.test_client()
    assert "Accept by Elm Creek" in client.get(f"/invitation/{token}").get_data(as_text=True)
    # The provider must say that the invitation's address is this person's, and that it made sure.
    for user in ({"email": "other@elm.example.org"}, {"email_verified": False}, {"email": None}):
        provider.say(user=user)
        assert go(client, f"/invitation/{token}/district").status_code == 422
    provider.say()
    assert go(client, f"/invitation/{token}/district").headers["Location"] == "/"
    assert client.get(f"/d/{district.id}/settings/people").status_code == 200
    assert "own sign-in" in client.get("/account").get_data(as_text=True)
    # Afterwards issuer and subject count, whatever address the provider states.
    provider.say(user={"email": "renamed@elm.example.org", "email_verified": False})
    again = app.test_client()
    back = go(again, f"/sign-in/district/{district.id}?next=/account")
    assert back.headers["Location"] == "/account"
    assert again.get("/account").status_code == 200
    # Another subject with the same address is somebody else.
    provider.say(user={"sub": "user-2"})
    stranger = app.test_client()
    assert "not connected yet" in go(stranger, f"/sign-in/district/{district.id}").get_data(as_text=True)
    assert stranger.get("/account").status_code == 302
    assert manager.get(f"/d/{district.id}/settings/sign-in").status_code == 200


LIES = (
    *("nonce", "no nonce", "audience", "two audiences", "expired", "issuer", "access token", "key"),
    *("shared secret", "none", "denied", "state"),
)


def test_every_lie_is_refused_and_says_whom_to_call(app, database, district, steward, provider):
    connected(app, district, steward, provider)
    start = f"/sign-in/district/{district.id}"
    for lie in LIES:
        provider.say(lie=lie, user={"sub": "steward"})
        client = app.test_client()
        answer = go(client, start)
        assert answer.status_code == 422, lie
        page = answer.get_data(as_text=True)
        assert CONTACT in page, lie
        assert client.get("/account").status_code == 302, lie
    # Told the truth, the same way lets in; what came back once is nothing the second time, nor elsewhere.
    provider.say(user={"sub": "steward"})
    client, thief = app.test_client(), app.test_client()
    assert go(client, start).status_code == 302
    sent = client.get(start).headers["Location"]
    try:
        urllib.request.build_opener(_Stay).open(sent)
    except urllib.error.HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
        answer.close()
    stolen = thief.get(f"{back.path}?{back.query}")
    assert stolen.headers["Location"] == "/sign-in", "a browser that was not sent brings nothing back"
    assert client.get(f"{back.path}?{back.query}").status_code == 302
    assert client.get(f"{back.path}?{back.query}").headers["Location"] == "/sign-in"


def test_a_provider_inside_our_network_is_never_called(app, database, district, steward, provider):
    client = app.test_client()
    sign_in(client, steward.address)
    page = f"/d/{district.id}/settings/sign-in"
    values = {"client_id": "x", "client_secret": "y", "contact": CONTACT}
    inside = ["https://169.254.169.254", "https://10.0.0.1", "http://8.8.8.8", "https://[fd00::1]"]
    for issuer in [*inside, "x", ""]:
        assert post(client, f"{page}/provider", page, issuer=issuer, **values).status_code == 422, issuer
    # Its published settings may not point inside either, nor name another issuer.
    for extra in (
        {"token_endpoint": "https://10.0.0.1/"},
        {"jwks_uri": "file:///x"},
        {"issuer": "https://x.org"},
    ):
        provider.say(extra=extra)
        refused = post(client, f"{page}/provider", page, issuer=provider.issuer, **values)
        assert refused.status_code == 422, extra
    provider.say()
    production = create_app(dataclasses.replace(database.settings, allow_loopback=False))
    there = production.test_client()
    sign_in(there, steward.address)
    assert post(there, f"{page}/provider", page, issuer=provider.issuer, **values).status_code == 422
    production.extensions["apportion"].database.close()
    production.extensions["apportion"].redis.close()


def test_a_first_sign_in_is_connected_by_mail_and_never_by_the_address_alone(
    app, database, district, steward, provider
):
    connected(app, district, steward, provider)
    member = factories.make_member(database, district, "HR")
    provider.say(user={"sub": "member", "email": member.address.upper()})
    client = app.test_client()
    known = go(client, f"/sign-in/district/{district.id}").get_data(as_text=True)
    assert client.get("/account").status_code == 302
    [letter] = mailbox.texts(database, member.address)
    path = urlsplit(re.search(r"\S+/sign-in/connect/\S+", letter).group()).path
    # An address that nobody has reads the same and gets nothing; one of another district neither.
    other = factories.make_member(database, factories.make_district(database, "Second Unified"), "HR")
    for address in ("nobody@example.org", other.address):
        provider.say(user={"sub": "x", "email": address})
        same = go(app.test_client(), f"/sign-in/district/{district.id}").get_data(as_text=True)
        mask = re.compile(r"nonce(-|=\")[^\"' ]+|code%3D[^\"]+")
        assert mask.sub("", same.replace(address, "*")) == mask.sub("", known.replace(member.address, "*"))
        assert mailbox.texts(database, address) == []
    for _ in range(2):
        assert client.get(path).status_code == 200, "a mail scanner that looks uses nothing up"
    assert post(client, path).status_code == 302
    assert "HR of Elm Creek" in client.get("/account").get_data(as_text=True)
    assert post(app.test_client(), path).status_code == 410
    assert client.get(path[:-20] + "A" * 20).status_code == 410
    provider.say(user={"sub": "member"})
    assert go(app.test_client(), f"/sign-in/district/{district.id}").headers["Location"] == "/"


def test_a_provider_vouches_in_its_own_organization_alone(app, database, district, steward, provider):
    connected(app, district, steward, provider)
    second = factories.make_district(database, "Second Unified")
    factories.add_member(database, steward, second, "CBO", steward=True)
    provider.say(user={"sub": "steward"})
    client = app.test_client()
    assert go(client, f"/sign-in/district/{district.id}").status_code == 302
    assert client.get(f"/d/{district.id}/settings/people").status_code == 200
    # The ways to sign in stay closed to it, because the account has a password of its own.
    assert client.get("/account/passkeys/new").headers["Location"].startswith("/account/confirm")
    post(client, f"/organizations/{second.id}", "/organizations")
    led = client.get(f"/d/{second.id}/settings/people")
    assert led.headers["Location"].startswith("/account/confirm"), "its word does not hold elsewhere"
    own = post(client, "/account/confirm", password=factories.PASSWORD)
    assert own.status_code == 302
    assert client.get(f"/d/{second.id}/settings/people").status_code == 200
    # Somebody whose membership ended is not let in by the provider any more.
    leaver = factories.make_member(database, district, "HR")
    with database.app.transaction(factories.scope_of(database.app, steward)) as session:
        scope = factories.scope_of(database.app, steward)
        number = session.execute(
            text("select id from membership where person_id = :p"), {"p": leaver.id}
        ).scalar_one()
        assert belonging.end_membership(session, scope, number)
    provider.say(user={"sub": "leaver", "email": leaver.address})
    go(app.test_client(), f"/sign-in/district/{district.id}")
    assert mailbox.texts(database, leaver.address) == []


def test_a_domain_is_proved_by_its_name_server_and_leads_its_people(
    app, database, district, steward, provider, texts
):
    client = connected(app, district, steward, provider)
    page = f"/d/{district.id}/settings/sign-in"
    assert post(client, f"{page}/domain", page, domain="not a domain").status_code == 422
    assert post(client, f"{page}/domain", page, domain="Elm.Example.org").status_code == 302
    shown = client.get(page).get_data(as_text=True)
    proof = re.search(r"apportion-domain=[0-9a-f]{32}", shown).group()
    number = re.search(r'id="domain-(\d+)"', shown).group(1)
    assert "_apportion.elm.example.org" in shown

    def offered(address):
        return "sign-in of its own" in post(app.test_client(), "/sign-in", address=address).get_data(
            as_text=True
        )

    assert not offered("anybody@elm.example.org")
    assert post(client, f"{page}/domain-proof", page, id=number).status_code == 422
    texts["_apportion.elm.example.org"] = ["v=spf1 -all", "apportion-domain=" + "0" * 32]
    assert post(client, f"{page}/domain-proof", page, id=number).status_code == 422
    texts["_apportion.elm.example.org"].append(proof)
    assert post(client, f"{page}/domain-proof", page, id=number).status_code == 302
    assert offered("anybody@elm.example.org")
    assert offered("NOBODY@ELM.example.org")
    assert not offered("anybody@sub.elm.example.org")
    # Another district can claim it, and put its own text beside, but never take it over.
    second = factories.make_district(database, "Second Unified")
    rival = factories.make_member(database, second, "CBO", True)
    there, place = app.test_client(), f"/d/{second.id}/settings/sign-in"
    sign_in(there, rival.address)
    post(there, f"{place}/domain", place, domain="elm.example.org")
    other = there.get(place).get_data(as_text=True)
    texts["_apportion.elm.example.org"].append(re.search(r"apportion-domain=[0-9a-f]{32}", other).group())
    mine = re.search(r'id="domain-(\d+)"', other).group(1)
    taken = post(there, f"{place}/domain-proof", place, id=mine)
    assert taken.status_code == 422
    assert "Another organization" in taken.get_data(as_text=True)
    assert post(there, f"{place}/domain-proof", place, id=number).status_code == 404
    assert post(there, f"{place}/domain-gone", place, id=number).status_code == 404
    assert post(client, f"{page}/domain-gone", page, id=number).status_code == 302
    assert not offered("anybody@elm.example.org")
    assert lookups.organization_by_mail_domain(database.app, "elm.example.org") is None


def test_the_own_sign_in_alone_lets_in_except_for_emergency_stewards(
    app, database, district, steward, provider
):
    client = connected(app, district, steward, provider)
    page = f"/d/{district.id}/settings/sign-in"
    assert post(client, f"{page}/offer", page, how="required").status_code == 422, "nobody could get in"
    shown = client.get(page).get_data(as_text=True)
    number = re.search(r'name="membership" value="(\d+)"', shown).group(1)
    assert post(client, f"{page}/emergency", page, membership=number, emergency="1").status_code == 302
    assert post(client, f"{page}/offer", page, how="required").status_code == 302
    assert post(client, f"{page}/emergency", page, membership=number, emergency="0").status_code == 422
    assert client.get(f"/d/{district.id}/settings/people").status_code == 200
    member = factories.make_member(database, district, "HR")
    other = app.test_client()
    sign_in(other, member.address)
    led = other.get(f"/d/{district.id}/settings/people")
    assert led.headers["Location"].startswith(f"/sign-in/district/{district.id}/first")
    first = other.get(led.headers["Location"]).get_data(as_text=True)
    assert CONTACT in first
    provider.say(user={"sub": "hr", "email": member.address})
    assert go(other, f"/account/district/{district.id}?next=/account").headers["Location"] == "/account"
    assert go(other, f"/sign-in/district/{district.id}").status_code == 302
    assert other.get(f"/d/{district.id}/settings/people").status_code == 200


def test_a_second_factor_is_asked_for_from_a_day_on(app, database, district, steward):
    client = app.test_client()
    sign_in(client, steward.address)
    page, people = f"/d/{district.id}/settings/sign-in", f"/d/{district.id}/settings/people"
    today = dt.datetime.now(dt.UTC).date()
    for day in (today - dt.timedelta(days=3), today + dt.timedelta(days=100)):
        assert post(client, f"{page}/second-factor", page, ask="1", second_factor_from=day).status_code == 422
    later = today + dt.timedelta(days=10)
    assert post(client, f"{page}/second-factor", page, ask="1", second_factor_from=later).status_code == 302
    assert client.get(people).status_code == 200, "until that day nothing is closed"
    rule = f"update sign_in_rule set second_factor_from = current_date where organization_id = {district.id}"
    factories.behind_the_walls(database, "sign_in_rule", rule)
    led = client.get(people)
    assert led.headers["Location"].startswith("/account/second-step")
    assert "Make a passkey" in client.get(led.headers["Location"]).get_data(as_text=True)
    assert client.get("/account").status_code == 200
    generator, _ = set_up(client)
    assert client.get(people).status_code == 200
    # Lost: another steward lets the first one begin again, by mail and with the password.
    second = factories.make_member(database, district, "SUP", True)
    helper = app.test_client()
    sign_in(helper, second.address)
    set_up(helper)
    shown = helper.get(people).get_data(as_text=True)
    numbers = re.findall(r"people/(\d+)/let-in", shown)
    assert len(numbers) == 1, "nobody does it for oneself"
    assert post(helper, f"{people}/{numbers[0]}/let-in", people).status_code == 302
    letter = mailbox.texts(database, steward.address)[-1]
    path = urlsplit(re.search(r"\S+/sign-in/again/\S+", letter).group()).path
    lost = app.test_client()
    assert post(lost, path, password="wrong").status_code == 422
    assert client.get("/account").status_code == 200, "nothing happens without the password"
    assert post(lost, path, password=factories.PASSWORD).headers["Location"] == "/account/second-step"
    assert client.get("/account").status_code == 302, "the other devices are signed out"
    assert lost.get(people).headers["Location"].startswith("/account/second-step")
    assert post(lost, path, password=factories.PASSWORD).status_code == 410
    assert generator.secret not in lost.get("/account/authenticator").get_data(as_text=True).replace(" ", "")
    record = helper.get(f"/d/{district.id}/settings/activity").get_data(as_text=True)
    assert "second_factor_again" in record or "second" in record
