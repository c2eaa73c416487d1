"""Whatever bytes come in: no traceback, and every physical line is accounted for or the file is refused."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.imports.ledger.mapping import from_document
from workers.imports.ledger.reader import read
from workers.imports.ledger.report import file_document

CDS = "99000000000001"
FIELD = st.one_of(
    st.sampled_from(
        ["", "0100000000000008011", "0100000111010001100", "-1", "EOD", "EOF", "12.50", "-3.1", "I", "x,y"]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
)
RECORD = st.lists(FIELD, max_size=7).map(lambda fields: ",".join(f'"{field}"' for field in fields))
HEADER = f'"2024-25","{CDS}","BS1","BB"'
MAPPING = from_document(
    {
        "columns": {"account": "Account", "amount": "Amount", "description": "Memo"},
        "values": {"fiscal_year": "2024-25", "period": "BS1", "column": "BB"},
    }
)


def look(content: bytes, name: str, mapping=None):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        reading = read(path, mapping=mapping)
    document = file_document(reading)
    assert document["accepted"] == (not any(f["severity"] == "fatal" for f in document["findings"]))
    for finding in document["findings"]:
        assert finding["message"]
        assert finding["line"] is None or 1 <= finding["line"] <= max(
            1, content.count(b"\n") + content.count(b"\r") + 1
        )
    if reading.datasets or reading.accepted:
        assert sum(reading.accounted.values()) == reading.physical_lines
        assert (
            reading.accounted["detail"] == sum(len(one.lines) for one in reading.datasets)
            or not reading.accepted
        )
    return reading


def settled(examples):
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settled(150)
@given(st.lists(RECORD, max_size=12), st.sampled_from(["\r\n", "\n"]), st.booleans())
def test_records_of_any_fields(records, line_break, headed):
    lines = ([HEADER] if headed else []) + records
    look(line_break.join(lines).encode(), "any.dat")


@settled(100)
@given(st.binary(max_size=400))
def test_any_bytes(content):
    look(content, "any.bin")
    look(HEADER.encode() + b"\r\n" + content, "any.dat")
    look(b"Account,Amount,Memo\n" + content, "any.csv", MAPPING)


GOOD = "\r\n".join(
    [
        HEADER,
        *(f'"0100000111010{1100 + 100 * number:04d}00","{number}.25","I"' for number in range(6)),
        f'"-1","EOD","{CDS}","BS1","BB","6"',
        f'"-1","EOF","{CDS}","9","",""',
        "",
    ]
).encode()


@settled(200)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=0, max_size=3), st.integers(0, 3))
def test_a_good_file_with_some_bytes_changed(place, inserted, removed):
    content = GOOD[:place] + inserted + GOOD[place + removed :]
    reading = look(content, "changed.dat")
    if reading.accepted:
        assert len(reading.datasets[0].lines) == 6, "an accepted file lost no line"


@settled(60)
@given(st.integers(0, len(GOOD) - 1))
def test_a_good_file_cut_before_its_last_count_is_refused(place):
    reading = look(GOOD[:place], "cut.dat")
    assert not reading.accepted or place >= GOOD.rindex(b',"",""')


CELL = st.one_of(
    st.sampled_from(
        ["01-0000-0-1110-1000-1100", "0100000111010001100", "5.00", "(5.00)", "Total", "", "a;b", 'say "x"']
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6),
)


@settled(150)
@given(st.lists(st.lists(CELL, min_size=2, max_size=4), max_size=8))
def test_tables_of_any_cells(rows):
    quoted = [
        "Account,Amount,Memo",
        *(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows),
    ]
    look("\n".join(quoted).encode(), "any.csv", MAPPING)
