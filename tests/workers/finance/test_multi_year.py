"""The multi-year projection: a published form, what must always hold, one-time money, and certifications."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.projection_lines import EXPENDITURES, LINES, REVENUE, SALARIES

PROJECT = CALCULATIONS["multi-year"]
YEARS = ("2026-27", "2027-28")


def document(**more: Any) -> dict[str, Any]:
    return {
        "base": {"fiscal_year": "2025-26", "ada": "5000", **more.pop("base", {})},
        "years": [{"fiscal_year": at, "ada": "5000", **more.pop(f"in_{at[:4]}", {})} for at in YEARS],
        **more,
    }


def test_the_published_form_is_reproduced_to_the_dollar() -> None:
    """Example D of San Juan Unified's form MYP."""
    answer = PROJECT.answer(
        document(
            round_to="dollar",
            base={"unrestricted": {"certificated": "228296004"}},
            in_2026={
                "unrestricted": {
                    "certificated": {"step_and_column_percent": "0.9", "other_adjustments": "-8052745"}
                }
            },
            in_2027={
                "unrestricted": {
                    "certificated": {"step_and_column_percent": "0.9", "other_adjustments": "-872"}
                }
            },
        )
    )
    lines = [year["unrestricted"]["expenditures"]["certificated"] for year in answer["years"]]
    assert [line["step_and_column"] for line in lines[1:]] == ["2054664.00", "2000681.00"]
    assert [line["total"] for line in lines] == ["228296004.00", "222297923.00", "224297732.00"]


cents = st.integers(-(10**12), 10**12).map(lambda value: f"{Decimal(value).scaleb(-2):.2f}")
amounts = st.dictionaries(st.sampled_from(LINES), cents, max_size=6)


@settings(max_examples=25, deadline=None)
@given(unrestricted=amounts, restricted=amounts, beginning=cents)
def test_rolling_forward_with_nothing_changes_nothing(unrestricted, restricted, beginning) -> None:
    answer = PROJECT.answer(
        document(
            base={
                "unrestricted": unrestricted,
                "restricted": restricted,
                "beginning_balance": {"unrestricted": beginning},
            }
        )
    )
    first, *later = answer["years"]
    for year in later:
        for segment in ("unrestricted", "restricted", "combined"):
            assert year[segment]["net"] == first[segment]["net"]
            for part in ("revenue", "expenditures"):
                for line, told in year[segment][part].items():
                    assert told["total"] == first[segment][part][line]["total"]


percents = st.integers(-200_000, 200_000).map(lambda value: f"{Decimal(value).scaleb(-4)}")


@settings(max_examples=25, deadline=None)
@given(data=st.data(), base=amounts, once=amounts)
def test_parts_add_to_the_whole_to_the_cent(data, base, once) -> None:
    def change(line: str) -> dict[str, str]:
        if line in SALARIES:
            return {
                "step_and_column_percent": data.draw(percents),
                "cola_percent": data.draw(percents),
                "one_time": data.draw(cents),
            }
        return {"growth_percent": data.draw(percents), "adjustment": data.draw(cents)}

    moved = {line: change(line) for line in data.draw(st.sets(st.sampled_from(LINES), max_size=4))}
    answer = PROJECT.answer(
        document(base={"restricted": base, "restricted_one_time": once}, in_2026={"restricted": moved})
    )
    before = None
    for year in answer["years"]:
        for segment in ("unrestricted", "restricted", "combined"):
            told = year[segment]
            lines = told["revenue"] | told["expenditures"]
            for line in lines.values():
                parts = [Decimal(value) for name, value in line.items() if name != "total"]
                assert sum(parts) == Decimal(line["total"])
            revenue = sum(Decimal(lines[name]["total"]) for name in REVENUE)
            spent = sum(Decimal(lines[name]["total"]) for name in EXPENDITURES)
            assert Decimal(told["net"]) == revenue - spent
            assert Decimal(told["ending_balance"]) == Decimal(told["beginning_balance"]) + revenue - spent
            assert sum(map(Decimal, told["components"].values())) == Decimal(told["ending_balance"])
            for name in ("revenue", "expenditures", "net"):
                assert (
                    Decimal(told["ongoing"][name]) + Decimal(told["one_time"][name])
                    == ({"revenue": revenue, "expenditures": spent, "net": revenue - spent}[name])
                )
            if before is not None:
                assert told["beginning_balance"] == before[segment]["ending_balance"]
        before = year


def test_one_time_money_ends_with_its_year() -> None:
    answer = PROJECT.answer(
        document(
            base={
                "unrestricted": {"other_state": "1000", "services": "700"},
                "unrestricted_one_time": {"other_state": "400", "services": "100"},
            },
            in_2026={
                "unrestricted": {
                    "other_state": {"growth_percent": "10", "one_time": "50"},
                    "services": {"amount": "900", "one_time": "200"},
                }
            },
        )
    )
    state = [year["unrestricted"]["revenue"]["other_state"] for year in answer["years"]]
    services = [year["unrestricted"]["expenditures"]["services"]["total"] for year in answer["years"]]
    assert (state[1]["one_time_ended"], state[1]["growth"]) == ("-400.00", "60.00")
    assert [line["total"] for line in state] == ["1000.00", "710.00", "660.00"]
    assert services == ["700.00", "900.00", "700.00"]
    assert answer["years"][1]["unrestricted"]["ongoing"] == {
        "revenue": "660.00",
        "expenditures": "700.00",
        "net": "-40.00",
    }


def certified(beginning: str, net: str, cash: str = "1", **more: Any) -> dict[str, Any]:
    """Uses of 1,000,000 at 3 per cent: the recommended reserve is 30,000."""
    return PROJECT.answer(
        document(
            base={
                "unrestricted": {"lcff": str(Decimal(1_000_000) + Decimal(net)), "services": "1000000"},
                "beginning_balance": {"unrestricted": beginning},
                "year_end_cash": cash,
            },
            **more,
        )
    )


@pytest.mark.parametrize(
    ("beginning", "net", "expected", "codes"),
    [
        ("30000.00", "0", "positive", ["reserve_met"]),
        ("29999.99", "0", "qualified", ["reserve_not_met"] * 3),
        ("60000.00", "-10000", "positive", ["reserve_met"]),
        ("60000.00", "-10000.01", "qualified", ["reserve_not_met"]),
        (
            "20000.00",
            "-10000",
            "qualified",
            ["reserve_not_met", "reserve_not_met", "balance_below_zero", "reserve_not_met"],
        ),
        ("19999.99", "-10000", "negative", None),
    ],
)
def test_certification_at_the_cent(beginning, net, expected, codes) -> None:
    answer = certified(beginning, net)
    assert answer["certification"] == expected
    assert answer["certification_status"] == "to_confirm"
    if codes is not None:
        assert [reason["code"] for reason in answer["reasons"]] == codes


def test_cash_below_zero_next_year_is_negative_and_later_qualified() -> None:
    now = certified("90000", "0", cash="-0.01")
    assert (now["certification"], now["reasons"][0]["code"]) == ("negative", "cash_below_zero")
    early = certified("90000", "0", in_2026={"year_end_cash": "-0.01"})
    late = certified("90000", "0", in_2027={"year_end_cash": "-0.01"})
    assert (early["certification"], late["certification"]) == ("negative", "qualified")


def test_without_attendance_there_is_no_standard_and_no_certification() -> None:
    answer = PROJECT.answer({"base": {"fiscal_year": "2025-26"}, "years": [{"fiscal_year": "2026-27"}]})
    assert answer["certification"] is None
    assert answer["years"][0]["reserve"]["met"] is None
    assert answer["years"][0]["reserve"]["available_percent"] is None


def test_a_district_of_few_pupils_has_the_floor() -> None:
    answer = PROJECT.answer(
        {
            "base": {"fiscal_year": "2025-26", "ada": "300.4", "unrestricted": {"services": "1000000"}},
            "years": [{"fiscal_year": "2026-27", "ada": "301"}],
        }
    )
    first = answer["years"][0]["reserve"]
    assert (first["standard_percent"], first["standard_amount"]) == ("5.000000", "88000.00")


def test_contributions_that_do_not_net_to_zero_are_found() -> None:
    sides = {"unrestricted": {"contributions": "-100"}, "restricted": {"contributions": "99.01"}}
    assert PROJECT.answer(document(base=sides))["findings"] == []
    sides["restricted"]["contributions"] = "99"
    assert [each["amount"] for each in PROJECT.answer(document(base=sides))["findings"]] == ["-1.00"] * 3


def test_every_fault_is_named_at_once() -> None:
    wrong = document(
        base={"unrestricted": {"lcf": "1"}, "components": {"negative_restricted_balances": "1"}},
        in_2026={
            "unrestricted": {
                "services": {"amount": "1", "growth_percent": "2"},
                "certificated": {"cola": "1", "cola_percent": "1"},
            }
        },
    )
    with pytest.raises(InputFaultsError) as refused:
        PROJECT.answer(wrong)
    assert {fault.field for fault in refused.value.faults} == {
        "base.unrestricted.lcf",
        "base.components.negative_restricted_balances",
        "years[0].unrestricted.services",
        "years[0].unrestricted.certificated",
    }


def test_years_that_leave_one_out_are_refused() -> None:
    with pytest.raises(InputFaultsError) as refused:
        PROJECT.answer({"base": {"fiscal_year": "2025-26"}, "years": [{"fiscal_year": "2027-28"}]})
    assert refused.value.faults[0].expected["values"]["year"] == {"fiscal_year": "2026-27"}
