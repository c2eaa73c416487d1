"""Positions and counts of students, each behind the wall of its class of information."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision
CLASSES = {
    "position_load": "cabinet",
    "student_load": "small_group",
    "position_set": "cabinet",
    "position": "cabinet",
    "position_funding": "cabinet",
    "position_person": "personnel",
    "student_set": "cabinet",
    "student_count": "small_group",
    "protected_count": "cabinet",
    "attendance_count": "cabinet",
}
"""Each table and who knows its rows, parents before children."""
FOR_PRINCIPALS = ("student_set", "protected_count")
"""Counts in which small groups are protected are read by principals too."""
REACH = "district_id = ANY ((SELECT nullif(current_setting('apportion.{}', true), '')::int[])::int[])"
WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"
INSERTABLE = "district_id = (SELECT nullif(current_setting('apportion.district', true), '')::int)"
DUE = "district_id = (SELECT closing_district())"


def upgrade() -> None:
    """Create the tables behind their walls, and let the role `closing` remove their rows when it is due."""
    op.get_bind().exec_driver_sql((STATEMENTS / "tables.sql").read_text(encoding="utf-8"))
    roles: dict[str, str] = context.config.attributes["roles"]
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    app, closing = quote(roles["app"]), quote(roles["closing"])
    for table, reach in CLASSES.items():
        readable = REACH.format(reach)
        if table in FOR_PRINCIPALS:
            readable += " OR " + REACH.format("principal")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for command, clause in (
            ("SELECT", f"USING ({readable})"),
            ("INSERT", f"WITH CHECK ({INSERTABLE})"),
            ("UPDATE", f"USING ({WRITABLE}) WITH CHECK ({WRITABLE})"),
            ("DELETE", f"USING ({WRITABLE})"),
        ):
            op.execute(f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} TO {app} {clause}")
        op.execute(f"GRANT SELECT (district_id), DELETE ON {table} TO {closing}")
        op.execute(f"CREATE POLICY {table}_closing ON {table} FOR SELECT TO {closing} USING ({DUE})")
        op.execute(f"CREATE POLICY {table}_closing_delete ON {table} FOR DELETE TO {closing} USING ({DUE})")


def downgrade() -> None:
    """Drop them with what they hold."""
    for table in reversed(CLASSES):
        op.execute(f"DROP TABLE {table}")
