"""What the console counts: organizations' sizes, jobs and mail by state, and nothing of what they hold."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0013"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision
FUNCTIONS = ("lookup_sizes()", "lookup_work()", "lookup_letters()")


def roles() -> dict[str, str]:
    """Return the quoted names of the roles."""
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    names: dict[str, str] = context.config.attributes["roles"]
    return {role: quote(name) for role, name in names.items()}


def upgrade() -> None:
    """Create the three functions; each answers the operator's scope alone."""
    text = (STATEMENTS / "lookups.sql").read_text(encoding="utf-8")
    for role, quoted in roles().items():
        text = text.replace("{" + role + "}", quoted)
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))
    app, lookup = roles()["app"], roles()["lookup"]
    op.execute(f"GRANT CREATE ON SCHEMA public TO {lookup}")
    for function in FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} OWNER TO {lookup}")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {lookup}")
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {app}")


def downgrade() -> None:
    """Drop them with what they could see."""
    lookup = roles()["lookup"]
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for table in ("source_file", "rendered_file", "job", "outgoing_mail"):
        op.execute(f"DROP POLICY {table}_console ON {table}")
    op.execute(f"REVOKE SELECT (district_id, size) ON source_file FROM {lookup}")
    op.execute(f"REVOKE SELECT (district_id, size) ON rendered_file FROM {lookup}")
    op.execute(f"REVOKE SELECT (queue, state, due_at, finished_at) ON job FROM {lookup}")
    op.execute(f"REVOKE SELECT (state, created_at) ON outgoing_mail FROM {lookup}")
