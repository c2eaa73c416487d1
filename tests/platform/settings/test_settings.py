"""People, the facilitator's access, tokens and the record of activity, over HTTP."""

import re

import pytest
import sqlalchemy as sa

from apportion import routing
from tenants.scope import Scope, resolve
from tests.support import factories
from tests.support.acting import acting


@pytest.fixture
def district(database):
    return factories.make_district(database)


@pytest.fixture
def cbo(database, district):
    return factories.make_member(database, district, "CBO", True, name="Carla Bo")


@pytest.fixture
def facilitator(database):
    return factories.make_facilitator(database)


@pytest.fixture
def lead(database, facilitator):
    return factories.make_member(database, facilitator, "FLD", name="Lena Lead")


def client_of(app, person):
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'csrf_token" value="([^"]+)"', page).group(1)
    done = client.post(
        "/sign-in/password",
        data={"csrf_token": token, "address": person.address, "password": factories.PASSWORD},
    )
    assert done.status_code == 302
    return client


def post(client, address, /, **values):
    page = client.get("/account").get_data(as_text=True)
    token = re.search(r'csrf_token" value="([^"]+)"', page).group(1)
    return client.post(address, data={"csrf_token": token, **values})


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def mails(database):
    with database.owner() as owner:
        owner.execute("alter table outgoing_mail no force row level security")
        return owner.execute(
            "select address, subject, text, language from outgoing_mail order by id"
        ).fetchall()


def test_a_steward_invites_and_the_invitation_is_accepted(app, redis, database, district, cbo):
    client, base = client_of(app, cbo), f"/d/{district.id}/settings"
    wrong = post(client, f"{base}/people/invite", address="no address", name="Ana", role="CAO")
    assert wrong.status_code == 422
    assert "is not a mail address" in wrong.get_data(as_text=True)
    role = post(client, f"{base}/people/invite", address="ana@elm.org", name="Ana", role="FLD")
    assert role.status_code == 422
    assert (
        post(client, f"{base}/people/invite", address="Ana@Elm.org", name="Ana", role="CAO").status_code
        == 302
    )
    [(address, subject, text, language)] = mails(database)
    assert (address, language) == ("ana@elm.org", "en")
    assert district.name in subject
    assert "Carla Bo" in text
    path = re.search(r"/invitation/\S+", text).group(0)
    assert app.test_client().get(path).status_code == 200
    again = post(client, f"{base}/people/invite", address="ana@elm.org", name="Ana", role="CAO")
    assert again.status_code == 302
    assert app.test_client().get(path).status_code == 410
    assert text_of(client, f"{base}/people").count('<br><span class="quiet">ana@elm.org') == 2


def test_the_same_pages_refuse_whoever_is_no_steward(app, redis, database, district, cbo):
    other = factories.make_member(database, district, "SUP", False)
    client, base = client_of(app, other), f"/d/{district.id}/settings"
    assert client.get(f"{base}/people").status_code == 200
    assert post(client, f"{base}/facilitator/offer", facilitator="1").status_code == 403
    for page in ("tokens", "webhooks"):
        shown = text_of(client, f"{base}/{page}")
        assert "<form" not in shown.partition("<main")[2].partition("</main>")[0], "seen and not changed"
        assert post(client, f"{base}/{page}", name="x", days="7").status_code == 403
    refused = post(client, f"{base}/people/1", role="CBO")
    assert refused.status_code == 403
    assert "only a steward" in refused.get_data(as_text=True)


def test_the_last_steward_stays(app, redis, database, district, cbo):
    client, base = client_of(app, cbo), f"/d/{district.id}/settings"
    member = factories.make_member(database, district, "HR")
    with database.app.transaction(factories.scope_of(database.app, cbo)) as session:
        ids = dict(session.execute(sa.text("select person_id, id from membership")).all())
    last = post(client, f"{base}/people/{ids[cbo.id]}", act="end")
    assert last.status_code == 422
    assert "last steward" in last.get_data(as_text=True)
    assert post(client, f"{base}/people/{ids[cbo.id]}", act="change", role="CBO").status_code == 422
    assert (
        post(client, f"{base}/people/{ids[member.id]}", act="change", role="HR", steward="1").status_code
        == 302
    )
    assert post(client, f"{base}/people/{ids[cbo.id]}", act="change", role="CBO").status_code == 302
    assert resolve(database.app, cbo.id, district.id).steward is False


def test_a_member_who_is_let_go_is_out_at_once(app, redis, database, district, cbo):
    member = factories.make_member(database, district, "HR")
    out, client = client_of(app, member), client_of(app, cbo)
    assert out.get(f"/d/{district.id}/settings/people").status_code == 200
    with database.app.transaction(Scope.for_person(member.id)) as session:
        number = session.execute(sa.text("select id from membership")).scalar()
    assert post(client, f"/d/{district.id}/settings/people/{number}", act="end").status_code == 302
    assert out.get(f"/d/{district.id}/settings/people").status_code == 404


def test_an_engagement_from_offer_to_end(app, redis, database, district, cbo, facilitator, lead):
    client, base = client_of(app, cbo), f"/d/{district.id}/settings"
    past = post(
        client, f"{base}/facilitator/offer", facilitator=facilitator.id, level="3", ends_on="2020-01-01"
    )
    assert past.status_code == 422
    assert (
        post(client, f"{base}/facilitator/offer", facilitator="no", level="x", ends_on="x").status_code == 422
    )
    values = {"facilitator": facilitator.id, "level": "2", "ends_on": "2027-06-30"}
    assert post(client, f"{base}/facilitator/offer", **values).status_code == 302
    assert post(client, f"{base}/facilitator/offer", **values).status_code == 422
    coach = client_of(app, lead)
    assert coach.get(f"/d/{district.id}/settings/facilitator").status_code == 404
    page = text_of(coach, "/organization/engagements")
    number = re.search(r"/organization/engagements/(\d+)", page).group(1)
    assert post(coach, f"/organization/engagements/{number}", act="accept").status_code == 302
    assert resolve(database.app, lead.id, facilitator.id, district.id).engagement_level == 2
    page = text_of(client, f"{base}/facilitator")
    seen, hidden = page.split("does not see at this level")
    assert "coaches you at level 2" in page
    assert "Financial results" in seen
    assert "Names and pay of employees" in hidden
    assert "Names and pay of employees" not in seen
    named = post(coach, f"/organization/engagements/{number}", act="coaches", coaches=[lead.id])
    assert named.status_code == 302
    stranger = post(coach, f"/organization/engagements/{number}", act="coaches", coaches=[cbo.id])
    assert stranger.status_code == 422
    changed = post(client, f"{base}/facilitator/{number}", act="change", level="1", ends_on="2027-06-30")
    assert changed.status_code == 302
    assert resolve(database.app, lead.id, facilitator.id, district.id).cabinet == ()
    assert post(client, f"{base}/facilitator/{number}", act="end").status_code == 302
    assert resolve(database.app, lead.id, facilitator.id, district.id) is None
    assert "No facilitator sees anything" in text_of(client, f"{base}/facilitator")


def test_a_request_tells_nothing_about_who_is_here(app, redis, database, district, cbo, facilitator, lead):
    coach = client_of(app, lead)
    values = {"level": "3", "ends_on": "2027-06-30"}
    here = post(coach, "/organization/engagements", cds_code=district.cds_code, **values)
    away = post(coach, "/organization/engagements", cds_code="00000000000000", **values)
    assert here.status_code == away.status_code == 302
    page = text_of(coach, "/organization/engagements")
    assert district.name not in page
    client = client_of(app, cbo)
    page = text_of(client, f"/d/{district.id}/settings/facilitator")
    assert "asks to be let in" in page
    number = re.search(r"/settings/facilitator/(\d+)", page).group(1)
    assert post(client, f"/d/{district.id}/settings/facilitator/{number}", act="accept").status_code == 302
    assert resolve(database.app, lead.id, facilitator.id, district.id).engagement_level == 3


def test_a_coach_who_does_not_lead_decides_nothing(app, redis, database, facilitator):
    coach = client_of(app, factories.make_member(database, facilitator, "FCO"))
    assert coach.get("/organization/engagements").status_code == 200
    refused = post(coach, "/organization/engagements", cds_code="1" * 14, level="3", ends_on="2027-06-30")
    assert refused.status_code == 403


def test_a_token_is_shown_once_and_acts_until_revoked(app, redis, database, district, cbo):
    client, base = client_of(app, cbo), f"/d/{district.id}/settings/tokens"
    assert post(client, base, name="", days="30").status_code == 422
    assert post(client, base, name="Sync", days="many").status_code == 422
    made = post(client, base, name="Sync", days="30", may="read").get_data(as_text=True)
    token = re.search(r"apt_[\w-]+", made).group(0)
    assert token not in text_of(client, base)
    program = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert program.get(f"/d/{district.id}/settings/people", headers=headers).status_code == 200
    writes = program.post(base, headers=headers, data={"name": "More", "days": "1"})
    assert writes.status_code == 403
    number = re.search(r"/tokens/(\d+)/revoke", text_of(client, base)).group(1)
    assert post(client, f"{base}/{number}/revoke").status_code == 302
    assert program.get(f"/d/{district.id}/settings/people", headers=headers).status_code == 302


def test_a_token_reaches_its_areas_and_never_what_people_do_in_person(app, redis, database, district, cbo):
    client, base = client_of(app, cbo), f"/d/{district.id}/settings/tokens"
    refused = post(client, base, name="Sync", days="30", reach="areas")
    assert refused.status_code == 422
    assert "Choose at least one of the areas" in refused.get_data(as_text=True)
    limited = {"name": "Sync", "days": "30", "may": "write", "reach": "areas", "areas": ["plan"]}
    token = re.search(r"apt_[\w-]{43}", post(client, base, **limited).get_data(as_text=True)).group(0)
    page = text_of(client, base)
    assert f"apt_…{token[-4:]}" in page
    assert "Plan, versions, links for readers and comments" in page
    program, headers = app.test_client(use_cookies=False), {"Authorization": f"Bearer {token}"}
    place = f"/d/{district.id}"
    answers = {
        path: program.get(place + path, headers=headers).status_code
        for path in ("/plan", "/data", "/analyses", "/settings/tokens", "/settings/people")
    }
    assert answers == {
        "/plan": 200,
        "/data": 403,
        "/analyses": 403,
        "/settings/tokens": 403,
        "/settings/people": 403,
    }
    asked = program.get(f"/api/v1/access?permission=ledger:load&district_id={district.id}", headers=headers)
    assert asked.json["items"][0]["allowed"] is False

    whole = re.search(r"apt_[\w-]{43}", post(client, base, name="All", days="1", may="write").get_data(True))
    headers = {"Authorization": f"Bearer {whole.group(0)}"}
    assert program.get(f"{place}/data", headers=headers).status_code == 200
    more = {"name": "More", "days": "366", "may": "write"}
    assert program.post(base, headers=headers, data=more).status_code == 403, "no token makes a token"
    change = {"current": factories.PASSWORD, "new": "another four words here"}
    assert program.post("/account/password", headers=headers, data=change).status_code in {403, 404}
    factories.behind_the_walls(database, "membership", "update membership set role = 'COM', steward = false")
    assert program.get(f"{place}/data", headers=headers).status_code == 403, "its maker may no longer"


def test_a_token_that_asks_too_often_waits(app, redis, database, district, cbo, monkeypatch):
    monkeypatch.setattr(routing, "CALLS_A_MINUTE", 2)
    program = acting(app, database, cbo)
    assert [program.get("/api/v1/me").status_code for _ in range(3)] == [200, 200, 429]


def test_acts_are_recorded_and_checked(app, redis, database, district, cbo):
    client, base = client_of(app, cbo), f"/d/{district.id}/settings"
    assert "Nothing is recorded yet" in text_of(client, f"{base}/activity")
    post(client, f"{base}/people/invite", address="ana@elm.org", name="Ana", role="CAO")
    post(client, f"{base}/tokens", name="Sync", days="30")
    page = text_of(client, f"{base}/activity?verify=1")
    assert "2 acts are recorded" in page
    assert "Unbroken: all 2 entries fit" in page
    assert "Carla Bo" in page
    assert "ana@elm.org" not in page
    factories.behind_the_walls(
        database, "audit_entry", "update audit_entry set detail = '{}' where sequence = 1"
    )
    assert "Entry 1 was changed after it was written" in text_of(client, f"{base}/activity?verify=1")


def test_those_without_the_whole_right_see_their_own_acts(app, redis, database, district, cbo):
    client = client_of(app, cbo)
    post(client, f"/d/{district.id}/settings/people/invite", address="ana@elm.org", name="Ana", role="CAO")
    other = client_of(app, factories.make_member(database, district, "HR"))
    assert "Nothing is recorded yet" in text_of(other, f"/d/{district.id}/settings/activity?verify=1")


def test_every_page_answers_in_spanish(app, redis, database, district, facilitator):
    client = client_of(app, factories.make_member(database, district, "SUP", True, language="es"))
    for page in ("people", "facilitator", "who", "tokens", "activity"):
        assert '<html lang="es"' in text_of(client, f"/d/{district.id}/settings/{page}")
    lead = client_of(app, factories.make_member(database, facilitator, "FLD", language="es"))
    for page in ("people", "engagements"):
        assert '<html lang="es"' in text_of(lead, f"/organization/{page}")


def test_a_head_invites_contributors_of_the_own_department_alone(app, redis, database):
    district = factories.make_district(database)
    head = factories.make_member(database, district, "CAO")
    steward = factories.make_member(database, district, "SUP", steward=True)
    who, above = client_of(app, head), client_of(app, steward)
    path = f"/d/{district.id}/settings/people/invite"

    def send(person, role, address):
        return post(person, path, name="New Colleague", role=role, address=address)

    assert send(who, "SUP", "one@example.org").status_code == 422
    assert send(who, "CAO", "two@example.org").status_code == 302
    assert send(above, "HR", "three@example.org").status_code == 302
    for person, wanted in ((head, {("two@example.org", True)}), (steward, None)):
        with database.app.transaction(factories.scope_of(database.app, person)) as session:
            found = {
                (row.address, row.contributor)
                for row in session.execute(sa.text("select address, contributor from invitation"))
            }
        assert found == (wanted or {("two@example.org", True), ("three@example.org", False)})
    with database.app.transaction(factories.scope_of(database.app, head)) as session:
        assert session.execute(sa.text("update membership set role = 'SUP'")).rowcount == 0
        assert session.execute(sa.text("update invitation set decline_reason = 'x'")).rowcount == 1


def test_a_steward_looks_as_a_role_and_changes_nothing_meanwhile(app, redis, database):
    district = factories.make_district(database)
    steward = factories.make_member(database, district, "SUP", steward=True)
    factories.make_member(database, district, "CBO", True)
    client, base = client_of(app, steward), f"/d/{district.id}/settings"
    assert post(client, f"{base}/view-as", role="FLD").status_code == 422
    assert post(client, f"{base}/view-as", role="HR").status_code == 302
    page = text_of(client, f"{base}/people")
    assert "You are looking as the role sees it" in page
    assert "human resources head" in page
    assert client.get(f"{base}/tokens").status_code == 403, "no steward's page"
    assert client.get(f"/d/{district.id}/data/load").status_code in {403, 404}
    assert (
        post(client, f"{base}/people/invite", address="x@example.org", name="X", role="HR").status_code == 403
    )
    assert post(client, "/settings/view-as/end").status_code == 302
    assert "You are looking as" not in text_of(client, f"{base}/people")
    assert client.get(f"{base}/tokens").status_code == 200
    assert "looking" not in text_of(client_of(app, steward), f"{base}/people"), "another device is not"
    with database.app.transaction(factories.scope_of(database.app, steward)) as session:
        acts = session.scalars(sa.text("select detail ->> 'viewing_as' from audit_entry")).all()
    assert acts == ["HR"]


def test_looking_as_a_role_never_shows_more_than_one_may_see_oneself(database):
    district = factories.make_district(database)
    scope = factories.scope_of(database.app, factories.make_member(database, district, "SUP", steward=True))
    for role in ("HR", "CBO", "CAO", "SED", "PRI", "BRD", "COM"):
        seen = scope.seen_as(role)
        for array in (
            "progress",
            "cabinet",
            "staff",
            "personnel",
            "small_group",
            "confidential",
            "published",
        ):
            assert set(getattr(seen, array)) <= set(getattr(scope, array)), (role, array)
        assert seen.district_id is seen.manages is seen.invites is None
        assert not seen.steward


def test_who_can_see_what_names_whoever_certifies_and_nothing_of_the_platform(app, database, cbo, district):
    page = acting(app, database, cbo).get(f"/d/{district.id}/settings/who").get_data(as_text=True)
    line = page.partition("Certifying the numbers")[2].partition("</tr>")[0]
    assert "chief business official" in line
    assert "you see it" in line
    assert "Registry of organizations" not in page


def test_an_error_about_a_confidential_option_stands_at_its_own_field(app, database, cbo, district):
    she = acting(app, database, cbo)
    form = {"person": "1", "resource": "confidential_options", "reason": "x", "ends_on": "2099-01-01"}
    page = she.post(f"/d/{district.id}/settings/named", data=form).get_data(as_text=True)
    team = page.partition(f'action="/d/{district.id}/settings/teams"')[2].partition("</form>")[0]
    assert team
    assert "usa-error-message" not in team
