"""The district home, and the board of the fifteen steps."""

from __future__ import annotations

import datetime as dt

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.frame.facts import california_today, entrance, may
from apportion.portfolio import changes, outlook, waiting
from apportion.request import _, language, scope, transaction
from apportion.routing import Area, NotAllowed, Refused
from tenants import audit
from tenants.language import message, render
from tenants.organizations import Membership
from tenants.people import Person
from tenants.records import dates, standing
from tenants.records.datasets import Dataset
from tenants.records.steps import BY_KEY
from tenants.roles import allows, decide

area = Area("portfolio", __name__)

FINANCE = ("CBO", "SUP", "HR")
INSTRUCTION = ("CAO", "SED", "PRI", "SUP")


@area.get("/d/<int:district_id>/", permission="profile:view")
def home(district_id: int) -> ResponseReturnValue:
    """Show what the district's numbers conclude, what waits, where the phases stand, and the next dates."""
    acting, today = scope(), california_today()
    with transaction() as session:
        found = outlook.outlook(session, district_id) if allows(acting, "financial_results:view") else None
        loaded = session.scalar(
            select(Dataset.id).where(Dataset.district_id == district_id, Dataset.state == "ready").limit(1)
        )
        certified = session.scalar(
            select(Dataset.certified_at)
            .where(Dataset.district_id == district_id, Dataset.state == "ready")
            .order_by(Dataset.fiscal_year.desc(), Dataset.id.desc())
            .limit(1)
        )
        items = waiting.waiting_for(session, acting, district_id, today)
        # The header counts them too.
        flask.g.waiting = len(items)
        others = waiting.others(session, acting, district_id)
        start = changes.since(session, acting)
        happened = changes.changes(session, acting, district_id, start)
    addresses = {
        name: entrance(name, district_id) for name in ("data", "analyses", "plan", "comments", "settings")
    }
    if may("settings.facilitator"):
        addresses["settings"] = flask.url_for("settings.facilitator", district_id=district_id)
    if may("settings.support"):
        addresses["support"] = flask.url_for("settings.support", district_id=district_id)
    if may("cohorts.own_place"):
        addresses["cohort"] = flask.url_for("cohorts.own_place", district_id=district_id)
    addresses["board"] = flask.url_for("portfolio.board", district_id=district_id)
    return flask.render_template(
        "portfolio/home.html",
        today=today,
        outlook=found,
        conclusion=outlook.conclusion(found) if found else None,
        wide=outlook.drawing(found) if found else None,
        slim=outlook.drawing(found, narrow=True) if found else None,
        chart_title=outlook.chart_title(found) if found else None,
        outlook_address=outlook_address(district_id, found.run_id) if found else None,
        loaded=loaded is not None,
        may_load=allows(acting, "ledger:load"),
        certified=certified,
        items=items,
        others=others,
        changes=happened,
        since=start,
        dates=dates.coming(today, 4),
        addresses=addresses,
    )


def outlook_address(district_id: int, run_id: int) -> str | None:
    """Return the page of a run, if this person may open it."""
    return (
        flask.url_for("analyses.run", district_id=district_id, run_id=run_id) if may("analyses.run") else None
    )


@area.get("/d/<int:district_id>/process", permission="process_board:view")
def board(district_id: int) -> ResponseReturnValue:
    """Show the fifteen steps with their two owners, and let the cabinet move them."""
    acting = scope()
    with transaction() as session:
        phases = standing.standing(session, district_id)
        owners = {step.finance_owner_id for phase in phases for step in phase.steps}
        owners |= {step.instruction_owner_id for phase in phases for step in phase.steps}
        names = {
            row.id: row.name
            for row in session.execute(
                select(Person.id, Person.name).where(Person.id.in_([owner for owner in owners if owner]))
            )
        }
        may_edit = may_write(district_id) and allows(acting, "process_board:edit", serves=("o",))
        people = _people(session, district_id) if may_edit else []
    return flask.render_template(
        "portfolio/board.html",
        phases=phases,
        names=names,
        may_edit=lambda step: may_edit and allows(acting, "process_board:edit", step.facts),
        finance=[(person_id, name) for person_id, name, role in people if role in FINANCE],
        instruction=[(person_id, name) for person_id, name, role in people if role in INSTRUCTION],
        dates=dates.coming(california_today(), 5),
        today=california_today(),
    )


def may_write(district_id: int) -> bool:
    """Whether this request may write into the district at all."""
    return scope().district_id == district_id


def _people(session: Session, district_id: int) -> list[tuple[int, str, str]]:
    rows = session.execute(
        select(Person.id, Person.name, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == district_id, Membership.ended_at.is_(None))
        .order_by(Person.name)
    )
    return [(row.id, row.name, row.role) for row in rows]


def _side() -> standing.Side | None:
    """Return for which department this person speaks."""
    role = scope().role
    if role in {"CBO", "HR"}:
        return "finance"
    if role in {"CAO", "SED"}:
        return "instruction"
    return None


@area.post("/d/<int:district_id>/process/<step>", permission="process_board:edit", serves=("o",))
def move(district_id: int, step: str) -> ResponseReturnValue:
    """Assign, begin, confirm, reopen or set aside a step."""
    form = flask.request.form
    act = form.get("act", "")
    try:
        with transaction() as session:
            decision = decide(scope(), "process_board:edit", standing.step_facts(session, district_id, step))
            if not decision.allowed:
                raise NotAllowed(decision.why)
            said = _move(session, district_id, step, act)
            audit.append(session, scope(), "process_board:edit", f"process_step/{step}", act=act)
    except standing.StepRefusedError as refusal:
        flask.flash(render(refusal.said, language()), "bad")
    else:
        flask.flash(said, "ok")
    anchor = f"step-{step}" if step in BY_KEY else None
    return flask.redirect(flask.url_for("portfolio.board", district_id=district_id, _anchor=anchor))


def _move(session: Session, district_id: int, step: str, act: str) -> str:
    form = flask.request.form
    match act:
        case "assign":
            standing.assign(
                session,
                district_id,
                step,
                finance=_member(session, district_id, form.get("finance", "")),
                instruction=_member(session, district_id, form.get("instruction", "")),
                due=_day(form.get("due", "")),
            )
            return _("Owners and date saved.")
        case "begin":
            standing.begin(session, district_id, step)
            return _("The step is under way.")
        case "confirm":
            return _confirm(session, district_id, step, form.get("evidence", ""))
        case "reopen":
            standing.reopen(session, district_id, step)
            return _("The step is open again.")
        case "set_aside":
            standing.set_not_applicable(session, district_id, step, form.get("reason", ""))
            return _("The step is marked as not applying here.")
    raise Refused(message("Go back to the page and use its buttons."))


def _confirm(session: Session, district_id: int, step: str, evidence: str) -> str:
    sides: list[standing.Side] = []
    side = _side()
    if side is not None:
        sides = [side]
    elif flask.request.form.get("side") == "finance":
        sides = ["finance"]
    elif flask.request.form.get("side") == "instruction":
        sides = ["instruction"]
    state: standing.State = "under_way"
    for each in sides:
        state = standing.confirm_done(session, district_id, step, each, evidence)
    if state == "done":
        return _("Both departments say so: the step is done.")
    return _("Noted. The step is done once the other department says so too.")


def _member(session: Session, district_id: int, given: str) -> int | None:
    """Return a person's id if that person belongs to the district."""
    if not given.isdigit():
        return None
    return session.scalar(
        select(Membership.person_id).where(
            Membership.organization_id == district_id,
            Membership.person_id == int(given),
            Membership.ended_at.is_(None),
        )
    )


def _day(given: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(given) if given else None
    except ValueError:
        said = message("“{given}” is not a date. Choose one from the calendar.", given=given)
        raise standing.StepRefusedError(said) from None
