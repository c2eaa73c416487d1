"""The reading as a document: what `apportion ledger check` prints and what a load keeps."""

from __future__ import annotations

from typing import Any

from workers.imports.ledger.amounts import print_cents
from workers.imports.ledger.codes import entity
from workers.imports.ledger.dataset import Dataset, Reading
from workers.imports.ledger.elements import attendance
from workers.imports.ledger.totals import MEASURES, FundTotals, by_fund


def dataset_document(dataset: Dataset) -> dict[str, Any]:
    """Return a dataset: who, when, detail records as filed, and totals by fund as decimal strings."""
    agency = entity(dataset.cds_code)
    ada = attendance(dataset)
    return {
        "cds_code": dataset.cds_code or None,
        "entity": agency.name if agency else None,
        "fiscal_year": dataset.fiscal_year,
        "period": dataset.period,
        "column": dataset.column,
        "lines": len(dataset.lines) + len(dataset.faulty),
        "ada": ada.document() if ada else None,
        "funds": {fund: fund_document(totals) for fund, totals in by_fund(dataset.lines).items()},
    }


def fund_document(totals: FundTotals) -> dict[str, str]:
    """Return a fund's totals as decimal strings with two places."""
    return {measure: print_cents(getattr(totals, measure)) for measure in MEASURES}


def file_document(reading: Reading, language: str = "en") -> dict[str, Any]:
    """Return a file's whole document."""
    return {
        "name": reading.name,
        "sha256": reading.sha256,
        "layout": reading.layout,
        "accepted": reading.accepted,
        "records": {"physical_lines": reading.physical_lines, **dict(sorted(reading.accounted.items()))},
        "datasets": [dataset_document(dataset) for dataset in reading.datasets],
        "findings": [finding.document(language) for finding in reading.findings.listed()],
    }
