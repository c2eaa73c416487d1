"""The answer to "what may I do?" is what every page and operation then does."""

import pytest

from tests.support import factories
from tests.support.acting import acting

ROLES = ("SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM")


@pytest.fixture
def district(database):
    return factories.make_district(database)


def answers(who, district):
    """Return for each GET route of the district without other arguments: what access says, and its answer."""
    found = who.get(f"/api/v1/access?district_id={district.id}").get_json()
    for item in found["items"]:
        for route in item["routes"]:
            path = route["path"].replace("<int:district_id>", str(district.id))
            if "GET" in route["methods"] and "<int:district_id>" in route["path"] and "<" not in path:
                yield path, route["allowed"], who.get(path).status_code


def test_each_role_gets_what_access_says(app, database, district):
    for role in ROLES:
        who = acting(app, database, factories.make_member(database, district, role))
        walked = list(answers(who, district))
        assert len(walked) > 20
        wrong = [(path, said, code) for path, said, code in walked if said == (code == 403)]
        assert not wrong, f"{role}: {wrong}"


def test_a_coach_gets_what_access_says_at_each_level(app, database, district):
    facilitator = factories.make_facilitator(database)
    coach = factories.make_member(database, facilitator, "FCO")
    engagement = factories.make_engagement(database, district, facilitator, level=1, coaches=(coach,))
    who = acting(app, database, coach)
    open_routes = []
    for level in (1, 2, 3, 4):
        factories.behind_the_walls(
            database, "engagement", f"update engagement set level = {level} where id = {engagement}"
        )
        walked = list(answers(who, district))
        assert not [(path, said, code) for path, said, code in walked if said == (code == 403)]
        open_routes.append(sum(said for _, said, _ in walked))
    assert open_routes == sorted(open_routes)
    assert open_routes[0] < open_routes[1]


def test_one_permission_is_answered_with_its_limits_and_routes(app, database, district):
    who = acting(app, database, factories.make_member(database, district, "HR"))
    (item,) = who.get(f"/api/v1/access?district_id={district.id}&permission=options:edit").get_json()["items"]
    assert item["allowed"] is True
    assert [limit["limit"] for limit in item["limits"]] == ["o"]
    assert item["unmet"] == ["o"]
    assert any(route["serves"] == ["o"] and route["allowed"] for route in item["routes"])
    (item,) = who.get(f"/api/v1/access?district_id={district.id}&permission=ledger:load").get_json()["items"]
    assert item["allowed"] is False
    assert "chief business official" in item["why"]


def test_a_foreign_district_and_an_unknown_permission(app, database, district):
    other = factories.make_district(database)
    who = acting(app, database, factories.make_member(database, district, "SUP", steward=True))
    foreign = who.get(f"/api/v1/access?district_id={other.id}")
    nobodys = who.get("/api/v1/access?district_id=987654321")
    assert foreign.status_code == nobodys.status_code == 404
    assert foreign.get_data() == nobodys.get_data()
    assert who.get("/api/v1/access?permission=ledger:explode").status_code == 422
    assert who.get("/api/v1/access").get_json()["role"] == "SUP"
