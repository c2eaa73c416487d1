"""The outlook's traced figures and the finance engine's projection are the same cents, for any ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import filings
from tests.support.filings import account
from workers.analyses import three_year_outlook
from workers.analyses.ledger import Ledger
from workers.analyses.outlook_assumptions import NAMES
from workers.analyses.outlook_lines import LINES
from workers.analyses.result import Attendance
from workers.finance import from_ledger
from workers.finance.assumed import projection_of
from workers.finance.assumed_shapes import ASSUMPTIONS, AssumedInput

BASE = "2025-26"
SAME = {
    "state": "other_state",
    "local": "other_local",
    "sources": "other_sources",
    "supplies": "books_and_supplies",
    "capital": "capital_outlay",
}


def by_the_engine(ledger: Ledger, figures: dict[str, Any], years: list[str], more: Any) -> dict[str, Any]:
    """Ask the engine with what the outlook assumed."""
    base = from_ledger.base_year(ledger, "5000")
    base["restricted_one_time"] = from_ledger.one_time(ledger)

    def used(name: str, at: str) -> str:
        return str(figures[f"{name}/{at}"]["value"])

    asked = AssumedInput.model_validate(
        {
            "base": base,
            "benefits": from_ledger.benefit_parts(ledger),
            "calstrs": used("calstrs", ledger.fiscal_year),
            "calpers": used("calpers", ledger.fiscal_year),
            "years": [{"fiscal_year": at} | {name: used(name, at) for name in ASSUMPTIONS} for at in years],
            "adjustments": [
                {
                    "line": SAME.get(each["line"], each["line"]),
                    "segment": each["segment"],
                    "fiscal_year": each["fiscal_year"],
                    "amount": f"{Decimal(each['cents']).scaleb(-2):.2f}",
                }
                for each in more
            ],
        }
    )
    told: dict[str, Any] = projection_of(asked).model_dump(mode="json")
    return told


def compare(ledger: Ledger, parameters: dict[str, Any]) -> None:
    known = {ledger.fiscal_year: Attendance(ledger.fiscal_year, "5000", "element")}
    result = three_year_outlook.analyse([ledger], known, parameters)
    figures, years = result["figures"], result["years"][1:]
    answer = by_the_engine(ledger, figures, years, parameters.get("adjustments", []))
    differ = {}

    def check(key: str, told: str) -> None:
        if figures[key]["value"] != int(Decimal(told) * 100):
            differ[key] = (figures[key]["value"], told)

    for year in answer["years"][1:]:
        at = year["fiscal_year"]
        for segment in ("unrestricted", "restricted"):
            part = year[segment]
            lines = part["revenue"] | part["expenditures"]
            for line, _, _ in LINES:
                check(f"{line}/{segment}/{at}", lines[SAME.get(line, line)]["total"])
            check(f"contributions/{segment}/{at}", lines["contributions"]["total"])
            check(f"net/{segment}/{at}", part["net"])
            check(f"ending/{segment}/{at}", part["ending_balance"])
        check(f"available_reserve/{at}", year["reserve"]["available_amount"])
    assert not differ


def test_the_same_assumptions_have_the_same_names() -> None:
    assert tuple(NAMES) == ASSUMPTIONS


OBJECTS = (
    "1100 1900 2200 3101 3202 3401 3501 3702 4300 5800 6400 7310 7439 7619 7699 8011 8290 8590 8699 8919 "
    "8979 9750 9760 9780 9791"
)
objects = st.sampled_from(OBJECTS.split())
resources = st.sampled_from(["0000", "1100", "3010", "6500", "7435", "7690", "8150"])
rows = st.lists(st.tuples(resources, objects, st.integers(-(10**9), 10**12)), min_size=1, max_size=25).map(
    lambda found: [(account(resource, object_, "1000"), cents) for resource, object_, cents in found]
)
percents = st.integers(-2000, 2000).map(lambda value: f"{Decimal(value).scaleb(-2)}")
moved = st.fixed_dictionaries(
    {name: st.fixed_dictionaries({"2026-27": percents, "2027-28": percents}) for name in NAMES}
    | {
        name: st.fixed_dictionaries({"2026-27": st.sampled_from(["19.10", "20.25", "7.5"])})
        for name in ("calstrs", "calpers")
    }
)
added = st.lists(
    st.fixed_dictionaries(
        {
            "line": st.sampled_from(["lcff", "state", "classified", "benefits", "supplies", "other_outgo"]),
            "segment": st.sampled_from(["unrestricted", "restricted"]),
            "fiscal_year": st.sampled_from(["2026-27", "2027-28"]),
            "cents": st.integers(-(10**9), 10**9),
            "reason": st.just("because"),
        }
    ),
    max_size=4,
)


@settings(max_examples=12, deadline=None)
@given(ledger_rows=rows, assumptions=moved, adjustments=added)
def test_every_line_to_the_cent(ledger_rows, assumptions, adjustments) -> None:
    ledger = filings.ledger(ledger_rows, BASE)
    compare(ledger, {"years": 3, "assumptions": assumptions, "adjustments": adjustments})


@pytest.mark.real_data
def test_a_real_filing_to_the_cent() -> None:
    filings.need()
    compare(filings.filed("budget-2024-25.dat", "2024-25", "BB"), {"years": 3})


def test_a_settlement_is_on_stepped_pay_and_a_rate_on_the_pay_of_its_year() -> None:
    ledger = filings.ledger(
        [(account("0000", "1100", "1000"), 1_000_00), (account("0000", "3101", "1000"), 191_00)], BASE
    )
    one = {"2026-27": "10"}
    figures = three_year_outlook.analyse(
        [ledger],
        {},
        {
            "assumptions": {
                "step_column_certificated": one,
                "salary_settlement_certificated": one,
                "calstrs": {"2026-27": "20.10"},
            }
        },
    )["figures"]
    assert figures["certificated/unrestricted/2026-27"]["value"] == 1_210_00
    assert abs(figures["benefits/unrestricted/2026-27"]["value"] - 243_21) <= 1
