"""What every calculation shares: the shapes of its input and output, and faults that name their field.

A calculation is a pure function from one pydantic model to another. Money, percentages and attendance go in
and come out as decimal text, so that no binary fraction ever touches them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from workers.analyses.result import Message, sentence

MOST_DIGITS = 15
ONE_CENT = Decimal("0.01")
ONE_DOLLAR = Decimal(1)
NOTHING = Decimal(0)

_FISCAL_YEAR = re.compile(r"(20[0-9]{2})-([0-9]{2})")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input: where, what was found, what was expected, what to do."""

    field: str
    found: Any
    expected: str
    message: Message


class InputFaultsError(ValueError):
    """An input that nothing can be computed from, with every fault that was found in it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.field}: expected {fault.expected}" for fault in self.faults))


class Given(BaseModel):
    """An input, or a part of one; a name that is not described is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """An output, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


GivenModel = TypeVar("GivenModel", bound=Given)
ToldModel = TypeVar("ToldModel", bound=Told)


def half_up(amount: Decimal, unit: Decimal = ONE_DOLLAR) -> Decimal:
    """Return an amount rounded half away from zero to whole units, as the state's forms round."""
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


_GIVEN = {"given": True}
"""Marks what came from outside; what a function computed is exact already and may have any digits."""


def _decimal(
    places: int, what: str, example: str, *, negative: bool
) -> Callable[[Any, ValidationInfo], Decimal]:
    pattern = re.compile(rf"{'-?' if negative else ''}[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,{places}}})?")

    def read(value: Any, info: ValidationInfo) -> Decimal:
        if isinstance(value, Decimal) and info.context is not _GIVEN:
            return value
        text = value
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            text = format(value, "f")
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise PydanticCustomError(
                "amount",
                "Write {what} as decimal text without signs or separators, such as {example}.",
                {"what": what, "example": example, "expected": f"{what} such as {example}"},
            )
        return Decimal(text)

    return read


def _schema(places: int, example: str, *, negative: bool) -> dict[str, Any]:
    sign = "-?" if negative else ""
    return {
        "type": "string",
        "pattern": rf"^{sign}[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,{places}}})?$",
        "examples": [example],
    }


def _text(least: int) -> Callable[[Decimal], str]:
    def write(value: Decimal) -> str:
        # Nothing is cut off: what has more decimals than the least keeps them, "unrounded" is meant.
        exponent = value.as_tuple().exponent
        shown = max(least, -exponent if isinstance(exponent, int) else 0)
        return f"{value + 0:.{shown}f}"

    return write


Money = Annotated[
    Decimal,
    BeforeValidator(_decimal(2, "dollars", "1234567.89", negative=True)),
    PlainSerializer(_text(2), return_type=str),
    WithJsonSchema(_schema(2, "1234567.89", negative=True)),
]
"""Dollars with cents; may be below zero."""

Dollars = Annotated[
    Decimal,
    BeforeValidator(_decimal(2, "dollars", "1234567", negative=True)),
    PlainSerializer(_text(0), return_type=str),
    WithJsonSchema(_schema(2, "1234567", negative=True)),
]
"""An amount that the rule rounds to whole dollars."""

Percentage = Annotated[
    Decimal,
    BeforeValidator(_decimal(28, "a percentage", "0.9", negative=True)),
    PlainSerializer(_text(6), return_type=str),
    WithJsonSchema(_schema(28, "0.9", negative=True)),
]
"""Per cent: `0.9` is 0.9 %. Comes out unrounded, with at least six decimals."""

Pupils = Annotated[
    Decimal,
    BeforeValidator(_decimal(4, "a number of pupils", "14674.90", negative=False)),
    PlainSerializer(_text(2), return_type=str),
    WithJsonSchema(_schema(4, "14674.90", negative=False)),
]
"""Average daily attendance or enrollment; never below zero."""


def _fiscal_year(value: Any) -> str:
    match = _FISCAL_YEAR.fullmatch(value) if isinstance(value, str) else None
    if match is None or (int(match[1]) + 1) % 100 != int(match[2]):
        raise PydanticCustomError(
            "fiscal_year",
            "Write the fiscal year with both its calendar years, such as 2025-26.",
            {"expected": "a fiscal year such as 2025-26"},
        )
    return match[0]


FiscalYear = Annotated[
    str,
    BeforeValidator(_fiscal_year),
    WithJsonSchema({"type": "string", "pattern": _FISCAL_YEAR.pattern, "examples": ["2025-26"]}),
]
"""1 July to 30 June, as 2025-26."""


Said = Annotated[Message, WithJsonSchema({"type": "string"})]
"""A sentence of an output; `tenants.language.render_within` puts it into the reader's language."""


@dataclass(frozen=True)
class Calculation(Generic[GivenModel, ToldModel]):
    """A calculation that people may call by name: what goes in, what comes out, and the function."""

    name: str
    title: Message
    source: str
    """Statute, handbook or form that the rule comes from."""
    given: type[GivenModel]
    told: type[ToldModel]
    compute: Callable[[GivenModel], ToldModel]

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the input and of the output."""
        return {
            "name": self.name,
            "source": self.source,
            "input": self.given.model_json_schema(),
            "output": self.told.model_json_schema(mode="serialization"),
        }

    def answer(self, document: Any) -> dict[str, Any]:
        """Return the output document for an input document.

        Raises:
            InputFaultsError: with every fault of the input.
        """
        try:
            given = self.given.model_validate(document, context=_GIVEN)
        except ValidationError as invalid:
            raise InputFaultsError(_fault(error) for error in invalid.errors(include_url=False)) from invalid
        told: dict[str, Any] = self.compute(given).model_dump(mode="json", by_alias=True)
        return told


def read_document(text: str | bytes) -> Any:
    """Return the document of a JSON text, its numbers kept as decimals.

    Raises:
        InputFaultsError: if it is not JSON, or holds a number that is none (NaN, Infinity).
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        where = (
            f" at line {wrong.lineno}, column {wrong.colno}"
            if isinstance(wrong, json.JSONDecodeError)
            else ""
        )
        raise InputFaultsError(
            [
                Fault(
                    field="",
                    found=None,
                    expected="one JSON document in UTF-8",
                    message=sentence(
                        "The input is not JSON{where}. Check its quotes, commas and brackets.", where=where
                    ),
                )
            ]
        ) from wrong


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _fault(error: ErrorDetails) -> Fault:
    field = ""
    for part in error["loc"]:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else str(part)
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return Fault(field, None, "a value", sentence("{field} is missing. Give it.", field=field))
        case "extra_forbidden":
            return Fault(
                field,
                error["input"],
                "no such name",
                sentence("There is no {field} in this input. Look at --schema for the names.", field=field),
            )
    expected = str(context.get("expected", error["msg"]))
    return Fault(
        field,
        error["input"],
        expected,
        sentence("{field}: {problem}", field=field or "input", problem=error["msg"]),
    )
