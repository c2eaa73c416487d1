"""State rates by year: each value with source, date and status, several projections side by side."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue

from apportion.rates.telling import FAMILIES, table
from apportion.request import language, transaction
from apportion.routing import Area
from tenants.language import render
from workers import rates_in_force
from workers.analyses.ledger import next_year
from workers.analyses.outlook_assumptions import STATUS_WORDS
from workers.finance.rates.published import digest_of, rates_with, years_known

area = Area("rates", __name__)

SHOWN = 5
"""Fiscal years that stand side by side."""


@area.get("/rates", permission="state_rates:view")
def shown() -> ResponseReturnValue:
    """Show the rates of some years and what was published, by whom nobody needs to ask."""
    with transaction() as session:
        sets = rates_in_force.published_sets(session)
    known = rates_with(sets)
    every = years_known(sets)
    asked = flask.request.args.get("from", "")
    first = asked if asked in every else max(every[0], next_year(known.last("lcff_base/TK-3"), -2))
    years = [at for at in every if at >= first][:SHOWN]
    return flask.render_template(
        "rates/shown.html",
        years=years,
        every=[(at, at) for at in every],
        families=[(render(title, language()), table(names, years, known, sets)) for title, names in FAMILIES],
        sets=list(reversed(sets)),
        digest=digest_of(known),
        status_words=STATUS_WORDS,
        place=flask.request.args.get("place", type=int),
    )
