import datetime as dt
import http.server
import io
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pikepdf
import pypdfium2
import pytest

from reports import document as d
from reports import pdf, plan
from tests.support import plan_document
from tests.support.read_aloud import heard, page_texts

EDITION = plan.Edition(
    published_on=dt.date(2026, 4, 20),
    signatures=(
        plan.Signed("certify_numbers", "Marisol Quintero", {"en": "CBO", "es": "CBO"}, dt.date(2026, 4, 16)),
    ),
    reader_address="https://plans.example.org/r/4f9Qx2mZk81",
    comment_closes_on=dt.date(2026, 5, 22),
)


HEADS = {"H1", "H2", "H3"}
LEAST_FILL = 1 / 3
EDGE = 0.92, 0.86
"""Inches above and below the text of a page."""


def fills(body: bytes) -> list[float]:
    """Return for each page the share of its height that is printed on, as seen: by its picture."""
    found = []
    with pypdfium2.PdfDocument(body) as document:
        for page in document:
            picture = page.render(scale=1, grayscale=True).to_numpy()
            top, bottom = int(EDGE[0] * 72), picture.shape[0] - int(EDGE[1] * 72)
            printed = np.flatnonzero((picture[top:bottom] < 200).any(axis=1))
            found.append(float(printed[-1] + 1) / (bottom - top) if len(printed) else 0.0)
    return found


def lowest_heading(body: bytes) -> float:
    """Return how far above a page's end its lowest heading stands, in points; all headings are bookmarks."""
    places = []
    with pypdfium2.PdfDocument(body) as document:
        for mark in document.get_toc():
            _, (_, top, *_) = mark.get_dest().get_view()
            places.append(top)
    return min(places)


def tags(body: bytes) -> tuple[pikepdf.Pdf, list[tuple[str, pikepdf.Object]]]:
    """Return the open document (its objects live as long as it does) and every tag with its name."""
    found = []

    def walk(node: pikepdf.Object) -> None:
        if isinstance(node, pikepdf.Array):
            for kid in node:
                walk(kid)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            found.append((str(node.S), node))
            if "/K" in node:
                walk(node.K)

    document = pikepdf.open(io.BytesIO(body))
    walk(document.Root.StructTreeRoot.K)
    return document, found


@pytest.fixture(scope="module")
def english() -> pdf.Printed:
    return plan.print_plan(plan_document.document(), EDITION, "en")


@pytest.mark.parametrize("language", ["en", "es"])
def test_plan_prints_cover_two_minutes_contents_sections_appendix_and_how_to_comment(
    language: str, tmp_path: Path
) -> None:
    printed = plan.print_plan(plan_document.document(), EDITION, language)
    pages = page_texts(printed.body)
    assert len(pages) == printed.pages
    words = {
        "en": (
            "Draft for comment, version 0.1",
            "The two-minute page",
            "Contents",
            "Tell us before May 22, 2026",
        ),
        "es": (
            "Borrador para comentarios, versión 0.1",
            "La página de dos minutos",
            "Contenido",
            "22 de mayo de 2026",
        ),
    }[language]
    for page, expected in zip((pages[0], pages[1], pages[2], pages[-1]), words, strict=True):
        assert expected in page
    assert "https://plans.example.org/r/4f9Qx2mZk81" in pages[-1]
    of = {"en": "of", "es": "de"}[language]
    assert f"2 {of} {printed.pages}" in pages[1]
    if language == "es":
        everything = " ".join(pages)
        assert not re.search(r"\b(Page|Code|Source|version|published|Contents|Value)\b", everything)


def test_contents_names_the_page_on_which_each_section_stands(english: pdf.Printed) -> None:
    pages = page_texts(english.body)
    names = ("The two-minute page", "Where we are", "How we pay", "Implementation", "Measures", "Appendices")
    found = re.findall(rf"^\d+ ({'|'.join(names)}) .*?\. (\d+)$", pages[2], re.MULTILINE)
    assert [name for name, _ in found] == list(names)
    for name, page in found:
        assert name in pages[int(page) - 1]


def test_codes_lead_to_the_appendix_and_the_appendix_back(english: pdf.Printed) -> None:
    pages = page_texts(english.body)
    appendix = next(page for page in pages if "figures and where they come from" in page)
    row = appendix[appendix.index("F04") : appendix.index("What was computed")]
    assert "$14,971,000" in row
    assert row.rstrip().endswith("2")
    with pikepdf.open(io.BytesIO(english.body)) as document:
        names = {str(name) for name in document.Root.Names.Dests.Names if isinstance(name, pikepdf.String)}
    assert {"F01", "use-F01", "F04", "use-F04"} <= names


def test_screen_readers_get_title_language_bookmarks_heads_with_scope_and_alternatives(
    english: pdf.Printed,
) -> None:
    document = pikepdf.open(io.BytesIO(english.body))
    assert str(document.Root.Lang) == "en"
    assert bool(document.Root.MarkInfo.Marked)
    assert "Strategic finance plan" in str(document.docinfo.Title)
    with document.open_outline() as outline:
        labels = [item.title for item in outline.root]
    assert labels[1:4] == ["1 The two-minute page", "Contents", "2 Where we are"]
    _held, found = tags(english.body)
    heads = [node for name, node in found if name == "/TH"]
    assert heads
    assert all(node.A.Scope in ("/Column", "/Row") for node in heads)
    figures = [node for name, node in found if name == "/Figure"]
    assert figures
    assert all(str(node.get("/Alt", "")) for node in figures)
    assert {"/H1", "/H2", "/Table", "/Link", "/L"} <= {name for name, _ in found}
    assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
    assert 'pdfuaid:part="1"' in str(document.open_metadata())
    assert {page.Tabs for page in document.pages} == {"/S"}
    links = [link for page in document.pages for link in page.get("/Annots", []) if "/Dest" in link]
    assert links
    assert all(re.fullmatch(r"Page \d+", str(link.Contents)) for link in links)


def test_read_aloud_the_reserve_is_a_sentence_and_everything_comes_in_order(english: pdf.Printed) -> None:
    said = heard(english.body)
    sentence = "Without a plan the reserve is spent by 2028-29. With it, $15.0M remains. F01 F04"
    assert ("P", sentence) in said
    assert ("LBody", "2 Where we are Costs grew faster than revenue, page 4") in said
    assert said.index(("Span", "$15.0M")) > said.index(("P", sentence))
    assert ("Figure", "Falls from 20 to 8 without the plan, to 17 with it.") in said
    cell = said.index(("TH", "Total"))
    assert said[cell + 1 : cell + 3] == [("TD", "−(1,234)"), ("TD", "310")]

    # Signs and gaps of amounts aside, every word of the document is heard, and the sections in their order.
    def bare(words: str) -> str:
        return re.sub(r"[−†()\s]", "", words)

    document = plan_document.document()
    titles = [bare(d.runs_text(section.title["en"])) for section in document.sections]
    assert [head for tag, words in said if tag == "H1" and (head := bare(words)) in titles] == titles
    everything = " ".join(words for _, words in said)
    for _, block in document.blocks():
        for part in re.split(r"[\n\t]", d.plain_text(block, "en")):
            assert bare(part) in bare(everything)
    assert not re.search(r"\d of \d|Version 0\.1, published", everything), "running heads are read out"


def test_same_version_gives_the_same_bytes_in_another_process(english: pdf.Printed, tmp_path: Path) -> None:
    out = tmp_path / "again.pdf"
    program = (
        "import sys\n"
        "from tests.reports.test_print import EDITION\n"
        "from tests.support import plan_document\n"
        "from reports import plan\n"
        "open(sys.argv[1], 'wb').write(plan.print_plan(plan_document.document(), EDITION, 'en').body)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, out],
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": "7"},
    )
    assert out.read_bytes() == english.body


@pytest.mark.parametrize("rows", [6, 0, 3, 10, 14, 40])
def test_no_page_is_left_nearly_empty_and_no_heading_stands_at_a_foot(rows: int) -> None:
    body = plan.print_plan(plan_document.document(rows=rows), EDITION, "es").body
    assert min(fills(body)) > LEAST_FILL, fills(body)
    assert lowest_heading(body) > (EDGE[1] * 72) + 40


def test_long_table_repeats_its_head_and_keeps_its_total_with_rows(tmp_path: Path) -> None:
    printed = plan.print_plan(plan_document.document(rows=200), EDITION, "en")
    pages = [
        page for page in page_texts(printed.body) if re.search(r"Measure \d+", page) and "Two" not in page
    ]
    assert len(pages) >= 4
    middle = [page for page in pages if "Measure 100" in page or "Measure 150" in page]
    assert all("2026-27" in page and "2028-29" in page for page in middle)
    last = next(page for page in pages if "Measure 200" in page)
    assert "Total" in last
    assert "Measure 198" in last


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": 0},
        {"district": "Consolidated Unified School District of Santa María de los Ángeles and the Valley"},
        {"kind": "adopted"},
    ],
)
def test_no_rows_long_names_and_adopted_versions_print(changed: dict, tmp_path: Path) -> None:
    printed = plan.print_plan(plan_document.document(**changed), EDITION, "es")
    pages = page_texts(printed.body)
    if changed.get("kind") == "adopted":
        assert "24 de junio de 2026" in pages[0]
        assert "5-0" in pages[0]
        assert "26-14" in pages[0]
        assert "Díganos" not in pages[-1]


def test_preview_says_on_every_page_that_it_is_not_published(tmp_path: Path) -> None:
    pages = page_texts(plan.print_plan(plan_document.document(), plan.Edition(), "en").body)
    assert "This version has not been published." in pages[0]
    assert all("not published" in page for page in pages[1:])


class _Trap(http.server.BaseHTTPRequestHandler):
    """Notes whoever comes, and sends each on to a local file."""

    seen: list[str] = []  # noqa: RUF012 - counted over the whole test

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.end_headers()

    def log_message(self, *_given: object) -> None:
        return


@pytest.fixture(scope="module")
def trap() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Trap) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    assert _Trap.seen == [], "the printer went to the network"


NESTED = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="ADDRESS" width="9" height="9"/></svg>', safe=""
)
HOSTILE = (
    '<img src="ADDRESS" alt="x">',
    '<img srcset="ADDRESS 2x" src="ADDRESS" alt="x">',
    '<link rel="stylesheet" href="ADDRESS">',
    '<link rel="attachment" href="ADDRESS">',
    '<a rel="attachment" href="ADDRESS">x</a>',
    '<style>@import url("ADDRESS");</style>',
    '<style>p{background:url("ADDRESS")}</style>',
    '<style>p::before{content:url("ADDRESS")}</style>',
    '<style>li{list-style-image:url("ADDRESS")}</style><ul><li>x</li></ul>',
    '<style>@font-face{font-family:y;src:url("ADDRESS")}p{font-family:y}</style>',
    '<p style="border-image-source:url(ADDRESS)">x</p>',
    '<svg><image href="ADDRESS" width="9" height="9"/></svg>',
    '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="ADDRESS" width="9"/></svg>',
    '<object data="ADDRESS" type="image/png"></object>',
    '<embed src="ADDRESS" type="image/png">',
    f'<img src="{NESTED}" alt="x">',
)
ADDRESSES = ("file:///etc/passwd", "http://169.254.169.254/meta-data", "ftp://localhost/x", "TRAP/redirect")


@pytest.mark.parametrize(("number", "bad"), list(enumerate(HOSTILE)))
def test_nothing_outside_memory_is_reached_and_each_refusal_is_logged(
    number: int, bad: str, trap: str, caplog: pytest.LogCaptureFixture
) -> None:
    # A real server that sends everybody on to a local file, and one of the others in turn.
    for wanted in (ADDRESSES[-1], ADDRESSES[number % 3]):
        address = wanted.replace("TRAP", trap)
        placed = bad.replace("ADDRESS", address).replace(quote("ADDRESS", safe=""), quote(address, safe=""))
        caplog.clear()
        with pytest.raises(pdf.PrintError, match="outside"):
            pdf.print_html(
                f'<html lang="en"><head><title>x</title></head><body>{placed}<p>text</p></body></html>', ""
            )
        said = [line for line in caplog.messages if "refused" in line]
        assert said, (placed, caplog.messages)
        assert not any("passwd" in line or "meta-data" in line for line in said)


def test_all_hostile_things_at_once_print_nothing(trap: str) -> None:
    """A base address makes relative names whole, and a base element is no way around either."""
    with pytest.raises(pdf.PrintError, match="outside"):
        pdf.print_html(
            f'<html lang="en"><head><title>x</title><base href="{trap}/"></head>'
            '<body><img src="relative.png" alt="x"><p>text</p></body></html>',
            "",
        )


def test_a_rule_that_the_printer_does_not_know_is_an_error() -> None:
    with pytest.raises(pdf.PrintError, match="warned"):
        pdf.print_html(
            '<html lang="en"><head><title>x</title></head><body><p>text</p></body></html>', "p{colour:red}"
        )


def test_markup_in_a_name_is_printed_not_obeyed(tmp_path: Path) -> None:
    document = plan_document.document(district='A<img src="file:///etc/passwd">B "quoted" \\ district')
    pages = page_texts(plan.print_plan(document, EDITION, "en").body)
    assert '<img src="file:///etc/passwd">' in pages[0].replace("\n", " ")


def test_wide_table_takes_a_landscape_page() -> None:
    document = plan_document.document()
    table = plan_document.table(rows=12, columns=12)
    block = d.Block(id=999, kind="table", table=table)
    section = document.sections[2]
    section.blocks.append(block)
    printed = plan.print_plan(document, EDITION, "en")
    with pikepdf.open(io.BytesIO(printed.body)) as pages:
        sizes = {tuple(map(float, page.mediabox)) for page in pages.pages}
    assert sizes == {(0, 0, 612, 792), (0, 0, 792, 612)}
