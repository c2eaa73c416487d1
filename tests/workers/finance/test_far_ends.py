"""Numbers at the far ends of what is taken are computed or refused, and never break a calculation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.projection_lines import LINES, SALARIES

MOST, LEAST = "999999999999999.99", "0.01"
YEARS = [f"20{26 + n}-{27 + n}" for n in range(10)]


def projection(amount: str, growth: str) -> dict[str, Any]:
    moved = {
        line: {"step_and_column_percent": growth, "cola_percent": growth}
        if line in SALARIES
        else {"growth_percent": growth}
        for line in LINES
    }
    lines = dict.fromkeys(LINES, amount)
    return {
        "base": {"fiscal_year": "2025-26", "ada": "0.0001", "unrestricted": lines, "restricted": lines},
        "years": [
            {"fiscal_year": at, "ada": "99999999", "unrestricted": moved, "restricted": moved} for at in YEARS
        ],
    }


def people(salary: str, growth: str) -> dict[str, Any]:
    position = {
        "id": "A",
        "group": "classified",
        "member_class": "pers",
        "fte": "1000",
        "salary": salary,
        "funding": [{"resource": f"{n:04d}", "share": "0.3333333333"} for n in range(2)]
        + [{"resource": "9999", "share": "0.3333333334"}],
    }
    year = {"cola_percent": {"classified": growth}, "step_and_column_percent": {"classified": growth}}
    return {
        "fiscal_year": "2025-26",
        "positions": [position],
        "health_and_welfare_per_fte": salary,
        "leaving": [{"group": "classified", "percent": "100", "replacement_salary": "0"}],
        "years": [{"fiscal_year": at, "health_growth_percent": growth} | year for at in YEARS],
    }


def history(first: str, last: str) -> dict[str, Any]:
    grades = ("TK", "K", *map(str, range(1, 13)))
    years = [("2023-24", first), ("2024-25", last), ("2025-26", first)]
    return {
        "history": [{"fiscal_year": at, "grades": dict.fromkeys(grades, count)} for at, count in years],
        "births": {"2025-26": "0.0001", "2026-27": "999999999999"},
        "years": 10,
    }


def back(projected: str, came: str) -> dict[str, Any]:
    years = ("2022-23", "2023-24")
    return {
        "projections": [
            {"line": "cola", "made_in": at, "fiscal_year": at, "value": projected} for at in years
        ],
        "actuals": [{"line": "cola", "fiscal_year": at, "value": came} for at in years],
    }


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("multi-year", projection(MOST, "100")),
        ("multi-year", projection(f"-{MOST}", "-100")),
        ("multi-year", projection(LEAST, "99.9999999999999999999999999999")),
        ("people-cost", people(MOST, "100")),
        ("people-cost", people(LEAST, "-100")),
        ("enrollment", history("0", "0")),
        ("enrollment", history("0.0001", "99999999999")),
        ("enrollment", history("99999999999", "0.0001")),
        ("looking-back", back("0.000001", MOST)),
        ("looking-back", back(MOST, "-0.000001")),
        ("looking-back", back("0", "0")),
        ("risk", {"projection": projection(MOST, "100"), "draws": 10, "attendance_rate": "1"}),
        ("risk", {"projection": projection(LEAST, "-100"), "draws": 10, "pers_rate": "1"}),
    ],
)
def test_far_ends(name: str, document: dict[str, Any]) -> None:
    try:
        said = json.dumps(CALCULATIONS[name].answer(document))
    except InputFaultsError as refused:
        said = " ".join(fault.field or "Infinity" for fault in refused.faults)
    assert not {"NaN", "Infinity", "nan", "inf"} & set(said.replace('"', " ").split())
