"""Marked values for columns that pages read by their shape: documents, results, messages, codes and files.

Everything else of a marked row follows from its column's type; what stands here is made by the same functions
that the product keeps such values with, so that a page which fails on it fails on a district's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reports import document as d
from tenants.language import Message, message
from workers.analyses import result, where_the_money_goes
from workers.planning import template

KEY = "marked"
"""Key of the figure and of the table in a marked result."""


def marked(table: str, column: str, mark: str, number: int) -> Any:
    """Return the value of a column that is read by its shape, or None where any value of its type does.

    Args:
        table: name of the table.
        column: name of the column.
        mark: what each text begins with.
        number: which row of the table it is; rows of one district differ by it.
    """
    make = _SHAPES.get((table, column))
    return None if make is None else make(mark, number)


def has(table: str, column: str) -> bool:
    """Say whether a column's values are read by their shape."""
    return (table, column) in _SHAPES


def plan_document(mark: str, also: str = "") -> d.Document:
    """Return a plan's frozen document whose every sentence is marked.

    Args:
        mark: what each text begins with.
        also: words that stand besides in its paragraph and its option.
    """
    year = "2025-26"
    said = _both(f"{mark} sentence")
    runs: d.Runs = {language: [d.Run("text", f"{mark} words {also}".strip())] for language in ("en", "es")}
    block = d.Block(1, "paragraph", paragraphs={language: [each] for language, each in runs.items()})
    section = d.Section(template.SECTIONS[0].key, 1, _both(f"{mark} section"), runs, [block])
    cover = d.Cover(
        district=f"{mark} district",
        cds_code="99000000000000",
        invented=True,
        colour="#1f4e79",
        title=_both(f"{mark} plan"),
        sentence=said,
        first_year=year,
        last_year=year,
        years=[year],
        number="0.1",
        kind="draft_for_comment",
    )
    none = {year: 0}
    priority = d.Priority(1, 1, said, None, f"{mark} measure", f"{mark} target", none, none, none)
    option = d.Option(
        id=1,
        kind="saving",
        title=said,
        description=f"{mark} description {also}".strip(),
        ongoing=True,
        resource="0000",
        restricted=False,
        latest_decision_on=None,
        amounts={year: (0, 0, 0)},
    )
    return d.Document(1, cover, [section], {}, [priority], [option], [])


def _both(text: str) -> d.Text:
    return {"en": text, "es": text}


def _said(mark: str) -> Message:
    """Return a sentence that both languages know, with the mark as its value."""
    return message("given to {name}", name=f"{mark} name")


def _result(mark: str, _number: int) -> result.Document:
    said = _said(mark)
    sheet = result.Sheet()
    sheet.attendance(KEY, said, "2024-25", result.Attendance("2024-25", "100.00", "person"))
    columns = [{"key": "amount", "label": said, "unit": "number"}]
    sheet.table(KEY, said, said, columns, [result.row(said, {"amount": KEY})])
    return result.document(
        analysis=where_the_money_goes.NAME,
        version=where_the_money_goes.VERSION,
        title=said,
        finding=said,
        lead=said,
        certainty=said,
        would_change=[said],
        method=[said],
        limits=[said],
        sheet=sheet,
        headlines=[],
    )


_SHAPES: dict[tuple[str, str], Callable[[str, int], Any]] = {
    ("comment", "relation"): lambda _mark, _number: "parent",
    ("comment_event", "what"): lambda _mark, _number: "received",
    ("dataset", "column_code"): lambda _mark, number: ("BB", "BA", "IO", "IB")[number % 4],
    ("dataset", "control"): lambda _mark, _number: {},
    ("dataset", "period"): lambda _mark, _number: "BS1",
    ("dataset_finding", "message"): lambda mark, _number: _said(mark),
    ("local_assumption", "name"): lambda _mark, _number: "cola",
    ("local_assumption", "value"): lambda _mark, _number: "1.00",
    ("plan_section", "key"): lambda _mark, number: template.SECTIONS[number % len(template.SECTIONS)].key,
    ("plan_version", "content"): lambda mark, _number: plan_document(mark).to_json(),
    ("protected_count", "student_group"): lambda _mark, _number: "all",
    ("student_count", "student_group"): lambda _mark, _number: "all",
    ("run", "analysis"): lambda _mark, _number: where_the_money_goes.NAME,
    ("run", "inputs"): lambda _mark, _number: [{"fiscal_year": "2024-25", "ada": "100.00"}],
    ("run", "parameters"): lambda _mark, _number: {},
    ("run", "result"): _result,
}
