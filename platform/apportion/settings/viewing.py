"""A steward looks at the district as a role sees it: read only, said on every page, and on the record."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue

from apportion.request import VIEW_AS, _, scope, transaction
from apportion.routing import SIGNED_IN, Refused
from apportion.settings.area import area
from tenants import audit
from tenants.language import message
from tenants.roles import ROLES_BY_KIND


@area.post("/d/<int:district_id>/settings/view-as", permission="people:manage")
def view_as(district_id: int) -> ResponseReturnValue:
    """Begin to look as a role does; it ends with a button on every page, or with the session."""
    role = flask.request.form.get("role", "")
    if role not in ROLES_BY_KIND["district"]:
        raise Refused(message("Choose one of the roles of this organization."), 422)
    with transaction() as session:
        audit.append(session, scope(), "people:manage", f"organization/{district_id}", viewing_as=role)
    flask.session[VIEW_AS] = {"organization": district_id, "role": role}
    return flask.redirect(flask.url_for("portfolio.home", district_id=district_id))


@area.post("/settings/view-as/end", permission=SIGNED_IN)
def end_view_as() -> ResponseReturnValue:
    """See again what one sees oneself."""
    held = flask.session.pop(VIEW_AS, None)
    flask.flash(_("You see your own pages again."), "ok")
    if isinstance(held, dict) and isinstance(held.get("organization"), int):
        return flask.redirect(flask.url_for("settings.people", district_id=held["organization"]))
    return flask.redirect("/")
