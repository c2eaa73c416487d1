"""The state's own text layouts: the official export and the user import file.

Layout (school-finance facts, 3.4 A and B): a header of four fields opens a dataset of ledger records, one of
five
fields a block of form elements, explanations or check outcomes; `-1, EOD` closes each with its record count,
and
in an export `-1, EOF` closes the file with the count of all records. Counts are of records: an explanation
may
hold line breaks, so a file can have more physical lines than records.
"""

from __future__ import annotations

import dataclasses
import re

import numpy as np

from tenants.language import N_, Message, message
from workers.imports.ledger.codes import COLUMNS, COMBINATIONS, PERIODS, is_fiscal_year, padded_cds
from workers.imports.ledger.dataset import Dataset, Reading, empty_lines
from workers.imports.ledger.findings import Finding, Findings, shorten
from workers.imports.ledger.sacs_details import Details
from workers.imports.ledger.source import Records

CONTROL = re.compile(rb'^"?-1"?,')
BLOCKS = ("ELEMENT", "EXPL", "TRCLOG")


@dataclasses.dataclass
class _Block:
    """Where a block stands: its header, and the records between header and closing record."""

    header: int
    kind: str
    first: int
    last: int
    fields: list[str]
    counted: int | None = None
    closed: bool = False


class SacsFile:
    """Reads one file of the state's text layouts into datasets and findings."""

    def __init__(self, records: Records, reading: Reading, corrected: dict[int, int]) -> None:
        self.records = records
        self.reading = reading
        self.findings: Findings = reading.findings
        self.details = Details(records, reading, corrected)
        self.ends_with_eof = False

    def read(self) -> None:
        """Read every record; what each one is goes into the reading's account."""
        blocks = self._blocks()
        by_key: dict[tuple[str, ...], Dataset] = {}
        for block in blocks:
            if block.kind == "GL":
                self._ledger(block, by_key)
        for block in blocks:
            if block.kind != "GL":
                self._annex(block, by_key)
        self.reading.layout = (
            "sacs-export"
            if self.details.fields == 3 or self.ends_with_eof or any(block.kind != "GL" for block in blocks)
            else "sacs-import"
        )
        if self.reading.layout == "sacs-export" and not self.ends_with_eof:
            self._truncated()
        if not self.reading.datasets and not self.findings.fatal:
            self._fatal(
                "FILE-NO-LEDGER",
                1,
                "file",
                found="no ledger records",
                expected=N_("a header and account records"),
                said=message("The file holds no ledger. Export it again with the general ledger included."),
            )

    def _fatal(
        self, rule: str, line: int | None, field: str, *, found: str, expected: str, said: Message
    ) -> None:
        self.findings.add(
            Finding("fatal", rule, said, line=line, field=field, found=shorten(found), expected=expected)
        )

    def _line(self, index: int) -> int:
        return int(self.records.lines[index])

    def _blocks(self) -> list[_Block]:
        """Find headers and closing records; everything between belongs to a block."""
        records = self.records
        blocks: list[_Block] = []
        count = len(records)
        current: _Block | None = None
        closing: set[int] = set()
        for index in self._structural():
            if index < 0 or index >= count:
                continue
            raw = records.raw(index)
            if CONTROL.match(raw):
                fields = records.fields(index)
                mark = fields[1].strip() if len(fields) > 1 else ""
                if mark == "EOD":
                    closing.add(index)
                    self.reading.accounted["control"] += 1
                    current = self._close(current, index, fields)
                    continue
                if mark == "EOF":
                    closing.add(index)
                    self.reading.accounted["control"] += 1
                    self._end_of_file(index, fields, current)
                    current = None
                    continue
            elif current is None or not self._inside_annex(current):
                fields = records.fields(index)
                if len(fields) in (4, 5) and self._looks_like_header(fields):
                    if current is not None:
                        self._unclosed(current, index)
                    current = _Block(
                        header=index,
                        kind=fields[4] if len(fields) == 5 else "GL",
                        first=index + 1,
                        last=count,
                        fields=[field.strip() for field in fields],
                    )
                    self.reading.accounted["header"] += 1
                    blocks.append(current)
        if current is not None:
            current.last = count
            self._unclosed(current, count)
        covered = np.zeros(count, dtype=bool)
        for block in blocks:
            covered[block.header : block.last] = True
        stray = [index for index in np.flatnonzero(~covered).tolist() if index not in closing]
        for index in stray:
            self._stray(index)
        return blocks

    def _structural(self) -> list[int]:
        """Return the records that may be headers or closing records, found all at once."""
        buffer = np.frombuffer(self.records.data, dtype=np.uint8)
        starts, ends = self.records.starts, self.records.ends
        lengths = ends - starts
        first = buffer[np.minimum(starts, len(buffer) - 1)]
        second = buffer[np.minimum(starts + 1, len(buffer) - 1)]
        minus = (first == 45) | ((first == 34) & (second == 45))
        dash = np.zeros(len(starts), dtype=bool)
        for offset in (4, 5):
            dash |= buffer[np.minimum(starts + offset, len(buffer) - 1)] == 45
        # A header may carry a damaged year; an account of 19 characters never has a comma before its 20th.
        comma_early = np.zeros(len(starts), dtype=bool)
        for offset in range(4, 13):
            comma_early |= buffer[np.minimum(starts + offset, len(buffer) - 1)] == 44
        likely = (minus | dash | comma_early) & (lengths > 2) & (lengths < 200)
        if len(likely):
            likely[0] = True
        return [int(index) for index in np.flatnonzero(likely)]

    @staticmethod
    def _inside_annex(block: _Block) -> bool:
        return block.kind != "GL"

    @staticmethod
    def _looks_like_header(fields: list[str]) -> bool:
        if len(fields) == 5 and fields[4] not in BLOCKS:
            return False
        year_like = bool(re.fullmatch(r"\s*[0-9]{2,4}-[0-9]{2,4}\s*", fields[0]))
        cds_like = bool(re.fullmatch(r"\s*[0-9]{7,14}\s*", fields[1]))
        return year_like or (cds_like and not re.fullmatch(r"[0-9A-Z]{17,20}", fields[0]))

    def _close(self, block: _Block | None, index: int, fields: list[str]) -> _Block | None:
        line = self._line(index)
        if block is None:
            self._fatal(
                "EOD-WITHOUT-DATASET",
                line,
                "record",
                found=", ".join(fields),
                expected=N_("a header before the end-of-dataset record"),
                said=message(
                    "An end-of-dataset record stands where no dataset is open. Export the file again; it "
                    "was cut "
                    "or put together by hand."
                ),
            )
            return None
        block.last, block.closed = index, True
        filed = fields[5].strip() if len(fields) > 5 else ""
        actual = self._count(block)
        if not re.fullmatch(r"[0-9]{1,9}", filed) or int(filed) != actual:
            self._fatal(
                "EOD-COUNT",
                line,
                "record count",
                found=str(actual),
                expected=filed or "a number",
                said=message(
                    "The end-of-dataset record counts {filed} records, the dataset has {actual}. Records "
                    "were lost "
                    "or added after the export: export the file again and load it unchanged.",
                    filed=filed or "?",
                    actual=actual,
                ),
            )
        if re.fullmatch(r"[0-9]{1,9}", filed):
            block.counted = int(filed)
        stated = [field.strip() for field in fields[2:5]]
        opened = [padded_cds(block.fields[1]), *block.fields[2:4]]
        if len(stated) == 3 and [padded_cds(stated[0]), *stated[1:]] != opened:
            self._fatal(
                "EOD-OTHER-DATASET",
                line,
                "record",
                found=", ".join(stated),
                expected=", ".join(opened),
                said=message(
                    "The end-of-dataset record names another dataset than the header. Export the file again."
                ),
            )
        return None

    def _count(self, block: _Block) -> int:
        """Count a block's records; blank lines are none."""
        span = self.records.ends[block.first : block.last] - self.records.starts[block.first : block.last]
        blank = sum(
            1 for index in np.flatnonzero(span <= 1) if not self.records.raw(block.first + int(index)).strip()
        )
        return block.last - block.first - blank

    def _unclosed(self, block: _Block, index: int) -> None:
        block.last = index
        line = self._line(index - 1) if index else 1
        self._fatal(
            "EOD-MISSING",
            line,
            "record",
            found="no end-of-dataset record",
            expected=f'"-1","EOD","{block.fields[1]}",...',
            said=message(
                "The dataset that begins on line {line} has no end-of-dataset record: the file was cut off. "
                "Export it again and load the whole file.",
                line=str(self._line(block.header)),
            ),
        )

    def _end_of_file(self, index: int, fields: list[str], block: _Block | None) -> None:
        if block is not None:
            self._unclosed(block, index)
        self.ends_with_eof = True
        trailing = [
            later
            for later in range(index + 1, len(self.records))
            if self.records.raw(later).strip(b"\x1a \t")
        ]
        if trailing:
            self._fatal(
                "EOF-NOT-LAST",
                self._line(trailing[0]),
                "record",
                found=self.records.raw(trailing[0]).decode("utf-8", "replace"),
                expected=N_("nothing after the end-of-file record"),
                said=message(
                    "Records follow the end-of-file record: two exports were joined. Load each file by "
                    "itself."
                ),
            )
        filed = fields[3].strip() if len(fields) > 3 else ""
        actual = index + 1 - self._blank_before(index)
        if not re.fullmatch(r"[0-9]{1,9}", filed) or int(filed) != actual:
            self._fatal(
                "EOF-COUNT",
                self._line(index),
                "record count",
                found=str(actual),
                expected=filed or "a number",
                said=message(
                    "The end-of-file record counts {filed} records, the file has {actual}. Records were "
                    "lost or "
                    "added after the export: export the file again and load it unchanged.",
                    filed=filed or "?",
                    actual=actual,
                ),
            )

    def _blank_before(self, index: int) -> int:
        span = self.records.ends[:index] - self.records.starts[:index]
        return sum(1 for place in np.flatnonzero(span <= 1) if not self.records.raw(int(place)).strip())

    def _truncated(self) -> None:
        last = len(self.records) - 1
        self._fatal(
            "EOF-MISSING",
            self._line(last),
            "record",
            found="no end-of-file record",
            expected='"-1","EOF",...',
            said=message(
                "The file ends without its end-of-file record: it was cut off. Export it again and load the "
                "whole "
                "file."
            ),
        )

    def _stray(self, index: int) -> None:
        raw = self.records.raw(index)
        if not raw.strip(b"\x1a \t"):
            self.reading.accounted["blank"] += 1
            return
        self.reading.accounted["faulty"] += 1
        self._fatal(
            "RECORD-OUTSIDE-DATASET",
            self._line(index),
            "record",
            found=raw.decode("utf-8", "replace"),
            expected=N_("a header, a record of a dataset, or a closing record"),
            said=message("This record belongs to no dataset. Export the file again; it was changed or cut."),
        )

    def _header(self, block: _Block) -> tuple[str, str, str, str]:
        """Check a dataset's header and return its key."""
        year, cds, period, column = (
            block.fields[0],
            padded_cds(block.fields[1]),
            block.fields[2],
            block.fields[3],
        )
        line = self._line(block.header)
        if not is_fiscal_year(year):
            self._fatal(
                "FISCAL-YEAR",
                line,
                "fiscal year",
                found=year,
                expected=N_("a fiscal year such as 2024-25"),
                said=message("The header names no fiscal year. It must read like 2024-25."),
            )
        if not re.fullmatch(r"[0-9]{14}", cds):
            self._fatal(
                "CDS-CODE",
                line,
                "CDS code",
                found=block.fields[1],
                expected=N_("14 digits, or 7 digits of county and district"),
                said=message(
                    "The header's county-district-school code is malformed. Take it from the state's "
                    "directory."
                ),
            )
        if period not in PERIODS:
            self._fatal(
                "PERIOD-UNKNOWN",
                line,
                "period",
                found=period,
                expected=", ".join(PERIODS),
                said=message(
                    "The reporting period is unknown. It must be BS1 (July 1 budget), A (unaudited actuals) "
                    "or I1, I2, "
                    "I3 (interim reports)."
                ),
            )
        if column not in COLUMNS or (period in COMBINATIONS and column not in COMBINATIONS[period]):
            self._fatal(
                "COLUMN-UNKNOWN",
                line,
                "column",
                found=column,
                expected=", ".join(COMBINATIONS.get(period, COLUMNS)),
                said=message(
                    "The column is unknown or does not belong to this reporting period. Export the file "
                    "again "
                    "with the period's own columns."
                ),
            )
        return cds, year, period, column

    def _ledger(self, block: _Block, by_key: dict[tuple[str, ...], Dataset]) -> None:
        key = self._header(block)
        cds, year, period, column = key
        position = len(self.reading.datasets)
        dataset = Dataset(
            cds, year, period, column, self._line(block.header), empty_lines(), filed_count=block.counted
        )
        self.details.read(block.first, block.last, dataset, position)
        if key in by_key:
            self._fatal(
                "DATASET-TWICE",
                dataset.header_line,
                "header",
                found=" ".join((year, cds, period, column)),
                expected=N_("each dataset once"),
                said=message(
                    "This dataset stands in the file twice; the first begins on line {line}. Remove one of "
                    "them.",
                    line=str(by_key[key].header_line),
                ),
            )
        else:
            by_key[key] = dataset
        self.reading.datasets.append(dataset)

    def _annex(self, block: _Block, by_key: dict[tuple[str, ...], Dataset]) -> None:
        """Read form elements and check outcomes; explanations are counted and left where they are."""
        dataset = by_key.get((padded_cds(block.fields[1]), block.fields[0], block.fields[2], block.fields[3]))
        kind = {"ELEMENT": "element", "EXPL": "explanation", "TRCLOG": "check log"}[block.kind]
        for index in range(block.first, block.last):
            raw = self.records.raw(index)
            if not raw.strip():
                self.reading.accounted["blank"] += 1
                continue
            self.reading.accounted[kind] += 1
            if dataset is None or block.kind == "EXPL":
                continue
            fields = self.records.fields(index)
            if block.kind == "ELEMENT" and len(fields) >= 2:
                dataset.elements[fields[0]] = fields[1]
            elif block.kind == "TRCLOG" and len(fields) >= 10:
                note_outcome(dataset, fields[:4], fields[9])


def note_outcome(dataset: Dataset, place: list[str], severity: str) -> None:
    """Remember what the file's own check log says of a rule; an exception outweighs every pass."""
    outcome = "passed" if severity == "P" else "exception"
    if outcome == "exception":
        dataset.log_exceptions.append(tuple(place))
    if dataset.log.get(place[0]) != "exception":
        dataset.log[place[0]] = outcome
