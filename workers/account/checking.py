"""Looking through an archive before anything of it is saved: members, digests, tables, columns, rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from tenants import signing
from tenants.base import information_class
from tenants.files import BLOCK
from workers.account import archive as archives
from workers.account import tables

LARGEST_MANIFEST = 64 << 20
LONGEST_LINE = 256 << 20
HIGHEST_ID = 1 << 52
"""No platform has drawn so many numbers; a larger one would leave none for new records."""


class DamagedArchiveError(ValueError):
    """An archive that is not whole, or none of ours. The text says where; nothing of it was saved."""


@dataclasses.dataclass(frozen=True)
class Checked:
    """An archive that was found whole."""

    number: int
    """The district's number on the platform that it comes from."""
    district: Mapping[str, Any]
    written_at: dt.datetime
    tables: Mapping[str, Mapping[str, Any]]
    files: tuple[Mapping[str, Any], ...]
    record: Mapping[str, Any]
    """Number of entries and last hash of the record of activity."""
    highest_id: int


def check(archive: zipfile.ZipFile) -> Checked:
    """Read an archive once, to its end, and return what it holds.

    Raises:
        DamagedArchiveError: The first thing that is not as the manifest says, or as a district's rows must
        be.
    """
    try:
        manifest = _manifest(archive)
        _check_members(archive, manifest)
        found = Checked(
            int(manifest["district"]["number"]),
            manifest["district"],
            dt.datetime.fromisoformat(manifest["written_at"]),
            {entry["table"]: entry for entry in manifest["tables"]},
            tuple(manifest["files"]),
            manifest["record_of_activity"],
            0,
        )
        _check_tables(found)
        for entry in (*found.tables.values(), *found.files):
            _check_bytes(archive, entry)
        highest = 0
        for part in tables.parts():
            highest = max(highest, _check_rows(archive, found, part))
        _check_places(archive, found)
    except (KeyError, TypeError, AttributeError) as fault:
        raise DamagedArchiveError(f"manifest.json: {fault!r} is missing or not as expected.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise DamagedArchiveError(f"The ZIP file is damaged: {fault}.") from None
    return dataclasses.replace(found, highest_id=highest)


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    names = archive.namelist()
    if len(names) != len(set(names)):
        raise DamagedArchiveError("Two members of the ZIP file have the same name.")
    if archives.MANIFEST not in names:
        raise DamagedArchiveError(
            "manifest.json is missing: this is no archive of an account, or only a part of one."
        )
    if archive.getinfo(archives.MANIFEST).file_size > LARGEST_MANIFEST:
        raise DamagedArchiveError("manifest.json is larger than any we write.")
    try:
        manifest: dict[str, Any] = json.loads(archive.read(archives.MANIFEST))
        signing.check_with(manifest, str(manifest["public_key"]))
    except (ValueError, KeyError, TypeError) as fault:
        raise DamagedArchiveError(
            f"manifest.json was changed after it was signed, or is damaged: {fault}."
        ) from None
    if manifest.get("format") != archives.FORMAT or manifest.get("version") != archives.VERSION:
        raise DamagedArchiveError(
            f"manifest.json: found {manifest.get('format')} {manifest.get('version')}, expected "
            f"{archives.FORMAT} {archives.VERSION}."
        )
    return manifest


def _check_members(archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
    listed = {entry["path"] for entry in (*manifest["tables"], *manifest["files"])}
    held = set(archive.namelist()) - {archives.MANIFEST, archives.README}
    for name in sorted(listed - held):
        raise DamagedArchiveError(f"{name} is missing: the manifest lists it.")
    for name in sorted(held - listed):
        raise DamagedArchiveError(f"{name} is not in the manifest.")


def _check_tables(found: Checked) -> None:
    known = {part.name: part for part in tables.parts()}
    for name in found.tables:
        if name not in known:
            raise DamagedArchiveError(
                f"{name} is no table of an account here. Was it written by another version?"
            )
    for name, part in known.items():
        if name not in found.tables:
            raise DamagedArchiveError(f"The table {name} is missing. Was it written by another version?")
        entry = found.tables[name]
        wanted = {column.name: tables.kind_of(column) for column in part.columns}
        if entry["columns"] != wanted:
            odd = sorted(set(entry["columns"].items()) ^ set(wanted.items()))
            raise DamagedArchiveError(f"{name}: the column {odd[0][0]} is not as expected here.")
        if entry["left_out"] and (
            entry["rows"] or information_class(part.table) not in {"personnel", "small_group"}
        ):
            raise DamagedArchiveError(f"{name} can't be left out.")


def _check_bytes(archive: zipfile.ZipFile, entry: Mapping[str, Any]) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(entry["path"]) as stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > entry["size"]:
                break
            digest.update(block)
    if size != entry["size"] or digest.hexdigest() != entry["sha256"]:
        raise DamagedArchiveError(
            f"{entry['path']} is damaged: its SHA-256 is {digest.hexdigest()[:12]}..., the manifest says "
            f"{str(entry['sha256'])[:12]}..."
        )


def rows_of(archive: zipfile.ZipFile, found: Checked, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield a table's rows with the numbers of their lines, values as the columns take them.

    Raises:
        DamagedArchiveError: A line is no row of the table.
    """
    part = next(each for each in tables.parts() if each.name == name)
    wanted = {column.name: column for column in part.columns}
    with archive.open(found.tables[name]["path"]) as stream:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
            try:
                row = _row(line, wanted)
            except (ValueError, ArithmeticError) as fault:
                raise DamagedArchiveError(f"{name}, line {number}: {fault}.") from None
            yield number, row


def _row(line: bytes, wanted: Mapping[str, Any]) -> dict[str, Any]:
    plain = json.loads(line)
    if not isinstance(plain, dict) or plain.keys() != wanted.keys():
        raise ValueError("its columns are not the table's")
    return {key: tables.read_value(column, plain[key]) for key, column in wanted.items()}


def _check_rows(archive: zipfile.ZipFile, found: Checked, part: tables.Part) -> int:
    """Check each row of a table, and return the highest number of a record."""
    rows = highest = 0
    column = {"organization": "id", "membership": "organization_id"}.get(part.name, "district_id")
    for number, row in rows_of(archive, found, part.name):
        rows = number
        if column in row and row[column] != found.number:
            raise DamagedArchiveError(f"{part.name}, line {number}: the row belongs to another organization.")
        identity = row.get("id", 0) if part.name != "organization" else 0
        if not 0 <= identity <= HIGHEST_ID:
            raise DamagedArchiveError(f"{part.name}, line {number}: no record has the number {identity}.")
        if information_class(part.table):
            highest = max(highest, identity)
    if rows != found.tables[part.name]["rows"]:
        raise DamagedArchiveError(
            f"{part.name}: {rows} rows, the manifest says {found.tables[part.name]['rows']}."
        )
    if part.name == "organization" and rows != 1:
        raise DamagedArchiveError("organization: an archive is of one district.")
    return highest


def _check_places(archive: zipfile.ZipFile, found: Checked) -> None:
    """Check that every file that a row names is in the archive."""
    held = {entry["sha256"] for entry in found.files}
    for name in ("source_file", "rendered_file"):
        for number, row in rows_of(archive, found, name):
            if row["sha256"] not in held or row["storage_key"].rpartition("/")[2] != row["sha256"]:
                raise DamagedArchiveError(
                    f"{name}, line {number}: the archive lacks the file {row['sha256'][:12]}..."
                )
