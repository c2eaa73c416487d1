"""The real public filings, read plainly and without the product's own reader, as an independent witness."""

from __future__ import annotations

import csv
import functools
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from workers.analyses.ledger import Ledger

ROOT = Path(__file__).resolve().parents[2]
FILINGS = ROOT.parent / "shared" / "data" / "san-francisco-unified"

PARTS = {"fund": (0, 2), "resource": (2, 6), "goal": (7, 11), "function": (11, 15), "object": (15, 19)}


def need() -> None:
    """Skip the test with a plain message where the public filings are missing."""
    if not FILINGS.is_dir():
        pytest.skip("the public filings of ../shared/data are not on this machine")


def account(resource: str, object_: str, function: str = "0000", goal: str = "0000", fund: str = "01") -> str:
    """Return an account string of 19 characters."""
    return f"{fund}{resource}0{goal}{function}{object_}"


def frame(rows: list[tuple[str, int]]) -> pd.DataFrame:
    """Return account strings and cents as a ledger frame."""
    data = {name: [account[a:b] for account, _ in rows] for name, (a, b) in PARTS.items()}
    return pd.DataFrame({**data, "amount_cents": pd.array([cents for _, cents in rows], dtype="int64")})


def ledger(rows: list[tuple[str, int]], fiscal_year: str, column: str = "BB", dataset_id: int = 1) -> Ledger:
    """Return a ledger of account strings and cents."""
    return Ledger.from_frame(
        frame(rows), dataset_id=dataset_id, fiscal_year=fiscal_year, period="BS1", column=column
    )


@functools.cache
def export(name: str) -> dict[tuple[str, str], tuple[list[tuple[str, int]], dict[str, str]]]:
    """Return rows and ELEMENT values by (fiscal year, column) of one official export."""
    found: dict[tuple[str, str], tuple[list[tuple[str, int]], dict[str, str]]] = {}
    block = "", "", ""
    with (FILINGS / name).open(encoding="utf-8-sig", newline="") as stream:
        for record in csv.reader(stream):
            if record[0] == "-1":
                continue
            if len(record) == 4:
                block = record[0], record[3], "GL"
                found[record[0], record[3]] = ([], {})
            elif len(record) == 5:
                block = record[0], record[3], record[4]
            elif block[2] == "GL":
                found[block[0], block[1]][0].append((record[0], int(Decimal(record[1]) * 100)))
            elif block[2] == "ELEMENT":
                found[block[0], block[1]][1][record[0]] = record[1]
    return found


@functools.cache
def filed(name: str, fiscal_year: str, column: str, dataset_id: int = 1) -> Ledger:
    """Return one dataset of an official export as a ledger."""
    return ledger(export(name)[fiscal_year, column][0], fiscal_year, column, dataset_id)


@functools.cache
def user_gl(dataset_id: int = 1) -> Ledger:
    """Return the 2021-22 actuals from the state's annual table."""
    with (FILINGS / "actuals-2021-22-usergl.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [(each["Account"], int(Decimal(each["Value"]) * 100)) for each in csv.DictReader(stream)]
    return ledger(rows, "2021-22", "BA", dataset_id)
