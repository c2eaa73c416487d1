from xml.etree import ElementTree as ET

import pytest

from reports.charts import svg, theme

SPECIFICATION = {
    "width": 400,
    "height": 120,
    "data": {"values": [{"year": "2024-25", "amount": 4}, {"year": "2025-26", "amount": 2}]},
    "layer": [
        {
            "mark": {"type": "bar", "color": "@own"},
            "encoding": {
                "x": {"field": "year", "type": "nominal"},
                "y": {"field": "amount", "type": "quantitative"},
            },
        },
        {"mark": {"type": "text", "color": "@shortfall"}, "encoding": {"text": {"value": "below"}}},
    ],
}


def test_chart_keeps_text_takes_the_organizations_colour_and_says_what_it_shows() -> None:
    drawn = svg.draw(SPECIFICATION, name="c1", alternative="Falls from 4 to 2 & below", colour="#5b2f63")
    root = ET.fromstring(drawn)
    assert root[0].tag.endswith("title")
    assert root[0].text == "Falls from 4 to 2 & below"
    assert "2024-25" in "".join(root.itertext())
    assert "#5b2f63" in drawn
    assert "#a4402f" in drawn
    assert "aria-" not in drawn
    assert all(element.get("id", "c1-").startswith("c1-") for element in root.iter()), (
        "ids repeat between charts unless each carries the chart's name"
    )
    assert (
        svg.draw(SPECIFICATION, name="c1", alternative="Falls from 4 to 2 & below", colour="#5b2f63") == drawn
    )


def test_a_chart_can_not_fetch_data() -> None:
    with pytest.raises(svg.ChartError):
        svg.draw(
            SPECIFICATION | {"data": {"url": "https://example.org/data.csv"}}, name="c1", alternative="x"
        )


@pytest.mark.parametrize("colour", ["#14596b", "#ffee00", "#ffffff", "#000000", "#7fb7ff"])
def test_own_colour_is_readable_on_white_whatever_was_chosen(colour: str) -> None:
    roles = theme.palette(colour)
    assert theme.contrast(roles["own"], "#ffffff") >= 4.5
    assert theme.contrast(roles["own-deep"], "#ffffff") >= 9


def test_a_colour_by_an_unknown_role_is_refused() -> None:
    with pytest.raises(KeyError):
        theme.themed({"mark": {"color": "@mauve"}})
