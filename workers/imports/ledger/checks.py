"""The state's technical review checks, by its names.

Sources: school-finance facts 3.3 (technical review checks of the state's reporting system) and the check
logs of
official filings, with which these outcomes agree: sums that must net to zero pass below one dollar; signs and
placements pass below ten dollars. The state reviews the current columns of a filing, not next year's budget
that
travels with unaudited actuals (period A, column BB): its log of such a dataset is empty, and so is ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pandas as pd

from tenants.language import message, money
from workers.imports.ledger import net_checks as net
from workers.imports.ledger import sign_checks as sign
from workers.imports.ledger.amounts import print_cents
from workers.imports.ledger.check_frame import NET_TOLERANCE, Found, Ledger
from workers.imports.ledger.dataset import Dataset
from workers.imports.ledger.findings import Finding, Findings, Severity


@dataclasses.dataclass(frozen=True)
class Rule:
    """A technical review check: its name, what finds its exceptions, and its severity."""

    name: str
    find: Callable[[Ledger], Found]
    field: str
    severity: Severity
    interim: Severity = "warning"
    """Severity in an interim report."""


RULES = (
    Rule("INTRAFD-DIR-COST", net.intrafund_direct, "object 5710", "fatal"),
    Rule("INTRAFD-INDIRECT", net.intrafund_indirect, "object 7310", "fatal"),
    Rule("INTRAFD-INDIRECT-FN", net.intrafund_indirect_function, "object 7310", "fatal"),
    Rule("INTERFD-DIR-COST", net.interfund_direct, "object 5750", "fatal"),
    Rule("INTERFD-INDIRECT", net.interfund_indirect, "object 7350", "fatal"),
    Rule("INTERFD-INDIRECT-FN", net.interfund_indirect_function, "object 7350", "fatal"),
    Rule("INTERFD-IN-OUT", net.interfund_in_out, "objects 8910-8929, 7610-7629", "fatal"),
    Rule("CONTRIB-UNREST-REV", net.contributions(8980), "object 8980", "fatal"),
    Rule("CONTRIB-RESTR-REV", net.contributions(8990), "object 8990", "fatal"),
    Rule("LCFF-TRANSFER", net.lcff_transfer, "objects 8091, 8099", "fatal"),
    Rule("EPA-CONTRIB", net.epa_contribution, "resource 1400", "fatal"),
    Rule("LOTTERY-CONTRIB", net.lottery_contribution, "resources 1100, 6300", "fatal"),
    Rule("PASS-THRU-REV=EXP", net.pass_through, "objects 8287, 8587, 8697, 7211-7213", "warning"),
    Rule("EXCESS-ASSIGN-REU", sign.excess_assignment, "objects 9780, 9789, 9790", "fatal"),
    Rule("UNASSIGNED-NEGATIVE", sign.unassigned_negative, "object 9790", "fatal", "fatal"),
    Rule("EFB-POSITIVE", sign.ending_balance_positive, "object 979Z", "warning"),
    Rule("OBJ-POSITIVE", sign.object_positive, "object", "warning"),
    Rule("REV-POSITIVE", sign.revenue_positive, "objects 8000-8979", "warning"),
    Rule("EXP-POSITIVE", sign.expenditure_positive, "function", "warning"),
    Rule("CEFB-POSITIVE", sign.components_positive, "objects 9700-9789", "fatal"),
    Rule("SPECIAL-ED-GOAL", sign.special_education_goal, "goal", "warning"),
    Rule("CHK-GOALxFUNCTION-B", sign.administration_goal, "goal, function", "fatal", "fatal"),
    Rule("CHK-RES6500XOBJ8091", sign.special_education_transfer, "resource, object", "fatal", "fatal"),
)


def reviewed(dataset: Dataset) -> bool:
    """Tell whether the state reviews this column: all but next year's budget in unaudited actuals."""
    return (dataset.period, dataset.column) != ("A", "BB")


def review(dataset: Dataset, position: int, findings: Findings) -> dict[str, str]:
    """Run every check on a dataset.

    Returns:
        Rule name to `passed` or `exception`; empty for a column that the state does not review.
    """
    if not reviewed(dataset):
        return {}
    ledger = Ledger(dataset.lines)
    outcomes: dict[str, str] = {}
    interim = dataset.period.startswith("I")
    for rule in RULES:
        outcomes[rule.name] = "passed"
        for exception in rule.find(ledger):
            outcomes[rule.name] = "exception"
            findings.add(
                Finding(
                    rule.interim if interim else rule.severity,
                    rule.name,
                    exception.message,
                    line=exception.line,
                    field=", ".join(f"{name} {code}" for name, code in exception.place.items()) or rule.field,
                    found=print_cents(exception.cents),
                    expected=exception.expected,
                    dataset=position,
                )
            )
    return outcomes


def balances(lines: pd.DataFrame, *, ending: bool) -> dict[tuple[str, str], int]:
    """Return the ending balance (979Z) or the beginning balance (9791) by fund and resource."""
    objects = lines["object"].astype(str)
    mask = (objects == "979Z") if ending else (objects == "9791")
    part = lines.loc[mask.to_numpy(), ["fund", "resource", "amount_cents"]]
    sums: dict[tuple[str, str], int] = {}
    for fund, resource, cents in part.itertuples(index=False, name=None):
        sums[str(fund), str(resource)] = sums.get((str(fund), str(resource)), 0) + int(cents)
    return sums


def beginning_equals_ending(
    prior: Dataset, current: Dataset, position: int, findings: Findings
) -> dict[str, str]:
    """Compare a year's beginning balance with the ending balance of the year before, by fund and by resource.

    Args:
        prior: unaudited actuals of the year before.
        current: estimated or unaudited actuals.
        position: place of `current` in its file.
        findings: receives the exceptions.
    """
    return compare_balances(balances(prior.lines, ending=True), current, position, findings, "fatal")


def compare_balances(
    ended: dict[tuple[str, str], int],
    current: Dataset,
    position: int,
    findings: Findings,
    severity: Severity,
) -> dict[str, str]:
    """Compare a year's beginning balance with ending balances by fund and resource, in cents; see above."""
    began = balances(current.lines, ending=False)
    outcomes = {"PY-EFB=CY-BFB": "passed", "PY-EFB=CY-BFB-RES": "passed"}
    funds: dict[str, list[int]] = {}
    for (fund, resource), cents in {**dict.fromkeys(ended.keys() | began.keys(), 0)}.items():
        before, after = ended.get((fund, resource), cents), began.get((fund, resource), cents)
        totals = funds.setdefault(fund, [0, 0])
        totals[0] += before
        totals[1] += after
        if abs(before - after) >= NET_TOLERANCE:
            outcomes["PY-EFB=CY-BFB-RES"] = "exception"
            findings.add(
                _balance_finding(severity, "PY-EFB=CY-BFB-RES", fund, resource, before, after, position)
            )
    for fund, (before, after) in sorted(funds.items()):
        if abs(before - after) >= NET_TOLERANCE:
            outcomes["PY-EFB=CY-BFB"] = "exception"
            findings.add(_balance_finding(severity, "PY-EFB=CY-BFB", fund, None, before, after, position))
    return outcomes


def _balance_finding(
    severity: Severity, rule: str, fund: str, resource: str | None, before: int, after: int, position: int
) -> Finding:
    said = (
        message(
            "Fund {fund} begins the year with {after}, but ended the year before with {before}. Correct "
            "object 9791.",
            fund=fund,
            after=money(after, "plain_cents"),
            before=money(before, "plain_cents"),
        )
        if resource is None
        else message(
            "Fund {fund}, resource {resource} begins the year with {after}, but ended the year before with "
            "{before}. "
            "Correct object 9791.",
            fund=fund,
            resource=resource,
            after=money(after, "plain_cents"),
            before=money(before, "plain_cents"),
        )
    )
    return Finding(
        severity,
        rule,
        said,
        field="object 9791",
        found=print_cents(after),
        expected=print_cents(before),
        dataset=position,
    )
