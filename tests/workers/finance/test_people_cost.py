"""What people cost: worked by hand, parts that add, rolling forward, and wrong input."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.people_cost import STATUTORY

PEOPLE = CALCULATIONS["people-cost"]
ALL_ONE = [{"resource": "0000", "share": "1"}]


def person(name: str = "A", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "group": "certificated",
        "member_class": "strs",
        "salary": "100000",
        "funding": ALL_ONE,
    } | more


def cost(*positions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return PEOPLE.answer({"fiscal_year": "2025-26", "positions": list(positions), **more})


@pytest.mark.parametrize(
    ("member_class", "load"),
    [("strs", "20.60"), ("pers", "34.51"), ("social_security", "7.70"), ("alternative", "5.25")],
)
def test_statutory_load_of_a_dollar_by_member_class(member_class, load) -> None:
    """20.60 and 34.51 per cent without workers' compensation and health are derived in the field notes."""
    told = cost(person(member_class=member_class), rates={"alternative_plan": "3.75"})["years"][0]
    salaries = Decimal(told["budgeted"]["salaries"])
    assert (Decimal(told["budgeted"]["total"]) - salaries) * 100 / salaries == Decimal(load)
    assert told["one_percent"]["certificated"] == {
        "salaries": "1000.00",
        "statutory": f"{Decimal(load) * 10:.2f}",
        "total": f"{1000 + Decimal(load) * 10:.2f}",
    }


def test_rates_carry_how_far_they_are_settled() -> None:
    answer = cost(person(), rates={"pers": "27"}, years=[{"fiscal_year": "2026-27"}])
    first, second = (year["rates"] for year in answer["years"])
    assert (first["strs"]["status"], second["strs"]["status"]) == ("enacted", "projected")
    assert (second["pers"]["status"], second["pers"]["percent"]) == ("entered", "27.000000")
    assert first["workers_compensation"]["status"] == "to_confirm"
    assert len(answer["to_confirm"]) == 3


def test_a_schedule_moves_up_to_its_last_step_and_with_cola() -> None:
    answer = cost(
        person(salary=None, schedule="t", column="c", step=1, fte="0.5"),
        schedules={"t": {"columns": {"c": ["60000", "61000"]}}},
        years=[
            {"fiscal_year": "2026-27", "cola_percent": {"certificated": "2"}},
            {"fiscal_year": "2027-28", "cola_percent": {"certificated": "1"}},
        ],
    )
    assert [year["budgeted"]["salaries"] for year in answer["years"]] == [
        "30000.00",
        "31110.00",
        "31421.10",
    ]
    assert [(year["step_and_column"], year["cola"]) for year in answer["years"]] == [
        ("0.00", "0.00"),
        ("500.00", "610.00"),
        ("0.00", "311.10"),
    ]


def test_vacancies_and_leaving_stand_apart_from_the_budget() -> None:
    years = [{"fiscal_year": "2026-27"}]
    told = cost(
        person("A"),
        person("B", vacant=True, filled_share_of_year="0.25"),
        leaving=[{"group": "certificated", "percent": "10", "replacement_salary": "60000"}],
        years=years,
    )["years"]
    assert told[0]["budgeted"]["total"] == "241200.00"
    assert told[0]["vacancy_savings"] == "90450.00"
    # A tenth of one filled position, 40,000 less, with 20.60 per cent on it.
    assert [year["leaving_savings"] for year in told] == ["4824.00", "9648.00"]
    assert told[0]["expected"] == "145926.00"


def test_social_security_stops_at_its_ceiling() -> None:
    told = cost(person(member_class="pers", fte="2", salary="200000"), rates={"oasdi_wage_ceiling": "150000"})
    assert told["years"][0]["budgeted"]["oasdi"] == "18600.00"


def test_health_is_dollars_for_each_full_time_equivalent_and_grows() -> None:
    told = cost(
        person("A", fte="0.6"),
        person("B", health_per_fte="5000"),
        person("C", health_eligible=False),
        health_and_welfare_per_fte="10000",
        years=[{"fiscal_year": "2026-27", "health_growth_percent": "6"}],
    )["years"]
    assert [year["budgeted"]["health_and_welfare"] for year in told] == ["11000.00", "11660.00"]


cents = st.integers(1, 30_000_000).map(lambda value: f"{Decimal(value).scaleb(-2):.2f}")
weights = st.lists(st.integers(1, 1000), min_size=1, max_size=5)


@st.composite
def positions(draw):
    found = []
    for place in range(draw(st.integers(1, 6))):
        parts = draw(weights)
        shares = [(Decimal(part) / sum(parts)).quantize(Decimal("0.000001")) for part in parts]
        shares[0] += 1 - sum(shares)
        found.append(
            person(
                str(place),
                group=draw(st.sampled_from(["certificated", "classified"])),
                member_class=draw(st.sampled_from(["strs", "pers", "social_security", "alternative"])),
                salary=draw(cents),
                fte=draw(st.sampled_from(["0.2", "0.3333", "1", "3.5"])),
                vacant=draw(st.booleans()),
                funding=[
                    {"resource": f"{code:04d}", "share": str(share)}
                    for code, share in enumerate(shares, 1998)
                    if share > 0
                ],
            )
        )
    return found


@settings(max_examples=25, deadline=None)
@given(people=positions())
def test_parts_add_to_the_whole_and_nothing_moves_nothing(people) -> None:
    told = cost(
        *people,
        rates={"workers_compensation": "1.79", "strs": "19.1", "pers": "26.81", "medicare": "1.45"}
        | {"oasdi": "6.2", "unemployment_insurance": "0.05"},
        health_and_welfare_per_fte="12345.67",
        years=[{"fiscal_year": "2026-27"}],
    )["years"]
    for year in told:
        budgeted = year["budgeted"]
        parts = ("salaries", *STATUTORY, "health_and_welfare")
        assert sum(Decimal(budgeted[name]) for name in parts) == Decimal(budgeted["total"])
        assert sum(map(Decimal, year["by_resource"].values())) == Decimal(budgeted["total"])
        groups = sum(Decimal(group["total"]) for group in year["by_group"].values())
        assert groups == Decimal(budgeted["total"])
        assert Decimal(year["unrestricted"]) + Decimal(year["restricted"]) == Decimal(budgeted["total"])
    assert told[0]["budgeted"] == told[1]["budgeted"]


def test_every_fault_is_named() -> None:
    with pytest.raises(InputFaultsError) as refused:
        cost(
            person("A", funding=[{"resource": "0000", "share": "0.5"}, {"resource": "3010", "share": "0.4"}]),
            person("B", schedule="t"),
            person("C", fte="0"),
            person("D", member_class="none", funding=[*ALL_ONE, *ALL_ONE]),
        )
    assert {fault.field for fault in refused.value.faults} == {
        "positions[0].funding",
        "positions[1]",
        "positions[2].fte",
        "positions[3].member_class",
        "positions[3].funding",
    }


def test_a_place_that_the_schedule_does_not_have_is_named() -> None:
    placed = {"salary": None, "schedule": "t", "column": "c", "step": 2}
    with pytest.raises(InputFaultsError) as refused:
        cost(
            person("A", **placed),
            person("B", **placed | {"column": "d"}),
            person("C", **placed | {"schedule": "u"}),
            schedules={"t": {"columns": {"c": ["60000"]}}},
        )
    assert [fault.field for fault in refused.value.faults] == [
        "positions[0].step",
        "positions[1].column",
        "positions[2].schedule",
    ]


def test_a_position_twice_is_refused() -> None:
    with pytest.raises(InputFaultsError) as refused:
        cost(person("A"), person("A"))
    assert refused.value.faults[0].field == "positions"
