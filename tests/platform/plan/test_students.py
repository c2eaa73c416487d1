"""How many students a priority reaches: below 11 nobody reads it who may not, on no page and in no file."""

import json

import pytest
import sqlalchemy as sa

from tenants.records import plan_entries
from tests.support import factories, plan_material
from tests.support.acting import acting
from workers.account import tables
from workers.planning import book, students, versions, writing

HEAD = "reaches fewer than 11 students"


@pytest.fixture
def material(database):
    made = plan_material.make_material(database)
    factories.behind_the_walls(
        database, "priority", "update priority set students_reached = 7 where position = 2"
    )
    return made


def small(database, material):
    with database.app.transaction(factories.scope_of(database.app, material.cbo)) as session:
        found = plan_entries.priorities(session, material.district.id, material.plan_id)
    return next(each for each in found if each.position == 2)


def test_a_small_number_is_shown_to_who_may_know_it_alone(app, database, material):
    entry, district = small(database, material), material.district
    human_resources = factories.make_member(database, district, "HR")
    facilitator = factories.make_facilitator(database)
    coach = factories.make_member(database, facilitator, "FCO")
    factories.make_engagement(database, district, facilitator, level=4, coaches=(coach,))
    listed = f"/api/v1/districts/{district.id}/plans/{material.plan_id}/priorities"
    for person, knows in (
        (material.cbo, True),
        (material.cao, True),
        (material.sup, False),
        (human_resources, False),
        (coach, False),
    ):
        client = acting(app, database, person)
        page = client.get(f"/d/{district.id}/plan/priorities").get_data(as_text=True)
        assert (HEAD in page, "reaches 7 students" in page) == (not knows, knows), person.role
        assert "reaches 640 students" in page
        told = {each["id"]: each for each in client.get(listed).get_json()["items"]}[entry.id]
        assert (told["students_reached"], told["students_protected"]) == (
            (7, False) if knows else (None, True)
        )


def test_who_does_not_see_a_number_keeps_it_by_leaving_it_blank(app, database, material):
    entry, district = small(database, material), material.district
    client = acting(app, database, material.sup)
    place = f"/api/v1/districts/{district.id}/plans/{material.plan_id}/priorities/{entry.id}"
    canvas = client.get(f"/d/{district.id}/plan/priorities/{entry.id}").get_data(as_text=True)
    assert "your role does not see it" in canvas
    assert 'value="7"' not in canvas
    assert client.put(place, json={"title": "Renamed"}).get_json()["students_protected"]
    assert small(database, material).students_reached == 7
    # Who sees the number takes it away by leaving it blank.
    assert acting(app, database, material.cao).put(place, json={"title": "Renamed"}).status_code == 200
    assert small(database, material).students_reached is None
    client.put(place, json={"title": "Renamed", "students_reached": 25})
    assert small(database, material).students_reached == 25


def test_no_text_figure_or_version_of_the_plan_has_it(database, material):
    entry = small(database, material)
    scope = factories.scope_of(database.app, material.cbo)
    with database.app.transaction(scope) as session:
        writing.write_draft(session, scope, material.plan_id)
        held = book.load(session, material.district.id, material.plan_id)
        assert f"plan/priority/{entry.id}/students" not in held.figures.sheet
        text = session.scalar(
            sa.text("select text from plan_block where draft_key like :key"),
            {"key": f"%priority/{entry.id}/cost"},
        )
        assert text.startswith("It reaches fewer than eleven students")
        made = versions.freeze_version(session, scope, material.plan_id, versions.DRAFT)
        content = made.content
    told = {each["id"]: each["students_reached"] for each in content["priorities"]}
    assert told[entry.id] is None
    assert 640 in told.values()
    assert f"priority/{entry.id}/students" not in json.dumps(content)


def test_an_archive_that_may_not_hold_small_groups_leaves_it_out():
    for count, small_group, held in ((7, False, None), (7, True, 7), (11, False, 11), (None, False, None)):
        assert tables.counted("priority", "students_reached", count, small_group=small_group) == held
    assert tables.counted("priority", "position", 2, small_group=False) == 2
    assert students.told([]) == {}
