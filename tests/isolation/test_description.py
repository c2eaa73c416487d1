"""Every operation of the API's description, asked as every role with whatever fits it or does not.

No answer is a failure of ours or one that the description does not name, and none shows the other district.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from apportion.app import create_app
from tests.support import factories, twins
from tests.support.acting import make_token

LONG = os.environ.get("LONG_TESTS") == "1"
ROLES = ("SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM", "FLD", "FCO", "PAD")
OTHER = "OMEGA"


@pytest.fixture(scope="module")
def described(shared_database):
    """Give the description, each role's token, and the ids to ask for."""
    _, other = twins.fill_twins(shared_database)
    own = factories.make_district(shared_database)
    house = factories.make_facilitator(shared_database)
    coach = factories.make_member(shared_database, house, "FCO")
    factories.make_engagement(shared_database, own, house, level=4, coaches=(coach,))
    operator = factories.make_organization(shared_database, "operator", "Operator")
    people = {
        role: factories.make_member(shared_database, own, role, steward=role in {"SUP", "CBO"})
        for role in ROLES[:8]
    }
    people |= {"FLD": factories.make_member(shared_database, house, "FLD"), "FCO": coach}
    people["PAD"] = factories.make_member(shared_database, operator, "PAD")
    tokens = {role: make_token(shared_database, person) for role, person in people.items()}
    app = create_app(shared_database.settings)
    ids = [rows[0]["id"] for rows in other.rows.values() if rows and rows[0].get("id")]
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app), tokens, own.id, other.district_id, ids
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()


@pytest.mark.timeout(3600)
def test_every_operation_answers_every_role_as_described(described):
    schema, tokens, own, other, ids = described
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=60 if LONG else 2,
            deadline=None,
            derandomize=not LONG,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(),
            role=st.sampled_from(ROLES),
            district=st.sampled_from((own, own, other)),
            record=st.sampled_from(ids),
        )
        def ask(case, role, district, record):
            nonlocal asked
            for name in case.path_parameters or {}:
                if name == "district_id":
                    case.path_parameters[name] = district
                elif name.endswith("_id"):
                    case.path_parameters[name] = record
            answer = case.call(headers={"Authorization": f"Bearer {tokens[role]}"})
            case.validate_response(answer, checks=[not_a_server_error, status_code_conformance])
            if district == other and "district_id" in (case.path_parameters or {}):
                assert answer.status_code in {404, 405}, f"{role} {case.method} {case.path}"
            assert OTHER not in answer.text.replace("OMEGA facilitator", ""), f"{role} {case.path}"
            asked += 1

        ask()
    assert asked > 100
