"""Money of a scenario by restriction: what is freed in each year, what it pays, and what is left.

A saving of restricted money stays in its resource, but for what unrestricted money contributes to it, which
comes back first. An investment of a restricted resource is paid by that resource where its rule allows it and
as far as it has money; what it may not or can't pay falls on unrestricted money, so that no balance is
overstated.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from workers.finance.calculation import half_up
from workers.finance.restricted_rules import Account, Rule, is_unrestricted, rule_of
from workers.finance.scenario_shapes import Option, ScenarioInput
from workers.finance.scenario_timing import CASES, Cents

UNRESTRICTED = "unrestricted"


def dollars(cents: int) -> Decimal:
    """Return cents as dollars."""
    return Decimal(cents).scaleb(-2)


@dataclass
class Row:
    """One restriction of money in one year and case, in cents."""

    before: int
    freed: int = 0
    returned: int = 0
    paid: int = 0
    fallen: int = 0

    @property
    def after(self) -> int:
        """Return what is left at the end of the year."""
        return self.before + self.freed + self.returned - self.paid - self.fallen


@dataclass
class CaseYear:
    """One year in one case: a row for each restriction, what each option frees where, and what is paid."""

    rows: dict[str, Row]
    released: dict[str, int] = field(default_factory=dict)
    """Of each restricted saving: cents that come back to unrestricted money."""
    kept: dict[str, int] = field(default_factory=dict)
    """Of each restricted saving or revenue: cents that stay in its resource."""
    paid: dict[str, int] = field(default_factory=dict)
    """Of each investment: cents that the resource it names pays."""
    fallen: dict[str, int] = field(default_factory=dict)
    """Of each investment: cents that fall on unrestricted money."""

    @property
    def restricted_change(self) -> int:
        """Return by how much restricted money as a whole changes in the year."""
        return sum(row.after - row.before for name, row in self.rows.items() if name != UNRESTRICTED)


class Rules:
    """What each resource may pay for in each year, asked once."""

    def __init__(self, given: ScenarioInput) -> None:
        self._confirmations = given.confirmations
        self.of = functools.cache(self._of)
        self._answered: dict[tuple[str, str, str], bool] = {}

    def _of(self, resource: str, fiscal_year: str) -> Rule:
        return rule_of(resource, fiscal_year, self._confirmations)

    def may_pay(self, resource: str, fiscal_year: str, option: Option) -> bool:
        """Say whether a resource may carry an investment; not where its place in the accounts is not said."""
        asked = (resource, fiscal_year, option.key)
        if asked not in self._answered:
            where = option.account
            self._answered[asked] = where is not None and self.of(resource, fiscal_year).may_pay(
                Account(goal=where.goal, function=where.function, object=where.object, resource=resource),
                new=not option.existing,
            )
        return self._answered[asked]


@dataclass(frozen=True)
class Played:
    """What is played: its options, the cents that each counts by year, and the restricted resources."""

    options: tuple[Option, ...]
    counted: Mapping[str, Sequence[Cents]]
    resources: tuple[str, ...]
    opening: Mapping[str, int]
    contributions: Mapping[tuple[str, str], int]


def played_of(given: ScenarioInput, counted: Mapping[str, Sequence[Cents]]) -> Played:
    """Return what is played, in the order of the options' keys, which is not that of the input."""
    options = tuple(sorted((one for one in given.options if one.played), key=lambda one: one.key))
    named = {one.resource for one in given.restricted} | {
        one.resource for one in options if not is_unrestricted(one.resource)
    }
    return Played(
        options=options,
        counted=counted,
        resources=tuple(sorted(named)),
        opening={one.resource: int(half_up(one.balance * 100)) for one in given.restricted},
        contributions={
            (one.resource, each.fiscal_year): int(half_up(each.amount * 100))
            for one in given.restricted
            for each in one.contributions
        },
    )


def settled(played: Played, years: Sequence[str], rules: Rules) -> list[list[CaseYear]]:
    """Return every year of every case, in the order of CASES; each case is carried on by itself."""
    found = []
    for case in range(len(CASES)):
        carried = {UNRESTRICTED: 0} | {name: played.opening.get(name, 0) for name in played.resources}
        through = []
        for place, fiscal_year in enumerate(years):
            cents = {one.key: played.counted[one.key][place][case] for one in played.options}
            at = _year(played, fiscal_year, cents, carried, rules)
            carried = {name: row.after for name, row in at.rows.items()}
            through.append(at)
        found.append(through)
    return found


def _year(
    played: Played, fiscal_year: str, cents: Mapping[str, int], carried: Mapping[str, int], rules: Rules
) -> CaseYear:
    at = CaseYear({name: Row(before) for name, before in carried.items()})
    free = at.rows[UNRESTRICTED]
    contributed = {name: played.contributions.get((name, fiscal_year), 0) for name in played.resources}
    sources = [one for one in played.options if one.kind != "invest" and cents[one.key]]
    for option in largest_first(sources, cents):
        amount = cents[option.key]
        if is_unrestricted(option.resource):
            free.freed += amount
            continue
        row = at.rows[option.resource]
        back = min(amount, contributed[option.resource]) if option.kind == "save" else 0
        contributed[option.resource] -= back
        row.freed += amount
        row.returned -= back
        free.returned += back
        at.released[option.key], at.kept[option.key] = back, amount - back
    for option in played.options:
        if option.kind != "invest" or not cents[option.key]:
            continue
        amount = cents[option.key]
        if is_unrestricted(option.resource):
            free.paid += amount
            at.paid[option.key] = amount
            continue
        row = at.rows[option.resource]
        usable = max(0, row.after) if rules.may_pay(option.resource, fiscal_year, option) else 0
        at.paid[option.key] = min(amount, usable)
        at.fallen[option.key] = amount - at.paid[option.key]
        row.paid += at.paid[option.key]
        free.fallen += at.fallen[option.key]
    return at


def largest_first(options: Iterable[Option], cents: Mapping[str, int]) -> list[Option]:
    """Return options by what they count, the largest first, then by key."""
    return sorted(options, key=lambda one: (-cents[one.key], one.key))
