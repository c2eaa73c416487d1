"""What the walls cost: dashboard queries under row-level security beside the same with a hand-written WHERE.

Twenty million ledger lines of a thousand districts stand in the real table with its indexes and policies; the
largest district has two million, the smallest a thousand. `BENCH_LINES` makes it smaller for a look.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tenants.database import Database
from tenants.scope import Scope
from tests.support.platform import CloneOfTemplate

LINES = int(os.environ.get("BENCH_LINES", "20000000"))
DISTRICTS, TOGETHER = 1_000, 60
SMALLEST = 1_000
TURNS, LEAST_SECONDS = 15, 2.0
"""Each query is asked at least so often, and for so long."""
LIMIT = 1.1
"""Times the hand-written WHERE."""
FIRST = 700_000
"""Id of the first district: away from those that anything else makes."""

BY_OBJECT = """SELECT left(object, 1), count(*), sum(amount_cents) FROM ledger_line
    WHERE {of} GROUP BY 1 ORDER BY 1"""
BY_FUND = "SELECT fund, sum(amount_cents) FROM ledger_line WHERE {of} AND fund = '01' GROUP BY fund"
PAGE = "SELECT * FROM ledger_line WHERE {of} AND line > 200 ORDER BY line LIMIT 50"
ONE_LINE = "SELECT * FROM ledger_line WHERE {of} AND line = 217"
DASHBOARD = {"by object": BY_OBJECT, "one fund": BY_FUND, "page of lines": PAGE, "one line": ONE_LINE}
ACROSS = """SELECT district_id, count(*), sum(amount_cents) FROM ledger_line
    WHERE {of} fund = '01' GROUP BY district_id ORDER BY district_id"""


def sizes() -> list[int]:
    """Return how many lines each district has, the largest first: a tenth of all for the first."""
    shape = [1 / (rank + 1) ** 0.82 for rank in range(DISTRICTS)]
    rest = LINES - LINES // 10 - SMALLEST
    middle = sum(shape[1:-1])
    return [
        LINES // 10,
        *(max(SMALLEST + 1, int(rest * weight / middle)) for weight in shape[1:-1]),
        SMALLEST,
    ]


@pytest.fixture
def filled(database: CloneOfTemplate) -> Iterator[tuple[CloneOfTemplate, sa.Engine]]:
    """Give the filled database, and an engine that meets no policy: the owner's, with FORCE lifted."""
    engine = sa.create_engine(sa.make_url(database.owner_url).set(drivername="postgresql+psycopg"))
    with database.owner() as owner:
        indexes = owner.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'ledger_line'"
            " AND indexname NOT LIKE 'pk%'"
        ).fetchall()
        # Left off while filling, and made again as the migrations have them; keys to other tables play no
        # part in reading.
        for name, _ in indexes:
            owner.execute(f"DROP INDEX {name}")  # type: ignore[arg-type]
        owner.execute(
            "ALTER TABLE ledger_line DROP CONSTRAINT pk_ledger_line,"
            " DROP CONSTRAINT fk_ledger_line_district_id,"
            " DROP CONSTRAINT fk_ledger_line_district_id_dataset_id, NO FORCE ROW LEVEL SECURITY"
        )
        owner.execute("CREATE TEMP TABLE size (district_id int, lines int)")
        with owner.cursor().copy("COPY size FROM STDIN") as copy:
            for number, lines in enumerate(sizes()):
                copy.write_row((FIRST + number, lines))
        # A district's years stand in files of at most 100,000 lines, the current year first; as in the files
        # that the state's software writes, lines stand in the order of their accounts.
        owner.execute(
            """INSERT INTO ledger_line (district_id, dataset_id, line, fund, resource, project_year, goal,
                function, object, amount_cents)
            SELECT district_id, district_id * 100 + year, line,
                CASE WHEN share < 0.7 THEN '01' ELSE lpad((8 + (share - 0.7) * 130)::int::text, 2, '0') END,
                lpad((floor(share * 90) * 110)::int::text, 4, '0'), '0',
                lpad((line % 13 * 1110 % 9999)::text, 4, '0'), lpad((line % 29 * 310 % 9999)::text, 4, '0'),
                lpad((1000 + (share * 90 - floor(share * 90)) * 7999)::int::text, 4, '0'),
                (line * 7919::bigint % 20000001) - 10000000
            FROM (
                SELECT district_id, (n - 1) / 100000 AS year, (n - 1) % 100000 + 1 AS line,
                    ((n - 1) % 100000)::float / least(100000, lines - (n - 1) / 100000 * 100000) AS share
                FROM size, generate_series(1, lines) n
            ) AS made"""
        )
        owner.execute(
            "ALTER TABLE ledger_line"
            " ADD CONSTRAINT pk_ledger_line PRIMARY KEY (district_id, dataset_id, line)"
        )
        for _, definition in indexes:
            owner.execute(definition)  # type: ignore[call-overload]
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE ledger_line"))
    yield database, engine
    engine.dispose()


def scope_of(*districts: int) -> Scope:
    """Return a scope that reads districts in every class of information."""
    return Scope(progress=districts, cabinet=districts, personnel=districts, small_group=districts)


def compare(
    app: Database,
    plain: sa.Engine,
    scope: Scope,
    guarded: str,
    written: str,
    values: dict[str, Any],
    *,
    processes: int = 1,
) -> tuple[float, float, float]:
    """Return the milliseconds under policies and without, and of beginning a bound transaction.

    Both are asked in turn and the quickest counts, because whatever else the machine does only adds to it;
    the answers must be the same. With one process both sides do all the work themselves: PostgreSQL expects
    ten districts behind a policy and so may plan one process where it plans three for a list that it reads,
    and on an idle machine that would be measured instead of the policies.
    """
    alone = sa.text(f"SET LOCAL max_parallel_workers_per_gather = {processes - 1}")
    with_, without, begun = [], [], []

    def guarded_turn() -> object:
        started = time.perf_counter()
        with app.transaction(scope) as session:
            session.connection()
            begun.append(time.perf_counter() - started)
            session.execute(alone)
            started = time.perf_counter()
            seen = session.execute(sa.text(guarded), values).all()
            with_.append(time.perf_counter() - started)
        return seen

    def written_turn() -> object:
        with plain.begin() as connection:
            connection.execute(alone)
            started = time.perf_counter()
            seen = connection.execute(sa.text(written), values).all()
            without.append(time.perf_counter() - started)
        return seen

    until = time.perf_counter() + LEAST_SECONDS
    turns = [guarded_turn, written_turn]
    while len(with_) < TURNS or time.perf_counter() < until:
        first, second = turns[0](), turns[1]()
        assert first == second
        assert first
        # Whoever comes second finds everything warm.
        turns.reverse()
    return tuple(1000 * min(each) for each in (with_, without, begun))  # type: ignore[return-value]


def test_cost_of_isolation(filled: tuple[CloneOfTemplate, sa.Engine], measured: Callable[..., None]) -> None:
    database, plain = filled
    app = database.app
    largest, smallest = FIRST, FIRST + DISTRICTS - 1
    with plain.begin() as connection:
        total = connection.execute(sa.text("SELECT count(*) FROM ledger_line")).scalar_one()
    measured("ledger lines, in millions", total / 1e6, "lines")
    of = "district_id = :d AND dataset_id = :s"
    for name, district in (("largest", largest), ("smallest", smallest)):
        for what, statement in DASHBOARD.items():
            values = {"d": district, "s": district * 100}
            asked = statement.format(of=of)
            guarded, written, _ = compare(app, plain, scope_of(district), asked, asked, values)
            measured(f"{name} district, {what}, hand-written", written, "ms")
            measured(f"{name} district, {what}, times that under policies", guarded / written, "times", LIMIT)
    # Whole districts, of many at once too; and a forgotten WHERE, where the policy alone chooses the rows.
    together = tuple(FIRST + 200 + 10 * number for number in range(TOGETHER))
    for name, districts in (("largest district", (largest,)), (f"{TOGETHER} districts", together)):
        values = {"ds": list(districts)}
        asked = ACROSS.format(of="district_id = ANY(:ds) AND")
        scope = scope_of(*districts)
        guarded, written, begun = compare(app, plain, scope, asked, asked, values)
        measured(f"{name}, all files, hand-written", written, "ms")
        measured(f"{name}, all files, times that under policies", guarded / written, "times", LIMIT)
        by_policy, written, _ = compare(app, plain, scope, ACROSS.format(of=""), asked, values)
        measured(f"{name}, all files, times that by policy alone", by_policy / written, "times")
        guarded, written, _ = compare(app, plain, scope, asked, asked, values, processes=3)
        measured(f"{name}, all files, as planned for three processes, times", guarded / written, "times")
    measured("beginning a transaction with its scope", begun, "ms")
    measured("round trips more for a transaction", round_trips(app, scope_of(largest)), "statements", 1)


def round_trips(app: Database, scope: Scope) -> int:
    """Return how many statements a transaction sends before its first own one."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    sa.event.listen(app.engine, "before_cursor_execute", note)
    try:
        with app.transaction(scope) as session:
            session.execute(sa.text("SELECT 1"))
    finally:
        sa.event.remove(app.engine, "before_cursor_execute", note)
    return len(sent) - 1
