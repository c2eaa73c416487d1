"""Assumptions: what stands with source or author, what each touches in dollars, proposals, decisions."""

from __future__ import annotations

import dataclasses
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.analyses.area import area
from apportion.frame.facts import FrameFacts
from apportion.request import _, language, scope, transaction
from apportion.settings.area import back_to
from tenants.language import render
from tenants.people import Person
from tenants.records import assumptions
from tenants.records.assumptions import LocalAssumption
from tenants.roles import allows
from workers import assuming, stills, studies
from workers.analyses.outlook_assumptions import NAMES, STATUS_WORDS, ParameterError
from workers.analyses.outlook_effects import LEVELS
from workers.analyses.result import Assumption
from workers.finance.rates.labels import LABELS
from workers.finance.rates.published import digest_of

LONGEST_REASON = 300
PAY = frozenset(
    {
        "step_column_certificated",
        "step_column_classified",
        "salary_settlement_certificated",
        "salary_settlement_classified",
        "health_growth",
        "calstrs",
        "calpers",
    }
)
"""What the head of human resources answers for: pay and benefits."""


@dataclasses.dataclass(frozen=True)
class Line:
    """An assumption with its values: one for each year, None for a year that has none."""

    name: str
    values: tuple[Assumption | None, ...]


def _standing(session: Session, district_id: int) -> assuming.Standing:
    try:
        return assuming.standing(session, district_id)
    except studies.NoLedgerError as none:
        raise NotFound from none


@area.get("/assumptions", permission="local_assumptions:view")
def standing(district_id: int) -> ResponseReturnValue:
    """Show every assumption of the outlook, the district's own with author and reason, and the drift."""
    with transaction() as session:
        if studies.current_digest(session, district_id) is None:
            return flask.render_template("analyses/standing.html", district_id=district_id, held=None)
        held = _standing(session, district_id)
        own = assumptions.open_and_accepted(session, district_id)
        names = _names(session, own)
        moved = assuming.drift(session, held, district_id)
        session.expunge_all()
    years = held.assumed.years
    return flask.render_template(
        "analyses/standing.html",
        district_id=district_id,
        held=held,
        years=years,
        lines=[Line(name, tuple(held.assumed.by_key.get(f"{name}/{at}") for at in years)) for name in NAMES],
        own=own,
        people=names,
        names=NAMES,
        drift=moved,
        digest=digest_of(held.inputs.known),
        may_decide=allows(scope(), "local_assumptions:approve"),
        **_words(),
    )


def _names(session: Session, own: list[LocalAssumption]) -> dict[int, str]:
    people = {each for one in own for each in (one.proposed_by, one.decided_by) if each}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())


def _words() -> dict[str, Any]:
    return {
        "status_words": STATUS_WORDS,
        "labels": LABELS,
        "rates_address": FrameFacts().link("rates.shown", place=scope().viewed_district_id),
    }


@area.get("/assumptions/<name>/<at>", permission="local_assumptions:view")
def assumption(district_id: int, name: str, at: str) -> ResponseReturnValue:
    """Show every line that an assumption touches and by how much; with `try`, what another value would do."""
    return _assumption(district_id, name, at)


def _assumption(
    district_id: int, name: str, at: str, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    errors = dict(errors or {})
    tried = flask.request.values.get("try", "").strip()
    with transaction() as session:
        held = _standing(session, district_id)
        if f"{name}/{at}" not in held.assumed.by_key:
            raise NotFound
        own = [
            each
            for each in assumptions.open_and_accepted(session, district_id)
            if (each.name, each.fiscal_year) == (name, at)
        ]
        people = _names(session, own)
        session.expunge_all()
    try:
        shown = assuming.touched(held, name, at, tried or None)
    except ParameterError as refused:
        errors["try"] = render(refused.said, language())
        shown = assuming.touched(held, name, at)
    part = "HX-Request" in flask.request.headers
    page = flask.render_template(
        "analyses/touched.html" if part else "analyses/assumption.html",
        district_id=district_id,
        name=name,
        at=at,
        label=NAMES[name],
        stands=held.assumed(name, at),
        shown=shown,
        tried=tried if tried and "try" not in errors else "",
        typed=tried,
        years=held.assumed.years,
        level=name in LEVELS,
        errors=errors,
        own=own,
        people=people,
        may_propose=_may_propose(name),
        may_decide=allows(scope(), "local_assumptions:approve"),
        form=flask.request.form,
        **_words(),
    )
    # What is typed half is said in the part of the page, and is no failure of it.
    return page, 422 if errors and not part else 200


def _may_propose(name: str) -> bool:
    acting = scope()
    if not allows(acting, "local_assumptions:propose"):
        return False
    return acting.role != "SED" and (acting.role != "HR" or name in PAY)


@area.post(
    "/assumptions/<name>/<at>", permission="local_assumptions:propose", serves=("as_suggestion", "o", "pay")
)
def propose_assumption(district_id: int, name: str, at: str) -> ResponseReturnValue:
    """Propose another value with a reason; it counts once it is accepted."""
    reason = flask.request.form.get("reason", "").strip()
    value = flask.request.form.get("try", "").strip()
    errors = {}
    if name not in NAMES or not _may_propose(name):
        raise NotFound
    if not reason or len(reason) > LONGEST_REASON:
        errors["reason"] = _("Give the reason in at most {most} characters.", most=LONGEST_REASON)
    if not value:
        errors["try"] = _("Write the percentage that you propose, like 2.5.")
    if errors:
        return _assumption(district_id, name, at, errors)
    with transaction() as session:
        held = _standing(session, district_id)
        if f"{name}/{at}" not in held.assumed.by_key:
            raise NotFound
        try:
            meant = assuming.touched(held, name, at, value).value
        except ParameterError as refused:
            errors["try"] = render(refused.said, language())
        else:
            assumptions.propose(session, scope(), name, at, meant, reason)
    if errors:
        return _assumption(district_id, name, at, errors)
    return back_to(
        "analyses.assumption",
        _("Proposed. It counts once the chief business official accepts it."),
        district_id=district_id,
        name=name,
        at=at,
    )


@area.post("/assumptions/decided/<int:assumption_id>", permission="local_assumptions:approve")
def decide_assumption(district_id: int, assumption_id: int) -> ResponseReturnValue:
    """Accept or decline a proposal, or end what was accepted; the outlook is computed anew."""
    act = flask.request.form.get("act", "")
    with transaction() as session:
        if not assumptions.decide(session, scope(), assumption_id, act):
            raise NotFound
        if act != "decline":
            answers = [studies.answer(session, district_id, name) for name in studies.NAMES]
            stills.ask(session, district_id, answers)
    said = {
        "accept": _("Accepted. The outlook is computed with it."),
        "decline": _("Declined."),
        "end": _("Ended. The state's rate or starting value counts again."),
    }
    return back_to("analyses.standing", said[act], district_id=district_id)
