"""The fan of a risk: the middle of a margin and how it spreads, year by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Specification = dict[str, Any]


def fan(years: Sequence[dict[str, Any]]) -> Specification:
    """Return the fan of the margin over the reserve as Vega-Lite, in millions of dollars.

    Args:
        years: of the calculation `risk`: each with `fiscal_year` and the quantiles of `margin`.
    """
    points = [
        {
            "year": each["fiscal_year"],
            **{name: round(float(value) / 1_000_000, 3) for name, value in each["margin"].items()},
        }
        for each in years
    ]
    x = {"field": "year", "type": "ordinal", "axis": {"title": None, "labelAngle": 0}}
    y = {"type": "quantitative", "axis": {"title": None}}

    def bar(low: str, high: str, colour: str, size: int) -> dict[str, Any]:
        return {
            "mark": {"type": "bar", "size": size, "color": colour},
            "encoding": {"x": x, "y": {**y, "field": low}, "y2": {"field": high}},
        }

    return {
        "data": {"values": points},
        "width": "container",
        "height": 260,
        "layer": [
            bar("p5", "p95", "@own-tint", 46),
            bar("p25", "p75", "@own-mid", 46),
            {
                "mark": {"type": "tick", "thickness": 3, "width": 46, "color": "@own"},
                "encoding": {"x": x, "y": {**y, "field": "p50"}},
            },
            {"mark": {"type": "rule", "color": "@ink"}, "encoding": {"y": {"datum": 0}}},
        ],
    }
