"""Mail: decided on in a transaction, carried once, by a real SMTP server or into the folder."""

import dataclasses
import email
import email.policy
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from tenants.scope import Scope
from tests.support.inbox import CERTIFICATE, smtp_server
from workers import mail
from workers.mail import Carrier

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(database):
    return dataclasses.replace(database.settings, retry_seconds=1)


@pytest.fixture
def carrier(settings):
    made = Carrier(settings)
    yield made
    made.close()


def post(database, key="reset/1", address="rosa.marin@district.example", **changes):
    values = {
        "subject": "Restablezca su contraseña",
        "text": "Abra este enlace: https://platform.example/reset/x",
        "html": '<p>Abra <a href="https://platform.example/reset/x">este enlace</a>.</p>',
        "language": "es",
    }
    with database.app.transaction(Scope.nobody()) as session:
        mail.post(session, key=key, address=address, **(values | changes))


def states(carrier):
    with carrier.database.connection(None) as connection:
        rows = connection.execute(text("SELECT key, state, attempt FROM outgoing_mail ORDER BY id"))
        return [tuple(row) for row in rows]


def make_due(carrier):
    with carrier.database.connection(None) as connection:
        connection.execute(text("UPDATE outgoing_mail SET due_at = now()"))


def read(path):
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def test_with_no_server_a_mail_lands_in_the_folder_with_both_parts(database, settings, carrier):
    post(database)
    assert carrier.carry_one()
    assert not carrier.carry_one()
    (path,) = settings.mail_folder.glob("*.eml")
    message = read(path)
    assert message["To"] == "rosa.marin@district.example"
    assert message["Subject"] == "Restablezca su contraseña"
    assert message["Content-Language"] == "es"
    assert "enlace: https://platform.example/reset/x" in message.get_body(("plain",)).get_content()
    assert 'href="https://platform.example/reset/x"' in message.get_body(("html",)).get_content()
    assert states(carrier) == [("reset/1", "sent", 1)]


def test_the_same_key_is_one_mail(database, settings, carrier):
    for _ in range(3):
        post(database)
    post(database, key="reset/2")
    while carrier.carry_one():
        pass
    assert len(list(settings.mail_folder.glob("*.eml"))) == 2


def test_an_undone_transaction_sends_nothing(database, settings, carrier):
    def undone():
        with database.app.transaction(None) as session:
            mail.post(session, key="k", address="a@b.example", subject="s", text="t", html="h", language="en")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert not carrier.carry_one()


def test_the_application_can_write_mail_and_read_none(database):
    post(database)
    with (
        pytest.raises(Exception, match="permission denied"),
        database.app.transaction(Scope.nobody()) as session,
    ):
        session.execute(text("SELECT address FROM outgoing_mail"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "a@b.example\r\nBcc: everybody@b.example"),
        ("subject", "Hello\nBcc: everybody@b.example"),
        ("address", "not an address"),
        ("address", "Name <a@b.example>, other@b.example"),
    ],
)
def test_headers_cannot_be_smuggled_in(database, field, value):
    with pytest.raises(ValueError, match=r"address|subject"):
        post(database, **{field: value})


def test_starttls_and_password(database, settings, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with smtp_server(tls=True) as (inbox, port):
        url = f"smtp://apportion:s3cret%2Fwith%40signs@localhost:{port}"
        carrier = Carrier(dataclasses.replace(settings, smtp_url=url))
        post(database)
        assert carrier.carry_one()
        assert states(carrier) == [("reset/1", "sent", 1)]
        carrier.close()
    ((receivers, content, secure),) = inbox.received
    assert receivers == ["rosa.marin@district.example"]
    assert secure
    assert inbox.passwords == [(b"apportion", b"s3cret/with@signs")]
    assert b"multipart/alternative" in content
    assert not settings.mail_folder.exists()


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(database, settings):
    with smtp_server(tls=True) as (inbox, port):
        carrier = Carrier(dataclasses.replace(settings, smtp_url=f"smtp://u:p@localhost:{port}"))
        post(database)
        assert carrier.carry_one()
        assert states(carrier) == [("reset/1", "waiting", 1)]
        carrier.close()
    assert inbox.received == []
    assert inbox.passwords == []


def test_no_password_goes_in_the_clear(database, settings):
    with smtp_server(tls=False) as (inbox, port):
        carrier = Carrier(dataclasses.replace(settings, smtp_url=f"smtp://u:p@localhost:{port}"))
        post(database)
        assert carrier.carry_one()
        assert states(carrier) == [("reset/1", "waiting", 1)]
        carrier.close()
    assert inbox.received == []


def test_a_busy_server_is_tried_again_and_gets_the_mail_once(database, settings):
    with smtp_server(tls=False) as (inbox, port):
        carrier = Carrier(dataclasses.replace(settings, smtp_url=f"smtp://localhost:{port}"))
        inbox.answers = ["451 busy", "451 busy"]
        post(database)
        for _ in range(3):
            assert carrier.carry_one()
            assert not carrier.carry_one(), "it is not due at once"
            make_due(carrier)
        assert states(carrier) == [("reset/1", "sent", 3)]
        assert not carrier.carry_one()
        carrier.close()
    assert len(inbox.received) == 1


def test_an_address_that_is_refused_for_good_is_given_up(database, settings):
    with smtp_server(tls=False) as (inbox, port):
        carrier = Carrier(dataclasses.replace(settings, smtp_url=f"smtp://localhost:{port}"))
        inbox.answers = ["550 nobody of that name"]
        post(database)
        assert carrier.carry_one()
        assert states(carrier) == [("reset/1", "failed", 1)]
        carrier.close()
    assert inbox.received == []


def test_two_carriers_carry_each_mail_once(database, settings):
    with smtp_server(tls=False) as (inbox, port):
        chosen = dataclasses.replace(settings, smtp_url=f"smtp://localhost:{port}")
        for number in range(20):
            post(database, key=f"k/{number}")
        carriers = [Carrier(chosen) for _ in range(2)]

        def carry(carrier):
            while carrier.carry_one():
                pass

        threads = [threading.Thread(target=carry, args=(carrier,)) for carrier in carriers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for carrier in carriers:
            carrier.close()
    assert len(inbox.received) == 20


def test_killed_between_handing_over_and_noting_it_leaves_one_mail(database, settings, carrier):
    post(database)
    code = "from tenants.settings import Settings; from workers.mail import Carrier; "
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("APPORTION_", "DATABASE_"))
    } | settings.to_environment()
    ended = subprocess.run(
        [sys.executable, "-c", code + "Carrier(Settings.from_environment()).carry_one()"],
        check=False,
        cwd=ROOT,
        env=environment | {"FAULT_POINT": "mail_handed_over"},
    )
    assert ended.returncode == -signal.SIGKILL
    (first,) = settings.mail_folder.glob("*.eml")
    before = first.read_bytes()
    make_due(carrier)
    assert carrier.carry_one()
    (second,) = settings.mail_folder.glob("*.eml")
    assert read(second)["Message-ID"] == email.message_from_bytes(before)["Message-ID"]
    assert states(carrier) == [("reset/1", "sent", 2)]
