"""Pairs of codes that a district's earlier official files hold, for the files that carry no check log."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tenants.records.datasets import Dataset, LedgerLoad
from tenants.records.ledger import LedgerLine
from workers.imports.ledger.checks import reviewed
from workers.imports.ledger.dataset import Reading
from workers.imports.ledger.pair_checks import PAIR_CODES, Known, learn, tell_unseen

OFFICIAL_FILES = 4
"""So many data sets are looked at, the newest first: codes change with the years."""


def compare_with_official_files(session: Session, district_id: int, reading: Reading) -> None:
    """Report pairs that none of the district's earlier official files holds.

    Official is a data set that the state has checked: it came with the state's check log, or in the state's
    own
    annual data.

    Args:
        session: the open transaction, in the district's scope.
        district_id: whose ledger it is.
        reading: what was read; its findings receive the report.
    """
    asking = [
        (position, dataset)
        for position, dataset in enumerate(reading.datasets)
        if not dataset.checked_by_state and reviewed(dataset) and reading.layout != "user-gl"
    ]
    if not asking:
        return
    official = session.execute(
        select(Dataset.id, Dataset.fiscal_year, Dataset.control)
        .join(
            LedgerLoad, (LedgerLoad.district_id == Dataset.district_id) & (LedgerLoad.id == Dataset.load_id)
        )
        .where(
            Dataset.district_id == district_id,
            Dataset.state == "ready",
            or_(Dataset.control["state_log"]["passed"].as_integer() > 0, LedgerLoad.layout == "user-gl"),
        )
        .order_by(Dataset.fiscal_year.desc(), Dataset.id.desc())
        .limit(OFFICIAL_FILES)
    ).all()
    if not official:
        return
    known: Known = {}
    for dataset_id, _, control in official:
        log = control.get("state_log") or {}
        learn(known, _combinations(session, district_id, dataset_id), map(tuple, log.get("pairs", [])))
    years = ", ".join(sorted({year for _, year, _ in official}))
    for position, dataset in asking:
        tell_unseen(dataset, known, years, position, reading.findings)


def _combinations(session: Session, district_id: int, dataset_id: int) -> pd.DataFrame:
    """Return the combinations of codes of a data set, each once, in the form of ledger lines."""
    codes = [LedgerLine.__table__.c[name] for name in PAIR_CODES]
    rows = session.execute(
        select(*codes)
        .where(
            LedgerLine.district_id == district_id,
            LedgerLine.dataset_id == dataset_id,
            LedgerLine.amount_cents != 0,
        )
        .distinct()
    ).all()
    frame = pd.DataFrame.from_records(rows, columns=list(PAIR_CODES)).astype("category")
    return frame.assign(amount_cents=1, line=0)
