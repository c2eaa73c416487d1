"""The cohort board, what a district lets its coach see, and the coach's nudge."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.cohorts import board, making, nudges
from apportion.cohorts.area import LEVELS, area
from apportion.frame.facts import california_today, entrance
from apportion.presentation import say
from apportion.request import _, scope, transaction
from apportion.routing import Refused
from apportion.services import services
from tenants import audit, cohorts, engagements
from tenants.language import message
from tenants.organizations import Organization
from tenants.people import Person
from tenants.records import standing
from tenants.roles import allows, coach_does, coach_sees
from tenants.scope import FACILITATOR_ROLES

__all__ = ["area", "making"]


@area.get("/cohort", permission="cohort_board:view")
def show() -> ResponseReturnValue:
    """Show the districts of a cohort, the newest unless another is asked for, as far as engagements allow."""
    if scope().role not in FACILITATOR_ROLES:
        raise NotFound
    today = california_today()
    with transaction() as session:
        found = board.board(session, scope(), today, flask.request.args.get("cohort", type=int))
        under_way = [each for each in cohorts.of_facilitator(session, scope()) if each.ended_at is None]
        session.expunge_all()
    return flask.render_template(
        "cohorts/board.html",
        board=found,
        conclusion=board.conclusion(found),
        calendar=board.calendar(found, today, say),
        today=today,
        levels=LEVELS,
        under_way=under_way if scope().role == "FLD" else [],
        may_nudge=scope().role == "FCO",
        entrance=lambda district: (
            entrance("portfolio", district) or flask.url_for("portfolio.board", district_id=district)
        ),
    )


@area.get("/d/<int:district_id>/coach", permission="engagement:view")
def what_i_see(district_id: int) -> ResponseReturnValue:
    """Show the statement of what a coach sees here: the same to the coach and to the district."""
    acting = scope()
    with transaction() as session:
        open_ones = [
            each
            for each in engagements.of_organization(session, acting.organization_id or 0)
            if each.district_id == district_id and each.state == "active"
        ]
        phases = standing.standing(session, district_id) if allows(acting, "process_board:view") else ()
    current = next((step for phase in phases for step in phase.steps if step.state == "under_way"), None)
    return flask.render_template(
        "cohorts/coach.html",
        statements=[
            {
                "engagement": each,
                "level": LEVELS[each.level],
                "sees": coach_sees(each.level)[0],
                "never": coach_sees(each.level)[1],
                "does": coach_does(each.level),
            }
            for each in open_ones
        ],
        phases=phases,
        current=current,
        may_nudge=allows(acting, "process_board:nudge"),
        addresses={
            name: entrance(name, district_id)
            for name in ("portfolio", "analyses", "plan", "comments", "settings")
        },
    )


@area.post("/d/<int:district_id>/nudge", permission="process_board:nudge")
def nudge(district_id: int) -> ResponseReturnValue:
    """Write to the owners of the step that is under way; at most one mail for a person and week."""
    with transaction() as session:
        phases = standing.standing(session, district_id)
        current = next((step for phase in phases for step in phase.steps if step.state == "under_way"), None)
        people = nudges.owners(session, current) if current is not None else []
        district = session.get_one(Organization, district_id)
        coach = session.get_one(Person, scope().person_id)
        if current is None or not people:
            raise Refused(message("No step is under way that has an owner to write to."))
        address = flask.url_for(
            "portfolio.board", district_id=district_id, _anchor=f"step-{current.step.key}"
        )
        nudges.send(
            session,
            current,
            people,
            coach=coach.name,
            district=district.name,
            address=services().settings.base_url + address,
            today=california_today(),
        )
        audit.record(
            session,
            scope(),
            "process_board:nudge",
            f"process_step/{current.step.key}",
            district=district_id,
            people=[person.id for person in people],
        )
    names = " · ".join(person.name for person in people)
    flask.flash(_("Mail goes to {names}. Whoever had a nudge this week gets none.", names=names), "ok")
    return flask.redirect(flask.url_for("cohorts.show"))
