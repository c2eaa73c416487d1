"""Restricted money: what it may pay for, matched dollar by dollar, and what a saving of it pays."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analyses.labels import RESOURCES
from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.restricted_flow import put
from workers.finance.restricted_rules import Account, known, rule_of
from workers.finance.restricted_words import CONDITIONS, PURPOSES

MATCH = CALCULATIONS["restricted-match"].answer
SAVING = CALCULATIONS["restricted-saving"].answer


def cost(function: str, object_: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"function": function, "object": object_, "amount": amount, "goal": "1110", **more}


CONFIRMED = {
    "resource": "9010",
    "functions": [["1000", "1999"]],
    "confirmed_by": "Chief business official",
    "on": "2026-11-02",
    "document": "Grant letter of 1 July 2026",
}


def test_at_least_fifteen_rules_were_read_and_each_is_cited() -> None:
    read = {code: entry for code, entry in known().items() if entry["status"] == "read"}
    assert len(read) >= 15
    for code, entry in read.items():
        assert entry["source"], code
        assert entry["read"], code
        assert code in PURPOSES
        assert set(entry.get("conditions", ())) <= set(CONDITIONS)
    assert set(known()) <= set(RESOURCES) | {"4201"}
    assert {condition for entry in read.values() for condition in entry.get("conditions", ())} == set(
        CONDITIONS
    )


@pytest.mark.parametrize("resource", ["9010", "4035", "3182", "2999"])
def test_an_unknown_resource_pays_for_nothing_until_it_is_confirmed(resource: str) -> None:
    asked = {
        "fiscal_year": "2026-27",
        "balances": [{"resource": resource, "amount": "100"}],
        "costs": [cost("1000", "1100", "60")],
    }
    (balance,) = MATCH(asked)["balances"]
    assert (balance["standing"], balance["matched"], balance["candidates"]) == ("unknown", "0.00", [])
    (balance,) = MATCH(asked | {"confirmations": [CONFIRMED | {"resource": resource}]})["balances"]
    assert (balance["standing"], balance["matched"]) == ("confirmed", "60.00")
    assert balance["confirmed_by"] == "Chief business official"
    assert balance["source"] == "Grant letter of 1 July 2026"


def test_a_confirmation_opens_only_what_it_names() -> None:
    (balance,) = MATCH(
        {
            "fiscal_year": "2026-27",
            "balances": [{"resource": "9010", "amount": "100"}],
            "costs": [cost("2700", "1300", "50"), cost("1000", "6400", "20"), cost("1000", "4300", "10")],
            "confirmations": [CONFIRMED],
        }
    )["balances"]
    assert [(one["cost"], one["amount"]) for one in balance["candidates"]] == [(2, "10.00")]


@pytest.mark.parametrize(
    ("fiscal_year", "standing", "matched"),
    [("2025-26", "read", "60.00"), ("2026-27", "ended", "0.00")],
)
def test_money_pays_through_its_last_year(fiscal_year: str, standing: str, matched: str) -> None:
    (balance,) = MATCH(
        {
            "fiscal_year": fiscal_year,
            "balances": [{"resource": "6266", "amount": "100"}],
            "costs": [cost("2140", "5800", "60")],
        }
    )["balances"]
    assert (balance["standing"], balance["matched"], balance["through"]) == (standing, matched, "2025-26")


def test_a_confirmed_extension_lets_money_pay_longer() -> None:
    (balance,) = MATCH(
        {
            "fiscal_year": "2026-27",
            "balances": [{"resource": "6266", "amount": "100"}],
            "costs": [cost("2140", "5800", "60")],
            "confirmations": [
                CONFIRMED | {"resource": "6266", "functions": [["2140", "2140"]], "through": "2026-27"}
            ],
        }
    )["balances"]
    assert (balance["standing"], balance["matched"]) == ("read", "60.00")


def test_money_that_may_not_replace_other_money_pays_for_new_costs_only() -> None:
    asked: dict[str, Any] = {
        "fiscal_year": "2026-27",
        "balances": [{"resource": "3010", "amount": "100"}],
        "costs": [cost("3110", "1200", "60"), cost("3110", "1200", "30", new=True)],
    }
    (balance,) = MATCH(asked)["balances"]
    assert [(one["cost"], one["amount"]) for one in balance["candidates"]] == [(1, "30.00")]
    asked["confirmations"] = [
        CONFIRMED | {"resource": "3010", "functions": [["3110", "3110"]], "not_supplanting": True}
    ]
    (balance,) = MATCH(asked)["balances"]
    assert balance["matched"] == "90.00"
    assert balance["source"] == "20 U.S.C. 6321(b); Grant letter of 1 July 2026"


@pytest.mark.parametrize(
    ("resource", "account", "pays"),
    [
        ("6500", {"goal": "5760", "function": "1120", "object": "1100"}, True),
        ("6500", {"goal": "1110", "function": "1120", "object": "1100"}, False),
        ("6300", {"function": "1000", "object": "4100"}, True),
        ("6300", {"function": "1000", "object": "4400"}, False),
        ("6300", {"function": "1000", "object": "1100"}, False),
        ("8150", {"function": "8110", "object": "5600"}, True),
        ("8150", {"function": "8200", "object": "2200"}, False),
        ("5310", {"function": "3700", "object": "4700"}, True),
        ("5310", {"function": "3700", "object": "6200"}, False),
        ("6387", {"goal": "3800", "function": "1000", "object": "6400"}, True),
        ("6387", {"goal": "1110", "function": "1000", "object": "6400"}, False),
        ("7690", {"function": "1000", "object": "3101"}, False),
        ("2600", {"function": "1000", "object": "1100"}, False),
        ("2600", {"function": "4900", "object": "5800"}, True),
    ],
)
def test_what_a_resource_may_pay_for(resource: str, account: dict[str, str], pays: bool) -> None:
    assert rule_of(resource, "2025-26").may_pay(Account(**account), new=False) is pays


def test_no_dollar_is_counted_twice_and_the_most_are_placed() -> None:
    answer = MATCH(
        {
            "fiscal_year": "2026-27",
            "balances": [{"resource": "6546", "amount": "100"}, {"resource": "7435", "amount": "100"}],
            "costs": [
                cost("3120", "1200", "80.50", name="Psychologists"),
                cost("1000", "5800", "60", name="Tutoring"),
                cost("7100", "2300", "500", name="Superintendent"),
            ],
        }
    )
    # What ends first is used first, and gives way where the other money fits nowhere else.
    assert [one["resource"] for one in answer["balances"]] == ["7435", "6546"]
    assert answer["matched"] == "140.50"
    assert [(one["carried"], one["left"]) for one in answer["costs"]] == [
        ("80.50", "0.00"),
        ("60.00", "0.00"),
        ("0.00", "500.00"),
    ]
    for balance in answer["balances"]:
        assert Decimal(balance["matched"]) + Decimal(balance["unmatched"]) == 100
        assert sum(Decimal(one["amount"]) for one in balance["candidates"]) == Decimal(balance["matched"])
    assert answer["balances"][0]["candidates"][0]["conditions"]


def test_the_same_input_gives_the_same_answer_in_any_order_of_balances() -> None:
    balances = [{"resource": code, "amount": "70"} for code in ("6546", "7435", "8150", "6300", "9010")]
    costs = [
        cost(function, object_, amount)
        for function, object_, amount in (
            ("3120", "1200", "33.33"),
            ("3130", "2900", "90"),
            ("2420", "4200", "45"),
            ("8110", "5600", "12"),
        )
    ]
    asked = {"fiscal_year": "2026-27", "costs": costs}
    answers = [MATCH(asked | {"balances": list(order)}) for order in itertools.permutations(balances)]
    assert all(answer == answers[0] for answer in answers)


cents = st.integers(min_value=0, max_value=1000)


@settings(max_examples=80, deadline=None)
@given(
    balances=st.lists(cents, min_size=1, max_size=4),
    costs=st.lists(st.tuples(cents, st.frozensets(st.integers(0, 3))), max_size=7),
)
def test_as_many_dollars_are_placed_as_can_be(
    balances: list[int], costs: list[tuple[int, frozenset[int]]]
) -> None:
    may_pay = [frozenset(payer for payer in payers if payer < len(balances)) for _, payers in costs]
    amounts = [amount for amount, _ in costs]
    taken = put(balances, amounts, may_pay)
    for one in taken:
        assert one.cents > 0
        assert one.balance in may_pay[one.cost]
    for place, amount in enumerate(balances):
        assert sum(one.cents for one in taken if one.balance == place) <= amount
    for place, amount in enumerate(amounts):
        assert sum(one.cents for one in taken if one.cost == place) <= amount
    # The narrowest cut between balances and costs is what can pass.
    everyone = range(len(balances))
    cuts = (
        sum(balances[one] for one in everyone if one not in kept)
        + sum(amount for amount, payers in zip(amounts, may_pay, strict=True) if payers & kept)
        for size in range(len(balances) + 1)
        for kept in map(frozenset, itertools.combinations(everyone, size))
    )
    assert sum(one.cents for one in taken) == min(cuts)


COUNSELORS = {"resource": "0000", "goal": "1110", "function": "3110", "object": "1200", "amount": "100"}


def test_a_restricted_saving_never_pays_an_unrestricted_cost() -> None:
    answer = SAVING(
        {
            "fiscal_year": "2026-27",
            "saving": {"resource": "7435", "amount": "150"},
            "cost": COUNSELORS,
            "unrestricted_costs": [cost("2700", "1300", "900"), cost("2420", "2200", "80")],
        }
    )
    assert (answer["allowed"], answer["paid"], answer["unpaid"]) == (False, "0.00", "100.00")
    assert (answer["frees_unrestricted"], answer["frees_restricted"]) == ("0.00", "150.00")
    assert [(one["cost"], one["amount"]) for one in answer["alternative"]["candidates"]] == [(1, "80.00")]


@pytest.mark.parametrize(
    ("saving", "paid"),
    [
        ({"resource": "0000", "amount": "99.99"}, "99.99"),
        ({"resource": "0000", "amount": "100"}, "100.00"),
        ({"resource": "1400", "amount": "101"}, "100.00"),
        ({"resource": "6500", "amount": "100", "contribution": "40"}, "40.00"),
        ({"resource": "6500", "amount": "30", "contribution": "40"}, "30.00"),
        ({"resource": "6500", "amount": "100"}, "0.00"),
    ],
)
def test_unrestricted_money_and_what_comes_back_of_it_pays_unrestricted_costs(
    saving: dict[str, str], paid: str
) -> None:
    answer = SAVING({"fiscal_year": "2026-27", "saving": saving, "cost": COUNSELORS})
    assert answer["paid"] == paid
    assert answer["allowed"] is (paid == "100.00")
    assert Decimal(answer["frees_unrestricted"]) + Decimal(answer["frees_restricted"]) == Decimal(
        saving["amount"]
    )


@pytest.mark.parametrize(
    ("cost_resource", "function", "paid"),
    [("7435", "3110", "100.00"), ("7435", "7100", "0.00"), ("6546", "3110", "0.00")],
)
def test_a_restricted_saving_pays_within_its_own_resource(
    cost_resource: str, function: str, paid: str
) -> None:
    answer = SAVING(
        {
            "fiscal_year": "2026-27",
            "saving": {"resource": "7435", "amount": "150"},
            "cost": COUNSELORS | {"resource": cost_resource, "function": function},
        }
    )
    assert (answer["paid"], answer["alternative"]) == (paid, None)


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({}, ["fiscal_year"]),
        (
            {
                "fiscal_year": "2026-27",
                "balances": [
                    {"resource": "1400", "amount": "1"},
                    {"resource": "7435", "amount": "-1"},
                    {"resource": "7435", "amount": "1"},
                    {"resource": "65", "amount": "1"},
                ],
                "costs": [cost("1000", "110", "1"), cost("1000", "1100", "1", resource="6500")],
                "confirmations": [CONFIRMED | {"functions": [], "on": "today"}],
            },
            [
                "balances[1].amount",
                "balances[3].resource",
                "costs[0].object",
                "confirmations[0].functions",
                "confirmations[0].on",
                "balances[0].resource",
                "balances[2].resource",
                "costs[1].resource",
            ],
        ),
    ],
)
def test_every_fault_is_reported_at_once(document: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InputFaultsError) as refused:
        MATCH(document)
    assert sorted(fault.field for fault in refused.value.faults) == sorted(fields)
