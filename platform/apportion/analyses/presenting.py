"""What the pages of analyses show: cards, freshness, cells, and a selection of accounts in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import flask
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.frame.facts import may
from apportion.request import language
from reports.charts import analyses as charts
from reports.charts.theme import themed
from tenants.language import Message, message, render
from tenants.records import runs
from tenants.records.plans import Plan, PlanBlock
from workers import stills, studies
from workers.analyses.ledger import next_year
from workers.analyses.outlook_assumptions import NAMES
from workers.analyses.result import digest
from workers.planning.inline import unbound_numbers

OPEN_TABLES = {
    "where_the_money_goes": ("object", "growth", "contributions"),
    "fund_balance_and_reserve": ("reserve", "balance"),
    "three_year_outlook": ("unrestricted", "reserve", "assumptions"),
}
"""Tables that stand open under the charts; the others are folded below them."""

FIELD_WORDS = {
    "fund": message("fund"),
    "resource": message("resource"),
    "goal": message("goal"),
    "function": message("function"),
    "object": message("object"),
}


@dataclasses.dataclass(frozen=True)
class Card:
    """An analysis in the gallery: its question, its newest answer, and what it still lacks."""

    analysis: str
    title: Message
    question: Message
    run: runs.RunSummary | None
    fresh: bool
    missing: list[Message]
    variants: int


def gallery(session: Session, district_id: int) -> tuple[list[Card], studies.Inputs | None]:
    """Return the cards of all analyses and what they would read now."""
    try:
        inputs: studies.Inputs | None = studies.choose(session, district_id)
    except studies.NoLedgerError:
        inputs = None
    now = None if inputs is None else digest(inputs.document())
    newest = runs.newest(session, district_id)
    cards = []
    for module in studies.ANALYSES:
        run = newest.get(module.NAME)
        variants = [each for each in runs.of_analysis(session, district_id, module.NAME) if each.name]
        cards.append(
            Card(
                module.NAME,
                module.TITLE,
                module.QUESTION,
                run,
                run is not None and run.input_digest == now and run.version == module.VERSION,
                _missing(module.NAME, inputs),
                len(variants),
            )
        )
    return cards, inputs


def _missing(analysis: str, inputs: studies.Inputs | None) -> list[Message]:
    if inputs is None:
        return [message("A ledger: load one under Data.")]
    said = []
    at = inputs.base_year
    if at not in inputs.attendance:
        said.append(message("Attendance (ADA) of {year}: without it there is no minimum.", year=at))
    if analysis == "where_the_money_goes" and len(inputs.datasets) < 2:
        said.append(message("The ledger of {year}: without it nothing is compared.", year=next_year(at, -1)))
    return said


def chart(document: Mapping[str, Any], key: str, language: str, colour: str) -> dict[str, Any]:
    """Return a chart's specification for the browser, in the organization's colour."""
    made = themed(charts.specification(document, key, language), colour, "page")
    return {**made, "width": "container", "autosize": {"type": "fit", "contains": "padding"}}


def pictures(session: Session, district_id: int, run_id: int, language: str) -> dict[str, dict[str, Markup]]:
    """Return the drawings of an answer's charts, by chart and size, fit to stand in the page."""
    drawn = stills.of_run(session, district_id, run_id, language)
    return {
        key: {size: Markup(svg) for size, svg in sizes.items()}  # noqa: S704 - drawn by reports.charts.svg
        for key, sizes in drawn.items()
    }


def account_words(where: Mapping[str, Any]) -> list[tuple[Message, str]]:
    """Return a selection as pairs of field and codes: ("object", "1000-7999")."""
    return [
        (word, codes[0] if codes[0] == codes[-1] else f"{codes[0]}-{codes[-1]}")
        for field, word in FIELD_WORDS.items()
        if (codes := where.get(field))
    ]


def dataset_address(district_id: int, dataset_id: int, filters: Mapping[str, str] | None) -> str | None:
    """Return the address of a dataset's rows with filters, where this person may open them."""
    endpoint = "data.dataset"
    if endpoint not in flask.current_app.view_functions or not may(endpoint):
        return None
    values: dict[str, Any] = dict(filters or {})
    return flask.url_for(endpoint, district_id=district_id, dataset_id=dataset_id, **values)


SECTIONS = {"three_year_outlook": "outlook"}
"""The plan's section that an analysis's charts and tables go to; the others go to `where_we_are`."""


def insert_address(session: Session, district_id: int, analysis: str) -> str | None:
    """Return where a passage is added to the newest plan, where there is one and this person may write it."""
    endpoint = "plan.add_passage"
    if endpoint not in flask.current_app.view_functions or not may(endpoint):
        return None
    plan_id = session.scalar(
        select(Plan.id).where(Plan.district_id == district_id).order_by(Plan.id.desc()).limit(1)
    )
    if plan_id is None:
        return None
    section = SECTIONS.get(analysis, "where_we_are")
    return flask.url_for(endpoint, district_id=district_id, plan_id=plan_id, key=section)


def figure_passage(run_id: int, key: str, figure: Mapping[str, Any]) -> dict[str, str] | None:
    """Return a passage that names a figure and prints it, or None where its name holds loose numbers."""
    bound = f"{{{{figure:run/{run_id}/{key}}}}}"
    texts = {}
    for field, written in (("text", "en"), ("text_es", "es")):
        label = render(figure["label"], written)
        year = figure["fiscal_year"]
        texts[field] = f"{label}, {year}: {bound}." if year else f"{label}: {bound}."
    return None if unbound_numbers(texts["text"]) or unbound_numbers(texts["text_es"]) else texts


def uses_in_plan(session: Session, district_id: int, run_id: int, key: str) -> int:
    """Return how many blocks of the district's plan print this figure."""
    bound = f"{{{{figure:run/{run_id}/{key}}}}}"
    found = session.scalars(
        select(PlanBlock.id).where(
            PlanBlock.district_id == district_id,
            PlanBlock.removed_at.is_(None),
            PlanBlock.text.contains(bound, autoescape=True),
        )
    )
    return len(found.all())


def assumption_words(key: str) -> str:
    """Return an assumption and its year in words, by its key: `cola/2026-27`."""
    name, _slash, at = key.partition("/")
    return f"{render(NAMES[name], language())}, {at}" if name in NAMES else key
