"""One option's card to read, and what makes an option confidential or releases it."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.plan.area import area
from apportion.request import _, scope, transaction
from apportion.routing import NotAllowed, Refused
from tenants.records import access, confidential, plan_entries
from tenants.records.plan_entries import EntryRefusedError, OptionEntry
from tenants.records.plans import PlanVersion
from tenants.roles import allows, decide

SEEING = ("options:view", "confidential_options:view", "team_options:view")


@area.get("/options/<int:option_id>/card", permission="team_options:view")
def option_card(district_id: int, option_id: int) -> ResponseReturnValue:
    """Show one option to whoever may know it: the cabinet, people named for it, the team that studies it."""
    with transaction() as session:
        entry = _known(session, district_id, option_id)
        teams = access.teams_of_option(session, district_id, option_id)
        return flask.render_template(
            "plan/option_card.html",
            district_id=district_id,
            entry=entry,
            teams=teams,
            may_change=allows(scope(), entry.editing, entry.facts),
            all_options=allows(scope(), "options:view"),
        )


def _known(session: Session, district_id: int, option_id: int) -> OptionEntry:
    """Return an option that exists for this person; the database has the first word.

    Raises:
        NotFound: it does not.
    """
    try:
        entry = plan_entries.option_entry(session, district_id, option_id)
    except plan_entries.UnknownEntryError as unknown:
        raise NotFound from unknown
    wanted = ("confidential_options:view",) if entry.confidential else SEEING
    if not any(allows(scope(), permission, entry.facts) for permission in wanted):
        raise NotFound
    return entry


@area.post("/options/<int:option_id>/guard", permission="confidential_options:edit")
def guard_option(district_id: int, option_id: int) -> ResponseReturnValue:
    """Mark an option confidential, open it up, combine it into a broader line, or separate it again."""
    form = flask.request.form
    into = form.get("into", "")
    shown: list[PlanVersion] = []
    with transaction() as session:
        entry = _known(session, district_id, option_id)
        decision = decide(scope(), entry.editing, entry.facts)
        if not decision.allowed:
            raise NotAllowed(decision.why)
        try:
            match form.get("act", ""):
                case "mark":
                    confidential.mark(session, scope(), option_id)
                    said = _("For everybody else this option does not exist any more.")
                    shown = confidential.still_published(session, scope(), option_id)
                case "open":
                    _stewards_only()
                    confidential.open_up(session, scope(), option_id)
                    said = _("The whole cabinet sees this option now.")
                case "combine":
                    _stewards_only()
                    confidential.combine(
                        session, scope(), option_id, int(into) if into.isdigit() and len(into) < 19 else 0
                    )
                    said = _("Its amounts are in the broader line now, and the line alone is seen.")
                case "separate":
                    _stewards_only()
                    confidential.separate(session, scope(), option_id)
                    said = _("Its amounts are out of the broader line again.")
                case _:
                    raise NotFound
        except plan_entries.UnknownEntryError as unknown:
            raise NotFound from unknown
        except EntryRefusedError as refused:
            raise Refused(next(iter(refused.errors.values())), 409) from refused
    flask.flash(said, "ok")
    if shown:
        flask.flash(
            _(
                "Published versions still show it: {numbers}. They never change. The superintendent can take "
                "one back on its page, under “Take back from readers”; what was printed or saved stays out.",
                numbers=", ".join(version.number for version in shown),
            ),
            "bad",
        )
    return flask.redirect(flask.url_for("plan.option", district_id=district_id, option_id=option_id))


def _stewards_only() -> None:
    """Refuse who is no steward: a confidential measure is released by a steward alone.

    Raises:
        NotAllowed: with the sentence that says so.
    """
    decision = decide(scope(), "confidential_release:approve")
    if not decision.allowed:
        raise NotAllowed(decision.why)
