"""Invented content for the page of styles."""

from __future__ import annotations

from typing import Any

YEARS = ("2025-26", "2026-27", "2027-28")
AVAILABLE = (2_066_300_000, 1_410_800_000, 521_200_000)
MINIMUM = (625_200_000, 629_600_000, 641_200_000)


def style_samples() -> dict[str, Any]:
    """Return the amounts and the chart that the page of styles shows."""
    rows = [
        {"year": year, "available": available, "minimum": minimum, "over": available - minimum}
        for year, available, minimum in zip(YEARS, AVAILABLE, MINIMUM, strict=True)
    ]
    values = [{"year": row["year"], "millions": int(str(row["available"])) / 100_000_000} for row in rows]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": 520,
        "height": 180,
        "data": {"values": values},
        "mark": {"type": "bar", "color": "#14596b"},
        "encoding": {
            "x": {"field": "year", "type": "ordinal", "axis": {"title": None, "labelAngle": 0}},
            "y": {"field": "millions", "type": "quantitative", "axis": {"title": None, "grid": True}},
        },
        "config": {"font": "Public Sans", "view": {"stroke": None}},
    }
    return {"rows": rows, "spec": spec}
