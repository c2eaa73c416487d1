"""Two districts side by side: no table shows or takes a row of the other."""

import dataclasses

import psycopg
import pytest
import sqlalchemy as sa

from tenants.scope import Scope
from tests.support import factories, twins

pytestmark = pytest.mark.external

NOT_THE_DISTRICTS = {"outgoing_mail", "organization_act", "state_rate_set"}
"""Global tables in which a district sees nothing; each has a test of its own."""
CALIFORNIA = "(now() at time zone 'America/Los_Angeles')::date"


@pytest.fixture(scope="module")
def pair(shared_database):
    return twins.fill_twins(shared_database)


@pytest.fixture
def app(shared_database):
    return shared_database.app


@pytest.mark.parametrize("table", twins.DISTRICT_TABLES)
def test_a_districts_table_keeps_to_its_district(app, pair, table):
    for mine, other in (pair, pair[::-1]):
        twins.probe_district_table(app, table, mine, other)


@pytest.mark.parametrize("table", [name for name in twins.GLOBAL_TABLES if name not in NOT_THE_DISTRICTS])
def test_a_global_table_shows_nothing_of_the_neighbour(app, pair, table):
    twins.probe_nobody(app, table)
    for mine, other in (pair, pair[::-1]):
        for scope in (mine.scope, mine.facilitator_scope):
            with app.transaction(scope) as session:
                seen = [str(dict(row)) for row in session.execute(twins.everything(table)).mappings()]
            foreign = [row for row in seen if other.mark in row and "facilitator" not in row]
            assert not foreign, f"{table} shows {foreign}"
        with app.transaction(mine.scope) as session:
            own = session.execute(sa.text(f"select count(*) from {table}")).scalar_one()
        assert own >= 1, f"{table}: the district does not see its own"


def test_mail_is_written_and_never_read(app, pair):
    with app.transaction(pair[0].scope) as session:
        mail = (
            "insert into outgoing_mail (key, address, subject, text, html, language)"
            " values ('k', 'a@b.c', 's', 't', 'h', 'en')"
        )
        assert twins.refusal(session, sa.text(mail)) == ""
        assert twins.refusal(session, sa.text("select key from outgoing_mail")) == "42501"


def test_state_rates_are_proposed_by_the_operator_and_published_by_another(app, pair):
    table = twins.TABLES["state_rate_set"]
    proposal = {
        "title": "t",
        "source": "s",
        "dated": "2026-07",
        "status": "enacted",
        "rates": {},
        "digest": "d",
    }
    first, second = (Scope.for_operator(one.scope.person_id) for one in pair)
    for scope in (pair[0].scope, pair[0].facilitator_scope, Scope.nobody(), second):
        with app.transaction(scope) as session:
            row = sa.insert(table).values(**proposal, proposed_by=first.person_id)
            assert twins.refusal(session, row) == "42501"
    with app.transaction(first) as session:
        row = sa.insert(table).values(**proposal, proposed_by=first.person_id)
        made = session.execute(row.returning(table.c.id)).scalar_one()

    def published_by(scope, **changed):
        values = {"state": "published", "decided_by": scope.person_id, **changed}
        return sa.update(table).where(table.c.id == made).values(values)

    def seen_by(scope):
        with app.transaction(scope) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table))

    assert [seen_by(scope) for scope in (pair[0].scope, Scope.nobody(), second)] == [0, 0, 1]
    with app.transaction(first) as session:
        assert twins.refusal(session, published_by(first)) == "23514", "one person alone"
        assert twins.refusal(session, published_by(first, decided_by=second.person_id)) == "42501"
    with app.transaction(second) as session:
        assert twins.refusal(session, published_by(second, rates={"cola": {}})) == "42501"
        assert session.execute(published_by(second)).rowcount == 1
    with app.transaction(first) as session:
        assert session.execute(published_by(first, state="withdrawn")).rowcount == 0, "it never changes"
    assert [seen_by(scope) for scope in (pair[0].scope, pair[0].facilitator_scope)] == [1, 1]


def test_an_organizations_acts_are_read_by_who_did_them_alone(app, pair):
    mine, other = pair
    twins.probe_nobody(app, "organization_act")
    lead = mine.facilitator_scope
    colleague = dataclasses.replace(lead, person_id=other.facilitator_scope.person_id)
    for scope, wanted in ((lead, 2), (mine.scope, 0), (colleague, 0), (Scope(person_id=lead.person_id), 0)):
        with app.transaction(scope) as session:
            seen = session.scalars(sa.text("select subject from organization_act")).all()
        assert len(seen) == wanted
        assert not any(other.mark in subject for subject in seen)
    for scope, organization, person in (
        (lead, other.facilitator_id, lead.person_id),
        (lead, mine.facilitator_id, other.facilitator_scope.person_id),
        (lead, None, lead.person_id),
        (mine.scope, mine.facilitator_id, mine.scope.person_id),
    ):
        row = sa.insert(twins.TABLES["organization_act"]).values(
            organization_id=organization, person_id=person, action="a:b", subject="s/1", detail={}
        )
        with app.transaction(scope) as session:
            assert twins.refusal(session, row) == "42501", (organization, person)


def test_a_place_in_a_cohort_is_taken_by_the_district_alone(app, pair):
    mine, other = pair
    take = sa.text("update cohort_member set joined_at = now()")
    with app.transaction(mine.facilitator_scope) as session:
        assert twins.refusal(session, take) == "42501"
    with app.transaction(mine.scope) as session:
        assert twins.touched(session, take) == 1
        assert session.scalars(sa.text("select district_id from cohort_member")).all() == [mine.district_id]
    with app.transaction(other.facilitator_scope) as session:
        here = sa.text("select count(*) from cohort_member where district_id = :id")
        assert session.execute(here, {"id": mine.district_id}).scalar_one() == 0


@pytest.mark.parametrize("table", ["dataset", "plan_section", "ledger_line", "comment", "priority_cost"])
def test_a_row_never_hangs_on_a_neighbours_row(app, pair, table):
    mine, other = pair
    target = twins.TABLES[table]
    mixed = {
        name: [dict(rows[0], district_id=mine.district_id)]
        for name, rows in other.rows.items()
        if rows and "district_id" in rows[0]
    }
    row = twins.new_row(target, "MIXED", 7, {**other.rows, **mixed})
    row["district_id"] = mine.district_id
    with app.transaction(Scope.for_upkeep(mine.district_id)) as session:
        assert twins.refusal(session, sa.insert(target).values(row)) == "23503"


def test_the_owner_is_behind_the_wall_too(shared_database, pair):
    with shared_database.owner() as owner:
        if owner.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,):
            pytest.skip("the owner named by TEST_DATABASE_URL is a superuser, whom no policy holds")
        for table in twins.TABLES:
            assert owner.execute(f'select count(*) from "{table}"').fetchone() == (0,), table


def test_a_coach_reads_by_level_and_never_personnel(shared_database, pair):
    mine, _ = pair
    for level, cabinet in ((1, 0), (2, 2), (3, 2), (4, 2)):
        twins_scope = _lead(shared_database, mine, level)
        with shared_database.app.transaction(twins_scope) as session:
            counts = {
                table: session.execute(sa.text(f"select count(*) from {table}")).scalar_one()
                for table in ("process_step", "plan", "ledger_line_detail", "comment_contact")
            }
        assert counts == {"process_step": 2, "plan": cabinet, "ledger_line_detail": 0, "comment_contact": 0}
        assert (twins_scope.district_id is not None) == (level >= 3)
    _lead(shared_database, mine, 1)


def _lead(database, twin, level):
    from tenants.scope import resolve  # noqa: PLC0415 - the one use

    with database.app.transaction(twin.scope) as session:
        session.execute(sa.text("update engagement set level = :level"), {"level": level})
    scope = resolve(database.app, twin.facilitator_scope.person_id, twin.facilitator_id, twin.district_id)
    assert scope.engagement_level == level
    return scope


@pytest.mark.parametrize(
    "change",
    [
        "state = 'ended'",
        f"ends_on = {CALIFORNIA} - 1",
        f"starts_on = {CALIFORNIA} + 1",
        "state = 'offered'",
    ],
)
def test_an_engagement_that_is_over_gives_nothing_on_the_next_request(database, change):
    from tenants.scope import resolve  # noqa: PLC0415 - the one use

    mine, _ = twins.fill_twins(database)
    lead = mine.facilitator_scope
    assert resolve(database.app, lead.person_id, mine.facilitator_id, mine.district_id)
    factories.behind_the_walls(database, "engagement", f"update engagement set {change}")
    assert resolve(database.app, lead.person_id, mine.facilitator_id, mine.district_id) is None
    assert resolve(database.app, lead.person_id, mine.facilitator_id).progress == ()


def test_a_coach_who_is_not_named_is_not_let_in(database):
    from tenants.scope import resolve  # noqa: PLC0415 - the one use

    mine, _ = twins.fill_twins(database)
    place = factories.Organization(mine.facilitator_id, "F", "facilitator")
    coach = factories.make_member(database, place, "FCO")
    assert resolve(database.app, coach.id, mine.facilitator_id, mine.district_id) is None
    with database.app.transaction(mine.facilitator_scope) as session:
        session.execute(
            sa.text("insert into engagement_coach select id, :p from engagement"), {"p": coach.id}
        )
    assert resolve(database.app, coach.id, mine.facilitator_id, mine.district_id) is not None


def test_a_coach_sees_the_own_acts_and_jobs_only(shared_database, pair):
    mine, _ = pair
    scope = _lead(shared_database, mine, 2)
    with shared_database.app.transaction(scope) as session:
        for table in ("audit_entry", "job"):
            assert session.execute(sa.text(f"select count(*) from {table}")).scalar_one() == 0
    _lead(shared_database, mine, 1)


def test_the_dispatcher_learns_what_waits_and_nothing_else(shared_database, pair):
    with psycopg.connect(shared_database.settings.database_dispatcher_url) as dispatcher:
        found = dispatcher.execute("select id, district_id, kind, state from job").fetchall()
        assert {row[1] for row in found} == {twin.district_id for twin in pair}
        dispatcher.rollback()
        for forbidden in (
            "select parameters from job",
            "select subject from job",
            "select error from job",
            "select * from plan",
            "update job set parameters = '{}'",
            "delete from job",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                dispatcher.execute(forbidden)
            dispatcher.rollback()


def test_the_mail_role_reads_mail_and_nothing_else(shared_database, pair):
    with psycopg.connect(shared_database.settings.database_mail_url) as mail:
        mail.execute("select count(*) from outgoing_mail")
        for table in ("person", "plan", "job", "share_link"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                mail.execute(f"select * from {table}")
            mail.rollback()
