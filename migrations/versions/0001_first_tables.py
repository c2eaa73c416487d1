"""The first tables, with their roles' rights, policies and lookup functions."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision
TABLES = ("organizations", "data", "plans", "comments", "jobs")

PROGRESS = ("audit_head", "process_step")
PERSONNEL = ("ledger_line_detail", "comment_contact")
APPEND_ONLY = ("audit_entry", "comment_event")
CABINET = (
    *("source_file", "ledger_load", "dataset", "dataset_finding", "dataset_element", "column_mapping"),
    *("attendance_figure", "ledger_line", "run", "plan", "plan_section", "plan_block", "plan_signature"),
    *("share_link", "priority", "priority_cost", "option", "option_amount"),
    *("comment_thread", "comment", "comment_placement", "comment_event", "api_request"),
)
SPECIAL = ("audit_entry", "job", "plan_version", "rendered_file")
"""District tables whose SELECT policy is written out in policies.sql."""


def readable(information: str) -> str:
    """Return the condition for a row of a class: its district is in the array bound at begin.

    The array is a sub-select on purpose: measured, it lets the planner take the index for small and large
    districts alike, while a look into a table of grants costs a hundred times as much.
    """
    array = f"SELECT nullif(current_setting('apportion.{information}', true), '')::int[]"
    return f"district_id = ANY (({array})::int[])"


WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"
# A sub-select is evaluated once for a statement, and not for each of a ledger's million rows.
INSERTABLE = "district_id = (SELECT nullif(current_setting('apportion.district', true), '')::int)"


def roles() -> dict[str, str]:
    """Return the quoted names of the roles app, visitor, dispatcher, mail and lookup."""
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    names: dict[str, str] = context.config.attributes["roles"]
    return {role: quote(name) for role, name in names.items()}


def run(name: str) -> None:
    """Run statements/0001/<name>.sql with the roles' names filled in for {app}, {visitor}, ..."""
    text = (STATEMENTS / f"{name}.sql").read_text(encoding="utf-8")
    for role, quoted in roles().items():
        text = text.replace("{" + role + "}", quoted)
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))


def policy(table: str, command: str, clause: str, role: str) -> None:
    """Create the policy `<table>_<command>`."""
    op.execute(f'CREATE POLICY {table}_{command.lower()} ON "{table}" FOR {command} TO {role} {clause}')


def district_table(table: str, information: str | None) -> None:
    """Wall a district's table in: forced, one policy for each command, no rights that are not needed."""
    app = roles()["app"]
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    if information:
        policy(table, "SELECT", f"USING ({readable(information)})", app)
    policy(table, "INSERT", f"WITH CHECK ({INSERTABLE})", app)
    op.execute(f'GRANT SELECT, INSERT ON "{table}" TO {app}')
    if table in APPEND_ONLY:
        op.execute(
            f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    policy(table, "UPDATE", f"USING ({WRITABLE}) WITH CHECK ({WRITABLE})", app)
    policy(table, "DELETE", f"USING ({WRITABLE})", app)
    op.execute(f'GRANT UPDATE, DELETE ON "{table}" TO {app}')


def upgrade() -> None:
    """Create everything."""
    for name in TABLES:
        run(name)
    run("functions")
    for table in PROGRESS:
        district_table(table, "progress")
    for table in CABINET:
        district_table(table, "cabinet")
    for table in PERSONNEL:
        district_table(table, "personnel")
    for table in SPECIAL:
        district_table(table, None)
    run("policies")
    run("lookups")


def downgrade() -> None:
    """Drop everything again."""
    tables = op.get_bind().exec_driver_sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    op.execute("DROP TABLE " + ", ".join(f'"{table}"' for table in tables.scalars()) + " CASCADE")
    functions = op.get_bind().exec_driver_sql(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    )
    op.execute("DROP FUNCTION " + ", ".join(functions.scalars()))
    op.execute("DROP SEQUENCE record_id, organization_id")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {', '.join(roles().values())}")
    op.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
