"""Each wall taken down in turn: a probe must notice. A suite that survives a dropped policy is worthless."""

import contextlib
import os

import psycopg
import pytest
import sqlalchemy as sa

from tenants import installation, rights
from tenants.settings import database_name
from tests.support import twins
from tests.support.visitors import publish, visit


@pytest.fixture(scope="module")
def pair(shared_database):
    pair = twins.fill_twins(shared_database)
    for twin in pair:
        publish(shared_database, twin)
    return pair


@pytest.fixture(scope="module")
def names(servers):
    return installation.role_names(database_name(servers.settings.database_url))


def policies(owner_url, table, role):
    with psycopg.connect(owner_url, row_factory=psycopg.rows.dict_row) as owner:
        return owner.execute(
            "select policyname, cmd, qual, with_check from pg_policies"
            " where tablename = %s and %s = any(roles)",
            [table, role],
        ).fetchall()


def created(table, policy, role, *, open_wide=False):
    """Return the statement that makes a policy again, or one that lets everything through."""
    parts = [f'create policy "{policy["policyname"]}" on "{table}" for {policy["cmd"]} to "{role}"']
    if policy["qual"]:
        parts.append(f"using ({'true' if open_wide else policy['qual']})")
    if policy["with_check"]:
        parts.append(f"with check ({'true' if open_wide else policy['with_check']})")
    return " ".join(parts)


@contextlib.contextmanager
def mutated(owner_url, do, undo):
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for statement in do:
            owner.execute(statement)
        try:
            yield
        finally:
            for statement in undo:
                owner.execute(statement)


def noticed(probe):
    try:
        probe()
    except (AssertionError, sa.exc.SQLAlchemyError):
        return True
    return False


@pytest.mark.parametrize("table", twins.DISTRICT_TABLES)
def test_a_districts_table_without_its_wall_is_noticed(shared_database, pair, names, table):
    def probe():
        twins.probe_district_table(shared_database.app, table, *pair)

    url, role = shared_database.owner_url, names["app"]
    probe()
    survived = []
    if not_forced_survives(shared_database, table):
        survived.append("no force")
    off = [f'alter table "{table}" disable row level security']
    with mutated(url, off, [f'alter table "{table}" enable row level security']):
        if not noticed(probe):
            survived.append("disabled")
    for policy in policies(url, table, role):
        if policy["cmd"] not in rights.wanted()[table]:
            # Behind a right that is not given there is nothing to notice.
            continue
        drop = [f'drop policy "{policy["policyname"]}" on "{table}"']
        again = [created(table, policy, role)]
        with mutated(url, drop, again):
            if not noticed(probe):
                survived.append(f"{policy['policyname']} dropped")
        with mutated(url, [*drop, created(table, policy, role, open_wide=True)], [*drop, *again]):
            if not noticed(probe):
                survived.append(f"{policy['policyname']} wide open")
    probe()
    assert not survived, survived


def not_forced_survives(database, table):
    """Say whether the owner still sees nothing once FORCE is gone."""
    with database.owner() as owner:
        owner.execute(f'alter table "{table}" no force row level security')
        seen = owner.execute(f'select count(*) from "{table}"').fetchone()[0]
        owner.rollback()
    return seen == 0


@pytest.mark.parametrize(
    "table",
    [
        "organization",
        "share_link",
        "plan",
        "plan_version",
        "rendered_file",
        "comment_thread",
        "comment",
        "comment_placement",
        "comment_support",
    ],
)
def test_a_visitors_wall_that_is_gone_is_noticed(shared_database, pair, names, table):
    def probe():
        visit(shared_database.app, *pair)
        visit(shared_database.app, *pair[::-1])

    url, role = shared_database.owner_url, names["visitor"]
    probe()
    survived = []
    for policy in policies(url, table, role):
        if policy["cmd"] != "SELECT":
            continue
        drop, again = [f'drop policy "{policy["policyname"]}" on "{table}"'], [created(table, policy, role)]
        with mutated(url, drop, again):
            if not noticed(probe):
                survived.append(f"{policy['policyname']} dropped")
        with mutated(url, [*drop, created(table, policy, role, open_wide=True)], [*drop, *again]):
            if not noticed(probe):
                survived.append(f"{policy['policyname']} wide open")
    assert not survived, survived


KEYS = [
    (table, key)
    for table in twins.DISTRICT_TABLES
    for key in sorted(twins.TABLES[table].foreign_key_constraints, key=lambda key: str(key.name))
    if key.referred_table.name != "organization" and len(key.column_keys) == 2
]
IN_STATE = {
    "fk_option_district_id_combined_into": {"confidential": True, "in_plan": False},
    "fk_named_access_district_id_option_id": {"resource": "confidential_options"},
    "fk_team_district_id_option_id": {"kind": "action"},
}
"""What a row's checks ask for besides, where the key's column is filled."""
SAMPLE = ("dataset", "plan_section", "ledger_line", "comment", "priority_cost")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        pytest.param(table, key, id=str(key.name))
        for table, key in KEYS
        if table in SAMPLE or os.environ.get("LONG_TESTS") == "1"
    ],
)
def test_a_composite_key_that_is_gone_is_noticed(shared_database, pair, table, key):
    """The key alone: no policy looks at a row that the owner adds once FORCE is lifted."""
    mine, other = pair
    target = twins.TABLES[table]
    row = twins.new_row(target, "MIXED", 2, mine.rows) | IN_STATE.get(str(key.name), {})
    (element,) = [each for each in key.elements if each.parent.name != "district_id"]
    row[element.parent.name] = other.rows[key.referred_table.name][0][element.column.name]
    added = sa.insert(target).values(row)
    engine = sa.create_engine("postgresql+psycopg://", creator=shared_database.owner, poolclass=sa.NullPool)
    with engine.connect() as owner:
        owner.execute(sa.text(f'alter table "{table}" no force row level security'))
        assert twins.refusal(owner, added) == "23503"
        owner.execute(sa.text(f'alter table "{table}" drop constraint "{key.name}"'))
        assert twins.refusal(owner, added) == ""
        owner.rollback()


def test_a_pool_without_the_hook_is_noticed(shared_database, pair):
    from tenants.database import Database  # noqa: PLC0415 - the one use

    unbound = Database(shared_database.app_url)
    sa.event.remove(unbound.engine, "begin", unbound._bind)
    assert noticed(lambda: twins.probe_reading(unbound, "plan", *pair))
    unbound.close()


@pytest.mark.parametrize("table", [name for name in twins.APPEND_ONLY if name in twins.DISTRICT_TABLES])
def test_a_record_whose_trigger_is_gone_is_noticed(shared_database, pair, table):
    key = next(iter(twins.TABLES[table].primary_key)).name
    change = f'update "{table}" set {key} = {key}'
    with shared_database.owner() as owner:
        owner.execute(f'alter table "{table}" no force row level security')
        with pytest.raises(psycopg.errors.RestrictViolation), owner.transaction():
            owner.execute(change)
        owner.execute(f'alter table "{table}" disable trigger user')
        assert owner.execute(change).rowcount > 0
        owner.rollback()
