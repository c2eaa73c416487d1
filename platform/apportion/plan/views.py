"""The plan's first page: where it stands, what comes next, its versions."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue

from apportion.plan import editor, entries, guarded, inserting, passages, publishing, threads
from apportion.plan.area import area
from apportion.request import _, scope, transaction
from tenants.roles import allows
from workers import studies
from workers.analyses.ledger import next_year
from workers.planning import book as books
from workers.planning import versions, writing
from workers.planning.exhibits import reserve_finding
from workers.planning.freeze import freeze
from workers.planning.problems import Imprint

__all__ = ["area", "editor", "entries", "guarded", "inserting", "passages", "publishing", "threads"]


@area.get("", permission="plan:view")
def home(district_id: int) -> ResponseReturnValue:
    """Show the plan in writing to the cabinet and its coach, the published versions to everybody else."""
    acting = scope()
    with transaction() as session:
        plan = writing.current_plan(session, district_id) if district_id not in acting.principal else None
        if plan is None:
            published = versions.published_of_district(session, district_id)
            years = studies.years(session, district_id) if allows(acting, "plan:create") else []
            return flask.render_template(
                "plan/start.html",
                district_id=district_id,
                published=published,
                years=years,
                may_load=allows(acting, "ledger:load"),
            )
        book = books.load(session, district_id, plan.id)
        frozen = freeze(book, Imprint("0", versions.DRAFT))
        figures = book.figures
        projected = bool(figures.years) and f"plan/balance/{figures.years[-1]}" in figures.sheet
        return flask.render_template(
            "plan/home.html",
            district_id=district_id,
            plan=plan,
            book=book,
            figures=figures,
            conclusion=reserve_finding(figures) if projected else None,
            sections=frozen.document.sections,
            states=editor.states(frozen),
            problems=frozen.problems,
            versions=versions.versions(session, district_id, plan.id),
            may_write=allows(acting, "plan:edit"),
            drafted=any(book.blocks.values()),
        )


@area.post("", permission="plan:create")
def start(district_id: int) -> ResponseReturnValue:
    """Start the district's plan on a ledger that is loaded."""
    base_year = flask.request.form.get("base_year", "")
    with transaction() as session:
        if writing.current_plan(session, district_id) is not None:
            return flask.redirect(flask.url_for("plan.home", district_id=district_id))
        if base_year not in studies.years(session, district_id):
            flask.flash(_("Choose a fiscal year of a ledger that is loaded."), "bad")
            return flask.redirect(flask.url_for("plan.home", district_id=district_id))
        first, last = next_year(base_year), next_year(base_year, 2)
        plan_id = writing.start(
            session,
            scope(),
            title=f"Strategic finance plan {first} to {last}",
            title_es=f"Plan financiero estratégico {first} a {last}",
            base_year=base_year,
        )
        writing.write_draft(session, scope(), plan_id, recorded=False)
    return flask.redirect(flask.url_for("plan.home", district_id=district_id))


@area.get("/figures/<path:key>", permission="plan:view")
def figure(district_id: int, key: str) -> ResponseReturnValue:
    """Show where a figure of the plan comes from; a figure of an analysis leads on to the analysis."""
    with transaction() as session:
        plan = writing.current_plan(session, district_id)
        found = books.load(session, district_id, plan.id) if plan else None
        held = found.figure(key) if found else None
        if found is None or held is None:
            flask.abort(404)
        parts = [(part, found.figure(part["figure"]) if "figure" in part else None) for part in held["parts"]]
        return flask.render_template(
            "plan/figure_drawer.html" if flask.request.headers.get("X-Drawer") else "plan/figure.html",
            district_id=district_id,
            key=key,
            figure=held,
            made_of=parts,
        )
