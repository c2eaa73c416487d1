"""The frame: headers, refusals that tell nothing, forms that can't be forged, languages, static files."""

import dataclasses
import re

import pytest
from werkzeug.exceptions import HTTPException

from apportion import routing
from apportion.app import AREAS, create_app
from apportion.frame.palette import contrast, palette
from apportion.routing import EVERYONE, SIGNED_IN, VISITOR, Area, Refused
from tenants.language import message
from tenants.roles import PERMISSIONS
from tests.support.acting import acting
from tests.support.factories import make_district, make_engagement, make_facilitator, make_member
from tests.support.forms import post, sign_in
from tests.support.texts import templates


def body(page):
    return page.get_data(as_text=True)


def test_every_route_names_a_permission_of_the_matrix(app):
    held = app.extensions["apportion"].permissions
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(held)
    unknown = {name for name in held.values() if name not in PERMISSIONS} - {EVERYONE, SIGNED_IN, VISITOR}
    assert not unknown


def test_a_route_without_a_permission_can_not_be_made():
    area = Area("trial", __name__)
    with pytest.raises(TypeError, match="names its permission"):
        area.get("/trial")(lambda: "")
    with pytest.raises(TypeError, match="<token>"):
        area.get("/trial", permission=VISITOR)(lambda: "")


def test_each_area_is_listed_once():
    names = [area.name for area in AREAS]
    assert len(names) == len(set(names))


def test_headers_forbid_what_a_page_does_not_need(client):
    page = client.get("/style")
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy).group(1)
    assert f'nonce="{nonce}"' in body(page)
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert nonce not in client.get("/style").headers["Content-Security-Policy"]


def test_no_template_holds_inline_script_or_style():
    for path in templates():
        source = path.read_text()
        if "print" in path.parts or path.suffix != ".html":
            continue
        assert not re.search(r"<[^>]+\sstyle=|\son[a-z]+=\"|javascript:", source), path


def test_static_files_are_kept_for_ever_and_compressed(client):
    address = re.search(r'href="(/static/built/styles[^"]+)"', body(client.get("/style"))).group(1)
    plain = client.get(address, buffered=True)
    small = client.get(address, headers={"Accept-Encoding": "br, gzip"}, buffered=True)
    assert "immutable" in plain.headers["Cache-Control"]
    assert small.headers["Content-Encoding"] == "br"
    assert len(small.data) < len(plain.data) / 3
    assert client.get("/static/built/../services.py").status_code == 404


def test_the_language_is_the_cookie_s_then_the_browser_s(client):
    assert 'lang="es"' in body(client.get("/style", headers={"Accept-Language": "es-MX,es;q=0.9"}))
    chosen = client.get("/language/es?back=/style")
    assert chosen.headers["Location"] == "/style"
    assert 'lang="es"' in body(client.get("/style", headers={"Accept-Language": "en"}))
    assert client.get("/language/es?back=https://evil.example/").headers["Location"] == "/"
    assert client.get("/language/es?back=//evil.example/").headers["Location"] == "/"
    assert client.get("/language/xx").status_code == 404


def test_an_address_with_a_slash_too_many_leads_to_the_page(client):
    assert client.get("/style/?a=1").headers["Location"] == "/style?a=1"
    doubled = client.get("/", environ_overrides={"PATH_INFO": "//style/"})
    assert doubled.headers["Location"] == "/style"
    assert client.get("/nowhere/").status_code == 404


def test_a_person_s_language_and_density_are_remembered(client, database, redis):
    person = make_member(database, make_district(database), "CBO")
    sign_in(client, person.address)
    assert 'lang="en"' in body(client.get("/account"))
    turned = post(client, "/preferences", "/account", language="es", back="/account")
    assert turned.status_code == 302
    assert 'lang="es"' in body(client.get("/account"))
    dense = post(client, "/preferences", "/account", density="compact", back="/account")
    assert "density=compact" in dense.headers["Set-Cookie"]


def test_a_form_without_its_token_is_refused_before_anything_is_read(client):
    answer = client.post("/sign-in", data={"address": "a@example.org"})
    assert answer.status_code == 400
    assert "came from another site" in body(answer)


def test_foreign_and_unknown_districts_answer_alike(app, database):
    home, next_door = make_district(database, "Elm Creek"), make_district(database, "Fern Hill")
    she = acting(app, database, make_member(database, home, "CBO"))
    foreign = she.get(f"/d/{next_door.id}/")
    unknown = she.get("/d/987654/")
    assert foreign.status_code == unknown.status_code == 404
    strip = re.compile(r"nonce[^ >]+|/d/\d+/|%2F\d+|csrf[^>]+|\d{4,}")
    assert strip.sub("", body(foreign)) == strip.sub("", body(unknown))
    assert "Fern Hill" not in body(foreign)


def test_a_refusal_says_who_may(app, database):
    district = make_district(database)
    she = acting(app, database, make_member(database, district, "PRI"))
    answer = she.post(f"/d/{district.id}/process/goals", data={"act": "begin"})
    assert answer.status_code == 403
    assert "superintendent" in body(answer)
    assert "principal" in body(answer)


def test_a_visitor_is_sent_to_sign_in_and_back(client):
    assert client.get("/d/5/process?x=1").headers["Location"] == "/sign-in?next=%2Fd%2F5%2Fprocess%3Fx%3D1"
    part = client.get("/d/5/process", headers={"HX-Request": "true"})
    assert part.status_code == 401
    assert part.headers["HX-Redirect"].startswith("/sign-in")


def test_a_coach_s_visit_shows_its_banner_and_ends_with_the_engagement(app, database):
    district, facilitator = make_district(database, "Elm Creek"), make_facilitator(database, "Bridge")
    coach = make_member(database, facilitator, "FCO")
    make_engagement(database, district, facilitator, level=1, coaches=(coach,))
    she = acting(app, database, coach)
    page = body(she.get(f"/d/{district.id}/process"))
    assert "You are visiting Elm Creek for Bridge" in page
    with database.owner() as owner:
        owner.execute("alter table engagement no force row level security")
        owner.execute("update engagement set state = 'ended', ended_at = now()")
    assert she.get(f"/d/{district.id}/process").status_code == 404


def test_an_unknown_host_is_refused_in_plain_words(client):
    answer = client.get("/healthz", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"


def test_a_form_larger_than_a_form_is_refused(client):
    answer = client.post("/sign-in", data={"address": "a" * (5 << 20)})
    assert answer.status_code == 413
    assert "4 MB" in body(answer)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 413, 422, 429])
def test_each_error_has_a_page_in_both_languages(app, status, language):
    area = Area(f"trial{status}", __name__)

    @area.get("/trial", permission=EVERYONE)
    def trial():
        raise Refused(message("Wait a minute, then try again."), status)

    app.register_blueprint(area)
    answer = app.test_client().get("/trial", headers={"Accept-Language": language})
    assert answer.status_code == status
    wanted = {"en": "Wait a minute, then try again.", "es": "Espere un minuto e inténtelo de nuevo."}
    assert wanted[language] in body(answer)


def test_a_defect_shows_a_code_and_no_trace_of_itself(app, caplog):
    area = Area("trial", __name__)

    @area.get("/trial", permission=EVERYONE)
    def trial():
        raise RuntimeError("secret words of a library")

    app.register_blueprint(area)
    answer = app.test_client().get("/trial")
    assert answer.status_code == 500
    assert "secret words" not in body(answer)
    code = re.search(r"this code: ([0-9a-f]{8})", body(answer)).group(1)
    assert code in caplog.text
    assert "RuntimeError" in caplog.text


def test_the_interface_for_programs_answers_problems_as_documents(client):
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 404


def test_in_production_cookies_are_secure_and_the_page_of_styles_is_gone(database):
    settings = dataclasses.replace(database.settings, production=True, base_url="https://plan.example.org")
    app = create_app(settings)
    client = app.test_client()
    base = {"base_url": "https://plan.example.org"}
    assert client.get("/style", **base).status_code == 404
    page = client.get("/sign-in", **base)
    assert page.headers["Set-Cookie"].startswith("__Host-apportion=")
    assert "Secure" in page.headers["Set-Cookie"]
    assert "HttpOnly" in page.headers["Set-Cookie"]
    assert "max-age" in page.headers["Strict-Transport-Security"]
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()


@pytest.mark.parametrize(
    "colour", ["#14596b", "#ffff00", "#ff0000", "#00ff88", "#cccccc", "#5b2f63", "#000000"]
)
def test_any_organization_s_colour_can_be_read(colour):
    found = palette(colour)
    assert contrast(found.own, "#ffffff") >= 4.5
    assert contrast(found.own, found.tint) >= 4.5
    assert contrast(found.deep, found.tint) >= 4.5


def test_refusals_carry_their_message():
    refusal = routing.Refused(message("Wait a minute, then try again."), 429)
    assert isinstance(refusal, HTTPException)
    assert refusal.code == 429
