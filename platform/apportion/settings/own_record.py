"""The record of a person's own acts in a facilitator's or the operator's organization."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from apportion.request import scope, transaction
from apportion.settings.activity import ENTRIES_ON_A_PAGE
from apportion.settings.acts import act_in_words
from apportion.settings.area import area
from tenants import audit


@area.get("/organization/activity", permission="own_activity:view")
def own_activity() -> ResponseReturnValue:
    """Show what this person did for the organization, the latest first."""
    acting = scope()
    page = max(1, flask.request.args.get("page", 1, type=int))
    wanted = select(audit.OrganizationAct).where(
        audit.OrganizationAct.organization_id == acting.organization_id,
        audit.OrganizationAct.person_id == acting.person_id,
    )
    with transaction() as session:
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        entries = session.scalars(
            wanted.order_by(audit.OrganizationAct.id.desc())
            .limit(ENTRIES_ON_A_PAGE)
            .offset((page - 1) * ENTRIES_ON_A_PAGE)
        ).all()
        session.expunge_all()
    return flask.render_template(
        "settings/own_activity.html",
        entries=entries,
        total=total,
        page=page,
        pages=-(-total // ENTRIES_ON_A_PAGE),
        pager_address=lambda number: flask.url_for("settings.own_activity", page=number),
        in_words=act_in_words,
    )
