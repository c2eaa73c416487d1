"""The rates of a year as a calculation: every value that was told, the one that counts, and what changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from workers.analyses.result import sentence
from workers.finance.calculation import Calculation, Fault, FiscalYear, Given, Said, Told, refused
from workers.finance.rates import Rate, changed, rates, series, told
from workers.finance.rates.labels import LABELS

_DAY = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?")


def _day(value: Any) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise refused(
            "day",
            sentence("a day or month such as 2026-01-31 or 2026-01"),
            sentence("Write the day or month as 2026-01-31 or 2026-01."),
        )
    return value


Day = Annotated[
    str,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "pattern": f"^{_DAY.pattern}$", "examples": ["2026-01-31", "2026-01"]}),
]


class RatesInput(Given):
    """Which rates, and as of when."""

    fiscal_year: FiscalYear
    name: str | None = None
    """One series; all of them without it."""
    as_of: Day | None = None
    """Values told later are left out; today without it."""
    since: Day | None = None
    """Also tell what changed after this day, until `as_of`."""

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Refuse a series that there is not."""
        name = document.get("name")
        if isinstance(name, str) and name not in series():
            choices = ", ".join(sorted(series()))
            yield Fault(
                "name",
                name,
                sentence("one of {choices}", choices=choices),
                sentence("There is no series of rates of this name. Give one of {choices}.", choices=choices),
            )


class ValueTold(Told):
    """One value: decimal text, how far it is settled, where it comes from and from when it stood."""

    value: str
    status: str
    """enacted, projected or to_confirm."""
    source: Said
    dated: str | None


class RateOfYear(Told):
    """A rate of the year: the value that counts, and every one that was told, oldest first."""

    name: str
    label: Said
    unit: str
    in_force: ValueTold | None
    """Null where none is known; the nearest year's is then carried over, to be confirmed."""
    told: tuple[ValueTold, ...]


class Changed(Told):
    """A rate of the year whose value in force moved."""

    name: str
    label: Said
    before: ValueTold | None
    after: ValueTold | None


class RatesTold(Told):
    """The rates of a year."""

    fiscal_year: FiscalYear
    rates: tuple[RateOfYear, ...]
    changed: tuple[Changed, ...] | None
    """Null where no `since` was given."""


def _value(found: Rate | None) -> ValueTold | None:
    if found is None:
        return None
    return ValueTold(value=found.value, status=found.status, source=found.source, dated=found.dated)


def rates_told(given: RatesInput) -> RatesTold:
    """Return the rates of a year with all that was told about them."""
    at, as_of = given.fiscal_year, given.as_of
    names = [given.name] if given.name else sorted(series())
    known = rates(as_of)
    return RatesTold(
        fiscal_year=at,
        rates=tuple(
            RateOfYear(
                name=name,
                label=LABELS[name],
                unit=series()[name]["unit"],
                in_force=_value(known.in_force(name, at)),
                told=tuple(value for each in told(name, at, as_of) if (value := _value(each)) is not None),
            )
            for name in names
        ),
        changed=None
        if given.since is None
        else tuple(
            Changed(
                name=each.name,
                label=LABELS[each.name],
                before=_value(each.before),
                after=_value(each.after),
            )
            for each in changed(given.since, as_of or _LAST_DAY)
            if each.fiscal_year == at and each.name in names
        ),
    )


_LAST_DAY = "9999-12-31"
"""After every value."""


CALCULATION = Calculation(
    name="rates",
    title=sentence("State rates of a year"),
    source="As each value names it",
    given=RatesInput,
    told=RatesTold,
    compute=rates_told,
)
