"""Settings: read once, documented, and refused by name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tenants.settings import Settings, SettingsError, role_name, with_user

PRODUCTION = {
    "APPORTION_PRODUCTION": "1",
    "DATABASE_URL": "postgresql://owner:secret@db.example.org/apportion",
    "REDIS_URL": "redis://redis.example.org/0",
    "APPORTION_SECRET_KEYS": "k" * 64,
    "APPORTION_SEALING_KEYS": "s" * 64,
    "APPORTION_SIGNING_KEY": "5e" * 32,
    "APPORTION_ROLE_SECRET": "r" * 64,
    "APPORTION_BASE_URL": "https://plan.example.org/",
}


def test_nothing_configured_gives_a_laptop(tmp_path: Path) -> None:
    first = Settings.from_environment({"APPORTION_HOME": str(tmp_path)})
    second = Settings.from_environment({"APPORTION_HOME": str(tmp_path)})
    assert first == second
    assert len(first.secret_keys[0]) >= 32
    assert first.files == tmp_path / "files"
    assert first.database_url == ""
    for name in ("secret-key", "sealing-key", "role-secret", "signing-key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    one = Settings.from_environment({"APPORTION_HOME": str(tmp_path / "one")})
    two = Settings.from_environment({"APPORTION_HOME": str(tmp_path / "two")})
    assert one.secret_keys != two.secret_keys
    assert one.role_password("app") != two.role_password("app")
    assert one.role_password("app") != one.role_password("mail")


def test_another_process_reads_the_same(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "APPORTION_HOME": str(tmp_path),
            "DATABASE_URL": "postgresql://o:p@localhost/x",
            "REDIS_URL": "redis://h/3",
            "APPORTION_PORT": "8123",
        }
    )
    assert Settings.from_environment(settings.to_environment()) == settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("APPORTION_PROT", "80", "Did you mean APPORTION_PORT?"),
        ("APPORTION_PORT", "eighty", "a whole number from 1 to 65535"),
        ("APPORTION_PORT", "70000", "a whole number from 1 to 65535"),
        ("APPORTION_PORT", "٨٠", "a whole number from 1 to 65535"),
        ("APPORTION_PRODUCTION", "maybe", "expected 1 or 0"),
        ("REDIS_URL", "http://h", "redis://"),
        ("DATABASE_URL", "mysql://h/x", "postgresql://"),
        ("DATABASE_URL", "postgresql://h", "names no database"),
        ("APPORTION_SEALING_KEYS", "short", "at least 32 characters"),
        ("APPORTION_SECRET_KEYS", "short", "at least 32 characters"),
        ("APPORTION_SIGNING_KEY", "k" * 64, "64 hexadecimal digits"),
        ("APPORTION_SMTP_URL", "mail.example.org", "smtp://"),
    ],
)
def test_impossible_values_are_refused_by_name(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment({"APPORTION_HOME": str(tmp_path), name: value})
    assert name in str(refusal.value)
    assert said in str(refusal.value)


@pytest.mark.parametrize("missing", sorted(set(PRODUCTION) - {"APPORTION_PRODUCTION"}))
def test_production_makes_nothing_up(tmp_path: Path, missing: str) -> None:
    given = {"APPORTION_HOME": str(tmp_path / "home"), **PRODUCTION}
    assert Settings.from_environment(given).base_url == "https://plan.example.org"
    assert not (tmp_path / "home").exists()
    del given[missing]
    with pytest.raises(SettingsError, match=missing):
        Settings.from_environment(given)


def test_addresses_of_the_roles(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "APPORTION_HOME": str(tmp_path),
            "DATABASE_URL": "postgresql://owner:pa%40ss@db.example.org:5433/elm?sslmode=require",
            "DATABASE_MAIL_URL": "postgresql://mailer@db.example.org/elm",
        }
    )
    assert settings.database_app_url == (
        f"postgresql://apportion_app_elm:{settings.role_password('app')}@db.example.org:5433/elm?sslmode=require"
    )
    assert settings.database_mail_url == "postgresql://mailer@db.example.org/elm"


def test_long_database_names_keep_roles_apart() -> None:
    one, two = (role_name("app", "d" * 60 + end) for end in ("1", "2"))
    assert one != two
    assert len(one) <= 63


def test_a_users_name_and_password_are_quoted() -> None:
    assert with_user("postgresql://a:b@h/d", "x@y", "p:/w") == "postgresql://x%40y:p%3A%2Fw@h/d"


def test_every_setting_is_documented() -> None:
    source = (Path(__file__).parents[2] / "tenants" / "settings.py").read_text(encoding="utf-8")
    body = source.partition("class Settings:")[2]
    for field in dataclasses.fields(Settings):
        declaration = body.partition(f"    {field.name}: ")[2]
        assert declaration.partition("\n")[2].lstrip().startswith('"""'), field.name


def test_the_guide_names_every_variable() -> None:
    from tenants import settings  # noqa: PLC0415 - the private table of names, read here alone

    guide = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert [name for name in settings._NAMES if f"`{name}`" not in guide] == []
