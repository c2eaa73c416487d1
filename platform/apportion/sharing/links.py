"""Share links for staff: made with an end date, shown once with a code to scan, counted, ended."""

from __future__ import annotations

import datetime as dt

import flask
import segno
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from apportion.request import _, language, scope, transaction
from apportion.services import services
from apportion.sharing.area import area
from tenants import audit
from tenants.language import LANGUAGES, NAMES, PACIFIC, Message, message, render
from tenants.records import share_links
from tenants.records.plans import Plan, PlanVersion, ShareLink
from tenants.roles import allows

USUAL_DAYS = 28
"""End date that the form proposes: four weeks, a usual comment window."""

ERRORS: dict[str, Message] = {
    "label": message("Say in up to 80 characters whom the link is for, such as School site councils."),
    "date": message(
        "Choose a day after today and within 400 days: a link without an end would outlive its plan."
    ),
    "plan": message("There is no plan to share yet. Start one first."),
}


@area.get("/d/<int:district_id>/sharing", permission="share_link:view")
def links(district_id: int) -> ResponseReturnValue:
    """List the district's links and offer to make one."""
    return _page(district_id, {}, {})


@area.post("/d/<int:district_id>/sharing", permission="share_link:manage")
def make_link(district_id: int) -> ResponseReturnValue:
    """Make a link and show it, this once."""
    form = flask.request.form
    wanted = form.get("language", "en")
    try:
        ends = dt.date.fromisoformat(form.get("expires_on", ""))
    except ValueError:
        return _page(district_id, form, {"expires_on": ERRORS["date"]}, 422)
    expires_at = dt.datetime.combine(ends, dt.time(23, 59, 59), PACIFIC)
    try:
        with transaction() as session:
            plan_id = session.scalar(
                select(Plan.id).where(Plan.district_id == district_id).order_by(Plan.id.desc()).limit(1)
            )
            link, token = share_links.create(
                session,
                scope(),
                plan_id=int(form.get("plan_id") or plan_id or 0),
                label=form.get("label", ""),
                expires_at=expires_at,
                language=wanted if wanted in LANGUAGES else "en",
                may_comment=form.get("may_comment") == "1",
            )
            audit.append(session, scope(), "share_link:manage", f"share_link/{link.id}", act="made")
            session.expunge(link)
    except share_links.LinkRefusedError as error:
        field = {"date": "expires_on"}.get(error.reason, error.reason)
        return _page(district_id, form, {field: ERRORS[error.reason]}, 422)
    address = services().settings.base_url.rstrip("/") + flask.url_for("sharing.open_link", token=token)
    response = flask.make_response(
        flask.render_template("sharing/made.html", link=link, address=address, code=_code(address))
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@area.post("/d/<int:district_id>/sharing/<int:share_link_id>/revoke", permission="share_link:manage")
def revoke(district_id: int, share_link_id: int) -> ResponseReturnValue:
    """End a link at once."""
    with transaction() as session:
        if not share_links.revoke(session, scope(), share_link_id):
            raise NotFound
        audit.append(session, scope(), "share_link:manage", f"share_link/{share_link_id}", act="revoked")
    flask.flash(_("The link opens nothing any more."), "ok")
    return flask.redirect(flask.url_for("sharing.links", district_id=district_id), 303)


def _code(address: str) -> Markup:
    """Return the address as a code to scan: an SVG without width, black on white, with its quiet zone."""
    drawn = segno.make(address, error="m", micro=False)
    inline = drawn.svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return Markup(inline)  # noqa: S704 - drawn from our own address


def _page(
    district_id: int, form: dict[str, str], errors: dict[str, Message], status: int = 200
) -> ResponseReturnValue:
    now = dt.datetime.now(dt.UTC)
    with transaction() as session:
        plans = session.execute(
            select(Plan.id, Plan.title, Plan.title_es)
            .where(Plan.district_id == district_id)
            .order_by(Plan.id)
        ).all()
        published = set(
            session.scalars(
                select(PlanVersion.plan_id).where(
                    PlanVersion.district_id == district_id, PlanVersion.state == "published"
                )
            )
        )
        found = share_links.of_district(session, district_id)
        session.expunge_all()
    page = flask.render_template(
        "sharing/links.html",
        district_id=district_id,
        plans=plans,
        plan_choices=[
            (plan.id, (plan.title_es or plan.title) if language() == "es" else plan.title) for plan in plans
        ],
        published=published,
        open_links=[link for link in found if _is_open(link, now)],
        ended_links=[link for link in found if not _is_open(link, now)],
        may_manage=allows(scope(), "share_link:manage"),
        form=form,
        errors={field: render(said, language()) for field, said in errors.items()},
        proposed=(now.astimezone(PACIFIC).date() + dt.timedelta(days=USUAL_DAYS)).isoformat(),
        languages=list(NAMES.items()),
    )
    return page, status


def _is_open(link: ShareLink, now: dt.datetime) -> bool:
    return link.revoked_at is None and link.expires_at > now
