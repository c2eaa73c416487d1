"""Positions and counts of students: what comes in, what is refused and why, and who may know it."""

import datetime as dt
import io
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from tenants.files import FileStore
from tenants.records.people_data import PositionLoad
from tenants.scope import Scope, resolve
from tests.support.factories import make_district, make_member
from workers import runner
from workers.imports.ledger.findings import Findings, RefusedFileError
from workers.imports.people import fields, quarantine, sheet
from workers.imports.people.accept import accept_positions, accept_students, name_columns
from workers.imports.people.positions import read_positions
from workers.imports.people.protected import Earlier, protect_counts
from workers.imports.people.students import read_counts

POSITIONS = """Position,Title,Site,Site name,Group,Retirement,FTE,Vacant,Resource,Goal,Percent,Notice group
P1,Teacher,1001,Oak,certificated,STRS,1.0,no,0000,1110,60,March 15
P1,Teacher,1001,Oak,certificated,STRS,1.0,no,3010,1110,40,March 15
P2,Aide,1001,Oak,classified,PERS,0.75,yes,6500,5760,100,
P3,Bus driver,0000,District,classified,PERS,0.5,,0723,0000,,
Total,,1001,,,,1.75,,,,,
Total,,,,,,2.25,,,,,
"""
NAMED = """Position,FTE,Resource,Employee name,Base pay,Step,Column,Leaving date
P1,1.0,0000,"Doe, Jane","$82,450.00",7,III,6/30/2026
P2,0.5,0000,,,,,
"""
COUNTS = """Year,School,School name,Grade,Group,Students
2025-26,1001,Oak,K,all,40
2025-26,1001,Oak,1,all,38
2025-26,1001,Oak,Total,all,78
2025-26,1002,Elm,K,all,7
2025-26,1002,Elm,1,all,31
2025-26,1001,Oak,K,EL,20
2025-26,1001,Oak,1,EL,18
2025-26,1002,Elm,1,EL,15
2025-26,Total,,Total,all,116
2024-25,1001,Oak,K,all,44
"""

SAME = "the same as on the position's first row"
CLASSES = "STRS, PERS, Social Security, alternative or other"


def bigger(text_of_file):
    return text_of_file.replace("0.75", "0.85").replace("1.75", "1.85").replace("2.25", "2.35")


TODAY = dt.date(2026, 11, 26)


def read_here(tmp_path, kind, content, fiscal_year="2026-27"):
    """Read a file without a database; return what came of it and the rules that spoke."""
    path = tmp_path / "file.csv"
    path.write_text(content)
    found = Findings()
    table = sheet.one_table(path, found)
    columns = {one.field: table.headings[one.column] for one in fields.guesses(kind, table.headings, {})}
    frame = sheet.frame_of(table, columns)
    if kind == "positions":
        read = read_positions(frame, found, fiscal_year=fiscal_year, stated=None)
    else:
        read = read_counts(kind, frame, found, fiscal_year=None)
    return read, {(one.rule, one.line, one.found, one.expected) for one in found.listed()}


class Bench:
    """A district whose people load files; jobs run here and now."""

    def __init__(self, copy):
        self.copy = copy
        self.organization = make_district(copy)
        self.district = self.organization.id
        self.people = {}

    def scope(self, role):
        if role not in self.people:
            self.people[role] = make_member(self.copy, self.organization, role).id
        return resolve(self.copy.app, self.people[role], self.district, self.district)

    def load(self, content, role="HR", students=False, **expected):
        scope, taken = self.scope(role), accept_students if students else accept_positions
        with self.copy.app.transaction(scope) as session:
            stream = io.BytesIO(content.encode())
            files = FileStore(self.copy.settings.files)
            found = taken(session, files, self.district, scope.person_id, stream, "file.csv", expected)
        self.run()
        return found

    def run(self):
        for job in self.rows("select id from job where state = 'waiting'"):
            runner.execute(self.copy.settings, job["id"], self.district)

    def rows(self, query, role="upkeep"):
        scope = Scope.for_upkeep(self.district) if role == "upkeep" else self.scope(role)
        with self.copy.app.transaction(scope) as session:
            return [dict(row) for row in session.execute(text(query)).mappings()]

    def rules(self, table="position_load"):
        report = self.rows(f"select report from {table} order by id desc limit 1")[0]["report"]
        return {(one["rule"], one["line"], one["found"], one["expected"]) for one in report["findings"]}

    def kept(self):
        return FileStore(self.copy.settings.files).keys(self.district)


@pytest.fixture
def bench(shared_database):
    return Bench(shared_database)


def test_positions_come_in_with_their_parts_and_foot(bench):
    first = bench.load(POSITIONS, fiscal_year="2026-27", total_fte="2.25")
    assert bench.rules() == set()
    (held,) = bench.rows("select * from position_set")
    assert (held["fiscal_year"], held["positions"], str(held["fte"]), held["named"]) == (
        *("2026-27", 3, "2.2500"),
        False,
    )
    positions = bench.rows("select code, vacant, member_class, fte from position order by line")
    assert [(one["code"], one["vacant"], one["member_class"]) for one in positions] == [
        ("P1", False, "strs"),
        ("P2", True, "pers"),
        ("P3", False, "pers"),
    ]
    shares = bench.rows("select position_line, sum(share) s, count(*) n from position_funding group by 1")
    assert {(str(one["s"]), one["n"]) for one in shares} == {("1.000000", 2), ("1.000000", 1)}
    assert bench.kept() == [], "the file stays after it was read"
    again = bench.load(POSITIONS, fiscal_year="2026-27", total_fte="2.25")
    assert again.known
    assert again.load_id == first.load_id
    assert bench.kept() == []


def test_a_new_file_of_the_year_supersedes_and_the_same_rows_do_not(bench):
    bench.load(POSITIONS, fiscal_year="2026-27")
    bench.load(POSITIONS + "\n", fiscal_year="2026-27")
    assert len(bench.rows("select id from position_set")) == 1
    bench.load(bigger(POSITIONS), fiscal_year="2026-27")
    assert [one["state"] for one in bench.rows("select state from position_set order by id")] == [
        "superseded",
        "ready",
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("3010,1110,40", "3010,1110,39.5", ("SPLIT-SUM", 2, "99.5", "100")),
        ("Total,,,,,,2.25", "Total,,,,,,2.5", ("FTE-TOTAL", 7, "2.2500", "2.5000")),
        ("Total,,1001,,,,1.75", "Total,,1001,,,,1.5", ("FTE-TOTAL", 6, "1.7500", "1.5000")),
        ("1.0,no,3010", "0.9,no,3010", ("POSITION-DISAGREES", 3, "0.9000", SAME)),
        ("0.75,yes", "x,yes", ("FTE-FORM", 4, "x", "a number such as 0.6")),
        ("PERS,0.75", "ABC,0.75", ("MEMBER-CLASS", 4, "ABC", CLASSES)),
        ("yes,6500", "perhaps,6500", ("VACANT", 4, "perhaps", "yes or no")),
        (",6500,", ",650,", ("RESOURCE-FORM", 4, "650", "four digits")),
    ],
)
def test_positions_that_do_not_foot_or_read_are_named(tmp_path, old, new, rule):
    assert old in POSITIONS
    read, rules = read_here(tmp_path, "positions", POSITIONS.replace(old, new))
    assert rule in rules
    assert read is None


def test_of_a_file_that_does_not_foot_nothing_is_saved(bench):
    bench.load(POSITIONS.replace("3010,1110,40", "3010,1110,39.5"), fiscal_year="2026-27")
    assert bench.rules() == {("SPLIT-SUM", 2, "99.5", "100")}
    assert bench.rows("select id from position_set") == []
    assert bench.rows("select line from position") == []
    assert bench.kept() == []


def test_the_stated_staffing_total_and_the_year_are_held_against_the_file(bench):
    bench.load(POSITIONS, total_fte="3")
    assert {rule for rule, *_ in bench.rules()} == {"FTE-TOTAL", "YEAR-MISSING"}


def test_names_and_pay_are_for_human_resources_alone(bench):
    with pytest.raises(RefusedFileError) as refused:
        bench.load(NAMED, "CBO", fiscal_year="2026-27")
    assert refused.value.finding.rule == "NAMES-AND-PAY"
    assert "Jane" not in str(refused.value.finding)
    assert bench.kept() == []
    bench.load(NAMED, "HR", fiscal_year="2026-27")
    (one,) = bench.rows("select * from position_person", "CBO")
    assert (one["employee"], one["pay_cents"], one["step"], str(one["leaving_on"])) == (
        *("Doe, Jane", 8_245_000, "7"),
        "2026-06-30",
    )
    for role in ("SUP", "CAO", "SED"):
        assert bench.rows("select * from position_person", role) == []
        assert len(bench.rows("select * from position", role)) == 2
    for role in ("PRI", "BRD", "COM"):
        assert bench.rows("select * from position", role) == []


def test_findings_repeat_no_pay(bench):
    bench.load(NAMED.replace("$82,450.00", "82450 a year"), "HR", fiscal_year="2026-27")
    assert bench.rules() == {("PAY-FORM", 2, "–", "an amount")}
    assert "82450" not in str(bench.rows("select report from position_load"))


@pytest.mark.parametrize("heading", ["SSN", "Date of birth", "Student name", "DOB"])
def test_positions_with_birth_dates_or_pupils_are_refused(tmp_path, heading):
    path = tmp_path / "file.csv"
    path.write_text(NAMED.replace("Leaving date", heading))
    with pytest.raises(RefusedFileError):
        quarantine.look_at_positions(path, TODAY, names=True)


def test_counts_come_in_by_year_and_small_groups_are_protected(bench):
    bench.load(COUNTS, "CAO", students=True)
    assert bench.rules("student_load") == set()
    sets = bench.rows("select fiscal_year, kind, state from student_set order by fiscal_year")
    assert [one["fiscal_year"] for one in sets] == ["2024-25", "2025-26"]
    query = "select sum(students) n from student_count where student_group = 'all'"
    assert bench.rows(query, "CBO")[0]["n"] == 160
    for role in ("SUP", "HR", "PRI", "BRD"):
        assert bench.rows("select * from student_count", role) == []
        assert bench.rows("select * from student_load", role) == []
    told = {
        (one["school"], one["grade"], one["student_group"]): (one["shown"], one["students"])
        for one in bench.rows(
            "select p.* from protected_count p join student_set s on s.id = p.set_id"
            " where s.fiscal_year = '2025-26'",
            "PRI",
        )
    }
    assert told["1002", "K", "all"] == ("fewer", None)
    # Neither the school's sum nor the grade's gives the seven back.
    known = [told["1002", "1", "all"], told["1002", "*", "all"]]
    assert not all(shown == "count" for shown, _ in known)
    assert told["*", "*", "all"] == ("count", 116)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("Oak,Total,all,78", "Oak,Total,all,79", ("COUNT-TOTAL", 4, "78", "79")),
        (",,Total,all,116", ",,Total,all,120", ("COUNT-TOTAL", 10, "116", "120")),
        ("Elm,1,EL,15", "Elm,1,EL,35", ("GROUP-TOO-LARGE", 9, "35", "31")),
        ("Oak,1,all,38", "Oak,13,all,38", ("GRADE", 3, "13", "TK, K, 1–12, UE, US")),
        ("Oak,1,all,38", "Oak,K,all,38", ("COUNT-TWICE", 3, "1001", "each count once")),
        ("Oak,K,all,44", "Oak,K,all,4*", ("COUNT-FORM", 11, "4*", "a whole number")),
        ("2024-25,1001", "2024-26,1001", ("YEAR", 11, "2024-26", "a fiscal year")),
    ],
)
def test_counts_that_do_not_foot_are_named(tmp_path, old, new, rule):
    assert old in COUNTS
    read, rules = read_here(tmp_path, "enrollment", COUNTS.replace(old, new))
    assert rule in rules
    assert read == []


PUPILS = [
    "Year,School,Grade,Students,Student name\n" + "2025-26,1,K,1,A\n" * 6,
    "Year,School,Grade,Students,First Name\n2025-26,1,K,1,A\n",
    "Year,School,Grade,Students,Nombre\n2025-26,1,K,1,A\n",
    "Year,School,Grade,Students,SSID\n2025-26,1,K,1,1\n",
    "Year,School,Grade,Students,Birth date\n2025-26,1,K,1,1\n",
    "Year,School,Grade,Students,Who\n"
    + "".join(f"2025-26,1,K,1,{n}\n" for n in ("Ana", "Bo", "Cy", "Di", "Ed")),
    "Year,School,Grade,Students,X\n" + '2025-26,1,K,1,"Doe, Jane"\n' * 6,
    "Year,School,Grade,Students,X\n" + "".join(f"2025-26,1,K,1,{n}\n" for n in range(1234567890, 1234567897)),
    "Year,School,Grade,Students,X\n"
    + "".join(f"2025-26,1,K,1,{year}-03-1{year % 9}\n" for year in range(2008, 2020)),
]


@pytest.mark.parametrize("content", PUPILS, ids=range(len(PUPILS)))
def test_records_of_pupils_are_refused(tmp_path, content):
    path = tmp_path / "file.csv"
    path.write_text(content)
    with pytest.raises(RefusedFileError) as refused:
        quarantine.look_for_pupils(path, TODAY)
    assert refused.value.finding.rule == "PUPIL-DATA"


def test_of_records_of_pupils_nothing_is_kept(bench):
    with pytest.raises(RefusedFileError):
        bench.load(PUPILS[0], "CAO", students=True)
    assert bench.kept() == []
    assert bench.rows("select id from student_load") == []


def test_unduplicated_pupils_and_attendance_come_in_and_foot(bench):
    bench.load(
        "Census year,School,Total enrollment,Unduplicated pupil count\n2025-26,1,100,60\n2025-26,2,50,20\n"
        "2025-26,Total,150,80\n",
        "CAO",
        students=True,
    )
    assert bench.rules("student_load") == set()
    bench.load(
        "Year,Certification,Grade span,ADA\n2025-26,P-2,TK-3,300.5\n2025-26,P-2,4-6,200.25\n"
        "2025-26,P-2,TK,40\n2025-26,P-2,Total,500.75\n",
        "CAO",
        students=True,
    )
    assert bench.rules("student_load") == set()
    ada = bench.rows("select span, ada from attendance_count order by ada")
    assert [(one["span"], str(one["ada"])) for one in ada] == [
        ("TK", "40.00"),
        ("4-6", "200.25"),
        ("TK-3", "300.50"),
    ]
    kinds = {one["kind"] for one in bench.rows("select kind from student_set")}
    assert kinds == {"unduplicated", "attendance"}
    bench.load(
        "Year,Certification,Grade span,ADA\n2025-26,P-1,TK-3,300.5\n2025-26,P-1,Total,300.6\n",
        "CAO",
        students=True,
    )
    assert bench.rules("student_load") == {("ADA-TOTAL", 3, "300.50", "300.60")}


def test_columns_that_nobody_knows_are_asked_for_and_remembered(bench):
    strange = POSITIONS.replace("Position,", "Slot,").replace("FTE", "Load").replace("Resource", "Purse")
    bench.load(strange, fiscal_year="2026-27")
    (load,) = bench.rows("select id, state, report from position_load")
    assert load["state"] == "needs_mapping"
    places = load["report"]["needs_mapping"]["headings"]
    assert str(places.index("Slot")) not in load["report"]["needs_mapping"]["samples"]
    scope = bench.scope("HR")
    columns = {"position": "Slot", "fte": "Load", "resource": "Purse", "percent": "Percent", "site": "Site"}
    with bench.copy.app.transaction(scope) as session:
        found = session.get(PositionLoad, (bench.district, load["id"]))
        name_columns(session, found, columns, scope.person_id)
    bench.run()
    assert bench.rows("select state from position_load")[0]["state"] == "ready", bench.rules()
    bench.load(bigger(strange), fiscal_year="2027-28")
    assert [one["fiscal_year"] for one in bench.rows("select fiscal_year from position_set order by 1")] == [
        "2026-27",
        "2027-28",
    ]


def test_the_described_layouts_name_every_field():
    described = (Path(__file__).parents[3] / "docs" / "layouts.md").read_text()
    sections = described.split("\n## ")[1:]
    for kind, section in zip(fields.LAYOUTS, sections, strict=False):
        rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
        told = {name.strip(" *") for row in rows[1:] for name in row.split(",")}
        needed = {row.strip(" *") for row in rows if row.strip().endswith("*")}
        assert told == set(fields.LAYOUTS[kind].headings), kind
        assert needed == set(fields.LAYOUTS[kind].needed), kind


def counts(*rows):
    return pd.DataFrame(rows, columns=["school", "grade", "student_group", "students"])


def test_a_group_is_shown_only_where_those_outside_of_it_may_be_known_too():
    rows = counts(
        *(("A", "K", "all", 60), ("B", "K", "all", 60), ("C", "K", "all", 60)),
        *(("A", "K", "foster", 57), ("B", "K", "foster", 30), ("C", "K", "foster", 25)),
    )
    told = protect_counts(rows)
    # Three in A are not in the group: fifty-seven would say so.
    assert told["A", "*", "foster"].students is None
    known = [told[school, "*", "foster"].shown for school in ("B", "C", "*")]
    assert known.count("count") < 3, "the sum gives it back"


def test_an_earlier_load_of_the_year_does_not_give_a_small_group_back():
    first = counts(("A", "K", "all", 40), ("A", "1", "all", 30), ("B", "K", "all", 50), ("B", "1", "all", 20))
    published = protect_counts(first)
    assert all(shape.shown == "count" for shape in published.values())
    second = counts(("A", "K", "all", 40), ("A", "1", "all", 7), ("B", "K", "all", 50), ("B", "1", "all", 20))
    told = protect_counts(second, [Earlier(first, published)])
    assert told["A", "1", "all"].shown == "fewer"
    # Everything else is known from before, so that no sum with the seven in it may be told.
    for place in (("A", "*", "all"), ("*", "1", "all"), ("*", "*", "all")):
        assert told[place].students is None, place
