"""Search: what one may see of one's own district, nothing of a neighbour, nothing beyond a role."""

import html
import re

import pytest
from sqlalchemy import text

from apportion.app import create_app
from apportion.search.words import Query, fold
from tenants.scope import Scope
from tests.support import factories, plan_material
from tests.support.acting import acting
from tests.support.published import published


def words(answer):
    assert answer.status_code == 200, answer.text
    page = answer.get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    plain = re.sub(r"</?mark>", "", main)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", plain)))


@pytest.fixture(scope="module")
def web(shared_database):
    made = create_app(shared_database.settings)
    yield made
    held = made.extensions["apportion"]
    held.database.close()
    held.redis.close()


@pytest.fixture(scope="module")
def place(web, shared_database):
    """Give two districts whose material is the same, but for a mark in the second one's words."""
    mine, other = (plan_material.make_material(shared_database) for _ in range(2))
    with shared_database.app.transaction(Scope.for_upkeep(other.district.id)) as session:
        for statement in (
            "update plan_block set text = text || ' zanzibar'",
            "update option set title = title || ' zanzibar'",
            "update priority set title = title || ' zanzibar'",
        ):
            session.execute(text(statement))

    class Place:
        database = shared_database
        district = mine.district.id
        material = mine
        neighbour = other

        def open(self, who, address, **options):
            return acting(web, shared_database, who).get(address, **options)

        def find(self, who, typed, district=None):
            return self.open(who, f"/d/{district or self.district}/search", query_string={"q": typed})

    return Place()


def test_a_word_is_found_without_case_and_accents_and_marked_where_it_stands():
    query = Query.of("  EDUCACION   3%  ")
    assert query.words == ("educacion", "3%")
    assert query.fits("La educación", "sube 3% al año")
    assert not query.fits("La educación")
    assert query.marked("Más Educación") == [("Más ", False), ("Educación", True)]
    long = "Antes " * 40 + "la educación pública " + "después " * 40
    parts = Query.of("educacion").excerpt(["nada", long])
    assert ("educación", True) in parts
    assert parts[0] == ("… ", False)
    assert parts[-1] == (" …", False)
    assert "".join(part for part, _ in parts[1:-1]) in long
    assert len(fold("İstanbul ÑANDÚ")) == len("İstanbul ÑANDÚ")
    assert not Query.of("a %").enough
    assert len(Query.of("x" * 5000).text) <= 100


def test_the_cabinet_finds_plan_figures_options_people_steps_and_pages(place):
    cbo = place.material.cbo
    page = words(place.find(cbo, "reserve"))
    for title in ("Analyses", "Figures", "The plan"):
        assert title in page, page
    assert "Contracts rebid" in words(place.find(cbo, "rebid CONTRACTS"))
    assert "Every child reads" in words(place.find(cbo, "third graders"))
    assert "Denise Okafor" in words(place.find(cbo, "okafor"))
    steps = words(place.find(cbo, "goals"))
    assert "Steps of the process" in steps
    assert "Share links" in words(place.find(cbo, "share"))
    # A wildcard of SQL is a letter like another.
    assert "Nothing that you may see holds “100%_”" in words(place.find(cbo, "100%_"))
    assert "Give at least one word" in words(place.find(cbo, "x"))
    assert "What are you looking for?" in words(place.find(cbo, ""))
    marked = place.find(cbo, "<script>alert(1)</script> reserve").get_data(as_text=True)
    assert "<script>alert" not in marked


def test_what_is_found_leads_to_pages_that_open(place):
    found = set()
    for typed in ("reserve", "contracts", "third", "ferrer", "goals", "plan"):
        page = place.find(place.material.cbo, typed).get_data(as_text=True)
        found |= set(re.findall(r'<li><a href="([^"#]+)', page[page.index("<main") :]))
    assert len(found) > 8
    for address in found:
        assert place.open(place.material.cbo, html.unescape(address)).status_code == 200, address


def test_a_neighbours_words_are_never_found(place):
    theirs = words(place.find(place.neighbour.cbo, "zanzibar", district=place.neighbour.district.id))
    for group in ("The plan", "Priorities", "Options"):
        assert group in theirs.split("pages of")[1]
    mine = place.find(place.material.cbo, "zanzibar")
    assert "Nothing that you may see holds" in words(mine)
    assert place.find(place.material.cbo, "zanzibar", district=place.neighbour.district.id).status_code == 404


def test_each_role_finds_its_own_part_and_no_count_of_the_rest(place):
    database = place.database
    district, facilitator = place.material.district, factories.make_facilitator(database)
    coach = factories.make_member(database, facilitator, "FCO")
    for level, sees_options in ((1, False), (2, True)):
        if level == 1:
            factories.make_engagement(database, district, facilitator, level=1, coaches=(coach,))
        else:
            with database.app.transaction(factories.scope_of(database.app, place.material.sup)) as session:
                session.execute(text("update engagement set level = 2"))
        assert ("Contracts rebid" in words(place.find(coach, "rebid"))) == sees_options
        steps = words(place.find(coach, "goals"))
        assert "Steps of the process" in steps
        assert ("Figures" in words(place.find(coach, "reserve"))) == sees_options
        assert "Okafor" not in words(place.find(coach, "okafor")).replace("“okafor”", "")
    # Nothing is published yet: board and community find pages and no word of the draft.
    for role in ("BRD", "COM", "PRI"):
        person = factories.make_member(database, district, role)
        for typed in ("rebid", "reserve", "okafor"):
            page = words(place.find(person, typed))
            for group in ("Figures", "Options", "The plan", "Comments", "Accounts"):
                assert f" {group} " not in page.split("pages of")[1], (role, typed, page)


def test_board_and_community_find_the_published_plan(app, database):
    plan = published(database)
    first = next(
        "".join(run.text for run in runs)
        for section in plan.document.sections
        for block in section.blocks
        for runs in block.paragraphs.get("en", ())
        if runs
    )
    word = max(re.findall(r"[a-z]{5,}", first), key=len)
    for role in ("BRD", "COM"):
        she = acting(app, database, factories.make_member(database, plan.district, role))
        answer = she.get(f"/d/{plan.district.id}/search", query_string={"q": word})
        assert "The plan" in words(answer)
        address = re.search(r'<li><a href="([^"#]+)', answer.get_data(as_text=True).split("<main")[1])[1]
        assert she.get(address).status_code == 200


def test_an_account_is_found_by_code_and_by_the_state_s_name(app, database):
    district = factories.make_district(database)
    cbo = factories.make_member(database, district, "CBO")
    with database.app.transaction(factories.scope_of(database.app, cbo, district.id)) as session:
        session.execute(
            text(
                "insert into source_file (district_id, id, name, sha256, size, storage_key, received_by)"
                " values (:d, 1, 'ledger-2025.csv', 'x', 1, 'k', :p)"
            ),
            {"d": district.id, "p": cbo.id},
        )
        session.execute(
            text(
                "insert into ledger_load (district_id, id, source_file_id, state, expected, requested_by)"
                " values (:d, 2, 1, 'ready', '{}', :p)"
            ),
            {"d": district.id, "p": cbo.id},
        )
        session.execute(
            text(
                "insert into dataset (district_id, id, load_id, fiscal_year, period, column_code, lines,"
                " digest, control) values (:d, 3, 2, '2025-26', 'A', 'BA', 2, 'x', '{}')"
            ),
            {"d": district.id},
        )
        for line, code in ((1, "1100"), (2, "4300")):
            session.execute(
                text(
                    "insert into ledger_line (district_id, dataset_id, line, fund, resource, project_year,"
                    " goal, function, object, amount_cents)"
                    " values (:d, 3, :line, '01', '0000', '0', '1110', '1000', :code, 123400)"
                ),
                {"d": district.id, "line": line, "code": code},
            )
    she = acting(app, database, cbo)

    def find(typed):
        return words(she.get(f"/d/{district.id}/search", query_string={"q": typed}))

    assert "Object 1100 Certificated Teachers' Salaries" in find("1100")
    assert "one line of 2025-26, $1,234" in find("certificated teachers")
    # The state knows 1200, this ledger has no line of it.
    assert "1200" not in find("certificated pupil support").replace("“", "")
    assert "Ledger 2025-26" in find("ledger-2025")
    assert "Ledger 2025-26" in find("unaudited 2025-26")
    hr = factories.make_member(database, district, "HR")
    assert "Object 1100" not in words(
        acting(app, database, hr).get(f"/d/{district.id}/search", query_string={"q": "1100"})
    )


def test_a_facilitator_finds_districts_that_let_it_in_and_no_other(app, database):
    facilitator = factories.make_facilitator(database, "Foothill Coaches")
    lead, coach = (factories.make_member(database, facilitator, role) for role in ("FLD", "FCO"))
    open_one, _closed = (factories.make_district(database, name) for name in ("Arroyo Verde", "Arroyo Seco"))
    factories.make_engagement(database, open_one, facilitator)
    page = words(acting(app, database, lead).get("/search?q=arroyo"))
    assert "Arroyo Verde" in page
    assert "Arroyo Seco" not in page
    assert "Arroyo Verde" not in words(acting(app, database, coach).get("/search?q=arroyo"))
    assert "Engagements" in words(acting(app, database, lead).get("/search?q=engage"))
    official = factories.make_member(database, open_one, "CBO")
    assert acting(app, database, official).get("/search?q=arroyo").status_code == 404
