"""Plans at the edges: nothing entered, a section without words, forty options, very long names."""

import dataclasses
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from reports import plan as layout
from reports.document import Document, Table
from tenants.records import plan_entries
from tenants.records.plans import PlanBlock
from tests.support import factories, plan_material
from tests.support.platform import CloneOfTemplate
from tests.support.read_aloud import page_texts
from workers.planning import versions, writing
from workers.planning.words import printed

LONG = "Horarios y recorridos de los autobuses escolares y de la educación especial trazados de nuevo "
AMOUNT = re.compile(r"\(?\$[\d.,]+[MK]?\)?|\d+(?:\.\d+)?\s?%")


def made(database: CloneOfTemplate, case: str) -> Document:
    """Freeze a drafted plan: `empty` with nothing entered and a bare section, or `full` to the brim."""
    material = plan_material.make_material(database, draft=False)
    cbo = factories.scope_of(database.app, material.cbo, material.district.id)
    with database.app.transaction(cbo) as session:
        entered = plan_entries.options(session, cbo.district_id, material.plan_id)
        named = plan_entries.priorities(session, cbo.district_id, material.plan_id)
        if case == "empty":
            for option in entered:
                plan_entries.save_option(
                    session, cbo, material.plan_id, dataclasses.replace(option, in_plan=False)
                )
            for priority in named:
                plan_entries.remove_priority(session, cbo, material.plan_id, priority.id)
        else:
            for priority in named:
                longer = dataclasses.replace(priority, title=LONG + priority.title, title_es=LONG * 2)
                plan_entries.save_priority(session, cbo, material.plan_id, longer)
            for number in range(len(entered), 40):
                more = dataclasses.replace(
                    entered[number % 3], id=0, title=f"{LONG * 2}, area {number}", title_es=""
                )
                plan_entries.save_option(session, cbo, material.plan_id, more)
        writing.write_draft(session, cbo, material.plan_id)
        if case == "empty":
            bare = select(PlanBlock.id).where(PlanBlock.draft_key.startswith("measures/"))
            for block_id in session.scalars(bare).all():
                writing.remove(session, cbo, material.plan_id, block_id)
        held = versions.freeze_version(session, cbo, material.plan_id, versions.DRAFT)
        return Document.from_json(held.content)


def agrees(document: Document, caption: str, table: Table) -> None:
    """Every amount and percentage of a caption is a figure of its table, rounded as sentences round."""
    cells = [document.figures[c.figure] for row in table.rows for c in row.cells.values() if c and c.figure]
    held = set()
    for figure in cells:
        raw = {"value": figure.value, "unit": figure.unit}
        held |= {printed(raw, "en"), printed(raw, "en", "size"), printed(raw, "en", "dollars")}
    for amount in AMOUNT.findall(caption):
        assert amount in held, (caption, amount, sorted(held))


@pytest.mark.parametrize("case", ["empty", "full"])
def test_it_prints_whole_and_its_captions_agree_with_its_tables(
    database: CloneOfTemplate, case: str, tmp_path: Path
) -> None:
    document = made(database, case)
    checked = 0
    for _, block in document.blocks():
        if block.table is not None and block.table.key.startswith("plan/"):
            agrees(document, block.table.caption["en"], block.table)
        if block.chart is not None and block.chart.key.startswith("plan/"):
            assert block.chart.table is not None
            agrees(document, block.chart.caption["en"], block.chart.table)
            checked += 1
    assert checked
    result = layout.print_plan(document, layout.Edition(), "es" if case == "full" else "en")
    (tmp_path / "plan.pdf").write_bytes(result.body)
    pages = page_texts(result.body)
    assert all(page.strip() for page in pages)
    if case == "full":
        whole = " ".join(" ".join(pages).split())
        assert all(f"area {number}" in whole for number in range(4, 40))
