"""In front of the application: a flood of strangers' passwords is turned away before it costs anything.

Counting a try in Redis and making a page of the refusal takes a processor a few milliseconds; two hundred a
second of those would keep a small machine from everybody else, and comparing passwords its threads. So each
web process takes some strangers' tries a second, never with more than a quarter of its threads, and answers
the others at once. Known devices pass, and are counted by `throttle` as always.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from apportion.sign_in import throttle
from tenants.entering.sealing import Sealer, SealError
from tenants.language import translate

PATH = "/sign-in/password"
PER_SECOND = 30
"""Strangers' tries that one process takes in a second; more than `throttle` lets all processes compare."""


class Shed:
    """The application with the flood kept off.

    Args:
        application: what is served.
        sealer: opens the cookie of known devices.
        secure: whether cookies carry the prefix of a site with TLS.
        threads: threads of this web process.
    """

    def __init__(self, application: WSGIApplication, sealer: Sealer, *, secure: bool, threads: int) -> None:
        self._application, self._sealer = application, sealer
        self._cookie = throttle.device_cookie(secure=secure)
        self._lock = threading.Lock()
        self._second, self._taken = 0, 0
        self._at_once, self._most_at_once = 0, max(1, threads // 4)
        said = "".join(f'<p lang="{code}">{translate(throttle.BUSY, code)}</p>' for code in ("en", "es"))
        self._page = f"<!doctype html><title>Apportion</title>{said}".encode()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request, or turn it away."""
        if (
            environ.get("PATH_INFO") != PATH
            or environ.get("REQUEST_METHOD") != "POST"
            or self._is_known(environ.get("HTTP_COOKIE", ""))
        ):
            return self._application(environ, start_response)
        if self._takes():
            try:
                return self._application(environ, start_response)
            finally:
                with self._lock:
                    self._at_once -= 1
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(self._page))),
            ("Content-Security-Policy", "default-src 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("Retry-After", "5"),
            ("Connection", "close"),
        ]
        start_response("429 TOO MANY REQUESTS", headers)
        return [self._page]

    def _takes(self) -> bool:
        now = int(time.monotonic())
        with self._lock:
            if now != self._second:
                self._second, self._taken = now, 0
            if self._taken >= PER_SECOND or self._at_once >= self._most_at_once:
                return False
            self._taken += 1
            self._at_once += 1
            return True

    def _is_known(self, header: str) -> bool:
        if self._cookie not in header:
            return False
        try:
            cookies: SimpleCookie = SimpleCookie(header)
            sealed: Any = cookies[self._cookie].value
            self._sealer.open_facts("known-device", sealed, seconds=throttle.DEVICE_SECONDS)
        except (CookieError, KeyError, SealError, ValueError):
            return False
        return True
