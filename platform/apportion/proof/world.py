"""The proof's own districts, facilitator and people, with a token for each of them.

Nobody can sign in as these people: they have no password, only tokens that end with the proof. A platform
that is proved twice keeps one set of these organizations; they are found again by their codes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from apportion.proof import rows, shapes
from apportion.proof.asking import COOKIE
from apportion.proof.reading import CABINET, SUPPORT, Standing
from tenants import accounts, joining, lookups, support
from tenants.database import Database
from tenants.files import FileStore
from tenants.limits import DEPARTMENTS
from tenants.organizations import (
    Cohort,
    Engagement,
    EngagementCoach,
    Membership,
    Organization,
)
from tenants.people import ApiToken, Person
from tenants.scope import Scope, resolve
from tenants.settings import Settings

Keys = tuple[str, str, str]
"""A token that reads, a token that writes, and the cookie of a signed-in device."""
LEVELS = (1, 2, 3, 4)
SHUT = ("ended", "not begun", "ran out")
"""Engagements that give nothing."""
PLACES = ("own", "other", *(f"level {level}" for level in LEVELS), *SHUT)
_CODE = "9900000000{:04d}"
"""A CDS code of no county: 99 and ten zeros begin the codes of the proof's districts."""
_NAMES = "Isolation proof"
_HOME = "apportion.invalid"
_KEPT_FOREVER = frozenset(
    {name for name in rows.DISTRICT_TABLES if rows.TABLES[name].info.get("append_only")} | {"audit_head"}
)
"""Tables of which nothing is ever removed."""


@dataclasses.dataclass(frozen=True)
class Actor:
    """A person of the proof, and the tokens that act for the person."""

    role: str
    steward: bool
    contributor: bool
    former: bool
    unnamed: bool
    """A coach whom no engagement names."""
    reads: str
    """A token that may only read."""
    writes: str
    session: str
    """The cookie of a device on which the person is signed in."""
    support: str = ""
    """Which of the grants of SUPPORT the operator's person has in the own district; empty for none."""

    def key(self, path: str, *, writing: bool = False) -> str:
        """Return what opens an address: on pages the person's own device, elsewhere a program's token."""
        if not path.startswith("/api/"):
            return self.session
        return self.writes if writing else self.reads

    def standings(self) -> Iterator[Standing]:
        """Yield everywhere this person is tried."""
        for place in self._places():
            yield Standing(self.role, place, self.steward, self.contributor, self.former)

    def _places(self) -> tuple[str, ...]:
        if self.unnamed:
            return ("not named",)
        if self.role in {"FLD", "FCO"}:
            return (*PLACES[1:], "house")
        if self.support:
            return (f"support {self.support}",)
        if self.role == "PAD":
            return ("other", "house")
        return ("own", "other", "house")


@dataclasses.dataclass
class World:
    """Everything that the proof made."""

    actors: list[Actor]
    districts: dict[str, int]
    """District of each place; `not named` is the one of level 4."""
    rows: dict[str, rows.Rows]
    """Rows of the own and of the other district, with ids."""
    marks: dict[str, str]
    """What only the texts of a place's district hold."""
    heads: dict[str, Scope]
    """A steward's scope in each place's district."""
    head_tokens: dict[str, str]
    """The token of that steward, which may write."""
    head_sessions: dict[str, str]
    """The cookie of that steward's device."""
    options: dict[str, int]
    """An option of each department in the own district, by the role of its head."""

    def ids(self, place: str, role: str = "") -> dict[str, int]:
        """Return a record's id for each table of a place's district; of the own where a place has no rows.

        Args:
            place: of the district.
            role: whose department's records they are, where records have a department.
        """
        held = self.rows.get(place, self.rows["own"])
        found = {table: rows_[0]["id"] for table, rows_ in held.items() if rows_ and rows_[0].get("id")}
        if place == "own" and role in self.options:
            found["option"] = self.options[role]
        return found


@contextlib.contextmanager
def world(
    database: Database, settings: Settings, cookie: Callable[[str], str], *, lasting: bool, also: str = ""
) -> Iterator[World]:
    """Make the proof's organizations and people.

    Args:
        database: the platform's database.
        settings: of the platform: where it keeps districts' files.
        cookie: makes the cookie that holds a device's token.
        lasting: whether the platform stays after the proof: then no row is made that could not be removed
            again, and everything is put away in the end.
        also: words that stand in the plans beside the marks.
    """
    builder = _Builder(database, FileStore(settings.files), cookie, lasting=lasting, also=also)
    try:
        yield builder.build()
    finally:
        if lasting:
            builder.put_away()


class _Builder:
    def __init__(
        self,
        database: Database,
        files: FileStore,
        cookie: Callable[[str], str],
        *,
        lasting: bool,
        also: str,
    ) -> None:
        self.database, self.files, self.cookie = database, files, cookie
        self.lasting, self.also = lasting, also
        self.spared = _KEPT_FOREVER if lasting else frozenset()
        self.people: list[tuple[int, int]] = []
        self.supporters: list[Scope] = []
        self.districts: dict[str, int] = {}
        self.facilitator = 0
        self.day = dt.datetime.now(dt.UTC).date()

    def build(self) -> World:
        mark = {place: f"{place.upper()}{secrets.token_hex(5)}" for place in ("own", "other")}
        filled: dict[str, rows.Rows] = {}
        heads: dict[str, Scope] = {}
        head_tokens: dict[str, str] = {}
        head_sessions: dict[str, str] = {}
        for number, place in enumerate(PLACES):
            self.districts[place] = self._district(place, number, mark.get(place, ""))
            name = f"{mark.get(place, place)} head"
            head, tokens = self._person("CBO", self.districts[place], steward=True, name=name)
            head_tokens[place], head_sessions[place] = tokens[1:]
            heads[place] = self._scope(head, self.districts[place])
        self.facilitator = self._facilitator()
        lead, lead_tokens = self._person("FLD", self.facilitator)
        coach, coach_tokens = self._person("FCO", self.facilitator)
        _, stranger_tokens = self._person("FCO", self.facilitator)
        self._engage(heads, coach)
        cohort = self._cohort(lead)
        for place in ("own", "other"):
            filled[place] = self._fill(place, mark[place], heads[place])
            filled[place]["cohort"] = [{"id": cohort}]
        actors = [
            _actor("FLD", lead_tokens),
            _actor("FCO", coach_tokens),
            _actor("FCO", stranger_tokens, unnamed=True),
            _actor("PAD", self._person("PAD", self._operator())[1]),
            *self._of_district(),
            *self._support(heads["own"]),
        ]
        places = {**self.districts, "not named": self.districts["level 4"]}
        places |= {f"support {each}": self.districts["own"] for each in SUPPORT}
        options = self._options(mark["own"], filled["own"])
        return World(actors, places, filled, mark, heads, head_tokens, head_sessions, options)

    def put_away(self) -> None:
        """End grants, tokens, sessions, memberships and engagements, and remove the districts' rows."""
        for own in self.supporters:
            self._end_grants(own)
        for person, organization in self.people:
            with self.database.transaction(Scope.for_person(person)) as session:
                accounts.end_other_sessions(session, person, None)
                session.execute(
                    sa.update(ApiToken)
                    .where(ApiToken.person_id == person, ApiToken.revoked_at.is_(None))
                    .values(revoked_at=sa.func.now())
                )
            self._end_membership(person, organization)
        for district in self.districts.values():
            with self.database.transaction(Scope.for_joining(0, district)) as session:
                session.execute(
                    sa.update(Engagement)
                    .where(Engagement.district_id == district, Engagement.state != "ended")
                    .values(state="ended", ended_at=sa.func.now())
                )
            with self.database.transaction(Scope.for_closing(district)) as session:
                for name in reversed(rows.DISTRICT_TABLES):
                    if name not in self.spared:
                        table = rows.TABLES[name]
                        session.execute(sa.delete(table).where(table.c.district_id == district))
            self.files.remove_all(district)

    def _district(self, place: str, number: int, mark: str) -> int:
        code = _CODE.format(number + 1)
        name = f"{_NAMES} ({place}) {mark}".strip()
        known = lookups.district_by_code(self.database, code)
        if known is None:
            return joining.open_district(self.database, name=name, cds_code=code, invented=True)
        return known

    def _facilitator(self) -> int:
        with self.database.transaction(None) as session:
            found = session.scalar(
                sa.select(Organization.id).where(
                    Organization.kind == "facilitator", Organization.name == _NAMES
                )
            )
        return found or joining.open_facilitator(self.database, name=_NAMES, invented=True)

    def _operator(self) -> int:
        with self.database.transaction(Scope.for_operator()) as session:
            found = session.scalar(
                sa.select(Organization.id).where(Organization.kind == "operator", Organization.name == _NAMES)
            )
        return found or joining.open_operator(self.database, name=_NAMES)

    def _of_district(self) -> Iterator[Actor]:
        """Make the people of the own district: each role plain, as a steward, as a contributor, and gone."""
        own = self.districts["own"]
        for role in ("SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM"):
            yield _actor(role, self._person(role, own)[1])
            yield _actor(role, self._person(role, own, steward=True)[1], steward=True)
            if role in CABINET:
                yield _actor(role, self._person(role, own, contributor=True)[1], contributor=True)
        person, tokens = self._person("CBO", own, steward=True)
        # Who also belongs to the other district acts in one of the two at a time.
        belongs_twice, twice_tokens = self._person("CBO", own)
        self._join(belongs_twice, self.districts["other"], "SUP", steward=True, contributor=False)
        self.people.append((belongs_twice, self.districts["other"]))
        yield _actor("CBO", twice_tokens)
        self._end_membership(person, own)
        yield _actor("CBO", tokens, former=True)

    def _person(
        self,
        role: str,
        organization: int,
        *,
        steward: bool = False,
        contributor: bool = False,
        name: str = "",
    ) -> tuple[int, Keys]:
        """Make a person with a role; return the id and the keys."""
        number = len(self.people) + 1
        address = f"proof-{number}@{_HOME}"
        found = lookups.person_by_address(self.database, address)
        person = found if found is not None else self._new_id()
        with self.database.transaction(Scope.for_person(person)) as session:
            if found is None:
                accounts.add_person(
                    session, person, address=address, name=f"{_NAMES} {number}", language="en"
                )
            session.execute(
                sa.update(Person).where(Person.id == person).values(name=name or f"{_NAMES} {number}")
            )
        self._join(person, organization, role, steward=steward, contributor=contributor)
        self.people.append((person, organization))
        return person, self._keys(self._scope(person, organization))

    def _new_id(self) -> int:
        with self.database.transaction(None) as session:
            return accounts.new_id(session)

    def _join(self, person: int, organization: int, role: str, *, steward: bool, contributor: bool) -> None:
        values: dict[str, Any] = {
            "role": role,
            "steward": steward,
            "contributor": contributor,
            "ended_at": None,
        }
        who = (Membership.person_id == person, Membership.organization_id == organization)
        with self.database.transaction(Scope.for_joining(person, organization)) as session:
            if session.scalar(sa.select(Membership.id).where(*who)) is None:
                session.add(Membership(person_id=person, organization_id=organization, **values))
            else:
                session.execute(sa.update(Membership).where(*who).values(**values))

    def _end_membership(self, person: int, organization: int) -> None:
        with self.database.transaction(Scope.for_joining(person, organization)) as session:
            session.execute(
                sa.update(Membership)
                .where(Membership.person_id == person, Membership.organization_id == organization)
                .values(ended_at=sa.func.now())
            )

    def _scope(self, person: int, organization: int) -> Scope:
        found = resolve(self.database, person, organization)
        if found is None:
            raise LookupError(f"person {person} does not belong to organization {organization}")
        return found

    def _keys(self, scope: Scope) -> Keys:
        with self.database.transaction(scope) as session:
            reads, writes = (
                accounts.create_api_token(session, scope, name=_NAMES, days=1, read_only=read_only)
                for read_only in (True, False)
            )
        person = scope.person_id or 0
        with self.database.transaction(Scope.for_person(person)) as session:
            device = accounts.open_session(session, person, _NAMES, scope.organization_id)
        return reads, writes, COOKIE + self.cookie(device)

    def _support(self, head: Scope) -> Iterator[Actor]:
        """Make a person of the operator for each thing that may become of a support grant."""
        operator = self._operator()
        for kind, areas in SUPPORT.items():
            person, keys = self._person("PAD", operator)
            if areas:
                self.supporters.append(self._scope(person, operator))
                self._grant(self.supporters[-1], head, kind, areas)
            yield _actor("PAD", keys, support=kind)

    def _grant(self, own: Scope, head: Scope, kind: str, areas: tuple[str, ...]) -> None:
        """Ask the district to let a person of the operator look, and let of that become what `kind` says."""
        wish = support.Wish("Whether the proof holds for support too.", areas, 1)
        district = head.organization_id
        self._end_grants(own)
        acting = own.deciding_in(district or 0)
        with self.database.transaction(acting) as session:
            number = support.request(session, acting, cds_code="", district_id=district, wish=wish)
        if kind == "requested":
            return
        with self.database.transaction(head) as session:
            if kind == "expired":
                ends = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
                times = {"starts_at": ends - dt.timedelta(hours=1), "ends_at": ends}
                table = rows.TABLES["support_grant"]
                change = sa.update(table).where(table.c.id == number)
                session.execute(change.values(state="active", **times))
            else:
                support.accept(session, head, number)
        if kind == "ended":
            with self.database.transaction(head) as session:
                support.end(session, head, number)

    def _end_grants(self, own: Scope) -> None:
        with self.database.transaction(own) as session:
            found = [
                grant.id
                for grant in support.of_organization(session, own.organization_id or 0)
                if grant.person_id == own.person_id and grant.state in support.OPEN
            ]
        for number in found:
            support.decide_as_operator(self.database, own, number, support.end)

    def _engage(self, heads: dict[str, Scope], coach: int) -> None:
        """Let the facilitator in: at each level, and where it gives nothing (any more, or yet)."""
        day, far = dt.timedelta(days=1), dt.timedelta(days=300)
        cases = {f"level {level}": (level, "active", -day, far) for level in LEVELS}
        cases |= {
            "ended": (4, "ended", -day, far),
            "not begun": (4, "active", 2 * day, far),
            "ran out": (4, "active", -far, -2 * day),
        }
        for place, (level, state, start, end) in cases.items():
            with self.database.transaction(heads[place]) as session:
                engagement = Engagement(
                    district_id=self.districts[place],
                    facilitator_id=self.facilitator,
                    level=level,
                    state=state,
                    starts_on=self.day + start,
                    ends_on=self.day + end,
                    offered_by=heads[place].person_id,
                )
                session.add(engagement)
                session.flush()
                session.add(EngagementCoach(engagement_id=engagement.id, person_id=coach))

    def _cohort(self, lead: int) -> int:
        scope = self._scope(lead, self.facilitator)
        with self.database.transaction(scope) as session:
            cohort = Cohort(facilitator_id=self.facilitator, name=_NAMES, fiscal_year="2026-27")
            session.add(cohort)
            session.flush()
            return cohort.id

    def _fill(self, place: str, mark: str, head: Scope) -> rows.Rows:
        district = self.districts[place]
        found: rows.Rows = {"organization": [{"id": district}], "person": [{"id": head.person_id}]}
        kept = self.files.keep(district, io.BytesIO(f"{mark} file".encode()))
        version: dict[str, Any] = {"content": shapes.plan_document(mark, self.also).to_json()}
        if not self.lasting:
            # What is published stays for ever.
            version |= {"state": "published", "published_at": dt.datetime.now(dt.UTC)}
        given = {
            "source_file": {"storage_key": kept.key, "sha256": kept.sha256, "size": kept.size},
            "plan_version": version,
        }
        with self.database.transaction(Scope.for_upkeep(district)) as session:
            rows.fill(session, mark, found, but=self.spared, given=given)
        return found

    def _options(self, mark: str, held: rows.Rows) -> dict[str, int]:
        """Add an option of each department: a head changes the own one and not another's."""
        table = rows.TABLES["option"]
        added = {}
        with self.database.transaction(Scope.for_upkeep(self.districts["own"])) as session:
            for role, department in DEPARTMENTS.items():
                row = rows.new_row(table, mark, 0, held) | {"department": department}
                added[role] = session.execute(sa.insert(table).values(row).returning(table.c.id)).scalar_one()
        return added


def _actor(
    role: str,
    keys: Keys,
    *,
    steward: bool = False,
    contributor: bool = False,
    former: bool = False,
    unnamed: bool = False,
    support: str = "",
) -> Actor:
    return Actor(role, steward, contributor, former, unnamed, *keys, support=support)
