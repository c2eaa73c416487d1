"""Columns of texts into values; what can't be read is named by its row, and nothing else is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd

from tenants.language import Message
from workers.imports.ledger.codes import is_fiscal_year
from workers.imports.ledger.findings import SHOWN_PER_RULE, Finding, Findings, Severity, shorten

YEAR = re.compile(r"(20[0-9]{2})(?:[-/](?:20)?([0-9]{2}))?")
DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
HIDDEN = "–"
"""Shown in place of what stood in a column of personnel information."""


def tell(
    findings: Findings,
    frame: pd.DataFrame,
    wrong: pd.Series,
    rule: str,
    field: str,
    said: Message,
    *,
    expected: str,
    severity: Severity = "fatal",
    hidden: bool = False,
) -> None:
    """Tell of each row for which `wrong` is true, and count those beyond what is listed.

    Args:
        findings: takes them.
        frame: rows with `line` and the field.
        wrong: a truth for each row.
        rule: name of the check.
        field: the column that is wrong.
        said: what to do.
        expected: what should stand there.
        severity: how bad it is.
        hidden: whether the value is personnel information, which no finding repeats.
    """
    rows = frame.loc[wrong.to_numpy(dtype=bool)]
    shown: list[Any] = list(rows.head(SHOWN_PER_RULE).itertuples(index=False))
    for row in shown:
        found = HIDDEN if hidden else shorten(str(getattr(row, field, "")))
        findings.add(
            Finding(
                severity, rule, said, line=int(row.line), field=field, found=found or " ", expected=expected
            )
        )
    if len(rows) > SHOWN_PER_RULE:
        findings.more(severity, rule, len(rows) - SHOWN_PER_RULE)


def column(frame: pd.DataFrame, field: str) -> pd.Series:
    """Return a column of texts, empty ones where the file has none."""
    if field in frame:
        return frame[field]
    return pd.Series("", index=frame.index, dtype=object)


def whole_numbers(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return counts (0 where unreadable) and whether each could be read."""
    plain = texts.str.replace(",", "", regex=False).str.replace(r"\.0+$", "", regex=True)
    good = plain.str.fullmatch(r"[0-9]{1,7}").astype(bool)
    return plain.where(good, "0").astype("int64"), good


def fixed(texts: pd.Series, places: int, whole: int = 7) -> tuple[pd.Series, pd.Series]:
    """Return decimals as whole units of the last place (0 where unreadable), and whether each was readable.

    Args:
        texts: such as 1,234.50 or $1,234.50; at most `places` digits behind the point.
        places: decimal places of the result.
        whole: most digits before the point.
    """
    plain = texts.str.replace(r"[$,%\s]", "", regex=True)
    form = rf"(?=.*[0-9])[0-9]{{0,{whole}}}(\.[0-9]{{0,{places}}}0*)?"
    good = plain.str.fullmatch(form).astype(bool)
    parts = plain.where(good, "0").str.extract(r"^([0-9]*)\.?([0-9]*)$")
    digits = parts[0].str.cat(parts[1].str[:places].str.ljust(places, "0"))
    return digits.where(digits != "", "0").astype("int64"), good


def dates(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return days in ISO form (empty where none), and whether each could be read; empty ones could."""
    known: dict[str, str | None] = {text: _day(text) for text in texts.unique()}
    read = texts.map(known)
    return read.fillna(""), read.notna()


def _day(text: str) -> str | None:
    plain = text.removesuffix(" 00:00:00")
    if not plain:
        return ""
    match = DAY.fullmatch(plain)
    try:
        if match:
            return dt.date(int(match[3]), int(match[1]), int(match[2])).isoformat()
        return dt.date.fromisoformat(plain).isoformat()
    except ValueError:
        return None


def coded(texts: pd.Series, read: Callable[[str], str | None]) -> tuple[pd.Series, pd.Series]:
    """Return codes (empty where unknown), and whether each text has one; each distinct text is read once."""
    known = {text: read(text) for text in texts.unique()}
    codes = texts.map(known)
    return codes.fillna(""), codes.notna()


def year_of(text: str) -> str | None:
    """Return a fiscal year as 2025-26; a single year is the one in which it begins. None for no year."""
    match = YEAR.fullmatch(text.strip())
    if match is None:
        return None
    year = f"{match[1]}-{match[2] or f'{(int(match[1]) + 1) % 100:02d}'}"
    return year if is_fiscal_year(year) else None


def units(count: Any, places: int) -> Decimal:
    """Return whole units of a decimal place as the decimal that they are."""
    return Decimal(int(count)).scaleb(-places)
