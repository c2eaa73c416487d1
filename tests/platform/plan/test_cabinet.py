"""What the cabinet says beside the plan: who may, who never learns of it; suggestions, and the checklist."""

import datetime as dt
import html

import pytest
import sqlalchemy as sa

from tenants.records import share_links
from tenants.records.cabinet import CabinetThread
from tenants.records.plans import PlanBlock
from tenants.scope import resolve, resolve_visitor
from tests.support import factories, plan_material, twins
from tests.support.acting import acting
from workers.planning import owning, writing

SECRET = "Parents will hold us to it."


@pytest.fixture
def place(app, database):
    material = plan_material.make_material(database)
    scope = factories.scope_of(database.app, material.cbo, material.district.id)
    with database.app.transaction(scope) as session:
        writing.set_owner(session, scope, material.plan_id, "how_we_pay", material.cbo.id)
        section = writing.section_of(session, material.district.id, material.plan_id, "how_we_pay")
        block = session.scalars(
            sa.select(PlanBlock).where(PlanBlock.section_id == section.id, PlanBlock.kind == "paragraph")
        ).first()
        session.expunge_all()

    class Place:
        district, plan_id, cbo_scope = material.district, material.plan_id, scope
        sup_scope = factories.scope_of(database.app, material.sup, material.district.id)
        base = f"/d/{material.district.id}/plan"
        edit = f"{base}/edit/{material.plan_id}"
        page = f"{edit}?section=how_we_pay"
        passage = block
        cbo, cao, sup = (acting(app, database, who) for who in (material.cbo, material.cao, material.sup))

        def form(self, text, text_es="Otra."):
            return {
                "revision": block.revision,
                "text": text,
                "text_es": text_es,
                "base": block.text,
                "base_es": block.text_es,
            }

        def comment(self, who):
            return who.post(
                f"{self.edit}/passages/{block.id}/comments",
                data={"words": SECRET, "quotation": block.text.split(" ")[0], "start": "0"},
            )

        def newest(self):
            with database.app.transaction(scope) as session:
                found = session.scalars(sa.select(CabinetThread).order_by(CabinetThread.id.desc())).first()
                session.expunge_all()
                return found

        def text(self):
            with database.app.transaction(scope) as session:
                return session.get(PlanBlock, (material.district.id, block.id)).text

    return Place()


def test_a_thread_is_begun_answered_and_settled(place):
    assert place.comment(place.cao).status_code == 302
    page = html.unescape(place.cbo.get(place.page).text)
    assert SECRET in page
    assert "1 open here" in page
    thread = place.newest()
    assert thread.quotation
    address = f"{place.edit}/threads/{thread.id}"
    assert place.sup.post(f"{address}/settle").status_code == 302
    assert place.newest().state == "open", "neither its author, nor given it, nor the section's writer"
    assert place.cbo.post(f"{address}/replies", data={"words": "In January."}).status_code == 302
    assert place.cao.post(f"{address}/settle").status_code == 302
    assert SECRET not in place.cbo.get(place.page).text
    everything = place.cbo.get(f"{place.page}&threads=all").text
    assert SECRET in everything
    assert "In January." in everything
    place.cbo.post(f"{address}/replies", data={"words": "  "})
    assert place.newest().state == "settled", "no words open nothing"
    place.cbo.post(f"{address}/replies", data={"words": "And in June?"})
    assert place.newest().state == "open"


def test_board_community_readers_and_lesser_engagements_never_learn_of_it(place, app, database):
    place.comment(place.cao)
    thread = place.newest()
    facilitator = factories.make_facilitator(database)
    coach = factories.make_member(database, facilitator, "FCO")
    lead = factories.make_member(database, facilitator, "FLD", steward=True)
    factories.make_engagement(database, place.district, facilitator, level=3, coaches=(coach,))
    for role in ("PRI", "BRD", "COM"):
        person = factories.make_member(database, place.district, role)
        who = acting(app, database, person)
        assert who.get(place.page).status_code in {403, 404}
        assert place.comment(who).status_code in {403, 404}
        assert _seen(database, resolve(database.app, person.id, place.district.id)) == 0
    scopes = {
        "lead": resolve(database.app, lead.id, facilitator.id, place.district.id),
        "coach": resolve(database.app, coach.id, facilitator.id, place.district.id),
        "coach at the cohort board": resolve(database.app, coach.id, facilitator.id),
    }
    assert {name: _seen(database, scope) for name, scope in scopes.items()} == {
        "lead": 0,
        "coach": 2,
        "coach at the cohort board": 0,
    }
    visitor = acting(app, database, coach)
    assert SECRET in visitor.get(place.page).text
    answer = f"{place.edit}/threads/{thread.id}/replies"
    assert visitor.post(answer, data={"words": "Yes."}).status_code == 302
    with database.app.transaction(place.sup_scope) as session:
        session.execute(sa.text("update engagement set level = 2"))
    assert _seen(database, resolve(database.app, coach.id, facilitator.id, place.district.id)) == 0
    assert SECRET not in visitor.get(place.page).text
    assert visitor.post(answer, data={"words": "No."}).status_code == 403
    with database.app.transaction(place.cbo_scope) as session:
        _, token = share_links.create(
            session,
            place.cbo_scope,
            plan_id=place.plan_id,
            label="x",
            expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=9),
        )
    reader = resolve_visitor(database.app, token)
    for table in ("cabinet_thread", "cabinet_remark"):
        with database.app.transaction(reader) as session:
            assert twins.refusal(session, sa.text(f"select 1 from {table}")) == "42501", table


def _seen(database, scope):
    with database.app.transaction(scope) as session:
        return sum(
            session.execute(sa.text(f"select count(*) from {table}")).scalar_one()
            for table in ("cabinet_thread", "cabinet_remark")
        )


def test_whoever_does_not_own_a_section_suggests_and_its_owner_decides(place, app, database):
    other = "The savings are named one by one."
    address = f"{place.edit}/passages/{place.passage.id}"
    refused = place.cao.post(address, data=place.form(other))
    assert refused.status_code == 403
    assert "belongs to Marisol Quintero" in html.unescape(refused.text)
    api = f"/api/v1/districts/{place.district.id}/plans/{place.plan_id}/blocks/{place.passage.id}"
    assert place.cao.put(api, json={"revision": 1, "text": other}).status_code == 403
    page = place.cao.get(place.page).text
    assert "Suggest other words" in page
    assert "Keep this passage" not in page
    loose = place.cao.post(f"{address}/suggestions", data=place.form("It brings 5 million."))
    assert loose.status_code == 422
    assert "The number 5 is not bound" in loose.text
    assert place.cao.post(f"{address}/suggestions", data=place.form(other)).status_code == 302
    act = f"{place.edit}/threads/{place.newest().id}"
    assert place.cao.post(f"{act}/take").status_code == 403
    assert place.text() == place.passage.text
    assert "<ins>" in place.cbo.get(place.page).text
    assert place.cbo.post(f"{act}/take").status_code == 302
    assert place.text() == other
    assert place.newest().state == "taken"
    assert place.cbo.post(f"{act}/decline").status_code == 404, "it was decided"
    # Made from the words before: the same sentence was changed since, so both are shown.
    place.sup.post(f"{address}/suggestions", data=place.form("Nothing is named yet."))
    second = f"{place.edit}/threads/{place.newest().id}"
    both = place.cbo.post(f"{second}/take")
    assert both.status_code == 409
    assert other in both.text
    assert "Nothing is named yet." in both.text
    assert place.sup.post(f"{second}/decline").status_code == 302
    assert place.newest().state == "withdrawn"


def test_owner_contributor_and_governing_team_write_where_the_matrix_lets_them(place, database):
    with database.app.transaction(place.cbo_scope) as session:
        owned = writing.section_of(session, place.district.id, place.plan_id, "how_we_pay")
        free = writing.section_of(session, place.district.id, place.plan_id, "outlook")
        session.expunge_all()
    expected = {
        ("CBO", True): (True, True),
        ("CAO", False): (False, True),
        ("HR", False): (False, False),
        ("BRD", False): (False, False),
    }
    for (role, contributor), wanted in expected.items():
        person = factories.make_member(database, place.district, role, contributor=contributor)
        scope = factories.scope_of(database.app, person, place.district.id)
        with database.app.transaction(scope) as session:
            found = tuple(owning.may_write(session, scope, section) for section in (owned, free))
        assert found == wanted, role


def test_the_checklist_names_what_is_open_and_where(place, database):
    place.comment(place.cao)
    with database.app.transaction(place.cbo_scope) as session:
        writing.add(
            session,
            place.cbo_scope,
            place.plan_id,
            "how_we_pay",
            kind="paragraph",
            text="See www.example.org for {{stated:42 schools}}.",
            text_es="Vea www.example.org sobre {{stated:42 escuelas}}.",
        )
        writing.add(session, place.cbo_scope, place.plan_id, "how_we_pay", kind="heading", text="And then")
    page = html.unescape(place.cbo.get(f"{place.base}/sign-off").text)
    assert "1 thread or suggestion inside the cabinet is open." in page
    assert "Comment by Denise Okafor" in page
    assert f"section=how_we_pay#b{place.passage.id}" in page
    assert "stated by" in page
    assert "42 schools" in page
    assert "The address www.example.org stands bare" in page
    assert "A heading with nothing under it" in page
    assert "passage is without Spanish" in page
    assert "Every public comment has an answer." in page
    assert "Who can do it: the owner of the section" in page
