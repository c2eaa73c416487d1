"""Which saving pays which investment in the likely case, and the payments that are refused.

Every cent of a source goes once. Money that is meant for an investment pays that one alone and otherwise
stays in its balance; other money pays whatever its restriction allows. What no saving of the year pays comes
from the balance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workers.analyses.labels import resource_name
from workers.analyses.result import Message, sentence
from workers.analyses.result import year as as_year
from workers.finance.amounts import said_money
from workers.finance.restricted_flow import put
from workers.finance.restricted_match import Balance, Candidate, RestrictedMatchInput, restricted_match
from workers.finance.restricted_rules import is_unrestricted
from workers.finance.scenario_money import UNRESTRICTED, CaseYear, Played, Rules, dollars, largest_first
from workers.finance.scenario_shapes import Option, ScenarioInput
from workers.finance.scenario_timing import LIKELY, Cents
from workers.finance.scenario_told import Alternative, CostLine, Payment, Refused


def said_cents(cents: int) -> Message:
    """Return cents as a value of a sentence."""
    return said_money(dollars(cents))


@dataclass(frozen=True)
class Source:
    """Cents of an option in one restriction, and the investments that they are meant for."""

    option: Option
    cents: int
    restriction: str


def _sources(played: Played, at: CaseYear, cents: Mapping[str, int]) -> Iterator[Source]:
    givers = [one for one in played.options if one.kind != "invest" and cents[one.key]]
    for option in largest_first(givers, cents):
        if is_unrestricted(option.resource):
            yield Source(option, cents[option.key], UNRESTRICTED)
            continue
        if at.released[option.key]:
            yield Source(option, at.released[option.key], UNRESTRICTED)
        if at.kept[option.key]:
            yield Source(option, at.kept[option.key], option.resource)


def _costs(played: Played, at: CaseYear) -> list[tuple[str, str, int]]:
    """Return the investments and the restriction that pays for each part of them, in cents."""
    found = []
    for option in played.options:
        if option.key not in at.paid:
            continue
        where = UNRESTRICTED if is_unrestricted(option.resource) else option.resource
        found.append((option.key, where, at.paid[option.key]))
        if at.fallen.get(option.key):
            found.append((option.key, UNRESTRICTED, at.fallen[option.key]))
    return [one for one in found if one[2]]


def payments(played: Played, at: CaseYear, cents: Mapping[str, int]) -> tuple[Payment, ...]:
    """Return who pays what in a year; the payments of an investment add to its cost."""
    sources, costs = list(_sources(played, at, cents)), _costs(played, at)
    may_pay = [
        frozenset(
            place
            for place, source in enumerate(sources)
            if source.restriction == where
            and (not source.option.pays_for or invested in source.option.pays_for)
        )
        for invested, where, _ in costs
    ]
    left = [amount for _, _, amount in costs]
    found = []
    for one in put([source.cents for source in sources], left, may_pay):
        invested, where, _ = costs[one.cost]
        left[one.cost] -= one.cents
        found.append((sources[one.balance].option.key, where, invested, one.cents))
    found += [
        ("", where, invested, rest) for (invested, where, _), rest in zip(costs, left, strict=True) if rest
    ]
    return tuple(
        Payment(option=key or None, resource=where, pays=invested, amount=dollars(amount))
        for key, where, invested, amount in sorted(found, key=lambda one: (one[2], one[1], one[0] or "~"))
    )


@dataclass
class _Refusal:
    kind: str
    source: Option | None
    cost: Option
    cents: int


@dataclass
class _Ways:
    """What a year still has to offer to refused payments: matched costs and options not played."""

    given: ScenarioInput
    fiscal_year: str
    rules: Rules
    at: CaseYear
    unplayed: list[tuple[int, Option]]
    lines: dict[str, list[tuple[Candidate, int]]] = field(default_factory=dict)


def _refusals(
    played: Played, at: CaseYear, fiscal_year: str, cents: Mapping[str, int], rules: Rules
) -> list[_Refusal]:
    by_key = {one.key: one for one in played.options}
    found = []
    for option in played.options:
        left = at.kept.get(option.key, 0)
        for key in option.pays_for:
            cost = by_key.get(key)
            if cost is None or not cents[key] or not left or cost.resource == option.resource:
                continue
            kind = "restricted_for_unrestricted" if is_unrestricted(cost.resource) else "other_resource"
            refused = min(left, cents[key])
            found.append(_Refusal(kind, option, cost, refused))
            left -= refused
    for option in played.options:
        if at.fallen.get(option.key):
            allowed = rules.may_pay(option.resource, fiscal_year, option)
            found.append(_Refusal("short" if allowed else "rule", None, option, at.fallen[option.key]))
    return found


def refused(
    given: ScenarioInput,
    played: Played,
    at: CaseYear,
    fiscal_year: str,
    amounts: Mapping[str, Cents],
    rules: Rules,
) -> tuple[Refused, ...]:
    """Return the payments of a year that are not made, each with lawful ways to make it.

    Args:
        given: the scenario.
        played: what is played in it.
        at: the year in the likely case.
        fiscal_year: which year it is.
        amounts: what each option brings or costs in the year; those not played are looked at as a way out.
        rules: what each resource may pay for.
    """
    cents = {key: amount[LIKELY] for key, amount in amounts.items()}
    refusals = _refusals(played, at, fiscal_year, cents, rules)
    if not refusals:
        return ()
    unplayed = [
        (cents[one.key], one)
        for one in given.options
        if not one.played and one.kind != "invest" and is_unrestricted(one.resource) and cents[one.key]
    ]
    unplayed.sort(key=lambda one: (one[0], one[1].key))
    ways = _Ways(given, fiscal_year, rules, at, unplayed, _matched(given, at, fiscal_year, refusals))
    return tuple(_told(one, ways) for one in refusals)


def _matched(
    given: ScenarioInput, at: CaseYear, fiscal_year: str, refusals: Sequence[_Refusal]
) -> dict[str, list[tuple[Candidate, int]]]:
    """Return for each refused resource the unrestricted costs that what is left in it could carry."""
    wanted: dict[str, int] = {}
    for one in refusals:
        if one.source is not None:
            resource = one.source.resource
            wanted[resource] = wanted.get(resource, 0) + one.cents
    if not wanted or not given.unrestricted_costs:
        return {}
    matched = restricted_match(
        RestrictedMatchInput(
            fiscal_year=fiscal_year,
            balances=tuple(
                Balance(resource=name, amount=dollars(min(cents, max(0, at.rows[name].after))))
                for name, cents in sorted(wanted.items())
            ),
            costs=given.unrestricted_costs,
            confirmations=given.confirmations,
        )
    )
    return {
        one.resource: [(line, int(line.amount * 100)) for line in one.candidates] for one in matched.balances
    }


def _told(one: _Refusal, ways: _Ways) -> Refused:
    resource = one.source.resource if one.source else one.cost.resource
    values = {
        "resource": resource_name(resource),
        "amount": said_cents(one.cents),
        "cost": one.cost.title,
        "year": as_year(ways.fiscal_year),
    }
    return Refused.model_validate(
        {
            "kind": one.kind,
            "option": one.source.key if one.source else None,
            "pays": one.cost.key,
            "resource": resource,
            "amount": dollars(one.cents),
            "reason": _reason(one, ways, values),
            "alternatives": tuple(_alternatives(one, resource, ways, values)),
        }
    )


REASONS: Mapping[str, str] = {
    "restricted_for_unrestricted": sentence(
        "A saving of {resource} never pays an unrestricted cost: {amount} do not pay {cost} in {year}."
    )["text"],
    "other_resource": sentence(
        "Money of {resource} stays in its own resource: {amount} do not pay {cost} in {year}."
    )["text"],
    "short": sentence(
        "{resource} has {amount} too little for {cost} in {year}; they fall on unrestricted money."
    )["text"],
    "unknown": sentence(
        "The rule of {resource} was not read: it pays for nothing until someone at the district confirms "
        "what it may pay for. {amount} of {cost} fall on unrestricted money in {year}."
    )["text"],
    "ended": sentence(
        "{resource} could be spent through {through}: {amount} of {cost} fall on unrestricted money in "
        "{year}."
    )["text"],
    "no_account": sentence(
        "It is not said where {cost} stands in the accounts, so {resource} may not pay for it: {amount} "
        "fall on unrestricted money in {year}."
    )["text"],
    "outside": sentence("{resource} may not pay for {cost}: {amount} fall on unrestricted money in {year}.")[
        "text"
    ],
}


def _reason(one: _Refusal, ways: _Ways, values: Mapping[str, object]) -> Message:
    rule = ways.rules.of(one.cost.resource, ways.fiscal_year)
    why = one.kind
    if why == "rule" and rule.standing in {"unknown", "ended"}:
        why = rule.standing
    elif why == "rule":
        why = "no_account" if one.cost.account is None else "outside"
    through = {"through": as_year(rule.through)} if why == "ended" and rule.through else {}
    return {"text": REASONS[why], "values": {**values, **through}}


def _alternatives(
    one: _Refusal, resource: str, ways: _Ways, values: Mapping[str, object]
) -> Iterator[Alternative]:
    if one.source is not None:
        yield from _moved(one, resource, ways, values)
        if ways.rules.may_pay(resource, ways.fiscal_year, one.cost):
            yield Alternative(
                kind="charge_resource",
                message=sentence("{resource} may pay for {cost} itself: plan its cost there.", **values),
                amount=dollars(one.cents),
                resource=resource,
            )
    else:
        yield from _elsewhere(one, ways, values)
    if ways.rules.of(resource, ways.fiscal_year).standing == "unknown":
        yield Alternative(
            kind="confirm",
            message=sentence(
                "Have someone at the district confirm, with a document, what {resource} may pay for.",
                **values,
            ),
            amount=dollars(one.cents),
            resource=resource,
        )
    yield _unrestricted(one, ways, values)


def _moved(one: _Refusal, resource: str, ways: _Ways, values: Mapping[str, object]) -> Iterator[Alternative]:
    """Yield the existing unrestricted costs that the money could carry; each cent is offered once."""
    wanted, lines, rest = one.cents, [], []
    for line, room in ways.lines.get(resource, []):
        taken = min(wanted, room)
        wanted -= taken
        if taken:
            lines.append(
                CostLine(
                    name=line.name,
                    account=line.account,
                    amount=dollars(taken),
                    reason=line.reason,
                    conditions=line.conditions,
                )
            )
        if room > taken:
            rest.append((line, room - taken))
    ways.lines[resource] = rest
    if lines:
        freed = one.cents - wanted
        yield Alternative(
            kind="move_costs",
            message=sentence(
                "Let {resource} carry {moved} of unrestricted costs that it may pay for; that frees as much "
                "unrestricted money for {cost}.",
                **values,
                moved=said_cents(freed),
            ),
            amount=dollars(freed),
            resource=resource,
            lines=tuple(lines),
        )


def _elsewhere(one: _Refusal, ways: _Ways, values: Mapping[str, object]) -> Iterator[Alternative]:
    """Yield the restricted resource with the most money left that may carry the cost."""
    able = [
        (row.after, name)
        for name, row in ways.at.rows.items()
        if name not in {UNRESTRICTED, one.cost.resource}
        and row.after > 0
        and ways.rules.may_pay(name, ways.fiscal_year, one.cost)
    ]
    if able:
        room, name = max(able, key=lambda each: (each[0], each[1]))
        yield Alternative(
            kind="charge_resource",
            message=sentence(
                "{other} may pay for {cost} and has {room} left: plan its cost there.",
                **values,
                other=resource_name(name),
                room=said_cents(room),
            ),
            amount=dollars(min(room, one.cents)),
            resource=name,
        )


def _unrestricted(one: _Refusal, ways: _Ways, values: Mapping[str, object]) -> Alternative:
    """Return an unrestricted option that is not played, the smallest that is enough; else the balance."""
    enough = [each for each in ways.unplayed if each[0] >= one.cents]
    if ways.unplayed:
        cents, option = enough[0] if enough else ways.unplayed[-1]
        return Alternative(
            kind="play_unrestricted",
            message=sentence(
                "Play {option}: it brings {brings} of unrestricted money, which may pay for anything.",
                option=option.title,
                brings=said_cents(cents),
            ),
            amount=dollars(min(cents, one.cents)),
            option=option.key,
        )
    return Alternative(
        kind="bear_unrestricted",
        message=sentence(
            "Let unrestricted money bear {amount} of {cost}, or plan less of it; the year's reserve shows "
            "what that leaves.",
            **values,
        ),
        amount=dollars(one.cents),
    )
