"""Finds analyses, their figures, ledgers and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask
from sqlalchemy import Text, column, func, select, true, tuple_, values
from sqlalchemy.orm import Session

from apportion.data.words import COLUMNS, FIELDS, PERIODS
from apportion.frame.facts import may
from apportion.request import _, _n
from apportion.search.hits import Group, Hit, group, hit
from apportion.search.words import Query, fold
from tenants.language import format_money, format_number, format_percent, render
from tenants.records import runs
from tenants.records.datasets import Dataset, LedgerLoad, SourceFile
from tenants.records.ledger import LedgerLine
from workers import studies
from workers.imports.ledger.codes import Segment, names

SEGMENTS: tuple[Segment, ...] = ("fund", "resource", "goal", "function", "object")
CANDIDATES = 40
"""Most accounts whose lines are looked for: a word like “services” names very many."""


def analyses(session: Session, district_id: int, query: Query, language: str) -> Iterator[Group]:
    """Yield analyses by question, finding or caption, and the figures of their newest answers."""
    if not may("analyses.run"):
        return
    answers: list[Hit] = []
    figures: dict[tuple[str, str, str], Hit] = {}
    for document in runs.newest_documents(session, district_id):
        module = studies.BY_NAME[document["analysis"]]
        run_id = document["run_id"]
        address = flask.url_for("analyses.run", district_id=district_id, run_id=run_id)
        title = render(module.TITLE, language)
        texts = [render(document["finding"], language), render(module.QUESTION, language)]
        texts += [render(table["caption"], language) for table in document["tables"].values()]
        if query.fits(title, *texts):
            answers.append(hit(query, title, address, texts))
        for label, year, printed, key in _figures(document, query, language):
            where = flask.url_for("analyses.figure", district_id=district_id, run_id=run_id, key=key)
            named = f"{label}, {year}" if year else label
            # The same figure stands in several analyses; one is enough to be led to it.
            figures.setdefault((label, year, printed), hit(query, named, where, note=printed))
    yield group(_("Analyses"), answers)
    # The plainest name first, and of one name the latest year.
    order = sorted(sorted(figures, key=lambda each: each[1], reverse=True), key=lambda each: len(each[0]))
    yield group(_("Figures"), [figures[each] for each in order])


def _figures(document: dict[str, Any], query: Query, language: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the label, fiscal year, printed value and key of each figure that fits."""
    for key, figure in document["figures"].items():
        label, year = render(figure["label"], language), str(figure["fiscal_year"] or "")
        printed = _printed(figure, language)
        if query.fits(label, year, printed):
            yield label, year, printed, key


def _printed(figure: dict[str, Any], language: str) -> str:
    value = figure["value"]
    if figure["unit"] == "cents":
        return format_money(int(value), language)
    if figure["unit"] == "percent":
        return format_percent(value, language)
    return format_number(value, language, 0 if value == int(value) else 2)


def ledgers(session: Session, district_id: int, query: Query, language: str) -> Iterator[Group]:
    """Yield ledgers by year, period or file, and accounts of the newest one by code or name."""
    if may("data.home"):
        yield group(_("Ledgers"), list(_datasets(session, district_id, query)))
    if may("data.dataset"):
        yield group(_("Accounts"), list(_accounts(session, district_id, query, language)))


def _datasets(session: Session, district_id: int, query: Query) -> Iterator[Hit]:
    rows = session.execute(
        select(Dataset, SourceFile.name)
        .join(
            LedgerLoad, (LedgerLoad.district_id == Dataset.district_id) & (LedgerLoad.id == Dataset.load_id)
        )
        .join(
            SourceFile,
            (SourceFile.district_id == LedgerLoad.district_id) & (SourceFile.id == LedgerLoad.source_file_id),
        )
        .where(Dataset.district_id == district_id, Dataset.state == "ready")
        .order_by(Dataset.fiscal_year.desc(), Dataset.id.desc())
    )
    for dataset, file_name in rows:
        period = _(PERIODS.get(dataset.period, dataset.period))
        kind = _(COLUMNS.get(dataset.column_code, dataset.column_code))
        title = _("Ledger {year}", year=dataset.fiscal_year)
        if not query.fits(title, period, kind, file_name):
            continue
        address = (
            flask.url_for("data.dataset", district_id=district_id, dataset_id=dataset.id)
            if may("data.dataset")
            else flask.url_for("data.home", district_id=district_id)
        )
        yield hit(query, title, address, [file_name], f"{period}, {kind}")


def _accounts(session: Session, district_id: int, query: Query, language: str) -> Iterator[Hit]:
    """Yield accounts that the newest ledger has lines of: one look at that ledger, whatever is asked."""
    wanted = _candidates(query)
    if not wanted:
        return
    newest = session.scalar(
        select(Dataset)
        .where(Dataset.district_id == district_id, Dataset.state == "ready")
        .order_by(Dataset.fiscal_year.desc(), Dataset.id.desc())
        .limit(1)
    )
    if newest is None:
        return
    coded = (
        values(column("segment", Text), column("code", Text), name="coded")
        .data([(segment, getattr(LedgerLine, segment)) for segment in SEGMENTS])
        .lateral()
    )
    rows = session.execute(
        select(coded.c.segment, coded.c.code, func.count(), func.sum(LedgerLine.amount_cents))
        .select_from(LedgerLine)
        .join(coded, true())
        .where(
            LedgerLine.district_id == district_id,
            LedgerLine.dataset_id == newest.id,
            tuple_(coded.c.segment, coded.c.code).in_(wanted),
        )
        .group_by(coded.c.segment, coded.c.code)
    ).all()
    order = {each: place for place, each in enumerate(wanted)}
    for segment, code, lines, cents in sorted(rows, key=lambda row: order[row.segment, row.code]):
        name = names(segment).get(code, "")
        title = f"{_(FIELDS[segment])} {code} {name}".strip()
        address = flask.url_for(
            "data.dataset", district_id=district_id, dataset_id=newest.id, **{segment: code}
        )
        amount = format_money(int(cents), language)
        note = _n(
            "one line of {year}, {amount}",
            "{n} lines of {year}, {amount}",
            lines,
            year=newest.fiscal_year,
            amount=amount,
        )
        yield hit(query, title, address, note=note)


def _candidates(query: Query) -> list[tuple[Segment, str]]:
    """Return the accounts that the words name: by the whole code first, then by the state's name of it."""
    by_code: list[tuple[Segment, str]] = []
    by_name: list[tuple[Segment, str]] = []
    for segment in SEGMENTS:
        for code, name in names(segment).items():
            if fold(code) in query.words and query.fits(f"{segment} {code} {name}"):
                by_code.append((segment, code))
            elif query.fits(f"{segment} {name}") and query.fits(name):
                by_name.append((segment, code))
    return [*by_code, *by_name][:CANDIDATES]
