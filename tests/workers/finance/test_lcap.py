"""The LCAP's tables against San Juan Unified's plan of 2025-26, and plans that do not add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS

PLANNED = CALCULATIONS["lcap-planned"].answer
CARRYOVER = CALCULATIONS["lcap-carryover"].answer
UPDATE = CALCULATIONS["lcap-update"].answer
OVERVIEW = CALCULATIONS["lcap-overview"].answer
REQUIRED = CALCULATIONS["lcap-required"].answer

SAN_JUAN: dict[str, Any] = {
    "base_grant": "433586271",
    "supplemental_and_concentration": "75108473",
    "carryover_percent": "0",
    # The plan's rows added by scope; one action of 4,595,565 is ticked LEA-wide and Limited both.
    "actions": [
        {
            "title": "All LEA-wide actions",
            "contributing": True,
            "scope": "LEA-wide",
            "lcff": "77346529",
            "other_state": "8972284",
            "local": "1924942",
            "federal": "5432232",
            "personnel": "77000000",
        },
        {
            "title": "All Schoolwide actions",
            "contributing": True,
            "scope": "Schoolwide",
            "lcff": "4988101",
            "personnel": "4000000",
        },
        {
            "title": "All Limited actions",
            "contributing": True,
            "scope": "Limited",
            "lcff": "22525925",
            "personnel": "18000000",
        },
        {"title": "All others", "contributing": False, "lcff": "1103390", "personnel": "1042059"},
    ],
}


def codes(answer: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in answer["findings"]]


def close(text: str, value: str) -> bool:
    """Say whether a percentage is the printed one, at the printed one's decimals."""
    return round(Decimal(text), -int(Decimal(value).as_tuple().exponent)) == Decimal(value)


def test_example_g_is_reproduced() -> None:
    answer = PLANNED(SAN_JUAN)
    assert close(answer["planned_percent"], "17.323")
    assert answer["total_percent"] == answer["planned_percent"]
    assert answer["contributing_lcff"] == "104860555.00"
    assert answer["improved_services_percent"] == "0.000000"
    assert close(answer["planned_total_percent"], "24.184")
    assert answer["totals"] == {
        "lcff": "105963945.00",
        "other_state": "8972284.00",
        "local": "1924942.00",
        "federal": "5432232.00",
        "total": "122293403.00",
        "personnel": "100042059.00",
        "non_personnel": "22251344.00",
    }
    assert answer["findings"] == []


def test_the_printed_limited_subtotal_disagrees_with_its_rows() -> None:
    answer = PLANNED(
        SAN_JUAN
        | {
            "stated": {
                "planned_percent": "17.323",
                "total_percent": "17.323",
                "planned_total_percent": "24.184",
                "contributing_lcff": "104860555.00",
                "totals": {"lcff": "105963945.00", "total": "122293403.00", "personnel": "100042059.00"},
                "totals_by_scope": {
                    "LEA-wide": "77346529.00",
                    "Schoolwide": "4988101.00",
                    "Limited": "27121490.00",
                },
            }
        }
    )
    assert codes(answer) == ["stated_disagrees", "stated_subtotals_do_not_add"]
    subtotal, whole = answer["findings"]
    assert subtotal["field"] == "stated.totals_by_scope.Limited"
    assert (subtotal["stated"], subtotal["computed"]) == ("27121490.00", "22525925")
    assert subtotal["difference"] == whole["difference"] == "4595565.00"


def test_every_printed_number_is_added_again() -> None:
    answer = PLANNED(
        SAN_JUAN
        | {
            "stated": {
                "planned_percent": "17.324",
                "total_percent": "17.3",
                "improved_services_percent": "0.01",
                "planned_total_percent": "24.18",
                "contributing_lcff": "104860554.99",
                "totals": {"federal": "5432233", "non_personnel": "22251344"},
            }
        }
    )
    assert [finding["field"] for finding in answer["findings"]] == [
        "stated.totals.federal",
        "stated.contributing_lcff",
        "stated.planned_percent",
        "stated.improved_services_percent",
    ]


@pytest.mark.parametrize(
    ("action", "found"),
    [
        ({"planned_improved_services_percent": "0.5", "lcff": "1"}, ["percent_without_contributing"]),
        ({"scope": "Limited", "lcff": "1"}, ["scope_without_contributing"]),
        ({"contributing": True, "lcff": "1"}, ["scope_missing"]),
        ({"contributing": "Yes", "lcff": "1", "scope": ""}, ["scope_missing"]),
        ({"contributing": True, "scope": "Schoolwide", "federal": "9"}, ["contributing_without_lcff"]),
        ({"contributing": True, "scope": "Limited"}, ["contributing_without_lcff"]),
        ({"contributing": True, "scope": "Limited", "planned_improved_services_percent": "0.04"}, []),
        (
            {"contributing": True, "scope": "limited", "planned_improved_services_percent": "1", "lcff": "1"},
            ["percent_with_funding"],
        ),
        (
            {"contributing": True, "scope": "LEA-wide", "planned_improved_services_percent": "1"},
            ["contributing_without_lcff", "percent_not_limited"],
        ),
        ({"lcff": "10", "personnel": "10.01"}, ["personnel_over_total"]),
        ({"lcff": "10", "local": "-1"}, ["amount_below_zero"]),
        (
            {"lcff": "10", "personnel": "4", "total": "11", "non_personnel": "7"},
            ["stated_disagrees", "stated_disagrees"],
        ),
    ],
)
def test_what_the_template_does_not_allow_in_a_row(action: dict[str, Any], found: list[str]) -> None:
    answer = PLANNED({"base_grant": "100", "actions": [{"title": "An action", **action}]})
    assert codes(answer) == found
    assert all(finding["field"].startswith("actions[0].") for finding in answer["findings"])


def test_a_percentage_of_an_action_that_does_not_contribute_is_not_counted() -> None:
    answer = PLANNED(
        {
            "base_grant": "200",
            "actions": [
                {"contributing": True, "scope": "Limited", "planned_improved_services_percent": "0.25"},
                {"planned_improved_services_percent": "5"},
            ],
        }
    )
    assert (answer["improved_services_percent"], answer["planned_total_percent"]) == ("0.250000", "0.250000")


def test_services_planned_below_the_requirement_are_named() -> None:
    plan = {
        "base_grant": "1000",
        "supplemental_and_concentration": "100",
        "carryover_percent": "0.5",
        "actions": [{"contributing": True, "scope": "LEA-wide", "lcff": "104.99"}],
    }
    assert codes(PLANNED(plan)) == ["planned_below_required"]
    plan["actions"] = [{"contributing": True, "scope": "LEA-wide", "lcff": "105"}]
    assert codes(PLANNED(plan)) == []


@pytest.mark.parametrize(
    ("written", "scope"),
    [
        ("LEA-Wide", "LEA-wide"),
        ("schoolwide ", "Schoolwide"),
        ("Limited to Unduplicated Student Group(s)", "Limited"),
        (None, None),
    ],
)
def test_scopes_as_plans_write_them(written: str | None, scope: str | None) -> None:
    answer = PLANNED({"actions": [{"contributing": True, "scope": written, "lcff": "1"}]})
    assert answer["actions"][0]["scope"] == scope


def test_a_percentage_may_be_printed_with_all_its_digits() -> None:
    for printed, found in (
        ("17.32261328910942385443", []),
        ("17.3226132891094238544282690211", ["stated_disagrees"]),
    ):
        answer = PLANNED(SAN_JUAN | {"stated": {"planned_percent": printed}})
        assert codes(answer) == found


def test_nothing_over_no_base_grant_is_null() -> None:
    answer = PLANNED({"supplemental_and_concentration": "1"})
    assert (answer["planned_percent"], answer["total_percent"], answer["planned_total_percent"]) == (
        None,
        None,
        None,
    )
    assert CARRYOVER({"estimated_actual_contributing": "1"}) == {
        "required_percent": None,
        "delivered_percent": None,
        "carryover_amount": None,
        "carryover_percent": None,
    }


@pytest.mark.parametrize(
    ("base", "grants", "spent", "required", "delivered"),
    [
        ("414992546", "64604798", "66698574.16", "15.568", "16.072"),
        ("339571600", "36300204", "36746031", "10.69", "10.82"),
    ],
)
def test_example_f_is_reproduced(base: str, grants: str, spent: str, required: str, delivered: str) -> None:
    answer = CARRYOVER(
        {
            "estimated_actual_base_grant": base,
            "estimated_actual_supplemental_and_concentration": grants,
            "estimated_actual_contributing": spent,
        }
    )
    assert close(answer["required_percent"], required)
    assert close(answer["delivered_percent"], delivered)
    assert (answer["carryover_amount"], answer["carryover_percent"]) == ("0.00", "0.000000")


def test_carryover_is_computed_from_unrounded_percentages() -> None:
    answer = CARRYOVER(
        {
            "estimated_actual_base_grant": "414992546",
            "estimated_actual_supplemental_and_concentration": "64604798",
            "estimated_actual_contributing": "60000000.37",
            "prior_carryover_percent": "0.25",
            "estimated_actual_improved_services_percent": "0.05",
        }
    )
    # Percentages rounded to three decimals would give 5,436,402.35.
    assert answer["carryover_amount"] == "5434782.72"
    exact = Decimal("5434782.722") * 100 / Decimal(414992546)
    assert abs(Decimal(answer["carryover_percent"]) - exact) < Decimal("1e-19")


cents = st.decimals(min_value=0, max_value=10**9, places=2)


@settings(max_examples=40, deadline=None)
@given(base=st.decimals(min_value=1, max_value=10**9, places=2), grants=cents, spent=cents)
def test_carryover_and_spending_come_to_the_grants_or_more(
    base: Decimal, grants: Decimal, spent: Decimal
) -> None:
    answer = CARRYOVER(
        {
            "estimated_actual_base_grant": str(base),
            "estimated_actual_supplemental_and_concentration": str(grants),
            "estimated_actual_contributing": str(spent),
        }
    )
    assert Decimal(answer["carryover_amount"]) == max(Decimal(0), grants - spent)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["LEA-wide", "Schoolwide", "Limited", None]), cents, cents, cents, cents),
        max_size=8,
    )
)
def test_parts_of_a_plan_add_to_the_whole(
    rows: list[tuple[str | None, Decimal, Decimal, Decimal, Decimal]],
) -> None:
    answer = PLANNED(
        {
            "base_grant": "1",
            "actions": [
                {
                    "contributing": True,
                    "scope": scope,
                    "lcff": str(lcff),
                    "other_state": str(state),
                    "local": str(local),
                    "federal": str(federal),
                    "personnel": str(local),
                }
                for scope, lcff, state, local, federal in rows
            ],
        }
    )
    totals = {name: Decimal(amount) for name, amount in answer["totals"].items()}
    assert totals["total"] == sum(totals[name] for name in ("lcff", "other_state", "local", "federal"))
    assert totals["total"] == totals["personnel"] + totals["non_personnel"]
    assert Decimal(answer["contributing_lcff"]) == sum(
        map(Decimal, answer["totals_by_scope"].values())
    ) + Decimal(answer["contributing_without_scope"])


def test_the_annual_update_requires_its_difference_only_below_the_grants() -> None:
    actions = [
        {
            "title": "One",
            "contributing": True,
            "planned_total": "80",
            "estimated_actual_total": "60",
            "planned_lcff": "70",
            "estimated_actual_lcff": "55",
            "planned_improved_services_percent": "0.50",
            "estimated_actual_improved_services_percent": "0.20",
        },
        {"title": "Two", "planned_total": "20", "estimated_actual_total": "25"},
    ]
    for grants, required, difference in (("70", False, None), ("70.01", True, "-0.300000")):
        answer = UPDATE({"estimated_actual_supplemental_and_concentration": grants, "actions": actions})
        assert (answer["planned_contributing"], answer["estimated_actual_contributing"]) == ("70.00", "55.00")
        assert answer["contributing_difference"] == "15.00"
        assert (answer["planned_total"], answer["estimated_actual_total"]) == ("100.00", "85.00")
        assert answer["improved_services_difference_required"] is required
        assert answer["improved_services_difference"] == difference
        assert [row["difference"] for row in answer["actions"]] == ["20.00", "-5.00"]


def test_the_annual_update_is_added_again() -> None:
    answer = UPDATE(
        {
            "actions": [
                {"title": "One", "planned_lcff": "5", "planned_total": "4"},
                {"title": "Two", "estimated_actual_improved_services_percent": "1"},
            ],
            "stated": {"planned_total": "4", "estimated_actual_contributing": "1"},
        }
    )
    assert [(finding["code"], finding["field"]) for finding in answer["findings"]] == [
        ("lcff_over_total", "actions[0].planned_lcff"),
        ("percent_without_contributing", "actions[1].planned_improved_services_percent"),
        ("stated_disagrees", "stated.estimated_actual_contributing"),
    ]


PARENTS = {
    "lcff": "508694744",
    "supplemental_and_concentration": "75108473",
    "other_state": "118487129",
    "local": "19676506",
    "federal": "35144536",
    "general_fund_expenditures": "750049547",
    "lcap_expenditures": "122293403",
    "planned_contributing": "104860555",
    "prior_planned_contributing": "74903555",
    "prior_actual_contributing": "66698574",
}


def test_the_budget_overview_for_parents_is_reproduced() -> None:
    printed = {
        "all_other_lcff": "433586271",
        "total_revenue": "682002915",
        "not_in_lcap": "627756144",
        "prior_difference": "8204981",
    }
    answer = OVERVIEW(PARENTS | {"stated": printed})
    assert {name: Decimal(answer[name]) for name in printed} == {
        name: Decimal(amount) for name, amount in printed.items()
    }
    assert codes(answer) == ["explain_lower_spending"]
    assert sum(map(Decimal, answer["shares"].values())).quantize(Decimal("0.000001")) == 100


def test_a_budget_overview_that_does_not_add_up_is_named() -> None:
    answer = OVERVIEW(
        PARENTS
        | {
            "stated": {"total_revenue": "682002914", "not_in_lcap": "1"},
            "planned_contributing": "75108472",
            "lcap_expenditures": "750049548",
            "prior_actual_contributing": "74903555",
            "supplemental_and_concentration": "508694745",
        }
    )
    assert codes(answer) == [
        "stated_disagrees",
        "stated_disagrees",
        "grants_over_lcff",
        "lcap_over_budget",
        "explain_lower_plan",
    ]


@pytest.mark.parametrize(
    ("learners", "long_term", "count"), [(29, 14, 0), (30, 14, 2), (29, 15, 2), (31, 16, 4)]
)
def test_actions_for_english_learners_are_required_from_thirty_and_fifteen(
    learners: int, long_term: int, count: int
) -> None:
    answer = REQUIRED(
        {"lcap_year": "2025-26", "english_learners": learners, "long_term_english_learners": long_term}
    )
    assert len(answer["requirements"]) == count
    assert answer["met"] is (count == 0)


def test_required_actions_are_met_by_those_that_say_so() -> None:
    red = {"indicator": "Chronic Absenteeism", "school": "North", "group": "Foster youth"}
    answer = REQUIRED(
        {
            "lcap_year": "2026-27",
            "english_learners": 30,
            "technical_assistance": True,
            "red": [red, {"indicator": "Suspension", "group": "Foster youth"}],
            "unspent_learning_recovery": "0.01",
            "equity_multiplier_schools": ["North", "South"],
            "actions": [
                {
                    "action": "1.1",
                    "subjects": ["english_learner_programs", "learning_recovery"],
                    "red": [red],
                },
                {"action": "1.2", "subjects": ["english_learner_professional_development"]},
            ],
            "equity_multiplier_goals": [{"goal": "4", "schools": ["North"]}],
        }
    )
    assert [(one["code"], one["met"], one["met_by"]) for one in answer["requirements"]] == [
        ("english_learner_programs", True, ["1.1"]),
        ("english_learner_professional_development", True, ["1.2"]),
        ("technical_assistance", False, []),
        ("learning_recovery", True, ["1.1"]),
        ("red_indicator", True, ["1.1"]),
        ("red_indicator", False, []),
        ("equity_multiplier_goal", True, ["4"]),
        ("equity_multiplier_goal", False, []),
    ]
    assert not answer["met"]


def test_learning_recovery_money_asks_for_an_action_in_its_three_years_only() -> None:
    for year, count in (("2024-25", 0), ("2025-26", 1), ("2027-28", 1), ("2028-29", 0)):
        answer = REQUIRED({"lcap_year": year, "unspent_learning_recovery": "5"})
        assert len(answer["requirements"]) == count


def test_every_fault_of_a_plan_is_reported_at_once() -> None:
    with pytest.raises(InputFaultsError) as refused:
        PLANNED(
            {
                "base_grant": "-1",
                "carryover_percent": "-0.1",
                "actions": [{"contributing": "perhaps", "scope": "Everywhere", "lcff": "1.234", "cost": "1"}],
                "stated": {"totals_by_scope": {"All": "1"}},
            }
        )
    assert [fault.field for fault in refused.value.faults] == [
        "base_grant",
        "carryover_percent",
        "actions[0].contributing",
        "actions[0].scope",
        "actions[0].lcff",
        "actions[0].cost",
        "stated.totals_by_scope.All",
    ]
