"""Lays tables out for print, and counts the codes that stand beside figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reports.document import Row, Run, Table

WHOLE_ROWS = 16
"""Tables of up to this many rows never break."""
LANDSCAPE_FROM = 11
"""Number of columns from which a table takes a landscape page."""
SHORTEST, LONGEST = 20, 60
"""Characters as which a column of words counts at least and at most when widths are shared out."""
ROWS_WITH_TOTAL = 3
"""A total keeps at least this many rows before it on its page."""


@dataclass(slots=True)
class Codes:
    """Codes in order of use; the first use of each gets the anchor that the appendix leads back to."""

    used: set[str] = field(default_factory=set)

    def of(self, *paragraphs: list[Run]) -> list[dict[str, Any]]:
        """Return the codes that paragraphs name, each once, in the order of their first use."""
        found = dict.fromkeys(run.code for runs in paragraphs for run in runs if run.code)
        return [self.one(code) for code in found]

    def one(self, code: str) -> dict[str, Any]:
        """Return one code, and whether the document uses it for the first time."""
        first = code not in self.used
        self.used.add(code)
        return {"code": code, "first": first}


def table_view(table: Table, language: str, codes: Codes) -> dict[str, Any]:
    """Return what the template prints of a table: its columns with widths in inches, its rows in bodies."""
    wide = len(table.columns) >= LANDSCAPE_FROM
    coded = any(row.code for row in table.rows)
    numbers = [_is_number(table, column.key) for column in table.columns]
    first_width, widths = _widths(table, language, numbers, (9.6 if wide else 6.8) - (0.5 if coded else 0))
    groups: list[dict[str, Any]] = []
    for column in table.columns:
        label = column.group.get(language, "")
        if groups and groups[-1]["label"] == label:
            groups[-1]["span"] += 1
        else:
            groups.append({"label": label, "span": 1})
    rows = [_row(row, table, language, codes) for row in table.rows]
    return {
        "caption": table.caption[language],
        "subtitle": table.subtitle[language],
        "source": table.source[language],
        "code": table.code,
        "first_column": table.first_column.get(language, ""),
        "columns": [
            {
                "label": column.label[language],
                "number": number,
                "width": width,
            }
            for column, number, width in zip(table.columns, numbers, widths, strict=True)
        ],
        "first_width": first_width,
        "groups": groups if any(group["label"] for group in groups) else [],
        "coded": coded,
        "wide": wide,
        "landscape": wide,
        "whole": len(rows) <= WHOLE_ROWS,
        "size": "dense" if len(table.columns) > 6 else "small" if len(rows) > 40 else "",
        "bodies": _bodies(rows),
    }


def _widths(table: Table, language: str, numbers: list[bool], total: float) -> tuple[float, list[float]]:
    """Return the widths of the first and of the other columns, in inches: `total` together.

    Columns of numbers are equal; columns of words share what is left by the length of their longest text, so
    that none wraps into many lines beside one that has room to spare.
    """

    def share(texts: list[str]) -> int:
        longest = max((len(text) for text in texts), default=0)
        return min(max(longest, SHORTEST), LONGEST)

    first = share([f"{row.label[language]} {row.tag.get(language, '')}" for row in table.rows])
    shares = [
        0
        if number
        else share([cell.text[language] for row in table.rows if (cell := row.cells.get(column.key))])
        for column, number in zip(table.columns, numbers, strict=True)
    ]
    words, count = len(numbers) - sum(numbers), sum(numbers)
    longest = max(
        (
            len(cell.text[language])
            for row in table.rows
            for column, number in zip(table.columns, numbers, strict=True)
            if number and (cell := row.cells.get(column.key))
        ),
        default=0,
    )
    wanted = max(0.95, 0.26 + 0.062 * longest)
    number_width = min(wanted, (total - 1.7 - 1.1 * words) / count) if count else 0.0
    an_inch = (total - number_width * count) / (first + sum(shares))
    return round(first * an_inch, 3), [
        round(number_width if number else part * an_inch, 3)
        for number, part in zip(numbers, shares, strict=True)
    ]


def _is_number(table: Table, key: str) -> bool:
    return all(cell.number for row in table.rows if (cell := row.cells.get(key)) is not None)


def _row(row: Row, table: Table, language: str, codes: Codes) -> dict[str, Any]:
    cells = []
    for column in table.columns:
        cell = row.cells.get(column.key)
        if cell is None:
            cells.append({"text": "", "number": _is_number(table, column.key), "negative": False})
        else:
            cells.append({"text": cell.text[language], "number": cell.number, "negative": cell.negative})
    return {
        "label": row.label[language],
        "kind": row.kind,
        "tag": row.tag.get(language, ""),
        "tag_kind": row.tag_kind,
        "code": codes.one(row.code) if row.code else None,
        "cells": cells,
    }


def _bodies(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Part rows into bodies so that a closing total stays with the rows before it."""
    if not rows:
        return []
    if len(rows) > ROWS_WITH_TOTAL + 1 and rows[-1]["kind"] == "total":
        cut = len(rows) - 1 - ROWS_WITH_TOTAL
        return [{"rows": rows[:cut], "keep": False}, {"rows": rows[cut:], "keep": True}]
    return [{"rows": rows, "keep": len(rows) <= ROWS_WITH_TOTAL + 1}]
