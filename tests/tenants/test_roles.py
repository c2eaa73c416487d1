"""The permission matrix: every cell, the empty ones above all, and the sentences about it."""

import dataclasses
import itertools
from pathlib import Path

import pytest

from tenants import permission_page
from tenants.language import render
from tenants.limits import LIMITS, CellError, Facts, Grant, parse
from tenants.matrix import COLUMNS, RESOURCES
from tenants.roles import (
    GRANTS,
    PERMISSIONS,
    VERBS,
    UnknownPermissionError,
    allows,
    cells,
    coach_does,
    coach_sees,
    concerned,
    decide,
    in_words,
    own_only,
    who_may,
    why_not,
)
from tenants.scope import CABINET_ROLES, CONFIDENTIAL_ROLES, PERSONNEL_ROLES, SMALL_GROUP_ROLES, Scope

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def acting(role, *, steward=False, level=None, contributor=False):
    """Return the scope of a role in district 1, as `resolve` makes it."""
    inside = role in CABINET_ROLES
    coach = role in {"FLD", "FCO"}
    return Scope(
        person_id=77,
        role=role,
        steward=steward,
        contributor=contributor,
        organization_id=2 if coach else 1,
        viewed_district_id=1,
        progress=(1,) if level or not coach else (),
        cabinet=(1,) if inside or (level or 0) >= 2 else (),
        staff=(1,) if inside else (),
        personnel=(1,) if role in PERSONNEL_ROLES else (),
        small_group=(1,) if role in SMALL_GROUP_ROLES else (),
        confidential=(1,) if role in CONFIDENTIAL_ROLES else (),
        board=(1,) if role == "BRD" else (),
        published=(1,) if not coach or (level or 0) >= 2 else (),
        engagement_level=level,
    )


def test_the_page_is_the_matrix():
    assert PAGE.read_text(encoding="utf-8") == permission_page.page()


@pytest.mark.parametrize("role", COLUMNS)
def test_an_empty_cell_allows_nothing(role):
    for key, verb in itertools.product(RESOURCES, VERBS.items()):
        letter, name = verb
        permission = f"{key}:{name}"
        if permission in PERMISSIONS and letter not in GRANTS[key][role]:
            for steward, level in ((False, None), (True, 4)):
                scope = acting(role, steward=steward, level=level if role in {"FLD", "FCO"} else None)
                if PERMISSIONS[permission] == (key, (letter,), frozenset()):
                    assert not allows(scope, permission), f"{role} {permission}"


def test_nobody_may_do_anything():
    for permission in PERMISSIONS:
        for scope in (Scope.nobody(), Scope.for_upkeep(1), Scope(role="visitor", viewed_district_id=1)):
            assert not allows(scope, permission)


def test_a_permission_that_the_matrix_lacks_is_an_error():
    with pytest.raises(UnknownPermissionError):
        allows(acting("CBO"), "ledger:explode")


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        ("ledger:load", {"CBO"}),
        ("dataset:certify", {"CBO"}),
        ("plan:certify_numbers", {"CBO"}),
        ("plan:sign_off", {"SUP", "CAO"}),
        ("plan:approve", {"SUP"}),
        ("plan:publish", {"SUP"}),
        ("share_link:manage", {"SUP", "CBO", "CAO"}),
        ("analysis:run", {"SUP", "CBO", "CAO"}),
        ("ledger_lines:view", {"SUP", "CBO", "CAO"}),
        ("named_positions:view", {"CBO", "HR"}),
        ("student_counts:view", {"CBO", "CAO"}),
        ("plan:view", {"SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM"}),
        ("process_board:view", {"SUP", "CBO", "CAO", "HR", "SED", "PRI"}),
        ("financial_results:view", {"SUP", "CBO", "CAO", "HR", "SED"}),
        ("jobs:view", {"SUP", "CBO", "CAO"}),
        ("jobs:cancel", {"SUP", "CBO", "CAO", "HR", "SED"}),
        ("confidential_options:view", {"SUP", "CBO", "HR"}),
        ("board_questions:create", {"BRD"}),
        ("options:edit", {"SUP", "CBO", "CAO"}),
        ("options:create", {"SUP", "CBO", "CAO", "HR", "SED"}),
        ("people:manage", set()),
        ("api_tokens:manage", set()),
    ],
)
def test_who_may_in_the_own_district(permission, roles):
    assert {role for role in COLUMNS if allows(acting(role), permission)} - {"FLD", "FCO"} == roles


def test_stewards_manage_and_others_look():
    for permission in ("people:manage", "engagement:manage", "api_tokens:manage", "activity:export"):
        assert {role for role in COLUMNS if allows(acting(role, steward=True), permission)} == {"SUP", "CBO"}
    assert allows(acting("SUP"), "people:view")
    assert "steward" in render(why_not(acting("SUP"), "people:manage"), "en")


def test_the_levels_of_an_engagement():
    def seen(level):
        return {
            key
            for key in RESOURCES
            if f"{key}:view" in PERMISSIONS and allows(acting("FCO", level=level), f"{key}:view")
        }

    assert "process_board" in seen(1)
    assert not {"plan", "financial_results", "priorities", "options", "jobs"} & seen(1)
    assert {"plan", "financial_results", "priorities", "options"} <= seen(2)
    for level in (1, 2, 3, 4):
        scope = acting("FCO", level=level)
        never = ("named_positions", "student_counts", "confidential_options", "people", "board_questions")
        assert not set(never) & seen(level)
        for permission in (
            "plan:certify_numbers",
            "plan:approve",
            "plan:publish",
            "people:manage",
            "ledger:load",
        ):
            assert not allows(scope, permission)
        assert allows(scope, "cabinet_comments:create") == (level >= 3)
        assert allows(scope, "plan_section:edit", serves=("assigned",)) == (level >= 4)
        assert not allows(scope, "plan_section:edit"), "only what is assigned"
        assert allows(scope, "analysis:run") == (level >= 4)
    assert not allows(acting("FCO", level=None), "process_board:view")


def test_a_contributor_signs_and_manages_nothing():
    scope = acting("CBO", steward=True, contributor=True)
    assert allows(scope, "ledger:load")
    for permission in ("plan:certify_numbers", "dataset:certify", "people:manage", "share_link:manage"):
        assert not allows(scope, permission)


def test_own_only_tells_the_view_to_compare_owners():
    assert own_only(acting("HR"), "jobs:view")
    assert own_only(acting("HR"), "process_board:edit")
    assert not own_only(acting("HR"), "process_board:view")
    assert not own_only(acting("CBO"), "jobs:view")


NO_CELLS = ["VX o, o V", "Vv", "V r s t", "V,C", "o", "V e5", "V V", "", "V  r", "C, C o", "V only state"]


@pytest.mark.parametrize("cell", NO_CELLS)
def test_a_cell_outside_the_grammar_is_refused(cell):
    with pytest.raises(CellError):
        parse(cell, 2)


def test_what_a_cell_says():
    assert parse("–", 2) == {}
    assert parse("VE o, A St", 2) == {"V": Grant(), "E": Grant(("o",)), "A": Grant(("St",))}
    assert parse("V e, suggest e3", 2) == {"V": Grant(("e",), 2), "suggest": Grant(("e",), 3)}
    assert parse("V o", 1) == {"V": Grant(("o",))}, "a view of the own alone stays one"
    assert parse("V, C as_contributors o", 2)["C"] == Grant(("as_contributors",))


def test_the_table_of_cells_is_whole():
    table = list(cells())
    assert {cell.role for cell in table} == set(COLUMNS)
    assert {cell.resource for cell in table} == set(RESOURCES)
    for resource in RESOURCES.values():
        for role in COLUMNS:
            acts = [cell for cell in table if (cell.resource, cell.role) == (resource.key, role)]
            assert {cell.act for cell in acts if cell.granted} == set(resource.grants[role])
    used = {limit for cell in table for limit in cell.limits}
    assert used == set(LIMITS), "limits without a cell, or cells with an unknown limit"


@pytest.mark.parametrize(
    "cell", [cell for cell in cells() if cell.granted and set(cell.limits) - {"St", "e"}]
)
def test_a_limit_that_nothing_keeps_to_refuses(cell):
    scope = acting(cell.role, steward=True, level=4 if cell.role in {"FLD", "FCO"} else None)
    held = set(cell.limits) - {"St", "e", "g", "n"} - RESOURCES[cell.resource].rows
    for missing in held:
        served = set(cell.limits) - {missing}
        found = decide(scope, cell.permission, serves=served)
        assert not found.allowed, f"{cell} without {missing}"
        assert missing in found.unmet or not found.unmet


FACTS = {
    "o": Facts(owners=frozenset({77})),
    "own_school": Facts(school="0101"),
    "own_row": Facts(district_id=1),
    "own_org": Facts(district_id=2),
    "own_acts": Facts(owners=frozenset({77})),
    "assigned": Facts(assigned=frozenset({77})),
    "invited": Facts(invited=frozenset({77})),
    "two": Facts(second=True),
    "second_person": Facts(owners=frozenset({78})),
    "after_own": Facts(answered=True),
    "after_reveal": Facts(revealed=True),
    "after_closing": Facts(closed=True),
    "public_exercise": Facts(public=True),
    "shared": Facts(shared=True),
    "published": Facts(published=True),
    "pay": Facts(part="pay"),
    "r": Facts(released=True),
    "s": Facts(suppressed=True),
}


@pytest.mark.parametrize("limit", [word for word, limit in LIMITS.items() if limit.rule is not None])
def test_the_facts_of_a_record_meet_its_limit_and_no_others_do(limit):
    rule = LIMITS[limit].rule
    scope = dataclasses.replace(
        acting("CBO", steward=limit == "St"),
        schools=("0101",),
        organization_id=2 if limit == "own_org" else 1,
        named=frozenset({"option/5"}),
        team_options=(5,),
        support_grant=9 if limit == "g" else None,
    )
    met = FACTS.get(limit) or Facts(record="option/5", made_as=limit)
    assert rule(scope, met)
    if limit in {"St", "g"}:
        return
    assert not rule(scope, Facts())
    stranger = dataclasses.replace(
        scope, person_id=78, schools=(), named=frozenset(), team_options=(), organization_id=4
    )
    if limit not in {"two", "after_own", "after_reveal", "after_closing", "public_exercise", "shared"} | {
        "published",
        "pay",
        "r",
        "s",
    } and not limit.startswith("as_"):
        assert not rule(stranger, met), "somebody else"


def test_what_is_given_by_name_opens_that_and_no_more():
    named = dataclasses.replace(acting("CAO"), named=frozenset({"option/5"}))
    assert allows(named, "confidential_options:view", Facts(record="option/5"))
    assert not allows(named, "confidential_options:view", Facts(record="option/6"))
    assert not allows(named, "confidential_options:view")
    assert not allows(named, "confidential_options:edit", Facts(record="option/5"))
    assert not allows(acting("CAO"), "confidential_options:view", Facts(record="option/5"))
    whole = dataclasses.replace(acting("SUP"), named=frozenset({"named_positions"}))
    assert allows(whole, "named_positions:view")
    assert not allows(acting("SUP"), "named_positions:view")


def test_the_own_department_is_the_heads():
    assert allows(acting("HR"), "options:edit", Facts(department="human_resources"))
    assert not allows(acting("HR"), "options:edit", Facts(department="finance"))
    assert allows(acting("HR"), "options:edit", Facts(owners=frozenset({77})))
    assert allows(acting("HR", contributor=True), "options:edit", Facts(department="human_resources"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_permission_has_its_sentences(language):
    for permission in PERMISSIONS:
        assert render(who_may(permission), language)
        for role in COLUMNS:
            assert render(why_not(acting(role), permission), language)


def test_who_can_see_this_is_what_is_enforced():
    assert render(in_words(concerned("ledger_lines")), "en") == (
        "superintendent, chief business official or chief academic officer"
    )
    assert "PRI" not in concerned("programs")
    assert concerned("named_positions") == ["CBO", "HR"]


def test_who_certifies_sees_what_is_certified():
    assert concerned("certification") == ["SUP", "CBO", "CAO"]
    said = render(why_not(acting("PRI"), "dataset:view"), "en")
    assert "superintendent, chief business official or chief academic officer" in said


def test_the_refusal_names_who_may():
    said = render(why_not(acting("CAO"), "ledger:load"), "en")
    assert said == (
        "Ledger files: added by chief business official. You are acting as chief academic officer."
    )


def test_the_statement_to_the_district_is_what_is_enforced():
    for level in (1, 2, 3, 4):
        seen, hidden = coach_sees(level)
        assert not {text["text"] for text in seen} & {text["text"] for text in hidden}
    assert len(coach_sees(1)[0]) < len(coach_sees(2)[0]) <= len(coach_sees(3)[0]) <= len(coach_sees(4)[0])
    assert len(coach_does(1)) < len(coach_does(4))
