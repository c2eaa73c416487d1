"""The outlook: published examples, the state form's lines in real files, and what a person may type."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support import filings
from tests.support.filings import account
from workers.analyses import three_year_outlook as analysis
from workers.analyses.outlook_assumptions import ParameterError, Parameters
from workers.analyses.outlook_lines import LINES
from workers.analyses.result import Attendance

BASE = "2025-26"


def ada(value="36537.18"):
    return {BASE: Attendance(BASE, value, "element")}


def test_certificated_salaries_of_a_published_projection():
    """Example D: base, step and column at 0.9 percent, other adjustments; the form prints whole dollars."""
    ledger = filings.ledger([(account("0000", "1100", "1000"), 22_829_600_400)], BASE)
    steps = {"2026-27": "0.9", "2027-28": "0.9"}
    adjusted = [("2026-27", -805_274_500), ("2027-28", -872_00)]
    result = analysis.analyse(
        [ledger],
        ada(),
        {
            "assumptions": {"step_column_certificated": steps},
            "adjustments": [
                {
                    "line": "certificated",
                    "segment": "unrestricted",
                    "fiscal_year": at,
                    "cents": cents,
                    "reason": "positions",
                }
                for at, cents in adjusted
            ],
        },
    )
    value = {
        key: round(figure["value"] / 100)
        for key, figure in result["figures"].items()
        if figure["unit"] == "cents"
    }
    assert value["certificated_step_column/unrestricted/2026-27"] == 2_054_664
    assert value["certificated/unrestricted/2026-27"] == 222_297_923
    assert value["certificated_step_column/unrestricted/2027-28"] == 2_000_681
    assert value["certificated/unrestricted/2027-28"] in (224_297_732, 224_297_733)


@pytest.mark.parametrize(
    ("revenue", "opening", "says"),
    [
        (1_000_000_00, 80_000_00, "stays above"),
        (900_000_00, 100_000_00, "falls below"),
        (900_000_00, 75_000_00, "is under"),
    ],
)
def test_finding_says_when_and_by_how_much_the_reserve_falls_short(revenue, opening, says):
    rows = [
        ("0100000000000008011", revenue),
        ("0100000000010001100", 970_000_00),
        ("0100000000000009791", opening),
        ("0100000000000009789", opening + revenue - 970_000_00),
    ]
    result = analysis.analyse([filings.ledger(rows, BASE)], ada(), {})
    assert says in result["finding"]["text"]
    under = [at for at in result["years"] if result["figures"][f"over_minimum/{at}"]["value"] < 0]
    if under:
        assert result["finding"]["values"]["year"] == {"fiscal_year": under[0]}
        short = -result["figures"][f"over_minimum/{under[0]}"]["value"]
        assert result["finding"]["values"]["short"]["money"] == short


def test_attendance_band_follows_projected_attendance():
    """A district just above 30,000 pupils owes 3 percent once it shrinks below the line."""
    rows = [("0100000000010001100", 1_000_00), ("0100000000000009789", 500_00)]
    known = {
        "2024-25": Attendance("2024-25", "30900", "element"),
        BASE: Attendance(BASE, "30200", "element"),
    }
    figures = analysis.analyse([filings.ledger(rows, BASE)], known, {})["figures"]
    assert figures[f"standard_percent/{BASE}"]["value"] == 2.0
    assert figures["ada/2026-27"]["value"] < 30000
    assert figures["standard_percent/2026-27"]["value"] == 3.0


def test_one_time_resources_end_and_can_be_carried_on():
    rows = [(account("7435", "1100", "1000"), 100_00), (account("6500", "1100", "1000"), 50_00)]
    ends = analysis.analyse([filings.ledger(rows, BASE)], ada(), {})["figures"]
    stays = analysis.analyse([filings.ledger(rows, BASE)], ada(), {"end_one_time": False})["figures"]
    assert ends[f"certificated/restricted/{BASE}"]["value"] == 150_00
    assert ends["certificated/restricted/2026-27"]["value"] == 50_75
    assert stays["certificated/restricted/2026-27"]["value"] == 152_25


def test_state_pension_payments_net_to_nothing():
    rows = [("0176900000000008590", 70_00), (account("7690", "3101", "1000"), 70_00)]
    figures = analysis.analyse([filings.ledger(rows, BASE)], ada(), {})["figures"]
    for at in ("2026-27", "2027-28"):
        assert figures[f"net/restricted/{at}"]["value"] == 0


@pytest.mark.parametrize(
    "given",
    [
        {"years": 0},
        {"years": 6},
        {"years": "two"},
        {"assumptions": {"nonsense": {"2026-27": "1"}}},
        {"assumptions": {"cola": {"2026-27": "two"}}},
        {"assumptions": {"cola": {"2026-27": "NaN"}}},
        {"assumptions": {"cola": {"2026-27": "1e9"}}},
        {"assumptions": {"cola": {"2026-27": "-101"}}},
        {"adjustments": [{"line": "lunch", "segment": "unrestricted", "fiscal_year": "2026-27", "cents": 1}]},
    ],
)
def test_parameters_that_cannot_be_meant_are_refused(given):
    with pytest.raises(ParameterError):
        Parameters.read(given)


def test_a_percent_sign_and_spaces_are_understood():
    read = Parameters.read({"assumptions": {"cola": {"2026-27": " 2.5 % "}}})
    assert read.assumptions["cola"]["2026-27"] == "2.50"


MYP = {
    "lcff": "MYP.REV.LIMIT.SOURCES.UNREST.{}",
    "federal": "MYP.FEDERAL.REV.UNREST.{}",
    "state": "MYP.OTHER.STATE.REV.UNREST.{}",
    "benefits": "MYP.EMPLOYEE.BENEFITS.UNREST.{}",
    "supplies": "MYP.BOOKS.SUPPLIES.UNREST.{}",
    "services": "MYP.SVCS.OTHER.OP.EXP.UNREST.{}",
}


@pytest.mark.real_data
@pytest.mark.parametrize("year", ["2022-23", "2023-24", "2024-25"])
def test_lines_foot_to_the_filed_ledger_and_lie_near_the_districts_own_projection(year, record_property):
    """Our assumptions differ from the district's; the differences are reported, and gross errors fail."""
    filings.need()
    ledger = filings.filed(f"budget-{year}.dat", year, "BB")
    elements = filings.export(f"budget-{year}.dat")[year, "BB"][1]
    known = {year: Attendance(year, elements["A.TOTAL.DISTRICT.ADA.P2"], "element")}
    result = analysis.analyse([ledger], known, {})
    figures = result["figures"]
    for segment in ("unrestricted", "restricted"):
        spent = sum(
            figures[f"{line}/{segment}/{year}"]["value"] for line, _, ranges in LINES if ranges[0][0] < "8000"
        )
        assert spent == figures[f"uses/{segment}/{year}"]["value"]
        came = sum(
            figures[f"{line}/{segment}/{year}"]["value"]
            for line, _, ranges in LINES
            if ranges[0][0] >= "8000"
        )
        assert came == figures[f"revenue/{segment}/{year}"]["value"]
    compared = 0
    for at, letter in zip(result["years"][1:], "CE", strict=True):
        for line, name in MYP.items():
            filed = elements.get(name.format(letter), "")
            if filed:
                ours = Decimal(figures[f"{line}/unrestricted/{at}"]["value"]) / 100
                record_property(f"{line} {at}: ours less the district's", str(ours - Decimal(filed)))
                compared += 1
                if line == "lcff":
                    assert abs(ours / Decimal(filed) - 1) < Decimal("0.15")
    assert compared >= 8


def test_released_commitments_keep_the_reserve_at_the_minimum_as_long_as_they_last():
    rows = [
        (account("0000", "8011"), 900_000_00),
        (account("0000", "1100", "1000"), 950_000_00),
        (account("0000", "9791"), 200_000_00),
        (account("0000", "9750"), 1_000_00),
        (account("0000", "9760"), 50_000_00),
        (account("0000", "9780"), 80_000_00),
        (account("0000", "9789"), 19_000_00),
        (account("0000", "979Z"), 150_000_00),
    ]
    held = analysis.analyse([filings.ledger(rows, BASE)], ada(), {})["figures"]
    freed = analysis.analyse([filings.ledger(rows, BASE)], ada(), {"release_commitments": True})["figures"]
    assert held["over_minimum/2026-27"]["value"] < 0
    assert held["committed/unrestricted/2026-27"]["value"] == 50_000_00
    assert freed["over_minimum/2026-27"]["value"] == 0
    released = -held["over_minimum/2026-27"]["value"]
    assert freed["committed/unrestricted/2026-27"]["value"] == max(50_000_00 - released, 0)
    assert freed["over_minimum/2027-28"]["value"] == 0
    kept = sum(freed[f"{key}/unrestricted/2027-28"]["value"] for key in ("committed", "assigned"))
    assert 0 < kept < 130_000_00 - released
