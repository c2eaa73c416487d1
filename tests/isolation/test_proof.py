"""`apportion isolation prove`: it holds on the platform as it is, and notices a wall that is moved."""

import contextlib
import dataclasses
import json
import threading

import psycopg
import pytest
from werkzeug.serving import make_server

from apportion import cli
from apportion.app import create_app
from apportion.proof import agreed, proving, reading
from tenants import engagements, joining, roles
from tenants.areas import SUPPORT_AREAS
from tenants.limits import Grant
from tenants.matrix import COLUMNS, RESOURCES
from tenants.scope import Scope

AGAIN = "python -m apportion.proof.agreed > platform/apportion/proof/agreed_routes.txt"


def test_the_agreed_routes_are_the_applications():
    printed = agreed.printed_routes()
    written = (proving.Path(agreed.__file__).parent / "agreed_routes.txt").read_text(encoding="utf-8")
    assert written == printed, f"If the change of routes is meant: {AGAIN}"


def test_the_agreed_matrix_is_the_codes():
    """Written down twice by hand: whoever changes a cell in `tenants/matrix.py` changes agreed_matrix.txt."""
    held = agreed.matrix()
    assert held.roles == COLUMNS
    written = {
        line.key: (line.information, line.level, line.rows, tuple(line.cells.values()))
        for line in held.lines.values()
    }
    coded = {
        line.key: (" ".join((line.information or "none", *line.also)), line.level, line.rows, line.cells)
        for line in RESOURCES.values()
    }
    assert written == coded
    names = {name: (each.key, each.acts, each.serves) for name, each in held.names.items()}
    assert names == {name: (each.key, each.acts, each.serves) for name, each in roles.ALIASES.items()}
    assert held.lent == {area: keys for area, (_, keys) in SUPPORT_AREAS.items()}


@pytest.fixture(scope="module")
def served(shared_database):
    """Serve the application over HTTP from a thread of this process, so that a test can move its walls."""
    app = create_app(shared_database.settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()


@pytest.fixture
def prove(served, shared_database, monkeypatch, capsys):
    for name, value in shared_database.settings.to_environment().items():
        monkeypatch.setenv(name, value)
    # Nothing runs jobs here.
    monkeypatch.setattr(proving, "JOB_SECONDS", 0)

    def run(*arguments):
        status = cli.main(["isolation", "prove", "--json", "--base-url", served[1], *arguments])
        return status, json.loads(capsys.readouterr().out)

    return run


def test_nothing_answers_wrongly_and_nothing_is_left(prove, shared_database):
    status, found = prove("--sample", "60")
    assert found["cells"]["wrong"] == []
    assert {name: channel for name, channel in found["channels"].items() if channel["wrong"]} == {}
    assert status == 0, found
    assert found["tables"]["forced"] == found["tables"]["total"] > 30
    assert found["routes"]["declared"] == found["routes"]["total"] > 200
    assert found["cells"]["tried"] > 1000
    assert found["cells"]["empty"] > found["cells"]["tried"] / 2
    assert set(found["cells"]["answers"]) == {"allowed", "refused with a sentence", "not found"}
    with shared_database.owner() as owner:
        for table, alive in (
            ("api_token", "revoked_at is null"),
            ("membership", "ended_at is null"),
            ("sign_in_session", "ended_at is null"),
            ("engagement", "state <> 'ended'"),
            ("support_grant", "state in ('requested', 'offered') or (state = 'active' and ends_at > now())"),
            ("plan", "true"),
            ("source_file", "true"),
        ):
            owner.execute(f"alter table {table} no force row level security")
            assert owner.execute(f"select count(*) from {table} where {alive}").fetchone() == (0,), table
        owner.rollback()
    assert not [path for path in shared_database.settings.files.rglob("*") if path.is_file()]
    # No customer is offered the proof's facilitator.
    district = joining.open_district(shared_database.app, name="Elm Creek Unified", cds_code="01611190000000")
    with shared_database.app.transaction(Scope(organization_id=district)) as session:
        assert engagements.facilitators(session, district) == []


@contextlib.contextmanager
def moved_policies(owner_url):
    """Let everybody read plans, and take the policy away by which priorities are changed."""
    with contextlib.closing(psycopg.connect(owner_url, autocommit=True)) as owner:
        found = owner.execute(
            "select tablename, policyname, cmd, roles[1], qual, with_check from pg_policies"
            " where policyname in ('plan_select', 'priority_update')"
        ).fetchall()
        assert len(found) == 2
        for table, policy, command, role, _, _ in found:
            owner.execute(f"drop policy {policy} on {table}")
            if command == "SELECT":
                owner.execute(f'create policy {policy} on {table} for select to "{role}" using (true)')
        try:
            yield
        finally:
            for table, policy, command, role, using, check in found:
                owner.execute(f"drop policy if exists {policy} on {table}")
                also = f" with check ({check})" if check else ""
                owner.execute(
                    f'create policy {policy} on {table} for {command} to "{role}" using ({using}){also}'
                )


def test_walls_that_are_moved_are_noticed(prove, served, shared_database, monkeypatch):
    """A cell widened, a route with a weaker permission, a policy wide open and one dropped: each is told."""
    line = RESOURCES["private_notes"]
    wider = dataclasses.replace(line, grants={**line.grants, "PRI": {"V": Grant()}})
    monkeypatch.setitem(RESOURCES, "private_notes", wider)
    app, _ = served
    rule = next(r for r in app.url_map.iter_rules() if r.rule == "/d/<int:district_id>/data/loads")
    monkeypatch.setitem(app.extensions["apportion"].permissions, rule.endpoint, "profile:view")
    with moved_policies(shared_database.owner_url):
        status, found = prove("--sample", "1")
    assert status == 1
    told = {(wrong["role"], wrong["resource"], wrong["action"]) for wrong in found["cells"]["wrong"]}
    assert told == {("PRI", "private_notes", "view")}
    said = found["cells"]["wrong"][0]
    assert (said["expected"], said["got"]) == ("refused with a sentence", "allowed")
    assert said["method"] == "GET"
    assert said["standing"] in {"own", "house", "own, steward", "house, steward"}
    assert said["address"].startswith("/api/v1/access?permission=private_notes:view")
    weaker = "POST /d/<int:district_id>/data/loads: profile:view; agreed was ledger:load"
    assert found["routes"]["wrong"] == [weaker]
    assert found["tables"]["wrong"] == ["priority: no policy for UPDATE"]
    assert any(
        said.startswith("plan: ") and "sees rows" in said for said in found["channels"]["rows"]["wrong"]
    )


@pytest.mark.parametrize(
    ("standing", "permission", "answer"),
    [
        (reading.Standing("PRI", "own"), "ledger_lines:view", reading.Answer.REFUSED),
        (reading.Standing("CBO", "own"), "ledger_lines:view", reading.Answer.ALLOWED),
        (reading.Standing("CBO", "other", steward=True), "ledger_lines:view", reading.Answer.ABSENT),
        (reading.Standing("FCO", "level 2"), "plan:suggest", reading.Answer.REFUSED),
        (reading.Standing("FCO", "level 3"), "plan:suggest", reading.Answer.ALLOWED),
        (reading.Standing("FCO", "ended"), "process_board:view", reading.Answer.ABSENT),
        (reading.Standing("CBO", "own"), "people:manage", reading.Answer.REFUSED),
        (reading.Standing("CBO", "own", steward=True), "people:manage", reading.Answer.ALLOWED),
        (reading.Standing("HR", "own", contributor=True), "named_positions:view", reading.Answer.REFUSED),
        (reading.Standing("BRD", "own"), "financial_results:view", reading.Answer.REFUSED),
        (reading.Standing("PAD", "own"), "profile:view", reading.Answer.ABSENT),
        (reading.Standing("PAD", "support none"), "plan:view", reading.Answer.ABSENT),
        (reading.Standing("PAD", "support requested"), "plan:view", reading.Answer.ABSENT),
        (reading.Standing("PAD", "support ended"), "plan:view", reading.Answer.ABSENT),
        (reading.Standing("PAD", "support expired"), "plan:view", reading.Answer.ABSENT),
        (reading.Standing("PAD", "support granted"), "plan:view", reading.Answer.ALLOWED),
        (reading.Standing("PAD", "support granted"), "plan:suggest", reading.Answer.REFUSED),
        (reading.Standing("PAD", "support granted"), "named_positions:view", reading.Answer.REFUSED),
        (reading.Standing("PAD", "support narrow"), "plan:view", reading.Answer.REFUSED),
        (reading.Standing("PAD", "support narrow"), "public_comments:view", reading.Answer.ALLOWED),
    ],
)
def test_the_second_reading(standing, permission, answer):
    matrix = agreed.matrix()
    name = reading.name_of(matrix, permission)
    assert name is not None
    assert reading.expected(matrix, standing, name) is answer
