"""What the load page shows: the load, its job, its control, what was found, and what certification lacks."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from apportion.data.differences import Explanation, explain, explain_file
from tenants.language import Message, message, money
from tenants.people import Person
from tenants.records.datasets import Dataset, DatasetFinding, LedgerLoad, SourceFile
from tenants.records.jobs import Job
from workers import tray
from workers.imports.ledger import control
from workers.tray import Standing

FINDINGS_SHOWN = 100
WEIGHT = case({"fatal": 0, "warning": 1}, value=DatasetFinding.severity, else_=2)
"""Findings in the order in which a person should look at them."""
OTHERS_SHOWN = 4
SET_ASIDE_SHOWN = 100
OPEN = ("received", "reading")


@dataclasses.dataclass(frozen=True)
class Difference:
    """One control whose totals differ, with what can explain it, the likeliest first."""

    name: str
    cents: int
    explanations: list[Explanation]

    @property
    def first(self) -> Explanation | None:
        """The likeliest explanation, or None."""
        return self.explanations[0] if self.explanations else None

    @property
    def others(self) -> list[Explanation]:
        """What else would make the same cents."""
        return self.explanations[1 : 1 + OTHERS_SHOWN]


@dataclasses.dataclass(frozen=True)
class Control:
    """The control of one fund of one dataset."""

    fund: str
    rows: list[control.Row]
    differences: list[Difference]

    @property
    def stated(self) -> bool:
        """Whether a person typed any total."""
        return any(row.stated is not None for row in self.rows)

    @property
    def difference(self) -> int:
        """The cents by which all controls together differ."""
        return sum(one.cents for one in self.differences)

    @property
    def differs(self) -> bool:
        """Whether any control differs; two differences may cancel each other."""
        return bool(self.differences)

    @property
    def left_over(self) -> int:
        """The cents that nothing explains."""
        return sum(one.cents for one in self.differences if one.first is None)


@dataclasses.dataclass(frozen=True)
class LoadPage:
    """Everything that the load page shows."""

    load: LedgerLoad
    file: SourceFile
    person: str | None
    job: Standing | None
    datasets: list[Dataset]
    dataset: Dataset | None
    control: Control | None
    findings: list[DatasetFinding]
    counts: dict[str, int]
    faults: list[dict[str, Any]]
    """Fatal findings with a proposed reading or none, from the load's report."""
    records: dict[str, int]
    file_total: Difference | None
    """The whole file's total beside the one typed with it, where they differ."""

    @property
    def open(self) -> bool:
        """Whether the file has still to be read."""
        return self.load.state in OPEN

    @property
    def proposals(self) -> list[dict[str, Any]]:
        """The faulty amounts for which a reading is proposed."""
        return [one for one in self.faults if one.get("proposed_cents") is not None]

    @property
    def proposed_total(self) -> int:
        """The cents of all proposed readings together."""
        return sum(int(one["proposed_cents"]) for one in self.proposals)

    @property
    def typed_total(self) -> tuple[int, int] | None:
        """Of a refused file: the control total that was typed with it, and what its readable rows make."""
        total = (self.load.report or {}).get("file_total")
        if not total:
            return None
        return control.cents(total["stated"]) or 0, control.cents(total["ours"]) or 0

    @property
    def set_aside(self) -> list[dict[str, Any]]:
        """Total rows of all data sets of the file, in its order."""
        rows = [one for dataset in self.datasets for one in dataset.control.get("set_aside", [])]
        return sorted(rows, key=lambda one: int(one["line"]))[:SET_ASIDE_SHOWN]

    @property
    def only_proposals(self) -> bool:
        """Whether accepting all readings would settle the file."""
        return bool(self.faults) and len(self.proposals) == len(self.faults)


def page(
    session: Session, district_id: int, load_id: int, dataset_id: int | None, fund: str | None
) -> LoadPage | None:
    """Return a load's page, or None for an unknown load."""
    found = session.execute(
        select(LedgerLoad, SourceFile, Person.name)
        .join(
            SourceFile,
            and_(
                SourceFile.district_id == LedgerLoad.district_id, SourceFile.id == LedgerLoad.source_file_id
            ),
        )
        .outerjoin(Person, Person.id == LedgerLoad.requested_by)
        .where(LedgerLoad.district_id == district_id, LedgerLoad.id == load_id)
    ).one_or_none()
    if found is None:
        return None
    load, file, person = found
    report = load.report or {}
    ids = report.get("dataset_ids") or []
    datasets = list(
        session.scalars(
            select(Dataset)
            .where(Dataset.district_id == district_id, Dataset.id.in_(ids))
            .order_by(Dataset.fiscal_year.desc(), Dataset.column_code)
        )
    )
    dataset = next((one for one in datasets if one.id == dataset_id), datasets[0] if datasets else None)
    counts: dict[str, int] = {
        str(row[0]): int(row[1])
        for row in session.execute(
            select(DatasetFinding.severity, func.count())
            .where(DatasetFinding.district_id == district_id, DatasetFinding.load_id == load_id)
            .group_by(DatasetFinding.severity)
        )
    }
    findings = list(
        session.scalars(
            select(DatasetFinding)
            .where(DatasetFinding.district_id == district_id, DatasetFinding.load_id == load_id)
            .order_by(WEIGHT, DatasetFinding.id)
            .limit(FINDINGS_SHOWN)
        )
    )
    return LoadPage(
        load=load,
        file=file,
        person=person,
        job=_job(session, district_id, load_id),
        datasets=datasets,
        dataset=dataset,
        control=fund_control(session, dataset, fund) if dataset is not None else None,
        findings=findings,
        counts=counts,
        faults=[one for one in report.get("findings", []) if one["severity"] == "fatal"],
        records=report.get("records", {}),
        file_total=_file_total(session, datasets, dataset),
    )


def _file_total(session: Session, datasets: list[Dataset], dataset: Dataset | None) -> Difference | None:
    total = dataset.control.get("file_total") if dataset is not None else None
    difference = control.cents(total["difference"]) if total else None
    if not difference:
        return None
    return Difference("file", difference, explain_file(session, datasets, difference))


def _job(session: Session, district_id: int, load_id: int) -> Standing | None:
    job_id = session.scalar(
        select(Job.id)
        .where(
            Job.district_id == district_id, Job.kind == "read_ledger", Job.subject == f"ledger_load/{load_id}"
        )
        .order_by(Job.id.desc())
        .limit(1)
    )
    return None if job_id is None else tray.one(session, district_id, job_id)


def funds(dataset: Dataset) -> list[str]:
    """Return the funds of a dataset in order."""
    return sorted(dataset.control.get("funds", {}))


def fund_control(session: Session, dataset: Dataset, fund: str | None) -> Control | None:
    """Return the control of one fund, the general fund unless another is named."""
    known = funds(dataset)
    if not known:
        return None
    chosen = fund if fund in known else ("01" if "01" in known else known[0])
    rows = control.rows(dataset.control, chosen)
    differences = [
        Difference(row.name, row.difference, explain(session, dataset, chosen, row))
        for row in rows
        if row.difference
    ]
    return Control(chosen, rows, differences)


def lacks(dataset: Dataset) -> Message | None:
    """Return what keeps a dataset from being certified, or None."""
    if dataset.state != "ready":
        return message("Only a current data set can be certified.")
    stated = dataset.control.get("stated", {})
    total = dataset.control.get("file_total")
    if total and control.cents(total["difference"]):
        return message(
            "Certify becomes available when the file's total equals yours; they differ by {amount}.",
            amount=money(control.cents(total["difference"]) or 0, "plain_cents"),
        )
    for fund in stated:
        for row in control.rows(dataset.control, fund):
            if row.difference:
                return message(
                    "Certify becomes available when the difference is 0.00; in fund {fund} it is {amount}.",
                    fund=fund,
                    amount=money(row.difference, "plain_cents"),
                )
    if not stated and not total and dataset.control.get("filed_records") is None:
        return message("Type the totals of your control report first: this file carries no count of its own.")
    return None
