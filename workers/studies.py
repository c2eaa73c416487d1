"""From a question to a stored answer: which ledgers to read, reading them, running, keeping the result.

The same question (analysis, version, inputs, parameters) is answered from the first answer. Inputs are named
by the datasets' ids and digests, so an answer always points at ledger lines that can still be opened.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants.language import message
from tenants.records import runs
from tenants.records.datasets import AttendanceFigure, Dataset
from tenants.records.ledger import LedgerLine
from workers import rates_in_force, stills, webhooks
from workers.analyses import fund_balance_and_reserve, three_year_outlook, where_the_money_goes
from workers.analyses.findings import first_findings
from workers.analyses.ledger import FIELDS, Ledger, next_year
from workers.analyses.outlook_assumptions import Own, ParameterError, Parameters
from workers.analyses.result import Attendance, Document, digest
from workers.finance.rates import Rates
from workers.finance.rates.published import digest_of
from workers.kinds import JobRefused, RunningJob, job_kind

ANALYSES = (where_the_money_goes, fund_balance_and_reserve, three_year_outlook)
NAMES = tuple(module.NAME for module in ANALYSES)
BY_NAME = {module.NAME: module for module in ANALYSES}

COLUMN_ORDER = ("BA", "IP", "IB", "BE", "BB", "IO")
"""The columns that can stand for a year, the surest first; actuals to date (IA) never can."""
PERIOD_ORDER = ("I3", "I2", "I1", "BS1", "A")
"""Of two datasets of one column: the later interim; a budget as adopted before its copy in later files."""
MOST_YEARS_BACK = 4


class NoLedgerError(LookupError):
    """No dataset can stand for any year of this district."""


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What a question is answered from."""

    datasets: tuple[Dataset, ...]
    """One for each consecutive fiscal year, oldest first; the last is the year asked about."""
    attendance: Mapping[str, Attendance]
    known: Rates
    """The state rates in force: the shipped ones and what was published over them."""
    own: Own
    """What the district has accepted in their place, by assumption and year."""

    @property
    def base_year(self) -> str:
        """Return the fiscal year asked about."""
        return self.datasets[-1].fiscal_year

    def document(self) -> list[dict[str, Any]]:
        """Return the inputs as they are stored with the run and digested."""
        read: list[dict[str, Any]] = [
            {
                "dataset_id": each.id,
                "digest": each.digest,
                "fiscal_year": each.fiscal_year,
                "period": each.period,
                "column": each.column_code,
            }
            for each in self.datasets
        ]
        read += [
            {"ada": each.value, "fiscal_year": each.fiscal_year, "source": each.source}
            for each in sorted(self.attendance.values(), key=lambda one: one.fiscal_year)
        ]
        read.append({"state_rates": digest_of(self.known)})
        read += [{"assumption": key, "value": self.own[key].value} for key in sorted(self.own)]
        return read


def _rank(dataset: Dataset) -> tuple[int, int]:
    periods = PERIOD_ORDER
    period = periods.index(dataset.period) if dataset.period in periods else len(periods)
    return COLUMN_ORDER.index(dataset.column_code), period


def choose(session: Session, district_id: int, base_year: str | None = None) -> Inputs:
    """Return the datasets and attendance that questions about a year are answered from.

    Args:
        session: in a scope that may read the district.
        district_id: the district.
        base_year: the year asked about; the newest loaded one when None.

    Raises:
        NoLedgerError: if no dataset can stand for the year.
    """
    candidates = session.scalars(
        select(Dataset).where(
            Dataset.district_id == district_id,
            Dataset.state == "ready",
            Dataset.column_code.in_(COLUMN_ORDER),
        )
    )
    best: dict[str, Dataset] = {}
    for each in sorted(candidates, key=_rank):
        best.setdefault(each.fiscal_year, each)
    at = base_year or max(best, default=None)
    if at is None or at not in best:
        raise NoLedgerError(base_year)
    chain = [best[at]]
    while len(chain) < MOST_YEARS_BACK and (before := next_year(chain[0].fiscal_year, -1)) in best:
        chain.insert(0, best[before])
    figures = session.scalars(select(AttendanceFigure).where(AttendanceFigure.district_id == district_id))
    attendance = {
        each.fiscal_year: Attendance(each.fiscal_year, str(each.ada), each.source) for each in figures
    }
    return Inputs(
        tuple(chain), attendance, rates_in_force.rates(session), rates_in_force.own(session, district_id)
    )


def years(session: Session, district_id: int) -> list[str]:
    """Return the fiscal years that a ledger stands for, newest first."""
    found = session.scalars(
        select(Dataset.fiscal_year)
        .where(
            Dataset.district_id == district_id,
            Dataset.state == "ready",
            Dataset.column_code.in_(COLUMN_ORDER),
        )
        .distinct()
    )
    return sorted(found, reverse=True)


def ledger(session: Session, dataset: Dataset) -> Ledger:
    """Return a dataset summed by account; the database adds, so a million lines arrive as a few thousand."""
    columns = [getattr(LedgerLine, field) for field in FIELDS]
    rows = session.execute(
        select(*columns, func.sum(LedgerLine.amount_cents))
        .where(LedgerLine.district_id == dataset.district_id, LedgerLine.dataset_id == dataset.id)
        .group_by(*columns)
    ).all()
    frame = pd.DataFrame(rows, columns=[*FIELDS, "amount_cents"])
    frame["amount_cents"] = frame["amount_cents"].astype("int64")
    return Ledger.from_frame(
        frame,
        dataset_id=dataset.id,
        fiscal_year=dataset.fiscal_year,
        period=dataset.period,
        column=dataset.column_code,
    )


def plain_parameters(analysis: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that make a difference to an analysis, in one spelling.

    Raises:
        ParameterError: for parameters that nothing can be computed with.
    """
    return Parameters.read(given).document() if analysis == three_year_outlook.NAME else {}


def compute(
    analysis: str,
    ledgers: Sequence[Ledger],
    attendance: Mapping[str, Attendance],
    parameters: Mapping[str, Any],
    known: Rates | None = None,
    own: Own | None = None,
) -> Document:
    """Run one analysis on ledgers in memory."""
    if analysis == where_the_money_goes.NAME:
        before = ledgers[-2] if len(ledgers) > 1 else None
        return where_the_money_goes.analyse(ledgers[-1], before, attendance)
    if analysis == fund_balance_and_reserve.NAME:
        return fund_balance_and_reserve.analyse(ledgers, attendance, known)
    return three_year_outlook.analyse(ledgers, attendance, parameters, known, own)


def answer(
    session: Session,
    district_id: int,
    analysis: str,
    given: Mapping[str, Any] | None = None,
    *,
    name: str = "",
    base_year: str | None = None,
    job_id: int | None = None,
    loaded: dict[int, Ledger] | None = None,
) -> int:
    """Answer a question and return the id of the run that holds the answer.

    Args:
        session: in a scope that may write the district.
        district_id: the district.
        analysis: one of NAMES.
        given: parameters of a variant.
        name: the variant's name; empty for the analysis without new decisions.
        base_year: the year asked about; the newest loaded one when None.
        job_id: the job that asks, for the record.
        loaded: ledgers already read in this transaction by dataset id; newly read ones are added.

    Raises:
        NoLedgerError: if no ledger is loaded.
        ParameterError: for parameters that nothing can be computed with.
    """
    parameters = plain_parameters(analysis, given or {})
    inputs = choose(session, district_id, base_year)
    version = BY_NAME[analysis].VERSION
    read = inputs.document()
    input_digest, parameters_digest = digest(read), digest(parameters)
    before = runs.answered(session, district_id, analysis, version, input_digest, parameters_digest)
    if before is not None:
        return before
    if not name and parameters != plain_parameters(analysis, {}):
        # A variant must never pass for the answer without new decisions.
        name = f"#{parameters_digest[:6]}"
    held = {} if loaded is None else loaded
    for dataset in inputs.datasets:
        if dataset.id not in held:
            held[dataset.id] = ledger(session, dataset)
    ledgers = [held[dataset.id] for dataset in inputs.datasets]
    document = compute(analysis, ledgers, inputs.attendance, parameters, inputs.known, inputs.own)
    run_id = runs.keep(
        session,
        {
            "district_id": district_id,
            "analysis": analysis,
            "version": version,
            "input_digest": input_digest,
            "inputs": read,
            "parameters": {**parameters, "name": name} if name else parameters,
            "parameters_digest": parameters_digest,
            "output_digest": digest(document),
            "result": document,
            "job_id": job_id,
        },
    )
    place = f"/d/{district_id}/analyses/runs/{run_id}"
    webhooks.emit(session, district_id, "analysis.ready", f"run/{run_id}", place)
    return run_id


def current_digest(session: Session, district_id: int) -> str | None:
    """Return the digest of the inputs that a question asked now would read; None without a ledger."""
    try:
        return digest(choose(session, district_id).document())
    except NoLedgerError:
        return None


def findings(session: Session, district_id: int) -> list[dict[str, Any]]:
    """Return the district's most important findings in dollars, each with the `run_id` that holds it."""
    documents = runs.newest_documents(session, district_id)
    by_analysis = {each["analysis"]: each["run_id"] for each in documents}
    return [{**each, "run_id": by_analysis[each["analysis"]]} for each in first_findings(documents)]


@job_kind(
    "run_analyses",
    queue="analyses",
    limit_seconds=900,
    attempts=3,
    rights="requester",
    permission="analysis:run",
)
def run_analyses(job: RunningJob) -> dict[str, Any]:
    """Answer every question of the district, or the one that the job's parameters name.

    Parameters: `analysis`, `parameters`, `name`, `base_year`, each optional.

    Raises:
        JobRefused: without a ledger, or for parameters that can't be meant.
    """
    wanted = str(job.parameters.get("analysis", ""))
    questions = [wanted] if wanted in BY_NAME else list(NAMES)
    answers: dict[str, int] = {}
    held: dict[int, Ledger] = {}
    for position, analysis in enumerate(questions):
        job.progress(position, len(questions), message("Computing: {title}", title=BY_NAME[analysis].TITLE))
        job.raise_if_cancelled()
        try:
            with job.transaction() as session:
                answers[analysis] = answer(
                    session,
                    job.district_id,
                    analysis,
                    job.parameters.get("parameters"),
                    name=str(job.parameters.get("name", "")),
                    base_year=job.parameters.get("base_year"),
                    job_id=job.id,
                    loaded=held,
                )
                if position == len(questions) - 1:
                    stills.ask(session, job.district_id, list(answers.values()))
        except NoLedgerError as nothing:
            raise JobRefused(
                message("There is no ledger to analyse yet. Load one under Data, then ask again.")
            ) from nothing
        except ParameterError as refused:
            raise JobRefused(refused.said) from refused
    return {"runs": answers}
