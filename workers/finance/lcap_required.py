"""Actions and goals that the LCAP must hold because of who the district serves and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from workers.analyses.result import sentence
from workers.finance.amounts import Amount, said_money
from workers.finance.calculation import NOTHING, Calculation, FiscalYear, Given, Said, Told

INSTRUCTIONS = "LCAP template and instructions, November 2024"
ENGLISH_LEARNERS = 30
LONG_TERM_ENGLISH_LEARNERS = 15
LEARNING_RECOVERY_YEARS = ("2025-26", "2026-27", "2027-28")

Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Subject = Literal[
    "english_learner_programs",
    "english_learner_professional_development",
    "long_term_english_learner_programs",
    "long_term_english_learner_professional_development",
    "technical_assistance",
    "learning_recovery",
]


class Red(Given):
    """A state indicator at its lowest level on the 2023 Dashboard: of a school, a student group, or both."""

    indicator: Name
    school: Name | None = None
    group: Name | None = None


class PlannedAction(Given):
    """An action of the plan, with what it says that it is there for."""

    action: Name
    subjects: tuple[Subject, ...] = ()
    red: tuple[Red, ...] = ()


class EquityMultiplierGoal(Given):
    """A focus goal for schools that receive Equity Multiplier money."""

    goal: Name
    schools: tuple[Name, ...]


class LcapRequiredInput(Given):
    """The district's situation, and what its plan holds."""

    lcap_year: FiscalYear
    english_learners: Count = 0
    long_term_english_learners: Count = 0
    technical_assistance: bool = False
    red: Annotated[tuple[Red, ...], Field(max_length=2000)] = ()
    unspent_learning_recovery: Amount = NOTHING
    equity_multiplier_schools: tuple[Name, ...] = ()
    actions: Annotated[tuple[PlannedAction, ...], Field(max_length=2000)] = ()
    equity_multiplier_goals: tuple[EquityMultiplierGoal, ...] = ()


class Requirement(Told):
    """One thing that the plan must hold, whether it does, and by which actions or goals."""

    code: str
    about: str | None
    met: bool
    met_by: tuple[str, ...]
    rule: Said
    source: str


class LcapRequired(Told):
    """Every requirement that applies; none that does not."""

    requirements: tuple[Requirement, ...]
    met: bool


def lcap_required(given: LcapRequiredInput) -> LcapRequired:
    """Say which actions and goals the LCAP must hold, and which of them it holds.

    30 or more English learners, and 15 or more long-term English learners, each need actions on language
    acquisition programs and on teachers' professional development. Each red indicator of the 2023 Dashboard
    needs an action for the three years of the plan. Unspent Learning Recovery money needs an action in
    2025-26 to 2027-28. Each school with Equity Multiplier money needs a focus goal.
    """
    requirements = (*_subjects(given), *_red(given), *_equity_multiplier(given))
    return LcapRequired(requirements=requirements, met=all(one.met for one in requirements))


def _subjects(given: LcapRequiredInput) -> Iterator[Requirement]:
    if given.english_learners >= ENGLISH_LEARNERS:
        rule = sentence(
            "A district with {least} or more English learners must plan actions on language acquisition "
            "programs and on professional development for teachers; yours has {n}.",
            least=ENGLISH_LEARNERS,
            n=given.english_learners,
        )
        yield _subject(given, "english_learner_programs", rule)
        yield _subject(given, "english_learner_professional_development", rule)
    if given.long_term_english_learners >= LONG_TERM_ENGLISH_LEARNERS:
        rule = sentence(
            "A district with {least} or more long-term English learners must plan actions for them on "
            "language acquisition programs and on professional development for teachers; yours has {n}.",
            least=LONG_TERM_ENGLISH_LEARNERS,
            n=given.long_term_english_learners,
        )
        yield _subject(given, "long_term_english_learner_programs", rule)
        yield _subject(given, "long_term_english_learner_professional_development", rule)
    if given.technical_assistance:
        yield _subject(
            given,
            "technical_assistance",
            sentence("A district in technical assistance must plan actions on the work that it does there."),
        )
    if given.unspent_learning_recovery and given.lcap_year in LEARNING_RECOVERY_YEARS:
        yield _subject(
            given,
            "learning_recovery",
            sentence(
                "{amount} of the Learning Recovery Emergency Block Grant is unspent; the plan must hold an "
                "action that it pays for, until it is spent.",
                amount=said_money(given.unspent_learning_recovery),
            ),
        )


def _subject(given: LcapRequiredInput, subject: Subject, rule: Said) -> Requirement:
    by = tuple(action.action for action in given.actions if subject in action.subjects)
    return Requirement(
        code=subject,
        about=None,
        met=bool(by),
        met_by=by,
        rule=rule,
        source=f"{INSTRUCTIONS}, Required Actions",
    )


def _red(given: LcapRequiredInput) -> Iterator[Requirement]:
    for red in given.red:
        by = tuple(action.action for action in given.actions if red in action.red)
        whom = ", ".join(name for name in (red.school, red.group) if name)
        yield Requirement(
            code="red_indicator",
            about=": ".join(part for part in (whom, red.indicator) if part),
            met=bool(by),
            met_by=by,
            rule=sentence(
                "Each school and student group at the lowest level of a state indicator on the 2023 "
                "Dashboard must be addressed by an action on that indicator, for all three years of the plan."
            ),
            source=f"{INSTRUCTIONS}, Required Actions",
        )


def _equity_multiplier(given: LcapRequiredInput) -> Iterator[Requirement]:
    for school in given.equity_multiplier_schools:
        by = tuple(goal.goal for goal in given.equity_multiplier_goals if school in goal.schools)
        yield Requirement(
            code="equity_multiplier_goal",
            about=school,
            met=bool(by),
            met_by=by,
            rule=sentence(
                "Each school that receives Equity Multiplier money must have a focus goal in the plan."
            ),
            source=f"{INSTRUCTIONS}, Required Focus Goals; Education Code 42238.024",
        )


CALCULATION = Calculation(
    name="lcap-required",
    title=sentence("LCAP: required actions"),
    source=f"{INSTRUCTIONS}, Required Actions; Education Code 52064, 52064.4",
    given=LcapRequiredInput,
    told=LcapRequired,
    compute=lcap_required,
)
