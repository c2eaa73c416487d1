"""Every calculation by its name."""

from __future__ import annotations

from typing import Any

from workers.finance import (
    criteria,
    enrollment,
    lcap_carryover,
    lcap_overview,
    lcap_planned,
    lcap_required,
    lcap_update,
    multi_year,
    people_cost,
    reserve,
    risk,
    salary_roll,
)
from workers.finance.calculation import Calculation

_MODULES = (
    criteria,
    enrollment,
    lcap_carryover,
    lcap_overview,
    lcap_planned,
    lcap_required,
    lcap_update,
    multi_year,
    people_cost,
    reserve,
    risk,
    salary_roll,
)

CALCULATIONS: dict[str, Calculation[Any, Any]] = {
    module.CALCULATION.name: module.CALCULATION for module in _MODULES
}
