"""The programming interface: described as it is, under the rules of the pages, the same answer twice."""

import io
import re
import threading

import pytest
from pydantic import TypeAdapter
from sqlalchemy import text

from apportion.api import operations
from apportion.api.openapi import PLACE, path_of
from tenants.scope import Scope
from tests.support import signing
from tests.support.acting import acting
from tests.support.factories import PASSWORD, make_district, make_engagement, make_facilitator, make_member
from workers import outbox

UNDESCRIBED = {"/api/v1/openapi.json", "/api/v1/docs"}
PRIORITY = {
    "title": "Early reading",
    "problem": "Half of third graders read below grade.",
    "strategy": "Coaches.",
    "costs": {"2025-26": {"ongoing": "480000.00", "one_time": "20000.00"}},
}


@pytest.fixture
def district(database):
    return make_district(database)


@pytest.fixture
def cbo(app, database, district):
    return acting(app, database, make_member(database, district, "CBO", name="Marisol Quintero"))


@pytest.fixture
def neighbour(app, database):
    return acting(app, database, make_member(database, make_district(database, "Next Door"), "CBO"))


@pytest.fixture
def plan(cbo, district):
    made = cbo.post(f"/api/v1/districts/{district.id}/plans", json={"title": "Plan", "base_year": "2024-25"})
    assert made.status_code == 201, made.text
    return f"/api/v1/districts/{district.id}/plans/{made.json['id']}"


class TestDescription:
    def test_every_route_is_described_and_every_description_is_a_route(self, app, client):
        document = client.get("/api/v1/openapi.json").json
        assert document["openapi"].startswith("3.1")
        routes = {
            (re.sub(PLACE, r"{\2}", rule.rule), method.lower())
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith("/api/")
            for method in rule.methods - {"HEAD", "OPTIONS"}
            if rule.rule not in UNDESCRIBED
        }
        described = {(path, method) for path, held in document["paths"].items() for method in held}
        assert routes == described

    def test_every_operation_names_permission_answer_and_problems(self, client):
        document = client.get("/api/v1/openapi.json").json
        for path, held in document["paths"].items():
            for method, each in held.items():
                assert each["x-permission"], (path, method)
                assert each["summary"]
                success = [code for code in each["responses"] if code.startswith("2")]
                assert len(success) == 1
                assert "application/problem+json" in each["responses"]["404"]["content"]
                for name in re.findall(r"{([a-z_]+)}", path):
                    assert any(p["name"] == name and p["required"] for p in each["parameters"])

    def test_every_reference_leads_to_a_schema(self, client):
        response = client.get("/api/v1/openapi.json")
        schemas = response.json["components"]["schemas"]
        named = set(re.findall(r"#/components/schemas/([^\"]+)", response.text))
        assert named
        assert named <= set(schemas)

    def test_the_page_for_people_lists_every_operation_in_both_languages(self, client):
        page = client.get("/api/v1/docs", headers={"Accept-Language": "en"}).text.replace("<wbr>", "")
        for each in operations.OPERATIONS.values():
            assert path_of(each.rule) in page
        spanish = client.get("/api/v1/docs", headers={"Accept-Language": "es"}).text
        assert "Everything that a page does" not in spanish
        assert "Todo lo que hace una página" in spanish

    def test_answers_are_as_described(self, app, cbo, district, plan):
        seen = 0
        for each in operations.OPERATIONS.values():
            if each.method != "GET" or each.gives is None:
                continue
            plan_id = plan.rpartition("/")[2]
            path = path_of(each.rule).format_map(
                {
                    "district_id": district.id,
                    "plan_id": plan_id,
                    "name": "reserve",
                    **dict.fromkeys(NAMES, "1"),
                }
            )
            answer = cbo.get(path, query_string={"record": f"plan/{plan_id}"} if "who" in path else {})
            if answer.status_code == 200:
                TypeAdapter(dict).validate_python(answer.json)
                assert set(answer.json) == set(each.gives.model_fields), path
                seen += 1
            else:
                assert answer.status_code == 404, (path, answer.text)
                assert answer.content_type == "application/problem+json"
        assert seen >= 9


NAMES = ("job_id", "run_id", "key", "load_id", "dataset_id", "version_id", "thread_id", "edition")


class TestRules:
    def test_without_a_token_nothing_and_the_same_sentence(self, client, district):
        for path in ("/api/v1/me", f"/api/v1/districts/{district.id}/jobs", "/api/v1/districts/999/jobs"):
            answer = client.get(path)
            assert answer.status_code == 401
            assert answer.content_type == "application/problem+json"

    def test_a_neighbour_is_told_what_a_stranger_is_told(self, cbo, neighbour, district, plan):
        foreign, unknown = district.id, 987654
        for each in operations.OPERATIONS.values():
            if "district_id" not in each.rule:
                continue
            answers = []
            for number in (foreign, unknown):
                path = path_of(each.rule).format_map(
                    {
                        "district_id": number,
                        "plan_id": plan.rpartition("/")[2],
                        "priority_id": 1,
                        "option_id": 1,
                        "block_id": 1,
                        "link_id": 1,
                        **dict.fromkeys(NAMES, "1"),
                    }
                )
                answers.append(neighbour._send(each.method, path, {}))
            assert answers[0].status_code == answers[1].status_code == 404, each.name
            assert answers[0].text == answers[1].text, each.name

    def test_roles_are_refused_with_the_pages_sentence(self, app, database, district):
        board = acting(app, database, make_member(database, district, "BRD"))
        answer = board.get(f"/api/v1/districts/{district.id}/jobs")
        assert answer.status_code == 403
        page = board.get(f"/d/{district.id}/jobs")
        assert page.status_code == 403
        assert answer.json["detail"] in re.sub(r"&#39;", "'", page.text)

    def test_a_reading_token_reads_only(self, app, database, district):
        person = make_member(database, district, "CBO")
        reader = acting(app, database, person, read_only=True)
        assert reader.get(f"/api/v1/districts/{district.id}/plans").status_code == 200
        refused = reader.post(
            f"/api/v1/districts/{district.id}/plans", json={"title": "Plan", "base_year": "2024-25"}
        )
        assert refused.status_code == 403
        assert "may only read" in refused.json["detail"]

    def test_a_session_cookie_needs_the_forms_token_to_write(self, app, database, district):
        person = make_member(database, district, "CBO")
        app.config["WTF_CSRF_ENABLED"] = True
        browser = app.test_client()
        token = signing.password_session(database.app, person.address, PASSWORD, "test")
        with browser.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
        answer = browser.post(
            f"/api/v1/districts/{district.id}/plans", json={"title": "Plan", "base_year": "2024-25"}
        )
        assert answer.status_code in {400, 401}
        with database.app.transaction(Scope.for_upkeep(district.id)) as session:
            assert session.execute(text("SELECT count(*) FROM plan")).scalar_one() == 0

    def test_a_coach_reads_what_the_engagement_allows(self, app, database, district, plan):
        facilitator = make_facilitator(database)
        coach = make_member(database, facilitator, "FCO")
        make_engagement(database, district, facilitator, level=1, coaches=(coach,))
        acting_coach = acting(app, database, coach)
        assert acting_coach.get(f"/api/v1/districts/{district.id}/process").status_code == 200
        plans = acting_coach.get(f"/api/v1/districts/{district.id}/plans")
        assert plans.status_code == 403 or plans.json == {"items": []}
        board = acting_coach.get("/api/v1/cohort")
        assert board.status_code == 200
        assert [row["district_id"] for row in board.json["rows"]] == [district.id]


class TestRequests:
    def test_me_and_organizations(self, cbo, district):
        me = cbo.get("/api/v1/me").json
        assert me["name"] == "Marisol Quintero"
        assert me["role"] == "CBO"
        assert "ledger:load" in me["permissions"]
        assert [each["id"] for each in cbo.get("/api/v1/organizations").json["items"]] == [district.id]

    def test_amounts_are_decimal_text_there_and_back(self, cbo, plan):
        made = cbo.post(f"{plan}/priorities", json=PRIORITY)
        assert made.status_code == 201, made.text
        assert made.json["costs"]["2025-26"] == {
            "ongoing": "480000.00",
            "one_time": "20000.00",
            "restricted": "0.00",
        }
        assert cbo.get(f"{plan}/priorities").json["items"] == [made.json]

    @pytest.mark.parametrize("amount", [480000, 1.5, "1.234", "1,000.00", "NaN", "1e9", "", None, "-"])
    def test_what_is_no_amount_is_named(self, cbo, plan, amount):
        body = {**PRIORITY, "costs": {"2025-26": {"ongoing": amount}}}
        answer = cbo.post(f"{plan}/priorities", json=body)
        assert answer.status_code == 422, answer.text
        assert answer.content_type == "application/problem+json"
        assert answer.json["errors"][0]["field"].startswith("costs.2025-26")

    @pytest.mark.parametrize(
        ("data", "status"),
        [(b"{", 400), (b"[1]", 422), (b'{"title": "x", "surprise": 1}', 422), (b"{}", 422)],
    )
    def test_bad_bodies(self, cbo, plan, data, status):
        answer = cbo.post(f"{plan}/priorities", data=data, content_type="application/json")
        assert answer.status_code == status
        assert answer.json["title"]

    def test_the_fourth_priority_is_refused_with_the_friendly_sentence(self, cbo, plan):
        for number in range(3):
            assert cbo.post(f"{plan}/priorities", json={**PRIORITY, "title": f"P{number}"}).status_code == 201
        answer = cbo.post(f"{plan}/priorities", json=PRIORITY)
        assert answer.status_code == 422
        assert "put another" in answer.json["detail"]

    def test_options_are_kept_and_changed(self, cbo, plan):
        option = {
            "title": "Rebid contracts",
            "amounts": {"2025-26": {"low": "100.00", "likely": "200.00", "high": "300.50"}},
        }
        made = cbo.post(f"{plan}/options", json=option)
        assert made.status_code == 201, made.text
        changed = cbo.put(f"{plan}/options/{made.json['id']}", json={**option, "in_plan": False})
        assert changed.status_code == 200
        assert changed.json["in_plan"] is False
        assert cbo.put(f"{plan}/options/999999", json=option).status_code == 404

    def test_a_loose_number_in_the_plan_is_refused_with_the_editors_sentence(self, cbo, plan):
        answer = cbo.post(f"{plan}/blocks", json={"section": "summary", "text": "We are short $1.2M."})
        section = cbo.get(plan).json["sections"][0]["key"]
        answer = cbo.post(f"{plan}/blocks", json={"section": section, "text": "We are short $1.2M."})
        assert answer.status_code == 422
        assert "not bound" in answer.json["detail"]
        kept = cbo.post(f"{plan}/blocks", json={"section": section, "text": "We are short of money."})
        assert kept.status_code == 201
        path = f"{plan}/blocks/{kept.json['id']}"
        saved = cbo.put(path, json={"revision": 1, "text": "We are very short of money."})
        assert saved.json["revision"] == 2
        late = cbo.put(path, json={"revision": 1, "text": "Something else altogether."})
        assert late.status_code == 409

    def test_spanish_sentences_in_spanish(self, app, database, district):
        person = acting(app, database, make_member(database, district, "CBO", language="es"))
        answer = person.post(f"/api/v1/districts/{district.id}/plans", json={"title": "Plan"})
        assert answer.status_code == 422
        assert answer.json["errors"] == [{"field": "base_year", "detail": "falta"}]

    def test_a_file_that_is_no_ledger_is_refused_and_not_kept(self, cbo, database, district):
        answer = cbo.post(
            f"/api/v1/districts/{district.id}/loads",
            data={"file": (io.BytesIO(b"%PDF-1.7 not a ledger"), "ledger.csv")},
        )
        assert answer.status_code == 422, answer.text
        assert answer.json["errors"][0]["field"] == "file"
        assert cbo.get(f"/api/v1/districts/{district.id}/loads").json == {"items": [], "next": None}
        none = cbo.post(f"/api/v1/districts/{district.id}/loads", data={})
        assert none.status_code == 422


class TestPaging:
    def test_reads_everything_once_while_more_arrives(self, cbo, database, district):
        person = make_member(database, district, "CBO")

        def add(numbers):
            with database.app.transaction(Scope.for_upkeep(district.id)) as session:
                for number in numbers:
                    outbox.ask(
                        session,
                        "place_comments",
                        {},
                        district_id=district.id,
                        requested_by=person.id,
                        idempotency_key=str(number),
                    )

        add(range(25))
        path = f"/api/v1/districts/{district.id}/jobs?limit=10"
        first = cbo.get(path).json
        add(range(100, 105))
        second = cbo.get(f"{path}&after={first['next']}").json
        third = cbo.get(f"{path}&after={second['next']}").json
        seen = [each["id"] for page in (first, second, third) for each in page["items"]]
        assert len(seen) == len(set(seen)) == 25
        assert seen == sorted(seen, reverse=True)
        assert third["next"] is None

    @pytest.mark.parametrize("query", ["limit=0", "limit=5000", "limit=x", "after=-1", "after=x", "offset=3"])
    def test_refuses_what_is_not_described(self, cbo, district, query):
        assert cbo.get(f"/api/v1/districts/{district.id}/jobs?{query}").status_code == 422


class TestIdempotency:
    def test_new_then_replayed_then_mismatch(self, cbo, plan):
        headers = {"Idempotency-Key": "one"}
        first = cbo.post(f"{plan}/priorities", json=PRIORITY, headers=headers)
        again = cbo.post(f"{plan}/priorities", json=PRIORITY, headers=headers)
        assert first.status_code == again.status_code == 201
        assert first.json == again.json
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(cbo.get(f"{plan}/priorities").json["items"]) == 1
        other = cbo.post(f"{plan}/priorities", json={**PRIORITY, "title": "Other"}, headers=headers)
        assert other.status_code == 422
        assert "new key" in other.json["detail"]

    def test_a_refused_request_may_be_mended_under_its_key(self, cbo, plan):
        headers = {"Idempotency-Key": "mend"}
        assert cbo.post(f"{plan}/priorities", json={}, headers=headers).status_code == 422
        assert cbo.post(f"{plan}/priorities", json=PRIORITY, headers=headers).status_code == 201

    def test_while_the_first_is_at_work_its_twin_is_told_so(self, cbo, database, district, plan):
        me = cbo.get("/api/v1/me").json["person_id"]
        with database.app.transaction(Scope.for_upkeep(district.id)) as session:
            session.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
                {"key": f"{district.id}/{me}/busy"},
            )
            answer = cbo.post(f"{plan}/priorities", json=PRIORITY, headers={"Idempotency-Key": "busy"})
        assert answer.status_code == 409
        assert cbo.get(f"{plan}/priorities").json["items"] == []

    def test_sent_at_once_by_many_has_one_effect(self, cbo, plan):
        start = threading.Barrier(4)
        answers = []

        def send():
            start.wait()
            answers.append(
                cbo.post(f"{plan}/priorities", json=PRIORITY, headers={"Idempotency-Key": "race"}).status_code
            )

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 201 in answers
        assert set(answers) <= {201, 409}
        assert len(cbo.get(f"{plan}/priorities").json["items"]) == 1

    def test_one_persons_key_is_not_anothers(self, app, database, cbo, district, plan):
        other = acting(app, database, make_member(database, district, "CAO"))
        headers = {"Idempotency-Key": "shared"}
        assert cbo.post(f"{plan}/options", json={"title": "A"}, headers=headers).status_code == 201
        assert other.post(f"{plan}/options", json={"title": "B"}, headers=headers).status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 201, "tab\tinside"])
    def test_impossible_keys(self, cbo, plan, key):
        answer = cbo.post(f"{plan}/priorities", json=PRIORITY, headers={"Idempotency-Key": key})
        assert answer.status_code == 400
