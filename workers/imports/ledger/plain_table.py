"""CSV of the state's userGL table and of a district's own system."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from typing import Any

import numpy as np

from tenants.language import N_, message
from workers.imports.ledger.arrow import Column, pa, pacsv, pc
from workers.imports.ledger.cells import Table
from workers.imports.ledger.dataset import Reading
from workers.imports.ledger.findings import Finding, RefusedFileError, shorten
from workers.imports.ledger.mapping import USER_GL, USER_GL_HEADINGS, Mapping, guess, normal, signature
from workers.imports.ledger.source import Records, encoding_refused, open_quote
from workers.imports.ledger.table import Ingest

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLES = 5
HEADING_SEARCH = 20


class TableReader:
    """Reads one CSV text into a reading."""

    def __init__(
        self,
        records: Records,
        encoding: str,
        reading: Reading,
        mapping: Mapping | None,
        corrected: dict[int, int],
    ) -> None:
        self.records = records
        self.encoding = encoding
        self.reading = reading
        self.mapping = mapping
        self.corrected = corrected

    def read(self) -> None:
        """Read every record.

        Raises:
            RefusedFileError: when the text is no table, or is written in a way that nobody declared.
        """
        if self.records.open_quote_line is not None:
            raise open_quote(self.records)
        delimiter = sniff_delimiter(self.records)
        heading = self.heading(delimiter)
        headings = [field.strip() for field in self.records.fields(heading, delimiter)]
        official = tuple(normal(name).replace(" ", "") for name in headings) == USER_GL_HEADINGS
        self.reading.layout = "user-gl" if official else "plain-table"
        if not official and self.mapping is None:
            self._needs_mapping(headings, heading, delimiter)
        mapping = self.mapping if self.mapping is not None and not official else USER_GL
        if self.encoding not in ("utf-8", "windows-1252", mapping.encoding):
            raise encoding_refused(self.encoding)
        if delimiter != mapping.delimiter:
            raise self._delimiter_refused(delimiter, heading)
        table = self.table(headings, heading, delimiter)
        if official:
            table = with_user_gl_cds(table)
            mapping = Mapping(columns={**USER_GL.columns, "cds_code": "CDS"})
        Ingest(table, mapping, self.reading, self.corrected).run()

    def heading(self, delimiter: str) -> int:
        """Return the record that holds the headings: the first with more than one filled field."""
        for index in range(min(len(self.records), HEADING_SEARCH)):
            fields = self.records.fields(index, delimiter)
            filled = [field for field in fields if field.strip()]
            if len(filled) > 1 and not any(
                field.strip().lstrip("-").replace(".", "").isdigit() for field in filled
            ):
                for before in range(index):
                    self.reading.accounted["blank" if not self.records.raw(before).strip() else "title"] += 1
                self.reading.accounted["header"] += 1
                return index
        raise RefusedFileError(
            Finding(
                "fatal",
                "LAYOUT-UNKNOWN",
                message(
                    "This is none of the layouts that we read: no state file, and no row of headings in the "
                    "first "
                    "{n} lines. Load the state's export, or a table whose first row names its columns.",
                    n=HEADING_SEARCH,
                ),
                line=1,
                field="file",
                found=shorten(self.records.raw(0)[:80].decode("utf-8", "replace"))
                if len(self.records)
                else "",
                expected=N_("a state layout, or a row of headings"),
            )
        )

    def _needs_mapping(self, headings: list[str], heading: int, delimiter: str) -> None:
        samples: dict[int, list[str]] = {place: [] for place in range(len(headings))}
        for index in range(heading + 1, min(len(self.records), heading + 1 + SAMPLES)):
            for place, value in enumerate(self.records.fields(index, delimiter)[: len(headings)]):
                samples[place].append(shorten(value))
        needs_mapping(
            self.reading,
            headings,
            samples,
            int(self.records.lines[heading]),
            {"delimiter": delimiter, "encoding": None if self.encoding == "utf-8" else self.encoding},
        )

    def _delimiter_refused(self, delimiter: str, heading: int) -> RefusedFileError:
        return RefusedFileError(
            Finding(
                "fatal",
                "DELIMITER",
                message(
                    "The fields are separated by {found}. Save the file with commas, or declare the "
                    "separator in the "
                    "column mapping.",
                    found=DELIMITERS[delimiter],
                ),
                line=int(self.records.lines[heading]),
                field="file",
                found=DELIMITERS[delimiter],
                expected=DELIMITERS[self.mapping.delimiter if self.mapping else ","],
            )
        )

    def table(self, headings: list[str], heading: int, delimiter: str) -> Table:
        """Read the rows below the headings; a row of another width is reported and left out."""
        start = int(self.records.ends[heading]) + 1
        numbers = np.arange(heading + 1, len(self.records))
        spans = self.records.ends[numbers] - self.records.starts[numbers]
        blank = np.array(
            [not self.records.raw(int(numbers[place])).strip() for place in np.flatnonzero(spans <= 1)], bool
        )
        empty = numbers[np.flatnonzero(spans <= 1)][blank] if len(blank) else numbers[:0]
        self.reading.accounted["blank"] += len(empty)
        rows = np.setdiff1d(numbers, empty, assume_unique=True)
        columns = self._columns(start, len(headings), delimiter, len(rows))
        if columns is None:
            columns, rows = self._one_by_one(rows, len(headings), delimiter)
        return Table(headings, columns, self.records.lines[rows], int(self.records.lines[heading]))

    def _columns(self, start: int, width: int, delimiter: str, expected: int) -> list[Column] | None:
        """Read all columns at once, or return None when any row is irregular."""
        names = [f"c{place}" for place in range(width)]
        if not expected:
            return [pa.array([], pa.string()) for _ in names]
        try:
            table = pacsv.read_csv(
                pa.BufferReader(memoryview(self.records.data)[start:]),
                read_options=pacsv.ReadOptions(column_names=names, use_threads=True, block_size=8 << 20),
                parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != expected:
            return None
        return [column.combine_chunks() for column in table.columns]

    def _one_by_one(self, rows: np.ndarray, width: int, delimiter: str) -> tuple[list[Column], np.ndarray]:
        kept: list[list[str]] = []
        places: list[int] = []
        for index in rows:
            text = self.records.raw(int(index)).decode("utf-8", "replace")
            fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
            if len(fields) == width:
                kept.append(fields)
                places.append(int(index))
                continue
            self.reading.accounted["faulty"] += 1
            self.reading.findings.add(
                Finding(
                    "fatal",
                    "RECORD-FORM",
                    message(
                        "The row has {n} fields, the headings name {width}. A quotation mark or a separator "
                        "is "
                        "missing: export the file again.",
                        n=len(fields),
                        width=width,
                    ),
                    line=int(self.records.lines[index]),
                    field="row",
                    found=shorten(text),
                    expected=f"{width} fields",
                )
            )
        columns = [pa.array([row[place] for row in kept], pa.string()) for place in range(width)]
        return columns, np.array(places, dtype=np.int64)


def sniff_delimiter(records: Records) -> str:
    """Return the separator that occurs most in the first filled records, outside quotes."""
    text = b"\n".join(records.raw(index) for index in range(min(len(records), 5))).decode("utf-8", "replace")
    unquoted = "".join(text.split('"')[::2])
    return max(DELIMITERS, key=lambda mark: (unquoted.count(mark), mark == ","))


def with_user_gl_cds(table: Table) -> Table:
    """Add the CDS code that the userGL table states in three columns."""
    joined = pc.binary_join_element_wise(
        *(pc.utf8_trim_whitespace(column) for column in table.columns[:3]), ""
    )
    return Table([*table.headings, "CDS"], [*table.columns, joined], table.lines, table.heading_line)


def mapping_question(
    headings: list[str], samples: dict[int, list[str]], declared: dict[str, Any]
) -> dict[str, Any]:
    """Return what the page that maps columns needs: headings, samples, guesses, and how it is written."""
    guesses = guess(headings, samples)
    money = [
        value.strip()
        for one in guesses
        if one.field in ("amount", "debit", "credit")
        for value in samples.get(one.column, [])
    ]
    return {
        "headings": headings,
        "signature": signature(headings),
        "samples": {str(place): values for place, values in samples.items()},
        "guesses": [dataclasses.asdict(one) for one in guesses],
        "reading": {**declared, **_written(money)},
    }


def _written(money: list[str]) -> dict[str, str]:
    """Return how the samples of amounts are written, where one of them shows it."""
    found = {}
    if any(re.search(r"[0-9],[0-9]{3}(?![0-9])", value) for value in money):
        found["thousands"] = ","
    if any(value.startswith("(") and value.endswith(")") for value in money):
        found["negatives"] = "parentheses"
    elif any(value.endswith("-") for value in money):
        found["negatives"] = "trailing minus"
    return found


def needs_mapping(
    reading: Reading, headings: list[str], samples: dict[int, list[str]], line: int, declared: dict[str, Any]
) -> None:
    """Refuse a table whose columns nobody named, with guesses for the page that asks.

    Raises:
        RefusedFileError: always.
    """
    reading.needs_mapping = mapping_question(headings, samples, declared)
    proposal = ", ".join(
        f"{one['field']}: {headings[one['column']]}" for one in reading.needs_mapping["guesses"]
    )
    raise RefusedFileError(
        Finding(
            "fatal",
            "MAPPING-NEEDED",
            message(
                "This is a table of a district's own system. Say which column is which: on the page Map "
                "columns, or "
                "with --mapping FILE. Our guess: {guess}.",
                guess=proposal or "—",
            ),
            line=line,
            field="headings",
            found=shorten(", ".join(headings)),
            expected=N_("a column mapping"),
        )
    )
