"""Looking back: worked by hand, on the filings of San Francisco, and as the widths of risk."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support import filings
from workers.finance import from_form, from_ledger
from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS

BACK = CALCULATIONS["looking-back"]


def projected(line: str, made: str, at: str, value: str) -> dict[str, str]:
    return {"line": line, "made_in": made, "fiscal_year": at, "value": value}


def came(line: str, at: str, value: str) -> dict[str, str]:
    return {"line": line, "fiscal_year": at, "value": value}


def test_bias_and_spread_by_hand() -> None:
    answer = BACK.answer(
        {
            "projections": [
                projected("lcff", "2022-23", "2022-23", "100"),
                projected("lcff", "2022-23", "2023-24", "100"),
                projected("lcff", "2023-24", "2023-24", "-100"),
                projected("lcff", "2023-24", "2024-25", "100"),
            ],
            "actuals": [came("lcff", "2022-23", "102"), came("lcff", "2023-24", "106")],
        }
    )
    (line,) = answer["lines"]
    assert [miss["miss_percent"] for miss in line["misses"]] == ["2.000000", "6.000000", "206.000000"]
    assert [miss["horizon"] for miss in line["misses"]] == [0, 1, 0]
    assert line["by_horizon"] == {"0": "104.000000", "1": "6.000000"}
    assert Decimal(line["bias_percent"]).quantize(Decimal("0.0001")) == Decimal("71.3333")
    assert Decimal(line["spread_percent"]).quantize(Decimal("0.0001")) == Decimal("116.6419")
    assert answer["not_compared"] == ["lcff, 2024-25"]
    assert answer["widths"] == {}


def test_a_percentage_misses_in_points_and_becomes_a_width_of_risk() -> None:
    answer = BACK.answer(
        {
            "projections": [
                projected("cola", "2022-23", "2023-24", "5.38"),
                projected("cola", "2022-23", "2024-25", "4.02"),
                projected("cola", "2023-24", "2024-25", "3.94"),
                projected("health", "2023-24", "2024-25", "5"),
            ],
            "actuals": [
                came("cola", "2023-24", "8.22"),
                came("cola", "2024-25", "1.07"),
                came("health", "2024-25", "9"),
            ],
            "units": {"cola": "percent", "health": "percent"},
        }
    )
    cola, health = answer["lines"]
    assert [miss["miss_percent"] for miss in cola["misses"]] == ["2.840000", "-2.950000", "-2.870000"]
    assert (health["bias_percent"], health["spread_percent"]) == ("4.000000", None)
    assert set(answer["widths"]) == {"cola"}, "one miss of health is no record"
    years = [{"fiscal_year": "2026-27", "ada": "100"}]
    told = CALCULATIONS["risk"].answer(
        {
            "projection": {"base": {"fiscal_year": "2025-26", "ada": "100"}, "years": years},
            "draws": 10,
            "widths": answer["widths"],
        }
    )
    assert {each["status"] for each in told["drivers"] if each["driver"] == "cola"} == {"measured"}


@pytest.mark.real_data
def test_a_districts_own_filings_against_what_came() -> None:
    """San Francisco's budget of 2022-23 for that year against its unaudited actuals, by the form's lines."""
    filings.need()
    budget = from_ledger.base_year(filings.filed("budget-2022-23.dat", "2022-23", "BB"))
    actual = from_ledger.base_year(filings.filed("actuals-2022-23.dat", "2022-23", "BA"))
    elements = filings.export("budget-2022-23.dat")["2022-23", "BB"][1]
    after = filings.filed("actuals-2022-23.dat", "2023-24", "BB")
    ahead = from_form.filed_years(elements, "2022-23")[0]
    names = ("lcff", "benefits", "services")
    answer = BACK.answer(
        {
            "projections": [
                *(projected(name, "2022-23", "2022-23", budget["unrestricted"][name]) for name in names),
                *(
                    projected(name, "2022-23", "2023-24", ahead["unrestricted"][name]["amount"])
                    for name in names
                ),
            ],
            "actuals": [
                *(came(name, "2022-23", actual["unrestricted"][name]) for name in names),
                *(
                    came(name, "2023-24", from_ledger.base_year(after)["unrestricted"][name])
                    for name in names
                ),
            ],
        }
    )
    record = {line["line"]: line for line in answer["lines"]}
    assert set(record) == set(names)
    assert all(line["count"] == 2 for line in record.values())
    assert record["lcff"]["misses"][0]["came"] == actual["unrestricted"]["lcff"]


def test_every_fault_is_named() -> None:
    with pytest.raises(InputFaultsError) as refused:
        BACK.answer(
            {
                "projections": [projected("cola", "2024-25", "2023-24", "1")],
                "actuals": [came("cola", "2023-24", "1"), came("cola", "2023-24", "2")],
                "units": {"cola": "pupils"},
            }
        )
    assert {fault.field for fault in refused.value.faults} == {"projections", "actuals", "units.cola"}
