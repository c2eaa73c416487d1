"""Support reads what an open grant names, in one district, until it ends; never more, and writes nothing."""

import importlib

import psycopg
import pytest
import sqlalchemy as sa

from tenants import support
from tenants.areas import SUPPORT_AREAS
from tenants.base import information_class
from tenants.matrix import RESOURCES
from tenants.roles import PERMISSIONS, allows
from tenants.scope import Scope, resolve
from tests.support import factories, twins

SETTINGS = importlib.import_module("migrations.versions.0018_support_reads_settings").TABLES
AREAS = importlib.import_module("migrations.versions.0009_support").AREAS | dict.fromkeys(
    SETTINGS, ("settings",)
)
READABLE = """
    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = cast(:table as regclass) and attnum > 0 and not attisdropped
        and has_column_privilege(attrelid, attnum, 'select')
"""
SHOWN = ("organization", "person", "membership", "support_grant")
"""Global tables of which support sees the own rows, and with the settings the district's people."""
NEVER = {
    *("ledger_line_detail", "comment_contact", "share_link", "audit_entry", "api_request"),
    *("board_question", "board_memo", "board_assignment", "named_access", "team", "team_member"),
    *("credential", "passkey", "authenticator", "recovery_code", "outgoing_mail"),
    *("invitation", "sign_in_session", "mail_domain", "engagement", "cohort_member"),
}
SECRETS = {"token_hash", "sealed_secret", "old_sealed_secret"}


@pytest.fixture(scope="module")
def pair(shared_database):
    pair = twins.fill_twins(shared_database)
    for twin in pair:
        first = twin.rows["comment_thread"][0]["id"]
        factories.behind_the_walls(
            shared_database,
            "comment_thread",
            f"update comment_thread set audience = case when id = {first} then 'public' else 'cabinet' end"
            f" where district_id = {twin.district_id}",
        )
        with shared_database.app.transaction(Scope.for_upkeep(twin.district_id)) as session:
            # Marked rows are no chain: what is recorded from here on comes behind them.
            session.execute(sa.text("update audit_head set sequence = 1000"))
    return pair


@pytest.fixture(scope="module")
def operator(shared_database):
    return factories.make_organization(shared_database, "operator", "Apportion Support")


@pytest.fixture
def person(shared_database, operator):
    return factories.make_member(shared_database, operator, "PAD", name="Sam Support")


def granted(database, twin, person, areas):
    """Let the steward of a twin offer a grant, which the person takes up; return the scope that it gives."""
    wish = support.Wish("The import fails and nobody knows why.", tuple(areas), 2)
    number = support.offer(database.app, twin.scope, address=person.address, wish=wish)
    own = factories.scope_of(database.app, person)
    assert support.decide_as_operator(database.app, own, number, support.take_up)
    return number, factories.scope_of(database.app, person, twin.district_id)


def seen(database, scope):
    """Return what a scope sees: rows by table, of the columns that it may ask for at all."""
    found = {}
    for table in twins.TABLES:
        with database.app.transaction(scope) as session:
            columns = session.scalar(sa.text(READABLE), {"table": f'"{table}"'})
            rows = [] if columns is None else session.execute(sa.text(f'select {columns} from "{table}"'))
            found[table] = [dict(row) for row in (rows.mappings() if columns else ())]
    return found


@pytest.mark.parametrize("area", SUPPORT_AREAS)
def test_each_area_shows_its_tables_of_that_district_and_no_others(shared_database, pair, person, area):
    mine, other = pair
    _, scope = granted(shared_database, mine, person, [area])
    found = seen(shared_database, scope)
    shown = {table for table, rows in found.items() if rows}
    assert shown - set(SHOWN) == {table for table, areas in AREAS.items() if area in areas}
    assert not shown & NEVER
    assert not any(SECRETS & row.keys() for rows in found.values() for row in rows)
    for table, rows in found.items():
        assert not any(other.mark in str(row) for row in rows), f"{table} shows {other.mark}"
        if rows and information_class(twins.TABLES[table]):
            assert information_class(twins.TABLES[table]) in {"cabinet", "progress"}, table
    people = {row["id"] for row in found["person"]}
    assert (len(people) > 1) == (area == "settings")
    if area == "comments":
        assert {row["audience"] for row in found["comment_thread"]} == {"public"}


def test_nothing_is_shown_after_the_end_also_not_to_a_scope_worked_out_before(shared_database, pair, person):
    mine, _ = pair
    number, scope = granted(shared_database, mine, person, SUPPORT_AREAS)
    with shared_database.app.transaction(scope) as session:
        ask = sa.text("select count(*) from dataset")
        assert session.execute(ask).scalar_one() == 2
        with shared_database.app.transaction(mine.scope) as steward:
            assert support.end(steward, mine.scope, number)
        assert session.execute(ask).scalar_one() == 0, "the same transaction still sees"
    assert resolve(shared_database.app, person.id, person.organization_id, mine.district_id) is None
    forged = Scope(role="PAD", person_id=person.id, support_grant=number, support_areas=tuple(SUPPORT_AREAS))
    stranger = factories.make_person(shared_database)
    open_number, _ = granted(shared_database, mine, person, SUPPORT_AREAS)
    for scope in (forged, Scope(role="PAD", person_id=stranger.id, support_grant=open_number)):
        found = seen(shared_database, scope)
        assert not [table for table, rows in found.items() if rows and table not in SHOWN]
        assert {row["id"] for row in found["person"]} == {scope.person_id}


def test_support_writes_nothing(shared_database, pair, person):
    mine, _ = pair
    _, scope = granted(shared_database, mine, person, SUPPORT_AREAS)
    assert scope.district_id is None
    with shared_database.app.transaction(scope) as session:
        for table in twins.DISTRICT_TABLES:
            target = twins.TABLES[table]
            row = twins.fresh_copy(target, mine.rows[table][-1])
            column = twins.harmless_column(target).name
            for act in (
                sa.insert(target).values(row),
                sa.update(target).values({column: mine.rows[table][0][column]}),
                sa.delete(target),
            ):
                assert twins.refusal(session, act) == "42501", table


def test_the_operator_can_not_consent_nor_lengthen(shared_database, pair, person):
    mine, _ = pair
    own = factories.scope_of(shared_database.app, person).deciding_in(mine.district_id)
    wish = support.Wish("The import fails and nobody knows why.", ("data",), 1)
    with shared_database.app.transaction(own) as session:
        number = support.request(session, own, cds_code="", district_id=mine.district_id, wish=wish)
    begin = (
        "update support_grant set state = 'active', starts_at = now(), ends_at = now() + interval '1 hour'"
    )
    longer = "update support_grant set ends_at = now() + interval '20 hours'"
    wider = "update support_grant set areas = '[\"plan\"]'"
    with shared_database.app.transaction(own) as session:
        assert not support.accept(session, own, number)
        assert not support.take_up(session, own, number)
        assert twins.refusal(session, sa.text(begin + f" where id = {number}")) == "23001"
    with shared_database.app.transaction(mine.scope) as session:
        assert support.accept(session, mine.scope, number)
    for statement, refused in ((longer, "23001"), (wider, "42501")):
        for scope in (own, mine.scope):
            with shared_database.app.transaction(scope) as session:
                assert twins.refusal(session, sa.text(statement + f" where id = {number}")) == refused
    with psycopg.connect(shared_database.owner_url) as owner:
        owner.execute("alter table support_grant no force row level security")
        owner.execute("alter table support_grant disable trigger user")
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute("update support_grant set ends_at = starts_at + interval '25 hours'")


def test_the_matrix_lends_views_of_the_areas_and_nothing_else():
    everything = Scope(
        role="PAD", person_id=1, viewed_district_id=1, support_grant=1, support_areas=tuple(SUPPORT_AREAS)
    )
    lent = {key for _, keys in SUPPORT_AREAS.values() for key in keys}
    assert {RESOURCES[key].information for key in lent} <= {"cabinet", "progress", None}
    for permission, wanted in PERMISSIONS.items():
        views = ("V" in wanted.acts and wanted.key in lent) or permission == "support_grant:use"
        assert allows(everything, permission) == views, permission
        none = Scope(role="PAD", person_id=1, viewed_district_id=1, support_grant=1)
        assert not allows(none, permission) or permission == "support_grant:use", permission
    assert lent == {
        *("ledger", "ledger_lines", "dataset", "jobs", "financial_results", "plan", "comparison"),
        *("priorities", "options", "process_board", "public_comments", "people"),
        *("sign_in_settings", "api_tokens"),
    }
