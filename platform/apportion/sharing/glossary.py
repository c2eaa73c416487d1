"""The terms of school finance that a reader meets, in plain words of both languages."""

from __future__ import annotations

import dataclasses
import functools
import re

from tenants.language import N_


@dataclasses.dataclass(frozen=True)
class Term:
    """A term: how it is headed, what it means, and the word forms in which each language prints it."""

    key: str
    name: str
    meaning: str
    forms: dict[str, str]
    """Regular expression of the word forms for each language."""


TERMS = (
    Term(
        "reserve",
        N_("Reserve"),
        N_("Money set aside for bad years. The state asks for a minimum: a share of all spending."),
        {"en": r"reserves?", "es": r"reservas?"},
    ),
    Term(
        "deficit",
        N_("Deficit"),
        N_("A year in which more money goes out than comes in. The difference is taken from the reserve."),
        {"en": r"deficits?", "es": r"d[eé]ficits?"},
    ),
    Term(
        "enrollment",
        N_("Enrollment"),
        N_("How many students are signed up. Fewer students bring less state money."),
        {"en": r"enrollment", "es": r"matr[ií]cula"},
    ),
    Term(
        "ada",
        N_("Average daily attendance (ADA)"),
        N_("How many students come to school on an average day. The state pays by this number."),
        {"en": r"average daily attendance|ADA", "es": r"asistencia diaria promedio|ADA"},
    ),
    Term(
        "unrestricted",
        N_("Unrestricted money"),
        N_("Money that the board may spend on anything that schools need."),
        {"en": r"unrestricted", "es": r"sin restricci[oó]n(?:es)?|no restringid[oa]s?"},
    ),
    Term(
        "restricted",
        N_("Restricted money"),
        N_("Money that came for one purpose, such as meals, and may pay for nothing else."),
        {"en": r"restricted", "es": r"restringid[oa]s?"},
    ),
    Term(
        "grant",
        N_("Grant"),
        N_("Money given for a purpose and a time. When it ends, what it paid for needs another source."),
        {"en": r"grants?", "es": r"subvenci(?:ón|ones)"},
    ),
    Term(
        "one_time",
        N_("One-time and ongoing"),
        N_("One-time money comes once; ongoing money comes each year. Salaries need ongoing money."),
        {"en": r"one-time|ongoing", "es": r"de una sola vez|por única vez|permanentes?|continuos?"},
    ),
    Term(
        "fund_balance",
        N_("Fund balance"),
        N_("What is left over at the end of a fiscal year, from that year and all before it."),
        {"en": r"(?:fund|ending) balances?", "es": r"saldos? (?:del fondo|final(?:es)?)"},
    ),
    Term(
        "fiscal_year",
        N_("Fiscal year"),
        N_("A district's year of money: July 1 to June 30. 2026-27 begins in July 2026."),
        {"en": r"fiscal years?", "es": r"años? fiscal(?:es)?"},
    ),
    Term(
        "projection",
        N_("Projection"),
        N_("What the coming years would look like if stated assumptions held. It is not a promise."),
        {"en": r"projections?", "es": r"proyecci(?:ón|ones)"},
    ),
    Term(
        "special_education",
        N_("Special education"),
        N_("Teaching and services that the law owes to students with disabilities. Nobody may cut them."),
        {"en": r"special education", "es": r"educación especial"},
    ),
    Term(
        "contribution",
        N_("Contribution"),
        N_("Unrestricted money added where restricted money does not cover what the law asks."),
        {"en": r"contributions?", "es": r"aportaci(?:ón|ones)|contribuci(?:ón|ones)"},
    ),
    Term(
        "priority",
        N_("Priority"),
        N_("One of up to three things that the plan pays for first, because they help students most."),
        {"en": r"priorit(?:y|ies)", "es": r"prioridad(?:es)?"},
    ),
)

BY_KEY = {term.key: term for term in TERMS}


@functools.cache
def pattern(language: str) -> re.Pattern[str]:
    """Return one expression that finds any term of a language; the group's name is the term's key."""
    ordered = sorted(TERMS, key=lambda term: -len(term.forms[language]))
    groups = "|".join(f"(?P<{term.key}>{term.forms[language]})" for term in ordered)
    return re.compile(rf"(?<!\w)(?:{groups})(?!\w)", re.IGNORECASE)
