"""What goes over the wire: amounts as decimal text, times in UTC, sentences in the caller's language."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{2})?")


def cents_of(text: Any) -> int:
    """Return the cents of an amount such as `1234.56`.

    Raises:
        ValueError: if it is not decimal text with no or two places.
    """
    if not isinstance(text, str) or not AMOUNT.fullmatch(text):
        raise ValueError("amount")
    return int(Decimal(text) * 100)


def decimal_text(cents: int) -> str:
    """Return cents as decimal text with two places."""
    return f"{Decimal(cents).scaleb(-2):.2f}"


Amount = Annotated[
    int,
    BeforeValidator(cents_of),
    PlainSerializer(decimal_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{AMOUNT.pattern}$", "examples": ["1234567.89"]}),
]
"""Dollars as decimal text with two places; whole cents inside."""


def dollars(cents: int) -> Any:
    """Return cents as an `Amount` of an answer, which is parsed like one that came in."""
    return decimal_text(cents)


FiscalYear = Annotated[str, Field(pattern=r"^20[0-9]{2}-[0-9]{2}$", examples=["2024-25"])]
Text = Annotated[str, Field(max_length=20_000)]
Line = Annotated[str, Field(max_length=500)]


class Shape(BaseModel):
    """A JSON object; a name that is not described is refused."""

    model_config = ConfigDict(extra="forbid")
    shown_once: ClassVar[tuple[str, ...]] = ()
    """Fields that are kept nowhere, so that an answer given again has them empty."""


Item = TypeVar("Item", bound=BaseModel)


class Page(Shape, Generic[Item]):
    """A part of a long list. The order never changes: nothing is missed or seen twice between pages."""

    items: list[Item]
    next: str | None = Field(description="Give it as `after` to read on; null at the end.")


class Paging(Shape):
    """Where to read on, and how much."""

    limit: int = Field(50, ge=1, le=500)
    after: str | None = Field(
        None, max_length=40, pattern=r"^[0-9]+$", description="`next` of the page before."
    )

    @property
    def position(self) -> int | None:
        """Return the id that the page before ended with."""
        return None if self.after is None else int(self.after)


class FieldProblem(Shape):
    """One thing to mend in a request."""

    field: str
    detail: str
    found: Any = Field(None, description="What stood there; of calculations alone.")
    expected: str | None = Field(None, description="What belongs there; of calculations alone.")
    message: str | None = Field(None, description="The same as `detail`; of calculations alone.")


class Problem(Shape):
    """An error (RFC 9457), in the words that the pages use."""

    type: str
    status: int
    title: str
    detail: str
    errors: list[FieldProblem] = Field(default=[], description="What to mend, by field.")


class Accepted(Shape):
    """Work was asked for and is committed: it will be done. Asking the same again gives the same job."""

    job_id: int
    job: str = Field(description="Address that tells how far the job is.")


class Created(Shape):
    """A record was made."""

    id: int


class Done(Shape):
    """It was done."""

    done: bool = True


Moment = dt.datetime
