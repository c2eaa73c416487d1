"""No word of a district becomes a formula in a spreadsheet: every file that leaves is asked for and read."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
from inspect import ismodule
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select, text

from apportion.proof import rows as rows_of
from apportion.routing import routes
from reports import spreadsheets
from tenants import audit
from tenants.files import FileStore
from tenants.records.plans import PlanVersion
from tenants.scope import Scope, resolve_visitor
from tests.support import factories, forms, walking
from tests.support.filings import account
from tests.support.ledgers import small_export, store
from tests.support.published import published
from workers import studies
from workers.account import archive
from workers.comments import conversation
from workers.comments.texts import Posting

ROOT = Path(__file__).parents[2]
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
HOSTILE = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\uff1d1+1", "\uff20A1")
WORDS = "=HYPERLINK(1);=1+1"
WRITERS = re.compile(
    r"csv\.(writer|DictWriter)|xlsxwriter|openpyxl\.Workbook|to_csv|to_excel|text/csv.*open\("
)
LIVING = re.compile(r"=(?:ROUND|MAX|MIN|IF|'[^'|!]+'!|[A-Z]{1,3}[0-9]+|[-+*/(),=.0-9])+")
"""A formula of the book that computes: cells, numbers, four functions, and no call of anything outside."""
DISTRICT = "/d/<int:district_id>"
VERSION = "/versions/<int:version_id>/plan"
PEOPLE = ("position", "student", "protected_count")
NO_TABLE = {
    f"{DISTRICT}/data/loads/<int:load_id>/file": "what the district loaded, byte for byte",
    f"{DISTRICT}/comments/appendix": "a page",
    f"{DISTRICT}/plan{VERSION}-<edition>.pdf": "a print",
    f"/api/v1/districts/<int:district_id>{VERSION}-<edition>.pdf": "a print",
    f"{DISTRICT}/plan{VERSION}.json": "JSON",
    f"{DISTRICT}/settings/leaving": "a page",
    f"{DISTRICT}/settings/leaving/archives/<int:request_id>": "an archive; see the last test",
}
"""Exports that are no table of ours, and what they are."""


@pytest.mark.parametrize("words", HOSTILE)
def test_what_begins_a_formula_gets_an_apostrophe(words):
    assert spreadsheets.harmless(words) == "'" + words


def test_numbers_and_plain_words_stay_what_they_are():
    for words in ("-12.50", "+3", "7", "plain - text", "a@b.example", "1=1", "", "'quoted"):
        assert spreadsheets.harmless(words) == words
    assert spreadsheets.csv_record([-12.5, 3, None, "-4", "a"]) == '-12.5,3,"","-4","a"\r\n'
    # Where semicolons, tabs or bars separate cells, a cell begins behind each of them.
    assert spreadsheets.harmless("a;=1+1|  @b\n-c") == "a;'=1+1|  '@b\n'-c"
    (read,) = csv.reader(io.StringIO(spreadsheets.csv_record(['x",=1', "y\n=2"])))
    assert read == ['x",=1', "y\n'=2"]


def test_a_workbook_holds_texts_and_numbers_and_no_formula():
    book = spreadsheets.workbook(
        lambda sheet: [sheet.put(row, 0, cell) for row, cell in enumerate([*HOSTILE[:4], -1.5])]
    )
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert [cell.value for (cell,) in sheet] == [*("'" + words for words in HOSTILE[:4]), -1.5]
    assert {cell.data_type for (cell,) in sheet} == {"s", "n"}


def test_no_other_module_writes_tables():
    found = set()
    for room in ("platform/apportion", "workers", "reports", "tenants"):
        for path in (ROOT / room).rglob("*.py"):
            if "node_modules" not in path.parts and WRITERS.search(path.read_text(encoding="utf-8")):
                found.add(str(path.relative_to(ROOT)))
    assert found == {"reports/spreadsheets.py"}


@pytest.fixture
def hostile(database):
    """Give a district in whose every word a formula stands, and its official."""
    plan = published(database, WORDS)
    district, official = plan.district, plan.official
    files = FileStore(database.settings.files)
    rows = [(account("0000", "8011"), "900000.00"), (account("0000", "1100", "1000"), "700000.50")]
    rows += [(account("0000", "9791"), "60000.00"), (account("0000", "9789"), "159999.50")]
    store(database.app, files, district.id, official.id, WORDS, small_export(rows, ada="900.00"))
    acting = factories.scope_of(database.app, official)
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        session.execute(
            text(
                "insert into ledger_line_detail (district_id, dataset_id, line, description, party)"
                " select district_id, dataset_id, line, :words, :words from ledger_line"
            ),
            {"words": WORDS},
        )
        run = studies.answer(session, district.id, "three_year_outlook")
        result = session.scalar(text("select result from run where id = :run"), {"run": run})
    for table in result["tables"].values():
        for said in (table["caption"], table["rows"][0]["label"], table["columns"][0]["label"]):
            said["text"] = WORDS
    changed = json.dumps(result).replace("'", "''").replace("%", "%%")
    factories.behind_the_walls(database, "run", f"update run set result = '{changed}' where id = {run}")
    _say(database, plan)
    with database.app.transaction(acting) as session:
        audit.append(session, acting, "ledger:load", WORDS, note=WORDS)
    people = {table for table in rows_of.DISTRICT_TABLES if table.startswith(PEOPLE)}
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        parents = {"organization": [{"id": district.id}], "person": [{"id": official.id}]}
        rows_of.fill(session, WORDS, parents, but=frozenset(rows_of.DISTRICT_TABLES) - people)
    factories.behind_the_walls(database, "person", f"update person set name = '{WORDS}'")
    return plan, sorted(result["tables"])[0]


def _say(database, plan):
    scope = resolve_visitor(database.app, plan.token)
    posting = Posting(text=WORDS, language="en", name=WORDS, block_id=plan.document.sections[1].blocks[0].id)
    with database.app.transaction(scope) as session:
        version = session.scalars(select(PlanVersion)).one()
        conversation.post_public(session, scope, version, plan.document, posting, secret="s" * 40)


def cells(answer):
    """Return every cell of a table that an answer holds as CSV or workbook; None where it is no table."""
    kind = answer.headers.get("Content-Type", "") + answer.headers.get("Content-Disposition", "")
    if "csv" in kind or "tab-separated" in kind:
        return [cell for row in csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))) for cell in row]
    if "spreadsheet" in kind or "xls" in kind:
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        found = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
        for cell in found:
            assert cell.data_type != "f" or LIVING.fullmatch(cell.value), f"a formula: {cell.value}"
        return [cell.value for cell in found if isinstance(cell.value, str) and cell.data_type != "f"]
    return None


def leaves(app, route):
    """Say whether a route may give a table: by its permission, its path, or what its module can write."""
    given = vars(sys.modules[app.view_functions[route.endpoint].__module__])
    reached = [
        *given.values(),
        *(each for one in given.values() if ismodule(one) for each in vars(one).values()),
    ]
    return "GET" in route.methods and (
        route.permission.endswith(":export")
        or "<kind>" in route.path
        or any(getattr(each, "__module__", "") == "reports.spreadsheets" for each in reached)
    )


def test_every_table_that_leaves_holds_no_formula(app, client, redis, database, hostile):
    plan, table = hostile
    forms.sign_in(client, plan.official.address)
    given = {**walking.FIXED, "district_id": plan.district.id, "key": table}
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        for name, of in walking.TABLES.items():
            if of != "cohort":
                given[name] = session.scalar(text(f'select max(id) from "{of}"'))
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    read = {}
    for route in routes(app):
        if not leaves(app, route) or route.path in NO_TABLE:
            continue
        for kind in ("csv", "xlsx") if "<kind>" in route.path else ("",):
            # An argument without a sample is a KeyError here: name one in tests/support/walking.py.
            names = {name: given[name] for name in rules[route.endpoint].arguments - {"kind"}}
            _, path = rules[route.endpoint].build({**names, "kind": kind}, append_unknown=False)
            answer = client.get(path, buffered=True)
            found = cells(answer) if answer.status_code == 200 else None
            if found is not None:
                read[path] = found
            elif route.permission.endswith(":export") and "<kind>" not in route.path:
                pytest.fail(f"{path}: {answer.status_code}, and no table: name it in NO_TABLE with a reason")
            answer.close()
    for path, found in read.items():
        assert any(cell.startswith("'=HYPERLINK(1)") for cell in found), f"{path} holds no word of theirs"
        for cell in found:
            for part in cell.split(";"):
                assert not part.strip().startswith(tuple(SIGNS)) or _number(part), f"{path}: {cell}"
    assert {path.rpartition("/")[2] for path in read} == {
        *(
            "comments.csv",
            "lines.csv",
            "record.csv",
            "positions.csv",
            "protected.csv",
            f"{table}.csv",
            f"{table}.xlsx",
            "workbook.xlsx",
        ),
    }


def _number(words):
    try:
        float(words)
    except ValueError:
        return False
    return True


def test_the_archive_of_an_account_holds_no_table_of_a_spreadsheet(database, hostile, tmp_path):
    plan, _ = hostile
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        manifest = archive.write(
            session,
            FileStore(database.settings.files),
            database.settings,
            tmp_path / "account.zip",
            district_id=plan.district.id,
            written_at=dt.datetime.now(dt.UTC).isoformat(),
            personnel=True,
            small_group=True,
        )
    assert {Path(one["path"]).suffix for one in manifest["tables"]} == {".jsonl"}
