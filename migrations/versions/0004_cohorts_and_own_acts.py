"""Cohorts are joined by a steward and end; organizations that are no district record their acts."""

from __future__ import annotations

from alembic import context, op

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

ORGANIZATION = "nullif(current_setting('apportion.organization', true), '')::int"
PERSON = "nullif(current_setting('apportion.person', true), '')::bigint"
MANAGES = "nullif(current_setting('apportion.manages', true), '')::int"
OPERATOR = "current_setting('apportion.operator', true) = 'true'"


def app() -> str:
    """Return the quoted name of the application's role."""
    roles: dict[str, str] = context.config.attributes["roles"]
    return op.get_bind().dialect.identifier_preparer.quote_identifier(roles["app"])


def upgrade() -> None:
    """Add the record of own acts, and the states of a place in a cohort."""
    op.execute("ALTER TABLE cohort ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE")
    op.execute(
        "ALTER TABLE cohort_member ADD COLUMN invited_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL"
    )
    op.execute("ALTER TABLE cohort_member ALTER joined_at DROP NOT NULL, ALTER joined_at DROP DEFAULT")
    # Only the district itself takes a place: what a facilitator writes is an invitation, or an end.
    op.execute("DROP POLICY cohort_member_insert ON cohort_member")
    op.execute(
        f"CREATE POLICY cohort_member_insert ON cohort_member FOR INSERT TO {app()} WITH CHECK ("
        f"facilitator_id = {MANAGES} AND joined_at IS NULL)"
    )
    op.execute("DROP POLICY cohort_member_update ON cohort_member")
    op.execute(
        f"CREATE POLICY cohort_member_update ON cohort_member FOR UPDATE TO {app()}"
        f" USING ({MANAGES} IN (district_id, facilitator_id))"
        f" WITH CHECK (district_id = {MANAGES}"
        f" OR (facilitator_id = {MANAGES} AND (joined_at IS NULL OR left_at IS NOT NULL)))"
    )
    op.execute(
        "CREATE TABLE organization_act ("
        " id BIGINT DEFAULT nextval('record_id') NOT NULL,"
        " organization_id INTEGER,"
        " at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,"
        " person_id BIGINT,"
        " action TEXT NOT NULL,"
        " subject TEXT NOT NULL,"
        " detail JSONB NOT NULL,"
        " CONSTRAINT pk_organization_act PRIMARY KEY (id),"
        " CONSTRAINT fk_organization_act_organization_id"
        " FOREIGN KEY(organization_id) REFERENCES organization (id))"
    )
    op.execute("ALTER TABLE organization_act ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE organization_act FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT ON organization_act TO {app()}")
    op.execute(
        f"CREATE POLICY organization_act_select ON organization_act FOR SELECT TO {app()} USING ("
        f"(organization_id = {ORGANIZATION} AND person_id = {PERSON})"
        f" OR (organization_id IS NULL AND {OPERATOR}))"
    )
    op.execute(
        f"CREATE POLICY organization_act_insert ON organization_act FOR INSERT TO {app()} WITH CHECK ("
        f"(organization_id = {ORGANIZATION} AND person_id = {PERSON})"
        f" OR (organization_id IS NULL AND {OPERATOR}))"
    )
    op.execute(
        "CREATE TRIGGER organization_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON organization_act"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Take them away again; invitations that nobody answered are withdrawn."""
    op.execute("DROP TABLE organization_act")
    op.execute("DROP POLICY cohort_member_insert ON cohort_member")
    op.execute(
        f"CREATE POLICY cohort_member_insert ON cohort_member FOR INSERT TO {app()} WITH CHECK ("
        f"facilitator_id = {MANAGES})"
    )
    op.execute("DROP POLICY cohort_member_update ON cohort_member")
    op.execute(
        f"CREATE POLICY cohort_member_update ON cohort_member FOR UPDATE TO {app()}"
        f" USING ({MANAGES} IN (district_id, facilitator_id))"
        f" WITH CHECK ({MANAGES} IN (district_id, facilitator_id))"
    )
    # The owner of the table has no policy of its own; FORCE is lifted for this one statement.
    op.execute("ALTER TABLE cohort_member NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM cohort_member WHERE joined_at IS NULL")
    op.execute("ALTER TABLE cohort_member FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE cohort_member ALTER joined_at SET DEFAULT now(), ALTER joined_at SET NOT NULL")
    op.execute("ALTER TABLE cohort_member DROP COLUMN invited_at")
    op.execute("ALTER TABLE cohort DROP COLUMN ended_at")
