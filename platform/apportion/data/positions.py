"""What the page of positions shows: totals that foot, parts by resource and site, and rows page by page."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from reports.spreadsheets import Cell, csv_record
from tenants.records.people_data import Position, PositionFunding, PositionPerson, PositionSet
from tenants.roles import own_only
from tenants.scope import Scope

PAGE = 100
PARTS = 500
"""Sites that the summary lists; a district with more finds the rest by the filter."""
SPECIAL_EDUCATION = "5%"
"""Goals of special education: what its director's own positions are paid under."""
ZERO = Decimal(0)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a person filters by; empty texts filter nothing."""

    site: str = ""
    program: str = ""
    resource: str = ""
    vacant: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        """The filters as they stand in the address."""
        named = {"site": self.site, "program": self.program, "resource": self.resource}
        return {key: value for key, value in named.items() if value} | (
            {"vacant": "1"} if self.vacant else {}
        )


@dataclasses.dataclass(frozen=True)
class Row:
    """A position with what pays it, and the person where names are shown."""

    position: Position
    funding: list[PositionFunding]
    person: PositionPerson | None


@dataclasses.dataclass(frozen=True)
class PositionsPage:
    """Everything that the page shows of one fiscal year."""

    sets: list[PositionSet]
    """Current sets, newest year first."""
    chosen: PositionSet
    count: int
    fte: Decimal
    vacant: Decimal
    leaving: int | None
    """Positions whose holder is expected to leave; None for who may not know."""
    by_site: list[tuple[str, str, Decimal, Decimal]]
    """Site, its name, FTE and vacant FTE, the largest first."""
    by_resource: list[tuple[str, Decimal]]
    rows: list[Row]
    after: int | None
    before: int | None


def current_sets(session: Session, district_id: int) -> list[PositionSet]:
    """Return the current sets of positions, newest year first."""
    return list(
        session.scalars(
            select(PositionSet)
            .where(PositionSet.district_id == district_id, PositionSet.state == "ready")
            .order_by(PositionSet.fiscal_year.desc())
        )
    )


def conditions(acting: Scope, chosen: PositionSet, wanted: Wanted) -> ColumnElement[bool]:
    """Return what holds for the positions that a person sees: filters, and the own department where so."""
    # Another name than the table's own: some queries join the parts themselves.
    part = aliased(PositionFunding)
    paid = [
        part.district_id == Position.district_id,
        part.set_id == Position.set_id,
        part.position_line == Position.line,
    ]
    found = [Position.district_id == chosen.district_id, Position.set_id == chosen.id]
    if own_only(acting, "positions:view"):
        found.append(exists().where(*paid, part.goal.like(SPECIAL_EDUCATION)))
    if wanted.site:
        found.append(Position.site == wanted.site)
    if wanted.program:
        found.append(Position.program == wanted.program)
    if wanted.resource:
        found.append(exists().where(*paid, part.resource == wanted.resource))
    if wanted.vacant:
        found.append(Position.vacant.is_(True))
    return and_(*found)


def page(
    session: Session,
    acting: Scope,
    sets: list[PositionSet],
    chosen: PositionSet,
    wanted: Wanted,
    *,
    after: int | None = None,
    before: int | None = None,
    names: bool = False,
) -> PositionsPage:
    """Return the page of one set.

    Args:
        session: the open transaction.
        acting: who looks; a head whose cell says "own" sees the own department's positions.
        sets: the current sets.
        chosen: the set shown.
        wanted: filters.
        after: show rows behind this file row.
        before: show rows in front of this file row.
        names: whether names, pay and leaving are shown in this look.
    """
    where = conditions(acting, chosen, wanted)
    count, fte = session.execute(
        select(func.count(), func.coalesce(func.sum(Position.fte), 0)).where(where)
    ).one()
    vacant = session.scalar(select(func.coalesce(func.sum(Position.fte), 0)).where(where, Position.vacant))
    sites = session.execute(
        select(
            Position.site,
            func.max(Position.site_name),
            func.sum(Position.fte),
            func.coalesce(func.sum(Position.fte).filter(Position.vacant), 0),
        )
        .where(where)
        .group_by(Position.site)
        .order_by(func.sum(Position.fte).desc())
        .limit(PARTS)
    ).all()
    parts = func.sum(Position.fte * PositionFunding.share)
    resources = session.execute(
        select(PositionFunding.resource, parts)
        .join(
            Position,
            (Position.district_id == PositionFunding.district_id)
            & (Position.set_id == PositionFunding.set_id)
            & (Position.line == PositionFunding.position_line),
        )
        .where(where)
        .group_by(PositionFunding.resource)
        .order_by(parts.desc())
    ).all()
    shown = _lines(session, select(Position).where(where), after, before)
    first = shown[0].line if shown else 0
    last = shown[-1].line if shown else 0
    more = session.scalar(select(exists().where(where, Position.line > last))) if shown else False
    less = session.scalar(select(exists().where(where, Position.line < first))) if shown else False
    return PositionsPage(
        sets,
        chosen,
        count,
        fte,
        vacant or ZERO,
        _leaving(session, where) if chosen.district_id in acting.personnel else None,
        [(site, name, whole, open_) for site, name, whole, open_ in sites],
        [(resource, whole) for resource, whole in resources],
        _rows(session, chosen, shown, names=names),
        last if more else None,
        first if less else None,
    )


def read(
    session: Session, acting: Scope, chosen: PositionSet, after: int, limit: int, *, names: bool
) -> list[Row]:
    """Return the positions behind a file row, as many as `limit`, that a person may see."""
    where = conditions(acting, chosen, Wanted())
    shown = session.scalars(
        select(Position).where(where, Position.line > after).order_by(Position.line).limit(limit)
    ).all()
    return _rows(session, chosen, list(shown), names=names)


def _lines(session: Session, query: Select[Any], after: int | None, before: int | None) -> list[Position]:
    if before is not None:
        found = session.scalars(
            query.where(Position.line < before).order_by(Position.line.desc()).limit(PAGE)
        ).all()
        return list(reversed(found))
    return list(
        session.scalars(query.where(Position.line > (after or 0)).order_by(Position.line).limit(PAGE))
    )


def _leaving(session: Session, where: ColumnElement[bool]) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Position)
            .join(
                PositionPerson,
                (PositionPerson.district_id == Position.district_id)
                & (PositionPerson.set_id == Position.set_id)
                & (PositionPerson.line == Position.line),
            )
            .where(where, (PositionPerson.leaving_on.is_not(None)) | (PositionPerson.leaving_reason != ""))
        )
        or 0
    )


def _rows(session: Session, chosen: PositionSet, shown: list[Position], *, names: bool) -> list[Row]:
    lines = [one.line for one in shown]
    paid: dict[int, list[PositionFunding]] = defaultdict(list)
    for part in session.scalars(
        select(PositionFunding)
        .where(
            PositionFunding.district_id == chosen.district_id,
            PositionFunding.set_id == chosen.id,
            PositionFunding.position_line.in_(lines),
        )
        .order_by(PositionFunding.line)
    ):
        paid[part.position_line].append(part)
    people: dict[int, PositionPerson] = {}
    if names:
        people = {
            one.line: one
            for one in session.scalars(
                select(PositionPerson).where(
                    PositionPerson.district_id == chosen.district_id,
                    PositionPerson.set_id == chosen.id,
                    PositionPerson.line.in_(lines),
                )
            )
        }
    return [Row(one, paid[one.line], people.get(one.line)) for one in shown]


HEADINGS = (
    *("position", "title", "site", "site_name", "program", "group", "member_class", "notice_group", "fte"),
    *("vacant", "fund", "resource", "goal", "function", "object", "percent"),
)
"""Columns of a download: those of the layout, so that it can be loaded again."""
PERSONAL = (*("employee", "schedule", "step", "salary_column", "pay", "leaving_on", "leaving_reason"),)


def download(
    session: Session, acting: Scope, chosen: PositionSet, wanted: Wanted, *, names: bool
) -> Iterator[str]:
    """Yield the positions as CSV, one line for each part; names only for who may take them out."""
    yield csv_record([*HEADINGS, *(PERSONAL if names else ())])
    after = 0
    while True:
        where = conditions(acting, chosen, wanted)
        shown = _lines(session, select(Position).where(where), after, None)
        for row in _rows(session, chosen, shown, names=names):
            for part in row.funding:
                yield csv_record([*_cells(row.position, part), *(_personal(row.person) if names else ())])
        if len(shown) < PAGE:
            return
        after = shown[-1].line


def _cells(one: Position, part: PositionFunding) -> list[Cell]:
    return [
        *(one.code, one.title, one.site, one.site_name, one.program, one.employee_group),
        *(one.member_class.replace("_", " "), one.notice_group, one.fte, "yes" if one.vacant else "no"),
        *(part.fund, part.resource, part.goal, part.function, part.object, part.share * 100),
    ]


def _personal(person: PositionPerson | None) -> list[Cell]:
    if person is None:
        return [None] * len(PERSONAL)
    pay = None if person.pay_cents is None else Decimal(person.pay_cents) / 100
    leaving = person.leaving_on.isoformat() if person.leaving_on else None
    return [
        *(person.employee, person.schedule, person.step, person.salary_column, pay, leaving),
        person.leaving_reason,
    ]
