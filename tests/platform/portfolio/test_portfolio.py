"""The district home and the process board."""

import datetime as dt
import re

import pytest
from sqlalchemy import event, text

from apportion.portfolio import outlook
from tenants.language import render
from tenants.records import dates, standing
from tenants.records.runs import Run
from tenants.records.steps import PHASES, STEPS, in_phase
from tests.support.acting import acting
from tests.support.factories import make_district, make_engagement, make_facilitator, make_member, scope_of

AVAILABLE = {"2025-26": 2_066_300_000, "2026-27": 1_410_800_000, "2027-28": 521_200_000}
MINIMUM = {"2025-26": 625_200_000, "2026-27": 629_600_000, "2027-28": 641_200_000}


def body(page):
    return page.get_data(as_text=True)


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body(page)))


def make_outlook(database, person, available=AVAILABLE, minimum=MINIMUM, digest="1"):
    figures = {}
    for year, cents in available.items():
        figures[f"available_reserve/{year}"] = {"value": cents}
        if year in minimum:
            figures[f"minimum/{year}"] = {"value": minimum[year]}
            figures[f"over_minimum/{year}"] = {"value": cents - minimum[year]}
            figures[f"standard_percent/{year}"] = {"value": 3.0}
    result = {"finding": {"text": "The reserve holds", "values": {}}, "figures": figures}
    with database.app.transaction(scope_of(database.app, person)) as session:
        run = Run(
            district_id=person.organization_id,
            analysis=outlook.ANALYSIS,
            version="1",
            input_digest=digest,
            inputs=[],
            parameters={},
            parameters_digest="p",
            output_digest="o",
            result=result,
        )
        session.add(run)
        session.flush()
        return run.id


@pytest.fixture
def district(database):
    return make_district(database, "Elm Creek Unified")


@pytest.fixture
def cbo(database, district):
    return make_member(database, district, "CBO", name="Marisol Quintero")


@pytest.fixture
def cao(database, district):
    return make_member(database, district, "CAO", name="Denise Okafor")


def test_fifteen_steps_over_five_phases_as_the_source_counts_them():
    assert [len(in_phase(phase.number)) for phase in PHASES] == [4, 4, 2, 4, 1]
    assert len({step.key for step in STEPS}) == 15
    assert [step.number for step in STEPS][:4] == ["1A", "1B", "1C", "1D"]


def test_before_any_ledger_the_home_offers_the_one_action(app, database, district, cbo):
    page = acting(app, database, cbo).get(f"/d/{district.id}/")
    assert page.status_code == 200
    assert "Everything here begins with your ledger" in words(page)
    assert "Load a ledger" in words(page)


def test_the_home_s_title_is_the_shortfall_of_the_outlook(app, database, district, cbo):
    make_outlook(database, cbo)
    page = acting(app, database, cbo).get(f"/d/{district.id}/")
    assert "Without new decisions, you end 2027-28 $1.2M under the 3% reserve" in words(page)
    for printed in ("20,663", "6,252", "14,411", "14,108", "7,812", "5,212", "6,412"):
        assert printed in words(page)
    assert "minus (1,200)" in words(page)


def test_the_home_says_so_where_the_reserve_holds_or_is_short_already(database, cbo):
    def title(available):
        make_outlook(database, cbo, available, digest=str(sorted(available.values())))
        with database.app.transaction(scope_of(database.app, cbo)) as session:
            found = outlook.outlook(session, cbo.organization_id)
        assert found is not None
        return render(outlook.conclusion(found).said, "en")

    rich = dict.fromkeys(AVAILABLE, 900_000_000)
    assert title(rich) == (
        "Without new decisions, the reserve stays above the minimum through 2027-28, by $2.6M at the lowest"
    )
    poor = dict.fromkeys(AVAILABLE, 500_000_000)
    assert title(poor) == "The reserve is $1.3M under the 3% minimum already in 2025-26"


def test_the_drawing_stays_inside_its_frame():
    years = tuple(
        outlook.Year(f"{2025 + n}-{26 + n}", cents, 600_000_000, cents - 600_000_000, 3.0)
        for n, cents in enumerate((2_000_000_000, 500_000_000, -900_000_000))
    )
    found = outlook.Outlook(1, None, {}, years)
    for narrow in (False, True):
        drawing = outlook.drawing(found, narrow=narrow)
        for bar in drawing.bars:
            assert bar.x >= 0
            assert bar.x + drawing.bar <= drawing.width
            assert bar.top >= 0
            assert bar.top + bar.height <= drawing.height - 40
        below = drawing.bars[2]
        assert below.top >= drawing.base
        assert drawing.bars[1].short_height > 0


def test_the_home_asks_the_same_number_of_questions_whatever_it_holds(app, database, district, cbo, cao):
    she = acting(app, database, cbo)
    counted = []

    def count(*_arguments):
        counted.append(1)

    engine = app.extensions["apportion"].database.engine
    she.get(f"/d/{district.id}/")
    event.listen(engine, "before_cursor_execute", count)
    make_outlook(database, cbo)
    counted.clear()
    she.get(f"/d/{district.id}/")
    few = len(counted)
    with database.app.transaction(scope_of(database.app, cbo)) as session:
        standing.seed(session, district.id)
        for step in STEPS:
            standing.assign(session, district.id, step.key, finance=cbo.id, instruction=cao.id, due=None)
    make_outlook(database, cbo, digest="2")
    counted.clear()
    she.get(f"/d/{district.id}/")
    event.remove(engine, "before_cursor_execute", count)
    assert len(counted) <= few


def test_a_step_is_done_only_when_both_departments_say_so(app, database, district, cbo, cao):
    finance, instruction = acting(app, database, cbo), acting(app, database, cao)
    step = f"/d/{district.id}/process/goals"
    refused = finance.post(step, data={"act": "confirm", "evidence": "Board item 4"})
    assert refused.status_code == 302
    assert "no owner yet" in words(finance.get(f"/d/{district.id}/process"))
    finance.post(step, data={"act": "assign", "finance": cbo.id, "instruction": cao.id, "due": "2026-12-05"})
    finance.post(step, data={"act": "confirm", "evidence": "Board item 4"})

    def state():
        with database.app.transaction(scope_of(database.app, cbo)) as session:
            return session.execute(
                text(
                    "select state, finance_done_at is not null, instruction_done_at is not null"
                    " from process_step"
                )
            ).one()

    assert tuple(state()) == ("under_way", True, False)
    instruction.post(step, data={"act": "confirm", "evidence": ""})
    assert tuple(state()) == ("done", True, True)
    finance.post(step, data={"act": "reopen"})
    assert tuple(state()) == ("under_way", False, False)


def test_finance_can_not_speak_for_instruction(app, database, district, cbo, cao):
    she = acting(app, database, cbo)
    step = f"/d/{district.id}/process/goals"
    she.post(step, data={"act": "assign", "finance": cbo.id, "instruction": cao.id})
    she.post(step, data={"act": "confirm", "evidence": "x", "side": "instruction"})
    with database.app.transaction(scope_of(database.app, cbo)) as session:
        row = session.execute(text("select finance_done_at, instruction_done_at from process_step")).one()
    assert row.finance_done_at is not None
    assert row.instruction_done_at is None


def test_bad_input_to_a_step_is_refused_and_changes_nothing(app, database, district, cbo):
    she = acting(app, database, cbo)
    stranger = make_member(database, make_district(database, "Fern Hill"), "CAO")
    step = f"/d/{district.id}/process/goals"
    she.post(step, data={"act": "assign", "finance": cbo.id, "instruction": stranger.id, "due": ""})
    with database.app.transaction(scope_of(database.app, cbo)) as session:
        owners = session.execute(
            text("select finance_owner_id, instruction_owner_id from process_step")
        ).one()
    assert tuple(owners) == (cbo.id, None)
    she.post(step, data={"act": "assign", "finance": "", "due": "2026-02-30"})
    she.post(f"/d/{district.id}/process/nonsense", data={"act": "begin"})
    she.post(step, data={"act": "set_aside", "reason": "  "})
    assert she.post(step, data={"act": "fly"}).status_code == 400
    with database.app.transaction(scope_of(database.app, cbo)) as session:
        rows = session.execute(text("select step, finance_owner_id, state from process_step")).all()
    assert [tuple(row) for row in rows] == [("goals", cbo.id, "under_way")]


def test_a_coach_of_level_one_reads_the_board_and_changes_nothing(app, database, district):
    facilitator = make_facilitator(database)
    coach = make_member(database, facilitator, "FCO")
    make_engagement(database, district, facilitator, level=1, coaches=(coach,))
    she = acting(app, database, coach)
    page = she.get(f"/d/{district.id}/process")
    assert page.status_code == 200
    assert "Assign, confirm" not in words(page)
    assert she.post(f"/d/{district.id}/process/goals", data={"act": "begin"}).status_code == 403


def test_a_coach_of_level_one_learns_no_number_from_the_home(app, database, district, cbo):
    make_outlook(database, cbo)
    facilitator = make_facilitator(database)
    coach = make_member(database, facilitator, "FCO")
    make_engagement(database, district, facilitator, level=1, coaches=(coach,))
    page = acting(app, database, coach).get(f"/d/{district.id}/")
    assert page.status_code == 200
    assert "1.2M" not in words(page)
    assert "20,663" not in words(page)


def test_notices_move_to_the_friday_before_a_weekend():
    found = {each.key: each for each in dates.coming(dt.date(2025, 11, 24))}
    assert found["notices"].on == dt.date(2026, 3, 13)
    assert found["notices"].law_day == dt.date(2026, 3, 15)
    assert found["first_interim"].on == dt.date(2025, 12, 15)
    assert found["first_interim"].law_day is None
    days = [each.on for each in dates.coming(dt.date(2025, 12, 15))]
    assert days == sorted(days)
    assert days[0] == dt.date(2025, 12, 15)
    assert len(days) == 9
    assert dates.fiscal_year_of(dt.date(2026, 6, 30)) == "2025-26"
    assert dates.fiscal_year_of(dt.date(2026, 7, 1)) == "2026-27"


@pytest.mark.parametrize("role", ["SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD"])
def test_the_home_opens_for_every_role_of_the_house_in_both_languages(app, database, district, cbo, role):
    make_outlook(database, cbo)
    for language in ("en", "es"):
        person = make_member(database, district, role, language=language)
        page = acting(app, database, person).get(f"/d/{district.id}/")
        assert page.status_code == 200, words(page)[:500]
        assert f'lang="{language}"' in body(page)
        if role in {"PRI", "BRD"}:
            assert "20,663" not in words(page)
