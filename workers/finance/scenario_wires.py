"""Tripwires of a scenario: the projection's facts moved by what is played, and the notices that it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from workers.finance.calculation import NOTHING, ONE_CENT, half_up
from workers.finance.multi_year_shapes import ReserveTold
from workers.finance.multi_year_shapes import YearTold as ProjectedYear
from workers.finance.reserve import Year as ReserveYear
from workers.finance.scenario_money import CaseYear, Played, dollars
from workers.finance.scenario_shapes import Facts, Option
from workers.finance.scenario_timing import LIKELY, Start, layoff_of
from workers.finance.tripwires import tripwires
from workers.finance.tripwires_shapes import (
    ClassSize,
    Layoff,
    SchoolClasses,
    Tripwire,
    Tripwires,
    TripwiresInput,
)

MAINTENANCE = "8150"
SIGN = {"save": -1, "invest": 1, "revenue": 0}
"""How an option moves what is spent."""


def spent_more(played: Played, place: int, case: int) -> Decimal:
    """Return by how many dollars a year's expenditures and uses change; below zero where savings prevail."""
    return dollars(sum(SIGN[one.kind] * played.counted[one.key][place][case] for one in played.options))


def reserve_year(at: ProjectedYear, unrestricted: int, more: Decimal) -> ReserveYear | None:
    """Return a year's reserve with what is played; None where its attendance is not known.

    Args:
        at: the year as projected.
        unrestricted: cents by which unrestricted money is above the projection at the year's end; they are
            unassigned.
        more: dollars by which more is spent in the year.
    """
    if at.ada is None:
        return None
    held: ReserveTold = at.reserve
    return ReserveYear(
        fiscal_year=at.fiscal_year,
        ada=at.ada,
        expenditures_and_uses=held.expenditures_and_uses + more,
        stabilization=held.stabilization,
        reserve_for_economic_uncertainties=held.reserve_for_economic_uncertainties,
        unassigned=held.unassigned + dollars(unrestricted),
        negative_restricted_balances=held.negative_restricted_balances,
        special_reserve=held.special_reserve_stabilization
        + held.special_reserve_for_economic_uncertainties
        + held.special_reserve_unassigned,
    )


class _Moved:
    """What is played in one year of the likely case, as the rules look at it."""

    def __init__(self, played: Played, place: int, at: CaseYear, unrestricted: int) -> None:
        self.at = at
        self.unrestricted = dollars(unrestricted)
        self.more = spent_more(played, place, LIKELY)
        self.options = [
            (one, dollars(SIGN[one.kind] * played.counted[one.key][place][LIKELY]))
            for one in played.options
            if played.counted[one.key][place][LIKELY]
        ]
        self.released_maintenance = dollars(
            sum(at.released.get(one.key, 0) for one, _ in self.options if one.resource == MAINTENANCE)
        )

    def part(self, name: str) -> Decimal:
        """Return the dollars of a share that options name in their effects."""
        return sum(
            (
                half_up(amount * getattr(one.effects, name) / 100, ONE_CENT)
                for one, amount in self.options
                if getattr(one.effects, name)
            ),
            NOTHING,
        )

    def averages(self) -> dict[str, Decimal]:
        """Return the K-3 averages that options in force leave, the largest where several name a school."""
        found: dict[str, Decimal] = {}
        for one, _ in self.options:
            for each in one.effects.k3_averages:
                found[each.school] = max(found.get(each.school, NOTHING), each.average)
        return found


def _over_zero(amount: Decimal) -> Decimal:
    return max(NOTHING, amount)


def _classes(given: ClassSize, averages: Mapping[str, Decimal]) -> ClassSize:
    """Return the schools with the averages that options leave, those that only an option names included."""
    if not averages:
        return given
    known = {one.school for one in given.schools}
    schools = [
        one.model_copy(update={"average": averages[one.school]}) if one.school in averages else one
        for one in given.schools
    ]
    schools += [
        SchoolClasses(school=school, average=average)
        for school, average in sorted(averages.items())
        if school not in known
    ]
    return given.model_copy(update={"schools": tuple(schools)})


def _moved_facts(facts: Facts, moved: Mapping[str, _Moved]) -> dict[str, tuple[object, ...]]:
    """Return every fact as what is played leaves it; a year that nothing is played in keeps its facts."""
    return {
        "local_reserve_cap": tuple(
            one.model_copy(
                update={
                    "assigned_and_unassigned": one.assigned_and_unassigned + now.unrestricted,
                    "expenditures_and_uses": _over_zero(one.expenditures_and_uses + now.more),
                }
            )
            if (now := moved.get(one.fiscal_year))
            else one
            for one in facts.local_reserve_cap
        ),
        "classroom_compensation": tuple(
            one.model_copy(
                update={
                    "classroom_compensation": _over_zero(
                        one.classroom_compensation + now.part("classroom_percent")
                    ),
                    "current_expense": _over_zero(one.current_expense + now.part("current_expense_percent")),
                }
            )
            if (now := moved.get(one.fiscal_year))
            else one
            for one in facts.classroom_compensation
        ),
        "k3_class_size": tuple(
            _classes(one, now.averages()) if (now := moved.get(one.fiscal_year)) else one
            for one in facts.k3_class_size
        ),
        "special_education_effort": tuple(
            one.model_copy(
                update={
                    name: None
                    if amount is None
                    else _over_zero(amount + now.part("special_education_percent"))
                    for name, amount in (("local", one.local), ("state_and_local", one.state_and_local))
                }
            )
            if (now := moved.get(one.fiscal_year))
            else one
            for one in facts.special_education_effort
        ),
        "routine_maintenance": tuple(
            one.model_copy(
                update={
                    "expenditures_and_uses": _over_zero(one.expenditures_and_uses + now.more),
                    "contribution": one.contribution - now.released_maintenance,
                }
            )
            if (now := moved.get(one.fiscal_year))
            else one
            for one in facts.routine_maintenance
        ),
        "proportionality": tuple(
            one.model_copy(
                update={
                    "contributing_lcff": _over_zero(one.contributing_lcff + now.part("contributing_percent"))
                }
            )
            if (now := moved.get(one.fiscal_year))
            else one
            for one in facts.proportionality
        ),
        "settlements": facts.settlements,
    }


def _layoffs(options: Sequence[Option], starts: Mapping[str, Start]) -> Iterator[Layoff]:
    """Yield the notices for the year that was asked for and, where they are late, for the year it begins."""
    for option in options:
        for fiscal_year in sorted({option.start, starts[option.key].fiscal_year}):
            layoff = layoff_of(option, fiscal_year)
            if layoff is not None:
                yield layoff


def tested(
    as_of: dt.date,
    facts: Facts,
    played: Played,
    starts: Mapping[str, Start],
    years: Sequence[ProjectedYear],
    likely: Sequence[CaseYear],
    unrestricted: Sequence[int],
) -> Tripwires:
    """Test every rule on the likely case of a scenario.

    Args:
        as_of: the day on which it is looked at.
        facts: those of the projection.
        played: what is played.
        starts: when each option begins.
        years: the projection's years.
        likely: the scenario's years in the likely case.
        unrestricted: cents by which unrestricted money is above the projection at each year's end.
    """
    moved = {
        year.fiscal_year: _Moved(played, place, at, above)
        for place, (year, at, above) in enumerate(zip(years, likely, unrestricted, strict=True))
    }
    reserves = (
        reserve_year(year, above, moved[year.fiscal_year].more)
        for year, above in zip(years, unrestricted, strict=True)
    )
    facts_moved = _moved_facts(
        facts, {at: now for at, now in moved.items() if now.options or now.unrestricted}
    )
    found = tripwires(
        TripwiresInput.model_validate(
            {
                "as_of": as_of,
                "reserve": tuple(one for one in reserves if one is not None),
                "layoffs": tuple(_layoffs(played.options, starts)),
                **facts_moved,
            }
        )
    )
    # Once a first notice is late, a later one of the same year saves nothing and is not asked for.
    missed = {(one.title, one.start) for one in played.options if one.start < starts[one.key].fiscal_year}
    told = tuple(
        wire
        for wire in found.tripwires
        if wire.state == "tripped" or not _is_notice(wire) or (wire.subject, wire.fiscal_year) not in missed
    )
    return Tripwires(tripwires=told, tripped=found.tripped)


def _is_notice(wire: Tripwire) -> bool:
    return wire.rule in {"layoff_preliminary", "layoff_final"}
