"""Looking back: earlier projections against what came, as bias and spread for each line.

A district that always expects too much, or misses widely, knows it from its own record; the spread is the
width that the risk of the next projection rests on.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, StringConstraints, field_validator

from workers.analyses.result import sentence
from workers.finance.calculation import (
    NOTHING,
    Calculation,
    FiscalYear,
    Given,
    Percentage,
    Said,
    Told,
    refused,
)
from workers.finance.measures import share
from workers.finance.risk_shapes import DRIVERS, DriverName

Line = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_/.-]{1,80}$")]
Value = Annotated[
    Percentage, Field(decimal_places=6), PlainSerializer(lambda value: format(value, "f"), return_type=str)
]
"""An amount in dollars, or a percentage, as the line's unit says; decimal text of either."""
MOST = 5000
ENOUGH = 3
"""Fewer misses than this show no spread that anyone should rest on."""


class Projected(Given):
    """What was once expected of a line in a year."""

    line: Line
    made_in: FiscalYear
    """The year in which it was projected: the budget's or the interim's own."""
    fiscal_year: FiscalYear
    value: Value


class Came(Given):
    """What came."""

    line: Line
    fiscal_year: FiscalYear
    value: Value


class LookingBackInput(Given):
    """Projections, and what came; a line's unit is amount unless `units` says percent."""

    projections: Annotated[tuple[Projected, ...], Field(min_length=1, max_length=MOST)]
    actuals: Annotated[tuple[Came, ...], Field(min_length=1, max_length=MOST)]
    units: dict[Line, Literal["amount", "percent"]] = Field(default_factory=dict)
    """Misses of an amount are in per cent of what was projected, those of a percentage in points."""

    @field_validator("actuals", mode="after")
    @classmethod
    def _came_once(cls, actuals: tuple[Came, ...]) -> tuple[Came, ...]:
        _once((each.line, each.fiscal_year) for each in actuals)
        return actuals

    @field_validator("projections", mode="after")
    @classmethod
    def _made_once_and_before(cls, projections: tuple[Projected, ...]) -> tuple[Projected, ...]:
        _once((each.line, each.made_in, each.fiscal_year) for each in projections)
        for each in projections:
            if each.fiscal_year < each.made_in:
                raise refused(
                    "made_after",
                    sentence("a year that is not over when it is projected"),
                    sentence(
                        "Check {line}: a projection of {year} was not made in {made}.",
                        line=each.line,
                        year=each.fiscal_year,
                        made=each.made_in,
                    ),
                )
        return projections


def _once(keys: Iterable[tuple[str, ...]]) -> None:
    seen: set[tuple[str, ...]] = set()
    for key in keys:
        if key in seen:
            raise refused(
                "twice",
                sentence("each line once for a year"),
                sentence("Give each line once for a year: {twice} stands twice.", twice=", ".join(key)),
            )
        seen.add(key)


class Miss(Told):
    """One projection against what came; above zero where more came than was projected."""

    made_in: FiscalYear
    fiscal_year: FiscalYear
    horizon: int
    """Years ahead: 0 is the budget's own year."""
    projected: Value
    came: Value
    miss_percent: Percentage | None
    """Of the projected amount, or points of a percentage; None of a projected amount of nothing."""


class LineTold(Told):
    """A line's record over all horizons, and for each."""

    line: Line
    unit: Literal["amount", "percent"]
    count: int
    bias_percent: Percentage | None
    """Mean miss: above zero, more came than was projected."""
    spread_percent: Percentage | None
    """Sample standard deviation of the misses; None with one miss only."""
    by_horizon: dict[str, Percentage | None]
    """Mean miss by years ahead."""
    misses: tuple[Miss, ...]


class LookingBack(Told):
    """Every line's record, and the widths that `risk` takes."""

    lines: tuple[LineTold, ...]
    widths: dict[DriverName, Percentage]
    """Spreads of lines that are named as an assumption of `risk` and missed often enough."""
    not_compared: tuple[str, ...]
    """Lines projected of which nothing came yet, as `line, year`."""
    note: Said


def _mean(values: list[Decimal]) -> Decimal | None:
    return sum(values, NOTHING) / len(values) if values else None


def _spread(values: list[Decimal]) -> Decimal | None:
    mean = _mean(values)
    if mean is None or len(values) < 2:
        return None
    return (sum(((each - mean) ** 2 for each in values), NOTHING) / (len(values) - 1)).sqrt()


def _line(line: str, unit: Literal["amount", "percent"], pairs: list[tuple[Projected, Decimal]]) -> LineTold:
    misses = []
    for projected, came in sorted(pairs, key=lambda pair: (pair[0].fiscal_year, pair[0].made_in)):
        off = came - projected.value
        misses.append(
            Miss(
                made_in=projected.made_in,
                fiscal_year=projected.fiscal_year,
                horizon=int(projected.fiscal_year[:4]) - int(projected.made_in[:4]),
                projected=projected.value,
                came=came,
                miss_percent=off if unit == "percent" else share(off, abs(projected.value)),
            )
        )
    known = [(each.horizon, each.miss_percent) for each in misses if each.miss_percent is not None]
    return LineTold(
        line=line,
        unit=unit,
        count=len(known),
        bias_percent=_mean([value for _, value in known]),
        spread_percent=_spread([value for _, value in known]),
        by_horizon={
            str(horizon): _mean([value for at, value in known if at == horizon])
            for horizon in sorted({at for at, _ in known})
        },
        misses=tuple(misses),
    )


def looking_back(given: LookingBackInput) -> LookingBack:
    """Return how earlier projections missed: bias and spread for each line, in per cent or points.

    Args:
        given: projections with the year in which each was made, and what came of each line and year.

    Returns:
        For each line its misses (what came less what was projected), their mean as bias and their sample
        standard deviation as spread; and the spreads of lines named as an assumption of `risk` that missed at
        least three times, as default widths for it.
    """
    came = {(each.line, each.fiscal_year): each.value for each in given.actuals}
    pairs: dict[str, list[tuple[Projected, Decimal]]] = {}
    for each in given.projections:
        if (each.line, each.fiscal_year) in came:
            pairs.setdefault(each.line, []).append((each, came[each.line, each.fiscal_year]))
    lines = tuple(_line(name, given.units.get(name, "amount"), pairs[name]) for name in sorted(pairs))
    measured = {each.line: each.spread_percent for each in lines if each.count >= ENOUGH}
    return LookingBack(
        lines=lines,
        widths={name: spread for name in DRIVERS if (spread := measured.get(name)) is not None},
        not_compared=tuple(
            sorted(
                {
                    f"{each.line}, {each.fiscal_year}"
                    for each in given.projections
                    if (each.line, each.fiscal_year) not in came
                }
            )
        ),
        note=sentence("A spread of few misses says little; it is a start, not a law."),
    )


CALCULATION = Calculation(
    name="looking-back",
    title=sentence("Looking back at projections"),
    source="The district's own projections (form MYP) and unaudited actuals",
    given=LookingBackInput,
    told=LookingBack,
    compute=looking_back,
)
