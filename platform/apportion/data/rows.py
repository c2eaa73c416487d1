"""Rows of a data set: filters as a sentence, pages by key, totals, comparison, effects, download."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy.orm import Session

from reports.spreadsheets import Cell, csv_record
from tenants.language import Message, message
from tenants.records.datasets import Dataset
from tenants.records.ledger import LedgerLine, LedgerLineDetail
from tenants.records.plans import PlanBlock
from tenants.records.runs import Run
from workers.imports.ledger.codes import Segment, names

PAGE = 100
DOWNLOAD_BLOCK = 5_000
CHANGES_SHOWN = 20
FILTERS: tuple[str, ...] = ("fund", "resource", "goal", "function", "object", "school")
CODE = re.compile(r"[0-9A-Z]{1,7}")
RUN_MARK = re.compile(r"run/[0-9]+/")


@dataclasses.dataclass(frozen=True)
class Filter:
    """One condition: codes from first to last of a field."""

    field: str
    first: str
    last: str

    @property
    def text(self) -> str:
        """The filter as it stands in the form and the address."""
        return self.first if self.first == self.last else f"{self.first}-{self.last}"

    def condition(self) -> ColumnElement[bool]:
        """Return the condition in SQL."""
        # Codes are compared byte by byte, whatever the database's own order of letters.
        if self.first == self.last:
            return LedgerLine.__table__.c[self.field] == self.first
        ordered = LedgerLine.__table__.c[self.field].collate("C")
        return and_(ordered >= self.first, ordered <= self.last)

    def sentence(self) -> Message:
        """Return the filter in words."""
        templates = {
            "fund": (message("fund {first}"), message("funds {first} to {last}")),
            "resource": (message("resource {first}"), message("resources {first} to {last}")),
            "goal": (message("goal {first}"), message("goals {first} to {last}")),
            "function": (message("function {first}"), message("functions {first} to {last}")),
            "object": (message("object {first}"), message("objects {first} to {last}")),
            "school": (message("school {first}"), message("schools {first} to {last}")),
        }
        single, span = templates[self.field]
        if self.first == self.last:
            return {**single, "values": {"first": self.first}}
        return {**span, "values": {"first": self.first, "last": self.last}}


def filters(arguments: Mapping[str, str]) -> tuple[list[Filter], dict[str, str]]:
    """Read filters from an address: `fund=01`, `object=1000-7999`.

    Returns:
        The filters, and the texts that can't be read by field.
    """
    found: list[Filter] = []
    wrong: dict[str, str] = {}
    for field in FILTERS:
        typed = arguments.get(field, "").strip().upper()
        if not typed:
            continue
        first, dash, last = typed.replace("–", "-").partition("-")
        last = last.strip() if dash else first
        if CODE.fullmatch(first.strip()) and CODE.fullmatch(last) and first.strip() <= last:
            found.append(Filter(field, first.strip(), last))
        else:
            wrong[field] = typed
    return found, wrong


@dataclasses.dataclass(frozen=True)
class Rows:
    """One page of a data set's rows."""

    lines: list[LedgerLine]
    count: int
    cents: int
    before: int | None
    after: int | None


def _of(dataset: Dataset, chosen: list[Filter]) -> list[ColumnElement[bool]]:
    return [
        LedgerLine.district_id == dataset.district_id,
        LedgerLine.dataset_id == dataset.id,
        *(one.condition() for one in chosen),
    ]


def page(
    session: Session,
    dataset: Dataset,
    chosen: list[Filter],
    *,
    after: int | None = None,
    before: int | None = None,
) -> Rows:
    """Return a page of rows in the file's order, with count and sum of all that the filters leave.

    Pages go by key, so that the thousandth is as quick as the first.

    Args:
        session: the open transaction.
        dataset: whose rows.
        chosen: the filters.
        after: line after which the page begins; None for the first page.
        before: line before which the page ends.
    """
    conditions = _of(dataset, chosen)
    count, cents = session.execute(
        select(func.count(), func.coalesce(func.sum(LedgerLine.amount_cents), 0)).where(*conditions)
    ).one()
    wanted = select(LedgerLine).where(*conditions).limit(PAGE + 1)
    if before is not None:
        found = list(session.scalars(wanted.where(LedgerLine.line < before).order_by(LedgerLine.line.desc())))
        more, lines = len(found) > PAGE, found[:PAGE][::-1]
        return Rows(
            lines, count, int(cents), lines[0].line if more else None, lines[-1].line if lines else None
        )
    if after is not None:
        wanted = wanted.where(LedgerLine.line > after)
    found = list(session.scalars(wanted.order_by(LedgerLine.line)))
    lines = found[:PAGE]
    return Rows(
        lines,
        count,
        int(cents),
        lines[0].line if lines and after is not None else None,
        lines[-1].line if len(found) > PAGE else None,
    )


def title_of(field: Segment, code: str) -> str:
    """Return the state's name of a code, or nothing for a code that our table lacks."""
    return names(field).get(code, "")


@dataclasses.dataclass(frozen=True)
class Effects:
    """What depends on a data set: analyses that read it, and plan passages that print their figures."""

    runs: list[Run]
    passages: int


def effects(session: Session, dataset: Dataset) -> Effects:
    """Return what replacing or withdrawing a data set affects."""
    runs = list(
        session.scalars(
            select(Run)
            .where(Run.district_id == dataset.district_id, Run.inputs.contains([{"dataset_id": dataset.id}]))
            .order_by(Run.id.desc())
        )
    )
    marks = {f"run/{run.id}/" for run in runs}
    passages = 0
    if marks:
        held = session.execute(
            select(PlanBlock.text, func.coalesce(PlanBlock.reference, "")).where(
                PlanBlock.district_id == dataset.district_id, PlanBlock.removed_at.is_(None)
            )
        )
        passages = sum(
            not marks.isdisjoint(RUN_MARK.findall(written) + RUN_MARK.findall(reference))
            for written, reference in held
        )
    return Effects(runs, passages)


def history(session: Session, dataset: Dataset) -> list[Dataset]:
    """Return all loads of the same fiscal year, period and column, newest first."""
    return list(
        session.scalars(
            select(Dataset)
            .where(
                Dataset.district_id == dataset.district_id,
                Dataset.fiscal_year == dataset.fiscal_year,
                Dataset.period == dataset.period,
                Dataset.column_code == dataset.column_code,
            )
            .order_by(Dataset.id.desc())
        )
    )


@dataclasses.dataclass(frozen=True)
class Change:
    """An account whose amount differs between two loads, in cents."""

    account: str
    before: int
    now: int

    @property
    def difference(self) -> int:
        """What the newer load has more."""
        return self.now - self.before


_ACCOUNT = "concat_ws('-', fund, resource, project_year, goal, function, object)"
_COMPARED = f"""
    with earlier as (select {_ACCOUNT} as account, sum(amount_cents) as cents from ledger_line
                     where district_id = :district and dataset_id = :earlier group by 1),
         later as (select {_ACCOUNT} as account, sum(amount_cents) as cents from ledger_line
                   where district_id = :district and dataset_id = :later group by 1),
         both_sides as (select coalesce(earlier.account, later.account) as account,
                               coalesce(earlier.cents, 0) as before, coalesce(later.cents, 0) as now
                        from earlier full join later on later.account = earlier.account)
    select account, before, now, count(*) over () as changed
    from both_sides where before <> now order by abs(now - before) desc, account limit :shown
"""


def compare(session: Session, earlier: Dataset, later: Dataset) -> tuple[int, list[Change]]:
    """Return how many accounts differ between two loads, and those that differ most."""
    found = session.execute(
        text(_COMPARED),
        {
            "district": later.district_id,
            "earlier": earlier.id,
            "later": later.id,
            "shown": CHANGES_SHOWN,
        },
    ).all()
    changed = int(found[0].changed) if found else 0
    return changed, [Change(row.account, int(row.before), int(row.now)) for row in found]


def download(session: Session, dataset: Dataset, chosen: list[Filter], *, personnel: bool) -> Iterator[str]:
    """Yield the rows as CSV, in blocks, so that a million rows never stand in memory.

    Args:
        session: a transaction that stays open meanwhile.
        dataset: whose rows.
        chosen: the filters.
        personnel: whether descriptions and payees go out too.
    """
    yield csv_record(["line", *FIELDS, "amount", "flag", *(["description", "party"] if personnel else [])])
    last = 0
    while True:
        wanted = select(LedgerLine).where(*_of(dataset, chosen), LedgerLine.line > last)
        lines = list(session.scalars(wanted.order_by(LedgerLine.line).limit(DOWNLOAD_BLOCK)))
        if not lines:
            return
        details = _details(session, dataset, lines) if personnel else {}
        yield "".join(csv_record(_cells(line, details, personnel=personnel)) for line in lines)
        last = lines[-1].line
        session.expunge_all()


FIELDS = ("fund", "resource", "project_year", "goal", "function", "object", "school")


def _cells(line: LedgerLine, details: dict[int, tuple[str, str]], *, personnel: bool) -> list[Cell]:
    codes = [getattr(line, field) for field in FIELDS]
    more = details.get(line.line, ("", "")) if personnel else ()
    # In cents with the point moved: every digit stays.
    return [line.line, *codes, Decimal(line.amount_cents).scaleb(-2), line.flag, *more]


def _details(session: Session, dataset: Dataset, lines: list[LedgerLine]) -> dict[int, tuple[str, str]]:
    found = session.execute(
        select(LedgerLineDetail.line, LedgerLineDetail.description, LedgerLineDetail.party).where(
            LedgerLineDetail.district_id == dataset.district_id,
            LedgerLineDetail.dataset_id == dataset.id,
            LedgerLineDetail.line.between(lines[0].line, lines[-1].line),
        )
    )
    return {row.line: (row.description, row.party) for row in found}
