"""Forms sent as a browser without script sends them: with the page's own token."""

from __future__ import annotations

import re
from typing import Any

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support import factories


def field(page: str, name: str) -> str:
    """Return the value of a field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found.group(1)


def post(
    client: FlaskClient, address: str, page_address: str | None = None, /, **values: Any
) -> TestResponse:
    """Send a form; its token comes from the page that it stands on."""
    page = client.get(page_address or address, follow_redirects=True).get_data(as_text=True)
    return client.post(address, data={"csrf_token": field(page, "csrf_token"), **values})


def sign_in(
    client: FlaskClient, address: str, password: str = factories.PASSWORD, /, **values: Any
) -> TestResponse:
    """Give address and password."""
    return post(client, "/sign-in/password", "/sign-in", address=address, password=password, **values)


def set_up(client: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an authenticator as a person does: the key is typed from the page, then the first code."""
    page = client.get("/account/authenticator").get_data(as_text=True)
    assert "<svg" in page
    key = _key(page)
    assert (
        client.get("/account/authenticator")
        .get_data(as_text=True)
        .count(re.sub("(.{4})", r"\1 ", key).strip())
    )
    wrong = post(client, "/account/authenticator", code="000000")
    assert wrong.status_code == 422
    done = post(client, "/account/authenticator", code=pyotp.TOTP(key).now())
    assert done.status_code == 200
    recovery = re.findall(r"<code>([0-9A-Z-]{14})</code>", done.get_data(as_text=True))
    assert len(recovery) == 10
    return pyotp.TOTP(key), recovery


def _key(page: str) -> str:
    found = re.search(r'class="token">([A-Z2-7 ]+)<', page)
    assert found
    return found.group(1).replace(" ", "")
