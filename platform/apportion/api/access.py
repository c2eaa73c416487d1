"""What the caller may do, by the decision that every page and operation asks, and where it is asked."""

from __future__ import annotations

import flask
from pydantic import Field
from sqlalchemy.orm import Session

from apportion.api.operations import operation
from apportion.api.refusals import Refusal
from apportion.api.shapes import Shape
from apportion.request import identity, language, scope_of
from apportion.routing import SIGNED_IN, Route, routes
from apportion.settings.seeing import who_sees
from tenants.language import N_, message, render
from tenants.limits import LIMITS
from tenants.roles import PERMISSIONS, decide, who_may
from tenants.scope import Scope

TAG = "Access"


class AccessQuery(Shape):
    """Which permission, and where."""

    permission: str | None = Field(
        default=None, max_length=80, description="As `resource:action`; all of them without it."
    )
    district_id: int | None = Field(
        default=None, description="The district whose pages are meant; the own organization without it."
    )


class LimitShape(Shape):
    """A limit that binds the permission for the caller's role."""

    limit: str
    meaning: str


class RouteShape(Shape):
    """A route that asks for the permission."""

    methods: list[str]
    path: str
    serves: list[str] = Field(description="Limits that the route keeps to by itself.")
    allowed: bool


class Access(Shape):
    """Whether the caller has a permission, why, and which routes ask for it."""

    permission: str
    allowed: bool = Field(description="True where at least one route, or the bare permission, is open.")
    why: str
    who: str = Field(description="Who may, in one sentence.")
    limits: list[LimitShape]
    unmet: list[str] = Field(description="Limits that the bare permission leaves open.")
    routes: list[RouteShape]


class Accesses(Shape):
    """The answer for each permission asked for."""

    role: str | None
    items: list[Access]


@operation(
    "GET",
    "/access",
    permission=SIGNED_IN,
    summary=N_("What you may do, and why"),
    tag=TAG,
    query=AccessQuery,
    gives=Accesses,
)
def access(session: Session, query: AccessQuery) -> Accesses:  # noqa: ARG001 - the scope decides alone
    """Return the decision for one permission, or for each; a foreign district is not found."""
    acting = scope_of(identity(), query.district_id)
    if query.permission is not None and query.permission not in PERMISSIONS:
        unknown = message("There is no such permission.")
        raise Refusal(unknown, fields={"permission": unknown})
    asking: dict[str, list[Route]] = {}
    for route in routes(flask.current_app):
        asking.setdefault(route.permission, []).append(route)
    wanted = [query.permission] if query.permission is not None else list(PERMISSIONS)
    return Accesses(role=acting.role, items=[_access(acting, name, asking.get(name, [])) for name in wanted])


class WhoQuery(Shape):
    """Which record."""

    record: str = Field(max_length=40, description="Kind and id, as option/1042.")


class SightShape(Shape):
    """Whether one person can see the record."""

    name: str
    role: str
    sees: bool
    why: str


class Sights(Shape):
    """Each person of the district, and each coach who is let in."""

    items: list[SightShape]


@operation(
    "GET",
    "/districts/<int:district_id>/access/who",
    permission="people:view",
    summary=N_("Who can see a record"),
    tag=TAG,
    query=WhoQuery,
    gives=Sights,
)
def who(session: Session, district_id: int, query: WhoQuery) -> Sights:  # noqa: ARG001 - scopes of its own
    """Return the answer person by person, as pages and database give it now."""
    return Sights(
        items=[
            SightShape(name=each.name, role=each.role, sees=each.sees, why=render(each.why, language()))
            for each in who_sees(district_id, query.record)
        ]
    )


def _access(acting: Scope, permission: str, asked_by: list[Route]) -> Access:
    bare = decide(acting, permission)
    decisions = [(route, decide(acting, permission, serves=route.serves)) for route in asked_by]
    best = next((found for _, found in decisions if found.allowed), bare)
    return Access(
        permission=permission,
        allowed=best.allowed,
        why=render(best.why, language()),
        who=render(who_may(permission), language()),
        limits=[
            LimitShape(limit=limit, meaning=render(message(LIMITS[limit].meaning), language()))
            for limit in best.limits
        ],
        unmet=list(bare.unmet),
        routes=[
            RouteShape(
                methods=list(route.methods),
                path=route.path,
                serves=sorted(route.serves),
                allowed=found.allowed,
            )
            for route, found in decisions
        ],
    )
