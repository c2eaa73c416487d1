"""What the columns of files about people may be: fields, headings, codes, and which of them are needed.

`docs/layouts.md` is the same for people who make such files; a test holds the two together.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Literal, get_args

from workers.imports.ledger.mapping import Guess, guess, normal

Kind = Literal["positions", "enrollment", "unduplicated", "attendance"]
StudentKind = Literal["enrollment", "unduplicated", "attendance"]
STUDENT_KINDS: tuple[StudentKind, ...] = get_args(StudentKind)

SURE = 0.74
"""From this confidence on a needed column is taken without asking: its heading is one that we know."""
TOTAL = re.compile(r"(?i)(grand |sub ?)?totals?\b.*|all schools|district(wide)?")
"""What stands where a row states a total: in the column of positions, schools or grades."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """One kind of file.

    Attributes:
        headings: each field with the headings that name it; the first one is ours.
        needed: fields without which nothing can be read.
        personal: fields that hold personnel information.
    """

    headings: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    personal: tuple[str, ...] = ()


_YEAR = ("fiscal year", "year", "school year", "academic year", "fy", "census year", "ano fiscal")
_SCHOOL = ("school", "school code", "site", "site code", "location", "school number", "escuela", "plantel")
_SCHOOL_NAME = ("school name", "site name", "location name", "nombre de la escuela")

LAYOUTS: dict[Kind, Layout] = {
    "positions": Layout(
        {
            "position": ("position", "position number", "position id", "position control number", "pcn"),
            "title": ("title", "job title", "position title", "classification", "job class", "puesto"),
            "fiscal_year": _YEAR,
            "site": ("site", "site code", "school", "school code", "location", "work location"),
            "site_name": ("site name", "school name", "location name"),
            "program": ("program", "program name", "department"),
            "group": ("group", "employee group", "bargaining unit", "employee type"),
            "member_class": ("member class", "retirement system", "retirement", "pension plan"),
            "notice_group": ("notice group", "notice", "layoff notice group"),
            "fte": ("fte", "full time equivalent", "position fte", "budgeted fte"),
            "vacant": ("vacant", "vacancy", "filled or vacant", "vacante"),
            "fund": ("fund", "fund code"),
            "resource": ("resource", "resource code", "funding source"),
            "goal": ("goal", "goal code"),
            "function": ("function", "function code"),
            "object": ("object", "object code"),
            "percent": ("percent", "funding percent", "percentage", "split", "share", "funding split"),
            "employee": ("employee", "employee name", "name", "incumbent", "held by", "empleado"),
            "schedule": ("schedule", "salary schedule"),
            "step": ("step", "salary step"),
            "salary_column": ("column", "salary column", "range", "lane"),
            "pay": ("base pay", "annual salary", "base salary", "salary", "annual pay", "pay"),
            "leaving_on": ("leaving on", "leaving date", "retirement date", "last day", "separation date"),
            "leaving_reason": ("leaving reason", "expected leaving", "reason for leaving"),
        },
        ("position", "fte", "resource"),
        (
            *("employee", "schedule", "step", "salary_column", "pay"),
            *("leaving_on", "leaving_reason"),
        ),
    ),
    "enrollment": Layout(
        {
            "fiscal_year": _YEAR,
            "school": _SCHOOL,
            "school_name": _SCHOOL_NAME,
            "grade": ("grade", "grade level", "grado"),
            "group": ("group", "student group", "subgroup", "reporting category", "grupo"),
            "students": ("students", "count", "enrollment", "number of students", "pupils", "estudiantes"),
        },
        ("school", "grade", "students"),
    ),
    "unduplicated": Layout(
        {
            "fiscal_year": _YEAR,
            "school": _SCHOOL,
            "school_name": _SCHOOL_NAME,
            "enrollment": ("enrollment", "total enrollment", "census day enrollment", "matricula"),
            "unduplicated": (
                *("unduplicated", "unduplicated pupil count", "upc", "unduplicated pupils"),
                *("unduplicated count", "total unduplicated"),
            ),
            "low_income": ("low income", "free or reduced price meals", "frpm", "socioeconomically"),
            "english_learner": ("english learner", "english learners", "el", "ell"),
            "foster": ("foster", "foster youth"),
        },
        ("school", "enrollment", "unduplicated"),
    ),
    "attendance": Layout(
        {
            "fiscal_year": _YEAR,
            "certification": ("certification", "period", "reporting period", "report"),
            "span": ("span", "grade span", "grades"),
            "ada": ("ada", "average daily attendance", "attendance"),
        },
        ("certification", "span", "ada"),
    ),
}
_FORMS = {
    "fte": re.compile(r"[0-9]{0,4}\.?[0-9]{0,4}"),
    "students": re.compile(r"[0-9][0-9,]*(\.0+)?"),
    "enrollment": re.compile(r"[0-9][0-9,]*(\.0+)?"),
    "unduplicated": re.compile(r"[0-9][0-9,]*(\.0+)?"),
    "ada": re.compile(r"[0-9][0-9,]*(\.[0-9]+)?"),
    "fiscal_year": re.compile(r"20[0-9]{2}([-/](20)?[0-9]{2})?"),
    "pay": re.compile(r"\$?[0-9][0-9,]*(\.[0-9]+)?|"),
}

GRADES = ("TK", "K", *map(str, range(1, 13)), "UE", "US")
"""Grades as the state counts them; UE and US are ungraded elementary and secondary."""
_GRADE_WORDS = {
    "KN": "K",
    "KG": "K",
    "0": "K",
    "00": "K",
    "KINDERGARTEN": "K",
    "TRANSITIONAL KINDERGARTEN": "TK",
    **{f"{number:02d}": str(number) for number in range(1, 10)},
    **{f"GRADE {number}": str(number) for number in range(1, 13)},
    "UNGRADED ELEMENTARY": "UE",
    "UNGRADED SECONDARY": "US",
}
GROUPS = {
    "all": ("", "all", "all students", "total", "ta"),
    "english_learner": ("english learner", "english learners", "el", "ell", "se el"),
    "low_income": (
        *("low income", "socioeconomically disadvantaged", "sed", "free or reduced price meals", "frpm"),
        *("economically disadvantaged",),
    ),
    "foster": ("foster", "foster youth"),
    "homeless": ("homeless", "homeless youth"),
    "special_education": ("special education", "students with disabilities", "swd", "disability"),
    "migrant": ("migrant", "migrant education"),
    "african_american": ("african american", "black", "black or african american"),
    "american_indian": ("american indian", "american indian or alaska native"),
    "asian": ("asian",),
    "filipino": ("filipino",),
    "hispanic": ("hispanic", "hispanic or latino", "latino"),
    "pacific_islander": ("pacific islander",),
    "two_or_more": ("two or more", "two or more races", "multiracial"),
    "white": ("white",),
}
"""Groups of students; a student may be in several. `all` is everybody."""
CERTIFICATIONS = {"p1": "P-1", "p2": "P-2", "annual": "Annual", "first": "P-1", "second": "P-2"}
SPANS = {"tk3": "TK-3", "k3": "TK-3", "46": "4-6", "78": "7-8", "912": "9-12", "tk": "TK"}
MEMBER_CLASSES = {
    "strs": ("strs", "calstrs", "teachers"),
    "pers": ("pers", "calpers"),
    "social_security": ("social security", "oasdi", "fica"),
    "alternative": ("alternative", "apple", "pars", "alternative plan"),
    "other": ("other", "none"),
}
EMPLOYEE_GROUPS = {
    "certificated": ("certificated", "certificated bargaining", "teacher", "teachers", "cert"),
    "classified": ("classified", "classified bargaining", "class"),
    "management": ("management", "administration", "administrator", "confidential", "supervisory"),
}
TRUTHS = {
    **dict.fromkeys(("", "no", "n", "0", "false", "filled", "occupied"), False),
    **dict.fromkeys(("yes", "y", "1", "true", "x", "vacant", "open", "si", "sí", "vacante"), True),
}


def guesses(kind: Kind, headings: list[str], samples: Mapping[int, list[str]]) -> list[Guess]:
    """Guess what the columns of a file of some kind are."""
    return guess(headings, samples, LAYOUTS[kind].headings, _FORMS)


def kind_of(headings: list[str], kinds: tuple[Kind, ...]) -> Kind:
    """Return the kind whose needed and other fields these headings name best."""

    def score(kind: Kind) -> float:
        found = guesses(kind, headings, {})
        needed = sum(one.confidence for one in found if one.field in LAYOUTS[kind].needed)
        return needed / len(LAYOUTS[kind].needed) + 0.01 * len(found)

    return max(kinds, key=score)


def grade_of(text: str) -> str | None:
    """Return the state's code of a grade as it was written, `*` for a total, None for what is none."""
    word = text.strip().upper()
    if word in GRADES:
        return word
    if word in _GRADE_WORDS:
        return _GRADE_WORDS[word]
    return "*" if TOTAL.fullmatch(text.strip()) or word in ("*", "ALL", "ALL GRADES") else None


def school_of(text: str) -> str | None:
    """Return a school as it was written, `*` for the whole district, None where nothing stands."""
    word = text.strip()
    return "*" if TOTAL.fullmatch(word) or word == "*" else word or None


def code_of(words: Mapping[str, tuple[str, ...]], text: str) -> str | None:
    """Return the key whose words name a text, or None."""
    wanted = normal(text)
    return next((key for key, known in words.items() if wanted in known or wanted == normal(key)), None)


def certification_of(text: str) -> str | None:
    """Return a certification of attendance as it is printed, or None."""
    return CERTIFICATIONS.get(re.sub(r"[^a-z0-9]", "", text.lower()).removesuffix("certification"))


def span_of(text: str) -> str | None:
    """Return a grade span as it is printed, `*` for the total, or None."""
    word = text.strip()
    if TOTAL.fullmatch(word) or word == "*":
        return "*"
    return SPANS.get(re.sub(r"[^a-z0-9]", "", word.lower()).removeprefix("grades"))
