"""Somebody at a browser without script: keeps cookies, follows redirects, fills in forms."""

from __future__ import annotations

import http.cookiejar
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from email.message import Message
from pathlib import Path

from apportion.tour.page import Form, Page, read

SECONDS = 120
Value = str | Sequence[str]


class TourError(Exception):
    """A step of the tour does not hold; the text says what was expected and what was found."""


class Visitor:
    """One person's browser.

    Args:
        base_url: address of the platform, without a slash at the end.
        name: how the tour's report calls the person.
    """

    def __init__(self, base_url: str, name: str) -> None:
        self.base_url, self.name = base_url, name
        self.visited: list[str] = []
        """Addresses of pages that were shown, without the platform's own part."""
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, address: str, *, expect: int | None = 200, accept: str = "text/html") -> Page:
        """Open an address of the platform.

        Args:
            address: a path, or a full address as it stands in mail.
            expect: the status that must come back; None for any.
            accept: what kind of answer is asked for.

        Raises:
            TourError: Another status came back.
        """
        return self._send(self._request(address, headers={"Accept": accept}), expect)

    def submit(
        self,
        page: Page,
        form: Form,
        values: Mapping[str, Value],
        *,
        files: Mapping[str, Sequence[Path]] | None = None,
        button: str | None = None,
        expect: int | None = 200,
    ) -> Page:
        """Fill in a form of a page and send it.

        Args:
            page: the page that holds the form.
            form: the form.
            values: what is entered, by field; what is not named stays as it is.
            files: files to choose, by field.
            button: name and value of the button pressed, as `name=value`, when the form has several.
            expect: the status that must come back; None for any.

        Raises:
            TourError: The form has no such field, or another status came back.
        """
        unknown = [name for name in [*values, *(files or {})] if name not in form.names]
        if unknown:
            raise TourError(
                f"{self.name}: the form on {page.url} has no field {', '.join(unknown)};"
                f" it has {', '.join(sorted(form.names))}."
            )
        pairs = [(name, value) for name, value in form.fields if name not in values]
        for name, value in values.items():
            pairs += [(name, value)] if isinstance(value, str) else [(name, one) for one in value]
        if button is not None:
            name, _, value = button.partition("=")
            pairs.append((name, value))
        address = urllib.parse.urljoin(page.url, form.action or page.url)
        if form.method == "get":
            return self.open(f"{address.partition('?')[0]}?{urllib.parse.urlencode(pairs)}", expect=expect)
        headers = {"Accept": "text/html", "Referer": page.url, "Origin": self.base_url}
        if form.multipart:
            body, kind = _multipart(pairs, files or {})
        else:
            body, kind = urllib.parse.urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        request = self._request(address, body=body, headers={**headers, "Content-Type": kind})
        return self._send(request, expect)

    def call(
        self,
        method: str,
        address: str,
        *,
        token: str,
        body: bytes | None = None,
        kind: str = "application/json",
        expect: int | None = 200,
    ) -> Page:
        """Call the API as a program with a token does."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}", "Content-Type": kind}
        return self._send(self._request(address, body=body, headers=headers, method=method), expect)

    def _request(
        self,
        address: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        method: str | None = None,
    ) -> urllib.request.Request:
        full = urllib.parse.urljoin(self.base_url + "/", address)
        if urllib.parse.urlsplit(full).scheme not in {"http", "https"}:
            raise TourError(f"{self.name}: {address} is no address of a page.")
        return urllib.request.Request(full, data=body, headers=dict(headers), method=method)  # noqa: S310 - checked above

    def _send(self, request: urllib.request.Request, expect: int | None) -> Page:
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                page = read(answer.url, answer.status, _headers(answer.headers), answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                page = read(refusal.url, refusal.code, _headers(refusal.headers), refusal.read())
        except OSError as failure:
            raise TourError(f"{self.name}: {request.full_url} does not answer ({failure}).") from failure
        if expect is not None and page.status != expect:
            said = page.text[:600] if page.is_html else page.body[:600].decode("utf-8", "replace")
            raise TourError(
                f"{self.name}: {request.get_method()} {request.full_url} answered {page.status},"
                f" expected {expect}. It says: {said}"
            )
        if page.status == 200 and request.get_method() == "GET":
            self.visited.append(page.url.removeprefix(self.base_url))
        return page


def _headers(given: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in given.items()}


def _multipart(pairs: Sequence[tuple[str, str]], files: Mapping[str, Sequence[Path]]) -> tuple[bytes, str]:
    """Return the body of a form with files, and its content type."""
    boundary = f"tour{secrets.token_hex(16)}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in pairs
    ]
    for name, paths in files.items():
        for path in paths:
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{path.name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n"
            )
            parts.append(head.encode() + path.read_bytes() + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
