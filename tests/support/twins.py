"""Two districts filled alike with marked values, and probes of every table's wall between them.

Rows are written as the application's role in a scope, so that filling already uses the policies. A value of
the first district begins with ALPHA, one of the second with OMEGA: seeing the other's mark is seeing through.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import psycopg
import sqlalchemy as sa

from apportion.proof.rows import DISTRICT_TABLES, TABLES, new_row, value_for
from tenants import rights
from tenants.base import RECORD_IDS, information_class
from tenants.database import Database
from tenants.organizations import ORGANIZATION_IDS
from tenants.scope import Scope, resolve
from tests.support.platform import CloneOfTemplate

MARKS = ("ALPHA", "OMEGA")
GLOBAL_TABLES = [name for name in TABLES if name not in DISTRICT_TABLES]
APPEND_ONLY = [name for name, table in TABLES.items() if table.info.get("append_only")]
CLASSES = ("progress", "cabinet", "staff", "personnel", "small_group", "confidential")

OWNED_BY_A_PERSON = (
    *("sign_in_session", "password_reset", "api_token", "invitation", "authenticator", "recovery_code"),
    *("passkey", "spent_token", "sign_in_rule", "mail_domain", "provider_identity"),
)
ONE_EACH = ("authenticator", "sign_in_rule")
"""Tables with one row for each person or organization."""


@dataclasses.dataclass
class Twin:
    """One of the two districts: its scope, and two rows of each table (the second is nobody's parent)."""

    mark: str
    district_id: int
    facilitator_id: int
    scope: Scope
    facilitator_scope: Scope
    rows: dict[str, list[dict[str, Any]]]


def rows_of_table(owner_url: str, table: str) -> list[dict[str, Any]]:
    """Return all rows of a table, read by its owner with FORCE lifted for the moment."""
    with psycopg.connect(owner_url, row_factory=psycopg.rows.dict_row) as owner:
        owner.execute(f'alter table "{table}" no force row level security')
        found = owner.execute(f'select * from "{table}"').fetchall()  # type: ignore[arg-type]
        owner.rollback()
    return found


def fill_twins(database: CloneOfTemplate) -> tuple[Twin, Twin]:
    """Make two districts, each with a facilitator and a steward, and two rows in every table."""
    first, second = (_fill(database, mark) for mark in MARKS)
    return first, second


def _fill(database: CloneOfTemplate, mark: str) -> Twin:
    app = database.app
    with app.transaction(Scope.for_operator()) as session:
        district, facilitator = session.execute(
            sa.select(ORGANIZATION_IDS.next_value(), ORGANIZATION_IDS.next_value())
        ).one()
        persons = [session.execute(sa.select(RECORD_IDS.next_value())).scalar_one() for _ in range(3)]
        code = f"{MARKS.index(mark) + 1:014d}"
        for number, kind, cds in ((district, "district", code), (facilitator, "facilitator", None)):
            session.execute(
                sa.insert(TABLES["organization"]).values(
                    id=number, kind=kind, name=f"{mark} {kind}", cds_code=cds
                )
            )
    rows: dict[str, list[dict[str, Any]]] = {
        "organization": [{"id": district}, {"id": facilitator}],
        "person": [{"id": person} for person in persons],
        "cohort": [],
    }
    for person, organization, role in (
        (persons[0], district, "CBO"),
        (persons[1], district, "SUP"),
        (persons[2], facilitator, "FLD"),
    ):
        with app.transaction(Scope.for_joining(person, organization)) as session:
            session.execute(
                sa.insert(TABLES["person"]).values(
                    id=person, address=f"{mark}{person}@example.org".lower(), name=f"{mark} {role}"
                )
            )
            session.execute(
                sa.insert(TABLES["credential"]).values(person_id=person, password_hash=f"{mark} hash")
            )
            session.execute(
                sa.insert(TABLES["membership"]).values(
                    organization_id=organization, person_id=person, role=role, steward=True
                )
            )
    scope, lead = _scope(app, persons[0], district), _scope(app, persons[2], facilitator)
    _fill_global(app, scope, lead, mark, rows)
    twin = Twin(mark, district, facilitator, scope, lead, rows)
    with app.transaction(Scope.for_upkeep(district)) as session:
        for name in DISTRICT_TABLES:
            table = TABLES[name]
            for number in range(rows_in(name)):
                row = new_row(table, mark, number, rows)
                seen = [column for column in table.c if column.name in may(name, "SELECT")]
                added = session.execute(sa.insert(table).values(row).returning(*seen)).mappings().one()
                rows.setdefault(name, []).append({**row, **added})
    return twin


def _scope(app: Database, person: int, organization: int) -> Scope:
    found = resolve(app, person, organization)
    assert found is not None
    return found


def _fill_global(
    app: Database, scope: Scope, lead: Scope, mark: str, rows: dict[str, list[dict[str, Any]]]
) -> None:
    """Fill the tables between organizations: what the steward owns, then what the facilitator owns."""
    later = dt.date(2099, 1, 1)
    open_until = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    with app.transaction(scope) as session:
        engagement = session.execute(
            sa.insert(TABLES["engagement"])
            .values(
                district_id=scope.organization_id,
                facilitator_id=lead.organization_id,
                level=1,
                state="active",
                starts_on=dt.date(2020, 1, 1),
                ends_on=later,
                offered_by=scope.person_id,
            )
            .returning(TABLES["engagement"].c.id)
        ).scalar_one()
        session.execute(
            sa.insert(TABLES["engagement_coach"]).values(engagement_id=engagement, person_id=lead.person_id)
        )
        grant = sa.insert(TABLES["support_grant"]).values(
            district_id=scope.organization_id,
            # Whoever it is: the wall asks for the organization's and the person's ids alone.
            operator_id=lead.organization_id,
            person_id=lead.person_id,
            person_name=f"{mark} support",
            purpose=f"{mark} purpose",
            areas=[],
            hours=1,
            state="offered",
            asked_by=scope.person_id,
        )
        session.execute(grant)
        for name in OWNED_BY_A_PERSON:
            for number in range(1 if name in ONE_EACH else 2):
                row = {
                    column.name: value_for(column, mark, number)
                    for column in TABLES[name].columns
                    if not column.nullable and column.server_default is None
                }
                row |= {
                    key: value
                    for key, value in {
                        "person_id": scope.person_id,
                        "organization_id": scope.organization_id,
                        "invited_by": scope.person_id,
                        "role": "HR",
                        "expires_at": open_until,
                    }.items()
                    if key in row
                }
                session.execute(sa.insert(TABLES[name]).values(row))
    with app.transaction(lead) as session:
        cohort = session.execute(
            sa.insert(TABLES["cohort"])
            .values(facilitator_id=lead.organization_id, name=f"{mark} cohort", fiscal_year="2026-27")
            .returning(TABLES["cohort"].c.id)
        ).scalar_one()
        session.execute(
            sa.insert(TABLES["cohort_member"]).values(
                facilitator_id=lead.organization_id, cohort_id=cohort, district_id=scope.organization_id
            )
        )
        for number in range(2):
            session.execute(
                sa.insert(TABLES["organization_act"]).values(
                    organization_id=lead.organization_id,
                    person_id=lead.person_id,
                    action="cohort:create",
                    subject=f"{mark} cohort {number}",
                    detail={},
                )
            )


# Probes: each raises AssertionError where a table's wall has a hole, or lets its own district down.


def probe_nobody(app: Database, table: str) -> None:
    """Without a scope there are no rows; facilitators' names are public."""
    clause = " where kind <> 'facilitator'" if table == "organization" else ""
    with app.transaction(None) as session:
        seen = session.execute(sa.text(f'select count(*) from "{table}"{clause}')).scalar_one()
    assert seen == 0, f"{table}: {seen} rows without a scope"


def probe_reading(app: Database, table: str, mine: Twin, other: Twin) -> None:
    """A district sees its own rows and none of the other's, through the array of the table's class alone."""
    wanted = information_class(TABLES[table])
    for name in CLASSES:
        only = Scope(**{name: (mine.district_id,)})
        with app.transaction(only) as session:
            seen = [dict(row) for row in session.execute(everything(table)).mappings()]
        assert not any(other.mark in str(row) for row in seen), f"{table} shows {other.mark}"
        assert all(row["district_id"] == mine.district_id for row in seen), f"{table} shows another district"
        expected = len(mine.rows[table]) if name == wanted else 0
        assert len(seen) == expected, f"{table}: {len(seen)} rows through {name}, expected {expected}"


def probe_writing(app: Database, table: str, mine: Twin, other: Twin) -> None:
    """A reader of both districts who may write in one changes, deletes and adds rows in that one only."""
    both = (mine.district_id, other.district_id)
    reader = Scope(
        district_id=mine.district_id,
        progress=both,
        cabinet=both,
        staff=both,
        personnel=both,
        small_group=both,
        confidential=both,
    )
    target = TABLES[table]
    with app.transaction(reader) as session:
        copy = fresh_copy(target, mine.rows[table][-1])
        refused = refusal(session, sa.insert(target).values(copy))
        assert refused in {"", "23505", "23503"}, f"{table}: own row refused with {refused}"
        copy = fresh_copy(target, other.rows[table][-1])
        refused = refusal(session, sa.insert(target).values(copy))
        assert refused == "42501", (
            f"{table}: a row for the other district was taken ({refused or 'no error'})"
        )
        if table in APPEND_ONLY:
            return
        moved = sa.update(target).values(district_id=other.district_id)
        assert refusal(session, moved) == "42501", f"{table}: a row was moved to the other district"
        if may(table, "UPDATE"):
            column = harmless_column(target)
            # A constant and no condition: the policy for SELECT has no say here.
            change = sa.update(target).values({column.name: mine.rows[table][0][column.name]})
            assert touched(session, change) == len(mine.rows[table]), f"{table}: UPDATE reaches other rows"
        last = [pk_of(target, twin.rows[table][-1]) for twin in (mine, other)]
        away = sa.delete(target).where(
            sa.or_(*(sa.and_(*(target.c[k] == v for k, v in key.items())) for key in last))
        )
        if not may(table, "DELETE"):
            assert refusal(session, away) == "42501", f"{table}: a row was removed"
            return
        assert touched(session, away) == 1, f"{table}: DELETE reaches the other district, or not the own"


def probe_district_table(app: Database, table: str, mine: Twin, other: Twin) -> None:
    """All probes of a district's table."""
    probe_nobody(app, table)
    probe_reading(app, table, mine, other)
    probe_writing(app, table, mine, other)


def rows_in(table: str) -> int:
    """Return how many rows a twin has in a district's table: one where the key is made of parents' keys."""
    parents = {key for constraint in TABLES[table].foreign_key_constraints for key in constraint.column_keys}
    # Of a district's requests to leave only one of a kind is open.
    once = set(TABLES[table].primary_key.columns.keys()) <= parents or table == "account_request"
    return 1 if once else 2


def pk_of(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return the primary key of a row."""
    return {column.name: row[column.name] for column in table.primary_key}


def harmless_column(table: sa.Table) -> sa.Column[Any]:
    """Return a column outside every key, which can be set to a constant: one that may be, if there is one."""
    unique = {
        column.name
        for constraint in table.constraints
        if isinstance(constraint, (sa.UniqueConstraint, sa.PrimaryKeyConstraint, sa.ForeignKeyConstraint))
        for column in constraint.columns
    } | {column.name for index in table.indexes if index.unique for column in index.columns}
    free = [column for column in table.columns if column.name not in unique]
    changed = [column for column in free if column.name in may(table.name, "UPDATE")]
    # A state may be held by a trigger, which would meet the probe before the wall does.
    changed.sort(key=lambda column: column.name == "state")
    return next(iter((*changed, *free)), table.c.district_id)


def may(table: str, privilege: str) -> frozenset[str]:
    """Return the columns for which the application's role has a right."""
    return rights.wanted()[table].get(privilege, frozenset())


def everything(table: str) -> sa.Select[Any]:
    """Return a query for all that the application's role may read of a table."""
    return sa.select(*(column for column in TABLES[table].c if column.name in may(table, "SELECT")))


def fresh_copy(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with a new id where the table has one; else its key meets a unique error alone."""
    copy = dict(row)
    if "id" in copy:
        copy["id"] = copy["id"] + 1_000_000
    return {key: value for key, value in copy.items() if key in table.c}


def refusal(session: Any, statement: Any) -> str:
    """Run a statement in a savepoint that is rolled back; return the SQLSTATE it met, or an empty string."""
    nested = session.begin_nested()
    try:
        session.execute(statement)
    except sa.exc.DBAPIError as error:
        return str(error.orig.sqlstate)
    finally:
        nested.rollback()
    return ""


def touched(session: Any, statement: Any) -> int:
    """Run a statement in a savepoint that is rolled back; return how many rows it reached."""
    nested = session.begin_nested()
    try:
        return int(session.execute(statement).rowcount)
    finally:
        nested.rollback()
