"""Marked rows for every table of a district, made from the tables' own definitions.

A new table is filled without a word here: what a column needs follows from its type, its checks and its keys.
Each text carries the district's mark, so that a mark in the wrong place is a hole in a wall.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from apportion.proof import shapes
from tenants import rights, schema
from tenants.base import information_class

TABLES = {table.name: table for table in schema.Base.metadata.sorted_tables}
DISTRICT_TABLES = [name for name, table in TABLES.items() if information_class(table)]
Rows = dict[str, list[dict[str, Any]]]

_CHOICE = re.compile(r"(\w+) in \('([^']+)'")
_AT_REST = {("job", "state"): "done"}
"""Columns whose usual value would set the platform to work on a marked row."""


def fill(
    session: Session,
    mark: str,
    rows: Rows,
    *,
    but: frozenset[str] = frozenset(),
    given: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Add a marked row to each table of the scope's district, and note it in `rows`.

    Args:
        session: in the scope of upkeep of the district.
        mark: what each text begins with.
        rows: the parents that are there already: organization and person; every new row is added.
        but: tables that stay empty, and with them those whose rows hang on theirs.
        given: values of columns that say something else than a mark, by table and column.
    """
    left_out = set(but)
    for name in DISTRICT_TABLES:
        table = TABLES[name]
        if name in left_out or left_out & _parents(table):
            left_out.add(name)
            continue
        row = new_row(table, mark, 0, rows) | dict((given or {}).get(name, {}))
        seen = [column for column in table.c if column.name in rights.wanted()[name]["SELECT"]]
        added = session.execute(sa.insert(table).values(row).returning(*seen)).mappings().one()
        rows.setdefault(name, []).append(dict(added))


def _parents(table: sa.Table) -> set[str]:
    return {
        constraint.referred_table.name
        for constraint in table.foreign_key_constraints
        if not any(element.parent.nullable for element in constraint.elements)
    }


def new_row(table: sa.Table, mark: str, number: int, parents: Rows) -> dict[str, Any]:
    """Return a whole row: keys to the first row of each parent, marked values for what has no default."""
    row: dict[str, Any] = {}
    for constraint in table.foreign_key_constraints:
        if any(element.parent.nullable for element in constraint.elements):
            continue
        parent = parents[constraint.referred_table.name][0]
        for element in constraint.elements:
            row[element.parent.name] = parent[element.column.name]
    for column in table.columns:
        if (table.name, column.name) in _AT_REST:
            row[column.name] = _AT_REST[table.name, column.name]
        needs = not column.nullable and (column.server_default is None or shapes.has(table.name, column.name))
        marked = isinstance(column.type, sa.Text) and column.server_default is not None
        if column.name not in row and (needs or (marked and _free_text(column))):
            row[column.name] = value_for(column, mark, number)
    return row


def value_for(column: sa.Column[Any], mark: str, number: int) -> Any:
    """Return a value that a column takes: one of its shape, the first that its checks name, a marked one."""
    shaped = shapes.marked(column.table.name, column.name, mark, number)
    return shaped if shaped is not None else _of_type(column, mark, number)


def _of_type(column: sa.Column[Any], mark: str, number: int) -> Any:
    for check in column.table.constraints:
        if isinstance(check, sa.CheckConstraint):
            named = _CHOICE.search(str(check.sqltext))
            if named and named.group(1) == column.name:
                return named.group(2)
    kind = column.type
    if column.name in {"fiscal_year", "base_year"}:
        return f"20{24 + number}-{25 + number}"
    if isinstance(kind, sa.Text):
        return f"{mark} {column.name} {number}"
    if isinstance(kind, (sa.BigInteger, sa.Integer)):
        return number + 1
    plain: dict[type, Any] = {
        sa.Boolean: False,
        sa.Numeric: number + 1,
        sa.Date: dt.date(2026, 7, 1 + number),
        sa.DateTime: dt.datetime(2026, 7, 1 + number, tzinfo=dt.UTC),
        sa.LargeBinary: f"{mark} {column.name} {number}".encode(),
    }
    if isinstance(kind, JSONB):
        return {"mark": f"{mark} {number}"}
    return next(value for known, value in plain.items() if isinstance(kind, known))


def _free_text(column: sa.Column[Any]) -> bool:
    return str(getattr(column.server_default, "arg", "")) == "" and column.name != "flag"
