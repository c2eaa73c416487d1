"""Positions and counts of students of the invented districts, in the layouts that the product documents.

Deterministic: the same district gives the same bytes on every machine. Every file says in its name that it is
invented, and every person in it does not exist.
"""

from __future__ import annotations

import random
from decimal import Decimal

from apportion.demonstration.districts import YEARS, InventedDistrict
from apportion.demonstration.people import NAMES

GRADES = {
    "elementary": ("TK", "K", "1", "2", "3", "4", "5", "6", "7", "8"),
    "high": ("9", "10", "11", "12"),
    "unified": ("TK", "K", *map(str, range(1, 13))),
}
SPANS = {
    "TK-3": ("TK", "K", "1", "2", "3"),
    "4-6": ("4", "5", "6"),
    "7-8": ("7", "8"),
    "9-12": ("9", "10", "11", "12"),
}
SCHOOLS = (
    *("Alder Street School", "Blue Oak School", "Cypress Hill School", "Dry Creek School"),
    *("Escuela El Encinal", "Foxtail School", "Granite Bluff School", "Heron Marsh School"),
)
ATTENDS = 0.94
"""Average daily attendance over enrollment."""
TEACHERS = 26
"""Students for each teacher."""
MOST_TEACHERS = 240
"""A demonstration shows how positions look; a large district's are a part of its own."""
TITLES = (
    # title, group, retirement, FTE, resource, goal, for each so many teachers, full-time pay
    ("Principal", "management", "STRS", "1.0", "0000", "0000", 24, 152_400),
    ("Office assistant", "classified", "PERS", "1.0", "0000", "0000", 16, 51_800),
    ("Instructional aide", "classified", "PERS", "0.75", "3010", "1110", 5, 38_200),
    ("Special-education teacher", "certificated", "STRS", "1.0", "6500", "5760", 8, 86_900),
    ("Custodian", "classified", "PERS", "1.0", "0000", "0000", 12, 49_600),
    ("Counselor", "certificated", "STRS", "1.0", "0000", "1110", 14, 91_300),
)

HEADINGS = (
    "Position,Title,Site,Site name,Group,Retirement,Notice group,FTE,Vacant,Resource,Goal,Percent,"
    "Employee,Step,Column,Base pay,Leaving date"
)


def _schools(district: InventedDistrict) -> list[tuple[str, str]]:
    count = max(2, min(len(SCHOOLS), round(district.ada[-1] / 900)))
    return [(f"{number + 1:04d}", SCHOOLS[number]) for number in range(count)]


def _enrolled(district: InventedDistrict) -> list[tuple[str, str, str, str, int]]:
    """Return year, school, its name, grade and students."""
    rows = []
    for year, ada in zip(YEARS, district.ada, strict=True):
        schools, grades = _schools(district), GRADES[district.span]
        chance = random.Random(f"{district.key}/students/{year}")  # noqa: S311 - invented data
        each = ada / ATTENDS / len(schools) / len(grades)
        for school, name in schools:
            for grade in grades:
                size = each * (0.55 if grade == "TK" else 1.03) * chance.uniform(0.9, 1.1)
                rows.append((year, school, name, grade, max(0, round(size))))
    return rows


def student_files(district: InventedDistrict) -> dict[str, str]:
    """Return files of counts by name: by school, grade and group; unduplicated pupils; attendance."""
    rows = _enrolled(district)
    counts = ["Year,School,School name,Grade,Group,Students"]
    unduplicated = ["Census year,School,School name,Enrollment,Unduplicated"]
    attendance = ["Year,Certification,Span,ADA"]
    for year in YEARS:
        mine = [row for row in rows if row[0] == year]
        for _, school, name, grade, students in mine:
            place = f"{year},{school},{name},{grade}"
            counts.append(f"{place},all,{students}")
            counts.append(f"{place},low income,{round(students * district.low_income)}")
            counts.append(f"{place},english learner,{round(students * district.low_income * 0.32)}")
        counts.append(f"{year},Total,,Total,all,{sum(row[4] for row in mine)}")
        for school, name in _schools(district):
            whole = sum(row[4] for row in mine if row[1] == school)
            part = round(whole * min(0.97, district.low_income + 0.05))
            unduplicated.append(f"{year},{school},{name},{whole},{part}")
        for certification, share in (("P-1", Decimal("1.002")), ("P-2", Decimal(1))):
            for span, grades in SPANS.items():
                students = sum(row[4] for row in mine if row[3] in grades)
                if students:
                    ada = (students * Decimal(str(ATTENDS)) * share).quantize(Decimal("0.01"))
                    attendance.append(f"{year},{certification},{span},{ada}")
    return {
        f"invented-{district.key}-students.csv": "\n".join(counts) + "\n",
        f"invented-{district.key}-unduplicated.csv": "\n".join(unduplicated) + "\n",
        f"invented-{district.key}-attendance.csv": "\n".join(attendance) + "\n",
    }


def position_file(district: InventedDistrict) -> tuple[str, str, str]:
    """Return the name, the content and the FTE total of a file of positions of the newest year."""
    chance = random.Random(f"{district.key}/positions")  # noqa: S311 - invented data
    firsts = [name.split()[0] for names in NAMES.values() for name in names]
    lasts = [name.split()[-1] for names in NAMES.values() for name in names]
    lines = [HEADINGS]
    total = Decimal(0)
    number = 0

    def add(kind: tuple[str, str, str, str, str, str, int, int], site: tuple[str, str]) -> None:
        nonlocal total, number
        title, group, retirement, fte, resource, goal, _, pay = kind
        number += 1
        total += Decimal(fte)
        vacant = chance.random() < 0.06
        step = chance.randint(1, 20)
        holder = "" if vacant else f"{chance.choice(firsts)} {chance.choice(lasts)}"
        money = "" if vacant else f"{round(pay * (0.72 + 0.018 * step))}.00"
        leaving = "2027-06-30" if holder and step > 18 else ""
        notice = "March 15" if group == "certificated" else "60 days" if group == "classified" else ""
        parts = [(resource, goal, 100)]
        if title == "Teacher" and number % 9 == 0:
            parts = [(resource, goal, 60), ("3010", goal, 40)]
        for code, paid_goal, share in parts:
            lines.append(
                f"{number:05d},{title},{site[0]},{site[1]},{group},{retirement},{notice},{fte},"
                f"{'yes' if vacant else 'no'},{code},{paid_goal},{share},{holder},"
                f"{'' if vacant else step},{'' if vacant else 'III'},{money},{leaving}"
            )

    teachers = min(MOST_TEACHERS, max(8, round(district.ada[-1] / ATTENDS / TEACHERS)))
    sites = _schools(district)
    for each in range(teachers):
        add(("Teacher", "certificated", "STRS", "1.0", "0000", "1110", 1, 88_700), sites[each % len(sites)])
    for kind in TITLES:
        for each in range(max(1, teachers // kind[6])):
            add(kind, sites[each % len(sites)])
    return f"invented-{district.key}-positions.csv", "\n".join(lines) + "\n", f"{total}"
