"""State rates on the console: a dated set is proposed by one person and published by another."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from apportion.console.area import area
from apportion.rates.telling import FAMILIES
from apportion.request import _, language, scope, transaction
from apportion.settings.area import back_to, errors_of
from tenants.errors import NotPossibleError
from tenants.language import render
from tenants.people import Person
from tenants.records import state_rates
from tenants.records.state_rates import StateRateSet
from workers import rates_in_force
from workers.analyses.ledger import next_year
from workers.analyses.outlook_assumptions import STATUS_WORDS
from workers.finance.rates import Rates, series
from workers.finance.rates.labels import LABELS
from workers.finance.rates.published import (
    STATUSES,
    PublishedSet,
    is_date,
    read_value,
    years_known,
    years_offered,
)

LONGEST_TITLE = 80
LONGEST_SOURCE = 300


@area.get("/console/rates", permission="state_rates:edit")
def rates() -> ResponseReturnValue:
    """Show what waits for a second person and what was published, and take a proposal."""
    return _page()


def _page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    with transaction() as session:
        sets = state_rates.every(session)
        people = {each for one in sets for each in (one.proposed_by, one.decided_by) if each}
        names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
        known = rates_in_force.rates(session)
        every = years_known(rates_in_force.published_sets(session))
        session.expunge_all()
    asked = flask.request.values.get("first", "")
    newest = next_year(known.last("lcff_base/TK-3"))
    first = asked if asked in (*every, newest) else newest
    page = flask.render_template(
        "console/rates.html",
        waiting=[one for one in sets if one.state == "proposed"],
        decided=[one for one in sets if one.state != "proposed"],
        compared=lambda one: _compared(one, known),
        names=names,
        years=years_offered(first),
        firsts=[(at, at) for at in sorted({*every, newest})],
        families=[(render(title, language()), rows) for title, rows in FAMILIES],
        labels=LABELS,
        series=series(),
        known=known,
        statuses=[(key, render(STATUS_WORDS[key], language()).capitalize()) for key in STATUSES],
        status_words=STATUS_WORDS,
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


def _compared(one: StateRateSet, known: Rates) -> list[tuple[str, str, str, str | None]]:
    """Return each value of a set: series, year, value, and what counts now."""
    return [
        (name, at, value, held.value if (held := known.in_force(name, at)) else None)
        for _title, names in FAMILIES
        for name in names
        for at, value in sorted(one.rates.get(name, {}).items())
    ]


@area.post("/console/rates", permission="state_rates:create")
def propose_rates() -> ResponseReturnValue:
    """Keep a proposal of rates; it counts for nothing until a second person publishes it."""
    form = flask.request.form
    title, source, dated = (form.get(key, "").strip() for key in ("title", "source", "dated"))
    values, errors = _typed()
    if not title or len(title) > LONGEST_TITLE:
        errors["title"] = _("Name this set, for example: Budget Act of 2026.")
    if not source or len(source) > LONGEST_SOURCE:
        errors["source"] = _("Say in which document the values were read.")
    if not is_date(dated):
        errors["dated"] = _(
            "Write the day or month from which the values stood, such as 2026-07-01 or 2026-07."
        )
    if form.get("status") not in STATUSES:
        errors["status"] = _("Say whether the values are enacted or projected.")
    if not values and not errors:
        errors["first"] = _("Fill in at least one rate.")
    if errors:
        return _page(errors, 422)
    made = PublishedSet.of(title, source, dated, form["status"], values)
    with transaction() as session:
        state_rates.propose(
            session,
            scope(),
            StateRateSet(
                title=title, source=source, dated=dated, status=made.status, rates=values, digest=made.digest
            ),
        )
    return back_to("console.rates", _("Proposed. It counts once somebody else publishes it."))


def _typed() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return the values of the form by series and year, and what can't be meant, by field."""
    values: dict[str, dict[str, str]] = {}
    errors: dict[str, str] = {}
    for field, typed in flask.request.form.items():
        name, _sign, at = field.rpartition("@")
        if name not in series() or not typed.strip():
            continue
        value = read_value(name, typed)
        if value is None:
            errors[field] = _(
                "{name}, {year}: “{found}” is not a rate. Write it like 2.5 or 10256.",
                name=render(LABELS[name], language()),
                year=at,
                found=typed[:20],
            )
        else:
            values.setdefault(name, {})[at] = value
    return values, errors


@area.post("/console/rates/<int:set_id>", permission="state_rates:edit")
def decide_rates(set_id: int) -> ResponseReturnValue:
    """Publish a proposal as a second person, or withdraw it."""
    act = flask.request.form.get("act", "")
    try:
        with transaction() as session:
            if not state_rates.decide(session, scope(), set_id, flask.request.form.get("digest", ""), act):
                raise NotFound
    except NotPossibleError as refusal:
        return _page(errors_of(refusal), 422)
    said = _("Published. Every district's next analysis uses it.") if act == "publish" else _("Withdrawn.")
    return back_to("console.rates", said)
