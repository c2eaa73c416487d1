"""What a file's ELEMENT block says: the district's attendance (ADA) and the state forms' own results."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal

from workers.imports.ledger.dataset import Dataset

ADA_NAMES = {"p2": "P2", "annual": "AN", "funded": "FD"}
"""Form A: second period report, annual report, funded."""
ADA_FORMS = ("A.DIST.REG.ADA", "A.TOTAL.DISTRICT.ADA")
"""District regular ADA; the district's total stands in where a file states only that."""
RESERVE_STANDARD = "01CS.CS.RESERVES.RESERVE.BYPERCENT"
"""The state form's own minimum reserve by percentage, an oracle for ours."""


@dataclasses.dataclass(frozen=True)
class Attendance:
    """Average daily attendance of a dataset's fiscal year."""

    p2: Decimal | None
    annual: Decimal | None
    funded: Decimal | None

    def document(self) -> dict[str, str | None]:
        """Return the figures as decimal strings with two places."""
        return {
            name: None if (value := getattr(self, name)) is None else f"{value:.2f}"
            for name in ("p2", "annual", "funded")
        }


def attendance(dataset: Dataset) -> Attendance | None:
    """Return what the file says of ADA in the dataset's year, or None."""
    for form in ADA_FORMS:
        values = {name: _decimal(dataset.elements.get(f"{form}.{end}")) for name, end in ADA_NAMES.items()}
        if any(value is not None for value in values.values()):
            return Attendance(**values)
    return None


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,4})?", text) else None
