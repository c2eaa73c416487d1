"""The cohort board: what each engagement allows, and nothing more; nudges once a week."""

import datetime as dt
import re

import pytest
from sqlalchemy import event, text

from apportion.cohorts import board
from tenants.records import standing
from tests.support.acting import acting
from tests.support.factories import make_district, make_engagement, make_facilitator, make_member, scope_of


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)))


@pytest.fixture
def facilitator(database):
    return make_facilitator(database, "Foothill Coaches")


@pytest.fixture
def lead(database, facilitator):
    return make_member(database, facilitator, "FLD")


@pytest.fixture
def coach(database, facilitator):
    return make_member(database, facilitator, "FCO", name="Ruth Lindqvist")


def with_step(database, district, days=0):
    """Begin the goals of a district with both owners; the step last moved `days` ago."""
    cbo, cao = make_member(database, district, "CBO"), make_member(database, district, "CAO", language="es")
    with database.app.transaction(scope_of(database.app, cbo)) as session:
        standing.assign(session, district.id, "goals", finance=cbo.id, instruction=cao.id, due=None)
        session.execute(
            text("update process_step set moved_at = now() - make_interval(days => :n)"), {"n": days}
        )
    return cbo, cao


def end_engagements(database, district):
    with database.owner() as owner:
        owner.execute("alter table engagement no force row level security")
        owner.execute("update engagement set state = 'ended' where district_id = %s", (district.id,))


def test_the_board_shows_engaged_districts_and_no_other(app, database, facilitator, lead, coach):
    engaged = make_district(database, "Arroyo Verde")
    other = make_district(database, "Fern Hill")
    make_engagement(database, engaged, facilitator, level=1, coaches=(coach,))
    with_step(database, engaged, days=3)
    with_step(database, other)
    for person in (lead, coach):
        page = words(acting(app, database, person).get("/cohort"))
        assert "Arroyo Verde" in page
        assert "0 of 4" in page
        assert "moved 3 days ago" in page
        assert "Fern Hill" not in page
        assert "The one district is moving" in page


def test_a_coach_sees_assigned_districts_only(app, database, facilitator, lead, coach):
    mine, another = make_district(database, "Arroyo Verde"), make_district(database, "Bellwood")
    make_engagement(database, mine, facilitator, coaches=(coach,))
    make_engagement(database, another, facilitator)
    page = words(acting(app, database, coach).get("/cohort"))
    assert "Arroyo Verde" in page
    assert "Bellwood" not in page
    assert "Bellwood" in words(acting(app, database, lead).get("/cohort"))
    assert acting(app, database, coach).get(f"/d/{another.id}/coach").status_code == 404


def test_an_ended_engagement_shows_nothing(app, database, facilitator, lead):
    district = make_district(database, "Harbor Mesa")
    make_engagement(database, district, facilitator)
    with_step(database, district)
    she = acting(app, database, lead)
    assert "Harbor Mesa" in words(she.get("/cohort"))
    end_engagements(database, district)
    page = words(she.get("/cohort"))
    assert "Harbor Mesa" not in page
    assert "No district has let you in yet" in page
    assert she.get(f"/d/{district.id}/").status_code == 404


def test_a_step_that_stands_still_is_named_with_its_reason(app, database, facilitator, lead, coach):
    district = make_district(database, "Cedar Flat")
    make_engagement(database, district, facilitator, level=3, coaches=(coach,))
    with_step(database, district, days=40)
    page = words(acting(app, database, coach).get("/cohort"))
    assert "0 of 1 districts are moving; Cedar Flat needs you this week" in page
    assert "has not moved for 40 days; the usual time is 21" in page
    assert "Nudge the owners" in page
    assert "Nudge the owners" not in words(acting(app, database, lead).get("/cohort"))


def test_a_nudge_reaches_each_owner_once_a_week_in_their_language(app, database, facilitator, coach):
    district = make_district(database, "Cedar Flat")
    make_engagement(database, district, facilitator, level=1, coaches=(coach,))
    cbo, cao = with_step(database, district, days=40)
    she = acting(app, database, coach)
    for _ in range(2):
        assert she.post(f"/d/{district.id}/nudge").status_code == 302
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        mails = owner.execute(
            "select address, subject, language from outgoing_mail order by language"
        ).fetchall()
    assert [(mail[0], mail[2]) for mail in mails] == [(cbo.address, "en"), (cao.address, "es")]
    assert mails[0][1] == "Ruth Lindqvist asks about step 2A, Goals"
    assert mails[1][1] == "Ruth Lindqvist pregunta por el paso 2A, Metas"


def test_nobody_but_a_coach_nudges(app, database, facilitator, lead, coach):
    district = make_district(database, "Cedar Flat")
    make_engagement(database, district, facilitator, level=3, coaches=(coach,))
    cbo, _cao = with_step(database, district)
    assert acting(app, database, lead).post(f"/d/{district.id}/nudge").status_code == 403
    assert acting(app, database, cbo).post(f"/d/{district.id}/nudge").status_code == 403


def test_a_district_never_opens_the_board(app, database):
    for role in ("SUP", "CBO", "CAO"):
        person = make_member(database, make_district(database), role)
        assert acting(app, database, person).get("/cohort").status_code == 404


def test_coach_and_district_read_the_same_statement(app, database, facilitator, coach):
    district = make_district(database, "Arroyo Verde")
    make_engagement(database, district, facilitator, level=2, coaches=(coach,))
    superintendent = make_member(database, district, "SUP")

    def lists(person):
        page = acting(app, database, person).get(f"/d/{district.id}/coach").get_data(as_text=True)
        return [re.sub(r"<[^>]+>", "", part) for part in re.findall(r'<ul class="ticks.*?</ul>', page, re.S)]

    assert lists(coach) == lists(superintendent)
    sees, never = lists(coach)[0], lists(coach)[-1]
    assert "Financial results" in sees
    assert "Confidential options" in never
    assert "Confidential options" not in sees


def test_an_engagement_that_ends_soon_is_named(app, database, facilitator, lead):
    make_engagement(database, make_district(database, "Dry Lake"), facilitator, days=20)
    page = words(acting(app, database, lead).get("/cohort"))
    assert "Only the district can extend it" in page


def test_the_board_does_not_ask_more_for_more_districts(app, database, facilitator, lead):
    counted = []

    def count(*_arguments):
        counted.append(1)

    she = acting(app, database, lead)
    make_engagement(database, make_district(database), facilitator)
    she.get("/cohort")
    event.listen(app.extensions["apportion"].database.engine, "before_cursor_execute", count)
    she.get("/cohort")
    few = len(counted)
    for _ in range(4):
        make_engagement(database, make_district(database), facilitator)
    counted.clear()
    she.get("/cohort")
    assert len(counted) <= few


def test_the_calendar_s_labels_keep_apart():
    today = dt.date(2026, 11, 24)
    marks = board.calendar(board.Board(None, (), 0, ()), today, lambda said: said["text"]).lines[0].marks
    assert len(marks) >= 4
    for one in marks:
        for other in marks:
            if one is other or one.lane != other.lane:
                continue
            width = 22 + board.LETTER * len(one.text["text"])
            start = one.x - width if one.end else one.x - 8
            end = one.x + 8 if one.end else one.x + width
            assert not start < other.x < end
