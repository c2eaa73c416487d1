"""A table of an analysis as CSV or workbook, exact to the cent, each amount with the key that traces it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import xlsxwriter

from tenants.language import render, translate

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheet programs read UTF-8 without it as something else."""


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
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(
            ["" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else cell for cell in row]
        )
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def as_workbook(document: Mapping[str, Any], key: str, language: str) -> bytes:
    """Return the table as a workbook of one sheet, numbers as numbers."""
    heads, rows = _rows(document, key, language)
    table, figures = document["tables"][key], document["figures"]
    out = io.BytesIO()
    # A leading "=" in a text must stay a text: no formulas are written.
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        formats = {
            "cents": book.add_format({"num_format": "#,##0.00;(#,##0.00)"}),
            "percent": book.add_format({"num_format": '0.00"%";(0.00"%")'}),
            "number": book.add_format({"num_format": "#,##0.00"}),
        }
        sheet.write_string(0, 0, render(table["caption"], language), bold)
        sheet.write_string(1, 0, render(table["subtitle"], language))
        for place, head in enumerate(heads):
            sheet.write_string(3, place, head, bold)
        count = len(table["columns"])
        for line, row in enumerate(rows, start=4):
            sheet.write_string(line, 0, row[0])
            for place in range(1, count + 1):
                if row[place] is not None:
                    unit = figures[row[count + place]]["unit"]
                    sheet.write_number(line, place, row[place], formats.get(unit))
                sheet.write_string(line, count + place, row[count + place])
        sheet.set_column(0, 0, 52)
        sheet.set_column(1, count, 18)
        sheet.set_column(count + 1, 2 * count, 34)
        sheet.freeze_panes(4, 1)
    return out.getvalue()
