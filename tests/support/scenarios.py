"""A scenario of many options for tests and benchmarks: every kind, restriction and rule, always the same."""

from __future__ import annotations

from typing import Any

RESOURCES = (
    "2600",
    "3010",
    "3310",
    "4127",
    "6010",
    "7399",
    "6300",
    "6332",
    "6387",
    "6500",
    "7435",
    "8150",
)
BASE_YEAR = "2026-27"
AS_OF = "2026-11-26"
FUNCTIONS = ("1000", "2140", "2420", "3110", "3600", "4900", "8110", "2700")
OBJECTS = ("1100", "2200", "4300", "5800")
LAYOFFS = ("certificated", "classified", "classified_specially_funded")


def years_after(base: str, count: int) -> list[str]:
    """Return the fiscal years after one."""
    first = int(base[:4])
    return [f"{first + n}-{(first + n + 1) % 100:02d}" for n in range(1, count + 1)]


def range_of(likely: int) -> dict[str, str]:
    """Return an amount of four fifths, the whole and six fifths."""
    return {"low": str(likely * 4 // 5), "likely": str(likely), "high": str(likely * 6 // 5)}


def make_projection(years: int) -> dict[str, Any]:
    """Return a district of 10,000 ADA: its base year and the years after it, `years` together."""
    unrestricted = {
        "lcff": "130000000",
        "other_state": "4000000",
        "contributions": "-20000000",
        "certificated": "55000000",
        "classified": "18000000",
        "benefits": "30000000",
        "books_and_supplies": "3000000",
        "services": "9000000",
    }
    restricted = {
        "federal": "9000000",
        "other_state": "16000000",
        "contributions": "20000000",
        "certificated": "15000000",
        "classified": "10000000",
        "benefits": "12000000",
        "services": "8000000",
    }
    moves = {
        "lcff": {"growth_percent": "2.1"},
        "certificated": {"step_and_column_percent": "0.9", "cola_percent": "1"},
        "classified": {"step_and_column_percent": "0.9", "cola_percent": "1"},
        "benefits": {"growth_percent": "3.5"},
        "services": {"growth_percent": "3"},
    }
    restricted_moves = {name: moves[name] for name in ("certificated", "benefits")}
    return {
        "base": {
            "fiscal_year": BASE_YEAR,
            "ada": "10000",
            "unrestricted": unrestricted,
            "restricted": restricted,
            "beginning_balance": {"unrestricted": "12000000", "restricted": "15000000"},
            "components": {"nonspendable": "100000", "reserve_for_economic_uncertainties": "6000000"},
        },
        "years": [
            {
                "fiscal_year": at,
                "ada": "9950",
                "unrestricted": moves,
                "restricted": restricted_moves,
            }
            for at in years_after(BASE_YEAR, years - 1)
        ],
    }


def make_option(number: int) -> dict[str, Any]:
    """Return one option; six kinds take turns, most of them played."""
    turn = number % 6
    start = "2026-27" if number % 5 == 0 else "2027-28" if number % 2 else "2028-29"
    option: dict[str, Any] = {
        "key": f"option-{number:02d}",
        "title": f"Option {number}",
        "kind": ("save", "save", "save", "revenue", "invest", "invest")[turn],
        "played": number % 4 != 3,
        "amounts": [range_of(50_000 + 12_345 * number)],
        "timing": "one_time" if number % 7 == 6 else "ongoing",
        "ramp_percent": ["50"] if number % 3 == 0 else [],
        "start": start,
        "lead_days": number % 4 * 60,
        "schools": [f"School {number % 20}"],
        "pupils": 100 * number,
        "positions": str(number % 5),
    }
    restricted = RESOURCES[number % len(RESOURCES)]
    if turn in {1, 3, 5}:
        option["resource"] = restricted
    if turn in {0, 1} and number % 3 == 0:
        option["notices"] = {"kind": LAYOFFS[number % len(LAYOFFS)]}
        option["start"] = "2027-28"
    if turn == 0:
        option["overlap"] = f"pool-{number % 4}"
        option["effects"] = {"classroom_percent": "40", "current_expense_percent": "100"}
    if turn in {4, 5}:
        option["account"] = {
            "function": FUNCTIONS[number % len(FUNCTIONS)],
            "object": OBJECTS[number % len(OBJECTS)],
            "goal": "1110",
        }
    if turn == 1:
        option["pays_for"] = [f"option-{number + 3:02d}"]
    return option


def make_scenario(options: int = 60, years: int = 5) -> dict[str, Any]:
    """Return a scenario of twelve restricted resources, unrestricted costs, and facts of every rule."""
    at = [BASE_YEAR, *years_after(BASE_YEAR, years - 1)]
    return {
        "as_of": AS_OF,
        "projection": make_projection(years),
        "options": [make_option(number) for number in range(options)],
        "overlaps": [{"key": "pool-0", "amount": "700000"}],
        "restricted": [
            {
                "resource": resource,
                "balance": str(100_000 * (place + 1)),
                "contributions": [{"fiscal_year": one, "amount": "250000"} for one in at]
                if resource in {"6500", "8150"}
                else [],
            }
            for place, resource in enumerate(RESOURCES)
        ],
        "unrestricted_costs": [
            {
                "function": FUNCTIONS[number % len(FUNCTIONS)],
                "object": OBJECTS[number // 3 % len(OBJECTS)],
                "goal": "1110",
                "amount": str(40_000 + 1_000 * number),
                "new": number % 2 == 0,
            }
            for number in range(40)
        ],
        "facts": {
            "local_reserve_cap": [
                {"fiscal_year": one, "ada": "10000", "expenditures_and_uses": "160000000"} for one in at
            ],
            "classroom_compensation": [
                {
                    "fiscal_year": one,
                    "district": "unified",
                    "classroom_compensation": "80000000",
                    "current_expense": "140000000",
                }
                for one in at
            ],
            "k3_class_size": [
                {
                    "fiscal_year": one,
                    "schools": [{"school": f"School {n}", "average": "23"} for n in range(20)],
                }
                for one in at
            ],
            "special_education_effort": [
                {
                    "fiscal_year": one,
                    "standard": "eligibility",
                    "local": "15000000",
                    "compare_local": {"fiscal_year": "2025-26", "amount": "14900000"},
                }
                for one in at
            ],
            "routine_maintenance": [
                {"fiscal_year": one, "expenditures_and_uses": "160000000", "contribution": "4900000"}
                for one in at
            ],
            "proportionality": [
                {
                    "fiscal_year": one,
                    "base_grant": "100000000",
                    "supplemental_and_concentration": "17000000",
                    "contributing_lcff": "17100000",
                }
                for one in at
            ],
        },
    }
