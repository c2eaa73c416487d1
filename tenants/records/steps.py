"""The five phases and fifteen steps of Smarter School Spending, as data.

The best-practice documents and the web framework number the first two steps the other way round, so each
step has a key that never changes beside the number that is displayed (the documents' order). The source
counts four, four, two, four and one document over the five phases.
"""

from __future__ import annotations

import dataclasses

from tenants.language import N_


@dataclasses.dataclass(frozen=True)
class Phase:
    """One of the five phases: number and name."""

    number: int
    name: str


@dataclasses.dataclass(frozen=True)
class Step:
    """One step: key for ever, number as displayed, phase, name, what it asks, and what it leaves behind."""

    key: str
    number: str
    phase: int
    name: str
    asks: str
    leaves: str
    usual_days: int
    """Days after which a step that has not moved deserves a question; a planning figure of ours."""


PHASES = (
    Phase(1, N_("Plan and prepare")),
    Phase(2, N_("Set priorities")),
    Phase(3, N_("Pay for priorities")),
    Phase(4, N_("Implement the plan")),
    Phase(5, N_("Make it last")),
)

STEPS = (
    Step(
        "principles",
        "1A",
        1,
        N_("Principles and policies"),
        N_("Agree on a few plain principles for the budget, and on rules for reserve, forecast and review."),
        N_("Principles, and a list of policies with the dates the board adopted them"),
        30,
    ),
    Step(
        "partnership",
        "1B",
        1,
        N_("Finance and instruction as partners"),
        N_("Superintendent, academic and business officials agree why and how they do this together."),
        N_("Who leads, who decides, the work plan, and what success would look like"),
        21,
    ),
    Step(
        "student_learning",
        "1C",
        1,
        N_("Where student learning stands"),
        N_("Compare several years of results by student group and subject, and agree on the question."),
        N_("Results over several years by group, growth, climate, and one agreed question"),
        30,
    ),
    Step(
        "communications",
        "1D",
        1,
        N_("Communication"),
        N_("Explain how the budget works, why decisions are made, and how to give input."),
        N_("Who hears what, through which channel, on which date"),
        21,
    ),
    Step(
        "goals",
        "2A",
        2,
        N_("Goals"),
        N_("Choose few goals: specific, measurable, achievable, relevant, timed, engaging and resourced."),
        N_("A goal sheet with indicator, baseline, target, time and resources"),
        21,
    ),
    Step(
        "root_causes",
        "2B",
        2,
        N_("Root causes"),
        N_("Find why the gap to each goal exists before choosing a cure."),
        N_("The gap in one sentence, and its causes with evidence"),
        21,
    ),
    Step(
        "candidate_priorities",
        "2C",
        2,
        N_("Possible priorities"),
        N_("Look for a limited number of practices that are proven to close the gap."),
        N_("Candidates with cause and effect, evidence and an owner"),
        30,
    ),
    Step(
        "chosen_priorities",
        "2D",
        2,
        N_("Choice among priorities"),
        N_("Weigh the candidates against each other and keep two or three."),
        N_("A scored comparison, and the priorities that were chosen"),
        21,
    ),
    Step(
        "cost_analysis",
        "3A",
        3,
        N_("Cost analysis"),
        N_("Learn what staffing and each service really cost, all funds and full compensation counted."),
        N_("Staffing analysis, cost of services, and cost against effect"),
        30,
    ),
    Step(
        "use_of_resources",
        "3B",
        3,
        N_("Use of resources"),
        N_(
            "Cost the priorities and find the money: new revenue, services to end, the same service for less."
        ),
        N_("Cost of each priority by year, savings and revenue options, and the trade-offs"),
        45,
    ),
    Step(
        "strategic_plan",
        "4A",
        4,
        N_("Strategic finance plan"),
        N_("Write down three to five years: how the priorities are paid for and how success is judged."),
        N_("The strategic finance plan"),
        30,
    ),
    Step(
        "plan_of_action",
        "4B",
        4,
        N_("Plan of action"),
        N_("Say who does what by when in the coming year, and what that assumes."),
        N_("Actions with owner, dates, milestones and resources"),
        30,
    ),
    Step(
        "school_allocation",
        "4C",
        4,
        N_("Money for each school"),
        N_("Give schools their share by rules that everyone can read and that follow the strategy."),
        N_("Staffing rules or amounts for each student, and each school's budget"),
        30,
    ),
    Step(
        "budget_presentation",
        "4D",
        4,
        N_("Budget presentation"),
        N_("Tell the story: challenges, strategy, and the money behind it."),
        N_("The budget document"),
        30,
    ),
    Step(
        "evaluation",
        "5A",
        5,
        N_("Practice and evaluation"),
        N_("Watch what happens, compare promise with actual, and feed it into next year."),
        N_("Who watches what, quarterly reviews, and decisions to continue, grow or stop"),
        90,
    ),
)

BY_KEY = {step.key: step for step in STEPS}


def in_phase(number: int) -> tuple[Step, ...]:
    """Return the steps of a phase in order."""
    return tuple(step for step in STEPS if step.phase == number)
