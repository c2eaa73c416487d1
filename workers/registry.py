"""The modules that hold kinds of jobs."""

from __future__ import annotations

import importlib
import os

from tenants import schema  # noqa: F401 - a job may touch any table, and foreign keys name others by name
from workers.kinds import JobKind, registered

KIND_MODULES: tuple[str, ...] = (
    "workers.account.leaving",
    "workers.account.removal",
    "workers.comments.notices",
    "workers.comments.placing",
    "workers.imports.ledger.job",
    "workers.imports.people.job",
    "workers.planning.printing",
    "workers.stills",
    "workers.studies",
    "workers.webhooks",
)
"""Imported once by whoever asks for or runs jobs; a kind whose module is not listed does not exist."""

EXTRA = "JOB_KIND_MODULES"
"""Further modules, separated by commas: a test's own kinds run in real worker processes."""


class UnknownKindError(LookupError):
    """No listed module registers this kind."""


def load() -> dict[str, JobKind]:
    """Import the listed modules and return every kind by name."""
    extra = tuple(name for name in os.environ.get(EXTRA, "").split(",") if name)
    for module in KIND_MODULES + extra:
        importlib.import_module(module)
    return registered()


def kind(name: str) -> JobKind:
    """Return a kind by name.

    Raises:
        UnknownKindError: if no listed module registers it.
    """
    known = registered()
    if name not in known:
        known = load()
    if name not in known:
        raise UnknownKindError(name)
    return known[name]
