"""The description of the interface (OpenAPI 3.1), made from the operations themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from apportion.api.idempotency import HEADER
from apportion.api.operations import OPERATIONS, Operation
from apportion.api.shapes import Problem
from apportion.request import _

PLACE = re.compile(r"<(?:(int|path):)?([a-z_]+)>")
REFERENCES = "#/components/schemas/{model}"


def path_of(rule: str) -> str:
    """Return a route's path as OpenAPI writes it."""
    return "/api/v1" + PLACE.sub(r"{\2}", rule)


def describe(base_url: str, version: str) -> dict[str, Any]:
    """Return the whole description, its sentences in the caller's language."""
    taken = [shape for each in OPERATIONS.values() for shape in (each.takes, each.query, each.form) if shape]
    given = [each.gives for each in OPERATIONS.values() if each.gives is not None]
    schemas, definitions = models_json_schema(
        [(shape, "validation") for shape in _once(taken)]
        + [(shape, "serialization") for shape in _once([*given, Problem])],
        ref_template=REFERENCES,
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS.values():
        paths.setdefault(path_of(each.rule), {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Apportion",
            "version": version,
            "description": _(
                "Everything that a page does, for programs, under the same rules and with the same refusals. "
                "Amounts are dollars as decimal text; lists are read on with `after`; a POST with an "
                "Idempotency-Key has one effect however often it is sent."
            ),
        },
        "servers": [{"url": base_url}],
        "security": [{"token": []}, {"cookie": []}],
        "tags": [{"name": name} for name in dict.fromkeys(each.tag for each in OPERATIONS.values())],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "session",
                    "description": _(
                        "The pages' own session; a change needs the header X-CSRFToken as well."
                    ),
                },
            },
        },
    }


def _once(shapes: Sequence[type[BaseModel]]) -> list[type[BaseModel]]:
    return list(dict.fromkeys(shapes))


def _operation(each: Operation, schemas: Any) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer"} if kind == "int" else {"type": "string"},
        }
        for kind, name in PLACE.findall(each.rule)
    ]
    if each.query is not None:
        for name, field in each.query.model_json_schema()["properties"].items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": field})
    if each.once:
        parameters.append(
            {
                "name": HEADER,
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 200},
            }
        )
    described: dict[str, Any] = {
        "operationId": each.name,
        "summary": _(each.summary),
        "tags": [each.tag],
        "parameters": parameters,
        "responses": _responses(each, schemas),
        "x-permission": each.permission,
    }
    if each.takes is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[each.takes, "validation"]}},
        }
    if each.computes:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    if each.form is not None:
        form = each.form.model_json_schema()
        form["properties"] = {"file": {"type": "string", "format": "binary"}, **form["properties"]}
        form["required"] = ["file", *form.get("required", [])]
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    return described


def _responses(each: Operation, schemas: Any) -> dict[str, Any]:
    if each.gives is not None:
        content = {each.media: {"schema": schemas[each.gives, "serialization"]}}
    else:
        content = {each.media: {"schema": {"type": "string", "format": "binary"}}}
    problem = {
        "description": _("A problem, in the words that the pages use"),
        "content": {"application/problem+json": {"schema": schemas[Problem, "serialization"]}},
    }
    codes = ["401", "403", "404"] + (["400", "409", "422"] if each.method != "GET" or each.query else [])
    return {
        str(each.status): {"description": _(each.summary), "content": content},
        **dict.fromkeys(sorted(codes), problem),
    }
