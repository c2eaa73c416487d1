"""Loading a real filing in a browser: dropped, read in the background, footed, certified; both languages."""

import os
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.browser import DESKTOP, PHONE
from tests.support.factories import PASSWORD, make_district, make_member

pytestmark = [pytest.mark.browser, pytest.mark.real_data]
PICTURES = os.environ.get("PICTURES")
"""A folder for pictures of the pages, to be looked at."""
TABLE = (
    b"Fd,Res,Goal,Func,Obj,Net Amount,Memo\n"
    b"01,0000,0000,0000,8011,1000.00,State aid\n"
    b"01,0000,1110,1000,1100,600.25,Salaries\n"
)


@pytest.fixture(scope="module")
def district(live_platform):
    return make_district(live_platform.database, "San Francisco Unified", "38684780000000")


def look(page, name):
    """Keep a picture where one is wanted; nothing may keep anybody out, or scroll sideways."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True, caret="initial")
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{name} scrolls sideways"
    )


def opened(browser_page, live_platform, district, language, viewport):
    person = make_member(live_platform.database, district, "CBO", name="Marisol Quintero", language=language)
    page = browser_page(viewport=viewport, locale=f"{language}-US")
    page.goto(live_platform.base_url + "/sign-in")
    page.locator("input[name=address]").fill(person.address)
    if not page.locator("input[name=password]").is_visible():
        page.locator("main form button").first.click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button.pri").click()
    page.wait_for_url(lambda address: "sign-in" not in address, wait_until="commit", timeout=60_000)
    page.goto(f"{live_platform.base_url}/d/{district.id}/data")
    return page


def load(page, *files):
    page.locator("input[type=file]").set_input_files(list(files))
    page.locator("#load-files button.pri").click()


@pytest.mark.parametrize(("language", "viewport"), [("en", DESKTOP), ("es", PHONE)], ids=["desktop", "phone"])
def test_a_real_filing_is_loaded_reconciled_and_certified(
    live_platform, browser_page, real_data, district, language, viewport
):
    filing = {"en": "budget-2024-25.dat", "es": "budget-2023-24.dat"}[language]
    page = opened(browser_page, live_platform, district, language, viewport)
    look(page, f"data-home-{language}")
    load(page, real_data / "san-francisco-unified" / filing)
    page.wait_for_selector("#control", timeout=60_000)
    look(page, f"load-ready-{language}")
    page.locator("#expenditures_and_uses").fill(
        "1,324,162,347.00" if language == "en" else "1,170,004,416.75"
    )
    page.locator("#control form[method=post] button").click()
    page.wait_for_load_state()
    look(page, f"load-control-{language}")
    if language == "en":
        assert page.locator("h1").inner_text().endswith("differ by $0.07")
        page.locator("#expenditures_and_uses").fill("1,324,162,347.07")
        page.locator("#control form[method=post] button").click()
        page.wait_for_load_state()
        assert page.locator("h1").inner_text() == "Your ledger foots to the cent"
    page.locator("#certify form button").click()
    page.wait_for_load_state()
    assert page.locator("#certify .tag.ok").count() == 1
    look(page, f"load-certified-{language}")
    page.locator("#certify a.btn").click()
    page.wait_for_load_state()
    look(page, f"dataset-{language}")
    page.locator("#f-object").fill("1000-1999")
    page.locator("#f-fund").fill("01")
    page.locator(".data-filters button").click()
    page.wait_for_load_state()
    look(page, f"dataset-filtered-{language}")


def test_a_table_is_mapped_and_a_broken_amount_settled(live_platform, browser_page, district, tmp_path):
    page = opened(browser_page, live_platform, district, "en", DESKTOP)
    (tmp_path / "own.csv").write_bytes(TABLE)
    load(page, tmp_path / "own.csv")
    page.wait_for_selector("#column-0", timeout=60_000)
    look(page, "columns")
    for number, field in enumerate(
        ("fund", "resource", "goal", "function", "object", "amount", "description")
    ):
        page.locator(f"#column-{number}").select_option(field)
    page.locator("#value-fiscal_year").fill("2019-20")
    page.locator("#value-period").select_option("A")
    page.locator("#value-column").select_option("BA")
    page.locator("main form button.pri").click()
    page.wait_for_selector("#control", timeout=60_000)
    page.goto(f"{live_platform.base_url}/d/{district.id}/data")
    (tmp_path / "broken.csv").write_bytes(TABLE.replace(b"600.25", b"6OO.25").replace(b"State", b"The state"))
    load(page, tmp_path / "broken.csv")
    page.wait_for_selector("#column-0", timeout=60_000)
    look(page, "columns-known")
    assert page.locator("#value-period").input_value() == "A"
    page.locator("#value-fiscal_year").fill("2019-20")
    page.locator("main form button.pri").click()
    page.wait_for_selector("#look-h", timeout=60_000)
    look(page, "load-refused")
    page.locator(".card-hd form button.pri").click()
    page.wait_for_selector("#control", timeout=60_000)
    look(page, "load-settled")
    page.locator("#expenditures_and_uses").fill("1,600.25")
    page.locator("#control form[method=post] button").click()
    page.wait_for_load_state()
    look(page, "load-explained")
    page.goto(f"{live_platform.base_url}/d/{district.id}/data")
    book = openpyxl.Workbook()
    book.active.append(["Printed on the first of June"])
    for line in TABLE.decode().splitlines():
        (book["Ledger"] if "Ledger" in book.sheetnames else book.create_sheet("Ledger")).append(
            line.replace("Fd,", "Fund,").split(",")
        )
    book.save(tmp_path / "book.xlsx")
    load(page, tmp_path / "book.xlsx")
    page.wait_for_selector("#sheets", timeout=60_000)
    look(page, "columns-sheets")
