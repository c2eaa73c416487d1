"""Nothing is forgotten: every table and column stands in the archive, or behind a reason."""

import re

import sqlalchemy as sa

from tenants.base import information_class
from workers.account import removal, tables

NO_PEOPLE = {
    ("audit_entry", "person_id"),
    ("audit_entry", "sequence"),
    ("audit_era", "through"),
    ("audit_head", "sequence"),
    ("attendance_figure", "dataset_id"),
    ("comment_event", "comment_id"),
    ("comment_thread", "block_id"),
    ("comment_thread", "changed_block_id"),
    ("dataset", "superseded_by"),
    ("dataset_finding", "dataset_id"),
    ("position_set", "load_id"),
    ("position_set", "superseded_by"),
    ("run", "job_id"),
    ("student_set", "load_id"),
    ("student_set", "superseded_by"),
}
"""Whole numbers that name a record, or a person by the number that a hash holds."""
NUMBERS = re.compile(r"(_cents|^size|^progress_(done|total)|^fence)$")
OPENING = re.compile(r"hash|secret|token|password|credential|passkey|code_h|_key$|^key$")
OPENS_NOTHING = {
    ("audit_entry", "hash"),
    ("audit_entry", "previous_hash"),
    ("audit_head", "hash"),
    ("comment_support", "mark"),
    ("api_request", "key"),
    ("plan_section", "key"),
    ("run_drawing", "key"),
    ("plan_block", "draft_key"),
    ("job", "idempotency_key"),
    ("position_load", "storage_key"),
    ("source_file", "storage_key"),
    ("student_load", "storage_key"),
    ("rendered_file", "storage_key"),
    ("account_request", "storage_key"),
}
OF_OTHERS = {
    ("engagement", "facilitator_id"),
    ("cohort_member", "facilitator_id"),
    ("support_grant", "operator_id"),
    ("cohort", "facilitator_id"),
    # A session of somebody who stays is ended and forgets the district's service; it is not removed.
    ("sign_in_session", "provider_id"),
}


def test_every_table_is_in_the_archive_or_stays_for_a_reason():
    within = {part.name for part in tables.parts()}
    assert within | set(tables.STAYS) == set(tables.TABLES)
    assert within & set(tables.STAYS) == set()
    assert all(tables.STAYS.values())


def test_every_column_that_may_open_something_stays_or_is_known_to_open_nothing():
    for part in tables.parts():
        for column in part.table.columns:
            pair = (part.name, column.name)
            if isinstance(column.type, sa.LargeBinary) or OPENING.search(column.name):
                assert pair in tables.SECRETS | OPENS_NOTHING, pair
        assert {column.name for column in part.columns} | {
            name for table, name in tables.SECRETS if table == part.name
        } == set(part.table.columns.keys())


def test_every_number_of_a_person_gets_the_new_one():
    for part in tables.parts():
        if part.moving != "moves":
            continue
        tied = {name for key in part.table.foreign_key_constraints for name in key.column_keys}
        for column in part.table.columns:
            if not isinstance(column.type, sa.BigInteger) or column.name in {"id", *tied}:
                continue
            known = column.name in tables.PEOPLE.get(part.name, ()) or NUMBERS.search(column.name)
            assert known or (part.name, column.name) in NO_PEOPLE, f"{part.name}.{column.name}"
    for name, columns in tables.PEOPLE.items():
        assert set(columns) <= set(tables.TABLES[name].columns.keys()), name


def test_every_column_has_a_way_to_be_written():
    for part in tables.parts():
        for column in part.columns:
            assert tables.kind_of(column) in tables.READERS


def test_every_tie_to_an_organization_or_person_goes_when_a_district_is_removed(shared_database):
    """A new table between organizations needs a policy for `closing`, or a removal would stop at it."""
    with shared_database.owner() as owner:
        rights = set(
            owner.execute(
                "select table_name, privilege_type from information_schema.role_table_grants"
                " where grantee like 'apportion\\_closing\\_%'"
            ).fetchall()
        )
        policies = set(
            owner.execute(
                "select tablename, cmd from pg_policies where array_to_string(roles, ',') like "
                "'%\\_closing\\_%'"
            ).fetchall()
        )
    for name, table in tables.TABLES.items():
        if information_class(table):
            assert {(name, "DELETE"), (name, "SELECT")} <= policies, name
            assert (name, "DELETE") in rights, name
            continue
        ties = {
            key.parent.name
            for key in table.foreign_keys
            if key.column.table.name in {"organization", "person"}
        }
        if not ties - {column for other, column in OF_OTHERS if other == name}:
            continue
        for key in table.foreign_keys:
            if key.column.table.name == "organization" and (name, key.parent.name) not in OF_OTHERS:
                assert removal._organization_column(table) is key.parent, f"{name}.{key.parent.name}"
        assert (name, "DELETE") in rights, name
        assert {(name, "DELETE"), (name, "SELECT")} <= policies, name
