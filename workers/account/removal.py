"""Removing a district that two stewards closed: every row, every file, every key; counted again; certified.

It may be killed anywhere and goes on where it stood. What was there is counted first and kept in the
request's
row; that row, the job's own and the organization's go last, in one statement, when nothing else is left.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import sqlalchemy as sa
from redis import Redis
from sqlalchemy.orm import Session

from reports.certificate import print_certificate
from tenants import chain, leaving, signing
from tenants.base import information_class
from tenants.database import Database
from tenants.files import FileStore
from tenants.language import message, translate
from tenants.leaving import AccountRequest
from tenants.organizations import Membership, Organization
from tenants.people import Person
from tenants.scope import Scope
from tenants.settings import Settings
from workers.account import letters, tables
from workers.account.ending import REMOVE
from workers.kinds import JobRefused, RunningJob, job_kind
from workers.mail import Attachment

LAST = ("account_request", "job")
"""Tables whose last rows carry the removal itself."""


class NotEmptyError(RuntimeError):
    """Rows or files of the district were found after the removal; it is begun again."""


@job_kind(
    REMOVE, queue="light", limit_seconds=3 * 3600, attempts=10, rights="upkeep", permission="account:approve"
)
def remove_account(job: RunningJob) -> dict[str, Any] | None:
    """Remove a district whose closing is approved and due.

    Parameters: `request_id`.

    Raises:
        JobRefused: if the closing was stopped or is not due; nothing was removed.
    """
    database = Database(job.settings.database_app_url, pool_size=2, statement_timeout=3600)
    with contextlib.closing(database):
        Removal(job.settings, database, job.district_id, int(job.parameters["request_id"])).run()
    return None


class Removal:
    """The removal of one district."""

    def __init__(self, settings: Settings, database: Database, district_id: int, request_id: int) -> None:
        self.settings, self.database = settings, database
        self.district_id, self.request_id = district_id, request_id
        self.files = FileStore(settings.files)

    def run(self) -> None:
        """Remove everything, then state it.

        Raises:
            JobRefused: The closing was stopped or is not due.
            NotEmptyError: Something was left.
        """
        with self.database.transaction(Scope.for_closing(self.district_id)) as session:
            if session.scalar(sa.text("SELECT closing_district()")) != self.district_id:
                raise JobRefused(
                    message("This closing was stopped, or its day has not come. Nothing was removed.")
                )
        before = self._count_before()
        self._remove_ties(before["leaving_people"])
        self._remove_rows()
        self.files.remove_all(self.district_id)
        self._remove_keys(before["jobs"])
        left = {
            name: count
            for name, count in self._count().items()
            if count and name not in (*LAST, "organization")
        }
        if left or self.files.keys(self.district_id):
            raise NotEmptyError(f"district {self.district_id}: left are {left or 'files'}")
        self._certify(before)
        self._remove_last()

    # What is there.

    def _count(self) -> dict[str, int]:
        """Return how many rows of the district each table has, seen as its role sees it."""
        counts: dict[str, int] = {}
        for scope, chosen in (
            (Scope.for_upkeep(self.district_id), [t for t in tables.TABLES.values() if information_class(t)]),
            (
                Scope.for_closing(self.district_id),
                [t for t in tables.TABLES.values() if _names_organization(t)],
            ),
        ):
            with self.database.transaction(scope) as session:
                for table in chosen:
                    counted = (
                        sa.select(sa.func.count()).select_from(table).where(_of(table, self.district_id))
                    )
                    counts[table.name] = session.scalar(counted) or 0
        return counts

    def _count_before(self) -> dict[str, Any]:
        """Return what was there before anything was removed, counted once and kept in the request's row."""
        upkeep = Scope.for_upkeep(self.district_id)
        with self.database.transaction(upkeep) as session:
            request = session.get_one(AccountRequest, (self.district_id, self.request_id))
            if request.progress:
                return dict(request.progress)
        counts = self._count()
        with self.database.transaction(Scope.for_closing(self.district_id)) as session:
            members = set(
                session.scalars(
                    sa.select(Membership.person_id).where(Membership.organization_id == self.district_id)
                )
            )
            elsewhere = set(
                session.scalars(
                    sa.select(Membership.person_id).where(
                        Membership.organization_id != self.district_id, Membership.person_id.in_(members)
                    )
                )
            )
        keys = self.files.keys(self.district_id)
        with self.database.transaction(upkeep) as session:
            request = session.get_one(AccountRequest, (self.district_id, self.request_id))
            district = session.get_one(Organization, self.district_id)
            walked = chain.verify(session, self.district_id)
            names = dict(
                session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(members))).all()
            )
            request.progress = {
                "counts": counts,
                "files": len(keys),
                "leaving_people": sorted(members - elsewhere),
                "staying_people": len(elsewhere),
                "jobs": _column(session, "job", "id", self.district_id),
                "record": {"entries": walked.entries, "head": walked.head, "unbroken": walked.whole},
                "district": {
                    "number": self.district_id,
                    "name": district.name,
                    "cds_code": district.cds_code,
                    "language": district.language,
                },
                "decided": {
                    "asked_by": names.get(request.asked_by, "–"),
                    "asked_at": tables.write_value(request.asked_at),
                    "approved_by": names.get(request.approved_by or 0, "–"),
                    "approved_at": tables.write_value(request.approved_at),
                },
                "receivers": [
                    [person.id, person.address, person.language]
                    for person, _ in leaving.stewards(session, self.district_id)
                ],
            }
            return dict(request.progress)

    # What goes.

    def _remove_ties(self, people: list[int]) -> None:
        """Remove what ties the district to people and organizations, and people who belong nowhere else."""
        with self.database.transaction(Scope.for_closing(self.district_id)) as session:
            session.execute(
                sa.text(
                    "UPDATE sign_in_session SET organization_id = NULL, provider_id = NULL,"
                    " ended_at = coalesce(ended_at, now())"
                    " WHERE organization_id = :district OR provider_id = :district"
                ),
                {"district": self.district_id},
            )
            session.execute(
                sa.text("DELETE FROM engagement_coach WHERE engagement_id IN (SELECT id FROM engagement)")
            )
            session.execute(sa.delete(Membership).where(Membership.organization_id == self.district_id))
            for table in reversed(tables.TABLES.values()):
                if information_class(table) or table.name in {"organization", "engagement_coach"}:
                    continue
                if _names_organization(table):
                    session.execute(sa.delete(table).where(_of(table, self.district_id)))
                for column in _names_person(table):
                    session.execute(sa.delete(table).where(column.in_(people)))

    def _remove_rows(self) -> None:
        """Remove the rows of every district table, children first, as the one role that may."""
        for table in reversed(tables.TABLES.values()):
            if not information_class(table) or table.name in LAST:
                continue
            with self.database.transaction(Scope.for_closing(self.district_id)) as session:
                session.execute(sa.delete(table).where(table.c.district_id == self.district_id))

    def _remove_keys(self, jobs: list[int]) -> None:
        """Remove what Redis keeps for a while: readers' pages, drawings, marks of forms, messages of jobs."""
        patterns = [
            f"apportion:district:{self.district_id}:*",
            *(f"rq:job:{job}-*" for job in jobs),
        ]
        with contextlib.closing(Redis.from_url(self.settings.redis_url)) as redis:
            for pattern in patterns:
                found = list(redis.scan_iter(match=pattern, count=1000))
                if found:
                    redis.delete(*found)

    # What is said about it, and the last rows.

    def _certify(self, before: dict[str, Any]) -> None:
        """Sign the certificate, keep it as files, and mail it to those who were stewards."""
        language = before["district"]["language"]
        folder, at = signing.folder_of(self.settings, self.district_id), dt.datetime.now(dt.UTC)
        statement = {
            "statement": "removal of an account",
            "district": {key: before["district"][key] for key in ("number", "name", "cds_code")},
            "decided": before["decided"],
            "removed_at": at.isoformat(timespec="seconds"),
            "removed": before["counts"],
            "files": before["files"],
            "people_removed": len(before["leaving_people"]),
            "people_kept": before["staying_people"],
            "record_of_activity": before["record"],
            "left": "this certificate, the signed heads of the record, and the mail that brings it",
        }
        # A second start after a kill finds the first one's certificate and mails that.
        place = signing.write(
            folder, "certificate.json", signing.as_bytes(signing.sign(statement, self.settings))
        )
        signed = signing.read(place)
        printed = signing.write(folder, "certificate.pdf", print_certificate(signed, language).body)
        attachments = [
            Attachment("certificate.pdf", "application/pdf", printed.read_bytes()),
            Attachment("certificate.json", "application/json", place.read_bytes()),
        ]
        with self.database.transaction(None) as session:
            for person_id, address, spoken in before["receivers"]:
                name = before["district"]["name"]
                letters.post(
                    session,
                    key=f"certificate/{self.district_id}/{person_id}",
                    address=address,
                    language=spoken,
                    subject=translate("{district}: the account was removed", spoken, district=name),
                    paragraphs=[
                        translate(
                            "Everything of {district} was removed from the platform. The certificate comes "
                            "with this mail, to read and as data.",
                            spoken,
                            district=name,
                        )
                    ],
                    organization_id=None,
                    attachments=attachments,
                )

    def _remove_last(self) -> None:
        """Remove request, jobs and organization in one statement: what allows the removal goes with it."""
        with self.database.transaction(Scope.for_closing(self.district_id)) as session:
            gone = session.execute(
                sa.text(
                    "WITH jobs AS (DELETE FROM job WHERE district_id = :district),"
                    " requests AS (DELETE FROM account_request WHERE district_id = :district)"
                    " DELETE FROM organization WHERE id = :district"
                ),
                {"district": self.district_id},
            )
            if not isinstance(gone, sa.CursorResult) or gone.rowcount != 1:
                raise NotEmptyError(f"district {self.district_id}: its organization stayed")
        left = {name: count for name, count in self._count().items() if count}
        if left:
            raise NotEmptyError(f"district {self.district_id}: left are {left}")


def _names_organization(table: sa.Table) -> bool:
    """Say whether a table between organizations names the district in a column of its own."""
    return not information_class(table) and _organization_column(table) is not None


def _organization_column(table: sa.Table) -> sa.Column[Any] | None:
    if table.name == "organization":
        return table.c.id
    named = [table.c[name] for name in ("district_id", "organization_id") if name in table.c]
    return named[0] if named else None


def _names_person(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns that tie a row to a person, and the person's own."""
    if table.name == "person":
        return [table.c.id]
    return [key.parent for key in table.foreign_keys if key.column.table.name == "person"]


def _of(table: sa.Table, district_id: int) -> sa.ColumnElement[bool]:
    column = table.c.district_id if information_class(table) else _organization_column(table)
    if column is None:
        raise TypeError(f"{table.name} names no organization")
    return column == district_id


def _column(session: Session, table: str, column: str, district_id: int) -> list[Any]:
    chosen = tables.TABLES[table]
    return list(session.scalars(sa.select(chosen.c[column]).where(chosen.c.district_id == district_id)))
