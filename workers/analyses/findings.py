"""The few findings of all analyses that a person should read first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workers.analyses.result import Document


def first_findings(results: Iterable[Document], count: int = 3) -> list[dict[str, Any]]:
    """Return the most important findings in dollars across analyses, at most two from any one.

    Args:
        results: documents of analyses of the same district, in any order.
        count: how many to return.

    Returns:
        Headlines, weightiest first, each with `analysis`, `figure`, `cents`, `says`, `detail`, `link`.
    """
    found = [
        {
            **headline,
            "analysis": result["analysis"],
            "cents": abs(result["figures"][headline["figure"]]["value"]),
        }
        for result in results
        for headline in result["headlines"]
    ]
    found.sort(key=lambda each: (-each["weight"], each["analysis"], each["figure"]))
    chosen: list[dict[str, Any]] = []
    for each in found:
        if sum(one["analysis"] == each["analysis"] for one in chosen) < 2:
            chosen.append(each)
        if len(chosen) == count:
            break
    return chosen
