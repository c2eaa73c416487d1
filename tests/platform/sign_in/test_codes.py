"""Authenticator codes: set up, asked for, taken once; recovery codes; proofs before changes; sealing."""

import dataclasses
import datetime as dt
import re

import pyotp
import pytest
from sqlalchemy import text

from apportion.app import create_app
from apportion.sign_in import throttle
from tenants.entering import codes, once, sealing
from tenants.scope import Scope
from tests.support import factories, mailbox
from tests.support.forms import post, set_up, sign_in


@pytest.fixture(autouse=True)
def _quick(redis, monkeypatch):
    monkeypatch.setattr(throttle, "LEAST_SECONDS", 0.0)


@pytest.fixture
def cbo(database):
    return factories.make_member(database, factories.make_district(database), "CBO", True)


def next_code(generator, steps=1):
    """Return the code of the next time step: the present one is used up."""
    return generator.at(dt.datetime.now(dt.UTC), counter_offset=steps)


def test_a_code_is_asked_for_taken_once_and_a_recovery_code_too(app, cbo, database):
    client = app.test_client()
    sign_in(client, cbo.address)
    generator, recovery = set_up(client)
    stored = b"".join(_stored(database))
    assert generator.secret.encode() not in stored
    assert not any(code.encode() in stored or code.replace("-", "").encode() in stored for code in recovery)
    assert "authenticator was set up" in mailbox.texts(database, cbo.address)[-1]
    assert "10 recovery codes are left" in client.get("/account").get_data(as_text=True)

    code = next_code(generator)
    phone = app.test_client()
    waiting = sign_in(phone, cbo.address)
    assert waiting.headers["Location"] == "/sign-in/code"
    assert phone.get("/account").status_code == 302, "the password alone is not enough"
    assert post(phone, "/sign-in/code", code="123456").status_code == 422
    kept = dict(phone.get_cookie("apportion").__dict__)["value"]
    assert post(phone, "/sign-in/code", code=code).status_code == 302
    assert phone.get("/account").status_code == 200

    # The same code, and the same waiting sign-in, work for nobody a second time.
    second = app.test_client()
    sign_in(second, cbo.address)
    assert post(second, "/sign-in/code", code=code).status_code == 422
    replay = app.test_client()
    replay.set_cookie("apportion", kept)
    assert post(replay, "/sign-in/code", code=recovery[3]).status_code == 422

    assert post(second, "/sign-in/code", code=recovery[0].lower().replace("-", " ")).status_code == 302
    # Eight: the code that was typed into the replay is gone too, so that it can't be tried elsewhere.
    assert "8 recovery codes are left" in second.get("/account").get_data(as_text=True)
    assert "Codes left: 8" in "".join(mailbox.texts(database, cbo.address))
    third = app.test_client()
    sign_in(third, cbo.address)
    assert post(third, "/sign-in/code", code=recovery[0]).status_code == 422
    # Another person's codes open nothing.
    other = factories.make_person(database)
    with database.app.transaction(Scope.for_person(other.id)) as session:
        sealer = sealing.Sealer(database.settings.sealing_keys)
        assert codes.check(session, sealer, other.id, recovery[1]) is None
        assert codes.check(session, sealer, cbo.id, recovery[1]) is None


def _stored(database):
    with database.owner() as owner:
        for table in ("authenticator", "recovery_code"):
            owner.execute(f"alter table {table} no force row level security")
            for row in owner.execute(f"select * from {table}").fetchall():
                for value in row:
                    yield value if isinstance(value, bytes) else str(value).encode()
        owner.rollback()


def test_ways_to_sign_in_change_only_shortly_after_a_proof(app, cbo, database):
    client = app.test_client()
    sign_in(client, cbo.address)
    generator, recovery = set_up(client)
    ago = "update sign_in_session set confirmed_at = now() - interval '11 minutes'"
    factories.behind_the_walls(database, "sign_in_session", ago)
    for address in ("/account/authenticator/remove", "/account/recovery-codes", "/account/passkeys/options"):
        led = post(client, address, "/account")
        assert led.headers["Location"].startswith("/account/confirm"), address
    assert post(client, "/account/confirm", password="wrong", code=recovery[1]).status_code == 422
    half = post(client, "/account/confirm", password=factories.PASSWORD, code="")
    assert half.status_code == 422, "the password alone does not confirm an account with an authenticator"
    whole = post(client, "/account/confirm", password=factories.PASSWORD, code=next_code(generator))
    assert whole.status_code == 302
    fresh = post(client, "/account/recovery-codes", "/account").get_data(as_text=True)
    renewed = re.findall(r"<code>([0-9A-Z-]{14})</code>", fresh)
    assert len(renewed) == 10
    assert not set(renewed) & set(recovery)
    assert post(client, "/account/authenticator/remove", "/account").status_code == 302
    assert "was removed" in "".join(mailbox.texts(database, cbo.address))
    assert sign_in(app.test_client(), cbo.address).headers["Location"] == "/"


def test_sealing_keys_rotate_and_a_sealed_value_opens_at_its_place_alone(database, cbo):
    old, new = "o" * 40, "n" * 40
    before, both, after = (sealing.Sealer(keys) for keys in ((old,), (new, old), (new,)))
    with database.app.transaction(Scope.for_person(cbo.id)) as session:
        secret = codes.begin(session, before, cbo.id)
        generator = pyotp.TOTP(secret)
        codes.confirm(session, both, cbo.id, generator.now())
    with database.app.transaction(Scope.for_person(cbo.id)) as session:
        # Used once with both keys it is sealed with the new one, and the old one can go.
        assert codes.check(session, after, cbo.id, next_code(generator)) == "code"
    sealed = after.seal("authenticator/1", b"secret")
    for opener, use in ((after, "authenticator/2"), (before, "authenticator/1"), (after, "provider/1")):
        with pytest.raises(sealing.SealError):
            opener.open(use, sealed)
    with pytest.raises(sealing.SealError):
        after.open("authenticator/1", sealed[:-2] + b"xx")


def test_what_works_once_works_once(database, cbo):
    with database.app.transaction(Scope.for_person(cbo.id)) as session:
        assert once.spend(session, cbo.id, "a link", seconds=60)
        assert not once.spend(session, cbo.id, "a link", seconds=60)
        assert once.spend(session, cbo.id, "another link", seconds=60)
    other = factories.make_person(database)
    with database.app.transaction(Scope.for_person(other.id)) as session:
        assert not once.spend(session, other.id, "a link", seconds=60)


def test_codes_are_guessed_ten_times_at_most(app, cbo):
    client = app.test_client()
    sign_in(client, cbo.address)
    set_up(client)
    guesser = app.test_client()
    sign_in(guesser, cbo.address)
    answers = [
        post(guesser, "/sign-in/code", "/sign-in/code", code=f"{n:06d}").status_code for n in range(12)
    ]
    assert answers == [422] * 10 + [429] * 2


def test_a_telephone_a_step_behind_is_taken_and_two_are_not(database, cbo):
    sealer = sealing.Sealer(database.settings.sealing_keys)
    with database.app.transaction(Scope.for_person(cbo.id)) as session:
        generator = pyotp.TOTP(codes.begin(session, sealer, cbo.id))
        with pytest.raises(codes.NotPossibleError):
            codes.confirm(session, sealer, cbo.id, next_code(generator, -3))
        assert len(codes.confirm(session, sealer, cbo.id, next_code(generator, -1))) == 10


def test_a_code_is_refused_without_the_platforms_key(database, cbo):
    """A copy of the database alone makes no codes."""
    with database.app.transaction(Scope.for_person(cbo.id)) as session:
        codes.begin(session, sealing.Sealer(database.settings.sealing_keys), cbo.id)
    thief = dataclasses.replace(database.settings, sealing_keys=("x" * 64,))
    app = create_app(thief)
    with database.app.transaction(Scope.for_person(cbo.id)) as session:
        row = session.execute(text("select sealed_secret from authenticator")).scalar_one()
        with pytest.raises(sealing.SealError):
            sealing.Sealer(thief.sealing_keys).open(f"authenticator/{cbo.id}", row)
    app.extensions["apportion"].database.close()
