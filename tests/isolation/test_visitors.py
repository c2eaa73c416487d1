"""A reader with a link: one district, one plan, what is published, and comments where it allows them."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tenants.scope import Scope, resolve_visitor
from tests.support import twins
from tests.support.visitors import LINKS, publish, visit

pytestmark = pytest.mark.external


@pytest.fixture(scope="module")
def pair(shared_database):
    pair = twins.fill_twins(shared_database)
    for twin in pair:
        publish(shared_database, twin)
    return pair


@pytest.fixture
def app(shared_database):
    return shared_database.app


def test_a_visitor_sees_the_one_published_plan(app, pair):
    for mine, other in (pair, pair[::-1]):
        visit(app, mine, other)


def test_a_visitor_has_no_right_beyond_the_reader_page(app, pair):
    scope = resolve_visitor(app, f"{pair[0].mark} link")
    allowed = {
        "organization",
        "share_link",
        "plan",
        "plan_version",
        "rendered_file",
        "comment_thread",
        "comment",
        "comment_placement",
        "comment_support",
    }
    for table in set(twins.TABLES) - allowed:
        with app.transaction(scope) as session:
            assert twins.refusal(session, sa.text(f'select 1 from "{table}"')) == "42501", table
    for table in set(twins.TABLES) - {"comment_thread", "comment", "comment_contact"}:
        with app.transaction(scope) as session:
            assert twins.refusal(session, sa.text(f'insert into "{table}" default values')) == "42501", table
    for table in allowed:
        with app.transaction(scope) as session:
            assert twins.refusal(session, sa.text(f'delete from "{table}"')) == "42501", table
    with app.transaction(scope) as session:
        for statement in (
            "update plan_version set number = '9'",
            "update comment set text = 'x'",
            "update share_link set expires_at = now()",
            "select * from lookup_person('a')",
        ):
            assert twins.refusal(session, sa.text(statement)) == "42501", statement


def test_an_opening_is_counted_on_the_own_link_only(app, pair):
    scope = resolve_visitor(app, f"{pair[0].mark} link")
    with app.transaction(scope) as session:
        assert twins.touched(session, sa.text("update share_link set opened_count = 7")) == 1


@pytest.mark.parametrize("change", ["expires_at = now()", "revoked_at = now()"])
def test_an_ended_link_opens_nothing(app, pair, change):
    token = f"{pair[0].mark} link"
    link = resolve_visitor(app, token).link_id
    with app.transaction(Scope.for_upkeep(pair[0].district_id)) as session:
        before = session.execute(
            sa.text("select expires_at from share_link where id = :id"), {"id": link}
        ).scalar()
        session.execute(sa.text(f"update share_link set {change} where id = :id"), {"id": link})
    assert resolve_visitor(app, token) is None
    with app.transaction(Scope.for_upkeep(pair[0].district_id)) as session:
        session.execute(
            sa.text("update share_link set expires_at = :e, revoked_at = null where id = :id"),
            {"id": link, "e": before},
        )
    assert resolve_visitor(app, token) is not None
    assert resolve_visitor(app, "no such token") is None


def comment_values(twin, thread):
    return {
        "district_id": twin.district_id,
        "thread_id": thread,
        "official": False,
        "language": "en",
        "text": "What about the library?",
    }


def thread_values(twin):
    return {
        "district_id": twin.district_id,
        "plan_id": twin.rows["plan"][0]["id"],
        "version_id": twin.rows["plan_version"][0]["id"],
        "about": "plan",
        "audience": "public",
    }


def test_a_visitor_comments_on_the_one_plan_and_as_nobody_else(app, pair):
    mine, other = pair
    scope = resolve_visitor(app, f"{mine.mark} link")
    threads, comments = twins.TABLES["comment_thread"], twins.TABLES["comment"]
    with app.transaction(scope) as session:
        thread = session.execute(
            sa.insert(threads).values(thread_values(mine)).returning(threads.c.id)
        ).scalar_one()
        comment = session.execute(
            sa.insert(comments).values(comment_values(mine, thread)).returning(comments.c.id)
        ).scalar_one()
        contact = {"district_id": mine.district_id, "comment_id": comment, "return_code_hash": b"x" * 32}
        assert twins.refusal(session, sa.insert(twins.TABLES["comment_contact"]).values(contact)) == ""
        refused = [
            sa.insert(threads).values(thread_values(other)),
            sa.insert(threads).values(thread_values(mine) | {"audience": "cabinet"}),
            sa.insert(threads).values(thread_values(mine) | {"plan_id": mine.rows["plan"][1]["id"]}),
            sa.insert(threads).values(
                thread_values(mine) | {"version_id": mine.rows["plan_version"][1]["id"]}
            ),
            sa.insert(threads).values(thread_values(mine) | {"resolved_at": dt.datetime.now(dt.UTC)}),
            sa.insert(comments).values(comment_values(mine, thread) | {"official": True}),
            sa.insert(comments).values(comment_values(mine, thread) | {"person_id": 1}),
            sa.insert(comments).values(comment_values(mine, mine.rows["comment_thread"][1]["id"])),
            sa.insert(comments).values(comment_values(other, thread)),
        ]
        for statement in refused:
            assert twins.refusal(session, statement) in {"42501"}, statement.compile().params
        session.rollback()


def test_a_link_without_comments_takes_none(app, pair):
    scope = resolve_visitor(app, f"{pair[0].mark} reading")
    assert scope is not None
    assert not scope.may_comment
    with app.transaction(scope) as session:
        assert session.execute(sa.text("select count(*) from plan_version")).scalar() == 1
        row = sa.insert(twins.TABLES["comment_thread"]).values(thread_values(pair[0]))
        assert twins.refusal(session, row) == "42501"


def test_there_are_links_of_both_kinds():
    assert [may for _, may in LINKS] == [True, False]
