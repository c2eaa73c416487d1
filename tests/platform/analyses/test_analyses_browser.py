"""Analyses in a browser: chart and table, the drawer by keyboard, nothing in anybody's way."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import text

from tenants.files import FileStore
from tenants.scope import Scope
from tests.support import filings
from tests.support.acting import make_token
from tests.support.browser import DESKTOP, PHONE
from tests.support.factories import make_district, make_member
from tests.support.ledgers import store_file
from tests.support.served import served
from workers import runner, stills, studies

pytestmark = [pytest.mark.browser, pytest.mark.real_data]


@pytest.fixture(scope="module")
def place(shared_database):
    """Serve a district whose real budget is loaded and analysed."""
    filings.need()
    district = make_district(shared_database, "San Francisco Unified", "38684780000000")
    people = {
        language: make_member(shared_database, district, "CBO", name="Marisol Quintero", language=language)
        for language in ("en", "es")
    }
    files = FileStore(shared_database.settings.files)
    path = filings.FILINGS / "budget-2024-25.dat"
    store_file(shared_database.app, files, district.id, people["en"].id, path)
    with shared_database.app.transaction(Scope.for_upkeep(district.id)) as session:
        runs = {name: studies.answer(session, district.id, name) for name in studies.NAMES}
    tokens = {language: make_token(shared_database, person) for language, person in people.items()}
    with served(shared_database.settings) as address:
        yield f"{address}/d/{district.id}/analyses", runs, tokens


def opened(browser_page, place, language, viewport, path):
    base, _runs, tokens = place
    page = browser_page(
        viewport=viewport,
        extra_http_headers={"Authorization": f"Bearer {tokens[language]}", "Accept-Language": language},
    )
    page.goto(base + path)
    return page


def well_made(page):
    """Nothing keeps anybody out, and nothing scrolls sideways."""
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("language", "viewport"), [("en", DESKTOP), ("es", PHONE)], ids=["desktop", "phone"])
def test_pages_are_open_to_everybody(browser_page, place, language, viewport):
    base, runs, _tokens = place
    outlook = runs["three_year_outlook"]
    paths = ["", *(f"/runs/{run}" for run in runs.values())]
    paths += [f"/runs/{outlook}/figures/minimum/2025-26", f"/runs/{outlook}/assumptions"]
    page = opened(browser_page, place, language, viewport, "")
    for path in paths:
        page.goto(base + path)
        if "figures" not in path and "/runs/" in path and "assumptions" not in path:
            page.locator("figure.ch .vega").first.scroll_into_view_if_needed()
            page.wait_for_selector("figure.ch .vega svg")
        well_made(page)


def test_the_drawer_opens_by_keyboard_goes_down_and_gives_focus_back(browser_page, place):
    _base, runs, _tokens = place
    page = opened(browser_page, place, "en", DESKTOP, f"/runs/{runs['three_year_outlook']}")
    link = page.locator("#table-unrestricted a.tr-num", has_text="268,0").first
    name = link.inner_text()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer .trace")
    assert name in page.locator("#table-unrestricted td.pick").inner_text()
    assert "Rows of the file as it came" in page.locator("#drawer").inner_text()
    page.locator("#drawer a", has_text="Step and column").click()
    page.wait_for_selector("#drawer h2:has-text('3,961,392.79')")
    assert "1.50%" in page.locator("#drawer").inner_text()
    page.keyboard.press("Escape")
    page.wait_for_selector("#drawer .trace", state="detached")
    assert page.evaluate("document.activeElement.textContent").strip() == name.strip()


def test_the_drawer_is_a_page_without_script(browser_page, place):
    _base, runs, tokens = place
    page = browser_page(
        viewport=DESKTOP,
        java_script_enabled=False,
        extra_http_headers={"Authorization": f"Bearer {tokens['en']}"},
    )
    page.goto(f"{_base}/runs/{runs['fund_balance_and_reserve']}")
    page.locator("#table-balance a.tr-num").nth(4).click()
    assert "Where does this come from?" in page.locator("aside").inner_text()
    assert page.locator("#table-balance td.pick").count() == 1


def test_search_and_help_by_keyboard_and_a_chart_without_the_engine(browser_page, place, shared_database):
    base, runs, _tokens = place
    district = int(base.split("/d/")[1].split("/")[0])
    with shared_database.app.transaction(Scope.for_upkeep(district)) as session:
        stills.ask(session, district, list(runs.values()))
        job_id = session.scalars(text("select id from job where kind = 'draw_charts'")).one()
    runner.execute(shared_database.settings, job_id, district)
    for viewport, shown in ((DESKTOP, "wide"), (PHONE, "narrow")):
        page = opened(browser_page, place, "en", viewport, f"/runs/{runs['three_year_outlook']}")
        fetched: list[str] = []
        page.on("request", lambda request, into=fetched: into.append(request.url))
        page.reload()
        assert page.locator(f".vega .still.{shown} svg").first.is_visible()
        page.locator("figure.ch .vega").first.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        assert not [address for address in fetched if "charts-" in address]
        well_made(page)
    page = opened(browser_page, place, "en", DESKTOP, "")
    page.keyboard.press("?")
    page.wait_for_selector("#drawer .help")
    assert "Each analysis opens with its finding" in page.locator("#drawer").inner_text()
    well_made(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#drawer .help", state="detached")
    page.keyboard.press("/")
    page.keyboard.type("reserve ? /")
    assert page.locator("[data-find]").input_value() == "reserve ? /"
    page.locator("[data-find]").fill("reserve")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Found for “reserve”')")
    well_made(page)
