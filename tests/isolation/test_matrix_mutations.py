"""Each cell of the matrix and each route's permission changed in turn: the proof's comparison must notice.

The suite changes some of them, `make test-mutations` all. What nobody notices is a survivor, and is named.
"""

import dataclasses
import os

import pytest

from apportion.app import create_app
from apportion.proof import agreed, reading
from apportion.proof.reading import Answer, Standing
from apportion.routing import routes
from tenants.limits import LIMITS, Grant
from tenants.matrix import COLUMNS, RESOURCES
from tenants.roles import decide
from tenants.scope import CABINET_ROLES, CONFIDENTIAL_ROLES, PERSONNEL_ROLES, SMALL_GROUP_ROLES, Scope
from tenants.settings import Settings

EVERY = 1 if os.environ.get("LONG_TESTS") == "1" else 9
"""One change in so many is made."""
MATRIX = agreed.matrix()


def standings(role):
    """Return where a role stands when its cells are compared."""
    if role in {"FLD", "FCO"}:
        return [Standing(role, place) for place in ("house", "level 1", "level 2", "level 3", "level 4")]
    if role == "PAD":
        return [Standing(role, "house")]
    return [
        Standing(role, "own"),
        Standing(role, "own", steward=True),
        Standing(role, "own", contributor=True),
    ]


def scope_of(standing):
    """Return the scope that `resolve` gives a standing."""
    role, head = standing.role, not standing.contributor
    level = standing.level
    inside = role in CABINET_ROLES
    member = standing.place == "own"
    seen = (1,) if member or level else ()
    return Scope(
        person_id=77,
        role=role,
        steward=standing.steward,
        contributor=standing.contributor,
        organization_id=1 if member else 2,
        viewed_district_id=1 if seen else None,
        progress=seen,
        cabinet=(1,) if inside or (level or 0) >= 2 else (),
        staff=(1,) if inside else (),
        personnel=(1,) if role in PERSONNEL_ROLES and head else (),
        small_group=(1,) if role in SMALL_GROUP_ROLES and head else (),
        confidential=(1,) if role in CONFIDENTIAL_ROLES and head else (),
        board=(1,) if role == "BRD" else (),
        principal=(1,) if role == "PRI" else (),
        published=(1,) if member or (level or 0) >= 2 else (),
        engagement_level=level,
    )


SCOPES = {standing: scope_of(standing) for role in COLUMNS for standing in standings(role)}


def ways(key, act):
    """Return the sets of limits that the act is asked with: none, all, and all but each one."""
    line = MATRIX.lines[key]
    leaves = [reading._leaves(cell, line.level).get(act) for cell in line.cells.values()]
    limits = set().union(*(leave.limits for leave in leaves if leave is not None))
    limits -= {"St"}
    return [frozenset(), frozenset(LIMITS) - {"St", "e"}, *(frozenset(limits - {one}) for one in limits)]


def noticed(key, role, act):
    """Say whether the decision on a cell differs from the reading of the agreed text anywhere."""
    name = agreed.Name(key, (act,))
    permission = reading.permission_of(key, act)
    if permission in MATRIX.names:
        return noticed_as(MATRIX.names[permission], permission, role, ways(key, act))
    return noticed_as(name, permission, role, ways(key, act))


def noticed_as(name, permission, role, several):
    for standing in standings(role):
        for serves in several:
            allowed = decide(SCOPES[standing], permission, serves=serves).allowed
            if allowed != (reading.expected(MATRIX, standing, name, serves) is Answer.ALLOWED):
                return True
    return False


def mutants():
    """Yield resource, role, act and the grant that takes the place of the cell's: wider, or none."""
    for key, line in RESOURCES.items():
        acts = reading.acts_of(MATRIX.lines[key])
        for role in COLUMNS:
            for act in acts:
                grant = line.grants[role].get(act)
                also = MATRIX.names.get(reading.permission_of(key, act))
                if grant is None and also is not None and set(also.acts) & line.grants[role].keys():
                    # What people call it stands for several acts, and one of them is granted already.
                    continue
                if grant is None:
                    yield key, role, act, Grant()
                    continue
                yield key, role, act, None
                for limit in grant.limits:
                    if held_twice(line, grant, limit):
                        continue
                    kept = tuple(one for one in grant.limits if one != limit)
                    yield key, role, act, Grant(kept, None if limit == "e" else grant.level)
                if grant.level is not None and grant.level > line.level:
                    yield key, role, act, dataclasses.replace(grant, level=grant.level - 1)


def held_twice(line, grant, limit):
    """Say whether something else holds a limit as well, so that a cell without it opens nothing.

    Row-level security keeps to some limits by itself, and shows a coach of too low a level no records.
    """
    kind = line.information.split()[0] if line.information else ""
    class_opens_at = {"progress": 1, "cabinet": 2}.get(kind, 1)
    return limit in line.rows or (limit == "e" and grant.level <= class_opens_at)


def beyond_reach(key, role, grant):
    """Say whether the class of the records is closed to the role wherever it stands, whatever the cell says.

    Such a change opens nothing: the second wall holds. What holds it is tried by `test_mutations`.
    """
    line = dataclasses.replace(MATRIX.lines[key], cells=dict.fromkeys(COLUMNS, "V"))
    limits = frozenset(grant.limits) if grant is not None else frozenset()
    return not any(reading._reaches(line, standing, limits) for standing in standings(role))


def test_the_scopes_of_this_module_decide_as_the_second_reading():
    for key, line in RESOURCES.items():
        for role in COLUMNS:
            for act in reading.acts_of(MATRIX.lines[key]):
                assert not noticed(key, role, act), f"{role} {key} {act}: {line.cells[COLUMNS.index(role)]}"


def test_a_cell_that_is_changed_is_noticed(monkeypatch):
    survivors, tried = [], 0
    for number, (key, role, act, grant) in enumerate(mutants()):
        if number % EVERY or beyond_reach(key, role, grant):
            continue
        line = RESOURCES[key]
        grants = {act_: held for act_, held in line.grants[role].items() if act_ != act}
        if grant is not None:
            grants[act] = grant
        with monkeypatch.context() as patch:
            patch.setitem(RESOURCES, key, dataclasses.replace(line, grants={**line.grants, role: grants}))
            tried += 1
            if not noticed(key, role, act):
                survivors.append(f"{role} {key} {act}: {line.grants[role].get(act)} -> {grant}")
    print(f"{tried} cells changed, {len(survivors)} survivors")
    assert tried > 100
    assert not survivors, "\n".join(survivors)


@pytest.fixture(scope="module")
def app():
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    return create_app(Settings.from_environment({**nowhere, "APPORTION_SECRET_KEYS": "for-routes-alone" * 4}))


def test_a_route_whose_permission_is_replaced_is_noticed(app, monkeypatch):
    """Whoever signed in, everybody, and the weakest line of the matrix."""
    held = app.extensions["apportion"].permissions
    wanted = {(r.method, r.path): (r.permission, r.serves) for r in agreed.routes()}

    def told():
        return {
            (method, route.path): (route.permission, route.serves)
            for route in routes(app)
            for method in route.methods
            if (method, route.path) in wanted
        }

    assert told() == wanted
    for endpoint, permission in sorted(held.items()):
        for weaker in {"profile:view", "signed_in", "everyone"} - {permission}:
            with monkeypatch.context() as patch:
                patch.setitem(held, endpoint, weaker)
                changed = [key for key, value in told().items() if value != wanted[key]]
            if (
                not any(rule.endpoint == endpoint for rule in app.url_map.iter_rules())
                or endpoint == "static"
            ):
                continue
            assert changed, f"{endpoint}: {permission} -> {weaker} is not noticed"
