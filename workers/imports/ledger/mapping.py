"""How the columns of a district's own system are named: written by a person, remembered by the headings."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping as AnyMapping
from typing import Any

from rapidfuzz import fuzz

from tenants.language import message
from workers.imports.ledger.amounts import OFFICIAL_STYLE, Style
from workers.imports.ledger.findings import Finding, RefusedFileError
from workers.imports.ledger.source import ENCODINGS

CODE_FIELDS = ("fund", "resource", "project_year", "goal", "function", "object")
IDENTITY_FIELDS = ("fiscal_year", "period", "column", "cds_code")
FIELDS = (
    "account",
    *CODE_FIELDS,
    "school",
    "amount",
    "debit",
    "credit",
    "description",
    "party",
    "flag",
    *IDENTITY_FIELDS,
)
READING_KEYS = ("encoding", "delimiter", "thousands", "negatives", "total_rows", "sheet", "headings")

WORD_AMONG_OTHERS = 0.72
"""How alike "Acct Obj" and "obj" are: enough to propose a field, too little to be sure of it."""
SYNONYMS: dict[str, tuple[str, ...]] = {
    "account": (
        "account",
        "account string",
        "account code",
        "full account",
        "sacs account",
        "account number",
    ),
    "fund": ("fund", "fd", "fund code"),
    "resource": ("resource", "rs", "res", "resource code"),
    "project_year": ("project year", "projectyear", "py", "year code", "proj yr"),
    "goal": ("goal", "go", "goal code"),
    "function": ("function", "fn", "func", "function code"),
    "object": ("object", "ob", "obj", "object code"),
    "school": ("school", "site", "location", "school code", "sch", "loc"),
    "amount": (
        "amount",
        "amt",
        "value",
        "balance",
        "total amount",
        "net amount",
        "budget amount",
        "actual amount",
        "actuals",
    ),
    "debit": ("debit", "debits", "dr"),
    "credit": ("credit", "credits", "cr"),
    "description": ("description", "desc", "account description", "line description", "memo"),
    "party": ("vendor", "payee", "employee", "employee name", "vendor name", "paid to"),
    "fiscal_year": ("fiscal year", "fiscalyear", "fullfiscalyear", "fy"),
    "period": ("period", "reporting period", "reportingperiod"),
    "column": ("column", "colcode", "column code", "columncode"),
    "cds_code": ("cds", "cds code", "cdscode", "district code"),
    "flag": ("import flag", "importflag", "flag"),
}
SAMPLE_FORMS: dict[str, re.Pattern[str]] = {
    "account": re.compile(r"[0-9]{2}[-. ]?[0-9]{4}[-. ]?[0-9][-. ]?[0-9]{4}[-. ]?[0-9]{4}[-. ]?[0-9A-Z]{4}"),
    "fund": re.compile(r"[0-9]{1,2}"),
    "resource": re.compile(r"[0-9]{1,4}"),
    "project_year": re.compile(r"[0-9]"),
    "goal": re.compile(r"[0-9]{1,4}"),
    "function": re.compile(r"[0-9]{1,4}"),
    "object": re.compile(r"[0-9]{4}|979Z|PCRA"),
    "school": re.compile(r"[0-9]{1,7}"),
    "amount": re.compile(r"\(?-?\$?[0-9][0-9,]*(\.[0-9]+)?\)?-?"),
    "debit": re.compile(r"|\$?[0-9][0-9,]*(\.[0-9]+)?"),
    "credit": re.compile(r"|\$?[0-9][0-9,]*(\.[0-9]+)?"),
    "fiscal_year": re.compile(r"20[0-9]{2}(-[0-9]{2,4})?"),
    "cds_code": re.compile(r"[0-9]{7}|[0-9]{14}"),
}


@dataclasses.dataclass(frozen=True)
class Mapping:
    """Columns by heading, constants for what no column says, and declared forms of writing.

    Attributes:
        columns: field of `FIELDS` to the heading of its column.
        values: one of `IDENTITY_FIELDS` to the value that holds for the whole file.
        encoding: the text's encoding, or None for UTF-8.
        delimiter: what separates fields.
        style: how amounts are written.
        total_rows: whether total rows may be set aside.
        sheet: the sheet to read, or None for the only one.
        headings: the headings in the order in which they were when the mapping was saved, or None.
    """

    columns: dict[str, str]
    values: dict[str, str] = dataclasses.field(default_factory=dict)
    encoding: str | None = None
    delimiter: str = ","
    style: Style = OFFICIAL_STYLE
    total_rows: bool = False
    sheet: str | None = None
    headings: tuple[str, ...] | None = None

    def document(self) -> dict[str, Any]:
        """Return the mapping as it is stored."""
        return {
            "columns": self.columns,
            "values": self.values,
            "reading": {
                "encoding": self.encoding,
                "delimiter": self.delimiter,
                "thousands": self.style.thousands,
                "negatives": "parentheses"
                if self.style.parentheses
                else ("trailing minus" if self.style.trailing_minus else "minus"),
                "total_rows": self.total_rows,
                "sheet": self.sheet,
                "headings": list(self.headings) if self.headings else None,
            },
        }


def from_document(document: Any) -> Mapping:
    """Read a mapping as a person or program wrote it.

    Two forms are read: `{"columns": {...}, "values": {...}, "reading": {...}}`, and the same without nesting,
    where the fiscal year, period, column and CDS code are taken as values when they look like one.

    Raises:
        RefusedFileError: naming the entry that can't be used.
    """
    if not isinstance(document, dict):
        raise _bad("mapping", type(document).__name__, "an object of field names and headings")
    columns, values, reading = _parts(document)
    for field in (*columns, *values):
        if field not in FIELDS:
            raise _bad(field, field, ", ".join(FIELDS))
    unknown = next((key for key in reading if key not in READING_KEYS), None)
    if unknown is not None:
        raise _bad(unknown, unknown, ", ".join(READING_KEYS))
    encoding = reading.get("encoding")
    if encoding is not None and encoding not in ENCODINGS:
        raise _bad("encoding", str(encoding), ", ".join(ENCODINGS))
    delimiter = reading.get("delimiter") or ","
    if delimiter not in (",", ";", "\t", "|"):
        raise _bad("delimiter", str(delimiter), "comma, semicolon, tab or |")
    negatives = reading.get("negatives") or "minus"
    if negatives not in ("minus", "parentheses", "trailing minus"):
        raise _bad("negatives", str(negatives), "minus, parentheses or trailing minus")
    thousands = reading.get("thousands") or ""
    if thousands not in ("", ",", " ", "'"):
        raise _bad("thousands", str(thousands), "comma, blank, apostrophe or nothing")
    headings = reading.get("headings")
    return Mapping(
        columns=columns,
        values=values,
        encoding=encoding,
        delimiter=delimiter,
        style=Style(thousands, negatives == "parentheses", negatives == "trailing minus"),
        total_rows=bool(reading.get("total_rows")),
        sheet=reading.get("sheet"),
        headings=tuple(headings) if headings else None,
    )


def _parts(document: dict[str, Any]) -> tuple[dict[str, str], dict[str, str], dict[str, Any]]:
    nested = any(isinstance(document.get(key), dict) for key in ("columns", "values", "reading"))
    if nested:
        parts = [document.get(key) or {} for key in ("columns", "values", "reading")]
        extra = next((key for key in document if key not in ("columns", "values", "reading")), None)
        if extra is not None:
            raise _bad(extra, extra, "columns, values, reading")
    else:
        parts = [{}, {}, {}]
        for key, value in document.items():
            if key in READING_KEYS:
                parts[2][key] = value
            elif key in IDENTITY_FIELDS and isinstance(value, str) and _is_value(key, value):
                parts[1][key] = value
            else:
                parts[0][key] = value
    for part in parts[:2]:
        for key, value in part.items():
            if not isinstance(value, str):
                raise _bad(str(key), str(value), "a heading in quotes")
    return parts[0], parts[1], parts[2]


def _is_value(field: str, text: str) -> bool:
    forms = {
        "fiscal_year": r"20[0-9]{2}-[0-9]{2}",
        "period": r"BS1|A|I1|I2|I3",
        "column": r"BB|BE|BA|IO|IB|IA|IP",
        "cds_code": r"[0-9]{7}|[0-9]{14}",
    }
    return bool(re.fullmatch(forms[field], text))


def _bad(entry: str, found: str, expected: str) -> RefusedFileError:
    return RefusedFileError(
        Finding(
            "fatal",
            "MAPPING",
            message(
                "The column mapping's entry {entry} can't be used. Correct it as shown under expected.",
                entry=entry,
            ),
            field=entry,
            found=found,
            expected=expected,
        )
    )


def from_text(text: str) -> Mapping:
    """Read a mapping from JSON.

    Raises:
        RefusedFileError: when the text is no JSON or no mapping.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _bad("mapping", text[:40], "JSON") from error
    return from_document(document)


def signature(headings: list[str]) -> str:
    """Return what a mapping is remembered by: the headings in their order."""
    return hashlib.sha256("\x1f".join(normal(heading) for heading in headings).encode()).hexdigest()


def normal(heading: str) -> str:
    """Return a heading without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]+", " ", heading.lower()).strip()


@dataclasses.dataclass(frozen=True)
class Guess:
    """What a column may be, with the confidence from 0 to 1."""

    column: int
    field: str
    confidence: float


def _likeness(heading: str, word: str) -> float:
    """Return from 0 to 1 how alike a heading and a known word are; a word among others counts as a guess."""
    whole = fuzz.ratio(heading, word) / 100
    return max(whole, WORD_AMONG_OTHERS) if word in heading.split() else whole


def guess(
    headings: list[str],
    samples: AnyMapping[int, list[str]],
    synonyms: AnyMapping[str, tuple[str, ...]] = SYNONYMS,
    forms: AnyMapping[str, re.Pattern[str]] = SAMPLE_FORMS,
) -> list[Guess]:
    """Guess each column's field from its heading and sample values; a field is given to one column only.

    Args:
        headings: in file order.
        samples: column number to a few values from the first rows.
        synonyms: each field that a column may be, with the headings that name it.
        forms: what the values of a field look like.
    """
    scored: list[Guess] = []
    for column, heading in enumerate(headings):
        for field, words in synonyms.items():
            name = max(_likeness(normal(heading), word) for word in words)
            values = [value.strip() for value in samples.get(column, [])]
            form = forms.get(field)
            fit = (
                sum(bool(form.fullmatch(value)) for value in values) / len(values) if form and values else 0.5
            )
            confidence = 0.75 * name + 0.25 * fit
            if name >= 0.7 and fit >= 0.5:
                scored.append(Guess(column, field, round(confidence, 2)))
    taken_columns: set[int] = set()
    taken_fields: set[str] = set()
    best: list[Guess] = []
    for candidate in sorted(scored, key=lambda one: (-one.confidence, one.column)):
        if candidate.column not in taken_columns and candidate.field not in taken_fields:
            best.append(candidate)
            taken_columns.add(candidate.column)
            taken_fields.add(candidate.field)
    return sorted(best, key=lambda one: one.column)


USER_GL = Mapping(
    columns={
        "account": "Account",
        "fund": "Fund",
        "resource": "Resource",
        "project_year": "Projectyear",
        "goal": "Goal",
        "function": "Function",
        "object": "Object",
        "amount": "Value",
        "fiscal_year": "Fiscalyear",
        "period": "Period",
        "column": "Colcode",
    }
)
"""The state's userGL table; county, district and school code stand in Ccode, Dcode and SchoolCode."""
USER_GL_HEADINGS = (
    "ccode",
    "dcode",
    "schoolcode",
    "fiscalyear",
    "period",
    "colcode",
    "account",
    "fund",
    "resource",
    "projectyear",
    "goal",
    "function",
    "object",
    "value",
)
WEB_EXTRACT = Mapping(
    columns={
        "cds_code": "CDSCode",
        "fiscal_year": "FullFiscalYear",
        "period": "ReportingPeriod",
        "column": "ColumnCode",
        "account": "AccountString",
        "fund": "FundCode",
        "resource": "ResourceCode",
        "project_year": "ProjectYear",
        "goal": "GoalCode",
        "function": "FunctionCode",
        "object": "ObjectCode",
        "amount": "Amount",
        "flag": "ImportFlag",
    },
    sheet="UserGL",
)
"""The state web system's extract, sheet UserGL."""
