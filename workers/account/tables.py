"""What of the database belongs to a district's account: each table, each column, and why some stay behind.

District tables go along by themselves. What is said here by hand is small: the tables between organizations,
the columns that open something, the columns that name people. tests/workers/account holds it against the
catalogue, so that a new table or column can't be forgotten.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from tenants import schema
from tenants.base import information_class
from workers.planning.students import is_small

Moving = Literal["moves", "reading"]
"""`moves`: an import brings it into the other platform. `reading`: it is there for people to read."""

TABLES: dict[str, sa.Table] = {table.name: table for table in schema.Base.metadata.sorted_tables}
"""Every table, parents before children."""

BETWEEN: dict[str, tuple[Moving, str]] = {
    "organization": ("moves", "id"),
    "person": ("moves", "id"),
    "membership": ("moves", "organization_id"),
    "engagement": ("reading", "district_id"),
    "support_grant": ("reading", "district_id"),
    "cohort_member": ("reading", "district_id"),
    "invitation": ("reading", "organization_id"),
    "api_token": ("reading", "organization_id"),
    "organization_act": ("reading", "organization_id"),
    "sign_in_rule": ("reading", "organization_id"),
    "mail_domain": ("reading", "organization_id"),
}
"""Tables without a district's key: what becomes of them, and the column that says whose a row is."""

STAYS: dict[str, str] = {
    "credential": "passwords belong to people and open this platform",
    "sign_in_session": "signed-in devices open this platform",
    "password_reset": "links to new passwords open this platform",
    "authenticator": "codes belong to people and open this platform",
    "recovery_code": "codes belong to people and open this platform",
    "passkey": "passkeys belong to people and open this platform",
    "provider_identity": "signing in through the district's own service opens this platform",
    "spent_token": "tokens that were used up here",
    "outgoing_mail": "mail that left already; nobody but the carrier reads it",
    "state_rate_set": "rates of the state are the same for every district of a platform",
    "cohort": "belongs to a facilitator organization",
    "engagement_coach": "names people of a facilitator organization",
}
"""Tables that are not the district's, with the reason."""

SMALL_COUNTS = frozenset({("priority", "students_reached")})
"""Columns of cabinet tables that count students: a number below 11 is small-group information."""

READING_ONLY = frozenset({"account_request", "webhook", "webhook_delivery", "position_load", "student_load"})
"""District tables that an import leaves out: what two stewards decided here is decided anew elsewhere, other
programs are told anew, with a new secret, what they may hear, and files about people are loaded anew."""

SECRETS = frozenset(
    {
        ("share_link", "token_hash"),
        ("comment_contact", "return_code_hash"),
        ("invitation", "token_hash"),
        ("api_token", "token_hash"),
        ("sign_in_rule", "sealed_secret"),
        ("webhook", "sealed_secret"),
        ("webhook", "old_sealed_secret"),
        ("mail_domain", "proof"),
    }
)
"""Columns that open something. They stay here; an import fills in what opens nothing."""

PEOPLE: dict[str, tuple[str, ...]] = {
    "account_request": ("asked_by", "approved_by", "withdrawn_by"),
    "api_request": ("person_id",),
    "attendance_figure": ("entered_by",),
    "board_assignment": ("person_id", "assigned_by"),
    "board_memo": ("drafted_by", "sent_by"),
    "board_question": ("asked_by",),
    "cabinet_remark": ("person_id",),
    "cabinet_thread": ("person_id", "assigned_to", "settled_by"),
    "column_mapping": ("created_by",),
    "comment": ("person_id",),
    "comment_event": ("person_id",),
    "comment_group": ("created_by",),
    "comment_tag": ("tagged_by",),
    "comment_thread": ("resolved_by", "assigned_to"),
    "dataset": ("certified_by",),
    "job": ("requested_by",),
    "ledger_load": ("requested_by",),
    "local_assumption": ("proposed_by", "decided_by"),
    "membership": ("person_id",),
    "named_access": ("person_id", "granted_by"),
    "option": ("created_by",),
    "plan": ("created_by",),
    "plan_block": ("es_checked_by", "updated_by"),
    "plan_section": ("owner_id",),
    "plan_signature": ("person_id",),
    "plan_version": ("created_by",),
    "priority": ("created_by",),
    "position_load": ("requested_by",),
    "process_step": ("finance_owner_id", "instruction_owner_id"),
    "share_link": ("created_by",),
    "source_file": ("received_by",),
    "student_load": ("requested_by",),
    "team": ("owner_id",),
    "team_member": ("person_id",),
}
"""Columns that name a person. `audit_entry` is not here: its hashes hold the numbers, see `AuditEra`."""

ORGANIZATIONS: dict[str, tuple[str, ...]] = {"job": ("requested_in",), "membership": ("organization_id",)}
"""Columns that name an organization beside the district's own key."""

STORED: dict[str, str] = {
    "source_file": "storage_key",
    "rendered_file": "storage_key",
    "account_request": "storage_key",
}
"""Columns that say where a file is kept; the place begins with the district's number."""


@dataclasses.dataclass(frozen=True)
class Part:
    """A table in an archive."""

    table: sa.Table
    moving: Moving
    owner: str
    """Column that says whose a row is."""
    columns: tuple[sa.Column[Any], ...]

    @property
    def name(self) -> str:
        """Name of the table."""
        return str(self.table.name)

    def rows_of(self, district_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that holds for a district's rows; of people, for those who belong to it."""
        column = self.table.c[self.owner]
        if self.name != "person":
            return column == district_id
        belongs = TABLES["membership"].c
        return column.in_(sa.select(belongs.person_id).where(belongs.organization_id == district_id))


def parts() -> list[Part]:
    """Return every table of an archive, parents before children."""
    found = []
    for name, table in TABLES.items():
        columns = tuple(column for column in table.columns if (name, column.name) not in SECRETS)
        if information_class(table):
            moving: Moving = "reading" if name in READING_ONLY else "moves"
            found.append(Part(table, moving, "district_id", columns))
        elif name in BETWEEN:
            moving, owner = BETWEEN[name]
            found.append(Part(table, moving, owner, columns))
    return found


def left_out(part: Part, *, personnel: bool, small_group: bool) -> str:
    """Return why a table's rows are not in an archive that may not hold its class, or an empty string."""
    kind = information_class(part.table)
    if (kind == "personnel" and not personnel) or (kind == "small_group" and not small_group):
        return f"neither of the two people who approved the archive may see {kind} information"
    return ""


def counted(table: str, column: str, value: Any, *, small_group: bool) -> Any:
    """Return a value as an archive holds it: None for a count of students that it may not hold."""
    hidden = (table, column) in SMALL_COUNTS and not small_group and is_small(value)
    return None if hidden else value


def kind_of(column: sa.Column[Any]) -> str:
    """Return how a column's values are written in an archive."""
    for known, name in (
        (sa.Boolean, "true or false"),
        (sa.Integer, "whole number"),
        (sa.Numeric, "decimal text"),
        (sa.DateTime, "time, ISO 8601 in UTC"),
        (sa.Date, "day, ISO 8601"),
        (sa.LargeBinary, "bytes, hexadecimal"),
        (sa.JSON, "JSON"),
        (sa.ARRAY, "list of texts"),
        (sa.Text, "text"),
    ):
        if isinstance(column.type, known):
            return name
    raise TypeError(f"{column.table.name}.{column.name}: no way to write {column.type!r} is set down")


def write_value(value: Any) -> Any:
    """Return a column's value as JSON takes it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value


def read_value(column: sa.Column[Any], value: Any) -> Any:
    """Return a column's value from an archive.

    Raises:
        ValueError: if it is not what the column takes.
    """
    if value is None:
        if not column.nullable:
            raise ValueError(f"{column.name} is empty")
        return None
    kind = kind_of(column)
    reader, taken = READERS[kind]
    if type(value) is not taken and taken is not object:
        raise ValueError(f"{column.name}: {value!r} is no {kind}")
    return reader(value)


def _moment(value: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"{value!r} names no time zone")
    return at


def _decimal(value: str) -> Decimal:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value!r} is no number")
    return number


def _texts(value: list[Any]) -> list[str]:
    if not all(isinstance(each, str) for each in value):
        raise ValueError(f"{value!r} is no list of texts")
    return value


def _as_is(value: Any) -> Any:
    return value


READERS: dict[str, tuple[Callable[[Any], Any], type]] = {
    "true or false": (_as_is, bool),
    "whole number": (_as_is, int),
    "decimal text": (_decimal, str),
    "time, ISO 8601 in UTC": (_moment, str),
    "day, ISO 8601": (dt.date.fromisoformat, str),
    "bytes, hexadecimal": (bytes.fromhex, str),
    "JSON": (_as_is, object),
    "list of texts": (_texts, list),
    "text": (_as_is, str),
}
"""How each kind of value is read, and what it is in JSON."""


def opens_nothing(table: str) -> Mapping[str, bytes]:
    """Return values for a table's columns that open something: random, so that nothing fits them."""
    return {column: secrets.token_bytes(32) for name, column in SECRETS if name == table}
