"""Charts of the plan itself: reserve with and without it, gap to balance, cost of the priorities."""

from __future__ import annotations

import textwrap
from typing import Any

Point = dict[str, Any]

MILLIONS = (
    "(datum.value < 0 ? '($' : '$') + format(abs(datum.value), {digits}) + 'M' + (datum.value < 0 ? ')' : '')"
)
LONGEST_LINE, LINE = 36, 11
"""Characters on a line of a step's name, and pixels from line to line."""


def _axis(amounts: list[float]) -> dict[str, Any]:
    digits = "',.1f'" if max((abs(amount) for amount in amounts), default=0) < 4 else "',.0f'"
    return {"title": None, "labelExpr": MILLIONS.format(digits=digits), "tickCount": 5}


def reserve(points: list[Point], labels: dict[str, str], *, height: int = 230) -> dict[str, Any]:
    """Return the reserve by year: with the plan, its range, without it, and the minimum, labelled at the end.

    Args:
        points: one for each year with `year`, `without`, `with`, `low`, `high`, `minimum` in millions of
            dollars; `minimum` may be None. In the first year all but the minimum are equal.
        labels: `with`, `without` and `minimum` as they stand at the line's end, amounts included.
        height: of the plot in pixels.
    """
    amounts = [p[key] for p in points for key in ("with", "without", "low", "high")]
    x = {"field": "year", "type": "ordinal", "axis": {"title": None}, "scale": {"padding": 0.15}}
    last = points[-1]
    ends = [
        {"year": last["year"], "value": last[key], "label": labels[key], "kind": key}
        for key in ("with", "without", "minimum")
        if last[key] is not None
    ]
    ends.sort(key=lambda end: end["value"])
    _spread(ends, span=max(amounts) - min([*amounts, 0]), height=height)

    def line(key: str, colour: str, **more: Any) -> dict[str, Any]:
        return {
            "mark": {"type": "line", "color": colour, **more},
            "encoding": {"x": x, "y": {"field": key, "type": "quantitative", "axis": _axis(amounts)}},
        }

    return {
        "height": height,
        "padding": {"left": 0, "right": 136, "top": 6, "bottom": 0},
        "data": {"values": points},
        "layer": [
            {
                "mark": {"type": "area", "color": "@own-tint"},
                "encoding": {
                    "x": x,
                    "y": {"field": "low", "type": "quantitative", "axis": _axis(amounts)},
                    "y2": {"field": "high"},
                },
            },
            line("minimum", "@ink", strokeWidth=1.1),
            line("without", "@shortfall", strokeDash=[2, 3]),
            line("with", "@own", strokeWidth=2.8, point={"size": 42, "color": "@own"}),
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "left", "dx": 9, "fontWeight": 600},
                "encoding": {
                    "x": x,
                    "y": {"field": "at", "type": "quantitative"},
                    "text": {"field": "label"},
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "scale": {
                            "domain": ["with", "without", "minimum"],
                            "range": ["@own", "@shortfall", "@ink"],
                        },
                    },
                },
            },
        ],
    }


def _spread(ends: list[dict[str, Any]], *, span: float, height: int) -> None:
    """Move end labels apart where lines end so close together that the words would lie on each other."""
    least = 15 / height * max(span, 0.001)
    for index, end in enumerate(ends):
        end["at"] = end["value"]
        if index and end["at"] - ends[index - 1]["at"] < least:
            end["at"] = ends[index - 1]["at"] + least


def _lines(name: str) -> list[str]:
    """Return a name on one or two lines, cut only where two do not hold it."""
    return textwrap.wrap(name, LONGEST_LINE, max_lines=2, placeholder="…") or [""]


def bridge(steps: list[Point]) -> dict[str, Any]:
    """Return the way from the gap to the balance of one year, as a waterfall that lies on its side.

    Args:
        steps: in order, each with `name`, `start` and `end` in millions of dollars, `label` and `kind`:
            `gap`, `cost`, `measure` or `balance`.
    """
    domain = ["gap", "cost", "measure", "balance", "deficit"]
    colours = ["@shortfall", "@cost", "@own", "@own", "@shortfall"]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "axis": {
            "title": None,
            "labelLimit": 230,
            "labelColor": "@ink",
            # What parts two steps of one name stands before the first line break; the lines follow.
            "labelExpr": "slice(split(datum.label, '\\n'), 1)",
            "labelLineHeight": LINE,
            "domain": False,
            "grid": False,
        },
        "scale": {"paddingInner": 0.34},
    }
    names = [_lines(step["name"]) for step in steps]
    values = [
        step
        | {
            "name": "\n".join([str(position), *lines]),
            "right": max(step["start"], step["end"]),
            "left": min(step["start"], step["end"]),
        }
        for position, (step, lines) in enumerate(zip(steps, names, strict=True))
    ]
    reach = [value for step in steps for value in (step["start"], step["end"])]
    room = (max([*reach, 0]) - min([*reach, 0])) * 0.2
    scale = {"domain": [min([*reach, 0]) - room, max([*reach, 0]) + room], "nice": False}
    return {
        "height": {"step": 21 if all(len(lines) == 1 for lines in names) else 9 + 2 * LINE},
        "padding": {"left": 0, "right": 6, "top": 4, "bottom": 0},
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "y": y,
                    "x": {
                        "field": "start",
                        "type": "quantitative",
                        "axis": _axis(reach) | {"grid": True, "domain": False},
                        "scale": scale,
                    },
                    "x2": {"field": "end"},
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "scale": {"domain": domain, "range": colours},
                    },
                },
            },
            {"mark": {"type": "rule"}, "encoding": {"x": {"datum": 0, "type": "quantitative"}}},
            {
                "transform": [{"filter": "datum.kind != 'gap' && datum.kind != 'cost'"}],
                "mark": {"type": "text", "align": "left", "dx": 4, "fontWeight": 600},
                "encoding": {
                    "y": y,
                    "x": {"field": "right", "type": "quantitative"},
                    "text": {"field": "label"},
                },
            },
            {
                "transform": [{"filter": "datum.kind == 'gap' || datum.kind == 'cost'"}],
                "mark": {"type": "text", "align": "right", "dx": -4, "fontWeight": 600},
                "encoding": {
                    "y": y,
                    "x": {"field": "left", "type": "quantitative"},
                    "text": {"field": "label"},
                },
            },
        ],
    }


def costs(points: list[Point]) -> dict[str, Any]:
    """Return the cost of the priorities by year, ongoing under one-time.

    Args:
        points: for each year and part one with `year`, `part` (`ongoing` or `one_time`), `amount` in
            millions of dollars; and for each year `total` and `total_label` with its ongoing part.
    """
    x = {"field": "year", "type": "ordinal", "axis": {"title": None}, "scale": {"paddingInner": 0.45}}
    y = {
        "field": "amount",
        "type": "quantitative",
        "stack": "zero",
        "axis": _axis([p["amount"] for p in points]),
    }
    order = {"field": "part", "sort": "descending"}
    colour = {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": ["ongoing", "one_time"], "range": ["@own", "@cost"]},
    }
    return {
        "height": 150,
        "padding": {"left": 0, "right": 6, "top": 6, "bottom": 0},
        "data": {"values": points},
        "layer": [
            {"mark": "bar", "encoding": {"x": x, "y": y, "color": colour, "order": order}},
            {
                "transform": [{"filter": "datum.part == 'ongoing'"}],
                "mark": {"type": "text", "dy": -7, "fontWeight": 600},
                "encoding": {
                    "x": x,
                    "y": {"field": "total", "type": "quantitative"},
                    "text": {"field": "total_label"},
                },
            },
        ],
    }
