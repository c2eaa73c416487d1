"""The interface's own pages: its description for programs, and the same for people."""

from __future__ import annotations

import importlib.metadata

import flask
from flask.typing import ResponseReturnValue

# Each module registers its operations on the area when it is imported.
from apportion.api import (
    access,
    analyses,
    calculations,
    data,
    jobs,
    me,
    options,
    people,
    plans,
    process,
    sharing,
    versions,
)
from apportion.api.openapi import describe, path_of
from apportion.api.operations import OPERATIONS, Operation, area
from apportion.routing import EVERYONE
from apportion.services import services
from tenants.language import N_

__all__ = ["area", "people", "versions"]

TAGS = {
    me.TAG: N_("Me"),
    access.TAG: N_("Access"),
    data.TAG: N_("Data"),
    analyses.TAG: N_("Analyses"),
    calculations.TAG: N_("Calculations"),
    options.TAG: N_("Priorities and options"),
    plans.TAG: N_("Plan"),
    sharing.SHARING: N_("Sharing"),
    sharing.COMMENTS: N_("Comments"),
    process.TAG: N_("Process"),
    jobs.TAG: N_("Jobs"),
}


def _version() -> str:
    return importlib.metadata.version("apportion")


@area.get("/openapi.json", permission=EVERYONE)
def openapi() -> ResponseReturnValue:
    """Send the description (OpenAPI 3.1)."""
    return flask.jsonify(describe(services().settings.base_url, _version()))


@area.get("/docs", permission=EVERYONE)
def docs() -> ResponseReturnValue:
    """Show the description to people, with an example that works."""
    document = describe(services().settings.base_url, _version())
    groups: dict[str, list[Operation]] = {name: [] for name in TAGS}
    for each in OPERATIONS.values():
        groups[each.tag].append(each)
    return flask.render_template(
        "api/docs.html",
        groups=groups,
        tags=TAGS,
        document=document,
        path_of=path_of,
        base_url=services().settings.base_url,
    )
