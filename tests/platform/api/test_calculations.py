"""Calculations over the interface: the same answers and faults as the command's, for whoever signed in."""

import json

import pytest

from tests.support.acting import acting
from tests.support.factories import make_district, make_member
from workers.finance.catalogue import CALCULATIONS

ROLL = "/api/v1/calculations/salary-roll"


@pytest.fixture
def district(database):
    return make_district(database)


@pytest.fixture
def reader(app, database, district):
    """Give a board member's program that may only read."""
    return acting(app, database, make_member(database, district, "BRD"), read_only=True)


def test_every_calculation_is_listed_and_described(reader):
    listed = reader.get("/api/v1/calculations").json["items"]
    assert [each["name"] for each in listed] == sorted(CALCULATIONS)
    for name, each in CALCULATIONS.items():
        described = reader.get(f"/api/v1/calculations/{name}").json
        assert (described["input"], described["source"]) == (each.schema()["input"], each.source)
        assert described["output"]["type"] == "object"


def test_a_program_that_may_only_read_computes(reader):
    document = {
        "base": "228296004",
        "years": [{"fiscal_year": "2026-27", "step_and_column_percent": "0.9"}],
    }
    answer = reader.post(ROLL, json=document, headers={"Idempotency-Key": "once"})
    assert answer.status_code == 200, answer.text
    assert answer.json == CALCULATIONS["salary-roll"].answer(document)


def test_a_numeral_keeps_its_digits(reader):
    sent = '{"base": 0.1, "years": [{"fiscal_year": "2026-27", "other_adjustments": 1234567890123.45}]}'
    answer = reader.post(ROLL, data=sent, content_type="application/json")
    assert answer.json["years"][0]["other_adjustments"] == "1234567890123"


def test_faults_are_told_in_the_callers_language(app, database, district):
    person = make_member(database, district, "COM", language="es")
    answer = acting(app, database, person).post(ROLL, json={"base": "x"})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.json["detail"] == "No se calculó nada: hay 2 errores en la entrada."
    first, second = answer.json["errors"]
    assert (first["field"], first["found"]) == ("base", "x")
    assert first["message"] == first["detail"] == "Escriba dólares solo con dígitos, como 1234567.89."
    assert (second["field"], second["message"]) == ("years", "Falta years. Indíquelo.")


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"\xff", b'{"base": NaN}', b'{"base": "1", "base": "2"}'])
def test_what_is_no_document_is_refused(reader, sent):
    answer = reader.post(ROLL, data=sent, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_sentences_of_an_answer_are_in_the_callers_language(app, database, district):
    person = make_member(database, district, "COM", language="es")
    sent = {"fiscal_year": "2025-26", "adjusted_base_grant": "1", "unduplicated_percentage": "1"}
    answer = acting(app, database, person).post("/api/v1/calculations/lcff", json=sent)
    (note,) = answer.json["notes"]
    assert note["message"].startswith("No se indicó el impuesto local a la propiedad")


def test_unknown_names_and_visitors(reader, client):
    assert reader.get("/api/v1/calculations/nothing").status_code == 404
    assert reader.post("/api/v1/calculations/nothing", json={}).status_code == 404
    assert client.post(ROLL, data=json.dumps({})).status_code == 401
