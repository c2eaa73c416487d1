"""A walk over every page that a role may open, with a look at each: axe, width, language."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Error
from sqlalchemy import text

from apportion.demonstration.opening import Opened
from tenants.database import Database
from tenants.language import catalogue
from tests.support.browser import Page

TABLES = {
    "run_id": "run",
    "dataset_id": "dataset",
    "load_id": "ledger_load",
    "version_id": "plan_version",
    "job_id": "job",
    "thread_id": "comment_thread",
    "plan_id": "plan",
    "section_id": "plan_section",
    "block_id": "plan_block",
    "priority_id": "priority",
    "option_id": "option",
    "link_id": "share_link",
    "cohort_id": "cohort",
    "set_id": "position_set",
}
"""Names of arguments in addresses, and the table whose newest row gives a sample."""

FIXED = {
    "analysis": "three_year_outlook",
    "step": "goals",
    "language": "en",
    "wanted": "en",
    "mail": "1",
    "key": "available_reserve/2026-27",
    "code": "F01",
}
NOT_PAGES = (
    ".json",
    ".csv",
    ".pdf",
    "/file",
    "/favicon.ico",
    "/healthz",
    "/static/",
    "/language/",
    "/mail/",
    "/api/",
    "<token>",
    "<kind>",
    "/r/",
)
"""Parts of addresses that are files, redirects or need a secret; readers' pages have a walk of their own."""

SERIOUS = {"serious", "critical"}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def samples(database: Database, district: Opened) -> dict[str, object]:
    """Return an argument for each name in addresses, from a district's newest rows."""
    found: dict[str, object] = {**FIXED, "district_id": district.id}
    with database.transaction(district.scope(database, "CBO")) as session:
        for name, table in TABLES.items():
            row = session.execute(text(f'select id from "{table}" order by id desc limit 1')).first()
            if row is not None:
                found[name] = row.id
        sets = session.execute(text("select id from comment_thread order by id limit 1")).first()
        if sets is not None:
            found["thread_id"] = sets.id
    return found


def addresses(app: Flask, given: dict[str, object]) -> Iterator[str]:
    """Yield the address of every page, with samples where it takes arguments."""
    with app.test_request_context():
        for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
            if "GET" not in (rule.methods or ()) or any(part in rule.rule for part in NOT_PAGES):
                continue
            if rule.arguments - set(given):
                continue
            built = rule.build({name: given[name] for name in rule.arguments}, append_unknown=False)
            if built is not None:
                yield built[1]


@dataclasses.dataclass
class Findings:
    """What a walk found."""

    looked_at: list[str] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)
    known: dict[str, set[tuple[str, str]]] = dataclasses.field(default_factory=dict)
    """What each page was made of when it was examined: a page of nothing new is not examined again."""


AXE = Axe()
SPOKEN = "button, summary, label, legend, th, h1, h2, h3, nav a, a.btn, .tag, .usa-hint"
WORDS = """(wanted) => [...document.querySelectorAll(wanted)]
  .filter(each => !each.closest('[lang]:not(html)'))
  .map(each => each.childElementCount
    ? [...each.childNodes].filter(node => node.nodeType === 3).map(node => node.textContent).join(' ')
    : each.textContent)
  .map(each => each.replace(/\\s+/g, ' ').trim()).filter(Boolean)"""


def vocabulary(source: str) -> set[tuple[str, str]]:
    """Return the kinds of elements that a page is made of: tag and classes."""
    return set(re.findall(r"<([a-z0-9]+)(?:[^>]*?\sclass=\"([^\"]*)\")?", source))


@functools.lru_cache(maxsize=1)
def english_only() -> set[str]:
    """Return the English texts that a Spanish page must not show."""
    return {source for source, forms in catalogue("es").items() if source not in forms and len(source) > 3}


def look(page: Page, address: str, path: str, language: str, found: Findings) -> None:
    """Open a page and note what is wrong with it; a file, redirect, refusal or fragment is not a page."""
    try:
        answer = page.goto(address + path)
    except Error as error:
        if "Download is starting" in error.message:
            return
        raise
    if answer is None or answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
        if answer is not None and answer.status >= 500:
            found.faults.append(f"{path}: {answer.status}")
        return
    source = answer.text()
    if not source.lstrip().lower().startswith("<!doctype"):
        return
    found.looked_at.append(path)
    if language == "es":
        wrong = sorted(set(page.evaluate(WORDS, SPOKEN)) & english_only())
        if wrong:
            found.faults.append(f"{path}: English words on a Spanish page: {wrong}")
    made_of, known = vocabulary(source), found.known.setdefault(path, set())
    if made_of <= known:
        return
    known |= made_of
    for fault in AXE.run(page, options=RULES).response["violations"]:
        if fault["impact"] in SERIOUS:
            where = "; ".join(node["html"][:160] for node in fault["nodes"][:3])
            found.faults.append(f"{path}: {fault['id']} ({fault['help']}): {where}")
    if page.get_attribute("html", "lang") != language:
        found.faults.append(f"{path}: the page says it is {page.get_attribute('html', 'lang')}")
    page.set_viewport_size({"width": 320, "height": 700})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > 320:
        found.faults.append(f"{path}: {width} pixels wide on a screen of 320")
    page.set_viewport_size({"width": 1440, "height": 900})
