"""Charts of a plan as the reader's page shows them: legible on a phone, a little larger on a wide page."""

from __future__ import annotations

from typing import Any

from reports.charts.svg import draw
from reports.document import Chart, Document

CHART_WIDTH = 420
"""Width in CSS pixels at which charts are drawn."""
WIDE_CHART = 620
"""Width of a chart with words down its side; on a phone it scrolls rather than print over itself."""


def drawings(document: Document, language: str) -> dict[str, str]:
    """Return every chart of a document as SVG in a language, by the id of its block as text.

    Raises:
        ChartError: when a chart can't be drawn.
    """
    return {
        str(block.id): drawing(block.chart, language, document.cover.colour, block.id)
        for _, block in document.blocks()
        if block.chart is not None
    }


def drawing(chart: Chart, language: str, colour: str, block_id: int) -> str:
    """Return one chart as SVG.

    Raises:
        ChartError: when it can't be drawn.
    """
    specification = chart.specification[language]
    return draw(
        {key: value for key, value in specification.items() if key != "width"},
        name=f"b{block_id}",
        alternative=chart.alternative[language],
        colour=colour,
        medium="page",
        width=WIDE_CHART if names_rows(specification) else CHART_WIDTH,
    )


def names_rows(part: Any) -> bool:
    """Return whether a specification, or a layer of it, prints a category for each row beside the bars."""
    if isinstance(part, list):
        return any(names_rows(each) for each in part)
    if not isinstance(part, dict):
        return False
    y = part.get("encoding", {}).get("y") if isinstance(part.get("encoding"), dict) else None
    if isinstance(y, dict) and y.get("type") in ("nominal", "ordinal") and y.get("axis", True) is not None:
        axis = y.get("axis")
        if not isinstance(axis, dict) or axis.get("labels", True):
            return True
    return any(names_rows(part[key]) for key in ("layer", "hconcat", "vconcat", "concat") if key in part)
