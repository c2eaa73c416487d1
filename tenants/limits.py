"""The grammar of the permission matrix: acts, limits, and what each limit asks of actor and record.

A cell is a dash (nothing), or clauses divided by commas. A clause is acts followed by limits, all of which
hold:

    cell   = "–" | clause {", " clause}
    clause = act {" " act} {" " limit}
    act    = a run of the letters of ACTS, such as VCE, or one of its words, such as suggest
    limit  = a word of LIMITS, or "e" with the engagement level from which on it holds, such as e3

So "VE o, A St" reads: sees, changes the own, approves as a steward. Where a clause has V beside other acts,
the limits of BESIDE_VIEW bind the other acts alone; limits that begin with "as_" bind C alone, and "o"
never binds C.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

from tenants.language import N_
from tenants.scope import Scope

ACTS = {
    "V": "view",
    "C": "create",
    "E": "edit",
    "R": "run",
    "A": "approve",
    "S": "share",
    "M": "manage",
    "X": "export",
    "D": "remove",
    "suggest": "suggest",
    "comment": "comment",
    "request": "request",
    "join": "join",
    "tag": "tag",
    "use": "use",
    "carry_out": "carry_out",
}
"""Each act, and the verb that a permission's name ends with."""
LETTERS = frozenset(act for act in ACTS if len(act) == 1)

Reach = Literal[
    "progress",
    "cabinet",
    "staff",
    "personnel",
    "small_group",
    "confidential",
    "board",
    "published",
    "principal",
]
"""The arrays of districts that a scope carries; the information class of a line is one of them."""

DEPARTMENTS = {
    "SUP": "superintendent",
    "CBO": "finance",
    "CAO": "instruction",
    "HR": "human_resources",
    "SED": "special_education",
}
"""The department of each head, and of the head's contributors, who carry the same role."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of the record at hand; what is not known counts against the actor."""

    record: str | None = None
    """Kind and id, as `option/1042`: what named access may name."""
    district_id: int | None = None
    department: str | None = None
    """One of DEPARTMENTS' values."""
    owners: frozenset[int] = frozenset()
    """People whose own item it is: who made it, who owns it, who did it."""
    assigned: frozenset[int] = frozenset()
    invited: frozenset[int] = frozenset()
    school: str | None = None
    """School code of four digits."""
    made_as: str | None = None
    """What a new record is made as: `as_idea`, `as_request` and the like."""
    part: str | None = None
    released: bool = False
    suppressed: bool = False
    published: bool = False
    answered: bool = False
    """Whether the actor has given the own answer."""
    revealed: bool = False
    closed: bool = False
    public: bool = False
    shared: bool = False
    second: bool = False
    """Whether another person has done the same before, where it takes two."""


@dataclasses.dataclass(frozen=True)
class Limit:
    """One limit: its meaning as a sentence, and the rule that decides it from scope and record.

    A limit without a rule is a view of less than the record: only a route that serves it keeps to it.
    """

    meaning: str
    rule: Callable[[Scope, Facts], bool] | None = None
    opens: Reach | None = None
    """The array that suffices under this limit, in place of the one of the line's information class."""


def _own(scope: Scope, facts: Facts) -> bool:
    mine = scope.person_id is not None and scope.person_id in facts.owners
    department = DEPARTMENTS.get(scope.role or "")
    return mine or (department is not None and department == facts.department)


def _named(scope: Scope, facts: Facts) -> bool:
    return facts.record is not None and facts.record in scope.named


def _among(scope: Scope, people: frozenset[int]) -> bool:
    return scope.person_id is not None and scope.person_id in people


def _made(word: str) -> Callable[[Scope, Facts], bool]:
    return lambda _scope, facts: facts.made_as == word


LIMITS: dict[str, Limit] = {
    # Decided from the scope alone.
    "St": Limit(N_("only for a steward"), lambda scope, _: scope.steward),
    "e": Limit(N_("as the engagement's level allows")),
    "g": Limit(N_("only under an open support grant"), lambda scope, _: scope.support_grant is not None),
    # Decided from the record.
    "n": Limit(N_("only for people named for it, until a date"), _named, "progress"),
    "o": Limit(N_("of the own department, section or item only"), _own),
    "own_school": Limit(
        N_("of the own school only"), lambda s, f: f.school is not None and f.school in s.schools, "progress"
    ),
    "own_row": Limit(
        N_("the own district's place only"),
        lambda s, f: f.district_id is not None and f.district_id == s.organization_id,
    ),
    "own_org": Limit(
        N_("for the own organization only"),
        lambda s, f: f.district_id is not None and f.district_id == s.organization_id,
    ),
    "own_acts": Limit(N_("the own acts only"), lambda s, f: _among(s, f.owners)),
    "assigned": Limit(N_("only what was assigned to the person"), lambda s, f: _among(s, f.assigned)),
    "invited": Limit(N_("only for people invited to it"), lambda s, f: _among(s, f.invited)),
    "two": Limit(N_("only by two people together"), lambda _, f: f.second),
    "second_person": Limit(
        N_("only by somebody else than its author"),
        lambda s, f: bool(f.owners) and s.person_id is not None and s.person_id not in f.owners,
    ),
    "after_own": Limit(N_("only after giving the own answer"), lambda _, f: f.answered),
    "after_reveal": Limit(N_("only after the reveal"), lambda _, f: f.revealed),
    "after_closing": Limit(N_("only after the window has closed"), lambda _, f: f.closed),
    "public_exercise": Limit(N_("only in a public exercise"), lambda _, f: f.public),
    "team": Limit(
        N_("only for the team that studies it"),
        lambda s, f: f.record in {f"option/{option}" for option in s.team_options},
    ),
    "shared": Limit(N_("only where the coach shares it"), lambda _, f: f.shared),
    "published": Limit(N_("only what is published"), lambda _, f: f.published, "published"),
    "pay": Limit(N_("salary and benefits only"), lambda _, f: f.part == "pay"),
    "r": Limit(N_("only what is released to them"), lambda _, f: f.released, "published"),
    "s": Limit(N_("only with small groups protected"), lambda _, f: f.suppressed),
    # A view of less than the record.
    "state": Limit(N_("the state only")),
    "summary": Limit(N_("a summary only")),
    "dates": Limit(N_("the dates only"), opens="published"),
    "existence": Limit(N_("only that it exists")),
    "name_size": Limit(N_("name and size only")),
    "answers": Limit(N_("the answers that go to all, without who asked"), opens="board"),
    # What a new record is made as.
    "as_request": Limit(N_("only as a request"), _made("as_request")),
    "as_suggestion": Limit(N_("only as a suggestion"), _made("as_suggestion")),
    "as_idea": Limit(N_("only as an idea"), _made("as_idea")),
    "as_proposal": Limit(N_("only as a proposal"), _made("as_proposal")),
    "as_copy": Limit(N_("only as a copy"), _made("as_copy")),
    "as_draft": Limit(N_("only as a draft"), _made("as_draft")),
    "as_nudge": Limit(N_("only as a reminder"), _made("as_nudge")),
    "as_invitation": Limit(N_("only as an invitation"), _made("as_invitation")),
    "as_contributors": Limit(N_("only contributors"), _made("as_contributors")),
    "as_community": Limit(N_("only as a member of the community"), _made("as_community")),
}
BESIDE_VIEW = frozenset({"St", "o", "pay", "two", "second_person"})


class CellError(ValueError):
    """A cell that the grammar does not know."""


@dataclasses.dataclass(frozen=True)
class Grant:
    """One cell's leave for one act, with all limits that bind it."""

    limits: tuple[str, ...] = ()
    level: int | None = None
    """Engagement level from which on it holds, or None where no engagement is asked for."""


def parse(cell: str, level: int) -> dict[str, Grant]:
    """Return each act's grant in a cell; `level` is the line's, for a plain `e`.

    Raises:
        CellError: a word is neither act nor limit, an act stands twice, or a limit stands before an act.
    """
    if cell == "–":
        return {}
    grants: dict[str, Grant] = {}
    for clause in cell.split(", "):
        acts, limits, needed = _clause(clause, level)
        for act in acts:
            if act in grants:
                raise CellError(f"{cell!r}: {act} stands twice")
            grants[act] = Grant(_binding(act, acts, limits), needed)
    return grants


def _clause(clause: str, level: int) -> tuple[list[str], list[str], int | None]:
    acts: list[str] = []
    limits: list[str] = []
    needed: int | None = None
    for word in clause.split(" "):
        if word in ACTS and not limits:
            acts.append(word)
        elif word and set(word) <= LETTERS and not limits and word not in LIMITS:
            acts.extend(word)
        elif word in LIMITS:
            limits.append(word)
            needed = level if word == "e" else needed
        elif word[:1] == "e" and word[1:] in {"1", "2", "3", "4"}:
            limits.append("e")
            needed = int(word[1:])
        else:
            raise CellError(f"{clause!r}: {word!r} is no act and no limit")
    if not acts:
        raise CellError(f"{clause!r} names no act")
    return acts, limits, needed


def _binding(act: str, acts: list[str], limits: list[str]) -> tuple[str, ...]:
    def binds(limit: str) -> bool:
        if limit.startswith("as_"):
            return act == "C"
        if limit == "o" and act == "C":
            # What a person makes is the person's own.
            return False
        # Without the steward attribute a cell falls back to viewing, and what is not the own is seen too.
        return not (act == "V" and limit in BESIDE_VIEW and (len(acts) > 1 or limit == "St"))

    return tuple(limit for limit in limits if binds(limit))
