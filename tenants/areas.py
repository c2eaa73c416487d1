"""Parts of the matrix that are lent as a whole: to a program's token, and to the operator's support."""

from __future__ import annotations

from tenants.language import N_
from tenants.matrix import ANALYSES, DATA, PLAN, PROCESS, Resource

TOKEN_AREAS: dict[str, tuple[str, tuple[Resource, ...]]] = {
    "data": (N_("Data: ledger, positions, counts, programs"), DATA),
    "analyses": (N_("Analyses and assumptions"), ANALYSES),
    "process": (N_("Process, priorities, options"), PROCESS),
    "plan": (N_("Plan, versions, links for readers and comments"), PLAN),
}
"""What a program's token may be limited to."""
NEVER_BY_TOKEN = frozenset({"sign_in_settings", "api_tokens", "account", "support_grant"})
"""Lines that no program changes: no token makes another, and no program opens a way in."""

SUPPORT_AREAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "data": (
        N_("Ledger: files, checks and lines, without names of people"),
        ("ledger", "ledger_lines", "dataset", "jobs"),
    ),
    "analyses": (N_("Analyses and what they rest on"), ("financial_results", "jobs")),
    "plan": (
        N_("Plan: text, priorities, ordinary options, versions and the process"),
        ("plan", "comparison", "priorities", "options", "process_board", "jobs"),
    ),
    "comments": (N_("Public comments"), ("public_comments",)),
    "settings": (
        N_("Settings: who belongs to the district, how people sign in, programs that connect"),
        ("people", "sign_in_settings", "api_tokens"),
    ),
}
"""What a support grant may show to the operator's person, and the lines that each area lends for viewing.

No line of another class than cabinet stands here: personnel, small groups, confidential options and the
board's questions are never lent.
"""

SUPPORT_AREA_NAMES = {
    "data": N_("the ledger"),
    "analyses": N_("the analyses"),
    "plan": N_("the plan"),
    "comments": N_("public comments"),
    "settings": N_("its settings"),
}
"""The same areas in a sentence."""
