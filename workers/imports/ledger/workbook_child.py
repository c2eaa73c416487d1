"""Opens a workbook in a process with limits on memory and time and hands its cells over as Arrow.

Run as `python -m workers.imports.ledger.workbook_child FILE [ROWS]`; with ROWS only so many of each sheet.
Its output is blocks, each led by its length: first JSON that describes the sheets and what stands in them
that a ledger must not hold; then for each visible sheet its name and an Arrow stream.
"""

from __future__ import annotations

import itertools
import json
import re
import resource
import struct
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

MEMORY = 1536 * 1024 * 1024
SECONDS = 120
CHUNK = 1 << 20
FORMULA = re.compile(rb"<c r=\"([A-Z]{1,3}[0-9]{1,7})\"[^>]*>\s*<f[ />]")
MERGED = re.compile(rb"<mergeCell ref=\"([A-Z0-9:]{2,20})\"")
SHEET = re.compile(rb"<sheet\b([^>]*)>")


def main() -> int:
    """Read the workbook that the command line names; write to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - after the limits are set

    path = sys.argv[1]
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else None
    workbook = CalamineWorkbook.from_path(path)
    states = {str(sheet.name): str(sheet.visible).rsplit(".", 1)[-1] for sheet in workbook.sheets_metadata}
    out = sys.stdout.buffer
    description: dict[str, Any] = {"sheets": [], **(_inspect(path) if limit is None else {})}
    wanted = [name for name, state in states.items() if state == "Visible"]
    description["sheets"] = [{"name": name, "state": state} for name, state in states.items()]
    _block(out, json.dumps(description).encode())
    for name in wanted:
        sheet = workbook.get_sheet_by_name(name)
        _send(out, name, sheet, limit)
    return 0


def _inspect(path: str) -> dict[str, Any]:
    """Look into the packed XML for formulas, merged cells and links, in pieces."""
    formulas: dict[str, list[str]] = {}
    merged: dict[str, list[str]] = {}
    with zipfile.ZipFile(path) as package:
        links = any(name.startswith("xl/externalLinks/") for name in package.namelist())
        sheets = sorted(
            name for name in package.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)
        )
        for name in sheets:
            with package.open(name) as stream:
                for piece in _pieces(stream):
                    for found, kept in ((FORMULA, formulas), (MERGED, merged)):
                        cells = kept.setdefault(name, [])
                        cells.extend(
                            cell
                            for match in found.finditer(piece)
                            if (cell := match[1].decode()) not in cells[-50:]
                        )
                        del cells[200:]
    return {
        "formulas": [cell for cells in formulas.values() for cell in cells],
        "merged": [cell for cells in merged.values() for cell in cells],
        "links": links,
    }


def _pieces(stream: Any) -> Iterator[bytes]:
    tail = b""
    while chunk := stream.read(CHUNK):
        yield tail + chunk
        tail = chunk[-400:]


def _send(out: BinaryIO, name: str, sheet: Any, limit: int | None) -> None:
    from workers.imports.ledger.arrow import pa  # noqa: PLC0415 - after the limits are set

    height, width = sheet.height, sheet.width
    _block(out, json.dumps({"name": name, "width": width}).encode())
    texts: list[list[str]] = [[] for _ in range(width)]
    kinds: list[bytearray] = [bytearray() for _ in range(width)]
    for row in itertools.islice(sheet.iter_rows(), limit) if height else ():
        for place in range(width):
            text, kind = _cell(row[place] if place < len(row) else "")
            texts[place].append(text)
            kinds[place].append(kind)
    arrays = [pa.array(column, pa.string()) for column in texts]
    marks = [pa.array(list(bytes(kind)), pa.uint8()) for kind in kinds]
    names = [f"c{place}" for place in range(width)] + [f"k{place}" for place in range(width)]
    table = pa.table(arrays + marks, names=names) if width else pa.table({})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    _block(out, sink.getvalue().to_pybytes())


def _cell(value: Any) -> tuple[str, int]:
    if value is None or value == "":
        return "", ord(" ")
    if isinstance(value, bool):
        return str(value), ord("b")
    if isinstance(value, (int, float)):
        return _number(float(value)), ord("n")
    if isinstance(value, str):
        return value, ord("e") if value.startswith("#") and value.endswith(("!", "?", "A")) else ord("s")
    return str(value), ord("d")


def _number(value: float) -> str:
    """Write a spreadsheet's number as its cents where it has them, else with all its digits."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - the test for NaN
        return "NaN"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    cents = round(value * 100)
    if abs(value * 100 - cents) <= max(1e-6, abs(value) * 1e-13):
        sign = "-" if cents < 0 else ""
        return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
    return repr(value)


def _block(out: BinaryIO, data: bytes) -> None:
    out.write(struct.pack(">Q", len(data)))
    out.write(data)


if __name__ == "__main__":
    raise SystemExit(main())
