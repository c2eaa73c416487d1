"""Tripwires on the day or the dollar before, at, and after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.tripwires_data import working_day

TRIPWIRES = CALCULATIONS["tripwires"]


def look(section: str, *facts: dict[str, Any], as_of: str = "2026-02-02") -> list[dict[str, Any]]:
    answer = TRIPWIRES.answer({"as_of": as_of, section: list(facts)})
    assert answer["tripped"] == sum(wire["state"] == "tripped" for wire in answer["tripwires"])
    return list(answer["tripwires"])


RESERVE = {"fiscal_year": "2025-26", "ada": "5000", "expenditures_and_uses": "1000000"}


@pytest.mark.parametrize(
    ("unassigned", "state", "margin"),
    [("30000.01", "clear", "0.01"), ("30000", "clear", "0.00"), ("29999.99", "tripped", "-0.01")],
)
def test_reserve(unassigned: str, state: str, margin: str) -> None:
    (wire,) = look("reserve", RESERVE | {"unassigned": unassigned})
    assert (wire["state"], float(wire["margin"])) == (state, float(margin))
    assert (wire["date"], wire["status"], wire["limit"]) == ("2026-06-30", "read", "30000.00")


def test_a_reserve_of_a_year_beyond_the_form_is_to_be_confirmed() -> None:
    (wire,) = look("reserve", RESERVE | {"fiscal_year": "2031-32"})
    assert wire["status"] == "to_confirm"


CAP = {"fiscal_year": "2026-27", "triggered": True, "triggered_source": "State notice", "ada": "2501"}


@pytest.mark.parametrize(("balance", "state"), [("99.99", "clear"), ("100", "clear"), ("100.01", "tripped")])
def test_local_reserve_cap(balance: str, state: str) -> None:
    (wire,) = look(
        "local_reserve_cap", CAP | {"assigned_and_unassigned": balance, "expenditures_and_uses": "1000"}
    )
    assert (wire["state"], wire["status"], wire["date"]) == (state, "entered", "2026-07-01")
    assert wire["source"].endswith("State notice")


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"ada": "2500"}, "not_applicable"),
        ({"ada": "2501"}, "tripped"),
        ({"basic_aid": True}, "not_applicable"),
        ({"exempted": True}, "not_applicable"),
        ({"triggered": False}, "not_applicable"),
        ({"triggered": None}, "undecided"),
        ({"triggered": None, "fiscal_year": "2024-25"}, "tripped"),
    ],
)
def test_whom_the_cap_binds(changed: dict[str, Any], state: str) -> None:
    (wire,) = look("local_reserve_cap", CAP | {"assigned_and_unassigned": "1"} | changed)
    assert wire["state"] == state


def test_that_the_cap_was_in_force_in_2024_25_is_known() -> None:
    (wire,) = look("local_reserve_cap", {"fiscal_year": "2024-25", "ada": "3000"})
    assert (wire["state"], wire["status"]) == ("clear", "read")


CLASSROOM = {"fiscal_year": "2025-26", "district": "unified", "current_expense": "100000"}


@pytest.mark.parametrize(
    ("district", "paid", "state", "short"),
    [
        ("unified", "55010", "clear", "0.00"),
        ("unified", "55000", "clear", "0.00"),
        ("unified", "54990", "tripped", "10.00"),
        ("elementary", "60000", "clear", "0.00"),
        ("elementary", "59990", "tripped", "10.00"),
        ("high_school", "50000", "clear", "0.00"),
        ("high_school", "49990", "tripped", "10.00"),
    ],
)
def test_classroom_compensation(district: str, paid: str, state: str, short: str) -> None:
    facts = CLASSROOM | {"classroom_compensation": paid, "district": district}
    (wire,) = look("classroom_compensation", facts)
    assert (wire["state"], wire["status"], wire["at_stake"]) == (state, "read", short)


def test_the_filed_form_cea_is_reproduced() -> None:
    filed = {"classroom_compensation": "370298715", "current_expense": "676560120", "fiscal_year": "2024-25"}
    (wire,) = look("classroom_compensation", CLASSROOM | filed)
    assert (wire["state"], wire["margin"], wire["at_stake"]) == ("tripped", "-0.27", "1826712.32")


@pytest.mark.parametrize(
    ("changed", "state", "status"),
    [
        ({}, "tripped", "read"),
        ({"threshold_percent": "0"}, "clear", "entered"),
        ({"exempted": True}, "not_applicable", "read"),
        ({"prior_ada": "100.99"}, "not_applicable", "read"),
        ({"prior_ada": "101"}, "tripped", "read"),
        ({"current_expense": "0"}, "undecided", "read"),
    ],
)
def test_an_entered_limit_says_so_and_exempt_districts_are_left_out(
    changed: dict[str, Any], state: str, status: str
) -> None:
    (wire,) = look("classroom_compensation", CLASSROOM | changed)
    assert (wire["state"], wire["status"]) == (state, status)
    assert wire["status_said"]["text"].startswith("Entered by the district") is (status == "entered")


@pytest.mark.parametrize(
    ("average", "agreed", "state"),
    [
        ("23.99", None, "clear"),
        ("24", None, "clear"),
        ("24.01", None, "tripped"),
        ("26", "26", "clear"),
        ("26.01", "26", "tripped"),
    ],
)
def test_class_size_of_one_school_is_the_whole_districts(
    average: str, agreed: str | None, state: str
) -> None:
    school = {"school": "North", "average": average} | ({"agreed": agreed} if agreed else {})
    (wire,) = look(
        "k3_class_size",
        {
            "fiscal_year": "2025-26",
            "schools": [{"school": "South", "average": "20"}, school],
            "adjustment_amount": "1067000",
        },
    )
    assert (wire["state"], wire["subject"], wire["at_stake"]) == (state, "North", "1067000.00")
    assert wire["status"] == ("entered" if agreed else "read")


EFFORT = {"fiscal_year": "2025-26", "standard": "compliance"}


def before(amount: str, pupils: str | None = None) -> dict[str, Any]:
    return {"fiscal_year": "2024-25", "amount": amount} | ({"pupils": pupils} if pupils else {})


@pytest.mark.parametrize(("local", "state"), [("100.01", "clear"), ("100", "clear"), ("99.99", "tripped")])
def test_special_education_effort(local: str, state: str) -> None:
    (wire,) = look("special_education_effort", EFFORT | {"local": local, "compare_local": before("100")})
    assert (wire["state"], wire["subject"], wire["date"]) == (state, "local", "2026-06-30")


def test_one_of_four_methods_is_enough() -> None:
    falling = {
        "local": "90",
        "state_and_local": "180",
        "pupils": "9",
        "compare_local": before("100"),
        "compare_state_and_local": before("200"),
        "compare_local_per_pupil": before("100", "10"),
    }
    (wire,) = look("special_education_effort", EFFORT | {"standard": "eligibility"} | falling)
    assert (wire["state"], wire["subject"], wire["unit"]) == ("clear", "local_per_pupil", "dollars_per_pupil")
    assert wire["date"] == "2025-07-01"
    (wire,) = look("special_education_effort", EFFORT | falling | {"pupils": "9.0001"})
    assert wire["state"] == "tripped"


@pytest.mark.parametrize(
    ("reductions", "allocations", "state"),
    [
        ([("staff_departed", "10")], None, "clear"),
        ([("staff_departed", "9.99")], None, "tripped"),
        ([("fewer_pupils", "10")], None, "clear"),
        ([("allocation_increase", "10")], ("120", "100"), "clear"),
        ([("allocation_increase", "10")], ("119.98", "100"), "tripped"),
        ([("allocation_increase", "10")], ("90", "100"), "tripped"),
    ],
)
def test_what_lowers_the_required_effort(
    reductions: list[tuple[str, str]], allocations: tuple[str, str] | None, state: str
) -> None:
    facts: dict[str, Any] = EFFORT | {
        "local": "90",
        "compare_local": before("100"),
        "reductions": [{"kind": kind, "amount": amount} for kind, amount in reductions],
    }
    if allocations:
        facts |= {"allocation": allocations[0], "prior_allocation": allocations[1]}
    (wire,) = look("special_education_effort", facts)
    assert wire["state"] == state


def test_fewer_pupils_do_not_lower_effort_for_each_pupil_twice() -> None:
    facts = EFFORT | {
        "local": "89.99",
        "pupils": "9",
        "compare_local_per_pupil": before("100", "10"),
        "reductions": [{"kind": "fewer_pupils", "amount": "10"}],
    }
    (wire,) = look("special_education_effort", facts)
    assert wire["state"] == "tripped"


def test_effort_without_a_comparison_is_undecided() -> None:
    (wire,) = look("special_education_effort", EFFORT | {"local": "1"})
    assert (wire["state"], wire["number"]) == ("undecided", None)


@pytest.mark.parametrize(
    ("contribution", "state"),
    [("21991228.93", "clear"), ("21991228.92", "clear"), ("21991228.91", "tripped")],
)
def test_routine_maintenance(contribution: str, state: str) -> None:
    facts = {
        "fiscal_year": "2025-26",
        "expenditures_and_uses": "756515859",
        "excluded": "23474895",
        "contribution": contribution,
    }
    (wire,) = look("routine_maintenance", facts)
    assert (wire["state"], wire["limit"], wire["status"]) == (state, "21991228.92", "read")
    (wire,) = look("routine_maintenance", facts | {"in_facility_program": False})
    assert wire["state"] == "not_applicable"


@pytest.mark.parametrize(("spent", "state"), [("105.01", "clear"), ("105", "clear"), ("104.99", "tripped")])
def test_proportionality(spent: str, state: str) -> None:
    (wire,) = look(
        "proportionality",
        {
            "fiscal_year": "2026-27",
            "base_grant": "1000",
            "supplemental_and_concentration": "100",
            "carryover_percent": "0.75",
            "contributing_lcff": spent,
            "improved_services_percent": "0.25",
        },
    )
    assert (wire["state"], wire["date"]) == (state, "2026-07-01")
    assert wire["at_stake"] == ("0.01" if state == "tripped" else "0.00")


LAYOFF = {"name": "Two counselors", "fiscal_year": "2026-27", "kind": "certificated", "annual_cost": "240000"}


def wire_of(wires: list[dict[str, Any]], rule: str) -> dict[str, Any]:
    (found,) = [wire for wire in wires if wire["rule"] == rule]
    return found


@pytest.mark.parametrize("kind", ["certificated", "classified"])
@pytest.mark.parametrize(
    ("rule", "key", "day", "state", "left"),
    [
        ("layoff_preliminary", "preliminary_notice", "2026-03-14", "clear", "1"),
        ("layoff_preliminary", "preliminary_notice", "2026-03-15", "clear", "0"),
        ("layoff_preliminary", "preliminary_notice", "2026-03-16", "tripped", "-1"),
        ("layoff_final", "final_notice", "2026-05-14", "clear", "1"),
        ("layoff_final", "final_notice", "2026-05-15", "clear", "0"),
        ("layoff_final", "final_notice", "2026-05-16", "tripped", "-1"),
    ],
)
def test_layoff_notices(kind: str, rule: str, key: str, day: str, state: str, left: str) -> None:
    wire = wire_of(look("layoffs", LAYOFF | {"kind": kind, key: day}), rule)
    assert (wire["state"], wire["margin"], wire["at_stake"]) == (state, left, "240000.00")


def test_a_day_that_is_no_working_day_is_told_with_the_one_before() -> None:
    wires = look("layoffs", LAYOFF)
    preliminary, final = wire_of(wires, "layoff_preliminary"), wire_of(wires, "layoff_final")
    # 15 March 2026 is a Sunday, 15 May 2026 a Friday.
    assert (preliminary["date"], preliminary["act_by"]) == ("2026-03-15", "2026-03-13")
    assert (final["date"], final["act_by"]) == ("2026-05-15", "2026-05-15")
    assert len(preliminary["way_out"]) == len(final["way_out"]) + 1


@pytest.mark.parametrize(
    ("as_of", "state"), [("2026-03-14", "clear"), ("2026-03-15", "clear"), ("2026-03-16", "tripped")]
)
def test_without_a_notice_the_day_of_looking_counts(as_of: str, state: str) -> None:
    wire = wire_of(look("layoffs", LAYOFF, as_of=as_of), "layoff_preliminary")
    assert (wire["state"], wire["number"]) == (state, None)


@pytest.mark.parametrize(("day", "state"), [("2026-05-01", "clear"), ("2026-05-02", "tripped")])
def test_a_specially_funded_position_needs_sixty_days(day: str, state: str) -> None:
    facts = LAYOFF | {"kind": "classified_specially_funded", "final_notice": day}
    (wire,) = look("layoffs", facts)
    assert (wire["state"], wire["date"]) == (state, "2026-05-01")
    (wire,) = look("layoffs", facts | {"last_day": "2026-07-01"})
    assert wire["date"] == "2026-05-02"


SETTLEMENT = {
    "name": "Teachers 2026",
    "adoption": "2026-04-14",
    "disclosure": "2026-04-14",
    "certified_by_superintendent": True,
    "certified_by_business_official": True,
    "years": [{"fiscal_year": "2025-26", "cost": "1"}, {"fiscal_year": "2026-27", "cost": "2.50"}],
    "budget_revision": "2026-05-29",
}


@pytest.mark.parametrize(
    ("disclosure", "state"), [("2026-04-13", "clear"), ("2026-04-14", "clear"), ("2026-04-15", "tripped")]
)
def test_a_settlement_is_disclosed_before_it_is_adopted(disclosure: str, state: str) -> None:
    wires = look("settlements", SETTLEMENT | {"disclosure": disclosure})
    wire = wire_of(wires, "settlement")
    assert (wire["state"], wire["at_stake"]) == (state, "3.50")


@pytest.mark.parametrize(
    "lacking",
    [
        {"certified_by_superintendent": False},
        {"certified_by_business_official": False},
        {"years": []},
        {"disclosure": None},
    ],
)
def test_what_a_settlement_still_lacks_is_undecided_until_it_is_adopted(lacking: dict[str, Any]) -> None:
    for as_of, state in (("2026-04-14", "undecided"), ("2026-04-15", "tripped")):
        wire = wire_of(look("settlements", SETTLEMENT | lacking, as_of=as_of), "settlement")
        assert (wire["state"], len(wire["way_out"])) == (state, 1)


@pytest.mark.parametrize(
    ("day", "state"), [("2026-05-28", "clear"), ("2026-05-29", "clear"), ("2026-05-30", "tripped")]
)
def test_the_budget_revision_follows_within_forty_five_days(day: str, state: str) -> None:
    wires = look("settlements", SETTLEMENT | {"budget_revision": day})
    assert wire_of(wires, "settlement_revision")["state"] == state
    assert len(look("settlements", SETTLEMENT | {"revision_needed": False})) == 1


def test_tripped_wires_come_first_and_each_says_its_rule_number_day_and_way_out() -> None:
    answer = TRIPWIRES.answer(
        {
            "as_of": "2026-03-16",
            "reserve": [RESERVE | {"unassigned": "30000"}],
            "layoffs": [LAYOFF],
            "local_reserve_cap": [{"fiscal_year": "2027-28"}],
        }
    )
    states = [wire["state"] for wire in answer["tripwires"]]
    assert states == ["tripped", "undecided", "clear", "clear"]
    for wire in answer["tripwires"]:
        assert wire["source"]
        assert wire["rule_said"]["text"]
        assert wire["date"]
        assert wire["way_out"]
        assert wire["status"] in {"read", "to_confirm", "entered"}


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({}, ["as_of"]),
        ({"as_of": 5}, ["as_of"]),
        ({"as_of": "2026-02-30"}, ["as_of"]),
        ({"as_of": "9999-12-31"}, ["as_of"]),
        ({"as_of": "2026-02-03T00:00:00"}, ["as_of"]),
        (
            {
                "as_of": "2026-02-03",
                "layoffs": [{"name": "", "fiscal_year": "2026", "kind": "teacher", "annual_cost": "-1"}],
                "k3_class_size": [{"fiscal_year": "2025-26", "schools": []}],
                "reserves": [],
            },
            [
                "k3_class_size[0].schools",
                "layoffs[0].name",
                "layoffs[0].fiscal_year",
                "layoffs[0].kind",
                "layoffs[0].annual_cost",
                "reserves",
            ],
        ),
    ],
)
def test_every_fault_is_reported_at_once(document: Any, fields: list[str]) -> None:
    with pytest.raises(InputFaultsError) as refused:
        TRIPWIRES.answer(document)
    assert [fault.field for fault in refused.value.faults] == fields


@settings(max_examples=40, deadline=None)
@given(st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2040, 1, 1)))
def test_a_working_day_is_the_last_weekday(day: dt.date) -> None:
    found = working_day(day)
    assert found.weekday() < 5
    assert 0 <= (day - found).days <= 2
    assert (day.weekday() < 5) == (found == day)
