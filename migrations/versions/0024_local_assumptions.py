"""What a district assumes in place of state rates and starting points, with author and reason."""

from __future__ import annotations

from alembic import context, op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

READABLE = "district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])"
WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"


def upgrade() -> None:
    """Create the table behind its wall."""
    roles: dict[str, str] = context.config.attributes["roles"]
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    app, closing = quote(roles["app"]), quote(roles["closing"])
    op.execute(
        "CREATE TABLE local_assumption ("
        " district_id INTEGER NOT NULL,"
        " id BIGINT DEFAULT nextval('record_id') NOT NULL,"
        " name TEXT NOT NULL,"
        " fiscal_year TEXT NOT NULL,"
        " value TEXT NOT NULL,"
        " reason TEXT NOT NULL,"
        " state TEXT DEFAULT 'proposed' NOT NULL,"
        " proposed_by BIGINT NOT NULL,"
        " proposed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,"
        " decided_by BIGINT,"
        " decided_at TIMESTAMP WITH TIME ZONE,"
        " CONSTRAINT pk_local_assumption PRIMARY KEY (district_id, id),"
        " CONSTRAINT fk_local_assumption_district_id FOREIGN KEY(district_id) REFERENCES organization (id),"
        " CONSTRAINT ck_local_assumption_state"
        " CHECK (state in ('proposed','accepted','declined','ended')),"
        " CONSTRAINT ck_local_assumption_decided CHECK ((state = 'proposed') = (decided_by is null)))"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_local_assumption_accepted"
        " ON local_assumption (district_id, name, fiscal_year)"
        " WHERE state = 'accepted'"
    )
    op.execute("ALTER TABLE local_assumption ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE local_assumption FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON local_assumption TO {app}")
    for command, clause in (
        ("SELECT", f"USING ({READABLE})"),
        ("INSERT", f"WITH CHECK ({WRITABLE})"),
        ("UPDATE", f"USING ({WRITABLE}) WITH CHECK ({WRITABLE})"),
        ("DELETE", f"USING ({WRITABLE})"),
    ):
        op.execute(
            f"CREATE POLICY local_assumption_{command.lower()} ON local_assumption"
            f" FOR {command} TO {app} {clause}"
        )
    op.execute(f"GRANT SELECT (district_id), DELETE ON local_assumption TO {closing}")
    due = "USING (district_id = (SELECT closing_district()))"
    op.execute(f"CREATE POLICY local_assumption_closing ON local_assumption FOR SELECT TO {closing} {due}")
    op.execute(
        f"CREATE POLICY local_assumption_closing_delete ON local_assumption FOR DELETE TO {closing} {due}"
    )


def downgrade() -> None:
    """Drop it; what was assumed is gone."""
    op.execute("DROP TABLE local_assumption")
