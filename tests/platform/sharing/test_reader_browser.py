"""Journey 7 on a phone: a parent comments in Spanish, and finds the answer and the new sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from tenants.records.comments import CommentThread
from tests.support.browser import DESKTOP, PHONE, Page
from tests.support.factories import scope_of
from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, published
from tests.support.served import served
from workers.comments import conversation

pytestmark = [pytest.mark.browser]
WORDS = "¿También habrá entrenadores en español?"
SELECT = """([block, from, to]) => {
    const text = document.querySelector(`[data-block="${block}"] p`).firstChild;
    const range = document.createRange();
    range.setStart(text, from);
    range.setEnd(text, to);
    document.getSelection().removeAllRanges();
    document.getSelection().addRange(range);
}"""


@pytest.fixture
def plan(database: CloneOfTemplate) -> Published:
    return published(database)


@pytest.fixture
def address(database: CloneOfTemplate, plan: Published, redis: object) -> Iterator[str]:
    with served(database.settings) as running:
        yield running


def fits(page: Page) -> None:
    """The page must not scroll sideways."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], width


@pytest.mark.parametrize(
    "size", [PHONE, DESKTOP, {"width": 320, "height": 640}], ids=["phone", "desktop", "320"]
)
def test_a_parent_comments_on_selected_words_and_finds_the_answer(
    browser_page: Callable[..., Page],
    address: str,
    plan: Published,
    database: CloneOfTemplate,
    size: dict[str, int],
) -> None:
    page = browser_page(viewport=size, locale="es-MX")
    page.goto(f"{address}/r/{plan.token}")
    assert plan.token not in page.url
    fits(page)
    block = plan.document.sections[1].blocks[0]
    page.evaluate(SELECT, [block.id, 0, 12])
    page.locator("[data-select]").click()
    quoted = page.locator("[data-quote-text]").inner_text()
    assert quoted == "La plantilla"
    page.fill("#text", WORDS)
    page.fill("#name", "Lucía M.")
    page.select_option("#relation", "parent")
    page.click("#comment button.pri")
    page.wait_for_url("**/sent")
    fits(page)
    code = page.locator(".code").inner_text()
    page.click("main a.btn.pri")
    mark = page.locator(f"#b{block.id} .hl")
    assert mark.inner_text() == "La plantilla"
    assert page.locator(f"#b{block.id} article").inner_text().count(WORDS) == 1
    scope = scope_of(database.app, plan.official, plan.district.id)
    with database.app.transaction(scope) as session:
        thread = session.scalars(select(CommentThread)).one()
        conversation.answer(session, scope, thread.id, "Sí, dos.", language="es", author="Denise Okafor")
        conversation.set_disposition(session, scope, thread.id, "changed", "", block.id)
    page.goto(f"{page.url.partition('#')[0]}my-comment")
    page.fill("#code", code.lower())
    page.click("main form button.pri")
    assert page.locator("h1").inner_text() == "El plan cambió gracias a su comentario"
    assert "Sí, dos." in page.locator("main").inner_text()
    fits(page)


def test_reading_and_commenting_work_without_script(
    browser_page: Callable[..., Page], address: str, plan: Published
) -> None:
    page = browser_page(viewport=PHONE, java_script_enabled=False)
    page.goto(f"{address}/r/{plan.token}")
    block = plan.document.sections[1].blocks[0]
    page.locator(f"#b{block.id} a.cl").click()
    assert "comment?block=" in page.url
    page.fill("#text", "It works without script.")
    page.click("#comment button.pri")
    assert page.locator(".code").count() == 1
    page.click("main a.btn.pri")
    place = page.locator(f"#b{block.id}")
    assert "It works without script." in place.inner_text()
    place.get_by_role("link", name="Reply").click()
    assert "It works without script." in page.locator("[data-quote-text]").inner_text()
    page.fill("#text", "So does a reply.")
    page.click("#comment button.pri")
    assert page.locator("h1").inner_text() == "Your reply has arrived"
    page.click("main a.btn.pri")
    fits(page)
    assert "So does a reply." in place.locator("article .rep").inner_text()
    place.get_by_role("button", name="I support this").click()
    assert "One person supports this" in place.inner_text()
    assert place.get_by_role("button", name="I support this").get_attribute("aria-pressed") == "true"


def test_a_comment_by_keyboard_alone(
    browser_page: Callable[..., Page], address: str, plan: Published
) -> None:
    page = browser_page(viewport=PHONE, locale="es-MX")
    page.goto(f"{address}/r/{plan.token}")
    block = plan.document.sections[1].blocks[0]
    page.locator(f"#b{block.id} a.cl").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'text'")
    page.keyboard.type("Sin ratón.")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#comment button.pri')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent")
    assert page.locator("h1").inner_text() == "Su comentario ha llegado"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('main a.btn.pri')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**#c*")
    assert "Sin ratón." in page.locator(f"#b{block.id} article").inner_text()


def test_unsent_words_stay_on_the_device(
    browser_page: Callable[..., Page], address: str, plan: Published
) -> None:
    page = browser_page(viewport=PHONE)
    page.goto(f"{address}/r/{plan.token}")
    page.fill("#text", "Half a thought")
    page.reload()
    assert page.input_value("#text") == "Half a thought"
    page.click("#comment button.pri")
    page.wait_for_url("**/sent")
    page.goto(f"{address}/r/{plan.token}")
    assert page.input_value("#text") == ""
