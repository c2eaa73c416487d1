"""Persons, their credentials and their signed-in sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, Global, now


class Person(Base, Global):
    """A human being; belongs to organizations through memberships."""

    __tablename__ = "person"
    __table_args__ = ({"info": {"global": "one person may act in several organizations"}},)

    address: Mapped[str] = mapped_column(unique=True)
    """Mail address in lower case."""
    name: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en")
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class Credential(Base):
    """A person's password, as argon2 wrote it; readable by that person's own scope alone."""

    __tablename__ = "credential"
    __table_args__ = ({"info": {"global": "belongs to a person, not to a district"}},)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class SignInSession(Base, Global):
    """A signed-in device. The cookie holds a random token; only its SHA-256 is stored."""

    __tablename__ = "sign_in_session"
    __table_args__ = (
        CheckConstraint("method in ('password','passkey','district')", name="method"),
        {"info": {"global": "belongs to a person, who may act in several organizations"}},
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True, deferred=True, deferred_raiseload=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    """The organization in which the person acts now."""
    device: Mapped[str] = mapped_column(server_default="")
    network: Mapped[str] = mapped_column(server_default="")
    """The network that it was last seen in, such as 203.0.113.0/24: never the whole address."""
    method: Mapped[str] = mapped_column(server_default="password")
    """How the person signed in: password, passkey or district."""
    strong: Mapped[bool] = mapped_column(server_default=text("false"))
    """True when two factors were proved: a password and a code, or a passkey that asked who holds it."""
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    """The organization whose own sign-in let the person in."""
    confirmed_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    """When the person last proved who they are; ways to sign in are changed only shortly after."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    last_seen_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    ended_at: Mapped[dt.datetime | None]


class PasswordReset(Base, Global):
    """A one-time way to set a new password."""

    __tablename__ = "password_reset"
    __table_args__ = ({"info": {"global": "belongs to a person; found by token hash"}},)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True, deferred=True, deferred_raiseload=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class ApiToken(Base, Global):
    """Lets a program act for a person in one organization."""

    __tablename__ = "api_token"
    __table_args__ = ({"info": {"global": "found by hash before a scope exists; limited to its person"}},)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True, deferred=True, deferred_raiseload=True)
    ending: Mapped[str] = mapped_column(server_default="")
    """The token's last four characters, by which its owner recognizes it."""
    read_only: Mapped[bool] = mapped_column(server_default=text("false"))
    areas: Mapped[list[Any] | None]
    """Some of `tenants.areas.TOKEN_AREAS`; None for all that programs may reach."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    expires_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
