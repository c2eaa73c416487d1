"""Tags, groups and support of public comments; no print's parameters hold a reader's address any more."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0003"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision
TABLES = ("comment_group", "comment_tag", "comment_support")

READABLE = "district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])"
WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"
INSERTABLE = "district_id = (SELECT nullif(current_setting('apportion.district', true), '')::int)"
VISITED = "district_id = nullif(current_setting('apportion.visitor_district', true), '')::int"
VISITORS_THREAD = (
    "current_setting('apportion.visitor_may_comment', true) = 'true'"
    f" AND {VISITED}"
    " AND plan_id = nullif(current_setting('apportion.visitor_plan', true), '')::bigint"
    " AND version_id IN (SELECT id FROM plan_version)"
    " AND audience = 'public' AND disposition IS NULL AND resolved_at IS NULL AND assigned_to IS NULL"
    " AND changed_block_id IS NULL"
)


def role(name: str) -> str:
    """Return the quoted name of one of the database's roles."""
    names: dict[str, str] = context.config.attributes["roles"]
    return op.get_bind().dialect.identifier_preparer.quote_identifier(names[name])


def upgrade() -> None:
    """Create the tables behind their walls, and take readers' addresses out of the book of jobs."""
    op.get_bind().exec_driver_sql((STATEMENTS / "tables.sql").read_text(encoding="utf-8"))
    app, visitor = role("app"), role("visitor")
    for table in TABLES:
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY {table}_select ON "{table}" FOR SELECT TO {app} USING ({READABLE})')
        op.execute(f'CREATE POLICY {table}_insert ON "{table}" FOR INSERT TO {app} WITH CHECK ({INSERTABLE})')
        op.execute(
            f'CREATE POLICY {table}_update ON "{table}" FOR UPDATE TO {app} '
            f"USING ({WRITABLE}) WITH CHECK ({WRITABLE})"
        )
        op.execute(f'CREATE POLICY {table}_delete ON "{table}" FOR DELETE TO {app} USING ({WRITABLE})')
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {app}')
    # Readers see how many support what they may read.
    op.execute(f"GRANT SELECT ON comment_support TO {visitor}")
    op.execute(
        f"CREATE POLICY comment_support_visitor ON comment_support FOR SELECT TO {visitor} "
        f"USING ({VISITED} AND thread_id IN (SELECT id FROM comment_thread))"
    )
    op.execute(
        "ALTER POLICY comment_thread_visitor_insert ON comment_thread "
        f"WITH CHECK ({VISITORS_THREAD} AND group_id IS NULL)"
    )
    # The owner is held by the walls too, unless it is a superuser.
    op.execute("ALTER TABLE job NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE job SET parameters = parameters - 'address' WHERE kind = 'render_plan'")
    op.execute("ALTER TABLE job FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the tables again; the addresses are gone for good."""
    op.execute(f"ALTER POLICY comment_thread_visitor_insert ON comment_thread WITH CHECK ({VISITORS_THREAD})")
    op.execute("ALTER TABLE comment_thread DROP COLUMN group_id")
    for table in reversed(TABLES):
        op.execute(f'DROP TABLE "{table}"')
