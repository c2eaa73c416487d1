"""What the application's role may do with each table: no right that the product does not use.

`RIGHTS` is the one list. Every set-up brings the grants of the role `app` in line with it, after the
migrations, so that a grant that a migration makes on its own does not last; a table that is not here is
closed to the application. Row-level security then says which rows; this says which commands and columns.

Whoever removes a whole district acts as the role `closing`, which has DELETE on the district's tables while
an approved closing is due. That is why few tables here have it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import psycopg
import sqlalchemy as sa
from psycopg import sql

from tenants import schema

ALL = "*"
"""Of columns: every one that is no part of the primary key."""


@dataclasses.dataclass(frozen=True)
class Rights:
    """The commands that a table takes from the application.

    Attributes:
        acts: Letters of S select, I insert, D delete. UPDATE follows from `update`.
        update: Columns that may be changed, divided by blanks; `ALL`; or none.
        hidden: Columns that SELECT does not show: what only a lookup function compares.
    """

    acts: str = "SI"
    update: str = ""
    hidden: str = ""


RIGHTS: dict[str, Rights] = {
    # People, and what lets them in. Hashes of tokens are compared by the lookup functions alone.
    "organization": Rights("SI"),
    "person": Rights("SI", "name language"),
    "membership": Rights("SI", "role steward contributor emergency head_id ended_at"),
    "invitation": Rights(
        "SI", "token_hash expires_at accepted_at declined_at decline_reason", hidden="token_hash"
    ),
    "credential": Rights("SI", "password_hash changed_at"),
    "password_reset": Rights("SI", "used_at", hidden="token_hash"),
    "sign_in_session": Rights(
        "SI",
        "organization_id last_seen_at network confirmed_at strong method provider_id ended_at",
        hidden="token_hash",
    ),
    "api_token": Rights("SI", "last_used_at revoked_at", hidden="token_hash"),
    "authenticator": Rights("SID", "sealed_secret last_step created_at confirmed_at"),
    "recovery_code": Rights("SID", "used_at"),
    "passkey": Rights("SID", "sign_count synced last_used_at"),
    "spent_token": Rights("SID"),
    "sign_in_rule": Rights(
        "SI",
        "second_factor_from issuer client_id sealed_secret contact offered required worked_at changed_at",
    ),
    "mail_domain": Rights("SID", "proved_at"),
    "provider_identity": Rights("SI", "last_used_at"),
    # Between organizations.
    "engagement": Rights("SI", "level state ends_on accepted_by ended_at"),
    "engagement_coach": Rights("SID"),
    "cohort": Rights("SI", "name ended_at"),
    "cohort_member": Rights("SI", "invited_at joined_at left_at"),
    "support_grant": Rights("SI", "state person_name starts_at ends_at ended_at"),
    "organization_act": Rights("SI"),
    "outgoing_mail": Rights("I"),
    "state_rate_set": Rights("SI", "state decided_by decided_at"),
    # The district's house.
    "account_request": Rights(
        "SI",
        "approved_by withdrawn_by withdrawn_at finished_at personnel small_group storage_key sha256 size"
        " expires_at progress",
    ),
    "audit_entry": Rights("SI"),
    "audit_era": Rights("SI"),
    "audit_head": Rights("SI", "sequence hash"),
    "api_request": Rights("SI"),
    "webhook": Rights(
        "SI",
        "name address events state failures key_id sealed_secret old_key_id old_sealed_secret old_until",
    ),
    "webhook_delivery": Rights("SI", "state attempts status said tried_at"),
    "named_access": Rights("SI", "ended_at"),
    "team": Rights("SI", "ended_at"),
    "team_member": Rights("SI"),
    "process_step": Rights("SI", ALL),
    "job": Rights(
        "SI",
        "state fence starts lease_until due_at started_at finished_at progress_done progress_total"
        " progress_note cancel_requested error result",
    ),
    # Data and analyses. Files and lines are what was handed in: nothing changes them.
    "source_file": Rights("SI"),
    "ledger_load": Rights("SI", "state layout expected report finished_at"),
    "dataset": Rights("SI", "state control superseded_by certified_by certified_at"),
    "dataset_element": Rights("SI"),
    "dataset_finding": Rights("SID"),
    "ledger_line": Rights("SI"),
    "ledger_line_detail": Rights("SI"),
    "column_mapping": Rights("SI", "name mapping created_by created_at"),
    "attendance_figure": Rights("SI", "ada source dataset_id entered_by updated_at"),
    # People: nothing changes what a file said of them; a file's place is forgotten once it was read.
    "position_load": Rights("SI", "storage_key state expected report finished_at"),
    "position_set": Rights("SI", "state superseded_by"),
    "position": Rights("SI"),
    "position_funding": Rights("SI"),
    "position_person": Rights("SI"),
    "student_load": Rights("SI", "storage_key state expected report finished_at"),
    "student_set": Rights("SI", "state superseded_by"),
    "student_count": Rights("SI"),
    "protected_count": Rights("SI"),
    "attendance_count": Rights("SI"),
    "local_assumption": Rights("SI", "state decided_by decided_at"),
    "run": Rights("SI"),
    "run_drawing": Rights("SI", "colour svg"),
    # The plan.
    "plan": Rights("SI"),
    "plan_section": Rights("SI", "title title_es owner_id revision by_hand"),
    "plan_block": Rights("SI", ALL),
    "priority": Rights("SID", ALL),
    "priority_cost": Rights("SID"),
    "option": Rights("SI", ALL),
    "option_amount": Rights("SID", "low_cents likely_cents high_cents"),
    "plan_version": Rights("SI", "state number confidential published_at comment_opens_at comment_closes_at"),
    "plan_signature": Rights("SI"),
    "rendered_file": Rights("SI"),
    "share_link": Rights("SI", "expires_at revoked_at opened_count", hidden="token_hash"),
    # Comment. What somebody wrote stays as written; what moves is its standing.
    "cabinet_thread": Rights("SI", "state settled_by settled_at"),
    "cabinet_remark": Rights("SI"),
    "comment_thread": Rights(
        "SI",
        "block_id quotation before after start end resolved_at resolved_by disposition disposition_note"
        " changed_block_id assigned_to group_id",
    ),
    "comment": Rights("SI", "state state_reason"),
    "comment_contact": Rights("SI"),
    "comment_event": Rights("SI"),
    "comment_group": Rights("SI"),
    "comment_placement": Rights("SI", "how start end"),
    "comment_support": Rights("SID"),
    "comment_tag": Rights("SID"),
    "board_question": Rights("SI"),
    "board_assignment": Rights("SI"),
    "board_memo": Rights("SI", "question answer number drafted_by sent_by sent_at"),
}

Granted = dict[str, dict[str, frozenset[str]]]
"""Table, privilege (`SELECT`, `INSERT`, `UPDATE`, `DELETE` and others): the columns that it holds for."""

_GRANTED = """
    SELECT c.relname, p.privilege, array_agg(a.attname::text)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
            AS p (privilege)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND CASE WHEN p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
            THEN has_column_privilege(%(role)s, c.oid, a.attnum, p.privilege)
            ELSE has_table_privilege(%(role)s, c.oid, p.privilege) END
    GROUP BY c.relname, p.privilege
"""


_PRIVILEGES = {each: sql.SQL(each) for each in ("SELECT", "INSERT", "UPDATE", "DELETE")}


def granted(connection: psycopg.Connection, role: str) -> Granted:
    """Return what a role may do with each table of the product, by whatever grant, as PostgreSQL says."""
    found: Granted = {}
    for table, privilege, columns in connection.execute(_GRANTED, {"role": role}):
        found.setdefault(table, {})[privilege] = frozenset(columns)
    return found


def wanted(tables: Mapping[str, sa.Table] = schema.Base.metadata.tables) -> Granted:
    """Return what `RIGHTS` gives the application's role, in the shape of `granted`.

    Raises:
        KeyError: A right names a table or column that the product does not have.
    """
    return {name: _of(tables[name], rights) for name, rights in RIGHTS.items()}


def _of(table: sa.Table, rights: Rights) -> dict[str, frozenset[str]]:
    every = frozenset(column.name for column in table.columns)
    keys = frozenset(column.name for column in table.primary_key)
    named = {part: frozenset(getattr(rights, part).split()) for part in ("update", "hidden")}
    if unknown := (named["update"] - {ALL} | named["hidden"]) - every:
        raise KeyError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    columns = {
        "SELECT": every - named["hidden"] if "S" in rights.acts else frozenset(),
        "INSERT": every if "I" in rights.acts else frozenset(),
        "UPDATE": every - keys if ALL in named["update"] else named["update"],
        "DELETE": every if "D" in rights.acts else frozenset(),
    }
    return {privilege: chosen for privilege, chosen in columns.items() if chosen}


def apply(connection: psycopg.Connection, role: str) -> None:
    """Bring the grants of the application's role in line with `RIGHTS`, in one transaction of the owner's.

    Tables that this version does not have (a newer one ran before it) are left alone.
    """
    tables = dict(schema.Base.metadata.tables)
    aim, now = wanted(tables), granted(connection, role)
    for name, table in tables.items():
        if now.get(name, {}) == aim.get(name, {}):
            continue
        place, to = sql.Identifier(name), sql.Identifier(role)
        connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(place, to))
        every = {column.name for column in table.columns}
        for privilege, columns in aim.get(name, {}).items():
            chosen = sql.SQL(", ").join(map(sql.Identifier, sorted(columns)))
            part = sql.SQL("") if columns == every else sql.SQL(" ({})").format(chosen)
            connection.execute(
                sql.SQL("GRANT {}{} ON {} TO {}").format(_PRIVILEGES[privilege], part, place, to)
            )
