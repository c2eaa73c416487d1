"""Signing in, invitations, new passwords, choosing an organization, the own account."""

import re
import statistics
import time

import pytest
from sqlalchemy import event, text

from apportion.sign_in import passkeys, throttle
from tenants import belonging, joining, lookups
from tenants.scope import Scope
from tests.support import factories, mailbox
from tests.support.forms import field, post, sign_in

GOOD = "four words make sense"


@pytest.fixture(autouse=True)
def _fresh_counts(redis):
    return redis


@pytest.fixture
def district(database):
    return factories.make_district(database)


@pytest.fixture
def cbo(database, district):
    return factories.make_member(database, district, "CBO", True)


def test_a_member_signs_in_and_comes_back_to_the_page_asked_for(client, cbo):
    asked = client.get("/account")
    assert asked.headers["Location"] == "/sign-in?next=%2Faccount"
    step = post(client, "/sign-in", address=cbo.address, next="/account")
    assert step.status_code == 200
    page = step.get_data(as_text=True)
    assert field(page, "next") == "/account"
    done = sign_in(client, cbo.address, next="/account")
    assert done.headers["Location"] == "/account"
    assert cbo.address in client.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"]
)
def test_nobody_is_led_away_after_signing_in(client, cbo, away):
    assert sign_in(client, cbo.address, next=away).headers["Location"] == "/"


def test_unknown_addresses_and_wrong_passwords_read_the_same(client, cbo):
    known = sign_in(client, cbo.address, "wrong wrong wrong")
    unknown = sign_in(client, "nobody@example.org", "wrong wrong wrong")
    assert known.status_code == unknown.status_code == 422
    same = known.get_data(as_text=True).replace(cbo.address, "*")
    other = unknown.get_data(as_text=True).replace("nobody@example.org", "*")
    mask = re.compile(r'(csrf_token" value="|nonce(-|="))[^"\' ]+')
    assert mask.sub("", same) == mask.sub("", other)
    first = post(client, "/sign-in", address=cbo.address).get_data(as_text=True).replace(cbo.address, "*")
    second = (
        post(client, "/sign-in", address="nobody@x.org").get_data(as_text=True).replace("nobody@x.org", "*")
    )
    assert mask.sub("", first) == mask.sub("", second)


@pytest.mark.usefixtures("strong_passwords")
def test_unknown_addresses_take_as_long_as_known_ones(client, database, monkeypatch, district):
    monkeypatch.setattr(throttle, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(throttle, "PER_SECOND", 1000)
    monkeypatch.setattr(throttle, "PER_ACCOUNT", 1000)
    joining.add_member(
        database.app,
        _account(database, "known@example.org"),
        district.id,
        "CBO",
    )
    times = {"known@example.org": [], "unknown@example.org": []}
    for _ in range(7):
        for address, taken in times.items():
            start = time.perf_counter()
            sign_in(client, address, "wrong wrong wrong")
            taken.append(time.perf_counter() - start)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.4 < known / unknown < 2.5


@pytest.mark.usefixtures("redis")
def test_no_answer_to_a_password_comes_sooner_than_the_least_time(client, cbo, monkeypatch):
    monkeypatch.setattr(throttle, "LEAST_SECONDS", 0.4)
    start = time.perf_counter()
    sign_in(client, cbo.address, "wrong wrong wrong")
    assert time.perf_counter() - start >= 0.4


def _account(database, address):
    from tenants import accounts  # noqa: PLC0415 - the one use

    return accounts.create_person(database.app, address=address, name="Known", language="en", password=GOOD)


def test_too_many_tries_are_refused_for_known_and_unknown_alike(client, cbo, monkeypatch):
    monkeypatch.setattr(throttle, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(throttle, "PER_SECOND", 1000)
    for address in (cbo.address, "nobody@example.org"):
        codes = [sign_in(client, address, "wrong").status_code for _ in range(12)]
        assert codes == [422] * 10 + [429] * 2
    assert sign_in(client, cbo.address).status_code == 429


def test_the_right_password_forgives_earlier_slips(client, cbo, monkeypatch):
    monkeypatch.setattr(throttle, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(throttle, "PER_SECOND", 1000)
    for _ in range(3):
        for _ in range(6):
            sign_in(client, cbo.address, "wrong")
        assert sign_in(client, cbo.address).status_code == 302
        post(client, "/sign-out", "/account")


def test_signing_in_is_closed_when_redis_is_gone(database, cbo, monkeypatch):
    import dataclasses  # noqa: PLC0415 - the one use

    from apportion.app import create_app  # noqa: PLC0415 - as the fixture does

    gone = dataclasses.replace(database.settings, redis_url="redis://127.0.0.1:1/0")
    closed = create_app(gone)
    assert sign_in(closed.test_client(), cbo.address).status_code == 503
    closed.extensions["apportion"].database.close()


def test_a_form_without_its_token_is_refused(client, cbo):
    answer = client.post("/sign-in/password", data={"address": cbo.address, "password": factories.PASSWORD})
    assert answer.status_code == 400


def test_signing_in_starts_a_fresh_session(client, cbo):
    client.get("/sign-in")
    with client.session_transaction() as before:
        before["planted"] = "by somebody else"
    sign_in(client, cbo.address)
    with client.session_transaction() as after:
        assert "planted" not in after
        assert str(cbo.id) != after["_user_id"]


def test_signing_out_ends_the_session_on_the_server(app, cbo):
    client, thief = app.test_client(), app.test_client()
    sign_in(client, cbo.address)
    with client.session_transaction() as mine, thief.session_transaction() as stolen:
        stolen.update(mine)
    assert thief.get("/account").status_code == 200
    assert post(client, "/sign-out", "/account").status_code == 302
    assert thief.get("/account").status_code == 302


def test_a_device_is_signed_out_from_another(app, cbo, database):
    here, there = app.test_client(), app.test_client()
    sign_in(here, cbo.address)
    sign_in(there, cbo.address)
    page = here.get("/account").get_data(as_text=True)
    number = re.search(r"/account/devices/(\d+)/end", page).group(1)
    stranger = app.test_client()
    sign_in(stranger, factories.make_person(database).address)
    answers = [post(stranger, f"/account/devices/{n}/end", "/account") for n in (number, 999_999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert there.get("/account").status_code == 200
    assert post(here, f"/account/devices/{number}/end", "/account").status_code == 302
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200


def test_a_lost_membership_counts_from_the_next_request(client, cbo, database, district):
    other = factories.make_member(database, district, "SUP", True)
    sign_in(client, cbo.address)
    assert "Chief business" in client.get("/organizations").get_data(as_text=True)
    with database.app.transaction(factories.scope_of(database.app, other)) as session:
        member = session.execute(
            text("select id from membership where person_id = :p"), {"p": cbo.id}
        ).scalar()
        scope = factories.scope_of(database.app, other)
        assert belonging.end_membership(session, scope, member)
    assert client.get(f"/d/{district.id}/settings/people").status_code == 404
    assert "no organization" in client.get("/organizations").get_data(as_text=True)


def test_one_chooses_among_ones_own_organizations_only(client, cbo, database):
    second = factories.make_district(database, "Second Unified")
    third = factories.make_district(database, "Third Unified")
    factories.add_member(database, cbo, second, "BRD")
    sign_in(client, cbo.address)
    page = client.get("/organizations").get_data(as_text=True)
    assert "Second Unified" in page
    assert "Third Unified" not in page
    assert post(client, f"/organizations/{second.id}", "/organizations").status_code == 302
    foreign = post(client, f"/organizations/{third.id}", "/organizations")
    unknown = post(client, "/organizations/99999", "/organizations")
    assert foreign.status_code == unknown.status_code == 404


@pytest.fixture
def invited(database, cbo):
    scope = factories.scope_of(database.app, cbo)
    with database.app.transaction(scope) as session:
        _, token = joining.invite(session, scope, address="New@Person.org", name="Ana Ruiz", role="CAO")
    return token


def test_an_invitation_says_what_one_will_and_will_not_see(client, invited):
    for _ in range(3):
        page = client.get(f"/invitation/{invited}").get_data(as_text=True)
    seen, hidden = page.split("You will not see")
    assert "chief academic officer" in page
    assert "Priorities" in seen
    assert "Names and pay of employees" in hidden
    assert client.get("/invitation/" + "x" * 43).status_code == 404


def test_accepting_makes_the_account_and_signs_in(client, invited, database, district):
    weak = post(
        client, f"/invitation/{invited}/accept", f"/invitation/{invited}", password="12345678", language="es"
    )
    assert weak.status_code == 422
    done = post(
        client,
        f"/invitation/{invited}/accept",
        f"/invitation/{invited}",
        password=GOOD,
        language="es",
        name="Ana R.",
    )
    assert done.status_code == 302
    page = client.get("/account").get_data(as_text=True)
    assert 'lang="es"' in page
    assert "Ana R." in page
    again = client.get(f"/invitation/{invited}")
    assert again.status_code == 410
    person = lookups.person_by_address(database.app, "new@person.org")
    with database.app.transaction(Scope.for_person(person)) as session:
        row = session.execute(text("select organization_id, role, steward from membership")).one()
    assert tuple(row) == (district.id, "CAO", False)


def test_somebody_with_an_account_signs_in_and_accepts(app, database, cbo, district):
    person = factories.make_person(database)
    scope = factories.scope_of(database.app, cbo)
    with database.app.transaction(scope) as session:
        _, token = joining.invite(session, scope, address=person.address, name="X", role="HR")
    client, other, place = app.test_client(), app.test_client(), f"/invitation/{token}"
    assert f"/sign-in?next=/invitation/{token}" in client.get(place).get_data(as_text=True).replace(
        "%2F", "/"
    )
    led = post(client, f"{place}/accept", place, password=factories.PASSWORD)
    assert led.headers["Location"].startswith("/sign-in?next="), "a password on this page opens nothing"
    sign_in(other, cbo.address)
    assert "another account" in other.get(place).get_data(as_text=True)
    assert post(other, f"{place}/accept", place).status_code == 422
    sign_in(client, person.address)
    assert post(client, f"{place}/accept", place).headers["Location"] == "/"
    assert client.get(f"/d/{district.id}/settings/people").status_code == 200


def test_a_declined_or_expired_invitation_is_over(client, invited, database, cbo):
    declined = post(client, f"/invitation/{invited}/decline", f"/invitation/{invited}", reason="Moved away")
    assert declined.status_code == 200
    assert client.get(f"/invitation/{invited}").status_code == 410
    scope = factories.scope_of(database.app, cbo)
    with database.app.transaction(scope) as session:
        [(kept, state)] = joining.invitations(session, cbo.organization_id)
        assert (state, kept.decline_reason) == ("declined", "Moved away")
        _, renewed = joining.resend(session, scope, kept.id)
    assert client.get(f"/invitation/{invited}").status_code == 404
    assert client.get(f"/invitation/{renewed}").status_code == 200
    factories.behind_the_walls(database, "invitation", "update invitation set expires_at = now()")
    over = client.get(f"/invitation/{renewed}")
    assert over.status_code == 410
    assert "expired" in over.get_data(as_text=True)
    asked = post(client, f"/invitation/{renewed}/ask-again", f"/invitation/{renewed}")
    assert asked.status_code == 200
    post(client, f"/invitation/{renewed}/ask-again", f"/invitation/{renewed}")
    [letter] = mailbox.texts(database, cbo.address)
    assert "new@person.org" in letter
    assert f"/d/{cbo.organization_id}/settings/people" in letter


def test_a_new_password_comes_by_mail_and_unknown_addresses_look_alike(client, cbo, database):
    known = post(client, "/new-password", address=cbo.address)
    unknown = post(client, "/new-password", address="nobody@example.org")
    assert known.status_code == unknown.status_code == 200
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        mails = owner.execute("select address, text, html, language from outgoing_mail").fetchall()
    assert [mail[0] for mail in mails] == [cbo.address]
    token = re.search(r"/new-password/(\S+)", mails[0][1]).group(1)
    assert token in mails[0][2]
    assert client.get(f"/new-password/{token}").status_code == 200
    done = post(client, f"/new-password/{token}", password=GOOD)
    assert done.status_code == 302
    assert client.get(f"/new-password/{token}").status_code == 410
    assert sign_in(client, cbo.address).status_code == 422
    assert sign_in(client, cbo.address, GOOD).status_code == 302


def test_the_own_account_is_changed(client, cbo):
    sign_in(client, cbo.address)
    assert post(client, "/account/name", "/account", name=" ").status_code == 422
    assert post(client, "/account/name", "/account", name="Rosa Díaz").status_code == 302
    assert "Rosa Díaz" in client.get("/account").get_data(as_text=True)
    wrong = post(client, "/account/password", "/account", current="no", password=GOOD)
    assert wrong.status_code == 422
    right = post(client, "/account/password", "/account", current=factories.PASSWORD, password=GOOD)
    assert right.status_code == 302
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "address", ["/sign-in", "/new-password", "/new-password/xyz", "/account", "/organizations"]
)
def test_every_page_speaks_spanish(client, cbo, address):
    sign_in(client, cbo.address) if address in {"/account", "/organizations"} else None
    client.set_cookie("language", "es")
    if address in {"/account", "/organizations"}:
        post(client, "/preferences", "/account", language="es")
    page = client.get(address).get_data(as_text=True)
    assert '<html lang="es"' in page


def test_my_data_comes_as_a_file_without_secrets_and_without_others(app, cbo, database):
    client = app.test_client()
    sign_in(client, cbo.address)
    factories.make_member(database, factories.make_district(database, "Second Unified"), "CBO")
    answer = client.get("/account/data")
    assert "attachment" in answer.headers["Content-Disposition"]
    kept = answer.get_json()
    assert kept["person"]["mail_address"] == cbo.address
    assert [each["role"] for each in kept["memberships"]] == ["CBO"]
    assert len(kept["devices"]) == 1
    assert "argon2" not in answer.get_data(as_text=True)
    factories.behind_the_walls(
        database, "sign_in_session", "update sign_in_session set confirmed_at = now() - interval '1 hour'"
    )
    assert client.get("/account/data").headers["Location"].startswith("/account/confirm")


def test_who_belongs_to_many_finds_one_by_its_name_in_the_own_language(client, database):
    person = factories.make_person(database, language="es")
    for number in range(60):
        place = factories.make_district(database, f"{'Elm' if number % 2 else 'Peña'} Creek {number:02d}")
        joining.add_member(database.app, person.id, place.id, "CBO")
    sign_in(client, person.address)
    whole = client.get("/organizations").get_data(as_text=True)
    assert 'lang="es"' in whole
    assert whole.count('class="row-line org-pick"') == 50
    assert "Hay 10 más" in whole
    found = client.get("/organizations?q=pena+02").get_data(as_text=True)
    assert found.count('class="row-line org-pick"') == 1
    assert "Peña Creek 02" in found
    none = client.get("/organizations?q=Birch").get_data(as_text=True)
    assert "Ninguna de sus organizaciones" in none


def test_a_passkey_page_opened_by_a_number_leads_to_the_name():
    assert passkeys.BY_NUMBER.fullmatch("127.0.0.1")
    assert passkeys.BY_NUMBER.fullmatch("::1")
    assert not passkeys.BY_NUMBER.fullmatch("localhost")


def test_a_sign_in_from_a_new_device_is_told_and_ended_from_the_mail(app, database, redis):
    person = factories.make_member(database, factories.make_district(database), "CBO", True)
    own = app.test_client()
    sign_in(own, person.address)
    assert mailbox.texts(database) == [], "the very first device is no news"
    post(own, "/sign-out", "/account")
    sign_in(own, person.address)
    assert mailbox.texts(database) == [], "nor is a device that is known"
    stranger = app.test_client()
    sign_in(stranger, person.address)
    [letter] = mailbox.texts(database, person.address)
    link = re.search(r"http\S+?(/sign-in/not-me/\S+)", letter).group(1)
    reader = app.test_client()
    page = reader.get(link).get_data(as_text=True)
    assert "Was this not you?" in page
    assert 'lang="en"' in page
    assert stranger.get("/account").status_code == 200, "a mail scanner that looks ends nothing"
    assert post(reader, link).location.endswith("/new-password")
    assert stranger.get("/account").status_code == 302
    assert own.get("/account").status_code == 302
    assert "has ended already" in reader.get(link).get_data(as_text=True)
    assert reader.get("/sign-in/not-me/forged").status_code == 410


def test_the_chooser_asks_the_database_as_often_for_300_organizations_as_for_3(client, app, cbo, database):
    sign_in(client, cbo.address)
    engine = app.extensions["apportion"].database.engine

    def belong(begin, end):
        numbers = f"generate_series({700_000 + begin}, {700_000 + end - 1}) n"
        factories.behind_the_walls(
            database,
            "organization",
            "insert into organization (id, kind, name, cds_code)"
            f" select n, 'district', 'Vale ' || n, lpad(n::text, 14, '7') from {numbers}",
        )
        factories.behind_the_walls(
            database,
            "membership",
            "insert into membership (organization_id, person_id, role)"
            f" select n, {cbo.id}, 'SUP' from {numbers}",
        )

    def counted(address):
        statements = []

        def note(_connection, _cursor, statement, *_more):
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        page = client.get(address).get_data(as_text=True)
        event.remove(engine, "before_cursor_execute", note)
        return page, len(statements)

    belong(0, 2)
    few, asked = counted("/organizations")
    assert "Vale 700001" in few
    belong(2, 300)
    assert counted("/organizations")[1] == asked
    page, again = counted("/organizations?q=VALE+700123&next=/d/7/")
    assert again == asked
    assert "Vale 700123" in page
    assert "Vale 700124" not in page
