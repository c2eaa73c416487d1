"""Every kind of bad input: one clear finding with rule, line, field, found, expected and what to do next."""

import datetime as dt
import json
import zipfile

import openpyxl
import pytest

from apportion.cli import main
from workers.imports.ledger import source
from workers.imports.ledger.mapping import from_document
from workers.imports.ledger.reader import Expectation, read

CDS = "99000000000001"
GOOD = [
    ("0100000000000008011", "1000.00"),
    ("0100000111010001100", "600.25"),
    ("0100000000000009791", "100.00"),
]


def dataset(rows, year="2024-25", cds=CDS, period="BS1", column="BB", count=None):
    lines = [f'"{year}","{cds}","{period}","{column}"']
    lines += [row if isinstance(row, str) else '"{}","{}","I"'.format(*row) for row in rows]
    lines.append(f'"-1","EOD","{cds}","{period}","{column}","{len(rows) if count is None else count}"')
    return lines


def export(*datasets, eof=True):
    lines = [line for one in datasets for line in one]
    if eof:
        lines.append(f'"-1","EOF","{CDS}","{len(lines) + 1}","",""')
    return ("\r\n".join(lines) + "\r\n").encode()


@pytest.fixture
def check(tmp_path):
    def run(content, name="ledger.dat", mapping=None, expected=None):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path)
        reading = read(path, mapping=from_document(mapping) if mapping else None, expected=expected)
        assert sum(reading.accounted.values()) == reading.physical_lines or not reading.accepted
        return reading

    return run


def one(reading, rule):
    """Return the only fatal finding of a rule, with its document."""
    assert not reading.accepted
    found = [finding for finding in reading.findings.listed() if finding.rule == rule]
    assert found, [(finding.rule, finding.found) for finding in reading.findings.listed()]
    document = found[0].document()
    assert document["severity"] == "fatal"
    assert document["found"] is not None
    assert document["expected"]
    assert document["field"]
    assert document["message"].count(". ") >= 1 or document["message"].count(": ") >= 1, "says what to do"
    return document


def test_a_good_file_is_accepted(check):
    reading = check(export(dataset(GOOD)))
    assert reading.accepted, [finding.document() for finding in reading.findings.listed()]
    assert reading.layout == "sacs-export"
    assert len(reading.datasets[0].lines) == 3


def test_a_user_import_file_has_no_flags_and_no_end_of_file(check):
    rows = [f'"{account}","{amount}"' for account, amount in GOOD]
    reading = check(export(dataset(rows, cds="9900000"), eof=False), "district.txt")
    assert reading.accepted, [finding.document() for finding in reading.findings.listed()]
    assert reading.layout == "sacs-import"
    assert reading.datasets[0].cds_code == "99000000000000"


def test_wrong_end_of_dataset_count(check):
    found = one(check(export(dataset(GOOD, count=4))), "EOD-COUNT")
    assert (found["line"], found["found"], found["expected"]) == (5, "3", "4")


def test_wrong_end_of_file_count(check):
    content = export(dataset(GOOD)).replace(b'"6"', b'"7"')
    found = one(check(content), "EOF-COUNT")
    assert (found["line"], found["found"], found["expected"]) == (6, "6", "7")


def test_a_truncated_file(check):
    whole = export(dataset(GOOD))
    found = one(check(whole[: whole.index(b'"-1","EOD"')]), "EOD-MISSING")
    assert found["line"] == 4
    assert "line 1" in found["message"]
    assert one(check(export(dataset(GOOD), eof=False)), "EOF-MISSING")["line"] == 5


def test_a_file_that_ends_inside_quotes(check):
    content = export(dataset(GOOD))
    found = one(check(content[: content.rindex(b"EOF") + 2]), "QUOTE-OPEN")
    assert found["line"] == 6


def test_an_18_digit_account(check):
    rows = [GOOD[0], ("100000000000008011", "5.00"), GOOD[2]]
    found = one(check(export(dataset(rows))), "ACCOUNT-LENGTH")
    assert (found["line"], found["field"], found["found"]) == (3, "account", "100000000000008011")
    assert "leading zero" in found["message"]


AMOUNTS = {
    "twelve": ("AMOUNT-TEXT", None),
    "1O,450.00": ("AMOUNT-TEXT", 1_045_000),
    "88,50": ("AMOUNT-TEXT", None),
    "12.345": ("AMOUNT-DECIMALS", None),
    "1.2E+05": ("AMOUNT-EXPONENT", None),
    "450.00-": ("AMOUNT-TRAILING-MINUS", -45_000),
    "1,210.50CR": ("AMOUNT-TRAILING-MINUS", -121_050),
    "NaN": ("AMOUNT-NOT-FINITE", None),
    "100000000000.01": ("AMOUNT-TOO-LARGE", None),
    "99999999999999999999": ("AMOUNT-TOO-LARGE", None),
    "": ("AMOUNT-EMPTY", None),
    "(5.00)": ("AMOUNT-PARENTHESES", -500),
    "1,234.50": ("AMOUNT-THOUSANDS", 123_450),
    "$5.00": ("AMOUNT-SIGN", 500),
    "１２": ("AMOUNT-TEXT", None),
}


@pytest.mark.parametrize("text", AMOUNTS)
def test_text_in_an_amount(check, text):
    rule, proposed = AMOUNTS[text]
    reading = check(export(dataset([GOOD[0], (GOOD[1][0], text), GOOD[2]])))
    found = one(reading, rule)
    assert (found["line"], found["field"], found["found"]) == (3, "amount", text)
    assert "1234.56" in found["expected"]
    assert reading.findings.listed()[0].proposed_cents == proposed
    assert len(reading.datasets[0].lines) == 2
    assert reading.datasets[0].faulty == [3]


def test_an_accepted_reading_is_taken(check):
    content = export(dataset([GOOD[0], (GOOD[1][0], "1O.00"), GOOD[2]]))
    reading = check(content, expected=Expectation(readings={3: 1000}))
    assert reading.accepted
    assert reading.datasets[0].lines["amount_cents"].tolist() == [100_000, 1000, 10_000]


def test_a_code_valid_in_no_year(check):
    found = one(check(export(dataset([*GOOD, ("010000011101000110A", "1.00")]))), "CHECKOBJECT")
    assert (found["line"], found["field"], found["found"]) == (5, "object", "110A")


def test_an_unknown_object_at_or_before_the_table_is_fatal_and_after_it_a_warning(check):
    rows = [*GOOD, ("0100000111010001234", "1.00")]
    found = one(check(export(dataset(rows, year="2021-22"))), "CHECKOBJECT")
    assert (found["line"], found["found"]) == (5, "1234")
    newer = check(export(dataset(rows, year="2024-25")))
    assert newer.accepted
    (warning,) = [f.document() for f in newer.findings.listed() if f.rule == "CODE-NEWER-THAN-TABLE"]
    assert (warning["severity"], warning["line"], warning["found"]) == ("warning", 5, "1234")
    assert "newer than our table" in warning["message"]


def test_unknown_period_and_column(check):
    found = one(check(export(dataset(GOOD, period="Q9"))), "PERIOD-UNKNOWN")
    assert (found["line"], found["field"], found["found"]) == (1, "period", "Q9")
    found = one(check(export(dataset(GOOD, column="ZZ"))), "COLUMN-UNKNOWN")
    assert (found["line"], found["found"], found["expected"]) == (1, "ZZ", "BE, BB")


def test_two_fiscal_years_where_one_was_named(check):
    reading = check(export(dataset(GOOD, year="2022-23")), expected=Expectation(fiscal_year="2024-25"))
    found = one(reading, "FISCAL-YEARS")
    assert (found["line"], found["found"], found["expected"]) == (1, "2022-23", "2024-25")
    both = export(dataset(GOOD, year="2024-25"), dataset(GOOD, year="2021-22", column="BE"))
    found = one(check(both), "FISCAL-YEARS")
    assert (found["line"], found["found"]) == (6, "2021-22")


def test_the_estimated_year_travels_with_the_budget(check):
    both = export(dataset(GOOD, year="2023-24", column="BE"), dataset(GOOD))
    assert check(both, expected=Expectation(fiscal_year="2024-25")).accepted


def test_several_districts_in_one_file(check):
    found = one(check(export(dataset(GOOD), dataset(GOOD, cds="99000000000002"))), "SEVERAL-DISTRICTS")
    assert found["line"] == 6
    assert found["found"] == "99000000000001, 99000000000002"


def test_another_district(check):
    content = export(dataset(GOOD, year="2023-24", column="BE"), dataset(GOOD))
    found = one(check(content, expected=Expectation(cds_code="38684780000000")), "OTHER-DISTRICT")
    assert (found["line"], found["found"], found["expected"]) == (1, CDS, "38684780000000")


def test_the_same_dataset_twice(check):
    found = one(check(export(dataset(GOOD), dataset(GOOD))), "DATASET-TWICE")
    assert found["line"] == 6
    assert "line 1" in found["message"]


def test_the_same_account_twice(check):
    found = one(check(export(dataset([*GOOD, GOOD[0]]))), "ACCOUNT-TWICE")
    assert (found["line"], found["found"]) == (5, "01-0000-0-0000-0000-8011")
    assert "line 2" in found["message"]


HEAD = "Fund,Resource,Goal,Function,Object,Amount"
ROWS = ["01,0000,0000,0000,8011,1000.00", "01,0000,1110,1000,1100,600.25"]
MAPPING = {
    "fund": "Fund",
    "resource": "Resource",
    "goal": "Goal",
    "function": "Function",
    "object": "Object",
    "amount": "Amount",
    "fiscal_year": "2024-25",
    "period": "BS1",
    "column": "BB",
    "cds_code": CDS,
}


def table(*rows, head=HEAD):
    return ("\n".join([head, *rows]) + "\n").encode()


def test_a_plain_table_needs_a_mapping_and_is_read_with_one(check):
    found = one(check(table(*ROWS), "own.csv"), "MAPPING-NEEDED")
    assert (found["line"], found["field"]) == (1, "headings")
    assert "fund: Fund" in found["message"]
    reading = check(table(*ROWS), "own.csv", MAPPING)
    assert reading.accepted
    assert reading.layout == "plain-table"
    assert reading.datasets[0].key == (CDS, "2024-25", "BS1", "BB")
    assert reading.datasets[0].lines["fund"].tolist() == ["01", "01"]
    assert reading.datasets[0].lines["line"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("content", "rule", "declared"),
    [
        (table(*ROWS).decode().encode("utf-16"), "FILE-ENCODING", {"encoding": "utf-16"}),
        (b"\xef\xbb\xbf" + table(*ROWS), "FILE-ENCODING", {"encoding": "utf-8-sig"}),
        (table(*ROWS).replace(b",", b";"), "DELIMITER", {"delimiter": ";"}),
    ],
    ids=["utf-16", "byte-order mark", "semicolons"],
)
def test_a_way_of_writing_that_nobody_declared(check, content, rule, declared):
    found = one(check(content, "own.csv", MAPPING), rule)
    assert found["line"] == 1
    assert "column mapping" in found["message"]
    assert check(content, "own.csv", {**MAPPING, **declared}).accepted


def test_the_states_export_with_a_byte_order_mark(check):
    found = one(check(b"\xef\xbb\xbf" + export(dataset(GOOD))), "FILE-ENCODING")
    assert found["found"] == "UTF-8 with a byte-order mark"


@pytest.mark.parametrize(
    ("amount", "rule", "declared", "cents"),
    [
        ('"(1000.00)"', "AMOUNT-PARENTHESES", {"negatives": "parentheses"}, -100_000),
        ('"1,000.00"', "AMOUNT-THOUSANDS", {"thousands": ","}, 100_000),
        ('"(1,000.00)"', "AMOUNT-PARENTHESES", {"thousands": ",", "negatives": "parentheses"}, -100_000),
        ("1000.00-", "AMOUNT-TRAILING-MINUS", {"negatives": "trailing minus"}, -100_000),
    ],
)
def test_amounts_written_another_way(check, amount, rule, declared, cents):
    content = table(ROWS[1], f"01,0000,0000,0000,8011,{amount}")
    found = one(check(content, "own.csv", MAPPING), rule)
    assert (found["line"], found["field"]) == (3, "Amount")
    reading = check(content, "own.csv", {**MAPPING, **declared})
    assert reading.accepted
    assert reading.datasets[0].lines["amount_cents"].tolist() == [60_025, cents]


@pytest.mark.parametrize("row", ["Total,,,,,1600.25", ",,,,,1600.25", "Grand total,,,,,1600.25"])
def test_a_total_row(check, row):
    found = one(check(table(*ROWS, row), "own.csv", MAPPING), "TOTAL-ROW")
    assert found["line"] == 4
    reading = check(table(*ROWS, row), "own.csv", {**MAPPING, "total_rows": True})
    assert reading.accepted
    assert len(reading.datasets[0].lines) == 2
    assert [(aside.line, aside.cents) for aside in reading.datasets[0].set_aside] == [(4, 160_025)]


def test_a_changed_column_order(check):
    saved = {
        "columns": {k: v for k, v in MAPPING.items() if v[0].isupper() and k not in ("period", "column")}
    }
    saved["values"] = {k: MAPPING[k] for k in ("fiscal_year", "period", "column", "cds_code")}
    saved["reading"] = {"headings": HEAD.split(",")}
    assert check(table(*ROWS), "own.csv", saved).accepted
    head = "Resource,Fund,Goal,Function,Object,Amount"
    found = one(check(table("0000,01,0000,0000,8011,1.00", head=head), "own.csv", saved), "COLUMN-ORDER")
    assert found["line"] == 1


def test_a_missing_column_and_a_row_of_another_width(check):
    assert one(check(table(*ROWS), "own.csv", {**MAPPING, "amount": "Betrag"}), "COLUMN-MISSING")["line"] == 1
    found = one(check(table(ROWS[0], ROWS[1] + ",9"), "own.csv", MAPPING), "RECORD-FORM")
    assert (found["line"], found["expected"]) == (3, "6 fields")


def test_line_breaks_inside_quotes_keep_physical_lines(check):
    content = table(
        '"01",0000,0000,0000,8011,1.00,"one\ntwo"', "01,0000,1110,1000,1100,bad,x", head=HEAD + ",Memo"
    )
    found = one(check(content, "own.csv", {**MAPPING, "description": "Memo"}), "AMOUNT-TEXT")
    assert found["line"] == 4


def sheet(rows):
    book = openpyxl.Workbook()
    page = book.active
    for row in [HEAD.split(","), *rows]:
        page.append(row)
    return book, page


TEXT_ROWS = [["01", "0000", "0000", "0000", "8011", 1000], ["01", "0000", "1110", "1000", "1100", 600.25]]


def test_a_plain_workbook_is_read(check):
    reading = check(sheet(TEXT_ROWS)[0], "own.xlsx", MAPPING)
    assert reading.accepted, [finding.document() for finding in reading.findings.listed()]
    assert reading.datasets[0].lines["amount_cents"].tolist() == [100_000, 60_025]
    assert sum(reading.accounted.values()) == reading.physical_lines == 3


def test_formulas(check):
    book, page = sheet(TEXT_ROWS)
    page["F3"] = "=F2*2"
    found = one(check(book, "own.xlsx", MAPPING), "FORMULA")
    assert (found["line"], found["field"], found["found"]) == (3, "cell", "F3")


def test_hidden_sheets(check):
    book, _ = sheet(TEXT_ROWS)
    book.create_sheet("Notes").sheet_state = "hidden"
    assert one(check(book, "own.xlsx", MAPPING), "SHEET-HIDDEN")["found"] == "Notes"


def test_merged_headers(check):
    book, page = sheet(TEXT_ROWS)
    page.merge_cells("A1:B1")
    found = one(check(book, "own.xlsx", MAPPING), "MERGED-CELLS")
    assert (found["line"], found["found"]) == (1, "A1:B1")


def test_dates_where_codes_belong(check):
    book, page = sheet(TEXT_ROWS)
    page["C3"] = dt.date(2024, 11, 10)
    found = one(check(book, "own.xlsx", MAPPING), "DATE-IN-CODE")
    assert (found["line"], found["field"], found["found"]) == (3, "goal", "2024-11-10")


def test_leading_zeros_eaten_by_a_spreadsheet(check):
    book, _ = sheet([TEXT_ROWS[0], [1, 0, 1110, 1000, 1100, 600.25]])
    found = one(check(book, "own.xlsx", MAPPING), "LEADING-ZEROS")
    assert (found["line"], found["found"], found["expected"]) == (3, "1", "01")
    found = one(check(table("1,0,0,0,8011,5.00"), "own.csv", MAPPING), "LEADING-ZEROS")
    assert (found["line"], found["field"]) == (2, "fund")


def test_an_amount_of_three_decimals_in_a_sheet(check):
    book, _ = sheet([TEXT_ROWS[0], [*TEXT_ROWS[1][:5], 1.005]])
    assert one(check(book, "own.xlsx", MAPPING), "AMOUNT-DECIMALS")["line"] == 3


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.mark.parametrize(
    ("content", "name", "rule"),
    [
        (b"", "empty.csv", "FILE-EMPTY"),
        (b"%PDF-1.7\n1 0 obj", "ledger.csv", "FILE-PDF"),
        (OLE, "old.xls", "FILE-XLS"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "locked.xlsx", "FILE-ENCRYPTED"),
        (b"PK\x03\x04 and no more", "cut.xlsx", "FILE-DAMAGED"),
        (b"\x1f\x8b\x08\x00", "ledger.gz", "FILE-KIND"),
        (b"\x00\x01\x02\x03" * 50, "binary.dat", "FILE-KIND"),
        (b"hello\nworld\n", "note.txt", "LAYOUT-UNKNOWN"),
    ],
)
def test_files_that_are_no_ledger(check, content, name, rule):
    reading = check(content, name)
    assert one(reading, rule)["field"] == "file"
    assert not reading.datasets


def test_macros(check, tmp_path):
    sheet(TEXT_ROWS)[0].save(tmp_path / "m.xlsx")
    with zipfile.ZipFile(tmp_path / "m.xlsx", "a") as package:
        package.writestr("xl/vbaProject.bin", b"macro")
    assert one(read(tmp_path / "m.xlsx", mapping=from_document(MAPPING)), "FILE-MACROS")["found"] == "macros"


def test_a_zip_bomb(tmp_path):
    sheet(TEXT_ROWS)[0].save(tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/zeros", b"\x00" * 50_000_000)
    assert "bytes unpacked" in one(read(tmp_path / "b.xlsx"), "FILE-BOMB")["found"]


def test_a_zip_whose_directory_lies_about_sizes(tmp_path):
    """What the directory states is small; what the sheet really holds is cut off and refused."""
    sheet(TEXT_ROWS)[0].save(tmp_path / "plain.xlsx")
    name = "xl/worksheets/sheet1.xml"
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain,
        zipfile.ZipFile(tmp_path / "liar.xlsx", "w", zipfile.ZIP_DEFLATED) as liar,
    ):
        for member in plain.infolist():
            body = plain.read(member)
            liar.writestr(member.filename, body + b" " * 60_000_000 if member.filename == name else body)
    content = bytearray((tmp_path / "liar.xlsx").read_bytes())
    # In the local header the uncompressed size stands 22 bytes in, in the directory 24; names follow.
    for mark, size_at, name_at in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        place = content.find(mark)
        while content[place + name_at : place + name_at + len(name)] != name.encode():
            place = content.find(mark, place + 4)
        content[place + size_at : place + size_at + 4] = (4_000).to_bytes(4, "little")
    (tmp_path / "liar.xlsx").write_bytes(content)
    source.check_package(tmp_path / "liar.xlsx")
    reading = read(tmp_path / "liar.xlsx", mapping=from_document(MAPPING))
    assert {found.rule for found in reading.findings.listed()} & {"FILE-DAMAGED", "FILE-BOMB"}
    assert not reading.datasets


def test_a_2_gb_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(2_000_000_000)
    found = source.kind_of
    with pytest.raises(source.RefusedFileError) as refusal:
        found(path)
    assert refusal.value.finding.rule == "FILE-TOO-LARGE"


def test_faults_beyond_a_hundred_are_counted(check):
    reading = check(export(dataset([(f"0100000111010{number:04d}00", "x") for number in range(250)])))
    listed = [finding for finding in reading.findings.listed() if finding.rule == "AMOUNT-TEXT"]
    assert len(listed) == 101
    assert "150 more" in listed[-1].document()["message"]
    assert reading.accounted["faulty"] == 250


def test_exit_statuses_and_shape(tmp_path, capsys):
    (tmp_path / "good.dat").write_bytes(export(dataset(GOOD)))
    (tmp_path / "bad.dat").write_bytes(export(dataset(GOOD, count=9)))
    (tmp_path / "mapping.json").write_text(json.dumps(MAPPING))
    (tmp_path / "own.csv").write_bytes(table(*ROWS))
    assert main(["ledger", "check", str(tmp_path / "good.dat"), "--json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert list(file) == ["name", "sha256", "layout", "accepted", "records", "datasets", "findings"]
    assert file["datasets"][0]["funds"]["01"]["revenues"] == "1000.00"
    assert main(["ledger", "check", str(tmp_path / "good.dat"), str(tmp_path / "bad.dat"), "--json"]) == 1
    assert [one["accepted"] for one in json.loads(capsys.readouterr().out)["files"]] == [True, False]
    assert (
        main(["ledger", "check", str(tmp_path / "own.csv"), "--mapping", str(tmp_path / "mapping.json")]) == 0
    )
    assert "accepted" in capsys.readouterr().out
    assert main(["ledger", "check", str(tmp_path / "missing.dat")]) == 2
    (tmp_path / "mapping.json").write_text("not json")
    assert (
        main(["ledger", "check", str(tmp_path / "own.csv"), "--mapping", str(tmp_path / "mapping.json")]) == 2
    )
    with pytest.raises(SystemExit) as usage:
        main(["ledger", "check"])
    assert usage.value.code == 2
