"""Where a figure comes from: its formula, the ledger lines that it is made of, and their rows in the file."""

from __future__ import annotations

import dataclasses
import io
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import ColumnElement, and_, case, func, literal, not_, select
from sqlalchemy.orm import Session

from tenants.files import FileStore
from tenants.records import runs
from tenants.records.datasets import Dataset, LedgerLoad, SourceFile
from tenants.records.ledger import LedgerLine
from workers.analyses.ledger import Where
from workers.analyses.result import Figure, canonical

LINES_SHOWN = 12
ROWS_SHOWN = 6
LONGEST_ROW = 400


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A selection of one dataset's lines with the sign by which it enters a figure."""

    dataset_id: int
    where: Where
    sign: int
    cents: int


@dataclasses.dataclass(frozen=True)
class Line:
    """A ledger line as shown: physical line in the file, account, and cents as they enter the figure."""

    line: int
    account: str
    cents: int
    times: int = 1
    """How often and with which sign the line enters: a projection may start from it and carry it as well."""
    raw: str = ""

    @property
    def own_cents(self) -> int:
        """Return the line's own amount."""
        return self.cents // self.times


@dataclasses.dataclass(frozen=True)
class Source:
    """The lines of one dataset that a figure is made of."""

    dataset: Dataset
    file_name: str
    count: int
    cents: int
    """Sum of all lines, with the signs by which they enter."""
    lines: list[Line]
    """The largest ones."""
    filters: dict[str, str] | None
    """For the dataset's page: the one selection as filters; None where it takes several."""


@dataclasses.dataclass(frozen=True)
class Lineage:
    """Everything that answers "where does this come from?"."""

    key: str
    figure: Figure
    parts: list[dict[str, Any]]
    """The figure's parts; those that are figures carry `label`, `value`, `unit` of that figure."""
    sources: list[Source]
    adds_up: bool
    """True if the figure is nothing but the sum of these ledger lines."""
    added: int | None
    """Cents that assumptions add to the sum of the lines; None if the figure is no sum of lines."""


def leaves(figures: Mapping[str, Figure], key: str, sign: int = 1) -> tuple[list[Leaf], bool]:
    """Return the ledger selections that add up to a figure, and whether they are all of it.

    Only sums are followed: what a percentage of an assumption adds is no ledger line.
    """
    figure = figures[key]
    pure = figure["operation"] == "sum"
    found: list[Leaf] = []
    if not pure:
        return found, False
    for part in figure["parts"]:
        inner = sign * part.get("sign", 1)
        if "ledger" in part:
            leaf = part["ledger"]
            found.append(Leaf(leaf["dataset_id"], leaf["where"], inner, part["cents"]))
        elif "figure" in part:
            below, clean = leaves(figures, part["figure"], inner)
            found += below
            pure = pure and clean
        else:
            pure = False
    return found, pure


def starting_points(figures: Mapping[str, Figure], key: str, seen: set[str] | None = None) -> list[Leaf]:
    """Return the ledger selections that a computed figure (a product, a share) starts from, each once."""
    seen = set() if seen is None else seen
    if key in seen:
        return []
    seen.add(key)
    found: list[Leaf] = []
    for part in figures[key]["parts"]:
        if "ledger" in part:
            leaf = part["ledger"]
            found.append(Leaf(leaf["dataset_id"], leaf["where"], part.get("sign", 1), part["cents"]))
        elif "figure" in part:
            found += starting_points(figures, part["figure"], seen)
    return found


def merged(found: list[Leaf]) -> list[Leaf]:
    """Return selections with equal ones added; those that cancel are gone."""
    weights: dict[str, Leaf] = {}
    for leaf in found:
        name = f"{leaf.dataset_id} {canonical(leaf.where).decode()}"
        before = weights.get(name)
        weights[name] = dataclasses.replace(leaf, sign=leaf.sign + (before.sign if before else 0))
    return [leaf for leaf in weights.values() if leaf.sign]


def condition(where: Where) -> ColumnElement[bool]:
    """Return a selection as a condition on ledger lines; ranges compare codes byte by byte."""
    terms: list[ColumnElement[bool]] = []
    for field, codes in where.items():
        if field == "exclude":
            terms.append(not_(condition(codes)))
            continue
        column = getattr(LedgerLine, field)
        if len(codes) == 1 or codes[0] == codes[-1]:
            terms.append(column == codes[0])
        else:
            code = column.collate("C")
            terms += [code >= codes[0], code <= codes[-1]]
    return and_(*terms)


def filters_of(where: Where) -> dict[str, str]:
    """Return a selection as the filters of the dataset's page: field to `code` or `from-to`."""
    return {
        field: codes[0] if codes[0] == codes[-1] else f"{codes[0]}-{codes[-1]}"
        for field, codes in where.items()
        if field != "exclude"
    }


def _lines(session: Session, dataset: Dataset, found: list[Leaf]) -> tuple[int, int, list[Line]]:
    """Return count, signed sum and the largest of the lines that a dataset's selections name."""
    weights = [case((condition(leaf.where), leaf.sign), else_=0) for leaf in found]
    weight: ColumnElement[int] = sum(weights[1:], weights[0]) if weights else literal(0)
    # Materialized: otherwise PostgreSQL works every selection out again for each use of the weight.
    weighed = (
        select(
            LedgerLine.line,
            LedgerLine.fund,
            LedgerLine.resource,
            LedgerLine.project_year,
            LedgerLine.goal,
            LedgerLine.function,
            LedgerLine.object,
            LedgerLine.amount_cents,
            weight.label("weight"),
        )
        .where(
            LedgerLine.district_id == dataset.district_id,
            LedgerLine.dataset_id == dataset.id,
            LedgerLine.fund.in_({leaf.where["fund"][0] for leaf in found}),
        )
        .cte("weighed")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    cents = (weighed.c.amount_cents * weighed.c.weight).label("cents")
    rows = session.execute(
        select(
            weighed,
            cents,
            func.count().over().label("counted"),
            func.sum(cents).over().label("total"),
        )
        .where(weighed.c.weight != 0)
        .order_by(func.abs(cents).desc(), weighed.c.line)
        .limit(LINES_SHOWN)
    ).all()
    lines = [
        Line(
            each.line,
            "-".join((each.fund, each.resource, each.project_year, each.goal, each.function, each.object)),
            int(each.cents),
            int(each.weight),
        )
        for each in rows
    ]
    return (rows[0].counted, int(rows[0].total), lines) if rows else (0, 0, [])


def trace(
    session: Session, district_id: int, run: runs.Run, key: str, files: FileStore | None = None
) -> Lineage | None:
    """Return where a figure of a run comes from, or None if the run has no such figure.

    Args:
        session: in a scope that may read the district's ledger lines.
        district_id: the district.
        run: the run.
        key: the figure's key.
        files: where the filed rows are read from; without it rows have no text.
    """
    figures = run.result["figures"]
    if key not in figures:
        return None
    figure = figures[key]
    parts = []
    for part in figure["parts"]:
        shown = dict(part)
        if "figure" in part:
            named = figures[part["figure"]]
            shown |= {field: named[field] for field in ("label", "value", "unit", "fiscal_year")}
        parts.append(shown)
    found, pure = leaves(figures, key)
    summed = bool(found) and figure["unit"] == "cents"
    if not found:
        found = starting_points(figures, key)
    by_dataset: dict[int, list[Leaf]] = defaultdict(list)
    for leaf in merged(found):
        by_dataset[leaf.dataset_id].append(leaf)
    sources = []
    for dataset_id, chosen in by_dataset.items():
        dataset = session.get(Dataset, (district_id, dataset_id))
        if dataset is not None:
            sources.append(_source(session, dataset, chosen, files))
    added = figure["value"] - sum(source.cents for source in sources) if summed else None
    return Lineage(key, figure, parts, sources, pure, added)


def _source(session: Session, dataset: Dataset, chosen: list[Leaf], files: FileStore | None) -> Source:
    count, total, lines = _lines(session, dataset, chosen)
    file = session.scalar(
        select(SourceFile)
        .join(
            LedgerLoad,
            and_(
                LedgerLoad.district_id == SourceFile.district_id, LedgerLoad.source_file_id == SourceFile.id
            ),
        )
        .where(LedgerLoad.district_id == dataset.district_id, LedgerLoad.id == dataset.load_id)
    )
    if file is not None and files is not None:
        texts = raw_rows(files, file, [each.line for each in lines[:ROWS_SHOWN]])
        lines = [dataclasses.replace(each, raw=texts.get(each.line, "")) for each in lines]
    one = chosen[0].where if len(chosen) == 1 else None
    return Source(
        dataset,
        file.name if file is not None else "",
        count,
        total,
        lines,
        filters_of(one) if one is not None and "exclude" not in one else None,
    )


def raw_rows(files: FileStore, file: SourceFile, numbers: list[int]) -> dict[int, str]:
    """Return the stored file's rows of these numbers, counted from 1, as they came."""
    wanted = set(numbers)
    if not wanted:
        return {}
    path = files.path(file.storage_key)
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"PK"):
        return _sheet_rows(path.read_bytes(), wanted)
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with path.open(encoding=encoding, errors="replace", newline="\n") as text:
        rows: Iterator[tuple[int, str]] = enumerate(itertools.islice(text, max(wanted)), start=1)
        return {number: row.rstrip("\r\n")[:LONGEST_ROW] for number, row in rows if number in wanted}


def _sheet_rows(content: bytes, wanted: set[int]) -> dict[int, str]:
    """Return rows of the sheet that has the most of them: in a workbook of the state, the ledger's."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheet = max(
        (book.get_sheet_by_name(name) for name in book.sheet_names), key=lambda each: each.total_height
    )
    rows = sheet.to_python(skip_empty_area=False)
    return {
        number: " | ".join(str(cell) for cell in rows[number - 1] if cell != "")[:LONGEST_ROW]
        for number in wanted
        if number <= len(rows)
    }
