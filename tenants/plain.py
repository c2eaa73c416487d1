"""What lines of the matrix are called to people who don't know it."""

from __future__ import annotations

from tenants.language import N_

PLAIN = {
    "ledger": N_("Ledger files"),
    "dataset": N_("Loaded ledgers and their checks"),
    "api_tokens": N_("Tokens and notices for other programs"),
    "account": N_("The archive and the closing of the account"),
    "certification": N_("Certifying the numbers"),
    "board_questions": N_("Questions of board members"),
    "board_answers": N_("Answers to the board"),
    "plan": N_("The plan's text"),
    "plan_section": N_("Plan sections that are assigned"),
    "plan_files": N_("The plan as PDF"),
    "comparison": N_("What changed between versions"),
    "options": N_("Savings and revenue options"),
    "public_posts": N_("What the public says about the plan"),
    "public_comments": N_("The desk where comments are answered"),
    "cabinet_comments": N_("Comments inside the cabinet"),
    "activity": N_("Record of activity"),
    "jobs": N_("Work in the background"),
    "analysis": N_("Starting an analysis"),
    "student_counts": N_("Counts of fewer than 11 students"),
    "protected_student_counts": N_("Student counts, small groups protected"),
    "named_positions": N_("Names and pay of employees"),
    "people": N_("Who belongs to the district, with which role"),
    "profile": N_("Name and fiscal years of the district"),
    "engagement": N_("The agreement with the facilitator"),
    "cohort_board": N_("Where the districts of a cohort stand"),
}
"""What a resource is called to people who don't know the matrix: in invitations and the coach's statement."""

SEES = {
    "activity": N_("The record of one's own acts"),
    "jobs": N_("Work that one started oneself"),
}
"""What a coach sees of a resource, where that is less than what it is called."""

DOES = {
    "process_board": N_("Reminders about steps of the process"),
    "public_comments": N_("Tags on public comments"),
}
"""What a coach does with a resource, where that is less than what it is called."""
