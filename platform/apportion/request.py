"""Who asks, for which district, in which language, and the transaction that this limits."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flask
import flask_login
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.security import cookie_name
from apportion.services import services
from tenants import accounts
from tenants import language as texts
from tenants.roles import ROLES_BY_KIND
from tenants.scope import Scope, resolve

LANGUAGE_COOKIE = "language"
VIEW_AS = "view_as"
"""Key of the session's cookie that holds as which role a steward looks at the district."""


@dataclasses.dataclass(frozen=True)
class Identity:
    """Who signed in, and in which organization they act now."""

    person_id: int
    organization_id: int | None
    by_token: bool = False
    """True for a program with an API token: no cookie was involved, so no form can be forged."""
    read_only: bool = False
    """True for a token that may only read."""
    token_id: int | None = None
    areas: tuple[str, ...] | None = None
    """What a token is limited to; None where it is not."""
    strong: bool = False
    """True where the person proved two factors for this session."""
    provider_id: int | None = None
    """The organization whose own sign-in let the person in."""
    confirmed_at: dt.datetime | None = None
    """When the person last proved who they are; None for a program."""


def identity() -> Identity | None:
    """Return who signed in, or None for a visitor.

    The sign-in area's user object carries `identity`; its loaders look the session or token up per request.
    """
    user = flask_login.current_user
    if user is None or not user.is_authenticated:
        return None
    found: Identity = user.identity
    return found


def scope() -> Scope:
    """Return the scope in which this request acts.

    Pages with a permission got it before their view ran; pages for everyone look it up when they ask.
    """
    if "scope" not in flask.g:
        who = identity() if flask.has_request_context() else None
        flask.g.scope = scope_of(who, None)
    found: Scope = flask.g.scope
    return found


def scope_of(who: Identity | None, district_id: int | None) -> Scope:
    """Return the scope of whoever signed in, on the pages of a district or of their organization.

    Raises:
        NotFound: if the district is not one that this person may know of.
    """
    if who is not None and who.organization_id is not None:
        found = resolve(services().database, who.person_id, who.organization_id, district_id)
        if found is not None and who.by_token:
            # At the interface; a page that is read may leave a line in the record, or ask for a drawing.
            holds = who.read_only and flask.request.path.startswith("/api/")
            return dataclasses.replace(found, token_areas=who.areas, read_only=holds)
        if found is not None:
            return _viewed(who, found)
    if district_id is not None:
        raise NotFound
    if who is None:
        return Scope.nobody()
    mine = accounts.language_of(services().database, who.person_id)
    return dataclasses.replace(Scope.for_person(who.person_id), language=mine)


def _viewed(who: Identity, found: Scope) -> Scope:
    """Return a steward's scope as the role that the steward chose to look as, or as it is."""
    if who.by_token or not found.steward or VIEW_AS not in flask.session:
        return found
    held = flask.session[VIEW_AS]
    if held.get("organization") != found.organization_id or held.get("role") not in ROLES_BY_KIND["district"]:
        return found
    return found.seen_as(held["role"])


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a transaction in which the database shows and takes what this request's scope allows."""
    with services().database.transaction(scope()) as session:
        yield session


def language() -> str:
    """Return the language of this answer: the person's, else the cookie's, else the browser's."""
    if "language" not in flask.g:
        flask.g.language = _choose_language()
    chosen: str = flask.g.language
    return chosen


def _choose_language() -> str:
    mine = scope().language if scope().person_id is not None else None
    for wanted in (mine, flask.request.cookies.get(cookie_name(LANGUAGE_COOKIE))):
        if wanted in texts.LANGUAGES:
            return wanted
    return flask.request.accept_languages.best_match(texts.LANGUAGES) or "en"


def _(text: str, **values: Any) -> str:
    """Return a text in the reader's language; values that are markup keep it, all else is escaped."""
    if any(hasattr(value, "__html__") for value in values.values()):
        return _marked(functools.partial(texts.translate, text), **values)
    return texts.translate(text, language(), **values)


def _n(one: str, many: str, n: int, **values: Any) -> str:
    """Return the text that fits a count in the reader's language; `{n}` is the count."""
    if any(hasattr(value, "__html__") for value in values.values()):
        return _marked(functools.partial(texts.translate_n, one, many, n), **values)
    return texts.translate_n(one, many, n, language(), **values)


def _marked(find: Callable[..., str], **values: Any) -> Markup:
    """Fill a text whose values hold markup: the sentence is escaped first, the markup put in afterwards."""
    held = {key: f"\x02{key}\x03" for key in values}
    printed = str(escape(find(language(), **held)))
    for key, value in values.items():
        inner = value if hasattr(value, "__html__") else texts.write(value, language())
        printed = printed.replace(f"\x02{key}\x03", str(escape(inner)))
    return Markup(texts.one_period(printed))  # noqa: S704 - every part was escaped above
