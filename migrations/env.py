"""Runs migrations in one connection that `tenants.installation` (or a test) hands over.

The names of the database's roles come along in `config.attributes["roles"]`, because roles belong to the
whole server and carry the database's name.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

ADVISORY_LOCK = 7_240_117_001
"""Two set-ups at once take turns."""


def run(connection: Connection) -> None:
    """Migrate; give up a lock quickly rather than queue up in front of people at work."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    try:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SET statement_timeout = '10min'"))
        connection.commit()
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database: use `apportion migrate`.")
given = context.config.attributes.get("connection")
if given is None:
    raise SystemExit("Migrations are run by `apportion migrate`, which knows the roles.")
run(given)
