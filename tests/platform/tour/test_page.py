"""What the tour sees of a page: forms as a browser without script would send them."""

from __future__ import annotations

from apportion.tour.page import Page, read

HTML = """
<!doctype html><title>Load</title><h1>Load a <em>ledger</em></h1>
<script>var hidden = "not words";</script>
<form action="/d/1/load" method="post" enctype="multipart/form-data" id="load">
  <input type="hidden" name="csrf_token" value="abc">
  <input name="title" value="Caf&eacute;">
  <input type="file" name="ledger">
  <input type="checkbox" name="agree" value="yes">
  <input type="radio" name="way" value="a"><input type="radio" name="way" value="b" checked>
  <select name="year"><option value="2024-25">2024-25</option><option selected>2025-26</option></select>
  <select name="first"><option value="x">X</option><option value="y">Y</option></select>
  <textarea name="note">
two
lines</textarea>
  <button name="do" value="read">Read it</button>
</form>
<button form="load" name="do" value="drop">Drop it</button>
<a href="/d/1/next">Next <b>step</b></a> <p id="block-7" data-block="7">A sentence.</p>
"""


def page() -> Page:
    return read("http://h/d/1", 200, {"content-type": "text/html; charset=utf-8"}, HTML.encode())


def test_a_form_holds_what_would_be_sent() -> None:
    form = page().form(action="/load$", field="ledger")
    assert form is not None
    assert form.multipart
    assert form.fields == [
        ("csrf_token", "abc"),
        ("title", "Café"),
        ("way", "b"),
        ("year", "2025-26"),
        ("first", "x"),
        ("note", "two\nlines"),
    ]
    assert {"agree", "ledger", "do"} <= form.names
    assert form.buttons == [("do", "read", "Read it"), ("do", "drop", "Drop it")]


def test_words_links_headings_and_elements() -> None:
    assert "not words" not in page().text
    assert "A sentence." in page().text
    assert page().headings == ["Load a ledger"]
    assert page().link(text="next") == "/d/1/next"
    assert page().link(href="/elsewhere") is None
    assert {"tag": "p", "id": "block-7", "data-block": "7"} in page().elements
