"""Where a difference between our total and the person's can come from: each explanation with its rows.

Nothing here is certain but the arithmetic: an explanation is a group of rows, a single row or a way of
reading the
control report that makes exactly the difference. The likeliest comes first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from apportion.data import words
from tenants.language import N_, Message, message, money
from tenants.records.datasets import Dataset
from tenants.records.ledger import LedgerLine
from workers.imports.ledger import control

LINES_SHOWN = 3
PAIRS_UP_TO = 100_000
"""Rows of a control among which two that make the difference together are sought."""
ONLY_IF_FEW = 3
"""So many pairs or turned digits may fit; more fit by chance and say nothing."""
CLASSES = {
    "revenues": ((N_("Transfers in and other sources (objects 8900-8979) make just this"), "8900", "8979"),),
    "expenditures_and_uses": (
        (N_("Transfers out and other uses (objects 7600-7999) make just this"), "7600", "7999"),
        (N_("Other outgo (objects 7100-7499) makes just this"), "7100", "7499"),
        (N_("Capital outlay (objects 6000-6999) makes just this"), "6000", "6999"),
        (N_("Indirect cost transfers (objects 7300-7399) make just this"), "7300", "7399"),
    ),
}
"""What control reports leave out or add, by control: the sentence, and objects from first to last."""
GROUPS = {
    "resource": N_("Resource {code} makes just this"),
    "goal": N_("Goal {code} makes just this"),
    "function": N_("Function {code} makes just this"),
    "object": N_("Object {code} makes just this"),
    "school": N_("School {code} makes just this"),
}


@dataclasses.dataclass(frozen=True)
class Explanation:
    """What would make a difference: in words, its cents, and where its rows stand.

    Attributes:
        said: the sentence.
        cents: the part of the difference that it makes.
        line: the row of the file to open, or None.
        filters: conditions of the rows page that show the rows, or None.
        dataset_id: another data set whose rows they are, or None for this one.
    """

    said: Message
    cents: int
    line: int | None = None
    filters: dict[str, str] | None = None
    dataset_id: int | None = None


def explain(session: Session, dataset: Dataset, fund: str, row: control.Row) -> list[Explanation]:
    """Return what can explain a control's difference, the likeliest first; empty where nothing does.

    Args:
        session: the open transaction.
        dataset: whose control it is.
        fund: of the control.
        row: the control, with the person's total.
    """
    if not row.difference:
        return []
    return list(_candidates(session, dataset, fund, row))


def explain_file(session: Session, datasets: list[Dataset], difference: int) -> list[Explanation]:
    """Return what can explain a difference of the whole file's total: total rows, data sets, funds, rows."""
    found: list[Explanation] = []
    for dataset in datasets:
        found += _total_rows(dataset, difference)
        if len(datasets) > 1 and abs(control.cents(dataset.control["all_lines"]) or 0) == abs(difference):
            said = message(
                "The data set {year} {column} makes just this",
                year=dataset.fiscal_year,
                column=message(words.COLUMNS[dataset.column_code]),
            )
            found.append(Explanation(said, difference, filters={}, dataset_id=dataset.id))
        where = _of(dataset)
        for fund in _groups(session, where, LedgerLine.fund, difference):
            said = message("Fund {code} makes just this", code=fund)
            found.append(Explanation(said, difference, filters={"fund": fund}, dataset_id=dataset.id))
        found += [
            dataclasses.replace(one, dataset_id=dataset.id) for one in _lines(session, where, difference)
        ]
    return found


def _candidates(session: Session, dataset: Dataset, fund: str, row: control.Row) -> Iterator[Explanation]:
    difference, stated = row.difference or 0, row.stated or 0
    first, last = control.CONTROLS[row.name]
    span = first if first == last else f"{first}-{last}"
    where = [*_of(dataset), LedgerLine.fund == fund, LedgerLine.object.between(first, last)]
    here = {"fund": fund, "object": span}
    yield from _readings_of_the_report(session, dataset, fund, row)
    yield from _total_rows(dataset, difference)
    for template, from_object, to_object in CLASSES.get(row.name, ()):
        total = _sum(session, [*where, LedgerLine.object.between(from_object, to_object)])
        if total and abs(total) == abs(difference):
            objects = f"{from_object}-{to_object}"
            yield Explanation(message(template), difference, filters={**here, "object": objects})
    restricted = LedgerLine.resource > "1999"
    for kind, condition, resources in (
        (message("The restricted resources make just this"), restricted, "2000-9999"),
        (message("The unrestricted resources make just this"), ~restricted, "0000-1999"),
    ):
        if stated and abs(_sum(session, [*where, condition])) == abs(difference):
            yield Explanation(kind, difference, filters={**here, "resource": resources})
    for field, template in GROUPS.items():
        for code in _groups(session, where, LedgerLine.__table__.c[field], difference):
            yield Explanation(message(template, code=code), difference, filters={**here, field: code})
    yield from _lines(session, where, difference)
    repeated = _repeated(session, where)
    if repeated and abs(repeated) == abs(difference):
        said = message("Rows that repeat another's account and amount make just this")
        yield Explanation(said, difference, filters=here)
    yield from _pairs(session, where, difference)
    yield from _turned_rows(session, where, difference)


def _readings_of_the_report(
    session: Session, dataset: Dataset, fund: str, row: control.Row
) -> Iterator[Explanation]:
    """Yield ways in which the report's figure and ours are about different things."""
    difference, stated, ours = row.difference or 0, row.stated or 0, row.ours
    if stated == -ours:
        yield Explanation(message("Your report shows it with the other sign"), difference)
    if turned(stated, ours):
        yield Explanation(
            message(
                "Two digits stand in turned order: {a} and {b}",
                a=money(stated, "plain_cents"),
                b=money(ours, "plain_cents"),
            ),
            difference,
        )
    if stated % 100 == 0 and abs(difference) <= 50 and ours % 100:
        yield Explanation(message("Your report is in whole dollars"), difference)
    elif stated % 100_000 == 0 and abs(difference) <= 50_000 and stated:
        yield Explanation(message("Your report is in whole thousands"), difference)
    funds = dataset.control.get("funds", {})
    others = {one: control.cents(sums.get(row.name)) or 0 for one, sums in funds.items() if one != fund}
    for other, cents in others.items():
        if cents and stated == cents:
            yield Explanation(
                message("This is the figure of fund {fund}", fund=other), difference, filters={"fund": other}
            )
        elif cents and cents == -difference:
            yield Explanation(
                message("Your report counts fund {fund} too", fund=other), difference, filters={"fund": other}
            )
    if len(others) > 1 and stated == ours + sum(others.values()):
        yield Explanation(message("Your report is of all funds together"), difference, filters={})
    own = {name: control.cents(sums) or 0 for name, sums in funds.get(fund, {}).items()}
    contributed = own.get("contributions", 0)
    if row.name == "revenues" and contributed and difference == -contributed:
        said = message("Your report counts contributions among revenues")
        yield Explanation(said, difference, filters={"fund": fund, "object": "8980-8999"})
    if stated and row.stated is not None:
        yield from _other_datasets(session, dataset, fund, row)


def _other_datasets(session: Session, dataset: Dataset, fund: str, row: control.Row) -> Iterator[Explanation]:
    for other in session.scalars(
        select(Dataset).where(
            Dataset.district_id == dataset.district_id,
            Dataset.state == "ready",
            Dataset.id != dataset.id,
        )
    ):
        figure = control.cents(other.control.get("funds", {}).get(fund, {}).get(row.name))
        if figure == row.stated:
            said = message(
                "This is the figure of {year} {column}",
                year=other.fiscal_year,
                column=message(words.COLUMNS[other.column_code]),
            )
            yield Explanation(said, row.difference or 0, filters={"fund": fund}, dataset_id=other.id)


def turned(one: int, other: int) -> bool:
    """Tell whether two amounts differ by two neighbouring digits in turned order, and by nothing else."""
    a, b = str(abs(one)), str(abs(other))
    if (one < 0) != (other < 0) or len(a) != len(b) or (one - other) % 9:
        return False
    places = [place for place in range(len(a)) if a[place] != b[place]]
    return (
        len(places) == 2
        and places[1] == places[0] + 1
        and a[places[0]] == b[places[1]]
        and a[places[1]] == b[places[0]]
    )


def _of(dataset: Dataset) -> list[ColumnElement[bool]]:
    return [LedgerLine.district_id == dataset.district_id, LedgerLine.dataset_id == dataset.id]


def _sum(session: Session, where: list[ColumnElement[bool]]) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(LedgerLine.amount_cents), 0)).where(*where)) or 0)


def _total_rows(dataset: Dataset, difference: int) -> Iterator[Explanation]:
    for one in dataset.control.get("set_aside", []):
        cents = control.cents(one["amount"])
        if cents and cents == -difference:
            said = message("Row {line}, set aside as a total", line=str(one["line"]))
            yield Explanation(said, difference)


def _groups(session: Session, where: list[ColumnElement[bool]], field: Any, difference: int) -> list[str]:
    """Return the codes whose rows, more than one of them, make the difference."""
    total = func.sum(LedgerLine.amount_cents)
    found = session.scalars(
        select(field)
        .where(*where, field != "")
        .group_by(field)
        .having(or_(total == difference, total == -difference), func.count() > 1)
        .order_by(field)
        .limit(LINES_SHOWN)
    )
    return [str(code) for code in found]


def _lines(session: Session, where: list[ColumnElement[bool]], difference: int) -> Iterator[Explanation]:
    """Yield single rows: not in the report, with the wrong sign, or twice in the report."""
    asked = {
        difference: N_("Row {line} has just this amount: is it in your report?"),
        -difference: N_("Row {line} has just this amount: does your report count it twice?"),
    }
    if difference % 2 == 0:
        asked[difference // 2] = N_("Row {line} has half of it: is its sign right?")
    for amount, said in asked.items():
        lines = session.scalars(
            select(LedgerLine.line)
            .where(*where, LedgerLine.amount_cents == amount)
            .order_by(LedgerLine.line)
            .limit(LINES_SHOWN)
        )
        for line in lines:
            yield Explanation(message(said, line=str(line)), difference, line=line)


def _repeated(session: Session, where: list[ColumnElement[bool]]) -> int:
    """Return the cents of rows that repeat another's account, school and amount."""
    codes = [
        LedgerLine.__table__.c[name]
        for name in ("fund", "resource", "project_year", "goal", "function", "object", "school")
    ]
    extra = ((func.count() - 1) * LedgerLine.amount_cents).label("extra")
    groups = (
        select(extra).where(*where).group_by(*codes, LedgerLine.amount_cents).having(func.count() > 1)
    ).subquery()
    return int(session.scalar(select(func.coalesce(func.sum(groups.c.extra), 0))) or 0)


def _pairs(session: Session, where: list[ColumnElement[bool]], difference: int) -> Iterator[Explanation]:
    if (session.scalar(select(func.count()).select_from(LedgerLine).where(*where)) or 0) > PAIRS_UP_TO:
        return
    rows = select(LedgerLine.line, LedgerLine.amount_cents).where(*where, LedgerLine.amount_cents != 0).cte()
    one, two = aliased(rows), aliased(rows)
    found = session.execute(
        select(one.c.line, two.c.line)
        .join(two, (two.c.amount_cents == difference - one.c.amount_cents) & (two.c.line > one.c.line))
        .order_by(one.c.line)
        .limit(ONLY_IF_FEW + 1)
    ).all()
    if len(found) > ONLY_IF_FEW:
        return
    for first, second in found:
        said = message("Rows {first} and {second} make it together", first=str(first), second=str(second))
        yield Explanation(said, difference, line=first)


def _turned_rows(
    session: Session, where: list[ColumnElement[bool]], difference: int
) -> Iterator[Explanation]:
    """Yield rows in which two neighbouring digits, turned, make the difference: it is 9 times 1 to 9 then."""
    ninth, rest = divmod(abs(difference), 9)
    if rest or not ninth:
        return
    place = 1
    while ninth % 10 == 0:
        ninth, place = ninth // 10, place * 10
    if ninth > 9:
        return
    step = ninth if difference > 0 else -ninth
    size = func.abs(LedgerLine.amount_cents)
    tens, ones = func.div(size, place * 10) % 10, func.div(size, place) % 10
    sign = case((LedgerLine.amount_cents < 0, -1), else_=1)
    found = session.scalars(
        select(LedgerLine.line)
        .where(*where, (tens - ones) * sign == step)
        .order_by(LedgerLine.line)
        .limit(ONLY_IF_FEW + 1)
    ).all()
    if len(found) <= ONLY_IF_FEW:
        for line in found:
            said = message("Row {line}: are two of its digits in turned order?", line=str(line))
            yield Explanation(said, difference, line=line)
