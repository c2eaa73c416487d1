"""What a screen reader needs of a PDF's tags beyond what WeasyPrint writes.

- Every head cell gets its `/Scope`: WeasyPrint ties cells to their heads by id alone; PDF/UA asks for both.
- Codes in the margin stand before a paragraph's words, since a float can't rise; they are read after them.
- The dots of a leader are one "page" in the reader's ear, not forty full stops.
- A link says to which page it leads, where WeasyPrint gives the anchor's name.
"""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from tenants.language import translate


def finish(body: bytes) -> bytes:
    """Return a tagged PDF with its tags completed; the same input gives the same bytes."""
    with pikepdf.open(io.BytesIO(body)) as pdf:
        language = str(pdf.Root.Lang)
        _walk(pdf.Root.StructTreeRoot.K, language, in_head=False)
        _name_links(pdf, language)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _walk(node: Any, language: str, *, in_head: bool) -> None:
    if isinstance(node, Array):
        for child in node:
            _walk(child, language, in_head=in_head)
    elif _is_tag(node):
        in_head = node.S == "/THead" or (in_head and node.S != "/TBody")
        if node.S == "/TH":
            if "/A" not in node:
                node.A = Dictionary(O=Name("/Table"))
            node.A.Scope = Name("/Column" if in_head else "/Row")
        elif node.S in ("/P", "/H2"):
            _read_codes_last(node)
        elif node.S == "/Link":
            _speak_leader(node, language)
        if "/K" in node:
            _walk(node.K, language, in_head=in_head)


def _is_tag(node: Any) -> bool:
    return isinstance(node, Dictionary) and "/S" in node


def _children(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    return list(kids) if isinstance(kids, Array) else [kids]


def _read_codes_last(paragraph: Any) -> None:
    first, *rest = _children(paragraph) or [None]
    if rest and _is_tag(first) and any(_is_tag(kid) and kid.S == "/Link" for kid in _children(first)):
        paragraph.K = Array([*rest, first])


def _speak_leader(link: Any, language: str) -> None:
    """Give the dots of a leader, a link of a link with many marks in it, the word for them."""
    for kid in _children(link):
        if _is_tag(kid) and kid.S == "/Link":
            for dots in _children(kid):
                if _is_tag(dots) and dots.S == "/Link":
                    dots.S = Name("/Span")
                    dots.ActualText = String(f", {translate('page', language)} ")


def _name_links(pdf: pikepdf.Pdf, language: str) -> None:
    numbers: dict[Any, int] = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
    pairs = list(pdf.Root.Names.Dests.Names) if "/Names" in pdf.Root else []
    targets = {
        str(name): numbers[place[0].objgen] for name, place in zip(pairs[::2], pairs[1::2], strict=True)
    }
    for page in pdf.pages:
        for annotation in page.get("/Annots", []):
            number = targets.get(str(annotation.get("/Dest", "")))
            if number is not None:
                annotation.Contents = String(translate("Page {page}", language, page=number))
