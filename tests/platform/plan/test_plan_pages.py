"""The plan's pages, used as people use them: forms without script, and what each role sees."""

import datetime as dt
import html
import re
from unittest.mock import Mock

import pytest
from sqlalchemy import select, text

from reports.charts import page as page_charts
from reports.charts.svg import ENGINE as DRAWN_BY
from reports.pdf import ENGINE
from tenants.records.jobs import Job
from tenants.records.plans import PlanBlock, PlanVersion, RenderedFile
from tenants.scope import Scope
from tests.support import factories, plan_material
from tests.support.acting import acting
from tests.support.published import share
from workers import runner
from workers.planning import writing


@pytest.fixture
def place(app, database):
    material = plan_material.make_material(database)

    class Place:
        id = material.district.id
        base = f"/d/{material.district.id}/plan"
        plan_id = material.plan_id
        district = material.district
        superintendent = material.sup
        years = material.years
        cbo = acting(app, database, material.cbo)
        cao = acting(app, database, material.cao)
        sup = acting(app, database, material.sup)

        def member(self, role):
            return acting(app, database, factories.make_member(database, material.district, role))

        def blocks(self, section):
            with database.app.transaction(Scope.for_upkeep(self.id)) as session:
                held = writing.section_of(session, self.id, self.plan_id, section)
                found = session.scalars(
                    select(PlanBlock)
                    .where(PlanBlock.section_id == held.id, PlanBlock.removed_at.is_(None))
                    .order_by(PlanBlock.position)
                ).all()
                session.expunge_all()
                return found

        def version(self):
            with database.app.transaction(Scope.for_upkeep(self.id)) as session:
                return session.scalars(select(PlanVersion.id).order_by(PlanVersion.id.desc())).first()

        def editor(self, section="summary"):
            return f"{self.base}/edit/{self.plan_id}?section={section}"

        def freeze(self, **form):
            answer = self.cbo.post(f"{self.base}/versions", data={"kind": "draft_for_comment", **form})
            assert answer.status_code == 302, answer.text
            return self.version()

        def sign(self, version):
            for who, act in ((self.cbo, "certify"), (self.cao, "sign-off"), (self.sup, "approve")):
                assert who.post(f"{self.base}/versions/{version}/{act}").status_code == 302

        def publish(self, version):
            until = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20)).isoformat()
            form = {"comment_until": until}
            assert self.sup.post(f"{self.base}/versions/{version}/publish", data=form).status_code == 302
            return html.unescape(self.sup.get(f"{self.base}/versions/{version}").text)

    return Place()


def work_off(database, district):
    """Run the print jobs that wait, here and now."""
    with database.app.transaction(Scope.for_upkeep(district)) as session:
        waiting = session.scalars(
            select(Job.id).where(Job.kind == "render_plan", Job.state == "waiting")
        ).all()
    for job_id in waiting:
        runner.execute(database.settings, job_id, district)


PAGES = ("", "/priorities", "/priorities/new", "/options", "/options/new", "/sign-off", "/compare")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_opens_in_both_languages(place, app, database, language):
    person = factories.make_member(database, place.district, "CBO", language=language)
    reader = acting(app, database, person)
    version = place.freeze()
    addresses = [place.base + page for page in PAGES]
    addresses += [
        place.editor(key) for key in ("summary", "where_we_are", "how_we_pay", "outlook", "appendices")
    ]
    addresses += [f"{place.base}/versions/{version}", f"{place.base}/versions/{version}/read"]
    addresses += [f"{place.base}/edit/{place.plan_id}/insert?section=summary&find=reserv"]
    addresses += [f"{place.base}/figures/plan/balance/{place.years[-1]}"]
    for address in addresses:
        answer = reader.get(address)
        assert answer.status_code == 200, address
        assert f'lang="{language}"' in answer.text
        assert "<h1" in answer.text
        assert "style=" not in answer.text


def test_fourth_priority_meets_a_friendly_stop(place):
    form = {"title": "A third one", "ongoing.2025-26": "100,000"}
    assert place.cao.post(f"{place.base}/priorities/new", data=form).status_code == 302
    assert "Three priorities are the most" in place.cao.get(f"{place.base}/priorities/new").text
    answer = place.cao.post(f"{place.base}/priorities/new", data={"title": "A fourth one"})
    assert answer.status_code == 422
    assert "put another down first" in answer.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"title": "", "low.2025-26": "1"}, "Name the option"),
        ({"title": "X", "low.2025-26": "1e5"}, "is not an amount"),
        ({"title": "X", "low.2025-26": "(500)"}, "is not an amount"),
        (
            {"title": "X", "low.2025-26": "9", "likely.2025-26": "5", "high.2025-26": "7"},
            "go from low over likely",
        ),
        ({"title": "X", "resource": "30"}, "four digits"),
        ({"title": "X", "latest_decision_on": "soon"}, "is not a date"),
    ],
)
def test_option_that_can_not_be_kept_comes_back_with_its_words(place, form, said):
    answer = place.cbo.post(f"{place.base}/options/new", data=form)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    if form["title"]:
        assert f'value="{form["title"]}"' in answer.text


def conclusion(page):
    """Return a page's title in words."""
    found = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", found.group(1))).split())


def test_restricted_saving_shows_as_money_that_pays_nothing_unrestricted(place):
    page = place.cbo.get(f"{place.base}/options").text
    assert "It can't pay an unrestricted cost" in html.unescape(page)
    before = conclusion(page)
    assert before.startswith("With what is in the plan, 2026-27 is still $")
    federal = re.search(r'id="option-(\d+)"><div class="oc-h"><h3>Federal money pays first', page).group(1)
    place.cbo.post(f"{place.base}/options/{federal}/play", data={"in_plan": "0"})
    assert conclusion(place.cbo.get(f"{place.base}/options").text) == before
    staffing = re.search(r'id="option-(\d+)"><div class="oc-h"><h3>Staffing', page).group(1)
    place.cbo.post(f"{place.base}/options/{staffing}/play", data={"in_plan": "0"})
    assert conclusion(place.cbo.get(f"{place.base}/options").text) != before


def test_writing_a_loose_number_is_refused_where_it_was_written(place):
    block = next(b for b in place.blocks("summary") if b.kind == "paragraph")
    address = f"{place.base}/edit/{place.plan_id}/passages/{block.id}"
    form = {
        "revision": block.revision,
        "text": "It costs 5 million.",
        "text_es": "Cuesta.",
        "base": block.text,
        "base_es": block.text_es,
    }
    answer = place.cbo.post(address, data=form)
    assert answer.status_code == 422
    assert "The number 5 is not bound to a result" in answer.text
    assert "It costs 5 million." in answer.text


def test_two_writers_never_overwrite_each_other(place):
    block = next(b for b in place.blocks("summary") if b.kind == "paragraph")
    address = f"{place.base}/edit/{place.plan_id}/passages/{block.id}"
    form = {"revision": block.revision, "text_es": "Uno.", "base": block.text, "base_es": block.text_es}
    assert place.cbo.post(address, data=form | {"text": "Mine."}).status_code == 302
    answer = place.cao.post(address, data=form | {"text": "Theirs."})
    assert answer.status_code == 409
    assert "Mine." in answer.text
    assert "Theirs." in answer.text
    assert "Nothing is lost" in answer.text


def test_passages_are_added_moved_taken_out_and_brought_back(place):
    base = f"{place.base}/edit/{place.plan_id}"
    before = [b.id for b in place.blocks("engagement")]
    form = {
        "kind": "paragraph",
        "text": "We met families at every school.",
        "text_es": "Nos reunimos con familias.",
    }
    assert place.sup.post(f"{base}/sections/engagement/passages", data=form).status_code == 302
    added = place.blocks("engagement")[-1].id
    place.sup.post(f"{base}/passages/{added}/up")
    assert [b.id for b in place.blocks("engagement")] == [*before[:-1], added, before[-1]]
    place.sup.post(f"{base}/passages/{added}/remove")
    assert [b.id for b in place.blocks("engagement")] == before
    assert "Bring back" in place.sup.get(place.editor("engagement")).text
    place.sup.post(f"{base}/passages/{added}/restore")
    assert added in [b.id for b in place.blocks("engagement")]
    chart = {"kind": "chart", "reference": "plan/reserve"}
    assert place.sup.post(f"{base}/sections/engagement/passages", data=chart).status_code == 302
    assert (
        place.sup.post(
            f"{base}/sections/engagement/passages", data=chart | {"reference": "plan/none"}
        ).status_code
        == 422
    )


def test_human_resources_write_only_in_their_own_section(place):
    head = place.member("HR")
    block = place.blocks("summary")[0]
    answer = head.post(f"{place.base}/edit/{place.plan_id}/passages/{block.id}", data={"text": "x"})
    assert answer.status_code == 403
    assert "sections that you own" in answer.text


def test_checklist_names_who_can_do_what_and_publication_prints_both_editions(
    place, app, database, redis, monkeypatch
):
    version = place.freeze()
    page = place.cbo.get(f"{place.base}/versions/{version}").text
    assert "Certify these numbers" in page
    assert "Approve this version" not in page
    assert "Who can do it: superintendent" in page
    assert "4 lines keep version 0.1 from being published" in place.publish(version)
    place.sign(version)
    assert "can be published" in place.sup.get(f"{place.base}/versions/{version}").text
    assert "is published and never changes" in place.publish(version)
    work_off(database, place.id)
    with database.app.transaction(Scope.for_upkeep(place.id)) as session:
        kept = session.scalars(select(RenderedFile).order_by(RenderedFile.language)).all()
        files = [file for file in kept if file.kind == "plan_pdf"]
        assert [(f.language, f.engine) for f in files] == [("en", ENGINE), ("es", ENGINE)]
        drawn = [file for file in kept if file.kind == "chart_drawings"]
        assert [(f.language, f.engine) for f in drawn] == [("en", DRAWN_BY), ("es", DRAWN_BY)]
        digest = files[1].sha256
    pdf = place.cbo.get(f"{place.base}/versions/{version}/plan-es.pdf", buffered=True)
    assert pdf.mimetype == "application/pdf"
    assert pdf.headers["X-Content-SHA256"] == digest
    assert pdf.data.startswith(b"%PDF-1.7")
    # A first reader's page shows what was drawn with the print; nothing is drawn for it.
    drawing = Mock(side_effect=AssertionError("a chart was drawn in the web process"))
    monkeypatch.setattr(page_charts, "drawing", drawing)
    link_id, token = share(database, place.district, place.superintendent, place.plan_id)
    reader = app.test_client()
    reader.get(f"/r/{token}")
    assert reader.get(f"/r/p/{link_id}/").text.count("<svg xmlns") >= 3
    data = place.cbo.get(f"{place.base}/versions/{version}/plan.json").json
    figures = data["document"]["figures"]
    assert all(
        part["figure"] in figures
        for figure in figures.values()
        for part in figure["parts"]
        if "figure" in part
    )


def test_board_and_community_read_only_what_is_published(place):
    version = place.freeze()
    member = place.member("BRD")
    assert member.get(f"{place.base}/versions/{version}").status_code == 404
    assert member.get(f"{place.base}/versions/{version}/plan.json").status_code == 404
    assert "No version of the plan is published yet" in member.get(place.base).text
    place.sign(version)
    place.publish(version)
    assert member.get(f"{place.base}/versions/{version}").status_code == 200
    assert "The district has published a plan" in member.get(place.base).text
    assert member.get(f"{place.base}/versions/{version}/read").status_code == 200
    assert member.get(place.editor()).status_code == 404
    assert member.get(f"{place.base}/options").status_code == 403


def test_a_plan_starts_from_a_loaded_year_only(place, app, database):
    other = factories.make_district(database, "Elsewhere Unified")
    cbo = acting(app, database, factories.make_member(database, other, "CBO"))
    page = cbo.get(f"/d/{other.id}/plan")
    assert "The district has no plan yet" in page.text
    assert cbo.post(f"/d/{other.id}/plan", data={"base_year": "2024-25"}).status_code == 302
    with database.app.transaction(Scope.for_upkeep(other.id)) as session:
        assert session.execute(text("select count(*) from plan")).scalar_one() == 0


def test_starting_twice_leaves_one_plan(place, database):
    assert place.sup.post(place.base, data={"base_year": "2024-25"}).status_code == 302
    with database.app.transaction(Scope.for_upkeep(place.id)) as session:
        assert session.execute(text("select count(*) from plan")).scalar_one() == 1


def test_the_neighbour_finds_nothing(place, app, database):
    other = factories.make_district(database, "Elsewhere Unified")
    stranger = acting(app, database, factories.make_member(database, other, "SUP", steward=True))
    version = place.freeze()
    for address in (place.base, place.editor(), f"{place.base}/versions/{version}", f"{place.base}/compare"):
        assert stranger.get(address).status_code == 404
    own = f"/d/{other.id}/plan"
    assert stranger.get(f"{own}/versions/{version}").status_code == 404
    assert stranger.get(f"{own}/edit/{place.plan_id}").status_code == 404


def test_kept_file_is_the_file_that_is_served(place, database):
    version = place.freeze()
    place.sign(version)
    place.publish(version)
    work_off(database, place.id)
    first = place.cbo.get(f"{place.base}/versions/{version}/plan-en.pdf", buffered=True).data
    place.cbo.post(f"{place.base}/versions/{version}/print", data={"language": "en"})
    work_off(database, place.id)
    assert place.cbo.get(f"{place.base}/versions/{version}/plan-en.pdf", buffered=True).data == first
