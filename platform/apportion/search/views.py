"""The page of what was found: in a district, or in a facilitator's own organization."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.frame.facts import FrameFacts
from apportion.request import language, scope, transaction
from apportion.routing import Area
from apportion.search import numbers, places, planning
from apportion.search.hits import Group
from apportion.search.words import Query
from tenants.scope import FACILITATOR_ROLES

area = Area("search", __name__)


@area.get("/d/<int:district_id>/search", permission="search:view")
def in_district(district_id: int) -> ResponseReturnValue:
    """Find what this person may see of a district; no other district is looked at."""
    query, acting, speaks = _query(), scope(), language()
    groups: list[Group] = []
    if query.enough:
        with transaction() as session:
            groups += places.pages(district_id, query)
            groups += places.steps(district_id, query)
            groups += numbers.analyses(session, district_id, query, speaks)
            groups += planning.plan(session, acting, district_id, query, speaks)
            groups += planning.entries(session, district_id, query, speaks)
            groups += planning.comments(session, district_id, query)
            groups += numbers.ledgers(session, district_id, query, speaks)
            there = FrameFacts().link("settings.people", district_id=district_id)
            groups += places.people(session, district_id, there, query)
    return _page(query, groups, flask.url_for("search.in_district", district_id=district_id))


@area.get("/search", permission="search:view")
def in_organization() -> ResponseReturnValue:
    """Find districts, cohorts, people and pages of a facilitator's own organization."""
    query, acting = _query(), scope()
    if acting.role not in FACILITATOR_ROLES:
        raise NotFound
    groups: list[Group] = []
    if query.enough:
        with transaction() as session:
            groups += places.districts(session, acting, query)
            groups += places.pages(None, query)
            there = FrameFacts().link("settings.own_people")
            groups += places.people(session, acting.organization_id or 0, there, query)
    return _page(query, groups, flask.url_for("search.in_organization"))


def _query() -> Query:
    return Query.of(flask.request.args.get("q", ""))


def _page(query: Query, groups: list[Group], address: str) -> ResponseReturnValue:
    return flask.render_template(
        "search/results.html", query=query, groups=[each for each in groups if each.hits], address=address
    )
