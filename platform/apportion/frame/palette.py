"""An organization's one colour made into the four that a page uses, all with enough contrast."""

from __future__ import annotations

import colorsys
import dataclasses
import functools

DEFAULT = "#14596b"
ENOUGH = 4.5
"""WCAG 2.2 AA for text, with white, both ways."""


@dataclasses.dataclass(frozen=True)
class Palette:
    """Colours as #rrggbb: the organization's own, deeper, paler, and between."""

    own: str
    deep: str
    tint: str
    mid: str


Rgb = tuple[float, float, float]


def _parse(colour: str) -> Rgb:
    digits = colour.lstrip("#")
    return (int(digits[0:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:6], 16) / 255)


def _print(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in rgb)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2, 0 to 1."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parse(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _darker(colour: str, factor: float) -> str:
    hue, light, saturation = colorsys.rgb_to_hls(*_parse(colour))
    return _print(colorsys.hls_to_rgb(hue, light * factor, saturation))


def _mixed(colour: str, share: float) -> str:
    red, green, blue = (part * share + (1 - share) for part in _parse(colour))
    return _print((red, green, blue))


@functools.lru_cache(maxsize=512)
def palette(colour: str) -> Palette:
    """Return the palette of a colour, darkened first until it can be read on its own tint and under white."""
    own = colour
    while contrast(own, _mixed(own, 0.12)) < ENOUGH:
        own = _darker(own, 0.92)
    return Palette(own=own, deep=_darker(own, 0.7), tint=_mixed(own, 0.11), mid=_mixed(own, 0.5))
