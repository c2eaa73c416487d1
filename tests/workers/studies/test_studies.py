"""Questions answered from the books: which ledgers, the first answer again, the way back to the file."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from tenants.files import FileStore
from tenants.records import runs
from tenants.scope import Scope
from tests.support import filings
from tests.support.factories import make_district, make_member
from tests.support.filings import account
from tests.support.ledgers import small_export, store, store_file
from workers import studies, tracing
from workers.analyses.result import digest

ROWS = [
    (account("0000", "8011"), "900000.00"),
    (account("0000", "8980"), "-100000.00"),
    (account("6500", "8980"), "100000.00"),
    (account("0000", "1100", "1000"), "500000.00"),
    (account("0000", "1100", "1000", "4760"), "200000.50"),
    (account("6500", "2100", "1120", "5760"), "150000.00"),
    (account("0000", "9791"), "60000.00"),
]


@pytest.fixture
def place(database, tmp_path):
    """Give a database with a district, a person and a file store."""
    district = make_district(database)
    person = make_member(database, district, "CBO")

    class Place:
        db = database.app
        files = FileStore(tmp_path / "kept")
        id = district.id
        person_id = person.id

        def load(self, rows=ROWS, year="2024-25", column="BB", ada="900.00", name="ledger.dat"):
            return store(
                self.db, self.files, self.id, self.person_id, name, small_export(rows, year, column, ada)
            )

        def session(self):
            return self.db.transaction(Scope.for_upkeep(self.id))

    return Place()


def test_the_surest_ledger_of_each_year_is_read_and_years_follow_one_another(place):
    place.load(year="2022-23", column="BA")
    place.load(year="2023-24", column="BB")
    place.load(year="2023-24", column="BE")
    place.load(year="2024-25", column="BB")
    place.load(year="2020-21", column="BA")
    with place.session() as session:
        inputs = studies.choose(session, place.id)
        assert [(each.fiscal_year, each.column_code) for each in inputs.datasets] == [
            ("2022-23", "BA"),
            ("2023-24", "BE"),
            ("2024-25", "BB"),
        ]
        assert studies.choose(session, place.id, "2023-24").base_year == "2023-24"
        assert studies.years(session, place.id)[0] == "2024-25"


def test_without_a_ledger_the_question_says_so(place):
    with place.session() as session, pytest.raises(studies.NoLedgerError):
        studies.choose(session, place.id)


def test_the_same_question_is_answered_from_the_first_answer(place):
    place.load()
    with place.session() as session:
        first = studies.answer(session, place.id, "three_year_outlook")
    with place.session() as session:
        assert studies.answer(session, place.id, "three_year_outlook") == first
        assert studies.answer(session, place.id, "three_year_outlook", {"years": 2}) == first
        other = studies.answer(
            session, place.id, "three_year_outlook", {"assumptions": {"cola": {"2025-26": "1"}}}, name="Low"
        )
        assert other != first
        newest = runs.newest(session, place.id)
        assert newest["three_year_outlook"].id == first
        assert [each.name for each in runs.of_analysis(session, place.id, "three_year_outlook")] == [
            "Low",
            "",
        ]


def test_an_unnamed_variant_or_an_earlier_year_never_passes_for_the_newest_answer(place):
    place.load(year="2023-24", column="BA")
    place.load()
    with place.session() as session:
        first = studies.answer(session, place.id, "three_year_outlook")
        variant = studies.answer(session, place.id, "three_year_outlook", {"years": 3})
        earlier = studies.answer(session, place.id, "three_year_outlook", base_year="2023-24")
        assert len({first, variant, earlier}) == 3
        assert runs.newest(session, place.id)["three_year_outlook"].id == first


def test_a_newer_ledger_makes_an_answer_stale_and_the_old_one_keeps_its_lines(place):
    place.load()
    with place.session() as session:
        run_id = studies.answer(session, place.id, "fund_balance_and_reserve")
        run = runs.load(session, place.id, run_id)
        assert studies.current_digest(session, place.id) == run.input_digest
        assert digest(run.result) == run.output_digest
    place.load([*ROWS, (account("0000", "4300", "1000"), "1.00")])
    with place.session() as session:
        run = runs.load(session, place.id, run_id)
        assert studies.current_digest(session, place.id) != run.input_digest
        found = tracing.trace(session, place.id, run, "uses/unrestricted/2024-25", place.files)
        assert found.sources[0].cents == 70_000_050


def test_a_figure_leads_to_its_lines_and_to_the_rows_of_the_file(place):
    (dataset_id,) = place.load()
    with place.session() as session:
        run_id = studies.answer(session, place.id, "fund_balance_and_reserve")
        run = runs.load(session, place.id, run_id)
        found = tracing.trace(session, place.id, run, "uses/unrestricted/2024-25", place.files)
    assert found.adds_up
    (source,) = found.sources
    assert (source.dataset.id, source.count, source.cents) == (dataset_id, 2, 70_000_050)
    assert source.cents == found.figure["value"]
    first = source.lines[0]
    assert (first.line, first.cents) == (5, 50_000_000)
    assert first.raw == '"0100000000010001100","500000.00","I"'
    assert source.filters == {"fund": "01", "resource": "0000-1999", "object": "1000-7999"}


def test_signs_follow_a_line_through_sums(place):
    place.load()
    with place.session() as session:
        run = runs.load(session, place.id, studies.answer(session, place.id, "fund_balance_and_reserve"))
        found = tracing.trace(session, place.id, run, "ending/combined/2024-25", place.files)
    assert found.adds_up
    assert found.sources[0].cents == found.figure["value"] == 10_999_950


def test_a_figure_that_does_not_exist_has_no_lineage(place):
    place.load()
    with place.session() as session:
        run = runs.load(session, place.id, studies.answer(session, place.id, "fund_balance_and_reserve"))
        assert tracing.trace(session, place.id, run, "nothing/2024-25") is None


@pytest.mark.real_data
def test_every_pure_sum_of_the_real_ledger_equals_the_lines_in_the_database(place):
    """The database's own sum over the selections of a figure is the figure, for every such figure."""
    filings.need()
    store_file(place.db, place.files, place.id, place.person_id, filings.FILINGS / "budget-2024-25.dat")
    checked = 0
    with place.session() as session:
        for name in studies.NAMES:
            run = runs.load(session, place.id, studies.answer(session, place.id, name))
            figures = run.result["figures"]
            for key in sorted(figures)[::7]:
                found, pure = tracing.leaves(figures, key)
                if pure and found:
                    lineage = tracing.trace(session, place.id, run, key)
                    assert sum(each.cents for each in lineage.sources) == figures[key]["value"], key
                    checked += 1
    assert checked > 50


@pytest.mark.real_data
def test_amounts_in_file_rows_are_the_lines_amounts(place):
    filings.need()
    store_file(place.db, place.files, place.id, place.person_id, filings.FILINGS / "budget-2024-25.dat")
    with place.session() as session:
        run = runs.load(session, place.id, studies.answer(session, place.id, "fund_balance_and_reserve"))
        found = tracing.trace(session, place.id, run, "uses/combined/2024-25", place.files)
    for line in found.sources[0].lines[: tracing.ROWS_SHOWN]:
        filed_account, amount, _ = line.raw.strip('"').split('","')
        assert filed_account == line.account.replace("-", "")
        assert int(Decimal(amount) * 100) == line.cents


def test_a_neighbour_sees_neither_runs_nor_lineage(place, database):
    place.load()
    with place.session() as session:
        run_id = studies.answer(session, place.id, "fund_balance_and_reserve")
    other = make_district(database, "Next Door Unified")
    with database.app.transaction(Scope.for_upkeep(other.id)) as session:
        assert runs.load(session, place.id, run_id) is None
        assert runs.newest(session, place.id) == {}
        assert session.execute(text("select count(*) from run")).scalar_one() == 0
