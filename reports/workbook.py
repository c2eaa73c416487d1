"""An answer as a workbook with living formulas: inputs, rates with sources, every line computed from them.

Amounts stand in dollars with cents. Each figure is the formula that the answer itself was made by, rounded
where it was rounded, so that a spreadsheet program that recalculates the book comes to the same cents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.spreadsheets import Sheet, reference, sheets
from tenants.language import N_, render, translate

Document = Mapping[str, Any]

PATTERNS = {"cents": "#,##0.00;(#,##0.00)", "percent": '0.00##"%";(0.00##"%")', "number": "#,##0.00"}
DIGITS = {"cents": 2, "number": 2, "percent": 4}
"""Decimals to which a figure of a unit is rounded, as workers/analyses/result.py rounds it."""
HEAD = 3
"""Rows above a sheet's first line."""
VALUE = 2
"""Column of the value on the sheets of inputs and of figures."""
LONGEST_NAME = 31
_REFUSED = dict.fromkeys(map(ord, "[]:*?/\\'"), " ")


def living_workbook(document: Document, words: Mapping[str, str], language: str) -> bytes:
    """Return an answer's document as a workbook.

    Args:
        document: as workers/analyses/result.py leaves it.
        words: how far a rate is settled, in the reader's language, by its status.
        language: en or es.
    """
    return _Book(document, words, language).write()


class _Book:
    def __init__(self, document: Document, words: Mapping[str, str], language: str) -> None:
        self.document, self.words, self.language = document, words, language
        self.inputs, self.lines = translate("Inputs", language), translate("Lines", language)
        self.figures: dict[str, Any] = document["figures"]
        self.place = {key: row for row, key in enumerate(self.figures, HEAD + 1)}
        """Row of each figure on the sheet of lines."""
        self.entered: list[tuple[Any, ...]] = []
        """Rows of the sheet of inputs: label, year, value, unit, source, status."""
        self.known: dict[str, int] = {}

    def write(self) -> bytes:
        formulas = {key: self._formula(figure) for key, figure in self.figures.items()}
        names = {key: self._name(number, key) for number, key in enumerate(self.document["table_order"], 1)}
        return sheets(
            {
                **{name: self._filled_table(key) for key, name in names.items()},
                self.lines: lambda sheet: self._fill_lines(sheet, formulas),
                self.inputs: self._fill_inputs,
            }
        )

    def _name(self, number: int, key: str) -> str:
        caption = render(self.document["tables"][key]["caption"], self.language)
        return f"{number} {caption.translate(_REFUSED)}"[:LONGEST_NAME].strip()

    # Formulas
    # ------------------------------------------------------------------------------------------------------

    def _formula(self, figure: Mapping[str, Any]) -> str:
        parts = [
            (self._cell(part, figure), self._unit(part), part.get("sign", 1)) for part in figure["parts"]
        ]
        digits = DIGITS[figure["unit"]]
        match figure["operation"]:
            case "sum":
                added = "".join(f"{'+' if sign > 0 else '-'}{cell}" for cell, _unit, sign in parts)
                return f"=ROUND({added.removeprefix('+') or '0'},{digits})"
            case "product":
                factors = "*".join(f"{cell}/100" if unit == "percent" else cell for cell, unit, _ in parts)
                return f"=ROUND({factors}{'*100' if figure['unit'] == 'percent' else ''},{digits})"
            case "quotient":
                (above, _, _), (below, _, _) = parts
                scale = "*100" if figure["unit"] == "percent" else ""
                return f"=IF({below}=0,0,ROUND({above}{scale}/{below},{digits}))"
            case "maximum":
                return f"=ROUND(MAX({','.join(cell for cell, _, _ in parts)}),{digits})"
            case "below_zero":
                return f"=ROUND(MIN({parts[0][0]},0),{digits})"
            case "given":
                return f"=ROUND({parts[0][0]},{digits})"
            case other:
                raise ValueError(f"unknown operation {other}")

    def _unit(self, part: Mapping[str, Any]) -> str:
        if "figure" in part:
            return str(self.figures[part["figure"]]["unit"])
        return "number" if "ada" in part else str(part.get("unit", "cents"))

    def _cell(self, part: Mapping[str, Any], figure: Mapping[str, Any]) -> str:
        if "figure" in part:
            return reference(self.lines, self.place[part["figure"]], VALUE)
        if "ledger" in part:
            key = repr(part["ledger"])
            label, source = figure["label"], _selection(part["ledger"]["where"])
            row = (label, part["fiscal_year"], part["cents"] / 100, "cents", source, "")
        elif "ada" in part:
            key = repr(part["ada"])
            ada = part["ada"]
            row = (figure["label"], ada["fiscal_year"], float(ada["value"]), "number", figure["formula"], "")
        else:
            key = part["assumption"]
            value = float(part["value"]) / (100 if part["unit"] == "cents" else 1)
            status = self.words.get(part["status"], "")
            row = (part["label"], part["fiscal_year"], value, part["unit"], part["source"], status)
        if key not in self.known:
            self.known[key] = HEAD + 1 + len(self.entered)
            self.entered.append(row)
        return reference(self.inputs, self.known[key], VALUE)

    # Sheets
    # ------------------------------------------------------------------------------------------------------

    def _head(self, sheet: Sheet, title: str, subtitle: str, heads: list[str]) -> None:
        sheet.put(0, 0, title, "bold")
        sheet.put(1, 0, subtitle)
        for column, head in enumerate(heads):
            sheet.put(HEAD, column, head, "bold")
        sheet.sheet.freeze_panes(HEAD + 1, 1)
        sheet.sheet.set_column(0, 0, 56)
        sheet.sheet.set_column(1, max(len(heads) - 1, 1), 20)

    def _fill_inputs(self, sheet: Sheet) -> None:
        heads = (N_("What"), N_("Year"), N_("Value"), N_("Where it comes from"), N_("How far it is settled"))
        subtitle = translate(
            "Change a value here and every line is computed anew. Amounts in dollars.", self.language
        )
        self._head(sheet, self.inputs, subtitle, [translate(head, self.language) for head in heads])
        for row, (label, year, value, unit, source, status) in enumerate(self.entered, HEAD + 1):
            sheet.put(row, 0, render(label, self.language))
            sheet.put(row, 1, year)
            sheet.put(row, VALUE, value, PATTERNS[unit])
            sheet.put(row, 3, source if isinstance(source, str) else render(source, self.language))
            sheet.put(row, 4, status)
        sheet.sheet.set_column(3, 3, 70)

    def _fill_lines(self, sheet: Sheet, formulas: Mapping[str, str]) -> None:
        heads = (N_("Line"), N_("Year"), N_("Value"), N_("How it is computed"), N_("Figure"))
        subtitle = translate(
            "Every figure of the answer as a formula of other figures and of inputs.", self.language
        )
        self._head(sheet, self.lines, subtitle, [translate(head, self.language) for head in heads])
        for key, row in self.place.items():
            figure = self.figures[key]
            sheet.put(row, 0, render(figure["label"], self.language))
            sheet.put(row, 1, figure["fiscal_year"])
            sheet.formula(row, VALUE, formulas[key], _value(figure), PATTERNS[figure["unit"]])
            sheet.put(row, 3, render(figure["formula"], self.language))
            sheet.put(row, 4, key)
        sheet.sheet.set_column(3, 3, 70)
        sheet.sheet.set_column(4, 4, 40)

    def _filled_table(self, key: str) -> Any:
        table = self.document["tables"][key]

        def fill(sheet: Sheet) -> None:
            heads = [
                translate("Line", self.language),
                *(render(column["label"], self.language) for column in table["columns"]),
            ]
            caption, subtitle = (render(table[part], self.language) for part in ("caption", "subtitle"))
            self._head(sheet, caption, subtitle, heads)
            for row, line in enumerate(table["rows"], HEAD + 1):
                sheet.put(
                    row, 0, render(line["label"], self.language), "bold" if line["kind"] != "line" else None
                )
                for column, each in enumerate(table["columns"], 1):
                    cell = line["cells"].get(each["key"])
                    if cell is not None:
                        figure = self.figures[cell]
                        living = f"={reference(self.lines, self.place[cell], VALUE)}"
                        sheet.formula(row, column, living, _value(figure), PATTERNS[figure["unit"]])

        return fill


def _value(figure: Mapping[str, Any]) -> float:
    """Return dollars for amounts, percent points and numbers as they are."""
    value: float = figure["value"]
    return round(value / 100, 2) if figure["unit"] == "cents" else value


def _selection(where: Mapping[str, Any]) -> str:
    """Return a selection of ledger lines by its codes: `fund 01; object 1000-1999`."""
    said = []
    for field, codes in where.items():
        if field != "exclude":
            said.append(f"{field} {codes[0] if codes[0] == codes[-1] else f'{codes[0]}-{codes[-1]}'}")
    if "exclude" in where:
        said.append(f"not ({_selection(where['exclude'])})")
    return ", ".join(said)
