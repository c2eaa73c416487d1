"""A look at headings and first rows before anything is kept: a ledger holds no pupil's name or birth date.

Payees and employees are legitimate in a ledger and become personnel information; pupils are not.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

from tenants.language import N_, message
from workers.imports.ledger import source
from workers.imports.ledger.findings import Finding, RefusedFileError
from workers.imports.ledger.mapping import normal
from workers.imports.ledger.plain_table import sniff_delimiter
from workers.imports.ledger.workbook import blocks_of, cells_of, columns_of

LOOKED_AT = 1_000
"""Rows that are looked at."""
PUPIL = re.compile(
    r"\b(student|pupil|child|scholar)\b.*\b(name|first|last|id|number|grade)\b|\bssid\b|\bperm id\b"
    r"|\b(guardian|parent|mother|father)\b.*\b(name|phone|email)\b|\biep\b|\bgrade level\b"
)
BIRTH = re.compile(r"\b(birth|dob|born|birthdate|birthday)\b|\bdate of birth\b|\bbirth ?date\b")
PERSON_NAME = re.compile(r"\b(first|last|middle|given|family|sur) ?name\b")
MARKS = re.compile(r"\bgrade\b|\bschool\b|\bteacher\b|\bhomeroom\b|\bgender\b|\bethnicity\b|\blunch\b")
DATE = re.compile(
    r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]((?:19|20)[0-9]{2})"
    r"|((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})(?: 00:00:00)?"
)
BIRTH_SHARE = 0.5
"""A column where half of the filled values are dates of children's birth years holds birth dates."""
CHILD_AGES = range(3, 23)


def look(path: Path, today: dt.date) -> None:
    """Refuse a file that names pupils.

    Args:
        path: the uploaded file, nowhere kept yet.
        today: what ages are counted from.

    Raises:
        RefusedFileError: with the heading or column that gives it away, never with a value.
    """
    kind = source.kind_of(path)
    sheets = _workbook_rows(path) if kind == "xlsx" else [_text_rows(path)]
    for rows in sheets:
        if rows:
            _judge(rows, today)


def _text_rows(path: Path) -> list[list[str]]:
    text = source.read_text(path)
    records = source.split(text.data)
    return source.rows(records, sniff_delimiter(records), LOOKED_AT + 1) if len(records) else []


def _workbook_rows(path: Path) -> list[list[list[str]]]:
    blocks = blocks_of(cells_of(path, LOOKED_AT + 1))
    next(blocks)
    found = []
    for head in blocks:
        texts, _ = columns_of(next(blocks), json.loads(head)["width"])
        columns = [column[: LOOKED_AT + 1].to_pylist() for column in texts]
        found.append([list(row) for row in zip(*columns, strict=True)])
    return found


def _judge(rows: list[list[str]], today: dt.date) -> None:
    for line, row in enumerate(rows[:20], start=1):
        headings = [normal(cell) for cell in row]
        if telling := _telling(headings):
            raise _refused(line, row[telling[0]].strip())
    for place in range(max(map(len, rows))):
        values = [row[place].strip() for row in rows[1:] if len(row) > place and row[place].strip()]
        if birth_dates(values, today):
            heading = rows[0][place].strip() if len(rows[0]) > place else ""
            raise _refused(1, heading or str(place + 1))


def _telling(headings: list[str]) -> list[int]:
    """Return the places of headings that speak of pupils."""
    direct = [place for place, text in enumerate(headings) if PUPIL.search(text) or BIRTH.search(text)]
    if direct:
        return direct
    named = [place for place, text in enumerate(headings) if PERSON_NAME.search(text)]
    money = any(re.search(r"\b(amount|debit|credit|value|balance)\b", text) for text in headings)
    return named if named and not money and any(MARKS.search(text) for text in headings) else []


def birth_dates(values: list[str], today: dt.date) -> bool:
    """Tell whether a column's values are dates at which children of school age were born."""
    years = [year for value in values if (year := _year(value)) is not None]
    filled = len(values)
    young = [year for year in years if today.year - year in CHILD_AGES]
    return (
        filled >= 10
        and len(young) >= BIRTH_SHARE * filled
        and len(set(young)) >= 4
        and max(years, default=0) < today.year - 2
    )


def _year(value: str) -> int | None:
    match = DATE.fullmatch(value)
    return int(match[3] or match[4]) if match else None


def _refused(line: int, heading: str) -> RefusedFileError:
    return RefusedFileError(
        Finding(
            "fatal",
            "PUPIL-DATA",
            message(
                "The column {heading} seems to hold pupils' names, numbers or birth dates. A ledger needs "
                "none, and nothing "
                "of the file was kept. Remove the column and load the file again.",
                heading=heading,
            ),
            line=line,
            field="headings",
            found=heading,
            expected=N_("no column about pupils"),
        )
    )
