"""Every calculation by its name."""

from __future__ import annotations

from typing import Any

from workers.finance import multi_year, salary_roll
from workers.finance.calculation import Calculation

_MODULES = (multi_year, salary_roll)

CALCULATIONS: dict[str, Calculation[Any, Any]] = {
    module.CALCULATION.name: module.CALCULATION for module in _MODULES
}
