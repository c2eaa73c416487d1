"""What is kept about proofs of identity: of a person, and of an organization."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Base, Global, now

OF_PERSON: dict[str, Any] = {"info": {"global": "belongs to a person, who may act in several organizations"}}


class Authenticator(Base):
    """A person's authenticator application: the secret that it shares with the platform."""

    __tablename__ = "authenticator"
    __table_args__ = (OF_PERSON,)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    sealed_secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The time step of the last code taken; a code of this step or an earlier one is never taken again."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    confirmed_at: Mapped[dt.datetime | None]
    """When a code proved that the application has the secret; until then it counts for nothing."""


class RecoveryCode(Base):
    """One of ten codes for the day on which the authenticator is lost, as argon2 wrote it."""

    __tablename__ = "recovery_code"
    __table_args__ = (OF_PERSON,)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 to 9: the code's first character, so that one hash is compared and not ten."""
    code_hash: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    used_at: Mapped[dt.datetime | None]


class Passkey(Base, Global):
    """A passkey: the public half of a key that a device keeps."""

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_person_id", "person_id"), OF_PERSON)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    user_handle: Mapped[bytes]
    """64 random bytes by which a device knows the account; the same for all passkeys of a person."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """Counted by the device, 0 where it does not count. A number that falls back means a copied key."""
    transports: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    synced: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    last_used_at: Mapped[dt.datetime | None]


class SpentToken(Base):
    """What worked once (a passkey's challenge, a waiting sign-in, a mailed link) and never works again."""

    __tablename__ = "spent_token"
    __table_args__ = (Index("ix_spent_token_person_id", "person_id"), OF_PERSON)

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[dt.datetime]


class SignInRule(Base):
    """What an organization asks of its people when they sign in, and its own sign-in (OpenID Connect)."""

    __tablename__ = "sign_in_rule"
    __table_args__ = (
        CheckConstraint(
            "(not offered or (issuer is not null and client_id is not null)) and (not required or offered)",
            name="provider",
        ),
        {"info": {"global": "belongs to an organization of any kind; limited to its people"}},
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    second_factor_from: Mapped[dt.date | None]
    """From this day on nobody acts here without a second factor; None where none is asked for."""
    issuer: Mapped[str | None]
    client_id: Mapped[str | None]
    sealed_secret: Mapped[bytes | None] = mapped_column(deferred=True)
    contact: Mapped[str] = mapped_column(server_default="")
    """Whom to call when the organization's own sign-in fails, in its own words."""
    offered: Mapped[bool] = mapped_column(server_default=text("false"))
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    """True where people enter by the organization's own sign-in alone; emergency stewards keep theirs."""
    worked_at: Mapped[dt.datetime | None]
    """When somebody last signed in this way with these settings."""
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class MailDomain(Base, Global):
    """A mail domain that an organization says is its own, and the proof of it."""

    __tablename__ = "mail_domain"
    __table_args__ = (
        UniqueConstraint("organization_id", "domain"),
        Index("uq_mail_domain_proved", "domain", unique=True, postgresql_where=text("proved_at is not null")),
        {"info": {"global": "belongs to an organization of any kind; limited to who manages it"}},
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    domain: Mapped[str]
    proof: Mapped[str]
    """What the domain's name server must say; public once it stands there."""
    claimed_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    proved_at: Mapped[dt.datetime | None]


class ProviderIdentity(Base, Global):
    """A person as a district's provider names them: issuer and subject, never the mail address."""

    __tablename__ = "provider_identity"
    __table_args__ = (
        UniqueConstraint("organization_id", "issuer", "subject"),
        Index("ix_provider_identity_person_id", "person_id"),
        OF_PERSON,
    )

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    last_used_at: Mapped[dt.datetime | None]
