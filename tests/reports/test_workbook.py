"""The workbook with living formulas: recalculated by LibreOffice alone it comes to our cents."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pytest

from reports import spreadsheets
from reports.workbook import HEAD, VALUE, living_workbook
from tests.support import filings
from tests.support.filings import account
from workers.analyses import fund_balance_and_reserve, three_year_outlook
from workers.analyses.result import Attendance

ROWS = [
    (account("0000", "8011"), 900_000_37),
    (account("0000", "1100", "1000"), 700_000_55),
    (account("0000", "3101", "1000"), 133_701_01),
    (account("0000", "3401", "1000"), 33_333_33),
    (account("3212", "8290"), 50_000_01),
    (account("3212", "4300", "1000"), 50_000_01),
    (account("0000", "9791"), 60_000_00),
]
ADA = {"2024-25": Attendance("2024-25", "903.37", "entered")}


def outlook():
    ledger = filings.ledger(ROWS, "2024-25")
    return three_year_outlook.analyse([ledger], ADA, {"years": 5, "release_commitments": True})


def lines(book):
    """Return the value of each figure by its key, from the sheet of lines."""
    sheet = book["Lines"]
    return {row[4].value: row[VALUE].value for row in sheet.iter_rows(min_row=HEAD + 2) if row[4].value}


def expected(document):
    return {
        key: round(figure["value"] / 100, 2) if figure["unit"] == "cents" else figure["value"]
        for key, figure in document["figures"].items()
    }


def without_values(content):
    """Return a workbook whose formulas carry no value: who shows one has computed it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(out, "w") as written:
        for name in read.namelist():
            data = read.read(name)
            if name.startswith("xl/worksheets/"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            written.writestr(name, data)
    return out.getvalue()


def test_every_figure_is_a_formula_and_every_input_has_its_source():
    document = outlook()
    content = living_workbook(document, {"projected": "projected"}, "en")
    assert content == living_workbook(document, {"projected": "projected"}, "en"), "the same bytes again"
    book = openpyxl.load_workbook(io.BytesIO(content))
    formulas = lines(book)
    assert formulas.keys() == document["figures"].keys()
    assert all(str(each).startswith("=") for each in formulas.values())
    assert "'Inputs'!" in formulas["lcff/unrestricted/2024-25"]
    inputs = [[cell.value for cell in row] for row in book["Inputs"].iter_rows(min_row=HEAD + 2)]
    assert all(row[3] for row in inputs), "an input without a source"
    assert [row[4] for row in inputs if row[0].startswith("Cost-of-living") and row[1] == "2026-27"] == [
        "projected"
    ]
    shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    assert lines(shown) == expected(document)
    spanish = openpyxl.load_workbook(io.BytesIO(living_workbook(document, {}, "es")))
    assert "Datos de entrada" in spanish.sheetnames


@pytest.mark.parametrize("living", ["=HYPERLINK(1)", '="a"', "=1;2", "=[1]S!A1", "1+1", "=cmd|A1"])
def test_a_formula_holds_nothing_but_references_and_numbers(living):
    with pytest.raises(ValueError, match="not a formula"):
        spreadsheets.workbook(lambda sheet: sheet.formula(0, 0, living, 0))


@pytest.mark.external
@pytest.mark.parametrize("real", [False, True], ids=["made", "filed"])
def test_libreoffice_recalculates_to_the_same_cents(tmp_path, real):
    program = shutil.which("soffice")
    if program is None or "TEST_LIBREOFFICE" not in os.environ:
        pytest.skip("LibreOffice recalculates under `make test-external`, which installs it")
    document = outlook()
    if real:
        filings.need()
        ledger = filings.filed("budget-2024-25.dat", "2024-25", "BB")
        ada = {"2024-25": Attendance("2024-25", "45641.78", "element")}
        document = three_year_outlook.analyse([ledger], ada, {"years": 3})
    for number, each in enumerate((document, _reserve())):
        given = tmp_path / f"given{number}.xlsx"
        given.write_bytes(without_values(living_workbook(each, {}, "en")))
        profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
        command = [program, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
        subprocess.run(
            [*command, "--outdir", str(tmp_path / "out"), str(given)],
            check=True,
            capture_output=True,
            timeout=180,
        )
        book = openpyxl.load_workbook(tmp_path / "out" / given.name, data_only=True)
        found = lines(book)
        wrong = {
            key: (value, found.get(key))
            for key, value in expected(each).items()
            if found.get(key) is None or round(found[key], 4) != round(value, 4)
        }
        assert not wrong


def _reserve():
    return fund_balance_and_reserve.analyse([filings.ledger(ROWS, "2024-25")], ADA)
