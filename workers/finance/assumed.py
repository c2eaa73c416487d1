"""The multi-year projection by assumptions: each moves the lines that rest on it, and says by how much.

Between assumptions and form stands one rule for each line; `multi_year` then carries the lines on. Changes of
salaries and of pension rates are kept to four decimals of a per cent, as the pages show them, so that every
amount can be computed again from what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workers.analyses.result import sentence
from workers.finance.assumed_shapes import (
    ASSUMPTIONS,
    Assumed,
    AssumedInput,
    AssumedYear,
    AssumptionName,
    AssumptionTold,
    BenefitParts,
    RateName,
    RateUsed,
    Touched,
)
from workers.finance.calculation import NOTHING, ONE_CENT, Calculation, half_up
from workers.finance.multi_year import multi_year
from workers.finance.multi_year_shapes import (
    Change,
    Changes,
    MultiYear,
    MultiYearInput,
    SalaryChange,
    YearGiven,
)
from workers.finance.projection_lines import EXPENDITURES, LINES, REVENUE, SEGMENTS, Segment
from workers.finance.rates import rate

KEPT = Decimal("0.0001")
GROWTH: Mapping[str, AssumptionName] = {
    "federal": "federal_growth",
    "other_state": "state_growth",
    "other_local": "local_revenue_growth",
    "books_and_supplies": "cpi",
    "services": "cpi",
    "capital_outlay": "cpi",
}
"""The one assumption that moves a line; lines in neither this nor a rule of their own are held level."""
RATES: tuple[RateName, ...] = ("calstrs", "calpers")


def _of(amount: Decimal, percentage: Decimal) -> Decimal:
    return half_up(amount * percentage / 100, ONE_CENT)


def _change(after: Decimal, before: Decimal) -> Decimal:
    """Return a change in per cent, kept to four decimals; nothing of nothing."""
    return half_up((after - before) * 100 / before, KEPT) if before else NOTHING


@dataclass(frozen=True)
class _Now:
    """What of a segment goes on into a year: its lines, and its benefits by what moves them."""

    lines: Mapping[str, Decimal]
    strs: Decimal
    pers: Decimal
    health: Decimal
    other: Decimal
    on_behalf: Decimal


def _first(lines: Mapping[str, Decimal], parts: BenefitParts) -> _Now:
    known = parts.strs + parts.pers + parts.health + parts.on_behalf
    return _Now(lines, parts.strs, parts.pers, parts.health, lines["benefits"] - known, parts.on_behalf)


@dataclass(frozen=True)
class _Moves:
    """What moves a segment's lines into a year, besides per cents."""

    year: AssumedYear
    rates: Mapping[RateName, Decimal]
    """Change of each pension rate, per cent of last year's."""
    added: Mapping[str, Decimal]
    """What the district adds to each line."""


def _salary(now: _Now, line: str, step: Decimal, settlement: Decimal, moves: _Moves) -> SalaryChange:
    """Step and column on last year's salaries, a settlement on both (form MYP, lines B1 and B2)."""
    stepped = _of(now.lines[line], step)
    return SalaryChange(
        step_and_column=stepped,
        cola=_of(now.lines[line] + stepped, settlement),
        other_adjustments=moves.added.get(line, NOTHING),
    )


def _raised(of: Decimal, pay: Decimal, rate_change: Decimal) -> Decimal:
    """Return a pension cost after the growth of pay and then the change of the rate, both in per cent."""
    paid = of + _of(of, pay)
    return paid + _of(paid, rate_change)


def _next(now: _Now, moves: _Moves) -> tuple[dict[str, Any], _Now]:
    """Return the changes of a segment's lines into a year, contributions apart, and what then goes on."""
    year, lines = moves.year, now.lines
    changes: dict[str, Any] = {}
    certificated = _salary(
        now, "certificated", year.step_column_certificated, year.salary_settlement_certificated, moves
    )
    classified = _salary(
        now, "classified", year.step_column_classified, year.salary_settlement_classified, moves
    )
    after = dict(lines)
    for line, salary in (("certificated", certificated), ("classified", classified)):
        changes[line] = salary
        after[line] += (salary.step_and_column or 0) + (salary.cola or 0) + salary.other_adjustments
    paid = [_change(after[line], lines[line]) for line in ("certificated", "classified")]
    both = sum((after[line] for line in ("certificated", "classified")), NOTHING)
    before = sum((lines[line] for line in ("certificated", "classified")), NOTHING)
    extra = moves.added.get("benefits", NOTHING)
    then = _Now(
        lines=after,
        strs=_raised(now.strs, paid[0], moves.rates["calstrs"]),
        pers=_raised(now.pers, paid[1], moves.rates["calpers"]),
        health=now.health + _of(now.health, year.health_growth),
        other=now.other + _of(now.other, _change(both, before)) + extra,
        on_behalf=now.on_behalf,
    )
    benefits = then.strs + then.pers + then.health + then.other + then.on_behalf
    growth: dict[str, Decimal] = {"benefits": benefits - lines["benefits"] - extra}
    cola = _of(lines["lcff"], year.cola)
    growth["lcff"] = cola + _of(lines["lcff"] + cola, year.attendance_change)
    for line, name in GROWTH.items():
        of = lines[line] - (now.on_behalf if line == "other_state" else 0)
        growth[line] = _of(of, getattr(year, name))
    for line, grown in growth.items():
        added = moves.added.get(line, NOTHING)
        changes[line] = Change(growth=grown, adjustment=added)
        after[line] = lines[line] + grown + added
    if "other_outgo" in moves.added:
        changes["other_outgo"] = Change(adjustment=moves.added["other_outgo"])
        after["other_outgo"] += moves.added["other_outgo"]
    return changes, then


def _rates(given: AssumedInput) -> list[RateUsed]:
    """Return the pension rates of the base year and of every year after it."""
    entered = sentence("Entered by your district")
    found = []
    for each in (given.base.fiscal_year, *(year.fiscal_year for year in given.years)):
        year = next((year for year in given.years if year.fiscal_year == each), given)
        for name in RATES:
            own: Decimal | None = getattr(year, name)
            state = rate(name, each)
            found.append(
                RateUsed(
                    name=name,
                    fiscal_year=each,
                    percent=Decimal(state.value) if own is None else own,
                    status=state.status if own is None else "entered",
                    source=state.source if own is None else entered,
                )
            )
    return found


def changes_of(given: AssumedInput, rates: list[RateUsed]) -> MultiYearInput:
    """Return the input of `multi_year` that the assumptions make."""
    base = given.base
    used = {(each.name, each.fiscal_year): each.percent for each in rates}
    now: dict[Segment, _Now] = {}
    for segment in SEGMENTS:
        amounts, once = getattr(base, segment), getattr(base, f"{segment}_one_time")
        going_on = {line: getattr(amounts, line) - getattr(once, line) for line in LINES}
        now[segment] = _first(going_on, getattr(given.benefits, segment))
    held = base.components.model_copy(update={"negative_restricted_balances": None})
    before, ada, years = base.fiscal_year, base.ada, []
    contributed = base.restricted.contributions
    for year in given.years:
        at = year.fiscal_year
        moved: dict[Segment, dict[str, Any]] = {}
        for segment in SEGMENTS:
            added: dict[str, Decimal] = {}
            for each in given.adjustments:
                if (each.segment, each.fiscal_year) == (segment, at):
                    added[each.line] = added.get(each.line, NOTHING) + each.amount
            changed = {name: _change(used[name, at], used[name, before]) for name in RATES}
            moved[segment], now[segment] = _next(now[segment], _Moves(year, changed, added))
        contributed += _of(contributed, year.contribution_growth)
        moved["restricted"]["contributions"] = Change(amount=contributed)
        moved["unrestricted"]["contributions"] = Change(amount=-contributed)
        ada = None if ada is None else ada + half_up(ada * year.attendance_change / 100, ONE_CENT)
        years.append(
            YearGiven(
                fiscal_year=at,
                ada=ada,
                unrestricted=Changes(**moved["unrestricted"]),
                restricted=Changes(**moved["restricted"]),
                components=held,
            )
        )
        before = at
    return MultiYearInput(base=base, years=tuple(years))


def projection_of(given: AssumedInput) -> MultiYear:
    """Return the projection alone, without what each assumption touches."""
    return multi_year(changes_of(given, _rates(given)))


def _without(given: AssumedInput, rates: list[RateUsed], name: AssumptionName) -> MultiYear:
    """Return the projection in which one assumption moves nothing: rates stay at the base year's."""
    if name in RATES:
        base = {each.name: each.percent for each in rates if each.fiscal_year == given.base.fiscal_year}
        rates = [
            each.model_copy(update={"percent": base[each.name]}) if each.name == name else each
            for each in rates
        ]
        return multi_year(changes_of(given, rates))
    still = tuple(year.model_copy(update={name: NOTHING}) for year in given.years)
    return multi_year(changes_of(given.model_copy(update={"years": still}), rates))


def _touched(name: AssumptionName, whole: MultiYear, without: MultiYear) -> AssumptionTold:
    lines, totals = [], {}
    for now, then in zip(whole.years[1:], without.years[1:], strict=True):
        totals[now.fiscal_year] = now.combined.net - then.combined.net
        for segment in SEGMENTS:
            for part, names in (("revenue", REVENUE), ("expenditures", EXPENDITURES)):
                told, still = (getattr(getattr(each, segment), part) for each in (now, then))
                lines += [
                    Touched(fiscal_year=now.fiscal_year, segment=segment, line=line, amount=amount)
                    for line in names
                    if (amount := told[line].total - still[line].total)
                ]
    return AssumptionTold(name=name, total=totals, lines=tuple(lines))


def assumed(given: AssumedInput) -> Assumed:
    """Return the projection that assumptions make, and every line that each of them touches.

    Args:
        given: base year, what of it comes once, benefits by what moves them, and assumptions in per cent;
            pension rates that are not given are the state's of the year, with their status.

    Returns:
        Parts A to F of form MYP for every year, and for each assumption by how many dollars each line of each
        year differs from the projection in which it alone moves nothing. Effects go on into later years;
        where two assumptions meet (a settlement on stepped pay), what they make together is in both.

    LCFF moves by COLA and then by attendance. Salaries move as in form MYP; pensions by pay and then by the
    change of the employer rate; health by its own growth; other benefits by pay; contributions by their own
    growth, on both sides. The components of the balance are held; what is left is unassigned.
    """
    rates = _rates(given)
    projection = multi_year(changes_of(given, rates))
    return Assumed(
        projection=projection,
        assumptions=tuple(_touched(name, projection, _without(given, rates, name)) for name in ASSUMPTIONS),
        rates=tuple(rates),
    )


CALCULATION = Calculation(
    name="assumed-projection",
    title=sentence("Projection by assumptions"),
    source="State form MYP; the district's assumptions, and the state's rates of each year",
    given=AssumedInput,
    told=Assumed,
    compute=assumed,
)
