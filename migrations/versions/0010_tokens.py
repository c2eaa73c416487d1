"""Tokens are limited to areas and recognized by their last characters."""

from __future__ import annotations

from alembic import context, op

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION lookup_api_token(given_hash bytea)
    RETURNS TABLE (token_id bigint, person_id bigint, organization_id int, read_only boolean{declared})
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT t.id, t.person_id, t.organization_id, t.read_only{selected} FROM public.api_token t
        WHERE t.token_hash = given_hash AND t.revoked_at IS NULL AND t.expires_at > now()
    $$
"""


def roles() -> dict[str, str]:
    """Return the quoted names of the roles."""
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    names: dict[str, str] = context.config.attributes["roles"]
    return {role: quote(name) for role, name in names.items()}


def define(declared: str, selected: str) -> None:
    """Define the lookup anew, owned by the lookup role."""
    app, lookup = roles()["app"], roles()["lookup"]
    op.execute("DROP FUNCTION lookup_api_token(bytea)")
    op.execute(FUNCTION.format(declared=declared, selected=selected))
    op.execute(f"GRANT CREATE ON SCHEMA public TO {lookup}")
    op.execute(f"ALTER FUNCTION lookup_api_token(bytea) OWNER TO {lookup}")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {lookup}")
    op.execute("REVOKE ALL ON FUNCTION lookup_api_token(bytea) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION lookup_api_token(bytea) TO {app}")


def upgrade() -> None:
    """Add the columns and let the lookup return what a token is limited to."""
    op.execute("ALTER TABLE api_token ADD COLUMN ending TEXT DEFAULT '' NOT NULL, ADD COLUMN areas JSONB")
    op.execute(f"GRANT SELECT (areas) ON api_token TO {roles()['lookup']}")
    define(", areas jsonb", ", t.areas")


def downgrade() -> None:
    """Take them away again; tokens with limits are revoked, since nothing would hold them."""
    define("", "")
    op.execute("ALTER TABLE api_token NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE api_token SET revoked_at = now() WHERE areas IS NOT NULL AND revoked_at IS NULL")
    op.execute("ALTER TABLE api_token FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE api_token DROP COLUMN areas, DROP COLUMN ending")
