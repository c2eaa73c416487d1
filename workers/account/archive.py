"""An account's archive: one ZIP file of open formats, and the list of what is in it.

README.txt            what this is, in plain words
manifest.json         every table with its columns and rows, every file with its digest; signed
tables/<table>.jsonl  a row on each line, JSON, in the order of the primary key
sources/, pdf/, other/  files as they came and as they were printed
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants import chain, signing
from tenants.files import BLOCK, FileStore
from tenants.language import translate
from tenants.leaving import AccountRequest
from tenants.organizations import Organization
from tenants.records.datasets import SourceFile
from tenants.records.people_data import PositionLoad, StudentLoad
from tenants.records.plans import PlanVersion, RenderedFile
from tenants.settings import Settings
from workers.account import tables

FORMAT = "apportion-account"
VERSION = 1
MANIFEST, README = "manifest.json", "README.txt"
MOMENT = (1980, 1, 1, 0, 0, 0)
"""The one time that members carry: what an archive holds decides its bytes, and not when it was packed."""
ROWS_AT_ONCE = 2000

Told = Callable[[int, int], None]
"""Called with what is done and what there is to do."""


def write(
    session: Session,
    files: FileStore,
    settings: Settings,
    target: Path,
    *,
    district_id: int,
    written_at: str,
    personnel: bool,
    small_group: bool,
    told: Told = lambda _done, _total: None,
) -> dict[str, Any]:
    """Write a district's whole account into a file; return its manifest.

    Rows and files are read one after the other and never held together: an archive takes as much memory as
    its
    longest row.

    Args:
        session: A transaction on one snapshot that sees the whole district.
        files: Where its files are kept.
        settings: Name the key that signs the manifest.
        target: The file to write.
        district_id: Whose account.
        written_at: When, ISO 8601.
        personnel: Whether records about single employees go in.
        small_group: Whether counts of fewer than 11 students go in.
        told: Hears how far it is.
    """
    district = session.get_one(Organization, district_id)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "written_at": written_at,
        "district": {
            "number": district_id,
            "cds_code": district.cds_code,
            "name": district.name,
            "language": district.language,
        },
        "tables": [],
        "files": [],
        "stays_behind": tables.STAYS,
        "secret_columns": sorted(".".join(pair) for pair in tables.SECRETS),
    }
    kept, parts = _files(session, files, district_id), tables.parts()
    total = len(parts) + len(kept)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=6) as archive:
        for done, part in enumerate(parts):
            told(done, total)
            reason = tables.left_out(part, personnel=personnel, small_group=small_group)
            table = _write_table(session, archive, part, district_id, reason, small_group=small_group)
            manifest["tables"].append(table)
        for done, (name, key) in enumerate(kept.items(), start=len(parts)):
            told(done, total)
            manifest["files"].append(_write_file(archive, files, name, key))
        walked = chain.verify(session, district_id)
        manifest["record_of_activity"] = {
            "entries": walked.entries,
            "head": walked.head,
            "unbroken": walked.whole,
        }
        signed = signing.sign(manifest, settings)
        _put(archive, README, [readme(signed, district.language).encode()])
        _put(archive, MANIFEST, [signing.as_bytes(signed)])
    return signed


def _write_table(
    session: Session,
    archive: zipfile.ZipFile,
    part: tables.Part,
    district_id: int,
    reason: str,
    *,
    small_group: bool,
) -> dict[str, Any]:
    rows = 0

    def lines() -> Iterator[bytes]:
        nonlocal rows
        if reason:
            return
        found = session.execute(
            select(*part.columns)
            .where(part.rows_of(district_id))
            .order_by(*part.table.primary_key.columns)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for row in found.mappings():
            rows += 1
            values = {
                name: tables.counted(part.name, name, row[name], small_group=small_group)
                for name in (column.name for column in part.columns)
            }
            plain = {name: tables.write_value(value) for name, value in values.items()}
            yield json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    path = f"tables/{part.name}.jsonl"
    digest, size = _put(archive, path, lines())
    return {
        "table": part.name,
        "path": path,
        "columns": {column.name: tables.kind_of(column) for column in part.columns},
        "rows": rows,
        "sha256": digest,
        "size": size,
        "moves": part.moving == "moves",
        "left_out": reason,
    }


def _write_file(archive: zipfile.ZipFile, files: FileStore, name: str, key: str) -> dict[str, Any]:
    with files.open(key) as stream:
        digest, size = _put(archive, name, iter(lambda: stream.read(BLOCK), b""))
    return {"path": name, "sha256": digest, "size": size}


def _put(archive: zipfile.ZipFile, name: str, blocks: Iterable[bytes]) -> tuple[str, int]:
    """Write a member from blocks; return its digest and size."""
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    with archive.open(entry, "w", force_zip64=True) as member:
        for block in blocks:
            digest.update(block)
            size += len(block)
            member.write(block)
    return digest.hexdigest(), size


def _files(session: Session, files: FileStore, district_id: int) -> dict[str, str]:
    """Return every file of a district but earlier archives: its name in the archive to its storage key."""
    found: dict[str, str] = {}
    named: dict[str, str] = {}
    for row in session.execute(
        select(SourceFile.id, SourceFile.name, SourceFile.storage_key).where(
            SourceFile.district_id == district_id
        )
    ):
        named.setdefault(row.storage_key, f"sources/{row.id}-{safe_name(row.name)}")
    printed = session.execute(
        select(
            RenderedFile.id,
            RenderedFile.kind,
            RenderedFile.language,
            RenderedFile.storage_key,
            PlanVersion.number,
        )
        .join(
            PlanVersion,
            (PlanVersion.district_id == RenderedFile.district_id)
            & (PlanVersion.id == RenderedFile.version_id),
        )
        .where(RenderedFile.district_id == district_id)
    )
    for print_ in printed:
        title = safe_name(f"{print_.kind}-{print_.number}-{print_.language}")
        named.setdefault(print_.storage_key, f"pdf/{print_.id}-{title}.pdf")
    archives = set(
        session.scalars(select(AccountRequest.storage_key).where(AccountRequest.district_id == district_id))
    )
    # Files about people that wait to be read hold what no archive may: names, pay, counts of few students.
    for loads in (PositionLoad, StudentLoad):
        archives |= set(session.scalars(select(loads.storage_key).where(loads.district_id == district_id)))
    for key in files.keys(district_id):
        if key not in archives:
            found[named.pop(key, f"other/{key.rpartition('/')[2]}")] = key
    if named:
        raise FileNotFoundError(f"files of district {district_id} are missing: {sorted(named.values())}")
    return found


def safe_name(name: str) -> str:
    """Return a file's name with letters, digits and a few signs alone, so that any system takes it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("._")[-100:] or "file"


def readme(manifest: Mapping[str, Any], language: str) -> str:
    """Return what the archive is, in plain words: in English, then in the district's language if another."""
    said = [_explained(manifest, "en")]
    if language != "en":
        said.append(_explained(manifest, language))
    return "\n\n".join(said)


def _explained(manifest: Mapping[str, Any], language: str) -> str:
    district = manifest["district"]
    rows = sum(table["rows"] for table in manifest["tables"])
    lines = [
        translate(
            "The whole account of {district} (CDS code {code})",
            language,
            district=district["name"],
            code=district["cds_code"],
        ),
        translate("Written {at} by Apportion.", language, at=manifest["written_at"]),
        translate(
            "Everything the district entered, loaded, decided and published is in this file, in formats "
            "that any program reads. Nothing of another organization is in it, and nothing that opens an "
            "account.",
            language,
        ),
        translate(
            "manifest.json lists every table with its columns and number of rows, and every file with its "
            "SHA-256.",
            language,
        ),
        translate(
            "tables/ has one file for each table, {n} rows in all: JSON Lines, UTF-8, one row a line, "
            "ordered by the primary key. Columns that end in _cents hold whole cents; other decimal "
            "numbers are text, so that no digit is lost. Times are ISO 8601 in UTC. Bytes are hexadecimal.",
            language,
            n=str(rows),
        ),
        translate(
            "plan_version.jsonl holds each version of the plan as it was frozen, with its digest; "
            "comment_thread, comment and comment_placement hold what was said about it and where.",
            language,
        ),
        translate(
            "sources/ has the ledger files as they came, pdf/ the printed plans as they were published, "
            "other/ drafts of prints.",
            language,
        ),
        translate(
            "audit_entry.jsonl is the record of activity. The hash of an entry is SHA-256 over the JSON "
            "object of at, action, detail, district, person, previous, sequence and subject, keys sorted, "
            "no spaces; district and previous are the district's number and the hash of the entry before. "
            "The last hash: {head}",
            language,
            head=manifest["record_of_activity"]["head"],
        ),
        translate(
            "To move in elsewhere: apportion district import --archive FILE. Tables that the manifest "
            "marks with moves: false are for reading.",
            language,
        ),
    ]
    missing = [table["table"] for table in manifest["tables"] if table["left_out"]]
    if missing:
        lines.append(
            translate(
                "Left out, because neither of the two people who approved this may see it: {tables}.",
                language,
                tables=", ".join(missing),
            )
        )
    return "\n\n".join(lines) + "\n"
