"""Every calculation by its name."""

from __future__ import annotations

from typing import Any

from workers.finance import (
    assumed,
    attendance_value,
    criteria,
    enrollment,
    funded_ada,
    lcap_carryover,
    lcap_overview,
    lcap_planned,
    lcap_required,
    lcap_update,
    lcff,
    lcff_transition,
    looking_back,
    multi_year,
    people_cost,
    rates_told,
    reserve,
    restricted_match,
    restricted_saving,
    risk,
    salary_roll,
    scenario,
    tripwires,
    unduplicated,
    unduplicated_value,
)
from workers.finance.calculation import Calculation

_MODULES = (
    assumed,
    attendance_value,
    criteria,
    enrollment,
    funded_ada,
    lcap_carryover,
    lcap_overview,
    lcap_planned,
    lcap_required,
    lcap_update,
    lcff,
    lcff_transition,
    looking_back,
    multi_year,
    people_cost,
    rates_told,
    reserve,
    restricted_match,
    restricted_saving,
    risk,
    salary_roll,
    scenario,
    tripwires,
    unduplicated,
    unduplicated_value,
)

CALCULATIONS: dict[str, Calculation[Any, Any]] = {
    module.CALCULATION.name: module.CALCULATION for module in _MODULES
}
