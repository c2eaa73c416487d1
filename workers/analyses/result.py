"""The document that an analysis leaves: finding, figures, tables, charts, method and limits.

It is plain JSON, so that it can be stored, digested and read by page, print and programming interface
alike. Every number that a table shows is a *figure*; a figure names the parts that it is made of, down to
selections of ledger lines, and the operation that makes it from them, so that a machine can add it again.
Sentences are messages: an English source text with `{placeholders}` and values, turned into the reader's
language only when it is read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from workers.analyses.ledger import Ledger, Where

Message = dict[str, Any]
Part = dict[str, Any]
Figure = dict[str, Any]
Document = dict[str, Any]

KEY = re.compile(r"[a-z0-9_]+(/[A-Za-z0-9_-]+)*")
PERCENT_DIGITS = 4
"""Percentages keep four decimals; what is computed from one uses the kept value, so that it re-adds."""


def sentence(text: str, **values: Any) -> Message:
    """Return a sentence to be read later in any language; the shape of `tenants.language.message`."""
    return {"text": text, "values": values}


def sentence_n(one: str, many: str, n: int, **values: Any) -> Message:
    """Return a sentence that counts; the shape of `tenants.language.message_n`."""
    return {"text": one, "plural": many, "n": n, "values": values}


def money(cents: int, style: str = "headline") -> dict[str, Any]:
    """Return an amount in cents as a value of a sentence."""
    return {"money": int(cents), "style": style}


def percent(value: float | Decimal, digits: int = 1) -> dict[str, Any]:
    """Return a percentage (3.0 is 3%) as a value of a sentence."""
    return {"percent": float(value), "digits": digits}


def number(value: float | Decimal, digits: int = 0) -> dict[str, Any]:
    """Return a number as a value of a sentence."""
    return {"number": float(value), "digits": digits}


def year(fiscal_year: str) -> dict[str, Any]:
    """Return a fiscal year such as 2024-25 as a value of a sentence."""
    return {"fiscal_year": fiscal_year}


def canonical(document: Any) -> bytes:
    """Return the one byte string of a JSON document: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(document: Any) -> str:
    """Return the SHA-256 of a JSON document's canonical bytes, as hexadecimal text."""
    return hashlib.sha256(canonical(document)).hexdigest()


def rounded_cents(amount: Decimal) -> int:
    """Return an amount in cents rounded half away from zero, as the state's forms round."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def as_percent(numerator: int | Decimal, denominator: int | Decimal) -> float:
    """Return numerator over denominator in percent, to four decimals; 0 over 0 is 0."""
    if not denominator:
        return 0.0
    exact = Decimal(numerator) * 100 / Decimal(denominator)
    return float(exact.quantize(Decimal(1).scaleb(-PERCENT_DIGITS), rounding=ROUND_HALF_UP))


@dataclass(frozen=True)
class Assumption:
    """A number that no ledger holds, with its unit, where it comes from and how far it is settled.

    `value` is decimal text: percent points for `percent`, whole cents for `cents`. `status` is one of
    `enacted`, `projected`, `to_confirm` or `entered`.
    """

    key: str
    label: Message
    value: str
    unit: str
    source: Message
    status: str
    fiscal_year: str | None = None

    def part(self, sign: int = 1) -> Part:
        """Return it as a part of a figure."""
        return {
            "assumption": self.key,
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            "source": self.source,
            "status": self.status,
            "fiscal_year": self.fiscal_year,
            "sign": sign,
        }


@dataclass
class Sheet:
    """Collects the figures, tables and charts of one analysis while it computes."""

    figures: dict[str, Figure] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    charts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        """Return a figure's value."""
        return self.figures[key]["value"]

    def __contains__(self, key: str) -> bool:
        """Say whether a figure of this key exists."""
        return key in self.figures

    def _put(
        self,
        key: str,
        label: Message,
        *,
        unit: str,
        fiscal_year: str | None,
        formula: Message,
        operation: str,
        parts: Sequence[Part],
    ) -> str:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a figure key: {key}")
        if key in self.figures:
            raise ValueError(f"two figures of one key: {key}")
        figure: Figure = {
            "label": label,
            "unit": unit,
            "fiscal_year": fiscal_year,
            "formula": formula,
            "operation": operation,
            "parts": list(parts),
        }
        self.figures[key] = figure
        figure["value"] = recompute(self.figures, key)
        return key

    def from_ledger(
        self,
        key: str,
        label: Message,
        ledger: Ledger,
        *selections: tuple[Where, int],
        formula: Message | None = None,
    ) -> str:
        """Add a figure in cents that is a sum of ledger lines; each selection enters with its sign."""
        parts = [
            {
                "ledger": {"dataset_id": ledger.dataset_id, "where": where},
                "cents": ledger.cents(where),
                "sign": sign,
                "fiscal_year": ledger.fiscal_year,
            }
            for where, sign in selections
        ]
        return self._put(
            key,
            label,
            unit="cents",
            fiscal_year=ledger.fiscal_year,
            formula=formula or sentence("The sum of these ledger lines."),
            operation="sum",
            parts=parts,
        )

    def total(
        self,
        key: str,
        label: Message,
        fiscal_year: str | None,
        parts: Iterable[tuple[str, int] | Assumption],
        *,
        formula: Message | None = None,
        unit: str = "cents",
    ) -> str:
        """Add a figure that is the sum of other figures, each with its sign, and of amounts assumed."""
        return self._put(
            key,
            label,
            unit=unit,
            fiscal_year=fiscal_year,
            formula=formula or sentence("The parts, added with their signs."),
            operation="sum",
            parts=[
                part.part() if isinstance(part, Assumption) else {"figure": part[0], "sign": part[1]}
                for part in parts
            ],
        )

    def product(
        self,
        key: str,
        label: Message,
        fiscal_year: str | None,
        factors: Sequence[str | Assumption],
        *,
        formula: Message,
        unit: str = "cents",
    ) -> str:
        """Add a figure that multiplies figures and assumptions; percentages count as hundredths."""
        return self._put(
            key,
            label,
            unit=unit,
            fiscal_year=fiscal_year,
            formula=formula,
            operation="product",
            parts=[f.part() if isinstance(f, Assumption) else {"figure": f, "sign": 1} for f in factors],
        )

    def ratio(
        self,
        key: str,
        label: Message,
        fiscal_year: str | None,
        numerator: str,
        denominator: str,
        *,
        formula: Message,
        unit: str = "percent",
    ) -> str:
        """Add a figure that divides one by another: in percent, or in cents for an amount for each unit."""
        return self._put(
            key,
            label,
            unit=unit,
            fiscal_year=fiscal_year,
            formula=formula,
            operation="quotient",
            parts=[{"figure": numerator, "sign": 1}, {"figure": denominator, "sign": 1}],
        )

    def extreme(
        self, key: str, label: Message, fiscal_year: str | None, *keys: str | Assumption, formula: Message
    ) -> str:
        """Add a figure that is the greatest of its parts."""
        return self._put(
            key,
            label,
            unit="cents",
            fiscal_year=fiscal_year,
            formula=formula,
            operation="maximum",
            parts=[f.part() if isinstance(f, Assumption) else {"figure": f, "sign": 1} for f in keys],
        )

    def below_zero(
        self, key: str, label: Message, fiscal_year: str | None, of: str, *, formula: Message
    ) -> str:
        """Add a figure in cents that is another one where that is negative, else nothing."""
        return self._put(
            key,
            label,
            unit="cents",
            fiscal_year=fiscal_year,
            formula=formula,
            operation="below_zero",
            parts=[{"figure": of, "sign": 1}],
        )

    def given(self, assumption: Assumption, *, key: str | None = None, formula: Message | None = None) -> str:
        """Add a figure that is an assumption as it stands."""
        return self._put(
            key or assumption.key,
            assumption.label,
            unit=assumption.unit,
            fiscal_year=assumption.fiscal_year,
            formula=formula or assumption.source,
            operation="given",
            parts=[assumption.part()],
        )

    def attendance(self, key: str, label: Message, fiscal_year: str, ada: Attendance) -> str:
        """Add the average daily attendance of a year as a figure."""
        return self._put(
            key,
            label,
            unit="number",
            fiscal_year=fiscal_year,
            formula=ada.said_source(),
            operation="given",
            parts=[{"ada": {"fiscal_year": ada.fiscal_year, "value": ada.value, "source": ada.source}}],
        )

    def table(
        self,
        key: str,
        caption: Message,
        subtitle: Message,
        columns: Sequence[Mapping[str, Any]],
        rows: Sequence[Mapping[str, Any]],
    ) -> None:
        """Add a table; a row's cells name figures, or nothing where a cell has no meaning."""
        for row in rows:
            for figure in row["cells"].values():
                if figure is not None and figure not in self.figures:
                    raise ValueError(f"table {key} names a figure that does not exist: {figure}")
        self.tables[key] = {
            "caption": caption,
            "subtitle": subtitle,
            "columns": [dict(column) for column in columns],
            "rows": [dict(row) for row in rows],
        }

    def chart(
        self,
        key: str,
        *,
        table: str,
        kind: str,
        title: Message,
        subtitle: Message,
        alt: Message,
        source: Message,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a chart of a table; `kind` and `options` are read by reports/charts."""
        self.charts[key] = {
            "table": table,
            "kind": kind,
            "title": title,
            "subtitle": subtitle,
            "alt": alt,
            "source": source,
            "options": dict(options or {}),
        }


@dataclass(frozen=True)
class Attendance:
    """Average daily attendance (ADA) of a fiscal year; `value` is decimal text, `source` as stored.

    `source` is `element` (read from the filed ledger), `entered`, `assumed` (one number for every year) or
    `projected` (from an earlier year with an assumed change).
    """

    fiscal_year: str
    value: str
    source: str

    @property
    def number(self) -> Decimal:
        """Return the attendance as an exact number."""
        return Decimal(self.value)

    def said_source(self) -> Message:
        """Say where the number comes from."""
        match self.source:
            case "element":
                return sentence(
                    "Average daily attendance (ADA) as filed with the state in the ledger's own file."
                )
            case "entered":
                return sentence("Average daily attendance (ADA) as your district entered it.")
            case "assumed":
                return sentence("One average daily attendance (ADA) was given for every year.")
            case _:
                return sentence("Average daily attendance (ADA) of an earlier year, carried forward.")


def column(key: str, label: Message, unit: str = "cents", **more: Any) -> dict[str, Any]:
    """Return a column of a table."""
    return {"key": key, "label": label, "unit": unit, **more}


def row(label: Message, cells: Mapping[str, str | None], kind: str = "line") -> dict[str, Any]:
    """Return a row of a table; `kind` is heading, line, subtotal or total."""
    return {"label": label, "kind": kind, "cells": dict(cells)}


def recompute(figures: Mapping[str, Figure], key: str) -> int | float:
    """Return a figure's value from its parts: ledger sums and assumptions as noted, figures by their value.

    This is the one place that says what an operation means; building a document and testing it share it.
    """
    figure = figures[key]
    values = [_value(figures, part) for part in figure["parts"]]
    unit = figure["unit"]
    match figure["operation"]:
        case "sum":
            exact = sum(
                (value * part.get("sign", 1) for value, part in zip(values, figure["parts"], strict=True)),
                Decimal(),
            )
        case "product":
            exact = Decimal(1)
            for value, part in zip(values, figure["parts"], strict=True):
                exact *= value / 100 if _unit(figures, part) == "percent" else value
            if unit == "percent":
                exact *= 100
        case "quotient":
            if unit == "percent":
                return as_percent(values[0], values[1])
            exact = values[0] / values[1] if values[1] else Decimal()
        case "maximum":
            exact = max(values)
        case "below_zero":
            exact = min(values[0], Decimal())
        case "given":
            exact = values[0]
        case other:
            raise ValueError(f"unknown operation {other}")
    return _kept(exact, unit)


def _kept(exact: Decimal, unit: str) -> int | float:
    if unit == "cents":
        return rounded_cents(exact)
    digits = 2 if unit == "number" else PERCENT_DIGITS
    return float(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def _value(figures: Mapping[str, Figure], part: Part) -> Decimal:
    if "figure" in part:
        return Decimal(str(figures[part["figure"]]["value"]))
    if "ledger" in part:
        return Decimal(part["cents"])
    if "ada" in part:
        return Decimal(part["ada"]["value"])
    return Decimal(part["value"])


def _unit(figures: Mapping[str, Figure], part: Part) -> str:
    if "figure" in part:
        return str(figures[part["figure"]]["unit"])
    return str(part.get("unit", "cents"))


def document(
    *,
    analysis: str,
    version: str,
    title: Message,
    finding: Message,
    lead: Message,
    certainty: Message,
    would_change: Sequence[Message],
    method: Sequence[Message],
    limits: Sequence[Message],
    sheet: Sheet,
    headlines: Sequence[Mapping[str, Any]],
    **more: Any,
) -> Document:
    """Return the finished document of an analysis.

    `headlines` are its findings in dollars for other pages: each with `figure`, `weight` in cents (how much
    it matters), `says`, `detail` and `link`.
    """
    for headline in headlines:
        if headline["figure"] not in sheet.figures:
            raise ValueError(f"a headline names a figure that does not exist: {headline['figure']}")
    return {
        "analysis": analysis,
        "version": version,
        "title": title,
        "finding": finding,
        "lead": lead,
        "certainty": certainty,
        "would_change": list(would_change),
        "method": list(method),
        "limits": list(limits),
        "figures": sheet.figures,
        "tables": sheet.tables,
        "charts": sheet.charts,
        # A database may forget the order of an object's keys; a list keeps it.
        "table_order": list(sheet.tables),
        "chart_order": list(sheet.charts),
        "headlines": [dict(headline) for headline in headlines],
        **more,
    }
