"""The operator's commands: districts and facilitators are opened, their first people invited by mail."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from apportion.cli import main
from tenants import lookups
from tenants.database import Database
from tests.support.platform import CloneOfTemplate

DISTRICT = [
    *("district", "create", "--name", "Elm Creek Unified", "--cds-code", "99123450000000"),
    *("--steward", "Sam@elm.example", "--steward-name", "Sam Steward"),
]


@pytest.fixture
def environment(database: CloneOfTemplate, monkeypatch: pytest.MonkeyPatch) -> CloneOfTemplate:
    """Let commands find the test's own database."""
    for name, value in database.settings.to_environment().items():
        monkeypatch.setenv(name, value)
    return database


def mails(database: CloneOfTemplate) -> list[tuple[str, str, str]]:
    """Return receiver, subject and text of all mails, as the mail role reads them."""
    carrier = Database(database.settings.database_mail_url)
    with carrier.connection(None) as connection:
        rows = connection.execute(text("select address, subject, text from outgoing_mail order by id")).all()
    carrier.close()
    return [(row.address, row.subject, row.text) for row in rows]


def test_a_district_is_opened_and_its_steward_invited(
    environment: CloneOfTemplate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(DISTRICT) == 0
    said = capsys.readouterr().out
    assert "Elm Creek Unified is open" in said
    assert str(environment.settings.mail_folder) in said
    ((address, subject, words),) = mails(environment)
    assert address == "sam@elm.example"
    assert subject == "Invitation to Elm Creek Unified"
    assert f"{environment.settings.base_url}/invitation/" in words


def test_an_invitation_in_spanish(environment: CloneOfTemplate) -> None:
    assert main([*DISTRICT, "--language", "es"]) == 0
    ((_, subject, words),) = mails(environment)
    assert subject != "Invitation to Elm Creek Unified"
    assert "Elm Creek Unified" in subject
    assert "Hello" not in words


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--cds-code": "12"}, "14 digits"),
        ({"--steward": "nobody"}, "not a mail address"),
        ({"--steward-name": " "}, "name"),
        ({"--name": "   "}, "name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_mailed(
    environment: CloneOfTemplate, capsys: pytest.CaptureFixture[str], change: dict[str, str], said: str
) -> None:
    given = list(DISTRICT)
    for option, value in change.items():
        given[given.index(option) + 1] = value
    assert main(given) == 1
    assert said in capsys.readouterr().err
    assert mails(environment) == []
    assert lookups.district_by_code(environment.app, "99123450000000") is None


def test_a_code_is_opened_once(environment: CloneOfTemplate, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(DISTRICT) == 0
    assert main(DISTRICT) == 1
    assert "is here already" in capsys.readouterr().err
    assert len(mails(environment)) == 1


def test_a_facilitator_is_opened(environment: CloneOfTemplate) -> None:
    command = ["facilitator", "create", "--name", "Bridge", "--steward", "lee@bridge.example"]
    assert main([*command, "--steward-name", "Lee Lead"]) == 0
    ((address, subject, _),) = mails(environment)
    assert (address, subject) == ("lee@bridge.example", "Invitation to Bridge")


def test_the_addresses_of_the_database(
    environment: CloneOfTemplate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["database", "url", "--role", "owner"]) == 0
    assert capsys.readouterr().out.strip() == environment.settings.database_url
    assert main(["database", "url", "--role", "app"]) == 0
    assert capsys.readouterr().out.strip() == environment.settings.database_app_url


def test_without_a_platform_commands_say_what_to_do(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.setenv("APPORTION_HOME", str(tmp_path_factory.mktemp("home")))
    assert main(["database", "url"]) == 1
    assert "apportion run" in capsys.readouterr().err
    monkeypatch.setenv("APPORTION_PROT", "1")
    assert main(["database", "url"]) == 1
    assert "Did you mean" in capsys.readouterr().err
