"""A scenario: options played on a projection, recomputed whole each time that one of them changes.

What is freed and paid in each year by restriction of money, ending balances and the reserve in three cases,
the tripwires, the payments that are refused with a lawful way for each, and what a day of delay costs. The
order of the options plays no part, and with nothing played every balance is the projection's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from workers.analyses.labels import resource_name
from workers.analyses.result import Message, sentence
from workers.finance.calculation import NOTHING, Calculation
from workers.finance.multi_year import multi_year
from workers.finance.multi_year_shapes import MultiYear
from workers.finance.multi_year_shapes import YearTold as ProjectedYear
from workers.finance.reserve import ReserveInput, reserve
from workers.finance.restricted_words import CODES_ARE_A_READING
from workers.finance.scenario_money import (
    UNRESTRICTED,
    CaseYear,
    Played,
    Rules,
    dollars,
    played_of,
    settled,
)
from workers.finance.scenario_payments import payments, refused
from workers.finance.scenario_shapes import Option, ScenarioInput
from workers.finance.scenario_timing import (
    CASES,
    LIKELY,
    ONE_DAY,
    Cents,
    Start,
    begin,
    without_overlap,
    yearly,
)
from workers.finance.scenario_told import (
    Cases,
    DelayTold,
    Ending,
    MoneyRow,
    OptionTold,
    OptionYear,
    ReserveCases,
    Scenario,
    ScenarioYear,
    Touched,
)
from workers.finance.scenario_wires import reserve_year, spent_more, tested

PARTS = ("before", "freed", "returned", "paid", "fallen", "after")


def _cases(cents: Sequence[int]) -> Cases:
    """Return cents of the three cases in dollars."""
    if not any(cents):
        return _NOTHING
    low, likely, high = cents
    return Cases(low=dollars(low), likely=dollars(likely), high=dollars(high))


_NOTHING = Cases(low=NOTHING, likely=NOTHING, high=NOTHING)


def _likely(amounts: Iterable[Cents]) -> int:
    return sum(one[LIKELY] for one in amounts)


def _delayed(
    option: Option, start: Start, amounts: Sequence[Cents], day: dt.date, years: Sequence[str]
) -> Sequence[Cents]:
    """Return what an option brings where it is decided on another day than the one that `start` is of."""
    if start.decide_by is None or day <= start.decide_by:
        return amounts
    later = begin(option, day)
    return amounts if later.on == start.on else yearly(option, later, years)


def _delay(
    option: Option,
    start: Start,
    amounts: Sequence[Cents],
    tomorrow: Sequence[Cents],
    as_of: dt.date,
    years: Sequence[str],
) -> DelayTold:
    """Return the savings clock of an option: delaying an investment costs no saving."""
    if option.kind == "invest":
        return DelayTold(per_day=NOTHING, decide_by=None, then=NOTHING)
    per_day = dollars(_likely(amounts) - _likely(tomorrow))
    by = start.decide_by
    if by is None or by < as_of or start.fiscal_year > years[-1]:
        return DelayTold(per_day=per_day, decide_by=None, then=per_day)
    # Decided on any day up to that one it begins as it does today.
    then = _likely(amounts) - _likely(_delayed(option, start, amounts, by + ONE_DAY, years))
    return DelayTold(per_day=per_day, decide_by=by, then=dollars(then))


def _option_told(
    option: Option,
    start: Start,
    amounts: Sequence[Cents],
    counted: Sequence[Cents] | None,
    delay: DelayTold,
    years: Sequence[str],
) -> OptionTold:
    shown = amounts if counted is None else counted
    return OptionTold(
        key=option.key,
        kind=option.kind,
        played=option.played,
        resource=option.resource,
        asked=option.start,
        begins=start.fiscal_year,
        begins_on=start.on,
        reasons=start.reasons,
        years=tuple(
            OptionYear(
                fiscal_year=at,
                amount=_cases(now),
                overlapped=None
                if option.overlap is None
                else _cases([all_ - part for all_, part in zip(alone, now, strict=True)]),
            )
            for at, alone, now in zip(years, amounts, shown, strict=True)
        ),
        delay=delay,
    )


def _row(name: str, at: Sequence[CaseYear]) -> MoneyRow:
    rows = [one.rows[name] for one in at]
    said: Message = sentence("Unrestricted money") if name == UNRESTRICTED else resource_name(name)
    parts = {part: _cases([getattr(row, part) for row in rows]) for part in PARTS}
    return MoneyRow(resource=name, name=said, **parts)


def _ending(projected: Decimal, above: Sequence[int]) -> Ending:
    low, likely, high = (projected + dollars(one) for one in above)
    return Ending(projected=projected, played=Cases(low=low, likely=likely, high=high))


def _reserve(at: ProjectedYear, place: int, above: Sequence[int], played: Played) -> ReserveCases:
    """Return the reserve of a year in the three cases; each case spends what it saves less and invests."""
    asked = [
        reserve_year(at, unrestricted, spent_more(played, place, case))
        for case, unrestricted in enumerate(above)
    ]
    known = tuple(one for one in asked if one is not None)
    if not known:
        available = [at.reserve.available_amount + dollars(one) for one in above]
        return ReserveCases(
            available=Cases(low=available[0], likely=available[1], high=available[2]),
            minimum=None,
            margin=None,
            available_percent=(None, None, None),
            met=None,
        )
    low, likely, high = reserve(ReserveInput(years=known)).years
    return ReserveCases(
        available=Cases(low=low.available_amount, likely=likely.available_amount, high=high.available_amount),
        minimum=Cases(low=low.standard_amount, likely=likely.standard_amount, high=high.standard_amount),
        margin=Cases(low=low.margin, likely=likely.margin, high=high.margin),
        available_percent=(low.available_percent, likely.available_percent, high.available_percent),
        met=(low.met, likely.met, high.met),
    )


def _touched(options: Iterable[Option]) -> Touched:
    played = list(options)
    return Touched(
        positions_ended=sum((one.positions for one in played if one.kind == "save"), NOTHING),
        positions_added=sum((one.positions for one in played if one.kind == "invest"), NOTHING),
        schools=tuple(sorted({school for one in played for school in one.schools})),
        pupils_at_most=sum(one.pupils for one in played),
    )


def _delay_together(
    given: ScenarioInput, counted: Mapping[str, Sequence[Cents]], tomorrow: Mapping[str, Sequence[Cents]]
) -> Decimal:
    """Return what a day's delay of all savings and revenue that are played costs, overlaps counted once."""
    givers = [one for one in given.options if one.played and one.kind != "invest"]
    delayed = without_overlap(givers, tomorrow, given.overlaps)
    return dollars(sum(_likely(counted[one.key]) - _likely(delayed[one.key]) for one in givers))


def played_on(projection: MultiYear, given: ScenarioInput) -> Scenario:
    """Play a scenario's options on a projection that is already computed.

    Args:
        projection: what `multi_year` gives for `given.projection`; a caller that changes only options may
            keep it.
        given: the scenario.
    """
    years = [at.fiscal_year for at in projection.years]
    starts = {one.key: begin(one, given.as_of) for one in given.options}
    amounts = {one.key: yearly(one, starts[one.key], years) for one in given.options}
    next_day = given.as_of + ONE_DAY
    tomorrow = {
        one.key: _delayed(one, starts[one.key], amounts[one.key], next_day, years) for one in given.options
    }
    in_play = [one for one in given.options if one.played]
    counted = without_overlap(in_play, amounts, given.overlaps)
    played, rules = played_of(given, counted), Rules(given)
    by_case = settled(played, years, rules)
    above_restricted = [0] * len(CASES)
    told = []
    for place, at in enumerate(projection.years):
        now = [case[place] for case in by_case]
        above = [one.rows[UNRESTRICTED].after for one in now]
        above_restricted = [
            before + one.restricted_change for before, one in zip(above_restricted, now, strict=True)
        ]
        both = [one + other for one, other in zip(above, above_restricted, strict=True)]
        likely = {one.key: counted[one.key][place][LIKELY] for one in in_play}
        in_year = {one.key: counted.get(one.key, amounts[one.key])[place] for one in given.options}
        told.append(
            ScenarioYear(
                fiscal_year=at.fiscal_year,
                money=tuple(_row(name, now) for name in (UNRESTRICTED, *played.resources)),
                unrestricted=_ending(at.unrestricted.ending_balance, above),
                restricted=_ending(at.restricted.ending_balance, above_restricted),
                combined=_ending(at.combined.ending_balance, both),
                reserve=_reserve(at, place, above, played),
                payments=payments(played, now[LIKELY], likely),
                refused=refused(given, played, now[LIKELY], at.fiscal_year, in_year, rules),
            )
        )
    return Scenario(
        options=tuple(
            _option_told(
                one,
                starts[one.key],
                amounts[one.key],
                counted.get(one.key),
                _delay(one, starts[one.key], amounts[one.key], tomorrow[one.key], given.as_of, years),
                years,
            )
            for one in sorted(given.options, key=lambda one: one.key)
        ),
        years=tuple(told),
        tripwires=tested(
            given.as_of,
            given.facts,
            played,
            starts,
            projection.years,
            by_case[LIKELY],
            [one.rows[UNRESTRICTED].after for one in by_case[LIKELY]],
        ),
        delay_per_day=_delay_together(given, counted, tomorrow),
        touched=_touched(in_play),
        note=CODES_ARE_A_READING,
    )


def scenario(given: ScenarioInput) -> Scenario:
    """Project the district and play the scenario's options on the projection.

    Savings and revenue raise the balance of their restriction from the year in which they begin, investments
    lower it; expenditures and uses, of which the minimum reserve is a share, move with them.
    """
    return played_on(multi_year(given.projection), given)


CALCULATION = Calculation(
    name="scenario",
    title=sentence("Options played on a projection"),
    source="State form MYP; each tripwire and each restricted resource names its own rule",
    given=ScenarioInput,
    told=Scenario,
    compute=scenario,
)
