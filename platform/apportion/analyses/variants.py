"""The form that changes an outlook's assumptions, and what a person typed into it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tenants.language import Message, message
from workers.analyses.labels import SEGMENT_NAMES
from workers.analyses.ledger import next_year
from workers.analyses.outlook_assumptions import (
    ADJUSTABLE_LINES,
    MOST_YEARS,
    NAMES,
    Assumed,
    ParameterError,
    Parameters,
    assume,
)
from workers.analyses.outlook_lines import LINES
from workers.studies import Inputs

ADJUSTMENTS = 3
LONGEST_NAME = 80
LINE_NAMES: list[tuple[str, Message]] = [(key, label) for key, label, _ in LINES if key in ADJUSTABLE_LINES]
SEGMENT_CHOICES: list[tuple[str, Message]] = [
    (key, SEGMENT_NAMES[key]) for key in ("unrestricted", "restricted")
]


@dataclasses.dataclass
class Form:
    """The form as shown: values as typed, what went wrong by field."""

    years: tuple[str, ...]
    defaults: Assumed
    values: dict[str, str]
    errors: dict[str, Message]

    def rows(self) -> list[tuple[str, Message]]:
        """Return the assumptions that a person may change, in the order of the form."""
        return list(NAMES.items())

    def default(self, name: str, at: str) -> str:
        """Return the value that stands without a change."""
        return self.defaults(name, at).value


def horizon(base_year: str, count: int) -> tuple[str, ...]:
    """Return the fiscal years after the base year."""
    return tuple(next_year(base_year, step) for step in range(1, count + 1))


def blank(inputs: Inputs, count: int, given: Mapping[str, Any] | None = None) -> Form:
    """Return the form for so many years, filled with a variant's parameters."""
    defaults = assume(inputs.base_year, inputs.attendance, Parameters(years=count), inputs.known, inputs.own)
    given = given or {}
    values = {
        f"{name}-{at}": given.get("assumptions", {}).get(name, {}).get(at, defaults(name, at).value)
        for name in NAMES
        for at in defaults.years
    }
    values["name"] = str(given.get("name", ""))
    values["end_one_time"] = "1" if given.get("end_one_time", True) else ""
    values["release_commitments"] = "1" if given.get("release_commitments") else ""
    for position, each in enumerate(given.get("adjustments", [])[:ADJUSTMENTS]):
        values |= {
            f"line-{position}": each["line"],
            f"segment-{position}": each["segment"],
            f"year-{position}": each["fiscal_year"],
            f"amount-{position}": f"{Decimal(each['cents']) / 100:,.2f}",
            f"reason-{position}": each["reason"],
        }
    return Form(defaults.years, defaults, values, {})


def read(inputs: Inputs, typed: Mapping[str, str]) -> tuple[Form, dict[str, Any], str]:
    """Return the form as typed, the parameters that it means, and the variant's name.

    Only what differs from the standing assumption becomes a parameter. With errors in the form the
    parameters must not be used.
    """
    count = int(typed["years"]) if typed.get("years", "") in map(str, range(1, MOST_YEARS + 1)) else 2
    form = blank(inputs, count)
    form.values |= {key: value.strip() for key, value in typed.items() if key in form.values or "-" in key}
    for box in ("end_one_time", "release_commitments"):
        form.values[box] = typed.get(box, "")
    name = typed.get("name", "").strip()
    form.values["name"] = name
    if not name or len(name) > LONGEST_NAME:
        form.errors["name"] = message(
            "Name this variant with at most {most} characters, for example: With a 2% settlement.",
            most=LONGEST_NAME,
        )
    assumptions: dict[str, dict[str, str]] = {}
    for key in NAMES:
        for at in form.years:
            value = form.values[f"{key}-{at}"]
            if value in ("", form.default(key, at)):
                continue
            try:
                read_value = Parameters.read({"assumptions": {key: {at: value}}}).assumptions[key][at]
            except ParameterError as refused:
                form.errors[f"{key}-{at}"] = refused.said
                continue
            if Decimal(read_value) != Decimal(form.default(key, at)):
                assumptions.setdefault(key, {})[at] = read_value
    parameters = {
        "years": count,
        "end_one_time": form.values["end_one_time"] == "1",
        "release_commitments": form.values["release_commitments"] == "1",
        "assumptions": assumptions,
        "adjustments": _adjustments(form),
    }
    return form, parameters, name


def _adjustments(form: Form) -> list[dict[str, Any]]:
    found = []
    for position in range(ADJUSTMENTS):
        amount = form.values.get(f"amount-{position}", "")
        if not amount:
            continue
        cents = dollars(amount)
        if cents is None:
            form.errors[f"amount-{position}"] = message(
                "“{found}” is not an amount. Write it like 250,000 or -250,000.", found=amount
            )
            continue
        found.append(
            {
                "line": form.values.get(f"line-{position}", ""),
                "segment": form.values.get(f"segment-{position}", ""),
                "fiscal_year": form.values.get(f"year-{position}", ""),
                "cents": cents,
                "reason": form.values.get(f"reason-{position}", "")[:200],
            }
        )
    return found


MOST_CENTS = 10**14


def dollars(text: str) -> int | None:
    """Return an amount as typed in whole cents, or None for what is no amount."""
    plain = text.replace("$", "").replace(",", "").replace(" ", "").replace("−", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    try:
        exact = Decimal(plain)
    except InvalidOperation:
        return None
    if not exact.is_finite() or abs(exact) * 100 > MOST_CENTS:
        return None
    return int((exact * 100).to_integral_value())
