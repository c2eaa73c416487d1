"""The reader's page: open a link, read, comment, find the comment again, without an account."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, published


@pytest.fixture
def plan(database: CloneOfTemplate) -> Published:
    return published(database)


@pytest.fixture
def reader(app: Flask, plan: Published, redis: object) -> FlaskClient:
    client = app.test_client()
    answer = client.get(f"/r/{plan.token}")
    assert answer.status_code == 303
    assert plan.token not in answer.headers["Location"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return client


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    return text


def fields(text: str) -> dict[str, str]:
    form = re.search(r"<form[^>]*id=\"comment\".*?</form>", text, re.S)
    assert form
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form.group()))


def test_a_link_opens_the_newest_version_at_an_address_without_the_token(
    reader: FlaskClient, plan: Published
) -> None:
    text = page(reader, f"/r/p/{plan.link_id}/")
    assert "The plan closes the gap" in text
    assert plan.token not in text
    assert "Comment on the plan" in text
    answer = reader.get(f"/r/p/{plan.link_id}/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
