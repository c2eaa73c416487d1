"""The only module that opens connections. Every transaction begins by binding a scope, or nothing.

The binding hangs on the engine's `begin` event: one call for each transaction, Core and Session alike, none
for a savepoint. Settings are local to the transaction, so a pooled connection never remembers the last scope.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from tenants import scope as scopes
from tenants.scope import Scope

STATEMENT_TIMEOUT_SECONDS = 60
LOCK_TIMEOUT_SECONDS = 10

_NAMES = tuple(Scope.nobody().settings())
_BIND = text(
    "SELECT "
    + ", ".join(f"set_config('{name}', :{name.partition('.')[2]}, true)" for name in _NAMES)
    + ", set_config('role', :role, true)"
)
_ENGAGED = {
    "progress": scopes.LEVEL_PROGRESS,
    "cabinet": scopes.LEVEL_READER,
    "published": scopes.LEVEL_READER,
}
"""The arrays that a facilitator may carry, and the engagement level that each needs."""
_OPEN = (
    "lookup_engaged(CAST(:engaged_person AS bigint), CAST(:engaged_organization AS int),"
    " CAST({} AS int[]), {})"
)
_CHECKED = {
    **{name: _OPEN.format(f":{name}", level) + "::text" for name, level in _ENGAGED.items()},
    **dict.fromkeys(("staff", "personnel", "small_group", "confidential", "board", "principal"), "'{}'"),
    "organizations": (
        "(CAST(:engaged_organization AS int) || "
        + _OPEN.format(":organizations", scopes.LEVEL_PROGRESS)
        + ")::text"
    ),
    "district": (
        "coalesce(("
        + _OPEN.format("array_remove(ARRAY[CAST(nullif(:district, '') AS int)], NULL)", scopes.LEVEL_COACH)
        + ")[1]::text, '')"
    ),
}
"""What the database makes of a facilitator's reach at each begin: what is engaged today, and no more."""
_BIND_ENGAGED = text(
    "SELECT "
    + ", ".join(
        f"set_config('{name}', {_CHECKED.get(short, f':{short}')}, true)"
        for name in _NAMES
        for short in (name.partition(".")[2],)
    )
    + ", set_config('role', :role, true)"
)

_READ_ONLY = text("SET TRANSACTION READ ONLY")

_SELF = """
    SELECT r.rolsuper, r.rolbypassrls,
        (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relowner = r.oid AND n.nspname !~ '^pg_(temp|toast)') AS owned,
        (SELECT array_agg(v.rolname::text) FROM pg_catalog.pg_roles v
         WHERE pg_catalog.pg_has_role(r.oid, v.oid, 'MEMBER') AND v.oid <> r.oid) AS memberships,
        (SELECT count(*) FROM pg_catalog.pg_roles v
         WHERE (v.rolsuper OR v.rolbypassrls) AND pg_catalog.pg_has_role(r.oid, v.oid, 'MEMBER')) AS strong,
        (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND pg_catalog.pg_has_role(r.oid, c.relowner, 'MEMBER')) AS reachable
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""


class UnsafeRoleError(RuntimeError):
    """The role could go around row-level security; the platform refuses to serve with it."""

    loggable = True


class Database:
    """A pool of connections of one role.

    Args:
        url: libpq or SQLAlchemy address of the role app, dispatcher or mail; never of the owner. Behind a
            pooler that lends a connection for a transaction, it ends with `?prepare_threshold=none`: nothing
            is prepared that the next transaction would look for on another connection.
        pool_size: Connections kept open; as many again may be opened for a moment.
        statement_timeout: Seconds after which PostgreSQL ends a statement; imports ask for more.
    """

    def __init__(
        self, url: str, *, pool_size: int = 10, statement_timeout: float = STATEMENT_TIMEOUT_SECONDS
    ) -> None:
        given_url = make_url(url).set(drivername="postgresql+psycopg")
        self.url = given_url.difference_update_query(["prepare_threshold"])
        pooled = given_url.query.get("prepare_threshold") == "none"
        self._entered: dict[str, str] = {}
        self._checked = False
        self._check_lock = threading.Lock()
        timeouts = (
            f"-c statement_timeout={int(statement_timeout * 1000)} "
            f"-c lock_timeout={LOCK_TIMEOUT_SECONDS * 1000} "
            "-c idle_in_transaction_session_timeout=900000"
        )
        given = self.url.query.get("options", "")
        self.engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            connect_args={
                "options": f"{given} {timeouts}".strip(),
                "application_name": "apportion",
                **({"prepare_threshold": None} if pooled else {}),
            },
            # Database texts may carry another person's values; they stay out of messages.
            hide_parameters=True,
        )
        event.listen(self.engine, "connect", self._check)
        event.listen(self.engine, "begin", self._bind)

    @contextlib.contextmanager
    def transaction(self, scope: Scope | None, *, snapshot: bool = False) -> Iterator[Session]:
        """Open one transaction bound to `scope` (None: to nothing), committed at the end, undone on an error.

        A Session serves one scope and is closed with it: its cache never meets another. With `snapshot`, all
        its statements see the database as it was at its beginning.
        """
        engine = self.engine.execution_options(isolation_level="REPEATABLE READ") if snapshot else self.engine
        with scopes.acting(scope), Session(engine, expire_on_commit=False) as session, session.begin():
            session.connection()
            yield session

    @contextlib.contextmanager
    def connection(self, scope: Scope | None) -> Iterator[Connection]:
        """Open one transaction without the ORM, for COPY and for roles other than the application's."""
        with scopes.acting(scope), self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def listening(self, channel: str) -> Iterator[Callable[[float], None]]:
        """Listen to a channel on a connection of its own, which no transaction ever uses.

        Gives a function that waits until something was notified, or for so many seconds.
        """
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        with contextlib.closing(connection):
            connection.rollback()
            connection.autocommit = True
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

            def wait(seconds: float) -> None:
                for _ in connection.notifies(timeout=seconds, stop_after=1):
                    pass

            yield wait

    def check(self) -> None:
        """Connect once, so that a role that could go around the policies is refused at start-up.

        Raises:
            UnsafeRoleError: The role is a superuser, may bypass policies, or owns or could own a table.
        """
        with self.engine.connect():
            return

    def close(self) -> None:
        """Close all connections of the pool."""
        self.engine.dispose()

    def _check(self, connection: Any, _record: Any) -> None:
        with self._check_lock:
            if self._checked:
                return
            with connection.cursor() as cursor:
                superuser, bypasses, owned, memberships, strong, reachable = cursor.execute(_SELF).fetchone()
            connection.rollback()
            if superuser or bypasses or owned or strong or reachable:
                raise UnsafeRoleError(
                    f"The database role {self.url.username!r} could go around row-level security (superuser, "
                    "BYPASSRLS, or owner of a table). Use the application's role; "
                    "`apportion database url --role app` prints its address."
                )
            self._entered = {
                role: name
                for role in (scopes.VISITOR, scopes.CLOSING, scopes.SUPPORT)
                for name in memberships or ()
                if name.startswith(f"apportion_{role}_")
            }
            self._checked = True

    def _bind(self, connection: Connection) -> None:
        scope = scopes.current()
        if scope.read_only:
            # PostgreSQL lets nothing in the transaction take this back.
            connection.execute(_READ_ONLY)
        values = {name.partition(".")[2]: value for name, value in scope.settings().items()}
        role = "none"
        entered = scopes.SUPPORT if scope.support_grant is not None else scope.role
        if entered in {scopes.VISITOR, scopes.CLOSING, scopes.SUPPORT}:
            if entered not in self._entered:
                raise UnsafeRoleError(
                    f"This database role can't become the role {entered}; run `apportion migrate`."
                )
            role = self._entered[entered]
        if scope.role not in scopes.FACILITATOR_ROLES:
            connection.execute(_BIND, {**values, "role": role})
            return
        # An engagement may have ended since the scope was worked out: the database asks again, in this one
        # statement.
        asks = {"engaged_person": scope.person_id, "engaged_organization": scope.organization_id}
        needed = {name: value for name, value in values.items() if _CHECKED.get(name) != "'{}'"}
        connection.execute(_BIND_ENGAGED, {**needed, **asks, "role": role})
