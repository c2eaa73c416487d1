"""The role for it alone removes whole districts; the application's rights follow tenants/rights.py."""

from __future__ import annotations

from alembic import context, op

revision = "0016"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    *("api_request", "attendance_figure", "audit_era", "audit_head", "column_mapping", "ledger_load", "plan"),
    *("process_step", "run", "run_drawing", "source_file", "webhook", "webhook_delivery", "comment_group"),
    *("option", "option_amount", "plan_section", "plan_block", "plan_signature", "priority", "priority_cost"),
    *("share_link", "comment_thread", "comment", "comment_placement", "comment_support", "comment_tag"),
    *("comment_contact", "cabinet_thread", "cabinet_remark", "dataset", "dataset_finding", "dataset_element"),
    *("ledger_line", "ledger_line_detail", "named_access", "rendered_file", "team", "team_member"),
    "board_assignment",
)
"""District tables that the application's own role emptied until now."""
WRITTEN = (
    *(
        "organization",
        "person",
        "membership",
        "invitation",
        "credential",
        "password_reset",
        "sign_in_session",
    ),
    *("api_token", "engagement", "cohort", "cohort_member", "support_grant"),
)
"""Tables between organizations that it could change in every column."""
EMPTIED = (
    *("authenticator", "recovery_code", "passkey", "spent_token", "sign_in_rule", "mail_domain"),
    *("provider_identity", "account_request", "job", "plan_version", "board_memo"),
)
"""Other tables that it could change and empty."""
# Asked once for a statement, and true only while an approved closing is due.
DUE = "district_id = (SELECT closing_district())"
HERE = "nullif(current_setting('apportion.district', true), '')::int"
CLOSED = (
    "SELECT district_id FROM public.account_request"
    f" WHERE district_id = {HERE}"
    " AND kind = 'closing' AND approved_by IS NOT NULL AND withdrawn_at IS NULL AND due_at <= now()"
)
# No county of the state has the number 99: these are the districts that a proof of the walls makes and takes
# away again, on a platform that runs. They hold nobody's rows and wait for nobody.
PROOF = "invented AND cds_code ~ '^9900000000[0-9]{4}$'"


def closing_district(body: str) -> None:
    """Say anew which district the role `closing` may remove now."""
    op.get_bind().exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION closing_district() RETURNS int LANGUAGE sql STABLE AS $$ {body} $$"
    )


def closing() -> str:
    """Return the quoted name of the role that removes a district."""
    roles: dict[str, str] = context.config.attributes["roles"]
    return op.get_bind().dialect.identifier_preparer.quote_identifier(roles["closing"])


def upgrade() -> None:
    """Let the role `closing` see whose each row is, and remove it when a closing is due."""
    role = closing()
    op.execute(
        "ALTER POLICY organization_closing ON organization USING ("
        f"id = {HERE} AND (({PROOF}) OR id IN ({CLOSED})))"
    )
    closing_district(f"SELECT id FROM public.organization WHERE id = {HERE}")
    for table in TABLES:
        op.execute(f'GRANT SELECT (district_id), DELETE ON "{table}" TO {role}')
        op.execute(f'CREATE POLICY {table}_closing ON "{table}" FOR SELECT TO {role} USING ({DUE})')
        op.execute(f'CREATE POLICY {table}_closing_delete ON "{table}" FOR DELETE TO {role} USING ({DUE})')


def downgrade() -> None:
    """Take that away; the version before gives the application's role its wide rights back."""
    role = closing()
    closing_district(CLOSED)
    op.execute("ALTER POLICY organization_closing ON organization USING (id = (SELECT closing_district()))")
    roles: dict[str, str] = context.config.attributes["roles"]
    app = op.get_bind().dialect.identifier_preparer.quote_identifier(roles["app"])
    for table in TABLES:
        op.execute(f'DROP POLICY {table}_closing ON "{table}"')
        op.execute(f'DROP POLICY {table}_closing_delete ON "{table}"')
        op.execute(f'REVOKE ALL ON "{table}" FROM {role}')
    for table in (*TABLES, *EMPTIED):
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {app}')
    for table in WRITTEN:
        op.execute(f'GRANT SELECT, INSERT, UPDATE ON "{table}" TO {app}')
