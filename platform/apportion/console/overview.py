"""The console's first page: organizations without contents, queues, mail, storage and health; opening one."""

from __future__ import annotations

import dataclasses
import shutil
from typing import Any

import flask
import redis
import rq
from flask.typing import ResponseReturnValue
from sqlalchemy import select, text

from apportion.console.area import area
from apportion.request import _, scope, transaction
from apportion.search.words import Query
from apportion.services import services
from apportion.settings.area import back_to, errors_of
from apportion.sign_in import letters
from tenants import joining
from tenants.errors import NotPossibleError
from tenants.language import LANGUAGES, N_
from tenants.organizations import Organization
from tenants.roles import ROLE_NAMES, allows
from workers.kinds import QUEUES

KINDS = {"district": N_("District"), "facilitator": N_("Facilitator"), "operator": N_("Operator")}
FIRST_ROLE = {"district": ("SUP", "CBO"), "facilitator": ("FLD",)}
QUEUE_NAMES = {
    "imports": N_("Reading ledgers"),
    "analyses": N_("Analyses"),
    "prints": N_("Printing"),
    "light": N_("Small work"),
}


MOST_LISTED = 50
"""Organizations listed at once; a part of the name finds the others."""


@area.get("/console", permission="health:view")
def overview() -> ResponseReturnValue:
    """Show what the operator may know of the platform: that it runs, and for whom, never what it holds."""
    return _page()


def _page(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    with transaction() as session:
        organizations = session.scalars(select(Organization).order_by(Organization.name)).all()
        sizes = {row.organization_id: row for row in session.execute(text("SELECT * FROM lookup_sizes()"))}
        work = session.execute(text("SELECT * FROM lookup_work()")).all()
        mail = {row.state: row for row in session.execute(text("SELECT * FROM lookup_letters()"))}
        session.expunge_all()
    counts: dict[str, dict[str, Any]] = {queue: {} for queue in QUEUES}
    for row in work:
        counts.setdefault(row.queue, {})[row.state] = row
    wanted = Query.of(flask.request.args.get("q", ""))
    fitting = [one for one in organizations if wanted.fits(one.name)]
    page = flask.render_template(
        "console/overview.html",
        organizations=fitting[:MOST_LISTED],
        all_organizations=len(organizations),
        more=len(fitting[MOST_LISTED:]),
        wanted=wanted.text,
        sizes=sizes,
        kinds=KINDS,
        counts=counts,
        queue_names=QUEUE_NAMES,
        mail=mail,
        health=_health(),
        opens=allows(scope(), "registry:create"),
        first_roles=[
            (role, _(ROLE_NAMES[role]).capitalize()) for roles in FIRST_ROLE.values() for role in roles
        ],
        errors=errors or {},
        form=flask.request.form,
    )
    return page, status


@dataclasses.dataclass(frozen=True)
class Health:
    """What this process finds of the parts behind it."""

    redis: bool
    workers: int
    free_bytes: int
    all_bytes: int


def _health() -> Health:
    place = services().settings.files
    while not place.exists():
        place = place.parent
    disk = shutil.disk_usage(place)
    try:
        workers = rq.Worker.count(connection=services().redis)
        return Health(redis=True, workers=workers, free_bytes=disk.free, all_bytes=disk.total)
    except redis.RedisError:
        return Health(redis=False, workers=0, free_bytes=disk.free, all_bytes=disk.total)


@area.post("/console/organizations", permission="registry:create")
def open_organization() -> ResponseReturnValue:
    """Open a district or facilitator organization and invite its first steward."""
    form, acting = flask.request.form, scope()
    database, role = services().database, form.get("role", "")
    kind = next((kind for kind, roles in FIRST_ROLE.items() if role in roles), "")
    name, steward, address = (form.get(key, "").strip() for key in ("name", "steward", "address"))
    try:
        _check(kind, steward, address)
        if kind == "district":
            code = form.get("cds_code", "").strip()
            made = joining.open_district(database, name=name, cds_code=code, scope=acting)
        else:
            made = joining.open_facilitator(database, name=name, scope=acting)
        joins = dataclasses.replace(joining.joining_scope(acting.person_id or 0, made, kind), steward=True)
        with database.transaction(joins) as session:
            invitation, token = joining.invite(
                session, joins, address=address, name=steward, role=role, steward=True
            )
            letters.send_invitation(
                session,
                invitation_id=invitation,
                token=token,
                address=address.lower(),
                name=steward,
                role=role,
                organization=name,
                organization_id=made,
                inviter="Apportion",
                language=chosen if (chosen := form.get("language", "")) in LANGUAGES else "en",
            )
    except NotPossibleError as refusal:
        return _page(errors_of(refusal), 422)
    return back_to(
        "console.overview", _("{name} is open. An invitation goes to {address}.", name=name, address=address)
    )


def _check(kind: str, steward: str, address: str) -> None:
    """Refuse what an invitation would refuse before anything is opened, so that nothing is half done.

    Raises:
        NotPossibleError: No kind of organization, no name, or no mail address.
    """
    if not kind:
        raise NotPossibleError("Choose one of the roles of this organization.", field="role")
    if not joining.ADDRESS.fullmatch(address.lower()):
        raise NotPossibleError(
            "{found} is not a mail address. It should look like name@district.org.",
            field="address",
            found=address or "—",
        )
    if not steward:
        raise NotPossibleError("Give the person's name, as colleagues know it.", field="steward")
