"""The one Vega-Lite theme, for page and print, in an organization's own colour.

Specifications name colours by role, never by value: a string such as `@own` anywhere in a specification is
replaced when the theme is applied. The roles are those of `palette`. Own data always wears `@own`; context is
grey; a shortfall is brick, a cost ochre; both differ from the own colour in lightness as well as in hue, so
that they stay apart in grey and for colour-blind readers, and a chart labels them in words besides.
"""

from __future__ import annotations

import colorsys
import re
from typing import Any, Literal

Medium = Literal["page", "print"]

INK = "#1b2126"
QUIET = "#59636b"
GRID = "#dde1e2"
FONT = "Public Sans"
SERIF = "Source Serif 4"
DEFAULT_COLOUR = "#14596b"

FULL_WIDTH = 653
"""Width of the full print measure, 6.8 in, in CSS pixels."""
TEXT_WIDTH = 494
"""Width of the text measure, 5.15 in, in CSS pixels."""


def _channels(colour: str) -> tuple[float, float, float]:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"a colour is written as #rrggbb, not {colour!r}")
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in (red, green, blue))


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of `other` in it."""
    return _hex(
        *(
            one * (1 - share) + two * share
            for one, two in zip(_channels(colour), _channels(other), strict=True)
        )
    )


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2, 0 for black to 1 for white."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Return the contrast ratio of WCAG 2.2 between two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def darkened(colour: str, ratio: float) -> str:
    """Return the colour, made darker until its contrast with white is at least `ratio`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    while (
        contrast(_hex(*colorsys.hls_to_rgb(hue, lightness, saturation)), "#ffffff") < ratio and lightness > 0
    ):
        lightness -= 0.01
    return _hex(*colorsys.hls_to_rgb(hue, max(lightness, 0.0), saturation))


def palette(colour: str = DEFAULT_COLOUR) -> dict[str, str]:
    """Return the colours by role for an organization's colour.

    `own` has at least 4.5:1 with white, whatever the organization chose; `own-deep` at least 9:1 (cover).
    """
    own = darkened(colour, 4.5)
    return {
        "own": own,
        "own-deep": darkened(own, 9.0),
        "own-mid": mix(own, "#ffffff", 0.45),
        "own-tint": mix(own, "#ffffff", 0.8),
        "shortfall": "#a4402f",
        "cost": "#b9731a",
        "context": "#9aa3a8",
        "context-dark": QUIET,
        "ink": INK,
        "quiet": QUIET,
        "grid": GRID,
        "paper": "#ffffff",
    }


def config(colour: str = DEFAULT_COLOUR, medium: Medium = "page") -> dict[str, Any]:
    """Return the Vega-Lite `config`; type is a little larger on the page than in print."""
    roles = palette(colour)
    size = 12 if medium == "page" else 10
    label = {"font": FONT, "fontSize": size}
    return {
        "background": None,
        "font": FONT,
        "padding": {"left": 0, "right": 0, "top": 4, "bottom": 0},
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            **label,
            "fontWeight": 600,
            "color": INK,
            "subtitleFont": FONT,
            "subtitleFontSize": size,
            "subtitleColor": QUIET,
            "offset": 8,
        },
        "axis": {
            "labelFont": FONT,
            "labelFontSize": size,
            "labelColor": QUIET,
            "titleFont": FONT,
            "titleFontSize": size,
            "titleFontWeight": 400,
            "titleColor": QUIET,
            "domain": False,
            "ticks": False,
            "gridColor": GRID,
            "gridWidth": 0.7,
            "labelPadding": 6,
        },
        "axisX": {"grid": False, "domain": True, "domainColor": INK, "domainWidth": 0.9, "labelAngle": 0},
        "axisY": {"grid": True, "tickCount": 5, "titleAnchor": "end", "titleAngle": 0, "titleAlign": "left"},
        "line": {"strokeWidth": 2.2, "strokeCap": "round", "strokeJoin": "round", "color": roles["own"]},
        "point": {"filled": True, "size": 36, "color": roles["own"]},
        "bar": {"color": roles["own"]},
        "area": {"line": False, "color": roles["own-tint"]},
        "rule": {"color": INK, "strokeWidth": 0.9},
        "text": {**label, "color": INK},
        "range": {
            "category": [roles["own"], roles["cost"], "#5f5a8f", roles["context"], "#3f7d4e"],
            "ramp": [roles["own-tint"], roles["own-mid"], roles["own"]],
        },
        "legend": {"disable": True},
        "header": {
            "labelFont": FONT,
            "labelFontSize": size,
            "labelFontWeight": 600,
            "labelColor": INK,
            "labelAnchor": "start",
            "title": None,
            "labelPadding": 6,
        },
    }


def fitted(specification: dict[str, Any]) -> dict[str, Any]:
    """Return how a chart fills its width: with its height too, unless that follows from its rows."""
    stepped = isinstance(specification.get("height"), dict)
    return {"type": "fit-x" if stepped else "fit", "contains": "padding"}


def themed(
    specification: dict[str, Any], colour: str = DEFAULT_COLOUR, medium: Medium = "page"
) -> dict[str, Any]:
    """Return the specification with our theme and with every `@role` replaced by its colour.

    What the specification says in its own `config` wins over the theme.

    Raises:
        KeyError: for a role that `palette` doesn't know.
    """
    roles = palette(colour)

    def replaced(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: replaced(value) for key, value in part.items()}
        if isinstance(part, list):
            return [replaced(value) for value in part]
        if isinstance(part, str) and re.fullmatch(r"@[a-z-]+", part):
            return roles[part[1:]]
        return part

    result: dict[str, Any] = replaced(specification)
    result["config"] = config(colour, medium) | result.get("config", {})
    result.setdefault("$schema", "https://vega.github.io/schema/vega-lite/v6.json")
    return result
