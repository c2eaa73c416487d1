"""Asks the platform over HTTP, keeps every answer for the walls outside of rows, and reads what it says."""

from __future__ import annotations

import dataclasses
import html
import http.client
import json
import re
import threading
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from apportion.proof import shapes
from apportion.proof.reading import Answer
from workers.analyses import where_the_money_goes

SECONDS = 60
READS_ONLY = "This token may only read."
"""The refusal that comes after the matrix has allowed: a token that may not write was used."""
UNDER_A_GRANT = "Under a support grant you look, in person, and change nothing."
"""The refusal that comes after the matrix has allowed: support by a program, or support that writes."""
COOKIE = "cookie "
"""What begins a key that is a signed-in device's cookie, and no program's token."""
SENTENCES = re.compile(
    r"open to|added by|changed by|done by|approved by|published by|managed by|exported by|withdrawn by|"
    r"suggested by|commented on by|asked for by|joined by|sorted by|used by|carried out by|nobody may|"
    r"only a steward|contributors don.t|engagement is at level|leave for a part|once released|"
    r"not open to this role|has not opened this to its support"
)
"""What the sentences of refusals say: which roles may, or which attribute, level or release is missing."""
_SENTENCE = re.compile(r'<p class="lead">(.*?)</p>', re.DOTALL)
"""Where a page of refusal says why."""
_FORM_MARK = re.compile(r'name="csrf_token" value="([^"]*)"')


@dataclasses.dataclass(frozen=True)
class Reply:
    """What the platform answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def answer(self) -> Answer:
        """Return what it means."""
        if self.status == 401 or (self.status == 302 and "/sign-in" in self.headers.get("location", "")):
            return Answer.OUTSIDE
        if self.status == 404:
            return Answer.ABSENT
        if self.status >= 500:
            return Answer.FAILED
        if self.status != 403:
            return Answer.ALLOWED
        if READS_ONLY in self.sentence or UNDER_A_GRANT in self.sentence:
            return Answer.ALLOWED
        return Answer.REFUSED if SENTENCES.search(self.sentence) else Answer.UNCLEAR

    @property
    def sentence(self) -> str:
        """Return what a refusal says to a person or a program, without the page around it."""
        if "json" in self.headers.get("content-type", ""):
            return str(self.json.get("detail", ""))
        found = _SENTENCE.search(self.text)
        return html.unescape(found.group(1)) if found is not None else ""

    @property
    def said(self) -> str:
        """Return the answer in words, with the status."""
        return f"{self.answer} ({self.status})"


class Platform:
    """The platform at an address; each thread keeps a connection of its own."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._parts = urlsplit(self.base_url)
        if self._parts.scheme not in {"http", "https"} or not self._parts.hostname:
            raise ValueError(f"{base_url} is no address of a platform; expected http://… or https://…")
        self._kept = threading.local()
        self.requests = 0

    def ask(self, method: str, path: str, key: str | None, headers: dict[str, str] | None = None) -> Reply:
        """Send a request for whom the key acts, a program's token or a device's cookie; None for nobody."""
        sent = {"Accept-Language": "en", **(headers or {}), **_shown(key)}
        body = None
        if method not in {"GET", "HEAD"}:
            sent["Content-Type"] = "application/json"
            body = b"{}"
        self.requests += 1
        try:
            return self._send(method, path, body, sent)
        except (http.client.HTTPException, ConnectionError):
            # A server may close a connection that it kept; a fresh one decides.
            self._close()
            return self._send(method, path, body, sent)

    def send_form(self, path: str, key: str, body: bytes, boundary: str) -> Reply:
        """Send a form with a file."""
        kind = f"multipart/form-data; boundary={boundary}"
        self.requests += 1
        return self._send("POST", path, body, {**_shown(key), "Content-Type": kind})

    def send_fields(self, page: str, path: str, key: str, fields: dict[str, str]) -> Reply:
        """Send a form of a page, with the page's own mark against forged forms and its cookie."""
        opened = self.ask("GET", page, key)
        mark = _FORM_MARK.search(opened.text)
        cookie = opened.headers.get("set-cookie", "").partition(";")[0]
        shown = {"Cookie": cookie} if cookie else _shown(key)
        kind = "application/x-www-form-urlencoded"
        sent = fields | {"csrf_token": html.unescape(mark.group(1)) if mark is not None else ""}
        self.requests += 1
        return self._send("POST", path, urlencode(sent).encode(), {**shown, "Content-Type": kind})

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        connection = self._connection()
        connection.request(method, self._parts.path + path, body=body, headers=headers)
        answer = connection.getresponse()
        held = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, held, answer.read())

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._kept, "connection", None)
        if found is None:
            secure = self._parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            found = kind(self._parts.hostname or "", self._parts.port, timeout=SECONDS)
            self._kept.connection = found
        return found

    def _close(self) -> None:
        found = getattr(self._kept, "connection", None)
        if found is not None:
            found.close()
        self._kept.connection = None


def _shown(key: str | None) -> dict[str, str]:
    if key is None:
        return {}
    if key.startswith(COOKIE):
        return {"Cookie": key.removeprefix(COOKIE)}
    return {"Authorization": f"Bearer {key}"}


def address(path: str, district: int, ids: dict[str, int]) -> str:
    """Return a route's address: its district, and for each other number a record's id.

    Args:
        path: as Flask writes it, `/d/<int:district_id>/plan/versions/<int:version_id>`.
        district: id of the district.
        ids: id of a record for each table.
    """

    def put(found: re.Match[str]) -> str:
        kind, _, name = found.group(1).rpartition(":")
        if name == "district_id":
            return str(district)
        if kind == "int":
            return str(_id(name.removesuffix("_id"), ids))
        return quote(_WORDS.get(name, "x" * 20))

    return re.sub(r"<([^>]+)>", put, path)


_WORDS = {"edition": "en", "kind": "csv", "key": shapes.KEY, "analysis": where_the_money_goes.NAME}


def _id(stem: str, ids: dict[str, int]) -> int:
    exact = ids.get(stem)
    if exact is not None:
        return exact
    return next((number for table, number in ids.items() if table.endswith(f"_{stem}")), ids["plan"])
