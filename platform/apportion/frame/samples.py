"""Invented content for the page of styles."""

from __future__ import annotations

from typing import Any

from apportion.request import language
from reports.charts import theme

YEARS = ("2025-26", "2026-27", "2027-28")
AVAILABLE = (2_066_300_000, 1_410_800_000, 521_200_000)
MINIMUM = (625_200_000, 629_600_000, 641_200_000)


def style_samples() -> dict[str, Any]:
    """Return the amounts and the chart that the page of styles shows."""
    rows = [
        {"year": year, "available": available, "minimum": minimum, "over": available - minimum}
        for year, available, minimum in zip(YEARS, AVAILABLE, MINIMUM, strict=True)
    ]
    return {"rows": rows, "language": language(), "theme": theme.__name__}
