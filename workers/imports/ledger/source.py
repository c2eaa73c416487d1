"""A file as bytes: what kind it is, how it is encoded, where its records begin and end."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import itertools
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from tenants.language import N_, Message, message, number
from workers.imports.ledger.findings import Finding, RefusedFileError

Kind = Literal["text", "xlsx"]
LARGEST_FILE = 256_000_000
"""Bytes. A ledger of a million lines has about 80 MB."""
LARGEST_UNPACKED = 768 * 1024 * 1024
LARGEST_RATIO = 120
"""A repetitive sheet packs 15 times; a bomb a thousand times."""
LARGEST_MEMBERS = 2_000
CHUNK = 1 << 20

Positions = npt.NDArray[np.int64]


def refuse(
    rule: str, said: Message, *, found: str | None = None, expected: str | None = None
) -> RefusedFileError:
    """Return the refusal of a whole file."""
    return RefusedFileError(Finding("fatal", rule, said, field="file", found=found, expected=expected))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def kind_of(path: Path) -> Kind:
    """Say whether a file is text or a workbook; refuse what is neither.

    Raises:
        RefusedFileError: for an empty or too large file, a PDF, an old or encrypted workbook, a zip bomb,
        macros.
    """
    size = path.stat().st_size
    if size == 0:
        raise refuse(
            "FILE-EMPTY",
            message("The file is empty. Export it again from your accounting system and load that."),
            found="0 bytes",
            expected=N_("a ledger"),
        )
    if size > LARGEST_FILE:
        raise refuse(
            "FILE-TOO-LARGE",
            message(
                "The file has {found} megabytes; at most {limit} can be loaded. Export one fiscal year at a "
                "time, "
                "or leave out columns that are not needed.",
                found=number(size // 1_000_000),
                limit=number(LARGEST_FILE // 1_000_000),
            ),
            found=f"{size} bytes",
            expected=f"at most {LARGEST_FILE} bytes",
        )
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        check_package(path)
        return "xlsx"
    _refuse_strangers(head)
    return "text"


def _refuse_strangers(head: bytes) -> None:
    if head.startswith(b"%PDF"):
        raise refuse(
            "FILE-PDF",
            message(
                "This is a PDF, whatever its name says. Export the ledger as data (.dat, .csv or .xlsx)."
            ),
            found="PDF",
            expected=N_("text or .xlsx"),
        )
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in head or b"EncryptedPackage" in head
        if encrypted:
            raise encrypted_workbook()
        raise refuse(
            "FILE-XLS",
            message(
                "This is a workbook of the old .xls kind or one with a password. Open it, remove the "
                "password if "
                "it has one, save it as .xlsx, and load that."
            ),
            found=".xls or encrypted workbook",
            expected=N_(".xlsx without a password"),
        )
    if head.startswith(
        (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"SQLite")
    ):
        raise refuse(
            "FILE-KIND",
            message("This file is neither text nor a workbook. Export the ledger as .dat, .csv or .xlsx."),
            found=head[:4].hex(),
            expected=N_("text or .xlsx"),
        )


def encrypted_workbook() -> RefusedFileError:
    """Return the refusal of a workbook with a password."""
    return refuse(
        "FILE-ENCRYPTED",
        message("The workbook has a password. Open it, remove the password, save it, and load it again."),
        found="encrypted workbook",
        expected=N_("a workbook without a password"),
    )


def check_package(path: Path) -> None:
    """Refuse a zip that is no workbook, holds macros or links, or unpacks to far more than it is.

    Raises:
        RefusedFileError: with the reason.
    """
    try:
        with zipfile.ZipFile(path) as package:
            members = package.infolist()
            names = {member.filename for member in members}
            locked = any(member.flag_bits & 1 for member in members)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise refuse(
            "FILE-DAMAGED",
            message("The workbook is damaged or was cut off. Save it again and load that."),
            found="unreadable .xlsx",
            expected=N_("a whole .xlsx"),
        ) from error
    if locked:
        raise encrypted_workbook()
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if len(members) > LARGEST_MEMBERS or unpacked > LARGEST_UNPACKED or unpacked / packed > LARGEST_RATIO:
        raise refuse(
            "FILE-BOMB",
            message(
                "The file unpacks to {unpacked} megabytes, far more than a ledger has. It was not opened. "
                "Export the ledger again as .csv.",
                unpacked=number(unpacked // 1_000_000),
            ),
            found=f"{unpacked} bytes unpacked from {packed}",
            expected=f"at most {LARGEST_UNPACKED} bytes and {LARGEST_RATIO} times the packed size",
        )
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refuse(
            "FILE-MACROS",
            message("The workbook holds macros. Save it as .xlsx (without macros) and load that."),
            found="macros",
            expected=N_("a workbook without macros"),
        )
    if "xl/workbook.xml" not in names:
        raise refuse(
            "FILE-KIND",
            message("This zip file is no workbook. Unpack it and load the ledger inside."),
            found="zip",
            expected=N_("text or .xlsx"),
        )


@dataclasses.dataclass(frozen=True)
class Records:
    """The records of a text in UTF-8: where each begins and ends, and its physical line (counted from 1).

    A record ends at a line break outside quotes. `ends` points at the line break (or the end of the file).
    """

    data: bytes
    starts: Positions
    ends: Positions
    lines: Positions
    open_quote_line: int | None
    physical_lines: int

    def __len__(self) -> int:
        return len(self.starts)

    def raw(self, index: int) -> bytes:
        """Return a record's bytes without its line break."""
        return self.data[self.starts[index] : self.ends[index]].rstrip(b"\r")

    def fields(self, index: int, delimiter: str = ",") -> list[str]:
        """Return a record's fields."""
        text = self.raw(index).decode("utf-8", "replace")
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def split(data: bytes) -> Records:
    """Find the records of a text by counting quotes before each line break; vectorised.

    Lone carriage returns (old Macintosh files) count as line breaks when no line feed occurs.
    """
    buffer = np.frombuffer(data, dtype=np.uint8)
    breaks = np.flatnonzero(buffer == 10)
    if not len(breaks):
        breaks = np.flatnonzero(buffer == 13)
    quotes = np.flatnonzero(buffer == 34)
    inside = np.searchsorted(quotes, breaks) % 2 == 1
    ends = breaks[~inside]
    line_of_break = np.arange(1, len(breaks) + 1)[~inside]
    starts = np.concatenate(([0], ends + 1))
    lines = np.concatenate(([1], line_of_break + 1))
    ends = np.concatenate((ends, [len(data)]))
    if starts[-1] >= len(data):
        starts, ends, lines = starts[:-1], ends[:-1], lines[:-1]
    odd = len(quotes) % 2 == 1
    return Records(
        data=data,
        starts=starts.astype(np.int64),
        ends=ends.astype(np.int64),
        lines=lines.astype(np.int64),
        open_quote_line=int(lines[-1]) if odd else None,
        physical_lines=len(breaks) + (0 if data[-1:] in (b"\n", b"\r") else 1),
    )


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "windows-1252")


@dataclasses.dataclass(frozen=True)
class Text:
    """A text file brought to UTF-8, with the encoding that it came in."""

    data: bytes
    encoding: str


def read_text(path: Path, declared: str | None = None) -> Text:
    """Read a text file into UTF-8 and say how it was encoded.

    Args:
        path: the file.
        declared: the encoding that the mapping declares, or None to look.

    Raises:
        RefusedFileError: for a binary file, or one that does not fit the declaration.
    """
    data = path.read_bytes()
    encoding = declared or sniff_encoding(data)
    try:
        match encoding:
            case "utf-8":
                if declared:  # what was sniffed is known to be UTF-8
                    data.decode("utf-8")
                return Text(data, encoding)
            case "utf-8-sig":
                data.decode("utf-8")
                return Text(data.removeprefix(b"\xef\xbb\xbf"), encoding)
            case _:
                return Text(data.decode(encoding).encode("utf-8"), encoding)
    except UnicodeError as error:
        raise refuse(
            "FILE-ENCODING",
            message(
                "The text can't be read as {encoding}. Save the file as UTF-8 and load it again.",
                encoding=encoding,
            ),
            found="bytes that are no text",
            expected=encoding,
        ) from error


def sniff_encoding(data: bytes) -> str:
    """Return the encoding of a text; refuse bytes that are no text.

    Raises:
        RefusedFileError: when the file holds bytes that no text has.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:CHUNK]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    if b"\x00" in data:
        raise refuse(
            "FILE-KIND",
            message("This file is neither text nor a workbook. Export the ledger as .dat, .csv or .xlsx."),
            found="bytes that are no text",
            expected=N_("text or .xlsx"),
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def rows(records: Records, delimiter: str = ",", limit: int | None = None) -> list[list[str]]:
    """Return the fields of the first records, for looking at a file before it is read."""
    count = len(records) if limit is None else min(limit, len(records))
    return [records.fields(index, delimiter) for index in itertools.islice(range(len(records)), count)]


def open_quote(records: Records) -> RefusedFileError:
    """Return the refusal of a text that ends inside quotes."""
    line = records.open_quote_line or 1
    return RefusedFileError(
        Finding(
            "fatal",
            "QUOTE-OPEN",
            message(
                "The file ends inside quotes; the field was opened on line {line} or after it. The file was "
                "cut off or "
                "a quotation mark is missing: export it again.",
                line=str(line),
            ),
            line=line,
            field="record",
            found=records.raw(len(records) - 1)[:80].decode("utf-8", "replace"),
            expected=N_("a closing quotation mark"),
        )
    )


def encoding_refused(encoding: str) -> RefusedFileError:
    """Return the refusal of an encoding that nobody declared."""
    shown = "UTF-8 with a byte-order mark" if encoding == "utf-8-sig" else encoding.upper()
    return RefusedFileError(
        Finding(
            "fatal",
            "FILE-ENCODING",
            message(
                "The text is encoded as {encoding}. Save it as UTF-8 without a byte-order mark, or declare "
                "the "
                "encoding in the column mapping, and load it again.",
                encoding=shown,
            ),
            line=1,
            field="file",
            found=shown,
            expected=N_("UTF-8 without a byte-order mark"),
        )
    )
