"""Faults of inputs: every calculation names what is wrong, in plain words, in both languages, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apportion.calculating import faults_told
from workers.finance.calculation import InputFaultsError, read_document
from workers.finance.catalogue import CALCULATIONS

WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    Decimal("1E+400000"),
    "",
    "x",
    "NaN",
    "999999999999999999",
    [],
    [1],
    {},
    {"text": "{x}", "values": {}},
    ["long"] * 100,
    "l" * 300,
)
PYDANTIC = ("Input should", "valid dictionary", "after validation", "instance of", "type=")


def faults(name: str, document: Any) -> list[dict[str, Any]]:
    try:
        CALCULATIONS[name].answer(document)
    except InputFaultsError as refused:
        spanish = faults_told(refused, "es")
        told = faults_told(refused, "en")
        assert [each["field"] for each in spanish] == [each["field"] for each in told]
        return told
    return []


@pytest.mark.parametrize("name", sorted(CALCULATIONS))
def test_what_is_wrong_is_said_in_plain_words(name: str) -> None:
    fields = CALCULATIONS[name].schema()["input"].get("properties", {"criterion": {}})
    documents: list[Any] = [*WRONG, {"nothing": 1}]
    documents += [{field: value} for field in fields for value in WRONG]
    refused = 0
    for document in documents:
        for fault in faults(name, document):
            refused += 1
            assert set(fault) == {"field", "found", "expected", "message"}
            assert fault["expected"], (document, fault)
            assert fault["message"].endswith("."), (document, fault)
            assert not any(words in fault["message"] + fault["expected"] for words in PYDANTIC), fault
            assert len(str(fault["found"])) < 500
    assert refused >= len(WRONG) - 2


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], [("", [], "an object with names and values")]),
        (
            {"base": True, "years": "abc", "w": {"a": 1}},
            [
                ("base", True, "dollars such as 1234567.89"),
                ("years", "abc", "a list"),
                ("w", {"a": 1}, "no such name"),
            ],
        ),
        ({"base": 1, "years": []}, [("years", [], "at least 1 entry")]),
        (
            {"years": [3, {"fiscal_year": "2025-27", "cola_percent": "1,5"}]},
            [
                ("base", None, "a value"),
                ("years[0]", 3, "an object with names and values"),
                ("years[1].fiscal_year", "2025-27", "a fiscal year such as 2025-26"),
                ("years[1].cola_percent", "1,5", "a percentage such as 0.9"),
            ],
        ),
        (
            {"base": "1", "years": [{"fiscal_year": "2025-26"}] * 31},
            [("years", "a list with 31 entries", "at most 30 entries")],
        ),
    ],
)
def test_each_fault_once_with_place_found_and_expected(
    document: Any, expected: list[tuple[str, Any, str]]
) -> None:
    found = faults("salary-roll", document)
    assert [(each["field"], each["found"], each["expected"]) for each in found] == expected


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff\xfe{", ""),
        (b'{"a": NaN}', ""),
        (b"[" * 100_000, ""),
        (b'{"a": {"b": 1, "b": 2}}', "b"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes, field: str) -> None:
    with pytest.raises(InputFaultsError) as refused:
        read_document(text)
    (fault,) = faults_told(refused.value, "es")
    assert fault["field"] == field
