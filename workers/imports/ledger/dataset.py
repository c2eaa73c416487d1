"""A dataset as it was read, and the whole file around it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from workers.imports.ledger.findings import Findings

CODE_COLUMNS = ("fund", "resource", "project_year", "goal", "function", "object", "school")
LINE_COLUMNS = ("line", *CODE_COLUMNS, "amount_cents", "flag")


@dataclasses.dataclass
class SetAside:
    """A row that is no ledger line: a total row, with the amount that it states."""

    line: int
    cents: int | None
    text: str
    """The row as it stands in the file, shortened."""


@dataclasses.dataclass
class Dataset:
    """One ledger of one agency, fiscal year, period and column.

    `lines` has the columns of `LINE_COLUMNS`: physical line (int32), codes (category), whole cents (int64),
    flag.
    `details` holds description and payee (personnel information) with the line, or None.
    """

    cds_code: str
    fiscal_year: str
    period: str
    column: str
    header_line: int
    lines: pd.DataFrame
    details: pd.DataFrame | None = None
    elements: dict[str, str] = dataclasses.field(default_factory=dict)
    log: dict[str, str] = dataclasses.field(default_factory=dict)
    """Rule to the worst outcome in the file's own check log: `passed` or `exception`."""
    log_exceptions: list[tuple[str, ...]] = dataclasses.field(default_factory=list)
    filed_count: int | None = None
    """Detail records as the file's end-of-dataset record counts them."""
    set_aside: list[SetAside] = dataclasses.field(default_factory=list)
    faulty: list[int] = dataclasses.field(default_factory=list)
    """Lines whose account or amount could not be read; their amounts are in no total."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what makes the dataset one: agency, fiscal year, period and column."""
        return (self.cds_code, self.fiscal_year, self.period, self.column)

    @property
    def checked_by_state(self) -> bool:
        """Whether the file carries the state's check log of this dataset, not only a note on versions."""
        return bool(self.log.keys() - {"VERSION-CHECK"})

    def digest(self) -> str:
        """Return SHA-256 over the canonical rows; the order of the file's rows does not matter."""
        frame = self.lines
        mixed = frame["amount_cents"].to_numpy().astype(np.uint64)
        for column in CODE_COLUMNS:
            codes = frame[column].cat
            stated = np.array([_hash(text) for text in codes.categories] or [0], dtype=np.uint64)
            mixed = mixed * _PRIME + stated[codes.codes.to_numpy()]
        whole = hashlib.sha256("|".join(self.key).encode())
        whole.update(np.sort(mixed).tobytes())
        return whole.hexdigest()


_PRIME = np.uint64(0x9E3779B97F4A7C15)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


@dataclasses.dataclass
class Reading:
    """A file as it was read: layout, datasets, findings, and where every record went."""

    name: str
    sha256: str
    size: int
    layout: str | None
    datasets: list[Dataset]
    findings: Findings
    accounted: Counter[str]
    """Physical lines (rows of a sheet) by what they are: detail, header, control, element, blank, set aside
    ..."""
    physical_lines: int = 0
    needs_mapping: dict[str, Any] | None = None
    """For a table whose columns nobody named: headings, samples and guesses."""

    @property
    def accepted(self) -> bool:
        """Whether the file may be stored."""
        return not self.findings.fatal


def empty_lines() -> pd.DataFrame:
    """Return a frame of ledger lines without rows."""
    return lines_frame(
        line=np.empty(0, np.int32),
        codes={name: pd.Categorical([], categories=[]) for name in CODE_COLUMNS},
        cents=np.empty(0, np.int64),
        flag=pd.Categorical([], categories=[]),
    )


def lines_frame(
    *, line: np.ndarray, codes: dict[str, pd.Categorical], cents: np.ndarray, flag: pd.Categorical
) -> pd.DataFrame:
    """Return the frame of ledger lines.

    Args:
        line: physical lines, int32.
        codes: one categorical for each of `CODE_COLUMNS`, as long as `line`.
        cents: amounts in whole cents, int64.
        flag: I, E, C or empty.
    """
    return pd.DataFrame(
        {
            "line": line.astype(np.int32, copy=False),
            **{name: codes[name] for name in CODE_COLUMNS},
            "amount_cents": cents.astype(np.int64, copy=False),
            "flag": flag,
        },
        copy=False,
    )
