"""A file about people as a table of texts, whatever it came as."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from tenants.language import N_, message
from workers.imports.ledger import source
from workers.imports.ledger.cells import Table
from workers.imports.ledger.dataset import Reading
from workers.imports.ledger.findings import Findings, RefusedFileError
from workers.imports.ledger.plain_table import TableReader, sniff_delimiter
from workers.imports.ledger.workbook import (
    blocks_of,
    cells_of,
    columns_of,
    heading_of,
    refuse_contents,
    table_of,
)

SAMPLES = 5


def tables_of(path: Path, findings: Findings, rows: int | None = None) -> list[Table]:
    """Return the tables of a file: one of a text, one for each filled sheet of a workbook.

    Args:
        path: the file.
        findings: takes rows that have another number of fields than the headings.
        rows: read no more than these of each sheet; a text is read whole.

    Raises:
        RefusedFileError: the file is neither text nor workbook, or has no row of headings.
    """
    if source.kind_of(path) == "xlsx":
        return _sheets(path, rows)
    text = source.read_text(path)
    records = source.split(text.data)
    if records.open_quote_line is not None:
        raise source.open_quote(records)
    if not len(records):
        raise _nothing()
    reading = Reading(path.name, "", 0, "plain-table", [], findings, Counter())
    reader = TableReader(records, text.encoding, reading, None, {})
    delimiter = sniff_delimiter(records)
    heading = reader.heading(delimiter)
    headings = [field.strip() for field in records.fields(heading, delimiter)]
    return [reader.table(headings, heading, delimiter)]


def one_table(path: Path, findings: Findings) -> Table:
    """Return the only table of a file.

    Raises:
        RefusedFileError: as `tables_of` does; and where several sheets are filled, or none.
    """
    found = [table for table in tables_of(path, findings) if table.headings]
    if not found:
        raise _nothing()
    if len(found) > 1:
        raise source.refuse(
            "SHEETS",
            message(
                "The workbook has {n} sheets with content. Save the one to be loaded as a file of its own.",
                n=len(found),
            ),
            found=str(len(found)),
            expected=N_("one sheet"),
        )
    return found[0]


def _sheets(path: Path, rows: int | None) -> list[Table]:
    blocks = blocks_of(cells_of(path, rows))
    description = json.loads(next(blocks))
    if rows is None:
        refuse_contents(description)
    found = []
    for head in blocks:
        columns, kinds = columns_of(next(blocks), json.loads(head)["width"])
        if columns and len(columns[0]):
            try:
                heading = heading_of(columns, kinds)
            except RefusedFileError:
                # A sheet without headings is looked at from its first row.
                heading = 0
            found.append(table_of(columns, kinds, heading))
    return found


def _nothing() -> RefusedFileError:
    return source.refuse(
        "FILE-EMPTY",
        message("The file has no rows. Export it again and load that."),
        found=N_("no rows"),
        expected=N_("a row of headings, and rows"),
    )


def samples_of(table: Table, without: set[int] | None = None) -> dict[int, list[str]]:
    """Return a few values of each column, except of those that are not to be shown."""
    return {
        place: [str(value) for value in column[:SAMPLES].to_pylist()]
        for place, column in enumerate(table.columns)
        if place not in (without or set())
    }


def frame_of(table: Table, columns: dict[str, str]) -> pd.DataFrame:
    """Return the mapped columns as trimmed texts, by field, with the file's row as `line`.

    Args:
        table: as it was read.
        columns: field to heading.
    """
    places: dict[str, int] = {heading: place for place, heading in reversed(list(enumerate(table.headings)))}
    found: dict[str, Any] = {"line": table.lines.astype("int64")}
    for field, heading in columns.items():
        texts = table.columns[places[heading]].to_pandas().fillna("").astype(str)
        found[field] = texts.str.strip().to_numpy()
    return pd.DataFrame(found)
