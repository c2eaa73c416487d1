"""What a reader says about a file: a rule, a place, what was found, what was expected, and what to do."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any, Literal

from tenants.language import Message, message_n, render

Severity = Literal["fatal", "warning", "information"]
SHOWN_PER_RULE = 100
"""So many faults of one rule are listed one by one; the rest are counted in one more finding."""
FOUND_LIMIT = 120
"""Longer contents of a field are cut in a finding."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One outcome of a check.

    `line` is the physical line of a text file, or the row of a sheet. `dataset` is the position of the
    dataset
    in the file, or None. `proposed_cents` is the reading that a person may accept for a text in an amount.
    """

    severity: Severity
    rule: str
    message: Message
    line: int | None = None
    field: str | None = None
    found: str | None = None
    expected: str | None = None
    dataset: int | None = None
    proposed_cents: int | None = None
    account: str | None = None

    def document(self, language: str = "en") -> dict[str, Any]:
        """Return the finding as `apportion ledger check --json` prints it."""
        printed: dict[str, Any] = {
            "severity": self.severity,
            "rule": self.rule,
            "line": self.line,
            "field": self.field,
            "found": self.found,
            "expected": self.expected,
            "message": render(self.message, language),
        }
        return printed


def shorten(text: str) -> str:
    """Return a field's content as a finding shows it: control characters visible, no longer than needed."""
    visible = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[: FOUND_LIMIT + 1])
    return visible if len(visible) <= FOUND_LIMIT else visible[:FOUND_LIMIT] + "…"


class Findings:
    """Collects findings; counts what it does not list, so that nothing is lost silently."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[tuple[str, str, int | None]] = Counter()

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it once its rule has `SHOWN_PER_RULE` of them."""
        key = (finding.severity, finding.rule, finding.dataset)
        self._counts[key] += 1
        if self._counts[key] <= SHOWN_PER_RULE:
            self._kept.append(finding)

    def more(self, severity: Severity, rule: str, count: int, dataset: int | None = None) -> None:
        """Count faults that were found but are not built one by one."""
        self._counts[(severity, rule, dataset)] += count

    def count(self, rule: str) -> int:
        """Return how many times a rule spoke, listed or not."""
        return sum(number for key, number in self._counts.items() if key[1] == rule)

    @property
    def fatal(self) -> bool:
        """Whether the file must be refused."""
        return any(key[0] == "fatal" and number for key, number in self._counts.items())

    def listed(self) -> list[Finding]:
        """Return all findings in the order of severity and place, with one more for each rule cut short."""
        rest = [
            Finding(
                severity,  # type: ignore[arg-type]
                rule,
                message_n(
                    "One more finding of this kind is not listed. Mend the ones above and load the file "
                    "again.",
                    "{n} more findings of this kind are not listed. "
                    "Mend the ones above and load the file again.",
                    number - SHOWN_PER_RULE,
                ),
                dataset=dataset,
            )
            for (severity, rule, dataset), number in self._counts.items()
            if number > SHOWN_PER_RULE
        ]
        order = {"fatal": 0, "warning": 1, "information": 2}
        return sorted(
            self._kept + rest,
            key=lambda finding: (
                order[finding.severity],
                finding.line is None,
                finding.line or 0,
                finding.rule,
            ),
        )


class RefusedFileError(Exception):
    """The file can't be read at all; `finding` says why and what to do."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.rule)
        self.finding = finding
