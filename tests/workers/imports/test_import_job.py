"""From an upload to rows: quarantine, the job, walls, replacing, the same file twice."""

import io
import time

import pytest
from sqlalchemy import text

from tenants.files import FileStore
from tenants.scope import Scope, resolve
from tests.support.factories import make_district, make_member
from tests.support.work import wait, working
from workers import runner
from workers.imports.ledger import source
from workers.imports.ledger.accept import accept, accept_upload
from workers.imports.ledger.findings import RefusedFileError

CDS = "99111110000000"
ROWS = [
    ("0100000000000008011", "1000.00"),
    ("0100000111010001100", "600.25"),
    ("0100000000000009791", "100.00"),
]


def export(rows=ROWS, ada="900.50", year="2024-25", cds=CDS, column="BB"):
    lines = [f'"{year}","{cds}","BS1","{column}"', *(f'"{a}","{m}","I"' for a, m in rows)]
    lines.append(f'"-1","EOD","{cds}","BS1","{column}","{len(rows)}"')
    lines += [f'"{year}","{cds}","BS1","{column}","ELEMENT"', f'"A.DIST.REG.ADA.P2","{ada}"']
    lines.append(f'"-1","EOD","{cds}","BS1","{column}","1"')
    lines.append(f'"-1","EOF","{cds}","{len(lines) + 1}","",""')
    return ("\r\n".join(lines) + "\r\n").encode()


@pytest.fixture
def work(database, redis):
    with working(database, redis) as made:
        yield made


@pytest.fixture
def district(work):
    made = make_district(work.copy, cds_code=CDS)
    made_person = make_member(work.copy, made, "CBO")
    return made.id, made_person.id


def upload(work, district, content, name="ledger.dat", **expected):
    number, person = district
    scope = resolve(work.copy.app, person, number, number)
    with work.copy.app.transaction(scope) as session:
        return accept_upload(
            session, FileStore(work.settings.files), number, person, io.BytesIO(content), name, expected
        )


def run_open(work, district):
    for row in work.rows(district[0], "SELECT id FROM job WHERE kind = 'read_ledger' AND state = 'waiting'"):
        runner.execute(work.settings, row["id"], district[0])


def load_of(work, district, load_id):
    (row,) = work.rows(district[0], "SELECT * FROM ledger_load WHERE id = :id", id=load_id)
    return row


def kept(work):
    return (
        [path for path in work.settings.files.rglob("*") if path.is_file()]
        if work.settings.files.exists()
        else []
    )


def test_a_ledger_comes_in_whole(work, district):
    load_id = upload(work, district, export())
    run_open(work, district)
    load = load_of(work, district, load_id)
    assert load["state"] == "ready", load["report"]
    assert load["layout"] == "sacs-export"
    (dataset,) = work.rows(district[0], "SELECT * FROM dataset")
    assert (dataset["fiscal_year"], dataset["period"], dataset["column_code"]) == ("2024-25", "BS1", "BB")
    assert dataset["control"]["funds"]["01"]["expenditures_and_uses"] == "600.25"
    lines = work.rows(district[0], "SELECT * FROM ledger_line ORDER BY line")
    assert [(row["line"], row["amount_cents"], row["flag"]) for row in lines] == [
        (2, 100_000, "I"),
        (3, 60_025, "I"),
        (4, 10_000, "I"),
    ]
    assert (lines[1]["fund"], lines[1]["resource"], lines[1]["goal"]) == ("01", "0000", "1110")
    assert lines[0]["school"] == ""
    (ada,) = work.rows(district[0], "SELECT * FROM attendance_figure")
    assert (ada["fiscal_year"], str(ada["ada"]), ada["source"]) == ("2024-25", "900.50", "element")
    jobs = work.rows(district[0], "SELECT kind, state FROM job ORDER BY id")
    assert [row["kind"] for row in jobs] == ["read_ledger", "run_analyses"]
    assert jobs[0]["state"] == "done"


def test_the_same_file_twice_is_recognized(work, district):
    first = upload(work, district, export())
    assert upload(work, district, export(), "other-name.dat") == first
    run_open(work, district)
    assert upload(work, district, export()) == first
    scope = resolve(work.copy.app, district[1], district[0], district[0])
    with work.copy.app.transaction(scope) as session:
        again = accept(
            session, FileStore(work.settings.files), *district, io.BytesIO(export()), "ledger.dat", {}
        )
    assert (again.load_id, again.known) == (first, True)
    assert len(kept(work)) == 1


def test_pairs_are_compared_with_the_districts_official_files(work, district):
    """An own import file after an official one: what the state has not seen is told once for each rule."""
    checked = export(column="BE", year="2023-24").decode().splitlines()[:-1]
    head = f'"2023-24","{CDS}","BS1","BE","TRCLOG"'
    log = [
        f'"{rule}","*","*","*","","","","","F","P","","","0","0.0","0.0","0"'
        for rule in ("CHK-FUNDxOBJECT", "CHK-FUNDxRESOURCE")
    ]
    lines = [*checked, head, *log, f'"-1","EOD","{CDS}","BS1","BE","2"']
    lines.append(f'"-1","EOF","{CDS}","{len(lines) + 1}","",""')
    upload(work, district, ("\r\n".join(lines) + "\r\n").encode(), "official.dat")
    run_open(work, district)
    (official,) = work.rows(district[0], "SELECT control FROM dataset")
    assert official["control"]["state_log"] == {"passed": 2, "exceptions": 0, "pairs": []}
    odd = [*ROWS, ("0191230111010004300", "5.00"), ("1300000000000008011", "7.00")]
    load_id = upload(work, district, export(odd), "next.dat")
    run_open(work, district)
    load = load_of(work, district, load_id)
    assert load["state"] == "refused"
    (local,) = [one for one in load["report"]["findings"] if one["rule"] == "CHK-RS-LOCAL-DEFINED"]
    assert (local["line"], local["found"]) == (5, "9123")
    odd[-2] = ("0190100111010004300", "5.00")
    load_id = upload(work, district, export(odd), "mended.dat")
    run_open(work, district)
    assert load_of(work, district, load_id)["state"] == "ready"
    told = work.rows(
        district[0],
        "SELECT rule, line, severity, message FROM dataset_finding WHERE expected LIKE 'pairs that%'"
        " ORDER BY rule",
    )
    assert {one["severity"] for one in told} == {"information"}
    assert [(one["rule"], one["line"]) for one in told][:4] == [
        ("CHK-FUNCTIONxOBJECT", 5),
        ("CHK-FUNDxFUNCTION-B", 6),
        ("CHK-FUNDxGOAL", 6),
        ("CHK-FUNDxOBJECT", 5),
    ]
    assert told[3]["message"]["values"]["pairs"] == "01/4300, 13/8011"


def test_a_refused_file_leaves_findings_and_no_rows(work, district):
    load_id = upload(work, district, export().replace(b'"600.25"', b'"6oo.25"'))
    run_open(work, district)
    load = load_of(work, district, load_id)
    assert load["state"] == "refused"
    (fault,) = [one for one in load["report"]["findings"] if one["rule"] == "AMOUNT-TEXT"]
    assert (fault["line"], fault["found"], fault["proposed_cents"]) == (3, "6oo.25", 60_025)
    (stored,) = work.rows(district[0], "SELECT * FROM dataset_finding WHERE severity = 'fatal'")
    assert (stored["rule"], stored["line"]) == ("AMOUNT-TEXT", 3)
    assert not work.rows(district[0], "SELECT * FROM dataset")
    assert not work.rows(district[0], "SELECT * FROM ledger_line")


def test_another_districts_file_is_refused_by_its_code(work, district):
    load_id = upload(work, district, export(cds="99222220000000"))
    run_open(work, district)
    load = load_of(work, district, load_id)
    assert load["state"] == "refused"
    assert [one["rule"] for one in load["report"]["findings"]] == ["OTHER-DISTRICT"]


def test_replacing_supersedes_and_the_same_rows_replace_nothing(work, district):
    upload(work, district, export())
    run_open(work, district)
    upload(work, district, export(ada="901.00"))
    run_open(work, district)
    assert [row["state"] for row in work.rows(district[0], "SELECT state FROM dataset")] == ["ready"]
    upload(work, district, export([*ROWS[:2], (ROWS[2][0], "101.00")]))
    run_open(work, district)
    old, new = work.rows(district[0], "SELECT * FROM dataset ORDER BY id")
    assert (old["state"], old["superseded_by"], new["state"]) == ("superseded", new["id"], "ready")
    assert len(work.rows(district[0], "SELECT * FROM ledger_line")) == 6


def test_a_year_that_does_not_begin_where_the_loaded_one_ended_is_pointed_out(work, district):
    actuals = (
        export([("010000000000000979Z", "90.00")], year="2023-24")
        .replace(b'"BS1"', b'"A"')
        .replace(b'"BB"', b'"BA"')
    )
    upload(work, district, actuals, "actuals.dat")
    upload(work, district, export(column="BE"), "estimates.dat")
    run_open(work, district)
    found = work.rows(district[0], "SELECT * FROM dataset_finding WHERE rule LIKE 'PY-EFB%' ORDER BY rule")
    assert [(row["severity"], row["found"], row["expected"]) for row in found] == [
        ("warning", "100.00", "90.00")
    ] * 2
    assert len(work.rows(district[0], "SELECT * FROM dataset WHERE state = 'ready'")) == 2


def test_pupils_are_refused_before_anything_is_kept(work, district):
    for content in (
        b"Student Name,Grade,Amount\nAna,3,5.00\n",
        b"Fund,Amount,Date of Birth\n01,5.00,2015-03-04\n",
        b"First Name,Last Name,School\nAna,Lopez,12\n",
        "\n".join(
            ["Who,When,Amount", *(f"x,{n % 12 + 1}/3/{2008 + n % 9},1.00" for n in range(30))]
        ).encode(),
    ):
        with pytest.raises(RefusedFileError) as refusal:
            upload(work, district, content, "table.csv")
        assert refusal.value.finding.rule == "PUPIL-DATA"
        assert "Ana" not in str(refusal.value.finding)
    assert not kept(work)
    assert not work.rows(district[0], "SELECT * FROM source_file")


def test_payees_and_employees_are_a_ledgers_own_and_become_personnel(work, district):
    number, person = district
    content = (
        b"Account,Amount,Employee Name,Description,Paid on\n"
        b'01-0000-0-1110-1000-1100,600.25,"Lee, Kim",Salary,2024-09-01\n'
        b"01-0000-0-1110-1000-4300,5.00,Paper Store,Paper,2024-09-02\n"
    )
    load_id = upload(work, district, content, "own.csv")
    run_open(work, district)
    load = load_of(work, district, load_id)
    assert load["state"] == "needs_mapping"
    assert load["report"]["needs_mapping"]["headings"][0] == "Account"
    scope = resolve(work.copy.app, person, number, number)
    with work.copy.app.transaction(scope) as session:
        mapping = (
            '{"columns": {"account": "Account", "amount": "Amount", "party": "Employee Name",'
            ' "description": "Description"}, "values": {"fiscal_year": "2024-25",'
            ' "period": "BS1", "column": "BB"}}'
        )
        session.execute(
            text(
                "insert into column_mapping (district_id, name, signature, mapping, created_by)"
                " values (:d, 'own', :s, cast(:m as jsonb), :p)"
            ),
            {"d": number, "s": load["report"]["needs_mapping"]["signature"], "m": mapping, "p": person},
        )
    more = content + b"01-0000-0-1110-1000-4300,6.00,Paper Store,Paper,2024-09-03\n"
    upload(work, district, more, "next.csv", fiscal_year="2024-25", period="BS1", column="BB")
    run_open(work, district)
    details = work.rows(number, "SELECT * FROM ledger_line_detail ORDER BY line")
    assert (details[0]["party"], details[0]["description"]) == ("Lee, Kim", "Salary")
    other = make_member(work.copy, type("D", (), {"id": number, "name": "x"})(), "SUP")
    with work.copy.app.transaction(resolve(work.copy.app, other.id, number, number)) as session:
        assert session.execute(text("select count(*) from ledger_line")).scalar() == 3
        assert session.execute(text("select count(*) from ledger_line_detail")).scalar() == 0


def test_an_upload_that_never_ends_is_stopped(work, district, monkeypatch):
    monkeypatch.setattr(source, "LARGEST_FILE", 3_000_000)

    class Endless:
        sent = 0

        def read(self, size=-1):
            self.sent += size
            return b"x" * size

    stream = Endless()
    scope = resolve(work.copy.app, district[1], district[0], district[0])
    with work.copy.app.transaction(scope) as session, pytest.raises(RefusedFileError) as refusal:
        accept_upload(session, FileStore(work.settings.files), *district, stream, "huge.csv", {})
    assert refusal.value.finding.rule == "FILE-TOO-LARGE"
    assert stream.sent < 6_000_000
    assert not kept(work)


def test_a_neighbour_sees_nothing(work, district):
    upload(work, district, export())
    run_open(work, district)
    neighbour = make_district(work.copy)
    stranger = make_member(work.copy, neighbour, "CBO")
    with work.copy.app.transaction(
        resolve(work.copy.app, stranger.id, neighbour.id, neighbour.id)
    ) as session:
        for table in (
            "source_file",
            "ledger_load",
            "dataset",
            "ledger_line",
            "dataset_element",
            "dataset_finding",
        ):
            assert session.execute(text(f"select count(*) from {table}")).scalar() == 0, table


def test_a_worker_killed_in_the_middle_leaves_no_rows_and_starts_again(work, district, tmp_path):
    load_id = upload(work, district, export())
    once = tmp_path / "killed"
    work.dispatcher()
    work.worker("heavy", fault="ledger_rows", once=str(once))
    wait(once.exists, 40, lambda: "the worker was not killed")
    assert not work.rows(district[0], "SELECT * FROM ledger_line")
    assert not work.rows(district[0], "SELECT * FROM dataset")
    work.worker("heavy")
    wait(
        lambda: load_of(work, district, load_id)["state"] == "ready",
        60,
        lambda: str(load_of(work, district, load_id)),
    )
    assert len(work.rows(district[0], "SELECT * FROM ledger_line")) == 3
    assert len(work.rows(district[0], "SELECT * FROM dataset")) == 1
    time.sleep(0.1)
    with work.copy.app.transaction(Scope.for_upkeep(district[0])) as session:
        (starts,) = session.execute(text("select attempt from job where kind = 'read_ledger'")).one()
    assert starts >= 2
