"""The permission matrix: every cell, the empty ones above all, and the sentences about it."""

import itertools
from pathlib import Path

import pytest

from tenants import permission_page
from tenants.language import render
from tenants.matrix import COLUMNS, RESOURCES
from tenants.roles import (
    GRANTS,
    PERMISSIONS,
    VERBS,
    UnknownPermissionError,
    allows,
    coach_does,
    coach_sees,
    holders,
    own_only,
    who_may,
    why_not,
)
from tenants.scope import CABINET_ROLES, PERSONNEL_ROLES, SMALL_GROUP_ROLES, Scope

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def acting(role, *, steward=False, level=None, contributor=False):
    """Return the scope of a role in district 1, as `resolve` makes it."""
    inside = role in CABINET_ROLES
    coach = role in {"FLD", "FCO"}
    return Scope(
        role=role,
        steward=steward,
        contributor=contributor,
        organization_id=2 if coach else 1,
        viewed_district_id=1,
        progress=(1,) if level or not coach else (),
        cabinet=(1,) if inside or (level or 0) >= 2 else (),
        personnel=(1,) if role in PERSONNEL_ROLES else (),
        small_group=(1,) if role in SMALL_GROUP_ROLES else (),
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
                if PERMISSIONS[permission] == (key, letter):
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
        ("analysis:run", {"SUP", "CBO", "CAO", "HR", "SED"}),
        ("ledger_lines:view", {"SUP", "CBO", "CAO"}),
        ("named_positions:view", {"CBO", "HR"}),
        ("student_counts:view", {"CBO", "CAO"}),
        ("plan:view", {"SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM"}),
        ("process_board:view", {"SUP", "CBO", "CAO", "HR", "SED", "PRI"}),
        ("financial_results:view", {"SUP", "CBO", "CAO", "HR", "SED"}),
        ("jobs:view", {"SUP", "CBO", "CAO", "HR", "SED"}),
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
        assert allows(scope, "plan_section:edit") == (level >= 4)
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


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_permission_has_its_sentences(language):
    for permission in PERMISSIONS:
        assert render(who_may(permission), language)
        for role in COLUMNS:
            assert render(why_not(acting(role), permission), language)


def test_who_can_see_this_is_what_is_enforced():
    assert render(holders("ledger_lines:view"), "en") == (
        "superintendent, chief business official or chief academic officer"
    )
    assert "principal" not in render(holders("programs:view"), "en")
    assert render(holders("named_positions:view"), "en") == "chief business official or human resources head"


def test_the_refusal_names_who_may():
    said = render(why_not(acting("CAO"), "ledger:load"), "en")
    assert said == (
        "Load and map ledger: added by chief business official. You are acting as chief academic officer."
    )


def test_the_statement_to_the_district_is_what_is_enforced():
    for level in (1, 2, 3, 4):
        seen, hidden = coach_sees(level)
        assert not {text["text"] for text in seen} & {text["text"] for text in hidden}
    assert len(coach_sees(1)[0]) < len(coach_sees(2)[0]) <= len(coach_sees(3)[0]) <= len(coach_sees(4)[0])
    assert len(coach_does(1)) < len(coach_does(4))
