"""Support by consent over HTTP: asked, accepted, a banner, every page recorded, ended on the next request."""

import re

import pytest
import sqlalchemy as sa

from apportion.routing import routes
from tenants import audit, support
from tenants.entering.sealing import Sealer
from tenants.records import webhooks
from tenants.scope import Scope
from tests.support import factories, forms
from tests.support.acting import acting

PURPOSE = "The import of July stays at half and nobody knows why."


@pytest.fixture
def district(database):
    return factories.make_district(database, "Elm Creek Unified")


@pytest.fixture
def steward(database, district):
    return factories.make_member(database, district, "CBO", True, name="Carla Bo")


@pytest.fixture
def operator(database):
    return factories.make_organization(database, "operator", "Apportion Support")


@pytest.fixture
def sam(database, operator):
    return factories.make_member(database, operator, "PAD", name="Sam Support")


def client_of(app, person):
    client = app.test_client()
    assert forms.sign_in(client, person.address).status_code == 302
    return client


def post(client, address, /, **values):
    return forms.post(client, address, "/account", **values)


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer.get_data(as_text=True)


def grant_id(database, steward):
    with database.app.transaction(factories.scope_of(database.app, steward)) as session:
        return session.scalar(sa.text("select max(id) from support_grant"))


def mails(database):
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        found = owner.execute("select address, subject, text from outgoing_mail order by id").fetchall()
        owner.rollback()
    return found


def test_support_from_asking_to_its_end(app, redis, database, district, steward, sam):
    support_client, own = client_of(app, sam), client_of(app, steward)
    place, settings = f"/d/{district.id}", f"/d/{district.id}/settings"
    assert support_client.get("/").location == "/console"
    for address in (f"{place}/", f"{place}/data", f"{place}/support", f"{settings}/people"):
        assert support_client.get(address).status_code == 404
    wish = {"purpose": PURPOSE, "areas": ["data", "settings"], "hours": "2"}
    for wrong in ({"areas": []}, {"areas": ["people's pay"]}, {"hours": "25"}, {"purpose": "why"}):
        asked = {"cds_code": district.cds_code, **wish, **wrong}
        assert post(support_client, "/console/support", **asked).status_code == 422
    assert post(support_client, "/console/support", cds_code="1" * 14, **wish).status_code == 422
    asked = post(support_client, "/console/support", cds_code=district.cds_code, **wish)
    assert asked.status_code == 302
    assert support_client.get(f"{place}/data").status_code == 404, "asking opens nothing"
    assert "asks to look" in text_of(own, f"{place}/")
    [(receiver, subject, letter)] = mails(database)
    assert (receiver, subject) == (steward.address, "Elm Creek Unified: support asks to look")
    for told in (PURPOSE, "Sam Support", "For 2 hours", f"{settings}/support"):
        assert told in letter
    number = grant_id(database, steward)
    for act in ("accept", "take_up"):
        assert post(support_client, f"/console/support/{number}", act=act).status_code == 404
    page = text_of(own, f"{settings}/support")
    assert PURPOSE in page
    assert "Sam Support" in page
    assert post(own, f"{settings}/support/{number}", act="accept").status_code == 302

    banner = "Support: Sam Support may see the ledger, its settings until"
    board = client_of(app, factories.make_member(database, district, "BRD"))
    for client, address in ((own, f"{place}/"), (own, f"{place}/plan"), (board, f"{place}/plan")):
        assert banner in text_of(client, address)
    assert "End now" not in text_of(board, f"{place}/plan")
    assert "You may look here until" in text_of(support_client, f"{place}/support")
    data = text_of(support_client, f"{place}/data")
    assert "You look into Elm Creek Unified for its support" in data
    assert "Carla Bo" in text_of(support_client, f"{settings}/people")
    for closed in ("/plan", "/analyses", "/comments", "/settings/support", "/settings/access", "/"):
        assert support_client.get(place + closed).status_code in {403, 404}, closed
    assert post(support_client, f"{settings}/support", **wish).status_code == 403
    assert acting(app, database, sam).get(f"{place}/data").status_code == 403, "not by a program"

    opened = text_of(own, f"{settings}/support")
    assert "3 pages were opened" in opened
    assert f"{settings}/people" in opened
    activity = text_of(own, f"{settings}/activity?verify=1")
    assert "Sam Support (support)" in activity
    assert "looked at it for support" in activity
    assert "does not fit" not in activity

    assert post(own, f"{settings}/support/{number}", act="end").status_code == 302
    assert support_client.get(f"{place}/data").status_code == 404
    assert banner not in text_of(own, f"{place}/")
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        seen = session.scalars(
            sa.select(audit.AuditEntry).where(audit.AuditEntry.action == support.USE)
        ).all()
    assert {entry.person_id for entry in seen} == {sam.id}
    assert f"{place}/data" in {entry.detail["path"] for entry in seen}


def test_a_steward_offers_and_the_named_person_alone_takes_it_up(
    app, redis, database, district, steward, operator, sam
):
    own, settings = client_of(app, steward), f"/d/{district.id}/settings/support"
    wish = {"purpose": PURPOSE, "areas": ["plan"], "hours": "1"}
    assert post(own, settings, address=steward.address, **wish).status_code == 422
    assert post(own, settings, address=sam.address.upper(), **wish).status_code == 302
    number = grant_id(database, steward)
    other = client_of(app, factories.make_member(database, operator, "PAD", name="Otto Other"))
    assert post(other, f"/console/support/{number}", act="take_up").status_code == 404
    named = client_of(app, sam)
    assert post(named, f"/console/support/{number}", act="take_up").status_code == 302
    assert named.get(f"/d/{district.id}/plan").status_code == 200
    assert other.get(f"/d/{district.id}/plan").status_code == 404
    with database.owner() as owner:
        owner.execute("alter table support_grant no force row level security")
        owner.execute("alter table support_grant disable trigger user")
        owner.execute("update support_grant set starts_at = now() - interval '2 hours', ends_at = now()")
    assert named.get(f"/d/{district.id}/plan").status_code == 404, "its time is over"
    assert "over" in text_of(named, "/console/support")


def test_every_page_that_support_may_open_works_under_the_role_that_reads_alone(
    app, redis, database, district, steward, sam
):
    scope = factories.scope_of(database.app, steward)
    wish = support.Wish(PURPOSE, ("data", "analyses", "plan", "comments", "settings"), 1)
    number = support.offer(database.app, scope, address=sam.address, wish=wish)
    client = client_of(app, sam)
    assert post(client, f"/console/support/{number}", act="take_up").status_code == 302
    answers = {}
    for route in routes(app):
        if "GET" in route.methods and "<int:district_id>" in route.path:
            path = route.path.replace("<int:district_id>", str(district.id))
            path = path.replace("<int:", "<").replace("<path:", "<")
            while "<" in path:
                path = path[: path.index("<")] + "7" + path[path.index(">") + 1 :]
            answers[path] = client.get(path).status_code
    assert not {path: code for path, code in answers.items() if code >= 500}
    opened = {path for path, code in answers.items() if code == 200}
    assert {f"/d/{district.id}/{name}" for name in ("data", "analyses", "plan", "comments")} <= opened


def test_the_settings_that_a_grant_opens_are_seen_without_a_secret_and_every_record_is_logged(
    app, redis, database, district, steward, sam
):
    own, settings = client_of(app, steward), f"/d/{district.id}/settings"
    tokens = f"{settings}/tokens"
    made = forms.post(own, tokens, tokens, name="Payroll", days="9").get_data(as_text=True)
    token = re.search(r"(apt_[\w-]+)</code>", made)[1]
    scope = factories.scope_of(database.app, steward)
    with database.app.transaction(scope) as session:
        hook, secret = webhooks.add(
            session,
            scope,
            Sealer(database.settings.sealing_keys),
            name="Listener",
            address="https://example.org/hook",
            events=["dataset.accepted"],
        )
        webhook = hook.id
    number = support.offer(
        database.app, scope, address=sam.address, wish=support.Wish(PURPOSE, ("settings",), 1)
    )
    client = client_of(app, sam)
    post(client, f"/console/support/{number}", act="take_up")
    shown = {
        "people": "Carla Bo",
        "sign-in": "A password alone opens",
        "tokens": "Payroll",
        "webhooks": "Listener",
        f"webhooks/{webhook}?before=7&q=words": "Listener",
    }
    for page, words in shown.items():
        said = text_of(client, f"{settings}/{page}")
        assert words in said, page
        assert token not in said, page
        assert secret not in said, page
        assert "<form" not in said.partition("<main")[2].partition("</main>")[0].replace("/sign-out", ""), (
            page
        )
    for closed in ("access", "facilitator", "support", "activity", "leaving", "../data", "../plan"):
        assert client.get(f"{settings}/{closed}", follow_redirects=True).status_code in {403, 404}, closed
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        entries = session.scalars(
            sa.select(audit.AuditEntry)
            .where(audit.AuditEntry.action == support.USE)
            .order_by(audit.AuditEntry.sequence)
        ).all()
    assert [entry.detail["path"] for entry in entries] == [
        f"{settings}/{page.partition('?')[0]}" for page in shown
    ]
    assert entries[-1].subject == f"webhook/{webhook}"
    assert entries[-1].detail["asked"] == {"before": 7}
