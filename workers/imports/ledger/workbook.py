"""Workbooks: opened in a limited child process; what a ledger must not hold is refused with its cell."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tenants.language import N_, message
from workers.imports.ledger.arrow import Column, pa
from workers.imports.ledger.cells import Table
from workers.imports.ledger.dataset import Reading
from workers.imports.ledger.findings import Finding, RefusedFileError, shorten
from workers.imports.ledger.mapping import WEB_EXTRACT, Mapping, normal
from workers.imports.ledger.plain_table import HEADING_SEARCH, SAMPLES, mapping_question, needs_mapping
from workers.imports.ledger.sacs_file import note_outcome
from workers.imports.ledger.source import refuse
from workers.imports.ledger.table import Ingest

SECONDS = 180
EXTRACT_SHEETS = {"UserGL", "UserElement", "TRCLog"}


def read_workbook(path: Path, reading: Reading, mapping: Mapping | None, corrected: dict[int, int]) -> None:
    """Read a workbook into a reading.

    Raises:
        RefusedFileError: when the workbook can't be opened or holds what a ledger must not.
    """
    blocks = blocks_of(cells_of(path))
    description = json.loads(next(blocks))
    refuse_contents(description)
    sheets = {}
    for head in blocks:
        stated = json.loads(head)
        sheets[stated["name"]] = columns_of(next(blocks), stated["width"])
    if set(sheets) >= EXTRACT_SHEETS:
        _web_extract(sheets, reading, corrected)
        return
    reading.layout = "plain-table"
    filled = {name: columns for name, columns in sheets.items() if columns[0]}
    name = mapping.sheet if mapping and mapping.sheet else None
    if name is not None and name not in filled:
        raise refuse(
            "SHEET-MISSING",
            message(
                "The mapping names the sheet {sheet}, and the workbook has none of that name.", sheet=name
            ),
            found=", ".join(filled),
            expected=name,
        )
    if name is None and len(filled) > 1:
        _choose_sheet(filled, reading)
    if not filled:
        raise refuse(
            "FILE-NO-LEDGER",
            message("No sheet of the workbook has anything in it. Export the ledger again with its rows."),
            found="no sheet with content",
            expected=N_("ledger rows"),
        )
    columns, kinds = filled[name or next(iter(filled))]
    _plain(columns, kinds, reading, mapping, corrected)


Sheet = tuple[list[Column], list[np.ndarray]]


def _choose_sheet(filled: dict[str, Sheet], reading: Reading) -> None:
    """Refuse a workbook of several sheets, with each sheet's headings and samples for the page that asks.

    The sheet whose headings look most like a ledger's is proposed.

    Raises:
        RefusedFileError: always.
    """
    offered: list[dict[str, Any]] = []
    for name, (columns, kinds) in filled.items():
        try:
            heading = heading_of(columns, kinds)
        except RefusedFileError:
            offered.append({"name": name, "rows": len(columns[0]), "headings": []})
            continue
        table = table_of(columns, kinds, heading)
        offered.append(
            {"name": name, "rows": len(table), **mapping_question(table.headings, _samples(table), {})}
        )
    asked = [one for one in offered if one["headings"]]
    if asked:
        best = max(asked, key=lambda one: sum(guess["confidence"] for guess in one["guesses"]))
        reading.needs_mapping = {**best, "sheets": offered}
    raise refuse(
        "SHEETS",
        message(
            "The workbook has {n} sheets with content. Choose the ledger's sheet on the page Map columns, or "
            "name it "
            "in the mapping as sheet.",
            n=len(filled),
        ),
        found=", ".join(filled),
        expected=N_("one sheet"),
    )


def cells_of(path: Path, rows: int | None = None) -> bytes:
    """Run the child and return what it wrote."""
    limit = [] if rows is None else [str(rows)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, on a path that we made
            [sys.executable, "-m", "workers.imports.ledger.workbook_child", str(path), *limit],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_heavy() from error
    if done.returncode == 0:
        return done.stdout
    if b"PasswordError" in done.stderr or b"assword" in done.stderr:
        raise refuse(
            "FILE-ENCRYPTED",
            message("The workbook has a password. Open it, remove the password, save it, and load it again."),
            found="encrypted workbook",
            expected=N_("a workbook without a password"),
        )
    if done.returncode < 0 or b"MemoryError" in done.stderr or b"memory" in done.stderr:
        raise _too_heavy()
    raise refuse(
        "FILE-DAMAGED",
        message("The workbook is damaged or was cut off. Save it again and load that."),
        found="unreadable .xlsx",
        expected=N_("a whole .xlsx"),
    )


def _too_heavy() -> RefusedFileError:
    return refuse(
        "FILE-BOMB",
        message("The workbook takes more memory or time than a ledger needs. Export the ledger as .csv."),
        found="more than the limits",
        expected=N_("a sheet of at most a million rows"),
    )


def blocks_of(data: bytes) -> Iterator[bytes]:
    """Yield the blocks that the child wrote."""
    place = 0
    while place < len(data):
        (length,) = struct.unpack_from(">Q", data, place)
        yield data[place + 8 : place + 8 + length]
        place += 8 + length


def columns_of(data: bytes, width: int) -> tuple[list[Column], list[np.ndarray]]:
    """Return a sheet's columns as text, and what each cell was (see `Table.kinds`)."""
    table = pa.ipc.open_stream(pa.py_buffer(data)).read_all()
    texts = [table.column(f"c{place}").combine_chunks() for place in range(width)]
    kinds = [table.column(f"k{place}").to_numpy() for place in range(width)]
    return texts, kinds


def refuse_contents(description: dict[str, Any]) -> None:
    """Refuse what a reader would not see or compute alike.

    Raises:
        RefusedFileError: for hidden sheets, formulas, merged cells and links to other files.
    """
    hidden = [sheet["name"] for sheet in description["sheets"] if sheet["state"] != "Visible"]
    checks = (
        (
            hidden,
            "SHEET-HIDDEN",
            message("The workbook has hidden sheets. Show or delete them, so that nothing is loaded unseen."),
            N_("no hidden sheets"),
        ),
        (
            description["formulas"],
            "FORMULA",
            message(
                "The workbook holds formulas; their results may differ from what was filed. Copy the sheet, "
                "paste it "
                "as values, and load that."
            ),
            N_("values, no formulas"),
        ),
        (
            description["merged"],
            "MERGED-CELLS",
            message(
                "Cells are merged, so that a heading or value stands for several. Split them and fill each "
                "cell."
            ),
            N_("one cell for each value"),
        ),
        (
            ["link"] if description["links"] else [],
            "EXTERNAL-LINK",
            message("The workbook is linked to other files. Break the links and save it again."),
            N_("no links"),
        ),
    )
    for found, rule, said, expected in checks:
        if found:
            row = re.search(r"[0-9]+", str(found[0])) if rule in ("FORMULA", "MERGED-CELLS") else None
            raise RefusedFileError(
                Finding(
                    "fatal",
                    rule,
                    said,
                    line=int(row[0]) if row else None,
                    field="sheet" if row is None else "cell",
                    found=shorten(", ".join(map(str, found[:5]))),
                    expected=expected,
                )
            )


def table_of(columns: list[Column], kinds: list[np.ndarray], heading: int) -> Table:
    """Return the filled rows below a row of headings."""
    headings = [str(column[heading]).strip() for column in columns]
    used = [place for place, text in enumerate(headings) if text]
    count = len(columns[0])
    filled = np.zeros(count, dtype=bool)
    for place in used:
        filled |= kinds[place] != ord(" ")
    filled[: heading + 1] = False
    rows = np.flatnonzero(filled)
    chosen = pa.array(rows)
    return Table(
        [headings[place] for place in used],
        [columns[place].take(chosen) for place in used],
        rows + 1,
        heading + 1,
        [kinds[place][rows] for place in used],
    )


def _plain(
    columns: list[Column],
    kinds: list[np.ndarray],
    reading: Reading,
    mapping: Mapping | None,
    corrected: dict[int, int],
) -> None:
    heading = heading_of(columns, kinds)
    table = table_of(columns, kinds, heading)
    _account(reading, table, len(columns[0]), heading)
    if mapping is None:
        needs_mapping(reading, table.headings, _samples(table), heading + 1, {})
        return
    Ingest(table, mapping, reading, corrected).run()


def _samples(table: Table) -> dict[int, list[str]]:
    return {
        place: [shorten(str(value)) for value in column[:SAMPLES]]
        for place, column in enumerate(table.columns)
    }


def _account(reading: Reading, table: Table, height: int, heading: int) -> None:
    reading.physical_lines += height
    reading.accounted["header"] += 1
    reading.accounted["blank"] += height - len(table) - 1 - heading
    reading.accounted["title"] += heading


def heading_of(columns: list[Column], kinds: list[np.ndarray]) -> int:
    """Return the first row that has more than one text and no number."""
    count = len(columns[0]) if columns else 0
    for row in range(min(count, HEADING_SEARCH)):
        marks = [int(kind[row]) for kind in kinds]
        if marks.count(ord("s")) > 1 and ord("n") not in marks and ord("d") not in marks:
            return row
    raise refuse(
        "LAYOUT-UNKNOWN",
        message("No row of headings was found in the first {n} rows of the sheet.", n=HEADING_SEARCH),
        found="no headings",
        expected=N_("a row that names the columns"),
    )


def _web_extract(sheets: dict[str, Sheet], reading: Reading, corrected: dict[int, int]) -> None:
    """Read the state web system's extract: the ledger, then form elements and check log beside it."""
    reading.layout = "web-extract"
    columns, kinds = sheets["UserGL"]
    table = table_of(columns, kinds, 0)
    _account(reading, table, len(columns[0]), 0)
    Ingest(table, WEB_EXTRACT, reading, corrected).run()
    by_key = {dataset.key: dataset for dataset in reading.datasets}
    for name, kind in (("UserElement", "element"), ("TRCLog", "check log")):
        part, marks = sheets[name]
        annex = table_of(part, marks, 0)
        _account(reading, annex, len(part[0]), 0)
        reading.accounted[kind] += len(annex)
        places = {normal(heading): place for place, heading in enumerate(annex.headings)}
        texts = [column.to_pylist() for column in annex.columns]
        for row in range(len(annex)):
            values = {heading: texts[place][row] for heading, place in places.items()}
            key = (
                values["cdscode"],
                values["fullfiscalyear"],
                values["reportingperiod"],
                values["columncode"],
            )
            dataset = by_key.get(key)
            if dataset is None:
                continue
            if kind == "element":
                dataset.elements[values["elementcode"]] = values["valuedata"]
            else:
                place = [values["trcid"], values["parameter1"], values["parameter2"], values["parameter3"]]
                note_outcome(dataset, place, values["currentseverity"])
