"""A valid ledger of any length in the state's export layout, for measuring."""

from __future__ import annotations

import itertools
from pathlib import Path

CDS = "99000000000001"
FUNDS = ("01", "11", "12", "13")
RESOURCES = ("0000", "1100", "1400", "3010", "4035", "6300", "6500", "7435", "8150", "9010")
GOALS = ("1110", "3100", "3200", "4760", "5760", "6000", "8100", "9000")
FUNCTIONS = (
    *("1000", "1110", "1120", "2100", "2420", "2700", "3110", "3120", "3140", "3600", "4000", "5000"),
    *("7210", "8100", "8500", "9100"),
)


def accounts(count: int) -> itertools.islice[str]:
    """Return so many different accounts; special education money stands in its own goal."""
    from workers.imports.ledger.codes import names  # noqa: PLC0415 - only where a ledger is made

    objects = [code for code in names("object") if code.isdigit() and "1000" <= code <= "6999"]
    objects = [code for code in objects if code not in ("5710", "5750")]
    every = (
        f"{fund}{resource}{year}{'5760' if resource == '6500' else goal}{function}{code}"
        for year in "0123456789"
        for fund in FUNDS
        for resource in RESOURCES
        for function in FUNCTIONS
        for goal in (GOALS[:1] if resource == "6500" else GOALS)
        for code in objects
    )
    return itertools.islice(every, count)


def write(path: Path, lines: int = 1_000_000) -> Path:
    """Write a file with so many detail records, each of another account, with amounts to the cent."""
    with path.open("w", encoding="ascii", newline="") as out:
        out.write(f'"2024-25","{CDS}","BS1","BB"\r\n')
        written = 0
        for number, account in enumerate(accounts(lines)):
            out.write(f'"{account}","{(number * 7919) % 9_000_000 / 100:.2f}","I"\r\n')
            written += 1
        if written != lines:
            raise ValueError(f"there are only {written} different accounts")
        out.write(f'"-1","EOD","{CDS}","BS1","BB","{lines}"\r\n')
        out.write(f'"-1","EOF","{CDS}","{lines + 3}","",""\r\n')
    return path
