"""What commands about a district share: the platform's settings, and which district is meant."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select

from apportion import servers
from tenants.database import Database
from tenants.organizations import Organization
from tenants.scope import Scope
from tenants.settings import Settings


@dataclasses.dataclass(frozen=True)
class Known:
    """A district of this platform."""

    id: int
    cds_code: str
    name: str


def settings() -> Settings:
    """Return the settings of the platform that runs here, or that the environment names."""
    found = Settings.from_environment()
    return found if found.database_url and found.redis_url else servers.attach(found)


def chosen(database: Database, wanted: str) -> list[Known] | None:
    """Return the district of a CDS code or number, every district for `all`, or None where there is none."""
    with database.transaction(Scope.for_operator()) as session:
        rows = session.scalars(
            select(Organization).where(Organization.kind == "district").order_by(Organization.id)
        )
        known = [Known(row.id, row.cds_code or "", row.name) for row in rows]
    if wanted == "all":
        return known
    return [each for each in known if wanted in {each.cds_code, str(each.id)}] or None
