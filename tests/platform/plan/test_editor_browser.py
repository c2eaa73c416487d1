"""Writing in a real browser, by keyboard: figures at the cursor, words kept on the device, two writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from tenants.records.plans import PlanBlock
from tests.support import factories, plan_material
from tests.support.browser import PHONE, Page
from tests.support.platform import CloneOfTemplate
from tests.support.served import served
from workers.planning import writing

pytestmark = [pytest.mark.browser]


@pytest.fixture
def material(database: CloneOfTemplate) -> plan_material.Material:
    return plan_material.make_material(database)


@pytest.fixture
def address(database: CloneOfTemplate, material: object, redis: object) -> Iterator[str]:
    with served(database.settings) as running:
        yield running


def enter(page: Page, address: str, person: factories.Person) -> None:
    """Sign in as people do."""
    page.goto(f"{address}/sign-in")
    page.fill("#address", person.address)
    page.keyboard.press("Enter")
    page.fill("input[type=password]", factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_writing_by_keyboard_keeps_every_word(
    browser_page: Callable[..., Page],
    address: str,
    database: CloneOfTemplate,
    material: plan_material.Material,
) -> None:
    page = browser_page()
    enter(page, address, material.cbo)
    editor = f"{address}/d/{material.district.id}/plan/edit/{material.plan_id}?section=summary"
    page.goto(editor)
    block = page.locator("[data-block]:has(form[data-kind=paragraph])").first
    number = int(block.get_attribute("data-block") or 0)
    english = block.locator("textarea[name=text]")
    before = english.input_value()

    # A figure goes in where the cursor is, without a mouse.
    block.locator("summary[title=Write]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".ed-words:focus")
    page.keyboard.press("Control+End")
    page.keyboard.type(" The plan leaves ")
    page.keyboard.press("Control+;")
    page.keyboard.type("balance 2026-27")
    page.wait_for_selector("#ed-list li b")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ed-words:focus")
    written = english.input_value()
    assert written.startswith(f"{before} The plan leaves {{{{figure:")
    assert "2026-27}}" in written.removeprefix(before)

    # A figure is not typed over: neither selected nor right behind it.
    page.keyboard.type("7")
    assert english.input_value() == written
    assert "bound to a result" in block.locator("[data-said]").inner_text()
    page.keyboard.type(" for 42 schools.")

    # A loose number is said at once, shown as it will read, and may be stated by its author.
    block.get_by_role("button", name="Mark it as stated by me").click()
    assert english.input_value().endswith("for {{stated:42}} schools.")
    page.locator(".is-trying", has_text="42†").wait_for()

    # The browser dies; the words wait, and are taken up again.
    unsent = english.input_value()
    second = page.context.new_page()
    page.close()
    page = second
    page.goto(editor)
    block = page.locator(f"[data-block='{number}']")
    english = block.locator("textarea[name=text]")
    assert english.input_value() == before
    block.get_by_role("button", name="Take them up").click()
    assert english.input_value() == unsent

    # Without a connection nothing is lost; leaving asks.
    page.context.set_offline(True)
    block.locator(".ed-words").first.focus()
    page.keyboard.press("Control+Enter")
    block.get_by_text("could not be reached").wait_for()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.context.set_offline(False)
    page.close(run_before_unload=True)
    page.wait_for_timeout(0)
    assert asked == ["beforeunload"]

    # Meanwhile somebody else changed another sentence, and the same one: both are shown, and one is kept.
    scope = factories.scope_of(database.app, material.cao, material.district.id)
    with database.app.transaction(scope) as session:
        held = session.get(PlanBlock, (material.district.id, number))
        assert held is not None
        change = writing.Change(held.revision, f"{before} And Denise says so.", held.text_es)
        writing.save(session, scope, material.plan_id, number, change)
    block.locator(".ed-words").first.focus()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Somebody else changed the same sentence").wait_for()
    assert "Denise Okafor kept this passage" in page.locator(".wrn").first.inner_text()
    assert "And Denise says so." in page.locator(".ed-two").inner_text()
    block = page.locator(f"[data-block='{number}']")
    assert "{{stated:42}} schools." in block.locator("textarea[name=text]").input_value()
    block.get_by_role("button", name="Keep this passage").click()
    page.wait_for_url(lambda url: "section=" in url)
    with database.app.transaction(scope) as session:
        text = session.execute(
            sa.select(PlanBlock.text).where(
                PlanBlock.district_id == material.district.id, PlanBlock.id == number
            )
        ).scalar_one()
    assert text == unsent
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('unsent'))") == []

    # On a phone the page keeps to its width, and the threads stand below.
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.locator(".thrs").is_visible()
