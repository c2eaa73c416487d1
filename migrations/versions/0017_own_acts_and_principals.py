"""Heads whose cell says "own" read their own acts in the record; principals read the priorities."""

from __future__ import annotations

from alembic import context, op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CABINET = "district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])"
CONFIDENTIAL = CABINET.replace("cabinet", "confidential")
ME = "nullif(current_setting('apportion.person', true), '')::bigint"
COACH = "current_setting('apportion.coach', true) = 'true'"
OWN_ACTS = "current_setting('apportion.own_acts', true) = 'true'"
SUBJECTS = " UNION ALL ".join(
    f"SELECT '{kind}/' || id FROM {kind}" for kind in ("option", "plan_block", "plan_version")
)
# An entry about what does not exist for the reader does not exist either.
KNOWN_SUBJECT = (
    "(subject NOT LIKE ALL (ARRAY['option/%', 'plan_block/%', 'plan_version/%'])"
    f" OR {CONFIDENTIAL} OR subject IN ({SUBJECTS}))"
)
# What a home tells the whole cabinet: that something was done, and by whom.
TOLD = (
    *("ledger:load", "dataset:certify", "dataset:withdraw", "analysis:run", "priorities:create"),
    *("priorities:edit", "options:create", "options:edit", "plan_section:edit", "plan:certify_numbers"),
    *("plan:sign_off", "plan:approve", "plan:publish", "share_link:manage", "public_comments:answer"),
    *("engagement:manage", "process_board:edit"),
)

# A priority is read with the plan's title and with what it costs; the rest of the plan stays closed.
FOR_PRINCIPALS = ("plan", "priority", "priority_cost")
PRINCIPAL = CABINET.replace("cabinet", "principal")


def upgrade() -> None:
    """Narrow the policy for who has leave for the own acts alone; open the priorities to principals."""
    for table in FOR_PRINCIPALS:
        op.execute(f"ALTER POLICY {table}_select ON {table} USING ({CABINET} OR {PRINCIPAL})")
    told = ", ".join(f"'{action}'" for action in TOLD)
    _policy(
        f"(({COACH}) IS NOT TRUE AND {KNOWN_SUBJECT} AND (({OWN_ACTS}) IS NOT TRUE OR action IN ({told})))"
    )


def downgrade() -> None:
    """Leave it to the view again, and the priorities to the cabinet."""
    for table in FOR_PRINCIPALS:
        op.execute(f"ALTER POLICY {table}_select ON {table} USING ({CABINET})")
    _policy(f"(({COACH}) IS NOT TRUE AND {KNOWN_SUBJECT})")


def _policy(others: str) -> None:
    roles: dict[str, str] = context.config.attributes["roles"]
    app = op.get_bind().dialect.identifier_preparer.quote_identifier(roles["app"])
    shown = f"{CABINET} AND (person_id = {ME} OR {others})"
    statement = f"ALTER POLICY audit_entry_select ON audit_entry TO {app} USING ({shown})"
    op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
