"""Two stewards decide: the whole account out, and its removal. Chains that moved here from elsewhere."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0008"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision
TABLES = ("audit_era", "account_request")
READABLE = "district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])"
WRITABLE = "district_id = nullif(current_setting('apportion.district', true), '')::int"
INSERTABLE = "district_id = (SELECT nullif(current_setting('apportion.district', true), '')::int)"


def roles() -> dict[str, str]:
    """Return the quoted names of the database's roles."""
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    names: dict[str, str] = context.config.attributes["roles"]
    return {role: quote(name) for role, name in names.items()}


def run(name: str) -> None:
    """Run statements/0008/<name>.sql with the roles' names filled in."""
    text = (STATEMENTS / f"{name}.sql").read_text(encoding="utf-8")
    for role, quoted in roles().items():
        plain = quoted.strip('"')
        text = text.replace("{" + role + "}", quoted).replace("{" + role + "_text}", f"'{plain}'")
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))


def upgrade() -> None:
    """Create the tables, wall them in, and let the role `closing` remove what two stewards gave up."""
    run("tables")
    app = roles()["app"]
    for table in TABLES:
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        for command, clause in (
            ("SELECT", f"USING ({READABLE})"),
            ("INSERT", f"WITH CHECK ({INSERTABLE})"),
            ("UPDATE", f"USING ({WRITABLE}) WITH CHECK ({WRITABLE})"),
            ("DELETE", f"USING ({WRITABLE})"),
        ):
            op.execute(f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} TO {app} {clause}")
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {app}')
    # A district that moves in brings its people along.
    op.execute(
        f"CREATE POLICY person_arrival ON person FOR INSERT TO {app} WITH CHECK ("
        "current_setting('apportion.operator', true) = 'true'"
        " AND nullif(current_setting('apportion.district', true), '') IS NOT NULL)"
    )
    run("closing")


def downgrade() -> None:
    """Take it away again."""
    closing = roles()["closing"]
    policies = op.get_bind().exec_driver_sql(
        "SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'"
        " AND (policyname LIKE '%%\\_closing%%' OR policyname = 'person_arrival')"
    )
    for policy, table in policies.all():
        op.execute(f'DROP POLICY {policy} ON "{table}"')
    run("back")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {closing}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {closing}")
