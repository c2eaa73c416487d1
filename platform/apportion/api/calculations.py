"""Calculations of school finance by name, from JSON to JSON; they touch no district's data."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.operations import operation
from apportion.api.shapes import Shape
from apportion.request import language
from apportion.routing import SIGNED_IN
from tenants.language import N_, render, render_within
from workers.finance.calculation import Calculation, read_document
from workers.finance.catalogue import CALCULATIONS

TAG = "Calculations"


class CalculationShape(Shape):
    """A calculation by its name, with the rule that it follows."""

    name: str
    title: str
    source: str = Field(description="Statute, handbook or form that the rule comes from.")


class Calculations(Shape):
    """All of them; there are few."""

    items: list[CalculationShape]


class CalculationSchema(CalculationShape):
    """What a calculation takes and gives, each as a JSON Schema."""

    input: dict[str, Any]
    output: dict[str, Any]


class Answer(Shape):
    """The output document of a calculation, as its schema describes it."""

    model_config = ConfigDict(extra="allow")


def _calculation(name: str) -> Calculation[Any, Any]:
    found = CALCULATIONS.get(name)
    if found is None:
        raise NotFound
    return found


def _named(each: Calculation[Any, Any]) -> dict[str, str]:
    return {"name": each.name, "title": render(each.title, language()), "source": each.source}


@operation(
    "GET",
    "/calculations",
    permission=SIGNED_IN,
    summary=N_("Calculations of school finance"),
    tag=TAG,
    gives=Calculations,
)
def calculations(session: Session) -> Calculations:  # noqa: ARG001 - they need no database
    """Return every calculation by its name."""
    return Calculations(
        items=[CalculationShape(**_named(CALCULATIONS[name])) for name in sorted(CALCULATIONS)]
    )


@operation(
    "GET",
    "/calculations/<name>",
    permission=SIGNED_IN,
    summary=N_("What a calculation takes and gives"),
    tag=TAG,
    gives=CalculationSchema,
)
def calculation(session: Session, name: str) -> CalculationSchema:  # noqa: ARG001 - needs no database
    """Return the JSON Schema of a calculation's input and output."""
    found = _calculation(name)
    schema = found.schema()
    return CalculationSchema(**_named(found), input=schema["input"], output=schema["output"])


@operation(
    "POST",
    "/calculations/<name>",
    permission=SIGNED_IN,
    summary=N_("Compute by a rule of school finance"),
    tag=TAG,
    gives=Answer,
    computes=True,
)
def calculate(session: Session, name: str, body: bytes) -> Answer:  # noqa: ARG001 - needs no database
    """Return what a calculation makes of the document that was sent."""
    told = _calculation(name).answer(read_document(body))
    return Answer.model_validate(render_within(told, language()))
