"""A look at a file before anything of it is kept: no pupil's record, no birth date, no number of a person.

Counts of students name nobody, so a column of a student file that nobody knows and that holds words of its
own in most rows is taken for names. Positions may name employees, for whoever may load names; never pupils.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from tenants.language import N_, Message, message
from workers.imports.ledger.cells import Table
from workers.imports.ledger.findings import Finding, Findings, RefusedFileError
from workers.imports.ledger.mapping import normal
from workers.imports.ledger.quarantine import birth_dates
from workers.imports.people import fields, sheet

LOOKED_AT = 100_000
"""Rows that are looked at: more than a file of counts has."""
FEW = 5
OWN_WORDS = 0.6
"""Part of a column's rows with words of their own, from which on it names people."""

_BIRTH = re.compile(r"\b(birth|dob|born|birthdate|birthday|nacimiento|nacido|age in)\b")
_NUMBER = re.compile(r"\b(ssid|ssn|social security number|perm id|cedars id)\b")
_PUPIL = re.compile(
    r"\b(student|pupil|child|scholar|alumno|alumna|estudiante)s? (name|first|last|id|number|no)\b"
    r"|\b(guardian|parent|mother|father|madre|padre|tutor)\b|\biep\b|\bhome ?(address|phone)\b"
)
_NAMES = re.compile(r"\b(first|last|middle|given|family|sur|full|legal|preferred) ?names?\b|\bapellidos?\b")
_NAME = re.compile(r"\bnames?\b|\bnombres?\b|\balumn[oa]s?\b")
_PLACE = re.compile(
    r"\b(school|site|location|district|program|plan|county) ?names?\b"
    r"|\bnombres? (de la|del) (escuela|plantel)\b"
)
"""Headings with the word name that name no person."""
_COMMA_NAME = re.compile(r"[^\W\d_][\w'’. -]*, ?[^\W\d_][\w'’. -]*")
_STATE_ID = re.compile(r"[0-9]{10}")
_SOCIAL = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
_WORD = re.compile(r"[^\W\d_]{2,}")


def look_for_pupils(path: Path, today: dt.date) -> fields.StudentKind:
    """Refuse a file of students that holds more than counts; return the kind that its headings name.

    Args:
        path: the uploaded file, kept nowhere yet.
        today: what ages are counted from.

    Raises:
        RefusedFileError: with the heading that gives it away, never with a value.
    """
    kind: fields.Kind = "enrollment"
    for table in sheet.tables_of(path, Findings(), LOOKED_AT):
        for heading in table.headings:
            text = normal(heading)
            rest = _PLACE.sub(" ", text)
            if any(form.search(rest) for form in (_BIRTH, _NUMBER, _PUPIL, _NAMES, _NAME)):
                raise _pupils(table, heading)
        kind = fields.kind_of(table.headings, fields.STUDENT_KINDS)
        known = {one.column for one in fields.guesses(kind, table.headings, {})}
        for place, heading in enumerate(table.headings):
            values = _values(table, place)
            if _personal(values, today) or (place not in known and _own_words(values)):
                raise _pupils(table, heading)
    return next(each for each in fields.STUDENT_KINDS if each == kind)


def look_at_positions(path: Path, today: dt.date, *, names: bool) -> None:
    """Refuse a file of positions with birth dates, numbers of persons or pupils; names where they may not be.

    Args:
        path: the uploaded file, kept nowhere yet.
        today: what ages are counted from.
        names: whether the person may load names and pay.

    Raises:
        RefusedFileError: with the heading that gives it away, never with a value.
    """
    for table in sheet.tables_of(path, Findings(), LOOKED_AT):
        for place, heading in enumerate(table.headings):
            text = normal(heading)
            values = _values(table, place)
            told = any(form.search(text) for form in (_BIRTH, _NUMBER, _PUPIL))
            if told or _share(values, _SOCIAL) or birth_dates(values, today):
                raise _too_much(table, heading)
        guessed = fields.guesses("positions", table.headings, sheet.samples_of(table))
        known = {one.column for one in guessed}
        personal = {one.column for one in guessed if one.field in fields.LAYOUTS["positions"].personal}
        for place, heading in enumerate(table.headings):
            named = place in personal or _NAMES.search(_PLACE.sub(" ", normal(heading))) is not None
            comma = place not in known and _share(_values(table, place), _COMMA_NAME)
            if not names and (named or comma):
                raise _refused(
                    table,
                    heading,
                    "NAMES-AND-PAY",
                    message(
                        "The column {heading} holds names, pay or leaving of employees, which the head of "
                        "human resources loads. Nothing of the file was kept. Remove the column and load the "
                        "file again, or ask the head of human resources to load it.",
                        heading=heading,
                    ),
                    N_("positions without names and pay"),
                )


def _values(table: Table, place: int) -> list[str]:
    texts = (str(value or "").strip() for value in table.columns[place][:LOOKED_AT].to_pylist())
    return [text for text in texts if text]


def _personal(values: list[str], today: dt.date) -> bool:
    """Tell whether a column's values are names, birth dates or state numbers of pupils."""
    if birth_dates(values, today) or _share(values, _SOCIAL) or _share(values, _COMMA_NAME):
        return True
    return _share(values, _STATE_ID) and len(set(values)) >= OWN_WORDS * len(values)


def _share(values: list[str], form: re.Pattern[str]) -> bool:
    """Tell whether half of a column's values have a form, in a column of more than a few."""
    return len(values) >= FEW and 2 * sum(bool(form.fullmatch(value)) for value in values) >= len(values)


def _own_words(values: list[str]) -> bool:
    """Tell whether most rows of a column have words that no other row has."""
    words = [value for value in values if _WORD.search(value)]
    return len(words) >= FEW and len(set(words)) >= OWN_WORDS * len(values)


def _pupils(table: Table, heading: str) -> RefusedFileError:
    return _refused(
        table,
        heading,
        "PUPIL-DATA",
        message(
            "The column {heading} seems to hold pupils' names, numbers or birth dates. We take counts of "
            "students only, never records of pupils, and nothing of the file was kept. Load a file with one "
            "row for each school, grade and group and the number of students.",
            heading=heading,
        ),
        N_("counts of students, no column about a pupil"),
    )


def _too_much(table: Table, heading: str) -> RefusedFileError:
    return _refused(
        table,
        heading,
        "PERSON-NUMBER",
        message(
            "The column {heading} seems to hold birth dates, numbers of persons or data of pupils. Positions "
            "need none, and nothing of the file was kept. Remove the column and load the file again.",
            heading=heading,
        ),
        N_("no birth dates and no numbers of persons"),
    )


def _refused(table: Table, heading: str, rule: str, said: Message, expected: str) -> RefusedFileError:
    finding = Finding(
        "fatal", rule, said, line=table.heading_line, field="headings", found=heading, expected=expected
    )
    return RefusedFileError(finding)
