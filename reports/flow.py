"""Decides which sections begin on the page of the one before them, from estimated heights."""

from __future__ import annotations

from typing import Any

from reports.document import runs_text

BODY_HEIGHT = 663.0
"""Height of a page's text in points."""
FLOW_BELOW = 0.5
"""A section starts on the page of the one before it when that page is filled less than this."""
WHOLE_ROWS = 16
"""Tables of up to this many rows never break."""


def choose_flow(sections: list[dict[str, Any]], flowing: frozenset[str]) -> None:
    """Let a section follow on the same page where a new page would leave the one before it mostly empty.

    Blocks are set out on paper by heights estimated from the sheet's type, which are right to about a
    tenth of
    a page; charts and short tables move to the next page whole, as they do in print.
    """
    at = 0.0
    for index, section in enumerate(sections):
        opener = 62.0 + 27.4 * (1 + len(section["plain_title"]) // 42)
        heights = [_height(block, first=place == 0) for place, block in enumerate(section["blocks"])]
        start = opener + sum(height for height, _ in heights[:2])
        room = index > 1 and 0 < at < BODY_HEIGHT * FLOW_BELOW and at + 34 + start <= BODY_HEIGHT
        section["flows"] = (room and section["key"] != "appendices") or section["key"] in flowing
        at = (at + 34 if section["flows"] else 0.0) + opener
        for height, whole in heights:
            if whole and at + height > BODY_HEIGHT:
                at = 0.0
            at = (at + height) % BODY_HEIGHT


def _height(block: dict[str, Any], *, first: bool) -> tuple[float, bool]:
    """Return a block's estimated height in points, and whether it never breaks."""
    if "table" in block:
        rows = block["table"]["rows"]
        return 66.0 + 17.4 * float(rows + 1), rows <= WHOLE_ROWS
    if "chart" in block:
        return 72.0 + float(block["chart"]["height"]), True
    if "facts" in block:
        return 102.0, True
    per_line, line = (62, 17.8) if first else (80, 14.8)
    texts = (runs_text(paragraph["runs"]) for paragraph in block.get("paragraphs", []))
    height = sum(9.0 + line * (1 + len(text) // per_line) for text in texts)
    return height + (24.0 if block["kind"] in ("callout", "heading") else 0.0), block["kind"] == "callout"
