"""The multi-year projection in the lines of the state's form MYP: the base year, two years after it, or ten.

Unrestricted, restricted and combined; each line is what goes on from last year, plus what each cause adds, so
that it can be added again. What comes once is carried apart and ends with its year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from workers.analyses.result import sentence, year
from workers.finance.amounts import said_money
from workers.finance.calculation import NOTHING, ONE_CENT, ONE_DOLLAR, Calculation, half_up
from workers.finance.measures import share
from workers.finance.multi_year_shapes import (
    Amounts,
    Change,
    Changes,
    Components,
    LineTold,
    MultiYear,
    MultiYearInput,
    Parts,
    Reason,
    ReserveTold,
    SalaryChange,
    SegmentTold,
    YearTold,
)
from workers.finance.projection_lines import EXPENDITURES, LINES, REVENUE, SALARIES, SEGMENTS, Segment
from workers.finance.reserve import reserve_standard

NETS_TO_ZERO_WITHIN = ONE_DOLLAR
"""Official files that the state's own checks pass are off by less than this."""
CERTIFIED_YEARS = 3


def _line(**parts: Decimal) -> LineTold:
    names = ("base", "one_time_ended", "step_and_column", "growth", "cola", "adjustment", "one_time")
    filled = {name: parts.get(name, NOTHING) for name in names}
    return LineTold(**filled, total=sum(filled.values(), NOTHING))


def _first(amounts: Amounts, line: str) -> LineTold:
    return _line(base=getattr(amounts, line))


def _given(amounts: Amounts) -> dict[str, Decimal]:
    return {line: getattr(amounts, line) for line in LINES}


def _moved(before: LineTold, once: Decimal, change: Change, unit: Decimal) -> LineTold:
    """Return a line of the next year; `once` is how much of last year's total does not go on."""
    ongoing = before.total - once
    if change.amount is not None:
        return _line(
            base=before.total,
            one_time_ended=-once,
            adjustment=change.amount - change.one_time - ongoing,
            one_time=change.one_time,
        )
    growth = change.growth
    if growth is None:
        growth = half_up(ongoing * change.growth_percent / 100, unit)
    return _line(
        base=before.total,
        one_time_ended=-once,
        growth=growth,
        adjustment=change.adjustment,
        one_time=change.one_time,
    )


def _paid(before: LineTold, once: Decimal, change: SalaryChange, unit: Decimal) -> LineTold:
    """Return salaries of the next year: step and column on what goes on, COLA on that and step and column."""
    ongoing = before.total - once
    step = change.step_and_column
    if step is None:
        step = half_up(ongoing * change.step_and_column_percent / 100, unit)
    cola = change.cola
    if cola is None:
        cola = half_up((ongoing + step) * change.cola_percent / 100, unit)
    return _line(
        base=before.total,
        one_time_ended=-once,
        step_and_column=step,
        cola=cola,
        adjustment=change.other_adjustments,
        one_time=change.one_time,
    )


def _next_lines(
    before: Mapping[str, LineTold], once: Mapping[str, Decimal], changes: Changes, unit: Decimal
) -> dict[str, LineTold]:
    return {
        line: _paid(before[line], once[line], getattr(changes, line), unit)
        if line in SALARIES
        else _moved(before[line], once[line], getattr(changes, line), unit)
        for line in LINES
    }


def _sum(lines: Mapping[str, LineTold], names: Mapping[str, object]) -> Decimal:
    return sum((lines[name].total for name in names), NOTHING)


def _parts(lines: Mapping[str, LineTold], once: Mapping[str, Decimal]) -> tuple[Parts, Parts]:
    revenue = sum((once[name] for name in REVENUE), NOTHING)
    spent = sum((once[name] for name in EXPENDITURES), NOTHING)
    all_revenue, all_spent = _sum(lines, REVENUE), _sum(lines, EXPENDITURES)
    return (
        Parts(
            revenue=all_revenue - revenue,
            expenditures=all_spent - spent,
            net=all_revenue - revenue - all_spent + spent,
        ),
        Parts(revenue=revenue, expenditures=spent, net=revenue - spent),
    )


def _segment(
    lines: Mapping[str, LineTold],
    once: Mapping[str, Decimal],
    beginning: Decimal,
    components: Mapping[str, Decimal],
) -> SegmentTold:
    revenue, spent = _sum(lines, REVENUE), _sum(lines, EXPENDITURES)
    ongoing, one_time = _parts(lines, once)
    return SegmentTold(
        revenue={name: lines[name] for name in REVENUE},
        revenue_total=revenue,
        expenditures={name: lines[name] for name in EXPENDITURES},
        salaries_and_benefits=_sum(lines, {**SALARIES, "benefits": ()}),
        expenditures_total=spent,
        net=revenue - spent,
        beginning_balance=beginning,
        ending_balance=beginning + revenue - spent,
        components=dict(components),
        ongoing=ongoing,
        one_time=one_time,
    )


def _together(parts: tuple[LineTold, LineTold]) -> LineTold:
    return LineTold(
        **{name: getattr(parts[0], name) + getattr(parts[1], name) for name in LineTold.model_fields}
    )


@dataclass(frozen=True)
class _Year:
    """One year while it is computed: lines and one-time parts of both segments, and what was decided."""

    fiscal_year: str
    ada: Decimal | None
    lines: Mapping[Segment, Mapping[str, LineTold]]
    once: Mapping[Segment, Mapping[str, Decimal]]
    beginning: Mapping[Segment, Decimal]
    components: Components
    pass_through_excluded: Decimal

    def ending(self, segment: Segment) -> Decimal:
        lines = self.lines[segment]
        return self.beginning[segment] + _sum(lines, REVENUE) - _sum(lines, EXPENDITURES)


def _split(at: _Year) -> dict[Segment, dict[str, Decimal]]:
    """Return the components of both ending balances; each list adds to its balance."""
    held = at.components
    names = ("nonspendable", "stabilization", "committed", "assigned", "reserve_for_economic_uncertainties")
    free = {name: getattr(held, name) for name in names}
    free["unassigned"] = at.ending("unrestricted") - sum(free.values(), NOTHING)
    negative = held.negative_restricted_balances
    if negative is None:
        negative = min(NOTHING, at.ending("restricted") - held.nonspendable_restricted)
    return {
        "unrestricted": free,
        "restricted": {
            "nonspendable": held.nonspendable_restricted,
            "restricted": at.ending("restricted") - held.nonspendable_restricted - negative,
            "unassigned": negative,
        },
    }


def _reserve(at: _Year, split: Mapping[Segment, Mapping[str, Decimal]]) -> ReserveTold:
    free, held = split["unrestricted"], at.components
    uses = sum((_sum(at.lines[segment], EXPENDITURES) for segment in SEGMENTS), NOTHING)
    uses -= at.pass_through_excluded
    available = {
        "stabilization": free["stabilization"],
        "reserve_for_economic_uncertainties": free["reserve_for_economic_uncertainties"],
        "unassigned": free["unassigned"],
        "negative_restricted_balances": split["restricted"]["unassigned"],
        "special_reserve_stabilization": held.special_reserve_stabilization,
        "special_reserve_for_economic_uncertainties": held.special_reserve_for_economic_uncertainties,
        "special_reserve_unassigned": held.special_reserve_unassigned,
    }
    total = sum(available.values(), NOTHING)
    percent = by_percent = by_amount = standard = margin = None
    status = None
    if at.ada is not None:
        rule = reserve_standard(at.ada, at.fiscal_year)
        percent, status = Decimal(rule.percent.value), rule.percent.status
        by_percent = half_up(uses * percent / 100, ONE_CENT)
        by_amount = Decimal(rule.floor_cents) / 100 if rule.floor_cents is not None else NOTHING
        standard = max(by_percent, by_amount)
        margin = total - standard
    return ReserveTold(
        **available,
        available_amount=total,
        expenditures_and_uses=uses,
        available_percent=share(total, uses),
        standard_percent=percent,
        standard_by_percent=by_percent,
        standard_by_amount=by_amount,
        standard_amount=standard,
        standard_status=status,
        met=None if margin is None else margin >= 0,
        margin=margin,
    )


def _told(at: _Year) -> YearTold:
    split = _split(at)
    segments = {
        segment: _segment(at.lines[segment], at.once[segment], at.beginning[segment], split[segment])
        for segment in SEGMENTS
    }
    both = {line: _together((at.lines[SEGMENTS[0]][line], at.lines[SEGMENTS[1]][line])) for line in LINES}
    once = {line: sum((at.once[segment][line] for segment in SEGMENTS), NOTHING) for line in LINES}
    names = {name: None for segment in SEGMENTS for name in split[segment]}
    components = {
        name: sum((split[segment].get(name, NOTHING) for segment in SEGMENTS), NOTHING) for name in names
    }
    reserve = _reserve(at, split)
    spendable = (
        segments["unrestricted"].ending_balance
        - at.components.nonspendable
        + reserve.negative_restricted_balances
        + reserve.special_reserve_stabilization
        + reserve.special_reserve_for_economic_uncertainties
        + reserve.special_reserve_unassigned
    )
    return YearTold(
        fiscal_year=at.fiscal_year,
        ada=at.ada,
        unrestricted=segments["unrestricted"],
        restricted=segments["restricted"],
        combined=_segment(both, once, sum(at.beginning.values(), NOTHING), components),
        reserve=reserve,
        spendable_balance=spendable,
    )


def _reason(code: str, at: str, amount: Decimal | None, text: str) -> Reason:
    values = {"year": year(at)} | ({} if amount is None else {"amount": said_money(abs(amount))})
    return Reason(code=code, fiscal_year=at, amount=amount, message={"text": text, "values": values})


_NO_MONEY = sentence(
    "In {year} the balance that can be spent is {amount} below zero: bills could not be paid."
)["text"]
_NO_CASH = sentence("In {year} cash at year end is {amount} below zero: bills could not be paid.")["text"]
_UNDER = sentence("In {year} available reserves are {amount} under the recommended reserve.")["text"]
_ENOUGH = sentence("In {year} available reserves are at least {amount} over the recommended reserve.")["text"]
_OFF = sentence("In {year} contributions between unrestricted and restricted differ by {amount}.")["text"]


def _certify(
    years: tuple[YearTold, ...], cash: Mapping[str, Decimal]
) -> tuple[str | None, tuple[Reason, ...]]:
    """Return the certification that the figures of three years suggest, with its reasons.

    Negative: the balance that can be spent, or cash, is below zero this year or next. Qualified: that happens
    in the second year after, or available reserves are under the recommended reserve in any of the three.
    Else positive. None where fewer years or no attendance are known.
    """
    looked = years[:CERTIFIED_YEARS]
    if len(looked) < CERTIFIED_YEARS or any(at.reserve.margin is None for at in looked):
        return None, ()
    reasons: list[Reason] = []
    negative = False
    for position, at in enumerate(looked):
        for code, amount, text in (
            ("balance_below_zero", at.spendable_balance, _NO_MONEY),
            ("cash_below_zero", cash.get(at.fiscal_year, NOTHING), _NO_CASH),
        ):
            if amount < 0:
                negative |= position < CERTIFIED_YEARS - 1
                reasons.append(_reason(code, at.fiscal_year, amount, text))
        if at.reserve.margin is not None and at.reserve.margin < 0:
            reasons.append(_reason("reserve_not_met", at.fiscal_year, at.reserve.margin, _UNDER))
    if reasons:
        return ("negative" if negative else "qualified"), tuple(reasons)
    tightest = min(looked, key=lambda at: at.reserve.margin or NOTHING)
    return "positive", (_reason("reserve_met", tightest.fiscal_year, tightest.reserve.margin, _ENOUGH),)


def _findings(years: tuple[YearTold, ...]) -> tuple[Reason, ...]:
    return tuple(
        _reason("contributions_differ", at.fiscal_year, off, _OFF)
        for at in years
        if abs(off := at.combined.revenue["contributions"].total) >= NETS_TO_ZERO_WITHIN
    )


def multi_year(given: MultiYearInput) -> MultiYear:
    """Project a district's general fund in the lines of form MYP.

    Args:
        given: base year and changes; dollars, per cents, ADA in pupils. Where `round_to` is `dollar`, what a
            percentage adds is rounded half up to whole dollars, as districts file the form; else to cents.

    Returns:
        Every year with parts A to F, unrestricted, restricted and combined, and a suggested certification:
        the board certifies, so its status is always `to_confirm`.

    The reserve recommended for the district's size is criterion 10's (form 01CS; Education Code 33128.3); the
    three certifications are those of form CI (Education Code 42130, 42131).
    """
    unit = ONE_DOLLAR if given.round_to == "dollar" else ONE_CENT
    base = given.base
    now = _Year(
        fiscal_year=base.fiscal_year,
        ada=base.ada,
        lines={
            "unrestricted": {line: _first(base.unrestricted, line) for line in LINES},
            "restricted": {line: _first(base.restricted, line) for line in LINES},
        },
        once={
            "unrestricted": _given(base.unrestricted_one_time),
            "restricted": _given(base.restricted_one_time),
        },
        beginning={segment: getattr(base.beginning_balance, segment) for segment in SEGMENTS},
        components=base.components,
        pass_through_excluded=base.pass_through_excluded,
    )
    computed = [now]
    for each in given.years:
        changes: dict[Segment, Changes] = {"unrestricted": each.unrestricted, "restricted": each.restricted}
        now = _Year(
            fiscal_year=each.fiscal_year,
            ada=each.ada,
            lines={
                segment: _next_lines(now.lines[segment], now.once[segment], changes[segment], unit)
                for segment in SEGMENTS
            },
            once={
                segment: {line: getattr(changes[segment], line).one_time for line in LINES}
                for segment in SEGMENTS
            },
            beginning={segment: now.ending(segment) for segment in SEGMENTS},
            components=now.components if each.components is None else each.components,
            pass_through_excluded=each.pass_through_excluded,
        )
        computed.append(now)
    years = tuple(_told(at) for at in computed)
    known = [(base.fiscal_year, base.year_end_cash)]
    known += [(each.fiscal_year, each.year_end_cash) for each in given.years]
    cash = {at: amount for at, amount in known if amount is not None}
    certification, reasons = _certify(years, cash)
    return MultiYear.model_validate(
        {
            "years": years,
            "certification": certification,
            "certification_status": "to_confirm",
            "reasons": reasons,
            "findings": _findings(years),
        }
    )


CALCULATION = Calculation(
    name="multi-year",
    title=sentence("Multi-year projection"),
    source="State form MYP, parts A to F; form 01CS, criterion 10; form CI; Education Code 42127 to 42131",
    given=MultiYearInput,
    told=MultiYear,
    compute=multi_year,
)
