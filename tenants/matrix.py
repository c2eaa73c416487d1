"""The whole permission matrix: who may do what with which resource, in which limits.

One line for each resource, one cell for each role in the order of COLUMNS. The grammar of a cell, and what
each limit asks, stand in `tenants/limits.py`; `tenants/roles.py` decides by them. Letters: V view, C
create, E edit, R run, A approve, sign or certify, S share or publish, M manage, X export, D withdraw; a
dash is nothing. `docs/permissions.md` is this table in print; a test holds the two together.
"""

from __future__ import annotations

import dataclasses

from tenants.language import N_
from tenants.limits import Grant, Reach, parse

COLUMNS = ("SUP", "CBO", "CAO", "HR", "SED", "PRI", "BRD", "COM", "FLD", "FCO", "PAD")

USUAL_LEVEL = 2
"""Engagement level from which on a coach reads cabinet information."""


@dataclasses.dataclass(frozen=True)
class Resource:
    """One line of the matrix."""

    key: str
    title: str
    cells: tuple[str, ...]
    grants: dict[str, dict[str, Grant]]
    """Each role's grants by act, as the cells were read."""
    information: Reach | None = "cabinet"
    """Class of the records behind it; None where none of a district's records are behind it."""
    level: int = USUAL_LEVEL
    """Engagement level from which on a plain `e` holds."""
    rows: frozenset[str] = frozenset()
    """Limits that row-level security keeps to by itself, whichever route asks."""
    also: tuple[Reach, ...] = ()
    """Arrays that let somebody in beside the class: row-level security names them too."""


def _line(
    key: str,
    title: str,
    cells: str,
    information: Reach | None = "cabinet",
    *,
    level: int = USUAL_LEVEL,
    rows: tuple[str, ...] = (),
    also: tuple[Reach, ...] = (),
) -> Resource:
    """Read a line."""
    parts = tuple(cell.strip() for cell in cells.split("|"))
    if len(parts) != len(COLUMNS):
        raise ValueError(f"{key}: {len(parts)} cells for {len(COLUMNS)} roles")
    grants = {role: parse(cell, level) for role, cell in zip(COLUMNS, parts, strict=True)}
    return Resource(key, title, parts, grants, information, level, frozenset(rows), also)


ORGANIZATION = (
    _line(
        "profile",
        N_("District profile, fiscal years"),
        "VE St | VE St | V | V | V | V | V | – | V e | V e | V name_size",
        None,
        level=1,
    ),
    _line(
        "people",
        N_("People, roles, invitations"),
        "VM St | VM St | V, C as_contributors o | V, C as_contributors o | V, C as_contributors o | "
        "V o | – | – | – | – | V g",
        None,
    ),
    _line(
        "teams",
        N_("Teams: governing, working, action"),
        "VM | VM | VM | V | V | – | – | – | – | – | –",
        "staff",
    ),
    _line(
        "named_access",
        N_("Access given by name, until a day"),
        "VM | VM | – | VM | – | – | – | – | – | – | –",
        "confidential",
    ),
    _line(
        "engagement",
        N_("Facilitator engagement"),
        "VM St | VM St | V | V | V | – | V r | – | V, C as_request | V | V existence",
        None,
    ),
    _line(
        "sign_in_settings",
        N_("Sign-in settings"),
        "VM St | VM St | – | – | – | – | – | – | – | – | V g",
        None,
    ),
    _line(
        "api_tokens",
        N_("Tokens, webhooks"),
        "VM St | VM St | – | – | – | – | – | – | – | – | V g",
        None,
    ),
    _line(
        "activity",
        N_("Audit trail of the district"),
        "VX St | VX St | V o | V o | V o | – | – | – | V own_acts | V own_acts | V own_acts",
    ),
    _line(
        "account",
        N_("Whole-account export, closing"),
        "AX St two | AX St two | – | – | – | – | – | – | – | – | carry_out",
        None,
    ),
)

DATA = (
    _line("ledger", N_("Load and map ledger"), "V | CERD | – | – | – | – | – | – | – | – | –"),
    _line("ledger_lines", N_("Ledger lines"), "V | VX | V | V o | V o | V own_school | – | – | – | – | –"),
    _line(
        "dataset",
        N_("Reconcile, certify a data set"),
        "V | A | V | – | – | – | – | – | V e state | V e state | –",
    ),
    _line(
        "positions",
        N_("Positions without names"),
        "V | VCEX | V | VCEX | V o | V own_school s | – | – | – | – | –",
    ),
    _line(
        "named_positions",
        N_("Positions with names and pay"),
        "V n | VX | – | VCEX | V n | – | – | – | – | – | –",
        "personnel",
    ),
    _line(
        "student_counts",
        N_("Student counts, full"),
        "– | V | VCE | – | V o | – | – | – | – | – | –",
        "small_group",
    ),
    _line(
        "protected_student_counts",
        N_("Student counts, protected"),
        "V | VX | VX | V | VX | V | V r | V r | V e | V e | –",
        also=("principal",),
    ),
    _line(
        "programs",
        N_("Programs inventory"),
        "V | VCE | VCE | VE o | VCE o | V, C as_suggestion | – | – | V e | V e, C e3 as_suggestion | –",
    ),
)

ANALYSES = (
    _line("analysis", N_("Start an analysis"), "R | R | R | R o | R o | – | – | – | – | R e4 | –"),
    _line(
        "financial_results",
        N_("Financial results"),
        "V | VXS | V | V | V | V own_school | V r | V r | V e | V e | –",
    ),
    _line(
        "staffing_results",
        N_("Staffing results by role"),
        "V | VX | V | VX | V o | V own_school s | V r s | – | V e s | V e s | –",
    ),
    _line(
        "personal_results",
        N_("Results from which a person can be inferred"),
        "V n | V | – | V | V n | – | – | – | – | – | –",
        "personnel",
    ),
    _line(
        "special_education_results",
        N_("Special-education results"),
        "V | V | V s | – | VXS o | – | V r s | V r s | V e s | V e s | –",
    ),
    _line(
        "local_assumptions",
        N_("Local assumptions"),
        "V | VCE A | V, C as_suggestion | VE o pay | VE o | – | V r | V r | V e | "
        "V e, C e3 as_suggestion | –",
    ),
    _line(
        "state_rates",
        N_("State rates (shared)"),
        "V | V | V | V | V | V | V | V | V | V | VCE, A second_person",
        None,
    ),
    _line(
        "peers",
        N_("Peers and district comparisons"),
        "V | VX | VX | V | V | V | V r | V r | V s | V s | –",
    ),
    _line(
        "jobs",
        N_("Job state (queued, running, failed)"),
        "V | V | V | V o | V o | – | – | – | – | V e o | V state",
    ),
)

PROCESS = (
    _line(
        "process_board",
        N_("Process board"),
        "VE A | VE | VE | VE o | VE o | V | V r | V r dates | V e | V e, C e as_nudge | –",
        "progress",
        level=1,
    ),
    _line(
        "own_readiness",
        N_("Readiness check, own answers"),
        "VCE | VCE | VCE | VCE | VCE | VCE | – | – | – | – | –",
    ),
    _line(
        "readiness",
        N_("Readiness check, everyone's"),
        "V after_own | V after_own | V after_own | V after_own | V after_own | – | – | – | V e summary | "
        "V e after_closing | –",
    ),
    _line(
        "priorities",
        N_("Priorities"),
        "VCE A | VE | VCE A | V, comment | V, comment | V, comment | V r | V r | V e | V e, suggest e3 | –",
        also=("principal",),
    ),
    _line(
        "options",
        N_("Ordinary options"),
        "VCE A | VCE | VCE | VCE o | VCE o | V r, C as_idea | V r | V r | V e | V e, C e3 as_proposal | –",
    ),
    _line(
        "confidential_options",
        N_("Confidential options"),
        "VCE A | VCE | V n | VCE | V n | – | – | – | – | – | –",
        "confidential",
    ),
    _line(
        "confidential_release",
        N_("Confidential options: open up, combine into a broader line"),
        "A St | A St | – | A St | – | – | – | – | – | – | –",
        "confidential",
    ),
    _line(
        "team_options",
        N_("Option that one's own team studies closely"),
        "V team | V team | V team | V team | V team | V team | – | – | – | – | –",
        "progress",
        rows=("team",),
    ),
    _line(
        "own_bids",
        N_("Bids and rankings, own"),
        "C | C | C | C | C | C invited | – | C public_exercise | – | – | –",
    ),
    _line(
        "bids",
        N_("Bids and rankings, all"),
        "V after_reveal | V after_reveal | V after_reveal | V after_reveal | V after_reveal | "
        "V s after_reveal | – | V s r | V e after_reveal | V e after_reveal | –",
    ),
    _line(
        "scenarios",
        N_("Scenarios"),
        "VCE A | VCE | VCE | VC o | VC o | V r own_school | V r | V r | V e | V e, C e3 as_copy | –",
    ),
    _line(
        "decisions",
        N_("Decision record"),
        "VC A | VC | VC | V | V | V r | V r | V r | V e | V e, C e3 as_draft | –",
    ),
)

PLAN = (
    _line(
        "plan_section",
        N_("Plan section I own"),
        "VE A | VE A | VE A | VE A | VE A | – | – | – | – | VE e4 assigned | –",
    ),
    _line(
        "plan",
        N_("Plan section of another"),
        "V, suggest | V, suggest | V, suggest | V, suggest | V, suggest | V r | V r | V r | V e | "
        "V e, suggest e3 | –",
        rows=("r",),
    ),
    _line("certification", N_("Certify numbers"), "V | A | V | – | – | – | – | – | – | – | –"),
    _line(
        "board_release",
        N_("Release to the board"),
        "A S | request | request | – | – | – | – | – | – | – | –",
    ),
    _line(
        "publication",
        N_("Publish, open and close comment"),
        "A S | A | A | – | – | – | – | – | – | – | –",
    ),
    _line(
        "comparison",
        N_("Compare versions"),
        "V | V | V | V | V | V r | V r | V r | V e | V e | –",
        rows=("r",),
    ),
    _line(
        "plan_files",
        N_("PDF and workbook"),
        "VX | VX | VX | VX | VX | VX r | VX r | VX r | VX e | VX e | –",
        rows=("r",),
    ),
    _line(
        "cabinet_comments",
        N_("Cabinet comments"),
        "VCE o | VCE o | VCE o | VCE o | VCE o | VCE o invited | – | – | – | VCE o e3 | –",
    ),
    _line(
        "board_questions",
        N_("Board questions: ask"),
        "– | – | – | – | – | – | C, V o | – | – | – | –",
        "board",
        rows=("o",),
    ),
    _line(
        "board_answers",
        N_("Board questions: answer"),
        "V A | V C | V, C assigned | V, C assigned | V, C assigned | – | V answers | – | – | – | –",
        "staff",
    ),
    _line(
        "public_posts",
        N_("Public comments: post"),
        "V | V | V | V | V | V, C as_community | V after_closing | C, V published | V | V | –",
    ),
    _line(
        "public_comments",
        N_("Public comments: moderate, answer"),
        "VE A | VE | VE | VE o | VE o | – | – | – | – | V, tag e3 | –",
    ),
    _line(
        "comment_export",
        N_("Comment export"),
        "X | X | X | – | – | – | X after_closing | X published | – | X e published | –",
    ),
    _line(
        "tracking",
        N_("Tracking after adoption"),
        "V A | VCE | VCE o | VCE o | VCE o | V own_school | V r | V r | V e | V e | –",
    ),
)

FACILITATION = (
    _line(
        "cohort",
        N_("Cohort and its members"),
        "V own_row | V own_row | V own_row | – | – | – | – | – | VCEM | V assigned | V existence",
        None,
        rows=("own_row", "assigned"),
    ),
    _line(
        "cohort_membership",
        N_("Join or leave a cohort"),
        "A St | A St | – | – | – | – | – | – | C as_invitation | – | –",
        None,
    ),
    _line(
        "cohort_board",
        N_("Cohort board"),
        "V own_row | V own_row | V own_row | – | – | – | – | – | V e | V e assigned | –",
        None,
        rows=("own_row", "assigned"),
        level=1,
    ),
    _line(
        "benchmark_consent",
        N_("Consent to benchmarks, per metric"),
        "A St | A St | – | – | – | – | – | – | V state | V state | –",
        None,
    ),
    _line("benchmarks", N_("Benchmarks"), "V | V | V | – | V | – | V r | – | V s | V s | –", None),
    _line(
        "workshops",
        N_("Workshops"),
        "V, join | V, join | V, join | V, join | V, join | join invited | – | – | VCE | VCE R | –",
        None,
    ),
    _line(
        "private_notes",
        N_("Coach's private notes"),
        "– | – | – | – | – | – | – | – | V shared | V o, CED o | –",
        None,
    ),
    _line(
        "shared_notes",
        N_("Shared coaching notes"),
        "VCE | VCE | VCE | V | V | – | – | – | V e | VCE e | –",
        None,
    ),
    _line(
        "cohort_report",
        N_("Cohort report"),
        "V own_row, A own_row | V own_row | V own_row | – | – | – | V r | V r | VCE S | VE | –",
        None,
    ),
    _line(
        "library",
        N_("Shared library of options, step guides"),
        "V | V | V | V | V | V | – | – | VCE own_org | C as_proposal | VCE",
        None,
    ),
    _line(
        "registry",
        N_("Registry of organizations"),
        "– | – | – | – | – | – | – | – | – | – | VCM",
        None,
    ),
    _line(
        "support_grant",
        N_("Support grant"),
        "M St | M St | – | – | – | – | – | – | – | – | request, use g",
        None,
    ),
    _line(
        "health",
        N_("Health, queues, storage"),
        "– | – | – | – | – | – | – | – | – | – | V",
        None,
    ),
)

OWN_HOUSE = (
    _line(
        "own_people",
        N_("People of a facilitator's or operator's own organization"),
        "– | – | – | – | – | – | – | – | VM | V | VM",
        None,
    ),
    _line(
        "search",
        N_("Search, within what one may see"),
        "V | V | V | V | V | V | V | V | V e | V e | –",
        None,
        level=1,
    ),
    _line(
        "own_activity",
        N_("Record of the own acts in a facilitator's or operator's own organization"),
        "– | – | – | – | – | – | – | – | V own_acts | V own_acts | V own_acts",
        None,
        rows=("own_acts",),
    ),
)
"""Organizations that are no district manage their own people."""

SECTIONS: tuple[tuple[str, tuple[Resource, ...]], ...] = (
    (N_("Organization"), ORGANIZATION),
    (N_("Data"), DATA),
    (N_("Analyses"), ANALYSES),
    (N_("Process, priorities, options"), PROCESS),
    (N_("Plan and comment"), PLAN),
    (N_("Facilitation and platform"), FACILITATION),
    (N_("An organization's own house"), OWN_HOUSE),
)

RESOURCES = {resource.key: resource for _, section in SECTIONS for resource in section}
