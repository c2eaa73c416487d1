"""Mapping a table's columns: guesses with confidence, samples, the saved way of this district."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.records.datasets import ColumnMapping, LedgerLoad
from workers.imports.ledger import mapping as mappings
from workers.imports.ledger.codes import is_fiscal_year

SURE = 0.9
LIKELY = 0.8
SHEET_SAMPLES = 2
"""Rows of a sheet that are shown where one is chosen."""


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of the file: heading, samples, and what it is taken for."""

    place: int
    heading: str
    samples: list[str]
    field: str
    confidence: float | None
    """None where the choice is a person's or a saved mapping's."""


@dataclasses.dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: its rows, headings and first values, as the page offers it."""

    name: str
    rows: int
    headings: list[str]
    samples: list[list[str]]
    """First rows, each as long as `headings`."""


@dataclasses.dataclass(frozen=True)
class ColumnsPage:
    """What the page shows."""

    columns: list[Column]
    values: dict[str, str]
    reading: dict[str, Any]
    saved: str | None
    """Name of the saved mapping with the same headings, or None."""
    reordered: bool
    """Whether the headings stand in another order than in the saved mapping."""
    sheets: list[Sheet]
    """The sheets to choose from; empty where there is no choice."""
    sheet: str | None
    """The chosen one."""


def question(load: LedgerLoad, sheet: str | None = None) -> dict[str, Any] | None:
    """Return what a load asks about its columns: of the named sheet, else of the proposed one."""
    asked: dict[str, Any] | None = (load.report or {}).get("needs_mapping")
    if not asked:
        return None
    chosen = (one for one in asked.get("sheets", []) if one["name"] == sheet and one["headings"])
    return {**asked, **next(chosen, {})}


def year_in(name: str) -> str | None:
    """Return the one fiscal year that a file's name holds, as 2025-26, or None."""
    found = {
        f"{first}-{second}" for first, second in re.findall(r"(20[0-9]{2})[-_ ]?([0-9]{2})(?![0-9])", name)
    }
    years = [year for year in found if is_fiscal_year(year)]
    return years[0] if len(years) == 1 else None


def page(session: Session, load: LedgerLoad, file_name: str, sheet: str | None = None) -> ColumnsPage | None:
    """Return the columns of a load that waits for them, or None when it does not.

    Args:
        session: the open transaction.
        load: whose columns.
        file_name: may hold the fiscal year.
        sheet: the sheet of a workbook that the person chose.
    """
    asked = question(load, sheet)
    if asked is None:
        return None
    headings: list[str] = asked["headings"]
    guessed = {one["column"]: one for one in asked["guesses"]}
    same = _same_headings(session, load.district_id, headings)
    taken = {
        mappings.normal(heading): field
        for field, heading in (same.mapping["columns"] if same else {}).items()
    }
    columns = []
    for place, heading in enumerate(headings):
        guess = guessed.get(place)
        saved = taken.get(mappings.normal(heading))
        field = saved or (guess["field"] if guess and not same else "")
        columns.append(
            Column(
                place,
                heading,
                asked["samples"].get(str(place), []),
                field,
                None if saved or not guess else guess["confidence"],
            )
        )
    values = {
        **{
            name: value
            for name, value in (same.mapping.get("values", {}) if same else {}).items()
            if name != "fiscal_year"
        },
        **({"fiscal_year": year} if (year := year_in(file_name)) else {}),
        **{
            name: load.expected[name]
            for name in ("fiscal_year", "period", "column")
            if load.expected.get(name)
        },
    }
    reading = {
        **(same.mapping.get("reading", {}) if same else {}),
        **{k: v for k, v in asked["reading"].items() if v},
    }
    return ColumnsPage(
        columns,
        values,
        reading,
        same.name if same else None,
        same is not None and same.signature != asked["signature"],
        [_sheet(one) for one in asked.get("sheets", [])],
        asked.get("name"),
    )


def _sheet(offered: dict[str, Any]) -> Sheet:
    samples = offered.get("samples", {})
    columns = [samples.get(str(place), []) for place in range(len(offered["headings"]))]
    rows = [list(row) for row in zip(*columns, strict=False)] if columns else []
    return Sheet(offered["name"], offered["rows"], offered["headings"], rows[:SHEET_SAMPLES])


def _same_headings(session: Session, district_id: int, headings: list[str]) -> ColumnMapping | None:
    """Return a saved mapping whose headings are these in another order."""
    wanted = sorted(mappings.normal(heading) for heading in headings)
    for saved in session.scalars(
        select(ColumnMapping)
        .where(ColumnMapping.district_id == district_id)
        .order_by(ColumnMapping.id.desc())
    ):
        held = (saved.mapping.get("reading") or {}).get("headings") or []
        if sorted(mappings.normal(heading) for heading in held) == wanted:
            return saved
    return None


def from_form(form: Mapping[str, str], headings: list[str]) -> mappings.Mapping:
    """Return the mapping that a form states.

    Raises:
        RefusedFileError: naming the entry that can't be used.
    """
    columns = {
        form[f"column-{place}"]: heading
        for place, heading in enumerate(headings)
        if form.get(f"column-{place}")
    }
    values = {
        name: form[f"value-{name}"].strip()
        for name in ("fiscal_year", "period", "column")
        if name not in columns and form.get(f"value-{name}", "").strip()
    }
    return mappings.from_document(
        {
            "columns": columns,
            "values": values,
            "reading": {
                "encoding": form.get("encoding") or None,
                "delimiter": {"tab": "\t"}.get(form.get("delimiter", ""), form.get("delimiter") or ","),
                "thousands": form.get("thousands") or "",
                "negatives": form.get("negatives") or "minus",
                "total_rows": form.get("total_rows") == "1",
                "sheet": form.get("sheet") or None,
                "headings": headings,
            },
        }
    )


def twice(form: Mapping[str, str], headings: list[str]) -> str | None:
    """Return a field that the form gives to two columns, or None."""
    chosen = [form.get(f"column-{place}", "") for place in range(len(headings))]
    return next((field for field in chosen if field and chosen.count(field) > 1), None)


def missing(mapping: mappings.Mapping) -> list[str]:
    """Return the fields that a ledger needs and the mapping does not name."""
    have = set(mapping.columns) | set(mapping.values)
    lacking = (
        []
        if "account" in have
        else [f for f in ("fund", "resource", "goal", "function", "object") if f not in have]
    )
    if "amount" not in have and not {"debit", "credit"} <= have:
        lacking.append("amount")
    return lacking + [field for field in ("fiscal_year", "period", "column") if field not in have]


def save(session: Session, load: LedgerLoad, mapping: mappings.Mapping, name: str, person_id: int) -> int:
    """Remember a mapping under its headings and give it to the load; return its id."""
    signature = mappings.signature(list(mapping.headings or ()))
    values = {"name": name, "mapping": mapping.document(), "created_by": person_id, "created_at": func.now()}
    mapping_id: int = session.execute(
        insert(ColumnMapping)
        .values(district_id=load.district_id, signature=signature, **values)
        .on_conflict_do_update(index_elements=["district_id", "signature"], set_=values)
        .returning(ColumnMapping.id)
    ).scalar_one()
    # What holds for the whole file is this load's own: the mapping may be saved again for another year.
    load.expected = {**load.expected, **mapping.values, "mapping_id": mapping_id}
    load.state = "received"
    return mapping_id
