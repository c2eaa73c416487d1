"""Account records of the state's text layouts: the regular ones all at once, the odd ones one by one."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from tenants.language import N_, Message, message
from workers.imports.ledger import accounts, amounts
from workers.imports.ledger.arrow import Column, pa
from workers.imports.ledger.dataset import CODE_COLUMNS, Dataset, Reading, empty_lines, lines_frame
from workers.imports.ledger.findings import Finding, Findings, shorten
from workers.imports.ledger.source import Records

FLAGS = ("I", "E", "C", "")


class Details:
    """Reads the detail records of datasets; each becomes a ledger line or a finding."""

    def __init__(self, records: Records, reading: Reading, corrected: dict[int, int]) -> None:
        self.records = records
        self.reading = reading
        self.findings: Findings = reading.findings
        self.corrected = corrected
        self.fields = 0
        """The most fields that a detail record had: 3 in an export, 2 in a user import file."""

    def _line(self, index: int) -> int:
        return int(self.records.lines[index])

    def read(self, first: int, last: int, dataset: Dataset, position: int) -> None:
        """Read a dataset's account records, the regular ones all at once and the odd ones one by one."""
        indices = np.arange(first, last)
        if not len(indices):
            return
        buffer = np.frombuffer(self.records.data, dtype=np.uint8)
        starts, ends = self.records.starts[indices], self.records.ends[indices].copy()
        ends -= (ends > starts) & (buffer[np.maximum(ends - 1, 0)] == 13)
        regular, amount_end, flags = _regular(buffer, starts, ends)
        characters = buffer[starts[regular][:, None] + np.arange(1, 20)]
        letters = ((characters >= 48) & (characters <= 57)) | ((characters >= 65) & (characters <= 90))
        spoiled = ~letters.all(axis=1)
        if spoiled.any():
            regular[np.flatnonzero(regular)[spoiled]] = False
            characters, amount_end = characters[~spoiled], amount_end[~spoiled]
            flags = flags[~spoiled]
        texts = _texts(self.records.data, starts[regular] + 23, amount_end)
        cents, readable = amounts.parse(texts)
        lines = self.records.lines[indices[regular]]
        if regular.any():
            self.fields = max(self.fields, 3 if (flags != 0).any() else 2)
        odd = self._odd_records(indices[~regular], dataset, position)
        cents, readable = self._settle(lines, cents, readable, texts, characters, dataset, position)
        kept = lines_frame(
            line=lines[readable],
            codes={**accounts.segments(characters[readable]), "school": _constant("", int(readable.sum()))},
            cents=cents[readable],
            flag=_flags(flags[readable]),
        )
        self.reading.accounted["detail"] += int(readable.sum())
        dataset.lines = kept if odd.empty else _concatenated([kept, odd])
        report_twice(dataset, position, self.findings)

    def _settle(
        self,
        lines: npt.NDArray[np.int64],
        cents: npt.NDArray[np.int64],
        readable: npt.NDArray[np.bool_],
        texts: Column,
        characters: npt.NDArray[np.uint8],
        dataset: Dataset,
        position: int,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Report unreadable amounts; take the readings that a person accepted."""
        bad = np.flatnonzero(~readable)
        if not len(bad):
            return cents, readable
        cents, readable = cents.copy(), readable.copy()
        for place in bad:
            line = int(lines[place])
            account = accounts.hyphenated(characters[place].tobytes().decode("ascii"))
            if self.accept_amount(line, texts[int(place)].as_py(), account, dataset, position) is not None:
                cents[place], readable[place] = self.corrected[line], True
        return cents, readable

    def accept_amount(
        self, line: int, text: str, account: str, dataset: Dataset, position: int
    ) -> int | None:
        """Return the accepted reading of a faulty amount, or report it and return None."""
        if line in self.corrected:
            return self.corrected[line]
        self.reading.accounted["faulty"] += 1
        dataset.faulty.append(line)
        fault = amounts.explain(text)
        self.findings.add(
            Finding(
                "fatal",
                fault.rule,
                fault.message,
                line=line,
                field="amount",
                found=shorten(text),
                expected=fault.expected,
                dataset=position,
                proposed_cents=fault.proposed_cents,
                account=account,
            )
        )
        return None

    def _odd_records(self, indices: npt.NDArray[np.int64], dataset: Dataset, position: int) -> pd.DataFrame:
        """Read records that are not written in the usual way; report what can't be read."""
        rows: list[tuple[int, str, int, str]] = []
        for index in indices:
            raw = self.records.raw(int(index))
            line = self._line(int(index))
            if not raw.strip(b"\x1a \t"):
                self.reading.accounted["blank"] += 1
                continue
            fields = self.records.fields(int(index))
            row = self._odd(fields, raw, line, dataset, position)
            if row is None:
                continue
            rows.append((line, *row))
            self.reading.accounted["detail"] += 1
            self.fields = max(self.fields, len(fields))
        if not rows:
            return empty_lines()
        characters = np.frombuffer("".join(row[1] for row in rows).encode("ascii"), np.uint8).reshape(-1, 19)
        return lines_frame(
            line=np.array([row[0] for row in rows], np.int32),
            codes={**accounts.segments(characters), "school": _constant("", len(rows))},
            cents=np.array([row[2] for row in rows], np.int64),
            flag=pd.Categorical(np.array([row[3] for row in rows], dtype=object)),
        )

    def _odd(
        self, fields: list[str], raw: bytes, line: int, dataset: Dataset, position: int
    ) -> tuple[str, int, str] | None:
        if len(fields) not in (2, 3) or b"\n" in raw or raw.count(b'"') % 2:
            self._faulty(
                "RECORD-FORM",
                line,
                "record",
                raw.decode("utf-8", "replace"),
                N_("an account, an amount and a flag, each in quotes"),
                message(
                    "The record has {n} fields. Export the file again and load it unchanged.", n=len(fields)
                ),
                dataset,
                position,
            )
            return None
        account, amount, flag = (
            fields[0].strip(),
            fields[1].strip(),
            (fields[2].strip() if len(fields) == 3 else ""),
        )
        if not self._account(account, line, dataset, position):
            return None
        if flag not in FLAGS:
            self._faulty(
                "FLAG-UNKNOWN",
                line,
                "flag",
                flag,
                "I, E or C",
                message("The import flag is unknown. Export the file again and load it unchanged."),
                dataset,
                position,
            )
            return None
        cents, readable = amounts.parse(pa.array([amount]))
        if readable[0]:
            return account, int(cents[0]), flag
        accepted = self.accept_amount(line, amount, accounts.hyphenated(account), dataset, position)
        return None if accepted is None else (account, accepted, flag)

    def _account(self, account: str, line: int, dataset: Dataset, position: int) -> bool:
        if re.fullmatch(r"[0-9A-Z]{19}", account):
            return True
        short = len(account) != accounts.LENGTH
        said = (
            message(
                "The account has {n} characters. If a spreadsheet dropped a leading zero, export the file "
                "again "
                "and don't open it in a spreadsheet.",
                n=len(account),
            )
            if short
            else message(
                "The account holds a character that no code has. Export the file again and load it unchanged."
            )
        )
        self._faulty(
            "ACCOUNT-LENGTH" if short else "ACCOUNT-FORM",
            line,
            "account",
            account,
            N_("19 digits: fund 2, resource 4, project year 1, goal 4, function 4, object 4"),
            said,
            dataset,
            position,
        )
        return False

    def _faulty(
        self,
        rule: str,
        line: int,
        field: str,
        found: str,
        expected: str,
        said: Message,
        dataset: Dataset,
        position: int,
    ) -> None:
        self.reading.accounted["faulty"] += 1
        dataset.faulty.append(line)
        self.findings.add(
            Finding(
                "fatal",
                rule,
                said,
                line=line,
                field=field,
                found=shorten(found),
                expected=expected,
                dataset=position,
            )
        )


def report_twice(dataset: Dataset, position: int, findings: Findings) -> None:
    """Report accounts that a dataset of the state's layouts holds more than once."""
    frame = dataset.lines
    columns = list(CODE_COLUMNS)
    key = np.zeros(len(frame), dtype=np.uint64)
    for column in columns:
        codes = frame[column].cat
        key = key * np.uint64(len(codes.categories) + 1) + codes.codes.to_numpy().astype(np.uint64)
    repeated = pd.Series(key).duplicated(keep="first").to_numpy()
    if not repeated.any():
        return
    first_line = dict(zip(key[~repeated].tolist(), frame["line"].to_numpy()[~repeated].tolist(), strict=True))
    again = frame[repeated]
    named = accounts.joined(again)
    for place, (line, account) in enumerate(zip(again["line"], named, strict=True)):
        findings.add(
            Finding(
                "fatal",
                "ACCOUNT-TWICE",
                message(
                    "This account stands in the dataset twice; the first time on line {line}. Add the two "
                    "amounts in "
                    "the accounting system, or remove the one that is wrong, and export again.",
                    line=str(first_line[int(key[repeated][place])]),
                ),
                line=int(line),
                field="account",
                found=account,
                expected=N_("each account once"),
                dataset=position,
                account=account,
            )
        )


def _regular(
    buffer: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Find records written as the export does: quoted account of 19, amount, and flag or none.

    Returns:
        Whether each record is regular; and of the regular ones the end of the amount and the flag (0 for
        none).
    """
    top = len(buffer) - 1
    length = ends - starts

    def at(offset: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        return buffer[np.clip(offset, 0, top)]

    shape = (
        (length >= 25)
        & (length <= 60)
        & (at(starts) == 34)
        & (at(starts + 20) == 34)
        & (at(starts + 21) == 44)
        & (at(starts + 22) == 34)
        & (at(ends - 1) == 34)
    )
    flagged = (
        shape & (at(ends - 2) != 34) & (at(ends - 3) == 34) & (at(ends - 4) == 44) & (at(ends - 5) == 34)
    )
    unflagged = shape & ~flagged
    flag = np.where(flagged, at(ends - 2), 0).astype(np.uint8)
    known_flag = (flag == 0) | (flag == 73) | (flag == 69) | (flag == 67)
    amount_end = np.where(flagged, ends - 5, ends - 1)
    # No further quote or line break inside: exactly six quotes with a flag, four without.
    inside = _between(np.flatnonzero(buffer == 34), starts, ends)
    clean = _between(np.flatnonzero(buffer == 10), starts, ends) == 0
    regular = (
        known_flag
        & clean
        & (amount_end >= starts + 23)
        & ((flagged & (inside == 6)) | (unflagged & (inside == 4)))
    )
    return regular, amount_end[regular], flag[regular]


def _between(
    places: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Count how many of the sorted `places` lie in each span."""
    return np.searchsorted(places, ends) - np.searchsorted(places, starts)


def _texts(data: bytes, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Column:
    """Return slices of the file as text, gathered without a Python loop."""
    lengths = ends - starts
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    buffer = np.frombuffer(data, dtype=np.uint8)
    places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return pa.StringArray.from_buffers(
        len(starts), pa.py_buffer(offsets.tobytes()), pa.py_buffer(buffer[places].tobytes())
    )


def _constant(text: str, count: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(count, np.int8), categories=pd.Index([text], dtype=object))


def _flags(flags: npt.NDArray[np.uint8]) -> pd.Categorical:
    order = np.searchsorted(np.array([0, 67, 69, 73]), flags).astype(np.int8)
    return pd.Categorical.from_codes(order, categories=pd.Index(["", "C", "E", "I"], dtype=object))


def _concatenated(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Join frames of ledger lines in file order, keeping the categories."""
    whole = pd.concat([frame.astype(dict.fromkeys((*CODE_COLUMNS, "flag"), object)) for frame in frames])
    whole = whole.sort_values("line", kind="stable").reset_index(drop=True)
    return whole.astype(dict.fromkeys((*CODE_COLUMNS, "flag"), "category"))
