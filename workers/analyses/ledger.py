"""A ledger as an analysis sees it: sums in whole cents by account, selected by code.

A selection ("where") names codes by field: one code is that code, two are an inclusive range in the order
of the state's code tables (digits before letters). `exclude` holds a selection to leave out. The same
selection finds the same lines in the database when a figure is traced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

Where = dict[str, Any]
"""{"fund": ["01"], "resource": ["0000", "1999"], "object": ["1000", "7999"], "exclude": {...}}"""

FIELDS = ("fund", "resource", "goal", "function", "object")


@dataclass(frozen=True, eq=False)
class Ledger:
    """One dataset's amounts, summed over what no analysis asks for (school, project year)."""

    dataset_id: int
    fiscal_year: str
    period: str
    column: str
    codes: dict[str, Any]
    """Field to an array of codes, one entry for each sum."""
    sums: Any
    """int64 cents, one for each distinct account."""
    _asked: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Sums that were asked for before: an outlook computed again asks for the same ones."""

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, dataset_id: int, fiscal_year: str, period: str, column: str
    ) -> Ledger:
        """Return the ledger of a frame with columns fund, resource, goal, function, object, amount_cents."""
        grouped = frame.groupby(list(FIELDS), observed=True, sort=True)["amount_cents"].sum().reset_index()
        return cls(
            dataset_id=dataset_id,
            fiscal_year=fiscal_year,
            period=period,
            column=column,
            codes={field: grouped[field].astype(str).to_numpy(dtype="U8") for field in FIELDS},
            sums=grouped["amount_cents"].to_numpy(dtype=np.int64),
        )

    def _mask(self, where: Where) -> Any:
        mask = np.ones(len(self.sums), dtype=bool)
        for name in FIELDS:
            if name in where:
                codes = where[name]
                mask &= (self.codes[name] >= codes[0]) & (self.codes[name] <= codes[-1])
        if "exclude" in where:
            mask &= ~self._mask(where["exclude"])
        return mask

    def cents(self, where: Where) -> int:
        """Return the sum of the selected lines, in cents; 0 if there are none."""
        key = repr(where)
        if key not in self._asked:
            self._asked[key] = int(self.sums[self._mask(where)].sum())
        return self._asked[key]

    def has(self, where: Where) -> bool:
        """Say whether any line is selected."""
        return bool(self._mask(where).any())

    def by(self, field: str, where: Where, width: int | None = None) -> dict[str, int]:
        """Return the selected sums in cents by a field's code, or by its first `width` characters."""
        mask = self._mask(where)
        codes = self.codes[field][mask]
        if width is not None:
            codes = codes.astype(f"U{width}")
        keys, places = np.unique(codes, return_inverse=True)
        sums = np.zeros(len(keys), dtype=np.int64)
        np.add.at(sums, places, self.sums[mask])
        return {str(key): int(cents) for key, cents in zip(keys, sums, strict=True)}


def narrowed(where: Where, **more: Any) -> Where:
    """Return a selection with further fields named."""
    return {**where, **more}


def next_year(fiscal_year: str, steps: int = 1) -> str:
    """Return the fiscal year `steps` after one: 2024-25 becomes 2025-26; 1999-00 is spelled so."""
    first = int(fiscal_year[:4]) + steps
    return f"{first:04d}-{(first + 1) % 100:02d}"
