"""Attributes of people, teams, access by name, confidential options and board questions, walled in.

A facilitator's reach is worked out by the database at each begin, from the engagements that are open today.
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0007"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = Path(__file__).parent.parent / "statements" / revision


def roles() -> dict[str, str]:
    """Return the quoted names of the roles app, visitor, dispatcher, mail and lookup."""
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    names: dict[str, str] = context.config.attributes["roles"]
    return {role: quote(name) for role, name in names.items()}


def run(name: str) -> None:
    """Run statements/0007/<name>.sql with roles and conditions filled in."""
    text = (STATEMENTS / f"{name}.sql").read_text(encoding="utf-8")
    for word, put in (CONDITIONS | roles()).items():
        text = text.replace("{" + word + "}", put)
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))


def districts(array: str) -> str:
    """Return the condition for a row whose district is in one of the arrays bound at begin."""
    return (
        f"district_id = ANY ((SELECT nullif(current_setting('apportion.{array}', true), '')::int[])::int[])"
    )


def ids(array: str) -> str:
    """Return the array of record ids that is bound at begin under a name."""
    return f"((SELECT nullif(current_setting('apportion.{array}', true), '')::bigint[])::bigint[])"


ME = "nullif(current_setting('apportion.person', true), '')::bigint"
SUBJECTS = " UNION ALL ".join(f"SELECT '{kind}/' || id FROM {kind}" for kind in ("option", "plan_block")) + (
    " UNION ALL SELECT 'plan_version/' || id FROM plan_version"
)
CONDITIONS = {
    **{name: districts(name) for name in ("progress", "cabinet", "staff", "personnel", "confidential")},
    **{name: districts(name) for name in ("published", "board")},
    "me": ME,
    "here": "district_id = nullif(current_setting('apportion.organization', true), '')::int",
    "writable": "district_id = (SELECT nullif(current_setting('apportion.district', true), '')::int)",
    "known": f"(NOT confidential OR {districts('confidential')})",
    "managed": "organization_id = nullif(current_setting('apportion.manages', true), '')::int",
    "inviting": "organization_id = nullif(current_setting('apportion.invites', true), '')::int",
    "named_options": f"id = ANY {ids('named_options')}",
    "team_options": ids("team_options"),
    # As 0002 has it: of the cabinet's threads, a coach from level 3 on, and no lead.
    "inside": (
        "(nullif(current_setting('apportion.organization', true), '') IS NULL"
        " OR nullif(current_setting('apportion.organization', true), '')::int = district_id"
        " OR (nullif(current_setting('apportion.engagement', true), '')::int >= 3"
        f" AND (SELECT EXISTS (SELECT FROM membership WHERE person_id = {ME}"
        " AND organization_id = nullif(current_setting('apportion.organization', true), '')::int"
        " AND role = 'FCO' AND ended_at IS NULL))))"
    ),
    "coach": "current_setting('apportion.coach', true) = 'true'",
    "own_jobs": "current_setting('apportion.own_jobs', true) = 'true'",
    # An entry about what does not exist for the reader does not exist either.
    "known_subject": (
        "(subject NOT LIKE ALL (ARRAY['option/%', 'plan_block/%', 'plan_version/%'])"
        f" OR {districts('confidential')} OR subject IN ({SUBJECTS}))"
    ),
}


def upgrade() -> None:
    """Add them."""
    run("tables")
    run("policies")
    run("lookups")


def downgrade() -> None:
    """Take them away again; what was confidential is gone with the mark that said so."""
    run("down")
