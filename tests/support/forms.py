"""Forms sent as a browser without script sends them: with the page's own token."""

from __future__ import annotations

import re
from typing import Any

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
