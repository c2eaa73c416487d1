"""Counts of students: by school, grade and group, unduplicated pupils, attendance; all of them foot."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pandas as pd

from tenants.language import N_, Message, message
from workers.imports.ledger.findings import SHOWN_PER_RULE, Finding, Findings
from workers.imports.people import fields
from workers.imports.people.checking import coded, column, fixed, tell, units, whole_numbers, year_of

COUNTED = ("enrollment", "unduplicated", "low_income", "english_learner", "foster")
"""Columns of a file of unduplicated pupils that are counts; the first two are always there."""


@dataclasses.dataclass
class Counts:
    """The counts of one kind and fiscal year.

    `rows` has line, school, school_name, grade, student_group and students; for attendance it has line,
    certification, span and ada (hundredths).
    """

    kind: fields.StudentKind
    fiscal_year: str
    rows: pd.DataFrame

    def digest(self) -> str:
        """Return SHA-256 over kind, year and rows; the rows' order does not matter."""
        plain = self.rows.drop(columns="line").astype(str)
        ordered = plain.sort_values(list(plain.columns)).to_json(orient="values")
        return hashlib.sha256(f"{self.kind}|{self.fiscal_year}|{ordered}".encode()).hexdigest()


def read_counts(
    kind: fields.StudentKind, frame: pd.DataFrame, findings: Findings, *, fiscal_year: str | None
) -> list[Counts]:
    """Return the counts of a file, one set for each fiscal year; none where a finding forbids it.

    Args:
        kind: what the file is.
        frame: texts by field, with `line`.
        findings: takes what is wrong.
        fiscal_year: what the person said, for a file without a column for it.
    """
    if frame.empty:
        said = message("The file has no rows below its headings. Export it again.")
        findings.add(
            Finding("fatal", "NO-ROWS", said, field="file", found="0", expected=N_("rows of counts"))
        )
        return []
    years = column(frame, "fiscal_year")
    if fiscal_year is not None:
        years = years.where(years != "", fiscal_year)
    read, good = coded(years, year_of)
    tell(
        findings,
        frame.assign(fiscal_year=years),
        ~good,
        "YEAR",
        "fiscal_year",
        message("This is no fiscal year. Write it as 2025-26 in each row, or say it for the whole file."),
        expected=N_("a fiscal year"),
    )
    frame = frame.assign(fiscal_year=read)
    reader = {"enrollment": _enrollment, "unduplicated": _unduplicated, "attendance": _attendance}[kind]
    rows = reader(frame, findings)
    if findings.fatal:
        return []
    return [
        Counts(kind, str(year), part.drop(columns="fiscal_year").reset_index(drop=True))
        for year, part in rows.groupby("fiscal_year", sort=True)
    ]


def _students(
    frame: pd.DataFrame, name: str, findings: Findings, needed: pd.Series | None = None
) -> pd.Series:
    texts = column(frame, name)
    counts, good = whole_numbers(texts)
    wrong = ~good if needed is None else ~good & needed
    tell(
        findings,
        frame,
        wrong,
        "COUNT-FORM",
        name,
        message(
            "This is no number of students. Write a whole number, 0 where there are none; no letters or "
            "stars."
        ),
        expected=N_("a whole number"),
    )
    return counts


def _schools(frame: pd.DataFrame, findings: Findings) -> pd.Series:
    schools, good = coded(frame["school"], fields.school_of)
    tell(
        findings,
        frame,
        ~good,
        "SCHOOL-MISSING",
        "school",
        message("The row names no school. Write its code, or Total for the whole district."),
        expected=N_("a school"),
    )
    return schools


def _double(read: pd.DataFrame, key: list[str], findings: Findings) -> None:
    tell(
        findings,
        read,
        read.duplicated(key),
        "COUNT-TWICE",
        key[1],
        message(
            "The same count stands twice in the file: same year, school, grade and group. Keep one of them."
        ),
        expected=N_("each count once"),
    )


def _enrollment(frame: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    grades, known = coded(frame["grade"], fields.grade_of)
    tell(
        findings,
        frame,
        ~known,
        "GRADE",
        "grade",
        message(
            "This grade is none that the state counts. Write TK, K, 1 to 12, UE or US (ungraded), or Total."
        ),
        expected="TK, K, 1–12, UE, US",
    )
    groups, known = coded(column(frame, "group"), lambda text: fields.code_of(fields.GROUPS, text))
    tell(
        findings,
        frame,
        ~known,
        "GROUP",
        "group",
        message("This group of students is none that we know. Use the groups of the layout's description."),
        expected=", ".join(fields.GROUPS),
    )
    read = pd.DataFrame(
        {
            "line": frame["line"],
            "fiscal_year": frame["fiscal_year"],
            "school": _schools(frame, findings),
            "school_name": column(frame, "school_name").str.slice(0, 200),
            "grade": grades,
            "student_group": groups,
            "students": _students(frame, "students", findings),
        }
    )
    _double(read, ["fiscal_year", "school", "grade", "student_group"], findings)
    if findings.fatal:
        return read
    _foot(read, findings)
    own = read[(read["school"] != "*") & (read["grade"] != "*")]
    _within(own, findings)
    return own


def _foot(read: pd.DataFrame, findings: Findings) -> None:
    """Hold every total row against the rows that it adds: grades to the school, schools to the district."""
    key = ["fiscal_year", "student_group"]
    own = read[(read["school"] != "*") & (read["grade"] != "*")]
    steps = (
        (read[(read["school"] != "*") & (read["grade"] == "*")], [*key, "school"]),
        (read[(read["school"] == "*") & (read["grade"] != "*")], [*key, "grade"]),
        (read[(read["school"] == "*") & (read["grade"] == "*")], key),
    )
    for totals, by in steps:
        sums = own.groupby(by, as_index=False).agg(ours=("students", "sum"))
        compared = totals.merge(sums, on=by, how="left").fillna({"ours": 0})
        for row in _listed(findings, compared[compared["students"] != compared["ours"]], "COUNT-TOTAL"):
            findings.add(
                Finding(
                    "fatal",
                    "COUNT-TOTAL",
                    _does_not_foot(row),
                    line=int(row.line),
                    field="students",
                    found=str(int(row.ours)),
                    expected=str(int(row.students)),
                )
            )


def _listed(findings: Findings, rows: pd.DataFrame, rule: str) -> list[Any]:
    """Return the rows that are told one by one; the rest is counted."""
    findings.more("fatal", rule, max(0, len(rows) - SHOWN_PER_RULE))
    return list(rows.head(SHOWN_PER_RULE).itertuples(index=False))


def _does_not_foot(row: Any) -> Message:
    values = {
        "year": str(row.fiscal_year),
        "ours": str(int(row.ours)),
        "said": str(int(row.students)),
    }
    school, grade = str(row.school), str(row.grade)
    if school != "*":
        return message(
            "School {school} in {year}: its grades add to {ours}, its total says {said}. Find the grade "
            "that is "
            "missing or double, or correct the total.",
            school=school,
            **values,
        )
    if grade != "*":
        return message(
            "Grade {grade} in {year}: the schools add to {ours}, the district's total says {said}. Find the "
            "school "
            "that is missing or double, or correct the total.",
            grade=grade,
            **values,
        )
    return message(
        "The district in {year}: its schools add to {ours}, its total says {said}. Find the school that is "
        "missing "
        "or double, or correct the total.",
        **values,
    )


def _within(own: pd.DataFrame, findings: Findings) -> None:
    """Tell groups that have more students than the grade of which they are a part."""
    place = ["fiscal_year", "school", "grade"]
    everybody = own[own["student_group"] == "all"].set_index(place)["students"]
    parts = own[own["student_group"] != "all"]
    whole = parts.set_index(place).index.map(everybody.to_dict())
    compared = parts.assign(whole=pd.Series(whole, index=parts.index, dtype="Int64").fillna(0))
    wrong = compared[compared["students"] > compared["whole"]]
    for row in _listed(findings, wrong, "GROUP-TOO-LARGE"):
        findings.add(
            Finding(
                "fatal",
                "GROUP-TOO-LARGE",
                message(
                    "Grade {grade} of school {school} has {part} students in the group {group} and {whole} "
                    "in all. "
                    "Load the row of all students too, or correct one of the two.",
                    grade=str(row.grade),
                    school=str(row.school),
                    group=str(row.student_group),
                    part=str(int(row.students)),
                    whole=str(int(row.whole)),
                ),
                line=int(row.line),
                field="students",
                found=str(int(row.students)),
                expected=str(int(row.whole)),
            )
        )


def _unduplicated(frame: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    schools = _schools(frame, findings)
    given = [name for name in COUNTED if name in frame]
    counts = {
        name: _students(frame, name, findings, None if name in COUNTED[:2] else frame[name] != "")
        for name in given
    }
    read = pd.DataFrame(
        {
            "line": frame["line"],
            "fiscal_year": frame["fiscal_year"],
            "school": schools,
            "school_name": column(frame, "school_name").str.slice(0, 200),
            **counts,
        }
    )
    _double(read, ["fiscal_year", "school"], findings)
    for name in given[1:]:
        tell(
            findings,
            read,
            read[name] > read["enrollment"],
            "MORE-THAN-ENROLLED",
            name,
            message("More pupils are counted here than are enrolled. Correct one of the two."),
            expected=N_("at most the enrollment"),
        )
    tall = read.melt(
        ["line", "fiscal_year", "school", "school_name"], given, "student_group", "students"
    ).assign(grade="*")
    single = ~tall.duplicated(["fiscal_year", "student_group"], keep=False)
    # A district without schools in its file has one row, which is the count and no total to foot.
    tall["school"] = tall["school"].where(~(single & (tall["school"] == "*")), "district")
    if not findings.fatal:
        _foot_schools(tall, findings)
    tall["line"] = tall["line"] * len(COUNTED) + tall["student_group"].map(
        {name: place for place, name in enumerate(COUNTED)}
    )
    return tall[tall["school"] != "*"]


def _foot_schools(tall: pd.DataFrame, findings: Findings) -> None:
    by = ["fiscal_year", "student_group"]
    sums = tall[tall["school"] != "*"].groupby(by, as_index=False).agg(ours=("students", "sum"))
    compared = tall[tall["school"] == "*"].merge(sums, on=by)
    for row in _listed(findings, compared[compared["students"] != compared["ours"]], "COUNT-TOTAL"):
        findings.add(
            Finding(
                "fatal",
                "COUNT-TOTAL",
                _does_not_foot(row),
                line=int(row.line),
                field=str(row.student_group),
                found=str(int(row.ours)),
                expected=str(int(row.students)),
            )
        )


def _attendance(frame: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    certifications, good = coded(frame["certification"], fields.certification_of)
    tell(
        findings,
        frame,
        ~good,
        "CERTIFICATION",
        "certification",
        message("Attendance is certified as P-1, P-2 or Annual. Write one of them."),
        expected="P-1, P-2, Annual",
    )
    spans, good = coded(frame["span"], fields.span_of)
    tell(
        findings,
        frame,
        ~good,
        "SPAN",
        "span",
        message("This is no grade span. Write TK-3, 4-6, 7-8, 9-12, TK (a part of TK-3) or Total."),
        expected="TK-3, 4-6, 7-8, 9-12, TK",
    )
    ada, good = fixed(frame["ada"], 2)
    tell(
        findings,
        frame,
        ~good,
        "ADA-FORM",
        "ada",
        message("This is no attendance. Write it with at most two decimals, as 1,234.56."),
        expected=N_("a number"),
    )
    read = pd.DataFrame(
        {
            "line": frame["line"],
            "fiscal_year": frame["fiscal_year"],
            "certification": certifications,
            "span": spans,
            "ada": ada,
        }
    )
    _double(read, ["fiscal_year", "certification", "span"], findings)
    if findings.fatal:
        return read
    for (year, certification), part in read.groupby(["fiscal_year", "certification"]):
        by_span: dict[str, Any] = {str(one.span): one for one in part.itertuples(index=False)}
        ours = int(part.loc[~part["span"].isin(("*", "TK")), "ada"].sum())
        if "*" in by_span and int(by_span["*"].ada) != ours:
            said = int(by_span["*"].ada)
            text = message(
                "{certification} of {year}: the spans add to {ours}, the total says {said}. Find the span "
                "that is "
                "missing or double.",
                certification=str(certification),
                year=str(year),
                ours=f"{units(ours, 2):f}",
                said=f"{units(said, 2):f}",
            )
            findings.add(_span_fault("ADA-TOTAL", text, int(by_span["*"].line), ours, said))
        if "TK" in by_span and "TK-3" in by_span:
            small, large = int(by_span["TK"].ada), int(by_span["TK-3"].ada)
            if small > large:
                text = message(
                    "{certification} of {year}: attendance in TK is a part of TK-3 and can't be more.",
                    certification=str(certification),
                    year=str(year),
                )
                findings.add(_span_fault("ADA-TK", text, int(by_span["TK"].line), small, large))
    return read[read["span"] != "*"]


def _span_fault(rule: str, said: Message, line: int, found: int, expected: int) -> Finding:
    return Finding(
        "fatal",
        rule,
        said,
        line=line,
        field="ada",
        found=f"{units(found, 2):f}",
        expected=f"{units(expected, 2):f}",
    )
