"""A table of an analysis as CSV or workbook, exact to the cent, each amount with the key that traces it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from reports.spreadsheets import BYTE_ORDER_MARK, Cell, Sheet, csv_record, workbook
from tenants.language import render, translate

PATTERNS = {"cents": "#,##0.00;(#,##0.00)", "percent": '0.00"%";(0.00"%")', "number": "#,##0.00"}
"""How a workbook prints a figure, by its unit."""


def _rows(document: Mapping[str, Any], key: str, language: str) -> tuple[list[str], list[list[Any]]]:
    """Return headings and rows: label, one number for each column, then the keys of the figures."""
    table, figures = document["tables"][key], document["figures"]
    heads = [render(column["label"], language) for column in table["columns"]]
    keys = [translate("{column}: figure", language, column=head) for head in heads]
    rows: list[list[Any]] = []
    for row in table["rows"]:
        cells = [row["cells"].get(column["key"]) for column in table["columns"]]
        numbers = [None if cell is None else _number(figures[cell]) for cell in cells]
        rows.append([render(row["label"], language), *numbers, *((cell or "") for cell in cells)])
    return [translate("Line", language), *heads, *keys], rows


def _number(figure: Mapping[str, Any]) -> float | int:
    """Return dollars with cents for amounts, percent points and plain numbers as they are."""
    value: float | int = figure["value"]
    return round(value / 100, 2) if figure["unit"] == "cents" else value


def as_csv(document: Mapping[str, Any], key: str, language: str) -> bytes:
    """Return the table as CSV in UTF-8."""
    heads, rows = _rows(document, key, language)
    lines = [csv_record(heads), *(csv_record(_two_places(cell) for cell in row) for row in rows)]
    return (BYTE_ORDER_MARK + "".join(lines)).encode()


def _two_places(cell: Cell) -> Cell:
    return Decimal(f"{cell:.2f}") if isinstance(cell, float) else cell


def as_workbook(document: Mapping[str, Any], key: str, language: str) -> bytes:
    """Return the table as a workbook of one sheet, numbers as numbers."""
    heads, rows = _rows(document, key, language)
    table, figures = document["tables"][key], document["figures"]
    count = len(table["columns"])

    def fill(sheet: Sheet) -> None:
        sheet.put(0, 0, render(table["caption"], language), "bold")
        sheet.put(1, 0, render(table["subtitle"], language))
        for place, head in enumerate(heads):
            sheet.put(3, place, head, "bold")
        for line, row in enumerate(rows, start=4):
            sheet.put(line, 0, row[0])
            for place in range(1, count + 1):
                if row[place] is not None:
                    sheet.put(line, place, row[place], PATTERNS.get(figures[row[count + place]]["unit"]))
                sheet.put(line, count + place, row[count + place])
        sheet.sheet.set_column(0, 0, 52)
        sheet.sheet.set_column(1, count, 18)
        sheet.sheet.set_column(count + 1, 2 * count, 34)
        sheet.sheet.freeze_panes(4, 1)

    return workbook(fill)
