"""Tables for spreadsheet programs, as CSV and as workbooks, in which no text of anybody's becomes a formula.

A living formula is made of references, numbers and a few functions alone, and checked for it.

Whatever leaves the product as CSV or as a workbook is written here and nowhere else; a test holds that.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | Decimal | None
"""What a cell holds; amounts are numbers, everything that somebody wrote is a text."""

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheet programs read UTF-8 without it as something else."""

# OWASP, "CSV injection": = + - @ tab, carriage return and line feed, also as full-width or small forms, which
# some input methods fold to the plain ones; behind blanks and signs of no width, which some programs skip.
_SKIPPED = "[\\s\\x00-\\x20\\u200b-\\u200f\\u202a-\\u202e\\u2060\\ufeff]"
_STARTS = "[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b]"
_FORMULA = re.compile(f"[\\t\\r\\n]|{_SKIPPED}*{_STARTS}")
# Where a program takes semicolons, tabs or bars for what separates cells, a cell begins after each of them.
_INSIDE = re.compile(f"([;\\t|\\r\\n]{_SKIPPED}*)(?={_STARTS})")
_LIVING = re.compile(
    r"=(?:(?:ROUND|MAX|MIN|IF)(?=\()|'[^'\[\]:*?/\\]{1,31}'!|\$?[A-Z]{1,3}\$?[0-9]{1,7}|[0-9]+(?:\.[0-9]+)?|[-+*/(),=])+"
)
"""What a living formula may hold: four functions, cells of sheets, numbers and signs; no text, no link."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; a plain number stays what it is.

    An apostrophe goes in front of what would begin a formula: at the start, and after a sign at which a
    program with other settings begins a new cell. Source: OWASP, CSV Injection.
    """
    if _NUMBER.fullmatch(text):
        return text
    inside = text[:1] + _INSIDE.sub(r"\1'", text[1:])
    return "'" + inside if _FORMULA.match(text) else inside


def csv_record(cells: Iterable[Cell]) -> str:
    """Return one line of CSV, its end included: numbers bare, texts in quotes and harmless, None empty."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC).writerow(
        "" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in cells
    )
    return out.getvalue()


class Sheet:
    """The one sheet of a workbook that is being written; rows and columns count from 0."""

    def __init__(self, sheet: Worksheet, make_format: Callable[[dict[str, object]], Format]) -> None:
        """Write into a sheet of xlsxwriter."""
        self.sheet, self._make_format = sheet, make_format
        self._formats: dict[str, Format] = {}

    def _format(self, pattern: str) -> Format:
        if pattern not in self._formats:
            wanted: dict[str, object] = {"bold": True} if pattern == "bold" else {"num_format": pattern}
            self._formats[pattern] = self._make_format(wanted)
        return self._formats[pattern]

    def put(self, row: int, column: int, cell: Cell, pattern: str | None = None) -> None:
        """Write a cell: a text as a harmless text, a number as a number, nothing for None.

        Args:
            row: which row.
            column: which column.
            cell: what stands there.
            pattern: `bold`, or how a number is printed, e.g. `#,##0.00`.
        """
        style = None if pattern is None else self._format(pattern)
        if isinstance(cell, str):
            self.sheet.write_string(row, column, harmless(cell), style)
        elif cell is not None:
            self.sheet.write_number(row, column, float(cell), style)

    def formula(self, row: int, column: int, living: str, value: float, pattern: str | None = None) -> None:
        """Write a formula with the value that it has now.

        Args:
            row: which row.
            column: which column.
            living: such as `=ROUND('Inputs'!D5*0.02,2)`.
            value: what it comes to, for programs that show before they compute.
            pattern: how the number is printed.

        Raises:
            ValueError: if it holds anything but references, numbers, signs and the four functions.
        """
        if not _LIVING.fullmatch(living):
            raise ValueError(f"not a formula of references and numbers: {living[:80]}")
        style = None if pattern is None else self._format(pattern)
        self.sheet.write_formula(row, column, living, style, value)


def workbook(fill: Callable[[Sheet], None]) -> bytes:
    """Return a workbook (.xlsx) of one sheet, which `fill` writes; it holds no formula."""
    return sheets({None: fill})


def sheets(filled: Mapping[str | None, Callable[[Sheet], None]]) -> bytes:
    """Return a workbook (.xlsx) of sheets by their names, in order, each written by its function.

    Args:
        filled: names of at most 31 characters; None is named by the program that opens it.
    """
    out = io.BytesIO()
    # A fixed day inside, so that the same content gives the same bytes.
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": dt.datetime(2020, 1, 1)})  # noqa: DTZ001 - the format knows no zone
        for name, fill in filled.items():
            fill(Sheet(book.add_worksheet(name), book.add_format))
    return out.getvalue()


def reference(sheet: str, row: int, column: int) -> str:
    """Return a cell as a formula names it, from any sheet: `'Inputs'!D5`; rows and columns count from 0."""
    return f"'{sheet}'!{xl_rowcol_to_cell(row, column)}"
