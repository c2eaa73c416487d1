"""Ledgers put into a district's books for tests of what is made from them, with the file beside them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.database import Database
from tenants.files import FileStore
from tenants.scope import Scope

FIELDS = ("fund", "resource", "project_year", "goal", "function", "object")
CUTS = ((0, 2), (2, 6), (6, 7), (7, 11), (11, 15), (15, 19))


def small_export(
    rows: list[tuple[str, str]],
    fiscal_year: str = "2024-25",
    column: str = "BB",
    ada: str | None = "900.00",
    cds: str = "99000000000001",
) -> bytes:
    """Return a file in the state's export layout with one dataset and its ADA."""
    out = io.StringIO()
    write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow
    write([fiscal_year, cds, "BS1", column])
    for account, amount in rows:
        write([account, amount, "I"])
    write(["-1", "EOD", cds, "BS1", column, str(len(rows))])
    if ada is not None:
        write([fiscal_year, cds, "BS1", column, "ELEMENT"])
        write(["A.TOTAL.DISTRICT.ADA.P2", ada])
        write(["-1", "EOD", cds, "BS1", column, "1"])
    write(["-1", "EOF", cds, "0", "", ""])
    return out.getvalue().encode()


def store(
    database: Database, files: FileStore, district_id: int, person_id: int, name: str, content: bytes
) -> list[int]:
    """Keep an export file and put its datasets into the books; return the datasets' ids."""
    kept = files.keep(district_id, io.BytesIO(content))
    made: list[int] = []
    with database.transaction(Scope.for_upkeep(district_id)) as session:
        session.execute(
            text(
                "insert into source_file (district_id, name, sha256, size, storage_key, received_by)"
                " values (:d, :name, :sha, :size, :key, :person) on conflict (district_id, sha256) do nothing"
            ),
            {
                "d": district_id,
                "name": name,
                "sha": kept.sha256,
                "size": kept.size,
                "key": kept.key,
                "person": person_id,
            },
        )
        file_id = session.execute(
            text("select id from source_file where district_id = :d and sha256 = :sha"),
            {"d": district_id, "sha": kept.sha256},
        ).scalar_one()
        load_id = session.execute(
            text(
                "insert into ledger_load (district_id, source_file_id, state, layout, expected, requested_by)"
                " values (:d, :file, 'ready', 'sacs-export', '{}', :person) returning id"
            ),
            {"d": district_id, "file": file_id, "person": person_id},
        ).scalar_one()
        block: list[str] = []
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        lines: list[dict[str, object]] = []
        for record in reader:
            if record[0] == "-1" or len(record) in (4, 5):
                if lines:
                    made.append(_dataset(session, district_id, load_id, block, lines))
                    lines = []
                block = record
            elif len(block) == 4:
                account, amount = record[0], record[1]
                line: dict[str, object] = {
                    field: account[a:b] for field, (a, b) in zip(FIELDS, CUTS, strict=True)
                }
                line |= {"line": reader.line_num, "cents": int(Decimal(amount) * 100)}
                lines.append(line)
            elif block[-1] == "ELEMENT" and record[0] == "A.TOTAL.DISTRICT.ADA.P2" and record[1]:
                session.execute(
                    text(
                        "insert into attendance_figure (district_id, fiscal_year, ada, source)"
                        " values (:d, :year, :ada, 'element') on conflict do nothing"
                    ),
                    {"d": district_id, "year": block[0], "ada": record[1]},
                )
    return made


def _dataset(
    session: Session, district_id: int, load_id: int, block: list[str], lines: list[dict[str, object]]
) -> int:
    key = {"d": district_id, "year": block[0], "period": block[2], "column": block[3]}
    session.execute(
        text(
            "update dataset set state = 'superseded' where district_id = :d and fiscal_year = :year"
            " and period = :period and column_code = :column and state = 'ready'"
        ),
        key,
    )
    dataset_id: int = session.execute(
        text(
            "insert into dataset (district_id, load_id, fiscal_year, period, column_code, lines, digest, "
            "control)"
            " values (:d, :load, :year, :period, :column, :lines, :digest, '{}') returning id"
        ),
        {**key, "load": load_id, "lines": len(lines), "digest": f"{load_id}-{block}"},
    ).scalar_one()
    session.execute(
        text(
            "insert into ledger_line (district_id, dataset_id, line, fund, resource, project_year, goal, "
            "function,"
            " object, amount_cents) values (:d, :dataset, :line, :fund, :resource, :project_year, :goal, "
            ":function,"
            " :object, :cents)"
        ),
        [{**line, "d": district_id, "dataset": dataset_id} for line in lines],
    )
    return dataset_id


def store_file(
    database: Database, files: FileStore, district_id: int, person_id: int, path: Path
) -> list[int]:
    """Keep a real export file and put its datasets into the books."""
    return store(database, files, district_id, person_id, path.name, path.read_bytes())
