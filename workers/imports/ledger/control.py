"""The control: our totals beside the file's and the person's, and where each cent between them is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd

from workers.imports.ledger.amounts import explain, parse, print_cents
from workers.imports.ledger.arrow import pa
from workers.imports.ledger.dataset import Dataset
from workers.imports.ledger.pair_checks import pair_exceptions
from workers.imports.ledger.totals import by_fund

CONTROLS = {
    "revenues": ("8000", "8979"),
    "expenditures_and_uses": ("1000", "7999"),
    "contributions": ("8980", "8999"),
    "beginning_balance": ("9791", "9791"),
}
"""What a control report states, with the objects that each sums."""


def totals(lines: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return each fund's sums of `CONTROLS` in cents."""
    return {
        fund: {
            "revenues": one.revenues,
            "expenditures_and_uses": one.expenditures_and_uses,
            "contributions": one.contributions_unrestricted + one.contributions_restricted,
            "beginning_balance": one.beginning_balance,
        }
        for fund, one in by_fund(lines).items()
    }


def document(dataset: Dataset, readings: dict[int, int]) -> dict[str, Any]:
    """Return a dataset's control as it is kept: counts, totals by fund, rows set aside, accepted readings.

    Args:
        dataset: as read.
        readings: line to cents of the proposed readings that a person accepted.
    """
    lines = dataset.lines
    taken = lines[lines["line"].isin(list(readings))]
    return {
        "filed_records": dataset.filed_count,
        "state_log": _state_log(dataset),
        "read_records": len(lines),
        "all_lines": print_cents(int(lines["amount_cents"].sum())),
        "funds": {
            fund: {name: print_cents(cents) for name, cents in sums.items()}
            for fund, sums in totals(lines).items()
        },
        "set_aside": [
            {
                "line": row.line,
                "amount": None if row.cents is None else print_cents(row.cents),
                "text": row.text,
            }
            for row in dataset.set_aside
        ],
        "readings": [
            {"line": int(line), "amount": print_cents(int(cents))}
            for line, cents in zip(taken["line"], taken["amount_cents"], strict=True)
        ],
    }


def _state_log(dataset: Dataset) -> dict[str, Any] | None:
    """Return what the file's own check log says, or None for a file without one."""
    if not dataset.checked_by_state:
        return None
    outcomes = list(dataset.log.values())
    return {
        "passed": outcomes.count("passed"),
        "exceptions": outcomes.count("exception"),
        "pairs": pair_exceptions(dataset),
    }


def file_total(datasets: list[Dataset], typed: str | None) -> dict[str, str] | None:
    """Return the sum of all rows of a file beside the control total that a person typed, or None.

    Args:
        datasets: all of the file.
        typed: the person's total; None or an unreadable text gives None.
    """
    stated = typed_amount(typed) if typed else None
    if stated is None:
        return None
    ours = sum(int(dataset.lines["amount_cents"].sum()) for dataset in datasets)
    return {
        "stated": print_cents(stated),
        "ours": print_cents(ours),
        "difference": print_cents(ours - stated),
    }


def typed_amount(text: str) -> int | None:
    """Read an amount that a person typed into the control: 1,234.56 and (1,234.56) are plain there."""
    cents, readable = parse(pa.array([text.strip()]))
    return int(cents[0]) if readable[0] else explain(text).proposed_cents


@dataclasses.dataclass(frozen=True)
class Row:
    """One control: the person's total and ours, in cents."""

    name: str
    stated: int | None
    ours: int

    @property
    def difference(self) -> int | None:
        """Return ours less the person's, or None where nothing was typed."""
        return None if self.stated is None else self.ours - self.stated


def rows(control: dict[str, Any], fund: str) -> list[Row]:
    """Return a fund's controls, with what the person typed (`control["stated"][fund]`)."""
    stated = control.get("stated", {}).get(fund, {})
    ours = control.get("funds", {}).get(fund, {})
    return [Row(name, cents(stated.get(name)), cents(ours.get(name, "0.00")) or 0) for name in CONTROLS]


def cents(text: str | None) -> int | None:
    """Read an amount as `print_cents` wrote it."""
    if text is None:
        return None
    whole, _, part = text.lstrip("-").partition(".")
    size = int(whole) * 100 + int(part or 0)
    return -size if text.startswith("-") else size
