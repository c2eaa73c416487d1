"""Charts of analyses drawn ahead as SVG."""

from __future__ import annotations

from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

READABLE = "district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])"
WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"


def upgrade() -> None:
    """Create the table behind its wall."""
    roles: dict[str, str] = context.config.attributes["roles"]
    app = op.get_bind().dialect.identifier_preparer.quote_identifier(roles["app"])
    op.execute(
        "CREATE TABLE run_drawing ("
        " district_id INTEGER NOT NULL,"
        " run_id BIGINT NOT NULL,"
        " key TEXT NOT NULL,"
        " language TEXT NOT NULL,"
        " size TEXT NOT NULL,"
        " colour TEXT NOT NULL,"
        " svg TEXT NOT NULL,"
        " CONSTRAINT pk_run_drawing PRIMARY KEY (district_id, run_id, key, language, size),"
        " CONSTRAINT fk_run_drawing_district_id FOREIGN KEY(district_id) REFERENCES organization (id),"
        " CONSTRAINT fk_run_drawing_district_id_run_id FOREIGN KEY(district_id, run_id)"
        " REFERENCES run (district_id, id) ON DELETE CASCADE,"
        " CONSTRAINT ck_run_drawing_size CHECK (size in ('wide','narrow')))"
    )
    op.execute("ALTER TABLE run_drawing ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE run_drawing FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON run_drawing TO {app}")
    for command, clause in (
        ("SELECT", f"USING ({READABLE})"),
        ("INSERT", f"WITH CHECK ({WRITABLE})"),
        ("UPDATE", f"USING ({WRITABLE}) WITH CHECK ({WRITABLE})"),
        ("DELETE", f"USING ({WRITABLE})"),
    ):
        name = f"run_drawing_{command.lower()}"
        op.execute(f"CREATE POLICY {name} ON run_drawing FOR {command} TO {app} {clause}")


def downgrade() -> None:
    """Drop it; everything in it can be drawn again."""
    op.execute("DROP TABLE run_drawing")
