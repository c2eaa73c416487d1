"""Pages of analyses: gallery, answer, drawer, variants, downloads, and what each role sees of them."""

from __future__ import annotations

import csv
import html
import io
import re

import openpyxl
import pytest
from sqlalchemy import event, text

from tenants.files import FileStore
from tenants.scope import Scope
from tests.support.acting import acting
from tests.support.factories import (
    behind_the_walls,
    make_district,
    make_engagement,
    make_facilitator,
    make_member,
)
from tests.support.filings import account
from tests.support.ledgers import small_export, store
from workers import runner, stills, studies

ROWS = [
    (account("0000", "8011"), "900000.00"),
    (account("0000", "8980"), "-100000.00"),
    (account("6500", "8980"), "100000.00"),
    (account("0000", "1100", "1000"), "700000.50"),
    (account("0000", "1100", "2700"), "0.00"),
    (account("6500", "2100", "1120", "5760"), "150000.00"),
    (account("0000", "9791"), "60000.00"),
    (account("0000", "9789"), "159999.50"),
    (account("0000", "979Z"), "159999.50"),
]


@pytest.fixture
def place(app, database):
    """Give a district with a loaded ledger and answered questions."""
    district = make_district(database)
    cbo = make_member(database, district, "CBO", name="Marisol Quintero")
    files = FileStore(database.settings.files)

    class Place:
        id = district.id
        base = f"/d/{district.id}/analyses"
        organization = district
        me = acting(app, database, cbo)

        def load(self, rows=ROWS, ada="900.00", year="2024-25", column="BB"):
            content = small_export(rows, year, column, ada)
            store(database.app, files, district.id, cbo.id, "ledger_2024.dat", content)

        def answer(self):
            with database.app.transaction(Scope.for_upkeep(district.id)) as session:
                return {name: studies.answer(session, district.id, name) for name in studies.NAMES}

        def member(self, role, **options):
            return acting(app, database, make_member(database, district, role, **options))

    return Place()


def words(page):
    """Return what a page says, in one line."""
    body = re.sub(r"<script.*?</script>", " ", page[page.index("<body") :], flags=re.S)
    joined = re.sub(r"<span class='nb'>([^<]*)</span>", r"\1", body)
    return " ".join(re.sub(r"<[^>]+>", " ", joined).split())


def test_gallery_without_a_ledger_says_what_is_missing(place):
    page = place.me.get(place.base)
    assert page.status_code == 200
    assert "Load a ledger and three questions are answered" in words(page.text)
    assert words(page.text).count("A ledger: load one under Data.") == 3


def test_gallery_asks_in_plain_words_and_shows_findings_and_freshness(place):
    place.load()
    place.answer()
    said = words(place.me.get(place.base).text)
    assert "What do we hold at June 30, and is the reserve large enough?" in said
    assert "First findings in your own dollars" in said
    assert "up to date" in said
    assert "The ledger of 2023-24: without it nothing is compared." in said
    place.load([*ROWS, (account("0000", "4300", "1000"), "5.00")])
    assert "newer data exists" in words(place.me.get(place.base).text)


def test_computing_is_asked_for_once_and_is_in_the_tray(place, database):
    place.load()
    for _ in range(2):
        assert place.me.post(f"{place.base}/compute").status_code == 302
    with database.app.transaction(Scope.for_upkeep(place.id)) as session:
        found = session.execute(text("select kind, subject from job")).all()
    assert found == [("run_analyses", "analyses")]


def test_an_answer_stands_in_its_order(place):
    place.load()
    run = place.answer()["three_year_outlook"]
    said = words(place.me.get(f"{place.base}/runs/{run}").text)
    places = [
        said.index(each)
        for each in (
            "The reserve stays above 4%",
            "Available reserve at June 30, millions of dollars",
            "Unrestricted general fund, line by line",
            "How sure we are",
            "What would change it",
            "Method and limits",
        )
    ]
    assert places == sorted(places)


def test_every_number_of_every_table_leads_to_a_page_of_its_own(place):
    place.load()
    run = place.answer()["fund_balance_and_reserve"]
    page = place.me.get(f"{place.base}/runs/{run}").text
    links = re.findall(r'<a class="tr-num[^"]*" href="([^"]+)"', page)
    assert len(links) > 40
    for link in links[::5]:
        assert "Where does this come from?" in place.me.get(link).text


def test_the_drawer_goes_from_formula_to_the_row_of_the_file(place):
    place.load()
    run = place.answer()["fund_balance_and_reserve"]
    key = f"{place.base}/runs/{run}/figures/uses/unrestricted/2024-25"
    drawer = place.me.get(key, headers={"X-Drawer": "1"}).text
    assert "<html" not in drawer
    assert "01-0000-0-0000-1000-1100" in drawer
    assert "Equals the figure" in drawer
    assert "&#34;0100000000010001100&#34;,&#34;700000.50&#34;" in drawer
    assert "ledger_2024.dat" in drawer
    rows = re.search(r'href="([^"]+)">2 lines', drawer)
    assert rows is not None
    assert place.me.get(html.unescape(rows.group(1))).status_code == 200
    page = place.me.get(key).text
    assert "<html" in page
    assert "01-0000-0-0000-1000-1100" in page
    assert 'class="num pick"' in page


def test_a_coach_sees_the_formula_and_totals_but_no_ledger_line(place, app, database):
    place.load()
    run = place.answer()["fund_balance_and_reserve"]
    facilitator = make_facilitator(database)
    coach = make_member(database, facilitator, "FCO")
    make_engagement(database, place.organization, facilitator, level=2, coaches=(coach,))
    answer = acting(app, database, coach).get(f"{place.base}/runs/{run}/figures/uses/unrestricted/2024-25")
    assert answer.status_code == 200
    said = words(answer.text)
    assert "700,000.50" in said
    assert "Your role sees totals, not single ledger lines." in said
    assert "01-0000-0-0000-1000-1100" not in said


@pytest.mark.parametrize(
    "path", ["runs/99999", "runs/99999/figures/a/b", "nothing", "runs/99999/assumptions"]
)
def test_what_does_not_exist_is_not_found(place, path):
    assert place.me.get(f"{place.base}/{path}").status_code == 404


def test_an_unknown_figure_or_table_is_not_found(place):
    place.load()
    run = place.answer()["fund_balance_and_reserve"]
    for path in ("figures/nothing/2024-25", "tables/nothing.csv", "tables/balance.pdf", "assumptions"):
        assert place.me.get(f"{place.base}/runs/{run}/{path}").status_code == 404


def test_a_neighbour_gets_the_same_answer_as_for_what_never_was(place, app, database):
    place.load()
    run = place.answer()["three_year_outlook"]
    other = make_district(database, "Next Door Unified")
    stranger = acting(app, database, make_member(database, other, "CBO"))
    for path in (f"runs/{run}", f"runs/{run}/figures/available_reserve/2024-25", ""):
        assert stranger.get(f"{place.base}/{path}".rstrip("/")).status_code == 404
    assert stranger.get(f"/d/{other.id}/analyses/runs/{run}").status_code == 404


def test_a_variant_is_named_kept_and_shown(place):
    place.load()
    run = place.answer()["three_year_outlook"]
    form = place.me.get(f"{place.base}/runs/{run}/assumptions").text
    assert "Step and column, certificated" in form
    made = place.me.post(
        f"{place.base}/runs/{run}/assumptions",
        data={
            "years": "2",
            "name": "With a 9% settlement",
            "end_one_time": "1",
            "salary_settlement_certificated-2025-26": "9",
            "amount-0": "(50,000)",
            "line-0": "services",
            "segment-0": "unrestricted",
            "year-0": "2026-27",
            "reason-0": "Lease ends",
        },
    )
    assert made.status_code == 302
    said = words(place.me.get(made.location).text)
    assert "With a 9% settlement" in said
    assert "Other answers to this question No new decisions" in said
    again = place.me.get(f"{made.location}/assumptions").text
    assert 'value="9.00"' in again
    assert 'value="-50,000.00"' in again


def test_a_variant_without_a_difference_is_the_first_answer(place):
    place.load()
    run = place.answer()["three_year_outlook"]
    made = place.me.post(
        f"{place.base}/runs/{run}/assumptions", data={"years": "2", "name": "Same", "end_one_time": "1"}
    )
    assert made.location.endswith(f"/runs/{run}")


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", "", "Name this variant"),
        ("cola-2025-26", "two", "is not a percentage"),
        ("cola-2025-26", "999", "is not a percentage"),
        ("amount-0", "a lot", "is not an amount"),
        ("amount-0", "1e99", "is not an amount"),
    ],
)
def test_what_cannot_be_meant_comes_back_with_what_was_typed(place, field, typed, says):
    place.load()
    run = place.answer()["three_year_outlook"]
    data = {"years": "2", "name": "Try", "end_one_time": "1", "health_growth-2025-26": "7.25", field: typed}
    page = place.me.post(f"{place.base}/runs/{run}/assumptions", data=data)
    assert page.status_code == 422
    assert says in words(page.text)
    assert 'value="7.25"' in page.text


def test_downloads_hold_the_table_to_the_cent(place):
    place.load()
    run = place.answer()["fund_balance_and_reserve"]
    answer = place.me.get(f"{place.base}/runs/{run}/tables/balance.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    uses = next(row for row in rows if row[0] == "Expenditures and other uses")
    assert uses[1:4] == ["700000.50", "150000.00", "850000.50"]
    assert uses[4] == "uses/unrestricted/2024-25"
    book = openpyxl.load_workbook(
        io.BytesIO(place.me.get(f"{place.base}/runs/{run}/tables/balance.xlsx").get_data())
    )
    cells = {row[0].value: row[1].value for row in book.active.iter_rows(min_row=5)}
    assert cells["Expenditures and other uses"] == 700000.5


def test_only_who_may_export_downloads(place):
    place.load()
    run = place.answer()["fund_balance_and_reserve"]
    superintendent = place.member("SUP")
    assert "Download as CSV" not in superintendent.get(f"{place.base}/runs/{run}").text
    assert superintendent.get(f"{place.base}/runs/{run}/tables/balance.csv").status_code == 403


def test_missing_attendance_is_asked_for_and_then_the_minimum_stands(place):
    place.load(ada=None)
    place.answer()
    assert "How many pupils attend?" in words(place.me.get(place.base).text)
    refused = place.me.post(f"{place.base}/attendance", data={"ada": "many"})
    assert refused.status_code == 422
    assert "is not a number of pupils" in words(refused.text)
    assert place.me.post(f"{place.base}/attendance", data={"ada": "1,234.5"}).status_code == 302
    said = words(place.me.get(place.base).text)
    assert "How many pupils attend?" not in said
    assert "3% minimum" in said


def test_pages_are_in_spanish_for_a_spanish_reader(place):
    place.load()
    runs = place.answer()
    reader = place.member("CAO", language="es")
    said = words(reader.get(place.base).text)
    assert "Lo que dice su libro mayor de 2024-25" in said
    said = words(reader.get(f"{place.base}/runs/{runs['three_year_outlook']}").text)
    assert "Qué tan seguros estamos" in said
    assert "How sure" not in said


def test_queries_do_not_grow_with_the_rows(place, database):
    place.load()
    place.answer()
    counted = []
    event.listen(
        place.me.client.application.extensions["apportion"].database.engine,
        "before_cursor_execute",
        lambda *_: counted.append(1),
    )
    place.me.get(place.base)
    few = len(counted)
    counted.clear()
    for number in range(4):
        place.load(
            [*ROWS, (account("0000", "4300", "1000"), f"{number}.00")], year=f"202{number}-2{number + 1}"
        )
    place.answer()
    place.me.get(place.base)
    assert len(counted) == few


def forms_of(page):
    """Return the fields of every form that adds a passage to the plan, with its address."""
    found = []
    for address, inside in re.findall(
        r'<form method="post" action="([^"]+/passages)"[^>]*>(.*?)</form>', page, re.S
    ):
        fields = dict(re.findall(r'name="(kind|reference|text|text_es)" value="([^"]*)"', inside))
        found.append((address, {key: html.unescape(value) for key, value in fields.items()}))
    return found


def test_charts_tables_and_figures_go_into_the_plan(place, database):
    place.load()
    run = place.answer()["three_year_outlook"]
    address = f"{place.base}/runs/{run}"
    assert forms_of(place.me.get(address).text) == []
    started = place.me.post(f"/d/{place.id}/plan", data={"base_year": "2024-25"})
    assert started.status_code == 302
    forms = forms_of(place.me.get(address).text)
    assert {fields["kind"] for _, fields in forms} == {"chart", "table"}
    drawer = place.me.get(f"{address}/figures/available_reserve/2025-26")
    forms = [forms[0], next(each for each in forms if each[1]["kind"] == "table"), forms_of(drawer.text)[-1]]
    for target, fields in forms:
        assert place.me.post(target, data=fields).status_code == 302
    with database.app.transaction(Scope.for_upkeep(place.id)) as session:
        references = set(
            session.scalars(text("select reference from plan_block where reference is not null"))
        )
        texts = list(session.scalars(text("select text from plan_block where kind = 'paragraph'")))
    assert f"run/{run}/reserve" in references
    assert f"Available reserve, 2025-26: {{{{figure:run/{run}/available_reserve/2025-26}}}}." in texts
    said = words(place.me.get(f"{address}/figures/available_reserve/2025-26").text)
    assert "of your plan" in said
    assert "No passage of your plan yet." not in said


def test_charts_are_drawn_by_a_worker_and_stand_in_the_page_without_script(place, database):
    place.load()
    runs = place.answer()
    address = f"{place.base}/runs/{runs['fund_balance_and_reserve']}"
    assert '<div class="still' not in place.me.get(address).text
    with database.app.transaction(Scope.for_upkeep(place.id)) as session:
        stills.ask(session, place.id, list(runs.values()))
        job_id = session.scalars(text("select id from job where kind = 'draw_charts'")).one()
    runner.execute(database.settings, job_id, place.id)
    with database.app.transaction(Scope.for_upkeep(place.id)) as session:
        stills.ask(session, place.id, list(runs.values()))
        assert session.scalars(text("select state from job where kind = 'draw_charts'")).all() == ["done"]
    for language, word in (("en", "Available reserve"), ("es", "Reserva disponible")):
        behind_the_walls(database, "person", f"update person set language = '{language}'")
        page = place.me.get(address).text
        drawn = re.findall(r'<div class="still (\w+)">(<svg.*?</svg>)</div>', page, re.S)
        assert {size for size, _ in drawn} == {"wide", "narrow"}
        for _, svg in drawn:
            assert "style=" not in svg
            assert re.search(r"<title>[^<]{20,}</title>", svg)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert word.lower() in html.unescape(page).lower()
    # Drawn in a colour that the district has no longer: the live chart serves alone.
    behind_the_walls(
        database, "organization", f"update organization set colour = '#7a1f3d' where id = {place.id}"
    )
    assert '<div class="still' not in place.me.get(address).text
