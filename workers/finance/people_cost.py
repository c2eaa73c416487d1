"""What people cost: positions with pay, statutory rates by member class, health and welfare, and who pays.

Every position is budgeted for the whole year; what vacancies and expected leaving will not cost stands apart,
so that a budget and an expectation are never mixed up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from workers.analyses.result import sentence
from workers.finance.calculation import (
    NOTHING,
    ONE_CENT,
    Calculation,
    Fault,
    InputFaultsError,
    half_up,
)
from workers.finance.measures import divided
from workers.finance.people_cost_shapes import (
    GROUPS,
    CostTold,
    Group,
    OnePercent,
    PeopleCost,
    PeopleCostInput,
    PeopleYear,
    PeopleYearTold,
    Position,
    RatesGiven,
    RateTold,
)
from workers.finance.rates import rate

_TO_CONFIRM = (
    sentence("Members of CalSTRS pay no Social Security (OASDI)."),
    sentence("Social Security is due up to a yearly ceiling of pay, where one is given."),
    sentence("Those who leave are replaced before the year begins, at a newcomer's pay, and stay replaced."),
)

LAST_UNRESTRICTED = "1999"
ONE = Decimal(1)

_STATE_RATES = {
    "strs": "calstrs",
    "pers": "calpers",
    "oasdi": "oasdi",
    "medicare": "medicare",
    "unemployment_insurance": "unemployment_insurance",
}
"""Statutory rates and the series of the state's rates that holds each."""
_LOCAL_RATES = ("workers_compensation", "alternative_plan")
STATUTORY = (*_STATE_RATES, *_LOCAL_RATES)

_DUE = {
    "strs": ("strs", "medicare", "unemployment_insurance", "workers_compensation"),
    "pers": ("pers", "oasdi", "medicare", "unemployment_insurance", "workers_compensation"),
    "social_security": ("oasdi", "medicare", "unemployment_insurance", "workers_compensation"),
    "alternative": ("alternative_plan", "medicare", "unemployment_insurance", "workers_compensation"),
}
"""What an employer pays on the pay of each member class; members of CalSTRS pay no Social Security."""


@dataclass(frozen=True)
class _Pay:
    """One position's full-time pay in a year, and what moved it."""

    position: Position
    full: Decimal
    step: Decimal
    """What step and column added to last year's full-time pay."""
    place: int
    """Step on its schedule."""


@dataclass(frozen=True)
class _Cost:
    """One position's cost in a year."""

    salaries: Decimal
    statutory: Mapping[str, Decimal]
    health: Decimal

    @property
    def total(self) -> Decimal:
        return self.salaries + sum(self.statutory.values(), NOTHING) + self.health


def _resolve(own: RatesGiven, fiscal_year: str) -> dict[str, RateTold]:
    """Return every statutory rate of a year: the district's own where given, else the state's."""
    entered = sentence("Entered by your district")
    missing = sentence("Set locally, and not given: none is counted")
    found: dict[str, RateTold] = {}
    for name in STATUTORY:
        given: Decimal | None = getattr(own, name)
        if given is None and name not in _STATE_RATES:
            found[name] = RateTold(percent=NOTHING, status="to_confirm", source=missing)
        elif given is None:
            state = rate(_STATE_RATES[name], fiscal_year)
            found[name] = RateTold(percent=Decimal(state.value), status=state.status, source=state.source)
        else:
            found[name] = RateTold(percent=given, status="entered", source=entered)
    return found


def _check(given: PeopleCostInput) -> None:
    """Refuse positions that name a place that their schedule does not have.

    Raises:
        InputFaultsError: with one fault for each such position.
    """
    faults = []
    for place, position in enumerate(given.positions):
        if position.schedule is None or position.column is None or position.step is None:
            continue
        schedule = given.schedules.get(position.schedule)
        steps = None if schedule is None else schedule.columns.get(position.column)
        if schedule is None:
            faults.append(_no(f"positions[{place}].schedule", position.schedule, given.schedules))
        elif steps is None:
            faults.append(_no(f"positions[{place}].column", position.column, schedule.columns))
        elif position.step > len(steps):
            faults.append(_no(f"positions[{place}].step", position.step, map(str, range(1, len(steps) + 1))))
    if faults:
        raise InputFaultsError(faults)


def _no(field: str, found: object, there: Iterable[str]) -> Fault:
    choices = ", ".join(there) or "-"
    return Fault(
        field,
        found,
        sentence("one of {choices}", choices=choices),
        sentence("Name in {field} one of {choices}, which the schedules hold.", field=field, choices=choices),
    )


def _first_pay(given: PeopleCostInput, position: Position) -> _Pay:
    full, place = position.salary, 0
    if full is None and position.schedule and position.column and position.step:
        place = position.step
        full = given.schedules[position.schedule].columns[position.column][place - 1]
    return _Pay(position, full if full is not None else NOTHING, NOTHING, place)


def _next_pay(
    given: PeopleCostInput, before: _Pay, year: PeopleYear, cola: Mapping[Group, tuple[Decimal, Decimal]]
) -> _Pay:
    """Return a position's pay of the next year; `cola` holds its factor before and after, by group."""
    position = before.position
    earlier, later = cola[position.group]
    if position.schedule and position.column:
        steps = given.schedules[position.schedule].columns[position.column]
        place = min(before.place + 1, len(steps))
        step = half_up(steps[place - 1] * earlier, ONE_CENT) - before.full
        return _Pay(position, half_up(steps[place - 1] * later, ONE_CENT), step, place)
    step = half_up(before.full * year.step_and_column_percent.get(position.group, NOTHING) / 100, ONE_CENT)
    raised = (before.full + step) * (1 + year.cola_percent.get(position.group, NOTHING) / 100)
    return _Pay(position, half_up(raised, ONE_CENT), step, 0)


def _cost(pay: _Pay, rates: Mapping[str, RateTold], ceiling: Decimal | None, health: Decimal) -> _Cost:
    position = pay.position
    salaries = half_up(pay.full * position.fte, ONE_CENT)
    capped = salaries if ceiling is None else half_up(min(pay.full, ceiling) * position.fte, ONE_CENT)
    due = _DUE[position.member_class]
    return _Cost(
        salaries=salaries,
        statutory={
            name: half_up((capped if name == "oasdi" else salaries) * rates[name].percent / 100, ONE_CENT)
            for name in due
        },
        health=half_up(health * position.fte, ONE_CENT) if position.health_eligible else NOTHING,
    )


def _added(positions: Iterable[tuple[Position, _Cost]]) -> CostTold:
    kinds = dict.fromkeys(("salaries", *STATUTORY, "health_and_welfare"), NOTHING)
    fte = NOTHING
    for position, cost in positions:
        fte += position.fte
        kinds["salaries"] += cost.salaries
        kinds["health_and_welfare"] += cost.health
        for name, amount in cost.statutory.items():
            kinds[name] += amount
    return CostTold(fte=fte, **kinds, total=sum(kinds.values(), NOTHING))


def _statutory(cost: CostTold) -> Decimal:
    return cost.total - cost.salaries - cost.health_and_welfare


def _one_percent(cost: CostTold) -> OnePercent:
    salaries = half_up(cost.salaries / 100, ONE_CENT)
    statutory = half_up(_statutory(cost) / 100, ONE_CENT)
    return OnePercent(salaries=salaries, statutory=statutory, total=salaries + statutory)


def _leaving(
    given: PeopleCostInput,
    costs: list[tuple[_Pay, _Cost]],
    newcomer: Mapping[Group, Decimal],
    times: int,
) -> Decimal:
    """Return what replacing those who leave saves in a year: senior pay less a newcomer's, with its load.

    Who left stays replaced, so that the share grows with each year, up to everyone.
    """
    saved = NOTHING
    for leaving in given.leaving:
        filled = [(pay, cost) for pay, cost in costs if _filled(pay.position, leaving.group)]
        paid = _added((pay.position, cost) for pay, cost in filled)
        if not paid.fte or not paid.salaries:
            continue
        load = 1 + _statutory(paid) / paid.salaries
        less = paid.salaries / paid.fte - leaving.replacement_salary * newcomer[leaving.group]
        gone = min(ONE, leaving.percent * times / 100) * paid.fte
        saved += half_up(gone * less * load, ONE_CENT)
    return saved


def _filled(position: Position, group: Group) -> bool:
    return position.group == group and not position.vacant


def _by_resource(costs: Iterable[tuple[_Pay, _Cost]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for pay, cost in costs:
        funding = pay.position.funding
        parts = divided(cost.total, [part.share for part in funding])
        for part, amount in zip(funding, parts, strict=True):
            found[part.resource] = found.get(part.resource, NOTHING) + amount
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class _Now:
    """What a year is computed from."""

    fiscal_year: str
    pays: list[_Pay]
    own_rates: RatesGiven
    health_factor: Decimal
    cola: Mapping[Group, Decimal]
    """By how much schedules and newcomers' pay have grown since the first year."""


def _tell(given: PeopleCostInput, now: _Now, before: CostTold | None, times: int) -> PeopleYearTold:
    rates = _resolve(now.own_rates, now.fiscal_year)
    costs = []
    for pay in now.pays:
        own = pay.position.health_per_fte
        health = given.health_and_welfare_per_fte if own is None else own
        ceiling = now.own_rates.oasdi_wage_ceiling
        costs.append((pay, _cost(pay, rates, ceiling, health * now.health_factor)))
    budgeted = _added((pay.position, cost) for pay, cost in costs)
    by_group = {
        group: _added((pay.position, cost) for pay, cost in costs if pay.position.group == group)
        for group in GROUPS
    }
    resources = _by_resource(costs)
    free = sum((each for code, each in resources.items() if code <= LAST_UNRESTRICTED), NOTHING)
    vacant = sum(
        (
            half_up(cost.total * (1 - pay.position.filled_share_of_year), ONE_CENT)
            for pay, cost in costs
            if pay.position.vacant
        ),
        NOTHING,
    )
    leaving = _leaving(given, costs, now.cola, times)
    step = sum((half_up(pay.step * pay.position.fte, ONE_CENT) for pay in now.pays), NOTHING)
    return PeopleYearTold(
        fiscal_year=now.fiscal_year,
        budgeted=budgeted,
        by_group=by_group,
        by_resource=resources,
        unrestricted=free,
        restricted=budgeted.total - free,
        vacancy_savings=vacant,
        leaving_savings=leaving,
        expected=budgeted.total - vacant - leaving,
        step_and_column=step,
        cola=NOTHING if before is None else budgeted.salaries - before.salaries - step,
        one_percent={group: _one_percent(cost) for group, cost in by_group.items()},
        rates=rates,
    )


def people_cost(given: PeopleCostInput) -> PeopleCost:
    """Return what a district's positions cost in a year and, rolled forward, in the years after.

    Args:
        given: positions with FTE, pay and funding shares that add to one; rates in per cent of pay (the
            state's of the year where the district gives none); health and welfare in dollars per FTE.

    Returns:
        Each year's cost in dollars with cents by kind, group and resource, the shares of a position adding to
        its cost; savings of vacancies and leaving; and what one per cent on salaries costs.

    Raises:
        InputFaultsError: for a position whose schedule, column or step is not there.

    Sources: CalSTRS and CalPERS employer rates; OASDI, Medicare and unemployment insurance as districts'
    interim reports print them; who pays Social Security is to be confirmed (school finance, section 4).
    """
    _check(given)
    now = _Now(
        fiscal_year=given.fiscal_year,
        pays=[_first_pay(given, position) for position in given.positions],
        own_rates=given.rates,
        health_factor=ONE,
        cola=dict.fromkeys(GROUPS, ONE),
    )
    told = [_tell(given, now, None, 1)]
    for times, year in enumerate(given.years, 2):
        cola = {
            group: now.cola[group] * (1 + year.cola_percent.get(group, NOTHING) / 100) for group in GROUPS
        }
        factors = {group: (now.cola[group], cola[group]) for group in GROUPS}
        now = replace(
            now,
            fiscal_year=year.fiscal_year,
            pays=[_next_pay(given, pay, year, factors) for pay in now.pays],
            own_rates=year.rates or now.own_rates,
            health_factor=now.health_factor * (1 + year.health_growth_percent / 100),
            cola=cola,
        )
        told.append(_tell(given, now, told[-1].budgeted, times))
    return PeopleCost(years=tuple(told), to_confirm=_TO_CONFIRM)


CALCULATION = Calculation(
    name="people-cost",
    title=sentence("What people cost"),
    source="CalSTRS and CalPERS employer rates; Education Code 22950; the district's positions",
    given=PeopleCostInput,
    told=PeopleCost,
    compute=people_cost,
)
