"""Support reads the settings that a grant opens: how people sign in, and programs that connect; no secret."""

from __future__ import annotations

from alembic import context, op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

GRANT = "nullif(current_setting('apportion.support', true), '')::bigint"
PERSON = "nullif(current_setting('apportion.person', true), '')::bigint"

TABLES = {
    "sign_in_rule": (
        *("organization_id", "second_factor_from", "issuer", "client_id", "contact", "offered", "required"),
        *("worked_at", "changed_at"),
    ),
    "api_token": (
        *("organization_id", "id", "person_id", "name", "ending", "read_only", "areas", "created_at"),
        *("expires_at", "last_used_at", "revoked_at"),
    ),
    "webhook": (
        *("district_id", "id", "name", "address", "events", "state", "failures", "key_id", "old_key_id"),
        *("old_until", "created_by", "created_at"),
    ),
    "webhook_delivery": (
        *("district_id", "id", "webhook_id", "event", "subject", "path", "state", "attempts", "status"),
        *("said", "created_at", "tried_at"),
    ),
}
"""The columns that are read, the one that names the organization first. Secrets are none of them."""


def support() -> str:
    """Return the quoted name of the role that reads under a support grant."""
    roles: dict[str, str] = context.config.attributes["roles"]
    return op.get_bind().dialect.identifier_preparer.quote_identifier(roles["support"])


def upgrade() -> None:
    """Let the role read these columns, in the district of an open grant whose areas name the settings."""
    district = (
        f"(SELECT g.district_id FROM support_grant g WHERE g.id = {GRANT} AND g.person_id = {PERSON}"
        " AND g.state = 'active' AND statement_timestamp() < g.ends_at"
        " AND jsonb_exists(g.areas, 'settings'))"
    )
    for table, columns in TABLES.items():
        # Later tables were open to this role as a whole, and showed no row.
        op.execute(f"REVOKE SELECT ON {table} FROM {support()}")
        op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {support()}")
        op.execute(
            f"CREATE POLICY {table}_support ON {table} FOR SELECT TO {support()}"
            f" USING ({columns[0]} = {district})"
        )


def downgrade() -> None:
    """Take them away again."""
    for table, columns in TABLES.items():
        op.execute(f"DROP POLICY {table}_support ON {table}")
        op.execute(f"REVOKE SELECT ({', '.join(columns)}) ON {table} FROM {support()}")
    for table in ("webhook", "webhook_delivery"):
        op.execute(f"GRANT SELECT ON {table} TO {support()}")
