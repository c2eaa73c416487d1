"""What a scope may do, decided from the permission matrix, and the sentences that say so.

A permission is `resource:action`. Nothing is allowed by default: a cell that is empty, a class of information
that the scope does not reach, or a limit that neither the facts of the record nor the asking route keeps to,
refuses. `decide` is the one decision; everything else here asks it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tenants.areas import SUPPORT_AREAS, TOKEN_AREAS
from tenants.language import N_, Message, message
from tenants.limits import ACTS, LIMITS, Facts, Grant, Reach
from tenants.matrix import COLUMNS, RESOURCES, SECTIONS, Resource
from tenants.plain import DOES, PLAIN, SEES
from tenants.scope import (
    CABINET_ROLES,
    CONFIDENTIAL_ROLES,
    FACILITATOR_ROLES,
    PERSONNEL_ROLES,
    SMALL_GROUP_ROLES,
    UPKEEP,
    VISITOR,
    Scope,
)

ROLE_NAMES = {
    "SUP": N_("superintendent"),
    "CBO": N_("chief business official"),
    "CAO": N_("chief academic officer"),
    "HR": N_("human resources head"),
    "SED": N_("special-education director"),
    "PRI": N_("principal"),
    "BRD": N_("board member"),
    "COM": N_("community reviewer"),
    "FLD": N_("facilitator lead"),
    "FCO": N_("facilitator coach"),
    "PAD": N_("platform administrator"),
}
ROLES_BY_KIND = {
    "district": ("SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM"),
    "facilitator": ("FLD", "FCO"),
    "operator": ("PAD",),
}
VERBS = ACTS


class Permission(NamedTuple):
    """What a permission stands for: a line, the acts any of which allows it, and limits it keeps to."""

    key: str
    acts: tuple[str, ...]
    serves: frozenset[str] = frozenset()


def _alias(key: str, letters: str, *serves: str) -> Permission:
    return Permission(key, tuple(letters), frozenset(serves))


ALIASES = {
    # What people call it: the line of the matrix, and the letters any of which allows it.
    "people:invite": _alias("people", "MC", "as_contributors", "o"),
    "engagement:request": _alias("engagement", "C", "as_request"),
    "ledger:load": _alias("ledger", "C"),
    "ledger:map": _alias("ledger", "E"),
    "dataset:certify": _alias("dataset", "A"),
    "dataset:view": _alias("dataset", "VA"),
    "ledger:view": _alias("ledger", "VC"),
    "jobs:cancel": _alias("jobs", "V", "o"),
    "plan:create": _alias("plan_section", "E"),
    "plan:edit": _alias("plan_section", "E", "assigned"),
    "plan:suggest": Permission("plan", ("suggest",)),
    "plan:compare": _alias("comparison", "V"),
    "plan:export": _alias("plan_files", "X"),
    "plan:certify_numbers": _alias("certification", "A"),
    "plan:sign_off": _alias("priorities", "A"),
    "plan:approve": _alias("board_release", "A"),
    "plan:publish": _alias("publication", "S"),
    "plan:open_comment": _alias("publication", "A"),
    "share_link:view": _alias("publication", "A"),
    "share_link:manage": _alias("publication", "A"),
    "process_board:nudge": _alias("process_board", "C", "as_nudge"),
    "public_comments:answer": _alias("public_comments", "E", "o"),
    "public_comments:moderate": _alias("public_comments", "E", "o"),
    "public_comments:tag": Permission("public_comments", ("tag", "E"), frozenset({"o"})),
    "comment_export:export": _alias("comment_export", "X"),
    "cohort_membership:accept": _alias("cohort_membership", "A"),
    "attendance:edit": _alias("ledger", "E"),
    "local_assumptions:propose": _alias("local_assumptions", "CE", "as_suggestion", "o", "pay"),
}

GRANTS: dict[str, dict[str, dict[str, Grant]]] = {key: each.grants for key, each in RESOURCES.items()}
"""Resource, role, act: the grant. What is not here is not allowed."""

PERMISSIONS: dict[str, Permission] = {
    **{
        f"{key}:{verb}": Permission(key, (act,))
        for key, roles in GRANTS.items()
        for act, verb in ACTS.items()
        if any(act in grants for grants in roles.values())
    },
    **ALIASES,
}
"""Every permission that a route may name."""

CONTRIBUTOR_NEVER = frozenset("ASM")


class UnknownPermissionError(LookupError):
    """A permission that the matrix does not have."""


@dataclasses.dataclass(frozen=True)
class Decision:
    """Whether a scope may do something, the sentence that says why, and the limits that bind it."""

    allowed: bool
    why: Message
    limits: tuple[str, ...] = ()
    """Limits of the actor's cell that bind the act."""
    unmet: tuple[str, ...] = ()
    """Those of them that nothing keeps to."""


def permission_of(name: str) -> Permission:
    """Return what a permission's name stands for.

    Raises:
        UnknownPermissionError: the matrix has none of that name.
    """
    try:
        return PERMISSIONS[name]
    except KeyError:
        raise UnknownPermissionError(f"the matrix has no permission {name!r}") from None


def decide(scope: Scope, permission: str, facts: Facts | None = None, serves: Iterable[str] = ()) -> Decision:
    """Decide whether a scope may do something in the district or organization that it views.

    Args:
        scope: who acts.
        permission: `resource:action` of the matrix.
        facts: what is known of the record at hand; limits that speak of the record are decided by it.
        serves: limits that the asking route keeps to by itself: it shows or takes no more than they allow.

    Raises:
        UnknownPermissionError: the matrix has no such permission.
    """
    wanted = permission_of(permission)
    resource = RESOURCES[wanted.key]
    kept = resource.rows | wanted.serves | frozenset(serves)
    decisions = [_decide(scope, resource, act, facts or Facts(), kept, wanted.acts) for act in wanted.acts]
    return next((found for found in decisions if found.allowed), decisions[0])


def allows(scope: Scope, permission: str, facts: Facts | None = None, *, serves: Iterable[str] = ()) -> bool:
    """Say whether a scope may do something; see `decide`."""
    return decide(scope, permission, facts, serves).allowed


def why_not(
    scope: Scope, permission: str, facts: Facts | None = None, *, serves: Iterable[str] = ()
) -> Message:
    """Return the sentence that tells why a scope may not do something, and who may."""
    return decide(scope, permission, facts, serves).why


def own_only(scope: Scope, permission: str) -> bool:
    """Say whether the permission holds for the actor's own department, section, item or acts alone."""
    wanted = permission_of(permission)
    grants = GRANTS[wanted.key].get(scope.role or "", {})
    held = [grants[act] for act in wanted.acts if act in grants]
    return bool(held) and all({"o", "own_acts"} & set(grant.limits) for grant in held)


def _decide(
    scope: Scope,
    resource: Resource,
    act: str,
    facts: Facts,
    kept: frozenset[str],
    acts: tuple[str, ...] = (),
) -> Decision:
    """Decide about one act; `acts` are all that would do, for the sentence that names who may."""
    grant = resource.grants.get(scope.role or "", {}).get(act)
    named = plain(resource.key)
    if scope.token_areas is not None and not _for_programs(scope.token_areas, resource):
        said = message("{resource}: the token does not reach this.", resource=named)
        return Decision(allowed=False, why=said)
    if scope.support_grant is not None:
        return _lent(scope, resource, act)
    if grant is None or scope.role in {UPKEEP, VISITOR}:
        may = _holders(resource, acts or (act,))
        if not may:
            return Decision(allowed=False, why=message("{resource}: nobody may do this.", resource=named))
        said = message(
            "{sentence} You are acting as {role}.",
            sentence=message(_SENTENCES[act], resource=named, roles=_roles(may)),
            role=message(ROLE_NAMES[scope.role]) if scope.role in ROLE_NAMES else message("a visitor"),
        )
        return Decision(allowed=False, why=said)
    found = _refusal(scope, resource, act, grant, facts, kept)
    if found is None:
        return Decision(allowed=True, why=message("You may do this."), limits=grant.limits)
    why, unmet = found
    return Decision(allowed=False, why=why, limits=grant.limits, unmet=unmet)


def _for_programs(areas: tuple[str, ...], resource: Resource) -> bool:
    """Say whether a line stands in one of the areas that a program's token is limited to."""
    return any(resource in TOKEN_AREAS[area][1] for area in areas if area in TOKEN_AREAS)


def _lent(scope: Scope, resource: Resource, act: str) -> Decision:
    """Decide for the operator's person in a district: views of what the support grant names, nothing else."""
    lent = act == "V" and any(resource.key in SUPPORT_AREAS[area][1] for area in scope.support_areas)
    if lent or (act == "use" and resource.key == "support_grant"):
        return Decision(allowed=True, why=message("You may do this."), limits=("g",))
    said = message(
        "{resource}: the district has not opened this to its support.", resource=plain(resource.key)
    )
    return Decision(allowed=False, why=said, limits=("g",), unmet=("g",))


def _refusal(
    scope: Scope, resource: Resource, act: str, grant: Grant, facts: Facts, kept: frozenset[str]
) -> tuple[Message, tuple[str, ...]] | None:
    """Return why a grant does not carry the act, with the limits that are not met; None where it does."""
    named = plain(resource.key)
    if "St" in grant.limits and not scope.steward:
        said = message("{resource}: only a steward of your organization may do this.", resource=named)
        return said, ("St",)
    if scope.contributor and act in CONTRIBUTOR_NEVER:
        return message("{resource}: contributors don't sign, publish or manage.", resource=named), ()
    if grant.level is not None and not _engaged(scope, grant.level):
        said = message(
            "{resource}: the engagement is at level {level}; this needs level {needed}.",
            resource=named,
            level=str(scope.engagement_level or 0),
            needed=str(grant.level),
        )
        return said, ("e",)
    unmet = tuple(
        limit
        for limit in grant.limits
        if limit not in {"St", "e"} and not _met(limit, scope, resource, facts, kept)
    )
    if _within_reach(scope, resource, grant, unmet):
        if not unmet:
            return None
        said = message(
            "{resource}: this role has leave for a part, and this is not it: {limit}.",
            resource=named,
            limit=message(LIMITS[unmet[0]].meaning),
        )
    elif "r" in grant.limits:
        said = message("{resource}: shown once released.", resource=named)
    else:
        said = message("{resource}: this information is not open to this role.", resource=named)
    return said, unmet


def _engaged(scope: Scope, level: int) -> bool:
    """Say whether the engagement reaches a level; outside of a district's pages there is none to ask."""
    return scope.viewed_district_id is None or (scope.engagement_level or 0) >= level


def _met(limit: str, scope: Scope, resource: Resource, facts: Facts, kept: frozenset[str]) -> bool:
    rule = LIMITS[limit].rule
    if limit in kept or (rule is not None and rule(scope, facts)):
        return True
    return limit == "n" and resource.key in scope.named


def _within_reach(scope: Scope, resource: Resource, grant: Grant, unmet: tuple[str, ...]) -> bool:
    """Say whether the class of the records, or a limit that opens another way to them, is within reach."""
    if resource.information is None:
        return True
    ways: list[Reach] = [
        opens for limit in grant.limits if (opens := LIMITS[limit].opens) is not None and limit not in unmet
    ]
    # What is released is read as released, also by who reaches the records behind it.
    if not ways or "n" in grant.limits:
        ways.extend((resource.information, *resource.also))
    return any(scope.viewed_district_id in getattr(scope, way) for way in ways)


# Who may, and what a coach sees: the same decision, asked for a role at its most.


def who_may(permission: str) -> Message:
    """Return the sentence that tells which roles may do something: the answer to "who can see this?"."""
    wanted = permission_of(permission)
    resource = RESOURCES[wanted.key]
    return message(
        _SENTENCES[wanted.acts[0]],
        resource=plain(resource.key),
        roles=_roles(_holders(resource, wanted.acts, wanted.serves)),
    )


def holders(permission: str) -> Message:
    """Return the roles that may do something, as one phrase."""
    wanted = permission_of(permission)
    return _roles(_holders(RESOURCES[wanted.key], wanted.acts, wanted.serves))


def concerned(key: str) -> list[str]:
    """Return the roles that may do anything at all with a resource, in the order of the matrix."""
    return _holders(RESOURCES[key], tuple(ACTS))


def in_words(roles: list[str]) -> Message:
    """Return roles as one phrase: a, b or c."""
    return _roles(roles)


class Cell(NamedTuple):
    """One act of one role on one resource, as the matrix has it."""

    resource: str
    role: str
    act: str
    permission: str
    granted: bool
    limits: tuple[str, ...]
    level: int | None
    information: Reach | None


def cells() -> Iterator[Cell]:
    """Yield every cell of the matrix, act by act: the empty ones too, for acts that the line knows."""
    for resource in RESOURCES.values():
        known = [act for act in ACTS if any(act in grants for grants in resource.grants.values())]
        for role in COLUMNS:
            for act in known:
                grant = resource.grants[role].get(act)
                yield Cell(
                    resource.key,
                    role,
                    act,
                    f"{resource.key}:{ACTS[act]}",
                    grant is not None,
                    grant.limits if grant is not None else (),
                    grant.level if grant is not None else None,
                    resource.information,
                )


def plain(key: str) -> Message:
    """Return what a resource is called to people who don't know the matrix."""
    return message(PLAIN.get(key) or RESOURCES[key].title)


def coach_sees(level: int) -> tuple[list[Message], list[Message]]:
    """Return what an engagement of a level shows a coach and what it never shows, as two lists of titles.

    Worked out from the matrix, so that the statement to the district and the enforcement are one.
    """
    seen: list[Message] = []
    hidden: list[Message] = []
    for resource in _of_districts():
        if _coach_may(level, resource, "VX"):
            seen.append(message(SEES[resource.key]) if resource.key in SEES else plain(resource.key))
        elif not _coach_may(level, resource, "CER"):
            hidden.append(plain(resource.key))
    return seen, hidden


def coach_does(level: int) -> list[Message]:
    """Return what a coach of a level may do there, beyond looking."""
    return [
        message(DOES[resource.key]) if resource.key in DOES else plain(resource.key)
        for resource in _of_districts()
        if _coach_may(level, resource, (*"CERASM", "tag"))
    ]


def _of_districts() -> Iterator[Resource]:
    for _, section in SECTIONS[:-2]:
        yield from section


def _coach_may(level: int, resource: Resource, acts: Iterable[str]) -> bool:
    scope = Scope(
        role="FCO",
        viewed_district_id=1,
        progress=(1,),
        cabinet=(1,) if level >= 2 else (),
        engagement_level=level,
    )
    kept = resource.rows | _served(resource.key)
    return any(_decide(scope, resource, act, Facts(), kept).allowed for act in acts)


@functools.cache
def _served(key: str) -> frozenset[str]:
    """Return the limits that some named permission of a line keeps to."""
    return frozenset().union(*(alias.serves for alias in ALIASES.values() if alias.key == key))


_SENTENCES = {
    "V": N_("{resource}: open to {roles}."),
    "C": N_("{resource}: added by {roles}."),
    "E": N_("{resource}: changed by {roles}."),
    "R": N_("{resource}: done by {roles}."),
    "A": N_("{resource}: signed or approved by {roles}."),
    "S": N_("{resource}: published by {roles}."),
    "M": N_("{resource}: managed by {roles}."),
    "X": N_("{resource}: exported by {roles}."),
    "D": N_("{resource}: withdrawn by {roles}."),
    "suggest": N_("{resource}: changes are suggested by {roles}."),
    "comment": N_("{resource}: commented on by {roles}."),
    "request": N_("{resource}: asked for by {roles}."),
    "join": N_("{resource}: joined by {roles}."),
    "tag": N_("{resource}: sorted by {roles}."),
    "use": N_("{resource}: used by {roles}."),
    "carry_out": N_("{resource}: carried out by {roles}."),
}


def _holders(resource: Resource, acts: tuple[str, ...], serves: frozenset[str] = frozenset()) -> list[str]:
    """Return the roles that may do something when nothing else stands in the way.

    That is: stewards of their district, coaches at the highest level. What is said to people is thereby what
    is enforced.
    """
    return [role for role in COLUMNS if any(_may(role, resource.key, act, serves) for act in acts)]


@functools.cache
def _may(role: str, key: str, act: str, serves: frozenset[str]) -> bool:
    resource = RESOURCES[key]
    grant = resource.grants[role].get(act)
    kept = resource.rows | serves
    return grant is not None and any(
        _refusal(scope, resource, act, grant, Facts(), kept) is None for scope in _at_most(role)
    )


def _at_most(role: str) -> tuple[Scope, ...]:
    """Return the scopes of the most that a role ever reaches: in a district, and outside of one."""
    here = (1,)
    coach = role in FACILITATOR_ROLES
    inside = Scope(
        role=role,
        steward=True,
        viewed_district_id=1,
        progress=here if role != "PAD" else (),
        cabinet=here if role in CABINET_ROLES or coach else (),
        staff=here if role in CABINET_ROLES else (),
        personnel=here if role in PERSONNEL_ROLES else (),
        small_group=here if role in SMALL_GROUP_ROLES else (),
        confidential=here if role in CONFIDENTIAL_ROLES else (),
        board=here if role == "BRD" else (),
        principal=here if role == "PRI" else (),
        published=here,
        engagement_level=4 if coach else None,
    )
    return (inside, Scope(role=role, steward=True)) if coach or role == "PAD" else (inside,)


def _roles(roles: Iterable[str]) -> Message:
    """Return role names as one phrase: "a, b or c"."""
    names = [message(ROLE_NAMES[role]) for role in roles]
    if not names:
        return message("nobody")
    phrase = names[-1]
    for position, name in enumerate(reversed(names[:-1])):
        phrase = (
            message("{first} or {second}", first=name, second=phrase)
            if position == 0
            else message("{first}, {second}", first=name, second=phrase)
        )
    return phrase
