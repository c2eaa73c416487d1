"""The official filings of San Francisco Unified: read whole, accepted, judged as the state judged them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from apportion.cli import main
from workers.imports.ledger.amounts import print_cents
from workers.imports.ledger.checks import RULES, review
from workers.imports.ledger.code_checks import check_codes
from workers.imports.ledger.elements import RESERVE_STANDARD, attendance
from workers.imports.ledger.findings import Findings
from workers.imports.ledger.pair_checks import review_pairs
from workers.imports.ledger.reader import compare_pairs, compare_years, read
from workers.imports.ledger.totals import by_fund

FOLDER = Path(__file__).parents[3] / ".." / "shared" / "data" / "san-francisco-unified"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the public filings are not beside the repository"),
]
FILINGS = {
    "actuals-2022-23.dat": ("sacs-export", {("2022-23", "A", "BA"): 5634, ("2023-24", "A", "BB"): 3807}),
    "budget-2022-23.dat": ("sacs-export", {("2021-22", "BS1", "BE"): 4708, ("2022-23", "BS1", "BB"): 4014}),
    "budget-2023-24.dat": ("sacs-export", {("2022-23", "BS1", "BE"): 4943, ("2023-24", "BS1", "BB"): 3905}),
    "budget-2024-25.dat": ("sacs-export", {("2023-24", "BS1", "BE"): 5021, ("2024-25", "BS1", "BB"): 3680}),
    "actuals-2021-22-usergl.csv": ("user-gl", {("2021-22", "A", "BA"): 5436}),
    "actuals-2023-24.xlsx": ("web-extract", {("2023-24", "A", "BA"): 5644, ("2024-25", "A", "BB"): 3630}),
}
LOGGED = [name for name in FILINGS if not name.endswith(".csv")]


@pytest.fixture(scope="module")
def readings():
    return {name: read(FOLDER / name) for name in FILINGS}


@pytest.mark.parametrize("name", FILINGS)
def test_every_filing_is_accepted_with_the_official_record_counts(readings, name):
    reading = readings[name]
    layout, datasets = FILINGS[name]
    assert reading.layout == layout
    assert reading.accepted, [finding.document() for finding in reading.findings.listed()][:3]
    found = {(one.fiscal_year, one.period, one.column): len(one.lines) for one in reading.datasets}
    assert found == datasets
    assert {one.cds_code for one in reading.datasets} == {"38684780000000"}
    if layout == "sacs-export":
        assert [one.filed_count for one in reading.datasets] == list(datasets.values())


@pytest.mark.parametrize("name", FILINGS)
def test_every_physical_line_is_accounted_for(readings, name):
    reading = readings[name]
    assert sum(reading.accounted.values()) == reading.physical_lines


@pytest.mark.parametrize("name", LOGGED)
def test_every_outcome_equals_the_one_in_the_files_own_check_log(readings, name):
    compared = 0
    for position, dataset in enumerate(readings[name].datasets):
        findings = Findings()
        ours = {
            **check_codes(dataset, position, findings),
            **review(dataset, position, findings),
            **review_pairs(dataset, readings[name].layout, position, findings),
        }
        logged = {rule: outcome for rule, outcome in dataset.log.items() if rule in ours}
        assert {rule: ours[rule] for rule in logged} == logged, dataset.key
        compared += len(logged)
        if dataset.log.keys() - {"VERSION-CHECK"}:
            assert len(logged) >= len(RULES) + 2, "every rule of ours stands in the state's log"
    assert compared > 20


@pytest.mark.parametrize("name", LOGGED)
def test_exceptions_stand_at_the_places_that_the_log_names(readings, name):
    for position, dataset in enumerate(readings[name].datasets):
        findings = Findings()
        review(dataset, position, findings)
        places = {
            (finding.rule, *(part.split()[-1] for part in finding.field.split(", ")))
            for finding in findings.listed()
            if finding.rule in ("OBJ-POSITIVE", "EXP-POSITIVE", "REV-POSITIVE")
        }
        logged = {
            tuple(code for code in place if code != "*")
            for place in set(dataset.log_exceptions)
            if place[0] in ("OBJ-POSITIVE", "EXP-POSITIVE", "REV-POSITIVE")
        }
        assert places == logged


def test_exceptions_of_the_state_are_told_once_for_a_rule(readings):
    told = {
        (finding.rule, finding.dataset): finding.found
        for finding in readings["budget-2024-25.dat"].findings.listed()
        if finding.expected == "no exception in the file's check log"
    }
    assert told["CHK-FUNDxRESOURCE", 1] == "01/3215, 01/6333, 12/6057"
    assert told["CHK-RESOURCExOBJECTA", 0].startswith("3010/9740, ")
    assert all(rule not in dict.fromkeys(one.name for one in RULES) for rule, _ in told)


def test_pairs_that_no_official_file_holds_are_information_and_few(readings):
    plain = read(FOLDER / "budget-2024-25.dat")
    odd = plain.datasets[1]
    odd.log.clear()
    odd.lines = odd.lines.copy()
    row = odd.lines.index[(odd.lines["fund"] == "13") & (odd.lines["object"] == "4700")][0]
    odd.lines.loc[row, "resource"] = "6500"
    before = len(plain.findings.listed())
    compare_pairs([readings["actuals-2022-23.dat"], readings["budget-2023-24.dat"], plain])
    found = [one for one in plain.findings.listed() if one.expected == "pairs that your official files hold"]
    assert len(plain.findings.listed()) - before == len(found) <= 9
    (fund,) = [one for one in found if one.rule == "CHK-FUNDxRESOURCE"]
    assert "13/6500" in fund.message["values"]["pairs"]
    assert {one.severity for one in found} == {"information"}


def test_a_year_begins_with_what_the_year_before_ended_with(readings):
    prior, current = readings["actuals-2022-23.dat"], read(FOLDER / "budget-2024-25.dat")
    compare_years([prior, current])
    assert current.datasets[0].log["PY-EFB=CY-BFB"] == "passed"
    assert not current.findings.count("PY-EFB=CY-BFB")
    assert not current.findings.count("PY-EFB=CY-BFB-RES")


def test_example_i_to_the_cent(capsys):
    assert main(["ledger", "check", str(FOLDER / "actuals-2021-22-usergl.csv"), "--json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    (dataset,) = file["datasets"]
    assert dataset["lines"] == 5436
    assert dataset["funds"]["01"] == {
        "revenues": "1310593254.49",
        "expenditures_and_uses": "1162113762.53",
        "unrestricted_expenditures_and_uses": "495037867.69",
        "contributions_unrestricted": "-120369046.04",
        "contributions_restricted": "120369046.03",
    }
    assert dataset["entity"] == "San Francisco Unified"


@pytest.mark.parametrize("name", ["budget-2022-23.dat", "budget-2023-24.dat", "budget-2024-25.dat"])
def test_the_state_forms_reserve_standard_follows_from_our_total(readings, name):
    budget = readings[name].datasets[1]
    uses = by_fund(budget.lines)["01"].expenditures_and_uses
    standard = Decimal(budget.elements[RESERVE_STANDARD])
    assert standard == (Decimal(print_cents(uses)) * 2 / 100).quantize(Decimal("0.0001"))


def test_attendance_is_read_from_the_form(readings):
    budget = readings["budget-2024-25.dat"].datasets
    assert attendance(budget[0]).document() == {"p2": "45340.53", "annual": "45340.53", "funded": "47275.05"}
    assert attendance(budget[1]).document()["funded"] == "45641.78"


def test_the_same_ledger_has_the_same_digest_in_any_order(readings):
    dataset = readings["budget-2024-25.dat"].datasets[0]
    before = dataset.digest()
    shuffled = dataset.lines.sample(frac=1, random_state=1).reset_index(drop=True)
    dataset.lines, kept = shuffled, dataset.lines
    assert dataset.digest() == before
    dataset.lines = kept.assign(
        amount_cents=kept["amount_cents"].where(kept["line"] != kept["line"].iloc[0], 1)
    )
    assert dataset.digest() != before
    dataset.lines = kept
