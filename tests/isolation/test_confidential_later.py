"""What becomes confidential after publication: repeated nowhere, said plainly, taken back from readers."""

import csv
import datetime as dt
import io

import pytest
import sqlalchemy as sa

from reports.document import Document
from tenants.records import plan_entries, share_links
from tenants.records.plans import PlanVersion
from tenants.scope import Scope, resolve_visitor
from tests.support import factories
from tests.support.acting import acting
from tests.support.plan_material import make_material
from workers.comments import conversation
from workers.comments.texts import Posting, check
from workers.planning import versions, writing

CANARY = "Zebra canary closing"
SAID = "Why close the zebra house at all?"


@pytest.fixture
def place(database):
    return make_material(database)


def scope(database, place, who):
    return factories.scope_of(database.app, getattr(place, who), place.district.id)


def freeze(database, place, who="cbo"):
    mine = scope(database, place, who)
    with database.app.transaction(mine) as session:
        return versions.freeze_version(session, mine, place.plan_id, versions.DRAFT).id


def published(database, place):
    """Publish a version that names a measure; return measure, passage, version, and the link's token."""
    cbo = scope(database, place, "cbo")
    with database.app.transaction(cbo) as session:
        option = plan_entries.options(session, place.district.id, place.plan_id)[1].id
        figure = "{{figure:plan/option/" + str(option) + "/likely/2025-26}}"
        block = writing.add(
            session,
            cbo,
            place.plan_id,
            "priorities",
            kind="paragraph",
            text=f"{CANARY} saves {figure}.",
            text_es=f"{CANARY} ahorra {figure}.",
        )
    version = freeze(database, place)
    for who, act in (("cbo", "certify_numbers"), ("cao", "sign_off_priorities"), ("sup", "approve")):
        mine = scope(database, place, who)
        with database.app.transaction(mine) as session:
            versions.sign(session, mine, place.plan_id, version, act)
    sup = scope(database, place, "sup")
    secret = database.settings.secret_keys[0]
    with database.app.transaction(sup) as session:
        versions.publish(
            session,
            sup,
            place.plan_id,
            version,
            base_url="https://plans.test",
            secret=secret,
            comment_until=dt.datetime.now(dt.UTC) + dt.timedelta(days=20),
        )
    token = share_links.derived_token(secret, place.district.id, versions.printed_link(version))
    return option, block, version, token


def post(database, place, token, **about):
    reader = resolve_visitor(database.app, token)
    with database.app.transaction(reader) as session:
        held = session.scalars(sa.select(PlanVersion)).one()
        conversation.post_public(
            session,
            reader,
            held,
            Document.from_json(held.content),
            check(Posting(text=SAID, language="en", **about)),
            secret="secret",
        )


@pytest.mark.parametrize("freezing", ["cbo", "cao"])
def test_nothing_frozen_or_taken_out_later_repeats_it(app, database, place, freezing):
    option, block, _, token = published(database, place)
    post(database, place, token, block_id=block, quotation=CANARY)
    post(database, place, token, figure=f"plan/option/{option}/likely/2025-26")
    client = acting(app, database, place.cbo)
    marked = client.post(f"/d/{place.district.id}/plan/options/{option}/guard", data={"act": "mark"})
    assert marked.status_code == 302
    later = freeze(database, place, freezing)
    with database.app.transaction(Scope.for_upkeep(place.district.id)) as session:
        content = session.get_one(PlanVersion, (place.district.id, later)).content
        mine = [each for each in content["comments"]["threads"] if SAID in str(each)]
    assert CANARY not in str(content)
    assert f"plan/option/{option}/" not in str(content)
    assert mine == [], "what was said of it would tell what it was"
    assert content["comments"]["left_out"] == 2
    assert "2 comments were received" in content["comments"]["table"]["caption"]["en"]
    for who in (place.cbo, place.cao):
        table = acting(app, database, who).get(f"/d/{place.district.id}/comments.csv").get_data(as_text=True)
        assert [row["Comment"] for row in csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))] == [
            SAID,
            SAID,
        ]
        assert CANARY not in table


def test_who_marks_it_learns_what_still_shows_it_and_the_superintendent_takes_it_back(app, database, place):
    option, block, version, token = published(database, place)
    post(database, place, token, block_id=block, quotation=CANARY)
    home = f"/d/{place.district.id}/plan"
    official, superintendent = acting(app, database, place.cbo), acting(app, database, place.sup)
    official.post(f"{home}/options/{option}/guard", data={"act": "mark"})
    card = official.get(f"{home}/options/{option}").get_data(as_text=True)
    assert "Published before, and still showing it" in card
    assert f"{home}/versions/{version}" in card
    reader = app.test_client()
    reader.get(f"/r/{token}", follow_redirects=True)
    assert CANARY in reader.get(f"/r/{token}", follow_redirects=True).get_data(as_text=True)

    back = f"{home}/versions/{version}/take-back"
    assert official.post(back, data={"reason": "Bargaining"}).status_code == 403
    superintendent.post(back, data={"reason": " "})
    assert CANARY in reader.get(f"/r/{token}", follow_redirects=True).get_data(as_text=True)
    assert superintendent.post(back, data={"reason": "Bargaining"}).status_code == 302
    assert "was taken back" in superintendent.get(f"{home}/versions/{version}").get_data(as_text=True)
    assert CANARY not in reader.get(f"/r/{token}", follow_redirects=True).get_data(as_text=True)
    with database.app.transaction(resolve_visitor(database.app, token)) as session:
        assert session.scalars(sa.select(PlanVersion.id)).all() == []
    card = official.get(f"{home}/options/{option}").get_data(as_text=True)
    assert "still showing it" not in card
    steward = acting(app, database, place.sup)
    record = steward.get(f"/d/{place.district.id}/settings/activity").get_data(as_text=True)
    assert "took a published version back from readers" in record
