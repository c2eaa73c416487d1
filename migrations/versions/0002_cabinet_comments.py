"""Comments and suggestions inside the cabinet, on the plan in writing."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0002"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision
CABINET = ("cabinet_thread", "cabinet_remark")

READABLE = "district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])"
WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"
# Beyond the cabinet class: a coach from level 3 on, in the one district that is open, and no lead. Whoever
# acts for the district itself, or as nobody (upkeep's statements), is let through to the class's own rule.
INSIDE = """(
    nullif(current_setting('apportion.organization', true), '') IS NULL
    OR nullif(current_setting('apportion.organization', true), '')::int = district_id
    OR (nullif(current_setting('apportion.engagement', true), '')::int >= 3
        AND (SELECT EXISTS (SELECT FROM membership
            WHERE person_id = nullif(current_setting('apportion.person', true), '')::bigint
                AND organization_id = nullif(current_setting('apportion.organization', true), '')::int
                AND role = 'FCO' AND ended_at IS NULL))))"""


def upgrade() -> None:
    """Create the two tables and wall them in; a reader with a link has no right on either."""
    op.get_bind().exec_driver_sql((STATEMENTS / "cabinet.sql").read_text(encoding="utf-8"))
    names: dict[str, str] = context.config.attributes["roles"]
    app = op.get_bind().dialect.identifier_preparer.quote_identifier(names["app"])
    writable = f"{WRITABLE} AND {INSIDE}"
    for table in CABINET:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for command, clause in (
            ("SELECT", f"USING ({READABLE} AND {INSIDE})"),
            ("INSERT", f"WITH CHECK ({writable})"),
            ("UPDATE", f"USING ({writable}) WITH CHECK ({writable})"),
            ("DELETE", f"USING ({writable})"),
        ):
            op.execute(f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} TO {app} {clause}")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {app}")


def downgrade() -> None:
    """Drop both; what was said in them is gone."""
    for table in reversed(CABINET):
        op.execute(f"DROP TABLE {table}")
