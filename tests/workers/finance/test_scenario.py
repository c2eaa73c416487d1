"""Options played on a projection: money by restriction, notices, overlaps, refusals, reserve and delay."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scenarios import AS_OF, BASE_YEAR, make_projection, make_scenario, range_of, years_after
from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS

SCENARIO = CALCULATIONS["scenario"].answer
NEXT, AFTER = years_after(BASE_YEAR, 2)
CASES = ("low", "likely", "high")


def option(key: str, kind: str, likely: int, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "title": key.title(),
        "kind": kind,
        "played": True,
        "amounts": [range_of(likely)],
        "start": NEXT,
        **more,
    }


def asked(*options: dict[str, Any], years: int = 3, **more: Any) -> dict[str, Any]:
    return {"as_of": AS_OF, "projection": make_projection(years), "options": list(options), **more}


def money(told: dict[str, Any], fiscal_year: str, resource: str = "unrestricted") -> dict[str, Decimal]:
    """Return a row of a year's money in the likely case."""
    (row,) = [one for one in year(told, fiscal_year)["money"] if one["resource"] == resource]
    parts = ("before", "freed", "returned", "paid", "fallen", "after")
    return {part: Decimal(row[part]["likely"]) for part in parts}


def year(told: dict[str, Any], fiscal_year: str) -> dict[str, Any]:
    (found,) = [one for one in told["years"] if one["fiscal_year"] == fiscal_year]
    return dict(found)


def gained(told: dict[str, Any], fiscal_year: str, part: str = "unrestricted") -> Decimal:
    ending = year(told, fiscal_year)[part]
    return Decimal(ending["played"]["likely"]) - Decimal(ending["projected"])


def begun(told: dict[str, Any], key: str) -> dict[str, Any]:
    (found,) = [one for one in told["options"] if one["key"] == key]
    return dict(found)


MATERIALS = {"function": "1000", "object": "4300", "goal": "1110"}


def test_playing_nothing_changes_nothing() -> None:
    document = make_scenario()
    for one in document["options"]:
        one["played"] = False
    told = SCENARIO(document)
    projected = CALCULATIONS["multi-year"].answer(document["projection"])
    for at, base in zip(told["years"], projected["years"], strict=True):
        for part in ("unrestricted", "restricted", "combined"):
            ending = base[part]["ending_balance"]
            assert at[part] == {"projected": ending, "played": dict.fromkeys(CASES, ending)}
        assert at["reserve"]["available"] == dict.fromkeys(CASES, base["reserve"]["available_amount"])
        assert at["reserve"]["minimum"] == dict.fromkeys(CASES, base["reserve"]["standard_amount"])
        assert (at["payments"], at["refused"]) == ([], [])
    facts = document["facts"] | {
        "as_of": AS_OF,
        "reserve": [
            {
                "fiscal_year": base["fiscal_year"],
                "ada": base["ada"],
                "expenditures_and_uses": base["reserve"]["expenditures_and_uses"],
                "unassigned": base["reserve"]["available_amount"],
            }
            for base in projected["years"]
        ],
    }
    assert told["tripwires"] == CALCULATIONS["tripwires"].answer(facts)
    assert told["delay_per_day"] == "0.00"


@settings(max_examples=12, deadline=None)
@given(played=st.sets(st.integers(0, 23)), amount=st.integers(0, 3_000_000), seed=st.integers(0, 99))
def test_the_order_of_options_does_not_matter(played: set[int], amount: int, seed: int) -> None:
    document = make_scenario(24, 3)
    for number, one in enumerate(document["options"]):
        one["played"] = number in played
        if number % 5 == 0:
            one["set_amount"] = str(amount)
    told = SCENARIO(document)
    shuffled = copy.deepcopy(document)
    for name in ("options", "restricted"):
        random.Random(seed).shuffle(shuffled[name])
    assert SCENARIO(shuffled) == told


def test_everything_adds_to_the_cent() -> None:
    told = SCENARIO(make_scenario())
    before: dict[str, dict[str, str]] = {}
    sums = dict.fromkeys(CASES, Decimal(0))
    for at in told["years"]:
        for case in CASES:
            rows = {
                row["resource"]: {
                    part: Decimal(row[part][case]) for part in row if part not in {"resource", "name"}
                }
                for row in at["money"]
            }
            for name, row in rows.items():
                assert (
                    row["before"] + row["freed"] + row["returned"] - row["paid"] - row["fallen"]
                    == row["after"]
                )
                if name != "unrestricted":
                    assert row["after"] >= 0
                if before:
                    assert row["before"] == Decimal(before[name][case])
            assert sum(row["returned"] for row in rows.values()) == 0
            spent = sum(row["paid"] + row["fallen"] for row in rows.values())
            freed = sum(row["freed"] for row in rows.values())
            counted = {
                kind: sum(
                    Decimal(each["amount"][case])
                    for one in told["options"]
                    if one["played"] and (one["kind"] == "invest") == kind
                    for each in one["years"]
                    if each["fiscal_year"] == at["fiscal_year"]
                )
                for kind in (False, True)
            }
            assert (freed, spent) == (counted[False], counted[True])
            sums[case] += freed - spent
            ending = at["combined"]
            assert Decimal(ending["played"][case]) - Decimal(ending["projected"]) == sums[case]
            assert Decimal(at["unrestricted"]["played"][case]) + Decimal(
                at["restricted"]["played"][case]
            ) == Decimal(ending["played"][case])
        before = {row["resource"]: row["after"] for row in at["money"]}
        assert Decimal(at["combined"]["played"]["low"]) <= Decimal(at["combined"]["played"]["likely"])
        assert Decimal(at["combined"]["played"]["likely"]) <= Decimal(at["combined"]["played"]["high"])


def test_each_dollar_goes_once() -> None:
    told = SCENARIO(make_scenario())
    counted = {
        (one["key"], each["fiscal_year"]): (one["kind"], Decimal(each["amount"]["likely"]))
        for one in told["options"]
        if one["played"]
        for each in one["years"]
    }
    seen = 0
    for at in told["years"]:
        for side in ("option", "pays"):
            sums: dict[str, Decimal] = {}
            for one in at["payments"]:
                if one[side] is not None:
                    sums[one[side]] = sums.get(one[side], Decimal(0)) + Decimal(one["amount"])
            for key, paid in sums.items():
                kind, amount = counted[key, at["fiscal_year"]]
                assert paid == amount if kind == "invest" else paid <= amount
                seen += 1
        moved = [line for one in at["refused"] for way in one["alternatives"] for line in way["lines"]]
        assert all(Decimal(line["amount"]) > 0 for line in moved)
    assert seen > 50


@settings(max_examples=25, deadline=None)
@given(
    amounts=st.lists(st.integers(1, 2_000_000), min_size=1, max_size=6),
    resource=st.sampled_from(["6762", "6500", "9010", "2600"]),
    contribution=st.integers(0, 1_500_000),
    cost=st.integers(0, 2_000_000),
)
def test_a_restricted_saving_never_lifts_the_unrestricted_balance(
    amounts: list[int], resource: str, contribution: int, cost: int
) -> None:
    saves = [
        option(f"save-{n}", "save", one, resource=resource, pays_for=["tutors"])
        for n, one in enumerate(amounts)
    ]
    invest = option("tutors", "invest", cost)
    contributed = [
        {"resource": resource, "contributions": [{"fiscal_year": NEXT, "amount": str(contribution)}]}
    ]
    told = SCENARIO(asked(*saves, invest, restricted=contributed))
    row = money(told, NEXT)
    assert row["freed"] == 0
    assert row["returned"] == min(sum(amounts), contribution)
    assert gained(told, NEXT) == row["returned"] - cost
    assert gained(told, NEXT, "restricted") == sum(amounts) - row["returned"]
    # The year after brings no contribution, so nothing comes back.
    assert gained(told, AFTER) - gained(told, NEXT) == -cost


def test_a_restricted_saving_is_refused_with_lawful_ways() -> None:
    told = SCENARIO(
        asked(
            option("reading", "save", 100_000, resource="6300", pays_for=["tutors"]),
            option("tutors", "invest", 80_000, account=MATERIALS),
            option("buses", "save", 90_000, played=False),
            option("printing", "save", 500_000, played=False),
            unrestricted_costs=[{**MATERIALS, "amount": "30000", "name": "Books"}],
        )
    )
    (no,) = year(told, NEXT)["refused"]
    assert (no["kind"], no["option"], no["pays"], no["amount"]) == (
        "restricted_for_unrestricted",
        "reading",
        "tutors",
        "80000.00",
    )
    ways = {way["kind"]: way for way in no["alternatives"]}
    assert ways["move_costs"]["amount"] == "30000.00"
    assert ways["move_costs"]["lines"][0]["name"] == "Books"
    assert ways["charge_resource"]["resource"] == "6300"
    assert (ways["play_unrestricted"]["option"], ways["play_unrestricted"]["amount"]) == ("buses", "80000.00")
    assert gained(told, NEXT) == -80_000
    assert money(told, NEXT, "6300")["after"] == 100_000


def test_a_cost_is_offered_to_one_refused_payment_only() -> None:
    told = SCENARIO(
        asked(
            option("books", "save", 40_000, resource="6300", pays_for=["tutors"]),
            option("maps", "save", 40_000, resource="6300", pays_for=["tutors"]),
            option("tutors", "invest", 90_000),
            unrestricted_costs=[{**MATERIALS, "amount": "55000"}],
        )
    )
    ways = [one["alternatives"][0] for one in year(told, NEXT)["refused"]]
    assert [(way["kind"], way["amount"]) for way in ways] == [
        ("move_costs", "40000.00"),
        ("move_costs", "15000.00"),
    ]


def test_a_saving_is_refused_once_however_many_costs_it_is_meant_for() -> None:
    told = SCENARIO(
        asked(
            option("books", "save", 100, resource="6300", pays_for=["tutors", "coaches"]),
            option("tutors", "invest", 70),
            option("coaches", "invest", 70, resource="7435", account=MATERIALS),
            restricted=[{"resource": "7435", "balance": "70"}],
        )
    )
    refused = [(one["kind"], one["pays"], one["amount"]) for one in year(told, NEXT)["refused"]]
    assert refused == [
        ("restricted_for_unrestricted", "tutors", "70.00"),
        ("other_resource", "coaches", "30.00"),
    ]


def test_what_is_contributed_comes_back_by_the_largest_saving_first() -> None:
    told = SCENARIO(
        asked(
            option("aides", "save", 10, resource="6500"),
            option("placements", "save", 100, resource="6500"),
            option("tutors", "invest", 50),
            restricted=[{"resource": "6500", "contributions": [{"fiscal_year": NEXT, "amount": "50"}]}],
        )
    )
    assert year(told, NEXT)["payments"] == [
        {"option": "placements", "resource": "unrestricted", "pays": "tutors", "amount": "50.00"}
    ]


@pytest.mark.parametrize(
    ("invest", "confirmed", "kind", "text"),
    [
        ({"resource": "9010", "account": MATERIALS}, False, "rule", "was not read"),
        ({"resource": "6266", "account": MATERIALS}, False, "rule", "could be spent through"),
        ({"resource": "6300"}, False, "rule", "not said where"),
        ({"resource": "8150", "account": MATERIALS}, False, "rule", "may not pay for"),
        ({"resource": "9010", "account": MATERIALS}, True, "short", "too little"),
    ],
)
def test_what_a_resource_may_not_pay_falls_on_unrestricted_money(
    invest: dict[str, Any], confirmed: bool, kind: str, text: str
) -> None:
    confirmation = {
        "resource": "9010",
        "functions": [["1000", "1999"]],
        "confirmed_by": "Chief business official",
        "on": "2026-11-02",
        "document": "Grant letter of 1 July 2026",
    }
    told = SCENARIO(
        asked(
            option("books", "invest", 50_000, **invest),
            restricted=[{"resource": invest["resource"], "balance": "20000"}],
            confirmations=[confirmation] if confirmed else [],
        )
    )
    paid = Decimal(20_000) if confirmed else Decimal(0)
    (no,) = year(told, NEXT)["refused"]
    assert (no["kind"], Decimal(no["amount"])) == (kind, 50_000 - paid)
    assert text in no["reason"]["text"]
    assert no["alternatives"]
    assert money(told, NEXT, invest["resource"])["paid"] == paid
    assert money(told, NEXT)["fallen"] == 50_000 - paid
    assert gained(told, NEXT) == paid - 50_000


@pytest.mark.parametrize(
    ("as_of", "notices", "begins", "tripped"),
    [
        ("2027-03-14", {"kind": "certificated"}, NEXT, 0),
        ("2027-03-15", {"kind": "certificated"}, NEXT, 0),
        ("2027-03-16", {"kind": "certificated"}, AFTER, 1),
        ("2027-05-16", {"kind": "certificated"}, AFTER, 2),
        (
            "2027-05-16",
            {"kind": "certificated", "preliminary_notice": "2027-03-12", "final_notice": "2027-05-14"},
            NEXT,
            0,
        ),
        ("2027-05-16", {"kind": "classified", "preliminary_notice": "2027-03-12"}, AFTER, 1),
    ],
)
def test_late_notices_save_nothing_next_year_and_say_why(
    as_of: str, notices: dict[str, str], begins: str, tripped: int
) -> None:
    told = SCENARIO(asked(option("sections", "save", 400_000, notices=notices)) | {"as_of": as_of})
    seen = begun(told, "sections")
    assert seen["begins"] == begins
    assert gained(told, NEXT) == (400_000 if begins == NEXT else 0)
    assert gained(told, AFTER) == (800_000 if begins == NEXT else 400_000)
    assert bool(seen["reasons"]) == (begins != NEXT)
    if seen["reasons"]:
        assert "nothing is saved in that year" in seen["reasons"][0]["text"]
    late = [
        one
        for one in told["tripwires"]["tripwires"]
        if one["rule"].startswith("layoff") and one["state"] == "tripped"
    ]
    assert len(late) == tripped
    # What is left of a year's notices once the first was late is not asked for.
    asked_for = {one["fiscal_year"] for one in told["tripwires"]["tripwires"] if one["unit"] == "days"}
    assert asked_for == ({NEXT} if begins == NEXT else {NEXT, AFTER})
    assert all(
        one["state"] == "tripped"
        for one in told["tripwires"]["tripwires"]
        if one["unit"] == "days" and one["fiscal_year"] < begins
    )


@pytest.mark.parametrize(("preliminary", "begins"), [("2027-03-15", NEXT), ("2027-03-16", "2029-30")])
def test_what_is_decided_and_noticed_stands_whenever_one_looks(preliminary: str, begins: str) -> None:
    notices = {"kind": "certificated", "preliminary_notice": preliminary, "final_notice": "2027-05-10"}
    sections = option("sections", "save", 700, notices=notices, decided_on="2027-02-10", lead_days=30)
    overtime = option("overtime", "save", 365, start=BASE_YEAR, decided_on="2026-12-31", lead_days=1)
    told = SCENARIO(asked(sections, overtime, years=4) | {"as_of": "2028-03-16"})
    # Notices that came too late for a year are void for the next, whose own are late by now.
    assert begun(told, "sections")["begins"] == begins
    assert begun(told, "overtime")["begins_on"] == "2027-01-01"
    assert begun(told, "overtime")["years"][0]["amount"]["likely"] == "181.00"
    assert begun(told, "overtime")["delay"] == {"per_day": "0.00", "decide_by": None, "then": "0.00"}
    assert told["delay_per_day"] == "0.00"


@pytest.mark.parametrize(("days", "begins"), [(0, NEXT), (1, AFTER)])
def test_a_latest_decision_date_and_a_lead_time_are_held_to_the_day(days: int, begins: str) -> None:
    day = dt.date(2027, 2, 1) + dt.timedelta(days=days)
    told = SCENARIO(
        asked(
            option("lease", "save", 1_000, latest_decision="2027-02-01"),
            option("sections", "save", 1_000, begins="year", lead_days=150),
        )
        | {"as_of": day.isoformat()}
    )
    assert [begun(told, key)["begins"] for key in ("lease", "sections")] == [begins, begins]
    assert gained(told, NEXT) == (2_000 if begins == NEXT else 0)


def test_the_clock_is_the_difference_that_a_day_makes() -> None:
    options = [
        option("overtime", "save", 365_000, start=BASE_YEAR),
        option("fees", "revenue", 73_000, start=BASE_YEAR, lead_days=30),
        option("sections", "save", 500_000, notices={"kind": "certificated"}),
        option("lease", "save", 90_000, latest_decision="2026-12-31"),
        option("tutors", "invest", 100_000, start=BASE_YEAR),
    ]
    document = asked(*options)
    told = SCENARIO(document)
    assert begun(told, "overtime")["delay"] == {"per_day": "1000.00", "decide_by": None, "then": "1000.00"}
    assert begun(told, "sections")["delay"] == {
        "per_day": "0.00",
        "decide_by": "2027-03-15",
        "then": "500000.00",
    }
    assert begun(told, "lease")["delay"]["then"] == "90000.00"
    assert begun(told, "tutors")["delay"]["per_day"] == "0.00"
    for as_of in (AS_OF, "2026-12-31", "2027-03-15"):
        today = SCENARIO(document | {"as_of": as_of})
        day = dt.date.fromisoformat(as_of) + dt.timedelta(days=1)
        tomorrow = SCENARIO(document | {"as_of": day.isoformat()})
        freed = [
            sum(Decimal(row["freed"]["likely"]) for at in one["years"] for row in at["money"])
            for one in (today, tomorrow)
        ]
        assert Decimal(today["delay_per_day"]) == freed[0] - freed[1]
        # Nothing overlaps here, so the parts add to the whole.
        parts = sum(Decimal(one["delay"]["per_day"]) for one in today["options"])
        assert Decimal(today["delay_per_day"]) == parts


def test_a_dollar_of_an_overlap_is_counted_once() -> None:
    both = [option("vacancies", "save", 300, overlap="staff"), option("ratio", "save", 200, overlap="staff")]
    told = SCENARIO(asked(*both))
    assert gained(told, NEXT) == 300
    ratio = begun(told, "ratio")["years"][1]
    assert (ratio["amount"]["likely"], ratio["overlapped"]["likely"]) == ("0.00", "200.00")
    capped = SCENARIO(asked(*both, overlaps=[{"key": "staff", "amount": "450"}]))
    assert gained(capped, NEXT) == 450
    alone = SCENARIO(asked(both[1], both[0] | {"played": False}))
    assert gained(alone, NEXT) == 200


def test_amounts_by_year_ramp_and_what_people_set() -> None:
    told = SCENARIO(
        asked(
            option("slow", "save", 1_000, ramp_percent=["25", "50"]),
            option("once", "invest", 600, timing="one_time"),
            option("set", "save", 100, set_amount="150"),
            option("years", "revenue", 10, amounts=[range_of(10), range_of(40)]),
            years=5,
        )
    )
    by_key = {one["key"]: [each["amount"]["likely"] for each in one["years"]] for one in told["options"]}
    assert by_key["slow"] == ["0.00", "250.00", "500.00", "1000.00", "1000.00"]
    assert by_key["once"] == ["0.00", "600.00", "0.00", "0.00", "0.00"]
    assert by_key["set"] == ["0.00", *["150.00"] * 4]
    assert by_key["years"] == ["0.00", "10.00", "40.00", "40.00", "40.00"]
    (seen,) = [one for one in told["options"] if one["key"] == "set"]
    assert seen["years"][1]["amount"] == {"low": "120.00", "likely": "150.00", "high": "180.00"}
    # In the low case of the balance an investment costs its high amount.
    (seen,) = [one for one in told["options"] if one["key"] == "once"]
    assert seen["years"][1]["amount"] == {"low": "720.00", "likely": "600.00", "high": "480.00"}


def test_the_reserve_trips_by_the_cent() -> None:
    base = SCENARIO(asked())
    margin = Decimal(year(base, NEXT)["reserve"]["margin"]["likely"])
    # Each dollar invested lowers the reserve by one and raises the minimum (3 %) with what is spent.
    most = int(margin / Decimal("1.03"))
    for cost, met in ((most, True), (most + 1, False)):
        told = SCENARIO(asked(option("tutors", "invest", 1, amounts=[dict.fromkeys(CASES, str(cost))])))
        (wire,) = [
            one
            for one in told["tripwires"]["tripwires"]
            if one["rule"] == "reserve" and one["fiscal_year"] == NEXT
        ]
        assert (wire["state"] == "clear") is met
        reserve = year(told, NEXT)["reserve"]
        assert reserve["met"] == [met] * 3
        assert Decimal(reserve["margin"]["likely"]) == Decimal(wire["margin"])
        assert wire["way_out"]


def test_what_is_played_moves_the_facts_of_every_rule() -> None:
    facts = make_scenario()["facts"]
    share = {"classroom_percent": "100", "current_expense_percent": "100"}
    touched = {
        **share,
        "special_education_percent": "50",
        "contributing_percent": "10",
        "k3_averages": [{"school": "School 0", "average": "24.01"}],
    }
    saved = option("classes", "save", 2_000_000, effects=touched)
    maintenance = option("repairs", "save", 150_000, resource="8150")
    contributed = [{"resource": "8150", "contributions": [{"fiscal_year": NEXT, "amount": "100000"}]}]
    told = SCENARIO(asked(saved, maintenance, facts=facts, restricted=contributed))
    wires = {
        (one["rule"], one["fiscal_year"]): one
        for one in told["tripwires"]["tripwires"]
        if one["fiscal_year"] in {BASE_YEAR, NEXT}
    }
    assert wires["k3_class_size", NEXT]["state"] == "tripped"
    assert wires["k3_class_size", BASE_YEAR]["state"] == "clear"
    assert Decimal(wires["special_education_effort", NEXT]["number"]) == 15_000_000 - 1_000_000
    assert wires["special_education_effort", NEXT]["state"] == "tripped"
    expected = (Decimal(80_000_000) - 2_000_000) * 100 / (140_000_000 - 2_000_000)
    assert abs(Decimal(wires["classroom_compensation", NEXT]["number"]) - expected) < Decimal("1e-9")
    assert Decimal(wires["proportionality", NEXT]["number"]) == Decimal("16.9")
    assert wires["proportionality", NEXT]["state"] == "tripped"
    assert Decimal(wires["routine_maintenance", NEXT]["number"]) == 4_900_000 - 100_000
    assert Decimal(wires["routine_maintenance", NEXT]["limit"]) == (160_000_000 - 2_150_000) * Decimal("0.03")
    assert Decimal(wires["local_reserve_cap", NEXT]["number"]) == 2_000_000 + 100_000


def test_every_fault_is_told_at_once() -> None:
    document = asked(
        option("a", "save", 1, pays_for=["nobody"], resource="70"),
        option("a", "invest", 1, overlap="x", notices={"kind": "certificated"}),
        option("c", "save", 1, amounts=[{"low": "5", "likely": "4", "high": "6"}], set_amount="1"),
        option("d", "save", 0, set_amount="1"),
        option("e e", "sell", 1, start="2025-26"),
        restricted=[{"resource": "0000"}, {"resource": "6500"}, {"resource": "6500"}],
        unrestricted_costs=[{**MATERIALS, "resource": "6500", "amount": "1"}],
    )
    document["as_of"] = "2026-11-31"
    with pytest.raises(InputFaultsError) as wrong:
        SCENARIO(document)
    assert {fault.field for fault in wrong.value.faults} == {
        "as_of",
        "options[0].resource",
        "options[0].pays_for[0]",
        "options[1].key",
        "options[1].overlap",
        "options[1].notices",
        "options[2].amounts[0]",
        "options[3].set_amount",
        "options[4].key",
        "options[4].kind",
        "options[4].start",
        "restricted[0].resource",
        "restricted[2].resource",
        "unrestricted_costs[0].resource",
    }


def test_who_is_touched_counts_a_school_once() -> None:
    told = SCENARIO(
        asked(
            option("a", "save", 1, positions="2.5", schools=["Elm", "Oak"], pupils=30),
            option("b", "invest", 1, positions="1", schools=["Oak"], pupils=20),
            option("c", "save", 1, positions="9", schools=["Fir"], pupils=9, played=False),
        )
    )
    assert told["touched"] == {
        "positions_ended": "2.5",
        "positions_added": "1",
        "schools": ["Elm", "Oak"],
        "pupils_at_most": 50,
    }


def test_a_scenario_without_attendance_tells_no_minimum() -> None:
    document = asked(option("a", "save", 1_000))
    for at in (document["projection"]["base"], *document["projection"]["years"]):
        del at["ada"]
    told = SCENARIO(document)
    assert all(at["reserve"]["met"] is None for at in told["years"])
    assert told["tripwires"]["tripwires"] == []


def test_one_at_a_time_adds_as_all_together() -> None:
    """Unrestricted options without overlap bring together what they bring one by one."""
    options = [
        option(f"o-{n}", kind, 1_001 * n + 7, ramp_percent=["33"])
        for n, kind in zip(range(1, 6), itertools.cycle(["save", "invest", "revenue"]))
    ]
    alone = [gained(SCENARIO(asked(one)), AFTER) for one in options]
    assert gained(SCENARIO(asked(*options)), AFTER) == sum(alone)
