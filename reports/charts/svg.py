"""Draws a chart as SVG with text kept as text, fit to stand inline in a page or in print."""

from __future__ import annotations

import re
import threading
from importlib import metadata
from typing import Any
from xml.etree import ElementTree as ET

import vl_convert

from reports.charts.theme import DEFAULT_COLOUR, Medium, fitted, themed
from reports.typefaces import FOLDER

VEGA_LITE = "6.4"
ENGINE = f"vl-convert {metadata.version('vl-convert-python')}"

_SVG = "http://www.w3.org/2000/svg"
_NOISE = re.compile(r"^(aria-.*|role|class|tabindex|pointer-events)$")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_COMPOSED = {"hconcat", "vconcat", "concat", "facet", "repeat"}
_registered = threading.Event()


class ChartError(ValueError):
    """A specification that can't be drawn."""


def draw(
    specification: dict[str, Any],
    *,
    name: str,
    alternative: str,
    colour: str = DEFAULT_COLOUR,
    medium: Medium = "print",
    width: int | None = None,
) -> str:
    """Return a chart as an SVG element.

    Args:
        specification: Vega-Lite with its data inline; nothing is fetched.
        name: prefix of every id within, unique in the document.
        alternative: what the chart says in words; becomes the element's title.
        colour: the organization's colour.
        medium: size of type.
        width: width in pixels of the whole chart, for a specification that leaves its width open
            (`"width": "container"` or none) and is a single view.

    Raises:
        ChartError: if Vega-Lite refuses the specification.
    """
    if not _registered.is_set():
        vl_convert.register_font_directory(str(FOLDER))
        _registered.set()
    full = themed(specification, colour, medium)
    if width is not None and full.get("width", "container") == "container" and not _COMPOSED & full.keys():
        full["width"] = width
        full["autosize"] = fitted(full)
    try:
        drawn: str = vl_convert.vegalite_to_svg(full, vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError as error:
        raise ChartError(f"chart {name}: {error}") from error
    return clean(drawn, name=name, alternative=alternative)


def clean(svg: str, *, name: str, alternative: str) -> str:
    """Return an SVG with ids of its own, no script-time attributes, and a title as alternative text.

    Args:
        svg: a complete SVG document as Vega writes it.
        name: prefix for each id and each reference to one.
        alternative: text of the title element; it takes the place of Vega's descriptions of single marks.
    """
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314 - drawn a moment ago in this process, nothing foreign
    for element in root.iter():
        for attribute in [key for key in element.attrib if _NOISE.match(key)]:
            del element.attrib[attribute]
        if "id" in element.attrib:
            element.set("id", f"{name}-{element.get('id')}")
        for attribute, value in element.attrib.items():
            if "url(#" in value:
                element.set(attribute, _REFERENCE.sub(rf"url(#{name}-\1)", value))
    title = ET.Element(f"{{{_SVG}}}title")
    title.text = alternative
    root.insert(0, title)
    return ET.tostring(root, encoding="unicode")
