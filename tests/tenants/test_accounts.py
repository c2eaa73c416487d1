"""Passwords, devices, resets and tokens of a person."""

import datetime as dt

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from tenants import accounts, lookups, passwords
from tenants.errors import NotPossibleError
from tenants.language import render
from tenants.people import Credential
from tenants.scope import Scope, resolve
from tests.support import factories, signing

pytestmark = pytest.mark.external

GOOD = "four words make sense"


@pytest.fixture
def person(database):
    return accounts.create_person(
        database.app, address="Rosa.Diaz@Elm.org", name="Rosa Díaz", language="es", password=GOOD
    )


def test_a_person_signs_in_whatever_the_case_of_the_address(database, person):
    token = signing.password_session(database.app, " rosa.diaz@ELM.org ", GOOD, "Firefox")
    found = accounts.session_of(database.app, token)
    assert found.person_id == person
    assert signing.password_session(database.app, "rosa.diaz@elm.org", GOOD + "!", "Firefox") is None
    assert signing.password_session(database.app, "nobody@elm.org", GOOD, "Firefox") is None


def test_the_token_is_stored_nowhere(database, person):
    token = signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "Firefox")
    with database.owner() as owner:
        owner.execute("alter table sign_in_session no force row level security")
        stored = owner.execute("select token_hash from sign_in_session").fetchone()[0]
    assert token.encode() not in bytes(stored)
    assert len(bytes(stored)) == 32


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "has 5 characters"),
        ("password123", "anybody would try"),
        ("aaaaaaaaaaaa", "anybody would try"),
        ("rosa.diaz2026!", "anybody would try"),
        ("x" * 257, "more than 256"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password, why):
    with pytest.raises(NotPossibleError) as caught:
        passwords.check(password, "rosa.diaz@elm.org")
    assert why in render(caught.value.said, "en")


def test_long_passphrases_and_every_alphabet_are_taken():
    for password in ("x y" * 22, "contraseña muy larga ñandú", "пароль из слов"):
        passwords.check(password, "a@b.org")


@pytest.mark.usefixtures("strong_passwords")
def test_a_hash_of_older_parameters_is_renewed_at_sign_in(database, person):
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    with database.app.transaction(Scope.for_person(person)) as session:
        session.get_one(Credential, person).password_hash = weak
    assert signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "")
    with database.app.transaction(Scope.for_person(person)) as session:
        renewed = session.scalar(select(Credential.password_hash))
    assert renewed != weak
    assert not passwords.outdated(renewed)
    assert signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "")


@pytest.mark.parametrize(
    "change",
    [
        "last_seen_at = now() - interval '12 hours 1 second'",
        "created_at = now() - interval '14 days 1 second'",
        "ended_at = now()",
    ],
)
def test_a_device_is_signed_out_when_its_time_is_over(database, person, change):
    token = signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "")
    factories.behind_the_walls(database, "sign_in_session", f"update sign_in_session set {change}")
    assert accounts.session_of(database.app, token) is None


def test_devices_are_listed_and_signed_out_one_or_all(database, person):
    enter = signing.password_session
    tokens = [enter(database.app, "rosa.diaz@elm.org", GOOD, f"device {n}") for n in range(3)]
    ids = [accounts.session_of(database.app, token).session_id for token in tokens]
    other = factories.make_person(database)
    with database.app.transaction(Scope.for_person(other.id)) as session:
        assert accounts.devices(session, person) == []
        assert not accounts.end_session(session, person, ids[0])
    with database.app.transaction(Scope.for_person(person)) as session:
        assert {device.id for device in accounts.devices(session, person)} == set(ids)
        assert accounts.end_session(session, person, ids[0])
        assert accounts.end_other_sessions(session, person, ids[2]) == 1
    assert [accounts.session_of(database.app, token) is not None for token in tokens] == [False, False, True]


def test_a_reset_sets_a_password_once_and_signs_every_device_out(database, person):
    token = signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "")
    with database.app.transaction(Scope.for_person(person)) as session:
        _, mailed = accounts.ask_reset(session, person)
    with pytest.raises(NotPossibleError):
        accounts.reset_password(database.app, mailed, "12345678")
    assert accounts.reset_password(database.app, mailed, "another four words") == person
    assert accounts.session_of(database.app, token) is None
    assert accounts.reset_password(database.app, mailed, "a third four words") is None
    assert signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "") is None
    assert signing.password_session(database.app, "rosa.diaz@elm.org", "another four words", "")


def test_an_expired_reset_sets_nothing(database, person):
    with database.app.transaction(Scope.for_person(person)) as session:
        _, mailed = accounts.ask_reset(session, person)
    factories.behind_the_walls(database, "password_reset", "update password_reset set expires_at = now()")
    assert accounts.reset_password(database.app, mailed, "another four words") is None


def test_changing_the_password_needs_the_current_one_and_keeps_this_device(database, person):
    here = signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "here")
    there = signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "there")
    keep = accounts.session_of(database.app, here).session_id
    with pytest.raises(NotPossibleError):
        accounts.change_password(database.app, person, "wrong wrong wrong", "another four words", keep)
    accounts.change_password(database.app, person, GOOD, "another four words", keep)
    assert accounts.session_of(database.app, here)
    assert accounts.session_of(database.app, there) is None


def test_a_program_acts_with_a_token_until_it_is_revoked_or_expires(database):
    district = factories.make_district(database)
    member = factories.make_member(database, district, "CBO", True)
    scope = resolve(database.app, member.id, district.id)
    with database.app.transaction(scope) as session:
        first = accounts.create_api_token(session, scope, name="Sync", days=30, read_only=True)
        second = accounts.create_api_token(session, scope, name="Other", days=30, read_only=False)
    found = accounts.api_token_holder(database.app, first)
    assert (found.person_id, found.organization_id, found.read_only) == (member.id, district.id, True)
    with database.app.transaction(scope) as session:
        listed = {token.name: (token, name) for token, name in accounts.api_tokens(session, district.id)}
        assert listed["Sync"][0].last_used_at is not None
        assert accounts.revoke_api_token(session, district.id, listed["Sync"][0].id)
        assert not accounts.revoke_api_token(session, district.id, listed["Sync"][0].id)
    assert accounts.api_token_holder(database.app, first) is None
    factories.behind_the_walls(database, "api_token", "update api_token set expires_at = now()")
    assert accounts.api_token_holder(database.app, second) is None
    assert accounts.api_token_holder(database.app, "apt_" + "x" * 40) is None


def test_last_seen_is_written_once_a_minute(database, person):
    token = signing.password_session(database.app, "rosa.diaz@elm.org", GOOD, "")
    before = accounts.session_of(database.app, token).seen_at
    assert accounts.session_of(database.app, token).seen_at == before
    factories.behind_the_walls(
        database, "sign_in_session", "update sign_in_session set last_seen_at = now() - interval '2 minutes'"
    )
    accounts.session_of(database.app, token)
    assert accounts.session_of(database.app, token).seen_at > before - dt.timedelta(seconds=1)


def test_organizations_of_a_person_and_nobody_elses(database):
    one, two = factories.make_district(database, "One"), factories.make_district(database, "Two")
    factories.make_district(database, "Three")
    person = factories.make_member(database, one, "CBO", True)
    factories.add_member(database, person, two, "COM")
    held = accounts.belongings(database.app, person.id)
    assert [(b.name, b.role, b.steward) for b in held] == [("One", "CBO", True), ("Two", "COM", False)]
    with database.app.transaction(Scope.for_person(person.id)) as session:
        token = accounts.open_session(session, person.id, "", None)
    found = lookups.session_by_token(database.app, token, idle=accounts.IDLE, absolute=accounts.ABSOLUTE)
    with database.app.transaction(Scope.for_person(person.id)) as session:
        assert accounts.choose_organization(session, found.session_id, person.id, two.id)
        assert not accounts.choose_organization(session, found.session_id, person.id, two.id + 1)
        assert session.execute(text("select organization_id from sign_in_session")).scalar() == two.id
