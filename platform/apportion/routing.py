"""Areas of the platform, whose every route names the permission it needs, and the enforcement of it.

Refusals say the same thing about what does not exist and what belongs to somebody else: not found. Only
where a person may know that a page exists does a refusal say why, and whom to ask.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import flask
from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from flask.globals import request_ctx as request_context
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.exceptions import Forbidden, HTTPException, NotFound

from apportion import gate
from apportion.request import Identity, identity, scope, scope_of
from apportion.security import cookie_name
from apportion.services import services
from apportion.sharing.throttle import too_often
from tenants import support
from tenants.areas import NEVER_BY_TOKEN
from tenants.language import Message, message
from tenants.limits import LIMITS
from tenants.roles import decide, permission_of
from tenants.scope import Scope, resolve_visitor

EVERYONE, SIGNED_IN, VISITOR = "everyone", "signed_in", "visitor"
VISITOR_COOKIE = "reader"
"""Holds a share link's token for the pages of that link; its path is limited to them."""
WHILE_VIEWING = frozenset({"settings.end_view_as", "sign_in.sign_out"})
"""What a steward who looks as another role does may still send."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CALLS_A_MINUTE = 6000
"""How many calls of one token are taken in a minute; reading a whole district's ledger takes fewer."""
csrf = CSRFProtect()


class Area(Blueprint):
    """A blueprint that takes no route without a permission."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        """Make an area whose templates stand in its own `templates/` folder."""
        options.setdefault("template_folder", "templates")
        super().__init__(name, import_name, **options)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,  # noqa: FBT001 - as in Flask
        *,
        permission: str | None = None,
        serves: tuple[str, ...] = (),
        upload: bool = False,
        computes: bool = False,
        **options: Any,
    ) -> None:
        """Register a route.

        Args:
            rule: the path.
            endpoint: name of the route within the area; the view's own name when None.
            view_func: the view.
            provide_automatic_options: as in Flask.
            permission: `resource:action` of the matrix, or `everyone`, `signed_in`, `visitor` (whose path
                holds `<token>`, or the `<int:link_id>` for which a cookie holds it).
            serves: limits of the matrix that the view keeps to by itself: it shows or takes no more than they
                allow, so whoever has the permission within these limits may ask.
            upload: whether it takes files up to the upload limit.
            computes: whether it only computes from what it is sent: whatever its method, it changes nothing
                and is held to no more than reading.
            options: as in Flask.

        Raises:
            TypeError: if the route names no permission, or a limit that the matrix does not know.
        """
        if not permission:
            raise TypeError(f"{rule}: every route names its permission")
        if not set(serves) <= LIMITS.keys():
            raise TypeError(f"{rule}: it serves limits of tenants/limits.py")
        path = (self.url_prefix or "") + rule
        if permission == VISITOR and "<token>" not in path and "<int:link_id>" not in path:
            raise TypeError(f"{rule}: a visitor is known by the <token> or the <int:link_id> in the path")
        name = endpoint or getattr(view_func, "__name__", None) or rule

        def remember(state: BlueprintSetupState) -> None:
            full_name = f"{state.name_prefix}.{state.name}.{name}".lstrip(".")
            held = state.app.extensions["apportion"]
            held.permissions[full_name] = permission
            if serves:
                held.serves[full_name] = frozenset(serves)
            if upload:
                held.uploads.add(full_name)
            if computes:
                held.computing.add(full_name)

        self.record(remember)
        super().add_url_rule(rule, name, view_func, provide_automatic_options, **options)


@dataclasses.dataclass(frozen=True)
class Route:
    """A route: its methods, its path as Flask writes it, the permission it names and the limits it serves."""

    endpoint: str
    methods: tuple[str, ...]
    path: str
    permission: str
    serves: frozenset[str]


def routes(app: flask.Flask) -> Iterator[Route]:
    """Yield every route of an application with the permission that it names."""
    held = app.extensions["apportion"]
    for rule in app.url_map.iter_rules():
        yield Route(
            rule.endpoint,
            tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})),
            rule.rule,
            held.permissions[rule.endpoint],
            held.serves.get(rule.endpoint, frozenset()),
        )


class Refused(HTTPException):
    """A request that can't be granted, with the sentence that a person reads. Raise it from a view."""

    def __init__(self, said: Message, code: int = 400) -> None:
        """Hold the message and the status."""
        super().__init__(said["text"])
        self.code = code
        self.said = said


class NotAllowed(Forbidden):
    """A page that the person may know of but not use; `said` tells why and whom to ask."""

    def __init__(self, said: Message) -> None:
        """Hold the sentence."""
        super().__init__(said["text"])
        self.said = said


def enforce() -> ResponseReturnValue | None:
    """Give the request its scope and refuse what the scope does not allow; runs before every view.

    Raises:
        NotFound: for what is foreign or unknown.
        NotAllowed: for what the person's role may not do.
    """
    endpoint = flask.request.endpoint
    if endpoint is None:
        return without_last_slash()
    permission = services().permissions[endpoint]
    if endpoint in services().uploads:
        flask.request.max_content_length = services().settings.upload_limit
    arguments = flask.request.view_args or {}
    unsafe = flask.request.method not in SAFE_METHODS and endpoint not in services().computing
    if permission == EVERYONE and not unsafe:
        return None
    who = identity() if permission != VISITOR else None
    if permission == VISITOR:
        cookie = cookie_name(VISITOR_COOKIE, whole_site=False)
        token = arguments.get("token") or flask.request.cookies.get(cookie, "")
        visitor = resolve_visitor(services().database, token)
        if visitor is None or arguments.get("link_id", visitor.link_id) != visitor.link_id:
            raise NotFound
        flask.g.scope = visitor
    elif who is None and permission != EVERYONE:
        return ask_to_sign_in()
    else:
        flask.g.scope = scope_of(who, arguments.get("district_id"))
    led = _check(endpoint, permission, who)
    if led is not None:
        return led
    if unsafe and endpoint not in WHILE_VIEWING and permission != VISITOR and scope().viewing:
        raise NotAllowed(
            message("You are looking as another role does, and nothing changes meanwhile. End that first.")
        )
    if who is not None and who.by_token:
        _hold_program(who, permission, unsafe=unsafe)
    elif unsafe:
        csrf.protect()
    if flask.g.scope.support_grant is not None:
        _under_grant(flask.g.scope, who, unsafe=unsafe)
    return None


def _under_grant(acting: Scope, who: Identity | None, *, unsafe: bool) -> None:
    """Hold the operator's person to looking, in person, and write down what is opened before it is shown."""
    if unsafe or (who is not None and who.by_token):
        raise NotAllowed(message("Under a support grant you look, in person, and change nothing."))
    records = {
        name: number
        for name, number in (flask.request.view_args or {}).items()
        if name.endswith("_id") and name != "district_id"
    }
    name, number = next(reversed(records.items()), ("district_id", acting.viewed_district_id))
    # A page may show a record that its query names; words, such as of a search, stay out of the record.
    asked = {
        key: int(value)
        for key, value in flask.request.args.items()
        if key.isidentifier() and len(key) <= 30 and value.isascii() and value.isdigit() and len(value) < 19
    }
    support.record_opened(
        services().database,
        acting,
        subject=f"{name.removesuffix('_id')}/{number}",
        path=flask.request.path[:300],
        asked=asked,
    )


def _check(endpoint: str, permission: str, who: Identity | None) -> ResponseReturnValue | None:
    """Refuse what the scope does not allow; return where a session goes that has not proved enough."""
    if permission in {EVERYONE, SIGNED_IN, VISITOR}:
        return None
    missing = gate.lead_away(flask.g.scope, who)
    if missing is not None:
        if flask.request.path.startswith("/api/"):
            raise NotAllowed(missing[1])
        return gate.answer(missing[0])
    decision = decide(flask.g.scope, permission, serves=services().serves.get(endpoint, ()))
    if not decision.allowed:
        raise NotAllowed(decision.why)
    return None


def _hold_program(who: Identity, permission: str, *, unsafe: bool) -> None:
    """Hold a program to its calls in a minute, to reading where its token may only read, and to its place.

    Raises:
        Refused: It asks too often.
        NotAllowed: It may not write, or not this.
    """
    if too_often(who.organization_id or 0, f"token/{who.token_id}", CALLS_A_MINUTE, 60, whole=True):
        said = message("This token has asked {n} times in a minute. Wait a minute.", n=CALLS_A_MINUTE)
        raise Refused(said, 429)
    if unsafe and who.read_only:
        raise NotAllowed(
            message("This token may only read. Make one that may write in Settings, API tokens.")
        )
    if unsafe and _in_person(permission):
        raise NotAllowed(message("Programs do not do this; sign in as a person."))


def _in_person(permission: str) -> bool:
    """Say whether what a route changes is done by people alone: the own account, and ways in."""
    if permission == SIGNED_IN:
        return not flask.request.path.startswith("/api/")
    return permission not in {EVERYONE, VISITOR} and permission_of(permission).key in NEVER_BY_TOKEN


def without_last_slash() -> ResponseReturnValue | None:
    """Lead a page's address that was typed with a slash too many to the page; None where there is none.

    Only the list of routes is asked, so the answer tells nothing about what exists in the database.
    """
    adapter, path = request_context.url_adapter, flask.request.path
    if adapter is None or flask.request.method not in SAFE_METHODS or not path.endswith("/"):
        return None
    # One slash in front, or a browser takes the first part for another site's name.
    wanted = "/" + path.strip("/")
    if not adapter.test(wanted, "GET"):
        return None
    query = flask.request.query_string.decode("ascii", "ignore")
    return flask.redirect(quote(wanted) + (f"?{query}" if query else ""), 308)


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a visitor to the sign-in page and back afterwards; a program gets 401."""
    if flask.request.path.startswith("/api/"):
        raise Refused(message("Send a token: Authorization: Bearer and the token."), 401)
    here = flask.request.full_path.rstrip("?") if flask.request.method == "GET" else "/"
    target = "/sign-in" if here == "/" else "/sign-in?" + urlencode({"next": here})
    if flask.request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    return flask.redirect(target)
