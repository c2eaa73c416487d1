"""The frozen document of a plan version: what the PDF, the reader page, comparison and comments all read.

A document is plain data in both languages. It holds every printed word and number, so that nothing outside it
(a newer run, a changed option, a new catalogue) can alter what a version says. `to_json` and `from_json` are
exact inverses; `digest` is taken over the canonical JSON.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal, Union

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
LANGUAGES = ("en", "es")

Text = dict[str, str]
"""One sentence in each language: {"en": …, "es": …}."""

RunKind = Literal["text", "figure", "stated"]
BlockKind = Literal["paragraph", "heading", "list", "callout", "table", "chart", "facts"]
RowKind = Literal["line", "subtotal", "total", "head"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text within a paragraph.

    `text` is what is printed, whatever the kind. A `figure` names its key and its code (F01 and so on);
    `stated`
    is a number that the author stands for, printed with a mark.
    """

    kind: RunKind
    text: str
    emphasis: Literal["", "strong", "em"] = ""
    figure: str = ""
    code: str = ""


Runs = dict[str, list[Run]]
"""Runs of one paragraph for each language."""

Paragraphs = dict[str, list[list[Run]]]
"""Paragraphs (for a list: items) for each language."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell: a figure with its printed value, or text alone."""

    text: Text
    figure: str = ""
    number: bool = True
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column."""

    key: str
    label: Text
    unit: str = ""
    group: Text = field(default_factory=dict)
    """Heading over several columns, e.g. "with the plan"; columns beside each other with the same one
    share it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row. `tag` is a word on the money's restriction, `code` the code of its leading figure."""

    label: Text
    kind: RowKind = "line"
    cells: dict[str, Cell | None] = field(default_factory=dict)
    tag: Text = field(default_factory=dict)
    tag_kind: Literal["", "unrestricted", "restricted"] = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose caption is its finding; `subtitle` says measure, unit and year."""

    key: str
    caption: Text
    subtitle: Text
    columns: list[Column]
    rows: list[Row]
    source: Text
    code: str = ""
    """T01 and so on."""
    first_column: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as Vega-Lite specification in each language, data inline, theme applied on drawing."""

    key: str
    caption: Text
    subtitle: Text
    alternative: Text
    source: Text
    specification: dict[str, dict[str, Any]]
    table: Table | None = None
    code: str = ""
    """C01 and so on."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the large numbers of the two-minute page."""

    figure: str
    code: str
    value: Text
    label: Text


@dataclass(frozen=True, slots=True)
class Block:
    """A passage that can be commented on. `id` is that of the plan's block and outlives versions."""

    id: int
    kind: BlockKind
    paragraphs: Paragraphs = field(default_factory=dict)
    table: Table | None = None
    chart: Chart | None = None
    facts: list[Fact] = field(default_factory=list)
    spanish_checked: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the template; its title is its conclusion."""

    key: str
    number: int
    name: Text
    """What the section is, in the words of the template: "How we pay"."""
    title: Runs
    blocks: list[Block]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Priority:
    """A priority as it stood when the version was frozen. Amounts by fiscal year, in cents."""

    id: int
    position: int
    title: Text
    students_reached: int | None
    measure: str
    target: str
    one_time: dict[str, int]
    ongoing: dict[str, int]
    restricted: dict[str, int]


@dataclass(frozen=True, slots=True)
class Option:
    """A saving or revenue measure as it stood. Amounts by fiscal year: low, likely, high, in cents."""

    id: int
    kind: Literal["saving", "revenue"]
    title: Text
    description: str
    ongoing: bool
    resource: str
    restricted: bool
    latest_decision_on: str | None
    amounts: dict[str, tuple[int, int, int]]
    legal_note: str = ""
    harm: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the document with where it comes from.

    `key` is `run/<run id>/<figure key>` or `plan/<figure key>`. `parts` is the lineage as the analysis
    gave it, with
    references to other figures written as full keys; each of those stands in the document too.
    """

    key: str
    code: str
    label: Text
    value: int | float | str
    unit: str
    fiscal_year: str | None
    printed: Text
    formula: Text
    parts: list[dict[str, Any]]
    source: Text
    """One line on its origin, e.g. "Three-year outlook, run 41"."""
    stable_key: str
    """The key without the run's id, e.g. `three_year_outlook/available_reserve/2026-27`: pairs it across
    versions."""


@dataclass(frozen=True, slots=True)
class Source:
    """A run that the document rests on."""

    run_id: int
    analysis: str
    title: Text
    version: str
    input_digest: str
    output_digest: str
    inputs: list[dict[str, Any]]
    parameters: dict[str, Any]
    method: list[Text] = field(default_factory=list)
    limits: list[Text] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Path:
    """The cover's drawing from data: available reserve with and without the plan, in cents by year."""

    years: list[str]
    with_plan: list[int]
    without_plan: list[int]
    minimum: list[int]


@dataclass(frozen=True, slots=True)
class Cover:
    """What the cover and the running heads say."""

    district: str
    cds_code: str
    invented: bool
    colour: str
    title: Text
    sentence: Text
    first_year: str
    last_year: str
    years: list[str]
    number: str
    kind: Literal["draft_for_comment", "adopted"]
    board_date: str | None = None
    board_vote: str | None = None
    resolution_number: str | None = None
    correction_note: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """What one reader said in public, without the name, and what became of it."""

    comment_id: int
    text: str
    """Bounded; ends with an ellipsis where it was longer."""
    language: str
    relation: Text
    """What the writer is to the district; empty where nothing was said."""
    on: str
    """Day received, ISO 8601."""
    outcome: Text


@dataclass(frozen=True, slots=True)
class Heard:
    """A thread of public comments with the district's answers."""

    thread_id: int
    section: str
    """Key of the section that it is about; empty for the plan as a whole or a passage that is gone."""
    about: Text
    """The words or the figure commented on; empty for a whole section or plan."""
    remarks: list[Remark]
    answers: list[str]
    note: str = ""
    """The reason given for what became of it."""
    changed_block: int | None = None
    changed_in: Text = field(default_factory=dict)
    """Name of the section whose words changed because of it."""


@dataclass(frozen=True, slots=True)
class Comments:
    """What was received on earlier versions and what came of it, as it stood when this one was frozen."""

    table: Table
    """Counts by section; every comment is in one column, set aside and withdrawn ones included."""
    threads: list[Heard]
    left_out: int = 0
    """Threads beyond those listed; all stand on the reader's page."""


@dataclass(frozen=True, slots=True)
class Document:
    """A plan version, complete in itself."""

    plan_id: int
    cover: Cover
    sections: list[Section]
    figures: dict[str, Figure]
    priorities: list[Priority]
    options: list[Option]
    sources: list[Source]
    format: int = FORMAT
    comments: Comments | None = None
    """None where no comment was received before."""

    def to_json(self) -> dict[str, Any]:
        """Return the document as plain JSON data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Document:
        """Read a document back.

        Raises:
            ValueError: when the data is of another format, or a field is missing or unknown.
        """
        if data.get("format") != FORMAT:
            raise ValueError(f"a document of format {data.get('format')!r}; this reads format {FORMAT}")
        return typing.cast("Document", _read(cls, data))

    def digest(self) -> str:
        """Return the SHA-256 of the canonical content, in hexadecimal."""
        return canonical_digest(self.to_json())

    def numbers_digest(self) -> str:
        """Return the SHA-256 over every figure's key, value, unit and year: what is certified."""
        return canonical_digest(
            sorted([f.key, f.value, f.unit, f.fiscal_year or ""] for f in self.figures.values())
        )

    def blocks(self) -> Iterator[tuple[Section, Block]]:
        """Yield each block with its section, in printed order."""
        for section in self.sections:
            for block in section.blocks:
                yield section, block

    def block(self, block_id: int) -> Block | None:
        """Return the block of that id, or None."""
        return next((block for _, block in self.blocks() if block.id == block_id), None)

    def tables(self) -> Iterator[Table]:
        """Yield each printed table, those behind charts left out, in printed order."""
        for _, block in self.blocks():
            if block.table is not None:
                yield block.table


def canonical_digest(data: Any) -> str:
    """Return the SHA-256 of `data` as JSON with sorted keys and no spaces, UTF-8."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def runs_text(runs: list[Run]) -> str:
    """Return the text of runs as printed, without codes."""
    return "".join(run.text for run in runs)


def plain_text(block: Block, language: str) -> str:
    """Return a block's text as printed in a language, which comment anchors count characters in.

    Paragraphs and list items are joined by a line break. A table gives its caption, subtitle and then one
    line for
    each row with cells parted by tabs; a chart its caption, subtitle and alternative text; facts one line
    each.
    """
    if block.table is not None:
        return "\n".join(_table_lines(block.table, language))
    if block.chart is not None:
        chart = block.chart
        return "\n".join((chart.caption[language], chart.subtitle[language], chart.alternative[language]))
    if block.facts:
        return "\n".join(f"{fact.value[language]} {fact.label[language]}" for fact in block.facts)
    return "\n".join(runs_text(paragraph) for paragraph in block.paragraphs.get(language, []))


def _table_lines(table: Table, language: str) -> Iterator[str]:
    yield table.caption[language]
    yield table.subtitle[language]
    for row in table.rows:
        cells = (row.cells.get(column.key) for column in table.columns)
        yield "\t".join([row.label[language], *(cell.text[language] if cell else "" for cell in cells)])


def _read(kind: Any, data: Any) -> Any:
    """Read `data` as the type `kind`: a dataclass above, a container of them, or a plain value."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        unknown = set(data) - set(hints)
        if unknown:
            raise ValueError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
        try:
            return kind(**{name: _read(hints[name], value) for name, value in data.items()})
        except TypeError as error:
            raise ValueError(f"{kind.__name__}: {error}") from error
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        structured = [a for a in arguments if dataclasses.is_dataclass(a)]
        return _read(structured[0], data) if structured and data is not None else data
    if origin is list:
        return [_read(arguments[0], item) for item in data]
    if origin is tuple:
        return tuple(data)
    if origin is dict:
        return {key: _read(arguments[1], value) for key, value in data.items()}
    return data


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = typing.get_type_hints(kind)
    return _HINTS[kind]
