"""Support by consent: grants, and a role that reads what a grant opens and writes nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0009"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision

ORGANIZATION = "nullif(current_setting('apportion.organization', true), '')::int"
MANAGES = "nullif(current_setting('apportion.manages', true), '')::int"
PERSON = "nullif(current_setting('apportion.person', true), '')::bigint"
OPERATOR = "current_setting('apportion.operator', true) = 'true'"
GRANT = "nullif(current_setting('apportion.support', true), '')::bigint"

# Areas as in tenants/areas.py SUPPORT_AREAS. A table that stands here in no area shows support nothing.
AREAS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("source_file", "ledger_load", "dataset_element", "column_mapping"), ("data",)),
    **dict.fromkeys(("ledger_line", "dataset_finding"), ("data",)),
    **dict.fromkeys(("dataset", "attendance_figure"), ("data", "analyses", "plan")),
    "job": ("data", "analyses", "plan"),
    "run": ("analyses", "plan"),
    "run_drawing": ("analyses", "plan"),
    "plan": ("plan", "comments"),
    **dict.fromkeys(("plan_section", "plan_block", "plan_signature", "process_step"), ("plan",)),
    **dict.fromkeys(("priority", "priority_cost", "option", "option_amount"), ("plan",)),
    "plan_version": ("plan", "comments"),
    "rendered_file": ("plan",),
    **dict.fromkeys(("comment_thread", "comment", "comment_placement", "comment_event"), ("comments",)),
    **dict.fromkeys(("comment_group", "comment_tag", "comment_support"), ("comments",)),
}
OPEN_ROWS = {
    **dict.fromkeys(("option", "plan_block", "plan_version"), "NOT confidential"),
    "option_amount": "option_id IN (SELECT id FROM option)",
    "plan_signature": "version_id IN (SELECT id FROM plan_version)",
    "rendered_file": "version_id IN (SELECT id FROM plan_version)",
    "comment_thread": "audience = 'public'",
    **dict.fromkeys(
        ("comment", "comment_placement", "comment_event", "comment_tag", "comment_support"),
        "thread_id IN (SELECT id FROM comment_thread)",
    ),
    "job": "subject NOT LIKE ALL (ARRAY['option/%', 'plan_block/%', 'plan_version/%'])",
}
"""What a row must be besides, where an area opens a part of its table."""
SECRETS = (
    *("credential", "sign_in_session", "password_reset", "api_token", "authenticator", "recovery_code"),
    *("passkey", "spent_token", "provider_identity", "outgoing_mail", "invitation"),
)


def roles() -> dict[str, str]:
    """Return the quoted names of the roles app, visitor, support, dispatcher, mail and lookup."""
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    names: dict[str, str] = context.config.attributes["roles"]
    return {role: quote(name) for role, name in names.items()}


def run(name: str) -> None:
    """Run statements/0009/<name>.sql with the roles' names filled in."""
    text = (STATEMENTS / f"{name}.sql").read_text(encoding="utf-8")
    for role, quoted in roles().items():
        text = text.replace("{" + role + "}", quoted)
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))


def granted(*areas: str) -> str:
    """Return the sub-select of the district that the open grant shows in one of the areas."""
    wanted = f" AND g.areas ?| ARRAY[{', '.join(repr(area) for area in areas)}]" if areas else ""
    return (
        f"(SELECT g.district_id FROM support_grant g WHERE g.id = {GRANT} AND g.person_id = {PERSON}"
        f" AND g.state = 'active' AND statement_timestamp() < g.ends_at{wanted})"
    )


def execute(statement: str) -> None:
    """Run a statement whose question marks and colons are its own."""
    op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def upgrade() -> None:
    """Create the grants with their wall, and the support role's."""
    run("tables")
    app, support = roles()["app"], roles()["support"]
    execute("ALTER TABLE support_grant ENABLE ROW LEVEL SECURITY")
    execute("ALTER TABLE support_grant FORCE ROW LEVEL SECURITY")
    execute(f"GRANT SELECT, INSERT, UPDATE ON support_grant TO {app}")
    execute(
        f"CREATE POLICY support_grant_select ON support_grant FOR SELECT TO {app}"
        f" USING ({ORGANIZATION} IN (district_id, operator_id))"
    )
    by_operator = f"operator_id = {ORGANIZATION} AND person_id = {PERSON} AND {OPERATOR}"
    execute(
        f"CREATE POLICY support_grant_insert ON support_grant FOR INSERT TO {app} WITH CHECK ("
        f"(state = 'offered' AND district_id = {MANAGES}) OR (state = 'requested' AND {by_operator}))"
    )
    execute(
        f"CREATE POLICY support_grant_update ON support_grant FOR UPDATE TO {app}"
        f" USING (district_id = {MANAGES} OR ({by_operator}))"
        f" WITH CHECK (district_id = {MANAGES} OR ({by_operator}))"
    )
    execute(f"GRANT USAGE ON SCHEMA public TO {support}")
    # Every page may ask; a table without a policy for this role answers with no rows. Later tables alike.
    execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {support}")
    execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {support}")
    execute(f"REVOKE SELECT ON alembic_version, {', '.join(SECRETS)} FROM {support}")
    execute(
        f"CREATE POLICY support_grant_support ON support_grant FOR SELECT TO {support}"
        f" USING (id = {GRANT} AND person_id = {PERSON})"
    )
    execute(
        f"CREATE POLICY organization_support ON organization FOR SELECT TO {support}"
        f" USING (id = {ORGANIZATION} OR id = {granted()})"
    )
    execute(
        f"CREATE POLICY membership_support ON membership FOR SELECT TO {support}"
        f" USING (person_id = {PERSON} OR organization_id = {granted('settings')})"
    )
    execute(
        f"CREATE POLICY person_support ON person FOR SELECT TO {support}"
        f" USING (id = {PERSON} OR id IN (SELECT person_id FROM membership))"
    )
    for table, areas in AREAS.items():
        also = f" AND {OPEN_ROWS[table]}" if table in OPEN_ROWS else ""
        execute(
            f"CREATE POLICY {table}_support ON {table} FOR SELECT TO {support}"
            f" USING (district_id = {granted(*areas)}{also})"
        )
    run("lookups")


def downgrade() -> None:
    """Take them away again."""
    support = roles()["support"]
    execute("DROP FUNCTION lookup_supporter(text)")
    for table in (*AREAS, "person", "membership", "organization"):
        execute(f"DROP POLICY {table}_support ON {table}")
    execute("DROP TABLE support_grant")
    execute("DROP FUNCTION keep_support_grant()")
    execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM {support}")
    execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {support}")
    execute(f"REVOKE ALL ON SCHEMA public FROM {support}")
