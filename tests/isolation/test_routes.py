"""Every route: it names a permission, and answers a neighbour's id as it answers one that nobody has."""

import contextlib
import functools
import re

import pytest
import sqlalchemy as sa
from flask_wtf.csrf import generate_csrf

from apportion.app import create_app
from tenants import accounts
from tenants.matrix import RESOURCES
from tenants.roles import PERMISSIONS
from tenants.scope import Scope
from tests.support import twins

NOBODY = 987_654_321
PSEUDO = {"everyone", "signed_in", "visitor"}
MASKS = (
    (re.compile(r'(csrf_token" value="|data-csrf="|nonce="|nonce-)[^"\' ]*'), r"\1"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "code"),
)


@pytest.fixture(scope="module")
def pair(shared_database):
    return twins.fill_twins(shared_database)


@pytest.fixture(scope="module")
def app(shared_database, pair):
    made = create_app(shared_database.settings)
    yield made
    held = made.extensions["apportion"]
    held.database.close()
    held.redis.close()


@pytest.fixture(scope="module")
def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_route_names_a_permission_that_exists(app, rules):
    named = app.extensions["apportion"].permissions
    for rule in rules:
        assert rule.endpoint in named, f"{rule} names no permission"
        assert named[rule.endpoint] in PSEUDO | set(PERMISSIONS), f"{rule}: {named[rule.endpoint]}"
    assert set(named.values()) - PSEUDO, "no route needs a permission"


def test_a_route_with_a_district_is_never_open_to_everyone(app, rules):
    named = app.extensions["apportion"].permissions
    for rule in rules:
        if "district_id" in rule.arguments:
            assert named[rule.endpoint] not in {"everyone", "signed_in", "visitor"}, str(rule)


def test_every_permission_belongs_to_a_line_of_the_matrix():
    for permission in PERMISSIONS.values():
        assert permission.key in RESOURCES
        assert permission.acts


def test_a_route_without_a_permission_can_not_be_made():
    from apportion.routing import Area  # noqa: PLC0415 - the one use

    with pytest.raises(TypeError, match="names its permission"):
        Area("loose", __name__).get("/loose")(lambda: "")


def signed_in(app, database, twin):
    """Give a client of a twin's business official, and the token that its forms need."""
    with database.app.transaction(Scope.for_person(twin.scope.person_id)) as session:
        token = accounts.open_session(session, twin.scope.person_id, "", twin.district_id)
    with database.app.transaction(twin.scope) as session:
        program = accounts.create_api_token(session, twin.scope, name="walk", days=1, read_only=False)
    client = app.test_client()
    with app.test_request_context():
        from flask import session as cookie  # noqa: PLC0415 - the one use

        csrf = generate_csrf()
        kept = cookie["csrf_token"]
    with client.session_transaction() as held:
        held["_user_id"], held["csrf_token"] = token, kept
    return client, csrf, program


def value_of(argument, twin):
    """Return a twin's id for an argument of a route: dataset_id is the id of a dataset."""
    if argument == "district_id":
        return twin.district_id
    stem = argument.removesuffix("_id")
    for table, rows in twin.rows.items():
        if rows and rows[0].get("id") and (table == stem or table.endswith(f"_{stem}")):
            return rows[0]["id"]
    return twin.rows["plan"][0]["id"]


def address(app, rule, values):
    with app.test_request_context():
        from flask import url_for  # noqa: PLC0415 - the one use

        return url_for(rule.endpoint, **values)


def ask(client, csrf, program, method, path):
    headers = {"Authorization": f"Bearer {program}"} if path.startswith("/api/") else {"X-CSRFToken": csrf}
    answer = client.open(path, method=method, headers=headers, follow_redirects=False)
    text = answer.get_data(as_text=True)
    answer.close()
    # Facilitators' names are public: a district chooses among them.
    return answer.status_code, text.replace("OMEGA facilitator", "")


@contextlib.contextmanager
def statements(app):
    """Collect the statements that the application sends."""
    sent = []
    engine = app.extensions["apportion"].database.engine

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def masked(answer, *numbers):
    code, text = answer
    for number in numbers:
        text = re.sub(rf"\b{number}\b", "#", text)
    for pattern, put in MASKS:
        text = pattern.sub(put, text)
    return code, text


def answered(app, client, csrf, program, method, paths, foreign):
    """Return for each path the answer without its ids, and the statements that it took."""
    found = []
    for path in paths:
        with statements(app) as sent:
            answer = ask(client, csrf, program, method, path)
        found.append((masked(answer, *foreign.values(), NOBODY), sent))
    return found


@pytest.mark.timeout(900)
def test_a_neighbours_id_and_a_made_up_one_are_answered_alike(app, shared_database, rules, pair):
    mine, other = pair
    client, csrf, program = signed_in(app, shared_database, mine)
    different, walked = [], 0
    for rule in rules:
        numbers = {
            name
            for name, converter in rule._converters.items()
            if type(converter).__name__ == "IntegerConverter"
        }
        if not numbers:
            continue
        plain = dict.fromkeys(rule.arguments - numbers, "x" * 20)
        foreign = {name: value_of(name, other) for name in numbers}
        ways = [(foreign, dict.fromkeys(numbers, NOBODY))]
        if "district_id" in numbers and len(numbers) > 1:
            own = {"district_id": mine.district_id}
            ways.append((foreign | own, dict.fromkeys(numbers, NOBODY) | own))
        for theirs, nobodys in ways:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths = [address(app, rule, plain | values) for values in (theirs, nobodys)]
                asked = functools.partial(answered, app, client, csrf, program, method, paths, foreign)
                (first, work), (second, effort) = asked()
                if work != effort:
                    # Once in a while a session's or token's last use is noted; asked again, it is not.
                    (first, work), (second, effort) = asked()
                answers = [first, second]
                walked += 1
                # What is not theirs costs the database exactly what does not exist costs it.
                if work != effort:
                    different.append(f"{method} {rule}: {len(work)} and {len(effort)} statements")
                assert "OMEGA" not in answers[0][1], f"{method} {rule} shows the neighbour's mark"
                if answers[0] != answers[1]:
                    different.append(f"{method} {rule}: {answers[0][0]} and {answers[1][0]}")
                if theirs.get("district_id", mine.district_id) != mine.district_id:
                    assert answers[0][0] in {404, 405}, f"{method} {rule} answers {answers[0][0]}"
                # Marked rows are no real plan: a page may fail on them, but never do what was asked.
                if method != "GET":
                    assert answers[0][0] >= 400, f"{method} {rule} answers {answers[0][0]}"
    assert walked > 10
    assert not different, "\n".join(different)


def test_own_pages_show_nothing_of_the_neighbour(app, shared_database, rules, pair):
    mine, _ = pair
    client, csrf, program = signed_in(app, shared_database, mine)
    for rule in rules:
        if "GET" not in (rule.methods or set()) or "token" in rule.arguments:
            continue
        values = {
            name: value_of(name, mine) if type(rule._converters[name]).__name__ == "IntegerConverter" else "x"
            for name in rule.arguments
        }
        _, text = ask(client, csrf, program, "GET", address(app, rule, values))
        assert "OMEGA" not in text, f"{rule} shows the neighbour's mark"


def test_nobody_gets_in_without_signing_in(app, rules):
    named = app.extensions["apportion"].permissions
    client = app.test_client()
    for rule in rules:
        if named[rule.endpoint] in {"everyone", "visitor"} or "GET" not in (rule.methods or set()):
            continue
        values = {
            name: NOBODY if type(rule._converters[name]).__name__ == "IntegerConverter" else "x"
            for name in rule.arguments
        }
        answer = client.get(address(app, rule, values))
        assert answer.status_code in {302, 401}, f"{rule}: {answer.status_code}"
        if answer.status_code == 302:
            assert answer.headers["Location"].startswith("/sign-in"), str(rule)


def test_a_made_up_link_is_no_way_in(app, rules):
    named = app.extensions["apportion"].permissions
    client = app.test_client()
    for rule in rules:
        if named[rule.endpoint] != "visitor":
            continue
        values = {
            name: NOBODY if type(converter).__name__ == "IntegerConverter" else "x" * 43
            for name, converter in rule._converters.items()
        }
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            assert client.open(address(app, rule, values), method=method).status_code == 404, str(rule)


def test_a_coach_whose_engagement_ended_gets_nothing_from_any_route(app, shared_database, rules, pair):
    _, other = pair
    lead = other.facilitator_scope
    with shared_database.app.transaction(Scope.for_person(lead.person_id)) as session:
        token = accounts.open_session(session, lead.person_id, "", other.facilitator_id)
    client = app.test_client()
    with client.session_transaction() as held:
        held["_user_id"] = token
    with shared_database.app.transaction(other.scope) as session:
        session.execute(sa.text("update engagement set state = 'ended'"))
    for rule in rules:
        if (
            "district_id" in rule.arguments
            and "GET" in (rule.methods or set())
            and not str(rule).startswith("/api")
        ):
            values = {
                name: value_of(name, other) if type(c).__name__ == "IntegerConverter" else "x"
                for name, c in rule._converters.items()
            }
            assert client.get(address(app, rule, values)).status_code == 404, str(rule)
