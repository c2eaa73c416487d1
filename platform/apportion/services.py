"""What every request needs of the platform: settings, database, Redis, files, each route's permission."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac

import redis
from flask import current_app

from tenants.database import Database
from tenants.entering.sealing import Sealer
from tenants.files import FileStore
from tenants.settings import Settings


@dataclasses.dataclass(frozen=True)
class Services:
    """The application's extension object, `current_app.extensions["apportion"]`."""

    settings: Settings
    database: Database
    redis: redis.Redis
    files: FileStore
    permissions: dict[str, str] = dataclasses.field(default_factory=dict)
    """The permission that each endpoint named; a route without one can't be registered."""
    serves: dict[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    """Limits of the matrix that an endpoint keeps to by itself, where it named any."""
    uploads: set[str] = dataclasses.field(default_factory=set)
    computing: set[str] = dataclasses.field(default_factory=set)
    """Endpoints that take files up to the upload limit instead of the limit of a form."""

    @classmethod
    def start(cls, settings: Settings) -> Services:
        """Return the services for these settings. Nothing connects before it is used."""
        return cls(
            settings=settings,
            database=Database(settings.database_app_url),
            redis=redis.Redis.from_url(settings.redis_url),
            files=FileStore(settings.files),
        )


def sealer() -> Sealer:
    """Return what seals stored secrets, with the platform's keys."""
    return Sealer(services().settings.sealing_keys)


def keyed_digest(what: str) -> str:
    """Return a name for an address or the like under which Redis counts: HMAC-SHA256 with the app's secret.

    Whoever reads Redis learns nobody's mail or network address, not by trying all of them either.
    """
    secret = services().settings.secret_keys[0]
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).hexdigest()[:32]


def in_district(district_id: int, key: str) -> str:
    """Return the name of a value in Redis that is a district's: no two districts ever share one."""
    return f"apportion:district:{district_id}:{key}"


def services() -> Services:
    """Return the services of the application that handles the current request."""
    found: Services = current_app.extensions["apportion"]
    return found
