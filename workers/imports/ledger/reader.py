"""The one entrance: a file on disk in, datasets and findings out. Writes nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tenants.language import N_, message
from workers.imports.ledger import source
from workers.imports.ledger.checks import beginning_equals_ending, review, reviewed
from workers.imports.ledger.code_checks import check_codes
from workers.imports.ledger.codes import COMBINATIONS, YEAR_OFFSET, is_fiscal_year, next_year
from workers.imports.ledger.dataset import Dataset, Reading
from workers.imports.ledger.findings import Finding, Findings, RefusedFileError
from workers.imports.ledger.layouts import looks_like_sacs
from workers.imports.ledger.mapping import Mapping
from workers.imports.ledger.pair_checks import Known, learn, review_pairs, tell_log, tell_unseen
from workers.imports.ledger.plain_table import TableReader
from workers.imports.ledger.sacs_file import SacsFile
from workers.imports.ledger.workbook import read_workbook

Progress = Callable[[int, int], None]
"""Called with steps done and steps in all."""
STEPS = 4


@dataclasses.dataclass(frozen=True)
class Expectation:
    """What the person said that the file is; every part may be missing.

    Attributes:
        fiscal_year: the year that was named, such as 2024-25.
        period: reporting period.
        column: column code.
        cds_code: the district's own code of 14 digits.
        readings: line to cents, for amounts whose proposed reading a person accepted.
    """

    fiscal_year: str | None = None
    period: str | None = None
    column: str | None = None
    cds_code: str | None = None
    readings: dict[int, int] = dataclasses.field(default_factory=dict)


def read(
    path: Path,
    *,
    name: str | None = None,
    mapping: Mapping | None = None,
    expected: Expectation | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read a ledger file.

    Args:
        path: the file.
        name: its name as a person knows it; the path's by default.
        mapping: how the columns of a plain table are named; not needed for the state's layouts.
        expected: what the person said.
        progress: told after each step.

    Returns:
        Datasets, findings, and an account of every physical line. A file that can't be read at all gives a
        reading
        with one fatal finding; no content makes this function raise.
    """
    expected = expected or Expectation()
    step = progress or (lambda _done, _total: None)
    reading = Reading(
        name=name or path.name,
        sha256=source.digest(path),
        size=path.stat().st_size,
        layout=None,
        datasets=[],
        findings=Findings(),
        accounted=Counter(),
    )
    try:
        step(1, STEPS)
        _content(path, reading, mapping, expected)
        step(2, STEPS)
    except RefusedFileError as refusal:
        reading.findings.add(refusal.finding)
        reading.datasets.clear()
        return reading
    _across(reading, expected)
    step(3, STEPS)
    for position, dataset in enumerate(reading.datasets):
        outcomes = check_codes(dataset, position, reading.findings)
        outcomes |= review(dataset, position, reading.findings)
        outcomes |= review_pairs(dataset, reading.layout, position, reading.findings)
        tell_log(dataset, outcomes, position, reading.findings)
    step(4, STEPS)
    return reading


def _content(path: Path, reading: Reading, mapping: Mapping | None, expected: Expectation) -> None:
    if source.kind_of(path) == "xlsx":
        read_workbook(path, reading, mapping, expected.readings)
        return
    text = source.read_text(path, mapping.encoding if mapping else None)
    records = source.split(text.data)
    reading.physical_lines = records.physical_lines
    reading.accounted["continued"] += records.physical_lines - len(records)
    if looks_like_sacs(records):
        _plain_encoding(text.encoding)
        if records.open_quote_line is not None:
            raise source.open_quote(records)
        SacsFile(records, reading, expected.readings).read()
        return
    TableReader(records, text.encoding, reading, mapping, expected.readings).read()


def _plain_encoding(encoding: str) -> None:
    """The state's layouts are ASCII; anything else was changed after the export."""
    if encoding in ("utf-8", "windows-1252"):
        return
    raise source.encoding_refused(encoding)


def _across(reading: Reading, expected: Expectation) -> None:
    """Checks over the whole file: one district, no dataset twice, the years that were named."""
    datasets, findings = reading.datasets, reading.findings
    agencies: dict[str, int | None] = {}
    for dataset in datasets:
        if dataset.cds_code:
            agencies.setdefault(dataset.cds_code, dataset.header_line)
    if len(agencies) > 1:
        second = list(agencies.items())[1]
        findings.add(
            Finding(
                "fatal",
                "SEVERAL-DISTRICTS",
                message(
                    "The file holds ledgers of {n} agencies. Load one district's file at a time.",
                    n=len(agencies),
                ),
                line=second[1],
                field="CDS code",
                found=", ".join(sorted(agencies)),
                expected=N_("one agency"),
            )
        )
    if expected.cds_code:
        for cds_code, line in agencies.items():
            if cds_code != expected.cds_code:
                findings.add(
                    Finding(
                        "fatal",
                        "OTHER-DISTRICT",
                        message(
                            "This file is another agency's (code {found}); yours is {own}. No row of it "
                            "was loaded. Load your own.",
                            found=cds_code,
                            own=expected.cds_code,
                        ),
                        line=line,
                        field="CDS code",
                        found=cds_code,
                        expected=expected.cds_code,
                    )
                )
    _years(reading, expected)
    _report(reading, expected)


def _report(reading: Reading, expected: Expectation) -> None:
    """Refuse a file of another reporting period, or without the column, that the person named."""
    periods = {dataset.period: dataset for dataset in reading.datasets}
    columns = {dataset.column: dataset for dataset in reading.datasets}
    period = message(
        "You named another reporting period than the file holds. Name the right one, or load the file that "
        "you meant."
    )
    column = message(
        "The file does not hold the column that you named. Name the right one, or load the file that you "
        "meant."
    )
    for field, named, found, said in (
        ("period", expected.period, periods if set(periods) - {expected.period} else {}, period),
        ("column", expected.column, columns if expected.column not in columns else {}, column),
    ):
        if named and found:
            other = next(code for code in found if code != named)
            line = found[other].header_line
            reading.findings.add(
                Finding("fatal", "OTHER-REPORT", said, line=line, field=field, found=other, expected=named)
            )


def _years(reading: Reading, expected: Expectation) -> None:
    """Refuse fiscal years that do not belong together, or that the person did not name."""
    by_period: dict[str, list[Dataset]] = {}
    for dataset in reading.datasets:
        by_period.setdefault(dataset.period, []).append(dataset)
    for period, datasets in by_period.items():
        bases: dict[str, Dataset] = {}
        for dataset in datasets:
            offset = YEAR_OFFSET.get((period, dataset.column), 0)
            if is_fiscal_year(dataset.fiscal_year):
                bases.setdefault(next_year(dataset.fiscal_year, -offset), dataset)
        if len(bases) > 1 and period in COMBINATIONS and reading.layout in ("sacs-export", "sacs-import"):
            first, second = list(bases.values())[:2]
            reading.findings.add(
                _year_finding(
                    second,
                    first.fiscal_year,
                    message(
                        "The datasets of period {period} belong to two different filings ({first} {column} "
                        "and {second} "
                        "{other}). Load each filing by itself.",
                        period=period,
                        first=first.fiscal_year,
                        column=first.column,
                        second=second.fiscal_year,
                        other=second.column,
                    ),
                )
            )
    named = expected.fiscal_year
    if named and reading.datasets:
        years = {dataset.fiscal_year: dataset for dataset in reading.datasets}
        filing = any(
            dataset.fiscal_year == named and (dataset.period, dataset.column) in YEAR_OFFSET
            for dataset in reading.datasets
        )
        companions = _companions(named) if is_fiscal_year(named) else ()
        for year, dataset in years.items():
            if year == named or (filing and reading.layout != "plain-table" and year in companions):
                continue
            reading.findings.add(
                _year_finding(
                    dataset,
                    named,
                    message(
                        "You named fiscal year {named}, but the file holds {year}. Name the right year, or "
                        "load the "
                        "file of the year you meant.",
                        named=named,
                        year=year,
                    ),
                )
            )


def _companions(year: str) -> tuple[str, str]:
    """Return the years that may travel in one filing with a year: the one before and the one after."""
    return next_year(year, -1), next_year(year)


def _year_finding(dataset: Dataset, expected: str, said: dict[str, Any]) -> Finding:
    return Finding(
        "fatal",
        "FISCAL-YEARS",
        said,
        line=dataset.header_line,
        field="fiscal year",
        found=dataset.fiscal_year,
        expected=expected,
    )


def compare_years(readings: list[Reading]) -> None:
    """Compare beginning balances with the prior year's unaudited actuals where several files were given."""
    actuals = {
        (dataset.cds_code, dataset.fiscal_year): dataset
        for reading in readings
        for dataset in reading.datasets
        if (dataset.period, dataset.column) == ("A", "BA")
    }
    for reading in readings:
        for position, dataset in enumerate(reading.datasets):
            if dataset.column not in ("BA", "BE") or not is_fiscal_year(dataset.fiscal_year):
                continue
            prior = actuals.get((dataset.cds_code, next_year(dataset.fiscal_year, -1)))
            if prior is not None and prior is not dataset:
                beginning_equals_ending(prior, dataset, position, reading.findings)


def compare_pairs(readings: list[Reading]) -> None:
    """Compare pairs of codes with those of the same district's official files, where several were given."""
    known: dict[str, Known] = {}
    years: dict[str, set[str]] = {}
    for reading in readings:
        for dataset in reading.datasets:
            if dataset.checked_by_state or reading.layout == "user-gl":
                learn(known.setdefault(dataset.cds_code, {}), dataset.lines, dataset.log_exceptions)
                years.setdefault(dataset.cds_code, set()).add(dataset.fiscal_year)
    for reading in readings:
        for position, dataset in enumerate(reading.datasets):
            official = dataset.checked_by_state or reading.layout == "user-gl"
            if official or not reviewed(dataset) or dataset.cds_code not in known:
                continue
            said = ", ".join(sorted(years[dataset.cds_code]))
            tell_unseen(dataset, known[dataset.cds_code], said, position, reading.findings)
