"""Headers of every answer, cookies, hosts and sizes: what a browser may do with our pages."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any
from urllib.parse import urlsplit

import flask
from werkzeug import Response

from tenants.settings import Settings

FORM_LIMIT = 4 << 20
"""Bytes of a form without files; a plan's longest section is far below."""

YEAR_SECONDS = 365 * 24 * 3600
FOREVER = "public, max-age=31536000, immutable"
"""Caching of built files alone."""

UNUSED_FEATURES = (
    *(
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
    ),
    *("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "usb", "xr-spatial-tracking"),
)
"""What a browser can do and no page of ours asks for."""


def nonce() -> str:
    """Return this answer's nonce: the only inline script or style that the browser runs carries it."""
    if "nonce" not in flask.g:
        flask.g.nonce = secrets.token_urlsafe(18)
    value: str = flask.g.nonce
    return value


def configuration(settings: Settings) -> dict[str, Any]:
    """Return Flask's configuration for these settings."""
    address = urlsplit(settings.base_url)
    secure = address.scheme == "https"
    hosts = {address.hostname or "localhost", settings.host}
    if not settings.production:
        hosts |= {"localhost", "127.0.0.1", "[::1]"}
    return {
        "SECRET_KEY": settings.secret_keys[0],
        "SECRET_KEY_FALLBACKS": list(settings.secret_keys[1:]),
        "SESSION_COOKIE_NAME": "__Host-apportion" if secure else "apportion",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PREFERRED_URL_SCHEME": address.scheme,
        "TRUSTED_HOSTS": sorted(hosts),
        "MAX_CONTENT_LENGTH": FORM_LIMIT,
        "MAX_FORM_MEMORY_SIZE": FORM_LIMIT,
        "MAX_FORM_PARTS": 2000,
        # routing.enforce checks it, after the permission and not for programs with a token.
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": 12 * 3600,
        "WTF_CSRF_SSL_STRICT": secure,
    }


def cookie_name(name: str, *, whole_site: bool = True) -> str:
    """Return a cookie's name as this platform sets it: over https no other site or subdomain can plant it.

    Args:
        name: what the cookie is called here.
        whole_site: whether its path is `/`, as the prefix `__Host-` demands.
    """
    if not flask.current_app.config["SESSION_COOKIE_SECURE"]:
        return name
    return f"__Host-{name}" if whole_site else f"__Secure-{name}"


def set_cookie(
    response: Response, name: str, value: str, *, path: str = "/", expires: dt.datetime | None = None
) -> None:
    """Set a cookie that no script reads and that no other site sends along with a form.

    Args:
        response: the answer that sets it.
        name: what the cookie is called here, see `cookie_name`.
        value: what it holds.
        path: the pages that it is for.
        expires: when it ends; after a year when None.
    """
    response.set_cookie(
        cookie_name(name, whole_site=path == "/"),
        value,
        path=path,
        max_age=YEAR_SECONDS if expires is None else None,
        expires=expires,
        secure=bool(flask.current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def set_headers(response: flask.Response) -> flask.Response:
    """Put the security headers on an answer."""
    mark = f"'nonce-{nonce()}'"
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' {mark}",
        "style-src": f"'self' {mark}",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    headers = response.headers
    headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    headers["X-Content-Type-Options"] = "nosniff"
    # Own pages see where a reader came from; nobody else learns a link that holds a token.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)
    if flask.current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    # What one person may see must not wait in a cache for the next, whatever a library set; only what was
    # built, whose name holds its content's hash, is for everyone.
    if headers.get("Cache-Control") != FOREVER:
        headers["Cache-Control"] = "no-store"
    if response.mimetype == "text/html":
        response.vary.update(["Cookie", "Accept-Language"])
    return response
