"""Projections answer as their schemas say, sentences in Spanish, and print the same by name."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from tenants.language import render_within
from workers.finance.catalogue import CALCULATIONS

LINES = {"lcff": "1000000.01", "certificated": "700000", "benefits": "300000"}
BASE = {
    "fiscal_year": "2025-26",
    "ada": "90.5",
    "unrestricted": LINES | {"contributions": "-2.5"},
    "restricted": LINES,
}
YEARS = [{"fiscal_year": at, "ada": "91"} for at in ("2026-27", "2027-28", "2028-29")]
PROJECTION = {"base": BASE, "years": YEARS}
NAMED: dict[str, dict[str, Any]] = {
    "multi-year": PROJECTION,
    "assumed-projection": {
        "base": BASE,
        "years": [{"fiscal_year": "2026-27", "cola": "2.41", "calstrs": "19.1"}],
        "adjustments": [
            {"line": "services", "segment": "restricted", "fiscal_year": "2026-27", "amount": "-0.5"}
        ],
    },
    "risk": {"projection": PROJECTION, "draws": 50, "seed": 3, "prior_ada": {"2024-25": "93"}},
    "enrollment": {
        "history": [
            {"fiscal_year": at, "grades": {"TK": "20", "K": "41", "1": "43"}, "ada": {"TK-3": "99.25"}}
            for at in ("2023-24", "2024-25", "2025-26")
        ],
        "births": {"2026-27": "77"},
    },
    "people-cost": {
        "fiscal_year": "2025-26",
        "positions": [
            {
                "id": "7",
                "group": "classified",
                "member_class": "pers",
                "fte": "0.75",
                "salary": "51234.56",
                "funding": [
                    {"resource": "0000", "share": "0.7"},
                    {"resource": "6500", "share": "0.3"},
                ],
            }
        ],
        "years": [{"fiscal_year": "2026-27", "cola_percent": {"classified": "1.333"}}],
    },
    "looking-back": {
        "projections": [
            {"line": "cola", "made_in": at, "fiscal_year": "2024-25", "value": value}
            for at, value in (("2022-23", "4.02"), ("2023-24", "3.94"), ("2024-25", "1.07"))
        ],
        "actuals": [{"line": "cola", "fiscal_year": "2024-25", "value": "1.07"}],
        "units": {"cola": "percent"},
    },
}


@pytest.mark.parametrize("name", NAMED)
def test_inputs_and_answers_are_as_the_schema_says(name: str) -> None:
    schema = CALCULATIONS[name].schema()
    jsonschema_rs.validate(schema["input"], NAMED[name])
    answer = render_within(CALCULATIONS[name].answer(NAMED[name]), "es")
    jsonschema_rs.validate(schema["output"], answer)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema["input"], {**NAMED[name], "nothing": 1})


def test_a_certification_says_why_in_the_readers_language() -> None:
    answer = CALCULATIONS["multi-year"].answer(PROJECTION)
    assert answer["certification"] == "negative"
    said = [render_within(answer, language)["reasons"][0]["message"] for language in ("en", "es")]
    assert said[0].startswith("In 20")
    assert said[1].startswith("En 20")
