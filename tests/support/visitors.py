"""Links and published versions for twins, and the probe of what a visitor sees."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from tenants.database import Database
from tenants.scope import Scope, resolve_visitor, token_hash
from tests.support import factories, twins
from tests.support.platform import CloneOfTemplate

LINKS = (("link", True), ("reading", False))


def publish(database: CloneOfTemplate, twin: twins.Twin) -> None:
    """Publish the first version of a twin's first plan and make links to it; the second stays unpublished."""
    district, rows = twin.district_id, twin.rows
    thread, version = rows["comment_thread"][0]["id"], rows["plan_version"][0]["id"]
    for table, change in (
        ("comment_thread", "audience = 'cabinet'"),
        ("plan_version", f"plan_id = {rows['plan'][0]['id']}"),
    ):
        factories.behind_the_walls(
            database, table, f"update {table} set {change} where district_id = {district}"
        )
    public = f"update comment_thread set audience = 'public', version_id = {version} where id = {thread}"
    factories.behind_the_walls(database, "comment_thread", public)
    with database.app.transaction(Scope.for_upkeep(district)) as session:
        session.execute(
            sa.update(twins.TABLES["plan_version"])
            .where(twins.TABLES["plan_version"].c.id == version)
            .values(state="published")
        )
        for label, may_comment in LINKS:
            link = {
                "district_id": district,
                "plan_id": rows["plan"][0]["id"],
                "label": f"{twin.mark} {label}",
                "token_hash": token_hash(f"{twin.mark} {label}"),
                "may_comment": may_comment,
                "expires_at": dt.datetime(2099, 1, 1, tzinfo=dt.UTC),
                "created_by": 1,
            }
            made = sa.insert(twins.TABLES["share_link"]).values(link)
            number = session.execute(made.returning(twins.TABLES["share_link"].c.id)).scalar_one()
            rows["share_link"].append({**link, "id": number})


def visit(app: Database, mine: twins.Twin, other: twins.Twin) -> None:
    """Look through a twin's link: the published version with its public thread, and nothing beyond."""
    scope = resolve_visitor(app, f"{mine.mark} link")
    assert scope is not None
    first = {name: rows[0].get("id") for name, rows in mine.rows.items() if rows}
    expected = {
        "organization": {mine.district_id},
        "plan": {first["plan"]},
        "plan_version": {first["plan_version"]},
        "comment_thread": {first["comment_thread"]},
    }
    for table in (
        "organization",
        "share_link",
        "plan",
        "plan_version",
        "rendered_file",
        "comment_thread",
        "comment",
        "comment_placement",
        "comment_support",
    ):
        with app.transaction(scope) as session:
            seen = [dict(row) for row in session.execute(sa.text(f"select * from {table}")).mappings()]
        assert seen, f"{table}: the visitor sees nothing"
        assert not any(other.mark in str(row) for row in seen), f"{table} shows {other.mark}"
        if table in expected:
            assert {row["id"] for row in seen} == expected[table], table
    with app.transaction(scope) as session:
        links = session.execute(sa.text("select label from share_link")).scalars().all()
        threads = session.execute(sa.text("select distinct thread_id from comment")).scalars().all()
        versions = session.execute(sa.text("select distinct version_id from rendered_file")).scalars().all()
        placed = session.execute(sa.text("select version_id from comment_placement")).scalars().all()
        supported = session.execute(sa.text("select distinct thread_id from comment_support")).scalars().all()
    assert links == [f"{mine.mark} link"]
    assert threads == supported == [first["comment_thread"]]
    assert versions == placed == [first["plan_version"]]
