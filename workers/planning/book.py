"""A plan with everything that its text may refer to: runs, derived figures, tables and charts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.organizations import Organization
from tenants.people import Person
from tenants.records import plan_entries
from tenants.records.plans import Plan, PlanBlock, PlanSection
from tenants.records.runs import Run
from workers import studies
from workers.analyses.ledger import next_year
from workers.planning import inline
from workers.planning.derive import PlanFigures, derive, full_figures
from workers.planning.exhibits import add_exhibits

ANALYSES = ("where_the_money_goes", "fund_balance_and_reserve", "three_year_outlook")
OUTLOOK = "three_year_outlook"
RUN_KEY = re.compile(r"run/(\d{1,18})/(.+)")


class UnknownPlanError(LookupError):
    """No such plan in this district."""


@dataclass
class Book:
    """A plan, its text, and what it is bound to."""

    district: Organization
    plan: Plan
    sections: list[PlanSection]
    blocks: dict[int, list[PlanBlock]]
    """Blocks that were not removed, by section id, in their order."""
    runs: dict[int, Run]
    newest: dict[str, Run]
    """Newest run of each analysis with its ordinary parameters."""
    figures: PlanFigures
    owners: dict[int, str] = field(default_factory=dict)
    """Names of those who own a section, by person id."""

    def all_blocks(self) -> Iterable[tuple[PlanSection, PlanBlock]]:
        """Yield each block with its section, in order."""
        for section in self.sections:
            for block in self.blocks[section.id]:
                yield section, block

    def figure(self, key: str) -> dict[str, Any] | None:
        """Return the figure of a full key, its parts under full keys as well; None if there is none."""
        found = self.figures.sheet.figures.get(key)
        if found is None and (match := RUN_KEY.fullmatch(key)):
            run = self.runs.get(int(match[1]))
            if run is not None and match[2] in run.result["figures"]:
                held = full_figures(run.id, {match[2]: run.result["figures"][match[2]]})
                return held[key]
        return found

    def exhibit(self, kind: str, reference: str) -> dict[str, Any] | None:
        """Return a table (`tables`) or chart (`charts`) by its full key, as analysis or plan gave it."""
        if reference.startswith("plan/"):
            found: dict[str, Any] | None = getattr(self.figures.sheet, kind).get(reference)
            return found
        match = RUN_KEY.fullmatch(reference)
        run = self.runs.get(int(match[1])) if match else None
        if match is None or run is None:
            return None
        own: dict[str, Any] | None = run.result[kind].get(match[2])
        if own is None or kind == "charts":
            return own
        prefix = f"run/{run.id}/"
        rows = [
            {**row, "cells": {c: key and prefix + key for c, key in row["cells"].items()}}
            for row in own["rows"]
        ]
        return {**own, "rows": rows}

    def newer(self, key: str) -> str | None:
        """Return the key of the same figure in a newer run, if its value is another there."""
        match = RUN_KEY.fullmatch(key)
        run = self.runs.get(int(match[1])) if match else None
        if match is None or run is None:
            return None
        newest = self.newest.get(run.analysis)
        if newest is None or newest.id == run.id or match[2] not in newest.result["figures"]:
            return None
        before = run.result["figures"].get(match[2], {}).get("value")
        return (
            f"run/{newest.id}/{match[2]}" if newest.result["figures"][match[2]]["value"] != before else None
        )


def load(session: Session, district_id: int, plan_id: int) -> Book:
    """Load a plan with what it refers to; the number of queries does not grow with its length.

    Raises:
        UnknownPlanError: if the district has no such plan.
    """
    plan = session.get(Plan, (district_id, plan_id))
    district = session.get(Organization, district_id)
    if plan is None or district is None:
        raise UnknownPlanError(plan_id)
    sections = session.scalars(
        select(PlanSection)
        .where(PlanSection.district_id == district_id, PlanSection.plan_id == plan_id)
        .order_by(PlanSection.position)
    ).all()
    blocks: dict[int, list[PlanBlock]] = {section.id: [] for section in sections}
    for block in session.scalars(
        select(PlanBlock)
        .where(
            PlanBlock.district_id == district_id,
            PlanBlock.plan_id == plan_id,
            PlanBlock.removed_at.is_(None),
            # As with options: the plan is the same for everybody, whoever looks.
            PlanBlock.confidential.is_(False),
        )
        .order_by(PlanBlock.position, PlanBlock.id)
    ):
        blocks[block.section_id].append(block)
    newest = newest_runs(session, district_id)
    runs = {run.id: run for run in newest.values()}
    wanted = set(_run_ids(sections, blocks)) - runs.keys()
    if wanted:
        found = session.scalars(select(Run).where(Run.district_id == district_id, Run.id.in_(wanted)))
        runs |= {run.id: run for run in found}
    figures = plan_figures(session, plan, newest.get(OUTLOOK))
    owned = {section.owner_id for section in sections if section.owner_id is not None}
    people = session.scalars(select(Person).where(Person.id.in_(owned))) if owned else ()
    owners = {person.id: person.name for person in people}
    return Book(district, plan, list(sections), blocks, runs, newest, figures, owners)


def plan_figures(session: Session, plan: Plan, outlook: Run | None) -> PlanFigures:
    """Return the plan's figures with its tables and charts, from what is entered now."""
    years = [next_year(plan.base_year, step) for step in range(1, plan.years)]
    figures = derive(
        years,
        plan_entries.priorities(session, plan.district_id, plan.id),
        plan_entries.options(session, plan.district_id, plan.id),
        (outlook.id, outlook.result) if outlook else None,
    )
    add_exhibits(figures)
    return figures


def load_run(session: Session, district_id: int, run_id: int) -> Run | None:
    """Return a run of the district, or None."""
    return session.get(Run, (district_id, run_id))


def newest_runs(session: Session, district_id: int) -> dict[str, Run]:
    """Return for each analysis the newest ordinary run, on today's data where there is one."""
    digest = studies.current_digest(session, district_id)
    found: dict[str, Run] = {}
    for run in session.scalars(
        select(Run).where(Run.district_id == district_id, Run.analysis.in_(ANALYSES)).order_by(Run.id)
    ):
        if run.parameters != studies.plain_parameters(run.analysis, {}):
            continue
        held = found.get(run.analysis)
        if held is None or run.input_digest == digest or held.input_digest != digest:
            found[run.analysis] = run
    return found


def _run_ids(sections: Iterable[PlanSection], blocks: dict[int, list[PlanBlock]]) -> Iterable[int]:
    texts = [text for section in sections for text in (section.title, section.title_es)]
    for held in blocks.values():
        for block in held:
            texts += [block.text, block.text_es]
            if block.reference and (match := RUN_KEY.fullmatch(block.reference)):
                yield int(match[1])
    for text in texts:
        for figure in inline.bound(text):
            if match := RUN_KEY.fullmatch(figure.key):
                yield int(match[1])
