"""Unspent restricted balances matched with unrestricted costs that they could lawfully carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from workers.analyses.result import Message, sentence, year
from workers.finance.amounts import Amount, said_money
from workers.finance.calculation import NOTHING, Calculation, Fault, FiscalYear, Given, Money, Said, Told
from workers.finance.restricted_flow import Taken, put
from workers.finance.restricted_rules import (
    Account,
    Code,
    Confirmation,
    Name,
    Rule,
    Standing,
    is_unrestricted,
    rule_of,
)
from workers.finance.restricted_words import CODES_ARE_A_READING

CENTS = 100


class Balance(Given):
    """What is unspent of one restricted resource."""

    resource: Code
    amount: Amount


class Cost(Account):
    """An unrestricted cost that a restricted balance may be able to carry."""

    name: Name | None = None
    amount: Amount
    new: bool = False
    """Whether the service is new or larger, so that no other money paid for it before."""


class RestrictedMatchInput(Given):
    """The year in which the money is to be spent, balances, costs, and what the district has confirmed."""

    fiscal_year: FiscalYear
    balances: Annotated[tuple[Balance, ...], Field(max_length=300)] = ()
    costs: Annotated[tuple[Cost, ...], Field(max_length=20_000)] = ()
    confirmations: Annotated[tuple[Confirmation, ...], Field(max_length=300)] = ()

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Return balances that are unrestricted or given twice, and costs that are not unrestricted."""
        yield from _balances_across(_rows(document.get("balances")))
        yield from costs_across(_rows(document.get("costs")), "costs")


def _rows(value: Any) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [one if isinstance(one, Mapping) else {} for one in listed]


def _balances_across(balances: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    seen = set()
    for place, balance in enumerate(balances):
        resource, field = balance.get("resource"), f"balances[{place}].resource"
        if not isinstance(resource, str):
            continue
        if is_unrestricted(resource):
            yield Fault(
                field,
                resource,
                sentence("a restricted resource, 2000 to 9999"),
                sentence(
                    "Resource {resource} is unrestricted. Give restricted balances only.", resource=resource
                ),
            )
        if resource in seen:
            yield Fault(
                field,
                resource,
                sentence("each resource once"),
                sentence("Resource {resource} is given twice. Add its balances.", resource=resource),
            )
        seen.add(resource)


def costs_across(costs: Sequence[Mapping[str, Any]], key: str) -> Iterator[Fault]:
    """Yield a fault for each cost that is not unrestricted."""
    for place, cost in enumerate(costs):
        resource = cost.get("resource", "0000")
        if isinstance(resource, str) and not is_unrestricted(resource):
            yield Fault(
                f"{key}[{place}].resource",
                resource,
                sentence("an unrestricted resource, 0000 to 1999"),
                sentence(
                    "A cost of resource {resource} is paid by restricted money already.", resource=resource
                ),
            )


class Candidate(Told):
    """A cost that a balance could carry: how much of it, and under which conditions."""

    cost: int
    """Its place in the input."""
    name: str | None
    account: str
    """Fund, resource, goal, function and object."""
    amount: Money
    of: Money
    reason: Said
    conditions: tuple[Said, ...]


class BalanceTold(Told):
    """One balance: whether it may pay for anything, and the costs that it could carry."""

    resource: str
    name: Said
    standing: Standing
    amount: Money
    matched: Money
    unmatched: Money
    could_carry: Money
    """All costs that this balance alone could carry, of which others may carry some."""
    reason: Said
    through: str | None
    source: str | None
    confirmed_by: str | None
    candidates: tuple[Candidate, ...]


class CostTold(Told):
    """One cost: how much of it restricted balances could carry, and what stays unrestricted."""

    cost: int
    amount: Money
    carried: Money
    left: Money


class RestrictedMatch(Told):
    """Balances in the order in which they are used: what ends first, then what fits the fewest costs."""

    balances: tuple[BalanceTold, ...]
    costs: tuple[CostTold, ...]
    matched: Money
    note: Said


def restricted_match(given: RestrictedMatchInput) -> RestrictedMatch:
    """Match unspent restricted balances with unrestricted costs that they could lawfully carry.

    No dollar of a balance or of a cost is counted twice, and as many dollars as possible are matched. Money
    whose rule is unknown, or whose last year has passed, is matched with nothing; money that may not replace
    other money only with new costs.
    """
    fits = sorted(
        (
            _fit(one, rule_of(one.resource, given.fiscal_year, given.confirmations), given.costs)
            for one in given.balances
        ),
        key=lambda fit: fit.urgency,
    )
    payers: list[set[int]] = [set() for _ in given.costs]
    for rank, fit in enumerate(fits):
        for place in fit.places:
            payers[place].add(rank)
    taken = put(
        [_cents(fit.balance.amount) for fit in fits],
        [_cents(cost.amount) for cost in given.costs],
        list(map(frozenset, payers)),
    )
    by_rank: dict[int, list[Taken]] = {}
    for one in taken:
        by_rank.setdefault(one.balance, []).append(one)
    told = tuple(_told(given, fit, by_rank.get(rank, [])) for rank, fit in enumerate(fits))
    carried = [NOTHING] * len(given.costs)
    for one in taken:
        carried[one.cost] += _dollars(one.cents)
    return RestrictedMatch(
        balances=told,
        costs=tuple(
            CostTold(
                cost=place, amount=cost.amount, carried=carried[place], left=cost.amount - carried[place]
            )
            for place, cost in enumerate(given.costs)
        ),
        matched=sum((one.matched for one in told), NOTHING),
        note=CODES_ARE_A_READING,
    )


def _cents(amount: Money) -> int:
    return int(amount * CENTS)


def _dollars(cents: int) -> Money:
    return (NOTHING + cents) / CENTS


@dataclass(frozen=True)
class Fit:
    """A balance, its rule, and the places of the costs that it may carry."""

    balance: Balance
    rule: Rule
    places: tuple[int, ...]
    could_carry: Money

    @property
    def urgency(self) -> tuple[str, Money, str]:
        """Return what it is ordered by: what ends first, then what fits the fewest costs."""
        return self.rule.through or "9999-00", self.could_carry, self.rule.resource


def _fit(balance: Balance, rule: Rule, costs: Sequence[Cost]) -> Fit:
    places = tuple(
        place for place, cost in enumerate(costs) if rule.open and rule.may_pay(cost, new=cost.new)
    )
    return Fit(balance, rule, places, sum((costs[place].amount for place in places), NOTHING))


def _told(given: RestrictedMatchInput, fit: Fit, taken: Sequence[Taken]) -> BalanceTold:
    balance, rule = fit.balance, fit.rule
    candidates = tuple(_candidate(given.costs[one.cost], one, rule) for one in taken)
    matched = sum((one.amount for one in candidates), NOTHING)
    return BalanceTold(
        resource=balance.resource,
        name=rule.name,
        standing=rule.standing,
        amount=balance.amount,
        matched=matched,
        unmatched=balance.amount - matched,
        could_carry=fit.could_carry,
        reason=_reason(rule, given, could=fit.could_carry),
        through=rule.through,
        source=rule.source,
        confirmed_by=rule.confirmed_by,
        candidates=candidates,
    )


def _candidate(cost: Cost, taken: Taken, rule: Rule) -> Candidate:
    return Candidate(
        cost=taken.cost,
        name=cost.name,
        account=f"{cost.fund}-{cost.resource}-{cost.goal}-{cost.function}-{cost.object}",
        amount=_dollars(taken.cents),
        of=cost.amount,
        reason=sentence(
            "Function {function}, object {object} and goal {goal} are within what {resource} pays for: "
            "{purpose}.",
            function=cost.function,
            object=cost.object,
            goal=cost.goal,
            resource=rule.name,
            purpose=rule.purpose,
        ),
        conditions=rule.conditions,
    )


def _reason(rule: Rule, given: RestrictedMatchInput, *, could: Money) -> Message:
    """Say why a balance is matched, or why it is not."""
    if rule.standing == "ended":
        return sentence(
            "The money could be spent through {through}; in {year} it pays for nothing. What is left may "
            "have to be returned.",
            through=year(rule.through or ""),
            year=year(given.fiscal_year),
        )
    if not rule.open:
        if rule.standing == "unknown":
            return sentence(
                "Unknown: its rule was not read. It pays for nothing until someone at the district "
                "confirms what it may pay for."
            )
        return sentence("{name} is {purpose}.", name=rule.name, purpose=rule.purpose)
    if could:
        return sentence(
            "Pays for {purpose}; {amount} of these costs fit.", purpose=rule.purpose, amount=said_money(could)
        )
    if rule.supplement and any(
        selection.holds(cost) for cost in given.costs for selection in rule.selections
    ):
        return sentence(
            "Pays for {purpose}, but may not replace other money. Only new costs fit, or existing ones that "
            "the district confirms.",
            purpose=rule.purpose,
        )
    return sentence("Pays for {purpose}; none of these costs fits.", purpose=rule.purpose)


CALCULATION = Calculation(
    name="restricted-match",
    title=sentence("Restricted balances and costs that they could carry"),
    source="Each resource names its own rule; account codes as in the state's account code structure",
    given=RestrictedMatchInput,
    told=RestrictedMatch,
    compute=restricted_match,
)
