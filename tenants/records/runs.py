"""Results of analyses: the same question asked twice is answered from the first answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.base import Base, DistrictOwned, Record, now, to_district, within_district


class Run(Base, Record):
    """One analysis of given inputs with given parameters, by one version of the method."""

    __tablename__ = "run"
    __table_args__ = (
        to_district(),
        UniqueConstraint("district_id", "analysis", "version", "input_digest", "parameters_digest"),
        {"info": {"information": "cabinet"}},
    )

    analysis: Mapped[str]
    """where_the_money_goes, fund_balance_and_reserve or three_year_outlook."""
    version: Mapped[str]
    input_digest: Mapped[str]
    inputs: Mapped[list[Any]]
    """The datasets (and ADA figures) read: [{"dataset_id":…, "digest":…, "fiscal_year":…, "column":…}]."""
    parameters: Mapped[dict[str, Any]]
    parameters_digest: Mapped[str]
    output_digest: Mapped[str]
    result: Mapped[dict[str, Any]]
    """The document of workers/analyses/result.py: finding, figures, tables, charts, method, limits."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    job_id: Mapped[int | None] = mapped_column(BigInteger)


class RunDrawing(Base, DistrictOwned):
    """A chart of a run drawn as SVG in one language and size, with the chart's words as its title."""

    __tablename__ = "run_drawing"
    __table_args__ = (
        to_district(),
        within_district("run_id", "run", cascade=True),
        CheckConstraint("size in ('wide','narrow')", name="size"),
        {"info": {"information": "cabinet"}},
    )

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """The chart's key in the run's document."""
    language: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[str] = mapped_column(primary_key=True)
    colour: Mapped[str]
    """The organization's colour that it was drawn in; with another one it no longer serves."""
    svg: Mapped[str]


@dataclasses.dataclass(frozen=True)
class RunSummary:
    """A run without its document: what lists need."""

    id: int
    analysis: str
    name: str
    """Name of a variant; empty for the analysis without new decisions."""
    finding: dict[str, Any]
    input_digest: str
    version: str
    created_at: dt.datetime


_NAME = func.coalesce(Run.parameters["name"].astext, "")


def _summaries(session: Session, district_id: int, *limits: ColumnElement[bool]) -> list[RunSummary]:
    rows = session.execute(
        select(
            Run.id, Run.analysis, _NAME, Run.result["finding"], Run.input_digest, Run.version, Run.created_at
        )
        .where(Run.district_id == district_id, *limits)
        .order_by(Run.id.desc())
    )
    return [RunSummary(*each) for each in rows]


def of_analysis(session: Session, district_id: int, analysis: str, limit: int = 50) -> list[RunSummary]:
    """Return an analysis's runs, newest first, without their documents."""
    return _summaries(session, district_id, Run.analysis == analysis)[:limit]


def newest(session: Session, district_id: int) -> dict[str, RunSummary]:
    """Return the newest run of each analysis without new decisions, by the analysis's name.

    The newest fiscal year comes first; of one year, the run that was made last.
    """
    base_year = Run.result["ledgers"][-1]["fiscal_year"].astext
    latest = (
        select(Run.id)
        .where(Run.district_id == district_id, _NAME == "")
        .ext(distinct_on(Run.analysis))
        .order_by(Run.analysis, base_year.desc(), Run.id.desc())
    )
    return {each.analysis: each for each in _summaries(session, district_id, Run.id.in_(latest))}


def load(session: Session, district_id: int, run_id: int) -> Run | None:
    """Return a run with its document, or None if this district has none of this id."""
    return session.get(Run, (district_id, run_id))


def newest_documents(session: Session, district_id: int) -> list[dict[str, Any]]:
    """Return the documents of the newest run of each analysis, each with its `run_id`."""
    found = newest(session, district_id)
    runs = session.scalars(
        select(Run).where(Run.district_id == district_id, Run.id.in_([each.id for each in found.values()]))
    )
    return [{**run.result, "run_id": run.id} for run in runs]


def answered(
    session: Session, district_id: int, analysis: str, version: str, input_digest: str, parameters_digest: str
) -> int | None:
    """Return the id of the run that answered this question before, or None."""
    return session.scalar(
        select(Run.id).where(
            Run.district_id == district_id,
            Run.analysis == analysis,
            Run.version == version,
            Run.input_digest == input_digest,
            Run.parameters_digest == parameters_digest,
        )
    )


def keep(session: Session, run: dict[str, Any]) -> int:
    """Store an answer unless the same question was answered meanwhile; return the run's id either way."""
    made: int | None = session.scalar(insert(Run).values(run).on_conflict_do_nothing().returning(Run.id))
    if made is not None:
        return made
    before = answered(
        session,
        run["district_id"],
        run["analysis"],
        run["version"],
        run["input_digest"],
        run["parameters_digest"],
    )
    if before is None:
        raise LookupError("a run was neither stored nor found")
    return before
