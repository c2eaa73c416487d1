"""Risk: the same seed gives the same bytes, no width the projection, and each miss is worth what it is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.reserve import reserve_standard
from workers.finance.reserve_bands import reserve_bands
from workers.finance.risk_shapes import DRIVERS

RISK = CALCULATIONS["risk"]
STILL = {name: {"spread_percent": "0"} for name in DRIVERS}
FREE = {"lcff": "100000000", "contributions": "-20000000", "certificated": "40000000", "benefits": "20000000"}
BOUND = {"contributions": "20000000", "classified": "12000000", "benefits": "8000000"}


def projection(years: int = 3, **base: Any) -> dict[str, Any]:
    return {
        "base": {
            "fiscal_year": "2025-26",
            "ada": "5000",
            "unrestricted": FREE | {"services": "20000000"},
            "restricted": BOUND,
            "beginning_balance": {"unrestricted": "6000000"},
            **base,
        },
        "years": [{"fiscal_year": f"20{26 + n}-{27 + n}", "ada": "5000"} for n in range(years)],
    }


def risk(**more: Any) -> dict[str, Any]:
    return RISK.answer({"projection": projection(), "draws": 200} | more)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again, other = (json.dumps(risk(seed=seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_without_widths_every_fan_is_the_projection() -> None:
    central = CALCULATIONS["multi-year"].answer(projection())
    told = risk(drivers=STILL, draws=10)
    for year, projected in zip(told["years"], central["years"][1:], strict=True):
        ending = round(Decimal(projected["unrestricted"]["ending_balance"]))
        available = round(Decimal(projected["reserve"]["available_amount"]))
        assert {Decimal(each) for each in year["unrestricted_ending_balance"].values()} == {ending}
        assert {Decimal(each) for each in year["available_reserve"].values()} == {available}
        assert year["projected_margin"] == projected["reserve"]["margin"]
    assert told["most_important"] is None
    assert {driver["rank_correlation"] for driver in told["drivers"]} == {None}


@pytest.mark.parametrize(
    ("driver", "benefits", "expected"),
    [
        # One more per cent on 100 million.
        ("cola", {}, 1_000_000),
        # Funded ADA rises by a hundredth, this year being the greatest.
        ("enrollment", {}, 1_000_000),
        # One point more of 94 per cent attend.
        ("attendance", {}, 1_063_830),
        # One per cent on all salaries, and on the benefits that follow pay; three per cent of it as reserve.
        ("settlement", {}, -round(800_000 * 1.03)),
        ("settlement", {"unrestricted": {"health": "20000000"}}, -round(600_000 * 1.03)),
        ("health", {"unrestricted": {"health": "10000000"}}, -103_000),
        # 3.82 million at 19.1 per cent become 4.02 million at 20.1.
        ("strs_rate", {"unrestricted": {"strs": "3820000"}}, -206_000),
        ("pers_rate", {"restricted": {"pers": "2640000"}}, -103_000),
        ("health", {"unrestricted": {"unmoved": "20000000"}}, 0),
    ],
)
def test_one_point_is_worth_what_the_lines_say(driver, benefits, expected) -> None:
    told = RISK.answer(
        {
            "projection": projection(years=1),
            "draws": 10,
            "benefits": benefits,
            "drivers": STILL | {driver: {"spread_percent": "1"}},
        }
    )
    worth = {each["driver"]: Decimal(each["one_spread"]) for each in told["drivers"]}
    assert worth.pop(driver) == expected
    assert set(worth.values()) == {0}


def test_attendance_that_falls_is_paid_late() -> None:
    """Funded ADA is held up by last year and by the average of three years."""
    fallen = projection(years=1)
    fallen["years"][0]["ada"] = "4900"
    told = RISK.answer(
        {"projection": fallen, "draws": 10, "drivers": STILL | {"enrollment": {"spread_percent": "1"}}}
    )
    worth = {each["driver"]: Decimal(each["one_spread"]) for each in told["drivers"]}
    assert worth["enrollment"] == 0, "5,000 pupils of last year still count for more"


def test_property_tax_alone_moves_a_basic_aid_district() -> None:
    told = risk(basic_aid=True)
    worth = {each["driver"]: Decimal(each["one_spread"]) for each in told["drivers"]}
    assert worth["property_tax"] > 0
    assert worth["cola"] == worth["enrollment"] == worth["attendance"] == 0


def test_what_matters_most_is_found_and_shares_add() -> None:
    told = risk(
        draws=2000,
        drivers=STILL | {"settlement": {"spread_percent": "3"}, "cola": {"spread_percent": "1"}},
    )
    assert told["most_important"] == told["drivers"][0]["driver"] == "settlement"
    assert Decimal(told["drivers"][0]["rank_correlation"]) < Decimal("-0.8")
    shares = [Decimal(each["share_percent"]) for each in told["drivers"] if each["share_percent"]]
    assert abs(sum(shares) - 100) < Decimal("0.001")


def test_chances_grow_by_then_and_fans_are_in_order() -> None:
    told = risk(draws=1000, projection=projection(beginning_balance={"unrestricted": "3500000"}))
    before = Decimal(0)
    for year in told["years"]:
        chance = Decimal(year["chance_below_reserve_percent"])
        by_then = Decimal(year["chance_below_reserve_by_then_percent"])
        assert max(before, chance) <= by_then <= 100
        before = by_then
        for name in ("unrestricted_ending_balance", "available_reserve", "margin"):
            values = [Decimal(value) for value in year[name].values()]
            assert values == sorted(values)
    assert 5 < before < 95


def test_widths_say_where_they_come_from() -> None:
    told = risk(widths={"health": "2.5", "cola": "0.4"}, drivers={"cola": {"by_year": {"2026-27": "0"}}})
    status = {each["driver"]: (each["status"], each["spread_percent"]) for each in told["drivers"]}
    assert status["health"] == ("measured", "2.500000")
    assert status["cola"] == ("entered", "0.400000")
    assert status["settlement"][0] == "to_confirm"


def test_every_fault_is_named() -> None:
    without = projection()
    del without["years"][1]["ada"]
    with pytest.raises(InputFaultsError) as refused:
        risk(projection=without, draws=1, drivers={"weather": {}}, widths={"cola": "-1"})
    fields = [fault.field for fault in refused.value.faults]
    assert fields[:2] == ["projection", "draws"]
    assert any(field.startswith("drivers") for field in fields)
    assert any(field.startswith("widths") for field in fields)


def test_benefit_parts_stay_within_their_line() -> None:
    with pytest.raises(InputFaultsError) as refused:
        risk(benefits={"restricted": {"pers": "8000000.01"}})
    assert [fault.field for fault in refused.value.faults] == ["benefits"]


@pytest.mark.parametrize("fiscal_year", ["2024-25", "2025-26", "2027-28"])
def test_bands_as_arrays_agree_with_the_rule(fiscal_year) -> None:
    pupils = [0, 299.5, 300.49, 300.5, 1000.4, 1000.5, 30000, 30001, 250000.4, 250001, 400001]
    uses = np.full(len(pupils), 1_234_567_89, dtype=np.int64)
    bands = reserve_bands(fiscal_year)
    hundredths = np.array([round(each * 100) for each in pupils], dtype=np.int64)
    cents = bands.standard_cents(hundredths, uses)
    dollars = bands.standard(np.array(pupils), uses / 100)
    for place, each in enumerate(pupils):
        amount = reserve_standard(Decimal(str(each)), fiscal_year).amount(Decimal("1234567.89"))
        assert cents[place] == amount * 100
        assert abs(Decimal(float(dollars[place])) - amount) <= Decimal("0.0051")
