"""A confidential option does not exist: every page answers as before, to all but the few who know it."""

import dataclasses
import datetime as dt
import difflib
import re
import types

import pytest
import sqlalchemy as sa

from tenants.records import access, confidential, plan_entries
from tenants.records.plan_entries import Amount, EntryRefusedError, OptionEntry, UnknownEntryError
from tenants.scope import Scope
from tests.support import factories
from tests.support.acting import acting
from tests.support.plan_material import make_material
from workers.planning import book, versions, writing

CANARY = "Zebra canary closing"
CENTS = 77_131_713
MASKS = (
    (re.compile(r'(csrf_token" value="|data-csrf="|nonce="|nonce-|data-seen=")[^"\' ]*'), r"\1"),
    (re.compile(r"<time datetime='[^']*'>[^<]*"), "<time>"),
    (re.compile(r"@?seen[=@][0-9a-f]{16}"), "seen"),
)


@pytest.fixture
def place(database):
    made = types.SimpleNamespace(**vars(make_material(database)))
    made.hr = factories.make_member(database, made.district, "HR")
    made.sed = factories.make_member(database, made.district, "SED")
    made.helper = factories.make_member(database, made.district, "CBO", contributor=True)
    made.principal = factories.make_member(database, made.district, "PRI")
    made.board = factories.make_member(database, made.district, "BRD")
    facilitator = factories.make_facilitator(database)
    made.coach = factories.make_member(database, facilitator, "FCO")
    factories.make_engagement(database, made.district, facilitator, level=4, coaches=(made.coach,))
    return made


def scope(database, place, person):
    return factories.scope_of(database.app, person, place.district.id)


def add_confidential(database, place, **fields):
    mine = scope(database, place, place.hr)
    entry = OptionEntry(
        CANARY,
        confidential=True,
        amounts={year: Amount(CENTS, CENTS, CENTS) for year in place.years},
        **fields,
    )
    with database.app.transaction(mine) as session:
        return plan_entries.save_option(session, mine, place.plan_id, entry)


def masked(text):
    for pattern, put in MASKS:
        text = pattern.sub(put, text)
    return text


def walk(app, who, place):
    """Return what every page and operation without other arguments answers to a person."""
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.arguments - {"district_id", "plan_id"}:
            continue
        if rule.rule.endswith("/protected.csv"):
            # Taking it out is an act, and the record of one's own acts would be longer the second time.
            continue
        path = rule.rule.replace("<int:district_id>", str(place.district.id)).replace(
            "<int:plan_id>", str(place.plan_id)
        )
        answer = who.get(path)
        found[path] = (answer.status_code, masked(answer.get_data(as_text=True)))
        answer.close()
    return found


def test_every_page_answers_as_before_to_whom_it_does_not_exist_for(app, database, place):
    kept_from = {
        name: acting(app, database, getattr(place, name))
        for name in ("cao", "sed", "helper", "coach", "principal", "board")
    }
    before = {name: walk(app, who, place) for name, who in kept_from.items()}
    option = add_confidential(database, place)
    for name, who in kept_from.items():
        after = walk(app, who, place)
        changed = {
            path: list(difflib.unified_diff(before[name][path][1].split("<"), text.split("<"), n=1))[:20]
            for path, (code, text) in after.items()
            if (code, text) != before[name][path]
        }
        assert not changed, f"{name}: {changed}"
        for path in (f"plan/options/{option}", f"plan/options/{option}/card"):
            there = who.get(f"/d/{place.district.id}/{path}")
            nowhere = who.get(f"/d/{place.district.id}/{path.replace(str(option), '987654321')}")
            assert there.status_code == nowhere.status_code
            assert masked(there.get_data(as_text=True)).replace(str(option), "#") == masked(
                nowhere.get_data(as_text=True)
            ).replace("987654321", "#")
    for name in ("cbo", "sup", "hr"):
        seen = acting(app, database, getattr(place, name)).get(f"/d/{place.district.id}/plan/options")
        assert CANARY in seen.get_data(as_text=True), name


def test_the_database_hides_it_whatever_a_view_forgets(database, place):
    option = add_confidential(database, place)
    for person in (place.cao, place.sed, place.helper, place.coach, place.principal, place.board):
        mine = scope(database, place, person)
        with database.app.transaction(mine) as session:
            for table, key in (("option", "id"), ("option_amount", "option_id")):
                found = session.execute(
                    sa.text(f"select count(*) from {table} where {key} = :id"), {"id": option}
                ).scalar_one()
                assert found == 0, (person.role, table)
            subjects = session.scalars(sa.text("select subject from audit_entry")).all()
            assert f"option/{option}" not in subjects
            if mine.district_id is None:
                continue
            touched = session.execute(sa.text("update option set title = title")).rowcount
            visible = session.execute(sa.text("select count(*) from option")).scalar_one()
            assert touched == visible
            nested = session.begin_nested()
            with pytest.raises(sa.exc.DBAPIError) as refused:
                session.execute(
                    sa.text("insert into option_amount values (:district, :id, '2030-31', 1, 1, 1)"),
                    {"district": place.district.id, "id": option},
                )
            assert refused.value.orig.sqlstate == "42501", "not the foreign key: that would say it exists"
            nested.rollback()


def test_no_figure_text_or_version_counts_it(database, place):
    mine = scope(database, place, place.hr)

    def figures():
        with database.app.transaction(mine) as session:
            return dict(book.load(session, place.district.id, place.plan_id).figures.sheet.figures)

    before = figures()
    option = add_confidential(database, place)
    assert figures() == before
    with database.app.transaction(mine) as session:
        frozen = versions.freeze_version(session, mine, place.plan_id, "draft_for_comment")
        assert CANARY not in str(frozen.content)
        assert f"plan/option/{option}" not in str(frozen.content)


def test_marking_it_later_takes_it_out_of_everything_unpublished(database, place):
    mine, other = scope(database, place, place.cbo), scope(database, place, place.cao)
    with database.app.transaction(mine) as session:
        held = plan_entries.options(session, place.district.id, place.plan_id)[1]
        key = f"plan/option/{held.id}/likely/2025-26"
        block = writing.add(
            session,
            mine,
            place.plan_id,
            "priorities",
            kind="paragraph",
            text="It saves {{figure:" + key + "}} next year.",
            text_es="Ahorra {{figure:" + key + "}} el próximo año.",
        )
        frozen = versions.freeze_version(session, mine, place.plan_id, "draft_for_comment")
        number = frozen.number
    with database.app.transaction(mine) as session:
        confidential.mark(session, mine, held.id)
    with database.app.transaction(other) as session:
        assert held.id not in {
            each.id for each in plan_entries.options(session, place.district.id, place.plan_id)
        }
        assert session.scalars(sa.text("select id from plan_block where id = :id"), {"id": block}).all() == []
        assert session.scalars(sa.text("select number from plan_version")).all() == []
        assert not [
            subject
            for subject in session.scalars(sa.text("select subject from audit_entry"))
            if subject in {f"option/{held.id}", f"plan_block/{block}", f"plan_version/{frozen.id}"}
        ]
        again = versions.freeze_version(session, other, place.plan_id, "draft_for_comment")
        assert again.number == number, "no gap in the numbers"
    sup, later = scope(database, place, place.sup), dt.datetime.now(dt.UTC) + dt.timedelta(days=9)
    with (
        pytest.raises(versions.ActRefusedError, match="confidential now"),
        database.app.transaction(sup) as session,
    ):
        versions.publish(
            session,
            sup,
            place.plan_id,
            frozen.id,
            base_url="https://example.org",
            secret="secret",
            comment_until=later,
        )


def test_a_name_opens_it_to_read_and_ends_with_its_day(app, database, place):
    option = add_confidential(database, place)
    hr = scope(database, place, place.hr)
    today = dt.datetime.now(dt.UTC).date()
    with database.app.transaction(hr) as session:
        given = access.give(
            session,
            hr,
            person_id=place.cao.id,
            resource="confidential_options",
            option_id=option,
            reason="Bargaining team",
            ends_on=today + dt.timedelta(days=3),
            today=today,
        )
    who = acting(app, database, place.cao)
    card = f"/d/{place.district.id}/plan/options/{option}/card"
    assert CANARY in who.get(card).get_data(as_text=True)
    assert who.get(f"/d/{place.district.id}/plan/options/{option}").status_code == 403
    assert acting(app, database, place.sed).get(card).status_code == 404
    mine = scope(database, place, place.cao)
    with database.app.transaction(mine) as session:
        assert (
            session.execute(sa.text("update option set title = 'x' where id = :id"), {"id": option}).rowcount
            == 0
        )
    factories.behind_the_walls(
        database, "named_access", f"update named_access set ends_on = current_date - 2 where id = {given}"
    )
    assert who.get(card).status_code == 404


def test_it_is_released_combined_and_separated_to_the_cent(database, place):
    option = add_confidential(database, place)
    sup = scope(database, place, place.sup)
    year = place.years[0]
    with database.app.transaction(sup) as session:
        ordinary = plan_entries.options(session, place.district.id, place.plan_id)
        line = next(each for each in ordinary if each.title == "Contracts rebid")
        wrong = next(each for each in ordinary if each.kind == "revenue")
        with pytest.raises(EntryRefusedError):
            confidential.combine(session, sup, option, wrong.id)
        confidential.combine(session, sup, option, line.id)
        with pytest.raises(EntryRefusedError):
            plan_entries.play_option(session, sup, place.plan_id, option, in_plan=True)
        with pytest.raises(EntryRefusedError):
            confidential.mark(session, sup, line.id)
    with database.app.transaction(scope(database, place, place.cao)) as session:
        seen = plan_entries.option_entry(session, place.district.id, line.id)
        assert seen.amounts[year].likely == line.amounts[year].likely + CENTS
        with pytest.raises(UnknownEntryError):
            plan_entries.option_entry(session, place.district.id, option)
    with database.app.transaction(sup) as session:
        confidential.separate(session, sup, option)
        assert plan_entries.option_entry(session, place.district.id, line.id).amounts == line.amounts


def test_who_can_see_this_says_it_person_by_person(app, database, place):
    option = add_confidential(database, place)
    path = f"/api/v1/districts/{place.district.id}/access/who?record=option/{option}"
    answer = acting(app, database, place.hr).get(path).get_json()["items"]
    assert {each["role"] for each in answer if each["sees"]} == {"SUP", "CBO", "HR"}
    assert not [each for each in answer if each["sees"] and each["name"] == place.helper.name]
    assert {each["role"] for each in answer} >= {"CAO", "SED", "PRI", "BRD", "FCO"}
    assert all(each["why"] for each in answer)
    assert acting(app, database, place.cao).get(path).status_code == 404, "not even that somebody knows"
    page = acting(app, database, place.hr).get(f"/d/{place.district.id}/settings/who?record=option/{option}")
    assert page.status_code == 200
    assert place.sup.name in page.get_data(as_text=True)
    with database.app.transaction(scope(database, place, place.cbo)) as session:
        ordinary = plan_entries.options(session, place.district.id, place.plan_id)[0].id
    open_one = acting(app, database, place.cao).get(path.replace(str(option), str(ordinary)))
    assert {each["role"] for each in open_one.get_json()["items"] if each["sees"]} >= {"CAO", "SED", "FCO"}


def test_an_action_team_reaches_one_card_and_no_confidential_one(app, database, place):
    cbo = scope(database, place, place.cbo)
    with database.app.transaction(cbo) as session:
        studied, other = plan_entries.options(session, place.district.id, place.plan_id)[:2]
        team = access.make_team(
            session,
            cbo,
            kind="action",
            name="Staffing",
            option_id=studied.id,
            person_ids=[place.cbo.id, place.cao.id, place.principal.id],
        )
    who = acting(app, database, place.principal)

    def card(option):
        return who.get(f"/d/{place.district.id}/plan/options/{option}/card").status_code

    assert card(studied.id) == 200
    assert card(other.id) == 404
    assert who.get(f"/d/{place.district.id}/plan/options").status_code == 403
    with database.app.transaction(cbo) as session:
        confidential.mark(session, cbo, studied.id)
    assert card(studied.id) == 404, "a team never reaches what is confidential"
    with database.app.transaction(cbo) as session:
        confidential.open_up(session, cbo, studied.id)
    assert card(studied.id) == 200
    with database.app.transaction(cbo) as session:
        assert access.end_team(session, cbo, team)
    assert card(studied.id) == 404


def test_a_scope_made_by_hand_shows_what_it_names_and_no_more(database, place):
    option = add_confidential(database, place)
    bare = Scope(cabinet=(place.district.id,))
    for named, wanted in ((frozenset(), 0), (frozenset({f"option/{option}"}), 1)):
        with database.app.transaction(dataclasses.replace(bare, named=named)) as session:
            found = session.execute(sa.text("select count(*) from option where confidential")).scalar_one()
            assert found == wanted
