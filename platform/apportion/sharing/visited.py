"""What a reader's request is about: the link's district and plan, and which version is read."""

from __future__ import annotations

import datetime as dt
import secrets

import flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import scope
from apportion.sharing import reading


def choose(
    session: Session, version_id: int | None
) -> tuple[reading.VersionFacts, reading.VersionFacts, list[reading.VersionFacts]]:
    """Return the version asked for (the newest by default), the newest, and all.

    Raises:
        NotFound: Nothing is published, or not that version.
    """
    known = reading.versions(session, visited_district(), visited_plan())
    if not known:
        raise NotFound
    wanted = [version for version in known if version_id in (None, version.id)]
    if not wanted:
        raise NotFound
    return wanted[0], known[0], known


def is_open(version: reading.VersionFacts) -> bool:
    """Return whether this reader may comment on a version now."""
    return scope().may_comment and version.takes_comments(dt.datetime.now(dt.UTC))


def once() -> str:
    """Return a mark by which a form that is sent twice is known."""
    return secrets.token_hex(8)


def base_of(link_id: int) -> str:
    """Return the address of the plan's page, which the others begin with."""
    return flask.url_for("sharing.read", link_id=link_id)


def visited_district() -> int:
    """Return the district whose plan is read."""
    district_id = scope().viewed_district_id
    if district_id is None:
        raise NotFound
    return district_id


def visited_plan() -> int:
    """Return the plan that is read."""
    plan_id = scope().plan_id
    if plan_id is None:
        raise NotFound
    return plan_id
