"""What a scope may do, read from the permission matrix, and the sentences that say so.

A permission is `resource:action`. Nothing is allowed by default: a cell that is empty, a limit that the
product can't honour, or a class of information that the scope does not reach, refuses.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable

from tenants.language import N_, Message, message
from tenants.matrix import COLUMNS, PLAIN, REMINDERS, RESOURCES, SECTIONS, Resource
from tenants.scope import (
    CABINET_ROLES,
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
VERBS = {
    "V": "view",
    "C": "create",
    "E": "edit",
    "R": "run",
    "A": "approve",
    "S": "share",
    "M": "manage",
    "X": "export",
    "D": "remove",
}

ALIASES = {
    # What people call it: the line of the matrix, and the letters any of which allows it.
    "people:invite": ("people", "MC"),
    "engagement:request": ("engagement", "C"),
    "ledger:load": ("ledger", "C"),
    "ledger:map": ("ledger", "E"),
    "dataset:certify": ("dataset", "A"),
    "dataset:view": ("dataset", "VA"),
    "ledger:view": ("ledger", "VC"),
    "jobs:cancel": ("jobs", "V"),
    "plan:create": ("plan_section", "E"),
    "plan:edit": ("plan_section", "E"),
    "plan:suggest": ("plan", "V"),
    "plan:compare": ("comparison", "V"),
    "plan:export": ("plan_files", "X"),
    "plan:certify_numbers": ("certification", "A"),
    "plan:sign_off": ("priorities", "A"),
    "plan:approve": ("board_release", "A"),
    "plan:publish": ("publication", "S"),
    "plan:open_comment": ("publication", "A"),
    "share_link:view": ("publication", "A"),
    "share_link:manage": ("publication", "A"),
    "process_board:nudge": ("process_board", "C"),
    "public_comments:answer": ("public_comments", "E"),
    "public_comments:moderate": ("public_comments", "E"),
    "comment_export:export": ("comment_export", "X"),
    "cohort_membership:accept": ("cohort_membership", "A"),
    "attendance:edit": ("ledger", "E"),
}

HONOURED = ("own place", "own row", "own acts", "assigned", "own", "contributors")
"""Limits in words that the rows themselves carry: row-level security or the asking view sees to them."""
UNREACHABLE = re.compile(
    r"\b(n|g|s|own school|own page|after|if|in public|once|as COM|state|existence|name and size|published|"
    r"answers|idea|suggestion|proposal|draft|copy|summary|dates)\b"
)
"""Limits that need something the product does not offer yet; until then the cell refuses."""


@dataclasses.dataclass(frozen=True)
class Grant:
    """One cell's leave for one action, with its limits."""

    steward: bool
    own: bool
    """The action is for the actor's own department, section or item: the view compares the owner."""
    released: bool
    engaged: bool
    level: int
    reachable: bool


def _grant(part: str, resource: Resource) -> Grant:
    words = part.split()
    limits = " ".join(word for word in words if not _letters(word))
    level = re.search(r"\((?:level )?(\d)", limits)
    tokens = set(re.findall(r"[A-Za-z]+", limits))
    honoured = limits
    for phrase in HONOURED:
        honoured = re.sub(rf"\b{phrase}\b(?! (?:school|page))", "", honoured)
    return Grant(
        steward="St" in tokens,
        own="o" in tokens or limits.endswith("own"),
        released="r" in tokens,
        engaged="e" in tokens,
        level=int(level.group(1)) if level else resource.level,
        reachable=not UNREACHABLE.search(honoured),
    )


def _letters(word: str) -> str:
    return word if word and all(letter in VERBS for letter in word) else ""


def _parse(cell: str, resource: Resource) -> dict[str, Grant]:
    """Return each action's grant in a cell; limits hold for all letters of the same part."""
    grants: dict[str, Grant] = {}
    for part in cell.replace("A + X", "AX").split(", "):
        held = "".join(_letters(word) for word in part.split())
        for letter in held:
            grant = _grant(part, resource)
            if letter == "V" and len(held) > 1:
                # "VE o" is: sees all of it, changes the own.
                grant = dataclasses.replace(grant, own=False)
            if letter == "V":
                # Without the steward attribute the cell falls back to viewing.
                grant = dataclasses.replace(grant, steward=False)
            grants[letter] = grant
    return grants


GRANTS: dict[str, dict[str, dict[str, Grant]]] = {
    resource.key: {role: _parse(cell, resource) for role, cell in zip(COLUMNS, resource.cells, strict=True)}
    for resource in RESOURCES.values()
}
"""Resource, role, action letter: the grant. What is not here is not allowed."""

PERMISSIONS: dict[str, tuple[str, str]] = {
    **{
        f"{key}:{verb}": (key, letter)
        for key, roles in GRANTS.items()
        for letter, verb in VERBS.items()
        if any(letter in grants for grants in roles.values())
    },
    **ALIASES,
}
"""Every permission that a route may name."""

CONTRIBUTOR_NEVER = frozenset("ASM")


class UnknownPermissionError(LookupError):
    """A permission that the matrix does not have."""


def _entry(permission: str) -> tuple[Resource, str]:
    try:
        key, letters = PERMISSIONS[permission]
    except KeyError:
        raise UnknownPermissionError(f"the matrix has no permission {permission!r}") from None
    return RESOURCES[key], letters


def allows(scope: Scope, permission: str) -> bool:
    """Say whether a scope may do something in the district or organization that it views."""
    resource, letters = _entry(permission)
    return any(_refusal(scope, resource, letter) is None for letter in letters)


def own_only(scope: Scope, permission: str) -> bool:
    """Say whether the permission holds for the actor's own department, section or item alone."""
    resource, letters = _entry(permission)
    grants = GRANTS[resource.key].get(scope.role or "", {})
    held = [grants[letter] for letter in letters if letter in grants]
    return bool(held) and all(grant.own for grant in held)


def why_not(scope: Scope, permission: str) -> Message:
    """Return the sentence that tells why a scope may not do something, and who may."""
    resource, letters = _entry(permission)
    reasons = [_refusal(scope, resource, letter) for letter in letters]
    found = [reason for reason in reasons if reason is not None]
    if len(found) < len(letters):
        return message("You may do this.")
    return found[0]


def who_may(permission: str) -> Message:
    """Return the sentence that tells which roles may do something: the answer to "who can see this?"."""
    resource, letters = _entry(permission)
    return message(
        _SENTENCES[letters[0]], resource=message(resource.title), roles=_roles(_holders(resource, letters))
    )


def holders(permission: str) -> Message:
    """Return the roles that may do something, as one phrase."""
    resource, letters = _entry(permission)
    return _roles(_holders(resource, letters))


def plain(key: str) -> Message:
    """Return what a resource is called to people who don't know the matrix."""
    return message(PLAIN.get(key) or RESOURCES[key].title)


def coach_sees(level: int) -> tuple[list[Message], list[Message]]:
    """Return what an engagement of a level shows a coach and what it never shows, as two lists of titles.

    Worked out from the matrix, so that the statement to the district and the enforcement are one.
    """
    scope = Scope(
        role="FCO",
        viewed_district_id=1,
        progress=(1,),
        cabinet=(1,) if level >= 2 else (),
        engagement_level=level,
    )
    seen: list[Message] = []
    hidden: list[Message] = []
    for _, section in SECTIONS[:-2]:
        for resource in section:
            sees = any(_refusal(scope, resource, letter) is None for letter in "VCERX")
            (seen if sees else hidden).append(plain(resource.key))
    return seen, hidden


def coach_does(level: int) -> list[Message]:
    """Return what a coach of a level may do there, beyond looking."""
    scope = Scope(
        role="FCO",
        viewed_district_id=1,
        progress=(1,),
        cabinet=(1,) if level >= 2 else (),
        engagement_level=level,
    )
    return [
        message(REMINDERS) if resource.key == "process_board" else plain(resource.key)
        for _, section in SECTIONS[:-2]
        for resource in section
        if any(_refusal(scope, resource, letter) is None for letter in "CERASM")
    ]


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
}


def _refusal(scope: Scope, resource: Resource, letter: str) -> Message | None:
    """Return why a scope may not use an action of a resource, or None where it may."""
    grant = GRANTS[resource.key].get(scope.role or "", {}).get(letter)
    named = message(resource.title)
    if grant is None or (scope.role in {UPKEEP, VISITOR}):
        may = _holders(resource, letter)
        if not may:
            return message("{resource}: nobody may do this.", resource=named)
        return message(
            "{sentence} You are acting as {role}.",
            sentence=message(_SENTENCES[letter], resource=named, roles=_roles(may)),
            role=message(ROLE_NAMES[scope.role]) if scope.role in ROLE_NAMES else message("a visitor"),
        )
    if grant.steward and not scope.steward:
        return message("{resource}: only a steward of your organization may do this.", resource=named)
    if scope.contributor and letter in CONTRIBUTOR_NEVER:
        return message("{resource}: contributors don't sign, publish or manage.", resource=named)
    if not grant.reachable or (letter == "V" and grant.own and not resource.owned):
        return message(
            "{resource}: your role sees a protected part of it only, not this page.", resource=named
        )
    return _beyond_reach(scope, resource, grant, named)


def _beyond_reach(scope: Scope, resource: Resource, grant: Grant, named: Message) -> Message | None:
    district = scope.viewed_district_id
    if grant.engaged and district is not None and (scope.engagement_level or 0) < grant.level:
        return message(
            "{resource}: the district has engaged you at level {level}; this needs level {needed}.",
            resource=named,
            level=str(scope.engagement_level or 0),
            needed=str(grant.level),
        )
    if grant.released:
        if resource.released and district in scope.published:
            return None
        return message("{resource}: shown to you once it is released.", resource=named)
    if resource.information is None:
        return None
    if district is None or district not in getattr(scope, resource.information):
        return message("{resource}: this information is not open to your role.", resource=named)
    return None


def _holders(resource: Resource, letters: str) -> list[str]:
    """Return the roles that may do something when nothing else stands in the way.

    That is: stewards of their district, coaches at the highest level. What is said to people is thereby what
    is enforced.
    """
    return [role for role in COLUMNS if any(_may(role, resource, letter) for letter in letters)]


@functools.cache
def _may(role: str, resource: Resource, letter: str) -> bool:
    granted = letter in GRANTS[resource.key][role]
    return granted and any(_refusal(scope, resource, letter) is None for scope in _at_most(role))


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
        personnel=here if role in PERSONNEL_ROLES else (),
        small_group=here if role in SMALL_GROUP_ROLES else (),
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
