"""Gathers a plan's text and results into the frozen document, and says what keeps it from being frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reports import document as d
from tenants.language import Message, message, message_n
from tenants.records.plans import PlanBlock, PlanSection
from workers.planning import adopted, inline, students, template
from workers.planning.book import RUN_KEY, Book
from workers.planning.drawings import plan_specification, run_specification
from workers.planning.problems import Imprint, Problem, text_problems
from workers.planning.words import both, in_cell, joined, own, printed, say

FACTS = "plan/facts"
"""Reference of the strip of large numbers on the two-minute page."""
LONGEST_ON_COVER = 150
"""Characters of the priorities' titles up to which the cover names them."""


@dataclass
class Frozen:
    """A document and what was noticed while it was made."""

    document: d.Document
    problems: list[Problem] = field(default_factory=list)

    @property
    def blocking(self) -> list[Problem]:
        """Return what has to be settled before the document may become a version."""
        return [problem for problem in self.problems if problem.blocking]


def freeze(book: Book, imprint: Imprint) -> Frozen:
    """Return the plan as it stands as a document, with its problems."""
    return _Writer(book, imprint).write()


class _Writer:
    """Writes one document: figures get their codes in the order in which a reader meets them."""

    def __init__(self, book: Book, imprint: Imprint) -> None:
        self.book, self.imprint = book, imprint
        self.problems: list[Problem] = []
        self.codes: dict[str, str] = {}
        self.used: dict[str, None] = {}
        self.tables = self.charts = 0

    def write(self) -> Frozen:
        texts = [self._texts(section) for section in self.book.sections]
        sections = [
            self._section(position, section, *held)
            for position, (section, held) in enumerate(zip(self.book.sections, texts, strict=True), 1)
        ]
        figures = self._figures()
        document = d.Document(
            plan_id=self.book.plan.id,
            cover=self._cover(),
            sections=sections,
            figures=figures,
            priorities=self._priorities(),
            options=self._options(),
            sources=self._sources(figures),
        )
        return Frozen(document, self.problems)

    # Text
    # ------------------------------------------------------------------------------------------------------

    def _texts(self, section: PlanSection) -> tuple[d.Runs, dict[int, d.Paragraphs]]:
        """Read titles and texts first, so that codes follow the order of reading."""
        title = self._title(section)
        paragraphs: dict[int, d.Paragraphs] = {}
        for block in self.book.blocks[section.id]:
            if block.reference == FACTS:
                for key in self.fact_keys():
                    self._code(key)
            elif block.kind not in ("table", "chart"):
                paragraphs[block.id] = self._paragraphs(section, block)
        return title, paragraphs

    def _title(self, section: PlanSection) -> d.Runs:
        guide = template.BY_KEY[section.key]
        name = both(message(guide.name))
        texts = {"en": section.title or name["en"], "es": section.title_es or section.title or name["es"]}
        overtaken = None if section.by_hand else adopted.title(section.key, self.imprint)
        texts = overtaken or texts
        if not section.title:
            said = message("The section has no title yet; a title is the section's conclusion.")
            self.problems.append(Problem(said, section.key, blocking=False))
        elif not section.title_es:
            said = message("The title has no Spanish yet; the Spanish edition prints the English.")
            self.problems.append(Problem(said, section.key, blocking=False, kind="untranslated"))
        for text in texts.values():
            self._check(section, None, text)
        return {language: self._runs(section, None, text, language) for language, text in texts.items()}

    def _paragraphs(self, section: PlanSection, block: PlanBlock) -> d.Paragraphs:
        overtaken = None if block.by_hand else adopted.passage(block.draft_key, self.imprint)
        texts = overtaken or {"en": block.text, "es": block.text_es or block.text}
        if block.text.strip() and not block.text_es.strip():
            said = message("The passage has no Spanish yet; the Spanish edition prints the English.")
            self.problems.append(Problem(said, section.key, block.id, blocking=False, kind="untranslated"))
        elif block.text_es.strip() and block.es_checked_by is None:
            said = message("Nobody has checked the Spanish of this passage against the English.")
            self.problems.append(Problem(said, section.key, block.id, blocking=False, kind="unchecked"))
        self._compare_bound(section, block)
        for language in d.LANGUAGES:
            self._check(section, block, texts[language])
        return {
            language: [
                self._runs(section, block, paragraph, language)
                for paragraph in inline.paragraphs(block.kind, text)
            ]
            for language, text in texts.items()
        }

    def _compare_bound(self, section: PlanSection, block: PlanBlock) -> None:
        if not block.text_es.strip():
            return
        english = sorted(figure.key for figure in inline.bound(block.text))
        spanish = sorted(figure.key for figure in inline.bound(block.text_es))
        if english != spanish:
            said = message("English and Spanish of this passage name different figures.")
            self.problems.append(Problem(said, section.key, block.id))

    def _check(self, section: PlanSection, block: PlanBlock | None, text: str) -> None:
        block_id = block.id if block else None
        for said in text_problems(text):
            self._note(Problem(said, section.key, block_id))

    def _note(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _runs(self, section: PlanSection, block: PlanBlock | None, text: str, language: str) -> list[d.Run]:
        def run(bound: inline.BoundText) -> d.Run:
            figure = self.book.figure(bound.key)
            if figure is None:
                said = message("The figure {key} does not exist any more. Insert another one.", key=bound.key)
                self._note(Problem(said, section.key, block.id if block else None))
                return d.Run(kind="text", text="–")
            self._note_stale(section, block, bound.key)
            code = self._code(bound.key)
            text = printed(figure, language, bound.style)
            return d.Run(kind="figure", text=text, figure=bound.key, code=code)

        return inline.runs(text, run)

    def _note_stale(self, section: PlanSection, block: PlanBlock | None, key: str) -> None:
        if self.book.newer(key) is None:
            return
        figure = self.book.figure(key)
        label = figure["label"] if figure else own(key)
        said = message("{figure} has another value in a newer computation.", figure=label)
        block_id = block.id if block else None
        self._note(Problem(said, section.key, block_id, blocking=False, kind="stale"))

    def _code(self, key: str) -> str:
        if key not in self.codes:
            self.codes[key] = f"F{len(self.codes) + 1:02d}"
            self.used[key] = None
        return self.codes[key]

    # Blocks
    # ----------------------------------------------------------------------------------------------------

    def _section(
        self, number: int, section: PlanSection, title: d.Runs, paragraphs: dict[int, d.Paragraphs]
    ) -> d.Section:
        blocks = [self._block(section, block, paragraphs) for block in self.book.blocks[section.id]]
        name = both(message(template.BY_KEY[section.key].name))
        kept = [block for block in blocks if block is not None]
        owner = self.book.owners.get(section.owner_id or 0, "")
        return d.Section(section.key, number, name, title, kept, owner)

    def _block(
        self, section: PlanSection, block: PlanBlock, paragraphs: dict[int, d.Paragraphs]
    ) -> d.Block | None:
        checked = block.es_checked_by is not None
        if block.reference == FACTS:
            facts = [self._fact(key) for key in self.fact_keys()]
            return d.Block(block.id, "facts", facts=facts) if facts else None
        if block.kind in ("table", "chart"):
            return self._exhibit(section, block)
        if not any(paragraphs[block.id].values()):
            return None
        kind: Any = block.kind
        return d.Block(block.id, kind, paragraphs[block.id], spanish_checked=checked)

    def _exhibit(self, section: PlanSection, block: PlanBlock) -> d.Block | None:
        reference = block.reference or ""
        found = self.book.exhibit("tables" if block.kind == "table" else "charts", reference)
        if found is None:
            if not reference.startswith("plan/"):
                said = message("The table or chart {key} does not exist any more.", key=reference)
                self.problems.append(Problem(said, section.key, block.id))
            return None
        if block.kind == "table":
            self.tables += 1
            return d.Block(block.id, "table", table=self._table(reference, found, f"T{self.tables:02d}"))
        specification = self._specification(reference, found)
        self.charts += 1
        chart = d.Chart(
            key=reference,
            caption=both(found["title"]),
            subtitle=both(found["subtitle"]),
            alternative=both(found["alt"]),
            source=both(found["source"]),
            specification=specification,
            table=self._behind(reference, found),
            code=f"C{self.charts:02d}",
        )
        return d.Block(block.id, "chart", chart=chart)

    def _behind(self, reference: str, chart: dict[str, Any]) -> d.Table | None:
        key = chart["table"] if reference.startswith("plan/") else _sibling(reference, chart["table"])
        found = self.book.exhibit("tables", key)
        return self._table(key, found, "") if found else None

    def _specification(self, reference: str, chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
        if reference.startswith("plan/"):
            return plan_specification(self.book.figures, chart)
        match = RUN_KEY.fullmatch(reference)
        assert match is not None  # noqa: S101 - the exhibit was found by this key
        return run_specification(self.book.runs[int(match[1])].result, match[2])

    def _table(self, reference: str, found: dict[str, Any], code: str) -> d.Table:
        columns = [
            d.Column(
                key=column["key"],
                label=both(column["label"]),
                unit=column.get("unit", ""),
                group=both(column["group"]) if column.get("group") else {},
            )
            for column in found["columns"]
        ]
        return d.Table(
            key=reference,
            caption=both(found["caption"]),
            subtitle=both(found["subtitle"]),
            columns=columns,
            rows=[self._row(row) for row in found["rows"]],
            source=self._source_of(reference),
            code=code,
        )

    def _row(self, row: dict[str, Any]) -> d.Row:
        cells: dict[str, d.Cell | None] = {}
        code = ""
        for name, key in row["cells"].items():
            figure = self.book.figure(key) if key else None
            if key is None or figure is None:
                cells[name] = None
                continue
            self.used.setdefault(key)
            code = code or self.codes.get(key, "")
            text = {language: in_cell(figure, language, thousands=False) for language in d.LANGUAGES}
            value = figure["value"]
            cells[name] = d.Cell(
                text=text, figure=key, negative=not isinstance(value, str) and round(value) < 0
            )
        for name, said in row.get("texts", {}).items():
            cells[name] = d.Cell(text=both(said), number=False)
        kind: Any = "head" if row["kind"] == "heading" else row["kind"]
        tag = both(row["tag"]) if row.get("tag") else {}
        return d.Row(both(row["label"]), kind, cells, tag, row.get("tag_kind", ""), code)

    def fact_keys(self) -> list[str]:
        """Return the figures of the two-minute page that this plan has: gap, cost, measures, reserve."""
        figures = self.book.figures
        if not figures.years:
            return []
        last = figures.years[-1]
        wanted = [
            figures.outlook(f"net/unrestricted/{last}"),
            f"plan/priorities/cost/{last}",
            f"plan/measures/unrestricted/likely/{last}",
            f"plan/percent/{last}" if f"plan/percent/{last}" in figures.sheet else f"plan/reserve/{last}",
        ]
        return [key for key in wanted if key in figures.sheet]

    def _fact(self, key: str) -> d.Fact:
        figure = self.book.figures.sheet.figures[key]
        last = figure["fiscal_year"]
        year = {"fiscal_year": last}
        if key.startswith("run/"):
            label = message("result of {year} if nothing is decided", year=year)
        elif "/priorities/" in key:
            label = message_n(
                "for {n} priority in {year}",
                "for {n} priorities in {year}",
                len(self.book.figures.priorities),
                year=year,
            )
        elif "/measures/" in key:
            label = message_n(
                "from {n} measure in {year}, unrestricted",
                "from {n} measures in {year}, unrestricted",
                len(self.book.figures.played),
                year=year,
            )
        elif key.startswith("plan/percent/"):
            least = self.book.figures.sheet.figures[self.book.figures.outlook(f"standard_percent/{last}")]
            label = message(
                "reserve with the plan in {year}; the minimum is {least}",
                year=year,
                least={"percent": least["value"], "digits": 0},
            )
        else:
            label = message("reserve with the plan in {year}", year=year)
        value = {language: printed(figure, language) for language in d.LANGUAGES}
        return d.Fact(key, self._code(key), value, both(label))

    # What stands behind
    # --------------------------------------------------------------------------------------

    def _source_of(self, key: str) -> d.Text:
        match = RUN_KEY.fullmatch(key)
        run = self.book.runs.get(int(match[1])) if match else None
        if run is None:
            return both(message("Priorities and options of this plan"))
        return both(message("{title}, run {run}", title=run.result["title"], run=str(run.id)))

    def _figures(self) -> dict[str, d.Figure]:
        figures: dict[str, d.Figure] = {}
        waiting = list(self.used)
        while waiting:
            key = waiting.pop()
            found = self.book.figure(key)
            if key in figures or found is None:
                continue
            parts = [_bilingual(part) for part in found["parts"]]
            waiting += [part["figure"] for part in found["parts"] if "figure" in part]
            figures[key] = d.Figure(
                key=key,
                code=self.codes.get(key, ""),
                label=both(found["label"]),
                value=found["value"],
                unit=found["unit"],
                fiscal_year=found["fiscal_year"],
                printed={language: printed(found, language) for language in d.LANGUAGES},
                formula=both(found["formula"]),
                parts=parts,
                source=self._source_of(key),
                stable_key=self._stable(key),
            )
        return dict(sorted(figures.items()))

    def _stable(self, key: str) -> str:
        match = RUN_KEY.fullmatch(key)
        return f"{self.book.runs[int(match[1])].analysis}/{match[2]}" if match else key

    def _sources(self, figures: dict[str, d.Figure]) -> list[d.Source]:
        ids = sorted({int(match[1]) for key in figures if (match := RUN_KEY.fullmatch(key))})
        return [
            d.Source(
                run_id=run.id,
                analysis=run.analysis,
                title=both(run.result["title"]),
                version=run.version,
                input_digest=run.input_digest,
                output_digest=run.output_digest,
                inputs=list(run.inputs),
                parameters=dict(run.parameters),
                method=[both(line) for line in run.result["method"]],
                limits=[both(line) for line in run.result["limits"]],
            )
            for run in (self.book.runs[run_id] for run_id in ids)
        ]

    def _priorities(self) -> list[d.Priority]:
        reached = students.told(self.book.figures.priorities)
        return [
            d.Priority(
                id=entry.id,
                position=entry.position,
                title={"en": entry.title, "es": entry.title_es or entry.title},
                students_reached=reached.get(entry.id),
                measure=entry.measure,
                target=entry.target,
                one_time={year: cost.one_time for year, cost in sorted(entry.costs.items())},
                ongoing={year: cost.ongoing for year, cost in sorted(entry.costs.items())},
                restricted={year: cost.restricted for year, cost in sorted(entry.costs.items())},
            )
            for entry in self.book.figures.priorities
        ]

    def _options(self) -> list[d.Option]:
        return [
            d.Option(
                id=option.id,
                kind="revenue" if option.kind == "revenue" else "saving",
                title={"en": option.title, "es": option.title_es or option.title},
                description=option.description,
                ongoing=option.ongoing,
                resource=option.resource,
                restricted=option.restricted,
                latest_decision_on=option.latest_decision_on.isoformat()
                if option.latest_decision_on
                else None,
                amounts={
                    year: (amount.low, amount.likely, amount.high)
                    for year, amount in sorted(option.amounts.items())
                },
                legal_note=option.legal_note,
                harm=option.harm,
            )
            for option in self.book.figures.played
        ]

    def _sentence(self, last: str) -> Message:
        """Return what the cover says: what the plan is for. What comes of it, the next page's title says."""
        titles = joined(
            [own(f"“{e.title}”", f"«{e.title_es or e.title}»") for e in self.book.figures.priorities]
        )
        if not self.book.figures.priorities or len(say(titles, "es")) > LONGEST_ON_COVER:
            return message(
                "What the district sets out to do by {year}, what that costs, and what pays for it", year=last
            )
        return message(
            "The plan for {titles}: what that costs, what pays for it, and what is left in reserve in {year}",
            titles=titles,
            year=last,
        )

    def _cover(self) -> d.Cover:
        plan, figures, imprint = self.book.plan, self.book.figures, self.imprint
        years = figures.years or [plan.base_year]
        kind: Any = imprint.kind
        return d.Cover(
            district=self.book.district.name,
            cds_code=self.book.district.cds_code or "",
            invented=self.book.district.invented,
            colour=self.book.district.colour,
            title={"en": plan.title, "es": plan.title_es or plan.title},
            sentence=both(self._sentence(years[-1])),
            first_year=years[0],
            last_year=years[-1],
            years=years,
            number=imprint.number,
            kind=kind,
            board_date=imprint.board_date.isoformat() if imprint.board_date else None,
            board_vote=imprint.board_vote or None,
            resolution_number=imprint.resolution_number or None,
            correction_note=imprint.correction_note,
            path=self._path(),
        )

    def _path(self) -> d.Path | None:
        figures = self.book.figures
        if figures.base is None or not figures.has(f"available_reserve/{figures.base}"):
            return None
        now = int(figures.sheet[figures.outlook(f"available_reserve/{figures.base}")])
        tested = f"plan/minimum/{figures.years[-1]}" in figures.sheet
        least = (
            [
                int(figures.sheet[figures.outlook(f"minimum/{figures.base}")]),
                *(int(figures.sheet[f"plan/minimum/{at}"]) for at in figures.years),
            ]
            if tested
            else [0] * (len(figures.years) + 1)
        )
        return d.Path(
            years=[figures.base, *figures.years],
            with_plan=[now, *(int(figures.sheet[f"plan/reserve/{at}"]) for at in figures.years)],
            without_plan=[
                now,
                *(int(figures.sheet[figures.outlook(f"available_reserve/{at}")]) for at in figures.years),
            ],
            minimum=least,
        )


def _sibling(reference: str, key: str) -> str:
    match = RUN_KEY.fullmatch(reference)
    return f"run/{match[1]}/{key}" if match else key


def _bilingual(part: Any) -> Any:
    """Return a part of a figure with each message in it as text in both languages."""
    if isinstance(part, dict):
        if "own" in part or ("text" in part and "values" in part):
            return both(part)
        return {key: _bilingual(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_bilingual(value) for value in part]
    return part
