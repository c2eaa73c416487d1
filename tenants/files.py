"""Files as they came and as they were printed, kept under the digest of their bytes.

Each district has a folder of its own, so that two districts with the same file hold two copies and neither
can learn of the other's. A key is made here and checked again on the way in: no path outside can be named.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

BLOCK = 1 << 20
COMING, LOOKING = ".coming", ".looking"
"""Beginnings of the names of what is being written, and of what is looked at before it is kept."""
LEFT_BEHIND_SECONDS = 3600
"""No upload is written or looked at for so long: what is older belongs to a process that died."""
_KEY = re.compile(r"[1-9][0-9]{0,9}/[0-9a-f]{2}/[0-9a-f]{64}")


class Readable(Protocol):
    """What bytes are read from: an open file, a request's stream, an upload."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


class FileTooLargeError(ValueError):
    """More bytes came than the limit allows; nothing was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class UnknownFileError(LookupError):
    """No such file is kept, or the key is none of ours."""


@dataclasses.dataclass(frozen=True)
class StoredFile:
    """A kept file: SHA-256 as 64 hex digits, bytes, and the key that opens it."""

    sha256: str
    size: int
    key: str


class FileStore:
    """A folder of files that are written once and never changed."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def keep(self, district_id: int, stream: Readable, limit: int | None = None) -> StoredFile:
        """Keep what the stream gives, to the last byte or not at all.

        Bytes go into a file of no name that anybody looks for, are forced to the disk and only then take
        their place; a process killed anywhere in between leaves no half file. The same bytes twice are
        kept once.

        Args:
            district_id: whose file it is.
            stream: read in blocks of 1 MiB until it is empty.
            limit: most bytes to take; checked while reading, whatever length was announced.

        Raises:
            FileTooLargeError: if more than `limit` bytes come.
        """
        folder = self._folder(district_id)
        digest = hashlib.sha256()
        size = 0
        handle, name = tempfile.mkstemp(prefix=f"{COMING}-", dir=folder)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                while block := stream.read(BLOCK):
                    size += len(block)
                    if limit is not None and size > limit:
                        raise FileTooLargeError(limit)
                    digest.update(block)
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            sha256 = digest.hexdigest()
            key = f"{district_id}/{sha256[:2]}/{sha256}"
            place = self.root / key
            place.parent.mkdir(exist_ok=True, mode=0o700)
            temporary.replace(place)
            _force(place.parent)
            _force(folder)
        finally:
            temporary.unlink(missing_ok=True)
        return StoredFile(sha256, size, key)

    @contextlib.contextmanager
    def quarantine(self, district_id: int) -> Iterator[Path]:
        """Give a private, empty folder for what is not kept yet; it is gone afterwards.

        It stands in the district's own folder, so that a process that dies leaves nothing outside; what it
        leaves inside, `sweep` takes away.
        """
        folder = self._folder(district_id)
        with tempfile.TemporaryDirectory(prefix=f"{LOOKING}-", dir=folder) as name:
            yield Path(name)

    def _folder(self, district_id: int) -> Path:
        if district_id < 1:
            raise ValueError(f"no district has the id {district_id}")
        folder = self.root / str(district_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def path(self, key: str) -> Path:
        """Return where a kept file stands.

        Raises:
            UnknownFileError: if the key is malformed or nothing is kept under it.
        """
        if not _KEY.fullmatch(key):
            raise UnknownFileError(key)
        place = self.root / key
        if not place.is_file():
            raise UnknownFileError(key)
        return place

    def open(self, key: str) -> BinaryIO:
        """Open a kept file for reading.

        Raises:
            UnknownFileError: as `path` does.
        """
        return self.path(key).open("rb")

    def keys(self, district_id: int) -> list[str]:
        """Return the keys of all files that a district keeps, in order."""
        folder = self.root / str(district_id)
        return sorted(f"{district_id}/{path.relative_to(folder).as_posix()}" for path in folder.glob("??/*"))

    def remove(self, key: str) -> None:
        """Remove a kept file; one that is gone already is none to complain of."""
        with contextlib.suppress(UnknownFileError):
            self.path(key).unlink(missing_ok=True)

    def remove_all(self, district_id: int) -> None:
        """Remove a district's folder with everything in it."""
        if district_id < 1:
            raise ValueError(f"no district has the id {district_id}")
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.root / str(district_id))


def sweep(folder: Path, older_than: float = LEFT_BEHIND_SECONDS) -> int:
    """Remove what processes that died left in a folder and in the folders below it; return how many.

    Args:
        folder: the root of a store, or a folder that files are put into whole.
        older_than: seconds since the last change, after which nobody works on it any more.
    """
    latest = time.time() - older_than
    removed = 0
    for place in [*folder.glob(f"{COMING}-*"), *folder.glob(f"*/{COMING}-*"), *folder.glob(f"*/{LOOKING}-*")]:
        with contextlib.suppress(FileNotFoundError):
            if place.lstat().st_mtime > latest:
                continue
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink()
            removed += 1
    return removed


def _force(folder: Path) -> None:
    """Force a folder's entries to the disk, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
