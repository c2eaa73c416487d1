"""flask-login's view of a person, looked up afresh for every request from a cookie or a program's token."""

from __future__ import annotations

import datetime as dt
import ipaddress

import flask
import flask_login

from apportion.request import Identity
from apportion.services import services
from tenants import accounts


class User(flask_login.UserMixin):  # type: ignore[misc]  # flask-login has no types
    """A signed-in person or a program that acts for one."""

    def __init__(self, identity: Identity, token: str, session_id: int | None) -> None:
        self.identity = identity
        self.session_id = session_id
        """The signed-in device, or None for a program."""
        self._token = token

    def get_id(self) -> str:
        """Return what the cookie keeps: the session's secret, never a person's number."""
        return self._token


def load_user(token: str) -> User | None:
    """Return the user whose device holds a session's token, or None once it has ended."""
    found = accounts.session_of(services().database, token, network())
    if found is None:
        return None
    identity = Identity(
        found.person_id,
        found.organization_id,
        strong=found.strong,
        provider_id=found.provider_id,
        confirmed_at=found.confirmed_at,
    )
    return User(identity, token, found.session_id)


def load_from_request(request: flask.Request) -> User | None:
    """Return the user for whom a program with an API token acts."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        return None
    found = accounts.api_token_holder(services().database, token.strip())
    if found is None:
        return None
    identity = Identity(
        found.person_id,
        found.organization_id,
        by_token=True,
        read_only=found.read_only,
        token_id=found.token_id,
        areas=None if found.areas is None else tuple(found.areas),
    )
    return User(identity, "", None)


def device_name(user_agent: str) -> str:
    """Return a device as its owner would recognize it: browser and system."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "Chromebook"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    names = [next((name for mark, name in kind if mark in user_agent), "") for kind in (browsers, systems)]
    return ", ".join(name for name in names if name)


def network() -> str:
    """Return the network that the request comes from: 256 addresses of IPv4, a household's of IPv6."""
    try:
        address = ipaddress.ip_address(flask.request.remote_addr or "")
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))


def start_session(token: str) -> None:
    """Put a new session's token into a fresh cookie: nothing from before the sign-in goes along."""
    flask.session.clear()
    user = load_user(token)
    flask_login.login_user(user)


CONFIRMED_HOLDS = dt.timedelta(minutes=10)
"""How long after a proof of identity the ways to sign in may be changed."""


def recently_confirmed() -> bool:
    """Say whether the person has just proved who they are; a program never has."""
    identity = getattr(flask_login.current_user, "identity", None)
    at = identity.confirmed_at if identity is not None else None
    return at is not None and dt.datetime.now(dt.UTC) - at < CONFIRMED_HOLDS


def current_session_id() -> int | None:
    """Return the device that this request comes from; None for a program."""
    session_id: int | None = getattr(flask_login.current_user, "session_id", None)
    return session_id
