"""Pages as a person without script uses them: what they say, their links, and their forms."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from typing import Any

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col"})
_SILENT = frozenset({"script", "style", "template"})


@dataclasses.dataclass
class Form:
    """A form: where it goes and what it holds before anybody fills it in."""

    action: str
    method: str
    multipart: bool
    fields: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    """Names and values that would be sent as they stand, in order."""
    names: set[str] = dataclasses.field(default_factory=set)
    """All names, also of unchecked boxes, files and buttons."""
    choices: dict[str, list[tuple[str, str]]] = dataclasses.field(default_factory=dict)
    """Values and labels of each selection, and values of radio buttons and boxes."""
    buttons: list[tuple[str, str, str]] = dataclasses.field(default_factory=list)
    """Name, value and text of each button."""


@dataclasses.dataclass
class Page:
    """An answer, read."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    forms: list[Form] = dataclasses.field(default_factory=list)
    links: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    """Text and address of each link, in order."""
    elements: list[dict[str, str]] = dataclasses.field(default_factory=list)
    """Attributes of every element that has an id or data, with its tag under `tag`."""
    headings: list[str] = dataclasses.field(default_factory=list)
    text: str = ""
    """The visible words."""

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def is_html(self) -> bool:
        """Say whether this is a page."""
        return self.headers.get("content-type", "").startswith("text/html")

    def link(self, *, href: str = "", text: str = "") -> str | None:
        """Return the address of the first link whose address matches `href` and whose text holds `text`."""
        for words, address in self.links:
            if re.search(href, address) and text.lower() in words.lower():
                return address
        return None

    def form(self, *, action: str = "", field: str | None = None) -> Form | None:
        """Return the first form whose address matches `action` and which has `field`."""
        for form in self.forms:
            if re.search(action, form.action) and (field is None or field in form.names):
                return form
        return None


def read(url: str, status: int, headers: dict[str, str], body: bytes) -> Page:
    """Return the page in an answer; anything but HTML has a body alone."""
    page = Page(url, status, headers, body)
    if page.is_html:
        reader = _Reader(page)
        reader.feed(body.decode("utf-8"))
        reader.close()
        page.text = re.sub(r"\s+", " ", "".join(reader.words)).strip()
    return page


class _Reader(HTMLParser):
    """Fills a page's forms, links and words."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.words: list[str] = []
        self.form: Form | None = None
        self.by_id: dict[str, Form] = {}
        self.silent = 0
        self.capture: list[tuple[str, list[str], dict[str, str]]] = []
        self.select: tuple[Form, str, list[tuple[str, str, bool]], bool] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self.silent += 1
        if "id" in given or any(name.startswith("data-") for name in given):
            self.page.elements.append({"tag": tag, **given})
        if tag == "form":
            self.form = Form(
                given.get("action", ""),
                given.get("method", "get").lower(),
                given.get("enctype", "") == "multipart/form-data",
            )
            self.page.forms.append(self.form)
            if "id" in given:
                self.by_id[given["id"]] = self.form
        elif tag in {"a", "button", "textarea", "option", "h1", "h2", "h3"}:
            self.capture.append((tag, [], given))
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            form = self._form_of(given)
            if form is not None and given.get("name"):
                form.names.add(given["name"])
                self.select = (form, given["name"], [], "multiple" in given)
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self.silent:
            self.silent -= 1
        if tag == "form":
            self.form = None
        elif tag == "select" and self.select is not None:
            form, name, options, multiple = self.select
            self._end_select(form, name, options, multiple=multiple)
        elif self.capture and self.capture[-1][0] == tag:
            self._end_capture()
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        for _, parts, _ in self.capture:
            parts.append(data)
        if not self.silent:
            self.words.append(data)

    def _form_of(self, given: dict[str, str]) -> Form | None:
        return self.by_id.get(given["form"]) if "form" in given else self.form

    def _input(self, given: dict[str, str]) -> None:
        form, name = self._form_of(given), given.get("name", "")
        if form is None or not name:
            return
        form.names.add(name)
        kind = given.get("type", "text").lower()
        if kind in {"submit", "image"}:
            form.buttons.append((name, given.get("value", ""), given.get("value", "")))
        elif kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append((given.get("value", "on"), ""))
            if "checked" in given:
                form.fields.append((name, given.get("value", "on")))
        elif kind != "file" and "disabled" not in given:
            form.fields.append((name, given.get("value", "")))

    def _end_select(
        self, form: Form, name: str, options: list[tuple[str, str, bool]], *, multiple: bool
    ) -> None:
        form.choices[name] = [(value, label) for value, label, _ in options]
        chosen = [value for value, _, selected in options if selected]
        if not chosen and options and not multiple:
            chosen = [options[0][0]]
        form.fields += [(name, value) for value in chosen]
        self.select = None

    def _end_capture(self) -> None:
        tag, parts, given = self.capture.pop()
        text = re.sub(r"\s+", " ", "".join(parts)).strip()
        if tag == "a" and "href" in given:
            self.page.links.append((text or given.get("aria-label", ""), given["href"]))
        elif tag == "button":
            form = self._form_of(given)
            if form is not None and given.get("type", "submit") == "submit":
                if given.get("name"):
                    form.names.add(given["name"])
                form.buttons.append((given.get("name", ""), given.get("value", ""), text))
        elif tag == "textarea":
            form = self._form_of(given)
            if form is not None and given.get("name"):
                form.names.add(given["name"])
                form.fields.append((given["name"], "".join(parts).removeprefix("\n")))
        elif tag == "option" and self.select is not None:
            self.select[2].append((given.get("value", text), text, "selected" in given))
        elif tag.startswith("h"):
            self.page.headings.append(text)
