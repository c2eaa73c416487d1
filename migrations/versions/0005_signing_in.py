"""Authenticators, recovery codes, passkeys, a district's own sign-in, mail domains, what a session proved."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision

PERSON = "person_id = nullif(current_setting('apportion.person', true), '')::bigint"
ORGANIZATION = "organization_id = nullif(current_setting('apportion.organization', true), '')::int"
MANAGES = "organization_id = nullif(current_setting('apportion.manages', true), '')::int"
OWN = ("authenticator", "recovery_code", "passkey", "provider_identity", "spent_token")
"""Tables whose rows belong to a person, and to nobody else's scope."""


def roles() -> dict[str, str]:
    """Return the quoted names of the roles app, visitor, dispatcher, mail and lookup."""
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    names: dict[str, str] = context.config.attributes["roles"]
    return {role: quote(name) for role, name in names.items()}


def run(name: str) -> None:
    """Run statements/0005/<name>.sql with the roles' names filled in."""
    text = (STATEMENTS / f"{name}.sql").read_text(encoding="utf-8")
    for role, quoted in roles().items():
        text = text.replace("{" + role + "}", quoted)
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))


def wall(table: str, *, reads: str, writes: str) -> None:
    """Wall a table in: one policy for each command."""
    app = roles()["app"]
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {app}")
    op.execute(f"CREATE POLICY {table}_select ON {table} FOR SELECT TO {app} USING ({reads})")
    op.execute(f"CREATE POLICY {table}_insert ON {table} FOR INSERT TO {app} WITH CHECK ({writes})")
    op.execute(
        f"CREATE POLICY {table}_update ON {table} FOR UPDATE TO {app} USING ({writes}) WITH CHECK ({writes})"
    )
    op.execute(f"CREATE POLICY {table}_delete ON {table} FOR DELETE TO {app} USING ({writes})")


def upgrade() -> None:
    """Create the tables, their walls and the lookups."""
    run("tables")
    for table in OWN:
        wall(table, reads=PERSON, writes=PERSON)
    # Whoever belongs to an organization may know its rules; they are changed by who manages it.
    wall("sign_in_rule", reads=f"{ORGANIZATION} OR {MANAGES}", writes=MANAGES)
    wall("mail_domain", reads=MANAGES, writes=MANAGES)
    run("lookups")


def downgrade() -> None:
    """Drop them again, and give `lookup_session` its first form back."""
    run("down")
