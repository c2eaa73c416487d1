"""The tour's people at a real browser: pages are opened, fields filled and buttons pressed in Chromium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Locator, Response
from playwright.sync_api import Error as PlaywrightError

from apportion.tour.page import Form, Page, read
from apportion.tour.visitor import TourError, Value, Visitor

SECONDS = 60
DATA = (".pdf", ".json")
TRIES = 5

FILL = """(element, value) => {
  if (element.type === "checkbox" || element.type === "radio") { element.checked = element.value === value; }
  else { element.value = value; }
  element.dispatchEvent(new Event("input", {bubbles: true}));
  element.dispatchEvent(new Event("change", {bubbles: true}));
}"""
OPEN_AROUND = """element => {
  for (let at = element; at; at = at.parentElement) { if (at.tagName === "DETAILS") { at.open = true; } }
}"""


class BrowsingVisitor(Visitor):
    """A person at Chromium with a window of a given size."""

    def __init__(self, base_url: str, name: str, *, browser: Browser, window: Mapping[str, object]) -> None:
        super().__init__(base_url, name)
        self.faults: list[str] = []
        self.context = browser.new_context(**window)  # type: ignore[arg-type]
        self.page = self.context.new_page()
        self.page.set_default_timeout(SECONDS * 1000)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))

    def open(self, address: str, *, expect: int | None = 200, accept: str = "text/html") -> Page:
        """Open an address; data and prints are fetched as a click on their link would."""
        full = urljoin(self.base_url + "/", address)
        if accept != "text/html" or full.partition("?")[0].endswith(DATA):
            answer = self.context.request.get(full, headers={"Accept": accept})
            page = read(answer.url, answer.status, answer.headers, answer.body())
        else:
            page = self._shown(self._go(full))
        if expect is not None and page.status != expect:
            raise TourError(
                f"{self.name}: {full} answered {page.status}, expected {expect}: {page.text[:2000]}"
            )
        if page.status == 200:
            self.visited.append(page.url.removeprefix(self.base_url))
        return page

    def _go(self, address: str) -> Response | None:
        """Go to an address; a page that moves on by itself just then is let go first."""
        for _ in range(TRIES):
            try:
                response = self.page.goto(address)
            except PlaywrightError as failure:
                if "ERR_ABORTED" not in failure.message:
                    raise
                self.page.wait_for_load_state("load")
            else:
                # Without an answer only the part after # differed: the page is there already.
                return response or self.page.reload()
        raise TourError(f"{self.name}: {address} could not be reached.")

    def submit(
        self,
        page: Page,
        form: Form,
        values: Mapping[str, Value],
        *,
        files: Mapping[str, Sequence[Path]] | None = None,
        button: str | None = None,
        expect: int | None = 200,
    ) -> Page:
        """Fill in the form that stands at the same place of the page, and press its button."""
        if self.page.url.partition("#")[0] != page.url.partition("#")[0]:
            self._go(page.url)
        # By address, not by place alone: what stands under <noscript> is no form where scripts run.
        alike = [each for each in page.forms if each.action == form.action]
        number = next(index for index, each in enumerate(alike) if each is form)
        live = self.page.locator(f'form[action="{form.action}"]' if form.action else "form:not([action])")
        live = live.nth(number)
        live.evaluate(OPEN_AROUND)
        for name, value in values.items():
            for one in [value] if isinstance(value, str) else value:
                self._enter(live, name, one)
        for name, paths in (files or {}).items():
            live.locator(f"input[type=file][name='{name}']").set_input_files([str(path) for path in paths])
        press = live.locator("button:not([type=button]), input[type=submit]")
        if button is not None:
            wanted, _, value = button.partition("=")
            press = live.locator(f"button[name='{wanted}'][value='{value}']")
        with self.page.expect_navigation() as navigation:
            press.first.click()
        shown = self._shown(navigation.value)
        if expect is not None and shown.status != expect:
            raise TourError(f"{self.name}: {shown.url} answered {shown.status}: {shown.text[:2000]}")
        return shown

    def _enter(self, live: Locator, name: str, value: str) -> None:
        fields = live.locator(f"[name='{name}']")
        if fields.count() == 0:
            raise TourError(f"{self.name}: the form on {self.page.url} has no field {name}.")
        first = fields.first
        kind = first.evaluate("element => element.type")
        if kind in {"radio", "checkbox"}:
            live.locator(f"[name='{name}'][value='{value}']").first.evaluate(FILL, value)
        elif kind == "select-one":
            first.evaluate(OPEN_AROUND)
            first.select_option(value)
        elif kind == "hidden" or first.evaluate("element => element.hidden"):
            # What a script of the page sets when a passage is selected, or what a writing surface stands for.
            first.evaluate(FILL, value)
        else:
            first.evaluate(OPEN_AROUND)
            first.fill(value)

    def _shown(self, response: Response | None) -> Page:
        if response is None:
            raise TourError(f"{self.name}: {self.page.url} gave no answer.")
        self.page.wait_for_load_state("load")
        headers = {"content-type": response.headers.get("content-type", "")}
        return read(self.page.url, response.status, headers, self.page.content().encode())

    def close(self) -> None:
        """Close the window."""
        self.context.close()
