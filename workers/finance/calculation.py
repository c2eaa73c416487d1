"""What every calculation shares: the shapes of its input and output, and faults that name their field.

A calculation is a pure function from one pydantic model to another. Money, percentages and attendance go in
and come out as decimal text, so that no binary fraction ever touches them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
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
from workers.finance.wording import expected_of, found_of, is_known

MOST_DIGITS = 15
ONE_CENT = Decimal("0.01")
ONE_DOLLAR = Decimal(1)
NOTHING = Decimal(0)

_FISCAL_YEAR = re.compile(r"(20[0-9]{2})-([0-9]{2})")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input: where, what was found, what was expected, what to do.

    `found` is the value as it was given, or a message that names its kind where it is long; `expected` may be
    a message, so that it reads in the caller's language.
    """

    field: str
    found: Any
    expected: str | Message
    message: Message


class InputFaultsError(ValueError):
    """An input that nothing can be computed from, with every fault that was found in it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(fault.field or "input" for fault in self.faults))


class Given(BaseModel):
    """An input, or a part of one; a name that is not described is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Return the faults that no field shows by itself, of a document as it was given.

        It is asked of the whole input beside the fields, not after them, so that every fault is told at once;
        what it looks at may be of any type.
        """
        del document
        return ()


class Told(BaseModel):
    """An output, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


GivenModel = TypeVar("GivenModel", bound=Given)
ToldModel = TypeVar("ToldModel", bound=Told)


def half_up(amount: Decimal, unit: Decimal = ONE_DOLLAR) -> Decimal:
    """Return an amount rounded half away from zero to whole units, as the state's forms round."""
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


_GIVEN = {"given": True}
"""Marks what came from outside; what a function computed is exact already and may have any digits."""


def refused(kind: str, expected: Message, said: Message) -> PydanticCustomError:
    """Return the error of a value that a validator refuses: what it expects, and what to do."""
    return PydanticCustomError(kind, said["text"], {"expected": expected, "said": said})


def _decimal(
    places: int, what: Message, example: str, *, negative: bool, most: Decimal | None = None
) -> Callable[[Any, ValidationInfo], Decimal]:
    pattern = re.compile(rf"{'-?' if negative else ''}[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,{places}}})?")
    expected = sentence("{what} such as {example}", what=what, example=example)

    def read(value: Any, info: ValidationInfo) -> Decimal:
        if isinstance(value, Decimal) and info.context is not _GIVEN:
            return value
        text = value
        if isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
        elif isinstance(value, Decimal):
            # A number of a thousand digits is no amount, and would take as long to write as to read.
            far = not value.is_finite() or abs(value.adjusted()) > places + 20
            text = None if far else format(value, "f")
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise refused(
                "amount",
                expected,
                sentence("Write {what} as plain digits, such as {example}.", what=what, example=example),
            )
        read_value = Decimal(text)
        if most is not None and read_value > most:
            raise refused(
                "amount_range",
                sentence("{what} from 0 to {most}", what=what, most=str(most)),
                sentence("Give {what} from 0 to {most}.", what=what, most=str(most)),
            )
        return read_value

    return read


def _is_far(value: int | Decimal, places: int) -> bool:
    return isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > places + 20)


def _schema(places: int, example: str, *, negative: bool) -> dict[str, Any]:
    sign = "-?" if negative else ""
    return {
        "type": "string",
        "pattern": rf"^{sign}[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,{places}}})?$",
        "examples": [example],
    }


_TOLD = WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}, mode="serialization")
"""Decimal text of an output, which may have any digits."""


def _text(least: int) -> Callable[[Decimal], str]:
    def write(value: Decimal) -> str:
        # Nothing is cut off: what has more decimals than the least keeps them, "unrounded" is meant.
        exponent = value.as_tuple().exponent
        shown = max(least, -exponent if isinstance(exponent, int) else 0)
        return f"{value + 0:.{shown}f}"

    return write


DOLLARS = sentence("dollars")
A_PERCENTAGE = sentence("a percentage")
PUPILS = sentence("a number of pupils")
A_NUMBER = sentence("a number")

Money = Annotated[
    Decimal,
    BeforeValidator(_decimal(2, DOLLARS, "1234567.89", negative=True)),
    PlainSerializer(_text(2), return_type=str),
    WithJsonSchema(_schema(2, "1234567.89", negative=True), mode="validation"),
    _TOLD,
]
"""Dollars with cents; may be below zero."""

Dollars = Annotated[
    Decimal,
    BeforeValidator(_decimal(2, DOLLARS, "1234567", negative=True)),
    PlainSerializer(_text(0), return_type=str),
    WithJsonSchema(_schema(2, "1234567", negative=True), mode="validation"),
    _TOLD,
]
"""An amount that the rule rounds to whole dollars."""

Percentage = Annotated[
    Decimal,
    BeforeValidator(_decimal(28, A_PERCENTAGE, "0.9", negative=True)),
    PlainSerializer(_text(6), return_type=str),
    WithJsonSchema(_schema(28, "0.9", negative=True), mode="validation"),
    _TOLD,
]
"""Per cent: `0.9` is 0.9 %. Comes out unrounded, with at least six decimals."""

Share = Annotated[
    Decimal,
    BeforeValidator(_decimal(28, A_PERCENTAGE, "63.10", negative=False, most=Decimal(100))),
    PlainSerializer(_text(6), return_type=str),
    WithJsonSchema(_schema(28, "63.10", negative=False), mode="validation"),
    _TOLD,
]
"""Per cent of a whole: 0 to 100."""

Pupils = Annotated[
    Decimal,
    BeforeValidator(_decimal(4, PUPILS, "14674.90", negative=False)),
    PlainSerializer(_text(2), return_type=str),
    WithJsonSchema(_schema(4, "14674.90", negative=False), mode="validation"),
    _TOLD,
]
"""Average daily attendance or enrollment; never below zero."""

Number = Annotated[
    Decimal,
    BeforeValidator(_decimal(10, A_NUMBER, "0.5", negative=False)),
    PlainSerializer(_text(0), return_type=str),
    WithJsonSchema(_schema(10, "0.5", negative=False), mode="validation"),
    _TOLD,
]
"""A number without a unit, such as full-time equivalents or a share of one; never below zero."""


def is_fiscal_year(value: Any) -> bool:
    """Say whether a value is a fiscal year as 2025-26."""
    match = _FISCAL_YEAR.fullmatch(value) if isinstance(value, str) else None
    return match is not None and (int(match[1]) + 1) % 100 == int(match[2])


def _fiscal_year(value: Any) -> str:
    if not is_fiscal_year(value):
        raise refused(
            "fiscal_year",
            sentence("a fiscal year such as 2025-26"),
            sentence("Write the fiscal year with both its calendar years, such as 2025-26."),
        )
    return str(value)


FiscalYear = Annotated[
    str,
    BeforeValidator(_fiscal_year),
    WithJsonSchema({"type": "string", "pattern": f"^{_FISCAL_YEAR.pattern}$", "examples": ["2025-26"]}),
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
        """Return the output document for an input document; its sentences (`Said`) are messages still.

        Raises:
            InputFaultsError: with every fault of the input.
        """
        across = list(self.given.across(document)) if isinstance(document, Mapping) else []
        try:
            given = self.given.model_validate(document, context=_GIVEN)
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False)
            found = [_fault(error) for error in errors if not _follows_from_another(error)]
            raise InputFaultsError(_one_for_each_field([*found, *across])) from invalid
        if across:
            raise InputFaultsError(_one_for_each_field(across))
        told: dict[str, Any] = self.compute(given).model_dump(mode="json", by_alias=True)
        return told


def _one_for_each_field(faults: Iterable[Fault]) -> list[Fault]:
    """Return the first fault of each field: one thing that is wrong is told once."""
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(fault.field, fault)
    return list(first.values())


class _TwiceError(ValueError):
    """A name stands twice in one object of a JSON document."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def read_document(text: str | bytes) -> Any:
    """Return the document of a JSON text, its numbers kept as decimals.

    Raises:
        InputFaultsError: if it is not JSON, holds a number that is none (NaN, Infinity), or a name twice in
            one object, of which only one could count.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object)
    except _TwiceError as twice:
        name = twice.name[:80]
        raise InputFaultsError(
            [
                Fault(
                    field=name,
                    found=None,
                    expected=sentence("each name once"),
                    message=sentence("{field} stands twice in one object. Leave one.", field=name),
                )
            ]
        ) from twice
    except json.JSONDecodeError as wrong:
        said = sentence(
            "The input is not JSON at line {line}, column {column}. Check its quotes, commas and brackets.",
            line=str(wrong.lineno),
            column=str(wrong.colno),
        )
        raise InputFaultsError([_not_json(said)]) from wrong
    except (ValueError, RecursionError) as wrong:
        said = sentence("The input is not JSON. Check its quotes, commas, brackets and numbers.")
        raise InputFaultsError([_not_json(said)]) from wrong


def _not_json(said: Message) -> Fault:
    return Fault(field="", found=None, expected=sentence("one JSON document in UTF-8"), message=said)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in made if names.count(name) > 1))
    return made


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _follows_from_another(error: ErrorDetails) -> bool:
    """Say whether a list is called too short only because entries of it are wrong."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _place(parts: Iterable[int | str]) -> str:
    field = ""
    for part in parts:
        if part == "[key]":  # the name itself is wrong, and has been said
            continue
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else str(part)
    return field


def _fault(error: ErrorDetails) -> Fault:
    """Return the fault that an error of pydantic is, in plain words."""
    field = _place(error["loc"])
    context = error.get("ctx", {})
    if "said" in context:
        return Fault(field, found_of(error["input"]), context["expected"], context["said"])
    match error["type"]:
        case "missing":
            return Fault(
                field, None, sentence("a value"), sentence("{field} is missing. Give it.", field=field)
            )
        case "extra_forbidden":
            return Fault(
                field,
                found_of(error["input"]),
                sentence("no such name"),
                sentence("There is no {field} in this input. Look at the schema for the names.", field=field),
            )
    if isinstance(context.get("expected"), str) and not is_known(error["type"]):
        # A validator's own words, in the one language in which it has them.
        return Fault(
            field,
            found_of(error["input"]),
            context["expected"],
            sentence("{field}: {problem}", field=field or "input", problem=error["msg"]),
        )
    expected = expected_of(error["type"], context)
    return Fault(
        field,
        found_of(error["input"]),
        expected,
        sentence("Give {expected} for {field}.", expected=expected, field=field)
        if field
        else sentence("Give {expected} as the input.", expected=expected),
    )
