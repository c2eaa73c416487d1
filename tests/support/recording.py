"""A watch over an application under test: whoever changes a district's rows leaves an entry in its record.

A folder of tests whose `conftest.py` puts the watch on walks its routes under it.
What counts is what was committed: a refused request changes nothing and records nothing.
"""

from __future__ import annotations

import re
from typing import Any

import flask
import sqlalchemy as sa
from flask import Flask

from tenants import schema
from tenants.base import information_class

UNRECORDED: dict[str, str] = {
    "board.ask": "a board member, who writes nothing else here; the question with its author is the record",
    "cohorts.nudge": "stands in the facilitator's own record: it changes nothing in the district",
    "plan.try_passage": "shows a passage as its reader would see it; nothing is kept",
    "sharing.send_comment": "a reader without an account; the conversation itself is the record",
    "sharing.find_comment": "a reader without an account who looks for the own comment",
    "sharing.withdraw": "a reader without an account; kept in the conversation's own record",
}
"""Routes that change something and leave no entry in the district's record, each with its reason."""

_WRITE = re.compile(
    r'^\s*(?:WITH .*?\)\s*)?(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE | re.DOTALL
)
_OWN = {name for name, table in schema.Base.metadata.tables.items() if information_class(table)}
_OWN |= {"membership", "invitation", "engagement", "cohort_member"}
_OWN -= {"audit_entry", "audit_head", "api_request"}
"""Tables whose change is an act; the record itself and a program's repeated answer are none."""


def watch(app: Flask) -> None:
    """Fail a request to a district's route that changed rows and left no entry."""
    engine = app.extensions["apportion"].database.engine

    def seen(conn: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        found = _WRITE.match(statement)
        if found and cursor.rowcount:
            conn.info.setdefault("written", []).append(found.group(2))

    def committed(conn: Any) -> None:
        written = conn.info.pop("written", [])
        if flask.has_request_context():
            flask.g.setdefault("written", []).extend(written)

    def forgotten(conn: Any) -> None:
        conn.info.pop("written", None)

    sa.event.listen(engine, "after_cursor_execute", seen)
    sa.event.listen(engine, "commit", committed)
    sa.event.listen(engine, "rollback", forgotten)

    @app.after_request
    def compare(answer: flask.Response) -> flask.Response:
        request = flask.request
        if request.method in {"GET", "HEAD", "OPTIONS"} or "district_id" not in (request.view_args or {}):
            return answer
        written = flask.g.get("written", [])
        changed = sorted(set(written) & _OWN)
        if request.endpoint not in UNRECORDED and changed and "audit_entry" not in written:
            raise AssertionError(
                f"{request.method} {request.path} changed {changed} and left no entry in the record"
            )
        return answer
