"""Who the caller is, and which organizations are within reach."""

from __future__ import annotations

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.api.operations import operation
from apportion.api.shapes import Shape
from apportion.request import identity, scope
from apportion.routing import SIGNED_IN
from tenants.language import N_
from tenants.organizations import Organization
from tenants.people import Person
from tenants.roles import ROLE_NAMES, allows

TAG = "Me"

GRANTS = (
    *("ledger:load", "ledger_lines:view", "financial_results:view", "analysis:run", "plan_section:edit"),
    *("plan:certify_numbers", "plan:sign_off", "plan:approve", "plan:publish", "share_link:manage"),
    *("public_comments:view", "public_comments:answer", "process_board:view", "process_board:edit"),
    *("jobs:view", "cohort_board:view"),
)


class Me(Shape):
    """The person for whom the caller acts."""

    person_id: int
    name: str
    language: str
    organization_id: int | None
    role: str | None = Field(description=", ".join(f"{code} {name}" for code, name in ROLE_NAMES.items()))
    steward: bool
    read_only: bool = Field(description="True for a token that may only read.")
    permissions: list[str] = Field(description="What the role allows in the organization itself.")


class OrganizationShape(Shape):
    """An organization that the caller may know of."""

    id: int
    kind: str = Field(description="district, facilitator or operator")
    name: str
    cds_code: str | None
    invented: bool


class Organizations(Shape):
    """All of them; there are few."""

    items: list[OrganizationShape]


@operation("GET", "/me", permission=SIGNED_IN, summary=N_("Who you are here"), tag=TAG, gives=Me)
def me(session: Session) -> Me:
    """Return the caller."""
    who, acting = identity(), scope()
    person = session.get_one(Person, who.person_id if who is not None else 0)
    return Me(
        person_id=person.id,
        name=person.name,
        language=person.language,
        organization_id=acting.organization_id,
        role=acting.role,
        steward=acting.steward,
        read_only=bool(who is not None and who.read_only),
        permissions=[name for name in GRANTS if allows(acting, name)],
    )


@operation(
    "GET",
    "/organizations",
    permission=SIGNED_IN,
    summary=N_("Organizations within your reach"),
    tag=TAG,
    gives=Organizations,
)
def organizations(session: Session) -> Organizations:
    """Return the caller's own organization and, for a coach, the districts that let the coach in."""
    reach = {scope().organization_id, *scope().progress}
    rows = session.scalars(
        select(Organization)
        .where(Organization.id.in_([number for number in reach if number is not None]))
        .order_by(Organization.id)
    )
    return Organizations(items=[OrganizationShape.model_validate(row, from_attributes=True) for row in rows])
