"""The sections of a strategic finance plan: what each is for, how long it is, and who usually owns it."""

from __future__ import annotations

from dataclasses import dataclass

from tenants.language import N_


@dataclass(frozen=True)
class SectionGuide:
    """One section of the template."""

    key: str
    name: str
    """English source text of its name."""
    guidance: str
    """English source text of what it should tell the reader."""
    words: int
    """Length that serves the reader, in words; 0 where tables speak."""
    role: str
    """Role that usually owns it."""
    checks: tuple[str, ...] = ()
    """What makes it complete, as English source texts."""


SECTIONS = (
    SectionGuide(
        "summary",
        N_("The plan in two minutes"),
        N_("For a reader who stops after one page: the conclusion, four numbers, what pays, what is asked."),
        180,
        "SUP",
        (N_("It says what the board decides and when."), N_("It stands alone, without the other sections.")),
    ),
    SectionGuide(
        "where_we_are",
        N_("Where we are"),
        N_("Where the money goes today, what has grown, and what happens if nothing is decided."),
        260,
        "CBO",
        (N_("It shows at least two years side by side."), N_("It names the reserve and its minimum.")),
    ),
    SectionGuide(
        "priorities",
        N_("Our priorities"),
        N_("Up to three priorities: the problem, the strategy, the students, the cost by year."),
        240,
        "CAO",
        (
            N_("Each priority has a problem, a strategy and a cost."),
            N_("One-time and ongoing cost stand apart."),
        ),
    ),
    SectionGuide(
        "how_we_pay",
        N_("How we pay"),
        N_("Every saving and new revenue by year, with low, likely and high amounts and the kind of money."),
        240,
        "CBO",
        (N_("Restricted money pays only what it may."), N_("Each measure says whether it is ongoing.")),
    ),
    SectionGuide(
        "what_we_stop",
        N_("What we stop"),
        N_("What ends or is done for less, whom it may hurt, and what takes its place."),
        180,
        "CBO",
        (N_("Each saving names its harm, or says that none was found."),),
    ),
    SectionGuide(
        "outlook",
        N_("Outlook with and without the plan"),
        N_("Balance and reserve for each year, with and without the plan, and what the projection assumes."),
        220,
        "CBO",
        (N_("The minimum reserve is shown in every year."), N_("The assumptions are named.")),
    ),
    SectionGuide(
        "implementation",
        N_("Implementation"),
        N_("Who does what by when; the last useful date of each decision."),
        180,
        "CAO",
        (N_("Each action has one owner and a date."),),
    ),
    SectionGuide(
        "measures",
        N_("Measures"),
        N_("What is measured, the target of each priority, and when results are published."),
        150,
        "CAO",
        (N_("Each priority has a measure and a target."),),
    ),
    SectionGuide(
        "engagement",
        N_("How people were heard"),
        N_("Who was asked, what they said, and what changed because of it."),
        150,
        "SUP",
        (N_("It says how to comment on this version."),),
    ),
    SectionGuide(
        "appendices",
        N_("Appendices"),
        N_("Ranges, assumptions, every figure with its source. The list of figures is added by itself."),
        0,
        "CBO",
    ),
)
BY_KEY = {section.key: section for section in SECTIONS}
