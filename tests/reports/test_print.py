import datetime as dt
import io
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from reports import document as d
from reports import pdf, plan
from tests.support import plan_document

EDITION = plan.Edition(
    published_on=dt.date(2026, 4, 20),
    signatures=(
        plan.Signed("certify_numbers", "Marisol Quintero", {"en": "CBO", "es": "CBO"}, dt.date(2026, 4, 16)),
    ),
    reader_address="https://plans.example.org/r/4f9Qx2mZk81",
    comment_closes_on=dt.date(2026, 5, 22),
)


def text_of(body: bytes, tmp_path: Path) -> list[str]:
    """Return the text of each page, as pdftotext reads it."""
    path = tmp_path / "plan.pdf"
    path.write_bytes(body)
    done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True)
    return done.stdout.split("\f")[:-1]


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
    pages = text_of(printed.body, tmp_path)
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


def test_contents_names_the_page_on_which_each_section_stands(english: pdf.Printed, tmp_path: Path) -> None:
    pages = text_of(english.body, tmp_path)
    names = ("The two-minute page", "Where we are", "How we pay", "Implementation", "Measures", "Appendices")
    found = re.findall(rf"^\s*\d\s+({'|'.join(names)})\b.*?(\d+)$", pages[2], re.MULTILINE)
    assert [name for name, _ in found] == list(names)
    for name, page in found:
        assert name in pages[int(page) - 1]


def test_codes_lead_to_the_appendix_and_the_appendix_back(english: pdf.Printed, tmp_path: Path) -> None:
    pages = text_of(english.body, tmp_path)
    appendix = next(page for page in pages if "figures and where they come from" in page)
    row = next(line for line in appendix.splitlines() if line.strip().startswith("F04"))
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


def test_no_page_is_left_nearly_empty(english: pdf.Printed) -> None:
    assert min(english.fills) > 1 / 3, english.fills


def test_long_table_repeats_its_head_and_keeps_its_total_with_rows(tmp_path: Path) -> None:
    printed = plan.print_plan(plan_document.document(rows=200), EDITION, "en")
    pages = [
        page
        for page in text_of(printed.body, tmp_path)
        if re.search(r"Measure \d+", page) and "Two" not in page
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
    pages = text_of(printed.body, tmp_path)
    if changed.get("kind") == "adopted":
        assert "24 de junio de 2026" in pages[0]
        assert "5-0" in pages[0]
        assert "26-14" in pages[0]
        assert "Díganos" not in pages[-1]


def test_preview_says_on_every_page_that_it_is_not_published(tmp_path: Path) -> None:
    pages = text_of(plan.print_plan(plan_document.document(), plan.Edition(), "en").body, tmp_path)
    assert "This version has not been published." in pages[0]
    assert all("not published" in page for page in pages[1:])


@pytest.mark.parametrize(
    "bad",
    [
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="http://169.254.169.254/latest" alt="x">',
        '<link rel="stylesheet" href="https://example.org/x.css">',
        '<style>@import url("file:///etc/passwd");</style>',
        '<svg><image href="file:///etc/hostname" width="9" height="9"/></svg>',
        '<link rel="attachment" href="file:///etc/passwd">',
    ],
)
def test_nothing_outside_memory_is_reached(bad: str) -> None:
    with pytest.raises(pdf.PrintError, match="outside"):
        pdf.print_html(
            f'<html lang="en"><head><title>x</title></head><body>{bad}<p>text</p></body></html>', ""
        )


def test_a_rule_that_the_printer_does_not_know_is_an_error() -> None:
    with pytest.raises(pdf.PrintError, match="warned"):
        pdf.print_html(
            '<html lang="en"><head><title>x</title></head><body><p>text</p></body></html>', "p{colour:red}"
        )


def test_markup_in_a_name_is_printed_not_obeyed(tmp_path: Path) -> None:
    document = plan_document.document(district='A<img src="file:///etc/passwd">B "quoted" \\ district')
    pages = text_of(plan.print_plan(document, EDITION, "en").body, tmp_path)
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
