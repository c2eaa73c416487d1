"""What a scenario tells: money by year and restriction, payments, refusals with a way out, and delay.

What comes by the hundred is a dataclass: it is counted here and needs no reading, which makes it cheap.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from workers.finance.calculation import FiscalYear, Money, Number, Percentage, Said, Told
from workers.finance.scenario_shapes import Kind
from workers.finance.tripwires_shapes import Tripwires


@dataclass(frozen=True, slots=True)
class Cases:
    """An amount in three cases of the balance.

    In the low case every saving and revenue is at its low amount and every investment at its high one; in the
    high case the other way round. All at once is less likely than any of them alone.
    """

    low: Money
    likely: Money
    high: Money


@dataclass(frozen=True, slots=True)
class OptionYear:
    """What an option brings or costs in a year, and how much of that others count already."""

    fiscal_year: FiscalYear
    amount: Cases
    overlapped: Cases | None
    """Null where the option shares its dollars with no other."""


class DelayTold(Told):
    """The savings clock of one option: what the next day of delay costs, and from when on it does.

    `decide_by` is the last day on which nothing is lost, null where that day has passed, the option is
    decided, or it is beyond the projection; the day after it, `then` is lost.
    """

    per_day: Money
    decide_by: dt.date | None
    then: Money


class OptionTold(Told):
    """One option: when it begins, why not earlier, what it counts, and what waiting costs.

    The years of an option that is not played show what it would bring or cost alone.
    """

    key: str
    kind: Kind
    played: bool
    resource: str
    asked: FiscalYear
    begins: FiscalYear
    begins_on: dt.date
    reasons: tuple[Said, ...]
    years: tuple[OptionYear, ...]
    delay: DelayTold


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One restriction of money in a year: before + freed + returned - paid - fallen = after.

    `returned` is what a saving of a restricted resource lets unrestricted money take back of what it
    contributes: below zero in the resource, above in the unrestricted row. `fallen` is what restricted money
    could or may not pay and unrestricted money therefore bears. Unrestricted rows begin at zero, the
    projection's own balance standing beside them; restricted rows begin with their unspent balance.
    """

    resource: str
    """A resource code, or `unrestricted`."""
    name: Said
    before: Cases
    freed: Cases
    returned: Cases
    paid: Cases
    fallen: Cases
    after: Cases


class Ending(Told):
    """An ending balance: as projected, and with what is played."""

    projected: Money
    played: Cases


class ReserveCases(Told):
    """The available reserve against the state's minimum in the three cases; null without attendance."""

    available: Cases
    minimum: Cases | None
    margin: Cases | None
    available_percent: tuple[Percentage | None, Percentage | None, Percentage | None]
    met: tuple[bool, bool, bool] | None


@dataclass(frozen=True, slots=True)
class Payment:
    """Dollars of the likely case that go from a source to an investment.

    `option` is null where they come from the balance of the resource, what earlier years left included.
    """

    option: str | None
    resource: str
    pays: str
    amount: Money


class CostLine(Told):
    """An unrestricted cost that the restricted money could lawfully carry, and how much of it."""

    name: str | None
    account: str
    amount: Money
    reason: Said
    conditions: tuple[Said, ...]


class Alternative(Told):
    """A lawful way to pay where a payment is refused."""

    kind: Literal["move_costs", "charge_resource", "confirm", "play_unrestricted", "bear_unrestricted"]
    message: Said
    amount: Money
    resource: str | None = None
    option: str | None = None
    lines: tuple[CostLine, ...] = ()


class Refused(Told):
    """A payment that is not made: of restricted money for another cost, against a rule, or without money."""

    kind: Literal["restricted_for_unrestricted", "other_resource", "rule", "short"]
    option: str | None
    """The saving or revenue that was meant for it; null where the resource itself was to pay."""
    pays: str
    resource: str
    amount: Money
    reason: Said
    alternatives: tuple[Alternative, ...]


class ScenarioYear(Told):
    """One year of the scenario."""

    fiscal_year: FiscalYear
    money: tuple[MoneyRow, ...]
    unrestricted: Ending
    restricted: Ending
    combined: Ending
    reserve: ReserveCases
    payments: tuple[Payment, ...]
    refused: tuple[Refused, ...]


class Touched(Told):
    """Who is touched by what is played; one pupil may be touched by several options."""

    positions_ended: Number
    positions_added: Number
    schools: tuple[str, ...]
    pupils_at_most: int


class Scenario(Told):
    """A scenario by year and by restriction of money, with its tripwires and its clock.

    `delay_per_day` is what a day's delay of everything played costs over the projection, overlaps counted
    once.
    """

    options: tuple[OptionTold, ...]
    years: tuple[ScenarioYear, ...]
    tripwires: Tripwires
    delay_per_day: Money
    touched: Touched
    note: Said
