"""The machine's Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

__all__ = ["DESKTOP", "PHONE", "Browser", "Page", "chromium", "find_chromium", "pages"]

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


def find_chromium() -> str:
    """Return the path of a Chromium.

    Raises:
        FileNotFoundError: There is none; the text says what to do.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        bundled = playwright.chromium.executable_path
    if os.access(bundled, os.X_OK):
        return bundled
    raise FileNotFoundError(
        "No Chromium. Run `make setup-development`, or name one in the variable CHROMIUM."
    )


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a Chromium without a window."""
    path = find_chromium()
    arguments = ["--disable-gpu", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def pages(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page in a context of its own; at the end no script may have failed."""
    contexts = []
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"{message.text} ({message.location.get('url', '')})")

    def open_page(**options: object) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US", **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", note)
        return page

    try:
        yield open_page
    finally:
        for context in contexts:
            context.close()
    # An answer such as 403 or 404 that a test asks for on purpose is reported by Chromium as an error too.
    unexpected = [fault for fault in faults if "the server responded with a status of 4" not in fault]
    assert not unexpected, unexpected
