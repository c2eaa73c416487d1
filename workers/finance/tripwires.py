"""Tripwires of a scenario: rules that a plan may break, each with its number, margin, day and way out."""

from __future__ import annotations

from collections.abc import Iterator

from workers.analyses.result import sentence
from workers.finance.calculation import Calculation
from workers.finance.tripwires_effort import special_education_effort
from workers.finance.tripwires_money import (
    classroom_compensation,
    proportionality,
    reserve_cap,
    reserve_minimum,
    routine_maintenance,
)
from workers.finance.tripwires_people import k3_class_size, layoff, settlement
from workers.finance.tripwires_shapes import Tripwire, Tripwires, TripwiresInput

ORDER = ("tripped", "undecided", "clear", "not_applicable")


def tripwires(given: TripwiresInput) -> Tripwires:
    """Test every rule that the scenario gives facts for; nothing is assumed about what it does not give.

    Tripped rules come first, then those that can't be decided, each by its day.
    """
    found = sorted(_tested(given), key=lambda wire: (ORDER.index(wire.state), wire.date, wire.rule))
    return Tripwires(tripwires=tuple(found), tripped=sum(wire.state == "tripped" for wire in found))


def _tested(given: TripwiresInput) -> Iterator[Tripwire]:
    yield from reserve_minimum(given.reserve)
    yield from map(reserve_cap, given.local_reserve_cap)
    yield from map(classroom_compensation, given.classroom_compensation)
    yield from map(k3_class_size, given.k3_class_size)
    yield from map(special_education_effort, given.special_education_effort)
    yield from map(routine_maintenance, given.routine_maintenance)
    yield from map(proportionality, given.proportionality)
    for one in given.layoffs:
        yield from layoff(one, given.as_of)
    for agreement in given.settlements:
        yield from settlement(agreement, given.as_of)


CALCULATION = Calculation(
    name="tripwires",
    title=sentence("Tripwires of a scenario"),
    source="Each rule names its own: Education Code, Government Code, federal regulations, state forms",
    given=TripwiresInput,
    told=Tripwires,
    compute=tripwires,
)
