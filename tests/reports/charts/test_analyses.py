"""Charts of the analyses: drawn from the table's figures, in both languages, at desk and phone width."""

from __future__ import annotations

import pytest

from reports.charts import analyses, svg
from tests.support import filings
from tests.support.filings import account
from workers.analyses import fund_balance_and_reserve, three_year_outlook, where_the_money_goes
from workers.analyses.result import Attendance

BASE = "2024-25"


def documents():
    rows = [
        (account("0000", "8011"), 90_000_000_00),
        (account("0000", "1100", "1000"), 95_000_000_00),
        (account("0000", "7310", "7210"), -1_000_000_00),
        (account("0000", "9791"), 10_000_000_00),
        (account("0000", "9789"), 6_000_000_00),
    ]
    now = filings.ledger(rows, BASE)
    before = filings.ledger([(code, cents * 9 // 10) for code, cents in rows], "2023-24", "BA")
    ada = {BASE: Attendance(BASE, "1500", "element")}
    return {
        "outlook": three_year_outlook.analyse([before, now], ada, {}),
        "goes": where_the_money_goes.analyse(now, before, ada),
        "reserve": fund_balance_and_reserve.analyse([now], {}),
    }


def charts():
    return [(name, key) for name, document in documents().items() for key in document["charts"]]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("name", "key"), charts())
def test_every_chart_is_drawn_in_both_languages(name, key, language):
    document = documents()[name]
    made = analyses.specification(document, key, language)
    for width in (640, 320):
        drawn = svg.draw(made, name="c", alternative=made["usermeta"]["alt"], width=width)
        assert drawn.startswith("<svg")
        assert "undefined" not in drawn
        assert "NaN" not in drawn


def values(specification):
    for layer in specification["layer"]:
        yield from layer.get("data", {}).get("values", [])
    yield from specification.get("data", {}).get("values", [])


def test_the_projection_is_dashed_and_the_minimum_is_named_and_equal_to_the_table():
    document = documents()["outlook"]
    made = analyses.specification(document, "reserve", "en")
    lines = [layer for layer in made["layer"] if layer["mark"]["type"] == "line"]
    assert [("strokeDash" in line["mark"]) for line in lines if line["mark"]["color"] == "@own"] == [
        False,
        True,
    ]
    assert any(point.get("name") == "State minimum" for point in values(made))
    for point in values(made):
        if "level" in point and "year" in point:
            cents = document["figures"][f"available_reserve/{point['year']}"]["value"]
            assert point["level"] == pytest.approx(cents / 100_000_000, abs=0.0001)


def test_bars_stand_in_order_and_a_line_below_zero_is_in_parentheses():
    made = analyses.specification(documents()["goes"], "object", "en")
    bars = made["data"]["values"]
    assert [bar["value"] for bar in bars] == sorted((bar["value"] for bar in bars), reverse=True)
    assert bars[-1]["label"] == "(1.0)"


def test_texts_are_in_the_readers_language():
    document = documents()["outlook"]
    spanish = analyses.specification(document, "reserve", "es")
    assert any(point.get("name") == "Mínimo estatal" for point in values(spanish))
    assert analyses.alternative(document, "reserve", "es") != analyses.alternative(document, "reserve", "en")
