"""Tries cells over HTTP: the decision itself, and the routes that name the permission."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from apportion.proof import agreed, cells, reading
from apportion.proof.agreed import OPEN, AgreedRoute, Matrix, Name
from apportion.proof.asking import Platform, Reply, address
from apportion.proof.cells import Cell
from apportion.proof.reading import Answer, Standing
from apportion.proof.world import Actor, World

THREADS = 6
ACCESS = "/api/v1/access"


@dataclasses.dataclass(frozen=True)
class Wrong:
    """One answer that is not what the matrix says."""

    role: str
    resource: str
    action: str
    standing: str
    method: str
    address: str
    expected: str
    got: str


@dataclasses.dataclass
class Tried:
    """What became of the cells."""

    through_routes: int = 0
    number: int = 0
    empty: int = 0
    wrong: list[Wrong] = dataclasses.field(default_factory=list)
    answers: Counter[str] = dataclasses.field(default_factory=Counter)
    requests: int = 0

    def add(self, cell: Cell, findings: Sequence[tuple[str, Wrong | None]]) -> None:
        """Count a cell and what was answered to it."""
        self.number += 1
        self.empty += cell.empty
        for got, wrong in findings:
            self.requests += 1
            self.answers[got] += 1
            if wrong is not None:
                self.wrong.append(wrong)


@dataclasses.dataclass(frozen=True)
class Question:
    """One request of the proof, for those who watch what else an answer shows."""

    method: str
    path: str
    place: str
    actor: Actor | None
    expected: Answer


Watch = Callable[[Question, Reply], None]


class Trial:
    """Tries cells on a platform.

    Args:
        platform: where to ask.
        world: who asks, and for what.
        watch: told of every answer.
        opens_pages: whether pages that the matrix allows are opened too; marked rows make no real plan, so
            that some of them fail, which a platform with people on it is spared.
    """

    def __init__(self, platform: Platform, world: World, watch: Watch, *, opens_pages: bool) -> None:
        self.platform, self.world, self.watch = platform, world, watch
        self.opens_pages = opens_pages
        self.matrix: Matrix = agreed.matrix()
        self.routes: Sequence[AgreedRoute] = agreed.routes()
        self._decisions: dict[tuple[int, str], dict[str, Any]] = {}

    def run(self, number: int | None, seed: int) -> Tried:
        """Try the cells.

        The decision is compared for every cell of a place that lets the person in. So many cells, or every
        one where `number` is None, are besides tried through a route (or all routes), and so are places that
        let nobody in.
        """
        every = list(cells.every(self.matrix, self.world))
        chosen = cells.sample(every, number, seed)
        drawn = set(chosen)
        others = [cell for cell in every if cell.open and cell not in drawn]
        tried = Tried(through_routes=len(chosen))
        with ThreadPoolExecutor(THREADS) as pool:
            places = {(id(cell.actor), cell.standing.place): cell for cell in every if cell.open}
            list(pool.map(lambda cell: self.decisions(cell.actor, cell.standing.place), places.values()))
            several = pool.map(lambda cell: self._try(cell, seed, every_route=number is None), chosen)
            for cell, findings in zip(chosen, several, strict=True):
                tried.add(cell, findings)
        for cell in others:
            tried.add(cell, [self._decision(cell)])
        return tried

    def drawn(self, number: int | None, seed: int) -> list[AgreedRoute]:
        """Return the routes that are tried outside of cells: all of them, or a share of a small sample."""
        found = list(self.routes)
        if number is not None:
            random.Random(seed).shuffle(found)  # noqa: S311 - see cells
            found = found[: max(20, number)]
        return found

    def decisions(self, actor: Actor, place: str) -> dict[str, Any]:
        """Return the platform's own decision on every permission for a person on a place's pages."""
        key = (id(actor), place)
        if key not in self._decisions:
            query = "" if place == "house" else f"?district_id={self.world.districts[place]}"
            reply = self._ask("GET", ACCESS + query, place, actor, Answer.ALLOWED, actor.reads)
            found = {item["permission"]: item for item in reply.json["items"]} if reply.status == 200 else {}
            self._decisions[key] = found
        return self._decisions[key]

    def _try(self, cell: Cell, seed: int, *, every_route: bool) -> list[tuple[str, Wrong | None]]:
        found = [self._decision(cell)]
        routes = cells.routes_of(self.matrix, self.routes, cell)
        if routes and not every_route:
            dice = random.Random(f"{seed} {cell.permission} {cell.actor.role} {cell.standing}")  # noqa: S311 - see cells
            routes = [dice.choice(routes)]
        for route in routes:
            found += self._route(cell, route)
        return found

    def _decision(self, cell: Cell) -> tuple[str, Wrong | None]:
        """Compare the decision on a cell with the reading of the agreed text."""
        # A name that people use may be wider than the act: what it stands for is what is decided.
        name = reading.name_of(self.matrix, cell.permission) or Name(cell.resource, (cell.act,))
        if not cell.open:
            path = f"{ACCESS}?permission={cell.permission}&district_id={self._district(cell.standing)}"
            reply = self._ask("GET", path, cell.standing.place, cell.actor, Answer.ABSENT, cell.actor.writes)
            return self._judged(cell, "GET", path, Answer.ABSENT, reply)
        held = self.decisions(cell.actor, cell.standing.place).get(cell.permission)
        ways = [frozenset[str](), *(r.serves for r in self.routes if r.permission == cell.permission)]
        wanted = {reading.expected(self.matrix, cell.standing, name, serves) for serves in ways}
        expected = Answer.ALLOWED if Answer.ALLOWED in wanted else Answer.REFUSED
        if held is None:
            got = Answer.UNCLEAR
        elif held["allowed"]:
            got = Answer.ALLOWED
        else:
            got = Answer.REFUSED if held["why"] else Answer.UNCLEAR
        place = "" if cell.standing.place == "house" else f"&district_id={self._district(cell.standing)}"
        path = f"{ACCESS}?permission={cell.permission}{place}"
        wrong = None if got is expected else self._wrong(cell, "GET", path, expected, str(got))
        return str(got), wrong

    def _route(self, cell: Cell, route: AgreedRoute) -> Iterator[tuple[str, Wrong | None]]:
        """Try a route: with the own records, and from the own pages with the other district's."""
        name = reading.name_of(self.matrix, route.permission)
        if name is None:
            return
        expected = reading.expected(self.matrix, cell.standing, name, route.serves)
        place = cell.standing.place
        reads = route.method == "GET"
        path = address(route.path, self._district(cell.standing), self.world.ids(place, cell.actor.role))
        if expected is not Answer.ALLOWED or not reads or self.opens_pages:
            # Where the matrix refuses, a token that may write leaves nothing but the matrix in between; a
            # page's form without its mark is refused after the matrix has allowed, and nothing is written.
            key = cell.actor.key(path, writing=expected is not Answer.ALLOWED)
            reply = self._ask(route.method, path, place, cell.actor, expected, key)
            # A page whose marked record it can make nothing of is not found by whom the matrix allows it.
            unfound = expected is Answer.ALLOWED and reads and reply.answer is Answer.ABSENT
            yield self._judged(cell, route.method, path, Answer.ABSENT if unfound else expected, reply)
        foreign = address(route.path, self._district(cell.standing), self.world.ids("other"))
        if expected is Answer.ALLOWED and reads and place == "own" and foreign != path:
            reply = self._ask("GET", foreign, "other", cell.actor, Answer.ABSENT, cell.actor.key(foreign))
            yield self._judged(cell, "GET", foreign, Answer.ABSENT, reply)

        if expected is Answer.ALLOWED and self._own_alone(cell, route, name):
            # Of another department: the route has let the person in, and the record's facts refuse.
            another = "SUP" if cell.actor.role != "SUP" else "CBO"
            path = address(route.path, self._district(cell.standing), self.world.ids(place, another))
            key = cell.actor.key(path, writing=True)
            reply = self._ask(route.method, path, place, cell.actor, Answer.REFUSED, key)
            yield self._judged(cell, route.method, path, Answer.REFUSED, reply)

    def _own_alone(self, cell: Cell, route: AgreedRoute, name: Name) -> bool:
        """Say whether a route opens the own department's options to the cell, and no others."""
        if cell.standing.place != "own" or "<int:option_id>" not in route.path or "o" not in route.serves:
            return False
        if route.method != "GET":
            # What is sent is read first, and the proof sends nothing that could be kept.
            return False
        return reading.expected(self.matrix, cell.standing, name, route.serves - {"o"}) is Answer.REFUSED

    def _district(self, standing: Standing) -> int:
        return self.world.districts["own" if standing.place == "house" else standing.place]

    def _ask(self, method: str, path: str, place: str, actor: Actor, expected: Answer, key: str) -> Reply:
        reply = self.platform.ask(method, path, key)
        self.watch(Question(method, path, place, actor, expected), reply)
        return reply

    def _judged(
        self, cell: Cell, method: str, path: str, expected: Answer, reply: Reply
    ) -> tuple[str, Wrong | None]:
        got = reply.answer
        wrong = None if got is expected else self._wrong(cell, method, path, expected, reply.said)
        return str(got), wrong

    def _wrong(self, cell: Cell, method: str, path: str, expected: Answer, got: str) -> Wrong:
        return Wrong(
            cell.standing.role,
            cell.resource,
            reading.permission_of("", cell.act)[1:],
            str(cell.standing),
            method,
            path,
            str(expected),
            got,
        )


def changed_routes(trial: Trial, named: Sequence[AgreedRoute]) -> list[str]:
    """Return, in words, which agreed routes name another permission, or serve other limits, than agreed.

    Routes that ask for the matrix are those that the platform itself tells over HTTP; `named` are those of
    the application's code, which also has the routes open to everyone, to readers and to whoever signed in.
    """
    somebody = next(actor for actor in trial.world.actors if actor.role == "CBO" and not actor.former)
    told = {
        (method, route["path"]): (permission, frozenset(route["serves"]))
        for permission, item in trial.decisions(somebody, "own").items()
        for route in item["routes"]
        for method in route["methods"]
    }
    told |= {(r.method, r.path): (r.permission, r.serves) for r in named if r.permission in OPEN}
    said = []
    for route in trial.routes:
        now = told.get((route.method, route.path))
        if now is not None and now != (route.permission, route.serves):
            agreed_then = _words(route.permission, route.serves)
            said.append(f"{route.method} {route.path}: {_words(*now)}; agreed was {agreed_then}")
    return said


def _words(permission: str, serves: frozenset[str]) -> str:
    return permission + (f" (keeps to {', '.join(sorted(serves))})" if serves else "")
