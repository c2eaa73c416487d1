"""Districts, facilitators, people and engagements for tests, made as the application's role in a scope.

Nothing here goes around the policies: the operator opens organizations, people join them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.database import Database
from tenants.scope import Scope, resolve
from tests.support.platform import CloneOfTemplate

PASSWORD = "correct horse battery staple"
"""Password of every person that a test makes."""

# Strong hashing is tested where people sign in; here it would only cost seconds.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_numbers = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Organization:
    """A district or facilitator organization."""

    id: int
    name: str
    kind: str
    cds_code: str | None = None


@dataclasses.dataclass(frozen=True)
class Person:
    """A person, and the organization that the person was made a member of."""

    id: int
    name: str
    address: str
    organization_id: int | None = None
    role: str | None = None


def make_organization(
    database: CloneOfTemplate, kind: str, name: str, cds_code: str | None = None, *, invented: bool = False
) -> Organization:
    """Open an organization as the operator does."""
    with database.app.transaction(Scope.for_operator()) as session:
        number = session.execute(
            text(
                "insert into organization (kind, name, cds_code, invented)"
                " values (:kind, :name, :code, :invented) returning id"
            ),
            {"kind": kind, "name": name, "code": cds_code, "invented": invented},
        ).scalar_one()
    return Organization(number, name, kind, cds_code)


def make_district(
    database: CloneOfTemplate, name: str = "Elm Creek Unified", cds_code: str | None = None
) -> Organization:
    """Open a district; its CDS code is made up unless given."""
    return make_organization(database, "district", name, cds_code or f"99{next(_numbers):012d}")


def make_facilitator(database: CloneOfTemplate, name: str = "Bridge for Schools") -> Organization:
    """Open a facilitator organization."""
    return make_organization(database, "facilitator", name)


def make_person(
    database: CloneOfTemplate, name: str | None = None, address: str | None = None, language: str = "en"
) -> Person:
    """Make a person who signs in with PASSWORD."""
    number = next(_numbers)
    name = name or f"Person {number}"
    address = address or f"person{number}@example.org"
    with database.app.transaction(None) as session:
        person_id = session.execute(text("select nextval('record_id')")).scalar_one()
    with database.app.transaction(Scope.for_person(person_id)) as session:
        session.execute(
            text("insert into person (id, address, name, language) values (:id, :address, :name, :language)"),
            {"id": person_id, "address": address, "name": name, "language": language},
        )
        session.execute(
            text("insert into credential (person_id, password_hash) values (:id, :hash)"),
            {"id": person_id, "hash": _HASH},
        )
    return Person(person_id, name, address)


def add_member(
    database: CloneOfTemplate,
    person: Person,
    organization: Organization,
    role: str,
    *,
    steward: bool = False,
    contributor: bool = False,
    schools: tuple[str, ...] = (),
) -> Person:
    """Give a person a role in an organization."""
    with database.app.transaction(Scope.for_joining(person.id, organization.id)) as session:
        session.execute(
            text(
                "insert into membership (organization_id, person_id, role, steward, contributor, schools)"
                " values (:organization, :person, :role, :steward, :contributor, :schools)"
            ),
            {
                "organization": organization.id,
                "person": person.id,
                "role": role,
                "steward": steward,
                "contributor": contributor,
                "schools": list(schools),
            },
        )
    return dataclasses.replace(person, organization_id=organization.id, role=role)


def make_member(
    database: CloneOfTemplate,
    organization: Organization,
    role: str,
    steward: bool = False,
    *,
    contributor: bool = False,
    name: str | None = None,
    schools: tuple[str, ...] = (),
    language: str = "en",
) -> Person:
    """Make a person with a role in an organization."""
    person = make_person(database, name or f"{role} of {organization.name}", language=language)
    return add_member(
        database, person, organization, role, steward=steward, contributor=contributor, schools=schools
    )


def make_engagement(
    database: CloneOfTemplate,
    district: Organization,
    facilitator: Organization,
    *,
    level: int = 2,
    coaches: tuple[Person, ...] = (),
    days: int = 365,
) -> int:
    """Let a facilitator into a district from yesterday on, for `days`; return the engagement's id."""
    steward = make_member(database, district, "SUP", steward=True)
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    with database.app.transaction(scope_of(database.app, steward)) as session:
        engagement: int = session.execute(
            text(
                "insert into engagement (district_id, facilitator_id, level, state, starts_on, ends_on,"
                " offered_by, accepted_by)"
                " values (:district, :facilitator, :level, 'active', :start, :end, :by, :by) returning id"
            ),
            {
                "district": district.id,
                "facilitator": facilitator.id,
                "level": level,
                "start": yesterday,
                "end": yesterday + dt.timedelta(days=days),
                "by": steward.id,
            },
        ).scalar_one()
        for coach in coaches:
            session.execute(
                text("insert into engagement_coach (engagement_id, person_id) values (:engagement, :person)"),
                {"engagement": engagement, "person": coach.id},
            )
    return engagement


def scope_of(database: Database, person: Person, district_id: int | None = None) -> Scope:
    """Return what a member may reach now; fails when that is nothing."""
    assert person.organization_id is not None
    found = resolve(database, person.id, person.organization_id, district_id)
    assert found is not None
    return found


def count(session: Session, table: str) -> int:
    """Return the number of rows that a session sees in a table."""
    number: int = session.execute(text(f'select count(*) from "{table}"')).scalar_one()
    return number


def behind_the_walls(database: CloneOfTemplate, table: str, statement: str) -> None:
    """Run a statement on a table as its owner with policies and own triggers lifted: to prepare a case."""
    with database.owner() as owner:
        owner.execute(f'alter table "{table}" no force row level security')
        owner.execute(f'alter table "{table}" disable trigger user')
        owner.execute(statement)
        owner.execute(f'alter table "{table}" force row level security')
        owner.execute(f'alter table "{table}" enable trigger user')
