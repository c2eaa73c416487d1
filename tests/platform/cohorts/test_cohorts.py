"""The cohort board: what each engagement allows, and nothing more; nudges once a week."""

import datetime as dt
import re

import pytest
from sqlalchemy import event, text

from apportion.cohorts import board
from tenants.records import standing
from tests.support import many
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
    assert "Cedar Flat needs you this week" in page
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


WHERE_MANY_STAND = (
    "/cohort",
    "/organizations",
    "/organization/engagements",
    "/cohorts",
    "/search?q=District",
    "/api/v1/organizations",
    "/api/v1/cohort",
)
"""The board, the chooser, and whatever else lists what a coach's or lead's engagements open."""


def test_three_hundred_engagements_take_no_more_queries_than_three(app, database, facilitator, lead, coach):
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    people = {"lead": acting(app, database, lead), "coach": acting(app, database, coach)}

    def asked():
        found = {}
        for who, person in people.items():
            for address in WHERE_MANY_STAND:
                sent.clear()
                answer = person.get(address)
                assert answer.status_code in {200, 403}, address
                if answer.status_code == 200:
                    found[who, address] = list(sent)
        return found

    # The first time, a token's use is noted too.
    many.engage(database, facilitator, coach, 0, 3)
    asked()
    event.listen(app.extensions["apportion"].database.engine, "before_cursor_execute", note)
    few = asked()
    many.engage(database, facilitator, coach, 3, 300)
    assert {place: len(each) for place, each in asked().items()} == {
        place: len(each) for place, each in few.items()
    }
    assert len(few) > len(WHERE_MANY_STAND)
    board_page = words(people["lead"].get("/cohort"))
    assert "of 300 districts are moving" in board_page
    # A district among the three hundred opens as one among three does.
    home = f"/d/{many.FIRST + 299}/coach"
    sent.clear()
    assert people["coach"].get(home).status_code == 200
    assert len(sent) < 40


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


def own_acts(app, database, person):
    return words(acting(app, database, person).get("/organization/activity"))


def test_a_cohort_is_made_joined_left_and_ended_and_no_district_learns_of_the_other(
    app, database, facilitator, lead, coach
):
    first, second = make_district(database, "Arroyo Verde"), make_district(database, "Bellwood")
    never = make_district(database, "Cedar Flat")
    for district in (first, second):
        make_engagement(database, district, facilitator, coaches=(coach,) if district is first else ())
    stewards = [make_member(database, district, "CBO", steward=True) for district in (first, second)]
    she = acting(app, database, lead)

    refused = she.post("/cohorts", data={"name": "", "fiscal_year": "2026-27"})
    assert refused.status_code == 422
    assert "Give the cohort a name" in words(refused)
    form = {"name": "Foothills 2026", "fiscal_year": "2026-27", "districts": [first.id, never.id]}
    assert "districts that let you in today" in words(she.post("/cohorts", data=form))
    made = she.post("/cohorts", data={**form, "districts": [first.id, second.id]})
    address = made.headers["Location"]
    page = words(she.get(address))
    assert "0 districts take part" in page
    assert "2 invitations wait" in page
    # Until a steward accepts, the board shows nothing of the district.
    assert "Arroyo Verde" not in words(she.get("/cohort"))

    people = [acting(app, database, steward) for steward in stewards]
    assert "Foothill Coaches invites you to a cohort" in words(people[0].get(f"/d/{first.id}/cohort"))
    assert "invites you to the cohort Foothills 2026" in words(people[0].get(f"/d/{first.id}/"))
    cohort_id = int(address.rsplit("/", 1)[1])
    for person, district in zip(people, (first, second), strict=True):
        joined = person.post(f"/d/{district.id}/cohort/{cohort_id}", data={"act": "join"})
        assert joined.status_code == 302
    assert people[0].post(f"/d/{first.id}/cohort/{cohort_id}", data={"act": "join"}).status_code == 404
    own = words(people[0].get(f"/d/{first.id}/cohort"))
    assert "You take part in Foothills 2026" in own
    assert "Bellwood" not in own
    board_page = words(she.get("/cohort"))
    assert "Arroyo Verde" in board_page
    assert "Bellwood" in board_page

    # A coach sees the place of the own district, and not even that there is another.
    hers = words(acting(app, database, coach).get(address))
    assert "Arroyo Verde" in hers
    assert "Bellwood" not in hers
    assert "one district takes part" in hers
    on_board = words(acting(app, database, coach).get("/cohort"))
    assert "more place" not in on_board

    named = she.post(address, data={"act": "coaches", "districts": second.id, "coaches": coach.id})
    assert named.status_code == 302
    assert "Bellwood" in words(acting(app, database, coach).get(address))

    assert people[1].post(f"/d/{second.id}/cohort/{cohort_id}", data={"act": "leave"}).status_code == 302
    assert "Bellwood" not in words(she.get("/cohort"))
    assert she.post(address, data={"act": "invite", "districts": second.id}).status_code == 302
    assert "Bellwood" not in words(she.get("/cohort"))
    assert people[1].post(f"/d/{second.id}/cohort/{cohort_id}", data={"act": "decline"}).status_code == 302

    assert she.post(address, data={"act": "rename", "name": "Foothills"}).status_code == 302
    assert she.post(address, data={"act": "end"}).status_code == 302
    assert she.post(address, data={"act": "invite", "districts": second.id}).status_code == 404
    assert "Foothills ended on" in words(she.get(address))

    # What a lead did is read by the lead; what a district did, in the district's record.
    acts = own_acts(app, database, lead)
    for act in ("made a cohort", "renamed a cohort", "changed what the facilitator may see"):
        assert act in acts
    assert "Nothing is recorded yet" in own_acts(app, database, coach)
    assert people[0].get("/organization/activity").status_code == 403
    record = words(people[1].get(f"/d/{second.id}/settings/activity"))
    assert record.count("changed the membership in a cohort") == 4, "and the filter"


def test_cohorts_are_the_lead_s_to_make_and_a_steward_s_to_join(app, database, facilitator, lead, coach):
    district = make_district(database, "Arroyo Verde")
    make_engagement(database, district, facilitator, coaches=(coach,))
    she = acting(app, database, lead)
    form = {"name": "Foothills", "fiscal_year": "2026-27", "districts": district.id}
    assert acting(app, database, coach).post("/cohorts", data=form).status_code == 403
    address = she.post("/cohorts", data=form).headers["Location"]
    cohort_id = address.rsplit("/", 1)[1]
    no_steward = acting(app, database, make_member(database, district, "CBO"))
    assert "A steward of your district decides this" in words(no_steward.get(f"/d/{district.id}/cohort"))
    assert no_steward.post(f"/d/{district.id}/cohort/{cohort_id}", data={"act": "join"}).status_code == 403
    assert she.post(f"/d/{district.id}/cohort/{cohort_id}", data={"act": "join"}).status_code in {403, 404}
    assert acting(app, database, coach).post(address, data={"act": "end"}).status_code == 403
    stranger = make_member(database, make_facilitator(database, "Bay Coaches"), "FLD")
    assert acting(app, database, stranger).get(address).status_code == 404
    assert acting(app, database, stranger).post(address, data={"act": "end"}).status_code == 404


def test_a_nudge_stands_in_the_coach_s_own_record(app, database, facilitator, lead, coach):
    district = make_district(database, "Cedar Flat")
    make_engagement(database, district, facilitator, level=1, coaches=(coach,))
    with_step(database, district, days=40)
    acting(app, database, coach).post(f"/d/{district.id}/nudge")
    assert "sent a nudge" in own_acts(app, database, coach)
    assert "sent a nudge" not in own_acts(app, database, lead)
