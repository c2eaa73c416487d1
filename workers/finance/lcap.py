"""What the tables of the Local Control and Accountability Plan (LCAP) share: an action, its scope, a finding.

Source of every rule: the state's LCAP template and instructions of November 2024, "Action Tables".
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from workers.analyses.result import Message, sentence
from workers.finance.amounts import as_text
from workers.finance.calculation import NOTHING, Given, Money, Said, Share, Told, half_up, refused

TEMPLATE = "LCAP template and instructions, November 2024, Action Tables"

Scope = Literal["LEA-wide", "Schoolwide", "Limited"]
SCOPES: tuple[Scope, ...] = ("LEA-wide", "Schoolwide", "Limited")


_LIMITED_TO = " to unduplicated student group(s)"
"""How the template goes on after Limited."""


def _scope(value: Any) -> Any:
    """Return the scope as the template spells it; an empty cell is no scope."""
    if not isinstance(value, str):
        return value
    written = value.strip().casefold().removesuffix(_LIMITED_TO)
    return next((scope for scope in SCOPES if scope.casefold() == written), written and value) or None


def _yes_or_no(value: Any) -> bool:
    """Return the truth of a Yes/No column."""
    if isinstance(value, bool):
        return value
    written = value.strip().casefold() if isinstance(value, str) else ""
    if written not in {"yes", "no"}:
        raise refused(
            "yes_or_no",
            sentence("true, false, Yes or No"),
            sentence("Write true or false, or Yes or No."),
        )
    return written == "yes"


YesNo = Annotated[
    bool,
    BeforeValidator(_yes_or_no),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["Yes", "No"]}], "examples": [True]}),
]
GivenScope = Annotated[Scope | None, BeforeValidator(_scope)]


class Action(Given):
    """One row of table 1, Total Planned Expenditures.

    `total` and `non_personnel` are what the plan prints for the row, where they are to be checked.
    """

    goal: str | None = None
    action: str | None = None
    title: str = ""
    student_groups: str | None = None
    contributing: YesNo = False
    scope: GivenScope = None
    unduplicated_groups: str | None = None
    location: str | None = None
    time_span: str | None = None
    lcff: Money = NOTHING
    other_state: Money = NOTHING
    local: Money = NOTHING
    federal: Money = NOTHING
    personnel: Money = NOTHING
    planned_improved_services_percent: Share = NOTHING
    total: Money | None = None
    non_personnel: Money | None = None

    @property
    def funds(self) -> Decimal:
        """Return the row's total funds: the sum of its four sources."""
        return self.lcff + self.other_state + self.local + self.federal


Actions = Annotated[tuple[Action, ...], Field(max_length=2000)]


class Finding(Told):
    """Something that the plan says and its rows do not bear out, or that the template does not allow.

    `stated`, `computed` and `difference` (stated less computed) are decimal text, where there are numbers.
    """

    code: str
    field: str
    stated: str | None = None
    computed: str | None = None
    difference: str | None = None
    message: Said


def disagreement(field: str, stated: Decimal, computed: Decimal, message: Message) -> Finding:
    """Return the finding that a stated number is not the one that its rows give."""
    return Finding(
        code="stated_disagrees",
        field=field,
        stated=as_text(stated),
        computed=as_text(computed),
        difference=as_text(stated - computed),
        message=message,
    )


def agrees(stated: Decimal, computed: Decimal) -> bool:
    """Say whether a stated percentage is the computed one, rounded to the decimals that were stated."""
    exponent = stated.as_tuple().exponent
    with localcontext() as context:
        context.prec = 80
        return (
            half_up(computed, Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0))
            == stated
        )
