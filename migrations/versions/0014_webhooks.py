"""Addresses that hear of events, and what was sent to each."""

from __future__ import annotations

from alembic import context, op

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None

READABLE = "district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])"
WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"
TABLES = ("webhook", "webhook_delivery")


def upgrade() -> None:
    """Create the two tables behind their walls."""
    roles: dict[str, str] = context.config.attributes["roles"]
    app = op.get_bind().dialect.identifier_preparer.quote_identifier(roles["app"])
    op.execute(
        "CREATE TABLE webhook ("
        " district_id INTEGER NOT NULL,"
        " id BIGINT DEFAULT nextval('record_id') NOT NULL,"
        " name TEXT NOT NULL,"
        " address TEXT NOT NULL,"
        " events JSONB NOT NULL,"
        " state TEXT DEFAULT 'on' NOT NULL,"
        " failures INTEGER DEFAULT '0' NOT NULL,"
        " key_id TEXT NOT NULL,"
        " sealed_secret BYTEA NOT NULL,"
        " old_key_id TEXT,"
        " old_sealed_secret BYTEA,"
        " old_until TIMESTAMP WITH TIME ZONE,"
        " created_by BIGINT NOT NULL,"
        " created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,"
        " CONSTRAINT pk_webhook PRIMARY KEY (district_id, id),"
        " CONSTRAINT fk_webhook_district_id FOREIGN KEY(district_id) REFERENCES organization (id),"
        " CONSTRAINT ck_webhook_state CHECK (state in ('on','off','failed','removed')))"
    )
    op.execute(
        "CREATE TABLE webhook_delivery ("
        " district_id INTEGER NOT NULL,"
        " id BIGINT DEFAULT nextval('record_id') NOT NULL,"
        " webhook_id BIGINT NOT NULL,"
        " event TEXT NOT NULL,"
        " subject TEXT NOT NULL,"
        " path TEXT NOT NULL,"
        " state TEXT DEFAULT 'waiting' NOT NULL,"
        " attempts INTEGER DEFAULT '0' NOT NULL,"
        " status INTEGER,"
        " said JSONB,"
        " created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,"
        " tried_at TIMESTAMP WITH TIME ZONE,"
        " CONSTRAINT pk_webhook_delivery PRIMARY KEY (district_id, id),"
        " CONSTRAINT fk_webhook_delivery_district_id FOREIGN KEY(district_id) REFERENCES organization (id),"
        " CONSTRAINT fk_webhook_delivery_district_id_webhook_id FOREIGN KEY(district_id, webhook_id)"
        " REFERENCES webhook (district_id, id),"
        " CONSTRAINT ck_webhook_delivery_state CHECK (state in ('waiting','delivered','given_up')))"
    )
    op.execute("CREATE INDEX ix_webhook_delivery_webhook ON webhook_delivery (district_id, webhook_id, id)")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {app}")
        for command, clause in (
            ("SELECT", f"USING ({READABLE})"),
            ("INSERT", f"WITH CHECK ({WRITABLE})"),
            ("UPDATE", f"USING ({WRITABLE}) WITH CHECK ({WRITABLE})"),
            ("DELETE", f"USING ({WRITABLE})"),
        ):
            op.execute(f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} TO {app} {clause}")


def downgrade() -> None:
    """Drop both; addresses and secrets are gone."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
