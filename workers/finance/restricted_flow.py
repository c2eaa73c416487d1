"""Dollars of balances put on costs that may carry them: as many as can be, each once, always the same way."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Taken:
    """Cents of one balance put on one cost."""

    balance: int
    cost: int
    cents: int


def put(balances: Sequence[int], costs: Sequence[int], may_pay: Sequence[frozenset[int]]) -> list[Taken]:
    """Put balances on costs so that the most dollars are placed.

    Costs that the same balances may pay are alike, so the flow is found between balances and kinds of costs
    and then dealt out to the costs in their order. Balances are used in the order given; a later one moves an
    earlier one aside only where that places more.

    Args:
        balances: cents, most urgent first.
        costs: cents of each cost.
        may_pay: for each cost the balances, by their place, that may pay for it.
    """
    kinds: dict[frozenset[int], list[int]] = {}
    for cost, payers in enumerate(may_pay):
        if payers and costs[cost] > 0:
            kinds.setdefault(payers, []).append(cost)
    ordered = sorted(kinds, key=lambda payers: (len(payers), sorted(payers)))
    room = [sum(costs[cost] for cost in kinds[payers]) for payers in ordered]
    flow = _most(list(balances), room, ordered)
    return [
        taken
        for kind, payers in enumerate(ordered)
        for taken in _dealt(kinds[payers], costs, {b: flow[b][kind] for b in sorted(payers)})
    ]


def _most(left: list[int], room: list[int], kinds: Sequence[frozenset[int]]) -> list[list[int]]:
    """Return the largest flow from balances to kinds of costs, by augmenting paths from a greedy start."""
    flow = [[0] * len(kinds) for _ in left]
    for balance in range(len(left)):
        for kind, payers in enumerate(kinds):
            if balance in payers:
                cents = min(left[balance], room[kind])
                flow[balance][kind] += cents
                left[balance] -= cents
                room[kind] -= cents
        while left[balance] and (path := _path(balance, room, kinds, flow)):
            _shift(balance, path, left, room, flow)
    return flow


Path = list[tuple[int, int]]
"""Steps of a balance to a kind; between two steps the kind gives back what the next balance put on it."""


def _path(
    start: int, room: Sequence[int], kinds: Sequence[frozenset[int]], flow: list[list[int]]
) -> Path | None:
    came: dict[int, tuple[int, int] | None] = {start: None}
    queue = deque([start])
    while queue:
        balance = queue.popleft()
        for kind, payers in enumerate(kinds):
            if balance not in payers:
                continue
            if room[kind]:
                path = [(balance, kind)]
                while (before := came[path[0][0]]) is not None:
                    path.insert(0, before)
                return path
            for other in sorted(payers):
                if other not in came and flow[other][kind]:
                    came[other] = (balance, kind)
                    queue.append(other)
    return None


def _shift(start: int, path: Path, left: list[int], room: list[int], flow: list[list[int]]) -> None:
    back = [flow[path[step + 1][0]][kind] for step, (_, kind) in enumerate(path[:-1])]
    cents = min(left[start], room[path[-1][1]], *back) if back else min(left[start], room[path[-1][1]])
    for step, (balance, kind) in enumerate(path):
        flow[balance][kind] += cents
        if step + 1 < len(path):
            flow[path[step + 1][0]][kind] -= cents
    left[start] -= cents
    room[path[-1][1]] -= cents


def _dealt(which: Sequence[int], costs: Sequence[int], shares: Mapping[int, int]) -> list[Taken]:
    dealt = []
    open_costs = deque((cost, costs[cost]) for cost in which)
    for balance, share in shares.items():
        left = share
        while left:
            cost, room = open_costs.popleft()
            cents = min(left, room)
            dealt.append(Taken(balance, cost, cents))
            left -= cents
            if room > cents:
                open_costs.appendleft((cost, room - cents))
    return dealt
