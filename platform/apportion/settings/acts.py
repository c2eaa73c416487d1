"""What is recorded, in words: acts, and the records that they were done to."""

from __future__ import annotations

from typing import Any

from apportion.frame.facts import FrameFacts
from apportion.request import _
from tenants.language import N_
from tenants.matrix import RESOURCES
from tenants.roles import PERMISSIONS

ACTS = {
    "people:invite": N_("invited somebody, or renewed or withdrew an invitation"),
    "people:manage": N_("changed who belongs and with which role"),
    "engagement:manage": N_("changed what the facilitator may see"),
    "engagement:request": N_("asked a district for an engagement"),
    "cohort:create": N_("made a cohort"),
    "cohort:edit": N_("renamed a cohort"),
    "cohort:manage": N_("invited or took out a district, or ended a cohort"),
    "process_board:nudge": N_("sent a nudge"),
    "state_rates:create": N_("proposed a set of state rates"),
    "state_rates:approve": N_("published a set of state rates"),
    "state_rates:edit": N_("withdrew a set of state rates"),
    "local_assumptions:create": N_("proposed an assumption"),
    "local_assumptions:approve": N_("decided about an assumption"),
    "registry:create": N_("opened an organization"),
    "support_grant:request": N_("asked to look into a district for its support"),
    "support_grant:manage": N_("decided on access for support"),
    "support_grant:use": N_("looked at it for support"),
    "sign_in_settings:manage": N_("changed how people sign in"),
    "api_tokens:manage": N_("made a token for a program"),
    "cohort_membership:approve": N_("changed the membership in a cohort"),
    "ledger:load": N_("loaded a ledger"),
    "ledger:map": N_("said how columns are read"),
    "ledger:correct": N_("corrected a ledger"),
    "ledger:remove": N_("withdrew a ledger"),
    "ledger_lines:export": N_("took ledger lines out"),
    "positions:create": N_("loaded positions"),
    "positions:edit": N_("said how columns of positions are read, or withdrew positions"),
    "positions:export": N_("took positions out, without names"),
    "named_positions:view": N_("looked at names and pay of positions"),
    "named_positions:export": N_("took positions out with names and pay"),
    "student_counts:create": N_("loaded counts of students"),
    "student_counts:edit": N_("said how columns of counts are read, or withdrew counts"),
    "protected_student_counts:export": N_("took protected counts of students out"),
    "attendance:edit": N_("changed attendance figures"),
    "dataset:certify": N_("certified a data set"),
    "analysis:run": N_("started an analysis"),
    "financial_results:export": N_("took results out"),
    "priorities:edit": N_("changed a priority"),
    "options:edit": N_("changed an option"),
    "process_board:edit": N_("moved a step of the process"),
    "plan:create": N_("began a plan"),
    "plan:edit": N_("changed the plan"),
    "plan:export": N_("had the plan printed"),
    "plan:certify_numbers": N_("certified the numbers of a version"),
    "plan:sign_off": N_("signed off on the priorities of a version"),
    "plan:approve": N_("approved a version"),
    "plan:publish": N_("published a version"),
    "share_link:manage": N_("made or changed a link for readers"),
    "public_comments:answer": N_("answered a comment"),
    "public_comments:moderate": N_("moderated a comment"),
    "public_comments:tag": N_("tagged comments"),
    "jobs:cancel": N_("stopped work, or had it tried again"),
    "activity:export": N_("took the record of activity out"),
    "account:approve": N_("decided about the whole account"),
    "account:export": N_("took the whole account out"),
    "confidential_options:edit": N_("changed a confidential option, or who knows it"),
    "named_access:manage": N_("gave or took back access by name"),
    "teams:manage": N_("made or ended a team"),
    "cabinet_comments:create": N_("commented on the plan in writing"),
    "cabinet_comments:edit": N_("settled a comment of the cabinet"),
    "board_answers:create": N_("drafted an answer to the board"),
    "board_answers:approve": N_("sent an answer to the board"),
}
"""An act in words; one that is not here is said by its line of the matrix."""

CLOSER: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "api_tokens:manage": (
        ("revoked", True, N_("revoked a token for a program")),
        ("added", None, N_("set up notices to another program")),
        ("changed", None, N_("changed the notices to another program")),
        ("tested", True, N_("tried the notices to another program")),
        ("sent_again", None, N_("sent a notice to another program again")),
        ("rotated", True, N_("renewed the secret of notices to another program")),
        ("state", None, N_("stopped notices to another program, or let them go on")),
    ),
    "plan:publish": (("withdrawn", True, N_("took a published version back from readers")),),
    "share_link:manage": (
        ("act", "ended", N_("ended a link for readers")),
        ("act", "revoked", N_("ended a link for readers")),
    ),
    "ledger:load": (
        ("act", "entered", N_("changed attendance figures")),
        ("datasets", None, N_("had a ledger read and taken into the books")),
    ),
    "local_assumptions:approve": (
        ("act", "accept", N_("accepted an assumption")),
        ("act", "decline", N_("declined an assumption")),
        ("act", "end", N_("ended an assumption")),
    ),
    "analysis:run": (("act", "variant", N_("computed a variant with other assumptions")),),
    "priorities:edit": (
        ("removed", True, N_("took a priority out")),
        ("act", "removed", N_("took a priority out")),
    ),
    "options:edit": (
        ("in_plan", True, N_("took an option into the plan")),
        ("in_plan", False, N_("left an option out of the plan")),
    ),
    "plan:edit": (
        ("suggestion", None, N_("took a suggestion into the plan")),
        ("frozen", None, N_("froze a version")),
        ("drafted", None, N_("had sections drafted")),
        ("added", None, N_("added a passage")),
        ("removed", True, N_("took a passage out")),
        ("removed", False, N_("put a passage back")),
    ),
    "cabinet_comments:create": (("suggested", True, N_("suggested other words for the plan")),),
    "cabinet_comments:edit": (("replied", True, N_("replied to a comment of the cabinet")),),
    "jobs:cancel": (("act", "again", N_("had work tried again")), ("act", "stopped", N_("stopped work"))),
    "account:approve": (
        ("act", "export_asked", N_("asked for the archive of the account")),
        ("act", "export_approved", N_("approved the archive of the account")),
        ("act", "export_stopped", N_("called the archive of the account off")),
        ("act", "closing_asked", N_("asked to close the account")),
        ("act", "closing_approved", N_("approved closing the account")),
        ("act", "closing_stopped", N_("stopped closing the account")),
        ("act", "moved_in", N_("brought the account in from another platform")),
    ),
    "account:export": (
        ("act", "archive_written", N_("wrote the archive of the account")),
        (
            "act",
            "archive_written_by_operator",
            N_("wrote the archive of the account on the platform's machine"),
        ),
        ("act", "archive_downloaded", N_("downloaded the archive of the account")),
    ),
}
"""An act in closer words where its detail tells more: the detail's key, its value (None: any), the words."""

RECORDS: dict[str, tuple[str, str, str]] = {
    "ledger_load": (N_("ledger {number}"), "data.load", "load_id"),
    "dataset": (N_("data set {number}"), "data.dataset", "dataset_id"),
    "position_load": (N_("load of positions {number}"), "data.position_load", "load_id"),
    "position_set": (N_("positions {number}"), "", ""),
    "student_load": (N_("load of student counts {number}"), "data.student_load", "load_id"),
    "student_set": (N_("student counts {number}"), "", ""),
    "run": (N_("result {number}"), "analyses.run", "run_id"),
    "plan": (N_("plan {number}"), "plan.editor", "plan_id"),
    "plan_version": (N_("plan version {number}"), "plan.version", "version_id"),
    "plan_block": (N_("passage {number}"), "", ""),
    "plan_section": (N_("section {number}"), "", ""),
    "priority": (N_("priority {number}"), "", ""),
    "option": (N_("option {number}"), "", ""),
    "comment": (N_("comment {number}"), "", ""),
    "comment_thread": (N_("conversation {number}"), "comments.thread", "thread_id"),
    "cabinet_thread": (N_("conversation of the cabinet {number}"), "", ""),
    "board_question": (N_("board question {number}"), "", ""),
    "named_access": (N_("access by name {number}"), "", ""),
    "team": (N_("team {number}"), "", ""),
    "share_link": (N_("link {number}"), "", ""),
    "api_token": (N_("token {number}"), "", ""),
    "webhook": (N_("notices {number}"), "", ""),
    "mail_domain": (N_("mail domain {number}"), "", ""),
    "invitation": (N_("invitation {number}"), "", ""),
    "membership": (N_("membership {number}"), "", ""),
    "engagement": (N_("engagement {number}"), "", ""),
    "cohort": (N_("cohort {number}"), "", ""),
    "job": (N_("work {number}"), "jobs.show", "job_id"),
    "account_request": (N_("request {number}"), "", ""),
    "state_rate_set": (N_("set of state rates {number}"), "", ""),
    "local_assumption": (N_("assumption {number}"), "", ""),
    "support_grant": (N_("access for support {number}"), "", ""),
    "organization": (N_("the district"), "", ""),
    "district": (N_("the district"), "", ""),
    "process_step": (N_("process step {number}"), "", ""),
    "attendance_figure": (N_("attendance of {number}"), "", ""),
}
"""A kind of record: what it is called, and the page that shows it, if one does."""


def act_in_words(action: str, detail: dict[str, Any] | None = None) -> str:
    """Return an act of the record in the reader's language, as closely as its detail tells."""
    for key, value, words in CLOSER.get(action, ()):
        if detail is not None and key in detail and (value is None or detail[key] == value):
            return _(words)
    if action in ACTS:
        return _(ACTS[action])
    line = PERMISSIONS[action][0] if action in PERMISSIONS else ""
    return _(RESOURCES[line].title) if line else action


def record_in_words(subject: str) -> str:
    """Return what an act was done to in the reader's language."""
    kind, _slash, number = subject.partition("/")
    return _(RECORDS[kind][0], number=number) if kind in RECORDS else subject


def page_of_record(subject: str, district_id: int) -> str | None:
    """Return the address of a record's page, if there is one and this person may open it."""
    kind, _slash, number = subject.partition("/")
    _words, endpoint, name = RECORDS.get(kind, ("", "", ""))
    if not endpoint or not number.isdigit():
        return None
    return FrameFacts().link(endpoint, **{"district_id": district_id, name: int(number)})
