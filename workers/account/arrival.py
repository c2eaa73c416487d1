"""Moving in: an archive is checked to the last byte, then becomes a district here, whole or not at all.

Numbers: records keep theirs, because a district's keys all begin with the district, and because frozen
documents name records by number and are proved by a digest. The district and its people get new numbers,
since
both are counted over the whole platform. The record of activity keeps its own numbers inside its hashes;
`AuditEra` tells how to read them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import JSON, Insert, Text, bindparam, cast, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from reports.document import canonical_digest
from tenants import audit, chain, lookups
from tenants.accounts import new_id
from tenants.audit import AuditEra
from tenants.base import information_class
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.files import FileStore
from tenants.records.plans import PlanVersion
from tenants.scope import Scope
from tenants.settings import Settings
from workers.account import tables
from workers.account.checking import Checked, DamagedArchiveError, check, rows_of

BATCH = 1000
ENDED = ("waiting", "dispatched", "running")


@dataclasses.dataclass(frozen=True)
class Arrived:
    """A district that moved in."""

    district_id: int
    name: str
    rows: int
    files: int
    people: int
    known_people: int
    """How many of the people had an account here already, by their address."""
    head: str
    """Hash of the last entry that came along, which is the one the archive promised."""


def move_in(settings: Settings, path: Path) -> Arrived:
    """Make a district of an archive.

    Args:
        settings: The platform, with the owner's address: numbers of records are taken out of use there.
        path: The archive.

    Raises:
        DamagedArchiveError: The archive is not whole, or is none of ours; nothing was saved.
        NotPossibleError: A district with its CDS code is here already; nothing was saved.
    """
    database, files = Database(settings.database_app_url, pool_size=2), FileStore(settings.files)
    try:
        with zipfile.ZipFile(_opened(path)) as archive:
            checked = check(archive)
            _refuse_twin(database, checked)
            _reserve(settings, checked.highest_id)
            with database.transaction(None) as session:
                district_id = int(session.execute(text("SELECT nextval('organization_id')")).scalar_one())
            try:
                _keep_files(archive, checked, files, district_id)
                return _Move(archive, checked, database, district_id).run()
            except BaseException:
                files.remove_all(district_id)
                raise
    finally:
        database.close()


def _opened(path: Path) -> Path:
    if not zipfile.is_zipfile(path):
        raise DamagedArchiveError("This is no ZIP file, or its end is missing.")
    return path


def _refuse_twin(database: Database, checked: Checked) -> None:
    code = checked.district["cds_code"]
    if lookups.district_by_code(database, code) is not None:
        raise NotPossibleError("A district with the CDS code {found} is here already.", found=code)


def _reserve(settings: Settings, highest: int) -> None:
    """Take the archive's numbers of records out of use, so that no new record meets an old one's number."""
    with psycopg.connect(settings.database_url, autocommit=True) as owner:
        drawn = owner.execute("SELECT nextval('record_id')").fetchone()
        if drawn is not None and drawn[0] <= highest:
            owner.execute("SELECT setval('record_id', %s)", [highest])


def _keep_files(archive: zipfile.ZipFile, checked: Checked, files: FileStore, district_id: int) -> None:
    for entry in checked.files:
        with archive.open(entry["path"]) as stream:
            kept = files.keep(district_id, stream)
        if kept.sha256 != entry["sha256"]:
            raise DamagedArchiveError(f"{entry['path']}: the file changed while it was read.")


def _insertion(part: tables.Part) -> Insert:
    """Return the statement that adds a row; JSON comes as text, so that an empty one stays empty."""
    documents = {
        column.name: cast(bindparam(column.name, type_=Text), JSONB)
        for column in part.columns
        if isinstance(column.type, JSON)
    }
    return insert(part.table).values(documents) if documents else insert(part.table)


class _Move:
    """One move: which number of a person there is which here."""

    def __init__(
        self, archive: zipfile.ZipFile, checked: Checked, database: Database, district_id: int
    ) -> None:
        self.archive, self.checked, self.database, self.district_id = archive, checked, database, district_id
        self.people: dict[int, int] = {}
        self.strangers: dict[int, int] = {}
        self.known: set[int] = set()
        self.rows = 0

    def run(self) -> Arrived:
        members = [row for _, row in rows_of(self.archive, self.checked, "person")]
        for person in members:
            known = lookups.person_by_address(self.database, person["address"])
            if known is not None:
                self.known.add(person["id"])
                self.people[person["id"]] = known
        try:
            with self.database.transaction(Scope.for_arrival(self.district_id)) as session:
                for person in members:
                    self.people.setdefault(person["id"], new_id(session))
                for part in tables.parts():
                    if part.moving == "moves":
                        self._bring(session, part)
                self._add_era(session)
                head = self._prove(session)
                audit.append(
                    session,
                    Scope.for_arrival(self.district_id),
                    "account:approve",
                    f"organization/{self.district_id}",
                    act="moved_in",
                    number_before=self.checked.number,
                    head=head,
                )
        except DBAPIError as error:
            # The database's own words may hold a row's values; the table and the rule are enough.
            diagnosis = getattr(error.orig, "diag", None)
            table = getattr(diagnosis, "table_name", None) or "the archive"
            rule = getattr(diagnosis, "constraint_name", None) or getattr(error.orig, "sqlstate", "")
            raise DamagedArchiveError(f"{table}: a row breaks the rule {rule}.") from None
        return Arrived(
            self.district_id,
            self.checked.district["name"],
            self.rows,
            len(self.checked.files),
            len(members),
            len(self.known),
            head,
        )

    def _bring(self, session: Session, part: tables.Part) -> None:
        batch: list[dict[str, Any]] = []
        for _, row in rows_of(self.archive, self.checked, part.name):
            if part.name == "person" and row["id"] in self.known:
                continue
            batch.append(self._here(session, part, row))
            if len(batch) == BATCH:
                session.execute(_insertion(part), batch)
                batch = []
            self.rows += 1
        if batch:
            session.execute(_insertion(part), batch)

    def _here(self, session: Session, part: tables.Part, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row with this platform's numbers."""
        name = part.name
        here = dict(row, **tables.opens_nothing(name))
        if information_class(part.table):
            here["district_id"] = self.district_id
        for column in tables.PEOPLE.get(name, ()):
            here[column] = self._person(session, row[column])
        for column in tables.ORGANIZATIONS.get(name, ()):
            here[column] = self.district_id if row[column] == self.checked.number else None
        if name in tables.STORED:
            here[tables.STORED[name]] = self._place(row[tables.STORED[name]])
        change = getattr(self, f"_change_{name}", None)
        if change is not None:
            change(session, here)
        for document in part.columns:
            if isinstance(document.type, JSON) and here[document.name] is not None:
                here[document.name] = json.dumps(here[document.name], ensure_ascii=False)
        return here

    def _person(self, session: Session, number: int | None) -> int | None:
        """Return a person's number here. Who is not the district's gets one that belongs to nobody."""
        if number is None or number in self.people:
            return None if number is None else self.people[number]
        if number not in self.strangers:
            self.strangers[number] = new_id(session)
        return self.strangers[number]

    def _place(self, key: str) -> str:
        return f"{self.district_id}/{key.partition('/')[2]}" if key else key

    # What single tables need beside.

    def _change_organization(self, _session: Session, here: dict[str, Any]) -> None:
        here["id"] = self.district_id

    def _change_person(self, _session: Session, here: dict[str, Any]) -> None:
        here["id"] = self.people[here["id"]]

    def _change_membership(self, session: Session, here: dict[str, Any]) -> None:
        here["id"] = new_id(session)

    def _change_job(self, _session: Session, here: dict[str, Any]) -> None:
        if here["state"] in ENDED:
            here["state"] = "cancelled"
            here["lease_until"] = None
        if here["result"] and "storage_key" in here["result"]:
            here["result"] = {
                **here["result"],
                "storage_key": self._place(str(here["result"]["storage_key"])),
            }

    def _change_share_link(self, _session: Session, here: dict[str, Any]) -> None:
        # The addresses that readers hold lead to the other platform.
        here["revoked_at"] = here["revoked_at"] or self.checked.written_at

    def _change_comment_event(self, session: Session, here: dict[str, Any]) -> None:
        if here["what"] == "assigned":
            here["detail"] = {
                key: self._person(session, value) if key in {"before", "after"} else value
                for key, value in here["detail"].items()
            }

    def _change_audit_era(self, _session: Session, here: dict[str, Any]) -> None:
        here["people"] = {
            number: self.people[there] for number, there in here["people"].items() if there in self.people
        }

    # The record of activity, and the proof.

    def _add_era(self, session: Session) -> None:
        entries = self.checked.record["entries"]
        if entries:
            session.add(
                AuditEra(
                    district_id=self.district_id,
                    through=entries,
                    district_number=self.checked.number,
                    people={str(there): here for there, here in self.people.items()},
                )
            )
            session.flush()

    def _prove(self, session: Session) -> str:
        """Compare what was written with what the archive promises; return the head of the record.

        Raises:
            DamagedArchiveError: The record of activity breaks, or a frozen plan is not what its digest says.
        """
        found = chain.verify(session, self.district_id)
        promised = self.checked.record
        if promised["unbroken"] and not found.whole:
            raise DamagedArchiveError(
                f"audit_entry: the record of activity breaks at entry {found.broken_at}."
            )
        if (found.entries, found.head) != (promised["entries"], promised["head"]):
            raise DamagedArchiveError(
                "audit_entry: the record of activity does not end as the manifest says."
            )
        versions = select(PlanVersion).where(PlanVersion.district_id == self.district_id)
        with contextlib.closing(session.scalars(versions.execution_options(yield_per=1))) as found_versions:
            for version in found_versions:
                if canonical_digest(version.content) != version.digest:
                    raise DamagedArchiveError(
                        f"plan_version {version.number}: the text is not what its digest says."
                    )
        return found.head
