"""Lays a plan version out for print: one HTML page and its sheet from document and edition."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import cover as cover_drawing
from reports.charts import svg
from reports.charts.theme import FULL_WIDTH, palette
from reports.document import Block, Document, Figure, Run, Section, Text, runs_text
from reports.pdf import Files, Printed, print_html
from reports.tables import Codes, table_view
from tenants.language import format_date, format_money, format_number, format_percent, translate, translate_n

FOLDER = Path(__file__).parent / "print"
SHORT_WORD = 8
"""Letters of a title's last word up to which it does not stand alone on a line."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it is printed."""

    act: str
    name: str
    role: Text
    on: dt.date


@dataclass(frozen=True, slots=True)
class Edition:
    """What is settled only when a frozen version is published, and printed with it."""

    published_on: dt.date | None = None
    """None for a preview, which says so on every page."""
    signatures: tuple[Signed, ...] = ()
    reader_address: str = ""
    comment_closes_on: dt.date | None = None


def print_plan(document: Document, edition: Edition, language: str) -> Printed:
    """Print a plan version in a language.

    Raises:
        PrintError: when the printer warned of anything.
        ChartError: when a chart can't be drawn.
    """
    return print_html(*lay_out(document, edition, language))


def lay_out(document: Document, edition: Edition, language: str) -> tuple[str, str, Files]:
    """Return the page, its sheet and the pictures it asks for by name.

    Where a section begins is the sheet's rule, not decided here, so that one layout is enough: see `.flows`.
    """
    cover, codes = document.cover, Codes()
    sections = [_section(section, document, language, codes) for section in document.sections]
    commenting = cover.kind == "draft_for_comment"
    context = {
        "language": language,
        "cover": cover,
        "edition": edition,
        "cover_title": _years_together(cover.title[language]),
        "kind_line": _kind_line(document, language),
        "cover_lines": _cover_lines(document, edition, language),
        "sections": sections,
        "contents_at": 1 if sections and sections[0]["key"] == "summary" else 0,
        "signatures": [_signature(signed, language) for signed in edition.signatures],
        "data_line": _data_line(document, language),
        "figures": _figures(document, language, codes),
        "sources": [_source(source, language) for source in document.sources],
        "comments": _comments(document, language, codes),
        "commenting": commenting,
        "last": _last_page(edition, commenting, language),
        "qr": _qr(edition.reader_address, language),
    }
    html = _environment(language).get_template("plan.html").render(context)
    return (
        html,
        _sheet(document, edition, language),
        {"img:cover": (cover_drawing.draw(cover.path, cover.colour).encode(), "image/svg+xml")},
    )


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = lambda text, **values: translate(text, language, **values)
    environment.globals["_n"] = lambda one, many, n, **values: translate_n(one, many, n, language, **values)
    return environment


def _sheet(document: Document, edition: Edition, language: str) -> str:
    cover = document.cover
    head = f"{cover.district} · {cover.title[language]}"
    if len(head) > 84:
        head = f"{head[:83].rstrip()}…"
    page_of = translate("{page} of {pages}", language, page="\0", pages="\1")
    page_of = _css(page_of).replace("\0", '" counter(page) "').replace("\1", '" counter(pages) "')
    words = {
        "head": _css(head),
        "foot": _css(_foot(document, edition, language)),
        "page_of": page_of,
        **palette(cover.colour),
    }
    css = (FOLDER / "print.css").read_text()
    return re.sub(r"%([a-z_-]+)%", lambda match: words[match.group(1)], css)


def _css(text: str) -> str:
    """Return a text as a CSS string."""
    return '"' + re.sub(r'["\\\n]', lambda match: f"\\{ord(match.group()):x} ", text) + '"'


def _foot(document: Document, edition: Edition, language: str) -> str:
    number = document.cover.number
    if edition.published_on is None:
        foot = translate("Version {number}, preview: not published", language, number=number)
    else:
        day = format_date(edition.published_on, language)
        foot = translate("Version {number}, published {day}", language, number=number, day=day)
    if document.cover.invented:
        foot += " · " + translate("all figures invented", language)
    return foot


def _kind_line(document: Document, language: str) -> str:
    cover = document.cover
    if cover.kind == "adopted":
        return translate("Adopted strategic finance plan, version {number}", language, number=cover.number)
    return translate("Draft for comment, version {number}", language, number=cover.number)


def _cover_lines(document: Document, edition: Edition, language: str) -> list[str]:
    cover, lines = document.cover, []
    if cover.kind == "adopted" and cover.board_date:
        day = format_date(dt.date.fromisoformat(cover.board_date), language)
        line = translate("Adopted by the governing board on {day}", language, day=day)
        if cover.board_vote:
            line += ", " + translate("vote {vote}", language, vote=cover.board_vote)
        if cover.resolution_number:
            line += ", " + translate("resolution {number}", language, number=cover.resolution_number)
        lines.append(line + ".")
    elif edition.comment_closes_on:
        day = format_date(edition.comment_closes_on, language)
        lines.append(translate("Open for comment until {day}. The last page says how.", language, day=day))
    if edition.published_on is None:
        lines.append(translate("Preview. This version has not been published.", language))
    else:
        day = format_date(edition.published_on, language)
        lines.append(translate("Published {day}.", language, day=day))
    if cover.correction_note:
        lines.append(translate("Correction: {note}", language, note=cover.correction_note))
    if cover.invented:
        lines.append(
            translate("The district, its people and every number in this document are invented.", language)
        )
    return lines


def _years_together(title: str) -> str:
    """Return the plan's title with its years on one line."""
    return re.sub(r"(\d{4}-\d{2}) (\w+) (?=\d{4}-\d{2})", "\\1\N{NO-BREAK SPACE}\\2\N{NO-BREAK SPACE}", title)


def _signature(signed: Signed, language: str) -> str:
    values = {
        "name": signed.name,
        "role": signed.role[language],
        "day": format_date(signed.on, language),
    }
    match signed.act:
        case "certify_numbers":
            return translate("{name}, {role}, certified every number on {day}.", language, **values)
        case "sign_off_priorities":
            return translate("{name}, {role}, signed off the priorities on {day}.", language, **values)
        case "approve":
            return translate("{name}, {role}, approved this version on {day}.", language, **values)
        case _:
            return translate("{name}, {role}, published this version on {day}.", language, **values)


def _data_line(document: Document, language: str) -> str:
    years = sorted(
        {str(i["fiscal_year"]) for s in document.sources for i in s.inputs if i.get("fiscal_year")}
    )
    if not years:
        return ""
    return translate("It rests on the district's ledgers of {years}.", language, years=", ".join(years))


def _last_page(edition: Edition, commenting: bool, language: str) -> dict[str, str]:  # noqa: FBT001 - one reader
    if not commenting:
        return {
            "kicker": translate("Where to find this plan", language),
            "title": translate("The plan, its figures and their sources are open to everyone", language),
            "lead": translate(
                "Anyone with this address reads the plan on a phone or a computer, in English or Spanish, "
                "and opens each figure down to its source.",
                language,
            ),
        }
    closes = edition.comment_closes_on
    return {
        "kicker": translate("How to comment", language),
        "title": translate("Tell us before {day}", language, day=format_date(closes, language))
        if closes
        else translate("Tell us what you think of it", language),
        "lead": translate(
            "You need no account and no name. A person reads every comment, and the answer stands beside it.",
            language,
        ),
    }


def _qr(address: str, language: str) -> Markup | None:
    if not address:
        return None
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=0, title=translate("Code to scan: {address}", language, address=address), omitsize=True
    )
    return Markup(drawn)  # noqa: S704 - drawn by us; the address within is escaped by segno


def _section(section: Section, document: Document, language: str, codes: Codes) -> dict[str, Any]:
    title = _held_together(section.title[language])
    waiting = [run for run in title if run.code]
    blocks = []
    for block in section.blocks:
        blocks.append(_block(block, document, language, codes, waiting))
        if block.kind in ("paragraph", "heading", "list", "callout"):
            waiting = []
    return {
        "key": section.key,
        "number": section.number,
        "name": section.name[language],
        "owner": section.owner,
        "title": title,
        "plain_title": runs_text(title),
        "blocks": blocks,
        "shown": len(blocks) > 1
        and ("chart" in blocks[1] or ("table" in blocks[1] and blocks[1]["table"]["whole"])),
        "stated": any(
            run.kind == "stated"
            for block in section.blocks
            for runs in block.paragraphs.get(language, [])
            for run in runs
        ),
    }


def _held_together(title: list[Run]) -> list[Run]:
    """Return a title whose last line is never one short word."""
    *before, last = title
    head, space, tail = last.text.rpartition(" ")
    if space and len(tail) <= SHORT_WORD:
        last = dataclasses.replace(last, text=f"{head}\N{NO-BREAK SPACE}{tail}")
    return [*before, last]


def _block(
    block: Block, document: Document, language: str, codes: Codes, waiting: list[Run]
) -> dict[str, Any]:
    """Return what the template prints; codes of the section's title (`waiting`) go to its first paragraph."""
    paragraphs = block.paragraphs.get(language, [])
    view: dict[str, Any] = {"kind": block.kind, "id": block.id}
    if block.kind in ("list", "callout"):
        view["codes"] = codes.of(waiting, *paragraphs)
        view["paragraphs"] = [{"runs": runs, "codes": []} for runs in paragraphs]
    elif block.kind in ("paragraph", "heading"):
        view["paragraphs"] = [
            {"runs": runs, "codes": codes.of(waiting if index == 0 else [], runs)}
            for index, runs in enumerate(paragraphs)
        ]
    elif block.kind == "facts":
        view["facts"] = [
            {"value": fact.value[language], "label": fact.label[language], "code": codes.one(fact.code)}
            for fact in block.facts
        ]
    elif block.table is not None:
        view["table"] = table_view(block.table, language, codes)
    elif block.chart is not None:
        chart = block.chart
        drawn = svg.draw(
            chart.specification[language],
            name=f"c{block.id}",
            alternative=chart.alternative[language],
            colour=document.cover.colour,
            width=FULL_WIDTH,
        )
        view["chart"] = {
            "caption": chart.caption[language],
            "subtitle": chart.subtitle[language],
            "source": chart.source[language],
            "code": chart.code,
            "svg": Markup(drawn),  # noqa: S704 - drawn and cleaned by reports.charts.svg
        }
    return view


def _comments(document: Document, language: str, codes: Codes) -> dict[str, Any] | None:
    """Return the record of comments as the template prints it: the counts, then threads by section."""
    comments = document.comments
    if comments is None:
        return None
    names = {section.key: section.name[language] for section in document.sections}
    threads = [
        {
            "section": names.get(thread.section, translate("The plan as a whole", language)),
            "about": thread.about.get(language, ""),
            "remarks": [
                {
                    "text": remark.text,
                    "language": remark.language,
                    "relation": remark.relation.get(language, ""),
                    "day": format_date(dt.date.fromisoformat(remark.on), language, "medium"),
                    "outcome": remark.outcome[language],
                }
                for remark in thread.remarks
            ],
            "answers": thread.answers,
            "note": thread.note,
            "changed_in": thread.changed_in.get(language, ""),
        }
        for thread in comments.threads
    ]
    return {
        "table": table_view(comments.table, language, codes),
        "sections": [(name, list(held)) for name, held in groupby(threads, key=lambda each: each["section"])],
        "left_out": comments.left_out,
    }


def _figures(document: Document, language: str, codes: Codes) -> list[dict[str, Any]]:
    coded = sorted((figure for figure in document.figures.values() if figure.code), key=lambda f: f.code)
    return [
        {
            "code": figure.code,
            "label": figure.label[language],
            "fiscal_year": figure.fiscal_year,
            "exact": exact_value(figure, language),
            "source": figure.source[language].rstrip("."),
            "formula": figure.formula[language],
            "used": figure.code in codes.used,
        }
        for figure in coded
    ]


def exact_value(figure: Figure, language: str) -> str:
    """Return a figure unrounded, as the appendix prints it: whole dollars, two decimals for shares."""
    value = figure.value
    if isinstance(value, str):
        return value
    match figure.unit:
        case "cents":
            return format_money(int(value), language, "dollars")
        case "percent":
            return format_percent(value, language, 2)
        case "number" | "years":
            return format_number(value, language, 0 if float(value).is_integer() else 2)
        case _:
            return format_number(value, language, 4)


def _source(source: Any, language: str) -> dict[str, Any]:
    ledgers = [
        " ".join(str(item[part]) for part in ("fiscal_year", "column") if item.get(part))
        for item in source.inputs
        if "column" in item
    ]
    years = [str(item["fiscal_year"]) for item in source.inputs if "ada" in item]
    if years:
        ledgers.append(translate("attendance of {years}", language, years=", ".join(years)))
    return {
        "title": source.title[language],
        "run_id": source.run_id,
        "version": source.version,
        "data": "; ".join(ledgers),
        "digest": source.input_digest,
        "method": [line[language] for line in source.method],
        "limits": [line[language] for line in source.limits],
    }
