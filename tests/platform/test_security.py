"""What every answer tells a browser, which cookies it gets, which requests are refused before any view."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apportion.app import create_app
from apportion.routing import EVERYONE, SAFE_METHODS, SIGNED_IN, VISITOR
from apportion.security import FORM_LIMIT, UNUSED_FEATURES
from tests.support import factories, forms
from tests.support.acting import acting
from tests.support.browser import Browser, pages
from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, published

HTTPS = "https://plans.example.org"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'nonce-*'",
    "style-src": "'self' 'nonce-*'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}


@pytest.fixture(scope="module")
def plan(shared_database: CloneOfTemplate) -> Published:
    return published(shared_database)


@pytest.fixture(scope="module")
def app(shared_database: CloneOfTemplate) -> Iterator[Flask]:
    """Give the application as it runs behind https."""
    made = create_app(dataclasses.replace(shared_database.settings, base_url=HTTPS))
    yield made
    held = made.extensions["apportion"]
    held.database.close()
    held.redis.close()


class Browserlike(FlaskClient):
    """Asks over https and says from which page, as a browser does."""

    def open(self, *given: Any, **named: Any) -> TestResponse:
        headers = {"Referer": f"{HTTPS}/", **(named.pop("headers", None) or {})}
        return super().open(*given, **{"base_url": HTTPS, "buffered": True, "headers": headers, **named})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return Browserlike(app)


def test_every_kind_of_answer_carries_the_headers(
    app: Flask, client: FlaskClient, shared_database: CloneOfTemplate, plan: Published
) -> None:
    official = acting(app, shared_database, plan.official)
    host = {"Host": "plans.example.org"}
    answers = {
        "page": client.get("/sign-in"),
        "own page": official.get(f"/d/{plan.district.id}/", headers=host),
        "refused page": acting(
            app, shared_database, factories.make_member(shared_database, plan.district, "BRD")
        ).get(f"/d/{plan.district.id}/settings/people", headers=host),
        "unknown page": client.get("/nowhere"),
        "redirect": client.get(f"/d/{plan.district.id}/"),
        "wrong method": client.delete("/sign-in"),
        "forged form": client.post("/sign-in", data={"address": "a@example.org"}),
        "interface": official.get("/api/v1/me", headers=host),
        "interface without token": client.get("/api/v1/me"),
        "reader's link": client.get(f"/r/{plan.token}"),
        "reader": client.get(f"/r/p/{plan.link_id}/"),
        "foreign host": client.get("/sign-in", headers={"Host": "evil.example.org"}),
        "too large": client.post("/sign-in", data={"address": "x" * (FORM_LIMIT + 1)}),
        "health": client.get("/healthz"),
        "icon": client.get("/favicon.ico"),
    }
    wanted = {"page": 200, "own page": 200, "refused page": 403, "unknown page": 404, "redirect": 302}
    wanted |= {"wrong method": 405, "forged form": 400, "interface": 200, "interface without token": 401}
    wanted |= {"reader's link": 303, "reader": 200, "foreign host": 400, "too large": 413}
    found = {name: answers[name].status_code for name in wanted}
    assert found == wanted
    for name, answer in answers.items():
        given = dict(answer.headers)
        policy = dict(part.split(" ", 1) for part in given["Content-Security-Policy"].split("; "))
        nonces = set(re.findall(r"'nonce-([^']+)'", given["Content-Security-Policy"]))
        assert {key: re.sub(r"nonce-[^']+", "nonce-*", value) for key, value in policy.items()} == POLICY, (
            name
        )
        assert len(nonces) == 1, name
        assert len(nonces.pop()) >= 22, name
        assert given["X-Content-Type-Options"] == "nosniff", name
        assert given["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert given["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert given["Referrer-Policy"] in {"same-origin", "no-referrer"}, name
        assert given["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", name
        assert given["Permissions-Policy"].count("=()") == len(UNUSED_FEATURES), name
        assert given["Cache-Control"] == ("no-store" if name != "icon" else given["Cache-Control"]), name
        assert "Server" not in given, name
        assert "X-Powered-By" not in given, name
        assert "Access-Control-Allow-Origin" not in given, name
    assert answers["reader's link"].headers["Referrer-Policy"] == "no-referrer"
    assert "immutable" in answers["icon"].headers["Cache-Control"]
    assert "noindex" in answers["reader"].headers["X-Robots-Tag"]


def test_cookies_over_https_can_be_planted_by_nobody_and_read_by_no_script(
    client: FlaskClient, plan: Published
) -> None:
    answers = [
        forms.sign_in(client, plan.official.address),
        client.get("/language/es"),
        client.get(f"/r/{plan.token}"),
    ]
    page = client.get(f"/d/{plan.district.id}/", follow_redirects=True).get_data(as_text=True)
    token = forms.field(page, "csrf_token")
    answers.append(client.post("/preferences", data={"csrf_token": token, "density": "compact"}))
    set_ = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    names = {cookie.split("=", 1)[0] for cookie in set_}
    assert {"__Host-apportion", "__Host-language", "__Host-density", "__Secure-reader"} <= names
    for cookie in set_:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax"} <= parts, cookie
        assert not any(part.startswith("domain=") for part in parts), cookie
        path = next(part for part in parts if part.startswith("path="))
        assert cookie.startswith("__Host-") == (path == "path=/"), cookie
        assert cookie.startswith(("__Host-", "__Secure-")), cookie
    # What was set is what is read: tables are dense, and the link's page opens.
    assert "compact" in client.get(f"/d/{plan.district.id}/").get_data(as_text=True)
    assert client.get(f"/r/p/{plan.link_id}/").status_code == 200
    out = client.post("/sign-out", data={"csrf_token": token})
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_form_from_elsewhere_is_refused_on_every_route(
    app: Flask, client: FlaskClient, shared_database: CloneOfTemplate, plan: Published
) -> None:
    """Signed in, reading by a link, or neither: without the page's own token nothing unsafe is done."""
    person = factories.make_member(shared_database, plan.district, "SUP", steward=True)
    assert forms.sign_in(client, person.address).status_code in {302, 303}
    client.get(f"/r/{plan.token}")
    permissions = app.extensions["apportion"].permissions
    # What only computes from what it is sent does nothing that a form from elsewhere could make it do.
    computing = app.extensions["apportion"].computing
    given = {"district_id": plan.district.id, "link_id": plan.link_id, "plan_id": plan.plan_id}
    refused, missed = 0, []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in computing:
            continue
        values = {
            name: given.get(name, 1 if type(kind).__name__ == "IntegerConverter" else "x")
            for name, kind in rule._converters.items()
        }
        for method in (rule.methods or set()) - SAFE_METHODS:
            address = rule.build(values, append_unknown=False)[1]
            answer = client.open(address, method=method, data={"csrf_token": "made-up"})
            if answer.status_code == 400:
                refused += 1
            elif answer.status_code not in {403, 404} or permissions[rule.endpoint] in {
                EVERYONE,
                SIGNED_IN,
                VISITOR,
            }:
                missed.append(f"{method} {rule}: {answer.status_code}")
    assert not missed, "\n".join(missed)
    assert refused > 60, refused


def test_a_right_token_with_another_sites_referrer_is_refused(client: FlaskClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    data = {"csrf_token": forms.field(page, "csrf_token"), "address": "nobody@example.org"}
    assert (
        client.post("/sign-in", data=data, headers={"Referer": "https://evil.example.org/"}).status_code
        == 400
    )
    assert client.post("/sign-in", data=data).status_code in {200, 302, 303}


def test_forms_have_a_size_and_a_number_of_parts_whatever_they_announce(
    app: Flask, client: FlaskClient, shared_database: CloneOfTemplate, plan: Published
) -> None:
    token = forms.field(client.get("/sign-in").get_data(as_text=True), "csrf_token")
    long = {"csrf_token": token, "address": "x" * (FORM_LIMIT + 1)}
    assert client.post("/sign-in", data=long).status_code == 413
    many = {"csrf_token": token, **{f"part{n}": "x" for n in range(2100)}}
    assert client.post("/sign-in", data=many, content_type="multipart/form-data").status_code == 413
    # A body that announces nothing is cut at the limit too, here by one byte.
    endless = io.BytesIO(b"address=" + b"x" * FORM_LIMIT)
    sent = client.post(
        "/sign-in",
        input_stream=endless,
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert sent.status_code in {400, 413}
    # Only a route that takes files takes more, and it takes only what a ledger needs.
    official = acting(app, shared_database, plan.official)
    big = {"label": "x" * (FORM_LIMIT + 1)}
    address = f"/d/{plan.district.id}/sharing/links"
    assert official.post(address, data=big, headers={"Host": "plans.example.org"}).status_code in {404, 413}


@pytest.mark.browser
def test_the_browser_tells_of_every_inline_script_style_and_foreign_address(
    chromium: Browser, shared_database: CloneOfTemplate
) -> None:
    """The walks over every page (tests/journeys) fail on what this shows to be noticed."""
    from tests.support.served import served  # noqa: PLC0415 - the one use

    with served(shared_database.settings) as address:
        caught = []

        def look() -> None:
            with pages(chromium) as open_page:
                page = open_page()
                page.goto(f"{address}/sign-in")
                page.evaluate(
                    """() => {
                      const put = html => document.body.insertAdjacentHTML('beforeend', html)
                      put('<p style="color:red">x</p>')
                      put('<button id="b" onclick="document.title = \\'run\\'">x</button>')
                      document.getElementById('b').click()
                      const script = document.createElement('script')
                      script.text = "document.title = 'run'"
                      document.body.append(script)
                    }"""
                )
                caught.append(page.title())

        with pytest.raises(AssertionError) as failed:
            look()
        said = str(failed.value)
        assert "style-src" in said
        assert said.count("script-src") >= 2, said
        assert caught != ["run"]
