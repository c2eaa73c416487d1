"""Static files, health, language, the first page, and the page of styles."""

from __future__ import annotations

from urllib.parse import urlsplit

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import update
from werkzeug.exceptions import NotFound

from apportion import static_files
from apportion.frame import help as help_texts
from apportion.frame.facts import DENSITIES, DENSITY_COOKIE, entrance
from apportion.frame.samples import style_samples
from apportion.request import LANGUAGE_COOKIE, scope, transaction
from apportion.routing import EVERYONE, SIGNED_IN, Area
from apportion.security import set_cookie
from apportion.services import services
from apportion.sharing.glossary import TERMS
from tenants.language import LANGUAGES
from tenants.people import Person

area = Area("frame", __name__, template_folder="../templates")


@area.get("/static/built/<path:name>", permission=EVERYONE)
def built(name: str) -> ResponseReturnValue:
    """Send a built script, style or font."""
    return static_files.send(name)


@area.get("/healthz", permission=EVERYONE)
def health() -> ResponseReturnValue:
    """Say that this process answers; whoever watches the servers behind it asks them."""
    return {"status": "ok"}


@area.get("/favicon.ico", permission=EVERYONE)
def icon() -> ResponseReturnValue:
    """Send the mark of the product."""
    return static_files.send(static_files.manifest()["mark.svg"])


@area.get("/", permission=SIGNED_IN)
def first_page() -> ResponseReturnValue:
    """Lead to the page where this person's role begins."""
    return flask.redirect(first_address())


def first_address() -> str:
    """Return the page that a person of this role sees first."""
    acting = scope()
    if acting.organization_id is None:
        return "/organizations"
    if acting.role in {"FLD", "FCO"}:
        return entrance("cohorts", None) or "/organizations"
    if acting.role == "PAD":
        return entrance("console", None) or "/organizations"
    district = acting.organization_id
    order = {
        "BRD": ("plan", "portfolio"),
        "COM": ("plan", "portfolio"),
    }.get(acting.role or "", ("portfolio", "plan"))
    for name in order:
        address = entrance(name, district)
        if address is not None:
            return address
    return "/organizations"


@area.get("/help", permission=SIGNED_IN)
def show_help() -> ResponseReturnValue:
    """Show what an area is for, the keys, and the terms: in the drawer of a page, or as a page."""
    in_drawer = flask.request.headers.get("X-Drawer")
    return flask.render_template(
        "help_drawer.html" if in_drawer else "help.html",
        about=help_texts.AREAS.get(flask.request.args.get("area", "")),
        keys=help_texts.KEYS,
        terms=TERMS,
    )


@area.get("/language/<wanted>", permission=EVERYONE)
def choose_language(wanted: str) -> ResponseReturnValue:
    """Remember a reader's language in a cookie and go back to the page; a person's own is set by `prefer`."""
    if wanted not in LANGUAGES:
        raise NotFound
    response = flask.redirect(_safe_return(flask.request.args.get("back", "/")))
    set_cookie(response, LANGUAGE_COOKIE, wanted)
    return response


@area.post("/preferences", permission=SIGNED_IN)
def prefer() -> ResponseReturnValue:
    """Set the person's language, or how dense tables are, and go back to the page."""
    response = flask.redirect(_safe_return(flask.request.form.get("back", "/")))
    wanted = flask.request.form.get("language")
    if wanted in LANGUAGES:
        with transaction() as session:
            session.execute(update(Person).where(Person.id == scope().person_id).values(language=wanted))
        set_cookie(response, LANGUAGE_COOKIE, wanted)
    density = flask.request.form.get("density")
    if density in DENSITIES:
        set_cookie(response, DENSITY_COOKIE, density)
    return response


def _safe_return(address: str) -> str:
    """Return an address only if it stays on this platform."""
    parts = urlsplit(address)
    stays = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith("//")
    return address if stays and "\\" not in address else "/"


@area.get("/style", permission=EVERYONE)
def style() -> ResponseReturnValue:
    """Show every component in every state; not in production."""
    if services().settings.production:
        raise NotFound
    return flask.render_template("style.html", samples=style_samples())
