"""What PostgreSQL itself says of tables, policies, rights and functions; and models equal migrations."""

import contextlib
import secrets

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from tenants import installation, lookups, rights, schema
from tenants.base import RECORD_IDS, information_class
from tenants.organizations import ORGANIZATION_IDS
from tenants.settings import database_name
from tests.support import twins
from tests.support.platform import in_database

pytestmark = pytest.mark.external

DISTRICT = [twins.TABLES[name] for name in twins.DISTRICT_TABLES]


@pytest.fixture(scope="module")
def names(servers):
    return installation.role_names(database_name(servers.settings.database_url))


@pytest.fixture
def owner(shared_database):
    with shared_database.owner() as connection:
        yield connection
        connection.rollback()


def test_every_table_is_a_districts_or_global_with_a_reason():
    for table in schema.Base.metadata.sorted_tables:
        assert bool(information_class(table)) != bool(table.info.get("global")), table.name
        if information_class(table):
            assert information_class(table) in twins.CLASSES


def test_the_database_has_these_tables_and_no_others(owner):
    found = {row[0] for row in owner.execute("select tablename from pg_tables where schemaname = 'public'")}
    assert found == set(twins.TABLES) | {"alembic_version"}


@pytest.mark.parametrize("table", DISTRICT, ids=lambda table: table.name)
def test_a_districts_keys_begin_with_the_district(table):
    assert table.primary_key.columns.keys()[0] == "district_id"
    assert not table.c.district_id.nullable
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            assert constraint.columns.keys()[0] == "district_id", constraint.name
        if isinstance(constraint, sa.ForeignKeyConstraint):
            columns = constraint.column_keys
            to_district = columns == ["district_id"] and constraint.referred_table.name == "organization"
            target = [element.column.name for element in constraint.elements]
            assert to_district or (columns[0] == "district_id" and target[0] == "district_id"), (
                constraint.name
            )
    for index in table.indexes:
        if index.unique:
            assert index.columns.keys()[0] == "district_id", index.name


def test_every_table_is_walled_and_forced(owner):
    found = owner.execute(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and relname <> 'alembic_version'"
    ).fetchall()
    assert found
    assert [row for row in found if not (row[1] and row[2])] == []


def test_every_districts_table_has_a_policy_for_each_command(owner, names):
    policies = {}
    for table, command, roles, permissive in owner.execute(
        "select tablename, cmd, roles, permissive from pg_policies where schemaname = 'public'"
    ):
        assert permissive == "PERMISSIVE"
        assert command != "ALL", f"{table}: a policy for all commands lets a reader delete"
        assert "public" not in roles
        if names["app"] in roles:
            policies.setdefault(table, []).append(command)
    for table in twins.DISTRICT_TABLES:
        wanted = (
            ["INSERT", "SELECT"] if table in twins.APPEND_ONLY else ["DELETE", "INSERT", "SELECT", "UPDATE"]
        )
        assert sorted(policies[table]) == wanted, table


def test_the_select_policy_reads_the_array_of_the_tables_class(owner, names):
    for table in DISTRICT:
        found = owner.execute(
            "select qual from pg_policies where tablename = %s and cmd = 'SELECT' and %s = any(roles)",
            [table.name, names["app"]],
        ).fetchall()
        assert len(found) == 1
        assert f"apportion.{information_class(table)}'" in found[0][0], table.name
        assert "ANY" in found[0][0]


def test_the_application_has_no_right_that_it_does_not_need(owner, names):
    for name in names.values():
        row = owner.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles"
            " where rolname = %s",
            [name],
        ).fetchone()
        assert row == (False,) * 5, name
        owned = owner.execute(
            "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner"
            " where r.rolname = %s and relnamespace = 'public'::regnamespace",
            [name],
        ).fetchone()
        assert owned == (0,), name
    public = owner.execute(
        "select count(*) from information_schema.role_table_grants where grantee = 'PUBLIC'"
        " and table_schema = 'public'"
    ).fetchone()
    assert public == (0,)
    for role in names.values():
        create = owner.execute("select has_schema_privilege(%s, 'public', 'CREATE')", [role]).fetchone()
        assert create == (False,), role


def test_the_application_has_the_rights_of_the_list_and_no_others(owner, names):
    found, wanted = rights.granted(owner, names["app"]), rights.wanted()
    assert set(wanted) == set(twins.TABLES), "tables and the list of rights"
    for table in {*found, *wanted}:
        assert found.get(table) == wanted.get(table), table
    for table in twins.APPEND_ONLY:
        assert set(wanted[table]) == {"SELECT", "INSERT"}


def test_a_right_too_many_or_too_few_is_seen_and_put_in_line(owner, names):
    role = sql.Identifier(names["app"])
    for change in (
        "grant delete on plan to {}",
        "grant update (address) on person to {}",
        "grant select (token_hash) on sign_in_session to {}",
        "grant truncate on ledger_line to {}",
        "revoke insert on run from {}",
        "revoke update (state) on job from {}",
    ):
        owner.execute(sql.SQL(change).format(role))
        assert rights.granted(owner, names["app"]) != rights.wanted(), change
        rights.apply(owner, names["app"])
        assert rights.granted(owner, names["app"]) == rights.wanted(), change


def test_a_right_names_columns_that_there_are(monkeypatch):
    monkeypatch.setitem(rights.RIGHTS, "plan", rights.Rights("SI", "title no_such_column"))
    with pytest.raises(KeyError, match="no_such_column"):
        rights.wanted()


def test_every_view_asks_as_its_reader(owner):
    views = owner.execute(
        "select relname, reloptions, relkind from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')"
    ).fetchall()
    assert [row for row in views if row[2] == "m" or "security_invoker=true" not in (row[1] or [])] == []


def test_the_functions_of_their_owner_are_the_reviewed_list(owner, names):
    found = owner.execute(
        "select p.proname, r.rolname, p.proconfig, p.proacl::text"
        " from pg_proc p join pg_roles r on r.oid = p.proowner"
        " where p.prosecdef and p.pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert {row[0] for row in found} == set(lookups.FUNCTIONS)
    for name, of, settings, granted in found:
        assert of == names["lookup"], name
        assert settings == ["search_path=pg_catalog, public, pg_temp"], name
        assert "{=X/" not in granted, f"{name}: anybody may call it"
        assert ",=X/" not in granted, f"{name}: anybody may call it"


def test_nobody_is_a_member_of_the_lookup_role(owner, names):
    found = owner.execute(
        "select m.rolname from pg_auth_members a join pg_roles r on r.oid = a.roleid"
        " join pg_roles m on m.oid = a.member where r.rolname = %s"
        " and (current_setting('server_version_num')::int < 160000)",
        [names["lookup"]],
    ).fetchall()
    assert found == []
    # A superuser may use every role, so an owner who is one says nothing here.
    able = owner.execute(
        "select rolname from pg_roles where not rolsuper and pg_has_role(oid, %s, 'USAGE') and rolname <> %s"
        " and (rolname = current_user or rolname = any(%s))",
        [names["lookup"], names["lookup"], list(names.values())],
    ).fetchall()
    assert able == []


@contextlib.contextmanager
def scratch(servers):
    """Give the owner's address of an empty database."""
    name = f"scratch_{secrets.token_hex(4)}"
    address = in_database(servers.settings.database_url, name)
    with psycopg.connect(
        in_database(servers.settings.database_url, "postgres"), autocommit=True
    ) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield address
        finally:
            connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))


SHAPE = """
    select 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
        pg_get_expr(d.adbin, d.adrelid)
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d
        on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
        and c.relname <> 'alembic_version'
    union all
    select 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid), '', ''
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'public'::regnamespace and c.relname <> 'alembic_version' and k.contype <> 't'
    union all
    select 'index', tablename, indexname, indexdef, '', '' from pg_indexes
    where schemaname = 'public' and tablename <> 'alembic_version'
    union all
    select 'sequence', sequencename, '', '', '', '' from pg_sequences where schemaname = 'public'
"""


def shape(address):
    with psycopg.connect(address) as connection:
        return set(connection.execute(SHAPE).fetchall())


def test_models_equal_the_migrated_schema(servers):
    with scratch(servers) as address:
        engine = sa.create_engine(sa.make_url(address).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            for sequence in (RECORD_IDS, ORGANIZATION_IDS):
                connection.execute(sa.schema.CreateSequence(sequence))
            schema.Base.metadata.create_all(connection)
        engine.dispose()
        models = shape(address)
    migrated = shape(servers.settings.database_url)
    assert sorted(map(str, migrated - models)) == [], "only in the migration"
    assert sorted(map(str, models - migrated)) == [], "only in the models"


def test_up_down_up_on_a_filled_database(database, names):
    twins.fill_twins(database)
    database.app.close()
    before = shape(database.owner_url)
    with installation.owning_lookups(database.owner_url, names["lookup"]):
        installation.migrate(database.owner_url, names, "base")
        left = {row[:2] for row in shape(database.owner_url)}
        assert left == set()
        installation.migrate(database.owner_url, names)
    assert shape(database.owner_url) == before
    twins.fill_twins(database)


def test_there_is_one_head(servers, names):
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - the one use

    engine = sa.create_engine("postgresql+psycopg://")
    config = installation.alembic_config(engine, names)
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
    engine.dispose()


def test_setting_up_twice_changes_nothing(servers):
    before = shape(servers.settings.database_url)
    installation.set_up(servers.settings)
    assert shape(servers.settings.database_url) == before
