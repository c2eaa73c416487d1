"""What a screen reader says of a PDF: its tags in reading order, with the words that stand in each."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

SPOKEN = {"H1", "H2", "H3", "P", "Span", "LBody", "TH", "TD", "Caption"}
GAP, LINE = 1.2, 6.0
"""Points from the end of a piece of text, along and across the line, from which the next one stands apart."""


def page_texts(body: bytes) -> list[str]:
    """Return the text of each page, lines parted by line breaks, no-break spaces as spaces."""
    with pypdfium2.PdfDocument(body) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return [text.replace("\r\n", "\n").replace("\N{NO-BREAK SPACE}", " ") for text in texts]


def heard(body: bytes) -> list[tuple[str, str]]:
    """Return the tag of each block (`H1`, `P`, `LBody`, `TH`, `TD`, `Figure` …) and what is said of it."""
    with pypdfium2.PdfDocument(io.BytesIO(body)) as document:
        return [said for page in document for said in _page(page)]


def _page(page: Any) -> Iterator[tuple[str, str]]:
    texts = _marked_texts(page)
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    try:
        for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            yield from _element(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), texts)
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _element(element: Any, texts: dict[int, str]) -> Iterator[tuple[str, str]]:
    tag = _string(pdfium.FPDF_StructElement_GetType, element)
    if tag == "Figure":
        yield tag, _string(pdfium.FPDF_StructElement_GetAltText, element)
    elif tag in SPOKEN:
        # A word parted at a line's end is one word: U+0002 stands for its hyphen.
        words = " ".join("".join(_words(element, texts)).replace("\x02 ", "").split())
        words = words.replace(" ,", ",")
        if words:
            yield tag, words
    else:
        for child in _children(element):
            yield from _element(child, texts)


def _words(element: Any, texts: dict[int, str]) -> Iterator[str]:
    instead = _string(pdfium.FPDF_StructElement_GetActualText, element)
    if instead:
        yield instead
        return
    for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
        if child:
            yield from _words(child, texts)
        else:
            yield texts.get(pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index), "")


def _children(element: Any) -> Iterator[Any]:
    for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
        if child:
            yield child


def _marked_texts(page: Any) -> dict[int, str]:
    """Return the words of each marked content of a page; what is no content (running heads) has none.

    A line's last space is not drawn; where the next words stand elsewhere, readers hear a gap, and so do we.
    """
    texts: dict[int, str] = {}
    words, end = page.get_textpage(), (0.0, 0.0)
    for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=9):
        place = pdfium.FPDFPageObj_GetMarkedContentID(piece.raw)
        if place < 0:
            continue
        left, bottom, right, _ = piece.get_bounds()
        gap = " " if abs(left - end[0]) > GAP or abs(bottom - end[1]) > LINE else ""
        end = (right, bottom)
        said = _string(pdfium.FPDFTextObj_GetText, piece.raw, words.raw)
        texts[place] = texts.get(place, "") + gap + said
    return texts


def _string(ask: Callable[..., int], *of: Any) -> str:
    """Return a UTF-16 string from a function that is first asked how long it is."""
    wide = ask is pdfium.FPDFTextObj_GetText
    length = ask(*of, None, 0)
    buffer = ctypes.create_string_buffer(max(2 * length, 2))
    ask(*of, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)) if wide else buffer, length)
    return buffer.raw.decode("utf-16-le").split("\0")[0]
