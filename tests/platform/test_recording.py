"""Every route that changes something in a district leads to its record of activity: read from the code.

What routes do when they run is watched by `tests/support/recording.py`.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import textwrap
from types import FunctionType, ModuleType
from typing import Any

import pytest

from apportion.jobs import views
from apportion.routing import SAFE_METHODS
from tenants import audit, leaving
from tests.support.recording import UNRECORDED
from workers.account import decisions

ROOMS = ("apportion.", "workers.", "tenants.")


def reaches_record(function: Any, seen: set[Any]) -> bool:
    """Say whether a function calls `audit.append` or `audit.record`, itself or through what it calls."""
    function = inspect.unwrap(function)
    if function in (audit.append, audit.record):
        return True
    if (
        function in seen
        or not isinstance(function, FunctionType)
        or not function.__module__.startswith(ROOMS)
    ):
        return False
    if function.__name__ == "<lambda>":
        return False
    seen.add(function)
    return any(
        # Of a table of acts each one has to lead there.
        all(reaches_record(act, set(seen)) for act in called.values())
        if isinstance(called, dict)
        else reaches_record(called, seen)
        for called in named_in(function)
    )


@functools.cache
def named_in(function: FunctionType) -> tuple[Any, ...]:
    """Return what a function names and can be called: of its own module, imported, or `module.function`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    known = inspect.getclosurevars(function)
    names = {**importlib.import_module(function.__module__).__dict__, **known.nonlocals}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.append(names.get(node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            holder = names.get(node.value.id)
            if isinstance(holder, ModuleType):
                found.append(getattr(holder, node.attr, None))
    return tuple(each for each in found if callable(each) or is_table_of_acts(each))


def is_table_of_acts(value: Any) -> bool:
    """Say whether a value is a dictionary of functions, by which a view chooses what to do."""
    return (
        isinstance(value, dict) and bool(value) and all(inspect.isfunction(each) for each in value.values())
    )


@pytest.fixture(scope="module")
def routes(shared_database):
    """Return the routes that change something in a district: endpoint and the function behind it."""
    from apportion.app import create_app  # noqa: PLC0415 - as the fixtures do

    app = create_app(shared_database.settings)
    found = {
        rule.endpoint: app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - SAFE_METHODS and "district_id" in rule.arguments
    }
    held = app.extensions["apportion"]
    held.database.close()
    held.redis.close()
    return found


def test_every_route_that_changes_something_leads_to_the_record(routes):
    assert len(routes) > 60
    forgotten = sorted(
        endpoint
        for endpoint, view in routes.items()
        if endpoint not in UNRECORDED and not reaches_record(view, set())
    )
    assert forgotten == []


def test_the_exceptions_are_routes_and_have_reasons(routes):
    assert all(UNRECORDED.values())
    assert {name for name in UNRECORDED if not name.startswith("sharing.")} <= set(routes)


def test_the_reading_tells_who_records_and_who_does_not():
    assert reaches_record(leaving.ask, set())
    assert reaches_record(decisions.approve, set())
    assert not reaches_record(leaving.stewards, set())
    assert not reaches_record(views.page_of, set())
