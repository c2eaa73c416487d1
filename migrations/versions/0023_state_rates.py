"""State rates that two people publish, and the rates that a plan's version was frozen with."""

from __future__ import annotations

from alembic import context, op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

PERSON = "nullif(current_setting('apportion.person', true), '')::bigint"
OPERATOR = "current_setting('apportion.operator', true) = 'true'"


def role(name: str) -> str:
    """Return the quoted name of one of the database's roles."""
    roles: dict[str, str] = context.config.attributes["roles"]
    return op.get_bind().dialect.identifier_preparer.quote_identifier(roles[name])


def upgrade() -> None:
    """Create the sets: everybody reads what is published, the operator's people what is proposed.

    A decided set is beyond every policy, so that a published one never changes.
    """
    op.execute(
        "CREATE TABLE state_rate_set ("
        " id BIGINT DEFAULT nextval('record_id') NOT NULL,"
        " title TEXT NOT NULL,"
        " source TEXT NOT NULL,"
        " dated TEXT NOT NULL,"
        " status TEXT NOT NULL,"
        " rates JSONB NOT NULL,"
        " digest TEXT NOT NULL,"
        " state TEXT DEFAULT 'proposed' NOT NULL,"
        " proposed_by BIGINT NOT NULL,"
        " proposed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,"
        " decided_by BIGINT,"
        " decided_at TIMESTAMP WITH TIME ZONE,"
        " CONSTRAINT pk_state_rate_set PRIMARY KEY (id),"
        " CONSTRAINT ck_state_rate_set_state CHECK (state in ('proposed','published','withdrawn')),"
        " CONSTRAINT ck_state_rate_set_status CHECK (status in ('enacted','projected')),"
        " CONSTRAINT ck_state_rate_set_decided CHECK ((state = 'proposed') = (decided_by is null)),"
        " CONSTRAINT ck_state_rate_set_two_people"
        " CHECK (state <> 'published' or decided_by <> proposed_by))"
    )
    op.execute("ALTER TABLE state_rate_set ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE state_rate_set FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT ON state_rate_set TO {role('app')}")
    op.execute(f"GRANT UPDATE (state, decided_by, decided_at) ON state_rate_set TO {role('app')}")
    op.execute(
        f"CREATE POLICY state_rate_set_select ON state_rate_set FOR SELECT TO {role('app')}"
        f" USING (state = 'published' OR {OPERATOR})"
    )
    op.execute(
        f"CREATE POLICY state_rate_set_insert ON state_rate_set FOR INSERT TO {role('app')}"
        f" WITH CHECK ({OPERATOR} AND state = 'proposed' AND proposed_by = {PERSON})"
    )
    op.execute(
        f"CREATE POLICY state_rate_set_update ON state_rate_set FOR UPDATE TO {role('app')}"
        f" USING ({OPERATOR} AND state = 'proposed')"
        f" WITH CHECK ({OPERATOR} AND decided_by = {PERSON})"
    )
    op.execute(
        f"CREATE POLICY state_rate_set_support ON state_rate_set FOR SELECT TO {role('support')}"
        " USING (state = 'published')"
    )
    op.execute("ALTER TABLE plan_version ADD COLUMN rates JSONB")


def downgrade() -> None:
    """Drop both; published sets are gone."""
    op.execute("ALTER TABLE plan_version DROP COLUMN rates")
    op.execute("DROP TABLE state_rate_set")
