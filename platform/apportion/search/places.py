"""Finds pages, steps, people, and a facilitator's districts and cohorts."""

from __future__ import annotations

from collections.abc import Iterator

import flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.frame.facts import AREAS_IN_SPINE, AREAS_OF_FACILITATOR, entrance, may
from apportion.request import _
from apportion.search.hits import Group, group, hit
from apportion.search.words import Query
from tenants import belonging, cohorts
from tenants.language import N_
from tenants.organizations import Organization
from tenants.records.steps import STEPS
from tenants.roles import ROLE_NAMES
from tenants.scope import Scope

PAGES = (
    (N_("District home"), "portfolio.home"),
    (N_("The five phases"), "portfolio.board"),
    (N_("Priorities"), "plan.priorities"),
    (N_("Options"), "plan.options"),
    (N_("Sign-off"), "plan.sign_off"),
    (N_("What changed between versions"), "plan.compare"),
    (N_("What your coach sees"), "cohorts.what_i_see"),
    (N_("Cohort"), "cohorts.own_place"),
    (N_("People"), "settings.people"),
    (N_("Facilitator"), "settings.facilitator"),
    (N_("Who can see this?"), "settings.who_can"),
    (N_("Programs that connect"), "settings.tokens"),
    (N_("Notices to other programs"), "settings.webhooks"),
    (N_("Support"), "settings.support"),
    (N_("Record of activity"), "settings.activity"),
    (N_("Tray"), "jobs.index"),
)
OWN_PAGES = (
    (N_("Cohorts"), "cohorts.index"),
    (N_("People"), "settings.own_people"),
    (N_("Engagements"), "settings.own_engagements"),
    (N_("Record of activity"), "settings.own_activity"),
)


def pages(district_id: int | None, query: Query) -> Iterator[Group]:
    """Yield the pages that this person may open, by their names."""
    areas = AREAS_IN_SPINE if district_id is not None else AREAS_OF_FACILITATOR
    named = [(_(label), entrance(area, district_id)) for area, label in areas]
    given = {} if district_id is None else {"district_id": district_id}
    named += [
        (_(label), flask.url_for(endpoint, **given))  # type: ignore[arg-type]
        for label, endpoint in (PAGES if district_id is not None else OWN_PAGES)
        if may(endpoint)
    ]
    found = {address: label for label, address in reversed(named) if address is not None}
    yield group(
        _("Pages"), [hit(query, label, address) for address, label in found.items() if query.fits(label)]
    )


def steps(district_id: int, query: Query) -> Iterator[Group]:
    """Yield the steps of the process, by number, name and what they ask."""
    if not may("portfolio.board"):
        return
    found = []
    for step in STEPS:
        title = _("Step {number}: {name}", number=step.number, name=_(step.name))
        if query.fits(title, _(step.asks)):
            address = flask.url_for("portfolio.board", district_id=district_id, _anchor=f"step-{step.key}")
            found.append(hit(query, title, address, [_(step.asks)]))
    yield group(_("Steps of the process"), found)


def people(session: Session, organization_id: int, address: str | None, query: Query) -> Iterator[Group]:
    """Yield the people of one's own organization, by name and role."""
    if address is None:
        return
    found = [
        hit(query, member.name, address, note=_(ROLE_NAMES[member.role]))
        for member in belonging.members(session, organization_id)
        if query.fits(member.name, _(ROLE_NAMES[member.role]))
    ]
    yield group(_("People"), found)


def districts(session: Session, scope: Scope, query: Query) -> Iterator[Group]:
    """Yield the districts that let this person in today, and the cohorts that the person may see."""
    rows = session.execute(
        select(Organization.id, Organization.name)
        .where(Organization.id.in_(scope.progress), Organization.kind == "district")
        .order_by(Organization.name)
    )
    found = [
        hit(query, row.name, entrance("portfolio", row.id) or f"/d/{row.id}/process")
        for row in rows
        if query.fits(row.name)
    ]
    yield group(_("Districts"), found)
    if scope.role == "FLD" and may("cohorts.one"):
        yield group(
            _("Cohorts"),
            [
                hit(query, each.name, flask.url_for("cohorts.one", cohort_id=each.id), note=each.fiscal_year)
                for each in cohorts.of_facilitator(session, scope)
                if query.fits(each.name, each.fiscal_year)
            ],
        )
