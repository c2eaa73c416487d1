"""What all calculations share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest

from tenants.language import render_within
from workers.finance.calculation import Percentage, Told
from workers.finance.catalogue import CALCULATIONS


class Share(Told):
    share: Percentage


def test_a_computed_number_keeps_all_its_digits() -> None:
    tiny = Decimal(1) / Decimal(7 * 10**9)
    assert Share(share=tiny).model_dump(mode="json") == {"share": format(tiny, "f")}


COUNTS = {"unduplicated_pupils": "7", "enrollment": "11"}
BY_YEAR = dict.fromkeys(("2023-24", "2024-25", "2025-26"), COUNTS)
ADA = {at: {"TK-3": "100.5", "9-12": "50"} for at in ("2022-23", "2023-24", "2024-25", "2025-26")}
NAMED: dict[str, dict[str, Any]] = {
    "lcff": {"fiscal_year": "2025-26", "ada_by_year": ADA, "unduplicated_by_year": BY_YEAR, "tk_ada": "3"},
    "lcff-transition": {
        "fiscal_year": "2014-15",
        "ada": {"4-6": "9"},
        "unduplicated_percentage": "50",
        "floor": "3",
    },
    "funded-ada": {"fiscal_year": "2025-26", "ada_by_year": ADA},
    "unduplicated-percentage": {"fiscal_year": "2025-26", "unduplicated_by_year": BY_YEAR},
    "attendance-value": {
        "fiscal_year": "2025-26",
        "enrollment": {"TK-3": "120"},
        "attendance_rate_change_percent": "0.333",
        "unduplicated_percentage": "50",
        "ada_by_year": ADA,
    },
    "unduplicated-value": {
        "fiscal_year": "2025-26",
        "found_pupils": "3",
        "unduplicated_by_year": BY_YEAR,
        "adjusted_base_grant": "1000",
    },
    "rates": {"fiscal_year": "2026-27", "since": "2025-06"},
    "reserve": {"years": [{"fiscal_year": "2026-27", "ada": "30", "expenditures_and_uses": "7"}]},
    "salary-roll": {"base": "7", "years": [{"fiscal_year": "2026-27"}]},
}


@pytest.mark.parametrize("name", NAMED)
def test_inputs_and_answers_are_as_the_schema_says(name: str) -> None:
    schema = CALCULATIONS[name].schema()
    jsonschema_rs.validate(schema["input"], NAMED[name])
    answer = render_within(CALCULATIONS[name].answer(NAMED[name]), "es")
    jsonschema_rs.validate(schema["output"], answer)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema["input"], {**NAMED[name], "nothing": 1})
