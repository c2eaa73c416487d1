"""Pages 9 to 11: load and reconcile, map columns, data set, and what each role may do there."""

import csv
import html
import io
import re

import openpyxl
import pytest
from sqlalchemy import text

from tenants.scope import Scope
from tests.support.acting import acting
from tests.support.factories import make_district, make_member
from workers import runner

CDS = "99333330000000"
ROWS = [
    ("0100000000000008011", "1000.00"),
    ("0100000111010001100", "600.25"),
    ("0165005576011201100", "-20.00"),
    ("0100000000000009791", "100.00"),
]


def export(rows=ROWS, cds=CDS):
    lines = [f'"2024-25","{cds}","BS1","BB"', *(f'"{a}","{m}","I"' for a, m in rows)]
    lines.append(f'"-1","EOD","{cds}","BS1","BB","{len(rows)}"')
    lines.append(f'"-1","EOF","{cds}","{len(lines) + 1}","",""')
    return ("\r\n".join(lines) + "\r\n").encode()


class Place:
    def __init__(self, app, database, cds=CDS):
        self.app, self.database = app, database
        self.district = make_district(database, cds_code=cds)
        self.base = f"/d/{self.district.id}/data"
        self.cbo = self.member("CBO")

    def member(self, role, **options):
        return acting(self.app, self.database, make_member(self.database, self.district, role, **options))

    def upload(self, *files, who=None, **fields):
        data = {"files": [(io.BytesIO(content), name) for content, name in files], **fields}
        return (who or self.cbo).post(f"{self.base}/loads", data=data, content_type="multipart/form-data")

    def rows(self, query, **values):
        with self.database.app.transaction(Scope.for_upkeep(self.district.id)) as session:
            return [dict(row) for row in session.execute(text(query), values).mappings()]

    def work(self):
        for job in self.rows("select id from job where kind = 'read_ledger' and state = 'waiting'"):
            runner.execute(self.database.settings, job["id"], self.district.id)

    def loaded(self, content=None, name="ledger.dat", **said):
        answer = self.upload((content or export(), name), **said)
        assert answer.status_code == 302, words(answer)
        self.work()
        return int(re.search(r"/loads/(\d+)", answer.headers["Location"])[1])

    def dataset(self):
        return self.rows("select * from dataset where state = 'ready'")[0]


@pytest.fixture
def place(app, database):
    return Place(app, database)


def words(page):
    bare = re.sub(r"<(script|style).*?</\1>", "", page.get_data(as_text=True), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def test_an_empty_district_is_asked_for_its_ledger(place):
    page = words(place.cbo.get(place.base))
    assert "Load the ledger that your district filed" in page
    assert "Nothing is loaded yet" in page


def test_a_load_shows_progress_then_control_first(place):
    answer = place.upload((export(), "ledger.dat"))
    address = answer.headers["Location"]
    reading = place.cbo.get(address)
    assert "ledger.dat is being read" in words(reading)
    assert 'hx-trigger="every 1s"' in reading.get_data(as_text=True)
    place.work()
    fragment = place.cbo.get(address, headers={"HX-Request": "true"})
    assert fragment.headers["HX-Refresh"] == "true"
    page = words(place.cbo.get(address))
    assert "Your ledger is in: 4 rows, none dropped" in page
    assert page.index("Your total, our total") < page.index("OBJ-POSITIVE")
    assert "The file counts 4 records of this data set; 4 were read." in page
    assert "7 lines in the file: 4 ledger rows, 1 headers, 2 counting records" in page


def test_the_difference_is_shown_with_rows_that_explain_it_and_certification_waits(place):
    load_id = place.loaded()
    dataset_id = place.dataset()["id"]
    form = {"dataset": dataset_id, "fund": "01", "expenditures_and_uses": "600.25", "revenues": "$1,000.00"}
    answer = place.cbo.post(f"{place.base}/loads/{load_id}/control", data=form)
    page = words(place.cbo.get(answer.headers["Location"]))
    assert "differ by $20.00" in page
    assert "Row 4 has just this amount" in page
    assert "Certify becomes available when the difference is 0.00" in page
    place.cbo.post(f"{place.base}/sets/{dataset_id}/certify")
    assert place.dataset()["certified_at"] is None
    form["expenditures_and_uses"] = "580.25"
    answer = place.cbo.post(f"{place.base}/loads/{load_id}/control", data=form)
    assert "Your ledger foots to the cent" in words(place.cbo.get(answer.headers["Location"]))
    place.cbo.post(f"{place.base}/sets/{dataset_id}/certify")
    assert place.dataset()["certified_at"] is not None
    assert "These numbers were certified" in words(place.cbo.get(f"{place.base}/loads/{load_id}"))


def test_each_cent_of_a_difference_leads_to_its_rows(place):
    """What a report may leave out, add, turn or round: told by name, and opening the rows."""
    more = [
        ("0130100111010004300", "37.00"),
        ("0130100111010005800", "12.00"),
        ("1700000000000008660", "5.00"),
    ]
    load_id = place.loaded(export([*ROWS, *more]))
    dataset_id = place.dataset()["id"]
    address = f"{place.base}/loads/{load_id}"

    def explained(**typed):
        form = {"dataset": dataset_id, "fund": "01", **typed}
        answer = place.cbo.post(f"{address}/control", data=form)
        page = place.cbo.get(answer.headers["Location"]).get_data(as_text=True)
        return html.unescape(re.search(r'<aside class="cents".*?</aside>', page, re.S)[0])

    uses = 629_25
    for ours_less_typed, said, opens in (
        (49_00, "Resource 3010 makes just this", "resource=3010"),
        (37_00, "Row 6 has just this amount", "after=5"),
        (17_00, "Rows 4 and 6 make it together", "after=3"),
        (-12_00, "does your report count it twice", "after=6"),
        (24_00, "Row 7 has half of it: is its sign right?", "after=6"),
        (25, "Your report is in whole dollars", ""),
        (-63_00, "Two digits stand in turned order: 692.25 and 629.25", ""),
    ):
        aside = explained(expenditures_and_uses=f"{(uses - ours_less_typed) / 100:.2f}")
        assert said in aside, (ours_less_typed, aside)
        assert opens in aside
    aside = explained(revenues="1005.00", expenditures_and_uses="629.25")
    assert "Your report counts fund 17 too" in aside
    assert "fund=17" in aside
    rows = place.cbo.get(f"{place.base}/sets/{dataset_id}?after=5").get_data(as_text=True)
    assert 'id="row-6"' in rows, "the row that an explanation names is the first of its page"
    aside = explained(revenues="1000.00", expenditures_and_uses="500.11")
    assert "Nothing that we know makes the 129.14" in " ".join(re.sub(r"<[^>]+>", " ", aside).split())


def test_a_control_total_typed_with_the_file_is_compared(place):
    assert "no amount" in words(place.upload((export(), "ledger.dat"), control_total="much"))
    answer = place.upload((export(), "ledger.dat"), control_total="1,680.00")
    place.work()
    page = words(place.cbo.get(answer.headers["Location"]))
    assert "you typed 1,680.00, we read 1,680.25; the difference is 0.25" in page
    assert "Certify becomes available when the file's total equals yours; they differ by 0.25." in page


def test_a_typed_total_that_is_no_amount_comes_back_with_its_sentence(place):
    load_id = place.loaded()
    form = {"dataset": place.dataset()["id"], "fund": "01", "revenues": "a lot"}
    answer = place.cbo.post(f"{place.base}/loads/{load_id}/control", data=form)
    assert answer.status_code == 422
    assert "a lot is no amount. Write it as 1,234.56." in words(answer)


def test_text_in_a_money_column_has_a_proposed_reading_that_a_person_accepts(place):
    load_id = place.loaded(export([ROWS[0], (ROWS[1][0], "6OO.25"), ROWS[3]]))
    page = words(place.cbo.get(f"{place.base}/loads/{load_id}"))
    assert "Your ledger can be read once you settle one row" in page
    assert "01-0000-0-1110-1000-1100 6 O O .25 The amount is not a number" in page
    place.cbo.post(f"{place.base}/loads/{load_id}/readings", data={})
    place.work()
    page = words(place.cbo.get(f"{place.base}/loads/{load_id}"))
    assert "3 rows, none dropped" in page
    assert "One amount was read as you accepted it." in page
    assert place.rows("select amount_cents from ledger_line where line = 3")[0]["amount_cents"] == 60_025


def test_a_file_that_is_no_ledger_says_why_at_once(place):
    answer = place.upload((b"%PDF-1.7", "ledger.csv"))
    assert answer.status_code == 422
    assert "This is a PDF, whatever its name says." in words(answer)
    answer = place.upload((b"Student Name,Grade\nAna,3\n", "kids.csv"))
    assert "The column Student Name seems to hold pupils" in words(answer)
    assert place.rows("select count(*) as n from source_file")[0]["n"] == 0


def test_several_files_at_once_and_the_same_file_again(place):
    other = export().replace(b"2024-25", b"2023-24")
    answer = place.upload((export(), "a.dat"), (other, "b.dat"))
    assert answer.headers["Location"].endswith("/data")
    place.work()
    page = words(place.cbo.get(place.base))
    assert "2 data sets are current, the newest for 2024-25" in page
    again = place.upload((export(), "again.dat"))
    assert "/loads/" in again.headers["Location"]
    assert place.rows("select count(*) as n from ledger_load")[0]["n"] == 2


TABLE = (
    b"Fd,Res,Goal,Func,Obj,Net Amount,Memo\n"
    b"01,0000,0000,0000,8011,1000.00,x\n"
    b"01,0000,1110,1000,1100,600.25,=1+1\n"
)
ORDER = ("fund", "resource", "goal", "function", "object", "amount", "description")


def test_columns_are_guessed_named_once_and_a_changed_order_is_caught(place):
    load_id = place.loaded(TABLE, "own.csv")
    address = f"{place.base}/loads/{load_id}/columns"
    assert place.cbo.get(f"{place.base}/loads/{load_id}").headers["Location"].endswith("/columns")
    page = place.cbo.get(address)
    assert "columns; please look at them" in words(page)
    assert '<option value="fund" selected>' in page.get_data(as_text=True)
    form = {f"column-{place_}": field for place_, field in enumerate(ORDER)}
    lacking = place.cbo.post(address, data=form)
    assert lacking.status_code == 422
    assert "Still missing: Fiscal year, Reporting period, Column of the report" in words(lacking)
    doubled = place.cbo.post(address, data={**form, "column-1": "fund"})
    assert "Two columns are named Fund" in words(doubled)
    form |= {"value-fiscal_year": "2024-25", "value-period": "BS1", "value-column": "BB", "delimiter": ","}
    place.cbo.post(address, data=form)
    place.work()
    page = words(place.cbo.get(f"{place.base}/loads/{load_id}"))
    assert "Your ledger is in: 2 rows, none dropped" in page
    assert "Type the totals of your control report first" in page
    longer = TABLE + b"01,0000,1110,1000,1200,5.00,y\n"
    next_id = place.loaded(longer, "ledger 2025-26.csv")
    page = place.cbo.get(f"{place.base}/loads/{next_id}/columns")
    assert "We know these columns from “Our accounting system”; say which year and report" in words(page)
    assert 'value="2025-26"' in page.get_data(as_text=True), "the year that the file's name holds"
    assert len(place.rows("select id from dataset")) == 1, "never last year's year by itself"
    said = {"fiscal_year": "2025-26", "period": "BS1", "column": "BB"}
    named = place.loaded(longer + b"01,0000,1110,1000,1300,6.00,z\n", "next.csv", **said)
    assert "4 rows, none dropped" in words(place.cbo.get(f"{place.base}/loads/{named}"))
    years = place.rows("select fiscal_year from dataset where state = 'ready' order by 1")
    assert [one["fiscal_year"] for one in years] == ["2024-25", "2025-26"]
    swapped = b"Res,Fd" + TABLE[6:]
    third = place.loaded(swapped, "swapped.csv")
    page = words(place.cbo.get(f"{place.base}/loads/{third}/columns"))
    assert "These are the columns of “Our accounting system” in another order" in page


def test_a_way_of_writing_is_guessed_and_a_refused_table_is_named_anew(place):
    table = (
        b"Fd,Res,Goal,Func,Obj,Net Amount,Memo\n"
        b'01,0000,0000,0000,8011,"1,000.00",x\n01,0000,1110,1000,1100,"(600.25)",y\nTotal,,,,,399.75,\n'
    )
    load_id = place.loaded(table, "own.csv")
    address = f"{place.base}/loads/{load_id}/columns"
    page = place.cbo.get(address).get_data(as_text=True)
    assert '<option value="parentheses" selected>' in page
    assert '<option value="," selected>a comma' in page
    form = {f"column-{number}": field for number, field in enumerate(ORDER)}
    form |= {"value-fiscal_year": "2024-25", "value-period": "BS1", "value-column": "BB", "delimiter": ","}
    form |= {"thousands": ",", "negatives": "parentheses"}
    place.cbo.post(address, data=form)
    place.work()
    refused = place.cbo.get(f"{place.base}/loads/{load_id}")
    assert "This row states a total and is no ledger line." in words(refused)
    assert "Name the columns anew" in words(refused)
    assert place.rows("select id from dataset") == []
    assert "as saved" in words(place.cbo.get(address))
    place.cbo.post(address, data={**form, "total_rows": "1"})
    place.work()
    page = words(place.cbo.get(f"{place.base}/loads/{load_id}"))
    assert "2 rows, none dropped" in page
    assert "Show the row that was set aside" in page
    assert "Total, , , , , 399.75," in page


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_the_sheet_of_a_workbook_is_chosen_and_remembered(place):
    ledger = [line.split(",") for line in TABLE.decode().replace("=1+1", "y").splitlines()]
    staff = [["Bargaining unit", "Positions"], ["Teachers", "40"]]
    notes = [["Printed in June"]]
    load_id = place.loaded(workbook(Notes=notes, Staff=staff, Ledger=ledger), "book.xlsx")
    address = f"{place.base}/loads/{load_id}/columns"
    page = words(place.cbo.get(address))
    assert "Columns of the sheet Ledger" in page, "the one that looks like a ledger is proposed"
    assert "Staff 1 Bargaining unit · Positions Teachers · 40 Choose" in page
    assert "Notes 1 No row of headings" in page
    other = place.cbo.get(address, query_string={"sheet": "Staff"})
    assert "Columns of the sheet Staff" in words(other)
    form = {f"column-{number}": field for number, field in enumerate(ORDER)}
    form |= {"value-fiscal_year": "2024-25", "value-period": "BS1", "value-column": "BB", "sheet": "Ledger"}
    assert place.cbo.post(address, data=form).status_code == 302
    place.work()
    assert "2 rows, none dropped" in words(place.cbo.get(f"{place.base}/loads/{load_id}"))
    said = {"fiscal_year": "2025-26", "period": "BS1", "column": "BB"}
    renamed = workbook(Contents=notes, Ledger26=[*ledger, ["01", "0000", "1110", "1000", "1200", 5, "z"]])
    next_id = place.loaded(renamed, "next.xlsx", **said)
    assert "3 rows, none dropped" in words(place.cbo.get(f"{place.base}/loads/{next_id}"))


def test_rows_are_filtered_in_a_sentence_and_paged_by_key(place):
    many = [(f"01000001110{1000 + number:04d}1100", f"{number}.00") for number in range(1000, 1250)]
    place.loaded(export(many))
    dataset = place.dataset()
    address = f"{place.base}/sets/{dataset['id']}"
    page = place.cbo.get(address, query_string={"function": "2000-2099", "object": "1100"})
    assert "100 rows make" in words(page)
    assert "Showing functions 2000 to 2099, object 1100." in words(page)
    first = place.cbo.get(address).get_data(as_text=True)
    seen = set(re.findall(r'<th scope="row" class="num">.*?>(\d+)<', first))
    assert len(seen) == 100
    page = first
    for _ in range(2):
        page = place.cbo.get(html.unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])).get_data(
            as_text=True
        )
        seen |= set(re.findall(r'<th scope="row" class="num">.*?>(\d+)<', page))
    assert len(seen) == 250
    assert 'rel="next"' not in page
    back = place.cbo.get(html.unescape(re.search(r'rel="prev" href="([^"]+)"', page)[1])).get_data(
        as_text=True
    )
    assert re.findall(r'<th scope="row" class="num">.*?>(\d+)<', back)[0] == "102"
    assert "A filter is a code such as 01" in words(place.cbo.get(address, query_string={"fund": "; drop"}))


def test_the_download_holds_the_rows_and_no_formula(place):
    load_id = place.loaded(TABLE, "own.csv")
    form = {f"column-{place_}": field for place_, field in enumerate(ORDER)}
    form |= {"value-fiscal_year": "2024-25", "value-period": "BS1", "value-column": "BB", "delimiter": ","}
    place.cbo.post(f"{place.base}/loads/{load_id}/columns", data=form)
    place.work()
    answer = place.cbo.get(f"{place.base}/sets/{place.dataset()['id']}/lines.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    (head, first, second) = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    assert head[-2:] == ["description", "party"]
    assert first[1:3] == ["01", "0000"]
    assert second[head.index("amount")] == "600.25"
    assert second[head.index("description")] == "'=1+1"
    kept = place.cbo.get(f"{place.base}/loads/{load_id}/file", buffered=True)
    assert kept.get_data() == TABLE
    kept.close()


def test_replacing_shows_what_it_affects_and_compares(place):
    place.loaded()
    load_id = place.loaded(export([ROWS[0], (ROWS[1][0], "650.25"), *ROWS[2:]]))
    page = words(place.cbo.get(f"{place.base}/loads/{load_id}"))
    assert "This load replaced the 2024-25 budget" in page
    dataset = place.dataset()
    page = words(place.cbo.get(f"{place.base}/sets/{dataset['id']}?compare=1"))
    assert "One account differs from the load before" in page
    assert "01-0000-0-1110-1000-1100 600.25 650.25 50.00" in page


def test_withdrawing(place):
    place.loaded()
    dataset = place.dataset()
    place.cbo.post(f"{place.base}/sets/{dataset['id']}/withdraw")
    assert place.rows("select state from dataset") == [{"state": "withdrawn"}]
    assert "withdrawn" in words(place.cbo.get(f"{place.base}/sets/{dataset['id']}"))


def test_who_may_do_what(place):
    load_id = place.loaded()
    dataset_id = place.dataset()["id"]
    superintendent, board = place.member("SUP"), place.member("BRD")
    assert superintendent.get(f"{place.base}/loads/{load_id}").status_code == 200
    assert place.upload((export(), "x.dat"), who=superintendent).status_code == 403
    assert superintendent.post(f"{place.base}/sets/{dataset_id}/certify").status_code == 403
    assert superintendent.get(f"{place.base}/sets/{dataset_id}/lines.csv").status_code == 403
    assert board.get(place.base).status_code == 403
    assert board.get(f"{place.base}/sets/{dataset_id}").status_code == 403


def test_a_neighbour_gets_the_answer_of_what_does_not_exist(place, app, database):
    load_id = place.loaded()
    dataset_id = place.dataset()["id"]
    neighbour = Place(app, database, "99444440000000")
    for kind, number in (("loads", load_id), ("sets", dataset_id)):
        foreign = neighbour.cbo.get(f"{neighbour.base}/{kind}/{number}")
        unknown = neighbour.cbo.get(f"{neighbour.base}/{kind}/999999999")
        assert (foreign.status_code, unknown.status_code) == (404, 404)
        assert words(foreign) == words(unknown)
        assert neighbour.cbo.get(f"{place.base}/{kind}/{number}").status_code == 404


def test_every_page_speaks_spanish(place):
    load_id = place.loaded()
    cbo = place.member("CBO", language="es")
    cbo.headers["Accept-Language"] = "es"
    assert "El archivo se guarda tal como llegó" in words(cbo.get(place.base))
    page = cbo.get(f"{place.base}/loads/{load_id}")
    assert "Su total, nuestro total" in words(page)
    assert "Filas" in words(cbo.get(f"{place.base}/sets/{place.dataset()['id']}"))
