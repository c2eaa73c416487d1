"""Every table, imported once, so that the metadata is whole."""

from tenants import audit, leaving, organizations, people
from tenants.base import Base
from tenants.entering import records as entering
from tenants.records import (
    access,
    assumptions,
    board,
    cabinet,
    comments,
    datasets,
    jobs,
    ledger,
    options,
    people_data,
    plans,
    process,
    runs,
    state_rates,
    webhooks,
)

__all__ = [
    "Base",
    "access",
    "assumptions",
    "audit",
    "board",
    "cabinet",
    "comments",
    "datasets",
    "entering",
    "jobs",
    "leaving",
    "ledger",
    "options",
    "organizations",
    "people",
    "people_data",
    "plans",
    "process",
    "runs",
    "state_rates",
    "webhooks",
]
