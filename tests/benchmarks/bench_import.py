"""Import of a ledger of a million lines, beside a bare COPY of the same rows into a table without walls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from sqlalchemy import text

from tenants.files import FileStore
from tenants.scope import Scope
from tests.support import big_ledger
from tests.support.factories import make_district, make_member, scope_of
from tests.support.platform import CloneOfTemplate
from workers.imports.ledger.accept import accept

LINES = 1_000_000
ROOT = Path(__file__).parents[2]
COLUMNS = (
    "district_id, dataset_id, line, fund, resource, project_year, goal, function, object, school, "
    "amount_cents, flag"
)

CHILD = """
import json, resource, sys, time
from tenants.settings import Settings
from workers import runner
from workers.imports.ledger import job as reading, store
spent = {}
def timed(module, name):
    whole = getattr(module, name)
    def measure(*given, **named):
        begun = time.monotonic()
        try:
            return whole(*given, **named)
        finally:
            spent[name] = spent.get(name, 0) + time.monotonic() - begun
    setattr(module, name, measure)
timed(reading, "read")
timed(reading, "keep_dataset")
timed(store, "copy_lines")
begun = time.monotonic()
runner.execute(Settings.from_environment(), int(sys.argv[1]), int(sys.argv[2]))
print(json.dumps({
    "seconds": time.monotonic() - begun,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "spent": spent,
}))
"""


def run_job(database: CloneOfTemplate, job: int, district: int) -> dict[str, object]:
    """Run a job in a process of its own, as a worker does, and return what it took."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("APPORTION_", "DATABASE_"))
    } | database.settings.to_environment()
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(job), str(district)],
        check=True,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    found: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return found


def bare_copy(database: CloneOfTemplate, rows: Path) -> float:
    """Return the seconds of a COPY of the rows into a table with the same keys and indexes, no policies."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("CREATE TABLE bare_line (LIKE ledger_line INCLUDING ALL)")
        owner.execute("ALTER TABLE bare_line ADD FOREIGN KEY (district_id) REFERENCES organization (id)")
        owner.execute(
            "ALTER TABLE bare_line ADD FOREIGN KEY (district_id, dataset_id)"
            " REFERENCES dataset (district_id, id)"
        )
        owner.commit()
        begun = time.monotonic()
        with (
            rows.open("rb") as source,
            owner.cursor() as cursor,
            cursor.copy(f"COPY bare_line ({COLUMNS}) FROM STDIN") as sink,
        ):
            while block := source.read(1 << 20):
                sink.write(block)
        owner.commit()
        spent = time.monotonic() - begun
        owner.execute("DROP TABLE bare_line")
    return spent


def test_a_million_lines(database: CloneOfTemplate, measured: Callable[..., None]) -> None:
    district = make_district(database, cds_code=big_ledger.CDS)
    person = make_member(database, district, "CBO")
    with tempfile.TemporaryDirectory() as folder:
        path = big_ledger.write(Path(folder) / "ledger.dat", LINES)
        size = path.stat().st_size / 1e6
        begun = time.monotonic()
        with (
            path.open("rb") as stream,
            database.app.transaction(scope_of(database.app, person, district.id)) as session,
        ):
            files = FileStore(database.settings.files)
            load = accept(session, files, district.id, person.id, stream, path.name, {}).load_id
            job = session.execute(text("SELECT id FROM job WHERE kind = 'read_ledger'")).scalar_one()
        measured(f"upload of {size:.0f} MB: quarantine, digest, kept", time.monotonic() - begun, "s")
        took = run_job(database, job, district.id)
        rows = Path(folder) / "rows"
        with database.app.transaction(Scope.for_upkeep(district.id)) as session:
            state = session.execute(
                text("SELECT state, layout FROM ledger_load WHERE id = :id"), {"id": load}
            ).one()
            assert tuple(state) == ("ready", "sacs-export"), state
            driver = session.connection().connection.driver_connection
            wanted = f"COPY (SELECT {COLUMNS} FROM ledger_line ORDER BY line) TO STDOUT"
            with rows.open("wb") as sink, driver.cursor() as cursor, cursor.copy(wanted) as copy:
                for block in copy:
                    sink.write(block)
        with rows.open("rb") as written:
            assert sum(1 for _ in written) == LINES
        bare = min(bare_copy(database, rows) for _ in range(2))
    for name, seconds in took["spent"].items():
        measured(f"  import, in {name}", seconds, "s")
    measured("import of 1,000,000 lines, stored file to rows", took["seconds"], "s")
    measured("bare COPY of the same rows, same keys, no policies", bare, "s")
    measured("import in bare COPYs", took["seconds"] / bare, "times", 1.5)
    measured("memory of the import", took["megabytes"], "MB", 1024)
