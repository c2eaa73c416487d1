"""A client of the application that acts for a person, as a program with a token does."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tenants import accounts
from tests.support.factories import Person, scope_of
from tests.support.platform import CloneOfTemplate


def make_token(database: CloneOfTemplate, person: Person, *, read_only: bool = False) -> str:
    """Make an API token of a member."""
    scope = scope_of(database.app, person)
    with database.app.transaction(scope) as session:
        return accounts.create_api_token(session, scope, name="test", days=7, read_only=read_only)


class Acting:
    """Requests of one person."""

    def __init__(self, app: Flask, token: str, language: str = "en") -> None:
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._send("GET", path, options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self._send("POST", path, options)

    def put(self, path: str, **options: Any) -> TestResponse:
        return self._send("PUT", path, options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        return self._send("PATCH", path, options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self._send("DELETE", path, options)

    def _send(self, method: str, path: str, options: dict[str, Any]) -> TestResponse:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **options)


def acting(app: Flask, database: CloneOfTemplate, person: Person, **options: Any) -> Acting:
    """Give a client that acts for a member."""
    return Acting(app, make_token(database, person, **options))
