"""Charts of the analyses: one specification of Vega-Lite from a result's table, for page and print alike.

The data of a chart are the figures of its table, in millions of dollars, so that chart and table can't
disagree. Texts are in the reader's language. Colours are roles of `reports/charts/theme.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tenants.language import Message, format_number, render, translate

Document = Mapping[str, Any]
Specification = dict[str, Any]

ROW = 42
"""Height of a bar's row in pixels: its name stands above the bar, so that a phone has room for both."""
WORDS_IF_WIDE = (
    "width / {count} < 52 ? slice(datum.label, 2, 7) : "
    "width / {count} < 112 ? split(datum.label, '|')[0] : split(datum.label, '|')"
)
"""Year with its word (budget, projected) below; where it is narrow the year alone, 24-25 where narrower."""


def specification(document: Document, key: str, language: str) -> Specification:
    """Return a chart of an analysis's document as Vega-Lite.

    Args:
        document: the result, or any part of it that holds `charts`, `tables` and `figures`.
        key: the chart's key.
        language: `en` or `es`.

    Raises:
        KeyError: if the document has no such chart.
    """
    chart = document["charts"][key]
    built = _KINDS[chart["kind"]](document, chart, language)
    built["usermeta"] = {"alt": render(chart["alt"], language)}
    return built


def alternative(document: Document, key: str, language: str) -> str:
    """Return what a chart shows, in words."""
    return render(document["charts"][key]["alt"], language)


def _millions(document: Document, figure: str | None) -> float | None:
    if figure is None or figure not in document["figures"]:
        return None
    return float(round(document["figures"][figure]["value"] / 100_000_000, 4))


def _printed(value: float, language: str) -> str:
    return format_number(value, language, 1)


def _axis(language: str) -> dict[str, Any]:
    """Return the axis of amounts: a dollar sign, M, parentheses for what is below zero."""
    unit = "M" if language == "en" else " M"
    return {
        "labelExpr": f"(datum.value<0?'($':'$')+format(abs(datum.value),',')+'{unit}'+(datum.value<0?')':'')",
        "title": None,
    }


def _level_by_year(document: Document, chart: Mapping[str, Any], language: str) -> Specification:
    """Return a level and the minimum that it must not fall below; projected years are dashed."""
    options = chart["options"]
    years: Sequence[str] = options["years"]
    projected = set(options["projected"])
    points: list[dict[str, Any]] = []
    for at in years:
        level = _millions(document, f"{options['level']}/{at}")
        minimum = _millions(document, f"{options['minimum']}/{at}")
        words: Message = options["words"][at]
        points.append(
            {
                "x": f"{at}|{render(words, language)}",
                "year": at,
                "level": level,
                "minimum": minimum,
                "label": _printed(level, language) if level is not None else "",
                "under": level is not None and minimum is not None and round(level - minimum, 4) < 0,
            }
        )
    order = [point["x"] for point in points]
    x = {
        "field": "x",
        "type": "ordinal",
        "sort": order,
        "scale": {"type": "point", "padding": 0.4},
        "axis": {"labelExpr": WORDS_IF_WIDE.format(count=len(points)), "title": None, "labelPadding": 8},
    }
    seen: list[float] = [
        each for point in points for each in (point["level"], point["minimum"]) if each is not None
    ]
    least, most = min([*seen, 0.0]), max([*seen, 0.0])
    room = (most - least or 1.0) * 0.14
    y = {
        "field": "level",
        "type": "quantitative",
        "axis": _axis(language),
        "scale": {"domain": [least - (room if least < 0 else 0), most + room], "nice": False},
    }
    solid = [point for point in points if point["year"] not in projected]
    dashed = ([solid[-1]] if solid else []) + [point for point in points if point["year"] in projected]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule"},
            "encoding": {"y": {**y, "field": "zero"}},
        }
    ]
    layers += _minimum_layers(points, x, y, render(options["minimum_label"], language))
    for values, dash in ((solid, None), (dashed, [6, 4])):
        if len(values) > 1:
            layers.append(
                {
                    "data": {"values": values},
                    "mark": {
                        "type": "line",
                        "color": "@own",
                        "strokeWidth": 2.8,
                        **({"strokeDash": dash} if dash else {}),
                    },
                    "encoding": {"x": x, "y": y},
                }
            )
    layers += [_dots(points, projected, x, y), *_labels(points, x, y)]
    layers += _shortfall(points, x, y, language)
    return {"height": 280, "padding": {"left": 6, "right": 26, "top": 4, "bottom": 18}, "layer": layers}


def _minimum_layers(
    points: list[dict[str, Any]], x: dict[str, Any], level: dict[str, Any], label: str
) -> list[dict[str, Any]]:
    """Return the minimum as a line with its name where the level is farthest from it."""
    values = [point for point in points if point["minimum"] is not None]
    if not values:
        return []
    y = {**level, "field": "minimum"}
    drawn: list[dict[str, Any]] = []
    if len(values) > 1:
        drawn.append(
            {
                "data": {"values": values},
                "mark": {"type": "line", "color": "@ink", "strokeWidth": 1.6},
                "encoding": {"x": x, "y": y},
            }
        )
    else:
        drawn.append(
            {
                "data": {"values": values},
                "mark": {"type": "tick", "color": "@ink", "thickness": 1.6, "width": 60},
                "encoding": {"x": x, "y": y},
            }
        )
    span = level["scale"]["domain"][1] - level["scale"]["domain"][0]

    def gap(point: dict[str, Any]) -> float:
        return abs(float(point["level"] or 0) - float(point["minimum"]))

    best = values[0] if gap(values[0]) > 0.15 * span else max(values, key=gap)
    above = (best["level"] or 0) >= best["minimum"]
    align = {0: "left", len(points) - 1: "right"}.get(points.index(best), "center")
    drawn.append(
        {
            "data": {"values": [{**best, "name": label}]},
            "mark": {
                "type": "text",
                "align": align,
                "baseline": "bottom" if above else "top",
                "dx": {"left": -16, "right": 16, "center": 0}[align],
                "dy": -5 if above else 6,
                "fontWeight": 600,
                "color": "@ink",
            },
            "encoding": {"x": x, "y": y, "text": {"field": "name"}},
        }
    )
    return drawn


def _dots(
    points: list[dict[str, Any]], projected: set[str], x: dict[str, Any], y: dict[str, Any]
) -> dict[str, Any]:
    values = [{**point, "filled": point["year"] not in projected} for point in points]
    return {
        "data": {"values": values},
        "mark": {
            "type": "point",
            "size": 60,
            "stroke": "@own",
            "strokeWidth": 2.4,
            "filled": True,
            "opacity": 1,
        },
        "encoding": {
            "x": x,
            "y": y,
            "fill": {"condition": {"test": "datum.filled", "value": "@own"}, "value": "@paper"},
        },
    }


def _labels(points: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each point's amount: above it, or below where it lies under the minimum."""
    drawn = []
    for below in (False, True):
        values = [point for point in points if point["under"] is below]
        if values:
            drawn.append(
                {
                    "data": {"values": values},
                    "mark": {
                        "type": "text",
                        "dy": 17 if below else -14,
                        "dx": -18 if below else 0,
                        "fontWeight": 600,
                        "color": "@shortfall" if below else "@ink",
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "label"}},
                }
            )
    return drawn


def _shortfall(
    points: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any], language: str
) -> list[dict[str, Any]]:
    """Return a stroke from the minimum down to the level in the first year below it, with the amount."""
    under = next((point for point in points if point["under"]), None)
    if under is None:
        return []
    short = _printed(under["minimum"] - under["level"], language)
    text = translate("${amount}M under", language, amount=short)
    values = {"data": {"values": [{**under, "short": text}]}}
    last = under is points[-1]
    return [
        {
            **values,
            "mark": {"type": "rule", "color": "@shortfall", "strokeWidth": 1.2},
            "encoding": {"x": x, "y": {**y, "field": "minimum"}, "y2": {"field": "level"}},
        },
        {
            **values,
            "mark": {
                "type": "text",
                "align": "right" if last else "left",
                "dx": 8 if last else -8,
                # Above the minimum: the line of the reserve has gone under it and strikes nothing there.
                "baseline": "bottom",
                "dy": -6,
                "fontWeight": 700,
                "color": "@shortfall",
            },
            "encoding": {
                "x": x,
                "y": {**y, "field": "minimum"},
                "text": {"field": "short"},
            },
        },
    ]


def _bars(document: Document, chart: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    options = chart["options"]
    table = document["tables"][chart["table"]]
    bars: list[dict[str, Any]] = []
    for row in table["rows"]:
        if row["kind"] != "line":
            continue
        value = _millions(document, row["cells"].get(options["value"]))
        mark = _millions(document, row["cells"].get(options.get("mark")))
        if value is None or (value == 0 and not mark):
            continue
        bars.append(
            {
                "name": render(row["label"], language),
                "value": value,
                "mark": mark,
                "label": _printed(value, language),
            }
        )
    bars.sort(key=lambda bar: float(bar["value"]), reverse=True)
    return bars


def _sorted_bars(document: Document, chart: Mapping[str, Any], language: str) -> Specification:
    """Return bars from the largest down, each with a mark where it stood the year before."""
    return _bar_chart(_bars(document, chart, language))


def _change_bars(document: Document, chart: Mapping[str, Any], language: str) -> Specification:
    """Return bars of change, each with its sign."""
    bars = _bars(document, chart, language)
    for bar in bars:
        bar["label"] = ("+" if bar["value"] > 0 else "") + bar["label"]
    return _bar_chart(bars)


def _bar_chart(bars: list[dict[str, Any]]) -> Specification:
    order = [bar["name"] for bar in bars]
    furthest = max([max(bar["value"], bar["mark"] or 0) for bar in bars], default=1)
    least = min([min(bar["value"], bar["mark"] or 0, 0) for bar in bars], default=0)
    y = {"field": "name", "type": "nominal", "sort": order, "axis": None, "scale": {"padding": 0}}
    scale = {"domain": [least, furthest or 1], "nice": False}
    x = {"field": "value", "type": "quantitative", "axis": None, "scale": scale}
    places = [{**bar, "at": max(bar["value"], bar["mark"] or bar["value"], 0)} for bar in bars]
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "bar", "height": 14, "yOffset": 8, "color": "@own"}, "encoding": {"x": x, "y": y}},
        {
            "mark": {"type": "text", "align": "left", "baseline": "bottom", "dy": -2, "color": "@ink"},
            "encoding": {
                "x": {"datum": 0, "type": "quantitative", "axis": None, "scale": scale},
                "y": y,
                "text": {"field": "name"},
            },
        },
    ]
    if any(bar["mark"] is not None for bar in bars):
        layers.append(
            {
                "mark": {"type": "tick", "color": "@ink", "thickness": 2, "height": 18, "yOffset": 10},
                "encoding": {"x": {**x, "field": "mark"}, "y": y},
            }
        )
    layers.append(
        {
            "data": {"values": places},
            "mark": {"type": "text", "align": "left", "dx": 7, "dy": 8, "fontWeight": 600, "color": "@ink"},
            "encoding": {"x": {**x, "field": "at"}, "y": y, "text": {"field": "label"}},
        }
    )
    return {
        "height": max(ROW * len(bars), ROW),
        "padding": {"left": 0, "right": 52, "top": 0, "bottom": 0},
        "data": {"values": bars},
        "layer": layers,
    }


_KINDS: dict[str, Callable[[Document, Mapping[str, Any], str], Specification]] = {
    "level_by_year": _level_by_year,
    "sorted_bars": _sorted_bars,
    "change_bars": _change_bars,
}
