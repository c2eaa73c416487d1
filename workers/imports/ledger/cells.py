"""A table's columns as they were read, whatever file they came from."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from workers.imports.ledger.arrow import Column, pa, pc

Lines = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass
class Table:
    """Columns of text with the physical line (or sheet row) of each row.

    `kinds` says for a sheet what each cell was: s text, n number, d date, b truth, e error, blank empty;
    None for CSV.
    """

    headings: list[str]
    columns: list[Column]
    lines: Lines
    heading_line: int
    kinds: list[npt.NDArray[np.uint8]] | None = None

    def __len__(self) -> int:
        return len(self.lines)


def flags_of(array: Column) -> Mask:
    """Return an Arrow column of truths as a mask; unknown counts as false."""
    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def categorical_of(column: Column) -> pd.Categorical:
    """Return a column of texts as a categorical."""
    encoded = pc.fill_null(column, "").dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return pd.Categorical.from_codes(
        encoded.indices.to_numpy(zero_copy_only=False),
        categories=pd.Index(encoded.dictionary.to_pylist(), dtype=object),
    )


def constant(text: str, count: int) -> pd.Categorical:
    """Return one text for every row."""
    return pd.Categorical.from_codes(np.zeros(count, np.int8), categories=pd.Index([text], dtype=object))
