"""Whether every code exists: CHECKFUND, CHECKRESOURCE, CHECKGOAL, CHECKFUNCTION, CHECKOBJECT."""

from __future__ import annotations

import numpy as np

from tenants.language import N_, Message, message
from workers.imports.ledger.codes import (
    CALCULATED_OBJECTS,
    FORMS,
    SEGMENTS,
    TABLE_YEAR,
    Segment,
    entity,
    names,
    resource_limits,
)
from workers.imports.ledger.dataset import Dataset
from workers.imports.ledger.findings import Finding, Findings
from workers.imports.ledger.pair_checks import local_resources

RULE_NAMES = {segment: f"CHECK{segment.upper()}" for segment in SEGMENTS}
EXPECTED: dict[Segment, str] = {
    "fund": N_("a fund of two digits from the state's table"),
    "resource": N_("a resource of four digits from the state's table"),
    "goal": N_("a goal of four digits from the state's table"),
    "function": N_("a function of four digits from the state's table"),
    "object": N_("an object of four digits from the state's table"),
}
_MALFORMED = message(
    "The code {code} is malformed ({n} lines). Correct it in the accounting system and export the file again."
)
_UNKNOWN = message(
    "The code {code} is in no table of the state at or before {year} ({n} lines). Correct it in the "
    "accounting "
    "system and export the file again."
)
_NEWER = message(
    "The code {code} is newer than our table of {year} ({n} lines). The lines are kept as filed; compare "
    "the code "
    "with the state's current table."
)


def _filled(template: Message, **values: object) -> Message:
    return {**template, "values": values}


def check_codes(dataset: Dataset, position: int, findings: Findings) -> dict[str, str]:
    """Check every code of a dataset against the state's tables.

    A code that is malformed, or in no table at or before its year, is fatal. A code of a year after our
    table is a
    warning under a name of its own, because the state may well know it. Lines that the state's software
    calculated
    (flag C, objects 979Z and PCRA) are exempt.

    Returns:
        Rule name to `passed` or `exception`.
    """
    lines = dataset.lines
    calculated = (lines["flag"].astype(str) == "C").to_numpy() | lines["object"].isin(
        CALCULATED_OBJECTS
    ).to_numpy()
    outcomes = dict.fromkeys(RULE_NAMES.values(), "passed")
    local = set(local_resources(lines))
    for segment in SEGMENTS:
        known = names(segment)
        column = lines[segment].cat
        for place, code in enumerate(column.categories):
            if code in known and segment != "resource":
                continue
            if segment == "resource" and code in local:
                # CHK-RS-LOCAL-DEFINED judges it.
                continue
            used = column.codes.to_numpy() == place
            finding = _judge(segment, str(code), dataset, used, used & ~calculated, position)
            if finding is not None:
                findings.add(finding)
                if finding.rule != "CODE-NEWER-THAN-TABLE":
                    outcomes[RULE_NAMES[segment]] = "exception"
    return outcomes


def _judge(
    segment: Segment, code: str, dataset: Dataset, used: np.ndarray, checked: np.ndarray, position: int
) -> Finding | None:
    lines = dataset.lines["line"].to_numpy()
    known = code in names(segment)
    if (
        segment == "resource"
        and used.any()
        and (limited := _limited(code, dataset, used, position)) is not None
    ):
        return limited
    if known or not checked.any():
        return None
    newer = dataset.fiscal_year > TABLE_YEAR
    if not FORMS[segment].fullmatch(code):
        template, rule = _MALFORMED, RULE_NAMES[segment]
    elif newer:
        template, rule = _NEWER, "CODE-NEWER-THAN-TABLE"
    else:
        template, rule = _UNKNOWN, RULE_NAMES[segment]
    return Finding(
        "warning" if rule == "CODE-NEWER-THAN-TABLE" else "fatal",
        rule,
        _filled(
            template,
            code=code,
            n=int(checked.sum()),
            **({} if template is _MALFORMED else {"year": TABLE_YEAR}),
        ),
        line=int(lines[checked].min()),
        field=segment,
        found=code,
        expected=EXPECTED[segment],
        dataset=position,
    )


def _limited(code: str, dataset: Dataset, used: np.ndarray, position: int) -> Finding | None:
    limits = resource_limits().get(code)
    if limits is None:
        return None
    known = entity(dataset.cds_code)
    stranger = bool(limits.entity_type) and known is not None and known.type != limits.entity_type
    too_late = bool(limits.last_year) and dataset.fiscal_year > limits.last_year
    too_early = bool(limits.first_year) and dataset.fiscal_year < limits.first_year
    if not (stranger or too_late or too_early):
        return None
    said = (
        message("Resource {code} is a county office's; a district needs an explanation for it.", code=code)
        if stranger
        else message(
            "Resource {code} is not valid in {year}. Use its successor or explain it.",
            code=code,
            year=dataset.fiscal_year,
        )
    )
    return Finding(
        "warning",
        "CHECKRESOURCE",
        said,
        line=int(dataset.lines["line"].to_numpy()[used].min()),
        field="resource",
        found=code,
        expected=N_("a resource that is valid for this agency and year"),
        dataset=position,
    )
