"""Prints HTML to a tagged PDF. Fonts and pictures come from memory; nothing else can be reached.

Printing holds the interpreter for seconds: it belongs into a worker process, never into a web request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import weasyprint
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reports.tags import finish
from reports.typefaces import Face, read_faces

log = logging.getLogger(__name__)

ENGINE = f"weasyprint {weasyprint.__version__}"

Files = Mapping[str, tuple[bytes, str]]
"""What may be fetched: name as the sheet or the page writes it, to bytes and media type."""


class PrintError(RuntimeError):
    """The document asked for something from outside, or the sheet holds what the printer doesn't know."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished PDF."""

    body: bytes
    pages: int


class Memory(URLFetcher):  # type: ignore[misc]  # the library carries no types
    """Answers only names given beforehand; refuses and records everything else."""

    def __init__(self, files: Files) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.files = files
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - the library's signature
        """Return the file of that name.

        Raises:
            FatalURLFetchingError: for any other name.
        """
        if url in self.files:
            body, media_type = self.files[url]
            return URLFetcherResponse(url, body, {"Content-Type": media_type})
        self.refused.append(url)
        # The kind of address and no more: what stands in it may be a district's.
        log.warning(
            "a document asked for an address outside itself and was refused: %s", url.partition(":")[0]
        )
        raise FatalURLFetchingError(f"refused: {url}")


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect what WeasyPrint warns of: a rule it ignored, a box it could not lay out."""
    logger, handler = logging.getLogger("weasyprint"), _Warnings()
    before = logger.propagate, logger.level, logger.disabled
    # Heard whatever another library has made of the process's loggers meanwhile.
    logger.propagate, logger.disabled = False, False
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
        logger.propagate, level, logger.disabled = before
        logger.setLevel(level)


def font_name(face: Face) -> str:
    """Return the name under which the sheet asks for a face."""
    return f"font:{face.file}"


def font_rules() -> str:
    """Return the `@font-face` rules for all our faces."""
    return "\n".join(
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};font-style:{face.style};'
        f'src:url("{font_name(face)}")}}'
        for face in read_faces()
    )


def print_html(html: str, css: str, files: Files | None = None) -> Printed:
    """Print a page to a PDF that screen readers can follow (PDF/UA-1).

    The same input gives the same bytes on the same versions of the libraries.

    Args:
        html: a complete HTML document in a known language; no address in it is fetched from outside `files`.
        css: the sheet, without font rules, which are added.
        files: pictures by name.

    Raises:
        PrintError: when an address outside `files` was asked for, or WeasyPrint warned of anything.
        MissingFontError: when the fonts were not installed.
    """
    held = {font_name(face): (body, "font/ttf") for face, body in read_faces().items()}
    fetcher, fonts = Memory({**held, **(files or {})}), FontConfiguration()
    with _heard() as warnings:
        try:
            sheet = CSS(string=font_rules() + css, font_config=fonts, url_fetcher=fetcher)
            document = HTML(string=html, base_url=None, url_fetcher=fetcher).render(
                stylesheets=[sheet], font_config=fonts, presentational_hints=False
            )
            body = document.write_pdf(pdf_variant="pdf/ua-1", full_fonts=False)
        except FatalURLFetchingError as error:
            raise PrintError(f"the document asked for an address from outside: {error}") from error
    if fetcher.refused:
        raise PrintError(f"the document asked for addresses from outside: {', '.join(fetcher.refused)}")
    if warnings:
        raise PrintError("the printer warned: " + "; ".join(warnings))
    return Printed(body=finish(body), pages=len(document.pages))
