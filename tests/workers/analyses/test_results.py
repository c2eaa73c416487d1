"""Promises of every analysis: figures re-add down to ledger lines, tables hold figures, documents repeat."""

from __future__ import annotations

import functools

import pytest

from tenants import language
from tests.support import filings
from tests.support.filings import account
from workers.analyses import (
    fund_balance_and_reserve,
    result,
    three_year_outlook,
    where_the_money_goes,
)
from workers.analyses.findings import first_findings
from workers.analyses.result import Attendance

ADA = {"2021-22": "44705.83", "2022-23": "44895.82", "2023-24": "45340.53", "2024-25": "44561.17"}


def attendance():
    return {at: Attendance(at, ada, "element") for at, ada in ADA.items()}


@functools.cache
def real_ledgers():
    filings.need()
    return (
        filings.user_gl(1),
        filings.filed("actuals-2022-23.dat", "2022-23", "BA", 2),
        filings.filed("budget-2024-25.dat", "2023-24", "BE", 3),
        filings.filed("budget-2024-25.dat", "2024-25", "BB", 4),
    )


def small_ledgers():
    rows = [
        (account("0000", "8011"), 900_000_00),
        (account("0000", "8980"), -100_000_00),
        (account("6500", "8980"), 100_000_00),
        (account("6500", "8311"), 50_000_00),
        (account("7690", "8590"), 20_000_00),
        (account("7690", "3101", "1000"), 20_000_00),
        (account("0000", "1100", "1000"), 500_000_00),
        (account("0000", "3401", "1000"), 90_000_00),
        (account("6500", "2100", "1120", "5760"), 155_000_00),
        (account("0000", "4300", "1000"), 12_345_67),
        (account("0000", "9791"), 60_000_00),
    ]
    more = [(code, cents + cents // 20) for code, cents in rows]
    return (filings.ledger(rows, "2023-24", "BA", 1), filings.ledger(more, "2024-25", "BB", 2))


def every_document(ledgers, ada):
    return {
        "goes": where_the_money_goes.analyse(ledgers[-1], ledgers[-2], ada),
        "alone": where_the_money_goes.analyse(ledgers[-1], None, {}),
        "reserve": fund_balance_and_reserve.analyse(ledgers, ada),
        "outlook": three_year_outlook.analyse(ledgers, ada, {"years": 4}),
        "variant": three_year_outlook.analyse(
            ledgers,
            ada,
            {
                "end_one_time": False,
                "release_commitments": True,
                "assumptions": {"cola": {"2025-26": "1.00"}},
                "adjustments": [
                    {
                        "line": "certificated",
                        "segment": "unrestricted",
                        "fiscal_year": "2025-26",
                        "cents": -100_00,
                        "reason": "x",
                    }
                ],
            },
        ),
    }


def check_lineage(documents, ledgers):
    by_id = {each.dataset_id: each for each in ledgers}
    checked = 0
    for name, document in documents.items():
        figures = document["figures"]
        for key, figure in figures.items():
            assert result.recompute(figures, key) == figure["value"], (name, key)
            for part in figure["parts"]:
                if "ledger" in part:
                    found = by_id[part["ledger"]["dataset_id"]].cents(part["ledger"]["where"])
                    assert found == part["cents"], (name, key)
            assert reaches_a_source(figures, key), (name, key)
            checked += 1
        for table in document["tables"].values():
            for row in table["rows"]:
                assert all(cell is None or cell in figures for cell in row["cells"].values())
    return checked


def reaches_a_source(figures, key, seen=()):
    """Say whether following a figure ends at ledger lines or assumptions, never in a circle."""
    assert key not in seen
    return all(
        reaches_a_source(figures, part["figure"], (*seen, key)) if "figure" in part else True
        for part in figures[key]["parts"]
    )


@pytest.mark.real_data
def test_every_figure_of_every_analysis_re_adds_from_the_real_ledgers():
    ledgers = real_ledgers()
    assert check_lineage(every_document(ledgers, attendance()), ledgers) > 2000


def test_every_figure_re_adds_from_a_small_ledger():
    ledgers = small_ledgers()
    assert check_lineage(every_document(ledgers, attendance()), ledgers) > 1000


def test_a_changed_part_is_noticed():
    document = fund_balance_and_reserve.analyse(small_ledgers(), attendance())
    figures = document["figures"]
    figures["ending/unrestricted/2024-25"]["value"] += 1
    assert (
        result.recompute(figures, "ending/unrestricted/2024-25")
        != figures["ending/unrestricted/2024-25"]["value"]
    )


def test_the_same_question_gives_the_same_document():
    once = every_document(small_ledgers(), attendance())
    twice = every_document(small_ledgers(), attendance())
    assert {k: result.digest(v) for k, v in once.items()} == {k: result.digest(v) for k, v in twice.items()}


def sentences(document):
    """Yield every message anywhere in a document."""
    if isinstance(document, dict):
        if "text" in document and "values" in document:
            yield document
        else:
            for value in document.values():
                yield from sentences(value)
    elif isinstance(document, list):
        for value in document:
            yield from sentences(value)


@pytest.mark.parametrize("tongue", ["en", "es"])
def test_every_sentence_reads_in_both_languages(tongue):
    for document in every_document(small_ledgers(), attendance()).values():
        for said in sentences(document):
            assert "{" not in language.render(said, tongue)


def test_sentences_have_the_shape_that_the_platform_renders():
    assert result.sentence("a {x}", x=1) == language.message("a {x}", x=1)
    assert result.sentence_n("a", "b", 2, y="z") == language.message_n("a", "b", 2, y="z")
    assert result.money(5) == language.money(5)
    assert result.percent(2.5) == language.percent(2.5)
    assert result.number(2.5, 1) == language.number(2.5, 1)
    assert result.year("2024-25") == language.fiscal_year("2024-25")


def test_first_findings_are_three_and_at_most_two_of_one_analysis():
    found = first_findings(every_document(small_ledgers(), attendance()).values())
    assert len(found) == 3
    assert [each["weight"] for each in found] == sorted((each["weight"] for each in found), reverse=True)
    assert all(each["cents"] >= 0 for each in found)


@pytest.mark.real_data
def test_example_of_real_ledger_totals_stands_in_the_tables():
    """Example I: San Francisco 2021-22, fund 01, to the cent."""
    ledgers = real_ledgers()
    figures = where_the_money_goes.analyse(ledgers[0], None, {})["figures"]
    assert figures["revenue/all/total/2021-22"]["value"] == 131_059_325_449
    assert figures["object/all/total/2021-22"]["value"] == 116_211_376_253
    assert figures["object/all/unrestricted/2021-22"]["value"] == 49_503_786_769
    assert figures["function/all/total/2021-22"]["value"] == 116_211_376_253
    assert figures["contributions/all/2021-22"]["value"] == 12_036_904_603


@pytest.mark.real_data
def test_each_named_resource_is_its_own_lines_and_the_rest_is_what_remains():
    now, before = real_ledgers()[-1], real_ledgers()[-2]
    figures = where_the_money_goes.analyse(now, before, {})["figures"]
    spent = now.by("resource", {"fund": ["01"], "object": ["1000", "7999"]})
    named = {key.split("/")[1] for key in figures if key.startswith("resource/")} - {"rest", "all"}
    assert len(named) == 12
    for code in named:
        assert figures[f"resource/{code}/total/2024-25"]["value"] == spent.pop(code)
    assert figures["resource/rest/total/2024-25"]["value"] == sum(spent.values())


@pytest.mark.parametrize(
    "rows", [[], [("0900000000011101100"[:19], 5)]], ids=["no lines", "a charter's fund"]
)
def test_a_ledger_without_a_general_fund_gives_documents_that_re_add(rows):
    ledgers = (filings.ledger(rows, "2023-24", "BA", 1), filings.ledger(rows, "2024-25", "BB", 2))
    documents = every_document(ledgers, attendance())
    assert check_lineage(documents, ledgers) > 500
    for document in documents.values():
        for tongue in ("en", "es"):
            assert language.render(document["finding"], tongue)
